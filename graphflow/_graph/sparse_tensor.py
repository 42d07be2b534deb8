"""SparseTensor: a tensor given by the positions and values of the elements that are not zero."""

from __future__ import annotations

import collections

from graphflow._core import dtypes, shapes
from graphflow._graph import build, scopes, static_value, tensor

SparseTensorValue = collections.namedtuple("SparseTensorValue", "indices values dense_shape")


class SparseTensor(tensor.TensorLike):
    """`values[i]` stands at `indices[i]`, and zeros everywhere else.

    Args:
        indices: int64 `[n, rank]`.
        values: `[n]`, of any type.
        dense_shape: int64 `[rank]`.

    Raises:
        ValueError: the shapes of the three do not fit.
    """

    def __init__(self, indices, values, dense_shape):
        with build.name_scope(None, "SparseTensor", [indices, values, dense_shape]):
            self._indices = build.convert_to_tensor(indices, name="indices", dtype=dtypes.int64)
            self._values = build.convert_to_tensor(values, name="values")
            self._dense_shape = build.convert_to_tensor(dense_shape, name="dense_shape", dtype=dtypes.int64)
        positions = self._indices.shape.with_rank(2)
        rank = self._dense_shape.shape.with_rank(1)
        shapes.merge(positions._dims and positions._dims[:1], self._values.shape.with_rank(1)._dims)
        shapes.merge(positions._dims and positions._dims[1:], rank._dims)

    indices = property(lambda self: self._indices)
    values = property(lambda self: self._values)
    dense_shape = property(lambda self: self._dense_shape)
    op = property(lambda self: self._values.op)
    dtype = property(lambda self: self._values.dtype)
    graph = property(lambda self: self._indices.graph)

    @property
    def shape(self):
        """What is known of the shape of the whole."""
        return shapes.TensorShape(static_value.shape_from(self._dense_shape))

    def get_shape(self):
        """What is known of the shape of the whole."""
        return self.shape

    def consumers(self):
        """The operations that take its parts."""
        return [op for part in (self._indices, self._values, self._dense_shape) for op in part.consumers()]

    def eval(self, feed_dict=None, session=None):
        """The value as a SparseTensorValue, from `session` or the default session."""
        parts = (self._indices, self._values, self._dense_shape)
        return SparseTensorValue(*[scopes.session_hooks.evaluate(part, feed_dict, session) for part in parts])

    @classmethod
    def from_value(cls, sparse_tensor_value):
        """A SparseTensor from a SparseTensorValue or anything with its three parts; one stays itself."""
        if isinstance(sparse_tensor_value, cls):
            return sparse_tensor_value
        return cls(sparse_tensor_value.indices, sparse_tensor_value.values, sparse_tensor_value.dense_shape)

    def __str__(self):
        return f"SparseTensor(indices={self._indices}, values={self._values}, dense_shape={self._dense_shape})"

    __repr__ = __str__
