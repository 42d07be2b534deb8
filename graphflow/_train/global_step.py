"""The global step: one integer variable of a graph that counts training steps."""

from __future__ import annotations

from graphflow._core import dtypes, log
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys, tensor
from graphflow._ops import initializers, variable, variable_scope

_KEY = keys.GraphKeys.GLOBAL_STEP
READ_KEY = "global_step_read_op_cache"  # the collection of a read that estimators make before the model


def global_step(sess, global_step_tensor):
    """The number of steps so far, a Python int, read in the session `sess`."""
    return int(sess.run(global_step_tensor))


def get_global_step(graph=None):
    """The global step of `graph` (the default one when None), or None where there is none.

    It is the only item of the collection GLOBAL_STEP, or else the tensor `global_step:0`.
    """
    graph = graph or graph_lib.get_default_graph()
    found = graph.get_collection(_KEY)
    if len(found) > 1:
        log.error("Multiple tensors in global_step collection.")
        return None
    if found:
        step = found[0]
    else:
        try:
            step = graph.get_tensor_by_name("global_step:0")
        except KeyError:
            return None
    assert_global_step(step)
    return step


def create_global_step(graph=None):
    """A new int64 variable `global_step` that starts at 0.

    Raises:
        ValueError: the graph has one already.
    """
    graph = graph or graph_lib.get_default_graph()
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists.')
    with graph.as_default(), graph.name_scope(None):
        return variable_scope.get_variable(
            _KEY,
            shape=[],
            dtype=dtypes.int64,
            initializer=initializers.Zeros(),
            trainable=False,
            aggregation=variable.VariableAggregation.ONLY_FIRST_REPLICA,
            collections=[keys.GraphKeys.GLOBAL_VARIABLES, _KEY],
        )


def get_or_create_global_step(graph=None):
    """The global step of `graph`, made where there is none."""
    found = get_global_step(graph)
    return create_global_step(graph) if found is None else found


def assert_global_step(global_step_tensor):
    """Raises TypeError unless the value is an integer scalar variable or tensor."""
    step = global_step_tensor
    if not isinstance(step, (variable.Variable, tensor.Tensor)):
        raise TypeError(f'Existing "global_step" must be a Variable or Tensor: {step}.')
    if not step.dtype.base_dtype.is_integer:
        raise TypeError(f'Existing "global_step" does not have integer type: {step.dtype}')
    if step.get_shape().ndims != 0 and step.get_shape().is_fully_defined():
        raise TypeError(f'Existing "global_step" is not scalar: {step.get_shape()}')
