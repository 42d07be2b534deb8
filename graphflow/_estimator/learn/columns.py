"""The columns that `infer_real_valued_columns_from_input` gives: all numbers of the features, under no name."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes
from graphflow._estimator.learn import data_feeder
from graphflow._graph import graph as graph_lib
from graphflow._layers.feature_columns import layers, numeric
from graphflow._ops import array, math


def infer_real_valued_columns_from_input(x):
    """One column for the numbers of an array `[rows, numbers]`; one a key for a dict of arrays.

    Raises:
        ValueError: there are no numbers.
    """
    feeder = data_feeder.DataFeeder(x, None)
    return infer_real_valued_columns_from_input_fn(feeder.input_fn)


def infer_real_valued_columns_from_input_fn(input_fn):
    """As `infer_real_valued_columns_from_input`, for what an input function returns."""
    with graph_lib.Graph().as_default():
        features, _ = input_fn()
    return [_column(key, tensor) for key, tensor in sorted(as_dict(features).items())]


def _column(key, tensor):
    if not (tensor.dtype.is_floating or tensor.dtype.is_integer):
        raise ValueError(f"Feature {key!r} is no number but {tensor.dtype!r}.")
    dims = tensor.get_shape().as_list()[1:]
    return numeric.NumericColumn(key, (int(np.prod(dims, dtype=int)),), None, dtypes.float32, None)


def as_dict(features):
    """The features by key; a lone tensor has the key ''."""
    return dict(features) if isinstance(features, dict) else {"": features}


def input_layer(features, feature_columns):
    """The numbers of all columns, `[batch, numbers]`."""
    if all(column.name for column in feature_columns):
        return layers.input_layer(features, feature_columns)
    parts = []
    for column in sorted(feature_columns, key=lambda column: column.name):
        numbers = math.to_float(features[column.name])
        parts.append(array.reshape(numbers, [-1, column.variable_shape.num_elements()]))
    return parts[0] if len(parts) == 1 else array.concat(parts, 1)
