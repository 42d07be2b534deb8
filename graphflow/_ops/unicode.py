"""Texts as characters: decoded, encoded, split; n-grams of words; joined segments."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, op_def, static_value
from graphflow._ops import array, dispatch, elementwise, joining
from graphflow._ops import ragged_tensor as ragged

RaggedTensor = ragged.RaggedTensor


# -- characters ----------------------------------------------------------------------------------------------------------


def unicode_decode(
    input, input_encoding, errors="replace", replacement_char=65533, replace_control_characters=False, name=None
):  # fmt: skip
    """The code points of each text.

    Args:
        input: texts of any known rank.
        input_encoding: such as "UTF-8".
        errors: what happens to bytes that are no text: "replace", "ignore", or "strict", an InvalidArgumentError at run time.
        replacement_char: the code point that stands for them.
        replace_control_characters: whether characters below 32 are replaced too.

    Returns:
        int32 with one axis more than `input`, ragged unless `input` is a scalar.

    Raises:
        ValueError: the rank of `input` is not known.
    """
    with build.name_scope(name, "UnicodeDecode", [input]):
        return _decode(input, input_encoding, errors, replacement_char, replace_control_characters)[0]


def unicode_decode_with_offsets(
    input, input_encoding, errors="replace", replacement_char=65533, replace_control_characters=False, name=None
):  # fmt: skip
    """(code points, int64 byte at which each begins) of each text. Arguments and errors as `unicode_decode`."""
    with build.name_scope(name, "UnicodeDecodeWithOffsets", [input]):
        return _decode(input, input_encoding, errors, replacement_char, replace_control_characters, True)


def _decode(input, encoding, errors, replacement, replaces_control, with_offsets=False):
    x = ragged.convert(input, name="input")
    rank = x.get_shape().ndims
    if rank is None:
        raise ValueError("Rank of `input` must be statically known.")
    if rank > 1 and not isinstance(x, RaggedTensor):
        x = RaggedTensor.from_tensor(x, ragged_rank=rank - 1)
    flat = array.reshape(x.flat_values if isinstance(x, RaggedTensor) else x, [-1])
    splits, *found = build.apply(
        "UnicodeDecodeWithOffsets" if with_offsets else "UnicodeDecode", flat, input_encoding=encoding, errors=errors,
        replacement_char=replacement, replace_control_characters=replaces_control,
    )  # fmt: skip
    if rank > 0:
        found = [RaggedTensor.from_row_splits(part, splits) for part in found]
    if rank > 1:
        found = [_with_rows(x, part) for part in found]
    return tuple(found)


def _with_rows(x, rows):
    """The rows of `x` with a ragged row in place of each element."""
    inner = x.values
    return x.with_values(_with_rows(inner, rows) if isinstance(inner, RaggedTensor) else rows)


op_def.shape_rule("UnicodeDecode")(lambda op: [(None,), (None,)])
op_def.shape_rule("UnicodeDecodeWithOffsets")(lambda op: [(None,), (None,), (None,)])


def unicode_encode(input, output_encoding, errors="replace", replacement_char=65533, name=None):
    """The texts that rows of code points make.

    Args:
        input: int32 of known rank, a tensor or RaggedTensor; the last axis becomes a text.
        output_encoding: "UTF-8", "UTF-16-BE" or "UTF-32-BE".
        errors: what happens to numbers that are no code points: "replace", "ignore", or "strict".
        replacement_char: the code point that stands for them.

    Raises:
        ValueError: a scalar, or a rank that is not known.
    """
    with build.name_scope(name, "UnicodeEncode", [input]):
        x = ragged.convert(input)
        rank = x.get_shape().ndims
        if rank is None:
            raise ValueError("Rank of input_tensor must be statically known.")
        if rank == 0:
            raise ValueError("input_tensor's rank must be at least 1.")
        return _encode(x, rank, output_encoding, errors, replacement_char)


def _encode(x, rank, *how):
    if isinstance(x, RaggedTensor):
        if isinstance(x.values, RaggedTensor):
            return x.with_values(_encode(x.values, rank - 1, *how))
        if x.values.get_shape().ndims > 1:
            return x.with_values(_encode(x.values, rank - 1, *how))
        encoding, errors, replacement = how
        return build.apply(
            "UnicodeEncode",
            x.values,
            x.row_splits,
            output_encoding=encoding,
            errors=errors,
            replacement_char=replacement,
        )
    if rank == 1:
        splits = joining.stack([0, array.shape(x, out_type=dtypes.int32)[0]])
        return array.reshape(_encode(RaggedTensor.from_row_splits(x, splits), 2, *how), [])
    if rank == 2:
        return _encode(RaggedTensor.from_tensor(x), 2, *how)
    sizes = array.shape(x)
    flat = array.reshape(x, joining.stack([-1, sizes[-1]]))
    return array.reshape(_encode(flat, 2, *how), sizes[:-1])


@op_def.shape_rule("UnicodeEncode")
def _encode_shape(op):
    splits = op.inputs[1]._dims
    return [(None if not splits or splits[0] is None else splits[0] - 1,)]


def unicode_split(input, input_encoding, errors="replace", replacement_char=65533, name=None):
    """The characters of each text as texts. Arguments and errors as `unicode_decode`."""
    with build.name_scope(name, "UnicodeSplit", [input]):
        (codes,) = _decode(input, input_encoding, errors, replacement_char, False)
        return unicode_encode(ragged.expand_last(codes), input_encoding, errors, replacement_char)


def unicode_split_with_offsets(input, input_encoding, errors="replace", replacement_char=65533, name=None):
    """(characters, int64 byte at which each begins) of each text. Arguments and errors as `unicode_decode`."""
    with build.name_scope(name, "UnicodeSplitWithOffsets", [input]):
        codes, offsets = _decode(input, input_encoding, errors, replacement_char, False, True)
        return unicode_encode(ragged.expand_last(codes), input_encoding, errors, replacement_char), offsets


def unicode_transcode(
    input, input_encoding, output_encoding, errors="replace", replacement_char=65533, replace_control_characters=False,
    name=None,
):  # fmt: skip
    """The texts in another encoding. Arguments as `unicode_decode` and `unicode_encode`."""
    return build.apply(
        "UnicodeTranscode", input, input_encoding=input_encoding, output_encoding=output_encoding, errors=errors,
        replacement_char=replacement_char, replace_control_characters=replace_control_characters, name=name,
    )  # fmt: skip


@dispatch.ragged("unary")
def unicode_script(input, name=None):
    """The script of each code point by ICU's numbers, such as 25 for Latin; -1 for what is no code point."""
    return build.apply("UnicodeScript", input, name=name)


