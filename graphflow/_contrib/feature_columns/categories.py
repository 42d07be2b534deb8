"""Sparse, weighted and crossed columns of `tf.contrib.layers`."""

from __future__ import annotations

import collections

from graphflow._contrib.feature_columns import base, numbers
from graphflow._core import dtypes
from graphflow._graph import sparse_tensor
from graphflow._layers.feature_columns import columns
from graphflow._ops import features, hashing, math, sparse, strings, vocabulary_tables

SparseTensor = sparse_tensor.SparseTensor


_LookupConfig = collections.namedtuple(
    "_LookupConfig", ["vocabulary_file", "keys", "num_oov_buckets", "vocab_size", "default_value"]
)


class SparseColumn(
    base.OldColumn,
    columns.CategoricalColumn,
    collections.namedtuple(
        "SparseColumn", ["column_name", "is_integerized", "bucket_size", "lookup_config", "combiner", "dtype"]
    ),
):
    """A categorical column of one feature; `_ids(sparse tensor)` gives its ids."""

    def __new__(cls, column_name, is_integerized, bucket_size, lookup_config, combiner, dtype):
        if dtype is not dtypes.string and not dtype.is_integer:
            raise ValueError(f"dtype must be string or integer. dtype: {dtype}, column_name: {column_name}")
        if is_integerized and not dtype.is_integer:
            raise ValueError(f"dtype must be an integer. dtype: {dtype}, column_name: {column_name}.")
        if lookup_config is None and (bucket_size is None or bucket_size < 1):
            raise ValueError(f"bucket_size must be at least 1. bucket_size: {bucket_size}, column_name: {column_name}")
        return super().__new__(cls, column_name, is_integerized, bucket_size, lookup_config, combiner, dtype)

    @property
    def name(self):
        return self.column_name

    @property
    def parse_example_spec(self):
        return {self.column_name: features.VarLenFeature(self.dtype)}

    @property
    def length(self):
        """The number of ids."""
        if self.bucket_size is not None:
            return self.bucket_size
        return self.lookup_config.vocab_size + self.lookup_config.num_oov_buckets

    @property
    def num_buckets(self):
        return self.length

    def transform(self, features):
        return self._ids(columns.as_sparse(features.get(self.column_name)))


class SparseColumnIntegerized(SparseColumn):
    def _ids(self, feature):
        ids = math.mod(feature.values, self.bucket_size, name="mod")
        return SparseTensor(feature.indices, ids, feature.dense_shape)


def sparse_column_with_integerized_feature(column_name, bucket_size, combiner="sum", dtype=dtypes.int64):
    """Categories that are integers already; the ids are these modulo `bucket_size`. ValueError where that is none."""
    return SparseColumnIntegerized(column_name, True, bucket_size, None, combiner, dtype)


class SparseColumnHashed(SparseColumn):
    hash_keys = None

    def _ids(self, feature):
        texts = strings.as_string(feature.values) if self.dtype.is_integer else feature.values
        if not self.hash_keys:
            ids = hashing.string_to_hash_bucket_fast(texts, self.bucket_size, name="lookup")
            return SparseTensor(feature.indices, ids, feature.dense_shape)
        found = [
            SparseTensor(
                feature.indices, hashing.string_to_hash_bucket_strong(texts, self.bucket_size, key), feature.dense_shape
            )
            for key in self.hash_keys
        ]
        return sparse.sparse_concat(axis=1, sp_inputs=found, name="lookup")


def sparse_column_with_hash_bucket(
    column_name, hash_bucket_size, combiner="sum", dtype=dtypes.string, hash_keys=None
):  # fmt: skip
    """Categories by their hash.

    Args:
        combiner: how a linear model joins the weights of a row's categories: "sum", "mean" or "sqrtn".
        hash_keys: a list of pairs of integers: each category gets an id by each of these keys.

    Raises:
        ValueError: an argument is none of those.
    """
    if hash_keys is not None:
        if not isinstance(hash_keys, list) or not hash_keys:
            raise ValueError("hash_keys must be a non-empty list.")
        if not all(isinstance(k, list) and len(k) == 2 and all(isinstance(n, int) for n in k) for k in hash_keys):
            raise ValueError(f"Each element of hash_keys must be a pair of integers, got {hash_keys}")
    column = SparseColumnHashed(column_name, False, hash_bucket_size, None, combiner, dtype)
    column.hash_keys = hash_keys
    return column


class SparseColumnKeys(SparseColumn):
    def _ids(self, feature):
        config = self.lookup_config
        table = vocabulary_tables.index_table_from_tensor(
            tuple(config.keys), default_value=config.default_value, dtype=self.dtype, name="lookup"
        )
        return table.lookup(feature)


def sparse_column_with_keys(column_name, keys, default_value=-1, combiner="sum", dtype=dtypes.string):
    """Categories of a list; the id is the place in it, `default_value` for others."""
    keys = tuple(keys)
    config = _LookupConfig(None, keys, 0, len(keys), default_value)
    return SparseColumnKeys(column_name, False, None, config, combiner, dtype)


