"""Models of the first days, as functions (features, labels) -> (predictions, loss)."""

from __future__ import annotations

from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._layers import losses
from graphflow._ops import array, initializers, math, nn, summaries, variable_scope


def _variables(x, outputs, init_mean, init_stddev):
    """Weights and a bias in the current scope."""
    kind, scope = x.dtype.base_dtype, variable_scope.get_variable_scope().name
    initializer = None if init_mean is None else initializers.RandomNormal(init_mean, init_stddev, dtype=kind)
    weights = variable_scope.get_variable("weights", [x.get_shape()[1], outputs], initializer=initializer, dtype=kind)
    bias = variable_scope.get_variable("bias", [outputs], initializer=initializer, dtype=kind)
    summaries.histogram(f"{scope}.weights", weights)
    summaries.histogram(f"{scope}.bias", bias)
    return weights, bias


def _summarize(scope, x, y):
    summaries.histogram(f"{scope}.x", x)
    summaries.histogram(f"{scope}.y", y)


def linear_regression(x, y, init_mean=None, init_stddev=1.0):
    """Linear regression: (predictions, mean squared error) for `x` `[batch, features]` and `y` `[batch(, outputs)]`."""
    with variable_scope.variable_scope("linear_regression") as scope:
        _summarize(scope.name, x, y)
        outputs = 1 if len(y.get_shape()) == 1 else y.get_shape()[1]
        weights, bias = _variables(x, outputs, init_mean, init_stddev)
        with build.name_scope("mean_squared_error_regressor", None, [x, y]):
            predictions = nn.xw_plus_b(x, weights, bias)
            if len(y.get_shape()) == 1 and len(predictions.get_shape()) == 2:
                predictions = array.squeeze(predictions, axis=[1])
            return predictions, losses.mean_squared_error(y, predictions)


def logistic_regression(x, y, class_weight=None, init_mean=None, init_stddev=1.0):
    """Logistic regression: (probabilities, cross entropy) for `x` `[batch, features]` and one-hot `y` `[batch, classes]`.

    Args:
        class_weight: a tensor `[classes]`, the weights of the classes; that named `class_weight:0` where there is one.
    """
    with variable_scope.variable_scope("logistic_regression") as scope:
        _summarize(scope.name, x, y)
        weights, bias = _variables(x, y.get_shape()[-1], init_mean, init_stddev)
        if class_weight is None:
            class_weight = _tensor_or_none("class_weight:0")
        with build.name_scope("softmax_classifier", None, [x, y]):
            logits = nn.xw_plus_b(x, weights, bias)
            if class_weight is not None:
                logits = math.multiply(logits, class_weight)
            return nn.softmax(logits), losses.softmax_cross_entropy(y, logits)


def _tensor_or_none(name):
    try:
        return graph_lib.get_default_graph().get_tensor_by_name(name)
    except KeyError:
        return None


def linear_regression_zero_init(x, y):
    """`linear_regression` that starts at zero."""
    return linear_regression(x, y, init_mean=0.0, init_stddev=0.0)


def logistic_regression_zero_init(x, y):
    """`logistic_regression` that starts at zero."""
    return logistic_regression(x, y, init_mean=0.0, init_stddev=0.0)
