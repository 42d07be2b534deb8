"""Columns of sequences, and the layer that puts them side by side."""

from __future__ import annotations

import collections

from graphflow._core import dtypes, shapes
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._layers.feature_columns import categorical, columns, layers, sequence_lengths
from graphflow._ops import array, asserts, features, sparse, variable_scope


def sequence_categorical_column_with_identity(key, num_buckets, default_value=None):
    """Sequences of integers in [0, num_buckets); see `categorical_column_with_identity`."""
    return sequence_lengths.SequenceCategoricalColumn(
        categorical.categorical_column_with_identity(key, num_buckets, default_value)
    )


def sequence_categorical_column_with_hash_bucket(key, hash_bucket_size, dtype=dtypes.string):
    """Sequences of categories by their hash; see `categorical_column_with_hash_bucket`."""
    return sequence_lengths.SequenceCategoricalColumn(
        categorical.categorical_column_with_hash_bucket(key, hash_bucket_size, dtype)
    )


def sequence_categorical_column_with_vocabulary_file(
    key, vocabulary_file, vocabulary_size=None, num_oov_buckets=0, default_value=None, dtype=dtypes.string
):  # fmt: skip
    """Sequences of lines of a file; see `categorical_column_with_vocabulary_file`."""
    return sequence_lengths.SequenceCategoricalColumn(
        categorical.categorical_column_with_vocabulary_file(
            key, vocabulary_file, vocabulary_size, num_oov_buckets, default_value, dtype
        )
    )


def sequence_categorical_column_with_vocabulary_list(
    key, vocabulary_list, dtype=None, default_value=-1, num_oov_buckets=0
):  # fmt: skip
    """Sequences of elements of a list; see `categorical_column_with_vocabulary_list`."""
    return sequence_lengths.SequenceCategoricalColumn(
        categorical.categorical_column_with_vocabulary_list(key, vocabulary_list, dtype, default_value, num_oov_buckets)
    )


def sequence_numeric_column(key, shape=(1,), default_value=0.0, dtype=dtypes.float32, normalizer_fn=None):
    """Sequences of numbers, from a SparseTensor.

    Args:
        key: of the feature, and the column's name.
        shape: of one step.
        default_value: where a sequence is shorter than the longest.
        dtype: of the feature in an Example.
        normalizer_fn: a function SparseTensor -> SparseTensor put before.

    Raises:
        ValueError, TypeError: an argument is none of those.
    """
    dims = columns.plain_shape(shape, key)
    dtype = dtypes.as_dtype(dtype)
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {dtype}, key: {key}")
    if normalizer_fn is not None and not callable(normalizer_fn):
        raise TypeError(f"normalizer_fn must be a callable. Given: {normalizer_fn}")
    return SequenceNumericColumn(key, dims, default_value, dtype, normalizer_fn)


class SequenceNumericColumn(
    columns.SequenceDenseColumn,
    collections.namedtuple("SequenceNumericColumn", ("key", "shape", "default_value", "dtype", "normalizer_fn")),
):
    """`sequence_numeric_column`."""

    @property
    def name(self):
        return self.key

    @property
    def parse_example_spec(self):
        return {self.key: features.VarLenFeature(self.dtype)}

    @property
    def variable_shape(self):
        return shapes.TensorShape(self.shape)

    def transform(self, features):
        feature = features.get(self.key)
        return feature if self.normalizer_fn is None else self.normalizer_fn(feature)

    def sequence_dense_tensor(self, features, weights):
        sp = features.get(self)
        rows = sparse.sparse_tensor_to_dense(sp, default_value=self.default_value)
        sizes = array.concat([array.shape(rows)[:1], [-1], list(self.shape)], axis=0)
        rows = array.reshape(rows, sizes)
        # In a matrix the numbers of a step stand side by side; with an axis more, they have that to themselves.
        numbers = self.variable_shape.num_elements() if sp.get_shape().ndims == 2 else 1
        return columns.TensorSequenceLengthPair(rows, sequence_lengths.of_sparse(sp, numbers))


def sequence_input_layer(features, feature_columns, weight_collections=None, trainable=True):
    """The numbers of all columns side by side, step by step, in the order of the columns' names.

    Args:
        features: dict key -> SparseTensor.
        feature_columns: sequence columns that are dense: numeric ones, indicators, embeddings.
        weight_collections, trainable: of the variables.

    Returns:
        (float32 `[batch, steps, numbers of all columns]`, int64 number of steps `[batch]`).

    Raises:
        ValueError: a column is none of those. InvalidArgumentError: at run time, columns differ in their numbers of steps.
    """
    found = columns.as_list(feature_columns)
    for column in found:
        if not isinstance(column, columns.SequenceDenseColumn):
            raise ValueError(
                "All feature_columns must be dense sequence columns. You can wrap a sequence_categorical_column with an "
                f"embedding_column or indicator_column. Given (type {type(column)}): {column}"
            )
    with variable_scope.variable_scope(None, default_name="sequence_input_layer", values=list(features.values())):
        made, ordered = columns.Features(features), sorted(found, key=lambda column: column.name)
        tables = layers.embedding_tables(trainable, weight_collections)
        outputs, lengths = [], []
        for column in ordered:
            with variable_scope.variable_scope(None, default_name=column.scope_name):
                rows, length = column.sequence_dense_tensor(made, tables)
                sizes = array.shape(rows)
                outputs.append(array.reshape(rows, [sizes[0], sizes[1], column.variable_shape.num_elements()]))
                lengths.append(length)
        columns.check_same_batch(outputs, ordered)
        columns.check_same_batch(lengths, ordered)
        length = _one_of_equals(lengths)
        return array.concat(outputs, -1), length


def _one_of_equals(lengths):
    with build.name_scope(None, "assert_all_equal", lengths):
        if len(lengths) == 1:
            return lengths[0]
        checks = [asserts.assert_equal(lengths[0], other) for other in lengths[1:]]
        with graph_lib.get_default_graph().control_dependencies(checks):
            return array.identity(lengths[0])
