"""Turning, shifting, shearing and zooming images; shifting their colours and brightness.

Random numbers come from NumPy's global generator. The `random_` functions take the image's middle from axes 0 and 1
whatever `row_axis` and `col_axis` say, as Keras does, so that a seed gives the same pictures.
"""

import functools

import numpy as np

from graphflow_keras import _extras
from graphflow_keras.preprocessing._image_files import array_to_img, img_to_array


def apply_affine_transform(
    x,
    theta=0,
    tx=0,
    ty=0,
    shear=0,
    zx=1,
    zy=1,
    row_axis=0,
    col_axis=1,
    channel_axis=2,
    fill_mode="nearest",
    cval=0.0,
    order=1,
):
    """Moves an image about its middle: turns it, shifts it, shears it, zooms, in this order.

    Args:
        x: rank 3, one image.
        theta: float, the angle, in degrees.
        tx, ty: floats, the shift along rows and columns, in pixels.
        shear: float, its angle, in degrees.
        zx, zy: floats, the zoom along rows and columns.
        row_axis, col_axis, channel_axis: ints, what the axes of `x` are.
        fill_mode: what lies outside: "constant" (`cval`), "nearest", "reflect" or "wrap".
        cval: float.
        order: int, of the spline interpolation.

    Returns:
        the image, of the same shape and dtype.
    """
    matrices = []
    if theta != 0:
        sin, cos = np.sin(np.deg2rad(theta)), np.cos(np.deg2rad(theta))
        matrices.append(_matrix([cos, -sin, 0], [sin, cos, 0]))
    if tx != 0 or ty != 0:
        matrices.append(_matrix([1, 0, tx], [0, 1, ty]))
    if shear != 0:
        sin, cos = np.sin(np.deg2rad(shear)), np.cos(np.deg2rad(shear))
        matrices.append(_matrix([1, -sin, 0], [0, cos, 0]))
    if zx != 1 or zy != 1:
        matrices.append(_matrix([zx, 0, 0], [0, zy, 0]))
    if not matrices:
        return x
    middle = x.shape[row_axis] / 2 + 0.5, x.shape[col_axis] / 2 + 0.5
    there, back = (_matrix([1, 0, sign * middle[0]], [0, 1, sign * middle[1]]) for sign in (1, -1))
    matrix = there @ functools.reduce(np.matmul, matrices) @ back
    ndimage = _extras.load("scipy.ndimage", "image", "apply_affine_transform")
    channels = [
        ndimage.affine_transform(channel, matrix[:2, :2], matrix[:2, 2], order=order, mode=fill_mode, cval=cval)
        for channel in np.moveaxis(x, channel_axis, 0)
    ]
    return np.moveaxis(np.stack(channels), 0, channel_axis)


def _matrix(*rows):
    return np.array([*rows, [0, 0, 1]], float)


def flip_axis(x, axis):
    """The array with one axis reversed."""
    return np.flip(np.asarray(x), axis)


def random_rotation(
    x, rg, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0, interpolation_order=1
):
    """The image turned by up to `rg` degrees; the other arguments as in `apply_affine_transform`."""
    theta = np.random.uniform(-rg, rg)
    return apply_affine_transform(
        x, theta=theta, channel_axis=channel_axis, fill_mode=fill_mode, cval=cval, order=interpolation_order
    )


def random_shift(
    x, wrg, hrg, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0, interpolation_order=1
):
    """The image shifted by up to the parts `wrg` of its width and `hrg` of its height."""
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    return apply_affine_transform(
        x, tx=tx, ty=ty, channel_axis=channel_axis, fill_mode=fill_mode, cval=cval, order=interpolation_order
    )


def random_shear(
    x, intensity, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0, interpolation_order=1
):
    """The image sheared by up to `intensity` degrees."""
    shear = np.random.uniform(-intensity, intensity)
    return apply_affine_transform(
        x, shear=shear, channel_axis=channel_axis, fill_mode=fill_mode, cval=cval, order=interpolation_order
    )


def random_zoom(
    x, zoom_range, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0, interpolation_order=1
):
    """The image zoomed by factors between the two of `zoom_range`, one along rows, one along columns.

    Raises:
        ValueError: not two factors.
    """
    if len(zoom_range) != 2:
        raise ValueError(f"`zoom_range` should be a tuple or list of two floats. Received: {zoom_range}")
    zx, zy = (1, 1) if tuple(zoom_range) == (1, 1) else np.random.uniform(*zoom_range, 2)
    return apply_affine_transform(
        x, zx=zx, zy=zy, channel_axis=channel_axis, fill_mode=fill_mode, cval=cval, order=interpolation_order
    )


def apply_channel_shift(x, intensity, channel_axis=0):
    """The image with `intensity` added to all values, kept between its own extremes."""
    return np.clip(x + intensity, np.min(x), np.max(x))


def random_channel_shift(x, intensity_range, channel_axis=0):
    """The image with a number of up to `intensity_range` added."""
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range), channel_axis)


def apply_brightness_shift(x, brightness):
    """The image, channels last, stretched to 0 ... 255, then made brighter or darker by a factor.

    Raises:
        ImportError: Pillow is not installed.
    """
    image = array_to_img(x, "channels_last", dtype="float32")
    enhance = _extras.load("PIL.ImageEnhance", "image", "apply_brightness_shift").Brightness(image).enhance
    return img_to_array(enhance(brightness), "channels_last", "float32")


def random_brightness(x, brightness_range):
    """The image made brighter or darker by a factor between the two of `brightness_range`.

    Raises:
        ImportError: Pillow is not installed.
        ValueError: not two factors.
    """
    if len(brightness_range) != 2:
        raise ValueError(f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}")
    return apply_brightness_shift(x, np.random.uniform(*brightness_range))
