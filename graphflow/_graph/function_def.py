"""FunctionDef: a function graph (a branch, a loop body, a `Defun`) as a message, and functions that came as messages."""

from __future__ import annotations

import re

from graphflow._core import dtypes
from graphflow._graph import attr_values, graph_files, op_def, protos

_NO_LETTER = re.compile("[^a-z]+")
_SCALAR = "int|float|bool|string|type|shape|tensor|func"
_KIND = re.compile(rf"({_SCALAR})|list\(({_SCALAR})\)")
_NO_WORD = re.compile("[^a-z0-9]")


class ImportedFunction:
    """A function of an imported library, as it came.

    Attributes:
        name: what nodes and attributes call it by.
        definition: its FunctionDef.
        op_def: its signature, the op type of nodes that call it by making its name their type.
    """

    __slots__ = ("name", "definition", "op_def")

    def __init__(self, definition):
        self.name = definition.signature.name
        self.definition = protos.FunctionDef()
        self.definition.CopyFrom(definition)
        self.op_def = read_op_def(definition.signature)


def read_op_def(message):
    """The `op_def.OpDef` of an OpDef message.

    Raises:
        GraphDefError: a name or kind in it is malformed.
    """
    parts = (*message.input_arg, *message.output_arg, *message.attr)
    bad = next((part.name for part in parts if not part.name.isidentifier()), None)
    if bad is not None:
        raise graph_files.invalid(f"'{message.name}' has an argument or attr of the malformed name {bad!r}")
    attrs = "; ".join(f"{a.name}: {_attr_kind(a, message)}" for a in message.attr)
    inputs, outputs = (
        ", ".join(_arg_text(arg, message) for arg in args) for args in (message.input_arg, message.output_arg)
    )
    line = f"Function{'!' * message.is_stateful}({inputs}) -> {outputs or '()'}" + (f" {{{attrs}}}" if attrs else "")
    found = op_def.OpDef(line)
    found.name = message.name
    for attr in message.attr:
        if attr.HasField("default_value"):
            own = found.attrs[attr.name]
            own.default, own.has_default = attr_values.read(attr.default_value, own), True
    return found


def _attr_kind(attr, message):
    if not _KIND.fullmatch(attr.type):
        raise graph_files.invalid(f"attr '{attr.name}' of '{message.name}' is of the unknown kind '{attr.type}'")
    return attr.type + (f">={attr.minimum}" if attr.has_minimum else "")


def _arg_text(arg, message):
    """An argument as `op_defs.txt` writes it."""
    known = {attr.name for attr in message.attr}
    for name in (arg.type_attr, arg.number_attr, arg.type_list_attr):
        if name and name not in known:
            raise graph_files.invalid(f"argument '{arg.name}' of '{message.name}' refers to the unknown attr '{name}'")
    if arg.type_list_attr:
        return f"{arg.name}: *{arg.type_list_attr}"
    if not arg.type_attr and arg.type not in dtypes._BY_ENUM:
        raise graph_files.invalid(f"argument '{arg.name}' of '{message.name}' is of the unknown DataType {arg.type}")
    element = arg.type_attr or dtypes._BY_ENUM[arg.type].name
    return f"{arg.name}: {'ref ' * arg.is_ref}{arg.number_attr and arg.number_attr + '*'}{element}"


class _Names:
    """Names of arguments, results and nodes of one function, made unique as TensorFlow makes them."""

    def __init__(self):
        self.used = set()

    def unique(self, name):
        """`name`, or `name_0`, `name_1` ... where it is taken."""
        found, count = name, 0
        while found in self.used:
            found = f"{name}_{count}"
            count += 1
        self.used.add(found)
        return found

    def argument(self, name):
        """The unique name of an argument or result that stands for a node: lower case, words joined by `_`."""
        name = _NO_WORD.sub("_", name.lower())
        start = _NO_LETTER.match(name)
        return self.unique(name[start.end() if start else 0 :] or "unknown")


def write(name, function, proto, write_node):
    """Fills the FunctionDef `proto` with a function graph.

    Args:
        name: of the function.
        function: a graph with `inputs` and `outputs`, lists of its tensors; the inputs come from placeholders.
        write_node: function(op, NodeDef) that fills in all but the inputs.
    """
    signature = proto.signature
    signature.name = name
    unique = _Names()
    for output in function.outputs:
        signature.output_arg.add(name=unique.argument(output.op.name), type=output.dtype.base_dtype.as_datatype_enum)
    texts = {}  # tensor -> what names it inside the body
    for i, value in enumerate(function.inputs):
        texts[value] = unique.argument(value.op.name)
        signature.input_arg.add(name=texts[value], type=value.dtype.base_dtype.as_datatype_enum)
        annotations = proto.arg_attr[i].attr  # the entry is there even when empty
        for key in value.op.attrs:
            if key.startswith("_"):
                attr_values.write(annotations[key], None, value.op.attrs[key])
    parameters = {value.op for value in function.inputs}
    body = [op for op in function.get_operations() if op not in parameters]
    op_names = {op: unique.unique(op.name) for op in body}
    for op in body:
        _name_outputs(op, op_names[op], texts)
        signature.is_stateful |= op.op_def.is_stateful
    for op in body:
        node = proto.node_def.add()
        write_node(op, node)
        node.name = op_names[op]
        node.input.extend([texts[value] for value in op.inputs])
        node.input.extend("^" + op_names[c] for c in sorted(op.control_inputs, key=lambda c: c.name) if c in op_names)
    for arg, output in zip(signature.output_arg, function.outputs):
        proto.ret[arg.name] = texts[output]


def _name_outputs(op, name, texts):
    """Enters `node:argument:index` for each output."""
    position = 0
    for arg in op.op_def.outputs:
        if arg.number_attr is not None:
            count = op.attrs[arg.number_attr]
        else:
            count = 1 if arg.type_list_attr is None else len(op.attrs[arg.type_list_attr])
        for index in range(count):
            texts[op.outputs[position + index]] = f"{name}:{arg.name}:{index}"
        position += count


def write_shapes(function, proto):
    """Adds the shapes known while building: `_input_shapes` of the function, `_output_shapes` of its nodes."""
    shapes = proto.attr["_input_shapes"].list
    shapes.SetInParent()
    for value in function.inputs:
        # a handle's own shape says nothing of the variable behind it, and TensorFlow leaves it open
        attr_values.write_shape(shapes.shape.add(), None if value.dtype is dtypes.resource else value._dims)
    for node in proto.node_def:
        op = function._by_name.get(node.name)
        if op is not None:
            shapes = node.attr["_output_shapes"].list
            shapes.SetInParent()
            for output in op.outputs:
                attr_values.write_shape(shapes.shape.add(), output._dims)
