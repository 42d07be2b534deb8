"""Rules of `_ops/array.py`."""

from __future__ import annotations

import jax
import numpy as np

from graphflow._core import errors, shapes
from graphflow._lowering.rule import Compiled, xp


def _identity(ctx, op, x):
    return x


def _identity_n(ctx, op, *xs):
    return xs


def _stopped(ctx, op, x):
    return jax.lax.stop_gradient(x) if isinstance(x, jax.Array) else x


def _ensure_shape(ctx, op, x):
    wanted = op.attrs["shape"]
    if not shapes.compatible(wanted, x.shape):
        raise errors.InvalidArgumentError(
            None,
            op,
            f"Shape of tensor {op.inputs[0].op.name} {shapes.to_text(x.shape)} is not compatible with expected shape "
            f"{shapes.to_text(wanted)}.",
        )
    return x


def _shape(ctx, op, x):
    return np.array(np.shape(x), op.attrs["out_type"].as_numpy_dtype)


def _shape_n(ctx, op, *xs):
    return tuple(_shape(ctx, op, x) for x in xs)


def _size(ctx, op, x):
    return np.array(np.size(x), op.attrs["out_type"].as_numpy_dtype)


def _rank(ctx, op, x):
    return np.array(np.ndim(x), np.int32)


def _reshape(ctx, op, x, shape):
    return xp(x).reshape(x, _sizes(op, np.size(x), shape.tolist()))


def _sizes(op, total, wanted):
    """`wanted` with its -1 worked out for `total` elements."""
    open_axes = [i for i, size in enumerate(wanted) if size == -1]
    known = int(np.prod([size for size in wanted if size != -1], dtype=object))
    if len(open_axes) > 1:
        first, second = open_axes[:2]
        raise _refused(op, f"Only one input size may be -1, not both {first} and {second}")
    if min(wanted, default=0) < -1:
        raise _refused(op, f"Size {wanted.index(min(wanted))} must be non-negative, not {min(wanted)}")
    if not open_axes:
        if known != total:
            raise _refused(op, f"Input to reshape is a tensor with {total} values, but the requested shape has {known}")
        return wanted
    if known == 0 or total % known:
        raise _refused(
            op,
            "reshape cannot infer the missing input size for an empty tensor unless all specified input sizes are non-zero"
            if known == 0
            else f"Input to reshape is a tensor with {total} values, but the requested shape requires a multiple of {known}",
        )
    return [total // known if size == -1 else size for size in wanted]


def _refused(op, text):
    return errors.InvalidArgumentError(None, op, text)


def _expand_dims(ctx, op, x, axis):
    return xp(x).expand_dims(x, int(np.ravel(axis)[0]))


def _squeeze(ctx, op, x):
    axes = op.attrs["squeeze_dims"] or [i for i, size in enumerate(np.shape(x)) if size == 1]
    for axis in axes:
        if x.shape[axis] != 1:
            raise _refused(op, f"Can not squeeze dim[{axis}], expected a dimension of 1, got {x.shape[axis]}")
    return xp(x).squeeze(x, tuple(axes))


def _fill(ctx, op, dims, value):
    sizes = dims.tolist()
    if min(sizes, default=0) < 0:
        raise _refused(op, f"Dimension {min(sizes)} must be >= 0")
    return xp(value).full(tuple(sizes), value)


def _empty(ctx, op, dims):
    return _fill(ctx, op, dims, np.zeros((), op.attrs["dtype"].as_numpy_dtype))


def _filled_like(name):
    def emit(ctx, op, x):
        if op.outputs[0]._dtype._kind == "s":
            return np.full(np.shape(x), b"", object)
        return getattr(xp(x), name)(x)

    return Compiled(emit, folds=True)


_COPY = Compiled(_identity, folds=True)

RULES = {
    "Const": Compiled(lambda ctx, op: op.attrs["value"], folds=True, free=True),
    "Identity": _COPY,
    "IdentityN": Compiled(_identity_n, folds=True),
    "PlaceholderWithDefault": _COPY,
    "GuaranteeConst": _COPY,
    "Snapshot": _COPY,
    "DeepCopy": _COPY,
    "PreventGradient": _COPY,
    "StopGradient": Compiled(_stopped, folds=True),
    "EnsureShape": Compiled(_ensure_shape, folds=True),
    "Shape": Compiled(_shape, shape_only=True),
    "ShapeN": Compiled(_shape_n, shape_only=True),
    "Size": Compiled(_size, shape_only=True),
    "Rank": Compiled(_rank, shape_only=True),
    "Reshape": Compiled(_reshape, static=(1,), folds=True),
    "ExpandDims": Compiled(_expand_dims, static=(1,), folds=True),
    "Squeeze": Compiled(_squeeze, folds=True),
    "Fill": Compiled(_fill, static=(0,), folds=True),
    "Empty": Compiled(_empty, static=(0,), folds=True),
    "ZerosLike": _filled_like("zeros_like"),
    "OnesLike": _filled_like("ones_like"),
}
