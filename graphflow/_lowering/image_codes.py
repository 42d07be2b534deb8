"""Rules of `_ops/image_codes.py`. Pillow reads and writes images; sound needs nothing."""

from __future__ import annotations

import importlib
import io
import struct

import numpy as np

from graphflow._core import errors
from graphflow._files import png
from graphflow._lowering import rule

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def _pillow(op):
    """Pillow's Image module, loaded when the first image comes."""
    try:
        return importlib.import_module("PIL.Image")
    except ImportError:
        raise errors.UnimplementedError(
            None, op, f"{op.type} needs Pillow: pip install 'graphflow[image]', or pip install pillow"
        ) from None


def _opened(op, data):
    data = np.asarray(data, object).item()
    images = _pillow(op)
    try:
        return images.open(io.BytesIO(data))
    except (OSError, ValueError, SyntaxError) as error:
        raise errors.InvalidArgumentError(
            None, op, f"Invalid image data: expected a JPEG, PNG, GIF or BMP file, got {len(data)} bytes that begin with "
            f"{data[:8]!r} ({type(error).__name__})"
        ) from None  # fmt: skip


def _channels(image):
    """How many channels a file has once palettes are resolved."""
    if image.mode == "P":
        return 4 if "transparency" in image.info else 3
    return {"1": 1, "L": 1, "I": 1, "I;16": 1, "I;16B": 1, "LA": 2, "RGB": 3, "CMYK": 3, "YCbCr": 3}.get(image.mode, 4)


def _pixels(op, image, channels, dtype=np.uint8):
    """The pixels `[height, width, channels]` of a file of 8 or 16 bits."""
    channels = channels or _channels(image)
    try:
        if image.mode.startswith("I") and channels in (1, 3):
            grey = np.asarray(image).astype(np.uint16)[..., None]
            grey = grey if dtype == np.uint16 else (grey >> 8).astype(np.uint8)
            return np.repeat(grey, channels, -1) if channels == 3 else grey
        pixels = np.array(image.convert(_MODES[channels]))
    except (OSError, SyntaxError, ValueError) as error:
        raise errors.InvalidArgumentError(None, op, f"Invalid image data: {error}") from None
    pixels = pixels.reshape(*pixels.shape[:2], channels)
    return pixels.astype(np.uint16) * 257 if dtype == np.uint16 else pixels


