"""Texts and bytes as tensors, and back: raw numbers, CSV, JSON, serialized tensors."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, op_def, sparse_tensor
from graphflow._ops import dispatch, reduce


def decode_raw(input_bytes=None, out_type=None, little_endian=True, name=None, bytes=None):
    """The numbers that bytes hold.

    Args:
        input_bytes: strings of any shape, all of one length.
        out_type: the type of the numbers.
        little_endian: the order of their bytes.

    Returns:
        a tensor with one axis more than `input_bytes`.

    Raises:
        InvalidArgumentError: at run time, lengths that differ or hold no whole number of elements.
    """
    if out_type is None:
        raise ValueError('decode_raw_v1() missing 1 positional argument: "out_type"')
    text = reduce.either("input_bytes", input_bytes, "bytes", bytes)
    return build.apply("DecodeRaw", text, out_type=out_type, little_endian=little_endian, name=name)


@op_def.shape_rule("DecodeRaw")
def _raw_shape(op):
    dims = op.inputs[0]._dims
    return [None if dims is None else (*dims, None)]


def decode_csv(
    records, record_defaults, field_delim=",", use_quote_delim=True, name=None, na_value="", select_cols=None
):
    """The columns of comma-separated records.

    Args:
        records: strings of any shape, a record each.
        record_defaults: one tensor or list a column: a value for empty fields, or nothing where they are errors; its type is the
            column's: float32, float64, int32, int64 or string.
        field_delim: what stands between fields.
        use_quote_delim: whether fields may be quoted.
        na_value: a text that counts as empty.
        select_cols: the numbers of the columns wanted, in order; all when None.

    Returns:
        a list of tensors of the shape of `records`.

    Raises:
        ValueError: `select_cols` are not increasing, or not as many as defaults.
        InvalidArgumentError: at run time, another number of fields, an empty one without default, a text that is no number.
    """
    select_cols = list(select_cols or ())
    if any(a >= b for a, b in zip(select_cols, select_cols[1:])):
        raise ValueError("select_cols is not strictly increasing.")
    if select_cols and select_cols[0] < 0:
        raise ValueError("select_cols contains negative values.")
    if select_cols and len(select_cols) != len(record_defaults):
        raise ValueError("Length of select_cols and record_defaults do not match.")
    return build.apply(
        "DecodeCSV", records, record_defaults, field_delim=field_delim, use_quote_delim=use_quote_delim, na_value=na_value,
        select_cols=select_cols, name=name,
    )  # fmt: skip


@op_def.shape_rule("DecodeCSV")
def _csv_shape(op):
    for t in op.inputs[1:]:
        if t._dims is not None and (len(t._dims) > 1 or t._dims and t._dims[0] not in (None, 0, 1)):
            raise build.shape_error(op, "Shape of a default must be a length-0 or length-1 vector, or a scalar")
    return [op.inputs[0]._dims] * len(op.outputs)


def decode_json_example(json_examples, name=None):
    """Examples written as JSON, as serialized Examples."""
    return build.apply("DecodeJSONExample", json_examples, name=name)


@dispatch.ragged("unary")
def decode_compressed(bytes, compression_type="", name=None):
    """Strings that were compressed with "ZLIB" or "GZIP", as they were before."""
    return build.apply("DecodeCompressed", bytes, compression_type=compression_type, name=name)


op_def.shape_rule("DecodeJSONExample", "DecodeCompressed")(lambda op: [op.inputs[0]._dims])


def serialize_tensor(tensor, name=None):
    """A tensor as a serialized TensorProto, a string scalar."""
    return build.apply("SerializeTensor", tensor, name=name)


def parse_tensor(serialized, out_type, name=None):
    """The tensor of a serialized TensorProto; its shape is known at run time only.

    Raises:
        InvalidArgumentError: at run time, when it is none, or of another type.
    """
    return build.apply("ParseTensor", serialized, out_type=out_type, name=name)


op_def.shape_rule("SerializeTensor")(lambda op: [()])
op_def.shape_rule("ParseTensor")(lambda op: [None])


def serialize_sparse(sp_input, name=None, out_type=dtypes.string):
    """A SparseTensor as three strings: its indices, values and shape."""
    return _serialized("SerializeSparse", sp_input, name, out_type)


def serialize_many_sparse(sp_input, name=None, out_type=dtypes.string):
    """The rows of a SparseTensor, each as three strings: `[rows, 3]`."""
    return _serialized("SerializeManySparse", sp_input, name, out_type)


def _serialized(op_type, sp_input, name, out_type):
    sp = sparse_tensor.SparseTensor.from_value(sp_input)
    return build.apply(op_type, sp.indices, sp.values, sp.dense_shape, out_type=out_type, name=name)


def deserialize_many_sparse(serialized_sparse, dtype, rank=None, name=None):
    """The SparseTensors that rows of three strings hold, as one with a first axis more.

    Args:
        serialized_sparse: `[rows, 3]`.
        dtype: the type of the values.
        rank: of the result, where it is known.
    """
    parts = build.apply("DeserializeManySparse", serialized_sparse, dtype=dtype, name=name)
    parts[0].set_shape([None, rank])
    parts[2].set_shape([rank])
    return sparse_tensor.SparseTensor(*parts)


op_def.shape_rule("SerializeSparse")(lambda op: [(3,)])
op_def.shape_rule("SerializeManySparse")(lambda op: [(None, 3)])
op_def.shape_rule("DeserializeManySparse")(lambda op: [(None, None), (None,), (None,)])
op_def.not_differentiable(
    "DecodeRaw", "DecodeCSV", "DecodeJSONExample", "DecodeCompressed", "SerializeTensor", "ParseTensor", "SerializeSparse",
    "SerializeManySparse", "DeserializeManySparse", because="texts do not vary smoothly",
)  # fmt: skip
