"""What a script or a notebook says, as pieces of code that can run."""

from __future__ import annotations

import ast
import dataclasses
import json
import linecache
import re
import tokenize
import types

from graphflow._launcher import methods, python2, single

SHOW = "__show_result__"  # the name under which a cell's last value is shown
_MAGIC = re.compile(r"^(\s*)([%!?]|[\w.]+\?\??\s*$|[\w.,\s]*=\s*[%!])")


@dataclasses.dataclass(frozen=True)
class Piece:
    """A script, or one cell of a notebook.

    Attributes:
        name: what tracebacks call it.
        text: its Python text, with a notebook's own commands left out.
        is_cell: whether the value of its last expression is shown.
        failures: names of the errors that a notebook holds as this cell's output: they are what the cell is to show.
        says_python2: whether the notebook names Python 2 as its language.
    """

    name: str
    text: str
    is_cell: bool = False
    failures: tuple = ()
    says_python2: bool = False


def read(path):
    """The pieces of a file: one for a script, the code cells of a notebook.

    Raises:
        ValueError: a notebook that is no JSON, or has no cells.
        OSError, UnicodeDecodeError, SyntaxError: the file cannot be read.
    """
    if not str(path).endswith(".ipynb"):
        with tokenize.open(path) as file:
            return [Piece(str(path), file.read())]
    with open(path, encoding="utf-8") as file:
        try:
            notebook = json.load(file)
            cells = notebook["cells"] if "cells" in notebook else _old_cells(notebook)
            codes = [cell for cell in cells if cell["cell_type"] == "code"]
            texts = ["".join(cell.get("source", cell.get("input", ""))) for cell in codes]
            failures = [tuple(o["ename"] for o in cell.get("outputs", ()) if "ename" in o) for cell in codes]
            old = str(notebook.get("metadata", {}).get("language_info", {}).get("version", "")).startswith("2.")
        except (ValueError, KeyError, TypeError, AttributeError) as err:
            raise ValueError(f"{path} is not a notebook: {type(err).__name__}: {err}") from None
    names = [f"{path} cell {i}" for i in range(1, len(texts) + 1)]
    return [Piece(name, _plain(text), True, shown, old) for name, text, shown in zip(names, texts, failures)]


def _old_cells(notebook):
    """The cells of a notebook of format 3."""
    return [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]


def _plain(text):
    """A cell without the lines that are IPython's and not Python's; their indentation keeps a `pass`."""
    lines = text.split("\n")
    if lines and lines[0].startswith("%%"):
        if lines[0].split()[0] not in ("%%time", "%%timeit", "%%capture", "%%prun"):
            return ""  # the cell is in another language
        lines[0] = ""
    return "\n".join(_line(line) for line in lines)


def _line(line):
    found = _MAGIC.match(line)
    if not found or line.lstrip().startswith("#"):
        return line
    timed = re.match(r"\s*%(time|timeit|prun)\s+(.+)", line)
    return found[1] + (timed[2] if timed else "pass")


def is_python2(pieces):
    """Whether some piece is no Python 3, or says so, so that all are taken for Python 2."""
    return any(piece.says_python2 or not _is_python3(piece) for piece in pieces)


def _is_python3(piece):
    try:
        ast.parse(piece.text, piece.name)
    except SyntaxError:
        return False
    return True


def to_python3(pieces):
    """The pieces with their Python 2 texts converted; a cell of Python 3 among them stays.

    Raises:
        SyntaxError: one is neither.
    """
    return [_converted(piece) for piece in pieces]


def _converted(piece):
    try:
        return dataclasses.replace(piece, text=python2.to_python3(piece.text, piece.name))
    except SyntaxError:
        if _is_python3(piece):
            return piece
        raise


def asks_true_division(piece):
    """Whether a piece makes `/` divide whole numbers truly, for itself and the pieces after it."""
    return python2.asks_true_division(ast.parse(piece.text, piece.name))


def compiled(piece, classic_division=False, old_methods=False):
    """The code of a piece, whose lines tracebacks can show.

    Args:
        classic_division: whether `/` divides integers as Python 2 did.
        old_methods: whether methods that arrays have no more are there, and arrays of one number are taken for numbers.
    """
    tree = ast.parse(piece.text, piece.name)
    if old_methods:
        tree = single.with_single_numbers(methods.with_old_methods(tree))
    if classic_division:
        tree = python2.with_classic_division(tree)
    if piece.is_cell:
        tree = _showing(tree)
    text = piece.text.splitlines(keepends=True) if piece.is_cell else linecache.getlines(piece.name)
    linecache.cache[piece.name] = (len(piece.text), None, _Lines(text, tree), piece.name)
    return compile(tree, piece.name, "exec")


class _Lines(list):
    """The lines that tracebacks show, with the `tree` that runs in their place: AutoGraph converts that."""

    def __init__(self, lines, tree):
        super().__init__(lines)
        self.tree = tree


def _showing(tree):
    """A cell's tree with its last expression shown, as a notebook does."""
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = tree.body[-1]
        call = ast.Call(ast.Name(SHOW, ast.Load()), [last.value], [])
        tree.body[-1] = ast.fix_missing_locations(ast.copy_location(ast.Expr(call), last))
    return tree


def show(value):
    """Prints a cell's last value, as a notebook shows it."""
    if value is not None:
        print(repr(value))


def main_module(path, before):
    """A module `__main__` for code of a file, with what the code may need beside Python's own names."""
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=str(path), __builtins__=__builtins__, **before)
    if str(path).endswith(".ipynb"):
        module.__dict__.update(_="", __="", ___="")  # a notebook's last results: empty at the start
    return module
