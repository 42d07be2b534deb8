"""`tf.contrib.image`: projective transforms, warps and splines; `tf.contrib.resampler`. All made of differentiable operations."""

from __future__ import annotations

from graphflow._autodiff import custom_gradient
from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._ops import (
    array,
    choosing,
    compare,
    gather,
    joining,
    linalg,
    math,
    matmul,
    rearrange,
    reduce,
    unary,
)  # fmt: skip

# -- transforms ----------------------------------------------------------------------------------------------------------


def rotate(images, angles, interpolation="NEAREST", name=None):
    """Images turned counterclockwise about their middle.

    Args:
        images: [N, H, W, C], [H, W, C] or [H, W].
        angles: in radians, a scalar or [N].
        interpolation: "NEAREST" or "BILINEAR".
    """
    with build.name_scope(name, "rotate"):
        images = build.convert_to_tensor(images)
        sizes = array.shape(_batch_of(images))
        height, width = (math.cast(sizes[i], dtypes.float32) for i in (1, 2))
        turns = angles_to_projective_transforms(angles, height, width)
        return transform(images, turns, interpolation=interpolation)


def translate(images, translations, interpolation="NEAREST", name=None):
    """Images moved by `translations`, [2] or [N, 2], (dx, dy)."""
    with build.name_scope(name, "translate"):
        return transform(images, translations_to_projective_transforms(translations), interpolation=interpolation)


def angles_to_projective_transforms(angles, image_height, image_width, name=None):
    """The transforms [N, 8] that turn images about their middle by `angles`, a scalar or [N]."""
    with build.name_scope(name, "angles_to_projective_transforms"):
        angles = build.convert_to_tensor(angles, name="angles", dtype=dtypes.float32)
        angles = _rows(angles, 0, "angles")
        cos, sin = unary.cos(angles), unary.sin(angles)
        x, y = image_width - 1, image_height - 1
        move_x, move_y = (x - (cos * x - sin * y)) / 2.0, (y - (sin * x + cos * y)) / 2.0
        zeros = array.zeros_like(angles)
        return joining.stack([cos, -sin, move_x, sin, cos, move_y, zeros, zeros], axis=1)


def translations_to_projective_transforms(translations, name=None):
    """The transforms [N, 8] that move images by `translations`, [2] or [N, 2]."""
    with build.name_scope(name, "translations_to_projective_transforms"):
        moves = build.convert_to_tensor(translations, name="translations", dtype=dtypes.float32)
        moves = _rows(moves, 1, "translations")
        dx, dy = moves[:, 0], moves[:, 1]
        ones, zeros = array.ones_like(dx), array.zeros_like(dx)
        return joining.stack([ones, zeros, -dx, zeros, ones, -dy, zeros, zeros], axis=1)


def _rows(x, rank, name):
    """A row for each image: one is made of a value for all."""
    if x._dims is None or len(x._dims) not in (rank, rank + 1):
        raise TypeError(f"{name} should have rank {rank} or {rank + 1}, got {x.shape}")
    return x[None] if len(x._dims) == rank else x


def transform(images, transforms, interpolation="NEAREST", output_shape=None, name=None):
    """The image whose point (x, y) is that of the given one at ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k),
    k = c0 x + c1 y + 1; 0 outside.

    Args:
        images: [N, H, W, C], [H, W, C] or [H, W].
        transforms: [8] or [N, 8] (or [1, 8]): a0, a1, a2, b0, b1, b2, c0, c1.
        interpolation: "NEAREST" or "BILINEAR".
        output_shape: height and width; those of the images when None.

    Raises:
        TypeError, ValueError: an argument has another rank, or the interpolation another name.
    """
    if interpolation not in ("NEAREST", "BILINEAR"):
        raise ValueError(f"interpolation must be NEAREST or BILINEAR, got {interpolation}")
    with build.name_scope(name, "transform"):
        given = build.convert_to_tensor(images, name="images")
        images = _batch_of(given)
        transforms = _rows(build.convert_to_tensor(transforms, dtypes.float32, "transforms"), 1, "transforms")
        sizes = array.shape(images)
        height, width = (sizes[1], sizes[2]) if output_shape is None else output_shape

        def transformed(x):
            def gradient(grad):  # as TensorFlow has it: what arrives, transformed back
                back = linalg.matrix_inverse(flat_transforms_to_matrices(transforms))
                return _transformed(grad, matrices_to_flat_transforms(back), sizes[1], sizes[2], interpolation)

            return _transformed(x, transforms, height, width, interpolation), gradient

        out = custom_gradient.custom_gradient(transformed)(images)
        if output_shape is None:
            out.set_shape(images.shape)
        rank = len(given._dims)
        return out if rank == 4 else out[0] if rank == 3 else out[0, :, :, 0]


