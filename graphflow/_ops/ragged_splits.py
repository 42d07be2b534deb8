"""Where rows begin and end: from lengths, from row numbers, and what must hold of them."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._ops import array, asserts, choosing, compare, math, reduce, running, segment, sets


def lengths_to_splits(lengths):
    """Where rows of these lengths begin and end."""
    return array.concat([array.zeros([1], lengths.dtype), running.cumsum(lengths)], axis=0)


def row_splits_to_segment_ids(splits, name=None, out_type=None):
    """For each value the number of its row: `[0, 2, 3]` gives `[0, 0, 1]`."""
    with build.name_scope(name, "RaggedSplitsToSegmentIds", [splits]):
        splits = integers(splits, "splits")
        ids = sets.searchsorted(splits[1:], math.range(splits[-1]), side="right", out_type=splits.dtype)
        return ids if out_type is None else math.cast(ids, out_type)


def segment_ids_to_row_splits(segment_ids, num_segments=None, out_type=None, name=None):
    """Where rows begin and end, from the number of the row of each value: `[0, 0, 1]` gives `[0, 2, 3]`."""
    with build.name_scope(name, "SegmentIdsToRaggedSplits", [segment_ids]):
        ids = integers(segment_ids, "segment_ids")
        count = largest(ids + 1) if num_segments is None else math.cast(num_segments, ids.dtype)
        lengths = segment.unsorted_segment_sum(array.ones_like(ids), ids, count)
        splits = array.concat([array.zeros([1], ids.dtype), running.cumsum(lengths)], axis=0)
        return splits if out_type is None else math.cast(splits, out_type)


def largest(lengths):
    """The greatest length, 0 where there is none."""
    return reduce.reduce_max(array.concat([lengths, array.zeros([1], lengths.dtype)], axis=0))


def integers(value, name):
    """`value` as an int32 or int64 tensor.

    Raises:
        ValueError: it has another type.
    """
    preferred = None if isinstance(value, np.ndarray) else dtypes.int64
    value = build.convert_to_tensor(value, name=name, preferred_dtype=preferred)
    if value.dtype not in (dtypes.int32, dtypes.int64):
        raise ValueError(f"{name} must be int32 or int64, got {value.dtype}")
    return value


# -- checks --------------------------------------------------------------------------------------------------------------


INVALID = "Arguments to {} do not form a valid RaggedTensor: {}"


def never_fall(numbers, source):
    """Asserts that numbers do not fall; `source` is the function that was given them."""
    return asserts.assert_non_negative(numbers[1:] - numbers[:-1], message=INVALID.format(source, "numbers fall"))


def at_the_start(indices):
    """Asserts that the elements of a sparse tensor stand at the start of their row, in order."""
    columns = indices[:, -1]
    new_row = reduce.reduce_any(compare.not_equal(indices[1:, :-1], indices[:-1, :-1]), axis=1)
    one = build.constant(1, columns.dtype)
    in_order = choosing.where(
        new_row, compare.equal(columns[1:], one * 0), compare.equal(columns[1:], columns[:-1] + one)
    )
    right = compare.logical_and(reduce.reduce_all(in_order), reduce.reduce_all(compare.equal(columns[:1], one * 0)))
    return asserts.Assert(right, ["SparseTensor is not right-ragged", "SparseTensor.indices =", indices])


def unpadded(x, padding, columns):
    """The length of each row up to the last element that is not padding."""
    is_value = compare.not_equal(x, padding)
    if x._dims is None or len(x._dims) > 2:
        rest = math.range(2, array.rank(x)) if x._dims is None else list(range(2, len(x._dims)))
        is_value = reduce.reduce_any(is_value, axis=rest)
    places = math.range(columns) + 1
    return reduce.reduce_max(math.cast(is_value, places.dtype) * places, axis=1)
