"""Functions of each element of ragged tensors, with broadcasting of those of two."""

from __future__ import annotations

import inspect

from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._ops import (
    array,
    asserts,
    choosing,
    compare,
    gather,
    ragged_choosing,
    ragged_gather,
    ragged_joining,
    ragged_range,
    ragged_tensor,
    ragged_value,
    reduce,
)

RaggedTensor = ragged_tensor.RaggedTensor
is_ragged = ragged_gather.is_ragged


def map_flat_values(op, *args, **kwargs):
    """`op` of the innermost values of RaggedTensors with the same rows, in these rows.

    Args:
        op: function whose result has as many rows as the innermost values.
        args, kwargs: its arguments, RaggedTensors among them, also in lists, tuples and dicts.

    Raises:
        ValueError: the arguments differ in their number of ragged axes.
        InvalidArgumentError: at run time, when they differ in their rows.
    """
    found = []
    flat_args, flat_kwargs = _flat(args, found), _flat(kwargs, found)
    if not found:
        return op(*args, **kwargs)
    ragged_tensor.of_one_splits_type(*found)
    with graph_lib.get_default_graph().control_dependencies(ragged_choosing.same_splits(found)):
        return found[0].with_flat_values(op(*flat_args, **flat_kwargs))


def _flat(value, found):
    """`value` with the innermost values in place of ragged ones, which are added to `found`."""
    if isinstance(value, ragged_value.Rows):
        found.append(ragged_tensor.convert(value))
        return found[-1].flat_values
    if isinstance(value, (list, tuple)):
        return type(value)(_flat(item, found) for item in value)
    if isinstance(value, dict):
        return {key: _flat(item, found) for key, item in value.items()}
    return value


def binary(function, *args, **kwargs):
    """`function` of the elements of its first two arguments, broadcast to each other: rows as NumPy does with sizes.

    Raises:
        InvalidArgumentError: at run time, when rows have different lengths.
    """
    signature = inspect.signature(function)
    rest = signature.bind(*args, **kwargs).arguments
    x, y = (rest.pop(name) for name in list(signature.parameters)[:2])
    if not isinstance(x, ragged_value.Rows):
        y = ragged_tensor.convert(y)
        x = build.convert_to_tensor(x, name="x", preferred_dtype=y.dtype)
    x = ragged_tensor.convert(x)
    y = ragged_tensor.convert(y, name="y", preferred_dtype=x.dtype)
    ragged_tensor.of_one_splits_type(x, y)
    if not _inner_only(x, y):
        x, y = broadcast(x, y)
    flat = [value.flat_values if is_ragged(value) else value for value in (x, y)]
    return (x if is_ragged(x) else y).with_flat_values(function(*flat, **rest))


def _inner_only(x, y):
    """Whether both have the same rows, or one of them is a tensor that is broadcast within the innermost values."""
    if is_ragged(x) and is_ragged(y):
        splits = x.nested_row_splits, y.nested_row_splits
        return len(splits[0]) == len(splits[1]) and all(a is b for a, b in zip(*splits))
    ragged, dense = (x, y) if is_ragged(x) else (y, x)
    ranks = ragged.flat_values.shape.ndims, dense.shape.ndims
    if ranks[1] == 0:
        return True
    if None in ranks:
        raise ValueError("Unable to broadcast: unknown rank")
    return ranks[0] > ranks[1]


def broadcast(x, y):
    """Two values, at least one of which is ragged, with the rows of both."""
    ranks = [value.get_shape().ndims for value in (x, y)]
    if None in ranks:
        raise ValueError("Unable to broadcast: unknown rank")
    added = [max(ranks) - rank for rank in ranks]
    # The axes along which rows differ in length; those of others may have size 1 and stand for any.
    uneven = [range(n + 1, n + 1 + v.ragged_rank) if is_ragged(v) else () for v, n in zip((x, y), added)]
    x, y = (_with_axes(value, count) for value, count in zip((x, y), added))
    rows = [value.get_shape()._dims[0] for value in (x, y)]
    if None not in rows and rows[0] == rows[1]:
        return _within(x, y, 1, uneven)
    x, y = (value.values for value in _within(_of_one_row(x), _of_one_row(y), 0, uneven))
    if None not in rows:
        for value in (x, y):
            value.row_splits.set_shape([(rows[1] if rows[0] == 1 else rows[0]) + 1])
    return x, y


def _with_axes(value, count):
    """`value` with more outer axes of size 1."""
    for _ in range(count):
        value = _of_one_row(value) if is_ragged(value) else array.expand_dims(value, 0)
    return value


def _of_one_row(value):
    return RaggedTensor(value, ragged_gather.one_row(value))


def _within(x, y, axis, uneven):
    """Two values with as many rows, the elements of each row (of `axis`) broadcast to each other."""
    if not (is_ragged(x) or is_ragged(y)):
        return x, y
    dtype = (x if is_ragged(x) else y).row_splits.dtype
    x, y = ragged_joining.of_rank(x, 1, dtype), ragged_joining.of_rank(y, 1, dtype)
    lengths, ones = [value.row_lengths() for value in (x, y)], []
    fit = compare.equal(*lengths)
    for length, axes in zip(lengths, uneven):
        ones.append(compare.equal(length, build.constant(1, dtype)))
        if axis not in axes:
            fit = compare.logical_or(fit, ones[-1])
    data = ["Unable to broadcast: dimension size mismatch in dimension", axis, "lengths=", *lengths]
    check = asserts.Assert(reduce.reduce_all(fit), data, summarize=10)
    with graph_lib.get_default_graph().control_dependencies([check]):
        if all(axis in axes for axes in uneven):
            splits, values = x.row_splits, (x.values, y.values)
        else:
            places = ragged_range.range(choosing.where(ones[0], lengths[1], lengths[0]), row_splits_dtype=dtype)
            rows, splits = places.value_rowids(), places.row_splits
            values = [_repeated(value, one, rows, places.values) for value, one in zip((x, y), ones)]
        return tuple(RaggedTensor(value, splits) for value in _within(*values, axis + 1, uneven))


def _repeated(x, is_one, rows, columns):
    """The elements of `x` at these places; those of rows of one element wherever the column is."""
    columns = choosing.where(gather.gather(is_one, rows), array.zeros_like(columns), columns)
    return ragged_gather.gather(x.values, gather.gather(x.row_splits, rows) + columns)
