"""A tensor that reads the global step whether it is initialised or not, as TensorFlow adds to the graphs of training."""

from __future__ import annotations

from graphflow._graph import graph as graph_lib
from graphflow._ops import variable
from graphflow._train import global_step


def get_or_create():
    """The read of the default graph's global step, made where there is none; None without a global step."""
    graph = graph_lib.get_default_graph()
    if found := graph.get_collection(global_step.READ_KEY):
        return found[0]
    step = global_step.get_global_step(graph)
    if step is None:
        return None
    with graph.name_scope(None), graph.name_scope(step.op.name + "/"):
        read = (step.initialized_value() if isinstance(step, variable.Variable) else step) + 0
        graph.add_to_collection(global_step.READ_KEY, read)
    return read
