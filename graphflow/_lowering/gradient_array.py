"""TensorArrays of gradients, which imported graphs have: lists on the host, to which writes are added.

All that ask for the gradients of one array get one list; `_passes/raise_control_flow.py` sees to it. A handle is an array of one
GradientArray; its flows are plain numbers that only order the operations.
"""

from __future__ import annotations

import numpy as np

from graphflow._core import errors
from graphflow._lowering import rule, tensor_array_value

_FLOW = np.float32(0)


class GradientArray:
    """Sums of what was written, by index.

    Attributes:
        items: arrays, None where nothing came yet.
        like: (shape, dtype) of an element, as far as it is known.
    """

    def __init__(self):
        self.items = []
        self.like = None

    def fit(self, forward):
        """Takes size and element shape from the array whose gradients these are."""
        self.grow(int(forward.size()))
        if forward.buffer is not None:
            self.like = tuple(forward.buffer.shape[1:]), forward.buffer.dtype

    def grow(self, size):
        """Makes room for `size` elements."""
        self.items += [None] * (size - len(self.items))

    def add(self, index, value):
        """Adds to an element."""
        self.grow(index + 1)
        before = self.items[index]
        self.items[index] = np.asarray(value) if before is None else before + value
        self.like = np.shape(value), np.asarray(value).dtype

    def at(self, op, index):
        """An element; zeros where nothing came."""
        if not 0 <= index < len(self.items):
            raise errors.InvalidArgumentError(
                None, op, f"Tried to read from index {index} but array size is: {len(self.items)}"
            )
        if self.items[index] is not None:
            return self.items[index]
        if self.like is None:
            raise errors.InvalidArgumentError(
                None,
                op,
                f"Could not read from TensorArray index {index} because it has not been written, nor has another",
            )
        return np.zeros(*self.like)


def make(ctx, op, handle, flow):
    """TensorArrayGradV3: of a TensorArray, or of what such an operation made."""
    if isinstance(handle, np.ndarray):
        found = handle
    else:
        found = np.empty((), object)
        found[()] = GradientArray()
    if isinstance(flow, tensor_array_value.TensorArrayValue):
        found.item().fit(flow)
    return found, _FLOW


def read(ctx, op, handle, index, flow):
    """TensorArrayReadV3."""
    return handle.item().at(op, int(index))


def write(ctx, op, handle, index, value, flow):
    """TensorArrayWriteV3."""
    handle.item().add(int(index), value)
    return _FLOW


def gather(ctx, op, handle, indices, flow):
    """TensorArrayGatherV3."""
    array = handle.item()
    if not indices.size:
        shape = [d or 0 for d in op.attrs["element_shape"] or ()]
        return np.empty((0, *shape), op.attrs["dtype"].as_numpy_dtype)
    return np.stack([array.at(op, i) for i in indices.tolist()])


def scatter(ctx, op, handle, indices, value, flow):
    """TensorArrayScatterV3."""
    for index, row in zip(indices.tolist(), value):
        handle.item().add(index, row)
    return _FLOW


def split(ctx, op, handle, value, lengths, flow):
    """TensorArraySplitV3."""
    for index, part in enumerate(np.split(value, np.cumsum(lengths)[:-1])):
        handle.item().add(index, part)
    return _FLOW


def concat(ctx, op, handle, flow):
    """TensorArrayConcatV3."""
    array = handle.item()
    parts = [array.at(op, i) for i in range(len(array.items))]
    return np.concatenate(parts), np.array([len(part) for part in parts], np.int64)


def size(ctx, op, handle, flow):
    """TensorArraySizeV3."""
    return np.int32(len(handle.item().items))


def close(ctx, op, handle):
    """TensorArrayCloseV3."""
    return ()


RULES = {"TensorArrayGradV3": rule.Host(make, because="gradients of an array are gathered on the host")}
