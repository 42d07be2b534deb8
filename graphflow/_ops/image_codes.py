"""Images and sound as files, decoded and encoded."""

from __future__ import annotations

import collections

from graphflow._core import dtypes
from graphflow._graph import build, op_def
from graphflow._graph import graph as graph_lib
from graphflow._ops import asserts, compare, control_flow, gather, image_colour, random, strings

# -- decoding ------------------------------------------------------------------------------------------------------------


def decode_jpeg(
    contents, channels=0, ratio=1, fancy_upscaling=True, try_recover_truncated=False, acceptable_fraction=1, dct_method="",
    name=None,
):  # fmt: skip
    """A JPEG file as uint8 `[height, width, channels]`.

    Args:
        contents: the file, a string scalar.
        channels: 1 for grey, 3 for RGB; as in the file when 0.
        ratio: 1, 2, 4 or 8: the image is made smaller by that.
        try_recover_truncated, acceptable_fraction: whether files that are cut off are decoded as far as they go.
        fancy_upscaling, dct_method: without effect.
    """
    return build.apply(
        "DecodeJpeg", contents, channels=channels, ratio=ratio, fancy_upscaling=fancy_upscaling,
        try_recover_truncated=try_recover_truncated, acceptable_fraction=acceptable_fraction, dct_method=dct_method, name=name,
    )  # fmt: skip


def decode_and_crop_jpeg(
    contents, crop_window, channels=0, ratio=1, fancy_upscaling=True, try_recover_truncated=False, acceptable_fraction=1,
    dct_method="", name=None,
):  # fmt: skip
    """A part of a JPEG file; `crop_window` is top, left, height, width. Args as `decode_jpeg`."""
    return build.apply(
        "DecodeAndCropJpeg", contents, crop_window, channels=channels, ratio=ratio, fancy_upscaling=fancy_upscaling,
        try_recover_truncated=try_recover_truncated, acceptable_fraction=acceptable_fraction, dct_method=dct_method, name=name,
    )  # fmt: skip


def decode_png(contents, channels=0, dtype=dtypes.uint8, name=None):
    """A PNG file as uint8 or uint16 `[height, width, channels]`; `channels` is 1 to 4, or 0 for those of the file."""
    return build.apply("DecodePng", contents, channels=channels, dtype=dtype, name=name)


def decode_gif(contents, name=None):
    """A GIF file as uint8 `[frames, height, width, 3]`."""
    return build.apply("DecodeGif", contents, name=name)


def decode_bmp(contents, channels=0, name=None):
    """A BMP file as uint8 `[height, width, channels]`."""
    return build.apply("DecodeBmp", contents, channels=channels, name=name)


@op_def.shape_rule("DecodeJpeg", "DecodeAndCropJpeg", "DecodePng", "DecodeBmp")
def _decoded_shape(op):
    return [(None, None, op.attrs["channels"] or None)]


op_def.shape_rule("DecodeGif")(lambda op: [(None, None, None, 3)])


def is_jpeg(contents, name=None):
    """Whether a string begins as a JPEG file does."""
    with build.name_scope(name, "is_jpeg"):
        return compare.equal(strings.substr(contents, 0, 3), b"\xff\xd8\xff", name=name)


def _is_png(contents):
    with build.name_scope(None, "is_png"):
        return compare.equal(strings.substr(contents, 0, 3), b"\211PN")


def decode_image(contents, channels=None, dtype=dtypes.uint8, name=None, expand_animations=True):
    """A JPEG, PNG, GIF or BMP file, whichever it is, as an image of type `dtype`.

    Args:
        channels: as in the file when None or 0.
        expand_animations: whether a GIF becomes `[frames, height, width, 3]`, else its first frame is the image.

    Returns:
        a tensor of unknown shape.
    """
    with build.name_scope(name, "decode_image"):
        if channels not in (None, 0, 1, 3, 4):
            raise ValueError("channels must be in (None, 0, 1, 3, 4)")
        start = strings.substr(contents, 0, 3)

        def bmp():
            kind = compare.equal(strings.substr(contents, 0, 2), "BM", name="is_bmp")
            known = asserts.Assert(kind, ["Unable to decode bytes as JPEG, PNG, GIF, or BMP"])
            allowed = _allowed(
                channels, (1,), "check_channels", "Channels must be in (None, 0, 3) when decoding BMP images"
            )
            return _after([known, allowed], lambda: decode_bmp(contents))

        def gif():
            allowed = _allowed(
                channels, (1, 4), "check_gif_channels", "Channels must be in (None, 0, 3) when decoding GIF images"
            )
            frames = _after([allowed], lambda: decode_gif(contents))
            return frames if expand_animations else gather.gather(frames, 0)

        def png():
            kind = dtypes.uint8 if dtype == dtypes.uint8 else dtypes.uint16
            return image_colour.convert_image_dtype(decode_png(contents, channels, dtype=kind), dtype)

        def jpeg():
            allowed = _allowed(
                channels, (4,), "check_jpeg_channels", "Channels must be in (None, 0, 1, 3) when decoding JPEG images"
            )
            return _after([allowed], lambda: decode_jpeg(contents, channels))

        def _after(checks, decode):
            with graph_lib.get_default_graph().control_dependencies(checks):
                return image_colour.convert_image_dtype(decode(), dtype)

        def gif_or_bmp():
            return control_flow.cond(compare.equal(start, b"GIF", name="is_gif"), gif, bmp, name="cond_gif")

        def png_or_less():
            return control_flow.cond(_is_png(contents), png, gif_or_bmp, name="cond_png")

        return control_flow.cond(is_jpeg(contents), jpeg, png_or_less, name="cond_jpeg")


