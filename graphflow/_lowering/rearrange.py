"""Rules of `_ops/rearrange.py`."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._core import errors, shapes
from graphflow._lowering import indexing
from graphflow._lowering.rule import Compiled, xp


def _refused(op, text):
    return errors.InvalidArgumentError(None, op, text)


def _transpose(ctx, op, x, perm):
    order = perm.tolist()
    found = sorted(axis % x.ndim for axis in order) if x.ndim else []
    if found != list(range(x.ndim)):
        missing = next((axis for axis in range(x.ndim) if axis not in found), x.ndim)
        raise _refused(op, f"{missing} is missing from {{{','.join(map(str, order))}}}.")
    return xp(x).transpose(x, order)


def _conjugate_transpose(ctx, op, x, perm):
    return xp(x).conj(_transpose(ctx, op, x, perm))


def _invert_permutation(ctx, op, x):
    np_ = xp(x)
    count = x.shape[0]
    indexing.guard_range(ctx, op, x, count, "{value} is not between 0 and {size}")
    ordered = np_.sort(x)
    if count > 1:
        again = ordered[1:] == ordered[:-1]
        ctx.guard(again.any(), op, "{} is duplicated in the input.", ordered[np_.argmax(again)])
    return np_.argsort(x).astype(x.dtype)


def _reverse(ctx, op, x, dims):
    return xp(x).flip(x, tuple(np.flatnonzero(dims).tolist()))


def _reverse_v2(ctx, op, x, axes):
    return xp(x).flip(x, tuple(axes.ravel().tolist()))


def _reverse_sequence(ctx, op, x, lengths):
    np_ = xp(x, lengths)
    along, batch = op.attrs["seq_dim"], op.attrs["batch_dim"]
    size = x.shape[along]
    for bad, text in ((lengths > size, f"seq_lens({{}}) > input.dims({along})"), (lengths < 0, "seq_lens({}) < 0")):
        if bad.size:
            ctx.guard(bad.any(), op, text, np_.argmax(bad))
    places = np.arange(size).reshape([-1 if i == along else 1 for i in range(x.ndim)])
    lengths = lengths.reshape([-1 if i == batch else 1 for i in range(x.ndim)])
    source = np_.where(places < lengths, lengths - 1 - places, places)
    return np_.take_along_axis(x, source, along)


def _roll(ctx, op, x, shift, axis):
    axes = axis.ravel().tolist()
    for a in axes:
        if not -x.ndim <= a < x.ndim:
            raise _refused(op, f"axis {a} is out of range")
    shifts = np.ravel(shift).tolist() if xp(shift) is np else jnp.ravel(shift)
    return xp(x, shift).roll(x, shifts, axes)


def _tile(ctx, op, x, multiples):
    times = multiples.tolist()
    if len(times) != x.ndim:
        raise _refused(op, f"Expected multiples argument to be a vector of length {x.ndim} but got length {len(times)}")
    for axis, n in enumerate(times):
        if n < 0:
            raise _refused(op, f"Expected multiples[{axis}] >= 0, but got {n}")
    return xp(x).tile(x, times) if times else x


def _broadcast_to(ctx, op, x, shape):
    wanted = tuple(shape.tolist())
    try:
        return xp(x).broadcast_to(x, wanted)
    except ValueError:
        text = f"Incompatible shapes: {shapes.to_text(x.shape)} vs. {shapes.to_text(wanted)}"
        raise _refused(op, text) from None


def _broadcast_args(ctx, op, a, b):
    return np.array(np.broadcast_shapes(tuple(a.tolist()), tuple(b.tolist())), a.dtype)


def _broadcast_gradient_args(ctx, op, a, b):
    """The axes over which each of two operands was repeated in their broadcast."""
    rank = max(a.size, b.size)
    a, b = (np.concatenate([np.ones(rank - s.size, s.dtype), s]) for s in (a, b))
    whole = np.maximum(a, b)
    both = (a == 1) & (b == 1)  # TensorFlow sums over these too: it changes nothing
    return tuple(np.flatnonzero((s == 1) & ((whole != 1) | both)).astype(s.dtype) for s in (a, b))


# -- pad -----------------------------------------------------------------------------------------------------


def _pairs(op, paddings):
    pairs = [tuple(pair) for pair in paddings.tolist()]
    for before, after in pairs:
        if before < 0 or after < 0:
            raise _refused(op, f"Paddings must be non-negative: {before} {after}")
    return pairs


def _pad(ctx, op, x, paddings, value=0):
    return xp(x, value).pad(x, _pairs(op, paddings), constant_values=value) if x.ndim else x


def _mirrored(op, x, paddings):
    pairs = _pairs(op, paddings)
    reflect = op.attrs["mode"] == b"REFLECT"
    for size, (before, after) in zip(x.shape, pairs):
        if max(before, after) > size - reflect:
            limit = "less than" if reflect else "no greater than"
            negated = "not less than" if reflect else "greater than"
            raise _refused(op, f"paddings must be {limit} the dimension size: {before}, {after} {negated} {size}")
    return xp(x).pad(x, pairs, mode="reflect" if reflect else "symmetric") if x.ndim else x


def _mirror_pad(ctx, op, x, paddings):
    return _mirrored(op, x, paddings)


def _mirror_pad_grad(ctx, op, grad, paddings):
    inside = [size - before - after for size, (before, after) in zip(grad.shape, _pairs(op, paddings))]
    _, pullback = jax.vjp(lambda x: _mirrored(op, x, paddings), jnp.zeros(inside, grad.dtype))
    return pullback(jnp.asarray(grad))[0]


RULES = {
    "Transpose": Compiled(_transpose, static=(1,), folds=True),
    "ConjugateTranspose": Compiled(_conjugate_transpose, static=(1,), folds=True),
    "InvertPermutation": Compiled(_invert_permutation, folds=True, guards=True),
    "Reverse": Compiled(_reverse, static=(1,), folds=True),
    "ReverseV2": Compiled(_reverse_v2, static=(1,), folds=True),
    "ReverseSequence": Compiled(_reverse_sequence, folds=True, guards=True),
    "Roll": Compiled(_roll, static=(2,), folds=True),
    "Tile": Compiled(_tile, static=(1,), folds=True),
    "BroadcastTo": Compiled(_broadcast_to, static=(1,), folds=True),
    "BroadcastArgs": Compiled(_broadcast_args, static=(0, 1), folds=True),
    "BroadcastGradientArgs": Compiled(_broadcast_gradient_args, static=(0, 1), folds=True),
    "Pad": Compiled(_pad, static=(1,), folds=True),
    "PadV2": Compiled(_pad, static=(1,), folds=True),
    "MirrorPad": Compiled(_mirror_pad, static=(1,), folds=True),
    "MirrorPadGrad": Compiled(_mirror_pad_grad, static=(1,)),
}
