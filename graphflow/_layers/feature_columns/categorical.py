"""Columns of categories: by hash, by vocabulary, by number; weighted; crossed."""

from __future__ import annotations

import collections

import numpy as np

from graphflow._core import dtypes, log
from graphflow._files import gfile
from graphflow._graph import graph as graph_lib
from graphflow._graph import sparse_tensor
from graphflow._layers.feature_columns import columns
from graphflow._ops import (
    array,
    asserts,
    choosing,
    compare,
    features,
    hashing,
    math,
    sparse,
    strings,
    vocabulary_tables,
)

SparseTensor = sparse_tensor.SparseTensor


class _KeyedColumn(columns.CategoricalColumn):
    """A categorical column of one feature, found under the column's `key`."""

    @property
    def name(self):
        return self.key

    @property
    def parse_example_spec(self):
        return {self.key: features.VarLenFeature(self.dtype)}

    def transform(self, features):
        return self._ids(columns.as_sparse(features.get(self.key)))

    def _check_type(self, feature):
        columns.check_text_or_integer(feature.dtype, f"column_name: {self.key} input_tensor")
        if self.dtype.is_integer != feature.dtype.is_integer:
            raise ValueError(
                f"Column dtype and SparseTensors dtype must be compatible. key: {self.key}, column dtype: {self.dtype}, "
                f"tensor dtype: {feature.dtype}"
            )


# -- hashes --------------------------------------------------------------------------------------------------------------


def categorical_column_with_hash_bucket(key, hash_bucket_size, dtype=dtypes.string):
    """Categories that are not known before: texts or integers, by their hash one of `hash_bucket_size` ids.

    Raises:
        ValueError: an argument is out of range.
    """
    if hash_bucket_size is None or hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be at least 1. hash_bucket_size: {hash_bucket_size}, key: {key}")
    columns.check_key(key)
    dtype = dtypes.as_dtype(dtype)
    columns.check_text_or_integer(dtype, f"column_name: {key}")
    return HashedCategoricalColumn(key, hash_bucket_size, dtype)


class HashedCategoricalColumn(
    _KeyedColumn, collections.namedtuple("HashedCategoricalColumn", ("key", "hash_bucket_size", "dtype"))
):
    """`categorical_column_with_hash_bucket`."""

    @property
    def num_buckets(self):
        return self.hash_bucket_size

    def _ids(self, feature):
        self._check_type(feature)
        texts = feature.values if self.dtype is dtypes.string else strings.as_string(feature.values)
        ids = hashing.string_to_hash_bucket_fast(texts, self.hash_bucket_size, name="lookup")
        return SparseTensor(feature.indices, ids, feature.dense_shape)


# -- vocabularies --------------------------------------------------------------------------------------------------------


def _check_oov(key, num_oov_buckets, has_default):
    if num_oov_buckets and has_default:
        raise ValueError(f"Can't specify both num_oov_buckets and default_value in {key}.")
    if num_oov_buckets and num_oov_buckets < 0:
        raise ValueError(f"Invalid num_oov_buckets {num_oov_buckets} in {key}.")


class _VocabularyColumn(_KeyedColumn):
    """A column whose ids are places in a vocabulary; `_table(name, dtype)` makes the table."""

    def _ids(self, feature):
        self._check_type(feature)
        dtype = self.dtype
        if feature.dtype.is_integer:
            dtype = dtypes.int64
            feature = math.cast(feature, dtypes.int64)
        return self._table(f"{self.key}_lookup", dtype).lookup(feature)


def categorical_column_with_vocabulary_file(
    key, vocabulary_file, vocabulary_size=None, num_oov_buckets=0, default_value=None, dtype=dtypes.string
):  # fmt: skip
    """Categories that are the lines of a file: the id is the number of the line.

    Args:
        vocabulary_size: how many lines count; all when None.
        num_oov_buckets: ids behind the vocabulary for other categories, by their hash.
        default_value: the id of other categories where there are no such buckets; none (-1) when None.
        dtype: string or an integer type.

    Raises:
        ValueError: an argument is out of range, or the file is missing.
    """
    if not vocabulary_file:
        raise ValueError(f"Missing vocabulary_file in {key}.")
    if vocabulary_size is None:
        if not gfile.Exists(vocabulary_file):
            raise ValueError(f"vocabulary_file in {key} does not exist: {vocabulary_file}")
        with gfile.GFile(vocabulary_file, "rb") as file:
            vocabulary_size = sum(1 for _ in file)
        log.get_logger().info(
            "vocabulary_size = %d in %s is inferred from the number of elements in the vocabulary_file %s.",
            vocabulary_size, key, vocabulary_file,
        )  # fmt: skip
    if vocabulary_size < 1:
        raise ValueError(f"Invalid vocabulary_size {vocabulary_size} in {key}.")
    _check_oov(key, num_oov_buckets, default_value is not None)
    dtype = dtypes.as_dtype(dtype)
    columns.check_text_or_integer(dtype, f"column_name: {key}")
    columns.check_key(key)
    default_value = -1 if default_value is None else default_value
    return VocabularyFileCategoricalColumn(
        key, vocabulary_file, vocabulary_size, num_oov_buckets or 0, dtype, default_value
    )


