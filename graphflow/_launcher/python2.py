"""Python 2 scripts: their text as Python 3, and their `/`, which cuts whole numbers.

The conversion is lib2to3's, which Python has up to 3.12, or fissix's, its kept-up successor.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import numbers
import warnings

import numpy as np

from graphflow import gfile

DIVIDE = "__classic_division__"  # the name under which converted code finds `divide`
_FIXERS = (  # of lib2to3; those left out only change style, or take `from __future__ import division` away
    "basestring dict except exec execfile exitfunc filter funcattrs getcwdu has_key imports imports2 input intern "
    "isinstance itertools itertools_imports long map metaclass methodattrs ne next nonzero numliterals operator paren print raise "
    "raw_input reduce reload renames repr standarderror sys_exc throw tuple_params types unicode urllib ws_comma xrange "
    "xreadlines zip"
).split()
_HOW = "this is Python 2, and Python 3.13 has no lib2to3 to convert it: pip install fissix"


def divide(a, b):
    """`a / b` as Python 2 has it: whole numbers give a whole number, rounded down; so do tensors of them."""
    if hasattr(a, "__div__"):
        return a.__div__(b)
    if hasattr(b, "__rdiv__"):
        return b.__rdiv__(a)
    return a // b if _is_whole(a) and _is_whole(b) else a / b


def _is_whole(x):
    if isinstance(x, np.ndarray | np.generic):
        return x.dtype.kind in "iub"
    return isinstance(x, numbers.Integral)


def to_python3(text, filename):
    """Python 2 text as Python 3 text, line for line.

    Raises:
        SyntaxError: it is not Python 2 either, or there is nothing here to convert it.
    """
    tool, errors = _tool(filename)
    try:
        return str(tool.refactor_string(text.expandtabs(8).rstrip() + "\n", filename))
    except errors as err:
        line, _ = err.context[1] if hasattr(err, "context") else err.args[1]
        raise SyntaxError(f"neither Python 3 nor Python 2: {err}", (filename, line, None, None)) from None


def _tool(filename):
    for package in ("fissix", "lib2to3"):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                refactor = importlib.import_module(package + ".refactor")
                parse = importlib.import_module(package + ".pgen2.parse")
                tokens = importlib.import_module(package + ".pgen2.tokenize")
                tool = refactor.RefactoringTool([f"{package}.fixes.fix_{name}" for name in _FIXERS])
                return tool, (parse.ParseError, tokens.TokenError)
        except ModuleNotFoundError:
            continue
    raise SyntaxError(_HOW, (filename, 1, None, None))


@contextlib.contextmanager
def text_is_bytes():
    """While it is open, TensorFlow's files give what is no text as bytes even when opened for text: Python 2's `str` was both."""
    before, gfile.GFile.gives_bytes = gfile.GFile.gives_bytes, True
    try:
        yield
    finally:
        gfile.GFile.gives_bytes = before


def asks_true_division(tree):
    """Whether a syntax tree has `from __future__ import division`; in a notebook that holds for the cells after it too."""
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "__future__")
    return any(alias.name == "division" for node in imports for alias in node.names)


def with_classic_division(tree):
    """A syntax tree whose `/` call `divide`, unless the text asks for true division itself."""
    return tree if asks_true_division(tree) else ast.fix_missing_locations(_Divisions().visit(tree))


class _Divisions(ast.NodeTransformer):
    def visit_BinOp(self, node):
        self.generic_visit(node)
        return _call(node.left, node.right, node) if isinstance(node.op, ast.Div) else node

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div) or not isinstance(node.target, ast.Name):
            return node
        read = ast.copy_location(ast.Name(node.target.id, ast.Load()), node)
        return ast.copy_location(ast.Assign([node.target], _call(read, node.value, node)), node)


def _call(left, right, at):
    return ast.copy_location(ast.Call(ast.Name(DIVIDE, ast.Load()), [left, right], []), at)
