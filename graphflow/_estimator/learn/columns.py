"""Feature columns as `tf.contrib.learn` takes them: real-valued ones for all numbers of the features."""

from __future__ import annotations

from graphflow._contrib.feature_columns import layers
from graphflow._estimator.learn import data_feeder
from graphflow._graph import graph as graph_lib


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
        return layers.infer_real_valued_columns(features)


def as_dict(features):
    """The features by key; a lone tensor has the key ''."""
    return dict(features) if isinstance(features, dict) else {"": features}
