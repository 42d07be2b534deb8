"""Columns of `tf.contrib.layers` that make sparse ones dense: one-hot and embedded."""

from __future__ import annotations

import collections
import math as pymath

from graphflow._contrib import model_variables
from graphflow._contrib.feature_columns import base, categories
from graphflow._core import dtypes, shapes
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._layers.feature_columns import columns
from graphflow._ops import array, choosing, embedding_sparse, initializers, reduce, sparse
from graphflow._train.saving import init_from

_COMBINERS = ("mean", "sqrtn", "sum")


def one_hot_column(sparse_id_column):
    """How often each category of a sparse column occurs in a row, or the sum of its weights."""
    return OneHotColumn(sparse_id_column)


class OneHotColumn(base.OldColumn, columns.DenseColumn, collections.namedtuple("OneHotColumn", ["sparse_id_column"])):
    """`one_hot_column`."""

    @property
    def name(self):
        return f"{self.sparse_id_column.name}_one_hot"

    @property
    def parse_example_spec(self):
        return self.sparse_id_column.parse_example_spec

    length = property(lambda self: self.sparse_id_column.length, doc="The number of categories.")

    @property
    def variable_shape(self):
        return shapes.TensorShape([self.length])

    def transform(self, features):
        ids, weights = self.sparse_id_column.sparse_tensors(features)
        if weights is not None:
            merged = sparse.sparse_merge(ids, weights, vocab_size=self.length)
            merged = sparse.sparse_slice(merged, array.zeros_like(merged.dense_shape), merged.dense_shape)
            dense = sparse.sparse_tensor_to_dense(merged)
            return array.reshape(dense, array.concat([array.shape(dense)[:-1], [self.length]], axis=0))
        numbers = sparse.sparse_tensor_to_dense(_flat_rows(ids), default_value=-1)
        return reduce.reduce_sum(choosing.one_hot(numbers, self.length, on_value=1.0, off_value=0.0), axis=[1])


def embedding_column(
    sparse_id_column, dimension, combiner="mean", initializer=None, ckpt_to_load_from=None, tensor_name_in_ckpt=None,
    max_norm=None, trainable=True,
):  # fmt: skip
    """A trained vector for each category of a sparse column. Arguments as `tf.feature_column.embedding_column`; the table
    starts truncated normal of deviation 1/sqrt(number of categories)."""
    return _embedding(
        sparse_id_column, dimension, combiner, initializer, ckpt_to_load_from, tensor_name_in_ckpt, None, None, max_norm,
        trainable,
    )  # fmt: skip


def shared_embedding_columns(
    sparse_id_columns, dimension, combiner="mean", shared_embedding_name=None, initializer=None, ckpt_to_load_from=None,
    tensor_name_in_ckpt=None, max_norm=None, trainable=True,
):  # fmt: skip
    """Embedding columns, one a sparse column, that share one table of the name `shared_embedding_name`.

    Raises:
        TypeError: no sequence of sparse columns. ValueError: none, or columns of different sizes.
    """
    if not isinstance(sparse_id_columns, (list, tuple)):
        raise TypeError(f"sparse_id_columns must be a list or tuple, got {type(sparse_id_columns)}.")
    if not sparse_id_columns:
        raise ValueError("The input sparse_id_columns should have at least one element.")
    for column in sparse_id_columns:
        if not isinstance(column, (categories.SparseColumn, categories.WeightedSparseColumn)):
            raise TypeError(f"Elements of sparse_id_columns must be sparse columns, but {column} is not.")
    size = sparse_id_columns[0].length
    if any(column.length != size for column in sparse_id_columns):
        raise ValueError("The input sparse id columns are not compatible: their numbers of categories differ.")
    if len(sparse_id_columns) > 1 and not shared_embedding_name:
        plain = sorted(c for c in sparse_id_columns if isinstance(c, categories.SparseColumn))
        weighted = sorted(
            (c for c in sparse_id_columns if not isinstance(c, categories.SparseColumn)), key=lambda c: c.name
        )
        names = [c.name for c in (*plain, *weighted)]
        more = f"_plus_{len(names) - 3}_others" if len(names) > 3 else ""
        shared_embedding_name = f"{'_'.join(names[:3])}{more}_shared_embedding"
    made = [
        _embedding(
            column, dimension, combiner, initializer, ckpt_to_load_from, tensor_name_in_ckpt, shared_embedding_name, size,
            max_norm, trainable,
        )
        for column in sparse_id_columns
    ]  # fmt: skip
    return made if len(made) == 1 else tuple(made)


