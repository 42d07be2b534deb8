"""The everyday layers: dense, activation, dropout, changes of shape, masking."""

import math

import graphflow as tf
from graphflow_keras import activations, dialect, regularizers
from graphflow_keras import backend as K
from graphflow_keras.engine.base_layer import InputSpec
from graphflow_keras.layers._lambda import Lambda as Lambda
from graphflow_keras.layers._options import KERNEL_AND_BIAS, OptionLayer, SameShapeLayer, take_options
from graphflow_keras.layers._shapes import join
from graphflow_keras.legacy import interfaces


class Masking(SameShapeLayer):
    """Masks the time steps whose features all equal `mask_value`; layers that follow skip them.

    Args:
        mask_value: float.
    """

    OPTIONS = ("mask_value",)

    def __init__(self, mask_value=0.0, **kwargs):
        super().__init__(**kwargs)
        self.mask_value = mask_value

    def compute_mask(self, inputs, mask=None):
        return K.any(K.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs):
        kept = K.any(K.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        outputs = inputs * K.cast(kept, K.dtype(inputs))
        if dialect.is_tf_keras():  # one computation serves the outputs and their mask
            outputs._keras_mask = tf.squeeze(kept, axis=-1)
        return outputs


class Dropout(SameShapeLayer):
    """In training sets a random share of the inputs to 0 and scales the others up.

    Args:
        rate: float, that share; brought into 0..1.
        noise_shape: tuple, shape of the random mask, None in it for the inputs' own size: `(None, 1, None)` drops the
            same features in all time steps.
        seed: int, seed of the random mask, or None.

    Source: Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from Overfitting (2014).
    """

    OPTIONS = ("rate", "noise_shape", "seed")

    @interfaces.legacy_dropout_support
    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        take_options(self, Dropout.OPTIONS, locals())
        self.rate = min(1.0, max(0.0, rate))

    def _dropped(self, inputs):
        noise_shape = self._get_noise_shape(inputs)
        return tf.nn.dropout(inputs, noise_shape=noise_shape, seed=self.seed, rate=self.rate)

    def _get_noise_shape(self, inputs):
        if self.noise_shape is None:
            return None
        sizes = K.shape(inputs)
        noise_shape = tuple(sizes[axis] if size is None else size for axis, size in enumerate(self.noise_shape))
        return tf.convert_to_tensor(noise_shape) if dialect.is_tf_keras() else noise_shape

    def call(self, inputs, training=None):
        if dialect.is_tf_keras():  # unseeded, it goes by the graph's seed
            return K.in_train_phase(lambda: self._dropped(inputs), lambda: tf.identity(inputs), training=training)
        if not 0.0 < self.rate < 1.0:
            return inputs
        noise_shape = self._get_noise_shape(inputs)
        return K.in_train_phase(
            lambda: K.dropout(inputs, self.rate, noise_shape, seed=self.seed), inputs, training=training
        )


class _SpatialDropout(Dropout):
    """Dropout of whole feature maps: neighbours in space are alike, so that dropping single ones would do little."""

    rank = None  # number of axes in space
    data_format = "channels_last"

    def __init__(self, rate, **kwargs):
        super().__init__(rate, **kwargs)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _get_noise_shape(self, inputs):
        sizes = K.shape(inputs)
        channels = sizes[1 if self.data_format == "channels_first" else self.rank + 1]
        return join(sizes[0], (1,) * self.rank, channels, self.data_format)


class SpatialDropout1D(_SpatialDropout):
    """Dropout of whole feature maps of `[batch, time, features]`.

    Args:
        rate: float in 0..1, the share that is dropped.

    Source: Tompson et al., Efficient Object Localization Using Convolutional Networks (2014).
    """

    rank = 1

    @interfaces.legacy_spatialdropout1d_support
    def __init__(self, rate, **kwargs):
        super().__init__(rate, **kwargs)


class SpatialDropout2D(_SpatialDropout):
    """Dropout of whole feature maps of images, rank 4; see `SpatialDropout1D`.

    Args:
        rate: float in 0..1, the share that is dropped.
        data_format: `channels_last`, `channels_first` or None for Keras' setting.
    """

    rank = 2

    @interfaces.legacy_spatialdropoutNd_support
    def __init__(self, rate, data_format=None, **kwargs):
        super().__init__(rate, **kwargs)
        self.data_format = K.normalize_data_format(data_format)


class SpatialDropout3D(_SpatialDropout):
    """Dropout of whole feature maps of volumes, rank 5; see `SpatialDropout2D`."""

    rank = 3

    @interfaces.legacy_spatialdropoutNd_support
    def __init__(self, rate, data_format=None, **kwargs):
        super().__init__(rate, **kwargs)
        self.data_format = K.normalize_data_format(data_format)


class Activation(SameShapeLayer):
    """An activation function as a layer.

    Args:
        activation: name of a function of `keras.activations`, or any function, tensor -> tensor of the same shape.
    """

    OPTIONS = ("activation",)

    def __init__(self, activation, **kwargs):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, inputs):
        return self.activation(inputs)


