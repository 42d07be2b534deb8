"""What elementwise operations share: their shapes, and how their functions are made from a signature and a text."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from graphflow._core import shapes
from graphflow._graph import build, op_def, sparse_tensor
from graphflow._ops import dispatch


def unary(op_type) -> Callable[[Callable], Callable[..., Any]]:
    """Decorator: the described function of one tensor adds an operation of `op_type`, which keeps the shape."""
    op_def.shape_rule(op_type)(same_shape)

    def decorate(described):
        @functools.wraps(described)
        def function(x, name=None):
            return build.apply(op_type, x, name=name)

        return dispatch.ragged("unary")(function)

    return decorate


def of_sparse(op_type) -> Callable[[Callable], Callable[..., Any]]:
    """Decorator: a function of one tensor that turns zero into zero takes a SparseTensor too, and works on its values."""

    def decorate(described):
        @functools.wraps(described)
        def function(x, name=None):
            if not isinstance(x, sparse_tensor.SparseTensor):
                return described(x, name=name)
            x.graph.unique_name(
                name or op_type
            )  # in TensorFlow a first attempt, on the whole, fails and uses up the name
            return sparse_tensor.SparseTensor(x.indices, described(x.values, name=name), x.dense_shape)

        return function

    return decorate


def binary(op_type) -> Callable[[Callable], Callable[..., Any]]:
    """Decorator: the described function of two tensors adds an operation of `op_type`, which broadcasts."""
    op_def.shape_rule(op_type)(broadcast_shape)

    def decorate(described):
        @functools.wraps(described)
        def function(x, y, name=None):
            return build.apply(op_type, x, y, name=name)

        return dispatch.ragged("binary")(function)

    return decorate


def same_shape(op):
    """Shape rule: the output has the shape of the first input."""
    return [op.inputs[0]._dims]


def broadcast_shape(op):
    """Shape rule: all inputs are broadcast by NumPy's rules."""
    dims = op.inputs[0]._dims
    try:
        for t in op.inputs[1:]:
            dims = shapes.broadcast(dims, t._dims)
    except ValueError as err:
        raise build.shape_error(op, str(err)) from None
    return [dims]


def merged_shape(op):
    """Shape rule: all inputs have the shape of the output; nothing is broadcast."""
    dims = op.inputs[0]._dims
    try:
        for t in op.inputs[1:]:
            dims = shapes.merge(dims, t._dims)
    except ValueError as err:
        raise build.shape_error(op, str(err)) from None
    return [dims]
