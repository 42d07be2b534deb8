"""Random draws, and the seeds they take."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, op_def, static_value
from graphflow._graph import graph as graph_lib

_DEFAULT_GRAPH_SEED = 87654321
_MAX_INT32 = 2**31 - 1


def set_random_seed(seed):
    """Sets the seed of the default graph: operations without a seed of their own then repeat from run to run."""
    graph_lib.get_default_graph().seed = seed


def get_seed(op_seed):
    """(seed, seed2) for a random operation: from the graph's seed and its own.

    With a graph seed alone, the second is the number of operations made before this one.
    """
    graph = graph_lib.get_default_graph()
    if graph.seed is not None:
        if op_seed is None:
            op_seed = graph._last_id
        seeds = graph.seed, op_seed
    elif op_seed is not None:
        seeds = _DEFAULT_GRAPH_SEED, op_seed
    else:
        return None, None
    seeds = tuple(s % _MAX_INT32 for s in seeds)
    return (0, _MAX_INT32) if seeds == (0, 0) else seeds


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=dtypes.float32, seed=None, name=None):
    """Normal numbers, redrawn until they lie within two standard deviations of the mean."""
    with build.name_scope(name, "truncated_normal", [shape, mean, stddev]) as scope:
        shape = build.convert_to_tensor(shape, dtype=dtypes.int32, name="shape")
        mean = build.convert_to_tensor(mean, dtype=dtype, name="mean")
        stddev = build.convert_to_tensor(stddev, dtype=dtype, name="stddev")
        seed1, seed2 = get_seed(seed)
        drawn = build.apply("TruncatedNormal", shape, dtype=dtype, seed=seed1 or 0, seed2=seed2 or 0)
        return build.apply("Add", build.apply("Mul", drawn, stddev, name="mul"), mean, name=scope)


@op_def.shape_rule("TruncatedNormal")
def _drawn_shape(op):
    return [static_value.shape_from(op.inputs[0])]
