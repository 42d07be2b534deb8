"""Batch normalization, and layer normalization."""

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras import dialect
from graphflow_keras.engine.base_layer import InputSpec
from graphflow_keras.layers._layer_normalization import LayerNormalization as LayerNormalization
from graphflow_keras.layers._options import SameShapeLayer, take_options
from graphflow_keras.legacy import interfaces


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
        **kwargs,
    ):
        super().__init__(**kwargs)
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
        self.beta = self._make_weight("beta", (features,)) if self.center else None
        self.moving_mean = self._make_weight("moving_mean", (features,), trainable=False)
        self.moving_variance = self._make_weight("moving_variance", (features,), trainable=False)
        self.built = True

    def call(self, inputs, training=None):
        if dialect.is_tf_keras():
            return self._call_of_tf_keras(inputs, training)
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

    def _call_of_tf_keras(self, inputs, training):
        """As TensorFlow's own layer: plain moving averages, and without four axes those of the batch's own variance."""
        ndim = K.ndim(inputs)
        axis = self.axis % ndim
        averages = [self.moving_mean, self.moving_variance]

        if ndim == 4 and axis == 3:
            gamma = K.ones_like(averages[1]) if self.gamma is None else self.gamma
            beta = K.zeros_like(averages[0]) if self.beta is None else self.beta

            def of_batch():
                return list(tf.nn.fused_batch_norm(inputs, gamma, beta, epsilon=self.epsilon))

            def of_averages():
                return list(
                    tf.nn.fused_batch_norm(inputs, gamma, beta, *averages, self.epsilon, is_training=False)
                )

            outputs, *moments = K.in_train_phase(of_batch, of_averages, training)
        else:
            of_batch = tf.nn.moments(inputs, [i for i in range(ndim) if i != axis])
            moments = [
                K.in_train_phase(lambda b=b: tf.identity(b), lambda a=a: tf.convert_to_tensor(a), training)
                for b, a in zip(of_batch, averages)
            ]
            parts = [*moments, self.beta, self.gamma]
            if axis != ndim - 1:
                shape = [K.int_shape(inputs)[i] if i == axis else 1 for i in range(ndim)]
                parts = [part if part is None else K.reshape(part, shape) for part in parts]
            outputs = tf.nn.batch_normalization(inputs, *parts, self.epsilon)
        if training not in (0, False):
            momentum = K.in_train_phase(lambda: tf.constant(self.momentum), lambda: tf.constant(1.0), training)
            self.add_update([self._moved(*pair, momentum) for pair in zip(averages, moments)], inputs)
        outputs._uses_learning_phase = training is None
        return outputs

    @staticmethod
    def _moved(average, value, momentum):
        with tf.name_scope("AssignMovingAvg"):
            decay = 1.0 - tf.cast(momentum, average.dtype.base_dtype)
            return tf.assign_sub(average, (average - tf.cast(value, average.dtype.base_dtype)) * decay)

    def _normalized_by_moving_averages(self, inputs):
        ndim = K.ndim(inputs)
        parameters = [self.moving_mean, self.moving_variance, self.beta, self.gamma]
        if self.axis % ndim != ndim - 1:  # features are not last, so that no broadcasting lines them up
            shape = [1] * ndim
            shape[self.axis] = K.int_shape(inputs)[self.axis]
            parameters = [None if parameter is None else K.reshape(parameter, shape) for parameter in parameters]
        return K.batch_normalization(inputs, *parameters, axis=self.axis, epsilon=self.epsilon)
