"""Colours of images: spaces, brightness, contrast, hue, saturation, and how numbers stand for them."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, op_def
from graphflow._ops import array, asserts, grouping, image_geometry, math, matmul, random, rearrange, reduce, unary

_FLOATS = dtypes.float16, dtypes.float32
_TO_YIQ = [[0.299, 0.59590059, 0.2115], [0.587, -0.27455667, -0.52273617], [0.114, -0.32134392, 0.31119955]]
_FROM_YIQ = [[1, 1, 1], [0.95598634, -0.27201283, -1.10674021], [0.6208248, -0.64720424, 1.70423049]]
_TO_YUV = [[0.299, -0.14714119, 0.61497538], [0.587, -0.28886916, -0.51496512], [0.114, 0.43601035, -0.10001026]]
_FROM_YUV = [[1, 1, 1], [0, -0.394642334, 2.03206185], [1.13988303, -0.58062185, 0]]

# -- types ---------------------------------------------------------------------------------------------------------------


def convert_image_dtype(image, dtype, saturate=False, name=None):
    """Images as another type: floats stand for [0, 1], integers for [0, the greatest of the type].

    Args:
        saturate: whether what lies outside becomes the nearest value.

    Raises:
        AttributeError: `dtype` is no type of numbers.
    """
    image = build.convert_to_tensor(image, name="image")
    dtype = dtypes.as_dtype(dtype)
    if not dtype.is_floating and not dtype.is_integer:
        raise AttributeError("dtype must be either floating point or integer")
    if dtype == image.dtype:
        return array.identity(image, name=name)
    came = image.dtype
    to = math.saturate_cast if saturate else math.cast
    with build.name_scope(name, "convert_image", [image]) as scope:
        if came.is_floating and dtype.is_floating:
            return math.cast(image, dtype, name=scope)
        if came.is_integer and dtype.is_floating:
            return math.multiply(math.cast(image, dtype), 1.0 / came.max, name=scope)
        if came.is_floating:
            return to(math.multiply(image, dtype.max + 0.5), dtype, name=scope)
        if came.max > dtype.max:
            return to(math.div(image, (came.max + 1) // (dtype.max + 1)), dtype, name=scope)
        return math.multiply(to(image, dtype), (dtype.max + 1) // (came.max + 1), name=scope)


def _as_floats(image):
    return image if image.dtype in _FLOATS else convert_image_dtype(image, dtypes.float32)


def per_image_standardization(image):
    """Each image with mean 0 and variance 1; the deviation counts as at least one over the root of the number of values."""
    with build.name_scope(None, "per_image_standardization", [image]) as scope:
        image = image_geometry.at_least_3d(build.convert_to_tensor(image, name="image"))
        came = image.dtype
        image = _as_floats(image)
        count = reduce.reduce_prod(array.shape(image)[-3:])
        mean = reduce.reduce_mean(image, axis=[-1, -2, -3], keepdims=True)
        deviation = reduce.reduce_std(image, axis=[-1, -2, -3], keepdims=True)
        least = unary.rsqrt(math.cast(count, image.dtype))
        deviation = math.maximum(deviation, least)
        image = math.div(image - mean, deviation, name=scope)
        return convert_image_dtype(image, came, saturate=True)


# -- adjusting -----------------------------------------------------------------------------------------------------------


def adjust_brightness(image, delta):
    """Images with `delta` added, where 1 is the way from black to white."""
    with build.name_scope(None, "adjust_brightness", [image, delta]) as scope:
        image = build.convert_to_tensor(image, name="image")
        floats = _as_floats(image)
        adjusted = math.add(floats, math.cast(delta, floats.dtype), name=scope)
        return convert_image_dtype(adjusted, image.dtype, saturate=True)


def random_brightness(image, max_delta, seed=None):
    """`adjust_brightness` by a random number in [-max_delta, max_delta)."""
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_brightness(image, random.random_uniform([], -max_delta, max_delta, seed=seed))


def adjust_contrast(images, contrast_factor):
    """Images whose channels lie `contrast_factor` times as far from their means."""
    with build.name_scope(None, "adjust_contrast", [images, contrast_factor]) as scope:
        images = build.convert_to_tensor(images, name="images")
        adjusted = build.apply("AdjustContrastv2", _as_floats(images), contrast_factor, name=scope)
        return convert_image_dtype(adjusted, images.dtype, saturate=True)


def random_contrast(image, lower, upper, seed=None):
    """`adjust_contrast` by a random factor in [lower, upper)."""
    _check_range(lower, upper)
    return adjust_contrast(image, random.random_uniform([], lower, upper, seed=seed))


def _check_range(lower, upper):
    if upper <= lower:
        raise ValueError("upper must be > lower.")
    if lower < 0:
        raise ValueError("lower must be non-negative.")


def adjust_gamma(image, gamma=1, gain=1):
    """`gain * image ** gamma`, the image as floats."""
    with build.name_scope(None, "adjust_gamma", [image, gamma, gain]):
        image = build.convert_to_tensor(image, name="image")
        floats = _as_floats(image)
        checked = image_geometry.verify(gamma >= 0, "Gamma should be a non-negative real number.")
        if checked:
            gamma = grouping.with_dependencies(checked, gamma)
        return convert_image_dtype(gain * floats**gamma, image.dtype, saturate=True)


def adjust_hue(image, delta, name=None):
    """RGB images whose hue is turned by `delta`, where 1 is all the way round."""
    with build.name_scope(name, "adjust_hue", [image]):
        image = build.convert_to_tensor(image, name="image")
        return convert_image_dtype(build.apply("AdjustHue", _as_floats(image), delta), image.dtype)


def random_hue(image, max_delta, seed=None):
    """`adjust_hue` by a random number in [-max_delta, max_delta)."""
    if max_delta > 0.5:
        raise ValueError("max_delta must be <= 0.5.")
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_hue(image, random.random_uniform([], -max_delta, max_delta, seed=seed))


def adjust_saturation(image, saturation_factor, name=None):
    """RGB images whose saturation is multiplied."""
    with build.name_scope(name, "adjust_saturation", [image]):
        image = build.convert_to_tensor(image, name="image")
        return convert_image_dtype(build.apply("AdjustSaturation", _as_floats(image), saturation_factor), image.dtype)


def random_saturation(image, lower, upper, seed=None):
    """`adjust_saturation` by a random factor in [lower, upper)."""
    _check_range(lower, upper)
    return adjust_saturation(image, random.random_uniform([], lower, upper, seed=seed))


@op_def.shape_rule("AdjustContrastv2", "AdjustHue", "AdjustSaturation")
def _adjusted_shape(op):
    dims = op.inputs[0]._dims
    if dims is not None and len(dims) < 3:
        raise build.shape_error(op, f"Shape must be at least rank 3 but is rank {len(dims)}")
    return [dims]


# -- spaces --------------------------------------------------------------------------------------------------------------


def rgb_to_grayscale(images, name=None):
    """The luminance of RGB images, as one channel."""
    with build.name_scope(name, "rgb_to_grayscale", [images]) as scope:
        images = build.convert_to_tensor(images, name="images")
        floats = convert_image_dtype(images, dtypes.float32)
        grey = matmul.tensordot(floats, [0.2989, 0.5870, 0.1140], [-1, -1])
        return convert_image_dtype(array.expand_dims(grey, -1), images.dtype, name=scope)


def grayscale_to_rgb(images, name=None):
    """Images of one channel as RGB."""
    with build.name_scope(name, "grayscale_to_rgb", [images]) as scope:
        images = build.convert_to_tensor(images, name="images")
        if images._dims is not None and images._dims[-1] not in (None, 1):
            raise ValueError("Last dimension of a grayscale image should be size 1.")
        images = grouping.with_dependencies(_one_channel(images), images)
        rank_1 = array.expand_dims(array.rank(images) - 1, 0)
        ones = [array.ones(rank_1, dtype=dtypes.int32), array.expand_dims(3, 0)]
        rgb = rearrange.tile(images, array.concat(ones, 0), name=scope)
        rgb.set_shape(images.get_shape()[:-1].concatenate([3]))
        return rgb


def _one_channel(images):
    if images.get_shape().is_fully_defined():
        return []
    return [
        asserts.assert_equal(
            array.shape(images)[-1], 1, message="Last dimension of a grayscale image should be size 1."
        ),
        asserts.assert_greater_equal(
            array.rank(images), 3, message="A grayscale image must be at least two-dimensional."
        ),
    ]


def rgb_to_hsv(images, name=None):
    """RGB as hue, saturation and value; all in [0, 1]."""
    return build.apply("RGBToHSV", images, name=name)


def hsv_to_rgb(images, name=None):
    """Hue, saturation and value as RGB; all in [0, 1]."""
    return build.apply("HSVToRGB", images, name=name)


@op_def.shape_rule("RGBToHSV", "HSVToRGB")
def _space_shape(op):
    dims = op.inputs[0]._dims
    if dims is not None and (not dims or dims[-1] not in (None, 3)):
        raise build.shape_error(op, "Dimension must be 3 but is " + (str(dims[-1]) if dims else "missing"))
    return [None if dims is None else (*dims[:-1], 3)]


def rgb_to_yiq(images):
    """RGB as YIQ."""
    return _mixed(images, _TO_YIQ)


def yiq_to_rgb(images):
    """YIQ as RGB."""
    return _mixed(images, _FROM_YIQ)


def rgb_to_yuv(images):
    """RGB as YUV."""
    return _mixed(images, _TO_YUV)


def yuv_to_rgb(images):
    """YUV as RGB."""
    return _mixed(images, _FROM_YUV)


def _mixed(images, kernel):
    images = build.convert_to_tensor(images, name="images")
    kernel = build.convert_to_tensor(kernel, dtype=images.dtype, name="kernel")
    return matmul.tensordot(images, kernel, axes=[[images.get_shape().ndims - 1], [0]])
