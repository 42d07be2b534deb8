"""Boxes in images: `[top, left, bottom, right]`, mostly as parts of height and width."""

from __future__ import annotations

import collections

from graphflow._graph import build, op_def, static_value
from graphflow._ops import reduce


def draw_bounding_boxes(images, boxes, name=None, colors=None):
    """A batch of images with boxes drawn into them.

    Args:
        images: `[batch, height, width, depth]`, float32 or float16.
        boxes: `[batch, boxes, 4]`, parts of height and width.
        colors: `[colors, depth]`; ten that differ well when None.
    """
    if colors is None:
        return build.apply("DrawBoundingBoxes", images, boxes, name=name)
    return build.apply("DrawBoundingBoxesV2", images, boxes, colors, name=name)


op_def.shape_rule("DrawBoundingBoxes", "DrawBoundingBoxesV2")(lambda op: [op.inputs[0]._dims])


def non_max_suppression(boxes, scores, max_output_size, iou_threshold=0.5, score_threshold=float("-inf"), name=None):
    """The numbers of the boxes that stay when those that overlap one of a higher score too much go.

    Args:
        boxes: float32 `[boxes, 4]`.
        scores: float32 `[boxes]`.
        max_output_size: the most boxes that stay, an int32 scalar.
        iou_threshold: how much may be common to two boxes, of what both cover.
        score_threshold: boxes of no higher score go.

    Returns:
        int32 `[at most max_output_size]`, the highest score first.
    """
    with build.name_scope(name, "non_max_suppression"):
        overlap, least = _thresholds(iou_threshold, score_threshold)
        return build.apply("NonMaxSuppressionV3", boxes, scores, max_output_size, overlap, least)


def non_max_suppression_with_scores(
    boxes, scores, max_output_size, iou_threshold=0.5, score_threshold=float("-inf"), soft_nms_sigma=0.0, name=None
):
    """As `non_max_suppression`, with the scores; with `soft_nms_sigma` above 0 overlaps also lower scores."""
    with build.name_scope(name, "non_max_suppression_with_scores"):
        overlap, least = _thresholds(iou_threshold, score_threshold)
        sigma = build.convert_to_tensor(soft_nms_sigma, name="soft_nms_sigma")
        chosen, kept, _ = build.apply("NonMaxSuppressionV5", boxes, scores, max_output_size, overlap, least, sigma)
        return chosen, kept


def non_max_suppression_padded(
    boxes, scores, max_output_size, iou_threshold=0.5, score_threshold=float("-inf"), pad_to_max_output_size=False,
    name=None,
):  # fmt: skip
    """As `non_max_suppression`: (numbers, filled up with zeros if wanted; how many there are)."""
    with build.name_scope(name, "non_max_suppression_padded"):
        overlap, least = _thresholds(iou_threshold, score_threshold)
        return build.apply(
            "NonMaxSuppressionV4", boxes, scores, max_output_size, overlap, least,
            pad_to_max_output_size=pad_to_max_output_size,
        )  # fmt: skip


def non_max_suppression_overlaps(
    overlaps, scores, max_output_size, overlap_threshold=0.5, score_threshold=float("-inf"), name=None
):
    """As `non_max_suppression`, with the overlap of each pair given as `[boxes, boxes]`."""
    with build.name_scope(name, "non_max_suppression_overlaps"):
        overlap = build.convert_to_tensor(overlap_threshold, name="overlap_threshold")
        return build.apply("NonMaxSuppressionWithOverlaps", overlaps, scores, max_output_size, overlap, score_threshold)


def _thresholds(iou_threshold, score_threshold):
    return (
        build.convert_to_tensor(iou_threshold, name="iou_threshold"),
        build.convert_to_tensor(score_threshold, name="score_threshold"),
    )


op_def.shape_rule("NonMaxSuppression", "NonMaxSuppressionV2", "NonMaxSuppressionV3", "NonMaxSuppressionWithOverlaps")(
    lambda op: [(None,)]
)


