"""What is known of a RaggedTensor, and how one travels as an element of a dataset: in one box."""

from __future__ import annotations

from graphflow._core import dtypes as dtypes_lib
from graphflow._core import shapes
from graphflow._graph import build, op_def, tensor
from graphflow._ops import element_spec, ragged_tensor, ragged_value

op_def.shape_rule("RaggedTensorToVariant")(lambda op: [_rows_of(op.inputs[0]) if op.attrs["batched_input"] else ()])
op_def.not_differentiable("RaggedTensorToVariant", because="it puts a tensor into a box")
op_def.not_differentiable("RaggedTensorFromVariant", because="it takes a tensor out of a box")


def _rows_of(splits):
    return (None if not splits._dims or splits._dims[0] is None else splits._dims[0] - 1,)


@op_def.shape_rule("RaggedTensorFromVariant")
def _unboxed_shape(op):
    return [(None,)] * op.attrs["output_ragged_rank"] + [None]


class RaggedTensorSpec(element_spec.TypeSpec):
    """What is known of a RaggedTensor.

    Args:
        shape: its sizes, None for those that differ from row to row.
        dtype: of its elements.
        ragged_rank: its number of ragged axes; all but the outermost when None.
        row_splits_dtype: int32 or int64.

    Raises:
        ValueError: `ragged_rank` is not known, or too great for the shape. TypeError: it is no int.
    """

    _fields = ("_dims", "_dtype", "_ragged_rank", "_row_splits_dtype")

    def __init__(self, shape=None, dtype=dtypes_lib.float32, ragged_rank=None, row_splits_dtype=dtypes_lib.int64):
        self._dims, self._dtype = shapes.as_dims(shape), dtypes_lib.as_dtype(dtype)
        self._row_splits_dtype = dtypes_lib.as_dtype(row_splits_dtype)
        if ragged_rank is None:
            if self._dims is None:
                raise ValueError("Must specify ragged_rank or a shape with known rank.")
            ragged_rank = len(self._dims) - 1
        elif not isinstance(ragged_rank, int):
            raise TypeError(f"ragged_rank must be an int, got {ragged_rank!r}")
        if self._dims is not None and ragged_rank >= len(self._dims):
            raise ValueError(f"ragged_rank ({ragged_rank}) must be less than rank ({len(self._dims)}).")
        self._ragged_rank = ragged_rank

    shape = property(lambda self: shapes.TensorShape(self._dims))

    @property
    def value_type(self):
        """RaggedTensor; Tensor where no axis is ragged."""
        return ragged_tensor.RaggedTensor if self._ragged_rank > 0 else tensor.Tensor

    @classmethod
    def from_value(cls, value):
        """The spec of a RaggedTensor or RaggedTensorValue."""
        return cls(value.shape, dtypes_lib.as_dtype(value.dtype), value.ragged_rank, value.row_splits.dtype)

    def _alike(self, other):
        mine, theirs = ((s._dtype, s._ragged_rank, s._row_splits_dtype) for s in (self, other))
        return mine == theirs

    def is_compatible_with(self, spec_or_value):
        """Whether a value of `spec_or_value`, a spec or a value itself, could be one of this."""
        other = spec_or_value
        other = other if isinstance(other, element_spec.TypeSpec) else element_spec.leaf_of(other)
        return type(self) is type(other) and self._alike(other) and shapes.compatible(self._dims, other._dims)

    def weakened(self, other):
        """The spec of what is either this or `other`.

        Raises:
            ValueError: they differ in more than their shapes.
        """
        if not self._alike(other):
            raise ValueError(f"No TypeSpec is compatible with both {self} and {other}")
        return self._with_dims(shapes.common(self._dims, other._dims), self._ragged_rank)

    def __repr__(self):
        return f"RaggedTensorSpec({self.shape!r}, {self._dtype!r}, {self._ragged_rank}, {self._row_splits_dtype!r})"

    # -- how it travels --------------------------------------------------------------------------------------------------

    flat_dtype = property(lambda self: dtypes_lib.variant)
    flat_dims = None
    legacy_types = property(lambda self: self._dtype)
    legacy_shapes = shape
    legacy_classes = property(lambda self: self)

    def _with_dims(self, dims, ragged_rank):
        return RaggedTensorSpec(dims, self._dtype, ragged_rank, self._row_splits_dtype)

    def batched(self, size):
        """The spec of several in a row."""
        return self._with_dims(None if self._dims is None else (size, *self._dims), self._ragged_rank + 1)

    def unbatched(self):
        """The spec of a row."""
        if self._dims == ():
            raise ValueError("Unbatching a tensor is only supported for rank >= 1")
        return self._with_dims(self._dims and self._dims[1:], self._ragged_rank - 1)

    def _boxed(self, value, by_rows):
        value = ragged_tensor.convert(value)
        splits = list(value.nested_row_splits)
        return build.apply("RaggedTensorToVariant", splits, value.flat_values, batched_input=by_rows)

    def to_flat(self, value):
        """A value of this spec in its box."""
        return self._boxed(value, False)

    def to_flat_rows(self, value):
        """The rows of a value, each in a box."""
        return self._boxed(value, True)

    def from_flat(self, t):
        """The value that is in a box, or of whose rows each is in one.

        Raises:
            ValueError: no axis is ragged: rows of rows that were taken apart.
        """
        if self._ragged_rank <= 0:
            raise ValueError(f"ragged_rank must be non-negative; got {self._ragged_rank}.")
        splits, flat = build.apply(
            "RaggedTensorFromVariant", t, input_ragged_rank=-1, output_ragged_rank=self._ragged_rank,
            Tvalues=self._dtype, Tsplits=self._row_splits_dtype,
        )  # fmt: skip
        if self._dims is not None:
            if self._dims[0] is not None:
                splits[0].set_shape([self._dims[0] + 1])
            flat.set_shape([None, *self._dims[1 + self._ragged_rank :]])
        return ragged_tensor.RaggedTensor.from_nested_row_splits(flat, splits, validate=False)


element_spec.register(ragged_value.Rows, RaggedTensorSpec.from_value, ragged_tensor.convert)
