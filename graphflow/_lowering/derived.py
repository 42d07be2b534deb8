"""Derived gradients: the pullback that the forward operation left, or a fresh jax.vjp where it ran elsewhere."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._core import errors
from graphflow._lowering import emit, host_bodies, rule, table, tensor_array, tensor_array_value
from graphflow._ops import derived


def _derived_gradient(ctx, op, *values):
    forward = derived.forward_of(op)
    n = len(forward.inputs)
    inputs, grads = values[:n], values[n:]
    shared = ctx.pullbacks.get(forward)
    # Inside a further derivative the inputs are others, and the pullback must be one of those.
    if shared is None or not all(a is b for a, b in zip(shared[0], inputs)):
        row = table.row_of(forward)
        outputs, pullback, (_, code) = ctx.vjp(row, forward, inputs, op.attrs["wrt"])
        ctx.flag(0 if code is None else code)
    else:
        _, outputs, pullback = shared
    cotangents = [None if type(out) is emit.Ref else jax.tree.map(zero_cotangent, out) for out in outputs]
    for i, g in zip(op.attrs["given"], grads):
        cotangents[i] = _cotangent(outputs[i], cotangents[i], g)
    found = pullback(tuple(cotangents))
    return tuple(_gradient(found.get(i), t) for i, t in zip(op.attrs["wrt"], op.outputs))


def _cotangent(out, zero, grad):
    """The cotangent of an output, for the gradient that arrived; that of a TensorArray arrives as an array of its elements."""
    if type(out) is tensor_array_value.TensorArrayValue:
        return zero if out.buffer is None else dataclasses.replace(zero, buffer=_conjugate(_fitted(grad, out.capacity)))
    return _conjugate(grad)


def _fitted(grad, capacity):
    """The gradient of an array that was grown since: the elements that this one has room for."""
    missing = capacity - grad.shape[0]
    return grad[:capacity] if missing <= 0 else jnp.pad(grad, [(0, missing)] + [(0, 0)] * (grad.ndim - 1))


def _conjugate(x):
    """JAX transposes where TensorFlow takes the adjoint: complex gradients are conjugated on the way in and out."""
    return jnp.conj(x) if jnp.issubdtype(x.dtype, jnp.complexfloating) else x


def _gradient(found, t):
    """A cotangent as a gradient."""
    if found is None:  # an array without elements, or a variable without a value: nothing can flow there
        return np.zeros(tuple(d or 0 for d in t._dims or ()), t._dtype.as_numpy_dtype)
    return _conjugate(found.buffer if type(found) is tensor_array_value.TensorArrayValue else found)


def zero_cotangent(out):
    """The zero gradient of an output; integers have one of type float0."""
    if jnp.issubdtype(out.dtype, jnp.inexact):
        return jnp.zeros(out.shape, out.dtype)
    return np.zeros(out.shape, jax.dtypes.float0)


def _on_host(ctx, op, *values):
    forward = derived.forward_of(op)
    raise errors.UnimplementedError(
        None,
        forward,
        f"the gradient of {forward.type} '{forward.name}' is not available, because it runs on the host "
        f"({table.row_of(forward).because}); give it one with tf.custom_gradient or gradient_override_map",
    )


_HOST_PULLBACKS = {
    **dict.fromkeys(emit.CALLING, host_bodies.pull),
    "TensorArrayConcatV3": tensor_array.grown_concat_gradient,
}


def _choose(op):
    forward = derived.forward_of(op)
    row = table.row_of(forward)
    if row.is_host:
        return rule.Host(_HOST_PULLBACKS.get(forward.type, _on_host), because="its forward operation runs there")
    last = len(forward.inputs) - 1
    static = tuple(last if i == -1 else i for i in row.static)  # its inputs begin with those of the forward operation
    return rule.Compiled(_derived_gradient, static=static, guards=row.guards)


RULES = {"DerivedGradient": rule.PerOp(_choose)}
