"""Initializers: the values weights start with."""

import numpy as np

import graphflow as tf
from graphflow_keras import _signatures, dialect
from graphflow_keras import backend as K
from graphflow_keras.backend import _random
from graphflow_keras.utils.generic_utils import deserialize_keras_object, interpreted, serialize_keras_object

# The standard deviation of a unit normal distribution cut off at two deviations.
_TRUNCATED_DEVIATION = 0.87962566103423978


class Initializer:
    """Base class: a callable from a shape to a value."""

    dtype = None  # of values that are asked for without one; Keras's floats when None

    def __call__(self, shape, dtype=None):
        """The first value of a weight of that shape: a tensor or an array."""
        raise NotImplementedError(f"{type(self).__name__} must define `__call__(self, shape, dtype=None)`")

    def get_config(self):
        """The arguments as a dict."""
        return self._config()

    def _config(self, **arguments):
        """What `get_config` gives; for tf.keras with the dtype."""
        if not dialect.is_tf_keras():
            return arguments
        return {**arguments, "dtype": tf.as_dtype(self.dtype or K.floatx()).name}

    @classmethod
    def from_config(cls, config):
        """The initializer of a config; the `dtype` that tf.keras writes there means nothing here."""
        return cls(**{key: value for key, value in config.items() if key != "dtype"})


def _drawn(make, shape, first, second, dtype, seed):
    """A random tensor: of mean and deviation, or of bounds."""
    return make(shape, first, second, dtype=dtype or K.floatx(), seed=_random.seed_of_weights(seed))


def _repeated(make, value, shape, dtype):
    """One value everywhere: a constant, but that tf.keras fills large tensors when they are needed."""
    return make(shape, dtype or K.floatx()) if dialect.is_tf_keras() else K.constant(value, dtype, shape)


class Zeros(Initializer):
    """Zeros."""

    @_signatures.also_takes("dtype")
    def __init__(self, dtype=None):
        self.dtype = dtype

    def __call__(self, shape, dtype=None):
        """The first value of a weight of that shape."""
        return _repeated(tf.zeros, 0, shape, dtype or self.dtype)


class Ones(Initializer):
    """Ones."""

    @_signatures.also_takes("dtype")
    def __init__(self, dtype=None):
        self.dtype = dtype

    def __call__(self, shape, dtype=None):
        """The first value of a weight of that shape."""
        return _repeated(tf.ones, 1, shape, dtype or self.dtype)


class Constant(Initializer):
    """The same `value` everywhere, or the values of an array."""

    @_signatures.also_takes("dtype", "verify_shape")
    def __init__(self, value=0, dtype=None, verify_shape=False):
        self.dtype = dtype
        self.verify_shape = verify_shape
        self.value = value

    def __call__(self, shape, dtype=None):
        """The first value of a weight of that shape."""
        dtype = dtype or self.dtype
        if self.verify_shape:
            return tf.constant(self.value, dtype or K.floatx(), shape, verify_shape=True)
        return K.constant(self.value, shape=shape, dtype=dtype)

    def get_config(self):
        """The arguments as a dict."""
        return self._config(value=self.value)


class RandomNormal(Initializer):
    """Normally distributed numbers."""

    @_signatures.also_takes("dtype")
    def __init__(self, mean=0.0, stddev=0.05, seed=None, dtype=None):
        self.dtype = dtype
        self.mean = mean
        self.stddev = stddev
        self.seed = seed

    def __call__(self, shape, dtype=None):
        """The first value of a weight of that shape."""
        return _drawn(tf.random_normal, shape, self.mean, self.stddev, dtype or self.dtype, self.seed)

    def get_config(self):
        """The arguments as a dict."""
        return self._config(mean=self.mean, stddev=self.stddev, seed=self.seed)


class RandomUniform(Initializer):
    """Numbers evenly distributed over [minval, maxval)."""

    @_signatures.also_takes("dtype")
    def __init__(self, minval=-0.05, maxval=0.05, seed=None, dtype=None):
        self.dtype = dtype
        self.minval = minval
        self.maxval = maxval
        self.seed = seed

    def __call__(self, shape, dtype=None):
        """The first value of a weight of that shape."""
        return _drawn(tf.random_uniform, shape, self.minval, self.maxval, dtype or self.dtype, self.seed)

    def get_config(self):
        """The arguments as a dict."""
        return self._config(minval=self.minval, maxval=self.maxval, seed=self.seed)


