"""The value of a TensorArray inside compiled code: one dense buffer that writes replace.

A handle that is written to by side effect cannot live in a compiled function, so a TensorArray is a pytree
here, and every write returns a new one; XLA writes in place wherever the old one is dead. Gradients flow
through the buffer. The buffer exists only once the shape of an element is known, which may be at the first
write. Loops and branches need a structure that does not change, so `materialise` and `agree` find the shape
beforehand by running abstractly.
"""

from __future__ import annotations

import dataclasses
import functools
import operator

import jax
import jax.numpy as jnp
from jax import lax

from graphflow._core import errors


class Unwritten(errors.InvalidArgumentError):
    """A read from an array into which nothing was written, whose elements have no known shape."""


@functools.partial(
    jax.tree_util.register_dataclass,
    data_fields=("buffer", "length"),
    meta_fields=("dtype", "capacity", "dynamic_size"),
)
@dataclasses.dataclass(frozen=True)
class TensorArrayValue:
    """An immutable array of tensors of one shape; elements never written read as zeros.

    Indices are int scalars. One outside the array cannot raise in compiled code: it is clamped as XLA clamps,
    and who wants an error compares it with `size()` beforehand.

    An array whose number of elements is known only at run time has a `length` beside its `capacity`. When
    writes pass the capacity, `overflow` is true and the contents are wrong: compile again with more.

    Attributes:
        buffer: `[capacity, *element_shape]`, or None while the shape of an element is unknown.
        length: int32 scalar, elements in use; None when that is `capacity`, always.
        dtype: of the elements.
        capacity: static int, elements there is room for.
        dynamic_size: whether a write past the end makes the array longer.
    """

    buffer: jax.Array | None
    length: jax.Array | None
    dtype: jnp.dtype
    capacity: int
    dynamic_size: bool

    @classmethod
    def create(cls, dtype, size, *, element_shape=None, dynamic_size=False, capacity=None):
        """An array of zeros.

        Args:
            dtype: of the elements.
            size: how many elements: a Python int, or an int scalar known at run time only.
            element_shape: tuple of ints, or None when the first write shall tell.
            dynamic_size: whether a write past the end makes the array longer.
            capacity: static int; needed when the size is not static or is dynamic, else it is the size.

        Raises:
            ValueError: a negative size, or one that needs a capacity and has none.
        """
        static = not isinstance(size, jax.core.Tracer)
        if static:
            size = operator.index(size)
            if size < 0:
                raise ValueError(f"a TensorArray has no negative size, got {size}")
        if static and not dynamic_size:
            capacity, length = size, None
        elif capacity is None:
            raise ValueError("a TensorArray whose size is known at run time only needs a capacity: pass capacity=<int>")
        else:
            capacity = max(operator.index(capacity), size if static else 0, 1)
            length = jnp.asarray(size, jnp.int32)
        empty = cls(None, length, jnp.dtype(dtype), capacity, dynamic_size)
        return empty if element_shape is None else empty.with_element_shape(element_shape)

    @property
    def element_shape(self):
        """Tuple of ints, or None while unknown."""
        return None if self.buffer is None else tuple(self.buffer.shape[1:])

    @property
    def overflow(self):
        """Bool scalar: more elements were written than there is room for."""
        return jnp.asarray(False) if self.length is None else self.length > self.capacity

    def size(self):
        """int32 scalar, elements in use."""
        return jnp.asarray(self.capacity, jnp.int32) if self.length is None else self.length

    def with_element_shape(self, shape):
        """The same array with a buffer for elements of `shape`.

        Raises:
            ValueError: the elements are known to have another shape.
        """
        shape = tuple(shape)
        if self.buffer is None:
            return dataclasses.replace(self, buffer=jnp.zeros((self.capacity, *shape), self.dtype))
        if self.element_shape != shape:
            raise ValueError(f"TensorArray of elements {list(self.element_shape)} got one of shape {list(shape)}")
        return self

    def with_capacity(self, capacity):
        """The same array with room for that many elements; one that cannot grow, or has the room, stays as it is."""
        if not self.dynamic_size or capacity <= self.capacity:
            return self
        buffer = self.buffer
        if buffer is not None:
            buffer = jnp.concatenate([buffer, jnp.zeros((capacity - self.capacity, *buffer.shape[1:]), self.dtype)])
        return dataclasses.replace(self, buffer=buffer, capacity=capacity)

    def write(self, index, value):
        """A new array with `value`, `[*element_shape]`, at `index`.

        Raises:
            ValueError: the value has another shape than the elements.
            TypeError: the value has another dtype.
        """
        array = self._accepting(value, value.shape)
        index = jnp.asarray(index, jnp.int32)
        return dataclasses.replace(array, buffer=_put(array.buffer, value, index), length=array._length_with(index + 1))

    def read(self, index):
        """The element at `index`.

        Raises:
            ValueError: nothing was written yet and no element shape was given.
        """
        index = jnp.asarray(index, jnp.int32)
        return lax.dynamic_index_in_dim(self._known(), index, 0, keepdims=False, allow_negative_indices=False)

    def gather(self, indices):
        """Elements at `indices`, int `[n]`, stacked to `[n, *element_shape]`."""
        return jnp.take(self._known(), indices, axis=0, mode="clip")

    def stack(self, size=None):
        """All elements, `[size, *element_shape]`.

        Args:
            size: static int; needed when the size is known at run time only (read `size()`, then specialise
                on it).

        Raises:
            ValueError: no element shape, or a size that is needed and not given.
        """
        if size is None:
            if self.length is not None:
                raise ValueError(
                    "the stack of a TensorArray whose size is known at run time only has no static shape: "
                    "pass size=<int>, the value of size()"
                )
            size = self.capacity
        return self._known()[:size]

    def scatter(self, indices, values):
        """A new array with `values`, `[n, *element_shape]`, at the distinct `indices`, int `[n]`."""
        array = self._accepting(values, values.shape[1:])
        end = jnp.max(indices, initial=-1).astype(jnp.int32) + 1
        buffer = array.buffer.at[indices].set(values, mode="drop")
        return dataclasses.replace(array, buffer=buffer, length=array._length_with(end))

    def unstack(self, values):
        """A new array that begins with the rows of `values`, `[n, *element_shape]`.

        Raises:
            ValueError: there are more rows than elements in an array that cannot grow.
        """
        rows = values.shape[0]
        array = self._accepting(values, values.shape[1:])
        if rows > self.capacity:
            if not self.dynamic_size:
                raise ValueError(f"TensorArray of {self.capacity} elements cannot take {rows} rows")
            buffer, capacity = values, rows
        else:
            buffer, capacity = lax.dynamic_update_slice_in_dim(array.buffer, values, 0, 0), self.capacity
        return dataclasses.replace(array, buffer=buffer, capacity=capacity, length=array._length_with(rows))

    def split(self, values, lengths):
        """A new array whose elements are the consecutive pieces of `values`, `[sum(lengths), ...]`.

        Args:
            values: array to cut along its first axis.
            lengths: static ints, all equal, since elements share one shape.

        Raises:
            ValueError: the lengths differ, or do not add up to the rows.
        """
        lengths = [operator.index(length) for length in lengths]
        if len(set(lengths)) > 1:
            raise ValueError(f"a compiled TensorArray holds elements of one shape, got split lengths {lengths}")
        if sum(lengths) != values.shape[0]:
            raise ValueError(f"split lengths {lengths} add up to {sum(lengths)}, the value has {values.shape[0]} rows")
        return self.unstack(values.reshape((len(lengths), *lengths[:1], *values.shape[1:])))

    def concat(self, size=None):
        """Elements joined along their first axis, and the int64 (int32 without x64) length of each.

        Args:
            size: as for `stack`.

        Returns:
            `[size * m, ...]` for elements `[m, ...]`, and `[size]`.

        Raises:
            ValueError: the elements are scalars, or `stack` raises.
        """
        stacked = self.stack(size)
        if stacked.ndim < 2:
            raise ValueError("TensorArray.concat joins elements along their first axis, and these are scalars")
        size, rows = stacked.shape[:2]
        lengths = jnp.full((size,), rows, jax.dtypes.canonicalize_dtype(jnp.int64))
        return stacked.reshape((size * rows, *stacked.shape[2:])), lengths

    def _known(self):
        if self.buffer is None:
            raise ValueError(
                "a TensorArray is read before anything was written to it, so its element shape is unknown: "
                "give element_shape"
            )
        return self.buffer

    def _accepting(self, value, element_shape):
        if value.dtype != self.dtype:
            raise TypeError(f"TensorArray of {self.dtype.name} got {value.dtype.name}")
        return self.with_element_shape(element_shape)

    def _length_with(self, end):
        return jnp.maximum(self.length, end) if self.dynamic_size else self.length


