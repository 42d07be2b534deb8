"""Rules of `_ops/ragged_tensor.py`, and of the texts that come as rows of different lengths."""

from __future__ import annotations

import functools
import pathlib

import numpy as np

from graphflow._core import errors
from graphflow._lowering import rule

_HOST = "strings stay on the host"
_LAST_CHARACTER = 0x10FFFF


def _to_sparse(ctx, op, *inputs):
    *splits, flat = inputs
    rank = len(splits)
    indices = np.zeros((len(flat), 0), np.int64)
    sizes, ids = [len(splits[0]) - 1], np.arange(len(flat), dtype=np.int64)
    for s in reversed(splits):  # from the innermost axis outwards: the row of each value, and its place there
        rows = np.searchsorted(s, ids, side="right") - 1
        indices = np.concatenate([(ids - s[rows])[:, None], indices], axis=1)
        ids = rows
    indices = np.concatenate([ids[:, None], indices], axis=1)
    sizes += [int(np.diff(s).max(initial=0)) for s in splits]
    inner = flat.shape[1:]
    if inner:
        places = np.indices(inner).reshape(len(inner), -1).T
        indices = np.concatenate(
            [np.repeat(indices, len(places), axis=0), np.tile(places, (len(flat), 1))], axis=1
        ).reshape(-1, rank + 1 + len(inner))
    return indices.astype(np.int64), flat.reshape(-1), np.array([*sizes, *inner], np.int64)


# -- characters ----------------------------------------------------------------------------------------------------------


def _decoded(op, item, encoding):
    """[(code point, byte at which it begins)] of a text; bad bytes are replaced, left out, or an error."""
    how, found, at = op.attrs["errors"], [], 0
    while at < len(item):
        try:
            good, bad = item[at:].decode(encoding), None
        except UnicodeDecodeError as err:
            good, bad = item[at : at + err.start].decode(encoding), err
        except LookupError:
            raise errors.InvalidArgumentError(
                None, op, f"Could not create converter for input encoding: {encoding}"
            ) from None
        start = at
        for character in good:
            found.append((ord(character), start))
            start += len(character.encode(encoding, "surrogatepass"))
        if bad is None:
            break
        if how == b"strict":
            raise errors.InvalidArgumentError(None, op, f"Invalid formatting on input string {item!r}")
        if how == b"replace":
            found.append((op.attrs["replacement_char"], at + bad.start))
        at += bad.end
    if not op.attrs["replace_control_characters"]:
        return found
    return [(op.attrs["replacement_char"] if code <= 0x1F else code, place) for code, place in found]


def _encoded(op, codes):
    """The text of code points."""
    how, encoding = op.attrs["errors"], op.attrs["output_encoding"].decode()
    characters = []
    for code in codes:
        if 0 <= code <= _LAST_CHARACTER:
            is_half = 0xD800 <= code <= 0xDFFF and encoding != "UTF-16-BE"
            characters.append("\ufffd" if is_half else chr(code))
        elif how == b"strict":
            raise errors.InvalidArgumentError(
                None, op, f"Code point is out of range for Unicode, or a noncharacter: {code}"
            )
        elif how == b"replace":
            characters.append(chr(op.attrs["replacement_char"]))
    return "".join(characters).encode(encoding, "surrogatepass")


def _unicode_decode(ctx, op, texts):
    rows = [_decoded(op, item, op.attrs["input_encoding"].decode()) for item in texts.ravel()]
    pairs = np.array([pair for row in rows for pair in row], np.int64).reshape(-1, 2)
    splits = np.cumsum([0, *map(len, rows)]).astype(op.attrs["Tsplits"].as_numpy_dtype)
    return (splits, pairs[:, 0].astype(np.int32), pairs[:, 1])[: len(op.outputs)]


def _unicode_encode(ctx, op, codes, splits):
    if not len(splits) or splits[0] != 0 or splits[-1] != len(codes) or (np.diff(splits) < 0).any():
        raise errors.InvalidArgumentError(None, op, f"input_splits {splits.tolist()} do not divide {len(codes)} values")
    return _texts([_encoded(op, row.tolist()) for row in np.split(codes, splits[1:-1])][: len(splits) - 1])


