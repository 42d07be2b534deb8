"""The same elements in another order, or more often: transpose, reverse, roll, tile, pad, broadcast, repeat."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def, static_value
from graphflow._ops import array, choosing, dispatch, joining, math, reduce, slicing

# -- transpose -----------------------------------------------------------------------------------------------


def transpose(a, perm=None, name="transpose", conjugate=False):
    """`a` with its axes in the order `perm`; reversed when None.

    Args:
        perm: an integer vector: axis i of the result is axis `perm[i]` of `a`.
        conjugate: whether complex numbers are conjugated too.
    """
    with build.name_scope(name, "transpose", [a]) as scope:
        op_type = "ConjugateTranspose" if conjugate and a.dtype.is_complex else "Transpose"
        if perm is not None:
            return build.apply(op_type, a, perm, name=scope)
        a = build.convert_to_tensor(a, name="a")
        if a._dims:
            return build.apply(op_type, a, np.arange(len(a._dims), dtype=np.int32)[::-1], name=scope)
        rank = build.apply("Rank", a)
        perm = (rank - 1) - build.apply("Range", 0, rank, 1)
        return build.apply(op_type, a, perm, name=scope)


def matrix_transpose(a, name="matrix_transpose", conjugate=False):
    """`a` with its last two axes exchanged."""
    with build.name_scope(name, None, [a]):
        a = build.convert_to_tensor(a, name="a")
        if a._dims is None:
            rank = array.rank(a)
            perm = array.concat((build.apply("Range", 0, rank - 2, 1), [rank - 1, rank - 2]), 0)
        elif len(a._dims) < 2:
            raise ValueError(f"Argument 'a' should be a (batch) matrix, with rank >= 2.  Found: {a.get_shape()}")
        else:
            last = len(a._dims) - 1
            perm = [*range(last - 1), last, last - 1]
        return transpose(a, perm=perm, conjugate=conjugate)


@op_def.shape_rule("Transpose", "ConjugateTranspose")
def _transpose_shape(op):
    dims, perm = op.inputs[0]._dims, op.inputs[1]
    order = static_value.constant_value(perm)
    if order is None:
        length = len(dims) if dims is not None else perm._dims[0] if perm._dims else None
        return [None if length is None else (None,) * length if length > 1 else dims]
    if order.ndim != 1:
        raise build.shape_error(op, f"Shape must be rank 1 but is rank {order.ndim}")
    if dims is None:
        return [(None,) * order.size]
    if len(dims) != order.size:
        raise build.shape_error(op, f"Dimension must be {len(dims)} but is {order.size}")
    for axis in order.tolist():
        if not -len(dims) <= axis < len(dims):
            raise build.shape_error(op, f"perm dim {axis} is out of range of input rank {len(dims)}")
    return [tuple(dims[axis] for axis in order.tolist())]


@op_def.gradient("Transpose", "ConjugateTranspose")
def _transpose_gradient(op, grad):
    order = static_value.constant_value(op.inputs[1])
    back = invert_permutation(op.inputs[1]) if order is None else np.argsort(order).astype(order.dtype)
    return transpose(grad, back, conjugate=op.type == "ConjugateTranspose"), None


def invert_permutation(x, name=None):
    """y with y[x[i]] = i, for an integer vector x that holds each of 0 .. n - 1 once.

    Raises at run time:
        InvalidArgumentError: x is no permutation.
    """
    return build.apply("InvertPermutation", x, name=name)


op_def.shape_rule("InvertPermutation")(lambda op: [op.inputs[0]._dims])
op_def.not_differentiable("InvertPermutation", because="it has only integers")

# -- reverse and roll ----------------------------------------------------------------------------------------


def reverse(tensor, axis, name=None):
    """`tensor` backwards along each axis of the integer vector `axis`."""
    return build.apply("ReverseV2", tensor, axis, name=name)


reverse_v2 = reverse


def reverse_sequence(input, seq_lengths, seq_axis=None, batch_axis=None, name=None, seq_dim=None, batch_dim=None):
    """`input` with the first `seq_lengths[i]` entries along `seq_axis` backwards, for each i of `batch_axis`.

    Args:
        seq_lengths: integer `[n]`, n the size of `batch_axis`.
    """
    seq_axis = seq_dim if seq_axis is None else seq_axis
    batch_axis = batch_dim if batch_axis is None else batch_axis
    return build.apply(
        "ReverseSequence", input, seq_lengths, seq_dim=seq_axis, batch_dim=batch_axis, name=name
    )  # fmt: skip


def roll(input, shift, axis, name=None):
    """`input` moved on by `shift` places along `axis`; what leaves at the end comes in at the start.

    Args:
        shift, axis: integers, or vectors of them; shifts along the same axis add up.
    """
    return build.apply("Roll", input, shift, axis, name=name)


@op_def.shape_rule("Reverse", "ReverseV2", "ReverseSequence", "Roll")
def _same_shape(op):
    dims = op.inputs[0]._dims
    if op.type == "ReverseV2" and dims is not None:
        axes = static_value.constant_value(op.inputs[1])
        for axis in [] if axes is None else axes.ravel().tolist():
            joining.normal_axis(op, axis, len(dims))
    if op.type == "ReverseSequence":
        return [_reverse_sequence_shape(op, dims)]
    if op.type == "Roll":
        shift, axis = op.inputs[1]._dims, op.inputs[2]._dims
        if not shapes.compatible(shift, axis):
            raise build.shape_error(op, "shift and axis must have the same size")
    return [dims]


def _reverse_sequence_shape(op, dims):
    lengths = op.inputs[1]._dims
    if dims is None or lengths is None:
        return dims
    batch, along = op.attrs["batch_dim"], op.attrs["seq_dim"]
    for what, axis in (("batch_dim", batch), ("seq_dim", along)):
        if axis >= len(dims):
            raise build.shape_error(op, f"{what} must be < input rank: {axis} vs. {len(dims)}")
    try:
        (size,) = shapes.merge((dims[batch],), lengths)
    except ValueError as err:
        raise build.shape_error(op, str(err)) from None
    return (*dims[:batch], size, *dims[batch + 1 :])


@op_def.gradient("ReverseV2")
def _reverse_gradient(op, grad):
    return reverse(grad, op.inputs[1]), None


@op_def.gradient("Reverse")
def _reverse_v1_gradient(op, grad):
    return build.apply("Reverse", grad, op.inputs[1]), None


@op_def.gradient("ReverseSequence")
def _reverse_sequence_gradient(op, grad):
    along, batch = op.attrs["seq_dim"], op.attrs["batch_dim"]
    return reverse_sequence(grad, op.inputs[1], seq_axis=along, batch_axis=batch), None


@op_def.gradient("Roll")
def _roll_gradient(op, grad):
    return roll(grad, -op.inputs[1], op.inputs[2]), None, None


# -- tile, broadcast, repeat ---------------------------------------------------------------------------------


@dispatch.ragged("tile")
def tile(input, multiples, name=None):
    """`input` repeated `multiples[i]` times along axis i."""
    return build.apply("Tile", input, multiples, name=name)


@op_def.shape_rule("Tile")
def _tile_shape(op):
    dims, times = op.inputs[0]._dims, static_value.shape_from(op.inputs[1])
    if dims is None or times is None:
        rank = len(dims) if dims is not None else None if times is None else len(times)
        return [None if rank is None else (None,) * rank]
    if len(dims) != len(times):
        raise build.shape_error(op, f"Shape must be rank {len(dims)} but is rank {len(times)}")
    return [tuple(None if d is None or n is None else d * n for d, n in zip(dims, times))]


@op_def.gradient("Tile")
def _tile_gradient(op, grad):
    x, multiples = op.inputs
    dims, times = array.known_dims(x), static_value.constant_value(multiples)
    if dims is not None and times is not None:
        split = np.stack([times, np.array(dims, times.dtype)], 1).ravel()
        axes = np.arange(0, split.size, 2, dtype=np.int32)
    else:
        size = array.shape(x, out_type=multiples.dtype.base_dtype)
        split = array.reshape(transpose(joining.stack([multiples, size])), [-1])
        axes = math.range(0, array.size(split), 2)
    total = reduce.reduce_sum(array.reshape(grad, split), axes)
    total.set_shape(x.get_shape())
    return total, None


def broadcast_to(input, shape, name=None):
    """`input` repeated along axes of size 1, and along new ones in front, to have `shape`."""
    return build.apply("BroadcastTo", input, shape, name=name)


@op_def.shape_rule("BroadcastTo")
def _broadcast_to_shape(op):
    dims, wanted = op.inputs[0]._dims, static_value.shape_from(op.inputs[1])
    if dims is None or wanted is None:
        return [wanted]
    if len(dims) > len(wanted):
        raise build.shape_error(op, f"Shape must be at most rank {len(wanted)} but is rank {len(dims)}")
    for d, w in zip(dims[::-1], wanted[::-1]):
        if d not in (None, 1) and w is not None and d != w:
            raise build.shape_error(op, f"Dimensions must be equal, but are {d} and {w}")
    return [wanted]


@op_def.gradient("BroadcastTo")
def _broadcast_to_gradient(op, grad):
    return math.unbroadcast(grad, op.inputs[0], op.outputs[0]), None


def broadcast_static_shape(shape_x, shape_y):
    """The `TensorShape` of an elementwise operation on tensors of two shapes; ValueError where they do not fit."""
    try:
        return shapes.TensorShape(shapes.broadcast(shapes.as_dims(shape_x), shapes.as_dims(shape_y)))
    except ValueError:
        raise ValueError(
            f"Incompatible shapes for broadcasting: {shapes.as_shape(shape_x)} and {shapes.as_shape(shape_y)}"
        ) from None


def broadcast_dynamic_shape(shape_x, shape_y):
    """The shape, an integer vector tensor, of an elementwise operation on tensors of two shapes given as vectors."""
    return build.apply("BroadcastArgs", shape_x, shape_y)


@op_def.shape_rule("BroadcastArgs")
def _broadcast_args_shape(op):
    lengths = [None if not t._dims else t._dims[0] for t in op.inputs]
    return [(None if None in lengths else max(lengths),)]


op_def.shape_rule("BroadcastGradientArgs")(lambda op: [(None,), (None,)])
op_def.not_differentiable("BroadcastArgs", "BroadcastGradientArgs", because="they have only integers")


def meshgrid(*args, **kwargs):
    """Coordinates of all points of a grid: for N vectors, N tensors of rank N.

    Args:
        args: vectors x_0, x_1 ...; a scalar is a vector of one.
        indexing: "xy", where the first two axes are exchanged, or "ij".
    """
    indexing = kwargs.pop("indexing", "xy")
    name = kwargs.pop("name", "meshgrid")
    if kwargs:
        raise TypeError(f"'{next(iter(kwargs))}' is an invalid keyword argument for this function")
    if indexing not in ("xy", "ij"):
        raise ValueError("indexing parameter must be either 'xy' or 'ij'")
    with build.name_scope(name, "meshgrid", args):
        rank = len(args)
        grids = []
        for i, x in enumerate(args):
            grids.append(array.reshape(joining.stack(x), [-1 if k == i else 1 for k in range(rank)]))
        sizes = [array.size(x) for x in args]
        dtype = build.convert_to_tensor(args[0]).dtype.base_dtype
        if indexing == "xy" and rank > 1:
            grids[0] = array.reshape(grids[0], [1, -1] + [1] * (rank - 2))
            grids[1] = array.reshape(grids[1], [-1, 1] + [1] * (rank - 2))
            sizes[0], sizes[1] = sizes[1], sizes[0]
        full = array.ones(sizes, dtype)
        return [grid * full for grid in grids]


def repeat(input, repeats, axis=None, name=None):
    """Each entry of `input` along `axis` repeated; all elements of the flattened `input` when `axis` is None.

    Args:
        repeats: how often: an integer, or a vector with one for each entry along `axis`.
    """
    if axis is None:
        input, axis = array.reshape(input, [-1]), 0
    if not isinstance(axis, int):
        raise TypeError(f"axis must be an int; got {type(axis).__name__}")
    with build.name_scope(name, "Repeat", [input, repeats]):
        data = _with_an_axis(build.convert_to_tensor(input, name="data"))
        repeats = build.convert_to_tensor(repeats, name="repeats", preferred_dtype=dtypes.int32)
        if not repeats.dtype.is_integer:
            raise TypeError(f"repeats must be an integer tensor; dtype={repeats.dtype.name}")
        repeats = build.apply("Cast", repeats, DstT=dtypes.int32)
        repeats.get_shape().with_rank_at_most(1)
        size = array.shape(data)
        if data._dims is None:
            if axis < 0:
                raise ValueError("axis may only be negative if ndims is statically known.")
        elif not -len(data._dims) <= axis < len(data._dims):
            rank = len(data._dims)
            raise ValueError(f"axis={axis} out of bounds: expected {-rank}<=axis<{rank}")
        else:
            axis %= len(data._dims)
        if repeats._dims == ():
            tiled = _tile_axis(array.expand_dims(data, axis + 1), axis + 1, repeats)
            return array.reshape(tiled, array.concat([size[:axis], [-1], size[axis + 1 :]], axis=0))
        return _repeat_each(data, repeats, axis, size)


def _with_an_axis(data):
    if data._dims is None:
        size, rank = array.shape(data), array.rank(data)
        return array.reshape(data, array.concat([[1], size], axis=0)[-rank:])
    return joining.stack([data]) if data._dims == () else data


def _repeat_each(data, repeats, axis, size):
    """Repeats as often as needed at most, and keeps what a mask of the counts covers."""
    dims = data._dims
    if dims is not None and repeats._dims is not None and not shapes.compatible((dims[axis],), repeats._dims):
        raise ValueError(f"repeats has {repeats._dims[0]} entries, axis {axis} of the data has {dims[axis]}")
    if axis != 0:
        own, rank = array.shape(repeats), array.rank(repeats)
        repeats = broadcast_to(repeats, array.concat([size[: axis + 1 - rank], own], axis=0))
        repeats.set_shape([None] * (axis + 1))
    most = math.maximum(0, build.apply("Max", repeats, array.all_axes(repeats)))
    mask = choosing.sequence_mask(repeats, most)
    masked = choosing.boolean_mask(_tile_axis(array.expand_dims(data, axis + 1), axis + 1, most), mask)
    result = masked
    if axis != 0:
        result = array.reshape(masked, array.concat([size[:axis], [-1], size[axis + 1 :]], axis=0))
    if dims is not None:
        empty = repeats._dims is not None and repeats._dims[0] == 0
        result.set_shape([*dims[:axis], 0 if empty else None, *dims[axis + 1 :]])
    return result


def _tile_axis(data, axis, times):
    if data._dims is None:
        one = array.ones(array.rank(data), dtypes.int32)
        return tile(data, array.concat([one[:axis], [times], one[axis + 1 :]], axis=0))
    return tile(data, [times if i == axis else 1 for i in range(len(data._dims))])


# -- pad -----------------------------------------------------------------------------------------------------


def pad(tensor, paddings, mode="CONSTANT", name=None, constant_values=0):
    """`tensor` with `paddings[i] = [before, after]` entries more along axis i.

    Args:
        paddings: integer `[rank, 2]`.
        mode: "CONSTANT" pads with `constant_values`; "REFLECT" mirrors without the border entry, "SYMMETRIC" with it.
    """
    mode = mode.upper()
    if mode == "CONSTANT":
        if isinstance(constant_values, (int, float)) and constant_values == 0:
            return build.apply("Pad", tensor, paddings, name=name)
        return build.apply("PadV2", tensor, paddings, constant_values, name=name)
    if mode not in ("REFLECT", "SYMMETRIC"):
        raise ValueError(f"Unknown padding mode: {mode}; expected CONSTANT, REFLECT or SYMMETRIC")
    return build.apply("MirrorPad", tensor, paddings, mode=mode, name=name)


@op_def.shape_rule("Pad", "PadV2", "MirrorPad")
def _pad_shape(op):
    dims = op.inputs[0]._dims
    around = _known_rows(op.inputs[1])
    if around is None:
        shape = op.inputs[1]._dims
        rank = len(dims) if dims is not None else shape[0] if shape else None
        return [None if rank is None else (None,) * rank]
    if dims is None:
        return [(None,) * len(around)]
    if len(around) != len(dims):
        raise build.shape_error(op, f"Shape must be rank {len(around)} but is rank {len(dims)}")
    return [tuple(None if d is None or pair is None else d + int(sum(pair)) for d, pair in zip(dims, around))]


def _known_rows(paddings):
    """The pairs of a paddings tensor, None for those unknown; None where nothing is known."""
    value = static_value.constant_value(paddings)
    if value is None and paddings.op.type == "Pack":
        return [static_value.constant_value(row) for row in paddings.op.inputs]
    return value


@op_def.shape_rule("MirrorPadGrad")
def _mirror_pad_grad_shape(op):
    dims, around = op.inputs[0]._dims, static_value.constant_value(op.inputs[1])
    if dims is None or around is None:
        return [None if dims is None else (None,) * len(dims)]
    return [tuple(None if d is None else d - sum(pair) for d, pair in zip(dims, around.tolist()))]


@op_def.gradient("Pad", "PadV2")
def _pad_gradient(op, grad):
    x, paddings = op.inputs[:2]
    around, dims = static_value.constant_value(paddings), array.known_dims(x)
    begin = paddings[:, 0] if around is None else around[:, 0]
    dtype = paddings.dtype.base_dtype
    inside = array.shape(x, out_type=dtype) if dims is None else np.array(dims, dtype.as_numpy_dtype)
    return [slicing.slice(grad, begin, inside)] + [None] * (len(op.inputs) - 1)


@op_def.gradient("MirrorPad")
def _mirror_pad_gradient(op, grad):
    return build.apply("MirrorPadGrad", grad, op.inputs[1], mode=op.attrs["mode"]), None


@op_def.gradient("MirrorPadGrad")
def _mirror_pad_grad_gradient(op, grad):
    return build.apply("MirrorPad", grad, op.inputs[1], mode=op.attrs["mode"]), None
