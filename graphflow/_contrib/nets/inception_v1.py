"""Inception, versions 1 and 2: modules of parallel branches, written down as tables of depths.

Sources: Szegedy et al., "Going deeper with convolutions" (2014); Ioffe and Szegedy, "Batch normalization" (2015).
"""

from __future__ import annotations

from graphflow._contrib import arg_scope, conv_layers, dense_layers, initializers, regularizers
from graphflow._contrib import batch_norm as batch_norm_lib
from graphflow._contrib.nets import inception_v3
from graphflow._graph import keys
from graphflow._ops import array, nn, variable_scope
from graphflow._ops import initializers as core_initializers

_CONV, _MAX, _AVERAGE = conv_layers.conv2d, conv_layers.max_pool2d, conv_layers.avg_pool2d
_BARE = {"activation_fn": None, "normalizer_fn": None}
_ONE, _THREE = "Conv2d_0a_1x1", "Conv2d_0b_3x3"


def _normal(stddev):
    return core_initializers.TruncatedNormal(0.0, stddev)


def _conv(name, depth, size, **options):
    return _CONV, name, depth, size, options


def _pool(name, size, stride=1, kind=_MAX):
    return kind, name, None, size, {"stride": stride} if stride != 1 else {}


def _module(ones, threes, fives, pooled, five=_THREE):
    """A module of version 1: a number is the depth of a convolution, a pair those of two in a row."""
    return [
        [_conv(_ONE, ones, 1)],
        [_conv(_ONE, threes[0], 1), _conv(_THREE, threes[1], 3)],
        [_conv(_ONE, fives[0], 1), _conv(five, fives[1], 3)],
        [_pool("MaxPool_0a_3x3", 3), _conv("Conv2d_0b_1x1", pooled, 1)],
    ]


# Layer or module -> a layer, or branches of layers (function, name, depth, kernel size, options).
_LAYERS_1 = {
    "Conv2d_1a_7x7": _conv("Conv2d_1a_7x7", 64, 7, stride=2),
    "MaxPool_2a_3x3": _pool("MaxPool_2a_3x3", 3, 2),
    "Conv2d_2b_1x1": _conv("Conv2d_2b_1x1", 64, 1),
    "Conv2d_2c_3x3": _conv("Conv2d_2c_3x3", 192, 3),
    "MaxPool_3a_3x3": _pool("MaxPool_3a_3x3", 3, 2),
    "Mixed_3b": _module(64, (96, 128), (16, 32), 32),
    "Mixed_3c": _module(128, (128, 192), (32, 96), 64),
    "MaxPool_4a_3x3": _pool("MaxPool_4a_3x3", 3, 2),
    "Mixed_4b": _module(192, (96, 208), (16, 48), 64),
    "Mixed_4c": _module(160, (112, 224), (24, 64), 64),
    "Mixed_4d": _module(128, (128, 256), (24, 64), 64),
    "Mixed_4e": _module(112, (144, 288), (32, 64), 64),
    "Mixed_4f": _module(256, (160, 320), (32, 128), 128),
    "MaxPool_5a_2x2": _pool("MaxPool_5a_2x2", 2, 2),
    "Mixed_5b": _module(256, (160, 320), (32, 128), 128, five="Conv2d_0a_3x3"),
    "Mixed_5c": _module(384, (192, 384), (48, 128), 128),
}


def _normed(ones, threes, fives, pooled, kind=_AVERAGE):
    """A module of version 2, whose second kernel of 5 is two of 3."""
    pool = "MaxPool_0a_3x3" if kind is _MAX else "AvgPool_0a_3x3"
    return [
        [_conv(_ONE, ones, 1)],
        [_conv(_ONE, threes[0], 1, weights_initializer=_normal(0.09)), _conv(_THREE, threes[1], 3)],
        [
            _conv(_ONE, fives[0], 1, weights_initializer=_normal(0.09)), _conv(_THREE, fives[1], 3),
            _conv("Conv2d_0c_3x3", fives[1], 3),
        ],
        [_pool(pool, 3, kind=kind), _conv("Conv2d_0b_1x1", pooled, 1, weights_initializer=_normal(0.1))],
    ]  # fmt: skip


