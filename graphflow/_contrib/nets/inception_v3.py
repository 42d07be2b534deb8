"""Inception, version 3: modules of parallel branches, written down as a table.

Source: Szegedy et al., "Rethinking the inception architecture for computer vision" (2015).
"""

from __future__ import annotations

from graphflow._contrib import arg_scope, conv_layers, dense_layers, initializers, layer_tools, regularizers
from graphflow._contrib import batch_norm as batch_norm_lib
from graphflow._graph import keys
from graphflow._ops import array, nn, variable_scope
from graphflow._ops import initializers as core_initializers

_CONV, _WINDOWS = conv_layers.conv2d, [conv_layers.conv2d, conv_layers.max_pool2d, conv_layers.avg_pool2d]

# Layers before the modules: (name, depth, kernel, options); poolings have no depth.
_STEM: tuple = (
    ("Conv2d_1a_3x3", 32, (3, 3), {"stride": 2}),
    ("Conv2d_2a_3x3", 32, (3, 3), {}),
    ("Conv2d_2b_3x3", 64, (3, 3), {"padding": "SAME"}),
    ("MaxPool_3a_3x3", None, (3, 3), {"stride": 2}),
    ("Conv2d_3b_1x1", 80, (1, 1), {}),
    ("Conv2d_4a_3x3", 192, (3, 3), {}),
    ("MaxPool_5a_3x3", None, (3, 3), {"stride": 2}),
)
_ONE = "Conv2d_0a_1x1"


def _pooled(depth):
    return [("AvgPool_0a_3x3", None, (3, 3)), ("Conv2d_0b_1x1", depth, (1, 1))]


def _wide(depth, names=(_ONE, "Conv2d_0b_5x5")):
    """A module on the finest grid, whose last branch has that depth."""
    return [
        [(_ONE, 64, (1, 1))],
        [(names[0], 48, (1, 1)), (names[1], 64, (5, 5))],
        [(_ONE, 64, (1, 1)), ("Conv2d_0b_3x3", 96, (3, 3)), ("Conv2d_0c_3x3", 96, (3, 3))],
        _pooled(depth),
    ]


def _long(depth):
    """A module of long thin kernels, of that depth inside."""
    return [
        [(_ONE, 192, (1, 1))],
        [(_ONE, depth, (1, 1)), ("Conv2d_0b_1x7", depth, (1, 7)), ("Conv2d_0c_7x1", 192, (7, 1))],
        [
            (_ONE, depth, (1, 1)), ("Conv2d_0b_7x1", depth, (7, 1)), ("Conv2d_0c_1x7", depth, (1, 7)),
            ("Conv2d_0d_7x1", depth, (7, 1)), ("Conv2d_0e_1x7", 192, (1, 7)),
        ],
        _pooled(192),
    ]  # fmt: skip


def _forked(second):
    """A module on the coarsest grid. The name `second` differs between the two."""
    return [
        [(_ONE, 320, (1, 1))],
        [(_ONE, 384, (1, 1)), [("Conv2d_0b_1x3", 384, (1, 3)), (second, 384, (3, 1))]],
        [
            (_ONE, 448, (1, 1)), ("Conv2d_0b_3x3", 384, (3, 3)),
            [("Conv2d_0c_1x3", 384, (1, 3)), ("Conv2d_0d_3x1", 384, (3, 1))],
        ],
        _pooled(192),
    ]  # fmt: skip


