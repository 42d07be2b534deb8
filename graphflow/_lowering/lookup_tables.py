"""Rules of `_ops/lookup_tables.py` and its neighbours: a table is a dict that lives in the session."""

from __future__ import annotations

import numpy as np

from graphflow._core import errors
from graphflow._files import gfile
from graphflow._lowering import queues, rule

_LINE_NUMBER = -1  # in place of the number of a column; -2 is the line as a whole
_EMPTY = "Table not initialized. Run `tf.tables_initializer()` in the session first."


class Table:
    """The entries of one table: keys as Python values (tuples where keys are vectors), values as rows of arrays.

    Attributes:
        entries: key -> value; None before a table that is filled once was filled.
        key_dims, value_dims: the shapes of one key and one value.
    """

    def __init__(self, mutable, key_dims=(), value_dims=(), reserved=()):
        self.entries = {} if mutable else None
        self.mutable, self.key_dims, self.value_dims = mutable, key_dims, value_dims
        self.reserved = reserved

    def keys_of(self, op, keys):
        """The keys in an array as a list, and the shape in which they stand."""
        rank = len(self.key_dims)
        if keys.shape[keys.ndim - rank :] != self.key_dims:
            raise errors.InvalidArgumentError(
                None, op, f"Expected key shape [..., {list(self.key_dims)}], got {list(keys.shape)}"
            )
        lead = keys.shape[: keys.ndim - rank]
        if not rank:
            return keys.ravel().tolist(), lead
        found = [tuple(row.ravel().tolist()) for row in keys.reshape(-1, *self.key_dims)]
        return found, lead

    def rows_of(self, op, values, lead):
        """The values in an array, one a key."""
        if values.shape != (*lead, *self.value_dims):
            raise errors.InvalidArgumentError(
                None, op, f"Expected shape {[*lead, *self.value_dims]} for values, got {list(values.shape)}"
            )
        return list(values.reshape(-1, *self.value_dims)) if self.value_dims else values.ravel().tolist()


def _table(ctx, ref):
    return ctx.resources[ref.key].value


def _maker(mutable, free=True):
    """A row for operations that give a table."""

    def emit(ctx, op, *keys):
        key_dims = keys[0].shape if keys else ()
        value_dims = tuple(op.attrs.get("value_shape") or ())
        reserved = [key.item() if not key_dims else tuple(key.ravel().tolist()) for key in keys]
        return queues.resource_of(ctx, op, lambda _: Table(mutable, key_dims, value_dims, reserved))

    return rule.Host(emit, because="a table lives in the session", free=free)


# -- filling -------------------------------------------------------------------------------------------------------------


def _fill(op, table, pairs):
    """Gives a table that is filled once its entries; a table that has some keeps them."""
    if table.entries is not None:
        return
    entries = {}
    for key, value in pairs:
        if entries.setdefault(key, value) != value:
            raise errors.FailedPreconditionError(
                None, op, f"HashTable has different value for same key. Key {_shown(key)} has {_shown(entries[key])} and "
                f"trying to add value {_shown(value)}",
            )  # fmt: skip
    table.entries = entries


def _shown(value):
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _import(ctx, op, ref, keys, values):
    table = _table(ctx, ref)
    found, lead = table.keys_of(op, keys)
    rows = table.rows_of(op, values, lead)
    if table.mutable:
        _check_reserved(op, table, found)
        table.entries = dict(zip(found, rows))
    else:
        _fill(op, table, zip(found, rows))
    return ()


def _import_file(ctx, op, ref, filename):
    attrs, path = op.attrs, filename.item().decode()
    owned = ctx.resources[ref.key]
    key_dtype, value_dtype = owned.op.attrs["key_dtype"], owned.op.attrs["value_dtype"]
    delimiter = attrs["delimiter"]
    if len(delimiter) != 1:
        raise errors.InvalidArgumentError(None, op, f"delimiter must be only 1 char, got {delimiter!r}")
    with gfile.GFile(path, "rb") as file:
        lines = file.read().split(b"\n")
    lines = lines[:-1] if lines[-1] == b"" else lines
    size = attrs["vocab_size"]
    if len(lines) < size:
        raise errors.InvalidArgumentError(
            None, op, f"Invalid vocab_size in {path}: expected {size} but got {len(lines)}"
        )
    pairs = []
    for number, line in enumerate(lines if size < 0 else lines[:size]):
        line = line.removesuffix(b"\r")
        if not line:
            raise errors.InvalidArgumentError(None, op, f"Invalid content in {path}: line {number} is empty.")
        picked = [
            _picked(op, path, number, line, delimiter, index, dtype)
            for index, dtype in ((attrs["key_index"], key_dtype), (attrs["value_index"], value_dtype))
        ]
        pairs.append(picked)
    _fill(op, owned.value, pairs)
    return ()


