"""Running body graphs inside a program, and what can be told of them before."""

from __future__ import annotations

import collections
import contextlib

import numpy as np

from graphflow._core import dtypes
from graphflow._lowering import effects, emit, reads, rule, table


class Reconsider(Exception):
    """A compiled form does not suit an operation; the session cuts the run anew with another one.

    Attributes:
        op: the operation.
        form: "plain" when its predicate must be known while tracing, "host" when it must run step by step.
        because: what did not suit.
    """

    def __init__(self, op, form, because):
        super().__init__(f"{op.type} '{op.name}': {because}")
        self.op, self.form, self.because = op, form, because


_FORMS = "lowering forms"  # in Graph._extra: operation -> form that a Reconsider asked for
_generation = [0]  # counts those: what was concluded from rows before must be concluded again


def reconsider(request):
    """Remembers the form that a Reconsider asks for; `form_of` tells it from now on."""
    request.op.graph._extra.setdefault(_FORMS, {})[request.op] = request
    _generation[0] += 1


def form_of(op):
    """The Reconsider that was remembered for an operation, or None."""
    return op.graph._extra.get(_FORMS, {}).get(op)


def concluded(holder, key, function):
    """`function()`, remembered in the dict `holder` until a row changes."""
    found = holder.get(key)
    if found is None or found[0] != _generation[0]:
        found = holder[key] = (_generation[0], function())
    return found[1]


def run(ctx, graph, values, wanted=None):
    """The outputs of a body for the values of its inputs, None for those that are not among the positions `wanted`.

    References leave as the value they name at the end.
    """
    ops = effects.body_operations(graph, wanted)
    left = [t if wanted is None or i in wanted else None for i, t in enumerate(graph.outputs)]
    before = ctx.with_pullback, ctx.consumed, ctx.reads
    ctx.with_pullback = effects.forwards_of(ops)
    ctx.consumed = effects.consumed(ops, [t for t in left if t is not None])
    ctx.reads = reads.Reads.of_body(graph)
    try:
        env = ctx.run(ops, dict(zip(graph.inputs, values)))
    finally:
        ctx.with_pullback, ctx.consumed, ctx.reads = before
    return [None if t is None else _value(ctx, t, env[t]) for t in left]


def _value(ctx, t, value):
    return ctx.read(value, t.op) if type(value) is emit.Ref and t._dtype.is_ref else value


def needed_loop_variables(cond, body, wanted):
    """The positions of the loop variables that the outputs `wanted` (None: all), or the condition, depend on."""
    if wanted is None:
        return frozenset(range(len(body.inputs)))
    found, new = set(), _read_positions(cond, None) | wanted
    while new - found:
        found |= new
        new = _read_positions(body, frozenset(found))
    return frozenset(found)


def _read_positions(graph, wanted):
    """The positions of the inputs that a body reads for the outputs `wanted`."""
    read = [t for op in effects.body_operations(graph, wanted) for t in op.inputs]
    read += [t for i, t in enumerate(graph.outputs) if wanted is None or i in wanted]
    return {i for i in map(graph.position_of, read) if i is not None}


@contextlib.contextmanager
def inside(ctx, state, code):
    """Emits a body that JAX traces apart: it starts from these values of variables and this failure code."""
    before = ctx.state, ctx.written, ctx.code
    ctx.state, ctx.written, ctx.code = {**ctx.state, **state}, set(), code
    ctx.depth += 1
    try:
        yield
    finally:
        ctx.depth -= 1
        ctx.state, ctx.written, ctx.code = before


def written_state(ctx, op):
    """The values of the variables and counters that the bodies of `op` may write, by key.

    Raises:
        Reconsider: one of them has no value yet.
    """
    found = collections.OrderedDict()
    for key, mode in effects.touches(op):
        if "w" in mode:
            value = ctx.state.get(key)
            if value is None and type(key) is not tuple:
                raise Reconsider(op, "plain", f"the variable {key!r}, which it writes, has no value before")
            found[key] = np.uint64(0) if value is None else value
    return found


def host_operation(graphs):
    """The first operation of the bodies that runs on the host, or None."""
    for graph in graphs:
        for op in effects.body_operations(graph):
            row = table.row_of(op)
            if row.is_host and not row.free:
                return op
    return None


def has_texts(tensors):
    """Whether one of the tensors holds texts or other things that no compiled program can hold."""
    return any(t._dtype.base_dtype in (dtypes.string, dtypes.variant) for t in tensors)


def needed_plain(graph):
    """(positions, op): the inputs of a body that must be known while tracing; an operation that needs what never is, or None."""
    return concluded(graph._extra, "needed plain", lambda: _needed_plain(graph))


def _needed_plain(graph):
    positions, seen = set(), set()
    for op in effects.body_operations(graph):
        stack = [op.inputs[p] for p in table.row_of(op).static if p < len(op.inputs)]
        while stack:
            t = stack.pop()
            if t in seen:
                continue
            seen.add(t)
            position = graph.position_of(t)
            if position is not None:
                positions.add(position)
                continue
            row = table.row_of(t.op)
            if row.shape_only or row.free:
                continue
            if not row.folds:
                return frozenset(positions), op
            stack.extend(t.op.inputs)
    return frozenset(positions), None


def plain_values(ctx, graph, inputs):
    """Tensor -> value for what a body computes from plain values alone.

    Args:
        inputs: position -> plain value of the inputs that have one in every run of the body.
    """
    env = {graph.inputs[i]: value for i, value in inputs.items()}
    for op in effects.body_operations(graph):
        if op.outputs and op.outputs[0]._dtype.base_dtype in _OPAQUE:
            continue
        row = table.row_of(op)
        pure = (row.folds or row.free) and not (row.is_host or row.writes or row.draws or row.guards)
        if pure and all(t in env for t in op.inputs):
            ctx.run([op], env)
    return {t: value for t, value in env.items() if rule.is_plain(value)}


_OPAQUE = (dtypes.string, dtypes.resource, dtypes.variant)