@op_def.shape_rule("NonMaxSuppressionV4", "NonMaxSuppressionV5")
def _suppressed_shape(op):
    size = static_value.known_int(op.inputs[2]) if op.attrs["pad_to_max_output_size"] else None
    return [(size,), ()] if op.type == "NonMaxSuppressionV4" else [(size,), (size,), ()]


def crop_and_resize(
    image, boxes, box_ind=None, crop_size=None, method="bilinear", extrapolation_value=0, name=None, box_indices=None
):
    """Parts of images, all brought to one size.

    Args:
        image: `[batch, height, width, depth]`.
        boxes: float32 `[boxes, 4]`, parts of height and width; they may reach beyond the image.
        box_ind, box_indices: int32 `[boxes]`: which image each box is of.
        crop_size: int32 `[2]`: height and width of the crops.
        method: "bilinear" or "nearest".
        extrapolation_value: what stands outside the image.

    Returns:
        float32 `[boxes, crop_height, crop_width, depth]`.
    """
    owners = reduce.either("box_indices", box_indices, "box_ind", box_ind)
    return build.apply(
        "CropAndResize", image, boxes, owners, crop_size, method=method, extrapolation_value=extrapolation_value, name=name
    )  # fmt: skip


@op_def.shape_rule("CropAndResize")
def _crops_shape(op):
    image, boxes, owners = (t._dims for t in op.inputs[:3])
    for dims, rank in ((image, 4), (boxes, 2), (owners, 1)):
        if dims is not None and len(dims) != rank:
            raise build.shape_error(op, f"Shape must be rank {rank} but is rank {len(dims)}")
    size = static_value.shape_from(op.inputs[3]) or (None, None)
    count = boxes[0] if boxes and boxes[0] is not None else owners and owners[0]
    return [(count, *size, image and image[3])]


op_def.not_differentiable(
    "DrawBoundingBoxes", "DrawBoundingBoxesV2", "NonMaxSuppression", "NonMaxSuppressionV2", "NonMaxSuppressionV3",
    "NonMaxSuppressionV4", "NonMaxSuppressionV5", "NonMaxSuppressionWithOverlaps", because="boxes are chosen, not computed",
)  # fmt: skip


def sample_distorted_bounding_box(
    image_size, bounding_boxes, seed=None, seed2=None, min_object_covered=0.1, aspect_ratio_range=None, area_range=None,
    max_attempts=None, use_image_if_no_bounding_boxes=None, name=None,
):  # fmt: skip
    """A random part of an image that shows enough of one of its objects; the whole where none is found.

    Args:
        image_size: `[height, width, channels]`, integers.
        bounding_boxes: float32 `[batch, boxes, 4]`: the objects, as parts of height and width.
        min_object_covered: how much of an object must be seen.
        aspect_ratio_range: of width to height; (0.75, 1.33) when None.
        area_range: of the part, as parts of the whole; (0.05, 1) when None.
        max_attempts: 100 when None.
        use_image_if_no_bounding_boxes: whether the whole image is the object where there is none.

    Returns:
        (begin `[3]`, size `[3]`) for `tf.slice`, and the box `[1, 1, 4]` for `draw_bounding_boxes`.
    """
    with build.name_scope(name, "sample_distorted_bounding_box"):
        return _Sample(
            *build.apply(
                "SampleDistortedBoundingBoxV2", image_size, bounding_boxes, min_object_covered, seed=seed, seed2=seed2,
                aspect_ratio_range=aspect_ratio_range, area_range=area_range, max_attempts=max_attempts,
                use_image_if_no_bounding_boxes=use_image_if_no_bounding_boxes, name=name,
            )
        )  # fmt: skip


_Sample = collections.namedtuple("_Sample", ["begin", "size", "bboxes"])
op_def.shape_rule("SampleDistortedBoundingBox", "SampleDistortedBoundingBoxV2")(lambda op: [(3,), (3,), (1, 1, 4)])
op_def.not_differentiable(
    "SampleDistortedBoundingBox", "SampleDistortedBoundingBoxV2", because="boxes are chosen, not computed"
)
