"""Neural-network functions given what they cannot take: the kind of error, and when it comes."""

import numpy as np

from tests.oracle.harness import case, floats

IMAGES, KERNEL = [2, 7, 6, 3], [3, 3, 3, 2]


def rejected(name, make, shapes=(), dtypes=(), feeds=None):
    """A case whose `make(tf, *placeholders)` raises, or its run with `feeds`."""

    def build(tf):
        kinds = list(dtypes) + ["float32"] * (len(shapes) - len(dtypes))
        given = [tf.placeholder(kind, dims, name="p%d" % i) for i, (dims, kind) in enumerate(zip(shapes, kinds))]
        return make(tf, *given)

    case(name=name, feeds=feeds, raises=True)(build)


rejected("conv_rank", lambda tf, x, k: tf.nn.conv2d(x, k, 1, "SAME"), [[2, 7, 6], KERNEL])
rejected("conv_depth", lambda tf, x, k: tf.nn.conv2d(x, k, 1, "SAME"), [IMAGES, [3, 3, 4, 2]])
rejected("conv_groups", lambda tf, x, k: tf.nn.conv2d(x, k, 1, "SAME"), [[2, 7, 6, 4], [3, 3, 2, 3]])
rejected("conv_filter_too_large", lambda tf, x, k: tf.nn.conv2d(x, k, 1, "VALID"), [[2, 2, 2, 3], KERNEL])
rejected("conv_strides", lambda tf, x, k: tf.nn.conv2d(x, k, [1, 1, 1], "SAME"), [IMAGES, KERNEL])
rejected("conv_stride_zero", lambda tf, x, k: tf.nn.conv2d(x, k, [1, 0, 1, 1], "SAME"), [IMAGES, KERNEL])
rejected("conv_dilation_zero", lambda tf, x, k: tf.nn.conv2d(x, k, 1, "SAME", dilations=0), [IMAGES, KERNEL])
rejected("conv_padding_word", lambda tf, x, k: tf.nn.conv2d(x, k, 1, "NOPE"), [IMAGES, KERNEL])
rejected("conv_padding_explicit_word", lambda tf, x, k: tf.nn.conv2d(x, k, 1, "EXPLICIT"), [IMAGES, KERNEL])
rejected("conv_padding_short", lambda tf, x, k: tf.nn.conv2d(x, k, 1, [[0, 0], [1, 1]]), [IMAGES, KERNEL])
rejected("conv_padding_pair", lambda tf, x, k: tf.nn.conv2d(x, k, 1, [[0, 0], [1], [1, 1], [0, 0]]), [IMAGES, KERNEL])
rejected(
    "conv_padding_batch", lambda tf, x, k: tf.nn.conv2d(x, k, 1, [[1, 0], [1, 1], [1, 1], [0, 0]]), [IMAGES, KERNEL]
)
rejected(
    "conv_padding_negative", lambda tf, x, k: tf.nn.conv2d(x, k, 1, [[0, 0], [-1, 1], [1, 1], [0, 0]]), [IMAGES, KERNEL]
)
rejected("conv_data_format", lambda tf, x, k: tf.nn.conv2d(x, k, 1, "SAME", data_format="NHCW"), [IMAGES, KERNEL])
rejected("conv_integers", lambda tf, x, k: tf.nn.conv2d(x, k, 1, "SAME"), [IMAGES, KERNEL], ["int32"])
rejected("conv_types", lambda tf, x, k: tf.nn.conv2d(x, k, 1, "SAME"), [IMAGES, KERNEL], ["float32", "float64"])
rejected("conv_two_filters", lambda tf, x, k: tf.nn.conv2d(x, k, 1, "SAME", filters=k), [IMAGES, KERNEL])
rejected("conv1d_data_format", lambda tf, x, k: tf.nn.conv1d(x, k, 1, "SAME", data_format="X"), [[2, 9, 3], [3, 3, 4]])
rejected("conv1d_rank", lambda tf, x, k: tf.nn.conv1d(x, k, 1, "SAME"), [[2, 9, 3, 2], [3, 3, 4]])
rejected("conv3d_depth", lambda tf, x, k: tf.nn.conv3d(x, k, [1] * 5, "SAME"), [[2, 7, 6, 5, 3], [3, 3, 2, 4, 2]])
rejected("conv3d_strides", lambda tf, x, k: tf.nn.conv3d(x, k, [1] * 4, "SAME"), [[2, 7, 6, 5, 3], [3, 3, 2, 3, 2]])
rejected("depthwise_depth", lambda tf, x, k: tf.nn.depthwise_conv2d(x, k, [1] * 4, "SAME"), [IMAGES, [3, 3, 4, 2]])
rejected(
    "separable_depth",
    lambda tf, x, k, p: tf.nn.separable_conv2d(x, k, p, [1] * 4, "SAME"),
    [IMAGES, KERNEL, [1, 1, 5, 4]],
)
rejected(
    "separable_pointwise",
    lambda tf, x, k, p: tf.nn.separable_conv2d(x, k, p, [1] * 4, "SAME"),
    [IMAGES, KERNEL, [2, 1, 6, 4]],
)
rejected(
    "transpose_rank", lambda tf, x, k: tf.nn.conv2d_transpose(x, k, [2, 8, 6, 5, 1], 2), [[2, 4, 3, 2], [3, 3, 5, 2]]
)
rejected("convolution_rank_unknown", lambda tf, x, k: tf.nn.convolution(x, k, "SAME"), [None, None])
rejected("convolution_rank", lambda tf, x, k: tf.nn.convolution(x, k, "SAME"), [[2, 7], KERNEL])
rejected(
    "convolution_strided_and_dilated",
    lambda tf, x, k: tf.nn.convolution(x, k, "SAME", [2, 2], [2, 2]),
    [IMAGES, KERNEL],
)
rejected("atrous_depth", lambda tf, x, k: tf.nn.atrous_conv2d(x, k, 2, "SAME"), [IMAGES, [3, 3, 4, 2]])

