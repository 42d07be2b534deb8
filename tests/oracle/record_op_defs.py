"""Writes graphflow/_graph/op_defs.txt: every op type in the registry of TensorFlow 1.15, one a line.

    python3.7 tests/oracle/record_op_defs.py [output file]

Runs in the Python that has TensorFlow 1.15.5. The grammar of a line:

    line    = name ["!"] "(" [arg {", " arg}] ") -> " ("()" | arg {", " arg}) [" {" attr {"; " attr} "}"]
    arg     = name ": " ["ref "] ([count attr "*"] (type | type attr) | "*" list(type) attr)
    attr    = name ": " kind [">=" minimum] [" in [" value {"," value} "]"] [" = " default]
    kind    = scalar | "list(" scalar ")"
    scalar  = int | float | bool | string | type | shape | tensor | func

"!" marks a stateful op. Values are Python literals, but for types (`float`, `int32`), shapes (`shape[2,-1]`,
where -1 is an unknown size; `shape[?]` is an unknown rank) and tensors (`tensor(dtype,[shape],[values])`); a
list is `[value,value]`. Attributes keep the registry's order.
"""

import os
import sys

import numpy as np
from tensorflow.core.framework import types_pb2
from tensorflow.python.framework import op_def_registry, ops, tensor_util

TARGET = os.path.join(os.path.dirname(__file__), "..", "..", "graphflow", "_graph", "op_defs.txt")
LEFT_OUT_PREFIXES = ("_", "TPU", "Xla")
LEFT_OUT_PARTS = ("TPU", "XLA")


def dtype_name(enum):
    return types_pb2.DataType.Name(enum)[len("DT_") :].lower()


def text_literal(value):
    try:
        return repr(value.decode("utf-8"))
    except UnicodeDecodeError:
        return repr(value)


def float_literal(value):
    """The shortest literal that is the same float32."""
    return repr(float(str(np.float32(value))))


def shape_literal(shape):
    if shape.unknown_rank:
        return "shape[?]"
    return "shape[" + ",".join(str(dim.size) for dim in shape.dim) + "]"


def tensor_literal(tensor):
    values = tensor_util.MakeNdarray(tensor)
    parts = (dtype_name(tensor.dtype), list(values.shape), values.ravel().tolist())
    return "tensor(" + ",".join(str(part).replace(" ", "") for part in parts) + ")"


LITERALS = {
    "s": text_literal,
    "i": str,
    "f": float_literal,
    "b": str,
    "type": dtype_name,
    "shape": shape_literal,
    "tensor": tensor_literal,
}


def literal(attr_value):
    field = attr_value.WhichOneof("value")
    if field == "list":
        filled = [(field.name, values) for field, values in attr_value.list.ListFields()]
        return "[" + ",".join(LITERALS[name](value) for name, values in filled for value in values) + "]"
    return LITERALS[field](getattr(attr_value, field))


def arg_text(arg):
    dtype = arg.type_attr or (dtype_name(arg.type) if arg.type else "")
    if arg.type_list_attr:
        dtype = "*" + arg.type_list_attr
    if arg.number_attr:
        dtype = arg.number_attr + "*" + dtype
    return arg.name + ": " + ("ref " if arg.is_ref else "") + dtype


def attr_text(attr):
    text = attr.name + ": " + attr.type
    if attr.has_minimum:
        text += ">=" + str(attr.minimum)
    if attr.HasField("allowed_values"):
        text += " in " + literal(attr.allowed_values)
    if attr.HasField("default_value"):
        text += " = " + literal(attr.default_value)
    return text


def op_text(op_def):
    inputs = ", ".join(map(arg_text, op_def.input_arg))
    outputs = ", ".join(map(arg_text, op_def.output_arg)) or "()"
    attrs = "; ".join(map(attr_text, op_def.attr))
    text = op_def.name + ("!" if op_def.is_stateful else "") + "(" + inputs + ") -> " + outputs
    return text + (" {" + attrs + "}" if attrs else "")


def wanted(name):
    return not name.startswith(LEFT_OUT_PREFIXES) and not any(part in name for part in LEFT_OUT_PARTS)


def main(target=TARGET):
    ops.get_default_graph()
    registered = op_def_registry.get_registered_ops()
    names = sorted(filter(wanted, registered))
    with open(target, "w") as file:
        file.writelines(op_text(registered[name]) + "\n" for name in names)
    print(f"{len(names)} ops written to {os.path.normpath(target)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
