"""Rules of `_ops/hashing.py`."""

from __future__ import annotations

import functools
import itertools

import numpy as np

from graphflow._core import errors
from graphflow._lowering import hashes, rule, strings

_HOST = "strings stay on the host"
_MAX_INT64 = 2**63 - 1


def _buckets(hashed):
    """A row for operations that give each text the bucket `hashed(op)(text)` modulo their number."""

    def emit(ctx, op, x):
        count, of_text = op.attrs["num_buckets"], hashed(op)
        return strings.mapped(lambda item: of_text(item) % count, x, np.int64)

    return rule.Host(emit, because=_HOST)


def _strong(op):
    key = op.attrs["key"]
    if len(key) != 2:
        raise errors.InvalidArgumentError(None, op, f"Key must have 2 elements, got {list(key)}")
    return lambda item: hashes.strong_hash64(item, key)


# -- fingerprints --------------------------------------------------------------------------------------------------------


def _fingerprints(rows):
    """uint8 `[n, 8]`, the fingerprint of each of a list of bytes."""
    found = np.array([hashes.fingerprint64(row) for row in rows], "<u8")
    return found.view(np.uint8).reshape(-1, 8)


def _fingerprint(ctx, op, data, method):
    if method.item() != b"farmhash64":
        raise errors.InvalidArgumentError(None, op, f"Unsupported fingerprint method: {method.item().decode()}")
    if data.dtype != object:
        return _fingerprints([row.tobytes() for row in data])
    rows = data.reshape(len(data), -1)
    if rows.shape[1] == 1:
        return _fingerprints(rows[:, 0])
    return _fingerprints([_fingerprints(row).tobytes() for row in rows])


# -- crosses -------------------------------------------------------------------------------------------------------------


def _sparse_cross(ctx, op, *inputs):
    n, attrs = op.attrs["N"], op.attrs
    sparse_count = len(attrs["sparse_types"])
    indices, values = inputs[:n], inputs[n : n + sparse_count]
    shapes, dense = inputs[n + sparse_count : 2 * n + sparse_count], inputs[2 * n + sparse_count :]
    sizes = [int(s[0]) for s in shapes] + [len(d) for d in dense]
    if len(set(sizes)) > 1:
        raise errors.InvalidArgumentError(None, op, f"Expected batch size {sizes[0]} of all inputs, got {sizes}")
    batch = sizes[0] if sizes else 0
    columns = [_rows_of(batch, i, v) for i, v in zip(indices, values)] + [d.tolist() for d in dense]
    made = _hashed(attrs) if attrs["hashed_output"] else b"_X_".join
    if attrs["hashed_output"]:
        feature = hashes.fingerprint64 if attrs["internal_type"].name == "string" else _number
    else:
        feature = _text
    columns = [[list(map(feature, row)) for row in column] for column in columns]
    crossed = [[made(choice) for choice in itertools.product(*rows)] for rows in zip(*columns)]
    return _as_sparse(crossed, np.int64 if attrs["hashed_output"] else object)


def _rows_of(batch, indices, values):
    """The values of a sparse matrix row by row."""
    rows = [[] for _ in range(batch)]
    for row, value in zip(indices[:, 0].tolist(), values.tolist()):
        rows[row].append(value)
    return rows


def _number(item):
    """A feature as an unsigned number, where some are integers: these as they are, texts by their fingerprint."""
    return hashes.fingerprint64(item) if isinstance(item, bytes) else item & 2**64 - 1


def _text(item):
    return item if isinstance(item, bytes) else str(item).encode()


def _hashed(attrs):
    """The function that makes one number of several: the first operation of contrib joins them in a way of its own."""
    join = hashes.joined64 if "hash_key" in attrs else hashes.combined64
    key, count = attrs.get("hash_key", hashes.OLD_SEED) & 2**64 - 1, attrs["num_buckets"] or _MAX_INT64

    def made(choice):
        return functools.reduce(join, choice, key) % count

    return made


def _as_sparse(rows, dtype):
    """Lists of values as (indices, values, shape) of a sparse matrix."""
    indices = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    flat = np.empty(len(indices), dtype)
    flat[:] = [value for row in rows for value in row]
    shape = len(rows), max(map(len, rows), default=0)
    return np.array(indices, np.int64).reshape(-1, 2), flat, np.array(shape, np.int64)


_CROSS = rule.Host(_sparse_cross, because="the number of combinations depends on values")

RULES = {
    "StringToHashBucket": _buckets(lambda op: hashes.hash64),
    "StringToHashBucketFast": _buckets(lambda op: hashes.fingerprint64),
    "StringToHashBucketStrong": _buckets(_strong),
    "Fingerprint": rule.Host(_fingerprint, because=_HOST),
    "SparseCross": _CROSS,
    "SparseFeatureCross": _CROSS,
    "SparseFeatureCrossV2": _CROSS,
}
