"""Pictures of clothes, 28 x 28, of ten kinds: 60,000 to train, 10,000 to test."""

import os

from graphflow_keras.datasets import _files
from graphflow_keras.utils.data_utils import get_file

_ORIGIN = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
_FOLDER = os.path.join("datasets", "fashion-mnist")


def load_data():
    """Loads Fashion-MNIST, fetching it the first time.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 `[n, 28, 28]`, 0 to 255, and uint8 `[n]`: 0 T-shirt, 1 trousers,
        2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag, 9 ankle boot.

    Source: Xiao, Rasul, Vollgraf, "Fashion-MNIST" (2017), arXiv:1708.07747.
    """
    return _part("train"), _part("t10k")


def _part(name):
    files = [f"{name}-images-idx3-ubyte.gz", f"{name}-labels-idx1-ubyte.gz"]
    images, labels = (_files.read_idx(get_file(file, origin=_ORIGIN + file, cache_subdir=_FOLDER)) for file in files)
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        raise ValueError(
            f"{files[0]} has the shape {images.shape} and {files[1]} {labels.shape}: not one label for each image"
        )
    return images, labels
