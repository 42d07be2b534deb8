"""Residual networks, both versions: blocks of bottleneck units that add to what passes by.

Source: He et al., "Deep residual learning for image recognition" (2015), "Identity mappings in deep residual networks" (2016).
"""

from __future__ import annotations

import collections

from graphflow._contrib import arg_scope, conv_layers, dense_layers, initializers, layer_tools, regularizers
from graphflow._contrib import batch_norm as batch_norm_lib
from graphflow._graph import keys
from graphflow._ops import nn, rearrange, reduce, variable_scope

_CONV, _NORM = conv_layers.conv2d, batch_norm_lib.batch_norm
_BARE = {"activation_fn": None, "normalizer_fn": None}


class Block(collections.namedtuple("Block", ["scope", "unit_fn", "args"])):
    """A block: name, function that makes a unit, and a dict of arguments for each unit."""


def subsample(inputs, factor, scope=None):
    """Every `factor`th pixel along both axes."""
    return inputs if factor == 1 else conv_layers.max_pool2d(inputs, [1, 1], stride=factor, scope=scope)


def conv2d_same(inputs, num_outputs, kernel_size, stride, rate=1, scope=None):
    """A convolution of padding "SAME" whose padding does not depend on the size of the image."""
    if stride == 1:
        return _CONV(inputs, num_outputs, kernel_size, stride=1, rate=rate, padding="SAME", scope=scope)
    total = (kernel_size - 1) * rate
    around = [total // 2, total - total // 2]
    inputs = rearrange.pad(inputs, [[0, 0], around, around, [0, 0]])
    return _CONV(inputs, num_outputs, kernel_size, stride=stride, rate=rate, padding="VALID", scope=scope)


@arg_scope.add_arg_scope
def stack_blocks_dense(net, blocks, output_stride=None, outputs_collections=None):
    """One block after the other; from `output_stride` on, rates take the place of strides.

    Raises:
        ValueError: the blocks do not reach that stride.
    """
    stride, rate = 1, 1
    for block in blocks:
        with variable_scope.variable_scope(block.scope, "block", [net]) as sc:
            for i, unit in enumerate(block.args):
                if output_stride is not None and stride > output_stride:
                    raise ValueError("The target output_stride cannot be reached.")
                with variable_scope.variable_scope(f"unit_{i + 1}", values=[net]):
                    if output_stride is not None and stride == output_stride:
                        net = block.unit_fn(net, rate=rate, **dict(unit, stride=1))
                        rate *= unit.get("stride", 1)
                    else:
                        net = block.unit_fn(net, rate=1, **unit)
                        stride *= unit.get("stride", 1)
            net = layer_tools.collect_named_outputs(outputs_collections, sc.name, net)
    if output_stride is not None and stride != output_stride:
        raise ValueError("The target output_stride cannot be reached.")
    return net


def resnet_arg_scope(
    weight_decay=0.0001, batch_norm_decay=0.997, batch_norm_epsilon=1e-5, batch_norm_scale=True
):  # fmt: skip
    """The arguments of residual networks' layers."""
    norm = {
        "decay": batch_norm_decay, "epsilon": batch_norm_epsilon, "scale": batch_norm_scale,
        "updates_collections": keys.GraphKeys.UPDATE_OPS,
    }  # fmt: skip
    with arg_scope.arg_scope(
        [_CONV], weights_regularizer=regularizers.l2_regularizer(weight_decay),
        weights_initializer=initializers.variance_scaling_initializer(), activation_fn=nn.relu, normalizer_fn=_NORM,
        normalizer_params=norm,
    ):  # fmt: skip
        with arg_scope.arg_scope([_NORM], **norm):
            with arg_scope.arg_scope([conv_layers.max_pool2d], padding="SAME") as scope:
                return scope


@arg_scope.add_arg_scope
def bottleneck_v1(inputs, depth, depth_bottleneck, stride, rate=1, outputs_collections=None, scope=None):
    """A unit that normalizes after each convolution."""
    with variable_scope.variable_scope(scope, "bottleneck_v1", [inputs]) as sc:
        if depth == layer_tools.last_dimension(inputs.get_shape(), min_rank=4):
            shortcut = subsample(inputs, stride, "shortcut")
        else:
            shortcut = _CONV(inputs, depth, [1, 1], stride=stride, activation_fn=None, scope="shortcut")
        residual = _CONV(inputs, depth_bottleneck, [1, 1], stride=1, scope="conv1")
        residual = conv2d_same(residual, depth_bottleneck, 3, stride, rate=rate, scope="conv2")
        residual = _CONV(residual, depth, [1, 1], stride=1, activation_fn=None, scope="conv3")
        return layer_tools.collect_named_outputs(outputs_collections, sc.name, nn.relu(shortcut + residual))


@arg_scope.add_arg_scope
def bottleneck_v2(inputs, depth, depth_bottleneck, stride, rate=1, outputs_collections=None, scope=None):
    """A unit that normalizes before its convolutions."""
    with variable_scope.variable_scope(scope, "bottleneck_v2", [inputs]) as sc:
        depth_in = layer_tools.last_dimension(inputs.get_shape(), min_rank=4)
        active = _NORM(inputs, activation_fn=nn.relu, scope="preact")
        if depth == depth_in:
            shortcut = subsample(inputs, stride, "shortcut")
        else:
            shortcut = _CONV(active, depth, [1, 1], stride=stride, scope="shortcut", **_BARE)
        residual = _CONV(active, depth_bottleneck, [1, 1], stride=1, scope="conv1")
        residual = conv2d_same(residual, depth_bottleneck, 3, stride, rate=rate, scope="conv2")
        residual = _CONV(residual, depth, [1, 1], stride=1, scope="conv3", **_BARE)
        return layer_tools.collect_named_outputs(outputs_collections, sc.name, shortcut + residual)


def _network(version, bottleneck):
    """The function that builds a network of given blocks."""
    name, is_second = f"resnet_v{version}", version == 2

    def build_network(
        inputs, blocks, num_classes=None, is_training=True, global_pool=True, output_stride=None, include_root_block=True,
        reuse=None, scope=None,
    ):  # fmt: skip
        with variable_scope.variable_scope(scope, name, [inputs], reuse=reuse) as sc:
            ends = sc.original_name_scope + "_end_points"
            with arg_scope.arg_scope([_CONV, bottleneck, stack_blocks_dense], outputs_collections=ends):
                with arg_scope.arg_scope([_NORM], is_training=is_training):
                    net = inputs
                    if include_root_block:
                        if output_stride is not None and output_stride % 4:
                            raise ValueError(f"The output_stride needs to be a multiple of 4, got {output_stride}.")
                        output_stride = None if output_stride is None else output_stride // 4
                        with arg_scope.arg_scope([_CONV], **(_BARE if is_second else {})):
                            net = conv2d_same(net, 64, 7, stride=2, scope="conv1")
                        net = conv_layers.max_pool2d(net, [3, 3], stride=2, scope="pool1")
                    net = stack_blocks_dense(net, blocks, output_stride)
                    if is_second:
                        net = _NORM(net, activation_fn=nn.relu, scope="postnorm")
                    if global_pool:
                        net = reduce.reduce_mean(net, [1, 2], name="pool5", keepdims=True)
                    if num_classes is not None:
                        net = _CONV(net, num_classes, [1, 1], scope="logits", **_BARE)
                    end_points = layer_tools.convert_collection_to_dict(ends)
                    if num_classes is not None:
                        end_points["predictions"] = dense_layers.softmax(net, scope="predictions")
                    return net, end_points

    build_network.__name__ = build_network.__qualname__ = name
    build_network.__doc__ = f"""A residual network, version {version}: images -> (logits or features, dict name -> tensor).

    Args:
        blocks: a list of `Block`.
        num_classes: None for features without logits.
        global_pool: whether the mean over the image is taken.
        output_stride: how many pixels of the image one pixel of the features stands for at most.
        include_root_block: whether there is a first convolution and pooling.
    """
    build_network.default_image_size = 224
    return build_network


def _block(bottleneck):
    def make_block(scope, base_depth, num_units, stride):
        unit = {"depth": base_depth * 4, "depth_bottleneck": base_depth, "stride": 1}
        return Block(scope, bottleneck, [unit] * (num_units - 1) + [dict(unit, stride=stride)])

    make_block.__doc__ = "A block of units, the last of which has the stride."
    return make_block


resnet_v1, resnet_v2 = _network(1, bottleneck_v1), _network(2, bottleneck_v2)
resnet_v1_block, resnet_v2_block = _block(bottleneck_v1), _block(bottleneck_v2)
_UNITS = {
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
    200: (3, 24, 36, 3),
}  # layers -> units of the blocks


def _of_depth(network, make_block, layers):
    name = f"{network.__name__}_{layers}"

    def build_network(
        inputs, num_classes=None, is_training=True, global_pool=True, output_stride=None, reuse=None, scope=name
    ):  # fmt: skip
        strides = (2, 2, 2, 1)
        blocks = [
            make_block(f"block{i + 1}", 64 << i, units, stride)
            for i, (units, stride) in enumerate(zip(_UNITS[layers], strides))
        ]
        return network(inputs, blocks, num_classes, is_training, global_pool, output_stride, True, reuse, scope)

    build_network.__name__ = build_network.__qualname__ = name
    build_network.__doc__ = f"`{network.__name__}` of {layers} layers."
    build_network.default_image_size = 224
    return build_network


resnet_v1_50, resnet_v1_101, resnet_v1_152, resnet_v1_200 = (_of_depth(resnet_v1, resnet_v1_block, n) for n in _UNITS)
resnet_v2_50, resnet_v2_101, resnet_v2_152, resnet_v2_200 = (_of_depth(resnet_v2, resnet_v2_block, n) for n in _UNITS)
