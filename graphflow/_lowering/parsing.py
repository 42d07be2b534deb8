"""Rules of `_ops/parsing.py`."""

from __future__ import annotations

import numpy as np
from google.protobuf import message

from graphflow._core import dtypes, errors
from graphflow._graph import protos
from graphflow._lowering import rule

_KINDS = {
    dtypes.float32: ("float_list", np.float32), dtypes.int64: ("int64_list", np.int64), dtypes.string: ("bytes_list", object),
}  # fmt: skip


def _wrong(op, text):
    return errors.InvalidArgumentError(None, op, text)


class _Record:
    """One Example, or one part of a SequenceExample.

    Args:
        op: the operation, for errors.
        features: key -> Feature.
        name: what errors call the record.
    """

    __slots__ = ("op", "features", "name")

    def __init__(self, op, features, name=""):
        self.op, self.features, self.name = op, features, name

    def values(self, key, dtype):
        """The values under a key, None where there are none."""
        feature = self.features.get(key)
        return None if feature is None else _values(self.op, feature, key, dtype, self.name)

    def sparse(self, key, dtype):
        """The values under a key, an empty array where there are none."""
        found = self.values(key, dtype)
        return np.empty(0, _KINDS[dtype][1]) if found is None else found

    def dense(self, key, dtype, dims, default):
        """The values under a key in their shape; with an unknown first dimension as many rows as there are."""
        found = self.values(key, dtype)
        varies = bool(dims) and dims[0] is None
        if found is None:
            if varies:
                return np.empty((0, *dims[1:]), _KINDS[dtype][1])
            if not default.size and 0 not in dims:
                raise _wrong(
                    self.op, f"{self.name}Feature: {key} (data type: {dtype.name}) is required but could not be found."
                )
            return default
        size = int(np.prod(dims[1:] if varies else dims, dtype=np.int64))
        if len(found) % max(size, 1) if varies else len(found) != size:
            raise _wrong(
                self.op, f"{self.name}Key: {key}.  Number of {dtype.name} values != expected.  values size: {len(found)} "
                f"but output shape: {list(dims)}"
            )  # fmt: skip
        return found.reshape([-1 if d is None else d for d in dims])


def _values(op, feature, key, dtype, name=""):
    kind = feature.WhichOneof("kind")
    if kind is None:
        return None
    field, numpy_type = _KINDS[dtype]
    if kind != field:
        raise _wrong(
            op, f"{name}Key: {key}.  Data types don't match. Expected type: {dtype.name}, but the record holds a {kind}"
        )
    found = getattr(feature, kind).value
    if numpy_type is not object:
        return np.array(found, numpy_type)
    out = np.empty(len(found), object)
    out[:] = found
    return out


def _parsed(op, kind, data, name=""):
    try:
        return kind.FromString(data)
    except message.DecodeError:
        raise _wrong(op, f"{name}Could not parse example input, value: '{data[:100]!r}'") from None


def _name(names, row):
    return f"Name: {names[row].decode()}, " if len(names) else "Name: <unknown>, "


def texts(keys):
    """Keys as texts."""
    return [(k if isinstance(k, bytes) else np.asarray(k).item()).decode() for k in keys]


def _taken(inputs, *counts):
    """The inputs in groups of so many."""
    at = 0
    for count in counts:
        yield inputs[at : at + count]
        at += count


# -- groups of features --------------------------------------------------------------------------------------------------


def _single(record, sparse, dense, defaults):
    """The outputs for one record: indices, values and shapes of sparse features, then dense ones."""
    values = [record.sparse(key, dtype) for key, dtype in sparse]
    indices = [np.arange(len(v), dtype=np.int64)[:, None] for v in values]
    sizes = [np.array([len(v)], np.int64) for v in values]
    return [*indices, *values, *sizes, *(record.dense(*each, d) for each, d in zip(dense, defaults))]


def _batch(records, sparse, dense, defaults):
    """The same for a batch of records."""
    columns = [_joined_rows([r.sparse(key, dtype) for r in records], dtype) for key, dtype in sparse]
    tensors = [_stacked([r.dense(*each, d) for r in records], each, d) for each, d in zip(dense, defaults)]
    return [part for kind in zip(*columns) for part in kind] + tensors


