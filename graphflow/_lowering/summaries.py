"""Rules of `_ops/summaries.py`: the same bytes that TensorFlow 1.15 makes of the same values."""

from __future__ import annotations

import struct

import numpy as np

from graphflow._core import errors
from graphflow._files import png
from graphflow._graph import protos, tensor_proto
from graphflow._lowering import rule


def _text(value):
    return np.asarray(value).item().decode()


def _result(summary):
    return np.array(summary.SerializeToString(), object)


def _invalid(op, text):
    return errors.InvalidArgumentError(None, op, text)


# -- numbers -------------------------------------------------------------------------------------------------------------


def _scalar(ctx, op, tags, values):
    if np.shape(tags) != np.shape(values):
        raise _invalid(
            op,
            f"tags and values not the same shape: {list(np.shape(tags))} != {list(np.shape(values))}{_one_tag(tags)}",
        )
    summary = protos.Summary()
    for tag, value in zip(np.ravel(tags), np.ravel(values).astype(np.float32)):
        summary.value.add(tag=tag.decode(), simple_value=value)
    return _result(summary)


def _one_tag(tags):
    return f" (tag '{_text(tags)}')" if np.size(tags) == 1 else ""


def _limits():
    """The upper ends of the buckets: each 10 % further from zero than the one before."""
    sizes, size = [], 1e-12
    while size < 1e20:
        sizes.append(size)
        size *= 1.1
    sizes.append(np.finfo(np.float64).max)
    return np.array([-s for s in reversed(sizes)] + [0.0] + sizes)


_LIMITS = _limits()


def _histogram(ctx, op, tag, values):
    values = np.ravel(values).astype(np.float64)
    for name, is_bad in (("Nan", np.isnan), ("Infinity", np.isinf)):
        if is_bad(values).any():
            raise _invalid(op, f"{name} in summary histogram for: {op.name}")
    summary = protos.Summary()
    summary.value.add(tag=_text(tag)).histo.CopyFrom(histogram_of(values))
    return _result(summary)


def histogram_of(values):
    """The HistogramProto of float64 numbers."""
    histogram = protos.HistogramProto()
    most = np.finfo(np.float64).max
    histogram.min, histogram.max = (values.min(), values.max()) if values.size else (most, -most)
    histogram.num = values.size
    histogram.sum = _running_sum(values)
    histogram.sum_squares = _running_sum(values * values)
    places = np.minimum(np.searchsorted(_LIMITS, values, side="right"), len(_LIMITS) - 1)
    counts = np.bincount(places, minlength=len(_LIMITS))
    # neighbours that hold nothing become one bucket
    last_of_run = np.append((counts[:-1] > 0) | (counts[1:] > 0), True)
    histogram.bucket_limit.extend(_LIMITS[last_of_run])
    histogram.bucket.extend(counts[last_of_run].astype(np.float64))
    return histogram


def _running_sum(values):
    """The sum from left to right, as a loop adds."""
    return np.add.accumulate(values)[-1] if values.size else 0.0


# -- images and sounds ---------------------------------------------------------------------------------------------------


def _image(ctx, op, tag, tensor):
    return image_summary(op, tag, tensor, np.asarray(op.attrs["bad_color"]), op.attrs["max_images"])


def image_summary(op, tag, tensor, bad, most):
    """The serialized summary of at most `most` images; `bad` is the colour of pixels that are no numbers."""
    if tensor.ndim != 4 or tensor.shape[3] not in (1, 3, 4):
        raise _invalid(op, f"Tensor must be 4-D with last dim 1, 3, or 4, not {list(tensor.shape)}")
    batch, height, width, channels = tensor.shape
    if bad.dtype != np.uint8 or bad.ndim != 1 or bad.size < channels:
        raise _invalid(
            op, f"expected a uint8 vector of {channels} values as bad_color, got {bad.dtype}{list(bad.shape)}"
        )
    summary = protos.Summary()
    for i in range(min(most, batch)):
        pixels = tensor[i] if tensor.dtype == np.uint8 else _as_bytes(tensor[i], bad[:channels])
        value = summary.value.add(tag=f"{_text(tag)}/image" + (f"/{i}" if most > 1 else ""))
        value.image.height, value.image.width, value.image.colorspace = height, width, channels
        value.image.encoded_image_string = png.encode(pixels)
    return _result(summary)


