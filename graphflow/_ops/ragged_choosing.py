"""Elements of ragged tensors chosen by conditions, or sorted into rows."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._ops import (
    array,
    asserts,
    choosing,
    gather,
    joining,
    math,
    ragged_gather,
    ragged_joining,
    ragged_tensor,
    running,
    sets,
)

RaggedTensor = ragged_tensor.RaggedTensor
is_ragged = ragged_gather.is_ragged


def boolean_mask(data, mask, name=None):
    """The elements of `data` where `mask` is true, each in its row.

    Args:
        data: a tensor or RaggedTensor.
        mask: bool, a tensor or RaggedTensor of known rank, whose shape is the beginning of that of `data`.

    Returns:
        `data` with shorter rows; unlike `tf.boolean_mask` it keeps all axes.

    Raises:
        ValueError: the rank of `mask` is not known, or 0. InvalidArgumentError: at run time, when the rows differ.
    """
    with build.name_scope(name, "RaggedMask", [data, mask]):
        data, mask = ragged_tensor.convert(data, name="data"), ragged_tensor.convert(mask, dtypes.bool, "mask")
        splits_dtype = ragged_tensor.of_one_splits_type(data, mask) or dtypes.int64
        mask_rank = mask.get_shape().ndims
        if mask_rank is None:
            raise ValueError("mask.shape.ndims must be known statically.")
        if mask_rank == 0:
            raise ValueError("mask cannot be scalar.")
        if mask_rank == 1:
            if not is_ragged(data):
                return choosing.boolean_mask(data, mask)
            return ragged_gather.gather(data, array.squeeze(choosing.where(mask), axis=[1]))
        mask, data = ragged_joining.of_rank(mask, 1, splits_dtype), ragged_joining.of_rank(data, 1, splits_dtype)
        text = "mask's shape must be a prefix of data's shape"
        check = asserts.assert_equal(mask.row_splits, data.row_splits, message=text)
        with graph_lib.get_default_graph().control_dependencies([check]):
            kept = boolean_mask(data.values, mask.values)
        if mask_rank > 2:
            return RaggedTensor(kept, mask.row_splits)
        counts = array.concat([[0], _running_count(mask.values, splits_dtype)], axis=0)
        return RaggedTensor(kept, gather.gather(counts, mask.row_splits))


def _running_count(mask, dtype):
    """How many are true up to each place."""
    return running.cumsum(math.cast(mask, dtype))


def where(condition, x=None, y=None, name=None):
    """As `tf.where`; `condition`, `x` and `y` are ragged alike, or a vector `condition` chooses whole rows.

    Raises:
        ValueError: only one of `x` and `y` is given, or only some are ragged.
    """
    if (x is None) != (y is None):
        raise ValueError("x and y must be either both None or both non-None")
    with build.name_scope(name, "RaggedWhere"):
        condition = ragged_tensor.convert(condition, name="condition")
        if x is None:
            return _places(condition)
        x, y = ragged_tensor.convert(x, name="x"), ragged_tensor.convert(y, name="y")
        ragged_tensor.of_one_splits_type(condition, x, y)
        if is_ragged(condition):
            if not (is_ragged(x) and is_ragged(y)):
                raise ValueError("Input shapes do not match.")
            checks = same_splits([condition, x, y])
            with graph_lib.get_default_graph().control_dependencies(checks):
                made = choosing.where(condition.flat_values, x.flat_values, y.flat_values)
            return condition.with_flat_values(made)
        condition.shape.assert_has_rank(1)
        both = ragged_joining.concat([x, y], axis=0)
        rows = [_row_count(value, both.row_splits.dtype) for value in (x, y)]
        return ragged_gather.gather(both, choosing.where(condition, math.range(rows[0]), rows[0] + math.range(rows[1])))


def _row_count(value, dtype):
    return value.nrows(out_type=dtype) if is_ragged(value) else array.shape(value, out_type=dtype)[0]


def _places(condition):
    """The indices of what is true."""
    if not is_ragged(condition):
        return choosing.where(condition)
    inner = _places(condition.values)
    condition = condition.with_row_splits_dtype(inner.dtype)
    first = inner[:, 0]
    rows = gather.gather(condition.value_rowids(), first)
    columns = first - gather.gather(condition.row_splits, rows)
    return array.concat([array.expand_dims(rows, 1), array.expand_dims(columns, 1), inner[:, 1:]], axis=1)


def same_splits(values):
    """Assertions that RaggedTensors have the same rows; none where that is plain.

    Raises:
        ValueError: they differ in their number of ragged axes.
    """
    first, *others = [value.nested_row_splits for value in values]
    checks = []
    for other in others:
        if len(other) != len(first):
            raise ValueError("Inputs must have identical ragged splits")
        text = "Inputs must have identical ragged splits"
        checks += [asserts.assert_equal(a, b, message=text) for a, b in zip(first, other) if a is not b]
    return checks


def stack_dynamic_partitions(data, partitions, num_partitions, name=None):
    """The elements of `data` in `num_partitions` rows, each in the row that `partitions` says.

    Args:
        data: a tensor or RaggedTensor.
        partitions: int32 or int64, its shape the beginning of that of `data`; numbers of rows.
        num_partitions: an integer scalar.

    Raises:
        InvalidArgumentError: at run time, when there is no such row.
    """
    with build.name_scope(name, "SegmentStack", [data, partitions, num_partitions]):
        data = ragged_tensor.convert(data, name="data")
        hint = data.row_splits.dtype if is_ragged(data) else None
        partitions = ragged_tensor.convert(partitions, name="partitions", preferred_dtype=hint)
        num_partitions = build.convert_to_tensor(
            num_partitions, name="num_partitions", preferred_dtype=partitions.dtype
        )
        if hint is not None:
            partitions = _cast(partitions, hint)
        count = partitions.get_shape().ndims
        if count is None:
            raise ValueError("partitions must have known rank.")
        if count == 0:
            return RaggedTensor.from_value_rowids(
                ragged_joining.stack([data]), joining.stack([partitions]), num_partitions, validate=False
            )
        if count == 1:
            num_partitions = math.cast(num_partitions, partitions.dtype)
            order = sets.argsort(partitions, stable=True)
            ids, values = gather.gather(partitions, order), ragged_gather.gather(data, order)
            text = "partitions must be less than num_partitions"
            check = asserts.assert_less(ids[-1:], num_partitions, message=text)
            with graph_lib.get_default_graph().control_dependencies([check]):
                return RaggedTensor.from_value_rowids(values, ids, num_partitions, validate=False)
        splits_dtype = hint or (partitions.row_splits.dtype if is_ragged(partitions) else dtypes.int64)
        data, partitions = (
            ragged_joining.of_rank(data, 1, splits_dtype),
            ragged_joining.of_rank(partitions, 1, splits_dtype),
        )
        text = "data and partitions have incompatible ragged shapes"
        check = asserts.assert_equal(data.row_splits, partitions.row_splits, message=text)
        with graph_lib.get_default_graph().control_dependencies([check]):
            return stack_dynamic_partitions(data.values, partitions.values, num_partitions)


def _cast(value, dtype):
    return value.with_flat_values(math.cast(value.flat_values, dtype)) if is_ragged(value) else math.cast(value, dtype)


def dynamic_partition(data, partitions, num_partitions, name=None):
    """The rows of `stack_dynamic_partitions`, as a list.

    Raises:
        TypeError: `num_partitions` is no int, or negative.
    """
    if not isinstance(num_partitions, int) or num_partitions < 0:
        raise TypeError("num_partitions must be a non-negative integer")
    made = stack_dynamic_partitions(data, partitions, num_partitions, name)
    return [made[i] for i in range(num_partitions)]
