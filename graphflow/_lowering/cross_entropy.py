"""Rules of `_ops/cross_entropy.py`."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from graphflow._lowering import rule


def _softmax(ctx, op, features, labels):
    """The loss of each row, and its gradient for the features."""
    features, labels = jnp.broadcast_arrays(jnp.asarray(features), jnp.asarray(labels))
    logs = jax.nn.log_softmax(features, axis=-1)
    return jnp.sum(labels * -logs, axis=-1), jnp.exp(logs) - labels


def _sparse_softmax(ctx, op, features, labels):
    features, labels = jnp.asarray(features), jnp.asarray(labels)
    classes = features.shape[1]
    bad = (labels < 0) | (labels >= classes)
    if labels.size:
        text = f"Received a label value of {{}} which is outside the valid range of [0, {classes})."
        ctx.guard(jnp.any(bad), op, text, labels[jnp.argmax(bad)])
    logs = jax.nn.log_softmax(features, axis=-1)
    hot = labels[:, None] == jnp.arange(classes, dtype=labels.dtype)
    loss = jnp.sum(jnp.where(hot, -logs, jnp.zeros_like(logs)), axis=-1)
    return loss, jnp.exp(logs) - hot.astype(logs.dtype)


RULES = {
    "SoftmaxCrossEntropyWithLogits": rule.Compiled(_softmax),
    "SparseSoftmaxCrossEntropyWithLogits": rule.Compiled(_sparse_softmax, guards=True),
}
