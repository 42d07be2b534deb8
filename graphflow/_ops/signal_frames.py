"""Signals cut into frames and put together again; the windows that frames are weighted with."""

from __future__ import annotations

import math as numbers

from graphflow._core import dtypes
from graphflow._graph import build, static_value
from graphflow._ops import array, compare, control_flow, gather, joining, math, rearrange, reduce, slicing, unary
from graphflow._ops import while_loop as loops


def scalar(value, name):
    """`value` as a tensor of rank 0."""
    value = build.convert_to_tensor(value, name=name)
    value.shape.assert_has_rank(0)
    return value


def frame(signal, frame_length, frame_step, pad_end=False, pad_value=0, axis=-1, name=None):
    """Overlapping frames of a signal: `axis` becomes two axes, [frames, frame_length].

    Args:
        signal: of rank 1 or more, any type.
        frame_length, frame_step: ints or scalar tensors: how long a frame is, how far the next one begins behind it.
        pad_end: whether frames that begin inside the signal and end behind it are kept, filled up with `pad_value`.
        axis: int or scalar tensor.

    Returns:
        a tensor of the signal's type and one rank more.

    Raises:
        ValueError: the signal has rank 0, or a size is not a scalar.
    """
    with build.name_scope(name, "frame", [signal, frame_length, frame_step, pad_value]):
        signal = build.convert_to_tensor(signal, name="signal")
        frame_length, frame_step = scalar(frame_length, "frame_length"), scalar(frame_step, "frame_step")
        axis = scalar(axis, "axis")
        signal.shape.with_rank_at_least(1)
        known = _frames_dims(signal, frame_length, frame_step, pad_end, axis)

        rank = array.rank(signal)
        axis = math.range(rank)[axis]
        sizes = array.shape(signal)
        outer, samples, inner = joining.split(sizes, [axis, 1, rank - 1 - axis])
        samples = array.reshape(samples, [])
        n_outer, n_inner = array.size(outer), array.size(inner)
        if pad_end:
            pad_value = build.convert_to_tensor(pad_value, signal.dtype)
            pad_value.shape.assert_has_rank(0)
            frames = -(-samples // frame_step)
            missing = math.maximum(0, frame_length + frame_step * (frames - 1) - samples)
            pads = [
                array.zeros([n_outer, 2], missing.dtype), [[0, missing]], array.zeros([n_inner, 2], missing.dtype)
            ]  # fmt: skip
            signal = rearrange.pad(signal, array.concat(pads, 0), constant_values=pad_value)
            sizes = array.shape(signal)
            samples = sizes[axis]
        else:
            frames = math.maximum(0, 1 + (samples - frame_length) // frame_step)

        # Frames are gathered from pieces as long as the greatest divisor of length and step.
        piece = _greatest_divisor(frame_length, frame_step)
        per_frame, per_step, pieces = frame_length // piece, frame_step // piece, samples // piece
        whole = array.concat([outer, [pieces * piece], inner], 0)
        cut = array.concat([outer, [pieces, piece], inner], 0)
        rows = array.reshape(slicing.strided_slice(signal, array.zeros_like(sizes), whole), cut)
        first = array.reshape(math.range(frames) * per_step, [frames, 1])
        behind = array.reshape(math.range(per_frame), [1, per_frame])
        out = array.reshape(
            gather.gather(rows, first + behind, axis=axis), array.concat([outer, [frames, frame_length], inner], 0)
        )
        if known:
            out.set_shape(known)
        return out


def _frames_dims(signal, frame_length, frame_step, pad_end, axis):
    """The plain shape of the frames as far as it is known, or None."""
    dims = signal._dims
    if dims is None:
        return None
    length, step, axis = (static_value.known_int(t) for t in (frame_length, frame_step, axis))
    if axis is None:
        return [None] * (len(dims) + 1)
    size, frames = dims[axis], None
    if size is not None and step is not None:
        if pad_end:
            frames = max(0, -(-size // step))
        elif length is not None:
            frames = max(0, (size - length + step) // step)
    return [*dims[:axis], frames, length, *dims[axis:][1:]]


def _greatest_divisor(a, b):
    """Of two scalar tensors: a constant where both are known, else Euclid's loop."""
    with build.name_scope(None, "gcd", [a, b]):
        for t in (a, b):
            if not t.dtype.is_integer:
                raise ValueError(f"frame_length and frame_step must be integers, got {t.dtype.name}")
        known = static_value.constant_value(a), static_value.constant_value(b)
        if None not in known:
            return build.constant(numbers.gcd(*(int(n) for n in known)), a.dtype)
        a, b = loops.while_loop(
            lambda _, b: compare.greater(b, array.zeros_like(b)),
            lambda a, b: [b, math.floormod(a, b)],
            [a, b],
            back_prop=False,
        )
        return a


def overlap_and_add(signal, frame_step, name=None):
    """The inverse of `frame`: frames put `frame_step` apart and added where they overlap.

    Args:
        signal: [..., frames, frame_length].
        frame_step: int or scalar integer tensor.

    Returns:
        [..., (frames - 1) * frame_step + frame_length].

    Raises:
        ValueError: the rank is below 2, or the step is no integer scalar.
    """
    with build.name_scope(name, "overlap_and_add", [signal, frame_step]):
        signal = build.convert_to_tensor(signal, name="signal")
        signal.shape.with_rank_at_least(2)
        frame_step = scalar(frame_step, "frame_step")
        if not frame_step.dtype.is_integer:
            raise ValueError(f"frame_step must be an integer. Got {frame_step.dtype}")
        sizes = array.shape(signal)
        outer = sizes[:-2]
        outer_rank = array.size(outer)
        frame_length, frames = sizes[-1], sizes[-2]
        samples = frame_length + frame_step * (frames - 1)
        step = static_value.known_int(frame_step)
        if step is not None and signal._dims is not None and step == signal._dims[-1]:
            return array.reshape(signal, array.concat([outer, [samples]], 0), name="fast_path")

        # Each frame is cut into segments of one step; a zero row more each turns the diagonals into columns.
        segments = -(-frame_length // frame_step)
        pads = [[0, segments], [0, segments * frame_step - frame_length]]
        signal = rearrange.pad(signal, array.concat([array.zeros([outer_rank, 2], dtypes.int32), pads], 0))
        signal = array.reshape(signal, array.concat([outer, [frames + segments, segments, frame_step]], 0))
        signal = rearrange.transpose(signal, array.concat([math.range(outer_rank), outer_rank + [1, 0, 2]], 0))
        signal = array.reshape(signal, array.concat([outer, [(frames + segments) * segments, frame_step]], 0))
        signal = signal[..., : (frames + segments - 1) * segments, :]
        signal = array.reshape(signal, array.concat([outer, [segments, frames + segments - 1, frame_step]], 0))
        signal = reduce.reduce_sum(signal, -3)
        signal = array.reshape(signal, array.concat([outer, [(frames + segments - 1) * frame_step]], 0))
        return signal[..., :samples]


# -- windows -------------------------------------------------------------------------------------------------------------


def hann_window(window_length, periodic=True, dtype=dtypes.float32, name=None):
    """0.5 - 0.5 cos(2 pi n / N): `[window_length]` numbers; of a whole period when `periodic`, else symmetric.

    Raises:
        ValueError: `dtype` is no float.
    """
    return _raised_cosine(name, "hann_window", window_length, periodic, dtype, 0.5, 0.5)


def hamming_window(window_length, periodic=True, dtype=dtypes.float32, name=None):
    """As `hann_window`, with 0.54 - 0.46 cos(2 pi n / N)."""
    return _raised_cosine(name, "hamming_window", window_length, periodic, dtype, 0.54, 0.46)


def _raised_cosine(name, default_name, window_length, periodic, dtype, mean, amplitude):
    dtype = dtypes.as_dtype(dtype)
    if not dtype.is_floating:
        raise ValueError(f"dtype must be a floating point type. Found {dtype}")
    with build.name_scope(name, default_name, [window_length, periodic]):
        window_length = build.convert_to_tensor(window_length, dtypes.int32, "window_length")
        window_length.shape.assert_has_rank(0)
        known = static_value.known_int(window_length)
        if known == 1:
            return array.ones([1], dtype)
        periodic = math.cast(build.convert_to_tensor(periodic, dtypes.bool, "periodic"), dtypes.int32)
        periodic.shape.assert_has_rank(0)
        even = 1 - math.floormod(window_length, 2)
        last = math.cast(window_length + periodic * even - 1, dtype)
        steps = math.cast(math.range(window_length), dtype)
        angle = build.constant(2 * numbers.pi, dtype) * steps / last

        def window():
            return math.cast(mean - amplitude * unary.cos(angle), dtype)

        if known is not None:
            return window()
        return control_flow.cond(compare.equal(window_length, 1), lambda: array.ones([1], dtype), window)
