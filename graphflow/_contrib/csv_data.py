"""Small data sets in CSV files."""

from __future__ import annotations

import collections
import csv
import importlib

import numpy as np

from graphflow._files import gfile

Dataset = collections.namedtuple("Dataset", ["data", "target"])


def load_csv_with_header(filename, target_dtype, features_dtype, target_column=-1):
    """The rows of a file whose first line begins with the numbers of rows and features.

    Returns:
        Dataset of arrays: data `[rows, features]`, target `[rows]`.
    """
    with gfile.GFile(filename) as file:
        rows = csv.reader(file)
        count, features = (int(n) for n in next(rows)[:2])
        data, target = np.zeros((count, features), features_dtype), np.zeros((count,), target_dtype)
        for i, row in enumerate(rows):
            target[i] = np.asarray(row.pop(target_column), dtype=target_dtype)
            data[i] = np.asarray(row, dtype=features_dtype)
    return Dataset(data=data, target=target)


def load_csv_without_header(filename, target_dtype, features_dtype, target_column=-1):
    """As `load_csv_with_header`, for a file that has rows only."""
    data, target = [], []
    with gfile.GFile(filename) as file:
        for row in csv.reader(file):
            target.append(row.pop(target_column))
            data.append(np.asarray(row, dtype=features_dtype))
    return Dataset(data=np.array(data), target=np.array(target, dtype=target_dtype))


def load_iris(data_path=None):
    """Fisher's 150 irises: data `[150, 4]` in cm, target `[150]` in 0, 1, 2; from a CSV file, or from scikit-learn.

    Raises:
        ModuleNotFoundError: there is no file, and no scikit-learn.
    """
    if data_path is not None:
        return load_csv_with_header(data_path, np.int64, np.float64)
    try:
        datasets = importlib.import_module("sklearn.datasets")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "the irises come with scikit-learn: pip install 'graphflow[examples]', or name a CSV file, load_iris(data_path)"
        ) from error
    found = datasets.load_iris()
    data = np.array(found.data)
    # Two flowers as the UCI repository has them, and TensorFlow with it; scikit-learn has corrected them since.
    data[34], data[37] = (4.9, 3.1, 1.5, 0.1), (4.9, 3.1, 1.5, 0.1)
    return Dataset(data, np.asarray(found.target, np.int64))


def load_boston(data_path=None):
    """The houses of Boston in a CSV file: data `[506, 13]`, target `[506]`.

    Raises:
        ValueError: no file is named.
    """
    if data_path is None:
        raise ValueError(
            "load_boston needs the path of a CSV file here; keras.datasets.boston_housing.load_data() downloads the same houses"
        )
    return load_csv_with_header(data_path, np.float64, np.float64)
