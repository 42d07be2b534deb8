"""Tables of vocabularies: words to their numbers, with buckets for unknown words, and numbers to words."""

from __future__ import annotations

import collections
import functools

from graphflow._core import dtypes
from graphflow._graph import build, sparse_tensor, static_value, tensor
from graphflow._ops import array, choosing, compare, grouping, hashing, lookup_tables, math, strings
from graphflow._ops import table_initializers as initializers

TextFileIndex = initializers.TextFileIndex
_KEYS = (dtypes.int64, dtypes.string)


class HasherSpec(collections.namedtuple("HasherSpec", ["hasher", "key"])):
    """Which hash gives unknown words their bucket: "fasthash", "legacy", or "stronghash" with a key."""

    __slots__ = ()


FastHashSpec = HasherSpec("fasthash", None)


class StrongHashSpec(HasherSpec):
    """The keyed hash; `key` is two integers.

    Raises:
        ValueError: `key` has not two elements. TypeError: they are no integers.
    """

    __slots__ = ()

    def __new__(cls, key):
        if len(key) != 2:
            raise ValueError(f"key must have size 2, got {len(key)}.")
        if not all(isinstance(part, int) for part in key):
            raise TypeError(f"Invalid key {key}. Must be unsigned integer values.")
        return super().__new__(cls, "stronghash", key)


def _bucket_function(spec):
    if not isinstance(spec, HasherSpec):
        raise TypeError(f"hasher_spec must be of type HasherSpec, got {spec}")
    known = {
        "fasthash": hashing.string_to_hash_bucket_fast,
        "legacy": hashing.string_to_hash_bucket,
        "stronghash": functools.partial(hashing.string_to_hash_bucket_strong, key=spec.key),
    }
    if spec.hasher not in known:
        raise ValueError(f"Unknown hasher {spec.hasher}: there are {', '.join(known)}")
    return known[spec.hasher]


class IdTableWithHashBuckets(lookup_tables.LookupInterface):
    """A table of ids with `num_oov_buckets` more ids behind it, which the hash of an unknown key chooses.

    Args:
        table: a table string or int64 -> int64, or None: all keys are unknown.
        num_oov_buckets: how many buckets.
        hasher_spec: which hash.
        name: the table's name where `table` is None.
        key_dtype: the type of the keys that are looked up, an integer or string; that of `table` when None.

    Raises:
        TypeError: a type that does not fit. ValueError: neither a table nor buckets.
    """

    def __init__(self, table, num_oov_buckets, hasher_spec=FastHashSpec, name=None, key_dtype=None):
        name = name.rstrip("/") if name else name
        if table is not None:
            key_dtype = key_dtype or table.key_dtype
            _check_table(table, key_dtype)
            name = name or table.name
        else:
            if num_oov_buckets <= 0:
                raise ValueError("oov_buckets must be > 0 if no table is supplied.")
            key_dtype, name = key_dtype or dtypes.string, name or "hash_bucket"
        if not key_dtype.is_integer and key_dtype is not dtypes.string:
            raise TypeError(f"Invalid key_dtype, expected integer or string, got {key_dtype}.")
        self._bucket_of = _bucket_function(hasher_spec)
        self._table, self._num_oov_buckets, self._name = table, num_oov_buckets, name.split("/")[-1]
        super().__init__(key_dtype, dtypes.int64)

    name = property(lambda self: self._name, doc="The table's name.")

    @property
    def resource_handle(self):
        """The handle of the table of known keys, or None."""
        return None if self._table is None else self._table.resource_handle

    @property
    def initializer(self):
        """The operation that fills the table."""
        if self._table is not None:
            return self._table.initializer
        with build.name_scope(None, "init"):
            return grouping.no_op()

    init = initializer

    def size(self, name=None):
        """The number of known keys and buckets, an int64 scalar."""
        with build.name_scope(name, f"{self.name}_Size"):
            known = build.constant(0, dtypes.int64) if self._table is None else self._table.size()
            return known + self._num_oov_buckets

    def lookup(self, keys, name=None):
        """The ids of `keys`, a tensor or a SparseTensor; for an unknown key that of its bucket.

        Raises:
            TypeError: the keys are of another type.
        """
        if keys.dtype.base_dtype is not self._key_dtype:
            raise TypeError(f"Signature mismatch. Keys must be dtype {self._key_dtype}, got {keys.dtype}.")
        is_sparse = isinstance(keys, sparse_tensor.SparseTensor)
        values = keys.values if is_sparse else keys
        if self._table is not None and self._table.key_dtype is dtypes.int64:
            values = math.cast(values, dtypes.int64)
        if self._num_oov_buckets:
            with build.name_scope(name, f"{self.name}_Lookup"):
                ids = self._with_buckets(values)
        else:
            ids = self._table.lookup(values, name=name)
        return sparse_tensor.SparseTensor(keys.indices, ids, keys.dense_shape) if is_sparse else ids

    def _with_buckets(self, values):
        text = values if values.dtype is dtypes.string else strings.as_string(values)
        buckets = self._bucket_of(text, num_buckets=self._num_oov_buckets, name="hash_bucket")
        if self._table is None:
            return buckets
        ids = self._table.lookup(values)
        buckets = math.add(buckets, self._table.size())
        return choosing.where_v2(compare.not_equal(ids, self._table.default_value), ids, buckets)


