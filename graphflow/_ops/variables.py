"""Collections of variables, and their initialisation."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, keys
from graphflow._graph import graph as graph_lib
from graphflow._ops import (
    array,
    choosing,
    compare,
    grouping,
    joining,
    ref_variable,
    resource_variable,
    state,
    variable_scope,
)
from graphflow._ops import variable as variable_lib

GraphKeys = keys.GraphKeys


def _create(use_resource=None, expected_shape=None, **kwargs):
    """The innermost creator of variables. `expected_shape` is ignored, as TensorFlow does."""
    if use_resource is None:
        use_resource = variable_scope.get_variable_scope().use_resource
    if use_resource is None:
        use_resource = variable_scope.resource_variables_enabled()
    use_resource = use_resource or graph_lib.control_flow_owner(graph_lib.get_default_graph()).executes
    kind = resource_variable.ResourceVariable if use_resource else ref_variable.RefVariable
    return kind(**kwargs)


def _from_proto(message, import_scope):
    kind = resource_variable.ResourceVariable if message.is_resource else ref_variable.RefVariable
    return kind(variable_def=message, import_scope=import_scope)


variable_lib.hooks.create = _create
variable_lib.hooks.from_proto = _from_proto


def _collection(name, scope):
    return graph_lib.get_default_graph().get_collection(name, scope)


def global_variables(scope=None):
    """The variables that are saved and shared; with `scope`, those whose names match it from the start."""
    return _collection(GraphKeys.GLOBAL_VARIABLES, scope)


def all_variables():
    """The old name of `global_variables`."""
    return global_variables()


def local_variables(scope=None):
    """The variables of this process alone, such as the counters of metrics."""
    return _collection(GraphKeys.LOCAL_VARIABLES, scope)


def model_variables(scope=None):
    """The variables that layers registered as the model's."""
    return _collection(GraphKeys.MODEL_VARIABLES, scope)


def trainable_variables(scope=None):
    """The variables that optimizers change by default."""
    return _collection(GraphKeys.TRAINABLE_VARIABLES, scope)


def moving_average_variables(scope=None):
    """The variables that have a moving average."""
    return _collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


def variables_initializer(var_list, name="init"):
    """An operation that gives all of `var_list` their initial values."""
    if not var_list:
        return grouping.no_op(name=name)
    return grouping.group(*[v.initializer for v in var_list], name=name)


initialize_variables = variables_initializer


def global_variables_initializer():
    """An operation that gives all global variables their initial values."""
    return variables_initializer(global_variables())


initialize_all_variables = global_variables_initializer


def local_variables_initializer():
    """An operation that gives all local variables their initial values."""
    return variables_initializer(local_variables())


initialize_local_variables = local_variables_initializer


def is_variable_initialized(variable):
    """Whether a variable has a value, a bool scalar."""
    return state.is_variable_initialized(variable)


def _all_or_nodes():
    """All variables of the collections, or, where there are none, the outputs of the graph's variable nodes."""
    found = global_variables() + local_variables()
    if found:
        return found
    operations = graph_lib.get_default_graph().get_operations()
    return [op.outputs[0] for op in operations if op.type in ("Variable", "VariableV2")]


def assert_variables_initialized(var_list=None):
    """A tensor whose run raises FailedPreconditionError while one of the variables has no value; None without variables."""
    var_list = _all_or_nodes() if var_list is None else var_list
    if not var_list:
        return None
    ranks = []
    for v in var_list:
        with graph_lib.get_default_graph().colocate_with(v.op):
            ranks.append(array.rank_internal(v, optimize=False))
    return ranks[0] if len(ranks) == 1 else joining.stack(ranks)


def report_uninitialized_variables(var_list=None, name="report_uninitialized_variables"):
    """The names of the variables that have no value, a string vector.

    Args:
        var_list: variables; all global and local ones when None.
    """
    var_list = _all_or_nodes() if var_list is None else var_list
    graph = graph_lib.get_default_graph()
    with graph.name_scope(name):
        ready = [state.is_variable_initialized(v) for v in var_list]
        with graph.device("/cpu:0"):
            if not ready:
                return build.constant([], dtype=dtypes.string)
            missing = compare.logical_not(joining.stack(ready))
            return choosing.boolean_mask(build.constant([v.op.name for v in var_list]), missing)