def _unicode_transcode(ctx, op, texts):
    encoding = op.attrs["input_encoding"].decode()
    out = np.empty(texts.shape, object)
    for index, item in np.ndenumerate(texts):
        out[index] = _encoded(op, [code for code, _ in _decoded(op, item, encoding)])
    return out


@functools.cache
def _scripts():
    """The first code points of runs of one script, and the scripts."""
    lines = pathlib.Path(__file__).with_name("unicode_scripts.txt").read_text(encoding="ascii").split("\n")
    pairs = [line.split() for line in lines if line and not line.startswith("#")]
    return np.array([int(start, 16) for start, _ in pairs]), np.array([int(script) for _, script in pairs], np.int32)


def _unicode_script(ctx, op, codes):
    starts, scripts = _scripts()
    known = (codes >= 0) & (codes <= _LAST_CHARACTER)
    found = scripts[np.searchsorted(starts, np.where(known, codes, 0), side="right") - 1]
    return np.where(known, found, -1).astype(np.int32)


# -- n-grams and joined segments -----------------------------------------------------------------------------------------


def _texts(items):
    out = np.empty(len(items), object)
    out[:] = items
    return out


def _ngrams_of(tokens, width, pad, attrs):
    """The n-grams of one row."""
    whole = [attrs["left_pad"]] * pad + tokens + [attrs["right_pad"]] * pad
    return [attrs["separator"].join(whole[i : i + width]) for i in range(len(whole) - width + 1)]


def _ngrams(ctx, op, data, splits):
    attrs, rows = op.attrs, []
    for start, end in zip(splits[:-1].tolist(), splits[1:].tolist()):
        tokens, made = data[start:end].tolist(), []
        for width in attrs["ngram_widths"]:
            pad = width - 1 if attrs["pad_width"] < 0 else min(attrs["pad_width"], width - 1)
            made += _ngrams_of(tokens, width, pad, attrs)
        if not made and tokens and attrs["preserve_short_sequences"]:
            made = _ngrams_of(tokens, len(tokens) + 2 * attrs["pad_width"], attrs["pad_width"], attrs)
        rows.append(made)
    return _texts([item for row in rows for item in row]), np.cumsum([0, *map(len, rows)]).astype(splits.dtype)


def _segment_join(ctx, op, texts, ids, count):
    if texts.shape[: ids.ndim] != ids.shape:
        raise errors.InvalidArgumentError(
            None, op, f"segment_ids of shape {list(ids.shape)} are no prefix of the shape {list(texts.shape)} of inputs"
        )
    count = int(count)
    if ids.size and not (0 <= ids.min() and ids.max() < count):
        raise errors.InvalidArgumentError(None, op, f"segment_ids {ids.tolist()} are not in [0, {count})")
    inner = texts.shape[ids.ndim :]
    rows = texts.reshape(ids.size, -1)
    out = np.full((count, rows.shape[1]), b"", object)
    for segment, row in zip(ids.ravel(), rows):
        for column, item in enumerate(row):  # no separator behind nothing
            before = out[segment, column]
            out[segment, column] = before + op.attrs["separator"] + item if before else item
    return out.reshape(count, *inner)


RULES = {
    "RaggedTensorToSparse": rule.Host(_to_sparse, because="the longest row depends on values"),
    "UnicodeDecode": rule.Host(_unicode_decode, because=_HOST),
    "UnicodeDecodeWithOffsets": rule.Host(_unicode_decode, because=_HOST),
    "UnicodeEncode": rule.Host(_unicode_encode, because=_HOST),
    "UnicodeTranscode": rule.Host(_unicode_transcode, because=_HOST),
    "UnicodeScript": rule.Host(_unicode_script, because="it looks into a table of all characters"),
    "StringNGrams": rule.Host(_ngrams, because=_HOST),
    "UnsortedSegmentJoin": rule.Host(_segment_join, because=_HOST),
}
