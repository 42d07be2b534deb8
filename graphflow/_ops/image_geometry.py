"""Images cut, padded, turned and resized: `[height, width, channels]`, or a batch of them."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, op_def, static_value, tensor
from graphflow._ops import (
    array,
    asserts,
    compare,
    control_flow,
    grouping,
    joining,
    math,
    random,
    rearrange,
    slicing,
    unary,
)  # fmt: skip

# -- what the functions share --------------------------------------------------------------------------------------------


def is_tensor(value):
    """Whether a size is known only at run time."""
    return isinstance(value, tensor.TensorLike)


def verify(condition, text):
    """A list of assertions that `condition` holds; none where it is known, and ValueError where it is known not to."""
    if is_tensor(condition):
        return [asserts.Assert(condition, [text])]
    if not condition:
        raise ValueError(text)
    return []


def at_least_3d(image):
    """`image`, checked to be of rank 3 or more and not empty."""
    return grouping.with_dependencies(_check_at_least_3d(image), image)


def _check_at_least_3d(image):
    dims = image._dims
    if dims is not None and len(dims) < 3:
        raise ValueError(f"'image' (shape {image.shape}) must be at least three-dimensional.")
    if dims is not None and 0 in dims:
        raise ValueError(f"all dims of 'image.shape' must be > 0: {image.shape}")
    if dims is not None and None not in dims:
        return []
    return [
        asserts.assert_positive(array.shape(image), ["all dims of 'image.shape' must be > 0."]),
        asserts.assert_greater_equal(array.rank(image), 3, message="'image' must be at least three-dimensional."),
    ]


def dimensions(image, rank):
    """The sizes of an image: numbers where they are known, else tensors."""
    dims = image._dims
    if dims is not None and None not in dims:
        return list(dims)
    static = image.get_shape().with_rank(rank).as_list()
    return [d if s is None else s for s, d in zip(static, joining.unstack(array.shape(image), rank))]


def _rank_error():
    return ValueError("'image' must have either 3 or 4 dimensions.")


def _as_batch(image):
    """(the image as a batch, whether it was one)."""
    rank = image.get_shape().ndims
    if rank == 4:
        return image, True
    if rank not in (3, None):
        raise _rank_error()
    image = array.expand_dims(image, 0)
    if rank is None:
        image.set_shape([None] * 4)
    return image, False


def _known(sizes):
    return [None if is_tensor(s) else s for s in sizes]


# -- flipping and turning ------------------------------------------------------------------------------------------------


def flip_left_right(image):
    """Images mirrored at a vertical line."""
    return _flipped(image, 1, "flip_left_right")


def flip_up_down(image):
    """Images mirrored at a horizontal line."""
    return _flipped(image, 0, "flip_up_down")


def _flipped(image, axis, scope):
    with build.name_scope(None, scope, [image]):
        image = at_least_3d(build.convert_to_tensor(image, name="image"))
        rank = image.get_shape().ndims
        if rank in (3, None):
            return _of_shape(image, rearrange.reverse(image, [axis]))
        if rank == 4:
            return rearrange.reverse(image, [axis + 1])
        raise _rank_error()


def _of_shape(image, result):
    result.set_shape([None] * 3 if image._dims is None else image.get_shape())
    return result


def random_flip_left_right(image, seed=None):
    """Images mirrored left to right, or not; each of a batch for itself."""
    return _flipped_at_random(image, 1, seed, "random_flip_left_right")


def random_flip_up_down(image, seed=None):
    """Images mirrored top to bottom, or not; each of a batch for itself."""
    return _flipped_at_random(image, 0, seed, "random_flip_up_down")


def _flipped_at_random(image, axis, seed, name):
    with build.name_scope(None, name, [image]) as scope:
        image = at_least_3d(build.convert_to_tensor(image, name="image"))
        rank = image.get_shape().ndims
        if rank in (3, None):
            mirrored = compare.less(random.random_uniform([], 0, 1.0, seed=seed), 0.5)
            result = control_flow.cond(mirrored, lambda: rearrange.reverse(image, [axis]), lambda: image, name=scope)
            return _of_shape(image, result)
        if rank != 4:
            raise _rank_error()
        count = array.shape(image)[0]
        drawn = random.random_uniform([count], 0, 1.0, seed=seed)
        flips = math.cast(unary.round(array.reshape(drawn, [count, 1, 1, 1])), image.dtype)
        mirrored = rearrange.reverse(image, [axis + 1])
        return flips * mirrored + (1 - flips) * image


def rot90(image, k=1, name=None):
    """Images turned `k` times by 90 degrees, counter-clockwise."""
    with build.name_scope(name, "rot90", [image, k]) as scope:
        image = at_least_3d(build.convert_to_tensor(image, name="image"))
        k = build.convert_to_tensor(k, dtype=dtypes.int32, name="k")
        k.get_shape().assert_has_rank(0)
        k = math.floormod(k, 4)
        rank = image.get_shape().ndims
        if rank not in (3, 4, None):
            raise _rank_error()
        first = 1 if rank == 4 else 0
        rows, columns, swapped = first, first + 1, ([0, 2, 1, 3] if rank == 4 else [1, 0, 2])
        turns = [
            (compare.equal(k, 1), lambda: rearrange.transpose(rearrange.reverse(image, [columns]), swapped)),
            (compare.equal(k, 2), lambda: rearrange.reverse(image, [rows, columns])),
            (compare.equal(k, 3), lambda: rearrange.reverse(rearrange.transpose(image, swapped), [columns])),
        ]
        result = control_flow.case(turns, default=lambda: image, exclusive=True, name=scope)
        dims = image._dims or (None,) * 3
        result.set_shape([*dims[:first], None, None, dims[-1]])
        return result


def transpose(image, name=None):
    """Images with rows and columns exchanged."""
    with build.name_scope(name, "transpose", [image]):
        image = at_least_3d(build.convert_to_tensor(image, name="image"))
        rank = image.get_shape().ndims
        if rank not in (3, 4, None):
            raise _rank_error()
        return rearrange.transpose(image, [0, 2, 1, 3] if rank == 4 else [1, 0, 2], name=name)


# -- cutting and padding -------------------------------------------------------------------------------------------------


def central_crop(image, central_fraction):
    """The middle of images: `central_fraction` of their height and width.

    Raises:
        ValueError: a fraction not in (0, 1], or another rank than 3 or 4.
    """
    with build.name_scope(None, "central_crop", [image]):
        image = build.convert_to_tensor(image, name="image")
        if central_fraction <= 0.0 or central_fraction > 1.0:
            raise ValueError("central_fraction must be within (0, 1]")
        if central_fraction == 1.0:
            return image
        at_least_3d(image)
        rank = image.get_shape().ndims
        if rank not in (3, 4):
            raise ValueError(f"`image` should either be a Tensor with rank = 3 or rank = 4. Had rank = {rank}.")
        first = rank - 3
        dims = [image._dims[i] if image._dims[i] is not None else array.shape(image)[i] for i in (first, first + 1)]
        starts = [_start(size, central_fraction) for size in dims]
        sizes = [size - start * 2 for size, start in zip(dims, starts)]
        begin = joining.stack([0] * first + starts + [0])
        size = joining.stack([-1] * first + sizes + [-1])
        result = slicing.slice(image, begin, size)
        result.set_shape([*image._dims[:first], *_known(sizes), image._dims[-1]])
        return result


def _start(size, fraction):
    if not is_tensor(size):
        return int((float(size) - float(size) * fraction) / 2)
    size = math.cast(size, dtypes.float64)
    return math.cast((size - size * fraction) / 2, dtypes.int32)


def pad_to_bounding_box(image, offset_height, offset_width, target_height, target_width):
    """Images in a larger one of zeros, at an offset from its top left corner.

    Raises:
        ValueError: an offset is negative, or the image does not fit; InvalidArgumentError where that is known at run time only.
    """
    with build.name_scope(None, "pad_to_bounding_box", [image]):
        image, is_batch = _as_batch(build.convert_to_tensor(image, name="image"))
        checked = _check_at_least_3d(image)
        batch, height, width, depth = dimensions(image, 4)
        right = target_width - offset_width - width
        below = target_height - offset_height - height
        checked += verify(offset_height >= 0, "offset_height must be >= 0")
        checked += verify(offset_width >= 0, "offset_width must be >= 0")
        checked += verify(right >= 0, "width must be <= target - offset")
        checked += verify(below >= 0, "height must be <= target - offset")
        image = grouping.with_dependencies(checked, image)
        sizes = joining.stack([0, 0, offset_height, below, offset_width, right, 0, 0])
        padded = rearrange.pad(image, array.reshape(sizes, [4, 2]))
        padded.set_shape(_known([batch, target_height, target_width, depth]))
        return padded if is_batch else array.squeeze(padded, axis=[0])


def crop_to_bounding_box(image, offset_height, offset_width, target_height, target_width):
    """A part of images, at an offset from their top left corner. Errors as `pad_to_bounding_box`."""
    with build.name_scope(None, "crop_to_bounding_box", [image]):
        image, is_batch = _as_batch(build.convert_to_tensor(image, name="image"))
        checked = _check_at_least_3d(image)
        batch, height, width, depth = dimensions(image, 4)
        checked += verify(offset_width >= 0, "offset_width must be >= 0.")
        checked += verify(offset_height >= 0, "offset_height must be >= 0.")
        checked += verify(target_width > 0, "target_width must be > 0.")
        checked += verify(target_height > 0, "target_height must be > 0.")
        checked += verify(width >= target_width + offset_width, "width must be >= target + offset.")
        checked += verify(height >= target_height + offset_height, "height must be >= target + offset.")
        image = grouping.with_dependencies(checked, image)
        cropped = slicing.slice(
            image, joining.stack([0, offset_height, offset_width, 0]), joining.stack([-1, target_height, target_width, -1])
        )  # fmt: skip
        cropped.set_shape(_known([batch, target_height, target_width, depth]))
        return cropped if is_batch else array.squeeze(cropped, axis=[0])


def _either(x, y, on_tensors, on_numbers):
    return on_tensors(x, y) if is_tensor(x) or is_tensor(y) else on_numbers(x, y)


def _max(x, y):
    return _either(x, y, math.maximum, max)


def _min(x, y):
    return _either(x, y, math.minimum, min)


def _equal(x, y):
    return _either(x, y, compare.equal, lambda a, b: a == b)


def resize_image_with_crop_or_pad(image, target_height, target_width):
    """Images brought to a size by cutting off, or padding with zeros, equally on both sides."""
    with build.name_scope(None, "resize_image_with_crop_or_pad", [image]):
        image, is_batch = _as_batch(build.convert_to_tensor(image, name="image"))
        checked = _check_at_least_3d(image)
        checked += verify(target_width > 0, "target_width must be > 0.")
        checked += verify(target_height > 0, "target_height must be > 0.")
        image = grouping.with_dependencies(checked, image)
        if is_tensor(target_height):
            target_height = grouping.with_dependencies(checked, target_height)
        if is_tensor(target_width):
            target_width = grouping.with_dependencies(checked, target_width)
        _, height, width, _ = dimensions(image, 4)
        wider = target_width - width
        crop_left, pad_left = _max(-wider // 2, 0), _max(wider // 2, 0)
        higher = target_height - height
        crop_top, pad_top = _max(-higher // 2, 0), _max(higher // 2, 0)
        cropped = crop_to_bounding_box(
            image, crop_top, crop_left, _min(target_height, height), _min(target_width, width)
        )
        resized = pad_to_bounding_box(cropped, pad_top, pad_left, target_height, target_width)
        _, height, width, _ = dimensions(resized, 4)
        checked = verify(_equal(height, target_height), "resized height is not correct.")
        checked += verify(_equal(width, target_width), "resized width is not correct.")
        resized = grouping.with_dependencies(checked, resized)
        return resized if is_batch else array.squeeze(resized, axis=[0])


# -- resizing ------------------------------------------------------------------------------------------------------------


class ResizeMethod:
    """How `resize_images` finds the values between pixels."""

    BILINEAR = 0
    NEAREST_NEIGHBOR = 1
    BICUBIC = 2
    AREA = 3


_OPS = {
    0: "ResizeBilinear", 1: "ResizeNearestNeighbor", 2: "ResizeBicubic", 3: "ResizeArea", "bilinear": "ResizeBilinear",
    "nearest": "ResizeNearestNeighbor", "bicubic": "ResizeBicubic", "area": "ResizeArea",
}  # fmt: skip


def resize_images(images, size, method=0, align_corners=False, preserve_aspect_ratio=False, name=None):
    """Images brought to a size.

    Args:
        images: `[height, width, channels]` or a batch of them.
        size: int32 `[2]`: new height and width.
        method: one of ResizeMethod.
        align_corners: whether the corner pixels keep their values.
        preserve_aspect_ratio: whether the images only just fit into `size`.

    Returns:
        float32, but of the type of `images` with NEAREST_NEIGHBOR, or where nothing has to be done.

    Raises:
        ValueError: another rank, size or method.
    """
    with build.name_scope(name, "resize", [images, size]):
        images = build.convert_to_tensor(images, name="images")
        rank = images.get_shape().ndims
        if rank is None:
            raise ValueError("'images' contains no shape.")
        if rank not in (3, 4):
            raise ValueError("'images' must have either 3 or 4 dimensions.")
        if rank == 3:
            images = array.expand_dims(images, 0)
        _, height, width, _ = images._dims
        try:
            size = build.convert_to_tensor(size, dtypes.int32, name="size")
        except (TypeError, ValueError):
            raise ValueError("'size' must be a 1-D int32 Tensor") from None
        if not size.get_shape().is_compatible_with([2]):
            raise ValueError("'size' must be a 1-D Tensor of 2 elements: new_height, new_width")
        wanted = static_value.shape_from(size) or (None, None)
        if preserve_aspect_ratio:
            size = _fitting(images, wanted)
            wanted = static_value.shape_from(size) or (None, None)
        if None in (height, width) or (height, width) != tuple(wanted):
            if method not in _OPS:
                raise ValueError("Resize method is not implemented.")
            images = build.apply(_OPS[method], images, size, align_corners=align_corners)
            images.set_shape([None, *wanted, None])
        return images if rank == 4 else array.squeeze(images, axis=[0])


def _fitting(images, wanted):
    """The largest size with the proportions of the images that fits into `wanted`."""
    _, *current, _ = dimensions(images, 4)
    factors = [math.cast(new, dtypes.float32) / math.cast(old, dtypes.float32) for new, old in zip(wanted, current)]
    factor = math.minimum(*factors)
    sizes = [math.cast(unary.round(factor * math.cast(old, dtypes.float32)), dtypes.int32) for old in current]
    return build.convert_to_tensor(sizes, dtypes.int32, name="size")


def resize_image_with_pad(image, target_height, target_width, method=0, align_corners=False):
    """Images resized with their proportions kept, and padded with zeros. Args as `resize_images`."""
    with build.name_scope(None, "resize_image_with_pad", [image]):
        image, is_batch = _as_batch(build.convert_to_tensor(image, name="image"))
        checked = _check_at_least_3d(image)
        checked += verify(target_width > 0, "target_width must be > 0.")
        checked += verify(target_height > 0, "target_height must be > 0.")
        image = grouping.with_dependencies(checked, image)
        _, height, width, _ = dimensions(image, 4)
        height, width, new_height, new_width = [
            math.cast(size, dtypes.float64) for size in (height, width, target_height, target_width)
        ]
        ratio = _max(width / new_width, height / new_height)
        exact_height, exact_width = height / ratio, width / ratio
        fitting = [math.cast(unary.floor(size), dtypes.int32) for size in (exact_height, exact_width)]
        above, left = (new_height - exact_height) / 2, (new_width - exact_width) / 2
        above, left = unary.floor(above), unary.floor(left)
        above, left = [_max(0, math.cast(size, dtypes.int32)) for size in (above, left)]
        resized = resize_images(image, fitting, method, align_corners=align_corners)
        padded = pad_to_bounding_box(resized, above, left, target_height, target_width)
        dimensions(padded, 4)
        return padded if is_batch else array.squeeze(padded, axis=[0])


def resize_bilinear(images, size, align_corners=False, name=None, half_pixel_centers=False):
    """A batch of images resized, with values between pixels interpolated; float32."""
    return _resized("ResizeBilinear", images, size, align_corners, half_pixel_centers, name)


def resize_nearest_neighbor(images, size, align_corners=False, name=None, half_pixel_centers=False):
    """A batch of images resized, each new pixel with the value of the nearest old one."""
    return _resized("ResizeNearestNeighbor", images, size, align_corners, half_pixel_centers, name)


def resize_bicubic(images, size, align_corners=False, name=None, half_pixel_centers=False):
    """A batch of images resized with cubic interpolation; float32."""
    return _resized("ResizeBicubic", images, size, align_corners, half_pixel_centers, name)


def _resized(op_type, images, size, align_corners, half_pixel_centers, name):
    return build.apply(
        op_type, images, size, align_corners=align_corners, half_pixel_centers=half_pixel_centers, name=name
    )


def resize_area(images, size, align_corners=False, name=None):
    """A batch of images resized, each new pixel the mean of what it covers; float32."""
    return build.apply("ResizeArea", images, size, align_corners=align_corners, name=name)


@op_def.shape_rule("ResizeBilinear", "ResizeNearestNeighbor", "ResizeBicubic", "ResizeArea")
def _resized_shape(op):
    dims = op.inputs[0]._dims
    if dims is not None and len(dims) != 4:
        raise build.shape_error(op, f"Shape must be rank 4 but is rank {len(dims)}")
    size = static_value.shape_from(op.inputs[1]) or (None, None)
    if len(size) != 2:
        raise build.shape_error(op, f"Dimension must be 2 but is {len(size)}")
    batch, depth = (None, None) if dims is None else (dims[0], dims[3])
    return [(batch, *size, depth)]


@op_def.shape_rule("ResizeBilinearGrad", "ResizeBicubicGrad")
def _gradient_shape(op):
    return [op.inputs[1]._dims]


@op_def.shape_rule("ResizeNearestNeighborGrad")
def _nearest_gradient_shape(op):
    dims = op.inputs[0]._dims or (None,) * 4
    return [(dims[0], *(static_value.shape_from(op.inputs[1]) or (None, None)), dims[3])]


def _modes(op):
    return {key: op.attrs[key] for key in ("align_corners", "half_pixel_centers")}


@op_def.gradient("ResizeBilinear")
def _bilinear_gradient(op, grad):
    if not op.inputs[0].dtype.is_floating:
        return [None, None]
    return [build.apply("ResizeBilinearGrad", grad, op.inputs[0], **_modes(op)), None]


@op_def.gradient("ResizeBicubic")
def _bicubic_gradient(op, grad):
    if op.inputs[0].dtype not in (dtypes.float32, dtypes.float64):
        return [None, None]
    return [build.apply("ResizeBicubicGrad", grad, op.inputs[0], **_modes(op)), None]


@op_def.gradient("ResizeNearestNeighbor")
def _nearest_gradient(op, grad):
    image = op.inputs[0]
    known = image._dims is not None and None not in image._dims[1:3]
    size = list(image._dims[1:3]) if known else array.shape(image)[1:3]
    return [build.apply("ResizeNearestNeighborGrad", grad, size, **_modes(op)), None]