class Reshape(OptionLayer):
    """Gives the inputs another shape, the batch axis apart.

    Args:
        target_shape: tuple of int; one of them may be -1, to be worked out.

    Raises:
        ValueError: when called, the inputs do not hold as many numbers, or two sizes are -1.
    """

    OPTIONS = ("target_shape",)

    def __init__(self, target_shape, **kwargs):
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)

    def compute_output_shape(self, input_shape):
        batch, *sizes = input_shape
        if None in sizes:
            return (batch, *(None if size == -1 else size for size in self.target_shape))
        unknown = [i for i, size in enumerate(self.target_shape) if size < 0]
        if len(unknown) > 1:
            raise ValueError(f"Reshape {self.name}: can only specify one unknown dimension, not {self.target_shape}")
        known = math.prod(size for size in self.target_shape if size >= 0)
        total = math.prod(sizes)
        fits = known and total % known == 0 if unknown else total == known
        if not fits:
            raise ValueError(
                f"Reshape {self.name}: total size of new array must be unchanged, "
                f"but {tuple(sizes)} cannot become {self.target_shape}"
            )
        return (batch, *(total // known if size < 0 else size for size in self.target_shape))

    def call(self, inputs):
        return K.reshape(inputs, (K.shape(inputs)[0], *self.target_shape))


class Permute(OptionLayer):
    """Puts the axes in another order, the batch axis apart.

    Args:
        dims: tuple of int: axis i + 1 of the output is axis `dims[i]` of the input; counted from 1.
    """

    OPTIONS = ("dims",)

    def __init__(self, dims, **kwargs):
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[axis] for axis in (0, *self.dims))

    def call(self, inputs):
        return K.permute_dimensions(inputs, (0, *self.dims))


class Flatten(OptionLayer):
    """Joins all axes but the batch axis into one.

    Args:
        data_format: `channels_first` moves the channels to the end first, so that the order is that of
            `channels_last` data; None is Keras' setting.

    Raises:
        ValueError: when called, a size is not known.
    """

    OPTIONS = ("data_format",)

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.input_spec = InputSpec(min_ndim=1 if dialect.is_tf_keras() else 3)
        self.data_format = K.normalize_data_format(data_format)

    def compute_output_shape(self, input_shape):
        if not all(input_shape[1:]):
            if dialect.is_tf_keras():
                return input_shape[0], None
            raise ValueError(
                f'The shape of the input to "Flatten" is not fully defined (got {input_shape[1:]}). Make sure to pass a '
                'complete "input_shape" or "batch_input_shape" argument to the first layer in your model.'
            )
        return input_shape[0], math.prod(input_shape[1:])

    def call(self, inputs):
        if self.data_format == "channels_first" and K.ndim(inputs) > 1:
            inputs = K.permute_dimensions(inputs, [0, *range(2, K.ndim(inputs)), 1])
        if dialect.is_tf_keras():
            shape = inputs.shape.as_list()
            outputs = tf.reshape(inputs, (shape[0] or tf.shape(inputs)[0], -1))
            outputs.set_shape(self.compute_output_shape(shape))
            return outputs
        return K.batch_flatten(inputs)


class RepeatVector(OptionLayer):
    """Repeats `[batch, features]` to `[batch, n, features]`.

    Args:
        n: int.
    """

    OPTIONS = ("n",)

    def __init__(self, n, **kwargs):
        super().__init__(**kwargs)
        self.n = n
        self.input_spec = InputSpec(ndim=2)

    def compute_output_shape(self, input_shape):
        return input_shape[0], self.n, input_shape[1]

    def call(self, inputs):
        return K.repeat(inputs, self.n)


class Dense(OptionLayer):
    """`activation(inputs . kernel + bias)`, for inputs `[batch, ..., features]`.

    Args:
        units: int, features of the output.
        activation: name or function; None is none.
        use_bias: bool.
        kernel_initializer, bias_initializer: names, configs or functions.
        kernel_regularizer, bias_regularizer, activity_regularizer: what adds to the loss.
        kernel_constraint, bias_constraint: what is applied to the weights after each step.
    """

    OPTIONS = ("units", *KERNEL_AND_BIAS)

    @interfaces.legacy_dense_support
    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        if "input_shape" not in kwargs and "input_dim" in kwargs:
            kwargs["input_shape"] = (kwargs.pop("input_dim"),)
        super().__init__(**kwargs)
        take_options(self, Dense.OPTIONS, locals())
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape):
        features = input_shape[-1]
        if features is None:
            raise ValueError(
                f"Dense {self.name}: the last size of the input must be known, but its shape is {input_shape}"
            )
        self.kernel = self._make_weight("kernel", (features, self.units))
        self.bias = self._add_bias((self.units,))
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})
        self.built = True

    def call(self, inputs):
        if dialect.is_tf_keras():
            inputs = tf.cast(inputs, self.kernel.dtype.base_dtype)
            if K.ndim(inputs) > 2:
                outputs = tf.tensordot(inputs, self.kernel, [[K.ndim(inputs) - 1], [0]])
                outputs.set_shape([*inputs.shape.as_list()[:-1], self.units])
                return self._biased_and_activated(outputs, "channels_last")
        return self._biased_and_activated(K.dot(inputs, self.kernel), "channels_last")

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)


class ActivityRegularization(SameShapeLayer):
    """Hands the inputs on, and adds to the loss what they cost.

    Args:
        l1, l2: floats, weights of the sum of absolute values and of the sum of squares.
    """

    OPTIONS = ("l1", "l2")

    def __init__(self, l1=0.0, l2=0.0, **kwargs):
        super().__init__(**kwargs)
        take_options(self, self.OPTIONS, locals())
        self.activity_regularizer = regularizers.L1L2(l1=l1, l2=l2)
