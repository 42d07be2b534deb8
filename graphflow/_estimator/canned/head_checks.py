"""What heads ask of labels, logits and weights, checked before the graph runs and while it does."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._estimator import arguments
from graphflow._graph import build, sparse_tensor
from graphflow._graph import graph as graph_lib
from graphflow._layers.feature_columns import columns, numeric
from graphflow._ops import array, asserts, compare, math, ranks, reduce, sparse

_LABELS = (
    "labels shape must be [D0, D1, ... DN, {0}]. Suggested Fix: check your n_classes argument to the estimator and/or the shape of "
    "your label."
)


def _after(*checks):
    return graph_lib.get_default_graph().control_dependencies(checks)


def labels(given, logits, dimension):
    """The labels as `[..., dimension]`, of the logits' shape before that.

    Raises:
        ValueError: there are none, they are sparse, or of another size.
    """
    if given is None:
        raise ValueError(
            "You must provide a labels Tensor. Given: None. Suggested troubleshooting steps: Check that your data contain your "
            "label feature. Check that your input_fn properly parses and returns labels."
        )
    with build.name_scope(None, "labels", [given, logits]) as scope:
        found = sparse.convert_to_tensor_or_sparse_tensor(given)
        if isinstance(found, sparse_tensor.SparseTensor):
            raise ValueError(
                f"SparseTensor labels are not supported. labels must be a Tensor of shape [D0, D1, ..., DN, {dimension}], e.g. "
                f"[batch_size, {dimension}]. Suggested Fix: in your input_fn, use tf.sparse_tensor_to_dense() to turn labels into "
                "a Tensor."
            )
        if None not in (found._dims, logits._dims) and len(found._dims) == len(logits._dims) - 1:
            found = array.expand_dims(found, -1)
        shape, logits_shape = array.shape(found), array.shape(logits)
        message = _LABELS.format(dimension)
        with _after(ranks.assert_rank_at_least(found, 2, message=message)):
            if found._dims is not None and found._dims[-1] not in (None, dimension):
                raise ValueError(
                    f"Mismatched label shape. Expected labels dimension={dimension}.  Received {found._dims[-1]}. Suggested Fix:"
                    "If your classifier expects one-hot encoding label,check your n_classes argument to the estimator and/or the "
                    "shape of your label. Otherwise, check the shape of your label."
                )
            expected = array.concat([logits_shape[:-1], [dimension]], axis=0)
            data = ["expected_labels_shape: ", expected, "labels_shape: ", shape]
            with _after(asserts.assert_equal(expected, shape, message=message, data=data)):
                return array.identity(found, name=scope)


def logits(given, dimension):
    """The logits as float32 `[..., dimension]`; ValueError where they are of another size."""
    message = "logits shape must be [D0, D1, ... DN, logits_dimension]"
    with build.name_scope(None, "logits", [given]) as scope:
        found = math.to_float(given)
        shape = array.shape(found)
        with _after(ranks.assert_rank_at_least(found, 2, data=[shape], message=message)):
            if found._dims is not None and found._dims[-1] is not None:
                if found._dims[-1] != dimension:
                    raise ValueError(f"{message}, got {found.get_shape()}.")
                return found
            with _after(asserts.assert_equal(dimension, shape[-1], data=[shape], message=message)):
                return array.identity(found, name=scope)


def weights(features, weight_column, of_logits, per_logit=False):
    """The weights of examples as `[..., 1]`, 1.0 without a weight column.

    Args:
        weight_column: the key of a feature, a numeric column, or None.
        per_logit: whether there may be a weight for each logit.
    """
    message = "weights shape must be [D0, D1, ... DN] or [D0, D1, ... DN, 1]"
    with build.name_scope(None, "weights", [*features.values(), of_logits]) as scope:
        if weight_column is None:
            return 1.0
        if isinstance(weight_column, str):
            weight_column = numeric.numeric_column(weight_column, shape=(1,))
        if not isinstance(weight_column, numeric.NumericColumn):
            raise TypeError(
                f"Weight column must be either a string or _NumericColumn. Given type: {type(weight_column)}."
            )
        found = weight_column.dense_tensor(columns.Features(features), None)
        found = math.to_float(found, name="weights")
        shape = array.shape(found, name="weights_shape")
        logits_shape = array.shape(of_logits, name="logits_shape")
        data = ["logits_shape: ", logits_shape, "weights_shape: ", shape]
        if None not in (found._dims, of_logits._dims) and len(found._dims) == len(of_logits._dims) - 1:
            with _after(asserts.assert_equal(logits_shape[:-1], shape, message=message, data=data)):
                return array.expand_dims(found, -1, name=scope)
        fitting = array.concat([logits_shape[:-1], [1]], axis=0)
        if per_logit:
            same = reduce.reduce_all(compare.equal(logits_shape, shape))
            fits = reduce.reduce_any([same, reduce.reduce_all(compare.equal(fitting, shape))])
            check = asserts.Assert(fits, [message + " or [D0, D1, ... DN, logits_dimension]", *data])
        else:
            check = asserts.assert_equal(fitting, shape, message=message, data=data)
        with _after(check):
            return array.identity(found, name=scope)


def in_range(ids, n_classes, message=None):
    """The ids, once they are known to be in [0, n_classes)."""
    with build.name_scope(None, "assert_range", [ids]):
        last = build.convert_to_tensor(n_classes - 1, dtype=ids.dtype)
        below = asserts.assert_less_equal(ids, last, message=message or "Labels must <= n_classes - 1")
        above = asserts.assert_non_negative(ids, message=message or "Labels must >= 0")
        with _after(below, above):
            return array.identity(ids)


def n_classes(given):
    """The number of classes, once it is known to be more than 2."""
    if isinstance(given, int) and given <= 2:
        raise ValueError(f"n_classes must be > 2: {given}.")
    return given


def loss(loss_fn, given_labels, given_logits, features, dimension=1):
    """What a user's loss function gives, checked to be `[..., dimension]`."""
    with build.name_scope(None, "call_loss_fn", [given_labels, given_logits, *features.values()]):
        found = loss_fn(labels=given_labels, logits=given_logits, **features_if_wanted(loss_fn, features))
        logits_shape = array.shape(given_logits, name="logits_shape")
        expected = array.concat([logits_shape[:-1], [dimension]], axis=0, name="expected_loss_shape")
        shape = array.shape(found, name="loss_shape")
        said = f"loss_fn must return Tensor of shape [D0, D1, ... DN, {dimension}]. "
        data = [said, "logits_shape: ", logits_shape, "loss_shape: ", shape]
        with _after(asserts.Assert(reduce.reduce_all(compare.equal(shape, expected)), data, name="check_loss_shape")):
            return array.identity(found)


def features_if_wanted(function, features):
    """{"features": features} for a function that takes them."""
    return arguments.chosen(function, features=features)


def loss_fn(function):
    """The loss function, once it is known to take `labels`, `logits` and at most `features`."""
    if function is not None:
        arguments.check(function, "loss_fn", ("labels", "logits", "features"), ("labels", "logits"))
    return function


def strings(vocabulary):
    """Raises ValueError unless a label vocabulary is a list or tuple, or None."""
    if vocabulary is not None and not isinstance(vocabulary, (list, tuple)):
        raise ValueError(f"label_vocabulary should be a list or a tuple. Given type: {type(vocabulary)}")


def is_text(tensor):
    """Whether a tensor holds texts."""
    return tensor.dtype.base_dtype is dtypes.string
