"""Noise that is there in training only, as a regulariser."""

import math

from graphflow_keras import backend as K
from graphflow_keras.layers._options import SameShapeLayer, take_options
from graphflow_keras.legacy import interfaces

# The constants of SELU, the activation whose mean and variance alpha dropout keeps (Klambauer et al., 2017).
_ALPHA = 1.6732632423543772848170429916717
_SCALE = 1.0507009873554804934193349852946


class GaussianNoise(SameShapeLayer):
    """Adds normal noise of mean 0 in training.

    Args:
        stddev: float, standard deviation of the noise.
    """

    OPTIONS = ("stddev",)

    @interfaces.legacy_gaussiannoise_support
    def __init__(self, stddev, **kwargs):
        super().__init__(**kwargs)
        take_options(self, self.OPTIONS, locals())

    def call(self, inputs, training=None):
        def noised():
            return inputs + K.random_normal(shape=K.shape(inputs), mean=0.0, stddev=self.stddev)

        return K.in_train_phase(noised, inputs, training=training)


class GaussianDropout(SameShapeLayer):
    """Multiplies by normal noise of mean 1 in training.

    Args:
        rate: float in 0..1; the noise has standard deviation `sqrt(rate / (1 - rate))`.

    Source: Srivastava et al., Dropout (2014), section 10.
    """

    OPTIONS = ("rate",)

    @interfaces.legacy_gaussiandropout_support
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        take_options(self, self.OPTIONS, locals())

    def call(self, inputs, training=None):
        if not 0 < self.rate < 1:
            return inputs

        def noised():
            stddev = math.sqrt(self.rate / (1.0 - self.rate))
            return inputs * K.random_normal(shape=K.shape(inputs), mean=1.0, stddev=stddev)

        return K.in_train_phase(noised, inputs, training=training)


class AlphaDropout(SameShapeLayer):
    """Dropout for SELU networks: drops to SELU's negative limit, then scales so that mean and variance stay.

    Args:
        rate: float in 0..1, the share of units that is dropped.
        noise_shape: tuple, shape of the random mask, or None for the inputs' own.
        seed: int, seed of the random mask, or None.

    Source: Klambauer et al., Self-Normalizing Neural Networks (2017).
    """

    OPTIONS = ("rate",)  # as Keras saves it

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        take_options(self, ("rate", "noise_shape", "seed"), locals())

    def _get_noise_shape(self, inputs):
        return self.noise_shape if self.noise_shape else K.shape(inputs)

    def call(self, inputs, training=None):
        if not 0.0 < self.rate < 1.0:
            return inputs
        noise_shape = self._get_noise_shape(inputs)

        def dropped():
            low = -_ALPHA * _SCALE
            scale = ((1 - self.rate) * (1 + self.rate * low**2)) ** -0.5
            shift = -scale * low * self.rate
            kept = K.cast(K.greater_equal(K.random_uniform(noise_shape, seed=self.seed), self.rate), K.floatx())
            return scale * (inputs * kept + low * (1 - kept)) + shift

        return K.in_train_phase(dropped, inputs, training=training)
