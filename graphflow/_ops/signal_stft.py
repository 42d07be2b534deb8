"""Short-time Fourier transforms, and the mel scale that speech is looked at in."""

from __future__ import annotations

import math as numbers

from graphflow._core import dtypes
from graphflow._graph import build, static_value
from graphflow._ops import array, dct, joining, math, rearrange, reduce, signal_frames, spectral, unary


def stft(
    signals, frame_length, frame_step, fft_length=None, window_fn=signal_frames.hann_window, pad_end=False, name=None
):  # fmt: skip
    """The Fourier transform of each windowed frame of a signal.

    Args:
        signals: float32, [..., samples].
        frame_length, frame_step: ints or scalar tensors, in samples.
        fft_length: the size of each transform; the power of two that encloses a frame when None.
        window_fn: of a length and `dtype=`, gives the window; None for none.
        pad_end: as in `frame`.

    Returns:
        complex64, [..., frames, fft_length // 2 + 1].
    """
    with build.name_scope(name, "stft", [signals, frame_length, frame_step]):
        signals = build.convert_to_tensor(signals, name="signals")
        signals.shape.with_rank_at_least(1)
        frame_length = signal_frames.scalar(frame_length, "frame_length")
        frame_step = signal_frames.scalar(frame_step, "frame_step")
        fft_length = _transform_length(fft_length, frame_length)
        frames = signal_frames.frame(signals, frame_length, frame_step, pad_end=pad_end)
        if window_fn is not None:
            window = window_fn(frame_length, dtype=frames.dtype)
            frames *= window
        return spectral.rfft(frames, [fft_length])


def inverse_stft(
    stfts, frame_length, frame_step, fft_length=None, window_fn=signal_frames.hann_window, name=None
):  # fmt: skip
    """The signal whose `stft` this is; exact with the window that `inverse_stft_window_fn` makes.

    Args:
        stfts: complex64, [..., frames, fft_length // 2 + 1].
        frame_length, frame_step, fft_length, window_fn: as in `stft`.

    Returns:
        float32, [..., samples].
    """
    with build.name_scope(name, "inverse_stft", [stfts]):
        stfts = build.convert_to_tensor(stfts, name="stfts")
        stfts.shape.with_rank_at_least(2)
        frame_length = signal_frames.scalar(frame_length, "frame_length")
        frame_step = signal_frames.scalar(frame_step, "frame_step")
        fft_length = _transform_length(fft_length, frame_length)
        frames = _resized(spectral.irfft(stfts, [fft_length]), frame_length)
        if window_fn is not None:
            window = window_fn(frame_length, dtype=stfts.dtype.real_dtype)
            frames *= window
        return signal_frames.overlap_and_add(frames, frame_step)


def _resized(frames, frame_length):
    """The last axis cut or filled with zeros to `frame_length`."""
    length, dims = static_value.known_int(frame_length), frames._dims
    if length is None or dims is None or dims[-1] is None:
        frames = frames[..., :frame_length]
        rank, sizes = array.rank(frames), array.shape(frames)
        missing = math.maximum(0, frame_length - sizes[-1])
        outer = array.zeros([rank - 1, 2], frame_length.dtype)
        frames = rearrange.pad(frames, array.concat([outer, [[0, missing]]], 0))
    elif dims[-1] > length:
        frames = frames[..., :length]
    elif dims[-1] < length:
        frames = rearrange.pad(frames, [[0, 0]] * (len(dims) - 1) + [[0, length - dims[-1]]])
    if length is not None and frames._dims is not None:
        frames.set_shape([None] * (len(frames._dims) - 1) + [length])
    return frames


def _transform_length(fft_length, frame_length):
    """`fft_length` as a scalar tensor; the power of two that encloses `frame_length` when None."""
    if fft_length is not None:
        return signal_frames.scalar(fft_length, "fft_length")
    known = static_value.known_int(frame_length)
    if known is not None:
        return build.constant(int(2 ** numbers.ceil(numbers.log(known) / numbers.log(2.0))), frame_length.dtype)
    power = unary.log(math.cast(frame_length, dtypes.float32)) / unary.log(2.0)
    return math.cast(math.pow(2.0, unary.ceil(power)), frame_length.dtype)


