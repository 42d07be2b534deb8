"""Categorical columns made dense: as counts of categories, and embedded."""

from __future__ import annotations

import collections
import math as pymath

from graphflow._core import shapes
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._layers.feature_columns import categorical, columns, sequence_lengths
from graphflow._ops import choosing, embedding_sparse, gather, initializers, reduce, sparse
from graphflow._train.saving import init_from


class _OfCategories(columns.DenseColumn, columns.SequenceDenseColumn):
    """A dense column over a categorical one, `categorical_column`."""

    @property
    def parse_example_spec(self):
        return self.categorical_column.parse_example_spec

    def _is_sequence(self):
        return isinstance(self.categorical_column, sequence_lengths.SequenceCategoricalColumn)

    def _rows(self, features, weights):
        """The column's tensor, of a sequence or not."""
        raise NotImplementedError("Calling an abstract method: a column over categories defines `_rows`.")

    def dense_tensor(self, features, weights):
        if self._is_sequence():
            raise ValueError(
                f"In column {self.name}: the categories must not be those of a sequence, given {self.categorical_column}. "
                "Use categorical_column_with_*, or a sequence layer for the columns."
            )
        return self._rows(features, weights)

    def sequence_dense_tensor(self, features, weights):
        self._check_sequence()
        rows = self._rows(features, weights)
        ids = self.categorical_column.sparse_tensors(features).id_tensor
        return columns.TensorSequenceLengthPair(rows, sequence_lengths.of_sparse(ids))

    def _check_sequence(self):
        if not self._is_sequence():
            raise ValueError(
                f"In column {self.name}: the categories must be those of a sequence, given {self.categorical_column}. "
                "Use sequence_categorical_column_with_*."
            )


# -- indicators ----------------------------------------------------------------------------------------------------------


def indicator_column(categorical_column):
    """How often each category occurs in a row, or the sum of its weights: `[batch, num_buckets]`."""
    return IndicatorColumn(categorical_column)


class IndicatorColumn(_OfCategories, collections.namedtuple("IndicatorColumn", ("categorical_column",))):
    """`indicator_column`."""

    @property
    def name(self):
        return f"{self.categorical_column.name}_indicator"

    @property
    def variable_shape(self):
        return shapes.TensorShape([1, self.categorical_column.num_buckets])

    def transform(self, features):
        ids, weights = self.categorical_column.sparse_tensors(features)
        count = self.categorical_column.num_buckets
        if weights is not None:
            merged = sparse.sparse_merge(ids, weights, vocab_size=count)
            merged = sparse.sparse_slice(merged, [0, 0], merged.dense_shape)  # without ids that are -1
            return gather.scatter_nd(merged.indices, merged.values, merged.dense_shape)
        numbers = sparse.sparse_tensor_to_dense(ids, default_value=-1)
        one_hot = choosing.one_hot(numbers, count, on_value=1.0, off_value=0.0)
        return reduce.reduce_sum(one_hot, axis=[-2])

    def _rows(self, features, weights):
        return features.get(self)


# -- embeddings ----------------------------------------------------------------------------------------------------------


def _check_embedding(dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt):
    """The initializer, a truncated normal one where None."""
    if dimension is None or dimension < 1:
        raise ValueError(f"Invalid dimension {dimension}.")
    if (ckpt_to_load_from is None) != (tensor_name_in_ckpt is None):
        raise ValueError("Must specify both `ckpt_to_load_from` and `tensor_name_in_ckpt` or none of them.")
    if initializer is not None and not callable(initializer):
        raise ValueError(f"initializer must be callable if specified. Given: {initializer}")
    return initializer or initializers.TruncatedNormal(mean=0.0, stddev=1 / pymath.sqrt(dimension))


def embedding_column(
    categorical_column, dimension, combiner="mean", initializer=None, ckpt_to_load_from=None, tensor_name_in_ckpt=None,
    max_norm=None, trainable=True,
):  # fmt: skip
    """A trained vector for each category; those of a row are joined to one.

    Args:
        dimension: of the vectors.
        combiner: "mean", "sqrtn" or "sum".
        initializer: of the table `[num_buckets, dimension]`; truncated normal of deviation 1/sqrt(dimension) when None.
        ckpt_to_load_from, tensor_name_in_ckpt: a checkpoint, and the tensor in it that the table begins with.
        max_norm: longer vectors are cut to this length.
        trainable: whether it is trained.

    Raises:
        ValueError: an argument is none of those.
    """
    initializer = _check_embedding(dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt)
    return EmbeddingColumn(
        categorical_column,
        dimension,
        combiner,
        initializer,
        ckpt_to_load_from,
        tensor_name_in_ckpt,
        max_norm,
        trainable,
    )


