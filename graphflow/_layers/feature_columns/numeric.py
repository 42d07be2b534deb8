"""Columns of numbers: as they are, and in buckets."""

from __future__ import annotations

import collections

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build, sparse_tensor
from graphflow._layers.feature_columns import columns
from graphflow._ops import array, choosing, features, joining, math, rearrange


def numeric_column(key, shape=(1,), default_value=None, dtype=dtypes.float32, normalizer_fn=None):
    """Numbers, taken as float32.

    Args:
        key: of the feature, and the column's name.
        shape: of one row.
        default_value: for examples without the feature: a number, or numbers of that shape; an error when None.
        dtype: of the feature in an Example.
        normalizer_fn: a function tensor -> tensor put before.

    Raises:
        ValueError, TypeError: an argument is none of those.
    """
    dims = columns.plain_shape(shape, key)
    dtype = dtypes.as_dtype(dtype)
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {dtype}, key: {key}")
    default_value = _default(dims, default_value, dtype, key)
    if normalizer_fn is not None and not callable(normalizer_fn):
        raise TypeError(f"normalizer_fn must be a callable. Given: {normalizer_fn}")
    columns.check_key(key)
    return NumericColumn(key, dims, default_value, dtype, normalizer_fn)


def _default(dims, value, dtype, key):
    """The default of a column as nested tuples of its shape."""
    if value is None:
        return None
    array_of = np.asarray(value)
    fits = array_of.dtype.kind in "iu" or (array_of.dtype.kind == "f" and dtype.is_floating)
    if not fits:
        raise TypeError(
            f"default_value must be compatible with dtype. default_value: {value}, dtype: {dtype}, key: {key}"
        )
    if array_of.ndim and array_of.shape != dims:
        raise ValueError(
            f"The shape of default_value must be equal to given shape. default_value: {value}, shape: {dims}, key: {key}"
        )
    return _tuples(np.broadcast_to(array_of, dims).tolist())


def _tuples(value):
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


class NumericColumn(
    columns.DenseColumn,
    collections.namedtuple("NumericColumn", ("key", "shape", "default_value", "dtype", "normalizer_fn")),
):
    """`numeric_column`."""

    @property
    def name(self):
        return self.key

    @property
    def parse_example_spec(self):
        return {self.key: features.FixedLenFeature(self.shape, self.dtype, self.default_value)}

    def transform(self, features):
        feature = features.get(self.key)
        if isinstance(feature, sparse_tensor.SparseTensor):
            raise ValueError(
                f"The feature of a numeric column must be a Tensor, not a SparseTensor. key: {self.key}. "
                "`tf.sparse.to_dense` makes one"
            )
        if self.normalizer_fn is not None:
            feature = self.normalizer_fn(feature)
        return math.cast(feature, dtypes.float32)

    @property
    def variable_shape(self):
        return shapes.TensorShape(self.shape)


def bucketized_column(source_column, boundaries):
    """The bucket of each number between the boundaries: `(-inf, b0) [b0, b1) ... [bn, inf)`.

    It serves as a dense column, one-hot, and as a categorical one.

    Args:
        source_column: a numeric column of one axis.
        boundaries: an ascending list or tuple.

    Raises:
        ValueError: an argument is none of those.
    """
    if not isinstance(source_column, NumericColumn):
        raise ValueError(f"source_column must be a column generated with numeric_column(). Given: {source_column}")
    if len(source_column.shape) > 1:
        raise ValueError(f"source_column must be one-dimensional column. Given: {source_column}")
    if not boundaries:
        raise ValueError("boundaries must not be empty.")
    if not isinstance(boundaries, (list, tuple)) or any(a >= b for a, b in zip(boundaries, boundaries[1:])):
        raise ValueError(f"boundaries must be a sorted list. Given: {boundaries}")
    return BucketizedColumn(source_column, tuple(boundaries))


class BucketizedColumn(
    columns.DenseColumn,
    columns.CategoricalColumn,
    collections.namedtuple("BucketizedColumn", ("source_column", "boundaries")),
):
    """`bucketized_column`."""

    @property
    def name(self):
        return f"{self.source_column.name}_bucketized"

    @property
    def parse_example_spec(self):
        return self.source_column.parse_example_spec

    def transform(self, features):
        return build.apply("Bucketize", features.get(self.source_column), boundaries=list(self.boundaries))

    @property
    def variable_shape(self):
        return shapes.TensorShape((*self.source_column.shape, len(self.boundaries) + 1))

    @property
    def num_buckets(self):
        return (len(self.boundaries) + 1) * self.source_column.shape[0]

    def dense_tensor(self, features, weights):
        buckets = math.cast(features.get(self), dtypes.int64)
        return choosing.one_hot(buckets, len(self.boundaries) + 1, on_value=1.0, off_value=0.0)

    def sparse_tensors(self, features):
        """Each number's bucket as an id of its own: those of the i-th number follow those of the one before."""
        buckets = features.get(self)
        batch, size = array.shape(buckets)[0], self.source_column.shape[0]
        rows = array.reshape(rearrange.tile(array.expand_dims(math.range(0, batch), 1), [1, size]), (-1,))
        places = rearrange.tile(math.range(0, size), [batch])
        ids = array.reshape(buckets, (-1,)) + (len(self.boundaries) + 1) * places
        indices = math.cast(rearrange.transpose(joining.stack((rows, places))), dtypes.int64)
        dense_shape = math.cast(joining.stack([batch, size]), dtypes.int64)
        return columns.IdWeightPair(sparse_tensor.SparseTensor(indices, ids, dense_shape), None)
