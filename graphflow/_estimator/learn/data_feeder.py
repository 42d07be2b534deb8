"""Arrays as input: placeholders, and a function that feeds them batch by batch."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes
from graphflow._ops import array

_SEED = 42  # the order in which `fit` goes through arrays is the same in every program


def _array(values):
    values = values.values if hasattr(values, "iloc") else values
    values = np.asarray(list(values) if hasattr(values, "__next__") else values)
    return values.astype(np.float32) if values.dtype == np.float64 else values


class DataFeeder:
    """Batches of arrays, row by row.

    Args:
        x, y: an array, or a dict of arrays, of one length; `y` may be None.
        batch_size: rows in a batch, all of them when None.
        shuffle: whether rows come in random order.
        epochs: how often they are gone through; for ever when None.
    """

    def __init__(self, x, y, batch_size=None, shuffle=True, epochs=None):
        self._given = {"input": x, "output": y}
        self._columns = {
            name: {key: _array(value) for key, value in (given if isinstance(given, dict) else {None: given}).items()}
            for name, given in self._given.items() if given is not None
        }  # fmt: skip
        self._rows = len(next(iter(self._columns["input"].values())))
        self._batch_size, self._epochs = batch_size or self._rows, epochs
        self._random, self._shuffle = np.random.RandomState(_SEED), shuffle
        self._done, self._next, self._order = 0, 0, self._new_order()
        self._placeholders = {}

    def _new_order(self):
        return self._random.permutation(self._rows) if self._shuffle else np.arange(self._rows)

    def input_fn(self):
        """The placeholders: (features, labels), labels None where there are none."""
        self._placeholders = {}
        return self._made("input"), self._made("output")

    def _made(self, name):
        if name not in self._columns:
            return None
        made = {}
        for key, values in self._columns[name].items():
            shape = [None, *values.shape[1:]]
            made[key] = array.placeholder(
                dtypes.as_dtype(values.dtype), shape, name=name if key is None else f"{name}_{key}"
            )
            self._placeholders[made[key]] = values
        return made if isinstance(self._given[name], dict) else made[None]

    def feed_fn(self):
        """What to feed for the next batch; StopIteration at the end."""
        if self._epochs is not None and self._done >= self._epochs:
            raise StopIteration
        rows = self._order[self._next : self._next + self._batch_size]
        self._next += len(rows)
        if self._next >= self._rows:
            self._next, self._done, self._order = 0, self._done + 1, self._new_order()
        return {placeholder: values[rows] for placeholder, values in self._placeholders.items()}