op_def.shape_rule("UnicodeTranscode", "UnicodeScript")(elementwise.same_shape)


def string_bytes_split(input, name=None):
    """The bytes of each text as texts, with one axis more than `input`, ragged unless `input` is a scalar.

    Raises:
        ValueError: the rank of `input` is not known.
    """
    with build.name_scope(name, "StringsByteSplit", [input]):
        x = ragged.convert(input, name="input")
        if isinstance(x, RaggedTensor):
            return _with_rows(x, string_bytes_split(x.flat_values))
        rank = x.get_shape().ndims
        if rank is None:
            raise ValueError("input must have a statically-known rank.")
        if rank == 0:
            return string_bytes_split(joining.stack([x]))[0]
        if rank > 1:
            return string_bytes_split(RaggedTensor.from_tensor(x, ragged_rank=rank - 1))
        indices, values, shape = build.apply("StringSplit", x, "", skip_empty=False)
        return RaggedTensor.from_value_rowids(values, indices[:, 0], nrows=shape[0])


# -- n-grams and joined segments -----------------------------------------------------------------------------------------


def ngrams(
    data, ngram_width, separator=" ", pad_values=None, padding_width=None, preserve_short_sequences=False, name=None
):  # fmt: skip
    """The n-grams of the texts along the last axis.

    Args:
        data: texts, a tensor or RaggedTensor of known rank >= 1.
        ngram_width: how many texts an n-gram has; a list gives those of each width, one after the other.
        separator: between the texts of an n-gram.
        pad_values: put before and behind each row: a text, or one for each side; none when None.
        padding_width: how many; at most, and when None exactly, one fewer than the width.
        preserve_short_sequences: whether a row too short for an n-gram gives one of all its texts.

    Returns:
        a tensor for a tensor, else a RaggedTensor.

    Raises:
        ValueError, TypeError: an argument is none of those.
    """
    pads = ("", "") if pad_values is None else pad_values
    pads = tuple(pads) if isinstance(pads, (list, tuple)) else (pads, pads)
    if not all(isinstance(pad, (str, bytes)) for pad in pads):
        raise TypeError(f"pad_values must be a string, tuple of strings, or None, got {pad_values!r}.")
    if padding_width is not None and padding_width < 1:
        raise ValueError(f"padding_width must be greater than 0, got {padding_width}.")
    if padding_width is not None and pad_values is None:
        raise ValueError("pad_values must be provided if padding_width is set.")
    widths = list(ngram_width) if isinstance(ngram_width, (list, tuple)) else [ngram_width]
    if any(width < 1 for width in widths):
        raise ValueError(f"All ngram_widths must be greater than 0. Got {ngram_width}")
    pad_width = 0 if pad_values is None else -1 if padding_width is None else padding_width
    attrs = {
        "separator": separator, "ngram_widths": widths, "left_pad": pads[0], "right_pad": pads[1],
        "pad_width": pad_width, "preserve_short_sequences": preserve_short_sequences,
    }  # fmt: skip
    with build.name_scope(name, "StringNGrams", [data]):
        x = ragged.convert(data, dtypes.string, "data")
        if isinstance(x, RaggedTensor):
            return _ragged_ngrams(x, attrs)
        rank = x.get_shape().ndims
        if rank is None:
            raise ValueError("Rank of data must be known.")
        if rank == 0:
            raise ValueError("Data must have rank>0")
        if rank == 1:
            return _ragged_ngrams(RaggedTensor.from_row_starts(x, [0]), attrs).values
        found = _ragged_ngrams(RaggedTensor.from_tensor(x, ragged_rank=rank - 1), attrs)
        return array.reshape(found.flat_values, array.concat([array.shape(x)[:-1], [-1]], axis=0))


