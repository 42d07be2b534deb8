"""TensorArrays of what no compiled program can hold, texts: lists on the host. Elements may have different shapes."""

from __future__ import annotations

import numpy as np

from graphflow._core import errors
from graphflow._lowering import emit


class HostTensorArray:
    """An immutable list of arrays; None stands where nothing was written.

    Attributes:
        items: tuple of NumPy arrays or None.
        dynamic_size: whether a write past the end makes it longer.
    """

    __slots__ = ("items", "dynamic_size")

    def __init__(self, items, dynamic_size):
        self.items, self.dynamic_size = tuple(items), dynamic_size

    def with_items(self, op, indices, values):
        """The array with `values` at `indices`."""
        items = list(self.items)
        for index, value in zip(indices, values):
            if index < 0 or (index >= len(items) and not self.dynamic_size):
                raise errors.InvalidArgumentError(
                    None, op, f"Tried to write to index {index} but array is not resizeable and size is: {len(items)}"
                )
            items += [None] * (index + 1 - len(items))
            items[index] = np.asarray(value, object)
        return HostTensorArray(items, self.dynamic_size)

    def at(self, op, index):
        """The element at an index."""
        if not 0 <= index < len(self.items):
            raise errors.InvalidArgumentError(
                None, op, f"Tried to read from index {index} but array size is: {len(self.items)}"
            )
        if self.items[index] is None:
            raise errors.InvalidArgumentError(
                None, op, f"Could not read from TensorArray index {index} because it has not been written"
            )
        return self.items[index]


def make(ctx, op, size):
    """TensorArrayV3."""
    return emit.Ref(f"TensorArray {op.name}"), HostTensorArray([None] * int(size), op.attrs["dynamic_size"])


def read(ctx, op, handle, index, flow):
    """TensorArrayReadV3."""
    return flow.at(op, int(index))


def write(ctx, op, handle, index, value, flow):
    """TensorArrayWriteV3."""
    return flow.with_items(op, [int(index)], [value])


def gather(ctx, op, handle, indices, flow):
    """TensorArrayGatherV3."""
    items = [flow.at(op, i) for i in indices.tolist()]
    if not items:
        return np.empty((0, *[d or 0 for d in op.attrs["element_shape"] or ()]), object)
    return np.stack(items)


def scatter(ctx, op, handle, indices, value, flow):
    """TensorArrayScatterV3."""
    rows = [value[i : i + 1].reshape(value.shape[1:]) for i in range(len(value))]
    return flow.with_items(op, indices.tolist(), rows)


def split(ctx, op, handle, value, lengths, flow):
    """TensorArraySplitV3."""
    return flow.with_items(op, range(len(lengths)), np.split(value, np.cumsum(lengths)[:-1]))


def concat(ctx, op, handle, flow):
    """TensorArrayConcatV3."""
    items = [flow.at(op, i) for i in range(len(flow.items))]
    return np.concatenate(items), np.array([len(item) for item in items], np.int64)


def size(ctx, op, handle, flow):
    """TensorArraySizeV3."""
    return np.int32(len(flow.items))
