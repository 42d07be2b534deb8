"""Tables as arrays, and input functions with the defaults of `tf.contrib.learn`."""

from __future__ import annotations

import functools

from graphflow._core import errors
from graphflow._estimator import feeding, inputs

numpy_input_fn = functools.partial(inputs.numpy_input_fn, shuffle=True)
pandas_input_fn = functools.partial(inputs.pandas_input_fn, shuffle=True)


def _checked(data, what):
    bad = [f"'{name}' type='{data[name].dtype.name}'" for name in data if data[name].dtype.kind not in "iufb"]
    if bad:
        raise ValueError(f"Data types for extracting {what} must be int, float, or bool. Found: {', '.join(bad)}")
    return data


def extract_pandas_data(data):
    """A data frame's numbers as a float array; anything else as it is. ValueError for a column of something else."""
    return _checked(data, "pandas data").values.astype("float") if feeding.is_data_frame(data) else data


def extract_pandas_matrix(data):
    """A data frame's values as an array; anything else as it is."""
    return data.values if feeding.is_data_frame(data) else data


def extract_pandas_labels(labels):
    """The one column of a data frame as an array; anything else as it is. ValueError for several columns."""
    if not feeding.is_data_frame(labels):
        return labels
    if len(labels.columns) > 1:
        raise ValueError("Only one column for labels is allowed.")
    return _checked(labels, "labels").values


def extract_dask_data(data):
    """Data as it is: tables of dask are computed by `data.compute()` first."""
    if hasattr(data, "map_partitions"):
        raise errors.UnimplementedError(None, None, "a dask table is no input here: give data.compute()")
    return data


extract_dask_labels = extract_dask_data
