"""Categorical columns of sequences, and how long the sequences are."""

from __future__ import annotations

import collections

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._layers.feature_columns import columns
from graphflow._ops import array, math, reduce, segment, sparse, unary


class SequenceCategoricalColumn(
    columns.CategoricalColumn, collections.namedtuple("SequenceCategoricalColumn", ("categorical_column",))
):
    """A categorical column each of whose rows is a sequence of ids."""

    @property
    def name(self):
        return self.categorical_column.name

    @property
    def parse_example_spec(self):
        return self.categorical_column.parse_example_spec

    @property
    def num_buckets(self):
        return self.categorical_column.num_buckets

    def transform(self, features):
        return self.categorical_column.transform(features)

    def sparse_tensors(self, features):
        """Ids and weights as `[batch, steps, ids of a step]`, so that embeddings are joined step by step."""
        ids, weights = self.categorical_column.sparse_tensors(features)
        sizes = array.shape(ids)
        sizes = [sizes[0], sizes[1], reduce.reduce_prod(sizes[2:])]
        ids = sparse.sparse_reshape(ids, sizes)
        return columns.IdWeightPair(ids, None if weights is None else sparse.sparse_reshape(weights, sizes))


def of_sparse(sp, num_elements=1):
    """The number of steps in each row of a SparseTensor `[batch, steps * num_elements, ...]`, int64."""
    with build.name_scope(None, "sequence_length") as scope:
        rows, places = sp.indices[:, 0], sp.indices[:, 1]
        lengths = segment.segment_max(places + array.ones_like(places), segment_ids=rows)
        lengths = math.cast(unary.ceil(lengths / num_elements), dtypes.int64)
        missing = array.shape(sp)[:1] - array.shape(lengths)[:1]  # rows at the end that hold nothing
        return array.concat([lengths, array.zeros(missing, dtype=lengths.dtype)], axis=0, name=scope)
