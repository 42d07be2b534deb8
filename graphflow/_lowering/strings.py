"""Rules of `_ops/strings.py`, on arrays of bytes."""

from __future__ import annotations

import base64
import re

import numpy as np

from graphflow._core import errors
from graphflow._lowering import rule, text

_HOST = "strings stay on the host"


def _each(function, dtype=object):
    """A row for `function(op, item)` of each element."""

    def emit(ctx, op, x, *rest):
        extra = [r.item() for r in rest]
        return mapped(lambda item: function(op, item, *extra), x, dtype)

    return rule.Host(emit, because=_HOST)


def mapped(function, x, dtype=object):
    """An array of what `function` gives for each element."""
    x = np.asarray(x, object) if not isinstance(x, np.ndarray) else x
    out = np.empty(x.shape, dtype)
    for index, item in np.ndenumerate(x):
        out[index] = function(item)
    return out


# -- numbers -------------------------------------------------------------------------------------------------------------


def _as_string(ctx, op, x):
    attrs = op.attrs
    width = "" if attrs["width"] < 0 else str(attrs["width"])
    flags = attrs["fill"].decode() + width
    kind = np.dtype(x.dtype).kind
    if kind == "b":
        return mapped(lambda item: b"true" if item else b"false", x)
    if kind in "iu":
        return mapped(lambda item: (f"%{flags}d" % int(item)).encode(), x)
    precision = "" if attrs["precision"] < 0 else f".{attrs['precision']}"
    letter = "g" if attrs["shortest"] else "e" if attrs["scientific"] else "f"
    form = f"%{flags}{precision}{letter}"
    if kind == "c":
        return mapped(lambda item: f"({form % item.real},{form % item.imag})".encode(), x)
    return mapped(lambda item: (form % float(item)).encode(), x)


def _to_number(op, item):
    out_type = op.attrs["out_type"]
    try:
        number = float(item) if out_type.is_floating else int(item)
        if not out_type.is_floating and not out_type.min <= number <= out_type.max:
            raise ValueError(item)
    except ValueError:
        raise errors.InvalidArgumentError(
            None, op, f"StringToNumberOp could not correctly convert string: {item.decode(errors='replace')}"
        ) from None
    return number


def _string_to_number(ctx, op, x):
    return mapped(lambda item: _to_number(op, item), x, op.attrs["out_type"].as_numpy_dtype)


# -- joining, cutting ----------------------------------------------------------------------------------------------------


def _join(ctx, op, *parts):
    separator = op.attrs["separator"]
    shape = next((p.shape for p in parts if p.ndim), ())
    wide = [np.broadcast_to(p, shape) for p in parts]
    out = np.empty(shape, object)
    for index in np.ndindex(shape):
        out[index] = separator.join(p[index] for p in wide)
    return out


def _reduce_join(ctx, op, x, axes):
    out, separator = x, op.attrs["separator"]
    axes = [int(a) % max(x.ndim, 1) for a in np.atleast_1d(axes)]
    for axis in axes:
        out = _joined_along(out, axis, separator)
    if op.attrs["keep_dims"]:
        return out
    return out.reshape([d for i, d in enumerate(out.shape) if i not in axes])


def _joined_along(x, axis, separator):
    rows = np.moveaxis(x, axis, -1)
    out = np.empty(rows.shape[:-1], object)
    for index in np.ndindex(out.shape):
        out[index] = separator.join(rows[index])
    return np.expand_dims(out, axis)


def _pieces(texts, split):
    """The pieces of each text as (indices, values, shape) of a sparse matrix."""
    indices, values, most = [], [], 0
    for row, item in enumerate(texts):
        found = split(item)
        most = max(most, len(found))
        indices += [(row, column) for column in range(len(found))]
        values += found
    flat = np.empty(len(values), object)
    flat[:] = values
    return np.array(indices, np.int64).reshape(-1, 2), flat, np.array([len(texts), most], np.int64)


def _split(ctx, op, texts, delimiter):
    characters = delimiter.item()
    pattern = re.compile(b"[" + re.escape(characters) + b"]") if characters else None

    def split(item):
        found = pattern.split(item) if pattern else [item[i : i + 1] for i in range(len(item))]
        return [piece for piece in found if piece or not op.attrs["skip_empty"]] if item else []

    return _pieces(texts, split)


