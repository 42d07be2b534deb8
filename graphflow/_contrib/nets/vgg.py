"""VGG: many 3 x 3 convolutions between few poolings.

Source: Simonyan, Zisserman, "Very deep convolutional networks for large-scale image recognition" (2014).
"""

from __future__ import annotations

from graphflow._contrib import arg_scope, conv_layers, dense_layers, layer_tools, regularizers
from graphflow._layers import base
from graphflow._ops import array, nn, variable_scope

_DEPTHS = (64, 128, 256, 512, 512)
SIZE = 224  # of the images they were made for


def vgg_arg_scope(weight_decay=0.0005):
    """The arguments of VGG's layers."""
    layers = [conv_layers.conv2d, dense_layers.fully_connected]
    regularizer = regularizers.l2_regularizer(weight_decay)
    with arg_scope.arg_scope(
        layers, activation_fn=nn.relu, weights_regularizer=regularizer, biases_initializer=base.ZEROS
    ):
        with arg_scope.arg_scope([conv_layers.conv2d], padding="SAME") as scope:
            return scope


def _network(name, repetitions, collected, named_by_scope=False):
    def build_network(
        inputs, num_classes=1000, is_training=True, dropout_keep_prob=0.5, spatial_squeeze=True, scope=name
    ):  # fmt: skip
        with variable_scope.variable_scope(scope, name, [inputs]) as sc:
            ends = (sc.name if named_by_scope else sc.original_name_scope) + "_end_points"
            with arg_scope.arg_scope(collected, outputs_collections=ends):
                net = inputs
                for i, (times, depth) in enumerate(zip(repetitions, _DEPTHS), 1):
                    net = dense_layers.repeat(net, times, conv_layers.conv2d, depth, [3, 3], scope=f"conv{i}")
                    net = conv_layers.max_pool2d(net, [2, 2], scope=f"pool{i}")
                net = conv_layers.conv2d(net, 4096, [7, 7], padding="VALID", scope="fc6")
                net = dense_layers.dropout(net, dropout_keep_prob, is_training=is_training, scope="dropout6")
                net = conv_layers.conv2d(net, 4096, [1, 1], scope="fc7")
                net = dense_layers.dropout(net, dropout_keep_prob, is_training=is_training, scope="dropout7")
                net = conv_layers.conv2d(net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope="fc8")
                end_points = layer_tools.convert_collection_to_dict(ends)
                if spatial_squeeze:
                    net = array.squeeze(net, [1, 2], name="fc8/squeezed")
                    end_points[sc.name + "/fc8"] = net
                return net, end_points

    build_network.__name__ = build_network.__qualname__ = name
    build_network.__doc__ = f"""The network {name}: images `[batch, 224, 224, 3]` -> (logits, dict name -> tensor).

    Args:
        dropout_keep_prob: of the two dropout layers.
        spatial_squeeze: whether the two axes of size 1 are taken away from the logits.
    """
    build_network.default_image_size = SIZE
    return build_network


_CONVOLUTIONS = [conv_layers.conv2d, conv_layers.max_pool2d]
_ALL = [*_CONVOLUTIONS, dense_layers.fully_connected]
vgg_a = _network("vgg_a", (1, 1, 2, 2, 2), _CONVOLUTIONS)
vgg_16 = vgg_d = _network("vgg_16", (2, 2, 3, 3, 3), _ALL)
vgg_19 = vgg_e = _network("vgg_19", (2, 2, 4, 4, 4), _ALL, named_by_scope=True)
