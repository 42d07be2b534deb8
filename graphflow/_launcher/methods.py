"""Methods of arrays that today's NumPy has dropped, and `str.decode` of Python 2, in the code of old scripts.

Nothing can be added to types written in C, so the code asks a function for these methods.
"""

from __future__ import annotations

import ast

import numpy as np

ASK = "__old_method__"  # what the changed code calls `method`


def _itemset(array, *args):
    array[args[:-1] if len(args) > 2 else np.unravel_index(args[0], array.shape) if len(args) == 2 else ...] = args[-1]


_OF_ARRAYS = {
    "tostring": lambda array, order="C": array.tobytes(order),
    "ptp": lambda array, *args, **kwargs: np.ptp(array, *args, **kwargs),
    "newbyteorder": lambda array, order="S": array.view(array.dtype.newbyteorder(order)),
    "itemset": _itemset,
}
_OF_TEXT = {"decode": lambda text, *_, **__: text}


def method(value, name):
    """`value.name`, or what it was."""
    table = _OF_ARRAYS if isinstance(value, (np.ndarray, np.generic)) else _OF_TEXT if isinstance(value, str) else {}
    if name in table and not hasattr(value, name):
        return lambda *args, **kwargs: table[name](value, *args, **kwargs)
    return getattr(value, name)


def with_old_methods(tree):
    """A syntax tree that asks `method` for these methods."""
    return ast.fix_missing_locations(_Asking().visit(tree))


class _Asking(ast.NodeTransformer):
    def visit_Attribute(self, node):
        self.generic_visit(node)
        if node.attr not in _OF_ARRAYS | _OF_TEXT or not isinstance(node.ctx, ast.Load):
            return node
        return ast.copy_location(ast.Call(ast.Name(ASK, ast.Load()), [node.value, ast.Constant(node.attr)], []), node)
