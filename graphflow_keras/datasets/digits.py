"""Handwritten digits, 8 x 8, that come with scikit-learn: no network is needed. 1,797 in all."""

import numpy as np

from graphflow_keras import _extras


def load_data(test_split=0.2, seed=113):
    """Loads the digits, in the form of `mnist.load_data`.

    Args:
        test_split: float, 0 <= test_split < 1, the part that is for testing.
        seed: of the shuffle.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 `[n, 8, 8]`, 0 to 255, and uint8 `[n]`, the digit.

    Raises:
        ImportError: scikit-learn is not installed.
        ValueError: `test_split` out of its range.

    Source: Alpaydin, Kaynak, "Optical recognition of handwritten digits" (1998), UCI repository.
    """
    if not 0 <= test_split < 1:
        raise ValueError(f"`test_split` must be at least 0 and below 1, and is {test_split}")
    digits = _extras.load("sklearn.datasets", "examples", "datasets.digits").load_digits()
    order = np.random.RandomState(seed).permutation(len(digits.target))
    images = np.round(digits.images[order] * (255 / 16)).astype("uint8")
    labels = digits.target[order].astype("uint8")
    split = int(len(order) * (1 - test_split))
    return (images[:split], labels[:split]), (images[split:], labels[split:])