def _check_table(table, key_dtype):
    if table.key_dtype not in _KEYS or table.key_dtype.is_integer != key_dtype.is_integer:
        raise TypeError(f"Invalid key dtype: the table has {table.key_dtype}, keys are {key_dtype}.")
    if table.value_dtype is not dtypes.int64:
        raise TypeError(f"Invalid value dtype, expected {dtypes.int64} but got {table.value_dtype}.")


class StaticVocabularyTable(IdTableWithHashBuckets):
    """A table of ids that an initializer fills, with at least one bucket for unknown keys: `tf.lookup.StaticVocabularyTable`.

    Args:
        initializer: a table initializer string or int64 -> int64, or None.
        num_oov_buckets: how many buckets.
        lookup_key_dtype: the type of the keys that are looked up; that of the initializer when None.
        name: the table's name.

    Raises:
        ValueError: no buckets. TypeError: a type that does not fit.
    """

    def __init__(self, initializer, num_oov_buckets, lookup_key_dtype=None, name=None):
        if num_oov_buckets <= 0:
            raise ValueError("oov_buckets must be > 0.")
        if initializer:
            lookup_key_dtype = lookup_key_dtype or initializer.key_dtype
            _check_table(initializer, lookup_key_dtype)
            table = lookup_tables.StaticHashTable(initializer, -1)
        else:
            lookup_key_dtype, table = dtypes.string, None
        super().__init__(table, num_oov_buckets, name=name, key_dtype=lookup_key_dtype)


# -- tables of files and lists -------------------------------------------------------------------------------------------


def _check_buckets(num_oov_buckets, key_dtype):
    if num_oov_buckets < 0:
        raise ValueError(f"num_oov_buckets must be greater or equal than 0, got {num_oov_buckets}.")
    if not key_dtype.is_integer and key_dtype.base_dtype is not dtypes.string:
        raise TypeError(f"Only integer and string keys are supported, got {key_dtype}.")


def _check_file(vocabulary_file, vocab_size):
    if vocabulary_file is None or (isinstance(vocabulary_file, str) and not vocabulary_file):
        raise ValueError("vocabulary_file must be specified and must not be empty.")
    if vocab_size is not None and vocab_size < 1:
        shown = vocabulary_file
        if isinstance(vocabulary_file, tensor.Tensor):
            known = static_value.constant_value(vocabulary_file)
            shown = "?" if known is None else known
        raise ValueError(f"vocab_size must be greater than 0, got {vocab_size}. vocabulary_file: {shown}")