def _halving(first, second):
    """A module of version 2 that halves the grid."""
    return [
        [
            _conv(_ONE, first[0], 1, weights_initializer=_normal(0.09)), _conv("Conv2d_1a_3x3", first[1], 3, stride=2),
        ],
        [
            _conv(_ONE, second[0], 1, weights_initializer=_normal(0.09)), _conv(_THREE, second[1], 3),
            _conv("Conv2d_1a_3x3", second[1], 3, stride=2),
        ],
        [_pool("MaxPool_1a_3x3", 3, 2)],
    ]  # fmt: skip


_LAYERS_2 = {
    "MaxPool_2a_3x3": _pool("MaxPool_2a_3x3", 3, 2),
    "Conv2d_2b_1x1": _conv("Conv2d_2b_1x1", 64, 1, weights_initializer=_normal(0.1)),
    "Conv2d_2c_3x3": _conv("Conv2d_2c_3x3", 192, 3),
    "MaxPool_3a_3x3": _pool("MaxPool_3a_3x3", 3, 2),
    "Mixed_3b": _normed(64, (64, 64), (64, 96), 32),
    "Mixed_3c": _normed(64, (64, 96), (64, 96), 64),
    "Mixed_4a": _halving((128, 160), (64, 96)),
    "Mixed_4b": _normed(224, (64, 96), (96, 128), 128),
    "Mixed_4c": _normed(192, (96, 128), (96, 128), 128),
    "Mixed_4d": _normed(160, (128, 160), (128, 160), 96),
    "Mixed_4e": _normed(96, (128, 192), (160, 192), 96),
    "Mixed_5a": _halving((128, 192), (192, 256)),
    "Mixed_5b": _normed(352, (192, 320), (160, 224), 128),
    "Mixed_5c": _normed(352, (192, 320), (192, 224), 128, _MAX),
}


def _layer(net, spec, depth):
    function, name, units, size, options = spec
    if units is None:
        return function(net, [size, size], scope=name, **options)
    return function(net, depth(units), [size, size], scope=name, **options)


def _stacked(net, layers, final_endpoint, depth, end_points):
    """The layers up to the end point wanted; they are entered into `end_points`."""
    for name, spec in layers.items():
        if isinstance(spec, tuple):
            net = _layer(net, spec, depth)
        else:
            with variable_scope.variable_scope(name):
                net = inception_v3.side_by_side(net, spec, lambda x, one: _layer(x, one, depth))
        end_points[name] = net
        if name == final_endpoint:
            return net, end_points
    raise ValueError(f"Unknown final endpoint {final_endpoint}")


def inception_v1_base(inputs, final_endpoint="Mixed_5c", scope="InceptionV1"):
    """Version 1 up to one of its layers: (the last tensor, dict name -> tensor).

    Raises:
        ValueError: there is no layer of that name.
    """
    layers = [_CONV, dense_layers.fully_connected]
    with variable_scope.variable_scope(scope, "InceptionV1", [inputs]):
        with arg_scope.arg_scope(layers, weights_initializer=_normal(0.01)):
            with arg_scope.arg_scope([_CONV, _MAX], stride=1, padding="SAME"):
                return _stacked(inputs, _LAYERS_1, final_endpoint, int, {})


def inception_v1(
    inputs, num_classes=1000, is_training=True, dropout_keep_prob=0.8, prediction_fn=dense_layers.softmax,
    spatial_squeeze=True, reuse=None, scope="InceptionV1",
):  # fmt: skip
    """The network: images `[batch, 224, 224, 3]` -> (logits, dict name -> tensor); arguments as of `inception_v3`."""
    with variable_scope.variable_scope(scope, "InceptionV1", [inputs, num_classes], reuse=reuse) as scope:
        with arg_scope.arg_scope([batch_norm_lib.batch_norm, dense_layers.dropout], is_training=is_training):
            net, end_points = inception_v1_base(inputs, scope=scope)
            with variable_scope.variable_scope("Logits"):
                net = _AVERAGE(net, [7, 7], stride=1, scope="MaxPool_0a_7x7")
                net = dense_layers.dropout(net, dropout_keep_prob, scope="Dropout_0b")
                logits = _CONV(net, num_classes, [1, 1], scope="Conv2d_0c_1x1", **_BARE)
                if spatial_squeeze:
                    logits = array.squeeze(logits, [1, 2], name="SpatialSqueeze")
                end_points["Logits"] = logits
                end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
    return logits, end_points


