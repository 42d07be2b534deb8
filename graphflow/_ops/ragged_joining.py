"""Ragged tensors joined, side by side, and repeated."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._ops import (
    array,
    asserts,
    gather,
    joining,
    math,
    ragged_array,
    ragged_gather,
    ragged_splits,
    ragged_tensor,
    rearrange,
)

RaggedTensor = ragged_tensor.RaggedTensor
is_ragged = ragged_gather.is_ragged


def concat(values, axis, name=None):
    """Tensors and RaggedTensors one behind the other along `axis`, whatever the lengths of their rows.

    Raises:
        ValueError: no values, different ranks, or an axis out of range.
    """
    return _joined(values, axis, name, stacks=False)


def stack(values, axis=0, name=None):
    """Tensors and RaggedTensors of one rank side by side along a new axis, whatever the lengths of their rows.

    Returns:
        a RaggedTensor of a rank greater by one; a tensor where none is ragged and the new axis is the last.

    Raises:
        ValueError: no values, different ranks, or an axis out of range.
    """
    return _joined(values, axis, name, stacks=True)


def _joined(values, axis, name, stacks):
    values = list(values) if isinstance(values, (list, tuple)) else [values]
    if not values:
        raise ValueError("rt_inputs may not be empty.")
    with build.name_scope(name, "RaggedConcat"):
        values = [ragged_tensor.convert(value, name="rt_input") for value in values]
        splits_dtype = ragged_tensor.of_one_splits_type(*values) or dtypes.int64
        if len(values) == 1:
            return ragged_array.expand_dims(values[0], axis) if stacks else values[0]
        rank = values[0].get_shape().ndims
        for value in values:
            if rank is not None:
                value.get_shape().assert_has_rank(rank)
        whole = None if rank is None else rank + stacks
        axis = ragged_array.positive_axis(axis, whole)
        if rank is not None and axis in (whole - 1, rank - 1) and not any(map(is_ragged, values)):
            return joining.stack(values, axis) if stacks else array.concat(values, axis)
        values = [of_rank(value, 1, splits_dtype) for value in values]
        most = max(value.ragged_rank for value in values)
        return _joined_rows([of_rank(value, most, splits_dtype) for value in values], axis, stacks)


def of_rank(value, ragged_rank, splits_dtype):
    """`value` with at least so many ragged axes."""
    if ragged_rank == 0:
        return value
    if not is_ragged(value):
        return RaggedTensor.from_tensor(value, ragged_rank=ragged_rank, row_splits_dtype=splits_dtype)
    return value.with_values(of_rank(value.values, ragged_rank - 1, splits_dtype))


def _joined_rows(values, axis, stacks):
    """Values that are all ragged, or none is, joined."""
    if not is_ragged(values[0]):
        return joining.stack(values, axis) if stacks else array.concat(values, axis)
    if axis == 0:
        return _one_after_another(values, stacks)
    rows = values[0].nrows()
    message = "Input tensors have incompatible shapes."
    if axis == 1:
        known = {value.shape._dims[0] for value in values if value.shape._dims} - {None}
        if len(known) > 1:
            raise ValueError(f"Input tensors have incompatible shapes: they have {sorted(known)} rows")
        checks = [asserts.assert_equal(value.nrows(), rows, message=message) for value in values[1:]]
        with graph_lib.get_default_graph().control_dependencies(checks):
            return _side_by_side(values, rows, stacks)
    splits = [value.row_splits for value in values]
    checks = [asserts.assert_equal(other, splits[0], message=message) for other in splits[1:]]
    with graph_lib.get_default_graph().control_dependencies(checks):
        return values[0].with_values(_joined_rows([value.values for value in values], axis - 1, stacks))


def _one_after_another(values, stacks):
    flat = array.concat([value.flat_values for value in values], axis=0)
    nested = [_continued(splits) for splits in zip(*(value.nested_row_splits for value in values))]
    if stacks:
        nested.insert(0, ragged_splits.lengths_to_splits(joining.stack([value.nrows() for value in values])))
    return RaggedTensor.from_nested_row_splits(flat, nested, validate=False)


def _continued(splits):
    """The splits of rows one after another."""
    pieces, end = [splits[0]], splits[0][-1]
    for following in splits[1:]:
        pieces.append(following[1:] + end)
        end += following[-1]
    return array.concat(pieces, axis=0)


def _side_by_side(values, rows, stacks):
    """All first rows, then all second rows ..., either as one row or as rows of a row."""
    count = len(values)
    order = rearrange.transpose(array.reshape(math.range(rows * count), [count, -1]))
    mixed = ragged_gather.gather(_one_after_another(values, False), array.reshape(order, [-1]))
    if stacks:
        return RaggedTensor(mixed, math.range(0, rows * count + 1, count))
    return RaggedTensor(mixed.values, mixed.row_splits[::count])


def tile(input, multiples, name=None):
    """A RaggedTensor repeated along each axis.

    Args:
        multiples: integers, one an axis.
    """
    with build.name_scope(name, "RaggedTile", [input, multiples]):
        x = ragged_tensor.convert(input, name="input")
        if not is_ragged(x):
            return rearrange.tile(x, multiples)
        multiples = math.cast(build.convert_to_tensor(multiples, name="multiples"), x.row_splits.dtype)
        multiples.shape.assert_has_rank(1)
        order = rearrange.tile(math.range(x.nrows()), multiples[:1])
        return _tiled_inside(ragged_gather.gather(x, order), multiples[1:])


def _tiled_inside(x, multiples):
    """What is in each row repeated."""
    if not is_ragged(x):
        return rearrange.tile(x, array.concat([array.ones([1], multiples.dtype), multiples], axis=0))
    inner = x.with_values(_tiled_inside(x.values, multiples[1:]))
    times = multiples[0]
    rows = ragged_gather.gather(inner, rearrange.repeat(math.range(inner.nrows()), times))
    ends = math.range(inner.nrows() + 1) * times
    return RaggedTensor(rows.values, gather.gather(rows.row_splits, ends))
