"""Joining tensors and cutting them into pieces: concat, stack, split, unstack."""

from __future__ import annotations

import numpy as np

from graphflow._core import shapes
from graphflow._graph import build, op_def, static_value, tensor
from graphflow._ops import array, choosing, compare, dispatch, gather, math, slicing

_FEW = 16  # pieces that a concat's gradient cuts out one by one; more are split at once


def _merged(op, dims_of_inputs):
    """The shape all inputs share, or ValueError."""
    merged = dims_of_inputs[0]
    for i, dims in enumerate(dims_of_inputs[1:], 1):
        try:
            merged = shapes.merge(merged, dims)
        except ValueError as err:
            raise build.shape_error(op, f"{err}\n\tFrom merging shape {i - 1} with other shapes.") from None
    return merged


def normal_axis(op, axis, rank, what="axis"):
    """`axis` counted from the front; ValueError where a tensor of that rank has no such axis."""
    if not -rank <= axis < rank:
        raise build.shape_error(op, f"{what} {axis} is not in [{-rank}, {rank})")
    return axis % rank


# -- concat --------------------------------------------------------------------------------------------------


@op_def.shape_rule("ConcatV2")
def _concat_v2_shape(op):
    return [_concatenated(op, op.inputs[:-1], op.inputs[-1])]


@op_def.shape_rule("Concat")
def _concat_shape(op):
    return [_concatenated(op, op.inputs[1:], op.inputs[0])]


def _concatenated(op, values, axis_tensor):
    ranks = {len(t._dims) for t in values if t._dims is not None}
    if len(ranks) > 1:
        first, other = sorted(ranks)[:2]
        raise build.shape_error(op, f"Shape must be rank {first} but is rank {other}")
    if not ranks:
        return None
    rank = ranks.pop()
    axis = static_value.known_int(axis_tensor)
    if axis is None:
        return (None,) * rank
    axis = normal_axis(op, axis, rank, "concat axis")
    without = [None if t._dims is None else t._dims[:axis] + t._dims[axis + 1 :] for t in values]
    rest = _merged(op, without)
    sizes = [None if t._dims is None else t._dims[axis] for t in values]
    total = None if None in sizes else sum(sizes)
    return (*rest[:axis], total, *rest[axis:])


@op_def.shape_rule("ConcatOffset")
def _concat_offset_shape(op):
    return [t._dims for t in op.inputs[1:]]


op_def.not_differentiable("ConcatOffset", because="it has only integers")


@op_def.gradient("ConcatV2")
def _concat_v2_gradient(op, grad):
    return [*_pieces(grad, op.inputs[:-1], op.inputs[-1]), None]


@op_def.gradient("Concat")
def _concat_gradient(op, grad):
    return [None, *_pieces(grad, op.inputs[1:], op.inputs[0])]


def _pieces(grad, values, axis_tensor):
    """The parts of a concat's gradient that belong to each of its inputs."""
    axis = static_value.known_int(axis_tensor)
    if isinstance(grad, tensor.IndexedSlices):
        return _pieces_of_rows(grad, values, axis)
    ranks = [len(t._dims) for t in values if t._dims is not None]
    sizes = [array.known_dims(t) for t in values]
    if axis is not None and ranks and None not in sizes:
        axis %= ranks[0]
        lengths = [dims[axis] for dims in sizes]
        if len(values) > _FEW:
            return split(grad, lengths, axis)
        begins = np.cumsum([0, *lengths])
        at = [np.where(np.arange(ranks[0]) == axis, begin, 0).astype(np.int32) for begin in begins]
        return [slicing.slice(grad, b, np.array(d, np.int32)) for b, d in zip(at, sizes)]
    axis = math.floormod(axis_tensor, array.rank(values[0]))
    sizes = array.shape_n(values)
    begins = build.apply("ConcatOffset", axis, sizes)
    return [slicing.slice(grad, begin, size) for begin, size in zip(begins, sizes)]


