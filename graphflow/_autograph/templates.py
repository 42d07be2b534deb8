"""Syntax written as Python text, with nodes put in for some of its names."""

from __future__ import annotations

import ast


def statements(text, at, **parts):
    """The statements of `text`, which stand where the node `at` does.

    Args:
        parts: what takes the place of a name: another name, an expression, or statements for one that is a statement by itself.
    """
    placed = _Placed(at, parts)
    found = []
    for statement in ast.parse(text).body:
        made = placed.visit(statement)
        found += made if isinstance(made, list) else [made]
    return found


def expression(text, at, **parts):
    """The expression that `text` is; arguments as for `statements`."""
    return _Placed(at, parts).visit(ast.parse(text, mode="eval").body)


class _Placed(ast.NodeTransformer):
    def __init__(self, at, parts):
        self.at, self.parts = at, parts

    def visit(self, node):
        part = self.parts.get(getattr(node, "id", None))
        if part is not None and not isinstance(part, str):
            return part
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Name):
            part = self.parts.get(node.value.id)
            if isinstance(part, list):
                return part
        for field in ("id", "name", "arg"):
            name = getattr(node, field, None)
            if isinstance(name, str):
                setattr(node, field, self.parts.get(name, name))
        if "lineno" in node._attributes:
            ast.copy_location(node, self.at)
        return self.generic_visit(node)


class Fresh:
    """Names that a function does not use yet."""

    def __init__(self, node):
        self._taken = {"ag__"}
        for child in ast.walk(node):
            self._taken.update(v for f in ("id", "name", "arg") if isinstance(v := getattr(child, f, None), str))

    def __call__(self, base):
        """`base`, or `base` with a number where it is taken."""
        name, count = base, 0
        while name in self._taken:
            count += 1
            name = f"{base}_{count}"
        self._taken.add(name)
        return name
