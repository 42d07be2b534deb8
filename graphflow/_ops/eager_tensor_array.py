"""TensorArray with eager execution: a Python list of tensors, changed in place."""

from __future__ import annotations

from graphflow._core import dtypes, errors, shapes
from graphflow._graph import build
from graphflow._ops import array, joining, tensor_array


class EagerTensorArray(tensor_array.TensorArray):
    """A list of tensors; arguments as for `TensorArray`. `write` and its like change it and return it."""

    def __init__(self, dtype, size=None, dynamic_size=None, clear_after_read=None, tensor_array_name=None, handle=None,
                 flow=None, infer_shape=True, element_shape=None, colocate_with_first_write_call=True, name=None):  # fmt: skip
        if handle is not None or flow is not None:
            raise ValueError("TensorArrays of a handle or flow are not supported when eager execution is enabled.")
        if size is None:
            raise ValueError("Size must be declared for TensorArrays when eager execution is enabled.")
        self._dtype = dtypes.as_dtype(dtype).base_dtype
        self._dynamic_size, self._infer_shape = bool(dynamic_size), infer_shape
        self._clears = True if clear_after_read is None else clear_after_read
        self._element_dims = [shapes.as_dims(element_shape)]
        self._items, self._read = [None] * int(size), set()

    flow = property(lambda self: build.constant(0.0), doc="A scalar without meaning: operations run in order.")
    handle = property(lambda self: None, doc="None: the array has no name.")

    def identity(self):
        """The array itself."""
        return self

    def size(self, name=None):
        """The number of elements, an int32 scalar."""
        return build.constant(len(self._items), dtypes.int32)

    def close(self, name=None):
        """Drops the elements."""
        self._items.clear()

    def grad(self, source, flow=None, name=None):
        """Not with eager execution.

        Raises:
            NotImplementedError: always: a GradientTape goes back through the elements.
        """
        raise NotImplementedError(
            "TensorArray.grad is not supported when executing eagerly; eager's gradient implementation does not use/need this "
            "function to compute gradients of operations that use TensorArrays."
        )

    def read(self, index, name=None):
        """The element at `index`.

        Raises:
            OutOfRangeError: there is none. InvalidArgumentError: it was read and cleared.
        """
        index = int(index)
        if not 0 <= index < len(self._items):
            raise errors.OutOfRangeError(
                None, None, f"Tried to read from index {index} but array size is: {len(self._items)}"
            )
        found = self._items[index]
        if found is None:
            if index in self._read:
                raise errors.InvalidArgumentError(
                    None, None, f"Could not read index {index} twice because it was cleared after a previous read (perhaps try "
                    "setting clear_after_read = false?)"
                )  # fmt: skip
            found = self._items[index] = self._zeros(index)
        if self._clears:
            self._items[index] = None
            self._read.add(index)
        return found

    def _zeros(self, index):
        dims = self._element_dims[0]
        if dims is None or None in dims:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Could not read index {index}: it was not written, and the shape of elements is not fully known",
            )
        return array.zeros(dims, self._dtype)

    def write(self, index, value, name=None):
        """Puts `value` at `index`; returns the array.

        Raises:
            OutOfRangeError: the array has no such place and does not grow. InvalidArgumentError: another type or shape.
        """
        index = int(index)
        if index < 0:
            raise errors.OutOfRangeError(None, None, f"Writing to negative indices (index {index}) is not allowed.")
        if index >= len(self._items):
            if not self._dynamic_size:
                raise errors.OutOfRangeError(
                    None,
                    None,
                    f"Tried to write to index {index} but array is not resizeable and size is: {len(self._items)}",
                )
            self._items += [None] * (index + 1 - len(self._items))
        value = build.convert_to_tensor(value, preferred_dtype=self._dtype, name="value")
        if value.dtype.base_dtype is not self._dtype:
            raise errors.InvalidArgumentError(
                None, None, f"TensorArray dtype is {self._dtype!r} but Op is trying to write dtype {value.dtype!r}"
            )
        self._merge(value._dims)
        self._items[index] = value
        return self

    def stack(self, name=None):
        """All elements in one tensor; those never written are zeros."""
        self._items = [self._zeros(i) if t is None else t for i, t in enumerate(self._items)]
        if not self._items:
            return array.zeros((0, *(self._element_dims[0] or ())), self._dtype)
        return joining.stack(self._items, name=name)

    def gather(self, indices, name=None):
        """The elements at `indices` in one tensor."""
        return joining.stack([self._items[int(i)] for i in build.convert_to_tensor(indices)], name=name)

    def concat(self, name=None):
        """All elements joined along their first axis."""
        return array.concat(self._items, 0, name=name or "concat")

    def unstack(self, value, name=None):
        """Makes the rows of `value` its elements; returns the array.

        Raises:
            ValueError: it has another number of places and does not grow.
        """
        rows = joining.unstack(build.convert_to_tensor(value, self._dtype))
        if len(rows) > len(self._items) and not self._dynamic_size:
            raise ValueError(
                f"Cannot unstack {len(rows)} tensors into a TensorArray of static size {len(self._items)} "
            )
        for row in rows:
            self._merge(row._dims)
        self._items = rows
        return self

    def scatter(self, indices, value, name=None):
        """Puts the rows of `value` at `indices`; returns the array."""
        rows = joining.unstack(build.convert_to_tensor(value, self._dtype))
        for index, row in zip(build.convert_to_tensor(indices), rows):
            self.write(index, row)
        return self

    def split(self, value, lengths, name=None):
        """Makes consecutive pieces of `value`, of `lengths` rows, its elements; returns the array."""
        sizes = [int(n) for n in build.convert_to_tensor(lengths)]
        self._items = joining.split(build.convert_to_tensor(value, self._dtype), sizes)
        return self


tensor_array.TensorArray.eager_type = EagerTensorArray
