"""Bodies that run step by step on the host, and their gradients.

A branch, loop or function of which a gradient is taken in the same run leaves a tape: for each time a body ran, what its
gradient will need of it. The backward pass walks the tape in reverse. Nothing runs twice, so that a Python function called
inside is called as often as TensorFlow calls it.
"""

from __future__ import annotations

import numpy as np

from graphflow._autodiff import body_pullback
from graphflow._core import errors
from graphflow._lowering import effects, emit, tensor_array_value
from graphflow._ops import derived


class Tapes:
    """The tapes of one run.

    Attributes:
        wanted: operation -> {positions of outputs that gradients come to}, for the operations that are to leave one.
        found: operation -> [(body, {tensor of the body: value}, Tapes of that run of the body)].
    """

    def __init__(self, wanted):
        self.wanted, self.found = wanted, {}


def wanted_by(ops):
    """`Tapes.wanted` for a run of these operations: whose derived gradients are among them."""
    found = {}
    for op in ops:
        if op.type == "DerivedGradient":
            forward = derived.forward_of(op)
            if forward.type in emit.CALLING:
                found.setdefault(forward, set()).add(frozenset(op.attrs["given"]))
    return found


def run(ctx, op, body, values, wanted, is_loop=False):
    """The outputs of a body of `op` for the values of its inputs; leaves a piece of tape where the gradient of `op` wants one."""
    given = ctx.tapes.wanted.get(op) if ctx.tapes is not None else None
    if given is None:
        return ctx.call_graph(body, values, wanted)
    pullbacks = [p for g in given for p in (body_pullback.closure(body, g) if is_loop else [body_pullback.of(body, g)])]
    needs = tuple(dict.fromkeys(t for p in pullbacks for t in p.needs))
    inner = Tapes(wanted_by([o for p in pullbacks for o in effects.body_operations(p.graph)]))
    outputs, kept = ctx.call_graph(body, values, wanted, needs, inner)
    ctx.tapes.found.setdefault(op, []).append((body, dict(zip(needs, kept)), inner))
    return outputs


def pull(ctx, op, *values):
    """The row of a DerivedGradient whose forward operation ran on the host."""
    forward = derived.forward_of(op)
    if ctx.tapes is None or forward not in ctx.tapes.wanted:
        raise errors.UnimplementedError(
            None, forward, f"the gradient of {forward.type} '{forward.name}', which runs on the host, is taken in another run or "
            "for a second time: fetch both together; second derivatives of such a loop or branch are not available"
        )  # fmt: skip
    n, skipped = len(forward.inputs), _before_body(forward)
    grads = dict(zip(op.attrs["given"], values[n:]))
    for body, kept, inner in reversed(ctx.tapes.found.get(forward, ())):
        pullback = body_pullback.of(body, grads)
        arguments = [grads[i] for i in pullback.given] + [kept[t] for t in pullback.needs]
        found = ctx.call_graph(pullback.graph, arguments, None, (), inner)[0]
        grads = dict(zip(pullback.wrt, found))
    return tuple(_gradient(ctx, grads.get(i - skipped), values[i], t) for i, t in zip(op.attrs["wrt"], op.outputs))


def _before_body(op):
    """How many inputs an operation has before those of its body: the predicate of a branch."""
    return 1 if op.type in ("If", "StatelessIf", "Case") else 0


def _gradient(ctx, found, value, t):
    """A gradient as an array; zeros where nothing came."""
    if found is not None:
        return found
    if type(value) is emit.Ref:
        value = ctx.state.get(value.key)
    if type(value) is tensor_array_value.TensorArrayValue:
        value = value.buffer
    shape = tuple(d or 0 for d in t._dims or ()) if value is None else np.shape(value)
    return np.zeros(shape, t._dtype.as_numpy_dtype)
