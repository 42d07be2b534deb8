"""Moving averages of variables and tensors."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, keys
from graphflow._graph import graph as graph_lib
from graphflow._ops import grouping, initializers, math, state, variable, variable_scope, variables
from graphflow._train import slots

_FLOATS = (dtypes.bfloat16, dtypes.float16, dtypes.float32, dtypes.float64)
_ON_VARIABLE = ("Variable", "VariableV2", "VarHandleOp")


def assign_moving_average(variable, value, decay, zero_debias=True, name=None):
    """variable -= (1 - decay) * (variable - value)

    Args:
        variable: the average so far.
        value: tensor of its shape.
        decay: number or scalar tensor, near 1 for a slow average.
        zero_debias: divides by 1 - decay^t, so that an average that starts at zero is not drawn towards it; the biased
            average and t are variables of their own, `<variable>/biased` and `<variable>/local_step`.

    Returns:
        a tensor with the new average.

    Source: Kingma, Ba, Adam: a method for stochastic optimization (2014), section 3.
    """
    with build.name_scope(name, "AssignMovingAvg", [variable, value, decay]) as scope:
        decay = math.cast(build.convert_to_tensor(1.0 - decay, name="decay"), variable.dtype.base_dtype)
        if zero_debias:
            return _assign_unbiased(variable, value, decay)
        return state.assign_sub(variable, (variable - value) * decay, name=scope)


def _assign_unbiased(unbiased, value, decay):
    graph = graph_lib.get_default_graph()
    with variable_scope.variable_scope(unbiased.name[: -len(":0")], values=[unbiased, value, decay]):
        with graph.colocate_with(unbiased):
            biased = _own_variable("biased", unbiased.get_shape(), unbiased.dtype)
            local_step = _own_variable("local_step", [], unbiased.dtype)
    biased = state.assign_sub(biased, (biased - value) * decay)
    step = local_step.assign_add(1)
    factor = 1 - math.pow(1.0 - decay, step)
    return state.assign(unbiased, biased / factor, name=graph.get_name_scope() + "/")


def _own_variable(name, shape, dtype):
    """A variable of zeros in the current variable scope, under `name` or the first of `name_1`, `name_2` ... that is free."""
    scope = variable_scope.get_variable_scope()
    if not scope.reuse:
        graph = graph_lib.get_default_graph()
        base, count = name, 0
        while _is_variable(graph, f"{scope.name}/{name}"):
            count += 1
            name = f"{base}_{count}"
    zeros = initializers.Zeros()
    return variable_scope.get_variable(name, shape=shape, dtype=dtype, initializer=zeros, trainable=False)


def _is_variable(graph, name):
    try:
        return graph._get_operation_by_name_unsafe(name).type in _ON_VARIABLE
    except KeyError:
        return False


def weighted_moving_average(value, decay, weight, truediv=True, collections=None, name=None):
    """The moving average of `value * weight` over that of `weight`.

    Args:
        value: tensor; weight: tensor that can be multiplied with it.
        decay: number or scalar tensor.
        truediv: whether integers are divided as real numbers.
        collections: where to add the two averages, GLOBAL_VARIABLES by default.
    """
    if collections is None:
        collections = [keys.GraphKeys.GLOBAL_VARIABLES]
    with variable_scope.variable_scope(name, "WeightedMovingAvg", [value, weight, decay]) as scope:
        averages = []
        for own_name, item in (("value_x_weight", value), ("weight", weight)):
            average = variable_scope.get_variable(
                own_name,
                shape=item.get_shape(),
                dtype=item.dtype,
                initializer=initializers.Zeros(),
                trainable=False,
                collections=collections,
            )
            averages.append(average)
        numerator = assign_moving_average(averages[0], value * weight, decay, zero_debias=False)
        denominator = assign_moving_average(averages[1], weight, decay, zero_debias=False)
        divide = math.truediv if truediv else math.div
        return divide(numerator, denominator, name=scope.name)


class ExponentialMovingAverage:
    """Keeps a shadow of variables or tensors: shadow -= (1 - decay) * (shadow - value), each time `apply`'s operation runs.

    Args:
        decay: number near 1.
        num_updates: how many updates there were; the decay is then at most (1 + num_updates) / (10 + num_updates).
        zero_debias: takes the start at zero out of the averages of tensors; those of variables start at their values.
        name: the end of the shadows' names.
    """

    def __init__(self, decay, num_updates=None, zero_debias=False, name="ExponentialMovingAverage"):
        self._decay = decay
        self._num_updates = num_updates
        self._zero_debias = zero_debias
        self._name = name
        self._averages = {}

    @property
    def name(self):
        """The end of the shadows' names."""
        return self._name

    def apply(self, var_list=None):
        """An operation that brings the shadows up to date; makes those that are not there yet.

        Args:
            var_list: variables or tensors; all trainable variables when None.

        Raises:
            TypeError: one that is no float.
        """
        var_list = variables.trainable_variables() if var_list is None else var_list
        debiased = set()
        for v in var_list:
            if v.dtype.base_dtype not in _FLOATS:
                raise TypeError(f"The variables must be half, float, or double: {v.name}")
            if v not in self._averages:
                self._averages[v] = self._shadow(v)
                if self._zero_debias and not isinstance(v, variable.Variable):
                    debiased.add(v)
        with graph_lib.get_default_graph().name_scope(self.name) as scope:
            decay = build.convert_to_tensor(self._decay, name="decay")
            if self._num_updates is not None:
                updates = math.cast(self._num_updates, dtypes.float32, name="num_updates")
                decay = math.minimum(decay, (1.0 + updates) / (10.0 + updates))
            assigned = [assign_moving_average(self._averages[v], v, decay, v in debiased) for v in var_list]
            return grouping.group(*assigned, name=scope)

    def _shadow(self, v):
        with variable.init_scope():
            if isinstance(v, variable.Variable):
                made = slots.create_slot(v, v.initialized_value(), self.name)
                graph_lib.get_default_graph().add_to_collection(keys.GraphKeys.MOVING_AVERAGE_VARIABLES, v)
                return made
            return slots.create_zeros_slot(v, self.name, colocate_with_primary=v.op.type in _ON_VARIABLE)

    def average(self, var):
        """The shadow of a variable or tensor, itself a variable; None where there is none."""
        return self._averages.get(var)

    def average_name(self, var):
        """The name of the shadow of `var`, also of one that `apply` has not made yet: the name to restore it by."""
        if var in self._averages:
            return self._averages[var].op.name
        wanted = f"{var.op.name}/{self.name}"
        return graph_lib.get_default_graph().unique_name(wanted, mark_as_used=False)

    def variables_to_restore(self, moving_avg_variables=None):
        """{name in a checkpoint: variable}, by which averaged variables take the values of their shadows.

        Args:
            moving_avg_variables: the averaged ones; trainable variables and MOVING_AVERAGE_VARIABLES when None.
        """
        if moving_avg_variables is None:
            moving_avg_variables = variables.trainable_variables() + variables.moving_average_variables()
        averaged = dict.fromkeys(moving_avg_variables)
        names = {self.average_name(v): v for v in averaged}
        own_names = {v.name for v in averaged}
        for v in dict.fromkeys(variables.global_variables()):
            if v.name not in own_names:
                names.setdefault(v.op.name, v)
        return names