class SparseColumnVocabulary(SparseColumn):
    def _ids(self, feature):
        config = self.lookup_config
        if self.dtype.is_integer:
            texts = strings.as_string(feature.values)
            feature = SparseTensor(feature.indices, texts, feature.dense_shape)
        table = vocabulary_tables.index_table_from_file(
            config.vocabulary_file, num_oov_buckets=config.num_oov_buckets, vocab_size=config.vocab_size,
            default_value=config.default_value, name=f"{self.name}_lookup",
        )  # fmt: skip
        return table.lookup(feature)


def sparse_column_with_vocabulary_file(
    column_name, vocabulary_file, num_oov_buckets=0, vocab_size=None, default_value=-1, combiner="sum", dtype=dtypes.string
):  # fmt: skip
    """Categories that are the first `vocab_size` lines of a file. ValueError where that is None."""
    if vocab_size is None:
        raise ValueError(f"vocab_size should be defined. column_name: {column_name}")
    config = _LookupConfig(vocabulary_file, None, num_oov_buckets, vocab_size, default_value)
    return SparseColumnVocabulary(column_name, False, None, config, combiner, dtype)


def weighted_sparse_column(sparse_id_column, weight_column_name, dtype=dtypes.float32):
    """A sparse column with a weight for each id, from the feature `weight_column_name`."""
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype is not convertible to float. Given {dtype}")
    return WeightedSparseColumn(sparse_id_column, weight_column_name, dtype)


class WeightedSparseColumn(
    base.OldColumn,
    columns.CategoricalColumn,
    collections.namedtuple("WeightedSparseColumn", ["sparse_id_column", "weight_column_name", "dtype"]),
):
    """`weighted_sparse_column`."""

    @property
    def name(self):
        return f"{self.sparse_id_column.name}_weighted_by_{self.weight_column_name}"

    @property
    def parse_example_spec(self):
        spec = self.sparse_id_column.parse_example_spec
        return {**spec, self.weight_column_name: features.VarLenFeature(self.dtype)}

    length = property(lambda self: self.sparse_id_column.length, doc="The number of ids.")
    combiner = property(lambda self: self.sparse_id_column.combiner, doc="How a linear model joins weights.")
    num_buckets = length

    def transform(self, features):
        weights = features.get(self.weight_column_name)
        if not isinstance(weights, SparseTensor):
            weights = columns.as_sparse(weights, ignore_value=0)
        if not self.dtype.is_floating:
            weights = math.cast(weights, dtypes.float32)
        return columns.IdWeightPair(features.get(self.sparse_id_column), weights)

    def sparse_tensors(self, features):
        return features.get(self)


def crossed_column(
    columns, hash_bucket_size, combiner="sum", ckpt_to_load_from=None, tensor_name_in_ckpt=None, hash_key=None
):  # fmt: skip
    """Every combination of the categories of several columns, by its hash.

    Args:
        columns: at least two sparse, bucketized or crossed columns.
        hash_key: where hashing begins; without one, hashes are those of an older function.

    Raises:
        TypeError: another column. ValueError: too few columns or buckets, or half a checkpoint.
    """
    for column in columns:
        if not isinstance(column, (SparseColumn, CrossedColumn, numbers.BucketizedColumn)):
            raise TypeError(
                f"columns must be sparse, crossed or bucketized columns, but {column} is a {type(column).__name__}"
            )
    if len(columns) < 2:
        raise ValueError(f"columns must contain at least 2 elements. columns: {columns}")
    if hash_bucket_size < 2:
        raise ValueError(f"hash_bucket_size must be at least 2. hash_bucket_size: {hash_bucket_size}")
    if (ckpt_to_load_from is None) != (tensor_name_in_ckpt is None):
        raise ValueError("Must specify both `ckpt_to_load_from` and `tensor_name_in_ckpt` or none of them.")
    ordered = tuple(sorted(columns, key=lambda column: column.name))
    return CrossedColumn(ordered, hash_bucket_size, hash_key, combiner, ckpt_to_load_from, tensor_name_in_ckpt)


class CrossedColumn(
    base.OldColumn,
    columns.CategoricalColumn,
    collections.namedtuple(
        "CrossedColumn",
        ["columns", "hash_bucket_size", "hash_key", "combiner", "ckpt_to_load_from", "tensor_name_in_ckpt"],
    ),
):
    """`crossed_column`."""

    @property
    def name(self):
        return "_X_".join(sorted(column.name for column in self.columns))

    @property
    def parse_example_spec(self):
        return {key: feature for column in self.columns for key, feature in column.parse_example_spec.items()}

    length = property(lambda self: self.hash_bucket_size, doc="The number of ids.")
    num_buckets = length

    def _leaves(self):
        for column in self.columns:
            yield from column._leaves() if isinstance(column, CrossedColumn) else [column]

    def transform(self, features):
        found = [
            column.ids(features) if isinstance(column, numbers.BucketizedColumn) else features.get(column.name)
            for column in self._leaves()
        ]
        return hashing.sparse_feature_cross(found, True, self.hash_bucket_size, self.hash_key, name="cross")