def _decode(ctx, op, data):
    """Any kind of file but an animation, whatever the operation is called, as in TensorFlow."""
    image = _opened(op, data)
    if getattr(image, "n_frames", 1) > 1:
        raise errors.InvalidArgumentError(
            None, op, f"Got {image.n_frames} frames, but animated gifs can only be decoded by tf.image.decode_gif or "
            "tf.image.decode_image"
        )  # fmt: skip
    channels, ratio = op.attrs["channels"], op.attrs.get("ratio", 1)
    if image.format == "JPEG":
        if channels not in (0, 1, 3):
            raise errors.InvalidArgumentError(None, op, "channels must be 0, 1, or 3 for JPEG")
        size = tuple(-(-side // ratio) for side in image.size)
        image.draft("L" if channels == 1 else None, size)
    dtype = op.attrs["dtype"].as_numpy_dtype if "dtype" in op.attrs else np.uint8
    return _pixels(op, image, channels, dtype)


def _decode_and_crop(ctx, op, data, window):
    top, left, height, width = window.tolist()
    whole = _decode(ctx, op, data)
    if min(top, left) < 0 or min(height, width) <= 0 or top + height > whole.shape[0] or left + width > whole.shape[1]:
        raise errors.InvalidArgumentError(None, op, f"Invalid JPEG data or crop window: {window.tolist()}")
    return whole[top : top + height, left : left + width]


def _decode_gif(ctx, op, data):
    image = _opened(op, data)
    frames = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        frames.append(_pixels(op, image, 3))
    return np.stack(frames)


def _jpeg_shape(ctx, op, data):
    image = _opened(op, data)
    return np.array([image.height, image.width, _channels(image)], op.attrs["output_type"].as_numpy_dtype)


def _encode_png(ctx, op, image):
    if image.ndim != 3 or not 1 <= image.shape[-1] <= 4 or 0 in image.shape:
        raise errors.InvalidArgumentError(
            None, op, f"image must have 1, 2, 3, or 4 channels and be 3-dimensional, but got {list(image.shape)}"
        )
    return np.array(png.encode(np.ascontiguousarray(image), op.attrs["compression"]), object)


def _jpeg_file(op, image, quality, **options):
    if image.ndim != 3 or image.shape[-1] not in (1, 3):
        raise errors.InvalidArgumentError(
            None, op, f"image must be 3-dimensional with 1 or 3 channels, but got {list(image.shape)}"
        )
    if not 0 <= quality <= 100:
        raise errors.InvalidArgumentError(None, op, f"quality must be in [0,100], got {quality}")
    pixels = image[..., 0] if image.shape[-1] == 1 else image
    out = io.BytesIO()
    _pillow(op).fromarray(np.ascontiguousarray(pixels)).save(out, "JPEG", quality=int(quality), **options)
    return np.array(out.getvalue(), object)


def _encode_jpeg(ctx, op, image):
    attrs = op.attrs
    wanted = {b"grayscale": 1, b"rgb": 3}.get(attrs["format"])
    if wanted and image.shape[-1] != wanted:
        raise errors.InvalidArgumentError(
            None,
            op,
            f"format '{attrs['format'].decode()}' expects an image with {wanted} channels, got {image.shape[-1]}",
        )
    return _jpeg_file(
        op, image, attrs["quality"], progressive=attrs["progressive"], optimize=attrs["optimize_size"],
        subsampling=2 if attrs["chroma_downsampling"] else 0, dpi=(attrs["x_density"], attrs["y_density"]),
    )  # fmt: skip


def _encode_jpeg_of(ctx, op, image, quality):
    return _jpeg_file(op, image, int(quality), subsampling=2)


# -- sound ---------------------------------------------------------------------------------------------------------------

_RIFF = struct.Struct("<4sI4s")
_CHUNK = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")


def _wav_parts(op, data):
    """(channels, rate, samples as bytes) of a WAV file."""

    def wrong(text):
        return errors.InvalidArgumentError(None, op, f"{text}; expected a WAV file of 16-bit PCM")

    if len(data) < _RIFF.size or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise wrong(f"Header mismatch: Expected RIFF but found {data[:4]!r}")
    at, channels = _RIFF.size, None
    while at + _CHUNK.size <= len(data):
        kind, size = _CHUNK.unpack_from(data, at)
        at += _CHUNK.size
        if kind == b"fmt ":
            if size < _FORMAT.size or at + size > len(data):
                raise wrong("Bad format chunk")
            coding, channels, rate, _, _, bits = _FORMAT.unpack_from(data, at)
            if coding != 1 or not channels:
                raise wrong(f"Bad audio format for WAV: Expected 1 (PCM), but got {coding}")
            if bits != 16:
                raise wrong(f"Bad bits per sample for WAV: Expected 16, but got {bits}")
        elif kind == b"data":
            if channels is None:
                raise wrong("The data come before the format")
            return channels, rate, data[at : at + size - size % (2 * channels)]
        at += size + size % 2
    raise wrong("No data chunk found in WAV")


def _decode_wav(ctx, op, contents):
    channels, rate, data = _wav_parts(op, contents.item())
    audio = np.frombuffer(data, "<i2").reshape(-1, channels).astype(np.float32) / np.float32(32768)
    wanted, samples = op.attrs["desired_channels"], op.attrs["desired_samples"]
    if wanted != -1:
        audio = audio[:, np.minimum(np.arange(wanted), channels - 1)]
    if samples != -1:
        audio = np.pad(audio[:samples], ((0, max(0, samples - len(audio))), (0, 0)))
    return audio, np.int32(rate)


def _encode_wav(ctx, op, audio, rate):
    if audio.ndim != 2:
        raise errors.InvalidArgumentError(None, op, f"audio must be 2-dimensional, but got {list(audio.shape)}")
    scaled = audio * np.float32(32768)
    rounded = np.trunc(scaled + np.copysign(np.float32(0.5), scaled))
    data = np.clip(rounded, -32768, 32767).astype("<i2").tobytes()
    channels, rate = audio.shape[1], int(rate)
    head = _FORMAT.pack(1, channels, rate, rate * channels * 2, channels * 2, 16)
    body = b"".join((_CHUNK.pack(b"fmt ", len(head)), head, _CHUNK.pack(b"data", len(data)), data))
    return np.array(_RIFF.pack(b"RIFF", len(body) + 4, b"WAVE") + body, object)


def _file(emit):
    return rule.Host(emit, because="it reads or writes a file's bytes")


RULES = {
    "DecodeJpeg": _file(_decode),
    "DecodePng": _file(_decode),
    "DecodeBmp": _file(_decode),
    "DecodeAndCropJpeg": _file(_decode_and_crop),
    "DecodeGif": _file(_decode_gif),
    "ExtractJpegShape": _file(_jpeg_shape),
    "EncodePng": _file(_encode_png),
    "EncodeJpeg": _file(_encode_jpeg),
    "EncodeJpegVariableQuality": _file(_encode_jpeg_of),
    "DecodeWav": _file(_decode_wav),
    "EncodeWav": _file(_encode_wav),
}
