"""What operations give for small values known while building: the arithmetic that shapes, sizes and axes go through."""

from __future__ import annotations

import numpy as np

TABLE: dict = {}  # op type -> function(op, *arrays) -> array, or a tuple of them, one an output


def evaluator(*op_types):
    """Decorator: function(op, *values) -> value of the output, or a tuple of the values of several."""

    def register(function):
        TABLE.update(dict.fromkeys(op_types, function))
        return function

    return register


_ELEMENTWISE = {
    "Add": np.add, "AddV2": np.add, "Sub": np.subtract, "Mul": np.multiply, "FloorDiv": np.floor_divide,
    "FloorMod": np.mod, "Maximum": np.maximum, "Minimum": np.minimum, "Neg": np.negative, "Abs": np.abs,
    "Equal": np.equal, "NotEqual": np.not_equal, "Less": np.less, "LessEqual": np.less_equal, "Greater": np.greater,
    "GreaterEqual": np.greater_equal, "LogicalAnd": np.logical_and, "LogicalOr": np.logical_or,
    "LogicalNot": np.logical_not, "RealDiv": np.true_divide, "Ceil": np.ceil, "Floor": np.floor, "Sqrt": np.sqrt,
    "Pow": np.power, "Square": np.square, "Sign": np.sign, "Rint": np.rint, "Round": np.round, "Exp": np.exp,
    "Log": np.log, "SquaredDifference": lambda x, y: np.square(x - y), "Mod": np.fmod, "TruncateMod": np.fmod,
}  # fmt: skip
for _op_type, _function in _ELEMENTWISE.items():
    evaluator(_op_type)(lambda op, *xs, _f=_function: _f(*xs))


@evaluator("Div", "TruncateDiv")
def _truncated_quotient(op, x, y):
    if x.dtype.kind not in "iu":
        return x / y
    quotient = x // y
    return quotient + ((x % y != 0) & ((x < 0) != (y < 0))).astype(x.dtype)


@evaluator("Identity", "StopGradient", "PreventGradient", "Snapshot", "EnsureShape")
def _same(op, x):
    return x


@evaluator("IdentityN")
def _same_list(op, *xs):
    return xs


@evaluator("Cast")
def _cast(op, x):
    return x.astype(op.attrs["DstT"].as_numpy_dtype)


# -- making --------------------------------------------------------------------------------------------------


@evaluator("Fill")
def _fill(op, dims, value):
    return np.full(dims, value)


@evaluator("ZerosLike")
def _zeros_like(op, x):
    return np.zeros_like(x)


@evaluator("OnesLike")
def _ones_like(op, x):
    return np.ones_like(x)


@evaluator("Range")
def _range(op, start, limit, delta):
    return np.arange(start, limit, delta, dtype=start.dtype)


@evaluator("BroadcastArgs")
def _broadcast_args(op, a, b):
    return np.array(np.broadcast_shapes(tuple(a), tuple(b)), a.dtype)


# -- reducing ------------------------------------------------------------------------------------------------

_REDUCTIONS = {
    "Prod": np.prod, "Sum": np.sum, "Max": np.max, "Min": np.min, "All": np.all, "Any": np.any, "Mean": np.mean,
}  # fmt: skip


@evaluator(*_REDUCTIONS)
def _reduce(op, x, axis):
    axes = tuple(np.ravel(axis).tolist())
    return np.asarray(_REDUCTIONS[op.type](x, axis=axes, keepdims=op.attrs["keep_dims"])).astype(x.dtype)


@evaluator("ArgMax", "ArgMin")
def _place_of_extreme(op, x, axis):
    find = np.argmax if op.type == "ArgMax" else np.argmin
    return find(x, int(axis)).astype(op.attrs["output_type"].as_numpy_dtype)


@evaluator("Cumsum", "Cumprod")
def _running(op, x, axis):
    if op.attrs["exclusive"] or op.attrs["reverse"]:
        raise ValueError("only the plain form is followed")
    run = np.cumsum if op.type == "Cumsum" else np.cumprod
    return run(x, int(axis), dtype=x.dtype)


# -- joining and cutting -------------------------------------------------------------------------------------


@evaluator("Pack")
def _pack(op, *values):
    return np.stack(values, op.attrs["axis"])


@evaluator("Unpack")
def _unpack(op, value):
    return tuple(np.moveaxis(value, op.attrs["axis"], 0))


@evaluator("ConcatV2")
def _concat(op, *values):
    return np.concatenate(values[:-1], int(values[-1]))


@evaluator("ConcatOffset")
def _concat_offset(op, axis, *sizes):
    here = np.arange(sizes[0].size) == axis
    return tuple(np.where(here, sum(s[int(axis)] for s in sizes[:i]), 0).astype(np.int32) for i in range(len(sizes)))


