"""Small colour images of a hundred kinds of things, in twenty groups: 50,000 to train, 10,000 to test."""

import os

import numpy as np

from graphflow_keras.datasets.cifar import arranged, load_batch
from graphflow_keras.utils.data_utils import get_file


def load_data(label_mode="fine"):
    """Loads CIFAR-100, fetching it the first time.

    Args:
        label_mode: "fine" for the hundred kinds, "coarse" for the twenty groups.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 `[n, 32, 32, 3]` (or `[n, 3, 32, 32]`), and int64 `[n, 1]`.

    Raises:
        ValueError: another `label_mode`.

    Source: Krizhevsky, "Learning multiple layers of features from tiny images" (2009).
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(f'`label_mode` must be one of `"fine"`, `"coarse"`, and is {label_mode!r}')
    path = get_file("cifar-100-python", "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz", untar=True)
    parts = [load_batch(os.path.join(path, name), label_mode + "_labels") for name in ("train", "test")]
    train, test = ((arranged(images), np.reshape(labels, (-1, 1))) for images, labels in parts)
    return train, test