for pooling in ("max_pool", "avg_pool"):

    def pooled(*arguments, function=pooling):
        return lambda tf, x: getattr(tf.nn, function)(x, *arguments)

    rejected(pooling + "_window_too_large", pooled(3, 1, "VALID"), [[2, 2, 2, 3]])
    rejected(pooling + "_rank", pooled(2, 1, "VALID"), [[2, 2, 3]])
    rejected(pooling + "_window_length", pooled([1, 2, 2], 1, "VALID"), [[2, 2, 2, 3]])
    rejected(pooling + "_stride_zero", pooled(2, 0, "VALID"), [[2, 2, 2, 3]])
rejected("max_pool_window_zero", lambda tf, x: tf.nn.max_pool(x, [1, 0, 2, 1], 1, "SAME"), [[2, 2, 2, 3]])
rejected("avg_pool_integers", lambda tf, x: tf.nn.avg_pool(x, 2, 2, "SAME"), [[2, 4, 4, 3]], ["int32"])
rejected("pool_kind", lambda tf, x: tf.nn.pool(x, [2], "MIN", "SAME"), [[2, 9, 2]])
rejected("pool_strides", lambda tf, x: tf.nn.pool(x, [2, 2], "MAX", "SAME", strides=[3, 3]), [[2, 9, 9, 2]])
rejected("pool_same_dilated", lambda tf, x: tf.nn.pool(x, [2, 2], "MAX", "SAME", dilation_rate=[2, 2]), [[2, 9, 9, 2]])
rejected("dilation_depth", lambda tf, x, k: tf.nn.dilation2d(x, k, [1] * 4, [1] * 4, "SAME"), [[2, 9, 9, 2], [3, 3, 3]])

rejected("bias_length", lambda tf, x, b: tf.nn.bias_add(x, b), [[2, 3], [4]])
rejected("bias_of_a_vector", lambda tf, x, b: tf.nn.bias_add(x, b), [[3], [3]])
rejected("bias_rank", lambda tf, x, b: tf.nn.bias_add(x, b), [[2, 3], [1, 3]])
rejected("bias_data_format", lambda tf, x, b: tf.nn.bias_add(x, b, data_format="xx"), [[2, 3], [3]])
rejected("relu_of_bools", lambda tf, x: tf.nn.relu(x), [[2]], ["bool"])
rejected("elu_of_integers", lambda tf, x: tf.nn.elu(x), [[2]], ["int32"])
rejected("softmax_of_a_scalar", lambda tf, x: tf.nn.softmax(x), [[]])
rejected("softmax_axis", lambda tf, x: tf.nn.softmax(x, axis=3), [[2, 3, 4]])
rejected("softmax_axis_of_unknown_rank", lambda tf, x: tf.nn.softmax(x, axis=0), [None])
rejected("softmax_two_axes", lambda tf, x: tf.nn.softmax(x, axis=1, dim=1), [[2, 3]])
rejected("dropout_nothing", lambda tf, x: tf.nn.dropout(x), [[2, 3]])
rejected("dropout_both", lambda tf, x: tf.nn.dropout(x, 0.5, rate=0.5), [[2, 3]])
rejected("dropout_all", lambda tf, x: tf.nn.dropout(x, rate=1.0), [[2, 3]])
rejected("dropout_text", lambda tf, x: tf.nn.dropout(x, "half"), [[2, 3]])
rejected("dropout_integers", lambda tf, x: tf.nn.dropout(x, 0.5), [[2, 3]], ["int32"])
rejected("dropout_rate_vector", lambda tf, x, r: tf.nn.dropout(x, r), [[2, 3], [2]])


