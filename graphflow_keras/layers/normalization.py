"""Batch normalization, and layer normalization."""

from graphflow_keras import _signatures, dialect
from graphflow_keras import backend as K
from graphflow_keras.engine.base_layer import InputSpec
from graphflow_keras.layers import _batch_statistics
from graphflow_keras.layers._layer_normalization import LayerNormalization as LayerNormalization
from graphflow_keras.layers._options import SameShapeLayer, take_options
from graphflow_keras.legacy import interfaces

_OF_TF_KERAS = ("renorm", "renorm_clipping", "renorm_momentum", "fused", "virtual_batch_size", "adjustment")


class BatchNormalization(SameShapeLayer):
    """Shifts and scales each feature to mean `beta` and standard deviation `gamma`.

    In training the mean and the variance are those of the batch, and their moving averages are updated; otherwise the
    moving averages serve.

    Args:
        axis: int, the axis of the features: 1 for `channels_first` data.
        momentum: float, of the moving averages.
        epsilon: float, added to the variance.
        center, scale: bools, whether there is a `beta`, a `gamma`.
        *_initializer, *_regularizer, *_constraint: what the weights are made with.
        fused: False for plain operations; else images go to one fused operation, as tf.keras does it.
        renorm, renorm_clipping, renorm_momentum, virtual_batch_size, adjustment: must be left alone.

    Raises:
        ValueError: one of those that must be left alone, or several axes.

    Source: Ioffe and Szegedy, Batch Normalization (2015).
    """

    OPTIONS = (
        "axis",
        "momentum",
        "epsilon",
        "center",
        "scale",
        "beta_initializer",
        "gamma_initializer",
        "moving_mean_initializer",
        "moving_variance_initializer",
        "beta_regularizer",
        "gamma_regularizer",
        "beta_constraint",
        "gamma_constraint",
    )

    @interfaces.legacy_batchnorm_support
    @_signatures.also_takes(*_OF_TF_KERAS)
    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        renorm=False,
        renorm_clipping=None,
        renorm_momentum=0.99,
        fused=None,
        virtual_batch_size=None,
        adjustment=None,
        **kwargs,
    ):
        _signatures.refuse(
            "BatchNormalization",
            "tf.layers.batch_normalization, called on the tensors, has it",
            renorm=renorm,
            renorm_clipping=renorm_clipping,
            virtual_batch_size=virtual_batch_size,
            adjustment=adjustment,
        )
        if isinstance(axis, list | tuple):
            if len(axis) != 1:
                raise ValueError(
                    f"BatchNormalization(axis={axis}): one axis; tf.layers.batch_normalization takes several"
                )
            (axis,) = axis
        super().__init__(**kwargs)
        self.fused = fused
        take_options(self, self.OPTIONS, locals())

    def build(self, input_shape):
        features = input_shape[self.axis]
        if features is None:
            raise ValueError(
                f"Axis {self.axis} of input tensor should have a defined dimension "
                f"but the layer received an input with shape {input_shape}."
            )
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: features})
        self.gamma = self._make_weight("gamma", (features,)) if self.scale else None
        if dialect.is_tf_keras() and self.gamma is None and self.is_fused(len(input_shape)):
            self.ones = K.constant(1.0, shape=(features,))
        self.beta = self._make_weight("beta", (features,)) if self.center else None
        if dialect.is_tf_keras() and self.beta is None and self.is_fused(len(input_shape)):
            self.zeros = K.constant(0.0, shape=(features,))
        self.moving_mean = self._make_weight("moving_mean", (features,), trainable=False)
        self.moving_variance = self._make_weight("moving_variance", (features,), trainable=False)
        self.built = True

    def get_config(self):
        config = super().get_config()
        if dialect.is_tf_keras() and self.built:  # counts the axes once it knows how many there are
            config["axis"] = [self.axis % self.input_spec.ndim]
        return config

    def is_fused(self, ndim):
        """Whether tf.keras has one operation for inputs of `ndim` axes."""
        return ndim == 4 and self.axis % ndim in (1, 3) and self.fused is not False

    def call(self, inputs, training=None):
        if dialect.is_tf_keras():
            return _batch_statistics.batch_normalization(self, inputs, training)
        if training in (0, False):
            return self._normalized_by_moving_averages(inputs)
        axis = self.axis % K.ndim(inputs)
        reduction_axes = [i for i in range(K.ndim(inputs)) if i != axis]
        normalized, mean, variance = K.normalize_batch_in_training(
            inputs, self.gamma, self.beta, reduction_axes, epsilon=self.epsilon
        )
        # The variance of the population, estimated from the batch's; that `epsilon` stands here is Keras 2.2.4's way.
        size = K.cast(K.prod(K.gather(K.shape(inputs), reduction_axes)), K.dtype(inputs))
        variance = variance * (size / (size - (1.0 + self.epsilon)))
        updates = [
            K.moving_average_update(average, value, self.momentum)
            for average, value in ((self.moving_mean, mean), (self.moving_variance, variance))
        ]
        self.add_update(updates, inputs)
        return K.in_train_phase(normalized, lambda: self._normalized_by_moving_averages(inputs), training=training)

    def _normalized_by_moving_averages(self, inputs):
        ndim = K.ndim(inputs)
        parameters = [self.moving_mean, self.moving_variance, self.beta, self.gamma]
        if self.axis % ndim != ndim - 1:  # features are not last, so that no broadcasting lines them up
            shape = [1] * ndim
            shape[self.axis] = K.int_shape(inputs)[self.axis]
            parameters = [None if parameter is None else K.reshape(parameter, shape) for parameter in parameters]
        return K.batch_normalization(inputs, *parameters, axis=self.axis, epsilon=self.epsilon)