def _embedding(column, dimension, combiner, initializer, checkpoint, tensor_name, *rest):
    if initializer is not None and not callable(initializer):
        raise ValueError(f"initializer must be callable if specified. Embedding of column_name: {column.name}")
    if (checkpoint is None) != (tensor_name is None):
        raise ValueError("Must specify both `ckpt_to_load_from` and `tensor_name_in_ckpt` or none of them.")
    if combiner not in _COMBINERS:
        raise ValueError(f"Combiner must be one of {', '.join(_COMBINERS)}. combiner: {combiner}")
    if initializer is None:
        initializer = initializers.TruncatedNormal(mean=0.0, stddev=1 / pymath.sqrt(column.length))
    return EmbeddingColumn(column, dimension, combiner, initializer, checkpoint, tensor_name, *rest)


class EmbeddingColumn(
    base.OldColumn,
    columns.DenseColumn,
    collections.namedtuple(
        "EmbeddingColumn",
        [
            "sparse_id_column", "dimension", "combiner", "initializer", "ckpt_to_load_from", "tensor_name_in_ckpt",
            "shared_embedding_name", "shared_vocab_size", "max_norm", "trainable",
        ],
    ),
):  # fmt: skip
    """`embedding_column`, and one of `shared_embedding_columns`."""

    _functions = ("initializer",)

    @property
    def name(self):
        kind = "embedding" if self.shared_embedding_name is None else "shared_embedding"
        return f"{self.sparse_id_column.name}_{kind}"

    @property
    def parse_example_spec(self):
        return self.sparse_id_column.parse_example_spec

    @property
    def length(self):
        """The number of rows of the table."""
        return self.shared_vocab_size or self.sparse_id_column.length

    @property
    def variable_shape(self):
        return shapes.TensorShape([self.dimension])

    @property
    def table_name(self):
        """The name of the table in its scope."""
        return self.shared_embedding_name or "weights"

    def transform(self, features):
        return self.sparse_id_column.sparse_tensors(features)

    def dense_tensor(self, features, weights):
        ids, id_weights = (part if part is None else _flat_rows(part) for part in features.get(self))
        table = self._table(weights)
        parts = list(table) if hasattr(table, "_get_variable_list") else [table]
        if self.ckpt_to_load_from is not None:
            stored = parts[0] if len(parts) == 1 else parts
            init_from.init_from_checkpoint(self.ckpt_to_load_from, {self.tensor_name_in_ckpt: stored})
        return embedding_sparse.safe_embedding_lookup_sparse(
            parts, ids, sparse_weights=id_weights, combiner=self.combiner, name=f"{self.name}weights",
            max_norm=self.max_norm,
        )  # fmt: skip

    def _table(self, weights):
        shape = [self.length, self.dimension]
        if self.shared_embedding_name is None:
            return weights(self, shape, self.initializer, self.trainable)
        graph, collection = graph_lib.get_default_graph(), f"SHARED_EMBEDDING_COLLECTION_{self.table_name.upper()}"
        held = graph.get_collection_ref(collection)
        if not held:
            held.append(weights(self, shape, self.initializer, self.trainable))
        if len(held) > 1 or held[0].get_shape().as_list() != shape:
            raise ValueError(
                f"The shared embedding {self.shared_embedding_name} exists with another shape: {held}, wanted {shape}. "
                "Choose another shared_embedding_name."
            )
        return held[0]


def _flat_rows(ids):
    """A SparseTensor with all axes but the first as one."""
    with build.name_scope("InnerFlatten", None, [ids]):
        rows, others = ids.dense_shape[:1], ids.dense_shape[1:]
        return sparse.sparse_reshape(ids, array.concat((rows, [reduce.reduce_prod(others)]), 0))
