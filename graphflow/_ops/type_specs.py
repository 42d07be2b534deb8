"""Specs of values that datasets do not hold here: they describe and compare, for code that asks."""

from __future__ import annotations

from graphflow._core import dtypes, shapes
from graphflow._graph import tensor
from graphflow._ops import element_spec, tensor_array


class IndexedSlicesSpec(element_spec.TypeSpec):
    """What is known of IndexedSlices.

    Args:
        shape: of the whole. dtype: of the values. indices_dtype: int32 or int64.
        dense_shape_dtype: of the shape tensor, None where there is none. indices_shape: one size, that of the rows.
    """

    _fields = ("_dims", "_dtype", "_indices_dtype", "_dense_shape_dtype", "_indices_dims")
    value_type = property(lambda self: tensor.IndexedSlices)

    def __init__(
        self, shape=None, dtype=dtypes.float32, indices_dtype=dtypes.int64, dense_shape_dtype=None, indices_shape=None
    ):  # fmt: skip
        self._dims, self._dtype = shapes.as_dims(shape), dtypes.as_dtype(dtype)
        self._indices_dtype = dtypes.as_dtype(indices_dtype)
        self._dense_shape_dtype = None if dense_shape_dtype is None else dtypes.as_dtype(dense_shape_dtype)
        self._indices_dims = shapes.as_dims(indices_shape)

    def weakened(self, other):
        """The spec of what is either this or `other`."""
        rest = self._indices_dtype, self._dense_shape_dtype, shapes.common(self._indices_dims, other._indices_dims)
        return IndexedSlicesSpec(shapes.common(self._dims, other._dims), self._dtype, *rest)

    def __repr__(self):
        return f"IndexedSlicesSpec({shapes.TensorShape(self._dims)}, {self._dtype!r}, {self._indices_dtype!r})"


class TensorArraySpec(element_spec.TypeSpec):
    """What is known of a TensorArray; arguments as there."""

    _fields = ("_dims", "_dtype", "_dynamic_size", "_infer_shape")
    value_type = property(lambda self: tensor_array.TensorArray)

    def __init__(self, element_shape=None, dtype=dtypes.float32, dynamic_size=False, infer_shape=True):
        self._dims, self._dtype = shapes.as_dims(element_shape), dtypes.as_dtype(dtype)
        self._dynamic_size, self._infer_shape = dynamic_size, infer_shape

    @staticmethod
    def from_value(value):
        """The spec of a TensorArray."""
        return TensorArraySpec(value.element_shape, value.dtype, value.dynamic_size, value._infer_shape)

    def weakened(self, other):
        """The spec of what is either this or `other`."""
        return TensorArraySpec(
            shapes.common(self._dims, other._dims), self._dtype, self._dynamic_size, self._infer_shape
        )

    def __repr__(self):
        return f"TensorArraySpec({shapes.TensorShape(self._dims)}, {self._dtype!r}, {self._dynamic_size}, {self._infer_shape})"


class OptionalSpec(element_spec.TypeSpec):
    """What is known of a value that may be missing.

    Args:
        value_structure: the specs of the value, nested.
    """

    _fields = ("_leaves",)
    _dims, _dtype = (), dtypes.variant

    def __init__(self, value_structure):
        self._value_structure, self._leaves = value_structure, tuple(element_spec.flatten(value_structure))

    def is_compatible_with(self, other):
        """Whether a value of `other` could be one of this."""
        return isinstance(other, OptionalSpec) and all(
            a.is_compatible_with(b) for a, b in zip(self._leaves, other._leaves, strict=True)
        )

    def weakened(self, other):
        """The spec of what is either this or `other`."""
        found = [a.most_specific_compatible_type(b) for a, b in zip(self._leaves, other._leaves, strict=True)]
        return OptionalSpec(element_spec.pack(self._value_structure, found))

    def __repr__(self):
        return f"OptionalSpec({self._value_structure!r})"
