"""Rules of `_ops/recurrent_blocks.py`. Gates of an LSTM stand in the order input, new, forget, output."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from graphflow._lowering import rule


def _lstm_step(attrs, x, before, h_before, w, wci, wcf, wco, b):
    """(i, cs, f, o, ci, co, h) of one step."""
    i, ci, f, o = jnp.split(jnp.concatenate([x, h_before], 1) @ w + b, 4, axis=1)
    f = f + jnp.asarray(attrs["forget_bias"], f.dtype)
    peeps = attrs["use_peephole"]
    i = jax.nn.sigmoid(i + before * wci if peeps else i)
    f = jax.nn.sigmoid(f + before * wcf if peeps else f)
    ci = jnp.tanh(ci)
    cs = ci * i + before * f
    clip = attrs["cell_clip"]
    if clip > 0:  # the gradient takes no note of it, as in TensorFlow
        cs = cs + lax.stop_gradient(jnp.clip(cs, -clip, clip) - cs)
    o = jax.nn.sigmoid(o + cs * wco if peeps else o)
    co = jnp.tanh(cs)
    return i, cs, f, o, ci, co, o * co


def _lstm_step_grad(peeps, before, wci, wcf, wco, i, cs, f, o, ci, co, cs_grad, h_grad):
    """(gradient of the cell values before, of all gates) of one step."""
    do = o * (1 - o) * h_grad * co
    dcs = (1 - co * co) * h_grad * o + cs_grad
    dcs = dcs + do * wco if peeps else dcs
    dci = (1 - ci * ci) * dcs * i
    df = f * (1 - f) * dcs * before
    di = i * (1 - i) * dcs * ci
    before_grad = dcs * f
    before_grad = before_grad + di * wci + df * wcf if peeps else before_grad
    return before_grad, jnp.concatenate([di, dci, df, do], axis=1)


def _peephole_grads(peeps, gates, before, cs, weights):
    """Gradients of the three peepholes; gates and cell values of any number of steps."""
    if not peeps:
        return tuple(map(jnp.zeros_like, weights))
    di, _, df, do = jnp.split(gates, 4, axis=-1)
    axes = tuple(range(gates.ndim - 1))
    return tuple(jnp.sum(g * values, axes) for g, values in ((di, before), (df, before), (do, cs)))


def _lstm_cell(ctx, op, *inputs):
    return _lstm_step(op.attrs, *inputs)


def _lstm_cell_grad(ctx, op, x, before, h_before, w, wci, wcf, wco, b, i, cs, *rest):
    peeps = op.attrs["use_peephole"]
    before_grad, gates = _lstm_step_grad(peeps, before, wci, wcf, wco, i, cs, *rest)
    return before_grad, gates, *_peephole_grads(peeps, gates, before, cs, (wci, wcf, wco))


def _block_lstm(ctx, op, steps, x, before, h_before, *weights):
    x = jnp.asarray(x)
    nothing = jnp.zeros((x.shape[1], before.shape[1]), x.dtype)

    def step(state, row):
        t, now = row
        runs = t < steps
        made = tuple(jnp.where(runs, one, nothing) for one in _lstm_step(op.attrs, now, *state, *weights))
        kept = jnp.where(runs, made[1], state[0]), jnp.where(runs, made[6], state[1])
        return kept, made

    return lax.scan(step, (before, h_before), (jnp.arange(x.shape[0]), x))[1]


def _block_lstm_grad(ctx, op, steps, x, before, h_before, w, wci, wcf, wco, b, i, cs, f, o, ci, co, h, cs_grad, h_grad):
    peeps, depth = op.attrs["use_peephole"], x.shape[2]
    cs_before = jnp.concatenate([before[None], cs[:-1]])

    def step(later, row):
        t, own_before, *values, own_cs_grad, own_h_grad = row
        runs = t < steps
        grads = own_cs_grad + later[0], own_h_grad + later[1]
        found, gates = _lstm_step_grad(peeps, own_before, wci, wcf, wco, *values, *grads)
        gates = jnp.where(runs, gates, 0)
        both = gates @ w.T
        return (jnp.where(runs, found, later[0]), jnp.where(runs, both[:, depth:], later[1])), (both[:, :depth], gates)

    rows = jnp.arange(x.shape[0]), cs_before, i, cs, f, o, ci, co, cs_grad, h_grad
    start = jnp.zeros_like(before), jnp.zeros_like(h_before)
    (before_grad, h_before_grad), (x_grad, gates) = lax.scan(step, start, rows, reverse=True)
    seen = jnp.concatenate([x, jnp.concatenate([h_before[None], h[:-1]])], axis=2)
    w_grad = jnp.einsum("tbi,tbj->ij", seen, gates)
    peepholes = _peephole_grads(peeps, gates, cs_before, cs, (wci, wcf, wco))
    return x_grad, before_grad, h_before_grad, w_grad, *peepholes, jnp.sum(gates, (0, 1))


def _gru_cell(ctx, op, x, before, gates_w, candidate_w, gates_b, candidate_b):
    gates = jax.nn.sigmoid(jnp.concatenate([x, before], 1) @ gates_w + gates_b)
    reset, update = jnp.split(gates, 2, axis=1)
    new = jnp.tanh(jnp.concatenate([x, before * reset], 1) @ candidate_w + candidate_b)
    return reset, update, new, (1 - update) * new + update * before


def _gru_cell_grad(ctx, op, x, before, gates_w, candidate_w, gates_b, candidate_b, reset, update, new, h_grad):
    depth = x.shape[1]
    new_grad = h_grad * (1 - update) * (1 - new * new)
    update_grad = h_grad * (before - new) * update * (1 - update)
    into_new = new_grad @ candidate_w.T
    kept_grad = into_new[:, depth:]
    reset_grad = kept_grad * before * reset * (1 - reset)
    gates = jnp.concatenate([reset_grad, update_grad], 1)
    into_gates = gates @ gates_w.T
    before_grad = into_gates[:, depth:] + kept_grad * reset + h_grad * update
    return into_gates[:, :depth] + into_new[:, :depth], before_grad, new_grad, gates


def _plain(emit):
    return rule.Compiled(lambda ctx, op, *inputs: emit(ctx, op, *map(jnp.asarray, inputs)))


RULES = {
    "LSTMBlockCell": _plain(_lstm_cell),
    "LSTMBlockCellGrad": _plain(_lstm_cell_grad),
    "BlockLSTM": _plain(_block_lstm),
    "BlockLSTMGrad": _plain(_block_lstm_grad),
    "GRUBlockCell": _plain(_gru_cell),
    "GRUBlockCellGrad": _plain(_gru_cell_grad),
}
