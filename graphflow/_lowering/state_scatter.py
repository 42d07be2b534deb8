"""Rules of `_ops/state_scatter.py`: some rows or entries of a variable, with TensorFlow's errors for bad indices."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._core import errors, shapes
from graphflow._lowering import rule, state


def _check_rows(ctx, op, indices, size):
    """Guards that all indices are in [0, size)."""
    if not indices.size:
        return
    bad = ((indices < 0) | (indices >= size)).reshape(-1)
    first = rule.xp(bad).argmax(bad)
    place = rule.xp(bad).unravel_index(first, indices.shape) if indices.ndim else ()
    where = "[" + ",".join(["{}"] * len(place)) + "]" if place else ""
    ctx.guard(bad.any(), op, f"indices{where} = {{}} is not in [0, {size})", *place, indices.reshape(-1)[first])


def _check_entries(ctx, op, indices, dims):
    """Guards that the vectors `indices[..., :]` lie inside the leading axes of `dims`."""
    depth = indices.shape[-1]
    if depth > len(dims):
        raise errors.InvalidArgumentError(
            None,
            op,
            f"indices.shape[-1] must be at most the rank of the variable, got indices {shapes.to_text(indices.shape)} and a "
            f"variable {shapes.to_text(dims)}",
        )
    if not indices.size:
        return
    rows = indices.reshape(-1, depth)
    bad = ((rows < 0) | (rows >= np.array(dims[:depth], rows.dtype))).any(axis=1)
    first = rule.xp(bad).argmax(bad)
    place = rule.xp(bad).unravel_index(first, indices.shape[:-1]) if indices.ndim > 1 else ()
    where = "[" + ",".join(["{}"] * len(place)) + "]" if place else ""
    what = ", ".join(["{}"] * depth)
    shape = "[" + ",".join(map(str, dims)) + "]"
    ctx.guard(
        bad.any(), op, f"indices{where} = [{what}] does not index into shape {shape}", *place,
        *[rows[first, i] for i in range(depth)],
    )  # fmt: skip


def _divided_in_turn(held, index, updates):
    """`held[index[i]] /= updates[i]`, one after the other: for whole numbers the order matters."""
    flat_index, rows = jnp.asarray(index).reshape(-1), updates.reshape(-1, *held.shape[1:])

    def step(i, value):
        return value.at[flat_index[i]].set(jax.lax.div(value[flat_index[i]], rows[i]))

    return jax.lax.fori_loop(0, flat_index.size, step, held)


def _of_jax(kind, held, index, updates):
    place = held.at[index]  # an index out of range was guarded against
    if kind == "Update":
        return place.set(updates)
    if kind == "Add":
        return place.add(updates)
    if kind == "Sub":
        return place.add(-updates)
    if kind == "Mul":
        return place.multiply(updates)
    if kind == "Div":
        whole = jnp.issubdtype(held.dtype, jnp.integer)
        return _divided_in_turn(held, index, updates) if whole else place.divide(updates)
    return place.min(updates) if kind == "Min" else place.max(updates)


def _of_strings(held, index, updates):
    changed = held.copy()
    changed[index] = updates
    return changed


def _result(ctx, op, ref, kind, held, index, updates):
    if held.dtype == object:
        ctx.write(ref, _of_strings(held, index, updates))
    else:
        ctx.write(ref, _of_jax(kind, jnp.asarray(held), index, jnp.asarray(updates)))
    return ref if op.outputs else ()


def _rows(kind):
    def emit(ctx, op, ref, indices, updates):
        held = state.held(ctx, op, ref)
        _check_rows(ctx, op, indices, held.shape[0])
        if not np.ndim(updates):
            updates = rule.xp(updates).broadcast_to(updates, np.shape(indices) + held.shape[1:])
        return _result(ctx, op, ref, kind, held, indices, updates)

    return rule.Compiled(emit, writes="update", guards=True)


def _entries(kind):
    def emit(ctx, op, ref, indices, updates):
        held = state.held(ctx, op, ref)
        _check_entries(ctx, op, indices, held.shape)
        index = tuple(indices[..., i] for i in range(indices.shape[-1]))
        return _result(ctx, op, ref, kind, held, index, updates)

    return rule.Compiled(emit, writes="update", guards=True)


def _gather(ctx, op, ref, indices):
    held = state.held(ctx, op, ref)
    batch = op.attrs["batch_dims"]
    _check_rows(ctx, op, indices, held.shape[batch])

    def take(rows, where):
        return jnp.take(rows, where, axis=0, mode="clip")

    for _ in range(batch):
        take = jax.vmap(take)
    return take(jnp.asarray(held), jnp.asarray(indices))


def _gather_nd(ctx, op, ref, indices):
    held = jnp.asarray(state.held(ctx, op, ref))
    _check_entries(ctx, op, indices, held.shape)
    return held[tuple(indices[..., i] for i in range(indices.shape[-1]))]


RULES = {
    **{prefix + kind: _rows(kind) for kind in ("Update", "Add", "Sub", "Mul", "Div", "Min", "Max")
       for prefix in ("Scatter", "ResourceScatter")},
    **{prefix + kind: _entries(kind) for kind in ("Update", "Add", "Sub") for prefix in ("ScatterNd", "ResourceScatterNd")},
    "ResourceGather": rule.Compiled(_gather, guards=True),
    "ResourceGatherNd": rule.Compiled(_gather_nd, guards=True),
}  # fmt: skip