def _picked(op, path, number, line, delimiter, index, dtype):
    """What of a line is the key or the value."""
    if index == _LINE_NUMBER:
        return number
    if index >= 0:
        columns = line.split(delimiter)
        if index >= len(columns):
            raise errors.InvalidArgumentError(
                None, op, f"Invalid number of columns in {path} line {number} ({line.decode(errors='replace')}) : expected "
                f"{index + 1} got {len(columns)}",
            )  # fmt: skip
        line = columns[index]
    if dtype.name == "string":
        return line
    try:
        return dtype.as_numpy_dtype(int(line) if dtype.is_integer else float(line)).item()
    except ValueError:
        raise errors.InvalidArgumentError(
            None, op, f"Field {line.decode(errors='replace')} in line {number} of {path} is not a valid {dtype.name}."
        ) from None


# -- using ---------------------------------------------------------------------------------------------------------------


def _find(ctx, op, ref, keys, default):
    table = _table(ctx, ref)
    if table.entries is None:
        raise errors.FailedPreconditionError(None, op, _EMPTY)
    found, lead = table.keys_of(op, keys)
    if default.shape != table.value_dims:
        raise errors.InvalidArgumentError(
            None, op, f"Expected shape {list(table.value_dims)} for default value, got {list(default.shape)}"
        )
    out = np.empty((len(found), *table.value_dims), default.dtype)
    missing = default if table.value_dims else default.item()
    for i, key in enumerate(found):
        out[i] = table.entries.get(key, missing)
    return out.reshape((*lead, *table.value_dims))


def _insert(ctx, op, ref, keys, values):
    table = _table(ctx, ref)
    found, lead = table.keys_of(op, keys)
    _check_reserved(op, table, found)
    rows = table.rows_of(op, values, lead)
    table.entries.update(zip(found, rows))
    return ()


def _remove(ctx, op, ref, keys):
    table = _table(ctx, ref)
    found, _ = table.keys_of(op, keys)
    _check_reserved(op, table, found)
    for key in found:
        table.entries.pop(key, None)
    return ()


def _check_reserved(op, table, keys):
    for key in keys:
        if key in table.reserved:
            raise errors.InvalidArgumentError(
                None, op, f"Using the empty_key or the deleted_key as a table key is not allowed: {_shown(key)}"
            )


def _export(ctx, op, ref):
    table = _table(ctx, ref)
    if table.entries is None:
        raise errors.AbortedError(None, op, _EMPTY)
    entries = table.entries
    keys = np.empty((len(entries), *table.key_dims), op.attrs["Tkeys"].as_numpy_dtype)
    values = np.empty((len(entries), *table.value_dims), op.attrs["Tvalues"].as_numpy_dtype)
    for i, (key, value) in enumerate(entries.items()):
        keys[i] = np.reshape(key, table.key_dims) if table.key_dims else key
        values[i] = value
    return keys, values


def _size(ctx, op, ref):
    return np.int64(len(_table(ctx, ref).entries or ()))


def _host(emit):
    return rule.Host(emit, because="tables live in the session")


RULES = {
    "HashTable": _maker(mutable=False),
    "MutableHashTable": _maker(mutable=True),
    "MutableHashTableOfTensors": _maker(mutable=True),
    "MutableDenseHashTable": _maker(mutable=True, free=False),  # it has inputs
    "InitializeTable": _host(_import),
    "InitializeTableFromTextFile": _host(_import_file),
    "LookupTableImport": _host(_import),
    "LookupTableFind": _host(_find),
    "LookupTableInsert": _host(_insert),
    "LookupTableExport": _host(_export),
    "LookupTableSize": _host(_size),
}
RULES |= {f"{op_type}V2": row for op_type, row in RULES.items()} | {"LookupTableRemoveV2": _host(_remove)}
