"""Arrays of one number where a number is meant: `int(x)`, `"%.3f" % x`, `math.exp(x)` and `y[0] = x` for an `x` of shape `[1]`.

NumPy took these until version 2.4; results of a session are often such arrays. Nothing can be added to its types, so the code of
old scripts hands what it converts, and what it stores, to a function first.
"""

from __future__ import annotations

import ast
import re

import numpy as np

NUMBER, TEXT, PUT = "__as_number__", "__as_numbers__", "__put_number__"  # what the changed code calls
_CONVERSION = re.compile(r"%(?:\((?P<key>.*?)\))?[-+ #0]*(?P<width>\*|\d*)(?:\.(?P<digits>\*|\d*))?[hlL]?(?P<kind>.)")
_OF_NUMBERS = frozenset("diouxXeEfFgG")
_CASTS = frozenset(("int", "float", "complex"))


def as_number(value):
    """`value`, or the number in an array that holds one."""
    return value.reshape(()) if isinstance(value, np.ndarray) and value.ndim and value.size == 1 else value


def as_numbers(value, text):
    """What stands to the right of `text %`, with numbers in place of arrays of one where `text` writes a number."""
    found = [m for m in _CONVERSION.finditer(text) if m["kind"] != "%"]
    if any(m["key"] is not None or "*" in (m["width"], m["digits"]) for m in found):
        return value
    if isinstance(value, tuple):
        numeric = [m["kind"] in _OF_NUMBERS for m in found]
        return tuple(as_number(v) if n else v for v, n in zip(value, numeric)) if len(value) == len(numeric) else value
    return as_number(value) if len(found) == 1 and found[0]["kind"] in _OF_NUMBERS else value


def put(value, target, index):
    """`target[index] = value`, an array of one number being that number for an array."""
    if type(target) is np.ndarray and target.dtype != object:
        value = as_number(value)
    target[index] = value


NAMES = {NUMBER: as_number, TEXT: as_numbers, PUT: put}


def with_single_numbers(tree):
    """A syntax tree that takes arrays of one number for numbers."""
    return ast.fix_missing_locations(_Converting().visit(tree))


class _Converting(ast.NodeTransformer):
    def visit_Call(self, node):
        self.generic_visit(node)
        function = node.func
        casts = isinstance(function, ast.Name) and function.id in _CASTS
        counts = (
            isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "math"
        )
        if (
            (casts or counts)
            and len(node.args) == 1
            and not node.keywords
            and not isinstance(node.args[0], ast.Starred)
        ):
            node.args = [_call(NUMBER, node.args[0], node.args[0])]
        return node

    def visit_BinOp(self, node):
        self.generic_visit(node)
        text = node.left
        if isinstance(node.op, ast.Mod) and isinstance(text, ast.Constant) and isinstance(text.value, str):
            node.right = _call(TEXT, node.right, node.right, ast.Constant(text.value))
        return node

    def visit_Assign(self, node):
        self.generic_visit(node)
        target = node.targets[0]
        if len(node.targets) > 1 or not isinstance(target, ast.Subscript) or _has_range(target.slice):
            return node
        call = _call(PUT, node, node.value, target.value, target.slice)
        return ast.copy_location(ast.Expr(call), node)

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        if isinstance(node.target, ast.Subscript) and not _has_range(node.target.slice):
            node.value = _call(NUMBER, node.value, node.value)
        return node


def _has_range(index):
    return any(isinstance(part, (ast.Slice, ast.Starred)) for part in ast.walk(index))


def _call(name, place, *arguments):
    return ast.copy_location(ast.Call(ast.Name(name, ast.Load()), list(arguments), []), place)