class VocabularyFileCategoricalColumn(
    _VocabularyColumn,
    collections.namedtuple(
        "VocabularyFileCategoricalColumn",
        ("key", "vocabulary_file", "vocabulary_size", "num_oov_buckets", "dtype", "default_value"),
    ),
):
    """`categorical_column_with_vocabulary_file`."""

    @property
    def num_buckets(self):
        return self.vocabulary_size + self.num_oov_buckets

    def _table(self, name, dtype):
        return vocabulary_tables.index_table_from_file(
            self.vocabulary_file, num_oov_buckets=self.num_oov_buckets, vocab_size=self.vocabulary_size,
            default_value=self.default_value, key_dtype=dtype, name=name,
        )  # fmt: skip


def categorical_column_with_vocabulary_list(key, vocabulary_list, dtype=None, default_value=-1, num_oov_buckets=0):
    """Categories of a list: the id is the place in it.

    Args:
        vocabulary_list: distinct texts or integers.
        dtype: of the feature; that of the list when None.
        default_value: the id of other categories; none when -1.
        num_oov_buckets: ids behind the list for other categories, by their hash.

    Raises:
        ValueError: an argument is out of range.
    """
    if vocabulary_list is None or len(vocabulary_list) < 1:
        raise ValueError(f"vocabulary_list {vocabulary_list} must be non-empty, column_name: {key}")
    if len(set(vocabulary_list)) != len(vocabulary_list):
        raise ValueError(f"Duplicate keys in vocabulary_list {vocabulary_list}, column_name: {key}")
    listed = dtypes.as_dtype(np.array(vocabulary_list).dtype)
    _check_oov(key, num_oov_buckets, default_value != -1)
    columns.check_text_or_integer(listed, f"column_name: {key} vocabulary")
    dtype = listed if dtype is None else dtypes.as_dtype(dtype)
    if dtype.is_integer != listed.is_integer:
        raise ValueError(f"dtype {dtype} and vocabulary dtype {listed} do not match, column_name: {key}")
    columns.check_text_or_integer(dtype, f"column_name: {key}")
    columns.check_key(key)
    return VocabularyListCategoricalColumn(key, tuple(vocabulary_list), dtype, default_value, num_oov_buckets)


class VocabularyListCategoricalColumn(
    _VocabularyColumn,
    collections.namedtuple(
        "VocabularyListCategoricalColumn", ("key", "vocabulary_list", "dtype", "default_value", "num_oov_buckets")
    ),
):
    """`categorical_column_with_vocabulary_list`."""

    @property
    def num_buckets(self):
        return len(self.vocabulary_list) + self.num_oov_buckets

    def _table(self, name, dtype):
        return vocabulary_tables.index_table_from_tensor(
            self.vocabulary_list, num_oov_buckets=self.num_oov_buckets, default_value=self.default_value, dtype=dtype,
            name=name,
        )  # fmt: skip


# -- numbers -------------------------------------------------------------------------------------------------------------


def categorical_column_with_identity(key, num_buckets, default_value=None):
    """Categories that are integers in [0, num_buckets) already.

    Args:
        default_value: the id of other numbers; at run time an InvalidArgumentError when None.

    Raises:
        ValueError: an argument is out of range.
    """
    if num_buckets < 1:
        raise ValueError(f"num_buckets {num_buckets} < 1, column_name {key}")
    if default_value is not None and not 0 <= default_value < num_buckets:
        raise ValueError(f"default_value {default_value} not in range [0, {num_buckets}), column_name {key}")
    columns.check_key(key)
    return IdentityCategoricalColumn(key, num_buckets, default_value)


class IdentityCategoricalColumn(
    _KeyedColumn, collections.namedtuple("IdentityCategoricalColumn", ("key", "number_buckets", "default_value"))
):
    """`categorical_column_with_identity`."""

    dtype = dtypes.int64

    @property
    def num_buckets(self):
        return self.number_buckets

    def _ids(self, feature):
        if not feature.dtype.is_integer:
            raise ValueError(f"Invalid input, not integer. key: {self.key} dtype: {feature.dtype}")
        ids = math.cast(feature.values, dtypes.int64, name="values")
        count = math.cast(self.num_buckets, dtypes.int64, name="num_buckets")
        zero = math.cast(0, dtypes.int64, name="zero")
        checked = self._checked if self.default_value is None else self._replaced
        return SparseTensor(feature.indices, checked(ids, count, zero), feature.dense_shape)

    def _checked(self, ids, count, zero):
        below = asserts.assert_less(
            ids, count, data=(ids, count), name="assert_less_than_num_buckets",
            message=f'Bucket index for categorical column "{self.name}" exceeds number of buckets',
        )  # fmt: skip
        above = asserts.assert_greater_equal(
            ids, zero, data=(ids,), name="assert_greater_or_equal_0",
            message=f'Negative bucket index for categorical column "{self.name}"',
        )  # fmt: skip
        with graph_lib.get_default_graph().control_dependencies([below, above]):
            return array.identity(ids)

    def _replaced(self, ids, count, zero):
        outside = compare.logical_or(ids < zero, ids >= count, name="out_of_range")
        sizes = array.shape(ids)
        default = array.fill(sizes, math.cast(self.default_value, dtypes.int64), name="default_values")
        return choosing.where_v2(outside, default, ids)


