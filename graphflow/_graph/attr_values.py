"""AttrValue: an attribute of an operation as a message, and back.

Stored, an attribute is plain Python: int, float, bool, bytes, DType, a plain shape, an array, a function's name, or a list of
these; its op type says which. An attribute that the op type does not know (its name begins with `_`) tells its kind by its
Python type; what has no plain form stays an AttrValue.
"""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, errors, shapes
from graphflow._graph import protos, tensor_proto

_FIELDS = {"int": "i", "float": "f", "bool": "b", "string": "s", "type": "type", "shape": "shape", "tensor": "tensor",
           "func": "func"}  # fmt: skip
_KINDS = {field: kind for kind, field in _FIELDS.items()}


# -- to messages ---------------------------------------------------------------------------------------------------------


def write(proto, kind, value):
    """Fills the AttrValue `proto` with a stored value of `kind`; a kind of None is read off the value."""
    if hasattr(value, "WhichOneof"):
        proto.CopyFrom(value)
        return
    if kind is None:
        kind = _kind_of(value)
    if kind.startswith("list("):
        element = kind[5:-1]
        field = getattr(proto.list, _FIELDS[element])
        proto.list.SetInParent()
        if element in _IN_PLACE:
            for item in value:
                _IN_PLACE[element](field.add(), item)
        else:
            field.extend([v.as_datatype_enum for v in value] if element == "type" else value)
    elif kind in _IN_PLACE:
        field = getattr(proto, kind)
        field.SetInParent()
        _IN_PLACE[kind](field, value)
    elif kind == "type":
        proto.type = value.as_datatype_enum
    else:
        setattr(proto, _FIELDS[kind], value)


def write_shape(proto, dims):
    """Fills a TensorShapeProto with a plain shape; an unknown size is -1."""
    if dims is None:
        proto.unknown_rank = True
        return
    for size in dims:
        proto.dim.add().size = -1 if size is None else size


def _write_func(proto, value):
    if isinstance(value, str):
        proto.name = value
    elif hasattr(value, "attr"):  # a NameAttrList
        proto.CopyFrom(value)
    else:
        proto.name = value.name


_IN_PLACE = {
    "shape": lambda proto, value: write_shape(proto, shapes.as_dims(value)),
    "tensor": lambda proto, value: tensor_proto.write(value, proto),
    "func": _write_func,
}
_BY_TYPE = {bool: "bool", int: "int", float: "float", bytes: "string", dtypes.DType: "type", np.ndarray: "tensor",
            shapes.TensorShape: "shape", tuple: "shape"}  # fmt: skip


def _kind_of(value):
    if isinstance(value, list):
        return f"list({_kind_of(value[0])})" if value else "list(int)"
    kind = _BY_TYPE.get(type(value))
    if kind is None:
        raise TypeError(f"an attribute cannot hold {value!r} of type {type(value).__name__}")
    return kind


# -- from messages -------------------------------------------------------------------------------------------------------


def read(proto, attr):
    """The stored value of an AttrValue.

    Args:
        attr: the `op_def.Attr` that tells the kind; None for an attribute the op type does not have.

    Raises:
        InvalidArgumentError: the message holds another kind of value, or one that contradicts itself.
    """
    which = proto.WhichOneof("value")
    if attr is None:
        return _read_unknown(proto, which)
    kind = attr.kind
    if kind.startswith("list("):
        found = _kind_in(proto, which)
        element = kind[5:-1]
        if found not in (kind, "list"):
            raise _mismatch(attr, found)
        return [_READERS[element](item) for item in getattr(proto.list, _FIELDS[element])]
    if which != _FIELDS[kind]:
        raise _mismatch(attr, _kind_in(proto, which))
    return _READERS[kind](getattr(proto, which))


def _kind_in(proto, which):
    """The kind of value an AttrValue holds: `int`, `list(type)`, `list` for an empty one, or None for nothing."""
    if which != "list":
        return _KINDS.get(which, which)
    filled = {field.name for field, _ in proto.list.ListFields()}
    if not filled:
        return "list"
    return f"list({'/'.join(sorted(_KINDS[name] for name in filled))})"


def _mismatch(attr, found):
    if found is None:
        text = f"AttrValue missing value with expected type '{attr.kind}' for attr '{attr.name}'"
    else:
        text = f"AttrValue had value with type '{found}' when '{attr.kind}' expected for attr '{attr.name}'"
    return errors.InvalidArgumentError(None, None, text)


def _read_type(enum):
    found = dtypes._BY_ENUM.get(enum)
    if found is None:
        raise errors.InvalidArgumentError(None, None, f"AttrValue has invalid DataType enum: {enum}")
    if found.is_ref:
        raise errors.InvalidArgumentError(None, None, f"AttrValue must not have reference type value of {found.name}")
    return found


def read_shape(proto):
    """The plain shape of a TensorShapeProto; InvalidArgumentError where a size is below -1."""
    if proto.unknown_rank:
        return None
    dims = [d.size for d in proto.dim]
    if dims and min(dims) < -1:
        raise errors.InvalidArgumentError(
            None, None, f"Shape {dims} has invalid dimensions: a size is 0 or more, or -1"
        )
    return tuple([None if d < 0 else d for d in dims])


def _read_func(proto):
    """The name alone where that is all; the message, which has a `name` too, where it carries attributes."""
    return proto if proto.attr else proto.name


_READERS = {
    "int": int,
    "float": float,
    "bool": bool,
    "string": bytes,
    "type": _read_type,
    "shape": read_shape,
    "tensor": tensor_proto.read,
    "func": _read_func,
}


def _read_unknown(proto, which):
    """Plain values become plain; anything else is kept as a message of its own."""
    if which in ("i", "f", "b", "s"):
        return getattr(proto, which)
    if which == "type" and proto.type in dtypes._BY_ENUM:
        return dtypes._BY_ENUM[proto.type]
    if which == "list":
        filled = proto.list.ListFields()
        if len(filled) == 1 and filled[0][0].name in ("i", "f", "b", "s"):
            return list(filled[0][1])
    kept = protos.AttrValue()
    kept.CopyFrom(proto)
    return kept


def public(op, name):
    """What `Operation.get_attr` gives: as stored, but messages for shapes, tensors and functions, float32 for floats."""
    attr = op.op_def.attrs.get(name)
    proto = protos.AttrValue()
    write(proto, attr and attr.kind, op.attrs[name])
    which = proto.WhichOneof("value")
    if which == "list":
        filled = proto.list.ListFields()
        if not filled:
            return []
        field, items = filled[0]
        return [dtypes.as_dtype(t) for t in items] if field.name == "type" else list(items)
    if which == "type":
        return dtypes.as_dtype(proto.type)
    return [] if which is None else getattr(proto, which)
