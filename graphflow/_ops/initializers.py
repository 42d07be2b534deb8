"""Initializers: objects that make the initial value of a variable, given its shape."""

from __future__ import annotations

import math

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build
from graphflow._ops import array, diagonal, eye, linalg, random, rearrange, slicing, unary

# the standard deviation of a standard normal that is cut at two of its own
_TRUNCATED_STDDEV = 0.87962566103423978


class Initializer:
    """Called with a shape it returns a tensor of initial values.

    A subclass has `__call__(shape, dtype=None, partition_info=None)`; `partition_info` says which part of a partitioned
    variable is wanted.
    """

    def __call__(self, shape, dtype=None, partition_info=None):
        raise NotImplementedError

    def get_config(self):
        """The arguments that make an equal initializer, a dict that JSON can hold."""
        return {}

    @classmethod
    def from_config(cls, config):
        """The initializer that `get_config` describes."""
        return cls(**config)


class Zeros(Initializer):
    """Zeros (False, empty strings)."""

    def __init__(self, dtype=dtypes.float32):
        self.dtype = dtypes.as_dtype(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        return array.zeros(shape, self.dtype if dtype is None else dtype)

    def get_config(self):
        """See `Initializer`."""
        return {"dtype": self.dtype.name}


class Ones(Zeros):
    """Ones (True)."""

    def __call__(self, shape, dtype=None, partition_info=None):
        return array.ones(shape, self.dtype if dtype is None else dtype)


class Constant(Initializer):
    """The same number everywhere, or given numbers in order, the last one repeated.

    Args:
        value: a number, string, list or array.
        verify_shape: True refuses a value of another shape than the variable's.
    """

    def __init__(self, value=0, dtype=dtypes.float32, verify_shape=False):
        if not (np.isscalar(value) or isinstance(value, (list, tuple, np.ndarray))):
            raise TypeError(
                f"Invalid type for initial value: {type(value)} (expected Python scalar, list or tuple of values, or "
                "numpy.ndarray)."
            )
        self.value, self.dtype, self._verify_shape = value, dtypes.as_dtype(dtype), verify_shape

    def __call__(self, shape, dtype=None, partition_info=None, verify_shape=None):
        verify_shape = self._verify_shape if verify_shape is None else verify_shape
        dtype = self.dtype if dtype is None else dtype
        return build.constant(self.value, dtype=dtype, shape=shape, verify_shape=verify_shape)

    def get_config(self):
        """See `Initializer`."""
        return {"value": self.value, "dtype": self.dtype.name}


class RandomUniform(Initializer):
    """Uniform numbers in [minval, maxval)."""

    def __init__(self, minval=0, maxval=None, seed=None, dtype=dtypes.float32):
        self.minval, self.maxval, self.seed, self.dtype = minval, maxval, seed, dtypes.as_dtype(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        dtype = self.dtype if dtype is None else dtype
        return random.random_uniform(shape, self.minval, self.maxval, dtype, seed=self.seed)

    def get_config(self):
        """See `Initializer`."""
        return {"minval": self.minval, "maxval": self.maxval, "seed": self.seed, "dtype": self.dtype.name}


class RandomNormal(Initializer):
    """Normal numbers."""

    _draw = staticmethod(lambda *args, **kwargs: random.random_normal(*args, **kwargs))

    def __init__(self, mean=0.0, stddev=1.0, seed=None, dtype=dtypes.float32):
        self.mean, self.stddev, self.seed, self.dtype = mean, stddev, seed, _floating(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        dtype = self.dtype if dtype is None else dtype
        return self._draw(shape, self.mean, self.stddev, dtype, seed=self.seed)

    def get_config(self):
        """See `Initializer`."""
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed, "dtype": self.dtype.name}


class TruncatedNormal(RandomNormal):
    """Normal numbers, drawn again until they lie within two standard deviations."""

    _draw = staticmethod(lambda *args, **kwargs: random.truncated_normal(*args, **kwargs))


class UniformUnitScaling(Initializer):
    """Uniform numbers that keep the variance of what a linear layer is given, times `factor` squared."""

    def __init__(self, factor=1.0, seed=None, dtype=dtypes.float32):
        self.factor, self.seed, self.dtype = factor, seed, _floating(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        inputs = 1.0
        for size in _whole(shape, partition_info)[:-1]:
            inputs *= float(size)
        limit = math.sqrt(3 / max(inputs, 1.0)) * self.factor
        dtype = self.dtype if dtype is None else dtype
        return random.random_uniform(shape, -limit, limit, dtype, seed=self.seed)

    def get_config(self):
        """See `Initializer`."""
        return {"factor": self.factor, "seed": self.seed, "dtype": self.dtype.name}


class VarianceScaling(Initializer):
    """Random numbers of variance `scale / n`, n being the number of inputs or outputs of a weight, or their mean.

    Args:
        mode: `fan_in`, `fan_out` or `fan_avg`.
        distribution: `truncated_normal` (or `normal`, its old name), `untruncated_normal` or `uniform`.

    Sources: LeCun et al., "Efficient BackProp" (1998); Glorot and Bengio, "Understanding the difficulty of training deep
    feedforward neural networks" (2010); He et al., "Delving deep into rectifiers" (2015).
    """

    def __init__(self, scale=1.0, mode="fan_in", distribution="truncated_normal", seed=None, dtype=dtypes.float32):
        if scale <= 0.0:
            raise ValueError("`scale` must be positive float.")
        if mode not in {"fan_in", "fan_out", "fan_avg"}:
            raise ValueError("Invalid `mode` argument:", mode)
        distribution = distribution.lower()
        if distribution not in {"normal", "uniform", "truncated_normal", "untruncated_normal"}:
            raise ValueError("Invalid `distribution` argument:", distribution)
        self.scale, self.mode, self.distribution = scale, mode, distribution
        self.seed, self.dtype = seed, _floating(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        dtype = self.dtype if dtype is None else dtype
        inputs, outputs = fans(_whole(shape, partition_info))
        count = {"fan_in": inputs, "fan_out": outputs, "fan_avg": (inputs + outputs) / 2.0}[self.mode]
        variance = self.scale / max(1.0, count)
        if self.distribution in ("normal", "truncated_normal"):
            stddev = math.sqrt(variance) / _TRUNCATED_STDDEV
            return random.truncated_normal(shape, 0.0, stddev, dtype, seed=self.seed)
        if self.distribution == "untruncated_normal":
            return random.random_normal(shape, 0.0, math.sqrt(variance), dtype, seed=self.seed)
        limit = math.sqrt(3.0 * variance)
        return random.random_uniform(shape, -limit, limit, dtype, seed=self.seed)

    def get_config(self):
        """See `Initializer`."""
        return {
            "scale": self.scale, "mode": self.mode, "distribution": self.distribution, "seed": self.seed,
            "dtype": self.dtype.name,
        }  # fmt: skip


class _Glorot(VarianceScaling):
    _distribution = "uniform"

    def __init__(self, seed=None, dtype=dtypes.float32):
        super().__init__(1.0, "fan_avg", self._distribution, seed, dtype)

    def get_config(self):
        """See `Initializer`."""
        return {"seed": self.seed, "dtype": self.dtype.name}


class GlorotUniform(_Glorot):
    """Uniform numbers of variance 2 / (inputs + outputs)."""


class GlorotNormal(_Glorot):
    """Truncated normal numbers of variance 2 / (inputs + outputs)."""

    _distribution = "truncated_normal"


class Orthogonal(Initializer):
    """A matrix with orthonormal rows or columns, times `gain`; axes but the last one count as one.

    Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks" (2014).
    """

    def __init__(self, gain=1.0, seed=None, dtype=dtypes.float32):
        self.gain, self.seed, self.dtype = gain, seed, _floating(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        if len(shape) < 2:
            raise ValueError("The tensor to initialize must be at least two-dimensional")
        dtype = self.dtype if dtype is None else dtype
        rows, columns = math.prod(int(size) for size in shape[:-1]), int(shape[-1])
        tall = (columns, rows) if rows < columns else (rows, columns)
        normal = random.random_normal(tall, dtype=dtype, seed=self.seed)
        q, r = linalg.qr(normal, full_matrices=False)
        q = q * unary.sign(diagonal.diag_part(r))  # makes it uniformly distributed
        if rows < columns:
            q = rearrange.matrix_transpose(q)
        return self.gain * array.reshape(q, shape)

    def get_config(self):
        """See `Initializer`."""
        return {"gain": self.gain, "seed": self.seed, "dtype": self.dtype.name}


class Identity(Initializer):
    """The identity matrix times `gain`."""

    def __init__(self, gain=1.0, dtype=dtypes.float32):
        self.gain, self.dtype = gain, _floating(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        whole = _whole(shape, partition_info)
        if len(whole) != 2:
            raise ValueError("Identity matrix initializer can only be used for 2D matrices.")
        whole = whole.as_list() if isinstance(whole, shapes.TensorShape) else whole
        matrix = eye.eye(*whole, dtype=self.dtype if dtype is None else dtype)
        if partition_info is not None:
            matrix = slicing.slice(matrix, partition_info.var_offset, shape)
        return self.gain * matrix

    def get_config(self):
        """See `Initializer`."""
        return {"gain": self.gain, "dtype": self.dtype.name}


def lecun_normal(seed=None):
    """Truncated normal numbers of variance 1 / inputs."""
    return VarianceScaling(1.0, "fan_in", "truncated_normal", seed)


def lecun_uniform(seed=None):
    """Uniform numbers of variance 1 / inputs."""
    return VarianceScaling(1.0, "fan_in", "uniform", seed)


def he_normal(seed=None):
    """Truncated normal numbers of variance 2 / inputs."""
    return VarianceScaling(2.0, "fan_in", "truncated_normal", seed)


def he_uniform(seed=None):
    """Uniform numbers of variance 2 / inputs."""
    return VarianceScaling(2.0, "fan_in", "uniform", seed)


def fans(shape):
    """(number of inputs, number of outputs) of a weight: the last two axes, times the sizes of a filter's others."""
    sizes = [size.value if isinstance(size, shapes.Dimension) else size for size in shape]
    if len(sizes) < 2:
        return (sizes[0], sizes[0]) if sizes else (1, 1)
    window = math.prod(sizes[:-2])
    return sizes[-2] * window, sizes[-1] * window


def _whole(shape, partition_info):
    return shape if partition_info is None else partition_info.full_shape


def _floating(dtype):
    dtype = dtypes.as_dtype(dtype)
    if not dtype.is_floating:
        raise ValueError(f"Expected floating point type, got {dtype!r}.")
    return dtype
