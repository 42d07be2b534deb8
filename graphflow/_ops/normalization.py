"""Means and variances, batch normalisation, and normalisation across channels."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, op_def
from graphflow._ops import array, gather, math, reduce, unary, windows

# -- moments -------------------------------------------------------------------------------------------------------------


def moments(x, axes, shift=None, name=None, keep_dims=None, keepdims=None):
    """Mean and variance over `axes`.

    Args:
        x: float `[...]`; float16 is computed in float32.
        axes: list of ints. For batch normalisation of images: [0, 1, 2].
        shift: not used.
        keepdims, keep_dims: whether the reduced axes stay, with size 1.

    Returns:
        (mean, variance), dtype of `x`.
    """
    keep = bool(windows.renamed("keepdims", keepdims, "keep_dims", keep_dims))
    with build.name_scope(name, "moments", [x, axes]):
        is_half = x.dtype.base_dtype == dtypes.float16
        y = math.cast(x, dtypes.float32) if is_half else x
        mean = reduce.reduce_mean(y, axes, keepdims=True, name="mean")
        squares = math.squared_difference(y, array.stop_gradient(mean))
        variance = reduce.reduce_mean(squares, axes, keepdims=True, name="variance")
        if not keep:
            mean, variance = array.squeeze(mean, axes), array.squeeze(variance, axes)
        return (math.cast(mean, dtypes.float16), math.cast(variance, dtypes.float16)) if is_half else (mean, variance)


def weighted_moments(x, axes, frequency_weights, name=None, keep_dims=None, keepdims=None):
    """Mean and variance over `axes` of values that occur `frequency_weights` times.

    Args:
        x: float `[...]`.
        frequency_weights: numbers that broadcast to `x`.
        keepdims, keep_dims: whether the reduced axes stay, with size 1.
    """
    keep = bool(windows.renamed("keepdims", keepdims, "keep_dims", keep_dims))
    with build.name_scope(name, "weighted_moments", [x, frequency_weights, axes]):
        x = build.convert_to_tensor(x, name="x")
        weights = build.convert_to_tensor(frequency_weights, name="frequency_weights")
        is_half = x.dtype.base_dtype == dtypes.float16
        x = math.cast(x, dtypes.float32) if is_half else x
        if weights.dtype.base_dtype != x.dtype.base_dtype:
            weights = math.cast(weights, x.dtype.base_dtype)
        total = reduce.reduce_sum(weights * x, axes, name="weighted_input_sum", keepdims=True)
        weight = reduce.reduce_sum(weights + array.zeros_like(x), axes, name="sum_of_weights", keepdims=True)
        divisor = unary.reciprocal(weight, name="inv_weight_sum")
        mean = math.multiply(total, divisor)
        distances = weights * math.squared_difference(x, mean)
        variance = math.multiply(reduce.reduce_sum(distances, axes, name="weighted_distsq", keepdims=True), divisor)
        if not keep:
            mean, variance = array.squeeze(mean, axis=axes), array.squeeze(variance, axis=axes)
        return (math.cast(mean, dtypes.float16), math.cast(variance, dtypes.float16)) if is_half else (mean, variance)


def sufficient_statistics(x, axes, shift=None, keep_dims=None, name=None, keepdims=None):
    """What mean and variance over `axes` are made of: count, sum and sum of squares.

    Args:
        shift: a value near the mean, subtracted first so that the sums keep their digits.

    Returns:
        (count, sum, sum of squares, shift); the last is None without a shift.
    """
    axes = list(set(axes))
    keep = bool(windows.renamed("keepdims", keepdims, "keep_dims", keep_dims))
    with build.name_scope(name, "sufficient_statistics", [x, shift]):
        x = build.convert_to_tensor(x, name="x")
        dims = x._dims
        if dims is not None and all(dims[a] is not None for a in axes):
            count = 1
            for a in axes:
                count *= dims[a]
            count = build.constant(count, dtype=x.dtype.base_dtype)
        else:
            sizes = gather.gather(math.cast(array.shape(x), x.dtype.base_dtype), axes)
            count = reduce.reduce_prod(sizes, name="count")
        if shift is not None:
            shift = build.convert_to_tensor(shift, name="shift")
            values, squares = math.subtract(x, shift), math.squared_difference(x, shift)
        else:
            values, squares = x, unary.square(x)
        values = reduce.reduce_sum(values, axes, keepdims=keep, name="mean_ss")
        squares = reduce.reduce_sum(squares, axes, keepdims=keep, name="var_ss")
        return count, values, squares, shift


def normalize_moments(counts, mean_ss, variance_ss, shift, name=None):
    """(mean, variance) from what `sufficient_statistics` gives."""
    with build.name_scope(name, "normalize", [counts, mean_ss, variance_ss, shift]):
        divisor = unary.reciprocal(counts, name="divisor")
        if shift is None:
            mean = shifted = math.multiply(mean_ss, divisor, name="mean")
        else:
            shifted = math.multiply(mean_ss, divisor, name="shifted_mean")
            mean = math.add(shifted, shift, name="mean")
        variance = math.subtract(math.multiply(variance_ss, divisor), unary.square(shifted), name="variance")
        return mean, variance


# -- batch normalisation -------------------------------------------------------------------------------------------------


def batch_normalization(x, mean, variance, offset, scale, variance_epsilon, name=None):
    """scale (x - mean) / sqrt(variance + epsilon) + offset.

    Args:
        x: float `[...]`.
        mean, variance: tensors that broadcast to `x`, such as those of `moments`.
        offset, scale: likewise, or None for 0 and 1.
        variance_epsilon: a small number against division by zero.

    Source: Ioffe and Szegedy, Batch Normalization (2015).
    """
    with build.name_scope(name, "batchnorm", [x, mean, variance, scale, offset]):
        factor = unary.rsqrt(variance + variance_epsilon)
        if scale is not None:
            factor *= scale
        scaled = x * math.cast(factor, x.dtype.base_dtype)
        rest = offset - mean * factor if offset is not None else -mean * factor
        return scaled + math.cast(rest, x.dtype.base_dtype)


def batch_norm_with_global_normalization(
    t=None, m=None, v=None, beta=None, gamma=None, variance_epsilon=None, scale_after_normalization=None, name=None,
    input=None, mean=None, variance=None,
):  # fmt: skip
    """batch_normalization of `t` by mean `m` and variance `v`, with offset `beta`, and scale `gamma` if wanted."""
    t = windows.renamed("input", input, "t", t)
    m = windows.renamed("mean", mean, "m", m)
    v = windows.renamed("variance", variance, "v", v)
    return batch_normalization(t, m, v, beta, gamma if scale_after_normalization else None, variance_epsilon, name)


_LEAST_EPSILON = 1.001e-5  # what cuDNN accepted; the same on every device


def fused_batch_norm(
    x, scale, offset, mean=None, variance=None, epsilon=0.001, data_format="NHWC", is_training=True, name=None
):
    """Batch normalisation of images in one operation.

    Args:
        x: float `[N, H, W, C]`, or `[N, C, H, W]` with data_format "NCHW".
        scale, offset: `[C]`.
        mean, variance: `[C]`, the moments to use when not training; None when training.
        is_training: whether to normalise by the moments of this batch.

    Returns:
        (y, mean, variance): of the batch when training, the variance then times n / (n - 1).

    Raises:
        ValueError: moments were given though it is training, or a vector is not as long as there are channels.
    """
    x = build.convert_to_tensor(x, name="input")
    scale = build.convert_to_tensor(scale, name="scale")
    offset = build.convert_to_tensor(offset, name="offset")
    if is_training and (mean is not None or variance is not None):
        raise ValueError("Both 'mean' and 'variance' must be None if is_training is True.")
    mean = build.constant([]) if mean is None else mean
    variance = build.constant([]) if variance is None else variance
    return tuple(build.apply(
        "FusedBatchNormV3", x, scale, offset, mean, variance, epsilon=max(epsilon, _LEAST_EPSILON),
        data_format=data_format, is_training=is_training, name=name,
    )[:3])  # fmt: skip


def _channels(op, rank_from, vectors):
    x = windows.with_rank(op, rank_from, 4)
    axis = windows.channel_axis(op.attrs, 4)
    channels = x[axis]
    for i in vectors:
        channels = windows.equal(op, channels, windows.with_rank(op, i, 1)[0])
    return x[:axis] + (channels,) + x[axis + 1 :], (channels,)


@op_def.shape_rule("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
def _fused_shape(op):
    y, vector = _channels(op, 0, (1, 2) if op.attrs["is_training"] else (1, 2, 3, 4))
    # what the third reserve holds is left to the device
    return [y, vector, vector, vector, vector, None][: len(op.outputs)]


@op_def.shape_rule("FusedBatchNormGrad", "FusedBatchNormGradV2", "FusedBatchNormGradV3")
def _fused_gradient_shape(op):
    windows.with_rank(op, 1, 4)
    dims, vector = _channels(op, 0, (2,))
    of_moments = (0,) if op.attrs["is_training"] else vector
    return [dims, vector, vector, of_moments, of_moments]


@op_def.gradient("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
def _fused_gradient(op, grad, *_):
    """Nothing flows back through the moments that come out: they are there to be averaged over batches."""
    suffix = op.type.removeprefix("FusedBatchNorm")
    training = op.attrs["is_training"]
    x, scale = op.inputs[:2]
    saved = op.outputs[3:5] if training else op.inputs[3:5]
    dx, d_scale, d_offset = build.apply(
        "FusedBatchNormGrad" + suffix, grad, x, scale, *saved, *op.outputs[5:], epsilon=op.attrs["epsilon"],
        data_format=op.attrs["data_format"], is_training=training,
    )[:3]  # fmt: skip
    return dx, d_scale, d_offset, None, None


# -- across channels -----------------------------------------------------------------------------------------------------


def local_response_normalization(input, depth_radius=5, bias=1, alpha=1, beta=0.5, name=None):
    """x / (bias + alpha * sum of x ** 2 over the channels within `depth_radius`) ** beta.

    Args:
        input: float `[N, H, W, C]`.

    Source: Krizhevsky et al., ImageNet Classification with Deep Convolutional Neural Networks (2012).
    """
    return build.apply("LRN", input, depth_radius=depth_radius, bias=bias, alpha=alpha, beta=beta, name=name)


@op_def.shape_rule("LRN")
def _lrn_shape(op):
    return [windows.with_rank(op, 0, 4)]


@op_def.shape_rule("LRNGrad")
def _lrn_gradient_shape(op):
    return [windows.with_rank(op, 1, 4)]


@op_def.gradient("LRN")
def _lrn_gradient(op, grad):
    attrs = {key: op.attrs[key] for key in ("depth_radius", "bias", "alpha", "beta")}
    return build.apply("LRNGrad", grad, op.inputs[0], op.outputs[0], **attrs)
