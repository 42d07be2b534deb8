"""Measures of images: how they differ, how they vary, their edges."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._ops import (
    array,
    asserts,
    atrous,
    compare,
    control_flow,
    image_colour,
    joining,
    math,
    nn,
    pool,
    rearrange,
    reduce,
    unary,
)  # fmt: skip

_SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_SOBEL = [[[-1, -2, -1], [0, 0, 0], [1, 2, 1]], [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]]


def total_variation(images, name=None):
    """The sum of the differences of neighbouring pixels; one number for each of a batch."""
    with build.name_scope(name, "total_variation"):
        rank = images.get_shape().ndims
        if rank == 3:
            down, right = images[1:, :, :] - images[:-1, :, :], images[:, 1:, :] - images[:, :-1, :]
            axes = None
        elif rank == 4:
            down, right = images[:, 1:, :, :] - images[:, :-1, :, :], images[:, :, 1:, :] - images[:, :, :-1, :]
            axes = [1, 2, 3]
        else:
            raise ValueError("'images' must be either 3 or 4-dimensional.")
        return reduce.reduce_sum(unary.abs(down), axis=axes) + reduce.reduce_sum(unary.abs(right), axis=axes)


def image_gradients(image):
    """(dy, dx): the differences to the next pixel below and to the right; 0 at the last ones.

    Raises:
        ValueError: `image` is no batch of images.
    """
    if image.get_shape().ndims != 4:
        raise ValueError(f"image_gradients expects a 4D tensor [batch_size, h, w, d], not {image.get_shape()}.")
    shape = array.shape(image)
    batch, height, width, depth = joining.unstack(shape)
    dy = image[:, 1:, :, :] - image[:, :-1, :, :]
    dx = image[:, :, 1:, :] - image[:, :, :-1, :]
    row = joining.stack([batch, 1, width, depth])
    dy = array.reshape(array.concat([dy, array.zeros(row, image.dtype)], 1), shape)
    column = joining.stack([batch, height, 1, depth])
    dx = array.reshape(array.concat([dx, array.zeros(column, image.dtype)], 2), shape)
    return dy, dx


def sobel_edges(image):
    """The Sobel filters of a batch of images, vertical and horizontal: `[batch, height, width, depth, 2]`."""
    static, shape = image.get_shape(), array.shape(image)
    kernels = np.expand_dims(np.transpose(np.asarray(_SOBEL), (1, 2, 0)), -2)
    filters = rearrange.tile(build.constant(kernels, dtype=image.dtype), [1, 1, shape[-1], 1], name="sobel_filters")
    padded = rearrange.pad(image, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT")
    output = atrous.depthwise_conv2d(padded, filters, [1, 1, 1, 1], "VALID")
    output = array.reshape(output, shape=array.concat([shape, [len(_SOBEL)]], 0))
    output.set_shape(static.concatenate([len(_SOBEL)]))
    return output


# -- likeness ------------------------------------------------------------------------------------------------------------


def _same_shapes(a, b):
    """(shape of a, shape of b, assertions that the images have one size)."""
    static_a, static_b = a.get_shape().with_rank_at_least(3), b.get_shape().with_rank_at_least(3)
    static_a[-3:].assert_is_compatible_with(static_b[-3:])
    if static_a.ndims is not None and static_b.ndims is not None:
        for one, other in zip(static_a.as_list()[-4::-1], static_b.as_list()[-4::-1]):
            if 1 not in (one, other) and None not in (one, other) and one != other:
                raise ValueError(f"Two images are not compatible: {static_a} and {static_b}")
    shape_a, shape_b = array.shape_n([a, b])
    large = asserts.Assert(compare.greater_equal(array.size(shape_a), 3), [shape_a, shape_b], summarize=10)
    equal = reduce.reduce_all(compare.equal(shape_a[-3:], shape_b[-3:]))
    return shape_a, shape_b, [large, asserts.Assert(equal, [shape_a, shape_b], summarize=10)]


def psnr(a, b, max_val, name=None):
    """The ratio of signal to noise in decibels, where `max_val` is what white is; one number for each pair of images."""
    with build.name_scope(name, "PSNR", [a, b]):
        max_val = image_colour.convert_image_dtype(math.cast(max_val, a.dtype), dtypes.float32)
        a = image_colour.convert_image_dtype(a, dtypes.float32)
        b = image_colour.convert_image_dtype(b, dtypes.float32)
        error = reduce.reduce_mean(math.squared_difference(a, b), [-3, -2, -1])
        ratio = math.subtract(
            20 * unary.log(max_val) / unary.log(10.0), np.float32(10 / np.log(10)) * unary.log(error), name="psnr"
        )
        _, _, checks = _same_shapes(a, b)
        with graph_lib.get_default_graph().control_dependencies(checks):
            return array.identity(ratio)


def _gauss(size, sigma):
    size, sigma = build.convert_to_tensor(size, dtypes.int32), build.convert_to_tensor(sigma)
    places = math.cast(math.range(size), sigma.dtype)
    places -= math.cast(size - 1, sigma.dtype) / 2.0
    g = unary.square(places)
    g *= -0.5 / unary.square(sigma)
    g = array.reshape(g, shape=[1, -1]) + array.reshape(g, shape=[-1, 1])
    g = nn.softmax(array.reshape(g, shape=[1, -1]))
    return array.reshape(g, shape=[size, size, 1, 1])


def _similarity(a, b, max_val, filter_size, filter_sigma, k1, k2):
    """(structural similarity, its part without luminance), a number for each channel."""
    filter_size = build.constant(filter_size, dtype=dtypes.int32)
    filter_sigma = build.constant(filter_sigma, dtype=a.dtype)
    shapes = array.shape_n([a, b])
    checks = [
        asserts.Assert(
            reduce.reduce_all(compare.greater_equal(shape[-3:-1], filter_size)), [shape, filter_size], summarize=8
        )
        for shape in shapes
    ]
    with graph_lib.get_default_graph().control_dependencies(checks):
        a = array.identity(a)
    kernel = _gauss(filter_size, filter_sigma)
    kernel = rearrange.tile(kernel, multiples=[1, 1, shapes[0][-1], 1])

    def local_mean(x):
        shape = array.shape(x)
        x = array.reshape(x, shape=array.concat([[-1], shape[-3:]], 0))
        y = atrous.depthwise_conv2d(x, kernel, strides=[1, 1, 1, 1], padding="VALID")
        return array.reshape(y, array.concat([shape[:-3], array.shape(y)[1:]], 0))

    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    mean_a, mean_b = local_mean(a), local_mean(b)
    product, squares = mean_a * mean_b * 2.0, unary.square(mean_a) + unary.square(mean_b)
    luminance = (product + c1) / (squares + c1)
    both = local_mean(a * b) * 2.0
    each = local_mean(unary.square(a) + unary.square(b))
    c2 *= 1.0
    contrast = (both - product + c2) / (each - squares + c2)
    axes = build.constant([-3, -2], dtype=dtypes.int32)
    return reduce.reduce_mean(luminance * contrast, axes), reduce.reduce_mean(contrast, axes)


def ssim(img1, img2, max_val, filter_size=11, filter_sigma=1.5, k1=0.01, k2=0.03):
    """The structural similarity of images, 1 for equal ones; one number for each pair."""
    _, _, checks = _same_shapes(img1, img2)
    with graph_lib.get_default_graph().control_dependencies(checks):
        img1 = array.identity(img1)
    max_val = image_colour.convert_image_dtype(math.cast(max_val, img1.dtype), dtypes.float32)
    img1 = image_colour.convert_image_dtype(img1, dtypes.float32)
    img2 = image_colour.convert_image_dtype(img2, dtypes.float32)
    found, _ = _similarity(img1, img2, max_val, filter_size, filter_sigma, k1, k2)
    return reduce.reduce_mean(found, [-1])


def ssim_multiscale(img1, img2, max_val, power_factors=_SCALES, filter_size=11, filter_sigma=1.5, k1=0.01, k2=0.03):
    """The structural similarity on several scales, each half the size of the one before; one number for each pair.

    Args:
        power_factors: the weight of each scale.
    """
    with build.name_scope(None, "MS-SSIM", [img1, img2]):
        img1 = build.convert_to_tensor(img1, name="img1")
        img2 = build.convert_to_tensor(img2, name="img2")
        *shapes, checks = _same_shapes(img1, img2)
        with graph_lib.get_default_graph().control_dependencies(checks):
            img1 = array.identity(img1)
        max_val = image_colour.convert_image_dtype(math.cast(max_val, img1.dtype), dtypes.float32)
        images = [image_colour.convert_image_dtype(x, dtypes.float32) for x in (img1, img2)]
        heads, tails = [s[:-3] for s in shapes], [s[-3:] for s in shapes]
        halves = build.constant([2, 2, 1], dtype=dtypes.int32)
        parts = []
        for number in range(len(power_factors)):
            with build.name_scope(None, f"Scale{number}", images):
                if number:
                    images, tails = _halved(images, heads, tails, halves)
                found, contrast = _similarity(*images, max_val, filter_size, filter_sigma, k1, k2)
                parts.append(nn.relu(contrast))
        parts[-1] = nn.relu(found)
        powers = math.pow(joining.stack(parts, axis=-1), power_factors)
        return reduce.reduce_mean(reduce.reduce_prod(powers, [-1]), [-1])


def _halved(images, heads, tails, halves):
    """Images of half the size, and their new shapes; odd ones are padded by repeating the last row or column."""
    flat = [array.reshape(x, array.concat([[-1], tail], 0)) for x, tail in zip(images, tails)]
    left = tails[0] % halves

    def padded():
        padding = rearrange.pad(array.expand_dims(left, -1), [[1, 0], [1, 0]])
        return [rearrange.pad(x, padding, mode="SYMMETRIC") for x in flat]

    even = control_flow.cond(reduce.reduce_any(compare.not_equal(left, 0)), padded, lambda: flat)
    small = [pool.avg_pool(x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="VALID") for x in even]
    tails = [shape[1:] for shape in array.shape_n(small)]
    return [array.reshape(x, array.concat([head, tail], 0)) for x, head, tail in zip(small, heads, tails)], tails
