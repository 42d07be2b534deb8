"""RunMetadata: how long a run took, and how long each of its operations takes alone.

XLA makes one program of many operations, in which none has a time of its own. So the run itself is measured as a whole; then, if a
full trace is asked for, every operation of its programs is executed once more by itself, on the same values and without effect.
"""

from __future__ import annotations

import time

import jax
import numpy as np

from graphflow._graph import protos
from graphflow._lowering import effects, emit, program
from graphflow._runtime import config

_MOST = 5000  # operations of one program that are measured one by one
_WHOLE = "run"


def wants_nodes(options):
    """Whether RunOptions ask for the time of each operation."""
    return options is not None and options.trace_level > protos.RunOptions.DESCRIPTOR.enum_types_by_name[
        "TraceLevel"
    ].values_by_name["NO_TRACE"].number  # fmt: skip


def fill(metadata, options, plan, store, feeds, start, end):
    """Fills a RunMetadata message after a run.

    Args:
        plan: the Plan that ran.
        store: the session's values, which stay as they are.
        feeds: {tensor: value} of the run.
        start, end: when it ran, in nanoseconds since 1970.
    """
    device = config.device_name(jax.devices()[0])
    stats = metadata.step_stats.dev_stats.add(device=f"{device} (as it ran)")
    _add(stats, _WHOLE, f"{_WHOLE} = {len(plan.ops)} operations in {len(plan.steps)} steps", start, end - start)
    if wants_nodes(options):
        stats = metadata.step_stats.dev_stats.add(device=device)
        known, at = dict(feeds), start
        for step in plan.steps:
            for op, duration, outputs in _alone(step, store, known):
                node = _add(stats, op.name, _label(op), at, duration)
                for slot, value in enumerate(outputs):
                    _add_output(node, slot, value)
                at += duration
    if options is not None and options.output_partition_graphs:
        metadata.partition_graphs.add().CopyFrom(plan.ops[0].graph.as_graph_def())


def _label(op):
    return f"{op.name} = {op.type}({', '.join(t.op.name for t in op.inputs)})"


def _add(stats, name, label, start, duration):
    node = stats.node_stats.add(node_name=name, timeline_label=label)
    node.all_start_micros, node.all_start_nanos, node.scheduled_micros = start // 1000, start, start // 1000
    micros = max(1, duration // 1000)
    node.op_end_rel_micros = node.all_end_rel_micros = micros
    node.op_end_rel_nanos = node.all_end_rel_nanos = duration
    return node


def _add_output(node, slot, value):
    description = node.output.add(slot=slot).tensor_description
    description.dtype = emit.dtypes.as_dtype(np.dtype(value.dtype)).as_datatype_enum
    description.shape.SetInParent()
    for size in value.shape:
        description.shape.dim.add(size=size)
    description.allocation_description.requested_bytes = value.nbytes
    description.allocation_description.allocator_name = "xla"


class _Timed(emit.Emitter):
    """Emits operations one after the other, each of them finished before the next, and notes how long they take."""

    def start(self):
        self.times, self.last = {}, time.perf_counter_ns()

    def bind(self, op, outputs, env):
        jax.block_until_ready([x for x in jax.tree.leaves(outputs) if isinstance(x, jax.Array)])
        self.times[op] = time.perf_counter_ns() - self.last
        super().bind(op, outputs, env)
        self.last = time.perf_counter_ns()


def _alone(step, store, known):
    """[(operation, nanoseconds, outputs)] of a step; what it computes is added to `known`. Nothing for what cannot be repeated."""
    island = step.island
    if step.is_host or len(island.ops) > _MOST or any(t not in known for t in island.inputs):
        return []
    layout = program.layout(island)
    try:
        with jax.enable_x64(True):
            for _ in range(2):  # the first time, XLA compiles each operation
                state = {key: store.get(key) for key in (*layout.written, *layout.reading)}
                emitter = _Timed({key: value for key, value in state.items() if value is not None}, step.with_pullback)
                emitter.room, emitter.consumed = step.room, effects.consumed(island.ops, island.outputs)
                env = {t: _argument(t, known[t], t in island.static_inputs) for t in island.inputs}
                emitter.start()
                emitter.run(island.ops, env)
    except Exception:  # a rule that must be inside a compiled program: the times of this step stay unknown
        return []
    known.update((t, env[t]) for t in island.outputs)
    return [
        (op, duration, [env[t] for t in op.outputs if hasattr(env.get(t), "nbytes") and env[t].dtype != object])
        for op, duration in emitter.times.items()
    ]


def _argument(t, value, is_static):
    if is_static or not hasattr(value, "dtype") or value.dtype == object:
        return value
    return jax.numpy.asarray(value)
