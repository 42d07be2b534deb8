"""The largest entries of a row: top_k, in_top_k, nth_element."""

from __future__ import annotations

import collections

from graphflow._graph import build, op_def, static_value
from graphflow._ops import array, compare, joining, math, reduce, windows

TopKV2 = collections.namedtuple("TopKV2", ["values", "indices"])


def top_k(input, k=1, sorted=True, name=None):
    """The k largest entries along the last axis, and where they are.

    Args:
        input: real, of rank 1 or more.
        k: how many, an int or a scalar tensor.
        sorted: whether they must come in descending order; they do in any case.

    Returns:
        (values, int32 indices), `[..., k]`; of equal entries the one with the lower index comes first.

    Raises:
        ValueError: the last axis is shorter than k; InvalidArgumentError where that shows only when run.
    """
    return TopKV2(*build.apply("TopKV2", input, k, sorted=sorted, name=name))


@op_def.shape_rule("TopKV2", "TopK")
def _top_k_shape(op):
    dims = op.inputs[0]._dims
    if dims is None:
        return [None, None]
    if not dims:
        raise build.shape_error(op, "Shape must be at least rank 1 but is rank 0")
    k = op.attrs["k"] if op.type == "TopK" else _scalar(op, 1)
    if k is not None and k < 0:
        raise build.shape_error(op, f"Dimension size, given by scalar input 1, must be non-negative but is {k}")
    if k is not None and dims[-1] is not None and dims[-1] < k:
        raise build.shape_error(op, f"input must have last dimension >= k = {k} but is {dims[-1]}")
    return [(*dims[:-1], k)] * 2


def _scalar(op, position):
    t = op.inputs[position]
    if t._dims is not None and t._dims != ():
        raise build.shape_error(op, f"Input must be scalar but has rank {len(t._dims)}")
    return static_value.known_int(t)


@op_def.gradient("TopKV2", "TopK")
def _top_k_gradient(op, grad, _):
    """What arrives goes back to the places the entries came from."""
    sizes = array.shape(op.inputs[0])
    width, k = sizes[-1], array.shape(op.outputs[1])[-1]
    places = array.reshape(op.outputs[1], joining.stack([-1, k]))
    rows = array.expand_dims(math.range(array.shape(places)[0]) * width, -1)
    places = array.reshape(places + rows, [-1, 1])
    total = array.reshape(reduce.reduce_prod(sizes), [1])
    spread = build.apply("ScatterNd", places, array.reshape(grad, [-1]), total)
    return [array.reshape(spread, sizes), *[None] * (len(op.inputs) - 1)]


def in_top_k(predictions, targets, k, name=None):
    """Whether each target class is among the k best predictions of its row.

    Args:
        predictions: float32 `[N, C]`.
        targets: int32 or int64 `[N]`; a class out of range is not among them.
        k: an int. Classes as good as the k-th best count all.

    Returns:
        bool `[N]`; False for a row with an infinite or NaN prediction.
    """
    with build.name_scope(name, "in_top_k"):
        return build.apply("InTopKV2", predictions, targets, k, name=name)


@op_def.shape_rule("InTopK", "InTopKV2")
def _in_top_k_shape(op):
    predictions, targets = windows.with_rank(op, 0, 2), windows.with_rank(op, 1, 1)
    return [(windows.equal(op, predictions[0], targets[0]),)]


op_def.not_differentiable("InTopK", "InTopKV2", because="its output is a yes or no")


def nth_element(input, n, reverse=False, name=None):
    """The entry that would stand at place `n` of each row if it were sorted; in descending order if `reverse`.

    Args:
        input: real `[..., W]`.
        n: an int or scalar int32 tensor, 0 .. W - 1.

    Returns:
        `[...]`.
    """
    return build.apply("NthElement", input, n, reverse=reverse, name=name)


@op_def.shape_rule("NthElement")
def _nth_element_shape(op):
    dims, n = op.inputs[0]._dims, _scalar(op, 1)
    if dims is None:
        return [None]
    if not dims:
        raise build.shape_error(op, "Shape must be at least rank 1 but is rank 0")
    if n is not None and n < 0:
        raise build.shape_error(op, f"Dimension size, given by scalar input 1, must be non-negative but is {n}")
    if n is not None and dims[-1] is not None and dims[-1] <= n:
        raise build.shape_error(op, f"Input must have last dimension > n = {n} but is {dims[-1]}")
    return [dims[:-1]]


@op_def.gradient("NthElement")
def _nth_element_gradient(op, grad):
    """Entries that are equal share."""
    x, y = op.inputs[0], op.outputs[0]
    hits = math.cast(compare.equal(array.expand_dims(y, -1), x), grad.dtype.base_dtype)
    count = array.expand_dims(reduce.reduce_sum(hits, -1), -1)
    return build.apply("RealDiv", hits, count) * array.expand_dims(grad, -1), None
