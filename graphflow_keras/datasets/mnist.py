"""Handwritten digits, 28 x 28: 60,000 to train, 10,000 to test."""

from graphflow_keras.datasets import _files
from graphflow_keras.utils.data_utils import get_file


def load_data(path="mnist.npz"):
    """Loads MNIST, fetching it the first time.

    Args:
        path: name of the file in ~/.keras/datasets, or an absolute path.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 `[n, 28, 28]`, 0 to 255, and uint8 `[n]`, the digit.

    Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits".
    """
    path = get_file(
        path,
        origin="https://s3.amazonaws.com/img-datasets/mnist.npz",
        file_hash="8a61469f7ea1b51cbae51d4f78837e45",
    )
    x_train, y_train, x_test, y_test = _files.read_npz(path, ["x_train", "y_train", "x_test", "y_test"])
    return (x_train, y_train), (x_test, y_test)
