"""Activations with parameters, as layers."""

from graphflow_keras import activations, dialect
from graphflow_keras import backend as K
from graphflow_keras.engine.base_layer import InputSpec
from graphflow_keras.layers._options import SameShapeLayer, take_options
from graphflow_keras.legacy import interfaces
from graphflow_keras.utils.generic_utils import to_list


def _float(value):
    """`value` rounded to `K.floatx()`, as a Python float, which a config can hold."""
    return float(K.cast_to_floatx(value))


class LeakyReLU(SameShapeLayer):
    """`x` where positive, else `alpha * x`.

    Args:
        alpha: float, the slope of the negative side.

    Source: Maas et al., Rectifier Nonlinearities Improve Neural Network Acoustic Models (2013).
    """

    OPTIONS = ("alpha",)

    def __init__(self, alpha=0.3, **kwargs):
        super().__init__(**kwargs)
        self.alpha = _float(alpha)

    def call(self, inputs):
        return K.relu(inputs, alpha=self.alpha)


class PReLU(SameShapeLayer):
    """`x` where positive, else `alpha * x` with a learned `alpha` of the inputs' shape.

    Args:
        alpha_initializer, alpha_regularizer, alpha_constraint: what the weight `alpha` is made with.
        shared_axes: int or list of int, axes along which one `alpha` serves all; `[1, 2]` gives one for each filter of a
            2D convolution.

    Source: He et al., Delving Deep into Rectifiers (2015).
    """

    OPTIONS = ("alpha_initializer", "alpha_regularizer", "alpha_constraint", "shared_axes")

    @interfaces.legacy_prelu_support
    def __init__(
        self, alpha_initializer="zeros", alpha_regularizer=None, alpha_constraint=None, shared_axes=None, **kwargs
    ):
        super().__init__(**kwargs)
        take_options(self, self.OPTIONS, locals())
        if shared_axes is not None:
            self.shared_axes = to_list(shared_axes, allow_tuple=True)

    def build(self, input_shape):
        shared = self.shared_axes or []
        axes = range(1, len(input_shape))
        self.alpha = self._make_weight("alpha", [1 if i in shared else input_shape[i] for i in axes])
        fixed = {i: input_shape[i] for i in axes if i not in shared} if shared else {}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=fixed)
        self.built = True

    def call(self, inputs, mask=None):
        if dialect.is_tf_keras():
            positive = K.relu(inputs)
            return positive + -self.alpha * K.relu(-inputs)
        return K.relu(inputs) - self.alpha * K.relu(-inputs)


class ELU(SameShapeLayer):
    """`x` where positive, else `alpha * (exp(x) - 1)`.

    Args:
        alpha: float, minus the limit of the negative side.

    Source: Clevert et al., Fast and Accurate Deep Network Learning by Exponential Linear Units (2015).
    """

    OPTIONS = ("alpha",)

    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(**kwargs)
        self.alpha = _float(alpha)

    def call(self, inputs):
        return K.elu(inputs, self.alpha)


class ThresholdedReLU(SameShapeLayer):
    """`x` where it is greater than `theta`, else 0.

    Args:
        theta: float, not negative.

    Source: Konda et al., Zero-Bias Autoencoders and the Benefits of Co-Adapting Features (2014).
    """

    OPTIONS = ("theta",)

    def __init__(self, theta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.theta = _float(theta)

    def call(self, inputs, mask=None):
        return inputs * K.cast(K.greater(inputs, self.theta), K.floatx())


class Softmax(SameShapeLayer):
    """`exp(x)`, divided by its sum along an axis.

    Args:
        axis: int.
    """

    OPTIONS = ("axis",)

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs):
        softmax = K.softmax if dialect.is_tf_keras() else activations.softmax
        return softmax(inputs, axis=self.axis)


class ReLU(SameShapeLayer):
    """`max_value` from there on, `x` down to `threshold`, below it `negative_slope * (x - threshold)`.

    Args:
        max_value: float, not negative, or None for no upper limit.
        negative_slope: float, not negative.
        threshold: float.

    Raises:
        ValueError: a negative `max_value` or `negative_slope`.
    """

    OPTIONS = ("max_value", "negative_slope", "threshold")

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        super().__init__(**kwargs)
        for name, value in (("max_value", max_value), ("negative_slope", negative_slope)):
            if value is not None and value < 0.0:
                raise ValueError(f"{name} of ReLU layer cannot be negative value: {value}")
        self.max_value = None if max_value is None else _float(max_value)
        self.negative_slope = _float(negative_slope)
        self.threshold = _float(threshold)

    def call(self, inputs):
        return K.relu(inputs, alpha=self.negative_slope, max_value=self.max_value, threshold=self.threshold)