def _allowed(channels, refused, name, text):
    """An assertion that a number of channels is none of those refused."""
    good = [compare.not_equal(0 if channels is None else channels, n, name=name) for n in refused]
    return asserts.Assert(good[0] if len(good) == 1 else compare.logical_and(*good), [text])


def extract_jpeg_shape(contents, output_type=dtypes.int32, name=None):
    """Height, width and channels of a JPEG file."""
    return build.apply("ExtractJpegShape", contents, output_type=output_type, name=name)


op_def.shape_rule("ExtractJpegShape")(lambda op: [(3,)])

# -- encoding ------------------------------------------------------------------------------------------------------------


def encode_jpeg(
    image, format="", quality=95, progressive=False, optimize_size=False, chroma_downsampling=True, density_unit="in",
    x_density=300, y_density=300, xmp_metadata="", name=None,
):  # fmt: skip
    """A uint8 image of 1 or 3 channels as a JPEG file.

    Args:
        format: "grayscale" or "rgb"; what the image is when empty.
        quality: 0 to 100.
    """
    return build.apply(
        "EncodeJpeg", image, format=format, quality=quality, progressive=progressive, optimize_size=optimize_size,
        chroma_downsampling=chroma_downsampling, density_unit=density_unit, x_density=x_density, y_density=y_density,
        xmp_metadata=xmp_metadata, name=name,
    )  # fmt: skip


def encode_png(image, compression=-1, name=None):
    """A uint8 or uint16 image of 1 to 4 channels as a PNG file."""
    return build.apply("EncodePng", image, compression=compression, name=name)


op_def.shape_rule("EncodeJpeg", "EncodePng", "EncodeJpegVariableQuality")(lambda op: [()])


def adjust_jpeg_quality(image, jpeg_quality, name=None):
    """An image as it looks after having been a JPEG file of some quality."""
    with build.name_scope(name, "adjust_jpeg_quality", [image]):
        image = build.convert_to_tensor(image, name="image")
        quality = build.convert_to_tensor(jpeg_quality, dtype=dtypes.int32)
        file = build.apply("EncodeJpegVariableQuality", image_colour.convert_image_dtype(image, dtypes.uint8), quality)
        return image_colour.convert_image_dtype(decode_jpeg(file), image.dtype)


def random_jpeg_quality(image, min_jpeg_quality, max_jpeg_quality, seed=None):
    """`adjust_jpeg_quality` by a random quality."""
    if not (0 <= min_jpeg_quality <= 100 and 0 <= max_jpeg_quality <= 100):
        raise ValueError("jpeg encoding range must be between 0 and 100.")
    if min_jpeg_quality >= max_jpeg_quality:
        raise ValueError("`min_jpeg_quality` must be less than `max_jpeg_quality`.")
    quality = random.random_uniform([], min_jpeg_quality, max_jpeg_quality, seed=seed, dtype=dtypes.int32)
    return adjust_jpeg_quality(image, quality)


# -- sound ---------------------------------------------------------------------------------------------------------------

_Wav = collections.namedtuple("_Wav", ["audio", "sample_rate"])


def decode_wav(contents, desired_channels=-1, desired_samples=-1, name=None):
    """A WAV file of 16 bits as (float32 `[samples, channels]` in [-1, 1], the rate of samples, int32).

    Args:
        desired_channels: how many channels; as in the file when -1.
        desired_samples: how many samples, filled up with zeros; as in the file when -1.
    """
    return _Wav(
        *build.apply(
            "DecodeWav", contents, desired_channels=desired_channels, desired_samples=desired_samples, name=name
        )
    )


def encode_wav(audio, sample_rate, name=None):
    """Float32 `[samples, channels]` in [-1, 1] as a WAV file of 16 bits."""
    return build.apply("EncodeWav", audio, sample_rate, name=name)


@op_def.shape_rule("DecodeWav")
def _wav_shape(op):
    samples, channels = op.attrs["desired_samples"], op.attrs["desired_channels"]
    return [(None if samples == -1 else samples, None if channels == -1 else channels), ()]


op_def.shape_rule("EncodeWav")(lambda op: [()])
op_def.not_differentiable(
    "DecodeJpeg", "DecodeAndCropJpeg", "DecodePng", "DecodeGif", "DecodeBmp", "ExtractJpegShape", "EncodeJpeg", "EncodePng",
    "EncodeJpegVariableQuality", "DecodeWav", "EncodeWav", because="files do not vary smoothly",
)  # fmt: skip
