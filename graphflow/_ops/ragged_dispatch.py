"""What the functions marked with `dispatch.ragged` do with RaggedTensors, and the operators of these."""

from __future__ import annotations

from graphflow._ops import (
    compare,
    dispatch,
    math,
    ragged_array,
    ragged_choosing,
    ragged_elementwise,
    ragged_gather,
    ragged_indexing,
    ragged_joining,
    ragged_reduce,
    ragged_tensor,
    unary,
)

RaggedTensor = ragged_tensor.RaggedTensor
dispatch.register("unary", ragged_elementwise.map_flat_values)
dispatch.register("binary", ragged_elementwise.binary)
dispatch.register("list", ragged_elementwise.map_flat_values)


def _in_place(function):
    """The form of a function that is replaced by another of the same arguments."""
    return lambda _, *args, **kwargs: function(*args, **kwargs)


for _function in (
    ragged_array.expand_dims,
    ragged_array.one_hot,
    ragged_array.rank,
    ragged_array.size,
    ragged_array.squeeze,
    ragged_choosing.dynamic_partition,
    ragged_choosing.where,
    ragged_gather.batch_gather,
    ragged_gather.gather,
    ragged_gather.gather_nd,
    ragged_joining.concat,
    ragged_joining.stack,
    ragged_joining.tile,
    ragged_reduce.reduce_join,
    ragged_reduce.reduce_mean,
):
    dispatch.register(_function.__name__, _in_place(_function))
for _name in ("reduce_all", "reduce_any", "reduce_max", "reduce_min", "reduce_prod", "reduce_sum"):
    dispatch.register(_name, _in_place(getattr(ragged_reduce, _name)))
dispatch.register("unsorted_segment", ragged_reduce.segments)
dispatch.register("unsorted_segment_mean", _in_place(ragged_reduce.segment_mean))
dispatch.register("unsorted_segment_sqrt_n", _in_place(ragged_reduce.segment_sqrt_n))


# -- operators -----------------------------------------------------------------------------------------------------------


def _overload(name, function):
    setattr(RaggedTensor, f"__{name}__", lambda x, y: function(x, y))
    setattr(RaggedTensor, f"__r{name}__", lambda y, x: function(x, y))


for _name, _function in (
    ("add", math.add),
    ("sub", math.subtract),
    ("mul", math.multiply),
    ("div", math.div),
    ("truediv", math.truediv),
    ("floordiv", math.floordiv),
    ("mod", math.floormod),
    ("pow", math.pow),
    ("and", compare.logical_and),
    ("or", compare.logical_or),
    ("xor", compare.logical_xor),
):
    _overload(_name, _function)


def _no_truth(ragged):
    raise TypeError("RaggedTensor may not be used as a boolean.")


for _name, _operation in (
    ("lt", compare.less), ("le", compare.less_equal), ("gt", compare.greater), ("ge", compare.greater_equal),
    ("neg", unary.negative), ("abs", unary.abs), ("invert", compare.logical_not), ("bool", _no_truth),
    ("getitem", ragged_indexing.getitem),
):  # fmt: skip
    setattr(RaggedTensor, f"__{_name}__", _operation)
