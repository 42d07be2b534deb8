"""Cross entropies: losses between labels and logits (scores before the softmax or sigmoid)."""

from __future__ import annotations

import math as numbers

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def, static_value
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, asserts, choosing, compare, math, nn, rearrange, slicing, unary, windows

# -- over classes that exclude each other --------------------------------------------------------------------------------


def softmax_cross_entropy_with_logits(_sentinel=None, labels=None, logits=None, dim=-1, name=None, axis=None):
    """The cross entropy of softmax(logits) with `labels`; no gradient flows into the labels.

    Args:
        labels, logits: as softmax_cross_entropy_with_logits_v2 takes them, by name.
        dim, axis: the axis of the classes.
    """
    axis = windows.renamed("axis", axis, "dim", None if dim == -1 else dim)
    _check_named("softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    with build.name_scope(name, "softmax_cross_entropy_with_logits_sg", [logits, labels]) as scope:
        labels = array.stop_gradient(labels, name="labels_stop_gradient")
    return softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits, axis=axis, name=scope)


def softmax_cross_entropy_with_logits_v2(labels, logits, axis=None, name=None, dim=None):
    """-sum(labels * log softmax(logits)) along `axis`, without overflow.

    Args:
        labels: `[..., C]`, probabilities that sum to 1 along the axis; cast to the dtype of `logits`.
        logits: float `[..., C]`; float16 and bfloat16 are computed in float32.
        axis, dim: the axis of the classes, the last one when None.

    Returns:
        float `[...]`, one loss an example, dtype of `logits`.

    Raises:
        ValueError: the shapes do not fit.

    Source: Bishop, PRML (2006), eq. 4.108.
    """
    axis = windows.renamed("axis", axis, "dim", dim)
    axis = -1 if axis is None else axis
    with build.name_scope(name, "softmax_cross_entropy_with_logits", [logits, labels]) as scope:
        logits = build.convert_to_tensor(logits, name="logits")
        labels = build.convert_to_tensor(labels, name="labels")
        base = logits.dtype.base_dtype
        is_half = base in (dtypes.float16, dtypes.bfloat16)
        precise = math.cast(logits, dtypes.float32) if is_half else logits
        labels = math.cast(labels, precise.dtype.base_dtype)
        rank = array.rank(precise)
        if axis != -1:
            precise, labels = _axis_to_end(precise, axis, rank), _axis_to_end(labels, axis, rank)
        sizes = array.shape(precise)
        cost, _ = build.apply("SoftmaxCrossEntropyWithLogits", _as_matrix(precise), _as_matrix(labels), name=scope)
        cost = array.reshape(cost, slicing.slice(sizes, [0], [math.subtract(rank, 1)]))
        if logits._dims is not None:
            dims = list(logits._dims)
            del dims[axis]
            cost.set_shape(dims)
        return math.cast(cost, base) if is_half else cost


def _check_named(function, sentinel, labels, logits):
    if sentinel is not None:
        raise ValueError(f"Only call `{function}` with named arguments (labels=..., logits=..., ...)")
    if labels is None or logits is None:
        raise ValueError("Both labels and logits must be provided.")


def _axis_to_end(x, axis, rank):
    return rearrange.transpose(x, array.concat([math.range(axis), math.range(axis + 1, rank), [axis]], 0))


def _as_matrix(x):
    """`x` with all axes but the last made one."""
    rank = array.rank(x)
    last = slicing.slice(array.shape(x), [math.subtract(rank, 1)], [1])
    out = array.reshape(x, array.concat([[-1], last], 0))
    rows = None if x._dims is None else shapes.num_elements(x._dims[:-1])
    if rows is not None:
        out.set_shape([rows, x._dims[-1]])
    return out


@op_def.shape_rule("SoftmaxCrossEntropyWithLogits")
def _softmax_shape(op):
    features, labels = op.inputs[0]._dims, op.inputs[1]._dims
    try:
        dims = shapes.broadcast(features, labels)
    except ValueError as err:
        raise build.shape_error(op, str(err)) from None
    if dims is not None and len(dims) != 2:
        raise build.shape_error(op, f"Shape must be rank 2 but is rank {len(dims)}")
    return [(None if dims is None else dims[0],), (None, None) if dims is None else dims]