def _split_v2(ctx, op, texts, sep):
    limit = op.attrs["maxsplit"]
    return _pieces(texts, lambda item: item.split(sep.item() or None, limit))


def _substr(ctx, op, texts, pos, size):
    of_characters = op.attrs["unit"] == b"UTF8_CHAR"
    shape = np.broadcast_shapes(texts.shape, np.shape(pos))
    texts, pos, size = (np.broadcast_to(a, shape) for a in (texts, pos, size))
    out = np.empty(shape, object)
    for index in np.ndindex(shape):
        item = texts[index].decode() if of_characters else texts[index]
        start, length = int(pos[index]), int(size[index])
        if not -len(item) <= start <= len(item):
            raise errors.InvalidArgumentError(
                None, op, f"pos {start} out of range for string b'{texts[index].decode(errors='replace')}' at index {list(index)}"
            )  # fmt: skip
        start = start + len(item) if start < 0 else start
        piece = item[start : start + max(length, 0)]
        out[index] = piece.encode() if of_characters else piece
    return out


# -- regular expressions -------------------------------------------------------------------------------------------------


def _pattern(op, pattern):
    try:
        return re.compile(pattern)
    except re.error as err:
        raise errors.InvalidArgumentError(None, op, f"Invalid pattern: {pattern.decode()}, error: {err}") from None


def _replaced(op, item, pattern, rewrite):
    rewrite = re.sub(rb"\\0", rb"\\g<0>", rewrite)
    return _pattern(op, pattern).sub(rewrite, item, count=0 if op.attrs["replace_global"] else 1)


def _matches(op, item, pattern):
    return _pattern(op, pattern).fullmatch(item) is not None


# -- the rest ------------------------------------------------------------------------------------------------------------


def _length(op, item):
    return len(item.decode("utf-8", "replace")) if op.attrs["unit"] == b"UTF8_CHAR" else len(item)


def _cased(change):
    def function(op, item):
        return (
            getattr(item.decode(), change)().encode() if op.attrs["encoding"] == b"utf-8" else getattr(item, change)()
        )

    return _each(function)


def _decode_base64(op, item):
    try:
        return base64.b64decode(item.rstrip(b"=") + b"=" * (-len(item.rstrip(b"=")) % 4), b"-_", validate=True)
    except ValueError as err:
        raise errors.InvalidArgumentError(None, op, f"Invalid character found in base64: {err}") from None


def _encode_base64(op, item):
    encoded = base64.urlsafe_b64encode(item)
    return encoded if op.attrs["pad"] else encoded.rstrip(b"=")


def _format(ctx, op, *inputs):
    template, placeholder = op.attrs["template"].decode(), op.attrs["placeholder"].decode()
    parts = template.split(placeholder)
    shown = [text.edges(x, op.attrs["summarize"]) for x in inputs]
    joined = parts[0] + "".join(item + part for item, part in zip(shown, parts[1:]))
    out = np.empty((), object)
    out[()] = joined.encode()
    return out


RULES = {
    "AsString": rule.Host(_as_string, because=_HOST),
    "StringToNumber": rule.Host(_string_to_number, because=_HOST),
    "StringJoin": rule.Host(_join, because=_HOST),
    "ReduceJoin": rule.Host(_reduce_join, because=_HOST),
    "StringSplit": rule.Host(_split, because=_HOST),
    "StringSplitV2": rule.Host(_split_v2, because=_HOST),
    "Substr": rule.Host(_substr, because=_HOST),
    "RegexReplace": _each(_replaced),
    "StaticRegexReplace": _each(lambda op, item: _replaced(op, item, op.attrs["pattern"], op.attrs["rewrite"])),
    "RegexFullMatch": _each(_matches, np.bool_),
    "StaticRegexFullMatch": _each(lambda op, item: _matches(op, item, op.attrs["pattern"]), np.bool_),
    "StringLength": _each(_length, np.int32),
    "StringLower": _cased("lower"),
    "StringUpper": _cased("upper"),
    "StringStrip": _each(lambda op, item: item.strip()),
    "DecodeBase64": _each(_decode_base64),
    "EncodeBase64": _each(_encode_base64),
    "StringFormat": rule.Host(_format, because=_HOST),
}