# Module -> branches -> layers (name, depth, kernel), or a list of layers side by side. Those named `_1a_` halve the grid.
_MODULES = {
    "Mixed_5b": _wide(32),
    "Mixed_5c": _wide(64, ("Conv2d_0b_1x1", "Conv_1_0c_5x5")),
    "Mixed_5d": _wide(64),
    "Mixed_6a": [
        [("Conv2d_1a_1x1", 384, (3, 3))],
        [(_ONE, 64, (1, 1)), ("Conv2d_0b_3x3", 96, (3, 3)), ("Conv2d_1a_1x1", 96, (3, 3))],
        [("MaxPool_1a_3x3", None, (3, 3))],
    ],
    "Mixed_6b": _long(128),
    "Mixed_6c": _long(160),
    "Mixed_6d": _long(160),
    "Mixed_6e": _long(192),
    "Mixed_7a": [
        [(_ONE, 192, (1, 1)), ("Conv2d_1a_3x3", 320, (3, 3))],
        [
            (_ONE, 192, (1, 1)), ("Conv2d_0b_1x7", 192, (1, 7)), ("Conv2d_0c_7x1", 192, (7, 1)),
            ("Conv2d_1a_3x3", 192, (3, 3)),
        ],
        [("MaxPool_1a_3x3", None, (3, 3))],
    ],
    "Mixed_7b": _forked("Conv2d_0b_3x1"),
    "Mixed_7c": _forked("Conv2d_0c_3x1"),
}  # fmt: skip


def depth_rule(depth_multiplier, min_depth):
    if depth_multiplier <= 0:
        raise ValueError(f"depth_multiplier is not greater than zero: {depth_multiplier}.")
    return lambda n: max(int(n * depth_multiplier), min_depth)


def _layer(net, spec, depth, **options):
    if isinstance(spec, list):
        return array.concat([_layer(net, one, depth) for one in spec], 3)
    name, size, kernel = spec
    if "_1a_" in name and not options:
        options = {"stride": 2, "padding": "VALID"}
    if size is not None:
        return _CONV(net, depth(size), list(kernel), scope=name, **options)
    pool = conv_layers.max_pool2d if name.startswith("Max") else conv_layers.avg_pool2d
    return pool(net, list(kernel), scope=name, **options)


def side_by_side(net, branches, layer):
    """The outputs of branches, lists of layers, joined; `layer(net, spec)` makes one."""
    made = []
    for i, layers in enumerate(branches):
        with variable_scope.variable_scope(f"Branch_{i}"):
            branch = net
            for spec in layers:
                branch = layer(branch, spec)
            made.append(branch)
    return array.concat(made, 3)


def inception_v3_base(inputs, final_endpoint="Mixed_7c", min_depth=16, depth_multiplier=1.0, scope=None):
    """The network up to one of its modules.

    Args:
        final_endpoint: the name of the last layer or module wanted.
        min_depth, depth_multiplier: depths are multiplied, and are at least `min_depth`.

    Returns:
        (the last tensor, dict name -> tensor).

    Raises:
        ValueError: there is no layer of that name.
    """
    depth, end_points = depth_rule(depth_multiplier, min_depth), {}
    with variable_scope.variable_scope(scope, "InceptionV3", [inputs]):
        net = inputs
        with arg_scope.arg_scope(_WINDOWS, stride=1, padding="VALID"):
            for name, size, kernel, options in _STEM:
                net = _layer(net, (name, size, kernel), depth, **(options or {"stride": 1}))
                end_points[name] = net
                if name == final_endpoint:
                    return net, end_points
        with arg_scope.arg_scope(_WINDOWS, stride=1, padding="SAME"):
            for name, branches in _MODULES.items():
                with variable_scope.variable_scope(name):
                    net = side_by_side(net, branches, lambda x, spec: _layer(x, spec, depth))
                end_points[name] = net
                if name == final_endpoint:
                    return net, end_points
    raise ValueError(f"Unknown final endpoint {final_endpoint}")


def kernel_within(net, wanted):
    """A kernel no larger than the image, where that is known."""
    dims = net._dims[1:3]
    return list(wanted) if None in dims else [min(n, k) for n, k in zip(dims, wanted)]


