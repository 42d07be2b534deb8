"""RaggedTensor: rows of different lengths, as the values of all rows one after the other and where each row ends."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes as dtypes_lib
from graphflow._core import shapes
from graphflow._graph import build, eager_graph, op_def, scopes, sparse_tensor, static_value, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import (
    array,
    asserts,
    choosing,
    compare,
    gather,
    grouping,
    joining,
    math,
    ragged_splits,
    ragged_value,
    rearrange,
    reduce,
    running,
    segment,
    sets,
    sparse,
)


class RaggedTensor(ragged_value.Rows, tensor.TensorLike):
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
            return ragged_splits.row_splits_to_segment_ids(self._row_splits)

    def nested_row_lengths(self, name=None):
        """The lengths of the rows of all ragged axes, the outermost first."""
        with build.name_scope(name, "RaggedNestedRowLengths", [self._row_splits]):
            return tuple(splits[1:] - splits[:-1] for splits in self.nested_row_splits)

    def nested_value_rowids(self, name=None):
        """For all ragged axes, the outermost first: for each value the number of its row."""
        with build.name_scope(name, "RaggedNestedValueRowIds", [self._row_splits]):
            return tuple(map(ragged_splits.row_splits_to_segment_ids, self.nested_row_splits))

    def bounding_shape(self, axis=None, name=None, out_type=None):
        """The sizes of the smallest tensor that all rows fit in; with `axis` the size of that axis or of those."""
        out_type = self._row_splits.dtype if out_type is None else dtypes_lib.as_dtype(out_type)
        with build.name_scope(name, "RaggedBoundingBox", [self._row_splits]):
            sizes = [self.nrows(out_type)]
            sizes += [
                math.cast(ragged_splits.largest(splits[1:] - splits[:-1]), out_type)
                for splits in self.nested_row_splits
            ]
            inner = array.shape(self.flat_values, out_type=out_type)[1:]
            whole = array.concat([joining.stack(sizes), inner], axis=0)
            return whole if axis is None else gather.gather(whole, axis)

    # -- others of the same rows -----------------------------------------------------------------------------------------

    def with_values(self, new_values):
        """The same rows of other values."""
        return RaggedTensor(new_values, self._row_splits)

    def with_flat_values(self, new_values):
        """The same rows of other innermost values."""
        if isinstance(self._values, RaggedTensor):
            return self.with_values(self._values.with_flat_values(new_values))
        return self.with_values(as_values(new_values))

    def with_row_splits_dtype(self, dtype):
        """The same rows, whose splits are int32 or int64.

        Raises:
            ValueError: another type is asked for.
        """
        dtype = dtypes_lib.as_dtype(dtype)
        if dtype not in (dtypes_lib.int32, dtypes_lib.int64):
            raise ValueError(f"row splits are int32 or int64, got {dtype.name}")
        if self._row_splits.dtype is dtype:
            return self
        inner = self._values.with_row_splits_dtype(dtype) if isinstance(self._values, RaggedTensor) else self._values
        return RaggedTensor(inner, math.cast(self._row_splits, dtype))

    # -- making ----------------------------------------------------------------------------------------------------------

    @classmethod
    def from_row_splits(cls, values, row_splits, name=None, validate=True):
        """Rows that `row_splits` divides `values` into.

        Raises:
            InvalidArgumentError: (when `validate`) they do not begin with 0, fall, or do not end with the number of values.
        """
        if isinstance(row_splits, (list, tuple)) and not row_splits:
            raise ValueError("row_splits tensor may not be empty.")
        with build.name_scope(name, "RaggedFromRowSplits", [values, row_splits]):
            values, splits = as_values(values), ragged_splits.integers(row_splits, "row_splits")
            splits.shape.assert_has_rank(1)
            if validate:
                checks = [
                    asserts.assert_equal(
                        splits[:1],
                        splits[:1] * 0,
                        message=ragged_splits.INVALID.format("from_row_splits", "the first row does not begin with 0"),
                    ),
                    ragged_splits.never_fall(splits, "from_row_splits"),
                    _all_values(splits[-1:], values, "from_row_splits"),
                ]
                splits = grouping.with_dependencies(checks, splits)
            return cls(values, splits)

    @classmethod
    def from_row_lengths(cls, values, row_lengths, name=None, validate=True):
        """Rows of the lengths `row_lengths`.

        Raises:
            InvalidArgumentError: (when `validate`) one is negative, or they are not as many in all as there are values.
        """
        with build.name_scope(name, "RaggedFromRowLengths", [values, row_lengths]):
            values, lengths = as_values(values), ragged_splits.integers(row_lengths, "row_lengths")
            splits = ragged_splits.lengths_to_splits(lengths)
            if validate:
                checks = [
                    asserts.assert_non_negative(
                        lengths, message=ragged_splits.INVALID.format("from_row_lengths", "negative lengths")
                    ),
                    _all_values(splits[-1:], values, "from_row_lengths"),
                ]
                splits = grouping.with_dependencies(checks, splits)
            return cls(values, splits)

    @classmethod
    def from_row_starts(cls, values, row_starts, name=None, validate=True):
        """Rows that begin at `row_starts`; checked as `from_row_splits`."""
        with build.name_scope(name, "RaggedFromRowStarts", [values, row_starts]):
            values, starts = as_values(values), ragged_splits.integers(row_starts, "row_starts")
            splits = array.concat([starts, _row_count(values, starts.dtype)], axis=0)
            return cls.from_row_splits(values, splits, validate=validate)

    @classmethod
    def from_row_limits(cls, values, row_limits, name=None, validate=True):
        """Rows that end at `row_limits`; checked as `from_row_splits`."""
        with build.name_scope(name, "RaggedFromRowLimits", [values, row_limits]):
            limits = ragged_splits.integers(row_limits, "row_limits")
            splits = array.concat([array.zeros([1], limits.dtype), limits], axis=0)
            return cls.from_row_splits(values, splits, validate=validate)

    @classmethod
    def from_value_rowids(cls, values, value_rowids, nrows=None, name=None, validate=True):
        """Rows given by the number of the row of each value, in ascending order; `nrows` of them where the last are empty.

        Raises:
            ValueError: `nrows` is known to be negative or too small.
            InvalidArgumentError: (when `validate`) the numbers fall, are negative or too great, or not one a value.
        """
        with build.name_scope(name, "RaggedFromValueRowIds", [values, value_rowids, nrows]):
            values, ids = as_values(values), ragged_splits.integers(value_rowids, "value_rowids")
            known, rows = static_value.constant_value(ids), nrows
            if isinstance(nrows, tensor.Tensor):
                rows = static_value.constant_value(nrows)
            if rows is not None and rows < 0:
                raise ValueError(f"Expected nrows >= 0; got {rows}")
            if rows is not None and known is not None and len(known) and rows < known[-1] + 1:
                raise ValueError(
                    f"Expected nrows >= value_rowids[-1] + 1; got nrows={rows}, value_rowids[-1]={known[-1]}"
                )
            if validate:
                checks = [
                    asserts.assert_equal(
                        array.shape(ids, out_type=ids.dtype)[:1],
                        _row_count(values, ids.dtype),
                        message=ragged_splits.INVALID.format("from_value_rowids", "not one row id a value"),
                    ),
                    asserts.assert_non_negative(
                        ids[:1], message=ragged_splits.INVALID.format("from_value_rowids", "negative row ids")
                    ),
                    ragged_splits.never_fall(ids, "from_value_rowids"),
                ]
                if nrows is not None:
                    message = ragged_splits.INVALID.format("from_value_rowids", "row ids of rows that are not there")
                    checks.append(asserts.assert_less(ids[-1:], math.cast(nrows, ids.dtype), message=message))
                ids = grouping.with_dependencies(checks, ids)
            return cls(values, ragged_splits.segment_ids_to_row_splits(ids, nrows))

    @classmethod
    def from_nested_row_splits(cls, flat_values, nested_row_splits, name=None, validate=True):
        """Rows of rows, by the splits of each axis, the outermost first."""
        with build.name_scope(name, "RaggedFromNestedRowSplits", [flat_values, *nested_row_splits]):
            for splits in reversed(list(nested_row_splits)):
                flat_values = cls.from_row_splits(flat_values, splits, validate=validate)
            return flat_values

    @classmethod
    def from_nested_row_lengths(cls, flat_values, nested_row_lengths, name=None, validate=True):
        """Rows of rows, by the lengths of each axis, the outermost first."""
        with build.name_scope(name, "RaggedFromNestedRowlengths", [flat_values, *nested_row_lengths]):
            for lengths in reversed(list(nested_row_lengths)):
                flat_values = cls.from_row_lengths(flat_values, lengths, validate=validate)
            return flat_values

    @classmethod
    def from_nested_value_rowids(cls, flat_values, nested_value_rowids, nested_nrows=None, name=None, validate=True):
        """Rows of rows, by the numbers of the rows of each axis, the outermost first."""
        counts = nested_nrows or [None] * len(nested_value_rowids)
        with build.name_scope(name, "RaggedFromNestedValueRowIds", [flat_values, *nested_value_rowids]):
            for ids, count in reversed(list(zip(nested_value_rowids, counts))):
                flat_values = cls.from_value_rowids(flat_values, ids, count, validate=validate)
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
        if not isinstance(ragged_rank, int):
            raise TypeError(f"ragged_rank expected int, got {ragged_rank!r}")
        if ragged_rank <= 0:
            raise ValueError(f"ragged_rank must be greater than 0; got {ragged_rank}")
        with build.name_scope(name, "RaggedFromTensor", [tensor, lengths, padding]):
            x = build.convert_to_tensor(tensor, name="tensor")
            x.shape.with_rank_at_least(ragged_rank + 1)
            sizes = array.shape(x, out_type=row_splits_dtype)
            if ragged_rank > 1:
                flat = array.reshape(x, array.concat([[-1], sizes[2:]], axis=0))
                inner = cls.from_tensor(flat, lengths, padding, ragged_rank - 1, row_splits_dtype=row_splits_dtype)
                return cls(inner, math.range(sizes[0] + 1) * sizes[1])
            if isinstance(lengths, (list, tuple)) and lengths and not isinstance(lengths[0], (int, float)):
                there = array.ones([reduce.reduce_sum(lengths[-1])], dtype=dtypes_lib.bool)
                there = cls.from_nested_row_lengths(there, lengths, validate=False).to_tensor(False)
                return cls.from_nested_row_lengths(choosing.boolean_mask(x, there), lengths, validate=False)
            if padding is not None:
                lengths = ragged_splits.unpadded(x, build.convert_to_tensor(padding, x.dtype), sizes[1])
            if lengths is None:
                flat = array.reshape(x, array.concat([[-1], sizes[2:]], axis=0))
                return cls(flat, math.range(sizes[0] + 1) * sizes[1])
            lengths = math.cast(ragged_splits.integers(lengths, "lengths"), row_splits_dtype)
            lengths = math.minimum(math.maximum(lengths, math.cast(0, row_splits_dtype)), sizes[1])
            kept = choosing.boolean_mask(x, choosing.sequence_mask(lengths, sizes[1]))
            return cls.from_row_lengths(kept, lengths, validate=False)

    @classmethod
    def from_sparse(cls, st_input, name=None, row_splits_dtype=dtypes_lib.int64):
        """The rows of a SparseTensor of two axes.

        Raises:
            TypeError: it is none. ValueError: its rank is not 2.
            InvalidArgumentError: its elements do not stand at the start of their row, in order.
        """
        if not isinstance(st_input, (sparse_tensor.SparseTensor, sparse_tensor.SparseTensorValue)):
            raise TypeError(f"Expected SparseTensor, got {type(st_input).__name__}")
        with build.name_scope(name, "RaggedFromSparse", [st_input]):
            st = sparse.as_sparse(st_input)
            rank = st.indices._dims[1] if st.indices._dims else None
            if (st.shape.ndims if rank is None else rank) != 2:
                raise ValueError(f"rank(st_input) must be 2 and known, got {st.shape}")
            with graph_lib.get_default_graph().control_dependencies([ragged_splits.at_the_start(st.indices)]):
                ids = math.cast(st.indices[:, 0], row_splits_dtype)
                rows = math.cast(st.dense_shape[0], row_splits_dtype)
                return cls.from_value_rowids(st.values, ids, rows, validate=False)

    # -- into something else ---------------------------------------------------------------------------------------------

    def to_sparse(self, name=None):
        """The same elements as a SparseTensor."""
        with build.name_scope(name, "RaggedToSparse", [self._row_splits]):
            splits = list(self.nested_row_splits)
            return sparse_tensor.SparseTensor(*build.apply("RaggedTensorToSparse", splits, self.flat_values))

    def to_tensor(self, default_value=None, name=None):
        """A tensor `[rows, longest row, ...]`, filled up with `default_value` (0, or the empty text).

        Args:
            default_value: a scalar, or a value that can be broadcast to the shape of an innermost one.
        """
        with build.name_scope(name, "RaggedToTensor", [self._row_splits, default_value]):
            if default_value is None:
                default_value = "" if self.dtype is dtypes_lib.string else self.dtype.as_numpy_dtype(0)
            filler = build.convert_to_tensor(default_value, self.dtype, "default_value")
            values, splits = self._values, self._row_splits
            if isinstance(values, RaggedTensor):
                values = values.to_tensor(filler)
            sizes = array.shape(values, out_type=splits.dtype)
            filler = array.expand_dims(rearrange.broadcast_to(filler, sizes[1:]), 0)
            columns = array.expand_dims(math.range(ragged_splits.largest(splits[1:] - splits[:-1])), 0)
            places = array.expand_dims(splits[:-1], 1) + columns
            outside = array.zeros_like(places) + sizes[0]
            places = choosing.where(compare.less(places, array.expand_dims(splits[1:], 1)), places, outside)
            dense = gather.gather(array.concat([values, filler], axis=0), places)
            dense.set_shape(self.shape)
            return dense

    def eval(self, feed_dict=None, session=None):
        """The value as a RaggedTensorValue, from `session` or the default session."""
        parts = [self.flat_values, *self.nested_row_splits]
        if all(isinstance(part, eager_graph.EagerTensor) for part in parts):
            return ragged_value.assembled(*[part.numpy() for part in parts])
        return ragged_value.assembled(*[scopes.session_hooks.evaluate(part, feed_dict, session) for part in parts])

    def to_list(self):
        """Nested lists, at once with eager execution, else from the default session."""
        return self.eval().to_list()

    def __repr__(self):
        if isinstance(self._row_splits, eager_graph.EagerTensor):
            return f"<tf.RaggedTensor {self.to_list()}>"
        return f"tf.RaggedTensor(values={self._values}, row_splits={self._row_splits})"


def convert(value, dtype=None, name=None, preferred_dtype=None):
    """A RaggedTensor as it is, a RaggedTensorValue as one of constants, anything else as a tensor.

    Raises:
        ValueError: `value` is a RaggedTensor of another type than `dtype`.
    """
    if isinstance(value, RaggedTensor):
        if dtype is not None and not dtypes_lib.as_dtype(dtype).is_compatible_with(value.dtype):
            raise ValueError(
                f"Tensor conversion requested dtype {dtypes_lib.as_dtype(dtype).name} for RaggedTensor with dtype "
                f"{value.dtype.name}: {value!r}"
            )
        return value
    if isinstance(value, ragged_value.RaggedTensorValue):
        with build.name_scope(name, "ConvertToTensorOrRaggedTensor"):
            flat = build.convert_to_tensor(value.flat_values, dtype, "flat_values", preferred_dtype)
            return RaggedTensor.from_nested_row_splits(flat, value.nested_row_splits, validate=False)
    return build.convert_to_tensor(value, dtype, name, preferred_dtype)


def _refuse(value, dtype=None, name=None, as_ref=False):
    raise TypeError(
        f"Expected a tensor, got {value!r}: its rows differ in length. value.to_tensor() fills them up, value.flat_values has "
        "their elements; tf.ragged.map_flat_values applies a function to these"
    )


build.register_tensor_conversion_function((RaggedTensor, ragged_value.RaggedTensorValue), _refuse)


def as_values(values):
    """The values of rows: a RaggedTensor, or anything as a tensor."""
    return convert(values, name="values")


def of_one_splits_type(*values):
    """Raises ValueError unless the splits of all RaggedTensors among `values` are of one type, which is returned, or None."""
    found = {value.row_splits.dtype for value in values if isinstance(value, RaggedTensor)}
    if len(found) > 1:
        raise ValueError(
            "Input RaggedTensors have mismatched row_splits dtypes; use RaggedTensor.with_row_splits_dtype() to convert them "
            "to compatible dtypes."
        )
    return found.pop() if found else None


def _all_values(last, values, source):
    return asserts.assert_equal(
        last,
        _row_count(values, last.dtype),
        message=ragged_splits.INVALID.format(source, "the last row does not end with the values"),
    )


def _row_count(values, dtype):
    if isinstance(values, RaggedTensor):
        return array.expand_dims(values.nrows(dtype), 0)
    return array.shape(values, out_type=dtype)[:1]


@op_def.shape_rule("RaggedTensorToSparse")
def _to_sparse_shape(op):
    dims = op.inputs[-1]._dims
    rank = None if dims is None else len(dims) + op.attrs["RAGGED_RANK"]
    return [(None, rank), (None,), (rank,)]


@op_def.gradient("RaggedTensorToSparse")
def _to_sparse_gradient(op, indices_grad, values_grad, shape_grad):
    *splits, flat = op.inputs
    return *[None] * len(splits), array.reshape(values_grad, array.shape(flat))


def expand_last(ragged):
    """Each element as a row of its own: one axis more at the end."""
    if isinstance(ragged, RaggedTensor):
        return ragged.with_values(expand_last(ragged.values))
    flat = array.reshape(ragged, [-1])
    return RaggedTensor(flat, math.range(array.shape(flat, out_type=dtypes_lib.int64)[0] + 1))