def _is_array(value):
    return isinstance(value, TensorArrayValue)


def agree(value, like):
    """`value` with a buffer for every TensorArray that has one in `like`, a pytree of the same form."""

    def one(array, model):
        known = _is_array(array) and _is_array(model) and model.buffer is not None
        return array.with_element_shape(model.element_shape) if known else array

    return jax.tree.map(one, value, like, is_leaf=_is_array)


@jax.custom_vjp
def _put(buffer, value, index):
    """`buffer` with `value` at `index`.

    An element is written once, so what flows back to the buffer need not be cleared at `index`: nothing reads it
    there any more, and a loop does not write its cotangent in every iteration.
    """
    return lax.dynamic_update_index_in_dim(buffer, value, index, 0, allow_negative_indices=False)


def _put_forward(buffer, value, index):
    return _put(buffer, value, index), index


def _put_backward(index, cotangent):
    return cotangent, lax.dynamic_index_in_dim(cotangent, index, 0, keepdims=False, allow_negative_indices=False), None


_put.defvjp(_put_forward, _put_backward)


def materialise(carry, body):
    """`carry` with a buffer in each of its TensorArrays that `body` ever writes to.

    Runs `body`, carry -> carry, abstractly until its writes tell no new element shape; not at all when none
    is missing. An array that nobody writes to stays as it is.
    """
    while any(_is_array(x) and x.buffer is None for x in jax.tree.leaves(carry, is_leaf=_is_array)):
        filled = agree(carry, jax.eval_shape(body, carry))
        if jax.tree.structure(filled) == jax.tree.structure(carry):
            break
        carry = filled
    return carry
