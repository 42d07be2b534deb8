"""Real-valued and bucketized columns of `tf.contrib.layers`."""

from __future__ import annotations

import collections

from graphflow._contrib.feature_columns import base
from graphflow._core import dtypes, shapes
from graphflow._graph import build, sparse_tensor
from graphflow._layers.feature_columns import columns
from graphflow._ops import array, choosing, features, joining, math, rearrange

SparseTensor = sparse_tensor.SparseTensor


def real_valued_column(column_name, dimension=1, default_value=None, dtype=dtypes.float32, normalizer=None):
    """Numbers, `dimension` of them.

    Args:
        default_value: for examples without the feature: a number, or a list of `dimension` numbers; an error when None.
        dtype: of the feature in an Example.
        normalizer: a function tensor -> tensor put before.

    Raises:
        TypeError, ValueError: an argument is none of those.
    """
    if not isinstance(dimension, int):
        raise TypeError(f"dimension must be an integer. dimension: {dimension}, column_name: {column_name}")
    if dimension < 1:
        raise ValueError(f"dimension must be greater than 0. dimension: {dimension}, column_name: {column_name}")
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {dtype}, column_name: {column_name}")
    if default_value is None:
        return RealValuedColumn(column_name, dimension, None, dtype, normalizer)
    values = default_value if isinstance(default_value, list) else [default_value] * dimension
    if len(values) != dimension:
        raise ValueError(
            f"The length of default_value must be equal to dimension. default_value: {default_value}, dimension: "
            f"{dimension}, column_name: {column_name}"
        )
    fits = (int, float) if dtype.is_floating else int
    if not all(isinstance(value, fits) for value in values):
        raise TypeError(
            f"default_value must be compatible with dtype. default_value: {default_value}, dtype: {dtype}, column_name: "
            f"{column_name}"
        )
    return RealValuedColumn(
        column_name, dimension, tuple(map(float if dtype.is_floating else int, values)), dtype, normalizer
    )


class RealValuedColumn(
    base.OldColumn,
    columns.DenseColumn,
    collections.namedtuple("RealValuedColumn", ["column_name", "dimension", "default_value", "dtype", "normalizer"]),
):
    """`real_valued_column`."""

    _functions = ("normalizer",)

    @property
    def name(self):
        return self.column_name

    @property
    def parse_example_spec(self):
        default = None if self.default_value is None else list(self.default_value)
        return {self.column_name: features.FixedLenFeature([self.dimension], self.dtype, default)}

    @property
    def variable_shape(self):
        return shapes.TensorShape([self.dimension])

    def transform(self, features):
        feature = features.get(self.column_name)
        return math.cast(feature if self.normalizer is None else self.normalizer(feature), dtypes.float32)


def bucketized_column(source_column, boundaries):
    """The bucket of each number of a real-valued column between ascending boundaries.

    Raises:
        TypeError: another column. ValueError: `boundaries` is no ascending list.
    """
    if not isinstance(source_column, RealValuedColumn):
        raise TypeError(f"source_column must be an instance of RealValuedColumn. source_column: {source_column}")
    if not isinstance(boundaries, (list, tuple)) or not boundaries:
        raise ValueError(f"boundaries must be a non-empty list or tuple. boundaries: {boundaries}")
    if any(a > b for a, b in zip(boundaries, boundaries[1:])):
        raise ValueError(f"boundaries must be a sorted list. boundaries: {boundaries}")
    return BucketizedColumn(source_column, tuple(dict.fromkeys(boundaries)))


class BucketizedColumn(
    base.OldColumn,
    columns.DenseColumn,
    columns.CategoricalColumn,
    collections.namedtuple("BucketizedColumn", ["source_column", "boundaries"]),
):
    """`bucketized_column`."""

    @property
    def name(self):
        return f"{self.source_column.name}_bucketized"

    @property
    def parse_example_spec(self):
        return self.source_column.parse_example_spec

    @property
    def length(self):
        """The number of buckets."""
        return len(self.boundaries) + 1

    @property
    def num_buckets(self):
        return self.length * self.source_column.dimension

    @property
    def variable_shape(self):
        return shapes.TensorShape([self.num_buckets])

    def transform(self, features):
        numbers = features.get(self.source_column)
        return build.apply("Bucketize", numbers, boundaries=list(self.boundaries), name="bucketize")

    def dense_tensor(self, features, weights):
        one_hot = choosing.one_hot(math.cast(features.get(self), dtypes.int64), self.length, 1.0, 0.0, name="one_hot")
        return array.reshape(one_hot, [-1, self.num_buckets], name="reshape")

    def ids(self, features):
        """The buckets as a SparseTensor; those of the i-th number follow those of the one before."""
        buckets, size = features.get(self), self.source_column.dimension
        batch = array.shape(buckets, name="shape")[0]
        numbers = array.reshape(buckets, [-1], name="reshape")
        if size > 1:
            rows = array.reshape(rearrange.tile(array.expand_dims(math.range(0, batch), 1), [1, size]), [-1])
            places = rearrange.tile(math.range(0, size), [batch])
            numbers = numbers + self.length * places
        else:
            rows, places = math.range(0, batch), array.zeros([batch], dtypes.int32)
        indices = math.cast(rearrange.transpose(joining.stack((rows, places))), dtypes.int64)
        return SparseTensor(indices, numbers, math.cast(joining.stack([batch, size]), dtypes.int64))

    def sparse_tensors(self, features):
        return columns.IdWeightPair(self.ids(features), None)

    combiner = "sum"
