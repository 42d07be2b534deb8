"""What feature columns are: the base classes, and the features that columns share."""

from __future__ import annotations

import collections
import collections.abc

from graphflow._core import dtypes, shapes
from graphflow._graph import build, sparse_tensor, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, asserts, choosing, compare, control_flow, gather, math, sparse

IdWeightPair = collections.namedtuple("IdWeightPair", ("id_tensor", "weight_tensor"))
TensorSequenceLengthPair = collections.namedtuple("TensorSequenceLengthPair", ("dense_tensor", "sequence_length"))


class FeatureColumn:
    """Base of all columns: named tuples, equal where their fields are.

    Subclasses define `name`, `parse_example_spec` and `transform(features)`, what the column makes of its feature.
    """

    @property
    def name(self):
        """The column's name, also that of its scope and variables."""
        raise NotImplementedError("Calling an abstract method: a column has a `name`.")

    @property
    def parse_example_spec(self):
        """{key: feature} for `tf.parse_example`."""
        raise NotImplementedError("Calling an abstract method: a column has a `parse_example_spec`.")

    def transform(self, features):
        """The tensors that the column takes from `features`, a `Features`."""
        raise NotImplementedError("Calling an abstract method: a column defines `transform`.")

    @property
    def scope_name(self):
        """The variable scope of the column's variables."""
        return self.name

    def __lt__(self, other):
        return str(self) < str(other)

    def __gt__(self, other):
        return str(self) > str(other)

    _parse_example_spec = property(lambda self: self.parse_example_spec)
    _var_scope_name = property(lambda self: self.scope_name)


class DenseColumn(FeatureColumn):
    """A column that gives a dense tensor `[batch, *variable_shape]`.

    `dense_tensor(features, weights)` makes it; `weights(column, shape, initializer, trainable)` gives the column's variable.
    """

    @property
    def variable_shape(self):
        """The TensorShape of one row."""
        raise NotImplementedError("Calling an abstract method: a dense column has a `variable_shape`.")

    def dense_tensor(self, features, weights):
        """The rows of the column, float32."""
        return features.get(self)

    _variable_shape = property(lambda self: self.variable_shape)


class CategoricalColumn(FeatureColumn):
    """A column that gives ids in [0, num_buckets), with weights or without."""

    @property
    def num_buckets(self):
        """The number of ids."""
        raise NotImplementedError("Calling an abstract method: a categorical column has `num_buckets`.")

    def sparse_tensors(self, features):
        """An IdWeightPair of SparseTensors; the weights may be None."""
        return IdWeightPair(features.get(self), None)

    _num_buckets = property(lambda self: self.num_buckets)


class SequenceDenseColumn(FeatureColumn):
    """A column that gives a tensor `[batch, steps, *variable_shape]` and the number of steps of each row."""

    def sequence_dense_tensor(self, features, weights):
        """A TensorSequenceLengthPair."""
        raise NotImplementedError("Calling an abstract method: a sequence column defines `sequence_dense_tensor`.")


class Features:
    """The features of a batch, and what columns made of them: each is made once.

    Args:
        features: dict key -> tensor or SparseTensor `[batch, ...]`.
    """

    def __init__(self, features):
        self._features, self._made = dict(features), {}

    def get(self, key):
        """The feature of that key as a tensor of rank 2 or more, or what a column makes.

        Raises:
            ValueError: there is no such feature, or it is a scalar. TypeError: `key` is neither text nor a column.
        """
        if key in self._made:
            return self._made[key]
        if key in self._features:
            made = _as_rows(key, self._features[key])
        elif isinstance(key, str):
            raise ValueError(
                f"Feature {key} is not in features dictionary. There are {', '.join(map(str, self._features))}."
            )
        elif not isinstance(key, FeatureColumn):
            raise TypeError(f'"key" must be either a "str" or a feature column. Provided: {key}')
        else:
            made = key.transform(self)
        self._made[key] = made
        return made