class _Embedding(_OfCategories):
    """What both kinds of embeddings have in common."""

    table_name = "embedding_weights"

    def transform(self, features):
        return features.get(self.categorical_column)

    @property
    def variable_shape(self):
        return shapes.TensorShape([self.dimension])

    @property
    def table_shape(self):
        """The plain shape of the table."""
        return self.categorical_column.num_buckets, self.dimension

    def _looked_up(self, table, ids, id_weights):
        if self.ckpt_to_load_from is not None:
            parts = list(table) if hasattr(table, "_get_variable_list") else table
            init_from.init_from_checkpoint(self.ckpt_to_load_from, {self.tensor_name_in_ckpt: parts})
        return embedding_sparse.safe_embedding_lookup_sparse(
            table, ids, sparse_weights=id_weights, combiner=self.combiner, name=f"{self.name}_weights",
            max_norm=self.max_norm,
        )  # fmt: skip


class EmbeddingColumn(
    _Embedding,
    collections.namedtuple(
        "EmbeddingColumn",
        (
            "categorical_column", "dimension", "combiner", "initializer", "ckpt_to_load_from", "tensor_name_in_ckpt",
            "max_norm", "trainable",
        ),
    ),
):  # fmt: skip
    """`embedding_column`."""

    @property
    def name(self):
        return f"{self.categorical_column.name}_embedding"

    def _rows(self, features, weights):
        return self._embedded(self.categorical_column.sparse_tensors(features), weights)

    def _embedded(self, pair, weights):
        table = weights(self, self.table_shape, self.initializer, self.trainable)
        return self._looked_up(table, *pair)

    def sequence_dense_tensor(self, features, weights):
        self._check_sequence()
        pair = self.categorical_column.sparse_tensors(features)
        rows = self._embedded(pair, weights)
        return columns.TensorSequenceLengthPair(rows, sequence_lengths.of_sparse(pair.id_tensor))


def shared_embedding_columns(
    categorical_columns, dimension, combiner="mean", initializer=None, shared_embedding_collection_name=None,
    ckpt_to_load_from=None, tensor_name_in_ckpt=None, max_norm=None, trainable=True,
):  # fmt: skip
    """Embedding columns, one a categorical column, that share one table.

    Args:
        categorical_columns: columns of the same kind with the same number of categories.
        shared_embedding_collection_name: the scope and collection of the table; made of the columns' names when None.
        others: as for `embedding_column`.

    Raises:
        ValueError: the columns differ, or an argument is out of range.
    """
    initializer = _check_embedding(dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt)
    by_name = sorted(categorical_columns, key=lambda column: column.name)
    for column in by_name:
        if not isinstance(column, columns.CategoricalColumn):
            raise ValueError(
                f"All categorical_columns must be categorical columns. Given: {column}, of type: {type(column)}"
            )
    first = by_name[0]
    for column in by_name[1:]:
        if type(_unweighted(column)) is not type(_unweighted(first)):
            raise ValueError(
                "To use shared_embedding_column, all categorical_columns must have the same type, or be "
                f"weighted_categorical_column of the same type. {column} does not match {first}"
            )
        if column.num_buckets != first.num_buckets:
            raise ValueError(
                "To use shared_embedding_column, all categorical_columns must have the same number of buckets. "
                f"{column} with buckets: {column.num_buckets} does not match {first} with buckets: {first.num_buckets}"
            )
    name = shared_embedding_collection_name or "_".join(column.name for column in by_name) + "_shared_embedding"
    return [
        SharedEmbeddingColumn(
            column, dimension, combiner, initializer, name, ckpt_to_load_from, tensor_name_in_ckpt, max_norm, trainable
        )
        for column in categorical_columns
    ]


def _unweighted(column):
    return column.categorical_column if isinstance(column, categorical.WeightedCategoricalColumn) else column


class SharedEmbeddingColumn(
    _Embedding,
    collections.namedtuple(
        "SharedEmbeddingColumn",
        (
            "categorical_column", "dimension", "combiner", "initializer", "shared_embedding_collection_name",
            "ckpt_to_load_from", "tensor_name_in_ckpt", "max_norm", "trainable",
        ),
    ),
):  # fmt: skip
    """One of `shared_embedding_columns`."""

    @property
    def name(self):
        return f"{self.categorical_column.name}_shared_embedding"

    @property
    def scope_name(self):
        return self.shared_embedding_collection_name

    def _rows(self, features, weights):
        with build.name_scope(None, self.name):
            ids, id_weights = self.categorical_column.sparse_tensors(features)
            return self._looked_up(self._table(weights), ids, id_weights)

    def _table(self, weights):
        """The table: the first column of the graph makes it, the others find it in their collection."""
        graph, collection = graph_lib.get_default_graph(), self.shared_embedding_collection_name
        held = graph.get_collection(collection)
        if not held:
            table = weights(self, self.table_shape, self.initializer, self.trainable)
            graph.add_to_collection(collection, table)
            return table
        if len(held) > 1 or tuple(held[0].get_shape().as_list()) != self.table_shape:
            raise ValueError(
                f"Collection {collection} must hold the one table of shape {self.table_shape} that the columns share, "
                f"but it holds {held}. Choose another shared_embedding_collection_name."
            )
        return held[0]
