"""Discrete Fourier transforms over the last one, two or three axes."""

from __future__ import annotations

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def, static_value
from graphflow._ops import array, joining, math, rearrange, reduce

_COMPLEX = ("FFT", "FFT2D", "FFT3D", "IFFT", "IFFT2D", "IFFT3D")
_RANKS = {"FFT": 1, "FFT2D": 2, "FFT3D": 3}


def rank_of(op_type):
    """Over how many axes a transform goes."""
    return _RANKS[op_type[op_type.index("FFT") :]]


def fft(input, name=None):
    """The Fourier transform over the last axis: sum of x[n] exp(-2 pi i k n / N)."""
    return build.apply("FFT", input, name=name)


def ifft(input, name=None):
    """The inverse of `fft`: it divides by N."""
    return build.apply("IFFT", input, name=name)


def fft2d(input, name=None):
    """The Fourier transform over the last two axes."""
    return build.apply("FFT2D", input, name=name)


def ifft2d(input, name=None):
    """The inverse of `fft2d`."""
    return build.apply("IFFT2D", input, name=name)


def fft3d(input, name=None):
    """The Fourier transform over the last three axes."""
    return build.apply("FFT3D", input, name=name)


def ifft3d(input, name=None):
    """The inverse of `fft3d`."""
    return build.apply("IFFT3D", input, name=name)


@op_def.shape_rule(*_COMPLEX)
def _complex_shape(op):
    dims, rank = op.inputs[0]._dims, rank_of(op.type)
    if dims is not None and len(dims) < rank:
        raise build.shape_error(op, f"Shape must be at least rank {rank} but is rank {len(dims)}")
    return [dims]


@op_def.gradient(*_COMPLEX)
def _complex_gradient(op, grad):
    """The transform is a matrix F with F F^H = N: the gradient is the inverse transform times N, or the other way round."""
    rank = rank_of(op.type)
    size = reduce.reduce_prod(array.shape(grad)[-rank:])
    if op.type.startswith("I"):
        scale = math.cast(1.0 / math.cast(size, grad.dtype.real_dtype), grad.dtype)
        return build.apply(op.type[1:], grad) * scale
    return build.apply("I" + op.type, grad) * math.cast(size, grad.dtype)


# -- transforms of real numbers ------------------------------------------------------------------------------------------


def rfft(input_tensor, fft_length=None, name=None):
    """The Fourier transform of real numbers over the last axis: the first N/2 + 1 terms, the others mirror them.

    Args:
        input_tensor: float32.
        fft_length: `[N]`; shorter input is padded with zeros, longer cut. The input's size when None.
    """
    return _real_transform("RFFT", "rfft", input_tensor, fft_length, name)


def rfft2d(input_tensor, fft_length=None, name=None):
    """As `rfft`, over the last two axes."""
    return _real_transform("RFFT2D", "rfft2d", input_tensor, fft_length, name)


def rfft3d(input_tensor, fft_length=None, name=None):
    """As `rfft`, over the last three axes."""
    return _real_transform("RFFT3D", "rfft3d", input_tensor, fft_length, name)


def irfft(input_tensor, fft_length=None, name=None):
    """The inverse of `rfft`: real numbers from the first half of their transform.

    Args:
        input_tensor: complex64.
        fft_length: `[N]`, how many numbers to make; 2 (size - 1) when None.
    """
    return _real_transform("IRFFT", "irfft", input_tensor, fft_length, name)


def irfft2d(input_tensor, fft_length=None, name=None):
    """The inverse of `rfft2d`."""
    return _real_transform("IRFFT2D", "irfft2d", input_tensor, fft_length, name)


def irfft3d(input_tensor, fft_length=None, name=None):
    """The inverse of `rfft3d`."""
    return _real_transform("IRFFT3D", "irfft3d", input_tensor, fft_length, name)


