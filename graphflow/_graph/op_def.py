"""What an operation type is: arguments, attributes, and the rules the floors above hang on it.

The signatures of all of TensorFlow 1.15's operations lie in `op_defs.txt`, one line each, and are parsed when first asked for.
`_ops` adds a shape rule and a gradient to the ones graphflow computes with.
"""

from __future__ import annotations

import ast
import difflib
import functools
import pathlib
import re

import numpy as np

from graphflow._core import dtypes, errors

_TABLE = pathlib.Path(__file__).with_name("op_defs.txt")


class Arg:
    """An input or output: its name and where its type comes from."""

    __slots__ = ("name", "dtype", "type_attr", "number_attr", "type_list_attr", "is_ref")

    def __init__(self, text):
        self.name, _, kind = text.partition(": ")
        self.is_ref = kind.startswith("ref ")
        kind = kind[4:] if self.is_ref else kind
        self.number_attr = self.type_attr = self.type_list_attr = self.dtype = None
        if kind.startswith("*"):
            self.type_list_attr = kind[1:]
            return
        number, star, element = kind.partition("*")
        if star:
            self.number_attr, kind = number, element
        if kind in _DTYPE_NAMES:
            self.dtype = dtypes.as_dtype(kind)
        else:
            self.type_attr = kind


class Attr:
    """An attribute: its kind (`int`, `list(type)` ...), default, minimum and allowed values."""

    __slots__ = ("name", "kind", "default", "has_default", "minimum", "allowed")

    def __init__(self, text):
        self.name, _, rest = text.partition(": ")
        match = _ATTR.match(rest)
        self.kind = match["kind"]
        self.minimum = int(match["minimum"]) if match["minimum"] else None
        self.has_default = match["default"] is not None
        self.default = self.allowed = None
        if match["allowed"]:
            items = _split(match["allowed"], ",")
            element = self.kind[5:-1] if self.kind.startswith("list(") else self.kind
            self.allowed = frozenset(_literal(element, item) for item in items)
        if self.has_default:
            self.default = _literal(self.kind, match["default"])


_DTYPE_NAMES = frozenset(dtypes._BY_NAME)
_ATTR = re.compile(
    r"(?P<kind>list\(\w+\)|\w+)(?:>=(?P<minimum>-?\d+))?(?: in \[(?P<allowed>[^\]]*)\])?(?: = (?P<default>.*))?$",
    re.S,
)


def _literal(kind, text):
    if kind.startswith("list("):
        return [_literal(kind[5:-1], item) for item in _split(text.strip()[1:-1], ",")]
    if kind == "type":
        return dtypes.as_dtype(text.strip())
    if kind == "string":
        value = ast.literal_eval(text.strip())
        return value if isinstance(value, bytes) else value.encode()
    if kind == "shape":
        inner = text.strip().removeprefix("shape")[1:-1]
        return None if inner == "?" else tuple(None if d == "-1" else int(d) for d in _split(inner, ","))
    if kind == "float":
        return float(text)
    if kind in ("int", "bool"):
        return ast.literal_eval(text.strip())
    if kind == "tensor":
        dtype, dims, items = _split(text.strip().removeprefix("tensor")[1:-1], ",")
        return np.array(ast.literal_eval(items), dtypes.as_dtype(dtype).as_numpy_dtype).reshape(ast.literal_eval(dims))
    return text  # func defaults do not occur in the registry


def _split(text, separator):
    """`text` cut at `separator` outside brackets and quotes."""
    pieces, depth, quote, start, skip = [], 0, "", 0, False
    for i, char in enumerate(text):
        if skip:
            skip = False
        elif quote:
            if char == "\\":
                skip = True
            elif char == quote:
                quote = ""
        elif char in "'\"":
            quote = char
        elif char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == separator and depth == 0:
            pieces.append(text[start:i].strip())
            start = i + 1
    last = text[start:].strip()
    return pieces + [last] if last else pieces