def index_table_from_file(
    vocabulary_file=None, num_oov_buckets=0, vocab_size=None, default_value=-1, hasher_spec=FastHashSpec,
    key_dtype=dtypes.string, name=None, key_column_index=TextFileIndex.WHOLE_LINE,
    value_column_index=TextFileIndex.LINE_NUMBER, delimiter="\t",
):  # fmt: skip
    """A table from the lines of a file to their numbers.

    Args:
        vocabulary_file: a path, or a string scalar tensor.
        num_oov_buckets: ids for unknown keys behind the known ones; with 0 they have `default_value`.
        vocab_size: how many lines to take; all when None.
        hasher_spec: which hash chooses the bucket.
        key_dtype: string or an integer type.
        key_column_index, value_column_index, delimiter: as for `TextFileInitializer`.

    Raises:
        ValueError, TypeError: an argument is out of range.
    """
    _check_file(vocabulary_file, vocab_size)
    _check_buckets(num_oov_buckets, key_dtype)
    with build.name_scope(name, "string_to_index"):
        with build.name_scope(None, "hash_table"):
            init = initializers.TextFileIdTableInitializer(
                vocabulary_file, vocab_size=vocab_size, key_dtype=dtypes.int64 if key_dtype.is_integer else key_dtype,
                name="table_init", key_column_index=key_column_index, value_column_index=value_column_index,
                delimiter=delimiter,
            )  # fmt: skip
            table = lookup_tables.StaticHashTable(init, default_value)
        return (
            IdTableWithHashBuckets(table, num_oov_buckets, hasher_spec, None, key_dtype) if num_oov_buckets else table
        )


def index_table_from_tensor(
    vocabulary_list, num_oov_buckets=0, default_value=-1, hasher_spec=FastHashSpec, dtype=dtypes.string, name=None
):  # fmt: skip
    """A table from the elements of a vector to their positions. Other arguments and errors as `index_table_from_file`.

    Raises:
        ValueError: the vector is not of type `dtype`.
    """
    if vocabulary_list is None:
        raise ValueError("vocabulary_list must be specified.")
    _check_buckets(num_oov_buckets, dtype)
    with build.name_scope(name, "string_to_index"):
        keys = build.convert_to_tensor(vocabulary_list)
        if keys.dtype.is_integer != dtype.is_integer or (not dtype.is_integer and keys.dtype.base_dtype is not dtype):
            raise ValueError(f"Expected {dtype} as the type of the vocabulary, got {keys.dtype}.")
        values = math.cast(math.range(array.size(keys)), dtypes.int64)
        with build.name_scope(None, "hash_table"):
            keys = math.cast(keys, dtypes.int64) if keys.dtype.is_integer else keys
            init = initializers.KeyValueTensorInitializer(keys, values, name="table_init")
            table = lookup_tables.StaticHashTable(init, default_value)
        return IdTableWithHashBuckets(table, num_oov_buckets, hasher_spec, None, dtype) if num_oov_buckets else table


def index_to_string_table_from_file(
    vocabulary_file, vocab_size=None, default_value="UNK", name=None, key_column_index=TextFileIndex.LINE_NUMBER,
    value_column_index=TextFileIndex.WHOLE_LINE, delimiter="\t",
):  # fmt: skip
    """A table from numbers to the lines of a file. Arguments and errors as `index_table_from_file`."""
    _check_file(vocabulary_file, vocab_size)
    with build.name_scope(name, "index_to_string"):
        init = initializers.TextFileStringTableInitializer(
            vocabulary_file, vocab_size=vocab_size, name="table_init", key_column_index=key_column_index,
            value_column_index=value_column_index, delimiter=delimiter,
        )  # fmt: skip
        return lookup_tables.StaticHashTable(init, default_value)


def index_to_string_table_from_tensor(vocabulary_list, default_value="UNK", name=None):
    """A table from positions to the texts of a vector; other numbers have `default_value`."""
    if vocabulary_list is None:
        raise ValueError("vocabulary_list must be specified.")
    with build.name_scope(name, "index_to_string"):
        words = build.convert_to_tensor(vocabulary_list, dtypes.string)
        keys = math.cast(math.range(array.size(words)), dtypes.int64)
        init = initializers.KeyValueTensorInitializer(keys, words, dtypes.int64, dtypes.string, name="table_init")
        return lookup_tables.StaticHashTable(init, default_value)
