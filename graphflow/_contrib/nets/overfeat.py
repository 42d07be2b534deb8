"""OverFeat: convolutions all the way, so that it can be slid over a larger image.

Source: Sermanet et al., "OverFeat: integrated recognition, localization and detection using convolutional networks" (2014).
"""

from __future__ import annotations

from graphflow._contrib import arg_scope, conv_layers, dense_layers, layer_tools, regularizers
from graphflow._ops import array, initializers, nn, variable_scope

_LAYERS = [conv_layers.conv2d, dense_layers.fully_connected]


def overfeat_arg_scope(weight_decay=0.0005):
    """The arguments of OverFeat's layers."""
    regularizer = regularizers.l2_regularizer(weight_decay)
    with arg_scope.arg_scope(
        _LAYERS, activation_fn=nn.relu, weights_regularizer=regularizer, biases_initializer=initializers.Zeros()
    ):
        with arg_scope.arg_scope([conv_layers.conv2d], padding="SAME"):
            with arg_scope.arg_scope([conv_layers.max_pool2d], padding="VALID") as scope:
                return scope


def overfeat(
    inputs, num_classes=1000, is_training=True, dropout_keep_prob=0.5, spatial_squeeze=True, scope="overfeat"
):  # fmt: skip
    """The network: images `[batch, 231, 231, 3]` -> (logits, dict name -> tensor); arguments as of `vgg_16`."""
    conv, pool, drop = conv_layers.conv2d, conv_layers.max_pool2d, dense_layers.dropout
    with variable_scope.variable_scope(scope, "overfeat", [inputs]) as sc:
        ends = sc.name + "_end_points"
        with arg_scope.arg_scope([*_LAYERS, pool], outputs_collections=ends):
            net = pool(conv(inputs, 64, [11, 11], 4, padding="VALID", scope="conv1"), [2, 2], scope="pool1")
            net = pool(conv(net, 256, [5, 5], padding="VALID", scope="conv2"), [2, 2], scope="pool2")
            net = conv(net, 512, [3, 3], scope="conv3")
            net = conv(net, 1024, [3, 3], scope="conv4")
            net = conv(net, 1024, [3, 3], scope="conv5")
            net = pool(net, [2, 2], scope="pool5")
            start, tenth = initializers.TruncatedNormal(0.0, 0.005), initializers.Constant(0.1)
            with arg_scope.arg_scope([conv], weights_initializer=start, biases_initializer=tenth):
                net = conv(net, 3072, [6, 6], padding="VALID", scope="fc6")
                net = drop(net, dropout_keep_prob, is_training=is_training, scope="dropout6")
                net = conv(net, 4096, [1, 1], scope="fc7")
                net = drop(net, dropout_keep_prob, is_training=is_training, scope="dropout7")
                net = conv(
                    net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, biases_initializer=initializers.Zeros(),
                    scope="fc8",
                )  # fmt: skip
            end_points = layer_tools.convert_collection_to_dict(ends)
            if spatial_squeeze:
                net = array.squeeze(net, [1, 2], name="fc8/squeezed")
                end_points[sc.name + "/fc8"] = net
            return net, end_points


overfeat.default_image_size = 231  # type: ignore[attr-defined]