def _pieces_of_rows(grad, values, axis):
    """The same for IndexedSlices: of joined rows each input takes its own, of joined columns its columns of all rows."""
    ranks = [len(t._dims) for t in values if t._dims is not None]
    if axis is None or (axis < 0 and not ranks):
        raise ValueError("Can only compute IndexedSlices gradient with a statically known axis of concat")
    axis = axis % ranks[0] if axis < 0 else axis
    sizes = [array.shape(t) for t in values]
    found = []
    if axis > 0:
        begin = array.zeros_like(sizes[0])
        for size in sizes:
            rows = array.concat([[-1], size[1:]], 0)
            found.append(tensor.IndexedSlices(slicing.slice(grad.values, begin, rows), grad.indices, size))
            begin = begin + size * _one_at(axis, size)
        return found
    start = build.constant(0, grad.indices.dtype)
    for size in sizes:
        end = start + math.cast(size[0], grad.indices.dtype)
        inside = compare.logical_and(compare.greater_equal(grad.indices, start), compare.less(grad.indices, end))
        chosen = array.squeeze(choosing.where(inside), axis=[1])
        rows = gather.gather(grad.indices, chosen) - start
        found.append(tensor.IndexedSlices(gather.gather(grad.values, chosen), rows, size))
        start = end
    return found


def _one_at(axis, size):
    return math.cast(compare.equal(math.range(array.size(size)), axis), size.dtype)


# -- stack and unstack ---------------------------------------------------------------------------------------


@dispatch.ragged("stack")
def stack(values, axis=0, name="stack"):
    """Tensors of equal shape joined along a new axis; numbers alone make a constant.

    Raises:
        ValueError: the shapes differ, or there is no such axis.
    """
    has_sizes = isinstance(values, (list, tuple)) and any(isinstance(v, shapes.Dimension) for v in values)
    if axis == 0 and not has_sizes:  # of Dimensions alone no type follows
        try:
            return build.convert_to_tensor(values, name=name)
        except (TypeError, ValueError):
            pass  # tensors of several types: Pack says what is wrong
    dims = build.convert_to_tensor(values[0], name=name)._dims
    if dims is not None and not -len(dims) - 1 <= axis <= len(dims):
        raise ValueError(f"axis = {axis} not in [{-len(dims) - 1}, {len(dims) + 1})")
    return build.apply("Pack", list(values), axis=axis, name=name)


@op_def.shape_rule("Pack")
def _pack_shape(op):
    dims = _merged(op, [t._dims for t in op.inputs])
    if dims is None:
        return [None]
    axis = normal_axis(op, op.attrs["axis"], len(dims) + 1)
    return [(*dims[:axis], len(op.inputs), *dims[axis:])]


@op_def.gradient("Pack")
def _pack_gradient(op, grad):
    return unstack(grad, num=op.attrs["N"], axis=op.attrs["axis"])


def unstack(value, num=None, axis=0, name="unstack"):
    """The list of the slices of `value` along `axis`, that axis removed.

    Args:
        num: their number, needed where the size of the axis is not known while building.

    Raises:
        ValueError: the number is unknown, or not the size of the axis.
    """
    if num is None:
        value = build.convert_to_tensor(value)
        dims = value._dims
        if dims is not None:
            if not -len(dims) <= axis < len(dims):
                raise ValueError(f"axis = {axis} not in [{-len(dims)}, {len(dims)})")
            num = dims[axis]
        if num is None:
            raise ValueError(f"Cannot infer num from shape {value.get_shape()}; give num")
    return build.apply("Unpack", value, num=num, axis=axis, name=name)


@op_def.shape_rule("Unpack")
def _unpack_shape(op):
    dims, num = op.inputs[0]._dims, op.attrs["num"]
    if dims is None:
        return [None] * num
    axis = normal_axis(op, op.attrs["axis"], len(dims))
    if dims[axis] not in (None, num):
        raise build.shape_error(op, f"Dimension must be {num} but is {dims[axis]}")
    return [dims[:axis] + dims[axis + 1 :]] * num


@op_def.gradient("Unpack")
def _unpack_gradient(op, *grads):
    return stack(list(grads), axis=op.attrs["axis"])


