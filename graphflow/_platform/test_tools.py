"""The lesser tools of `tf.test`: benchmarks, stand-ins for attributes, comparison of graphs."""

from __future__ import annotations

import sys
import time

import numpy as np

from graphflow._graph import protos
from graphflow._runtime import session


class Benchmark:
    """A class of benchmarks: `run_op_benchmark` times an operation, `report_benchmark` prints what was found."""

    @classmethod
    def is_abstract(cls):
        """Whether this is the class itself, which has no benchmarks."""
        return cls is Benchmark

    def evaluate(self, tensors):
        """The values of tensors, in a session of its own."""
        with session.Session() as sess:
            return sess.run(tensors)

    def report_benchmark(self, iters=None, cpu_time=None, wall_time=None, throughput=None, extras=None, name=None):
        """Prints one line of what is given, under `name` or the calling method's."""
        name = f"{type(self).__name__}.{name or sys._getframe(1).f_code.co_name}"
        fields = {
            "iters": iters,
            "wall_time": wall_time,
            "cpu_time": cpu_time,
            "throughput": throughput,
            "extras": extras,
        }
        print(name, *(f"{key}: {value}" for key, value in fields.items() if value is not None))

    def run_op_benchmark(
        self, sess, op_or_tensor, feed_dict=None, burn_iters=2, min_iters=10, store_trace=False, store_memory_usage=True,
        name=None, extras=None, mbs=0,
    ):  # fmt: skip
        """Runs an operation `burn_iters` times for warmth and `min_iters` times by the clock, and reports.

        Returns:
            dict: "iters", "wall_time" (the median, in seconds), "extras", "name", "throughput" (`mbs` by the time).
        """
        op = op_or_tensor if not hasattr(op_or_tensor, "op") else op_or_tensor.op
        for _ in range(burn_iters):
            sess.run(op, feed_dict=feed_dict)
        times = []
        for _ in range(min_iters):
            start = time.perf_counter()
            sess.run(op, feed_dict=feed_dict)
            times.append(time.perf_counter() - start)
        median = float(np.median(times))
        spread = {"wall_time_mean": float(np.mean(times)), "wall_time_stdev": float(np.std(times)), **(extras or {})}
        throughput = mbs / median if median else 0.0
        name = name or sys._getframe(1).f_code.co_name
        self.report_benchmark(
            iters=min_iters, wall_time=median, extras=spread, throughput=throughput or None, name=name
        )
        return {
            "iters": min_iters, "wall_time": median, "extras": spread, "name": name, "throughput": throughput,
        }  # fmt: skip


def benchmark_config():
    """A ConfigProto for benchmarks; nothing has to be switched off here."""
    return protos.ConfigProto()


class StubOutForTesting:
    """Puts other values in place of attributes for a while; a context that puts all back at its end."""

    def __init__(self):
        self._replaced = []

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.CleanUp()

    def CleanUp(self):
        """Puts everything back."""
        self.SmartUnsetAll()

    def Set(self, parent, child_name, new_child):
        """Replaces `parent.child_name`, which must be there."""
        held = vars(parent).get(child_name)
        old = held if isinstance(held, (staticmethod, classmethod)) else getattr(parent, child_name)
        self._replaced.append((parent, child_name, old))
        setattr(parent, child_name, new_child)

    SmartSet = Set

    def UnsetAll(self):
        """Puts everything back."""
        for parent, name, old in reversed(self._replaced):
            setattr(parent, name, old)
        self._replaced.clear()

    SmartUnsetAll = UnsetAll


def assert_equal_graph_def(actual, expected, checkpoint_v2=False, hash_table_shared_name=False):
    """Fails unless two GraphDefs hold the same nodes, in whatever order.

    Args:
        checkpoint_v2: whether the random suffixes of savers' temporary names are left out.
        hash_table_shared_name: whether shared names of tables are.

    Raises:
        TypeError: one of them is no GraphDef. AssertionError: they differ; the nodes are named.
    """
    for name, graph in (("actual", actual), ("expected", expected)):
        if getattr(getattr(graph, "DESCRIPTOR", None), "name", None) != "GraphDef":
            raise TypeError(f"{name} must be a GraphDef, got {type(graph).__name__}")
    left, right = (_nodes(graph, checkpoint_v2, hash_table_shared_name) for graph in (actual, expected))
    lines = [f"only in actual: {name}" for name in sorted(set(left) - set(right))]
    lines += [f"only in expected: {name}" for name in sorted(set(right) - set(left))]
    lines += [
        f"{name} differs:\n{left[name]}\n{right[name]}"
        for name in sorted(set(left) & set(right))
        if left[name] != right[name]
    ]
    if lines:
        raise AssertionError("\n".join(lines))


def _nodes(graph, checkpoint_v2, hash_table_shared_name):
    found = {}
    for node in graph.node:
        copy = protos.NodeDef.FromString(node.SerializeToString())
        text = copy.attr["value"].tensor.string_val if "value" in copy.attr else ()
        if checkpoint_v2 and any(b"_temp_" in item for item in text):
            copy.attr["value"].tensor.ClearField("string_val")
        if hash_table_shared_name and copy.op in ("HashTable", "HashTableV2") and "shared_name" in copy.attr:
            copy.attr["shared_name"].s = b""
        found[node.name] = copy
    return found
