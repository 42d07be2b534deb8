"""The syntax tree of a function, found in its file by its place there.

The tree keeps the lines and columns of the file. Converted code is compiled with them and with the file's name, so that tracebacks,
debuggers and the operations that are made all name the user's own lines.
"""

from __future__ import annotations

import ast
import copy
import functools
import linecache
import warnings

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class ConversionError(Exception):
    """A function cannot be converted."""


def definition(function):
    """A copy of the syntax tree of a Python function: a FunctionDef or Lambda, private names written out.

    Raises:
        ConversionError: there is no source, or it does not hold the function.
    """
    code = function.__code__
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, function.__globals__)
    if not lines:
        raise ConversionError(f"could not get source code: {code.co_filename!r} cannot be read")
    found = []
    tree = getattr(lines, "tree", None)  # the launcher's, where it runs another text than the file's
    _look(_tree("".join(lines)) if tree is None else tree, code, None, found)
    if code.co_name == "<lambda>":
        found = _holding(found, code)
    if len(found) != 1:
        raise ConversionError(
            f"Unable to identify source code of {code.co_name!r} at {code.co_filename}:{code.co_firstlineno}: "
            f"{'several functions fit' if found else 'it is not there'}"
        )
    node, class_name = found[0]
    node = copy.deepcopy(node)
    return node if class_name is None else _Written(class_name).visit(node)


@functools.lru_cache(maxsize=16)
def _tree(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those were given when the file was imported
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError) as error:
            raise ConversionError(f"the source is no Python of today: {error}") from error


def _look(node, code, class_name, found):
    """Adds the functions in `node` that begin and are called as `code`, each with the name of the class around it."""
    for child in ast.iter_child_nodes(node):
        if "lineno" in child._attributes:
            first = min([child.lineno, *[d.lineno for d in getattr(child, "decorator_list", ())]])
            if not first <= code.co_firstlineno <= child.end_lineno:
                continue
            name = "<lambda>" if isinstance(child, ast.Lambda) else getattr(child, "name", None)
            if name == code.co_name and first == code.co_firstlineno and isinstance(child, _FUNCTIONS):
                found.append((child, class_name))
        _look(child, code, child.name if isinstance(child, ast.ClassDef) else class_name, found)


def _holding(found, code):
    """Of several lambdas on a line the innermost that holds all that `code` does."""
    places = [
        ((line, column), (end_line, end))
        for line, end_line, column, end in code.co_positions()
        if None not in (line, end_line, column, end) and (column, end) != (0, 0)
    ]
    if not places:  # it does nothing but return a constant, or columns are not kept
        constant = [pair for pair in found if isinstance(pair[0].body, ast.Constant)]
        return [pair for pair in constant if pair[0].body.value in code.co_consts][:1] or found
    fitting = [
        (node, class_name)
        for node, class_name in found
        if all(_start(node.body) <= first and last <= _end(node.body) for first, last in places)
    ]
    return [max(fitting, key=lambda pair: _start(pair[0]))] if fitting else found


def _start(node):
    return node.lineno, node.col_offset


def _end(node):
    return node.end_lineno, node.end_col_offset


class _Written(ast.NodeTransformer):
    """`__x` inside a class C as `_C__x`, which Python makes of it when it compiles the class."""

    def __init__(self, class_name):
        self.prefix = "_" + class_name.lstrip("_")

    def visit(self, node):
        for field in ("id", "attr", "arg", "name"):
            name = getattr(node, field, None)
            if isinstance(name, str) and name.startswith("__") and not name.endswith("__"):
                setattr(node, field, self.prefix + name)
        return self.generic_visit(node)