def parallel_stack(values, name="parallel_stack"):
    """`stack` along axis 0 for tensors whose shapes are fully known; its parts may be made at the same time."""
    with build.name_scope(name):
        dims = build.convert_to_tensor(values[0])._dims
        if dims is None or None in dims:
            raise ValueError(f"tf.parallel_stack needs values of known shape, got {shapes.to_text(dims)}; use tf.stack")
        rows = [array.expand_dims(value, 0) for value in values]
        return build.apply("ParallelConcat", rows, shape=(len(values), *dims))


@op_def.shape_rule("ParallelConcat")
def _parallel_concat_shape(op):
    return [op.attrs["shape"]]


@op_def.gradient("ParallelConcat")
def _parallel_concat_gradient(op, grad):
    return split(grad, len(op.inputs), 0)


# -- split ---------------------------------------------------------------------------------------------------


def split(value, num_or_size_splits, axis=0, num=None, name="split"):
    """The list of pieces of `value` along `axis`.

    Args:
        num_or_size_splits: an int, the number of equal pieces; or their sizes, one of which may be -1.
        num: the number of sizes, where it is not known while building.

    Raises:
        ValueError: the pieces do not fit the axis, or their number is unknown.
    """
    sizes = build.convert_to_tensor(num_or_size_splits)
    if isinstance(num_or_size_splits, (int, shapes.Dimension)):
        return build.apply("Split", axis, value, num_split=num_or_size_splits, name=name)
    if sizes._dims == ():
        raise ValueError(
            "Rank-0 tensors are not supported as the num_or_size_splits argument to split. "
            f"Argument provided: {num_or_size_splits}; give an int or a list of sizes"
        )
    if num is None:
        num = sizes._dims[0] if sizes._dims else None
        if num is None:
            raise ValueError(f"Cannot infer num from shape {num_or_size_splits}; give num")
    return build.apply("SplitV", value, sizes, axis, num_split=num, name=name)


@op_def.shape_rule("Split")
def _split_shape(op):
    axis, dims, num = static_value.known_int(op.inputs[0]), op.inputs[1]._dims, op.attrs["num_split"]
    if dims is None:
        return [None] * num
    if axis is None:
        return [(None,) * len(dims)] * num
    axis = normal_axis(op, axis, len(dims))
    size = dims[axis]
    if size is not None and size % num:
        raise build.shape_error(
            op,
            f"Dimension size must be evenly divisible by {num} but is {size}\n"
            "\tNumber of ways to split should evenly divide the split dimension",
        )
    return [(*dims[:axis], None if size is None else size // num, *dims[axis + 1 :])] * num


@op_def.shape_rule("SplitV")
def _split_v_shape(op):
    dims, num = op.inputs[0]._dims, op.attrs["num_split"]
    axis = static_value.known_int(op.inputs[2])
    if dims is None:
        return [None] * num
    if axis is None:
        return [(None,) * len(dims)] * num
    axis = normal_axis(op, axis, len(dims))
    sizes = static_value.constant_value(op.inputs[1])
    sizes = [None] * num if sizes is None else _piece_sizes(op, dims[axis], sizes.tolist())
    return [(*dims[:axis], size, *dims[axis + 1 :]) for size in sizes]


def _piece_sizes(op, whole, sizes):
    """`sizes` with -1 worked out; ValueError where they do not make up the whole."""
    given = sum(size for size in sizes if size != -1)
    if whole is None:
        return [None if size == -1 else size for size in sizes]
    if given > whole or (-1 not in sizes and given != whole):
        shown = ",".join(map(str, sizes))
        raise build.shape_error(op, f"can't split axis of size {whole} into pieces of size [{shown}]")
    return [whole - given if size == -1 else size for size in sizes]


@op_def.gradient("Split")
def _split_gradient(op, *grads):
    return None, array.concat(list(grads), op.inputs[0])


@op_def.gradient("SplitV")
def _split_v_gradient(op, *grads):
    return array.concat(list(grads), op.inputs[2]), None, None