@evaluator("Split")
def _split(op, axis, value):
    return tuple(np.split(value, op.attrs["num_split"], int(axis)))


@evaluator("SplitV")
def _split_v(op, value, sizes, axis):
    whole = value.shape[int(axis)]
    sizes = np.where(sizes == -1, whole - sizes[sizes != -1].sum(), sizes)
    return tuple(np.split(value, np.cumsum(sizes)[:-1], int(axis)))


@evaluator("Slice")
def _slice(op, x, begin, size):
    return x[tuple(slice(b, None if s == -1 else b + s) for b, s in zip(begin.tolist(), size.tolist()))]


@evaluator("StridedSlice")
def _strided_slice(op, x, begin, end, strides):
    return np.asarray(x[slice_index(op.attrs, begin, end, strides)], x.dtype)


def slice_index(attrs, begin, end, strides):
    """The NumPy index that a StridedSlice's masks and bounds describe."""
    index = []
    for i, (b, e, s) in enumerate(zip(begin.tolist(), end.tolist(), strides.tolist())):
        bit = 1 << i
        if attrs["ellipsis_mask"] & bit:
            index.append(Ellipsis)
        elif attrs["new_axis_mask"] & bit:
            index.append(None)
        elif attrs["shrink_axis_mask"] & bit:
            index.append(b)
        else:
            index.append(slice(None if attrs["begin_mask"] & bit else b, None if attrs["end_mask"] & bit else e, s))
    return tuple(index)


# -- choosing and reordering ---------------------------------------------------------------------------------


@evaluator("GatherV2")
def _gather(op, params, indices, axis):
    if op.attrs["batch_dims"]:
        raise ValueError("batches are not followed")
    return np.take(params, indices, int(axis))


@evaluator("Gather")
def _gather_v1(op, params, indices):
    return np.take(params, indices, 0)


@evaluator("GatherNd")
def _gather_nd(op, params, indices):
    return params[tuple(np.moveaxis(indices, -1, 0))]


@evaluator("Select", "SelectV2")
def _select(op, condition, x, y):
    if op.type == "Select" and condition.ndim == 1:
        condition = condition.reshape((-1,) + (1,) * (x.ndim - 1))
    return np.where(condition, x, y)


@evaluator("Where")
def _where(op, condition):
    return np.argwhere(condition).astype(np.int64)


@evaluator("OneHot")
def _one_hot(op, indices, depth, on, off):
    found = np.where(indices[..., None] == np.arange(int(depth)), on, off)
    return np.moveaxis(found, -1, op.attrs["axis"])


@evaluator("DynamicStitch", "ParallelDynamicStitch")
def _stitch(op, *values):
    n = op.attrs["N"]
    length = 1 + max(int(index.max()) for index in values[:n] if index.size)
    whole = np.zeros((length, *values[n].shape[values[0].ndim :]), values[n].dtype)
    for index, part in zip(values[:n], values[n:]):
        whole[index] = part
    return whole


@evaluator("Unique")
def _unique(op, x):
    found = {}
    place = [found.setdefault(item, len(found)) for item in x.tolist()]
    return np.array(list(found), x.dtype), np.array(place, op.attrs["out_idx"].as_numpy_dtype)


@evaluator("ListDiff")
def _list_diff(op, x, y):
    kept = np.flatnonzero(~np.isin(x, y))
    return x[kept], kept.astype(op.attrs["out_idx"].as_numpy_dtype)


@evaluator("Reshape")
def _reshape(op, x, dims):
    return x.reshape(dims)


@evaluator("ExpandDims")
def _expand_dims(op, x, axis):
    return np.expand_dims(x, int(axis))


@evaluator("Squeeze")
def _squeeze(op, x):
    return np.squeeze(x, tuple(op.attrs["squeeze_dims"]) or None)


@evaluator("Transpose")
def _transpose(op, x, perm):
    return np.transpose(x, perm)


@evaluator("Tile")
def _tile(op, x, multiples):
    return np.tile(x, multiples)


@evaluator("BroadcastTo")
def _broadcast_to(op, x, shape):
    return np.broadcast_to(x, tuple(shape))


@evaluator("Pad")
def _pad(op, x, paddings):
    return np.pad(x, paddings)


@evaluator("ReverseV2")
def _reverse(op, x, axis):
    return np.flip(x, tuple(axis.tolist()))


@evaluator("InvertPermutation")
def _invert(op, x):
    return np.argsort(x).astype(x.dtype)


@evaluator("SparseReshape")
def _sparse_reshape(op, indices, shape, new):
    others = np.prod(new[new != -1])
    sizes = np.where(new == -1, np.prod(shape) // np.maximum(others, 1), new)
    places = np.ravel_multi_index(tuple(indices.T), tuple(shape))
    return np.stack(np.unravel_index(places, tuple(sizes)), axis=1).astype(np.int64), sizes
