"""Rules of `_ops/blocks.py`."""

from __future__ import annotations

import jax
import numpy as np

from graphflow._core import errors
from graphflow._lowering.rule import Compiled, xp


def _refused(op, text):
    return errors.InvalidArgumentError(None, op, text)


# -- space and batch -----------------------------------------------------------------------------------------


def _to_batch(op, x, block, paddings):
    m = len(block)
    pairs = [(0, 0), *[tuple(pair) for pair in paddings.tolist()], *[(0, 0)] * (x.ndim - 1 - m)]
    x = xp(x).pad(x, pairs)
    shape = [x.shape[0]]
    for i, (size, by) in enumerate(zip(x.shape[1:], block)):
        if size % by:
            raise _refused(op, f"padded_shape[{i}]={size} is not divisible by block_shape[{i}]={by}")
        shape += [size // by, by]
    rest = x.shape[1 + m :]
    order = [*range(2, 2 * m + 1, 2), 0, *range(1, 2 * m, 2), *range(2 * m + 1, 2 * m + 1 + len(rest))]
    x = x.reshape([*shape, *rest]).transpose(order)
    return x.reshape([shape[0] * int(np.prod(block)), *shape[1::2], *rest])


def _to_space(op, x, block, crops):
    m, volume = len(block), int(np.prod(block))
    if x.shape[0] % volume:
        text = f"Input batch dimension ({x.shape[0]}) is not divisible by product of block sizes ({volume})"
        raise _refused(op, text)
    space, rest = x.shape[1 : 1 + m], x.shape[1 + m :]
    x = x.reshape([*block, x.shape[0] // volume, *space, *rest])
    order = [m]
    for i in range(m):
        order += [m + 1 + i, i]
    x = x.transpose([*order, *range(2 * m + 1, x.ndim)])
    x = x.reshape([x.shape[0], *[size * by for size, by in zip(space, block)], *rest])
    return x[(slice(None), *[slice(a, size - b) for size, (a, b) in zip(x.shape[1:], crops.tolist())])]


def _space_to_batch_nd(ctx, op, x, block, paddings):
    return _to_batch(op, x, block.tolist(), paddings)


def _batch_to_space_nd(ctx, op, x, block, crops):
    return _to_space(op, x, block.tolist(), crops)


def _space_to_batch(ctx, op, x, paddings):
    return _to_batch(op, x, [op.attrs["block_size"]] * 2, paddings)


def _batch_to_space(ctx, op, x, crops):
    return _to_space(op, x, [op.attrs["block_size"]] * 2, crops)


# -- space and depth -----------------------------------------------------------------------------------------


def _as_nhwc(function):
    """A rule for both layouts of images."""

    def emit(ctx, op, x):
        layout = op.attrs["data_format"]
        if layout == b"NHWC":
            return function(x, op.attrs["block_size"])
        if layout != b"NCHW":
            raise errors.UnimplementedError(
                None, op, f"data_format {layout.decode()} is for cuDNN's int8 only; use NHWC"
            )
        return function(x.transpose([0, 2, 3, 1]), op.attrs["block_size"]).transpose([0, 3, 1, 2])

    return Compiled(emit, folds=True)


def _space_to_depth(x, by):
    n, height, width, depth = x.shape
    x = x.reshape([n, height // by, by, width // by, by, depth]).transpose([0, 1, 3, 2, 4, 5])
    return x.reshape([n, height // by, width // by, by * by * depth])


def _depth_to_space(x, by):
    n, height, width, depth = x.shape
    x = x.reshape([n, height, width, by, by, depth // (by * by)]).transpose([0, 1, 3, 2, 4, 5])
    return x.reshape([n, height * by, width * by, depth // (by * by)])


# -- patches -------------------------------------------------------------------------------------------------


def _patches(ctx, op, x):
    """One strided slice for each place within a patch, laid side by side."""
    kernel, strides = op.attrs["ksizes"][1:-1], op.attrs["strides"][1:-1]
    rates = op.attrs.get("rates", [1] * x.ndim)[1:-1]
    reach = [(k - 1) * rate + 1 for k, rate in zip(kernel, rates)]
    space = x.shape[1:-1]
    if op.attrs["padding"] == b"SAME":
        out = [-(-size // stride) for size, stride in zip(space, strides)]
        missing = [max((o - 1) * s + r - size, 0) for o, s, r, size in zip(out, strides, reach, space)]
        x = xp(x).pad(x, [(0, 0), *[(m // 2, m - m // 2) for m in missing], (0, 0)])
    else:
        out = [(size - r) // stride + 1 for size, r, stride in zip(space, reach, strides)]
    found = []
    for place in np.ndindex(*kernel):
        at = [slice(p * r, p * r + (o - 1) * s + 1, s) for p, r, o, s in zip(place, rates, out, strides)]
        found.append(x[(slice(None), *at)])
    return xp(x).concatenate(found, -1)


# -- bits ----------------------------------------------------------------------------------------------------


def _bitcast(ctx, op, x):
    wanted, had = np.dtype(op.attrs["type"].as_numpy_dtype), np.dtype(x.dtype)
    ratio = wanted.itemsize // had.itemsize
    if ratio > 1 and x.shape[-1:] != (ratio,):
        raise _refused(op, f"Cannot bitcast from {op.attrs['T'].name} {list(x.shape)} to {op.attrs['type'].name}")
    if xp(x) is not np:
        return jax.lax.bitcast_convert_type(x, wanted)
    if wanted.itemsize == had.itemsize:
        return x.view(wanted)
    if ratio > 1:
        return np.ascontiguousarray(x).view(wanted)[..., 0]
    return np.ascontiguousarray(x)[..., None].view(wanted)


RULES = {
    "SpaceToBatchND": Compiled(_space_to_batch_nd, static=(1, 2), folds=True),
    "BatchToSpaceND": Compiled(_batch_to_space_nd, static=(1, 2), folds=True),
    "SpaceToBatch": Compiled(_space_to_batch, static=(1,), folds=True),
    "BatchToSpace": Compiled(_batch_to_space, static=(1,), folds=True),
    "SpaceToDepth": _as_nhwc(_space_to_depth),
    "DepthToSpace": _as_nhwc(_depth_to_space),
    "ExtractImagePatches": Compiled(_patches, folds=True),
    "ExtractVolumePatches": Compiled(_patches, folds=True),
    "Bitcast": Compiled(_bitcast, folds=True),
}