class OpDef:
    """The signature of an operation type and its rules.

    Attributes:
        name: the type, such as `MatMul`.
        inputs, outputs: `Arg`s in order.
        attrs: `Attr`s by name, in order.
        is_stateful: it must run once for each time it is asked for.
        shape_rule: function(op) -> one plain shape per output, or None when the generic fallback serves.
        gradient_rule: function(op, *output gradients) -> one gradient per input; `NotDifferentiable`; or None.
    """

    __slots__ = (
        "name",
        "inputs",
        "outputs",
        "attrs",
        "is_stateful",
        "shape_rule",
        "gradient_rule",
        "plain",
        "takes_refs",
    )

    def __init__(self, line):
        head, _, rest = line.partition("(")
        self.name = head.rstrip("!")
        self.is_stateful = head.endswith("!")
        signature, _, attrs = rest.partition(" {")
        left, _, right = ("(" + signature).partition(" -> ")
        self.inputs = [Arg(a) for a in _split(left.strip("()"), ",")]
        self.outputs = [Arg(a) for a in _split(right.strip("()"), ",")]
        self.attrs = {a.name: a for a in map(Attr, _split(attrs.rstrip()[:-1], ";"))} if attrs else {}
        self.shape_rule = _SHAPE_RULES.get(self.name)
        self.gradient_rule = _GRADIENT_RULES.get(self.name)
        inferred = {a.type_attr for a in self.inputs} | {a.number_attr for a in self.inputs}
        inferred |= {a.type_list_attr for a in self.inputs}
        self.takes_refs = any(a.is_ref for a in self.inputs)
        # the attributes a caller gives, with what they are when he does not
        self.plain = [a for a in self.attrs.values() if a.name not in inferred]

    def __repr__(self):
        return f"OpDef({self.name})"


class NotDifferentiable:
    """Stands where a gradient would: the operation has none, and why."""

    def __init__(self, because=""):
        self.because = because

    def __repr__(self):
        return f"NotDifferentiable({self.because!r})"


@functools.cache
def _lines():
    lines = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        lines[line[: line.index("(")].rstrip("!")] = line
    return lines


REGISTRY: dict[str, OpDef] = {}
_SHAPE_RULES: dict = {}  # by type: rules are given long before most types are parsed
_GRADIENT_RULES: dict = {}


def get(op_type):
    """The OpDef of a type.

    Raises:
        NotFoundError: no such type; the nearest known ones are named.
    """
    found = REGISTRY.get(op_type)
    if found is None:
        line = _lines().get(op_type)
        if line is None:
            near = difflib.get_close_matches(op_type, _lines(), 3)
            hint = f" Did you mean {', '.join(near)}?" if near else ""
            raise errors.NotFoundError(None, None, f"Op type not registered '{op_type}'.{hint}")
        found = REGISTRY[op_type] = OpDef(line)
    return found


def is_known(op_type):
    """Whether there is an operation type of that name."""
    return op_type in REGISTRY or op_type in _lines()


def known_types():
    """The names of all operation types, in alphabetical order."""
    return list(dict.fromkeys([*_lines(), *REGISTRY]))


def define(line):
    """Registers an operation type that TensorFlow does not have, from a line in the form of `op_defs.txt`."""
    op_def = OpDef(line)
    REGISTRY[op_def.name] = op_def
    return op_def


def _register(table, slot, op_types, rule):
    for op_type in op_types:
        table[op_type] = rule
        if op_type in REGISTRY:
            setattr(REGISTRY[op_type], slot, rule)
    return rule


def shape_rule(*op_types):
    """Decorator: function(op) -> list of plain shapes, one an output, is the shape rule of these types."""
    return lambda function: _register(_SHAPE_RULES, "shape_rule", op_types, function)


def gradient(*op_types):
    """Decorator: function(op, *grads) -> gradients of the inputs (a list, or one alone) is the gradient of these types."""
    return lambda function: _register(_GRADIENT_RULES, "gradient_rule", op_types, function)


def not_differentiable(*op_types, because):
    """Says that these types have no gradient, and why."""
    _register(_GRADIENT_RULES, "gradient_rule", op_types, NotDifferentiable(because))
