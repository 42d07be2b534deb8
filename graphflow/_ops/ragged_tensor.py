"""RaggedTensor: rows of different lengths, as the values of all rows one after the other and where each row ends."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes as dtypes_lib
from graphflow._core import shapes
from graphflow._graph import build, op_def, scopes, sparse_tensor, tensor
from graphflow._ops import array, choosing, compare, joining, math, reduce, running, segment, sets, sparse


class RaggedTensorValue:
    """The value of a RaggedTensor: arrays, or a RaggedTensorValue as `values`.

    Args:
        values: an array, or the value of the rows' own rows.
        row_splits: an integer vector; row i is `values[row_splits[i]:row_splits[i + 1]]`.
    """

    def __init__(self, values, row_splits):
        self.values, self.row_splits = values, np.asarray(row_splits)

    dtype = property(lambda self: self.values.dtype)

    @property
    def flat_values(self):
        """The innermost values."""
        return self.values.flat_values if isinstance(self.values, RaggedTensorValue) else self.values

    @property
    def nested_row_splits(self):
        """The row splits of all ragged axes, the outermost first."""
        inner = self.values.nested_row_splits if isinstance(self.values, RaggedTensorValue) else ()
        return (self.row_splits, *inner)

    @property
    def ragged_rank(self):
        """The number of ragged axes."""
        return len(self.nested_row_splits)

    @property
    def shape(self):
        """The sizes, None for those that differ from row to row."""
        return (len(self.row_splits) - 1, None, *self.values.shape[1:])

    def to_list(self):
        """Nested lists."""
        rows = self.values.to_list() if isinstance(self.values, RaggedTensorValue) else self.values.tolist()
        return [rows[start:end] for start, end in zip(self.row_splits[:-1], self.row_splits[1:])]

    def __repr__(self):
        return f"<tf.RaggedTensorValue {self.to_list()}>"


class RaggedTensor(tensor.TensorLike):
    """Rows of different lengths: row i is `values[row_splits[i]:row_splits[i + 1]]`.

    Args:
        values: a tensor, or a RaggedTensor where rows hold rows.
        row_splits: int32 or int64 `[rows + 1]`, from 0 on, never falling.
    """

    def __init__(self, values, row_splits):
        self._values, self._row_splits = values, row_splits

    # -- what it consists of ---------------------------------------------------------------------------------------------

    values = property(lambda self: self._values, doc="The rows one after the other, without the outermost axis.")
    row_splits = property(lambda self: self._row_splits, doc="Where rows begin and end.")
    dtype = property(lambda self: self._values.dtype, doc="The type of the elements.")
    op = property(lambda self: self._values.op, doc="The operation that makes the innermost values.")
    graph = property(lambda self: self._row_splits.graph, doc="The graph.")

    @property
    def shape(self):
        """What is known of the sizes; None for those that differ from row to row."""
        splits, dims = self._row_splits._dims, self._values.get_shape()._dims
        rows = None if not splits or splits[0] is None else splits[0] - 1
        return shapes.TensorShape(None if dims is None else (rows, None, *dims[1:]))

    def get_shape(self):
        """What is known of the sizes."""
        return self.shape

    @property
    def ragged_rank(self):
        """The number of ragged axes."""
        return len(self.nested_row_splits)

    @property
    def flat_values(self):
        """The innermost values, a tensor."""
        return self._values.flat_values if isinstance(self._values, RaggedTensor) else self._values

    @property
    def nested_row_splits(self):
        """The row splits of all ragged axes, the outermost first."""
        inner = self._values.nested_row_splits if isinstance(self._values, RaggedTensor) else ()
        return (self._row_splits, *inner)

    def consumers(self):
        """The operations that take its parts."""
        return [op for part in (self.flat_values, *self.nested_row_splits) for op in part.consumers()]

    def nrows(self, out_type=None, name=None):
        """The number of rows, a scalar."""
        with build.name_scope(name, "RaggedNRows", [self._row_splits]):
            return array.shape(self._row_splits, out_type=out_type or self._row_splits.dtype)[0] - 1

    def row_starts(self, name=None):
        """Where each row begins in `values`."""
        with build.name_scope(name, "RaggedRowStarts", [self._row_splits]):
            return self._row_splits[:-1]

    def row_limits(self, name=None):
        """Where each row ends in `values`."""
        with build.name_scope(name, "RaggedRowLimits", [self._row_splits]):
            return self._row_splits[1:]

    def row_lengths(self, axis=1, name=None):
        """The length of each row; with a greater `axis`, of each row of rows, ragged too."""
        with build.name_scope(name, "RaggedRowLengths", [self._row_splits]):
            if axis > 1:
                return self.with_values(self._values.row_lengths(axis - 1))
            return self._row_splits[1:] - self._row_splits[:-1]

    def value_rowids(self, name=None):
        """For each value the number of its row."""
        with build.name_scope(name, "RaggedValueRowIds", [self._row_splits]):
            return row_splits_to_segment_ids(self._row_splits)

    def nested_row_lengths(self, name=None):
        """The lengths of the rows of all ragged axes, the outermost first."""
        with build.name_scope(name, "RaggedNestedRowLengths", [self._row_splits]):
            return tuple(splits[1:] - splits[:-1] for splits in self.nested_row_splits)

    def bounding_shape(self, axis=None, name=None):
        """The sizes of the smallest tensor that all rows fit in; with `axis` the size of that axis."""
        with build.name_scope(name, "RaggedBoundingBox", [self._row_splits]):
            sizes = [self.nrows(dtypes_lib.int64)]
            sizes += [
                math.cast(_largest(splits[1:] - splits[:-1]), dtypes_lib.int64) for splits in self.nested_row_splits
            ]
            inner = array.shape(self.flat_values, out_type=dtypes_lib.int64)[1:]
            whole = array.concat([joining.stack(sizes), inner], axis=0)
            return whole if axis is None else whole[axis]

    # -- others of the same rows -----------------------------------------------------------------------------------------

    def with_values(self, new_values):
        """The same rows of other values."""
        return RaggedTensor(new_values, self._row_splits)

    def with_flat_values(self, new_values):
        """The same rows of other innermost values."""
        if isinstance(self._values, RaggedTensor):
            return self.with_values(self._values.with_flat_values(new_values))
        return self.with_values(build.convert_to_tensor(new_values, name="values"))

    # -- making ----------------------------------------------------------------------------------------------------------

    @classmethod
    def from_row_splits(cls, values, row_splits, name=None, validate=True):
        """Rows that `row_splits` divides `values` into."""
        with build.name_scope(name, "RaggedFromRowSplits", [values, row_splits]):
            return cls(as_values(values), _integers(row_splits, "row_splits"))

    @classmethod
    def from_row_lengths(cls, values, row_lengths, name=None, validate=True):
        """Rows of the lengths `row_lengths`."""
        with build.name_scope(name, "RaggedFromRowLengths", [values, row_lengths]):
            lengths = _integers(row_lengths, "row_lengths")
            return cls(as_values(values), array.concat([[0], running.cumsum(lengths)], axis=0))

    @classmethod
    def from_row_starts(cls, values, row_starts, name=None, validate=True):
        """Rows that begin at `row_starts`."""
        with build.name_scope(name, "RaggedFromRowStarts", [values, row_starts]):
            values, starts = as_values(values), _integers(row_starts, "row_starts")
            return cls(values, array.concat([starts, _row_count(values, starts.dtype)], axis=0))

    @classmethod
    def from_row_limits(cls, values, row_limits, name=None, validate=True):
        """Rows that end at `row_limits`."""
        with build.name_scope(name, "RaggedFromRowLimits", [values, row_limits]):
            limits = _integers(row_limits, "row_limits")
            return cls(as_values(values), array.concat([array.zeros([1], limits.dtype), limits], axis=0))

    @classmethod
    def from_value_rowids(cls, values, value_rowids, nrows=None, name=None, validate=True):
        """Rows given by the number of the row of each value, in ascending order; `nrows` of them where the last are empty."""
        with build.name_scope(name, "RaggedFromValueRowIds", [values, value_rowids, nrows]):
            ids = _integers(value_rowids, "value_rowids")
            return cls(as_values(values), segment_ids_to_row_splits(ids, nrows))

    @classmethod
    def from_nested_row_splits(cls, flat_values, nested_row_splits, name=None, validate=True):
        """Rows of rows, by the splits of each axis, the outermost first."""
        with build.name_scope(name, "RaggedFromNestedRowSplits", [flat_values, *nested_row_splits]):
            for splits in reversed(list(nested_row_splits)):
                flat_values = cls.from_row_splits(flat_values, splits)
            return flat_values

    @classmethod
    def from_nested_row_lengths(cls, flat_values, nested_row_lengths, name=None, validate=True):
        """Rows of rows, by the lengths of each axis, the outermost first."""
        with build.name_scope(name, "RaggedFromNestedRowlengths", [flat_values, *nested_row_lengths]):
            for lengths in reversed(list(nested_row_lengths)):
                flat_values = cls.from_row_lengths(flat_values, lengths)
            return flat_values

    @classmethod
    def from_nested_value_rowids(cls, flat_values, nested_value_rowids, nested_nrows=None, name=None, validate=True):
        """Rows of rows, by the numbers of the rows of each axis, the outermost first."""
        counts = nested_nrows or [None] * len(nested_value_rowids)
        with build.name_scope(name, "RaggedFromNestedValueRowIds", [flat_values, *nested_value_rowids]):
            for ids, count in reversed(list(zip(nested_value_rowids, counts))):
                flat_values = cls.from_value_rowids(flat_values, ids, count)
            return flat_values

    @classmethod
    def from_tensor(
        cls, tensor, lengths=None, padding=None, ragged_rank=1, name=None, row_splits_dtype=dtypes_lib.int64
    ):  # fmt: skip
        """The rows of a tensor, cut where they are padded.

        Args:
            tensor: `[rows, columns, ...]`.
            lengths: the length of each row; all columns where neither this nor `padding` is given.
            padding: the value that fills rows up at their end.
            ragged_rank: how many axes become ragged.

        Raises:
            ValueError: both `lengths` and `padding`, or a rank that is too small.
        """
        if lengths is not None and padding is not None:
            raise ValueError("Specify lengths or padding, but not both")
        with build.name_scope(name, "RaggedFromTensor", [tensor, lengths, padding]):
            x = build.convert_to_tensor(tensor, name="tensor")
            if x._dims is not None and len(x._dims) <= ragged_rank:
                raise ValueError(f"tensor must have rank > ragged_rank {ragged_rank}, got shape {x.shape}")
            sizes = array.shape(x, out_type=row_splits_dtype)
            if ragged_rank > 1:
                if lengths is not None or padding is not None:
                    raise ValueError(
                        "lengths and padding go with ragged_rank 1; cut the innermost rows with from_row_lengths"
                    )
                flat = array.reshape(x, array.concat([[-1], sizes[2:]], axis=0))
                inner = cls.from_tensor(flat, ragged_rank=ragged_rank - 1, row_splits_dtype=row_splits_dtype)
                return cls(inner, math.range(sizes[0] + 1) * sizes[1])
            if padding is not None:
                lengths = _unpadded(x, build.convert_to_tensor(padding, x.dtype), sizes[1])
            if lengths is None:
                flat = array.reshape(x, array.concat([[-1], sizes[2:]], axis=0))
                return cls(flat, math.range(sizes[0] + 1) * sizes[1])
            lengths = math.cast(_integers(lengths, "lengths"), row_splits_dtype)
            lengths = math.minimum(math.maximum(lengths, math.cast(0, row_splits_dtype)), sizes[1])
            kept = choosing.boolean_mask(x, choosing.sequence_mask(lengths, sizes[1]))
            return cls.from_row_lengths(kept, lengths)

    @classmethod
    def from_sparse(cls, st_input, name=None, row_splits_dtype=dtypes_lib.int64):
        """The rows of a SparseTensor of two axes, whose elements stand at the start of their row, in order."""
        st = sparse.as_sparse(st_input)
        with build.name_scope(name, "RaggedFromSparse", [st]):
            ids = math.cast(st.indices[:, 0], row_splits_dtype)
            return cls.from_value_rowids(st.values, ids, math.cast(st.dense_shape[0], row_splits_dtype))

    # -- into something else ---------------------------------------------------------------------------------------------

    def to_sparse(self, name=None):
        """The same elements as a SparseTensor."""
        with build.name_scope(name, "RaggedToSparse", [self._row_splits]):
            splits = list(self.nested_row_splits)
            return sparse_tensor.SparseTensor(*build.apply("RaggedTensorToSparse", splits, self.flat_values))

    def to_tensor(self, default_value=None, name=None):
        """A tensor `[rows, longest row, ...]`, filled up with `default_value` (0, or the empty text)."""
        with build.name_scope(name, "RaggedToTensor", [self._row_splits]):
            if default_value is None:
                default_value = "" if self.dtype is dtypes_lib.string else self.dtype.as_numpy_dtype(0)
            dense = sparse.sparse_tensor_to_dense(self.to_sparse(), default_value=default_value)
            dense.set_shape(self.shape)
            return dense

    def eval(self, feed_dict=None, session=None):
        """The value as a RaggedTensorValue, from `session` or the default session."""
        parts = [self.flat_values, *self.nested_row_splits]
        return assembled(*[scopes.session_hooks.evaluate(part, feed_dict, session) for part in parts])

    def to_list(self):
        """Nested lists, from the default session."""
        return self.eval().to_list()

    def __getitem__(self, key):
        """Row `key`, or the rows of a slice without a step."""
        if isinstance(key, slice):
            if key.step not in (None, 1):
                raise ValueError(f"slices of ragged tensors have no step here, got {key}")
            none = array.zeros([1], self._row_splits.dtype)
            starts, limits = self._row_splits[:-1][key], self._row_splits[1:][key]
            first, last = array.concat([starts, none], axis=0)[0], array.concat([none, limits], axis=0)[-1]
            return RaggedTensor(self._values[first:last], array.concat([none, limits - first], axis=0))
        if isinstance(key, tuple):
            raise ValueError("ragged tensors are indexed by one number or slice here; use to_tensor() for more")
        count = array.shape(self._row_splits, out_type=self._row_splits.dtype)[0] - 1
        at = key + count if isinstance(key, int) and key < 0 else key
        return self._values[self._row_splits[at] : self._row_splits[at + 1]]

    def __repr__(self):
        return f"tf.RaggedTensor(values={self._values}, row_splits={self._row_splits})"


def assembled(flat_values, *nested_row_splits):
    """A RaggedTensorValue of fetched parts."""
    for splits in reversed(nested_row_splits):
        flat_values = RaggedTensorValue(flat_values, splits)
    return flat_values


def convert(value, dtype=None, name=None):
    """A RaggedTensor as it is, a RaggedTensorValue as one of constants, anything else as a tensor."""
    if isinstance(value, RaggedTensor):
        return value
    if isinstance(value, RaggedTensorValue):
        return RaggedTensor.from_nested_row_splits(build.convert_to_tensor(value.flat_values), value.nested_row_splits)
    return build.convert_to_tensor(value, dtype=dtype, name=name)


def as_values(values):
    """The values of rows: a RaggedTensor, or anything as a tensor."""
    return values if isinstance(values, RaggedTensor) else build.convert_to_tensor(values, name="values")


def _integers(value, name):
    preferred = None if isinstance(value, np.ndarray) else dtypes_lib.int64
    value = build.convert_to_tensor(value, name=name, preferred_dtype=preferred)
    if value.dtype not in (dtypes_lib.int32, dtypes_lib.int64):
        raise ValueError(f"{name} must be int32 or int64, got {value.dtype}")
    return value


def _row_count(values, dtype):
    if isinstance(values, RaggedTensor):
        return array.expand_dims(values.nrows(dtype), 0)
    return array.shape(values, out_type=dtype)[:1]


def _largest(lengths):
    return reduce.reduce_max(array.concat([lengths, array.zeros([1], lengths.dtype)], axis=0))


def _unpadded(x, padding, columns):
    """The length of each row up to the last element that is not padding."""
    is_value = compare.not_equal(x, padding)
    if x._dims is None or len(x._dims) > 2:
        rest = math.range(2, array.rank(x)) if x._dims is None else list(range(2, len(x._dims)))
        is_value = reduce.reduce_any(is_value, axis=rest)
    places = math.range(columns) + 1
    return reduce.reduce_max(math.cast(is_value, places.dtype) * places, axis=1)


def row_splits_to_segment_ids(splits, name=None, out_type=None):
    """For each value the number of its row: `[0, 2, 3]` gives `[0, 0, 1]`."""
    with build.name_scope(name, "RaggedSplitsToSegmentIds", [splits]):
        splits = _integers(splits, "splits")
        ids = sets.searchsorted(splits[1:], math.range(splits[-1]), side="right", out_type=splits.dtype)
        return ids if out_type is None else math.cast(ids, out_type)


def segment_ids_to_row_splits(segment_ids, num_segments=None, out_type=None, name=None):
    """Where rows begin and end, from the number of the row of each value: `[0, 0, 1]` gives `[0, 2, 3]`."""
    with build.name_scope(name, "SegmentIdsToRaggedSplits", [segment_ids]):
        ids = _integers(segment_ids, "segment_ids")
        count = _largest(ids + 1) if num_segments is None else math.cast(num_segments, ids.dtype)
        lengths = segment.unsorted_segment_sum(array.ones_like(ids), ids, count)
        splits = array.concat([array.zeros([1], ids.dtype), running.cumsum(lengths)], axis=0)
        return splits if out_type is None else math.cast(splits, out_type)


@op_def.shape_rule("RaggedTensorToSparse")
def _to_sparse_shape(op):
    dims = op.inputs[-1]._dims
    rank = None if dims is None else len(dims) + op.attrs["RAGGED_RANK"]
    return [(None, rank), (None,), (rank,)]


def expand_last(ragged):
    """Each element as a row of its own: one axis more at the end."""
    if isinstance(ragged, RaggedTensor):
        return ragged.with_values(expand_last(ragged.values))
    flat = array.reshape(ragged, [-1])
    return RaggedTensor(flat, math.range(array.shape(flat, out_type=dtypes_lib.int64)[0] + 1))
