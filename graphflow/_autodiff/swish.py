"""swish, whose gradient works the sigmoid out anew rather than keep it."""

from __future__ import annotations

from graphflow._autodiff import gradients
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, unary

_GRADIENT = "CustomGradient-0"  # the numbers above 0 are for gradients that users define


def swish(features):
    """x sigmoid(x), elementwise.

    Args:
        features: float `[...]`.

    Source: Ramachandran et al., Searching for Activation Functions (2017).
    """
    features = build.convert_to_tensor(features, name="features")
    result = features * unary.sigmoid(features)
    array.identity(result)  # TensorFlow makes this node too, and leaves it unused
    return build.apply("IdentityN", [result, features], _gradient_op_type=_GRADIENT.encode())[0]


@gradients.RegisterGradient(_GRADIENT)
def _swish_gradient(op, grad, _):
    features = op.inputs[1]
    with graph_lib.get_default_graph().control_dependencies([grad]):
        s = unary.sigmoid(features)
    return None, grad * (s * (1.0 + features * (1.0 - s)))
