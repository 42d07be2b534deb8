"""Datasets whose elements are made of several of another's: batches, windows; and rows of elements."""

from __future__ import annotations

import collections
import itertools

import numpy as np

from graphflow._core import errors, shapes
from graphflow._lowering import dataset_maps, dataset_values

END = dataset_values.END
_BYTES_AT_ONCE, _MOST_AT_ONCE = 1 << 20, 16  # bytes, batches


class Batch(dataset_values.Of):
    """So many elements stacked as one."""

    def __init__(self, source, op, size, drop):
        super().__init__(source)
        self.op, self.size, self.drop = op, size, drop

    def stream(self, run):
        if self.source.chunked(run):
            return self._of_chunks(self.source.chunks(run, self.size * self._at_once()))
        return self._of_elements(run)

    def _of_elements(self, run):
        stream = self.source.stream(run)

        def pull():
            elements = list(itertools.islice(stream, self.size))
            if not elements or self.drop and len(elements) < self.size:
                return END
            return tuple([self._stacked(i, parts) for i, parts in enumerate(zip(*elements))])

        return iter(pull, END)

    def _at_once(self):
        """How many batches are made at once, which costs less than one by one where they are small."""
        rows = [dims and shapes.num_elements(dims[1:]) for dims in self.op.attrs["output_shapes"]]
        if None in rows:
            return 1
        size = sum(n * t.size for n, t in zip(rows, self.op.attrs["output_types"])) * self.size
        return min(_MOST_AT_ONCE, max(1, _BYTES_AT_ONCE // max(1, size)))

    def _of_chunks(self, chunks):
        """Batches of chunks, which may be of any length."""
        left = None

        def pull():
            nonlocal left
            parts, missing = [], self.size
            while missing:
                if left is None or not len(left[0]):
                    left = next(chunks, None)
                    if left is None:
                        break
                parts.append([a[:missing] for a in left])
                left = [a[missing:] for a in left]
                missing -= len(parts[-1][0])
            if not parts or self.drop and missing:
                return END
            return tuple(parts[0] if len(parts) == 1 else map(np.concatenate, zip(*parts)))

        return iter(pull, END)

    def _stacked(self, i, parts):
        first = parts[0].shape
        for n, part in enumerate(parts):
            if part.shape != first:
                raise errors.InvalidArgumentError(
                    None, self.op, f"Cannot batch tensors with different shapes in component {i}. First element had shape "
                    f"{list(first)} and element {n} had shape {list(part.shape)}."
                )  # fmt: skip
        return np.stack(parts)

    @property
    def cardinality(self):
        size = self.source.cardinality
        return size if size < 0 else size // self.size if self.drop else -(-size // self.size)


class PaddedBatch(Batch):
    """So many elements filled up to one shape, stacked as one.

    Args:
        shapes: the shape of each component, -1 for the largest size that comes.
        values: what fills up.
    """

    def __init__(self, source, op, size, shapes, values, drop):
        super().__init__(source, op, size, drop)
        self.shapes, self.values = [tuple(map(int, s)) for s in shapes], values

    def stream(self, run):
        return self._of_elements(run)  # what has to be filled up is no array yet

    def _stacked(self, i, parts):
        wanted = self.shapes[i]
        if any(part.ndim != len(wanted) for part in parts):
            raise errors.InvalidArgumentError(
                None, self.op, f"All elements in a batch must have the same rank as the padded shape for component{i}: "
                f"expected rank {len(wanted)} but got element with rank {next(p.ndim for p in parts if p.ndim != len(wanted))}"
            )  # fmt: skip
        largest = np.max([part.shape for part in parts], axis=0)
        for axis, size in enumerate(wanted):
            if 0 <= size < largest[axis]:
                raise errors.DataLossError(None, self.op, "Attempted to pad to a smaller size than the input element.")
        shape = [int(m) if size < 0 else size for size, m in zip(wanted, largest)]
        out = np.full((len(parts), *shape), self.values[i].item(), parts[0].dtype)
        for n, part in enumerate(parts):
            out[(n, *map(slice, part.shape), ...)] = part  # the dots: a single text must not enter as an array
        return out


class Window(dataset_values.Of):
    """Datasets of so many elements each, one for each component."""

    def __init__(self, source, size, shift, stride, drop):
        super().__init__(source)
        self.size, self.shift, self.stride, self.drop = size, shift, stride, drop

    def stream(self, run):
        stream, held, over = self.source.stream(run), collections.deque(), False
        span = (self.size - 1) * self.stride + 1
        waiting = 0  # elements between two windows

        def pull():
            nonlocal over, waiting
            while not over and (len(held) < span or waiting):
                element = next(stream, END)
                if element is END:
                    over = True
                elif waiting:
                    waiting -= 1
                else:
                    held.append(element)
            if not held or self.drop and len(held) < span:
                return END
            window = [held[i] for i in range(0, min(span, len(held)), self.stride)]
            for _ in range(min(self.shift, len(held))):
                held.popleft()
            waiting = max(0, self.shift - span)
            return tuple(map(self._whole, zip(*window)))

        return iter(pull, END)

    def _whole(self, parts):
        """A component of several elements as one."""
        return dataset_maps.variant(dataset_maps.Elements([(part,) for part in parts]))

    cardinality = dataset_values.UNKNOWN


class SlidingBatch(Window):
    """So many elements stacked as one, each behind the one before; what is left at the end is left out."""

    def __init__(self, source, op, size, shift, stride):
        super().__init__(source, size, shift, stride, True)
        self.op = op

    def _whole(self, parts):
        if len({part.shape for part in parts}) > 1:
            raise errors.InvalidArgumentError(
                None,
                self.op,
                "Cannot batch tensors with different shapes: " + ", ".join(str(list(p.shape)) for p in parts),
            )
        return np.stack(parts)


class Unbatch(dataset_values.Of):
    """The rows of the elements."""

    cardinality = dataset_values.UNKNOWN

    def __init__(self, source, op):
        super().__init__(source)
        self.op = op

    def stream(self, run):
        return dataset_values.one_by_one(map(self._checked, self.source.stream(run)))

    def _checked(self, element):
        if any(c.ndim == 0 for c in element):
            raise errors.InvalidArgumentError(
                None, self.op, "Input element must have a non-scalar value in each component."
            )
        if len({len(c) for c in element}) > 1:
            raise errors.InvalidArgumentError(
                None, self.op, "Input element must have the same batch size in each component. Components had sizes "
                f"{' and '.join(str(len(c)) for c in element)}."
            )  # fmt: skip
        return element


class DenseToSparse(Batch):
    """So many tensors as one sparse tensor with a first axis more; `row_shape` holds -1 for the largest size that comes."""

    def __init__(self, source, op, size, row_shape):
        super().__init__(source, op, size, False)
        self.row_shape = [int(size) for size in row_shape]

    def stream(self, run):
        stream = self.source.stream(run)

        def pull():
            rows = [element[0] for element in itertools.islice(stream, self.size)]
            return (self._sparse(rows),) if rows else END

        return iter(pull, END)

    def _sparse(self, rows):
        shape = [max([r.shape[i] for r in rows]) if size < 0 else size for i, size in enumerate(self.row_shape)]
        if any(r.ndim != len(shape) or any(a > b for a, b in zip(r.shape, shape)) for r in rows):
            raise errors.DataLossError(None, self.op, "Input element had shape that is larger than the row shape")
        indices = [np.insert(np.indices(r.shape).reshape(r.ndim, -1).T, 0, n, axis=1) for n, r in enumerate(rows)]
        out = np.empty(3, object)
        out[0] = np.concatenate(indices).astype(np.int64)
        out[1] = np.concatenate([r.reshape(-1) for r in rows])
        out[2] = np.array([len(rows), *shape], np.int64)
        return out
