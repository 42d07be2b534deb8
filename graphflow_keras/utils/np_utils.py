"""Labels as one-hot rows, rows of length one."""

import numpy as np


def to_categorical(y, num_classes=None, dtype="float32"):
    """Class numbers as one-hot vectors.

    Args:
        y: int `[...]` or `[..., 1]`, class numbers.
        num_classes: int; the largest number plus one when None.

    Returns:
        `[..., num_classes]` of `dtype`.

    Raises:
        IndexError: a class number that is not below `num_classes`.
    """
    y = np.array(y, dtype="int")
    if y.ndim > 1 and y.shape[-1] == 1:
        y = y[..., 0]
    classes = num_classes or int(np.max(y)) + 1
    one_hot = np.zeros((y.size, classes), dtype)
    one_hot[np.arange(y.size), y.ravel()] = 1
    return one_hot.reshape((*y.shape, classes))


def normalize(x, axis=-1, order=2):
    """Vectors along `axis` divided by their norm of that order; zeros stay zeros."""
    norm = np.atleast_1d(np.linalg.norm(x, order, axis))
    norm[norm == 0] = 1
    return x / np.expand_dims(norm, axis)