def _transformed(images, transforms, height, width, interpolation):
    y, x = rearrange.meshgrid(
        math.cast(math.range(height), dtypes.float32), math.cast(math.range(width), dtypes.float32), indexing="ij"
    )
    a = [transforms[:, i, None, None] for i in range(8)]
    k = a[6] * x + a[7] * y + 1.0
    found_x, found_y = (a[0] * x + a[1] * y + a[2]) / k, (a[3] * x + a[4] * y + a[5]) / k
    shape = joining.stack([array.shape(images)[0], height, width])
    found_x, found_y = rearrange.broadcast_to(found_x, shape), rearrange.broadcast_to(found_y, shape)
    read = _nearest if interpolation == "NEAREST" else _between
    return read(images, found_y, found_x)


def _batch_of(images):
    """Images as [N, H, W, C]."""
    rank = None if images._dims is None else len(images._dims)
    if rank not in (2, 3, 4):
        raise TypeError(f"Images should have rank between 2 and 4, got {images.shape}")
    return images if rank == 4 else images[None] if rank == 3 else images[None, :, :, None]


def compose_transforms(*transforms):
    """The transform that does all of these, the first one first."""
    with build.name_scope("compose_transforms"):
        composed = flat_transforms_to_matrices(transforms[0])
        for one in transforms[1:]:
            composed = matmul.matmul(composed, flat_transforms_to_matrices(one))
        return matrices_to_flat_transforms(composed)


def flat_transforms_to_matrices(transforms):
    """[N, 8] as matrices [N, 3, 3]."""
    with build.name_scope("flat_transforms_to_matrices"):
        rows = array.reshape(build.convert_to_tensor(transforms, dtypes.float32), [-1, 8])
        return array.reshape(array.concat([rows, array.ones([array.shape(rows)[0], 1])], 1), [-1, 3, 3])


def matrices_to_flat_transforms(transform_matrices):
    """Matrices [N, 3, 3] as [N, 8]."""
    with build.name_scope("matrices_to_flat_transforms"):
        rows = array.reshape(build.convert_to_tensor(transform_matrices, dtypes.float32), [-1, 9])
        return (rows / rows[:, 8:9])[:, :8]


# -- reading between pixels ----------------------------------------------------------------------------------------------


def _at(images, y, x):
    """Pixels [N, h, w, C] at whole places; 0 outside."""
    sizes = array.shape(images)
    height, width = sizes[1], sizes[2]
    y, x = math.cast(y, dtypes.int32), math.cast(x, dtypes.int32)
    inside = compare.logical_and(
        compare.logical_and(y >= 0, y < height), compare.logical_and(x >= 0, x < width)
    )  # fmt: skip
    batch = array.zeros_like(y) + math.range(sizes[0])[:, None, None]
    places = joining.stack([batch, _held(y, height - 1), _held(x, width - 1)], -1)
    seen = gather.gather_nd(images, places)
    return seen * math.cast(inside, images.dtype)[..., None]


def _held(i, last):
    return math.maximum(0, math.minimum(i, last))


def _nearest(images, y, x):
    """The nearest pixel; halves go away from 0."""
    return _at(images, *(unary.sign(v) * unary.floor(unary.abs(v) + 0.5) for v in (y, x)))


def _between(images, y, x):
    """Bilinear interpolation."""
    top, left = unary.floor(y), unary.floor(x)
    down, right = (y - top)[..., None], (x - left)[..., None]
    upper = _at(images, top, left) * (1 - right) + _at(images, top, left + 1) * right
    lower = _at(images, top + 1, left) * (1 - right) + _at(images, top + 1, left + 1) * right
    return upper * (1 - down) + lower * down


def resampler(data, warp, name="resampler"):
    """Bilinear samples of images, 0 outside.

    Args:
        data: floats [N, H, W, C].
        warp: floats [N, ..., 2], the places (x, y).

    Returns:
        [N, ..., C].
    """
    with build.name_scope(name, "resampler", [data, warp]):
        data, warp = build.convert_to_tensor(data, name="data"), build.convert_to_tensor(warp, name="warp")
        rows = array.reshape(warp, array.concat([array.shape(warp)[:1], [-1, 1, 2]], 0))
        found = _between(data, rows[..., 1], rows[..., 0])
        return array.reshape(found, array.concat([array.shape(warp)[:-1], array.shape(data)[-1:]], 0))


def dense_image_warp(image, flow, name="dense_image_warp"):
    """The image whose pixel (y, x) is that of the given one at (y, x) - flow[y, x], between pixels bilinearly.

    Args:
        image: floats [N, H, W, C].
        flow: floats [N, H, W, 2], (dy, dx).
    """
    with build.name_scope(name, None, [image, flow]):
        image, flow = build.convert_to_tensor(image), build.convert_to_tensor(flow)
        sizes = array.shape(image)
        y, x = rearrange.meshgrid(math.range(sizes[1]), math.range(sizes[2]), indexing="ij")
        wanted = math.cast(joining.stack([y, x], -1), flow.dtype)[None] - flow
        last = math.cast(sizes[1:3], flow.dtype) - 2.0
        first = math.maximum(math.minimum(last, unary.floor(wanted)), 0.0)
        part = math.minimum(math.maximum(wanted - first, 0.0), 1.0)
        held = first + part
        return _between(image, held[..., 0], held[..., 1])


