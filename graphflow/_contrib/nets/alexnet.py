"""AlexNet, its second version.

Source: Krizhevsky, "One weird trick for parallelizing convolutional neural networks" (2014).
"""

from __future__ import annotations

from graphflow._contrib import arg_scope, conv_layers, dense_layers, layer_tools, regularizers
from graphflow._layers import base
from graphflow._ops import array, initializers, nn, variable_scope

_LAYERS = [conv_layers.conv2d, dense_layers.fully_connected]


def alexnet_v2_arg_scope(weight_decay=0.0005):
    """The arguments of AlexNet's layers."""
    tenth, regularizer = initializers.Constant(0.1), regularizers.l2_regularizer(weight_decay)
    with arg_scope.arg_scope(_LAYERS, activation_fn=nn.relu, biases_initializer=tenth, weights_regularizer=regularizer):
        with arg_scope.arg_scope([conv_layers.conv2d], padding="SAME"):
            with arg_scope.arg_scope([conv_layers.max_pool2d], padding="VALID") as scope:
                return scope


def alexnet_v2(
    inputs, num_classes=1000, is_training=True, dropout_keep_prob=0.5, spatial_squeeze=True, scope="alexnet_v2"
):  # fmt: skip
    """The network: images `[batch, 224, 224, 3]` -> (logits, dict name -> tensor); arguments as of `vgg_16`."""
    conv, pool, drop = conv_layers.conv2d, conv_layers.max_pool2d, dense_layers.dropout
    with variable_scope.variable_scope(scope, "alexnet_v2", [inputs]) as sc:
        ends = sc.original_name_scope + "_end_points"
        with arg_scope.arg_scope([*_LAYERS, pool], outputs_collections=[ends]):
            net = pool(conv(inputs, 64, [11, 11], 4, padding="VALID", scope="conv1"), [3, 3], 2, scope="pool1")
            net = pool(conv(net, 192, [5, 5], scope="conv2"), [3, 3], 2, scope="pool2")
            net = conv(net, 384, [3, 3], scope="conv3")
            net = conv(net, 384, [3, 3], scope="conv4")
            net = conv(net, 256, [3, 3], scope="conv5")
            net = pool(net, [3, 3], 2, scope="pool5")
            start, tenth = initializers.TruncatedNormal(0.0, 0.005), initializers.Constant(0.1)
            with arg_scope.arg_scope([conv], weights_initializer=start, biases_initializer=tenth):
                net = conv(net, 4096, [5, 5], padding="VALID", scope="fc6")
                net = drop(net, dropout_keep_prob, is_training=is_training, scope="dropout6")
                net = conv(net, 4096, [1, 1], scope="fc7")
                net = drop(net, dropout_keep_prob, is_training=is_training, scope="dropout7")
                net = conv(
                    net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, biases_initializer=base.ZEROS,
                    scope="fc8",
                )  # fmt: skip
            end_points = layer_tools.convert_collection_to_dict(ends)
            if spatial_squeeze:
                net = array.squeeze(net, [1, 2], name="fc8/squeezed")
                end_points[sc.name + "/fc8"] = net
            return net, end_points


alexnet_v2.default_image_size = 224  # type: ignore[attr-defined]
