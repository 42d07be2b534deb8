"""Rules of `_ops/decoding.py`."""

from __future__ import annotations

import importlib
import zlib

import numpy as np
from google.protobuf import message

from graphflow._core import dtypes, errors
from graphflow._files import records as records_lib
from graphflow._graph import protos, tensor_proto
from graphflow._lowering import rule, strings

_C_NAMES = {"float32": "float", "float64": "double", "float16": "half"}


def _wrong(op, text):
    return errors.InvalidArgumentError(None, op, text)


def _raw(ctx, op, texts):
    kind = op.attrs["out_type"]
    dtype = np.dtype(kind.as_numpy_dtype)
    flat = texts.ravel().tolist()
    length = len(flat[0]) if flat else 0
    for text in flat:
        if len(text) != length:
            raise _wrong(
                op, "DecodeRaw requires input strings to all be the same size, but element 1 has size "
                f"{len(text)} != {length}"
            )  # fmt: skip
    if length % dtype.itemsize:
        raise _wrong(
            op, f"Input to DecodeRaw has length {length} that is not a multiple of {dtype.itemsize}, the size of "
            f"{_C_NAMES.get(kind.name, kind.name)}"
        )  # fmt: skip
    order = "<" if op.attrs["little_endian"] else ">"
    found = np.frombuffer(b"".join(flat), dtype.newbyteorder(order)).astype(dtype)
    return found.reshape(*texts.shape, length // dtype.itemsize)


# -- CSV -----------------------------------------------------------------------------------------------------------------


def csv_fields(op, record, delim, quotes):
    """The fields of a record; with `quotes`, those in quotes may hold anything."""
    if b'"' not in record and b"\n" not in record and b"\r" not in record:
        return record.split(delim) if record else []
    at, size, found = 0, len(record), []
    while at < size:
        if record[at : at + 1] in b"\r\n":
            at += 1
        elif quotes and record[at : at + 1] == b'"':
            field, at = _quoted(op, record, at + 1, delim)
            found.append(field)
        else:
            end = record.find(delim, at)
            end = size if end < 0 else end
            field = record[at:end]
            if b"\n" in field or b"\r" in field or quotes and b'"' in field:
                raise _wrong(op, "Unquoted fields cannot have quotes/CRLFs inside")
            found.append(field)
            at = end + 1
    if record.endswith(delim):
        found.append(b"")
    return found


def _quoted(op, record, at, delim):
    """(a field, the place behind it and its delimiter) for a field whose opening quote stands before `at`."""
    parts = []
    while True:
        end = record.find(b'"', at)
        if end < 0:
            raise _wrong(op, "Quoted field has to end with quote followed by delim or end")
        parts.append(record[at:end])
        following = record[end + 1 : end + 2]
        if following in (b"", delim):
            return b"".join(parts), end + 2
        if following != b'"':
            raise _wrong(op, "Quote inside a string has to be escaped by another quote")
        parts.append(b'"')
        at = end + 2


def csv_number(op, text, kind, column, row):
    """The number that a field spells."""
    try:
        if b"_" in text:
            raise ValueError(text)
        value = float(text) if kind.is_floating else int(text)
        if not kind.is_floating and not kind.min <= value <= kind.max:
            raise ValueError(text)
    except ValueError:
        name = _C_NAMES.get(kind.name, kind.name)
        raise _wrong(
            op, f"Field {column} in record {row} is not a valid {name}: {text.decode(errors='replace')}"
        ) from None
    return value


def _csv(ctx, op, records, *defaults):
    attrs = op.attrs
    delim, empty, chosen = attrs["field_delim"], (b"", attrs["na_value"]), attrs["select_cols"]
    types = attrs["OUT_TYPE"]
    columns = [[] for _ in types]
    for row, record in enumerate(records.ravel().tolist()):
        fields = csv_fields(op, record, delim, attrs["use_quote_delim"])
        if chosen:
            fields = [fields[i] for i in chosen if i < len(fields)]
        if len(fields) != len(types):
            raise _wrong(op, f"Expect {len(types)} fields but have {len(fields)} in record {row}")
        for i, (field, kind, column) in enumerate(zip(fields, types, columns)):
            if field in empty:
                if not defaults[i].size:
                    raise _wrong(op, f"Field {i} is required but missing in record {row}!")
                column.append(defaults[i].item())
            else:
                column.append(field if kind is dtypes.string else csv_number(op, field, kind, i, row))
    with np.errstate(over="ignore"):
        return tuple(np.array(c, t.as_numpy_dtype).reshape(records.shape) for c, t in zip(columns, types))


# -- JSON, compressed strings --------------------------------------------------------------------------------------------


def _json(ctx, op, texts):
    json_format = importlib.import_module("google.protobuf.json_format")  # no other rule needs it

    def parsed(text):
        try:
            return json_format.Parse(text, protos.Example()).SerializeToString(deterministic=True)
        except json_format.ParseError as error:
            raise _wrong(op, f"Error while parsing JSON: {error}") from None

    return strings.mapped(parsed, texts)


def _decompressed(ctx, op, texts):
    bits = records_lib.window_bits(op.attrs["compression_type"].decode())

    def unpacked(text):
        try:
            return text if bits is None else zlib.decompress(text, bits)
        except zlib.error as error:
            raise errors.DataLossError(None, op, f"inflate() failed: {error}") from None

    return strings.mapped(unpacked, texts)


# -- serialized tensors --------------------------------------------------------------------------------------------------


def _to_bytes(array):
    proto = protos.TensorProto(
        dtype=(dtypes.string if array.dtype == object else dtypes.as_dtype(array.dtype)).as_datatype_enum
    )
    proto.tensor_shape.SetInParent()
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    if array.dtype == object:
        proto.string_val.extend(array.ravel().tolist())
    else:
        proto.tensor_content = array.tobytes()
    return proto.SerializeToString()


def _from_bytes(op, data, kind):
    try:
        proto = protos.TensorProto.FromString(data)
    except message.DecodeError:
        raise _wrong(op, f"Could not parse `serialized` as TensorProto: '{data[:60]!r}'") from None
    if proto.dtype != kind.as_datatype_enum:
        found = dtypes.as_dtype(proto.dtype).name if proto.dtype else "invalid"
        raise _wrong(op, f"Type mismatch between parsed tensor ({found}) and dtype ({kind.name})")
    return tensor_proto.read(proto)


def _serialize(ctx, op, array):
    return np.array(_to_bytes(array), object)


def _parse(ctx, op, data):
    return _from_bytes(op, data.item(), op.attrs["out_type"])


def _texts_of(op, rows):
    as_text = op.attrs["out_type"] is dtypes.string
    out = np.empty((len(rows), 3), object)
    for i, parts in enumerate(rows):
        for j, part in enumerate(parts):  # as variants the arrays travel as they are
            out[i, j] = _to_bytes(part) if as_text else part
    return out


def _serialize_sparse(ctx, op, indices, values, shape):
    return _texts_of(op, [(indices, values, shape)])[0]


def _serialize_many(ctx, op, indices, values, shape):
    at = np.searchsorted(indices[:, 0], np.arange(shape[0] + 1))
    rows = [(indices[a:b, 1:], values[a:b], shape[1:]) for a, b in zip(at[:-1], at[1:])]
    return _texts_of(op, rows)


def _deserialize_many(ctx, op, texts):
    if texts.ndim != 2 or texts.shape[1] != 3:
        raise _wrong(op, f"Serialized sparse should have shape [rows, 3] but has {list(texts.shape)}")
    kinds = dtypes.int64, op.attrs["dtype"], dtypes.int64
    found = [[_from_bytes(op, text, kind) for text, kind in zip(row, kinds)] for row in texts.tolist()]
    ranks = {len(shape) for _, _, shape in found}
    if len(ranks) != 1:
        raise _wrong(op, f"Inconsistent rank across SparseTensors: {sorted(ranks)}")
    indices = [np.insert(where, 0, row, axis=1) for row, (where, _, _) in enumerate(found)]
    shape = np.max([shape for _, _, shape in found], axis=0)
    return (
        np.concatenate(indices), np.concatenate([values for _, values, _ in found]), np.concatenate([[len(found)], shape])
    )  # fmt: skip


def _text(emit):
    return rule.Host(emit, because="strings stay on the host")


RULES = {
    "DecodeRaw": _text(_raw),
    "DecodeCSV": _text(_csv),
    "DecodeJSONExample": _text(_json),
    "DecodeCompressed": _text(_decompressed),
    "SerializeTensor": _text(_serialize),
    "ParseTensor": _text(_parse),
    "SerializeSparse": _text(_serialize_sparse),
    "SerializeManySparse": _text(_serialize_many),
    "DeserializeManySparse": _text(_deserialize_many),
}
