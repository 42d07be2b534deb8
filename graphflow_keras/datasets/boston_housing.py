"""Prices of houses around Boston in the 1970s, with 13 facts on each place: 506 in all."""

import numpy as np

from graphflow_keras.datasets import _files, _words
from graphflow_keras.utils.data_utils import get_file


def load_data(path="boston_housing.npz", test_split=0.2, seed=113):
    """Loads the prices, fetching them the first time.

    Args:
        path: name of the file in ~/.keras/datasets, or an absolute path.
        test_split: float, 0 <= test_split < 1, the part that is for testing.
        seed: of the shuffle; NumPy's global generator is set to it.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: float64 `[n, 13]` and `[n]`, thousands of dollars.

    Raises:
        ValueError: `test_split` out of its range.

    Source: Harrison, Rubinfeld, "Hedonic prices and the demand for clean air" (1978).
    """
    if not 0 <= test_split < 1:
        raise ValueError(f"`test_split` must be at least 0 and below 1, and is {test_split}")
    path = get_file(
        path,
        origin="https://s3.amazonaws.com/keras-datasets/boston_housing.npz",
        file_hash="f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
    )
    x, y = _files.read_npz(path, ["x", "y"])
    np.random.seed(seed)
    x, y = _words.shuffled(x, y)
    split = int(len(x) * (1 - test_split))
    return (x[:split], y[:split]), (x[split:], y[split:])
