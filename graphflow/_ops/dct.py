"""Discrete cosine transforms of types 1, 2 and 3, by way of real Fourier transforms."""

from __future__ import annotations

import math as numbers

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._ops import array, math, rearrange, spectral, unary


def dct(input, type=2, n=None, axis=-1, norm=None, name=None):
    """The cosine transform over the last axis.

    Args:
        input: float32, [..., samples].
        type: 1, 2 or 3.
        n: the length of the transform: longer input is cut, shorter filled with zeros.
        axis: -1; no other.
        norm: None or "ortho", for an orthonormal transform (not of type 1).

    Raises:
        ValueError: an argument is none of these.
    """
    _check(input, type, n, axis, norm)
    with build.name_scope(name, "dct", [input]):
        x = build.convert_to_tensor(input, dtypes.float32)
        if n is not None:
            size = _last_size(x)
            if n <= size:
                x = x[..., 0:n]
            else:
                pads = [[0, 0]] * (len(x._dims) - 1) + [[0, n - size]]
                x = rearrange.pad(x, paddings=build.convert_to_tensor(pads, dtypes.int32))
        elif not _known(x):
            array.shape(x)[-1]  # TensorFlow's graph has this reading twice
        size = _last_size(x)
        size_float = math.cast(size, dtypes.float32)
        return _TYPES[type](x, size, size_float, norm)


def idct(input, type=2, n=None, axis=-1, norm=None, name=None):
    """The inverse of `dct`, exact with norm="ortho"; else scaled by twice the number of samples."""
    _check(input, type, n, axis, norm)
    return dct(input, {1: 1, 2: 3, 3: 2}[type], n, axis, norm, name)


def _known(x):
    return bool(x._dims and x._dims[-1])


def _last_size(x):
    return x._dims[-1] if _known(x) else array.shape(x)[-1]


def _check(input, type, n, axis, norm):
    if axis != -1:
        raise ValueError(f"dct works on the last axis, -1; got axis {axis}: tf.transpose it to the end")
    if n is not None and n < 1:
        raise ValueError(f"n should be a positive integer or None, got {n}")
    if type not in (1, 2, 3):
        raise ValueError(f"Only Types I, II and III (I)DCT are supported, got {type}")
    if type == 1:
        if norm == "ortho":
            raise ValueError("Normalization is not supported for the Type-I DCT.")
        size = input.shape[-1]
        size = getattr(size, "value", size)
        if size is not None and size < 2:
            raise ValueError("Type-I DCT requires the dimension to be greater than one.")
    if norm not in (None, "ortho"):
        raise ValueError(f"Unknown normalization. Expected None or 'ortho', got: {norm}")


def _first(x, size, size_float, norm):
    return unary.real(spectral.rfft(array.concat([x, x[..., -2:0:-1]], axis=-1)))


def _turns(size_float, sign):
    """2 exp(i pi k / 2N), or its conjugate."""
    steps = math.range(size_float)
    return 2.0 * unary.exp(unary.complex(0.0, (-steps if sign < 0 else steps) * numbers.pi * 0.5 / size_float))


def _weights(first, ratio, size):
    """[first, first * sqrt(ratio), first * sqrt(ratio), ...]"""
    others = first * unary.sqrt(ratio)
    return rearrange.pad(array.expand_dims(first, 0), [[0, size - 1]], constant_values=others)


def _second(x, size, size_float, norm):
    turns = _turns(size_float, -1)
    out = unary.real(spectral.rfft(x, fft_length=[2 * size])[..., :size] * turns)
    if norm == "ortho":
        out *= _weights(0.5 * unary.rsqrt(size_float), 2.0, size)
    return out


def _third(x, size, size_float, norm):
    if norm == "ortho":
        x *= _weights(unary.sqrt(size_float), 0.5, size)
    else:
        x *= size_float
    turns = _turns(size_float, 1)
    return unary.real(spectral.irfft(turns * unary.complex(x, 0.0), fft_length=[2 * size]))[..., :size]


_TYPES = {1: _first, 2: _second, 3: _third}
