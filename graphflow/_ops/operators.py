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


# The functions are looked up when an operator is used: the modules they live in import each other.
_overload("add", _add)
_overload("sub", lambda x, y, name: math.subtract(x, y, name=name))
_overload("mul", lambda x, y, name: math.multiply(x, y, name=name))
_overload("div", lambda x, y, name: math.div(x, y, name=name))
_overload("truediv", lambda x, y, name: math.truediv(x, y, name=name))
_overload("floordiv", lambda x, y, name: math.floordiv(x, y, name=name))
_overload("mod", lambda x, y, name: math.floormod(x, y, name=name))
_overload("pow", lambda x, y, name: math.pow(x, y, name=name))
_overload("matmul", lambda x, y, name: matmul.matmul(x, y, name=name))
_overload("and", lambda x, y, name: compare.logical_and(x, y, name=name))
_overload("or", lambda x, y, name: compare.logical_or(x, y, name=name))
_overload("xor", lambda x, y, name: compare.logical_xor(x, y, name=name))

tensor.Tensor.__neg__ = lambda x: unary.negative(x)
tensor.Tensor.__abs__ = lambda x: unary.abs(x)
tensor.Tensor.__invert__ = lambda x: compare.logical_not(x)
tensor.Tensor.__lt__ = lambda x, y: compare.less(x, y)
tensor.Tensor.__le__ = lambda x, y: compare.less_equal(x, y)
tensor.Tensor.__gt__ = lambda x, y: compare.greater(x, y)
tensor.Tensor.__ge__ = lambda x, y: compare.greater_equal(x, y)
