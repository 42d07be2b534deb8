"""Small data sets in CSV files."""

from __future__ import annotations

import collections
import csv

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
