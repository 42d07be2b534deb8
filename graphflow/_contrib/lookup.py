"""The older names of tables of vocabularies."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._ops import vocabulary_tables as tables


def index_table_from_tensor(
    mapping, num_oov_buckets=0, default_value=-1, hasher_spec=tables.FastHashSpec, dtype=dtypes.string, name=None
):  # fmt: skip
    """A table from the elements of the vector `mapping` to their positions; see `_ops.vocabulary_tables`."""
    if mapping is None:
        raise ValueError("mapping must be specified.")
    return tables.index_table_from_tensor(mapping, num_oov_buckets, default_value, hasher_spec, dtype, name)


def index_to_string_table_from_tensor(mapping, default_value="UNK", name=None):
    """A table from positions to the texts of the vector `mapping`."""
    if mapping is None:
        raise ValueError("mapping must be specified.")
    return tables.index_to_string_table_from_tensor(mapping, default_value, name)


def string_to_index(tensor, mapping, default_value=-1, name=None):
    """The positions of texts in the vector `mapping`."""
    return index_table_from_tensor(mapping, default_value=default_value, name=name).lookup(tensor)


def index_to_string(tensor, mapping, default_value="UNK", name=None):
    """The texts of the vector `mapping` at the positions `tensor`, int64."""
    return index_to_string_table_from_tensor(mapping, default_value, name).lookup(tensor)


def string_to_index_table_from_file(
    vocabulary_file=None, num_oov_buckets=0, vocab_size=None, default_value=-1, hasher_spec=tables.FastHashSpec,
    name=None,
):  # fmt: skip
    """A table from the lines of a file to their numbers."""
    return tables.index_table_from_file(
        vocabulary_file, num_oov_buckets, vocab_size, default_value, hasher_spec, dtypes.string, name
    )


def string_to_index_table_from_tensor(
    mapping, num_oov_buckets=0, default_value=-1, hasher_spec=tables.FastHashSpec, name=None
):  # fmt: skip
    """A table from the texts of a vector to their positions.

    Raises:
        ValueError: `mapping` holds no texts.
    """
    with build.name_scope(name, "string_to_index") as scope:
        mapping = build.convert_to_tensor(mapping)
    if mapping.dtype.base_dtype is not dtypes.string:
        raise ValueError(f"string_to_index_table_from_tensor requires string, got {mapping.dtype}.")
    return index_table_from_tensor(mapping, num_oov_buckets, default_value, hasher_spec, name=scope)