def _joined_rows(rows, dtype):
    """Rows of different lengths as the parts of a sparse matrix."""
    lengths = np.array([len(row) for row in rows], np.int64)
    count = int(lengths.sum())
    indices = np.empty((count, 2), np.int64)
    indices[:, 0] = np.repeat(np.arange(len(rows)), lengths)
    indices[:, 1] = np.arange(count) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    values = np.concatenate(rows) if rows else np.empty(0, _KINDS[dtype][1])
    return indices, values, np.array([len(rows), lengths.max(initial=0)], np.int64)


def _stacked(rows, each, default):
    """Rows as one array; those of different lengths are padded."""
    _, dtype, dims = each
    if not rows:
        return np.empty((0, *(d or 0 for d in dims)), _KINDS[dtype][1])
    if not dims or dims[0] is not None:
        return np.stack([np.asarray(row, _KINDS[dtype][1]) for row in rows])
    return _padded(rows, default.item())


def _padded(rows, filler):
    out = np.full((len(rows), max(map(len, rows)), *rows[0].shape[1:]), filler, rows[0].dtype)
    for place, row in zip(out, rows):
        place[: len(row)] = row
    return out


def dense_of(keys, types, dims):
    """(key, type, shape) of each dense feature."""
    return list(zip(texts(keys), types, dims))


# -- Examples ------------------------------------------------------------------------------------------------------------


def _parse_example(ctx, op, serialized, names, *rest):
    attrs = op.attrs
    sparse_keys, dense_keys, defaults = _taken(rest, attrs["Nsparse"], attrs["Ndense"], attrs["Ndense"])
    sparse = list(zip(texts(sparse_keys), attrs["sparse_types"]))
    dense = dense_of(dense_keys, attrs["Tdense"], attrs["dense_shapes"])
    return tuple(batch_of(op, serialized.tolist(), sparse, dense, defaults, names))


def batch_of(op, serialized, sparse, dense, defaults, names=()):
    """The indices, values and shapes of the sparse features of several Examples, then the dense features."""
    records = []
    for row, data in enumerate(serialized):
        name = _name(names, row)
        records.append(_Record(op, _parsed(op, protos.Example, data, name).features.feature, name))
    return _batch(records, sparse, dense, defaults)


def _parse_single_example(ctx, op, serialized, *defaults):
    attrs = op.attrs
    record = _Record(op, _parsed(op, protos.Example, serialized.item()).features.feature)
    sparse = list(zip(texts(attrs["sparse_keys"]), attrs["sparse_types"]))
    dense = dense_of(attrs["dense_keys"], attrs["Tdense"], attrs["dense_shapes"])
    return tuple(_single(record, sparse, dense, defaults))


# -- SequenceExamples ----------------------------------------------------------------------------------------------------


def _steps(op, lists, key, dtype):
    """The values of each step of a sequence, None where the sequence is missing."""
    found = lists.get(key)
    if found is None:
        return None
    empty = np.empty(0, _KINDS[dtype][1])
    values = [_values(op, feature, key, dtype) for feature in found.feature]
    return [empty if v is None else v for v in values]


def _dense_steps(op, lists, key, dtype, dims, may_miss):
    rows = _steps(op, lists, key, dtype)
    if rows is None:
        if key not in may_miss:
            raise _wrong(
                op, f"Name: <unknown>, Feature list '{key}' is required but could not be found.  Did you mean to include it in "
                "feature_list_dense_missing_assumed_empty or feature_list_dense_defaults?"
            )  # fmt: skip
        rows = []
    size = int(np.prod(dims, dtype=np.int64))
    for at, row in enumerate(rows):
        if len(row) != size:
            raise _wrong(
                op, f"Name: <unknown>, Key: {key}, Index: {at}.  Number of {dtype.name} values != expected.  values size: "
                f"{len(row)} but output shape: {list(dims)}"
            )  # fmt: skip
    return np.stack(rows).reshape(len(rows), *dims) if rows else np.empty((0, *dims), _KINDS[dtype][1])


