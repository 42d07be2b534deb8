"""What values of rows of different lengths have in common, and such a value as arrays."""

from __future__ import annotations

import numpy as np


class Rows:
    """What follows from `values`, which may hold rows themselves, and `row_splits`."""

    @property
    def flat_values(self):
        """The innermost values."""
        return self.values.flat_values if isinstance(self.values, Rows) else self.values

    @property
    def nested_row_splits(self):
        """The row splits of all ragged axes, the outermost first."""
        return (self.row_splits, *(self.values.nested_row_splits if isinstance(self.values, Rows) else ()))

    @property
    def ragged_rank(self):
        """The number of ragged axes."""
        return len(self.nested_row_splits)


class RaggedTensorValue(Rows):
    """The value of a RaggedTensor: arrays, or a RaggedTensorValue as `values`.

    Args:
        values: an array, or the value of the rows' own rows.
        row_splits: an int32 or int64 vector; row i is `values[row_splits[i]:row_splits[i + 1]]`.

    Raises:
        TypeError: `row_splits` is no such vector.
    """

    def __init__(self, values, row_splits):
        row_splits = np.asarray(row_splits)
        if row_splits.ndim != 1 or row_splits.dtype not in (np.int32, np.int64):
            raise TypeError(
                f"row_splits must be a vector of int32 or int64, got {row_splits.dtype}{list(row_splits.shape)}"
            )
        self._values, self._row_splits = values, row_splits

    values = property(lambda self: self._values, doc="The rows one after the other.")
    row_splits = property(lambda self: self._row_splits, doc="Where rows begin and end.")
    dtype = property(lambda self: self._values.dtype, doc="The type of the elements.")

    @property
    def shape(self):
        """The sizes, None for those that differ from row to row."""
        return (len(self._row_splits) - 1, None, *self._values.shape[1:])

    def to_list(self):
        """Nested lists."""
        rows = self._values.to_list() if isinstance(self._values, RaggedTensorValue) else self._values.tolist()
        return [rows[start:end] for start, end in zip(self._row_splits[:-1], self._row_splits[1:])]

    def __repr__(self):
        return f"tf.RaggedTensorValue(values={self._values!r}, row_splits={self._row_splits!r})"

    def __str__(self):
        return f"<tf.RaggedTensorValue {self.to_list()}>"


def assembled(flat_values, *nested_row_splits):
    """A RaggedTensorValue of fetched parts; the flat values alone where there are no splits."""
    for splits in reversed(nested_row_splits):
        flat_values = RaggedTensorValue(flat_values, splits)
    return flat_values