def _as_rows(key, feature):
    feature = sparse.convert_to_tensor_or_sparse_tensor(feature)
    rank = feature.get_shape().ndims
    if rank is None:
        message = f"Feature (key: {key}) cannot have rank 0. Given: {feature}"
        checked = asserts.assert_positive(array.rank(feature), message=message)
        with graph_lib.get_default_graph().control_dependencies([checked]):
            is_vector = compare.equal(1, array.rank(feature))
            return control_flow.cond(is_vector, lambda: _expanded(feature), lambda: feature)
    if rank == 0:
        raise ValueError(f"Feature (key: {key}) cannot have rank 0. Given: {feature}")
    return _expanded(feature) if rank == 1 else feature


def _expanded(feature):
    if isinstance(feature, sparse_tensor.SparseTensor):
        return sparse.sparse_reshape(feature, [array.shape(feature)[0], 1])
    return array.expand_dims(feature, -1)


def as_sparse(feature, ignore_value=None):
    """A SparseTensor of the elements that are not `ignore_value`: the empty text or -1 (0 of a float) when None."""
    feature = sparse.convert_to_tensor_or_sparse_tensor(feature)
    if isinstance(feature, sparse_tensor.SparseTensor):
        return feature
    with build.name_scope(None, "to_sparse_input", [feature, ignore_value]):
        if ignore_value is None:
            is_text = feature.dtype is dtypes.string
            ignore_value = "" if is_text else -1 if feature.dtype.is_integer else feature.dtype.as_numpy_dtype()
        ignored = math.cast(ignore_value, feature.dtype, name="ignore_value")
        indices = choosing.where(compare.not_equal(feature, ignored), name="indices")
        return sparse_tensor.SparseTensor(
            indices,
            gather.gather_nd(feature, indices, name="values"),
            array.shape(feature, out_type=dtypes.int64, name="dense_shape"),
        )


# -- checks --------------------------------------------------------------------------------------------------------------


def as_list(feature_columns):
    """The columns as a list.

    Raises:
        ValueError: there is none, one is no column, or two have the same name.
    """
    if isinstance(feature_columns, FeatureColumn):
        feature_columns = [feature_columns]
    if isinstance(feature_columns, collections.abc.Iterator):
        feature_columns = list(feature_columns)
    if isinstance(feature_columns, dict):
        raise ValueError("Expected feature_columns to be iterable, found dict.")
    by_name = {}
    for column in feature_columns:
        if not isinstance(column, FeatureColumn):
            raise ValueError(
                f"Items of feature_columns must be feature columns. Given (type {type(column)}): {column}."
            )
        if column.name in by_name:
            raise ValueError(
                f"Duplicate feature column name found for columns: {column} and {by_name[column.name]}. They refer to the "
                "same feature: drop one, or give the features dict a copy of it under another name."
            )
        by_name[column.name] = column
    if not by_name:
        raise ValueError("feature_columns must not be empty.")
    return list(feature_columns)


def check_key(key):
    """ValueError where `key` is no text."""
    if not isinstance(key, str):
        raise ValueError(f"key must be a string. Got: type {type(key)}. Given key: {key}.")


def check_text_or_integer(dtype, what):
    """ValueError where `dtype` is neither string nor an integer type."""
    if dtype is not dtypes.string and not dtype.is_integer:
        raise ValueError(f"{what} dtype must be string or integer. dtype: {dtype}.")


def plain_shape(shape, key):
    """The shape of a numeric column as a tuple of integers > 0; TypeError or ValueError where it is none."""
    if isinstance(shape, shapes.TensorShape):
        shape = shape.as_list()
    dims = tuple(shape) if isinstance(shape, (list, tuple)) else (shape,)
    for size in dims:
        if not isinstance(size, int):
            raise TypeError(f"shape dimensions must be integer. shape: {dims}, key: {key}")
        if size < 1:
            raise ValueError(f"shape dimensions must be greater than 0. shape: {dims}, key: {key}")
    return dims


def check_same_batch(tensors, columns):
    """ValueError where the batch sizes that are known differ."""
    known = [(t._dims[0], c.name) for t, c in zip(tensors, columns) if isinstance(t, tensor.Tensor) and t._dims]
    known = [(size, name) for size, name in known if size is not None]
    for size, name in known[1:]:
        if size != known[0][0]:
            raise ValueError(
                "Batch size (first dimension) of each feature must be same. Batch size of columns "
                f"({known[0][1]}, {name}): ({known[0][0]}, {size})"
            )