def _real_transform(op_type, default_name, x, fft_length, name):
    rank, back = rank_of(op_type), op_type.startswith("I")
    with build.name_scope(name, default_name, [x, fft_length]) as scope:
        x = build.convert_to_tensor(x, dtypes.complex64 if back else dtypes.float32)
        x.shape.with_rank_at_least(rank)
        if fft_length is None:
            fft_length = _own_length(x, rank, back)
        else:
            fft_length = build.convert_to_tensor(fft_length, dtypes.int32)
        return build.apply(op_type, _padded(x, rank, fft_length, back), fft_length, name=scope)


def _own_length(x, rank, back):
    dims = None if x._dims is None else x._dims[-rank:]
    if dims is None or None in dims:
        sizes = array.shape(x)[-rank:]
        if not back:
            return sizes
        sizes = joining.unstack(sizes)
        return joining.stack([*sizes[:-1], math.maximum(0, 2 * (sizes[-1] - 1))])
    if back:
        dims = (*dims[:-1], max(0, 2 * (dims[-1] - 1)))
    return build.convert_to_tensor(list(dims), dtypes.int32)


def _padded(x, rank, fft_length, back):
    """`x` with zeros behind it where it is shorter than the transform reads."""
    if x._dims is not None and 0 in x._dims:
        return x
    wanted = static_value.shape_from(fft_length)
    if wanted is not None and None not in wanted and x._dims is not None and None not in x._dims[-rank:]:
        if back:
            wanted = (*wanted[:-1], wanted[-1] // 2 + 1)
        missing = [[0, max(w - d, 0)] for w, d in zip(wanted, x._dims[-rank:])]
        if not any(n for _, n in missing):
            return x
        return rearrange.pad(x, [[0, 0]] * (len(x._dims) - rank) + missing)
    x_rank, sizes = array.rank(x), array.shape(x)[-rank:]
    outer = array.zeros([math.maximum(0, x_rank - rank)], fft_length.dtype)
    if back:
        fft_length = array.concat([fft_length[:-1], fft_length[-1:] // 2 + 1], 0)
    behind = array.concat([outer, math.maximum(0, fft_length - sizes)], 0)
    return rearrange.pad(x, joining.stack([array.zeros_like(behind), behind], axis=1))


@op_def.shape_rule("RFFT", "RFFT2D", "RFFT3D", "IRFFT", "IRFFT2D", "IRFFT3D")
def _real_shape(op):
    dims, rank = op.inputs[0]._dims, rank_of(op.type)
    if dims is None:
        return [None]
    if len(dims) < rank:
        raise build.shape_error(op, f"Shape must be at least rank {rank} but is rank {len(dims)}")
    wanted = static_value.shape_from(op.inputs[1]) or (None,) * rank
    if op.type.startswith("R"):
        wanted = (*wanted[:-1], None if wanted[-1] is None else wanted[-1] // 2 + 1 if wanted[-1] else 0)
    return [dims[: len(dims) - rank] + wanted]


# -- order of frequencies ------------------------------------------------------------------------------------------------


def fftshift(x, axes=None, name=None):
    """The frequency 0 moved to the middle of `axes` (all when None)."""
    return _shifted(x, axes, name, "fftshift", 1)


def ifftshift(x, axes=None, name=None):
    """The inverse of `fftshift`."""
    return _shifted(x, axes, name, "ifftshift", -1)


def _shifted(x, axes, name, default_name, sign):
    with build.name_scope(name, default_name) as scope:
        x = build.convert_to_tensor(x)
        if shapes.num_elements(x._dims) is None:
            raise ValueError(f"{default_name} needs a fully known shape, got {x.shape}")
        if isinstance(axes, int):
            shift = sign * (x._dims[axes] // 2)
        else:
            axes = tuple(range(len(x._dims))) if axes is None else axes
            shift = [sign * (x._dims[axis] // 2) for axis in axes]
        return rearrange.roll(x, shift, axes, scope)