def inception_v2_base(inputs, final_endpoint="Mixed_5c", min_depth=16, depth_multiplier=1.0, scope=None):
    """Version 2 up to one of its layers, as `inception_v3_base`.

    Raises:
        ValueError: there is no layer of that name, or the multiplier is not positive.
    """
    depth, end_points, first = inception_v3.depth_rule(depth_multiplier, min_depth), {}, "Conv2d_1a_7x7"
    with variable_scope.variable_scope(scope, "InceptionV2", [inputs]):
        layers = [_CONV, _MAX, _AVERAGE, conv_layers.separable_conv2d]
        with arg_scope.arg_scope(layers, stride=1, padding="SAME"):
            net = conv_layers.separable_conv2d(
                inputs, depth(64), [7, 7], depth_multiplier=min(int(depth(64) / 3), 8), stride=2,
                weights_initializer=_normal(1.0), scope=first,
            )  # fmt: skip
            end_points[first] = net
            if final_endpoint == first:
                return net, end_points
            return _stacked(net, _LAYERS_2, final_endpoint, depth, end_points)


def inception_v2(
    inputs, num_classes=1000, is_training=True, dropout_keep_prob=0.8, min_depth=16, depth_multiplier=1.0,
    prediction_fn=dense_layers.softmax, spatial_squeeze=True, reuse=None, scope="InceptionV2",
):  # fmt: skip
    """The network: images `[batch, 224, 224, 3]` -> (logits, dict name -> tensor); arguments as of `inception_v3`."""
    inception_v3.depth_rule(depth_multiplier, min_depth)
    with variable_scope.variable_scope(scope, "InceptionV2", [inputs, num_classes], reuse=reuse) as scope:
        with arg_scope.arg_scope([batch_norm_lib.batch_norm, dense_layers.dropout], is_training=is_training):
            net, end_points = inception_v2_base(inputs, "Mixed_5c", min_depth, depth_multiplier, scope)
            with variable_scope.variable_scope("Logits"):
                kernel = inception_v3.kernel_within(net, (7, 7))
                net = _AVERAGE(net, kernel, padding="VALID", scope="AvgPool_1a_{}x{}".format(*kernel))
                net = dense_layers.dropout(net, keep_prob=dropout_keep_prob, scope="Dropout_1b")
                logits = _CONV(net, num_classes, [1, 1], scope="Conv2d_1c_1x1", **_BARE)
                if spatial_squeeze:
                    logits = array.squeeze(logits, [1, 2], name="SpatialSqueeze")
            end_points["Logits"] = logits
            end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
    return logits, end_points


inception_v1.default_image_size = inception_v2.default_image_size = 224  # type: ignore[attr-defined]


def inception_v1_arg_scope(weight_decay=0.00004, use_batch_norm=True, batch_norm_var_collection="moving_vars"):
    """The arguments of version 1's layers."""
    averages = [batch_norm_var_collection]
    params = {
        "decay": 0.9997, "epsilon": 0.001, "updates_collections": keys.GraphKeys.UPDATE_OPS,
        "variables_collections": {"beta": None, "gamma": None, "moving_mean": averages, "moving_variance": averages},
    }  # fmt: skip
    normalizer = {"normalizer_fn": batch_norm_lib.batch_norm, "normalizer_params": params}
    regularizer = regularizers.l2_regularizer(weight_decay)
    with arg_scope.arg_scope([_CONV, dense_layers.fully_connected], weights_regularizer=regularizer):
        with arg_scope.arg_scope(
            [_CONV], weights_initializer=initializers.variance_scaling_initializer(), activation_fn=nn.relu,
            **(normalizer if use_batch_norm else {"normalizer_fn": None, "normalizer_params": {}}),
        ) as scope:  # fmt: skip
            return scope


def inception_v2_arg_scope(weight_decay=0.00004, batch_norm_var_collection="moving_vars"):
    """The arguments of version 2's layers."""
    return inception_v1_arg_scope(weight_decay, True, batch_norm_var_collection)
