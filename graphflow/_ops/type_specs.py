"""Specs of values that datasets do not hold here: they describe and compare, for code that asks."""

from __future__ import annotations

from graphflow._core import dtypes, shapes
from graphflow._graph import tensor
from graphflow._ops import element_spec, ragged_spec, tensor_array


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


# -- the names that specs had before ---------------------------------------------------------------------------------------


def TensorStructure(dtype, shape):
    """`tf.TensorSpec(shape, dtype)`."""
    return element_spec.TensorSpec(shape, dtype)


def SparseTensorStructure(dtype, shape):
    """`tf.SparseTensorSpec(shape, dtype)`."""
    return element_spec.SparseTensorSpec(shape, dtype)


def TensorArrayStructure(dtype, element_shape, dynamic_size, infer_shape):
    """`tf.TensorArraySpec(element_shape, dtype, dynamic_size, infer_shape)`."""
    return TensorArraySpec(element_shape, dtype, dynamic_size, infer_shape)


def RaggedTensorStructure(dtype, shape, ragged_rank):
    """`tf.RaggedTensorSpec(shape, dtype, ragged_rank)`."""
    return ragged_spec.RaggedTensorSpec(shape, dtype, ragged_rank)
