"""Blocks of an image moved into the batch or into the channels, patches cut out of it, and bits read as another type."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def, static_value
from graphflow._ops import array, joining

# -- space and batch -----------------------------------------------------------------------------------------


def space_to_batch_nd(input, block_shape, paddings, name=None):
    """Pads the axes behind the batch, cuts them into blocks, and moves the places within a block into the batch.

    Args:
        input: `[batch, space..., rest]`.
        block_shape: integer `[m]`, for m axes of space.
        paddings: integer `[m, 2]`; the padded sizes must be multiples of the blocks.

    Returns:
        `[batch * prod(block_shape), padded / block..., rest]`.
    """
    return build.apply("SpaceToBatchND", input, block_shape, paddings, name=name)


def batch_to_space_nd(input, block_shape, crops, name=None):
    """What `space_to_batch_nd` does, undone; `crops` are cut off in the end."""
    return build.apply("BatchToSpaceND", input, block_shape, crops, name=name)


def space_to_batch(input, paddings, block_size=None, name=None, block_shape=None):
    """`space_to_batch_nd` of images `[batch, height, width, depth]` with square blocks."""
    size = block_size if block_shape is None else block_shape
    result = space_to_batch_nd(input, np.array([size, size], np.int64), paddings, name)
    result.set_shape(result.get_shape().with_rank(4))
    return result


def batch_to_space(input, crops, block_size, name=None, block_shape=None):
    """`batch_to_space_nd` of images `[batch, height, width, depth]` with square blocks."""
    size = block_size if block_shape is None else block_shape
    result = batch_to_space_nd(input, np.array([size, size], np.int64), crops, name)
    result.set_shape(result.get_shape().with_rank(4))
    return result


@op_def.shape_rule("SpaceToBatchND")
def _space_to_batch_nd_shape(op):
    return [_blocks_shape(op, static_value.constant_value(op.inputs[1]), op.inputs[2], to_batch=True)]


@op_def.shape_rule("BatchToSpaceND")
def _batch_to_space_nd_shape(op):
    return [_blocks_shape(op, static_value.constant_value(op.inputs[1]), op.inputs[2], to_batch=False)]


@op_def.shape_rule("SpaceToBatch")
def _space_to_batch_shape(op):
    return [_blocks_shape(op, np.array([op.attrs["block_size"]] * 2), op.inputs[1], to_batch=True)]


@op_def.shape_rule("BatchToSpace")
def _batch_to_space_shape(op):
    return [_blocks_shape(op, np.array([op.attrs["block_size"]] * 2), op.inputs[1], to_batch=False)]


def _blocks_shape(op, block, borders, to_batch):
    dims = op.inputs[0]._dims
    if dims is None:
        return None
    if block is None:
        return (None,) * len(dims)
    if len(dims) < 1 + block.size:
        raise build.shape_error(op, f"Shape must be at least rank {1 + block.size} but is rank {len(dims)}")
    borders = static_value.constant_value(borders)
    out = list(dims)
    block = block.tolist()
    volume = int(np.prod(block))
    if dims[0] is not None:
        out[0] = dims[0] * volume if to_batch else _exact(op, dims[0], volume)
    for i, size in enumerate(block, 1):
        if dims[i] is None or borders is None:
            out[i] = None
        elif to_batch:
            out[i] = _exact(op, dims[i] + int(borders[i - 1].sum()), size)
        else:
            out[i] = dims[i] * size - int(borders[i - 1].sum())
            if out[i] < 0:
                raise build.shape_error(op, f"crops of axis {i} cut off more than its {dims[i] * size} entries")
    return tuple(out)


def _exact(op, size, by):
    if size % by:
        raise build.shape_error(op, f"Dimension size must be evenly divisible by {by} but is {size}")
    return size // by


@op_def.gradient("SpaceToBatchND")
def _space_to_batch_nd_gradient(op, grad):
    return batch_to_space_nd(grad, op.inputs[1], op.inputs[2]), None, None


@op_def.gradient("BatchToSpaceND")
def _batch_to_space_nd_gradient(op, grad):
    return space_to_batch_nd(grad, op.inputs[1], op.inputs[2]), None, None


@op_def.gradient("SpaceToBatch")
def _space_to_batch_gradient(op, grad):
    return build.apply("BatchToSpace", grad, op.inputs[1], block_size=op.attrs["block_size"]), None


@op_def.gradient("BatchToSpace")
def _batch_to_space_gradient(op, grad):
    return build.apply("SpaceToBatch", grad, op.inputs[1], block_size=op.attrs["block_size"]), None


def required_space_to_batch_paddings(input_shape, block_shape, base_paddings=None, name=None):
    """(paddings, crops) that make an input of `input_shape` fit `space_to_batch_nd` with `block_shape`.

    Args:
        input_shape, block_shape: integer `[m]`.
        base_paddings: integer `[m, 2]`, the least to pad; zeros when None.

    Returns:
        two int32 `[m, 2]`; the crops take off only what is added here beyond `base_paddings`.
    """
    with build.name_scope(name, "required_space_to_batch_paddings", [input_shape, block_shape]):
        size = build.convert_to_tensor(input_shape, dtype=dtypes.int32, name="input_shape")
        block = build.convert_to_tensor(block_shape, dtype=dtypes.int32, name="block_shape")
        block.get_shape().assert_is_fully_defined()
        block.get_shape().assert_has_rank(1)
        m = block._dims[0]
        if m == 0:
            return array.zeros([0, 2], dtypes.int32), array.zeros([0, 2], dtypes.int32)
        size.get_shape().assert_is_compatible_with([m])
        if base_paddings is None:
            base = array.zeros([m, 2], dtypes.int32)
        else:
            base = build.convert_to_tensor(base_paddings, dtype=dtypes.int32, name="base_paddings")
            base.get_shape().assert_is_compatible_with([m, 2])
        known = [static_value.constant_value(t) for t in (size, block, base)]
        if all(value is not None for value in known):
            size, block, base = known
        start, end = base[:, 0], base[:, 1]
        full = size + start + end
        extra = (block - full % block) % block
        end = end + extra
        paddings = joining.stack([[start[i], end[i]] for i in range(m)], name="paddings")
        crops = joining.stack([[0, extra[i]] for i in range(m)], name="crops")
        return paddings, crops


# -- space and depth -----------------------------------------------------------------------------------------


def space_to_depth(input, block_size, name=None, data_format="NHWC"):
    """Images with each block of `block_size` x `block_size` places moved into the channels."""
    return build.apply("SpaceToDepth", input, block_size=block_size, data_format=data_format, name=name)


def depth_to_space(input, block_size, name=None, data_format="NHWC"):
    """What `space_to_depth` does, undone: channels become blocks of `block_size` x `block_size` places."""
    return build.apply("DepthToSpace", input, block_size=block_size, data_format=data_format, name=name)


@op_def.shape_rule("SpaceToDepth", "DepthToSpace")
def _depth_shape(op):
    dims, size = op.inputs[0]._dims, op.attrs["block_size"]
    layout = op.attrs["data_format"].decode()
    if layout == "NCHW_VECT_C":
        return [None]
    if dims is None:
        return [(None,) * 4]
    if len(dims) != 4:
        raise build.shape_error(op, f"Shape must be rank 4 but is rank {len(dims)}")
    out = list(dims)
    for i, letter in enumerate(layout):
        if letter == "N" or dims[i] is None:
            continue
        shrinks = (letter == "C") == (op.type == "DepthToSpace")
        factor = size * size if letter == "C" else size
        out[i] = _exact(op, dims[i], factor) if shrinks else dims[i] * factor
    return [tuple(out)]


@op_def.gradient("SpaceToDepth")
def _space_to_depth_gradient(op, grad):
    return depth_to_space(grad, op.attrs["block_size"], data_format=op.attrs["data_format"])


@op_def.gradient("DepthToSpace")
def _depth_to_space_gradient(op, grad):
    return space_to_depth(grad, op.attrs["block_size"], data_format=op.attrs["data_format"])


# -- patches -------------------------------------------------------------------------------------------------


def extract_image_patches(images, ksizes=None, strides=None, rates=None, padding=None, name=None, sizes=None):
    """The patches that a convolution would see, each laid flat in the last axis.

    Args:
        images: `[batch, rows, columns, depth]`.
        ksizes, strides, rates: `[1, rows, columns, 1]`: size of a patch, step between patches, step within one.
        padding: "VALID" or "SAME" (zeros outside).

    Returns:
        `[batch, out_rows, out_columns, ksize_rows * ksize_columns * depth]`.
    """
    ksizes = sizes if ksizes is None else ksizes
    return build.apply(
        "ExtractImagePatches", images, ksizes=ksizes, strides=strides, rates=rates, padding=padding, name=name
    )


def extract_patches(images, sizes, strides, rates, padding, name=None):
    """`extract_image_patches` with its arguments in the order of TensorFlow 2."""
    return extract_image_patches(images, sizes, strides, rates, padding, name)


def extract_volume_patches(input, ksizes, strides, padding, name=None):
    """The same for `[batch, planes, rows, columns, depth]`."""
    return build.apply("ExtractVolumePatches", input, ksizes=ksizes, strides=strides, padding=padding, name=name)


@op_def.shape_rule("ExtractImagePatches", "ExtractVolumePatches")
def _patches_shape(op):
    dims, kernel, strides = op.inputs[0]._dims, op.attrs["ksizes"], op.attrs["strides"]
    rank = len(kernel)
    rates = op.attrs.get("rates", [1] * rank)
    if dims is None:
        return [(None,) * rank]
    if len(dims) != rank:
        raise build.shape_error(op, f"Shape must be rank {rank} but is rank {len(dims)}")
    if op.type == "ExtractImagePatches" and None in dims[1:3]:
        space = [None] * (rank - 2)  # TensorFlow gives up on both where one is unknown
    else:
        space = [
            _patches_along(op, dims[i], kernel[i], strides[i], rates[i]) for i in range(1, rank - 1)
        ]  # fmt: skip
    depth = None if dims[-1] is None else dims[-1] * int(np.prod(kernel))
    return [(dims[0], *space, depth)]


def _patches_along(op, size, kernel, stride, rate):
    if size is None:
        return None
    if op.attrs["padding"] == b"SAME":
        return -(-size // stride)
    reach = (kernel - 1) * rate + 1
    if size < reach:
        raise build.shape_error(op, f"a patch reaches over {reach} entries of an axis that has {size}")
    return (size - reach) // stride + 1


# -- bits ----------------------------------------------------------------------------------------------------


def bitcast(input, type, name=None):
    """The bits of `input` read as another type.

    Returns:
        the shape of `input`; with an axis more at the end where the new type is smaller, without its last where larger.
    """
    return build.apply("Bitcast", input, type=type, name=name)


@op_def.shape_rule("Bitcast")
def _bitcast_shape(op):
    dims, had, has = op.inputs[0]._dims, op.attrs["T"].size, op.attrs["type"].size
    if dims is None or had == has:
        return [dims]
    if had > has:
        return [(*dims, had // has)]
    if not dims or not shapes.compatible(dims[-1:], (has // had,)):
        raise build.shape_error(op, f"Cannot bitcast due to shape. {shapes.to_text(dims)} must end in {has // had}")
    return [dims[:-1]]


op_def.not_differentiable("Bitcast", because="it reads bits, not numbers")
