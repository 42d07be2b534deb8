"""Operations inside bodies whose gradient a script brings itself."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from graphflow._autodiff import body_gradients
from graphflow._lowering import bodies, emit
from graphflow._passes import prune


def emit_with(ctx, row, op, inputs, env):
    """The outputs of a rule, with the operation's own gradient in the place of the rule's derivative.

    Args:
        env: what the body has computed so far; the gradient may need more of it, which is added.

    Raises:
        what the gradient function raised.
    """
    own = body_gradients.own_gradient(op)
    if own is None:
        return row.emit(ctx, op, *inputs)
    if own.error is not None:
        raise own.error
    others = [t for t in own.graph.outer_inputs if t.op is not op and t not in op.inputs]
    missing = [t.op for t in others if t not in env]
    ctx.run(prune.prune(list(dict.fromkeys(missing)), frozenset(env)), env)
    # Everything that JAX traces goes in as an argument, since the backward pass runs in another trace.
    traced = {i: jnp.asarray(x) for i, x in enumerate(inputs) if _is_number(x)}
    seen = {t: env[t] for t in others if _is_number(env[t])}

    @jax.custom_vjp
    def call(traced, seen):
        def run():
            outputs = row.emit(ctx, op, *[traced.get(i, x) for i, x in enumerate(inputs)])
            return tuple(outputs) if isinstance(outputs, (tuple, list)) else (outputs,)

        return ctx.pure(run)()

    def forward(traced, seen):
        outputs, effects = call(traced, seen)
        return (outputs, effects), (traced, seen, outputs)

    def backward(kept, cotangents):
        traced, seen, outputs = kept
        values = {t: traced.get(i, inputs[i]) for i, t in enumerate(op.inputs)}
        values.update(zip(op.outputs, outputs))
        values.update((t, seen.get(t, env[t])) for t in others)
        arguments = [cotangents[0][i] for i in own.given]
        captured = [values[t] for t in own.graph.outer_inputs[len(arguments) :]]
        grads = bodies.run(emit.Emitter({}), own.graph, arguments + captured)
        found = dict.fromkeys(traced)
        found.update(zip(own.wrt, grads))
        return found, dict.fromkeys(seen)

    call.defvjp(forward, backward)
    outputs, effects = call(traced, seen)
    ctx.absorb(effects)
    return outputs


def _is_number(value):
    return isinstance(value, jax.Array) or hasattr(value, "dtype") and jnp.issubdtype(value.dtype, jnp.inexact)