@op_def.gradient("SoftmaxCrossEntropyWithLogits")
def _softmax_gradient(op, grad, grad_of_gradient):
    """The operation's second output is the gradient for the logits, for a loss that counts once."""
    logits = op.inputs[0]
    found = _rows_times(grad, op.outputs[1])
    if not _is_zero(grad_of_gradient):
        softmax = nn.softmax(logits)
        inner = build.apply("BatchMatMulV2", array.expand_dims(grad_of_gradient, 1), array.expand_dims(softmax, 2))
        found += (grad_of_gradient - array.squeeze(inner, axis=1)) * softmax
    return found, _rows_times(grad, -nn.log_softmax(logits))


def _rows_times(vector, matrix):
    return array.expand_dims(vector, -1) * matrix


def _is_zero(grad):
    if grad is None or grad.op.type in ("ZerosLike", "Zeros"):
        return True
    value = static_value.constant_value(grad)
    return value is not None and not value.any()


def sparse_softmax_cross_entropy_with_logits(_sentinel=None, labels=None, logits=None, name=None):
    """-log softmax(logits)[label]: the softmax cross entropy where each example has one class.

    Args:
        labels: int32 or int64 `[...]`, the class of each example, in 0 .. C - 1.
        logits: float `[..., C]`.

    Returns:
        float `[...]`, one loss an example, dtype of `logits`.

    Raises:
        ValueError: the shapes do not fit. InvalidArgumentError, when run: a label outside 0 .. C - 1.
    """
    _check_named("sparse_softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    with build.name_scope(name, "SparseSoftmaxCrossEntropyWithLogits", [labels, logits]):
        labels = build.convert_to_tensor(labels)
        logits = build.convert_to_tensor(logits)
        is_half = logits.dtype.base_dtype == dtypes.float16
        precise = math.cast(logits, dtypes.float32) if is_half else logits
        labels_dims, dims = labels._dims, logits._dims
        labels_shape = array.shape(labels)
        known = windows.fully_known(labels_dims) and dims is not None and windows.fully_known(dims[:-1])
        _check_sparse(labels, logits, known)
        if dims is not None and len(dims) == 2:
            cost, _ = build.apply("SparseSoftmaxCrossEntropyWithLogits", precise, labels, name=name)
            return math.cast(cost, dtypes.float16) if is_half else cost
        fit = [] if known else [asserts.assert_equal(array.shape(labels), array.shape(logits)[:-1])]
        with graph_lib.get_default_graph().control_dependencies(fit):
            classes = array.shape(logits)[array.rank(logits) - 1]
            precise = array.reshape(precise, [-1, classes])
            flat = array.reshape(labels, [-1])
            cost, _ = build.apply("SparseSoftmaxCrossEntropyWithLogits", precise, flat, name=name)
            cost = array.reshape(cost, labels_shape)
            cost.set_shape(labels.get_shape())
            return math.cast(cost, dtypes.float16) if is_half else cost


def _check_sparse(labels, logits, known):
    if logits._dims == ():
        raise ValueError(f"Logits cannot be scalars - received shape {logits.get_shape()}.")
    if logits._dims is not None and labels._dims is not None and len(labels._dims) != len(logits._dims) - 1:
        raise ValueError(
            f"Rank mismatch: Rank of labels (received {len(labels._dims)}) should equal rank of logits minus 1 "
            f"(received {len(logits._dims)})."
        )
    if known and labels._dims != logits._dims[:-1]:
        raise ValueError(
            f"Shape mismatch: The shape of labels (received {labels.get_shape()}) should equal the shape of logits "
            f"except for the last dimension (received {logits.get_shape()})."
        )


@op_def.shape_rule("SparseSoftmaxCrossEntropyWithLogits")
def _sparse_softmax_shape(op):
    features, labels = windows.with_rank(op, 0, 2), windows.with_rank(op, 1, 1)
    rows = windows.equal(op, features[0], labels[0])
    return [(rows,), (rows, features[1])]


@op_def.gradient("SparseSoftmaxCrossEntropyWithLogits")
def _sparse_softmax_gradient(op, grad, _):
    once = build.apply(
        "PreventGradient", op.outputs[1],
        message="Currently there is no way to take the second derivative of sparse_softmax_cross_entropy_with_logits due to "
        "the fused implementation's interaction with tf.gradients()",
    )  # fmt: skip
    return _rows_times(grad, once), None


# -- over independent yes/no labels --------------------------------------------------------------------------------------


def sigmoid_cross_entropy_with_logits(_sentinel=None, labels=None, logits=None, name=None):
    """Cross entropy of independent yes/no labels: -z log s(x) - (1 - z) log(1 - s(x)), without overflow.

    Args:
        labels: float `[...]`, probabilities z in 0..1.
        logits: x, same dtype and shape as `labels`.

    Returns:
        float `[...]`, one loss an entry.

    Raises:
        ValueError: the two shapes differ; nothing is broadcast here.

    Source: Bishop, PRML (2006), eq. 4.90.
    """
    _check_named("sigmoid_cross_entropy_with_logits", _sentinel, labels, logits)
    with build.name_scope(name, "logistic_loss", [logits, labels]) as scope:
        logits, labels = _same_shape(logits, labels, "logits and labels", "logits", "labels")
        zeros = array.zeros_like(logits, dtype=logits.dtype.base_dtype)
        positive = logits >= zeros
        rectified = choosing.where(positive, logits, zeros)
        minus_size = choosing.where(positive, -logits, logits)
        return math.add(rectified - logits * labels, unary.log1p(unary.exp(minus_size)), name=scope)


def weighted_cross_entropy_with_logits(labels=None, logits=None, pos_weight=None, name=None, targets=None):
    """The sigmoid cross entropy with positive labels counted `pos_weight` times: -q z log s(x) - (1 - z) log(1 - s(x)).

    Args:
        labels, targets: float `[...]`, probabilities z; logits: x, same dtype and shape.
        pos_weight: q; above 1 for fewer false negatives.
    """
    labels = windows.renamed("labels", labels, "targets", targets)
    with build.name_scope(name, "logistic_loss", [logits, labels]) as scope:
        logits, labels = _same_shape(logits, labels, "logits and labels", "logits", "labels")
        weight = 1 + (pos_weight - 1) * labels
        return math.add(
            (1 - labels) * logits, weight * (unary.log1p(unary.exp(-unary.abs(logits))) + nn.relu(-logits)), name=scope
        )


def _same_shape(x, targets, what, x_name, targets_name):
    x = build.convert_to_tensor(x, name=x_name)
    targets = build.convert_to_tensor(targets, name=targets_name)
    if not shapes.compatible(targets._dims, x._dims):
        raise ValueError(f"{what} must have the same shape ({x.get_shape()} vs {targets.get_shape()})")
    return x, targets


def log_poisson_loss(targets, log_input, compute_full_loss=False, name=None):
    """exp(c) - c z: minus the log likelihood of counts z under Poisson distributions of log mean c.

    Args:
        targets: float `[...]`, z; log_input: c, same dtype and shape.
        compute_full_loss: whether to add log z!, by Stirling's approximation, for z > 1.
    """
    with build.name_scope(name, "log_poisson_loss", [log_input, targets]):
        log_input, targets = _same_shape(log_input, targets, "log_input and targets", "log_input", "targets")
        loss = unary.exp(log_input) - log_input * targets
        if compute_full_loss:
            base = targets.dtype.base_dtype
            half = build.constant(0.5, dtype=base)
            two_pi = build.constant(2 * numbers.pi, dtype=base)
            stirling = targets * unary.log(targets) - targets + half * unary.log(two_pi * targets)
            zeros, ones = array.zeros_like(targets, dtype=base), array.ones_like(targets, dtype=base)
            small = compare.logical_and(targets >= zeros, targets <= ones)
            loss += choosing.where(small, zeros, stirling)
        return loss