def _sequence_parts(op, context_sparse, context_dense, sparse, dense):
    attrs = op.attrs
    return (
        list(zip(texts(context_sparse), attrs["context_sparse_types"])),
        dense_of(context_dense, attrs["Tcontext_dense"], attrs["context_dense_shapes"]),
        list(zip(texts(sparse), attrs["feature_list_sparse_types"])),
        dense_of(dense, attrs["feature_list_dense_types"], attrs["feature_list_dense_shapes"]),
    )


def _parse_single_sequence(ctx, op, serialized, may_miss, *rest):
    attrs = op.attrs
    *keys, defaults, _ = _taken(
        rest, attrs["Ncontext_sparse"], attrs["Ncontext_dense"], attrs["Nfeature_list_sparse"],
        attrs["Nfeature_list_dense"], attrs["Ncontext_dense"], 1,
    )  # fmt: skip
    parts = _sequence_parts(op, *keys)
    example = _parsed(op, protos.SequenceExample, serialized.item())
    lists, may_miss = example.feature_lists.feature_list, texts(may_miss)
    context = _single(_Record(op, example.context.feature), parts[0], parts[1], defaults)
    columns = [_joined_rows(_steps(op, lists, key, dtype) or [], dtype) for key, dtype in parts[2]]
    dense = [_dense_steps(op, lists, *each, may_miss) for each in parts[3]]
    return (*context, *(part for kind in zip(*columns) for part in kind), *dense)


def _parse_sequence(ctx, op, serialized, names, *defaults):
    attrs = op.attrs
    parts = _sequence_parts(
        op, attrs["context_sparse_keys"], attrs["context_dense_keys"], attrs["feature_list_sparse_keys"],
        attrs["feature_list_dense_keys"],
    )  # fmt: skip
    examples = [
        _parsed(op, protos.SequenceExample, data, _name(names, i)) for i, data in enumerate(serialized.tolist())
    ]
    records = [_Record(op, e.context.feature, _name(names, i)) for i, e in enumerate(examples)]
    lists = [e.feature_lists.feature_list for e in examples]
    may_miss = texts(attrs["feature_list_dense_missing_assumed_empty"])
    columns = [_joined_steps([_steps(op, each, key, dtype) or [] for each in lists], dtype) for key, dtype in parts[2]]
    dense = [[_dense_steps(op, each, *wanted, may_miss) for each in lists] for wanted in parts[3]]
    fillers = [b"" if dtype is dtypes.string else 0 for _, dtype, _ in parts[3]]
    return (
        *_batch(records, parts[0], parts[1], defaults),
        *(part for kind in zip(*columns) for part in kind),
        *(_padded(rows, filler) for rows, filler in zip(dense, fillers)),
        *(np.array([len(row) for row in rows], np.int64) for rows in dense),
    )


def _joined_steps(sequences, dtype):
    """Sequences of rows of different lengths as the parts of a sparse tensor of rank 3."""
    owner = np.repeat(np.arange(len(sequences)), [len(rows) for rows in sequences])
    step = np.concatenate([np.arange(len(rows)) for rows in sequences]) if sequences else np.empty(0, np.int64)
    flat, values, size = _joined_rows([row for rows in sequences for row in rows], dtype)
    at = flat[:, 0]
    indices = np.stack([owner[at], step[at], flat[:, 1]], axis=1).astype(np.int64)
    longest = max(map(len, sequences), default=0)
    return indices, values, np.array([len(sequences), longest, size[1]], np.int64)


_BECAUSE = "it reads records"
RULES = {
    "ParseExample": rule.Host(_parse_example, because=_BECAUSE),
    "ParseSingleExample": rule.Host(_parse_single_example, because=_BECAUSE),
    "ParseSingleSequenceExample": rule.Host(_parse_single_sequence, because=_BECAUSE),
    "ParseSequenceExample": rule.Host(_parse_sequence, because=_BECAUSE),
}
