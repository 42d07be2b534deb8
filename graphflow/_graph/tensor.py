"""Symbolic values: Tensor, IndexedSlices."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphflow._core import dtypes, errors, shapes, source
from graphflow._graph import notebook, scopes


class _Equality:
    """What `==` means for tensors where users write it: the same tensor, or equal values; see `enable_tensor_equality`.

    Attributes:
        function, negated: the operations that compare values, filled by the floor above.
    """

    by_value = False
    function: Any = None
    negated: Any = None


equality = _Equality()


def enable_tensor_equality():
    """From now on `==` and `!=` compare the values of tensors. Tensors stay hashable, by identity."""
    equality.by_value = True


def disable_tensor_equality():
    """From now on `==` and `!=` compare tensors by identity, as they do from the start."""
    equality.by_value = False


class TensorLike:
    """What may stand for a tensor when arguments are checked."""

    __slots__ = ()


class Tensor(TensorLike, notebook.Shown):
    """An output of an operation: a promise of a value, computed when a session runs it."""

    __slots__ = ("op", "value_index", "_dtype", "_dims", "_keras_history", "_keras_shape", "_uses_learning_phase",
                 "_keras_mask", "_extra", "aliases", "__weakref__", "__dict__")  # fmt: skip
    __array_priority__ = 100  # NumPy leaves `array + tensor` to us

    OVERLOADABLE_OPERATORS = {
        "__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__div__", "__rdiv__", "__truediv__",
        "__rtruediv__", "__floordiv__", "__rfloordiv__", "__mod__", "__rmod__", "__lt__", "__le__", "__gt__", "__ge__",
        "__and__", "__rand__", "__or__", "__ror__", "__xor__", "__rxor__", "__getitem__", "__pow__", "__rpow__",
        "__invert__", "__neg__", "__abs__", "__matmul__", "__rmatmul__",
    }  # fmt: skip

    @classmethod
    def extend(cls, **members):
        """Gives tensors operators and properties whose operations live on the floor above."""
        for name, member in members.items():
            setattr(cls, name, member)

    def __init__(self, op, value_index, dtype, dims=None):
        self.op = op
        self.value_index = value_index
        self._dtype = dtype
        self._dims = dims

    @property
    def dtype(self):
        """The element type; a reference type for a variable's own output."""
        return self._dtype

    @property
    def graph(self):
        """The graph that holds the producing operation."""
        return self.op.graph

    @property
    def name(self):
        """`<operation>:<output index>`."""
        return f"{self.op.name}:{self.value_index}"

    @property
    def device(self):
        """The device asked for, or the empty string."""
        return self.op.device

    @property
    def shape(self):
        """The `TensorShape` known while building; `tf.shape(x)` gives the one at run time."""
        return shapes.TensorShape(self._dims)

    @property
    def shape_text(self):
        """The shape as messages print it: `[?,3]`."""
        return shapes.to_text(self._dims)

    def get_shape(self):
        """The `TensorShape` known while building."""
        return shapes.TensorShape(self._dims)

    def set_shape(self, shape):
        """Adds what the caller knows of the shape; ValueError where it contradicts what is known."""
        dims = shapes.as_dims(shape)
        try:
            self._dims = shapes.merge(self._dims, dims)
        except ValueError:
            raise ValueError(f"Tensor {self.name}: {_incompatible(self._dims, dims)}") from None

    @property
    def ndim(self):
        """The rank, or None."""
        return None if self._dims is None else len(self._dims)

    def consumers(self):
        """The operations that take this tensor as an input."""
        return self.graph.consumers_of(self)

    def eval(self, feed_dict=None, session=None):
        """The value, from `session` or the default session."""
        return scopes.session_hooks.evaluate(self, feed_dict, session)

    def _as_node_def_input(self):
        return f"{self.op.name}:{self.value_index}" if self.value_index else self.op.name

    def __len__(self):
        raise TypeError(
            f"len is not well defined for symbolic Tensors. ({self.name}) Please call `x.shape` rather than `len(x)`."
        )

    def __iter__(self):
        raise errors.NeedsPythonError(
            f"iterating over `tf.Tensor` is not allowed in Graph execution ({self.name}): tf.unstack(x) gives a list of its "
            "parts, tf.map_fn applies a function to each"
        )

    def __bool__(self):
        raise errors.NeedsPythonError(
            "Using a `tf.Tensor` as a Python `bool` is not allowed. Use `if t is not None:` instead of `if t:` to test if a "
            "tensor is defined, and use TensorFlow ops such as tf.cond to execute subgraphs conditioned on the value of a tensor."
        )

    def __array__(self, dtype=None, copy=None):
        raise NotImplementedError(
            f"Cannot convert a symbolic Tensor ({self.name}) to a numpy array: run it in a session, `session.run(tensor)`"
        )

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __hash__(self):
        return id(self)

    def __eq__(self, other):
        if self is other or not equality.by_value or source.called_from_inside():
            return self is other
        return equality.function(self, other)

    def __ne__(self, other):
        if self is other or not equality.by_value or source.called_from_inside():
            return self is not other
        return equality.negated(self, other)

    def __str__(self):
        shape = "" if self._dims is None else f", shape={self.get_shape()}"
        device = f", device={self.device}" if self.device else ""
        return f'Tensor("{self.name}"{shape}, dtype={self._dtype.name}{device})'

    def __repr__(self):
        return f"<tf.Tensor '{self.name}' shape={self.get_shape()} dtype={self._dtype.name}>"


def _incompatible(a, b):
    return f"Shapes {shapes.TensorShape(a)} and {shapes.TensorShape(b)} are not compatible"


class IndexedSlices(TensorLike):
    """Rows of a larger tensor: `values[i]` stands at row `indices[i]`; rows named twice add up.

    Args:
        values: `[n, ...]`.
        indices: integer `[n]`.
        dense_shape: the shape of the whole, an integer vector, or None.
    """

    def __init__(self, values, indices, dense_shape=None):
        self._values, self._indices, self._dense_shape = values, indices, dense_shape

    values = property(lambda self: self._values)
    indices = property(lambda self: self._indices)
    dense_shape = property(lambda self: self._dense_shape)
    name = property(lambda self: self._values.name)
    device = property(lambda self: self._values.device)
    op = property(lambda self: self._values.op)
    dtype = property(lambda self: self._values.dtype)
    graph = property(lambda self: self._values.graph)

    @property
    def shape(self):
        """The static shape of the whole, as far as it is known."""
        if self._dense_shape is None:
            return shapes.TensorShape(None)
        from_const = self._dense_shape.graph.static_shape_from(self._dense_shape)
        return shapes.TensorShape(from_const)

    def consumers(self):
        """The operations that take the values."""
        return self._values.consumers()

    def __str__(self):
        dense = "" if self._dense_shape is None else f", dense_shape={self._dense_shape!s}"
        return f"IndexedSlices(indices={self._indices!s}, values={self._values!s}{dense})"

    def __repr__(self):
        return f"<tf.IndexedSlices values={self._values!r} indices={self._indices!r}>"


def is_tensor(x):
    """Whether `x` is a tensor, a sparse tensor, indexed slices or a variable."""
    return isinstance(x, TensorLike)


def is_symbolic(value):
    """Whether `value` needs a session: a tensor, or a list with one inside."""
    if isinstance(value, (list, tuple)):
        return any(is_symbolic(item) for item in value)
    return isinstance(value, TensorLike)


def dtype_of(value):
    """The DType of a tensor or array."""
    return value.dtype if isinstance(value, TensorLike) else dtypes.as_dtype(np.asarray(value).dtype)