# -- splines -------------------------------------------------------------------------------------------------------------


def _basis(squares, order):
    """The radial function of squared distances."""
    tiny = 1e-10
    if order == 1:
        return unary.sqrt(math.maximum(squares, tiny))
    if order == 2:
        return 0.5 * squares * unary.log(math.maximum(squares, tiny))
    if order == 4:
        return 0.5 * unary.square(squares) * unary.log(math.maximum(squares, tiny))
    if order % 2 == 0:
        squares = math.maximum(squares, tiny)
        return 0.5 * math.pow(squares, 0.5 * order) * unary.log(squares)
    return math.pow(math.maximum(squares, tiny), 0.5 * order)


def _squares(a, b):
    """Squared distances of all points of a to all of b."""
    lengths = (reduce.reduce_sum(unary.square(p), 2) for p in (a, b))
    of_a, of_b = lengths
    return of_a[:, :, None] - 2.0 * matmul.matmul(a, b, transpose_b=True) + of_b[:, None, :]


def interpolate_spline(
    train_points, train_values, query_points, order, regularization_weight=0.0, name="interpolate_spline"
):  # fmt: skip
    """Values between known ones, by a polyharmonic spline.

    Args:
        train_points: [N, n, d]. train_values: [N, n, k]. query_points: [N, m, d].
        order: of the spline; 2 is a thin plate.
        regularization_weight: above 0, the spline need not go through the values.

    Returns:
        [N, m, k].
    """
    with build.name_scope(name):
        points, values, wanted = (build.convert_to_tensor(t) for t in (train_points, train_values, query_points))
        ones = array.ones_like(points[..., :1])
        matrix = _basis(_squares(points, points), order)
        if regularization_weight > 0:
            unit = choosing.one_hot(math.range(array.shape(points)[1]), array.shape(points)[1], dtype=points.dtype)
            matrix += regularization_weight * unit
        plane = array.concat([points, ones], 2)
        corner = array.zeros_like(matmul.matmul(plane, plane, transpose_a=True))
        top = array.concat([matrix, plane], 2)
        bottom = array.concat([rearrange.matrix_transpose(plane), corner], 2)
        right = array.concat([values, array.zeros_like(matmul.matmul(plane, values, transpose_a=True))], 1)
        found = linalg.matrix_solve(array.concat([top, bottom], 1), right)
        n = array.shape(points)[1]
        curved = matmul.matmul(_basis(_squares(wanted, points), order), found[:, :n])
        return curved + matmul.matmul(array.concat([wanted, array.ones_like(wanted[..., :1])], 2), found[:, n:])


def sparse_image_warp(
    image, source_control_point_locations, dest_control_point_locations, interpolation_order=2, regularization_weight=0.0,
    num_boundary_points=0, name="sparse_image_warp",
):  # fmt: skip
    """The image bent so that the source points come to lie at the destinations.

    Args:
        image: floats [N, H, W, C] of known size.
        source_control_point_locations, dest_control_point_locations: [N, n, 2], (y, x).
        num_boundary_points: how many points of each edge stay where they are.

    Returns:
        (warped image, flow [N, H, W, 2]).
    """
    with build.name_scope(name):
        image = build.convert_to_tensor(image)
        source = build.convert_to_tensor(source_control_point_locations)
        dest = build.convert_to_tensor(dest_control_point_locations)
        count, height, width, _ = image.shape.as_list()
        moves = dest - source
        if num_boundary_points > 0:
            fixed = build.constant(_edge_points(height, width, num_boundary_points - 1), dest.dtype)
            fixed = rearrange.tile(fixed[None], [count, 1, 1])
            dest, moves = array.concat([dest, fixed], 1), array.concat([moves, array.zeros_like(fixed)], 1)
        grid = [[[float(y), float(x)] for y in range(height) for x in range(width)]]
        wanted = rearrange.tile(build.constant(grid, dest.dtype), [count, 1, 1])
        flow = interpolate_spline(dest, moves, wanted, interpolation_order, regularization_weight)
        flow = array.reshape(flow, [count, height, width, 2])
        return dense_image_warp(image, flow), flow


def _edge_points(height, width, between):
    """Points (y, x) along the edges: the corners, and `between` others a side."""
    ys = [(height - 1) * i / (between + 1) for i in range(between + 2)]
    xs = [(width - 1) * i / (between + 1) for i in range(between + 2)]
    return [[y, x] for y in ys for x in xs if y in (0, height - 1) or x in (0, width - 1)]