# -- weights and crosses -------------------------------------------------------------------------------------------------


def weighted_categorical_column(categorical_column, weight_feature_key, dtype=dtypes.float32):
    """A categorical column with a weight for each id, from the feature `weight_feature_key` of type `dtype`."""
    if dtype is None or not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype {dtype} is not convertible to float.")
    return WeightedCategoricalColumn(categorical_column, weight_feature_key, dtype)


class WeightedCategoricalColumn(
    columns.CategoricalColumn,
    collections.namedtuple("WeightedCategoricalColumn", ("categorical_column", "weight_feature_key", "dtype")),
):
    """`weighted_categorical_column`."""

    @property
    def name(self):
        return f"{self.categorical_column.name}_weighted_by_{self.weight_feature_key}"

    @property
    def parse_example_spec(self):
        spec = dict(self.categorical_column.parse_example_spec)
        if self.weight_feature_key in spec:
            raise ValueError(
                f"Parse config {spec[self.weight_feature_key]} already exists for {self.weight_feature_key}."
            )
        return {**spec, self.weight_feature_key: features.VarLenFeature(self.dtype)}

    @property
    def num_buckets(self):
        return self.categorical_column.num_buckets

    def transform(self, features):
        weights = sparse.convert_to_tensor_or_sparse_tensor(features.get(self.weight_feature_key))
        if self.dtype is not weights.dtype.base_dtype:
            raise ValueError(f"Bad dtype of {self.weight_feature_key}, expected {self.dtype}, but got {weights.dtype}.")
        if not isinstance(weights, SparseTensor):
            weights = columns.as_sparse(weights, ignore_value=0.0)
        if not weights.dtype.is_floating:
            weights = math.cast(weights, dtypes.float32)
        return columns.IdWeightPair(features.get(self.categorical_column), weights)

    def sparse_tensors(self, features):
        return features.get(self)


def crossed_column(keys, hash_bucket_size, hash_key=None):
    """Every combination of the categories of several columns, by its hash one of `hash_bucket_size` ids.

    Args:
        keys: at least two keys of features, or categorical columns but hashed ones.
        hash_key: where hashing begins.

    Raises:
        ValueError: an argument is none of those.
    """
    if not hash_bucket_size or hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be > 1. hash_bucket_size: {hash_bucket_size}")
    if not keys or len(keys) < 2:
        raise ValueError(f"keys must be a list with length > 1. Given: {keys}")
    for key in keys:
        if not isinstance(key, (str, columns.CategoricalColumn)):
            raise ValueError(
                f"Unsupported key type. All keys must be either string, or categorical column. Given: {key}"
            )
        if isinstance(key, HashedCategoricalColumn):
            raise ValueError(
                "categorical_column_with_hash_bucket is not supported for crossing: hashing twice makes more collisions. "
                f"Use the feature name as a string. Given: {key}"
            )
    return CrossedColumn(tuple(keys), hash_bucket_size, hash_key)


class CrossedColumn(
    columns.CategoricalColumn, collections.namedtuple("CrossedColumn", ("keys", "hash_bucket_size", "hash_key"))
):
    """`crossed_column`."""

    def _leaves(self):
        """The keys, those of crossed columns in their place."""
        for key in self.keys:
            yield from key._leaves() if isinstance(key, CrossedColumn) else [key]

    @property
    def name(self):
        return "_X_".join(sorted(key if isinstance(key, str) else key.name for key in self._leaves()))

    @property
    def parse_example_spec(self):
        spec = {}
        for key in self.keys:
            spec.update(
                {key: features.VarLenFeature(dtypes.string)} if isinstance(key, str) else key.parse_example_spec
            )
        return spec

    @property
    def num_buckets(self):
        return self.hash_bucket_size

    def transform(self, features):
        found = []
        for key in self._leaves():
            if isinstance(key, str):
                found.append(features.get(key))
                continue
            ids, weights = key.sparse_tensors(features)
            if weights is not None:
                raise ValueError(f"crossed_column does not support weights, but the given column has some: {key.name}")
            found.append(ids)
        return hashing.sparse_cross_hashed(found, num_buckets=self.hash_bucket_size, hash_key=self.hash_key)