def xent(function, **swapped):
    def make(tf, labels, logits):
        return getattr(tf.nn, function)(labels=labels, logits=logits, **swapped)

    return make


for function in (
    "softmax_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits_v2",
    "sigmoid_cross_entropy_with_logits",
):
    rejected(function + "_shapes", xent(function), [[2, 3], [2, 4]])
rejected("xent_positional", lambda tf, z, x: tf.nn.softmax_cross_entropy_with_logits(z, x), [[2, 3], [2, 3]])
rejected("xent_without_logits", lambda tf, z: tf.nn.softmax_cross_entropy_with_logits(labels=z), [[2, 3]])
rejected("weighted_shapes", xent("weighted_cross_entropy_with_logits", pos_weight=2.0), [[2, 3], [None, 4]])
rejected("poisson_shapes", lambda tf, z, x: tf.nn.log_poisson_loss(z, x), [[2, 3], [2, 4]])
SPARSE = xent("sparse_softmax_cross_entropy_with_logits")
rejected("sparse_scalar_logits", SPARSE, [[2], []], ["int32"])
rejected("sparse_rank", SPARSE, [[2, 1], [2, 3]], ["int32"])
rejected("sparse_rows", SPARSE, [[2], [3, 3]], ["int32"])
rejected("sparse_float_labels", SPARSE, [[2], [2, 3]])
for label in (-1, 5):
    rejected(
        "sparse_label_{}".format(label), SPARSE, [[None], [None, 5]], ["int32"],
        {"p0": np.array([0, label], np.int32), "p1": floats(2, 5)},
    )  # fmt: skip
rejected(
    "sparse_rows_when_run", SPARSE, [[None, 2], [None, 2, 3]], ["int32"],
    {"p0": np.zeros((3, 2), np.int32), "p1": floats(2, 2, 3)},
)  # fmt: skip

rejected("fused_with_moments", lambda tf, x, v: tf.nn.fused_batch_norm(x, v, v, v, v), [[2, 3, 3, 4], [4]])
rejected("fused_scale", lambda tf, x, v, w: tf.nn.fused_batch_norm(x, v, w), [[2, 3, 3, 4], [3], [4]])
rejected("fused_rank", lambda tf, x, v: tf.nn.fused_batch_norm(x, v, v), [[2, 3, 4], [4]])
rejected("fused_float64", lambda tf, x, v: tf.nn.fused_batch_norm(x, v, v), [[2, 3, 3, 4], [4]], ["float64"])
rejected("lrn_rank", lambda tf, x: tf.nn.lrn(x), [[2, 3, 4]])
rejected("moments_axis", lambda tf, x: tf.nn.moments(x, [3]), [[2, 3]])

rejected("embedding_nothing", lambda tf, i: tf.nn.embedding_lookup(None, i), [[6]], ["int64"])
rejected("embedding_no_table", lambda tf, i: tf.nn.embedding_lookup([], i), [[6]], ["int64"])
rejected(
    "embedding_strategy", lambda tf, i, a, b: tf.nn.embedding_lookup([a, b], i, "x"), [[6], [5, 3], [4, 3]], ["int64"]
)
rejected(
    "embedding_row",
    lambda tf, t, i: tf.nn.embedding_lookup(t, i),
    [[4, 3], [2]],
    ["float32", "int32"],
    {"p0": floats(4, 3), "p1": [0, 4]},
)
rejected("top_k_short_rows", lambda tf, x: tf.nn.top_k(x, 7), [[2, 6]])
rejected("top_k_of_a_scalar", lambda tf, x: tf.nn.top_k(x, 1), [[]])
rejected("top_k_negative", lambda tf, x: tf.nn.top_k(x, -1), [[2, 6]])
rejected("top_k_of_k_s", lambda tf, x: tf.nn.top_k(x, [1, 2]), [[2, 6]])
rejected("top_k_short_rows_when_run", lambda tf, x: tf.nn.top_k(x, 7), [[2, None]], feeds={"p0": floats(2, 6)})
rejected("in_top_k_rows", lambda tf, x, t: tf.nn.in_top_k(x, t, 2), [[2, 6], [3]], ["float32", "int32"])
rejected("in_top_k_rank", lambda tf, x, t: tf.nn.in_top_k(x, t, 2), [[6], [None]], ["float32", "int32"])