def _ragged_ngrams(x, attrs):
    if isinstance(x.values, RaggedTensor):
        return x.with_values(_ragged_ngrams(x.values, attrs))
    return RaggedTensor.from_row_splits(*build.apply("StringNGrams", x.values, x.row_splits, **attrs))


op_def.shape_rule("StringNGrams")(lambda op: [(None,), op.inputs[1]._dims])


def unsorted_segment_join(inputs, segment_ids, num_segments, separator="", name=None):
    """The texts of each segment joined, in order.

    Args:
        inputs: texts `[..., *inner]`.
        segment_ids: integers `[...]` in [0, num_segments).

    Returns:
        texts `[num_segments, *inner]`.
    """
    return build.apply("UnsortedSegmentJoin", inputs, segment_ids, num_segments, separator=separator, name=name)


@op_def.shape_rule("UnsortedSegmentJoin")
def _segment_join_shape(op):
    dims, ids = op.inputs[0]._dims, op.inputs[1]._dims
    if dims is None or ids is None:
        return [None]
    return [(static_value.known_int(op.inputs[2]), *dims[len(ids) :])]


op_def.not_differentiable(
    "UnicodeDecode", "UnicodeDecodeWithOffsets", "UnicodeEncode", "UnicodeTranscode", "UnicodeScript", "StringNGrams",
    "UnsortedSegmentJoin", because="texts do not vary smoothly",
)  # fmt: skip
