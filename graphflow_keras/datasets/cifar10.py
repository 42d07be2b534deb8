"""Small colour images of ten kinds of things: 50,000 to train, 10,000 to test."""

import os

import numpy as np

from graphflow_keras.datasets.cifar import arranged, load_batch
from graphflow_keras.utils.data_utils import get_file


def load_data():
    """Loads CIFAR-10, fetching it the first time.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 `[n, 32, 32, 3]` (or `[n, 3, 32, 32]`), and `[n, 1]`, uint8 and
        int64: 0 airplane, 1 automobile, 2 bird, 3 cat, 4 deer, 5 dog, 6 frog, 7 horse, 8 ship, 9 truck.

    Source: Krizhevsky, "Learning multiple layers of features from tiny images" (2009).
    """
    path = get_file("cifar-10-batches-py", "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz", untar=True)
    batches = [load_batch(os.path.join(path, f"data_batch_{i}")) for i in range(1, 6)]
    x_train = np.concatenate([images for images, _ in batches])
    y_train = np.concatenate([labels for _, labels in batches]).astype("uint8")
    x_test, y_test = load_batch(os.path.join(path, "test_batch"))
    return (arranged(x_train), y_train.reshape(-1, 1)), (arranged(x_test), np.reshape(y_test, (-1, 1)))