class TruncatedNormal(Initializer):
    """Normally distributed numbers, those beyond two standard deviations drawn again."""

    @_signatures.also_takes("dtype")
    def __init__(self, mean=0.0, stddev=0.05, seed=None, dtype=None):
        self.dtype = dtype
        self.mean = mean
        self.stddev = stddev
        self.seed = seed

    def __call__(self, shape, dtype=None):
        """The first value of a weight of that shape."""
        return _drawn(tf.truncated_normal, shape, self.mean, self.stddev, dtype or self.dtype, self.seed)

    def get_config(self):
        """The arguments as a dict."""
        return self._config(mean=self.mean, stddev=self.stddev, seed=self.seed)


class VarianceScaling(Initializer):
    """Random numbers of variance scale / n, where n counts the connections of a unit.

    Args:
        scale: float above 0.
        mode: n is the number of inputs (`fan_in`), of outputs (`fan_out`), or their mean (`fan_avg`).
        distribution: `normal` or `truncated_normal`, cut off at two deviations, `untruncated_normal`, or `uniform`.
        seed: int.

    Raises:
        ValueError: an argument that is none of these.
    """

    @_signatures.also_takes("dtype")
    def __init__(self, scale=1.0, mode="fan_in", distribution="normal", seed=None, dtype=None):
        self.dtype = dtype
        if scale <= 0.0:
            raise ValueError(f"`scale` must be a positive float. Got: {scale}")
        mode, distribution = mode.lower(), distribution.lower()
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(
                f'Invalid `mode` argument: expected one of {{"fan_in", "fan_out", "fan_avg"}} but got {mode}'
            )
        if distribution not in ("normal", "truncated_normal", "untruncated_normal", "uniform"):
            raise ValueError(
                f'Invalid `distribution` argument: expected one of {{"normal", "uniform"}} but got {distribution}'
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.seed = seed

    def __call__(self, shape, dtype=None):
        """The first value of a weight of that shape."""
        fan_in, fan_out = _compute_fans(shape)
        connections = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": float(fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, connections)
        if self.distribution == "untruncated_normal":
            return _drawn(tf.random_normal, shape, 0.0, np.sqrt(variance), dtype or self.dtype, self.seed)
        if self.distribution != "uniform":
            deviation = np.sqrt(variance) / _TRUNCATED_DEVIATION
            return _drawn(tf.truncated_normal, shape, 0.0, deviation, dtype or self.dtype, self.seed)
        limit = np.sqrt(3.0 * variance)
        return _drawn(tf.random_uniform, shape, -limit, limit, dtype or self.dtype, self.seed)

    def get_config(self):
        """The arguments as a dict."""
        return self._config(scale=self.scale, mode=self.mode, distribution=self.distribution, seed=self.seed)


class GlorotUniform(VarianceScaling):
    """What `glorot_uniform` is in tf.keras: a class of its own."""

    @_signatures.also_takes("dtype")
    def __init__(self, seed=None, dtype=None):
        super().__init__(scale=1.0, mode="fan_avg", distribution="uniform", seed=seed, dtype=dtype)

    def get_config(self):
        """The arguments as a dict."""
        return self._config(seed=self.seed)


class GlorotNormal(VarianceScaling):
    """What `glorot_normal` is in tf.keras: a class of its own."""

    @_signatures.also_takes("dtype")
    def __init__(self, seed=None, dtype=None):
        super().__init__(scale=1.0, mode="fan_avg", distribution="normal", seed=seed, dtype=dtype)

    def get_config(self):
        """The arguments as a dict."""
        return self._config(seed=self.seed)


class Orthogonal(Initializer):
    """An orthogonal matrix times `gain`; all axes but the last count as one.

    Source: Saxe, McClelland, Ganguli, arXiv:1312.6120.
    """

    @_signatures.also_takes("dtype")
    def __init__(self, gain=1.0, seed=None, dtype=None):
        self.dtype = dtype
        self.gain = gain
        self.seed = seed

    def __call__(self, shape, dtype=None):
        """The first value of a weight of that shape: an array, with tf.keras a tensor."""
        if dialect.is_tf_keras():
            return tf.orthogonal_initializer(self.gain, self.seed)(
                shape, tf.as_dtype(dtype or self.dtype or K.floatx())
            )
        flat = (int(np.prod(shape[:-1])), shape[-1])
        if self.seed is not None:
            np.random.seed(self.seed)
        u, _, v = np.linalg.svd(np.random.normal(0.0, 1.0, flat), full_matrices=False)
        q = u if u.shape == flat else v
        return self.gain * q.reshape(shape)

    def get_config(self):
        """The arguments as a dict."""
        return self._config(gain=self.gain, seed=self.seed)


class Identity(Initializer):
    """The identity matrix times `gain`, repeated along the longer side.

    Raises:
        ValueError: no matrix, or a longer side that is no multiple of the shorter one.
    """

    @_signatures.also_takes("dtype")
    def __init__(self, gain=1.0, dtype=None):
        self.dtype = dtype
        self.gain = gain

    def __call__(self, shape, dtype=None):
        """The first value of a weight of that shape: an array, with tf.keras a tensor."""
        if dialect.is_tf_keras():
            return tf.initializers.identity(self.gain)(shape, tf.as_dtype(dtype or self.dtype or K.floatx()))
        if len(shape) != 2:
            raise ValueError("Identity matrix initializer can only be used for 2D matrices.")
        side = min(shape)
        if max(shape) % side != 0:
            raise ValueError("Long side should be multiple of short side.")
        return self.gain * np.tile(np.identity(side), (shape[0] // side, shape[1] // side))

    def get_config(self):
        """The arguments as a dict."""
        return self._config(gain=self.gain)


def lecun_uniform(seed=None):
    """Uniform numbers of variance 1 / inputs. Source: LeCun et al., Efficient backprop (1998)."""
    return VarianceScaling(scale=1.0, mode="fan_in", distribution="uniform", seed=seed)


def lecun_normal(seed=None):
    """Normal numbers of variance 1 / inputs. Source: LeCun et al., Efficient backprop (1998)."""
    return VarianceScaling(scale=1.0, mode="fan_in", distribution=_normal(), seed=seed)


@_signatures.also_takes("dtype")
def glorot_uniform(seed=None, dtype=None):
    """Uniform numbers of variance 2 / (inputs + outputs). Source: Glorot, Bengio, AISTATS 2010."""
    if dialect.is_tf_keras():
        return GlorotUniform(seed, dtype=dtype)
    return VarianceScaling(scale=1.0, mode="fan_avg", distribution="uniform", seed=seed)


@_signatures.also_takes("dtype")
def glorot_normal(seed=None, dtype=None):
    """Normal numbers of variance 2 / (inputs + outputs). Source: Glorot, Bengio, AISTATS 2010."""
    if dialect.is_tf_keras():
        return GlorotNormal(seed, dtype=dtype)
    return VarianceScaling(scale=1.0, mode="fan_avg", distribution="normal", seed=seed)


def he_uniform(seed=None):
    """Uniform numbers of variance 2 / inputs. Source: He et al., arXiv:1502.01852."""
    return VarianceScaling(scale=2.0, mode="fan_in", distribution="uniform", seed=seed)


def he_normal(seed=None):
    """Normal numbers of variance 2 / inputs. Source: He et al., arXiv:1502.01852."""
    return VarianceScaling(scale=2.0, mode="fan_in", distribution=_normal(), seed=seed)


def _normal():
    """What the spoken Keras calls a normal distribution that is cut off."""
    return "truncated_normal" if dialect.is_tf_keras() else "normal"


zero = zeros = Zeros
one = ones = Ones
constant = Constant
uniform = random_uniform = RandomUniform
normal = random_normal = RandomNormal
truncated_normal = TruncatedNormal
identity = Identity
orthogonal = Orthogonal


def _compute_fans(shape, data_format="channels_last"):
    """How many inputs and outputs a unit of a weight of that shape has."""
    if len(shape) == 2:
        return shape
    if len(shape) == 1 and dialect.is_tf_keras():
        return shape[0], shape[0]
    if not 3 <= len(shape) <= 5:
        fan = np.sqrt(np.prod(shape))
        return fan, fan
    if data_format == "channels_last":
        field, (fan_in, fan_out) = np.prod(shape[:-2]), shape[-2:]
    else:
        field, (fan_out, fan_in) = np.prod(shape[2:]), shape[:2]
    return fan_in * field, fan_out * field


def serialize(initializer):
    """The config of an initializer, or the name of a function; tf.keras writes a dtype into it."""
    saved = serialize_keras_object(initializer)
    if dialect.is_tf_keras() and type(initializer).__module__ == __name__:
        saved["config"] = {**saved["config"], "dtype": "float32"}
    return saved


def deserialize(config, custom_objects=None):
    """The initializer of a config or name.

    Raises:
        ValueError: there is none.
    """
    return deserialize_keras_object(config, globals(), custom_objects, "initializer")


def get(identifier):
    """The initializer for a name or config; a callable itself.

    Raises:
        ValueError: anything else.
    """
    return interpreted(identifier, deserialize, "initializer")
