"""Input functions over arrays and tables in memory."""

from __future__ import annotations

import collections
import uuid

import numpy as np

from graphflow._estimator import feeding

_TARGET = "__target_key__"


def _check_shuffle(shuffle):
    if not isinstance(shuffle, bool):
        raise ValueError(
            "shuffle must be provided and explicitly set as boolean (it is recommended to set it as True for training); got "
            f"{shuffle}"
        )


def _features(x):
    """The features as an ordered dict of arrays."""
    if isinstance(x, dict):
        if not x:
            raise ValueError("x cannot be an empty dict")
        return collections.OrderedDict(sorted(x.items()))
    if isinstance(x, np.ndarray):
        if not x.size:
            raise ValueError("x cannot be an empty array")
        return collections.OrderedDict(__direct_np_input__=x)
    raise TypeError(f"x must be a dict or array; got {type(x).__name__}")


def numpy_input_fn(x, y=None, batch_size=128, num_epochs=1, shuffle=None, queue_capacity=1000, num_threads=1):
    """An input function over arrays.

    Args:
        x: an array, or a dict of arrays, of one length.
        y: labels of that length, an array or a dict of arrays; None for none.
        batch_size: rows in a batch; the last one of the last epoch may be smaller.
        num_epochs: how often the data is gone through; for ever when None.
        shuffle: bool, must be given.
        queue_capacity, num_threads: of the queue behind it.

    Returns:
        a function without arguments that returns features, or (features, labels), as tensors.

    Raises:
        ValueError: `shuffle` is not said; when called, lengths differ or names are given twice. TypeError: `x` is no array.
    """
    _check_shuffle(shuffle)

    def input_fn():
        columns = _features(x)
        names, labels = list(columns), []
        if isinstance(y, dict):
            if not y:
                raise ValueError("y cannot be empty dict, use None instead.")
            labels = sorted(y)
            if twice := set(names) & set(labels):
                raise ValueError(f"{len(twice)} duplicate keys are found in both x and y: {twice}")
            columns.update((label, y[label]) for label in labels)
        elif y is not None:
            key = _TARGET
            while key in columns:
                key += "_n"
            labels = [key]
            columns[key] = y
        if len({value.shape[0] for value in columns.values()}) != 1:
            raise ValueError(
                "Length of tensors in x and y is mismatched. All elements in x and y must have the same length.\n"
                f"Shapes in x: { {name: columns[name].shape for name in names} }\n"
                f"Shapes in y: { {name: columns[name].shape for name in labels} }\n"
            )
        queue = feeding.enqueue_data(
            columns, queue_capacity, shuffle=shuffle, num_threads=num_threads, enqueue_size=batch_size,
            num_epochs=num_epochs,
        )  # fmt: skip
        _, *batch = queue.dequeue_many(batch_size) if num_epochs is None else queue.dequeue_up_to(batch_size)
        features = dict(zip(names, batch, strict=False)) if isinstance(x, dict) else batch[0]
        if y is None:
            return features
        return features, dict(zip(labels, batch[len(names) :], strict=True)) if isinstance(y, dict) else batch[-1]

    return input_fn


def pandas_input_fn(
    x, y=None, batch_size=128, num_epochs=1, shuffle=None, queue_capacity=1000, num_threads=1, target_column="target"
):  # fmt: skip
    """An input function over a data frame.

    Args:
        x: a pandas.DataFrame of features.
        y: a pandas.Series or DataFrame of labels with the same index; None for none.
        target_column: a name for the labels that no feature has.
        batch_size, num_epochs, shuffle, queue_capacity, num_threads: as of `numpy_input_fn`; a capacity of None is that of
            the data.

    Returns:
        a function without arguments that returns a dict of features, or (features, labels), as tensors.

    Raises:
        TypeError: `x` is no data frame. ValueError: `shuffle` is not said, names or indices do not fit.
    """
    if not feeding.is_data_frame(x):
        raise TypeError(f"x must be a pandas.DataFrame; got {type(x).__name__}")
    _check_shuffle(shuffle)
    if not isinstance(target_column, str):
        raise TypeError("target_column must be a string type")
    x, targets = x.copy(), None
    if y is not None:
        if target_column in x:
            raise ValueError(
                f"Cannot use name {target_column} for target column: DataFrame already has a column with that name: {x.columns}"
            )
        if not np.array_equal(x.index, y.index):
            raise ValueError(f"Index for x and y are mismatched.\nIndex for x: {x.index}\nIndex for y: {y.index}\n")
        if feeding.is_data_frame(y):
            targets = {name: f"{name}_{uuid.uuid4()}" if name in x else name for name in y}
            for name, column in targets.items():
                x[column] = y[name]
        else:
            x[target_column] = y
    if queue_capacity is None:
        queue_capacity = 4 * len(x) if shuffle else len(x)

    def input_fn():
        queue = feeding.enqueue_data(
            x, queue_capacity, shuffle=shuffle, min_after_dequeue=max(queue_capacity / 4, 1), num_threads=num_threads,
            enqueue_size=batch_size, num_epochs=num_epochs,
        )  # fmt: skip
        _, *batch = queue.dequeue_many(batch_size) if num_epochs is None else queue.dequeue_up_to(batch_size)
        features = dict(zip(x.columns, batch, strict=True))
        if y is None:
            return features
        if targets is None:
            return features, features.pop(target_column)
        labels = {name: features.pop(column) for name, column in targets.items()}
        return features, labels

    return input_fn