def _as_bytes(image, bad_colour):
    """Floats scaled to bytes: without negative ones so that the largest is 255, else with 0 at 128."""
    kind = image.dtype.type
    finite = np.isfinite(image).all(-1)
    if image.size == 0:
        return image.astype(np.uint8)
    low = np.float32(image[finite].min()) if finite.any() else np.float32(np.inf)
    high = np.float32(image[finite].max()) if finite.any() else np.float32(-np.inf)
    if low < 0:
        largest = max(abs(low), abs(high))
        scale, offset = kind(0 if largest < 1e-6 else np.float32(127) / largest), kind(128)
    else:
        scale, offset = kind(0 if high < 1e-6 else np.float32(255) / high), kind(0)
    out = np.empty(image.shape, np.uint8)
    out[finite] = (image[finite] * scale + offset).astype(np.uint8)
    out[~finite] = bad_colour
    return out


def _audio(ctx, op, tag, tensor, sample_rate=None):
    if tensor.ndim not in (2, 3):
        raise _invalid(op, "Tensor must be 3-D or 2-D, got: " + str(list(tensor.shape)))
    rate = np.float32(op.attrs["sample_rate"] if sample_rate is None else sample_rate)
    if rate <= 0:
        raise _invalid(op, "sample_rate must be > 0")
    batch, frames = tensor.shape[:2]
    channels = tensor.shape[2] if tensor.ndim == 3 else 1
    summary, most = protos.Summary(), op.attrs["max_outputs"]
    for i in range(min(most, batch)):
        value = summary.value.add(tag=f"{_text(tag)}/audio" + (f"/{i}" if most > 1 else ""))
        value.audio.sample_rate, value.audio.num_channels, value.audio.length_frames = rate, channels, frames
        value.audio.content_type = "audio/wav"
        value.audio.encoded_audio_string = _wav(tensor[i], int(rate), channels)
    return _result(summary)


def _wav(samples, rate, channels):
    scaled = samples.astype(np.float32) * np.float32(1 << 15)
    rounded = np.copysign(np.floor(np.abs(scaled) + np.float32(0.5)), scaled)  # halves away from zero, as C rounds
    data = np.clip(rounded, -(1 << 15), (1 << 15) - 1).astype("<i2").tobytes()
    head = struct.pack("<IHHIIHH", 16, 1, channels, rate, rate * channels * 2, channels * 2, 16)
    return (
        b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + head + b"data" + struct.pack("<I", len(data)) + data
    )


# -- tensors -------------------------------------------------------------------------------------------------------------


def _tensor(ctx, op, tag, tensor, metadata):
    summary = protos.Summary()
    value = summary.value.add(tag=_text(tag))
    _write_tensor(value.tensor, tensor)
    value.metadata.MergeFromString(np.asarray(metadata).item())
    return _result(summary)


def _unnamed_tensor(ctx, op, tensor):
    summary = protos.Summary()
    value = summary.value.add(node_name=op.name)
    _write_tensor(value.tensor, tensor)
    return _result(summary)


def _write_tensor(message, array):
    """Texts one by one, everything else as raw bytes."""
    if array.dtype == object:
        message.CopyFrom(tensor_proto.make_tensor_proto(array))
        return
    message.dtype = tensor_proto.dtypes.as_dtype(array.dtype).as_datatype_enum
    message.tensor_shape.SetInParent()
    for size in array.shape:
        message.tensor_shape.dim.add(size=size)
    message.tensor_content = np.ascontiguousarray(array).tobytes()


def _merge(ctx, op, *inputs):
    merged, seen = protos.Summary(), set()
    for data in (item for value in inputs for item in np.ravel(np.asarray(value, object))):
        try:
            summary = protos.Summary.FromString(data)
        except Exception:  # protobuf's DecodeError; its module is loaded late
            raise _invalid(op, "Could not parse one of the summary inputs") from None
        for value in summary.value:
            if value.tag and value.tag in seen:
                raise _invalid(op, f"Duplicate tag {value.tag} found in summary inputs")
            seen.add(value.tag)
        merged.MergeFrom(summary)
    return _result(merged)


def _host(emit):
    return rule.Host(emit, because="it makes a message of text")


RULES = {
    "ScalarSummary": _host(_scalar),
    "HistogramSummary": _host(_histogram),
    "ImageSummary": _host(_image),
    "AudioSummary": _host(_audio),
    "AudioSummaryV2": _host(_audio),
    "TensorSummary": _host(_unnamed_tensor),
    "TensorSummaryV2": _host(_tensor),
    "MergeSummary": _host(_merge),
}
