"""What `+`, `//`, `<` and their like do to a Tensor.

A number beside a tensor becomes a constant of the tensor's type where it can; nothing is ever promoted. Names are TensorFlow's:
`add`, `add/y` for the number on the right, `sub/x` for one on the left.
"""

from __future__ import annotations

from graphflow._graph import build, tensor
from graphflow._ops import compare, math, matmul, unary


def _overload(name, function):
    """Gives Tensor `x <name> y` and the reflected form; `function(x, y, name)` adds the operation."""

    def direct(x, y):
        with build.name_scope(None, name, [x, y]) as scope:
            if not isinstance(y, tensor.Tensor):
                try:
                    y = build.convert_to_tensor(y, dtype_hint=x.dtype.base_dtype, name="y")
                except TypeError:
                    if hasattr(type(y), f"__r{name}__"):
                        return NotImplemented
                    raise
            return function(x, y, name=scope)

    def reflected(y, x):
        with build.name_scope(None, name, [x, y]) as scope:
            x = build.convert_to_tensor(x, dtype=y.dtype.base_dtype, name="x")
            return function(x, y, name=scope)

    direct.__name__, reflected.__name__ = f"__{name}__", f"__r{name}__"
    setattr(tensor.Tensor, direct.__name__, direct)
    setattr(tensor.Tensor, reflected.__name__, reflected)


def _add(x, y, name):
    return build.apply("Add" if x.dtype.base_dtype.name == "string" else "AddV2", x, y, name=name)


def _late(module, function):
    """A function of a module, looked up when it is called: the modules import each other."""
    return lambda *args, **kwargs: getattr(module, function)(*args, **kwargs)


_overload("add", _add)
for _name, _module, _function in (
    ("sub", math, "subtract"),
    ("mul", math, "multiply"),
    ("div", math, "div"),
    ("truediv", math, "truediv"),
    ("floordiv", math, "floordiv"),
    ("mod", math, "floormod"),
    ("pow", math, "pow"),
    ("matmul", matmul, "matmul"),
    ("and", compare, "logical_and"),
    ("or", compare, "logical_or"),
    ("xor", compare, "logical_xor"),
):
    _overload(_name, _late(_module, _function))

tensor.equality.function = lambda x, y: compare.equal(x, y)
tensor.equality.negated = lambda x, y: compare.not_equal(x, y)
tensor.Tensor.extend(
    __neg__=lambda x: unary.negative(x),
    __abs__=lambda x: unary.abs(x),
    __invert__=lambda x: compare.logical_not(x),
    __lt__=lambda x, y: compare.less(x, y),
    __le__=lambda x, y: compare.less_equal(x, y),
    __gt__=lambda x, y: compare.greater(x, y),
    __ge__=lambda x, y: compare.greater_equal(x, y),
)