def inverse_stft_window_fn(frame_step, forward_window_fn=signal_frames.hann_window, name=None):
    """A `window_fn` for `inverse_stft` that undoes `forward_window_fn`: it divides by the summed squares of all overlaps.

    Args:
        frame_step: int or scalar tensor.

    Returns:
        a function of a frame length and a dtype.
    """
    with build.name_scope(name, "inverse_stft_window_fn", [forward_window_fn]):
        frame_step = signal_frames.scalar(frame_step, "frame_step")

    def inverse_window(frame_length, dtype):
        with build.name_scope(name, "inverse_stft_window_fn", [forward_window_fn]):
            frame_length = signal_frames.scalar(frame_length, "frame_length")
            forward = forward_window_fn(frame_length, dtype=dtype)
            squares = unary.square(forward)
            overlaps = -(-frame_length // frame_step)
            squares = rearrange.pad(squares, [(0, overlaps * frame_step - frame_length)])
            squares = array.reshape(squares, [overlaps, frame_step])
            squares = reduce.reduce_sum(squares, 0, keepdims=True)
            squares = rearrange.tile(squares, [overlaps, 1])
            squares = array.reshape(squares, [overlaps * frame_step])
            return forward / squares[:frame_length]

    return inverse_window


# -- the mel scale -------------------------------------------------------------------------------------------------------


def _to_mel(hertz):
    with build.name_scope(None, "hertz_to_mel", [hertz]):
        return 1127.0 * unary.log(1.0 + (build.convert_to_tensor(hertz) / 700.0))


def linear_to_mel_weight_matrix(
    num_mel_bins=20, num_spectrogram_bins=129, sample_rate=8000, lower_edge_hertz=125.0, upper_edge_hertz=3800.0,
    dtype=dtypes.float32, name=None,
):  # fmt: skip
    """The matrix [num_spectrogram_bins, num_mel_bins] that turns a spectrogram into bands of the mel scale: triangles that
    overlap by half.

    Args:
        num_spectrogram_bins: int or scalar tensor, of frequencies from 0 to half the sample rate.
        sample_rate: number or constant tensor, samples a second.
        lower_edge_hertz, upper_edge_hertz: of all bands together.

    Raises:
        ValueError: a number is negative, edges are out of order or above half the sample rate, or the type is no float.
    """
    with build.name_scope(name, "linear_to_mel_weight_matrix") as scope:
        dtype = dtypes.as_dtype(dtype)
        if isinstance(sample_rate, build.Tensor):
            known = static_value.constant_value(sample_rate)
            if known is None:
                raise ValueError(f"sample_rate must be a number or a constant tensor, got {sample_rate}")
            sample_rate = known
        _check_bands(num_mel_bins, sample_rate, lower_edge_hertz, upper_edge_hertz, dtype)
        sample_rate = build.convert_to_tensor(sample_rate, dtype, "sample_rate")
        lower = build.convert_to_tensor(lower_edge_hertz, dtype, "lower_edge_hertz")
        upper = build.convert_to_tensor(upper_edge_hertz, dtype, "upper_edge_hertz")
        zero = build.convert_to_tensor(0.0, dtype)
        # The first bin, frequency 0, has no logarithm: it is left out, and a row of zeros put back.
        frequencies = math.linspace(zero, sample_rate / 2.0, num_spectrogram_bins)[1:]
        bins = array.expand_dims(_to_mel(frequencies), 1)
        edges = signal_frames.frame(
            math.linspace(_to_mel(lower), _to_mel(upper), num_mel_bins + 2), frame_length=3, frame_step=1
        )
        begin, middle, end = (array.reshape(t, [1, num_mel_bins]) for t in joining.split(edges, 3, axis=1))
        rising = (bins - begin) / (middle - begin)
        falling = (end - bins) / (end - middle)
        weights = math.maximum(zero, math.minimum(rising, falling))
        return rearrange.pad(weights, [[1, 0], [0, 0]], name=scope)


def _check_bands(bands, sample_rate, lower, upper, dtype):
    if bands <= 0:
        raise ValueError(f"num_mel_bins must be positive. Got: {bands}")
    if sample_rate <= 0.0:
        raise ValueError(f"sample_rate must be positive. Got: {sample_rate}")
    if lower < 0.0:
        raise ValueError(f"lower_edge_hertz must be non-negative. Got: {lower}")
    if lower >= upper:
        raise ValueError(f"lower_edge_hertz {lower:.1f} must be below upper_edge_hertz {upper:.1f}")
    if upper > sample_rate / 2:
        raise ValueError(f"upper_edge_hertz must be at most half of sample_rate {sample_rate}. Got: {upper}")
    if not dtype.is_floating:
        raise ValueError(f"dtype must be a floating point type. Got: {dtype}")


def mfccs_from_log_mel_spectrograms(log_mel_spectrograms, name=None):
    """Mel-frequency cepstral coefficients: the cosine transform (`dct`) of log spectrograms, scaled as HTK does.

    Args:
        log_mel_spectrograms: float32, [..., bands].

    Raises:
        ValueError: there are no bands.
    """
    with build.name_scope(name, "mfccs_from_log_mel_spectrograms", [log_mel_spectrograms]):
        x = build.convert_to_tensor(log_mel_spectrograms, dtypes.float32)
        if x._dims and x._dims[-1] is not None:
            bands = x._dims[-1]
            if bands == 0:
                raise ValueError(f"num_mel_bins must be positive. Got: {x}")
        else:
            bands = array.shape(x)[-1]
        return dct.dct(x, type=2) * unary.rsqrt(math.cast(bands, dtypes.float32) * 2.0)
