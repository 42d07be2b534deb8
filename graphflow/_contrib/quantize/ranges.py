"""Fake quantization with ranges that are learnt: those of the last batch, or moving averages of them."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys
from graphflow._ops import array, initializers, math, quantization, reduce, state, variable, variable_scope
from graphflow._train import moving_averages

_GLOBAL = keys.GraphKeys.GLOBAL_VARIABLES
_STEP = "fake_quantization_step"


def last_value(inputs, name_prefix, is_training, **options):
    """`inputs` rounded to the grid between the least and the greatest of them; options as of `_quantized`."""

    def update(var, value, name):
        return state.assign(var, value, name=f"Assign{name}Last")

    return _quantized(inputs, name_prefix, is_training, update, **options)


def moving_average(inputs, name_prefix, is_training, ema_decay=0.999, **options):
    """`inputs` rounded to the grid between moving averages of the least and the greatest; options as of `_quantized`."""

    def update(var, value, name):
        return moving_averages.assign_moving_average(var, value, ema_decay, name=f"Assign{name}Ema")

    return _quantized(inputs, name_prefix, is_training, update, **options)


def _quantized(
    inputs, name_prefix, is_training, update, init_min=-6.0, init_max=6.0, vars_collection=_GLOBAL, num_bits=8,
    narrow_range=False, symmetric=False,
):  # fmt: skip
    """Fake quantization in a variable scope `name_prefix`, with variables `min` and `max`.

    Args:
        is_training: whether a run moves the variables.
        update: a function `(variable, value, "Min" or "Max")` that moves one and gives its new value.
        init_min, init_max: of the variables.
        vars_collection: which they join, beside the global variables.
        num_bits: of the grid; narrow_range: whether it leaves out the lowest step; symmetric: whether it lies about 0.
    """
    with variable_scope.variable_scope(None, default_name=name_prefix, values=[inputs]) as scope:
        scope.set_partitioner(None)
        low = _variable("min", init_min, vars_collection)
        high = _variable("max", init_max, vars_collection)
        if is_training:
            least, greatest = reduce.reduce_min(inputs, name="BatchMin"), reduce.reduce_max(inputs, name="BatchMax")
            if symmetric:
                # In two's complement there is one more negative number.
                ratio = -1 if narrow_range else -((1 << num_bits) - 2) / (1 << num_bits)
                least, greatest = math.minimum(least, greatest / ratio), math.maximum(greatest, least * ratio)
            else:  # 0 is always on the grid
                least, greatest = math.minimum(least, 0.0), math.maximum(greatest, 0.0)
            low, high = update(low, least, "Min"), update(high, greatest, "Max")
        return quantization.fake_quant_with_min_max_vars(
            inputs, low, high, num_bits=num_bits, narrow_range=narrow_range
        )


def _variable(name, value, collection):
    return variable_scope.get_variable(
        name, shape=[], initializer=initializers.Constant(value), trainable=False,
        collections=[*([collection] if collection else []), _GLOBAL],
        aggregation=variable.VariableAggregation.MEAN,
    )  # fmt: skip


def step():
    """The number of steps the rewritten graph has run, int64; each step counts it up."""
    graph = graph_lib.get_default_graph()
    try:
        return graph.get_tensor_by_name(f"{_STEP}/Identity:0")
    except KeyError:
        pass
    with graph.name_scope(None):
        counter = variable_scope.get_variable(
            _STEP, shape=[], dtype=dtypes.int64, initializer=initializers.Zeros(), trainable=False, collections=[_GLOBAL],
            aggregation=variable.VariableAggregation.ONLY_FIRST_REPLICA,
        )  # fmt: skip
        with graph.name_scope(f"{counter.op.name}/"):
            return array.identity(state.assign_add(counter, 1))
