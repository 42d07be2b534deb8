"""Texts: made of numbers, joined, cut, searched. They stay on the host."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes
from graphflow._graph import build, op_def, sparse_tensor, static_value, tensor
from graphflow._ops import array, dispatch, elementwise, math, ragged_tensor, reduce


@dispatch.ragged("unary")
def as_string(input, precision=-1, scientific=False, shortest=False, width=-1, fill="", name=None):
    """Numbers and booleans as texts, as printf writes them.

    Args:
        precision: digits behind the point of floats; 6 when -1.
        scientific: `%e` for floats; shortest: `%g`.
        width, fill: pads to `width` characters, with `fill` ('0', '-', '+' or a space) in front.
    """
    return build.apply(
        "AsString",
        input,
        precision=precision,
        scientific=scientific,
        shortest=shortest,
        width=width,
        fill=fill,
        name=name,
    )


@dispatch.ragged("list")
def string_join(inputs, separator="", name=None):
    """The texts of several tensors joined element by element; scalars go with every element."""
    return build.apply("StringJoin", inputs, separator=separator, name=name)


@op_def.shape_rule("StringJoin")
def _join_shape(op):
    dims = [t._dims for t in op.inputs]
    shaped = [d for d in dims if d != ()]
    if not shaped:
        return [()]
    return [next((d for d in shaped if d is not None), None)]


def string_split(source, sep=None, skip_empty=True, delimiter=None, result_type="SparseTensor", name=None):
    """The pieces of each text between any of the characters of `sep` (a space when None).

    Args:
        source: a vector.
        skip_empty: leaves empty pieces out.
        result_type: "SparseTensor" or "RaggedTensor".

    Returns:
        a SparseTensor `[texts, most pieces]`, or a RaggedTensor.

    Raises:
        ValueError: another `result_type`.
    """
    _check_result_type(result_type)
    delimiter = reduce.either("sep", sep, "delimiter", delimiter)
    with build.name_scope(name, "StringSplit", [source]):
        delimiter = build.convert_to_tensor(" " if delimiter is None else delimiter, dtype=dtypes.string)
        source = build.convert_to_tensor(source, dtype=dtypes.string)
        found = sparse_tensor.SparseTensor(*build.apply("StringSplit", source, delimiter, skip_empty=skip_empty))
        return found if result_type == "SparseTensor" else _as_rows(found)


def _check_result_type(result_type):
    if result_type not in ("SparseTensor", "RaggedTensor"):
        raise ValueError(f"result_type must be 'RaggedTensor' or 'SparseTensor', got {result_type!r}")


def _as_rows(pieces):
    return ragged_tensor.RaggedTensor.from_value_rowids(pieces.values, pieces.indices[:, 0], pieces.dense_shape[0])


def split(input=None, sep=None, maxsplit=-1, result_type="SparseTensor", source=None, name=None):
    """The pieces of each text between occurrences of `sep` as a whole (white space when None), at most `maxsplit` + 1.

    Args:
        input: a vector; for a RaggedTensor as result texts of any known rank.
        result_type: "SparseTensor" or "RaggedTensor".

    Returns:
        a SparseTensor `[texts, most pieces]`, or a RaggedTensor with one axis more than `input`.

    Raises:
        ValueError: another `result_type`.
    """
    _check_result_type(result_type)
    input = reduce.either("input", input, "source", source)
    with build.name_scope(name, "StringSplit", [input]):
        input = ragged_tensor.convert(input, dtypes.string, "input")
        if result_type == "SparseTensor" and input.get_shape().ndims == 1:
            return _split_vector(input, sep, maxsplit)
        rows = _split_rows(input, sep, maxsplit)
        return rows if result_type == "RaggedTensor" else rows.to_sparse()


def _split_vector(input, sep, maxsplit):
    sep = build.convert_to_tensor("" if sep is None else sep, dtype=dtypes.string)
    return sparse_tensor.SparseTensor(*build.apply("StringSplitV2", input, sep, maxsplit=maxsplit))


def _split_rows(input, sep, maxsplit):
    if isinstance(input, ragged_tensor.RaggedTensor):
        return input.with_values(_split_rows(input.values, sep, maxsplit))
    rank = input.get_shape().ndims
    if rank == 0:
        return _split_rows(array.reshape(input, [1]), sep, maxsplit)[0]
    if rank in (1, None):
        return _as_rows(_split_vector(input, sep, maxsplit))
    return _split_rows(ragged_tensor.RaggedTensor.from_tensor(input, ragged_rank=rank - 1), sep, maxsplit)


@op_def.shape_rule("StringSplit", "StringSplitV2")
def _split_shape(op):
    return [(None, 2), (None,), (2,)]


@dispatch.ragged("unary")
def substr(input, pos, len, name=None, unit="BYTE"):
    """`len` characters (bytes, or UTF-8 characters) of each text, from `pos` on; a negative one counts from the end.

    Raises:
        InvalidArgumentError: at run time, when a text is shorter than `pos`.
    """
    return build.apply("Substr", input, pos, len, unit=unit, name=name)


@op_def.shape_rule("Substr")
def _substr_shape(op):
    texts, pos, size = (t._dims for t in op.inputs)
    if pos is not None and size is not None and len(pos) != len(size):
        raise build.shape_error(op, f"Shape must be rank {len(pos)} but is rank {len(size)}")
    return elementwise.broadcast_shape(op) if texts is not None and pos is not None else [None]


@dispatch.ragged("unary")
def string_to_number(string_tensor=None, out_type=dtypes.float32, name=None, input=None):
    """The numbers that texts spell. One that spells none is an InvalidArgumentError at run time."""
    text = reduce.either("string_tensor", string_tensor, "input", input)
    return build.apply("StringToNumber", text, out_type=out_type, name=name)


@dispatch.ragged("unary")
def string_length(input, name=None, unit="BYTE"):
    """The number of bytes, or of UTF-8 characters, of each text."""
    return build.apply("StringLength", input, unit=unit, name=name)


def string_lower(input, encoding="", name=None):
    """The texts in small letters; ASCII alone unless `encoding` is 'utf-8'."""
    return build.apply("StringLower", input, encoding=encoding, name=name)


def string_upper(input, encoding="", name=None):
    """The texts in capitals; ASCII alone unless `encoding` is 'utf-8'."""
    return build.apply("StringUpper", input, encoding=encoding, name=name)


@dispatch.ragged("unary")
def string_strip(input, name=None):
    """The texts without white space at both ends."""
    return build.apply("StringStrip", input, name=name)


@dispatch.ragged("unary")
def regex_replace(input, pattern, rewrite, replace_global=True, name=None):
    r"""The texts with matches of the regular expression `pattern` replaced; `\1` in `rewrite` is the first group."""
    if isinstance(pattern, (str, bytes)) and isinstance(rewrite, (str, bytes)):
        return build.apply(
            "StaticRegexReplace", input, pattern=pattern, rewrite=rewrite, replace_global=replace_global, name=name
        )
    return build.apply("RegexReplace", input, pattern, rewrite, replace_global=replace_global, name=name)


@dispatch.ragged("unary")
def regex_full_match(input, pattern, name=None):
    """Where a text as a whole matches the regular expression `pattern`."""
    if isinstance(pattern, (str, bytes)):
        return build.apply("StaticRegexFullMatch", input, pattern=pattern, name=name)
    return build.apply("RegexFullMatch", input, pattern, name=name)


@dispatch.ragged("unary")
def decode_base64(input, name=None):
    """The bytes that web-safe base64 texts stand for."""
    return build.apply("DecodeBase64", input, name=name)


@dispatch.ragged("unary")
def encode_base64(input, pad=False, name=None):
    """Bytes as web-safe base64 texts, with `=` behind them when `pad`."""
    return build.apply("EncodeBase64", input, pad=pad, name=name)


op_def.shape_rule(
    "AsString", "StringToNumber", "StringLength", "StringLower", "StringUpper", "StringStrip", "RegexReplace",
    "StaticRegexReplace", "RegexFullMatch", "StaticRegexFullMatch", "DecodeBase64", "EncodeBase64",
)(elementwise.same_shape)  # fmt: skip


@dispatch.ragged("reduce_join")
def reduce_join(inputs, axis=None, keep_dims=None, separator="", name=None, reduction_indices=None, keepdims=None):
    """The texts along `axis` joined, all axes (the last first) when None."""
    keepdims = reduce.either("keepdims", keepdims, "keep_dims", keep_dims)
    axis = reduce.either("axis", axis, "reduction_indices", reduction_indices)
    with build.name_scope(None, "ReduceJoin", [inputs, axis]):
        inputs = build.convert_to_tensor(inputs)
        if axis is None and inputs._dims is not None:
            axis = build.constant(np.arange(len(inputs._dims) - 1, -1, -1), dtype=dtypes.int32)
        elif axis is None:
            axis = math.range(array.rank(inputs) - 1, -1, -1)
        return build.apply("ReduceJoin", inputs, axis, keep_dims=bool(keepdims), separator=separator, name=name)


@op_def.shape_rule("ReduceJoin")
def _reduce_join_shape(op):
    dims, axes = op.inputs[0]._dims, static_value.constant_value(op.inputs[1])
    if dims is None or axes is None:
        return [None]
    chosen = {int(a) % len(dims) for a in np.atleast_1d(axes)}
    keep = op.attrs["keep_dims"]
    return [tuple(1 if i in chosen else d for i, d in enumerate(dims) if keep or i not in chosen)]


def string_format(template, inputs, placeholder="{}", summarize=3, name=None):
    """`template` with the values of tensors in the places of `placeholder`.

    Raises:
        ValueError: the number of places is not that of tensors.
    """
    inputs = [inputs] if isinstance(inputs, tensor.TensorLike) else list(inputs)
    if template.count(placeholder) != len(inputs):
        raise ValueError(
            f"{template.count(placeholder)} placeholder(s) in template does not match {len(inputs)} tensor(s) provided as input"
        )
    return build.apply(
        "StringFormat", inputs, template=template, placeholder=placeholder, summarize=summarize, name=name
    )


op_def.shape_rule("StringFormat")(lambda op: [()])
op_def.not_differentiable(
    "AsString", "StringJoin", "StringSplit", "StringSplitV2", "Substr", "StringToNumber", "ReduceJoin", "StringFormat",
    because="texts do not vary smoothly",
)  # fmt: skip
