"""The seeds of random operations."""

from __future__ import annotations

from graphflow._graph import graph as graph_lib

DEFAULT_GRAPH_SEED = 87654321
_MAX_INT32 = 2**31 - 1


def set_random_seed(seed):
    """Sets the seed of the default graph: operations without a seed of their own then repeat from run to run."""
    graph_lib.get_default_graph().seed = seed


def get_seed(op_seed):
    """(seed, seed2) of a random operation, from the graph's seed and its own; (None, None) without either.

    With a graph seed alone, the second is the number of operations made before this one; with eager execution, a random number.
    """
    graph = graph_lib.control_flow_owner(graph_lib.get_default_graph())
    if graph.seed is not None:
        if op_seed is None:
            op_seed = graph.next_seed() if graph_lib.get_default_graph().executes else graph._last_id
        seeds = graph.seed % _MAX_INT32, op_seed % _MAX_INT32
    elif op_seed is not None:
        seeds = DEFAULT_GRAPH_SEED, op_seed % _MAX_INT32
    else:
        return None, None
    return (0, _MAX_INT32) if seeds == (0, 0) else seeds  # two zeros would mean: no seed