def inception_v3(
    inputs, num_classes=1000, is_training=True, dropout_keep_prob=0.8, min_depth=16, depth_multiplier=1.0,
    prediction_fn=dense_layers.softmax, spatial_squeeze=True, reuse=None, scope="InceptionV3",
):  # fmt: skip
    """The network: images `[batch, 299, 299, 3]` -> (logits, dict name -> tensor).

    Args:
        prediction_fn: makes the end point "Predictions" of the logits.
        others: as for `vgg_16` and `inception_v3_base`.
    """
    depth, training = depth_rule(depth_multiplier, min_depth), [batch_norm_lib.batch_norm, dense_layers.dropout]
    bare = {"activation_fn": None, "normalizer_fn": None}
    with variable_scope.variable_scope(scope, "InceptionV3", [inputs, num_classes], reuse=reuse) as scope:
        with arg_scope.arg_scope(training, is_training=is_training):
            net, end_points = inception_v3_base(
                inputs, scope=scope, min_depth=min_depth, depth_multiplier=depth_multiplier
            )
            with arg_scope.arg_scope(_WINDOWS, stride=1, padding="SAME"):
                end_points["AuxLogits"] = _auxiliary(end_points["Mixed_6e"], num_classes, depth, spatial_squeeze, bare)
            with variable_scope.variable_scope("Logits"):
                kernel = kernel_within(net, (8, 8))
                net = conv_layers.avg_pool2d(net, kernel, padding="VALID", scope="AvgPool_1a_{}x{}".format(*kernel))
                net = dense_layers.dropout(net, keep_prob=dropout_keep_prob, scope="Dropout_1b")
                end_points["PreLogits"] = net
                logits = _CONV(net, num_classes, [1, 1], scope="Conv2d_1c_1x1", **bare)
                if spatial_squeeze:
                    logits = array.squeeze(logits, [1, 2], name="SpatialSqueeze")
            end_points["Logits"] = logits
            end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
    return logits, end_points


def _auxiliary(net, num_classes, depth, spatial_squeeze, bare):
    """The logits that help training, from the middle of the network."""
    with variable_scope.variable_scope("AuxLogits"):
        net = conv_layers.avg_pool2d(net, [5, 5], stride=3, padding="VALID", scope="AvgPool_1a_5x5")
        net = _CONV(net, depth(128), [1, 1], scope="Conv2d_1b_1x1")
        kernel = kernel_within(net, (5, 5))
        net = _CONV(
            net, depth(768), kernel, weights_initializer=core_initializers.TruncatedNormal(0.0, 0.01), padding="VALID",
            scope="Conv2d_2a_{}x{}".format(*kernel),
        )  # fmt: skip
        start = core_initializers.TruncatedNormal(0.0, 0.001)
        net = _CONV(net, num_classes, [1, 1], weights_initializer=start, scope="Conv2d_2b_1x1", **bare)
        return array.squeeze(net, [1, 2], name="SpatialSqueeze") if spatial_squeeze else net


inception_v3.default_image_size = 299  # type: ignore[attr-defined]


def inception_v3_arg_scope(
    weight_decay=0.00004, batch_norm_var_collection="moving_vars", batch_norm_decay=0.9997, batch_norm_epsilon=0.001,
    updates_collections=keys.GraphKeys.UPDATE_OPS, use_fused_batchnorm=True,
):  # fmt: skip
    """The arguments of Inception's layers."""
    averages = [batch_norm_var_collection]
    normalizer_params = {
        "decay": batch_norm_decay, "epsilon": batch_norm_epsilon, "updates_collections": updates_collections,
        "fused": use_fused_batchnorm,
        "variables_collections": {"beta": None, "gamma": None, "moving_mean": averages, "moving_variance": averages},
    }  # fmt: skip
    regularizer = regularizers.l2_regularizer(weight_decay)
    with arg_scope.arg_scope([_CONV, dense_layers.fully_connected], weights_regularizer=regularizer):
        with arg_scope.arg_scope(
            [_CONV], weights_initializer=initializers.variance_scaling_initializer(), activation_fn=nn.relu,
            normalizer_fn=batch_norm_lib.batch_norm, normalizer_params=normalizer_params,
        ) as scope:  # fmt: skip
            return scope
