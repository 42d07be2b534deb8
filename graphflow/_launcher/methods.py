"""Methods of arrays and tables that are gone, `str.decode` of Python 2, and functions that take other arguments today.

Nothing can be added to types written in C, so the code of old scripts asks a function for these.
"""

from __future__ import annotations

import ast
import functools
import types

import numpy as np

from graphflow._launcher import before_one

ASK = "__old_method__"  # what the changed code calls `method`


def _itemset(array, *args):
    array[args[:-1] if len(args) > 2 else np.unravel_index(args[0], array.shape) if len(args) == 2 else ...] = args[-1]


def _fromstring(string, dtype=float, count=-1, *, sep="", **kwargs):
    if sep:
        return np.fromstring(string, dtype, count, sep=sep, **kwargs)
    data = string.encode("latin-1") if isinstance(string, str) else string
    return np.frombuffer(data, dtype, count, **kwargs).copy()


_OF_ARRAYS = {
    "tostring": lambda array, order="C": array.tobytes(order),
    "ptp": lambda array, *args, **kwargs: np.ptp(array, *args, **kwargs),
    "newbyteorder": lambda array, order="S": array.view(array.dtype.newbyteorder(order)),
    "itemset": _itemset,
}
_OF_TEXT = {"decode": lambda text, *_, **__: text}
_OF_TABLES: dict = {  # those of pandas
    "as_matrix": lambda table, columns=None: (table if columns is None else table[columns]).to_numpy(),
    "iteritems": lambda table: table.items(),
}
_OF_NUMPY = {
    "fromstring": _fromstring,  # of bytes
    "load": lambda file, mmap_mode=None, allow_pickle=True, **kwargs: np.load(file, mmap_mode, allow_pickle, **kwargs),
}
_ALL = {*_OF_ARRAYS, *_OF_TEXT, *_OF_TABLES, *_OF_NUMPY, *before_one.CALLS, *before_one.INITIALIZERS}


def method(value, name):
    """`value.name`, or what it was."""
    if isinstance(value, types.ModuleType):
        return _OF_NUMPY[name] if value is np and name in _OF_NUMPY else before_one.function(value, name)
    old = _old_methods(value).get(name)
    if old is not None and not hasattr(value, name):
        return functools.partial(old, value)
    return getattr(value, name)


def _old_methods(value):
    if isinstance(value, (np.ndarray, np.generic)):
        return _OF_ARRAYS
    if isinstance(value, str):
        return _OF_TEXT
    return _OF_TABLES if type(value).__module__.partition(".")[0] == "pandas" else {}


def with_old_methods(tree):
    """A syntax tree that asks `method` for these methods."""
    return ast.fix_missing_locations(_Asking().visit(tree))


class _Asking(ast.NodeTransformer):
    def visit_Attribute(self, node):
        self.generic_visit(node)
        if node.attr not in _ALL or not isinstance(node.ctx, ast.Load):
            return node
        return ast.copy_location(ast.Call(ast.Name(ASK, ast.Load()), [node.value, ast.Constant(node.attr)], []), node)
