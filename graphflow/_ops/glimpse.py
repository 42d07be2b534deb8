"""Glimpses: windows cut out of images at given places. And suppression of boxes over all classes at once."""

from __future__ import annotations

import collections

from graphflow._graph import build, op_def, static_value

CombinedNonMaxSuppression = collections.namedtuple(
    "CombinedNonMaxSuppression", ["nmsed_boxes", "nmsed_scores", "nmsed_classes", "valid_detections"]
)


def extract_glimpse(input, size, offsets, centered=True, normalized=True, uniform_noise=True, name=None):
    """A window of each image; what lies outside of the image is filled with noise.

    Args:
        input: float32 [N, H, W, C].
        size: int32 [2], height and width of the window.
        offsets: float32 [N, 2], (y, x) of its centre.
        centered: whether (0, 0) is the middle of the image, and 1 half its size; else the upper left corner.
        normalized: whether offsets are in units of the image's size.
        uniform_noise: whether noise is uniform between the least and greatest value; else normal.

    Returns:
        float32 [N, size[0], size[1], C].
    """
    return build.apply(
        "ExtractGlimpse", input, size, offsets, centered=centered, normalized=normalized, uniform_noise=uniform_noise,
        name=name,
    )  # fmt: skip


@op_def.shape_rule("ExtractGlimpse")
def _glimpse_shape(op):
    dims, size = op.inputs[0]._dims, static_value.constant_value(op.inputs[1])
    if dims is not None and len(dims) != 4:
        raise build.shape_error(op, f"Shape must be rank 4 but is rank {len(dims)}")
    batch, channels = (None, None) if dims is None else (dims[0], dims[3])
    offsets = op.inputs[2]._dims
    if batch is None and offsets:
        batch = offsets[0]
    height, width = (None, None) if size is None else size.tolist()
    return [(batch, height, width, channels)]


op_def.not_differentiable(
    "ExtractGlimpse", because="TensorFlow has no gradient of it either; tf.image.crop_and_resize has"
)


def combined_non_max_suppression(
    boxes, scores, max_output_size_per_class, max_total_size, iou_threshold=0.5, score_threshold=float("-inf"),
    pad_per_class=False, clip_boxes=True, name=None,
):  # fmt: skip
    """The best boxes of each class without those that overlap them, the best of all classes together.

    Args:
        boxes: float32 [N, boxes, q, 4]; q is 1, or the number of classes.
        scores: float32 [N, boxes, classes].
        max_output_size_per_class, max_total_size: int32 scalars.
        iou_threshold: a box goes that has more than that in common with a better one.
        score_threshold: boxes must have more.
        pad_per_class: whether outputs are no longer than all classes' shares together.
        clip_boxes: whether boxes are cut to [0, 1].

    Returns:
        (nmsed_boxes [N, n, 4], nmsed_scores [N, n], nmsed_classes [N, n], valid_detections int32 [N]), filled with zeros.
    """
    with build.name_scope(name, "combined_non_max_suppression"):
        iou_threshold = build.convert_to_tensor(iou_threshold, "float32", name="iou_threshold")
        score_threshold = build.convert_to_tensor(score_threshold, "float32", name="score_threshold")
        return CombinedNonMaxSuppression(*build.apply(
            "CombinedNonMaxSuppression", boxes, scores, max_output_size_per_class, max_total_size, iou_threshold,
            score_threshold, pad_per_class=pad_per_class, clip_boxes=clip_boxes,
        ))  # fmt: skip


@op_def.shape_rule("CombinedNonMaxSuppression")
def _combined_shape(op):
    boxes, scores = op.inputs[0]._dims, op.inputs[1]._dims
    batch = boxes[0] if boxes else None
    per_class, total = (static_value.known_int(t) for t in op.inputs[2:4])
    size = total
    if op.attrs["pad_per_class"]:
        classes = scores[2] if scores else None
        size = None if None in (per_class, total, classes) else min(total, per_class * classes)
    return [(batch, size, 4), (batch, size), (batch, size), (batch,)]


op_def.not_differentiable("CombinedNonMaxSuppression", because="it chooses boxes")
