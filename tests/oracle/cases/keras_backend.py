"""Functions of `K`: values, static shapes, gradients, and the nodes they make."""

import numpy as np
import scipy.sparse

from tests.oracle.harness import floats, integers, keras_script


def run(K, build, arrays, unknown_batch=False, nodes=True):
    """What `build(K, *placeholders)` gives for arrays, with its gradients; `nodes` also lists the graph's."""
    shapes = [((None,) if unknown_batch else a.shape[:1]) + a.shape[1:] for a in arrays]
    inputs = [K.placeholder(shape=shape, dtype=a.dtype.name) for shape, a in zip(shapes, arrays)]
    outputs = build(K, *inputs)
    outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
    answer = {}
    if nodes:
        operations = K.tf.get_default_graph().get_operations()
        answer["nodes"] = "\n".join(op.type + " " + op.name for op in operations)
    answer["shapes"] = "\n".join(str(y.get_shape()) + " " + K.dtype(y) for y in outputs)
    smooth = [y for y in outputs if K.dtype(y).startswith("float")]
    sources = [x for x in inputs if K.dtype(x).startswith("float")]
    gradients = K.gradients([K.sum(K.square(y)) for y in smooth], sources) if smooth and sources else []
    named = [("y%d" % i, y) for i, y in enumerate(outputs)]
    named += [("g%d" % i, K.tf.convert_to_tensor(g)) for i, g in enumerate(gradients) if g is not None]
    values = K.function(inputs, [y for _, y in named])(arrays)
    answer.update((name, value) for (name, _), value in zip(named, values))
    return answer


def rows(table, atol=None, **options):
    """A case for each row (name, build, *arrays)."""

    def make(name, build, arrays):
        @keras_script(name=name, atol=atol)
        def case(keras):
            return run(keras.backend, build, arrays, **options)

    for row in table:
        make(row[0], row[1], row[2:])


A = floats(3, 4, seed=1)
B = floats(3, 4, seed=2)
CUBE = floats(2, 3, 4, seed=3)
POSITIVE = floats(3, 4, seed=4, low=0.25, high=2.0)
BOOLS = integers(3, 4, seed=5, high=2).astype(bool)

rows(
    [
        ("abs", lambda K, x: K.abs(x), A),
        ("sqrt", lambda K, x: K.sqrt(x), POSITIVE),
        ("sqrt_of_negative", lambda K, x: K.tf.stop_gradient(K.sqrt(x)), A),
        ("exp_log", lambda K, x: [K.exp(x), K.log(K.exp(x))], A),
        ("square_pow", lambda K, x: [K.square(x), K.pow(x, 3)], A),
        ("round_sign", lambda K, x: [K.round(x), K.sign(x)], A),
        ("sin_cos", lambda K, x: [K.sin(x), K.cos(x)], A),
        ("clip", lambda K, x: [K.clip(x, -0.5, 0.5), K.clip(x, 0, None), K.clip(x, 1.0, 0.5)], A),
        ("maximum_minimum", lambda K, x, y: [K.maximum(x, y), K.minimum(x, y)], A, B),
        (
            "comparisons",
            lambda K, x, y: [
                K.equal(x, x), K.not_equal(x, y), K.greater(x, y), K.greater_equal(x, y), K.less(x, y), K.less_equal(x, y)
            ],
            A, B,
        ),
        ("max_min", lambda K, x: [K.max(x), K.max(x, axis=1), K.min(x, axis=-1, keepdims=True)], A),
        ("sum_prod", lambda K, x: [K.sum(x), K.sum(x, axis=[0, 2]), K.prod(x, axis=1, keepdims=True)], CUBE),
        ("mean_var_std", lambda K, x: [K.mean(x, axis=0), K.var(x, axis=1), K.std(x, axis=-1, keepdims=True)], A),
        ("mean_of_bools", lambda K, x: [K.mean(x), K.var(x, axis=0)], BOOLS),
        ("any_all", lambda K, x: [K.any(x), K.any(x, axis=0), K.all(x, axis=1, keepdims=True)], BOOLS),
        ("any_of_numbers", lambda K, x: [K.any(x, axis=1), K.all(x, axis=1)], integers(3, 4, high=2)),
        ("argmax_argmin", lambda K, x: [K.argmax(x), K.argmin(x, axis=0)], A),
        ("cumsum_cumprod", lambda K, x: [K.cumsum(x), K.cumsum(x, axis=1), K.cumprod(x, axis=1)], A),
        ("logsumexp", lambda K, x: [K.logsumexp(x), K.logsumexp(x, axis=-1, keepdims=True)], A),
        ("l2_normalize", lambda K, x: [K.l2_normalize(x, axis=-1), K.l2_normalize(x)], A),
        ("dot_of_matrices", lambda K, x, y: K.dot(x, y), A, floats(4, 2)),
        ("dot_of_cube_and_matrix", lambda K, x, y: K.dot(x, y), CUBE, floats(4, 2)),
        ("dot_of_cubes", lambda K, x, y: K.dot(x, y), CUBE, floats(2, 4, 3)),
        ("transpose", lambda K, x: [K.transpose(x), K.permute_dimensions(x, (2, 0, 1))], CUBE),
        ("gather", lambda K, x, i: K.gather(x, i), A, integers(2, 2, high=3)),
        ("in_top_k", lambda K, x, i: K.in_top_k(x, i, 2), A, integers(3, high=4)),
        ("relu", lambda K, x: [K.relu(x), K.relu(x, alpha=0.1), K.relu(x, max_value=1.0)], A),
        ("relu6", lambda K, x: [K.relu(4 * x, max_value=6), K.relu(4 * x, max_value=6, alpha=0.5)], A),
        ("relu_with_threshold", lambda K, x: [K.relu(x, threshold=0.5), K.relu(x, 0.2, 1.0, 0.25)], A),
        ("elu", lambda K, x: [K.elu(x), K.elu(x, 0.5)], A),
        ("softmax", lambda K, x: [K.softmax(x), K.softmax(x, axis=0)], A),
        ("softplus_softsign", lambda K, x: [K.softplus(x), K.softsign(x)], A),
        ("sigmoids", lambda K, x: [K.sigmoid(x), K.hard_sigmoid(3 * x), K.tanh(x)], A),
        ("reshape_flatten", lambda K, x: [K.reshape(x, (4, -1)), K.flatten(x)], CUBE),
        ("expand_squeeze", lambda K, x: [K.expand_dims(x), K.squeeze(K.expand_dims(x, 1), 1)], A),
        ("concatenate", lambda K, x, y: [K.concatenate([x, y]), K.concatenate([x, y], axis=0), K.stack([x, y])], A, B),
        ("repeat_elements", lambda K, x: K.repeat_elements(x, 2, axis=1), A),
        ("repeat_tile", lambda K, x: [K.repeat(x, 3), K.tile(x, [2, 1])], A),
        ("arange", lambda K: [K.arange(5), K.arange(2, 8, 3, dtype="float32"), K.arange(-3)]),
        ("arange_of_tensor", lambda K, x: K.arange(K.tf.shape(x)[0]), A),
        ("one_hot", lambda K, i: K.one_hot(i, 4), integers(3, 2, high=4)),
        ("reverse_slice", lambda K, x: [K.reverse(x, 1), K.reverse(x, [0, 1]), K.slice(x, [1, 0], [2, 3])], A),
        ("temporal_padding", lambda K, x: [K.temporal_padding(x), K.temporal_padding(x, (2, 0))], CUBE),
        ("zeros_like_ones_like", lambda K, x: [K.zeros_like(x), K.ones_like(x, dtype="int32")], A),
        ("cast_identity", lambda K, x: [K.cast(x, "int32"), K.identity(x, name="same"), K.cast(x, "float64")], A),
        ("stop_gradient", lambda K, x: K.stop_gradient(x) * x, A),
        ("switch_by_scalar", lambda K, x, y: K.switch(K.sum(x) > 100.0, lambda: x, lambda: y * 2.0), A, B),
        ("switch_by_rows", lambda K, c, x, y: K.switch(c, x, y), np.array([True, False, True]), A, B),
        ("switch_of_cubes", lambda K, c, x: K.switch(c, x, -x), np.array([[1, 0, 1], [0, 1, 1]]), CUBE),
        ("moments", lambda K, x: K.normalize_batch_in_training(x, None, None, [0])[0], A),
        ("map_fn", lambda K, x: K.map_fn(lambda row: K.sum(row) * row, x), A),
        ("foldl_foldr", lambda K, x: [K.foldl(lambda a, b: a * 0.5 + b, x), K.foldr(lambda a, b: a * 0.5 + b, x)], A),
        ("print_tensor", lambda K, x: K.print_tensor(x, "x is ") * 2.0, floats(2)),
        ("float64", lambda K, x: K.sqrt(K.clip(x, 0.1, None)), floats(2, 3, dtype=np.float64)),
    ],
    nodes=False,
)

# -- the same with an unknown batch size, node by node -------------------------------------------------------------------

rows(
    [
        ("nodes_of_dot", lambda K, x, y: K.dot(x, y), A, floats(4, 2)),
        ("nodes_of_dot_of_cubes", lambda K, x, y: K.dot(x, y), CUBE, floats(2, 4, 3)),
        ("nodes_of_clip_relu", lambda K, x: K.relu(K.clip(x, -1.0, 1.0), 0.1, 0.5, 0.25), A),
        ("nodes_of_var", lambda K, x: K.std(x, axis=1) + K.logsumexp(x, axis=1), A),
        ("nodes_of_hard_sigmoid", lambda K, x: K.hard_sigmoid(x) + K.elu(x, 0.5), A),
        ("nodes_of_batch_flatten", lambda K, x: K.batch_flatten(x), CUBE),
        ("nodes_of_crossentropy", lambda K, t, x: K.categorical_crossentropy(t, K.softmax(x)), A, B),
        ("nodes_of_binary_crossentropy", lambda K, t, x: K.binary_crossentropy(t, K.sigmoid(x)), A, B),
        (
            "nodes_of_sparse_crossentropy",
            lambda K, t, x: K.sparse_categorical_crossentropy(t, K.softmax(x)),
            integers(3, 1, high=4).astype(np.float32), B,
        ),
        ("nodes_of_repeat", lambda K, x: K.tile(K.repeat(x, 2), [1, 2, 1]), A),
        ("nodes_of_variables", lambda K: [K.zeros((2, 2)) + 1.0, K.ones((2,), name="w") + 1.0, K.eye(2) + 1.0]),
        ("nodes_of_pooling", lambda K, x: K.pool2d(x, (2, 2), (2, 2)), floats(2, 5, 5, 2)),
        (
            "nodes_of_conv2d",
            lambda K, x, k: K.bias_add(K.conv2d(x, k), K.constant([1.0, 2.0])),
            floats(2, 5, 5, 3), floats(3, 3, 3, 2),
        ),
    ],
    unknown_batch=True,
)

rows(
    [
        (
            "batch_dot_" + str(number),
            lambda K, x, y, axes=axes: K.batch_dot(x, y, axes=axes),
            floats(*x, seed=1), floats(*y, seed=2),
        )
        for number, (x, y, axes) in enumerate(
            [
                ((3, 4), (3, 4), 1),
                ((3, 4), (3, 4, 2), (1, 1)),
                ((3, 2, 4), (3, 4), (2, 1)),
                ((3, 2, 4), (3, 4, 5), (2, 1)),
                ((3, 2, 4), (3, 5, 4), (2, 2)),
                ((3, 4, 2), (3, 4, 5), 1),
                ((3, 2, 4), (3, 4, 5), None),
                ((3, 2, 5, 4), (3, 2, 4, 3), (3, 2)),
            ]
        )
    ],
    nodes=False,
)

rows(
    [
        ("repeat_elements_of_unknown", lambda K, x: K.repeat_elements(x, 2, axis=0), A),
        ("dot_unknown_batch", lambda K, x, y: K.dot(x, y), CUBE, floats(4, 2)),
        ("softmax_crossentropy_logits", lambda K, t, x: K.categorical_crossentropy(K.softmax(t), x, from_logits=True), A, B),
        ("sigmoid_crossentropy_logits", lambda K, t, x: K.binary_crossentropy(t, x, from_logits=True), POSITIVE, B),
        (
            "sparse_crossentropy_logits",
            lambda K, t, x: K.sparse_categorical_crossentropy(t, x, from_logits=True),
            integers(3, high=4), B,
        ),
        (
            "sparse_crossentropy_of_steps",
            lambda K, t, x: K.sparse_categorical_crossentropy(t, K.softmax(x)),
            integers(2, 3, high=4), CUBE,
        ),
        (
            "crossentropy_along_axis_1",
            lambda K, t, u, x: [
                K.categorical_crossentropy(t, K.exp(x), axis=1),
                K.sparse_categorical_crossentropy(u, K.exp(x), from_logits=True, axis=1),
            ],
            floats(2, 3, 4, low=0.0), integers(2, 4, high=3), CUBE,
        ),
        ("resize_images_nearest", lambda K, x: K.resize_images(x, 2, 3, "channels_last"), floats(2, 3, 2, 2)),
        ("resize_images_bilinear", lambda K, x: K.resize_images(x, 2, 3, "channels_last", "bilinear"), floats(2, 3, 2, 2)),
        ("resize_images_channels_first", lambda K, x: K.resize_images(x, 3, 2, "channels_first"), floats(2, 3, 2, 2)),
        (
            "resize_volumes",
            lambda K, x: [K.resize_volumes(x, 2, 1, 3, "channels_last"), K.resize_volumes(x, 2, 1, 3, "channels_first")],
            floats(1, 2, 3, 2, 2),
        ),
        (
            "spatial_padding",
            lambda K, x: [
                K.spatial_2d_padding(x),
                K.spatial_2d_padding(x, ((1, 0), (0, 2)), "channels_first"),
                K.spatial_3d_padding(K.expand_dims(x, 1), ((1, 1), (0, 1), (2, 0)), "channels_last"),
            ],
            floats(2, 3, 2, 2),
        ),
    ],
    unknown_batch=True, nodes=False,
)

# -- convolutions, pooling, biases -----------------------------------------------------------------------------------------

LINE, KERNEL1 = floats(2, 9, 3, seed=1), floats(3, 3, 4, seed=2, low=-1, high=1)
IMAGE, KERNEL2 = floats(2, 7, 6, 3, seed=1), floats(3, 2, 3, 4, seed=2, low=-1, high=1)
VOLUME, KERNEL3 = floats(1, 4, 5, 4, 2, seed=1), floats(2, 3, 2, 2, 3, seed=2, low=-1, high=1)


def first(array):
    return np.ascontiguousarray(np.moveaxis(array, -1, 1))


rows(
    [
        ("conv1d", lambda K, x, k: K.conv1d(x, k), LINE, KERNEL1),
        ("conv1d_same_strided", lambda K, x, k: K.conv1d(x, k, strides=2, padding="same"), LINE, KERNEL1),
        ("conv1d_causal_dilated", lambda K, x, k: K.conv1d(x, k, padding="causal", dilation_rate=2), LINE, KERNEL1),
        ("conv1d_channels_first", lambda K, x, k: K.conv1d(x, k, data_format="channels_first"), first(LINE), KERNEL1),
        ("conv2d", lambda K, x, k: K.conv2d(x, k, strides=(2, 1), padding="same"), IMAGE, KERNEL2),
        ("conv2d_dilated", lambda K, x, k: K.conv2d(x, k, dilation_rate=(2, 2), padding="same"), IMAGE, KERNEL2),
        ("conv2d_channels_first", lambda K, x, k: K.conv2d(x, k, data_format="channels_first"), first(IMAGE), KERNEL2),
        ("conv3d", lambda K, x, k: K.conv3d(x, k, padding="same"), VOLUME, KERNEL3),
        ("conv3d_channels_first", lambda K, x, k: K.conv3d(x, k, data_format="channels_first"), first(VOLUME), KERNEL3),
        (
            "conv2d_transpose",
            lambda K, x, k: K.conv2d_transpose(x, k, (2, 15, 12, 2), strides=(2, 2)),
            IMAGE, floats(3, 2, 2, 3, low=-1, high=1),
        ),
        (
            "conv2d_transpose_channels_first",
            lambda K, x, k: K.conv2d_transpose(x, k, (2, 2, 14, 12), strides=(2, 2), padding="same", data_format="channels_first"),
            first(IMAGE), floats(3, 2, 2, 3, low=-1, high=1),
        ),
        (
            "conv2d_transpose_dilated",
            lambda K, x, k: K.conv2d_transpose(x, k, (2, 11, 8, 2), dilation_rate=(2, 2)),
            IMAGE, floats(3, 2, 2, 3, low=-1, high=1),
        ),
        (
            "conv3d_transpose",
            lambda K, x, k: K.conv3d_transpose(x, k, (1, 8, 10, 8, 3), strides=(2, 2, 2), padding="same"),
            VOLUME, floats(2, 3, 2, 3, 2, low=-1, high=1),
        ),
        (
            "separable_conv1d",
            lambda K, x, d, p: K.separable_conv1d(x, d, p, strides=2, padding="same"),
            LINE, floats(3, 3, 2, low=-1, high=1), floats(1, 6, 4),
        ),
        (
            "separable_conv2d",
            lambda K, x, d, p: K.separable_conv2d(x, d, p, data_format="channels_first"),
            first(IMAGE), floats(3, 2, 3, 2, low=-1, high=1), floats(1, 1, 6, 4),
        ),
        (
            "depthwise_conv2d",
            lambda K, x, d: K.depthwise_conv2d(x, d, strides=(2, 2), padding="same"),
            IMAGE, floats(3, 2, 3, 2, low=-1, high=1),
        ),
        ("pool2d_max", lambda K, x: K.pool2d(x, (2, 2), (2, 2), "same"), IMAGE),
        (
            "pool2d_avg_channels_first",
            lambda K, x: K.pool2d(x, (2, 3), data_format="channels_first", pool_mode="avg"),
            first(IMAGE),
        ),
        ("pool3d", lambda K, x: [K.pool3d(x, (2, 2, 2)), K.pool3d(x, (2, 2, 2), (2, 2, 2), pool_mode="avg")], VOLUME),
        (
            "bias_add",
            lambda K, x, b: [K.bias_add(x, b), K.bias_add(K.permute_dimensions(x, (0, 2, 1)), b, "channels_first")],
            LINE, floats(3),
        ),
        (
            "bias_add_images",
            lambda K, x, b, c: [
                K.bias_add(x, b),
                K.bias_add(K.permute_dimensions(x, (0, 3, 1, 2)), b, "channels_first"),
                K.bias_add(x, K.variable(np.ones((7, 6, 3)))),
                K.bias_add(K.expand_dims(x, 1), b),
                K.bias_add(K.flatten(x)[:6, None] * K.ones((1, 4)), c),
            ],
            IMAGE, floats(3), floats(4),
        ),
        (
            "local_conv1d",
            lambda K, x, k: K.local_conv1d(x, k, (3,), (2,)),
            LINE, floats(4, 9, 2, low=-1, high=1),
        ),
        (
            "local_conv2d",
            lambda K, x, k: K.local_conv2d(x, k, (3, 2), (2, 2), (3, 3)),
            IMAGE, floats(9, 18, 2, low=-1, high=1),
        ),
        (
            "local_conv2d_channels_first",
            lambda K, x, k: K.local_conv2d(x, k, (3, 2), (2, 2), (3, 3), "channels_first"),
            first(IMAGE), floats(9, 18, 2, low=-1, high=1),
        ),
        ("fused_batch_norm", lambda K, x: K.normalize_batch_in_training(x, K.ones((3,)), K.zeros((3,)), [0, 1, 2]), IMAGE),
        (
            "batch_norm_channels_first",
            lambda K, x: K.normalize_batch_in_training(x, K.ones((3,)), None, [0, 2, 3]),
            first(IMAGE),
        ),
        (
            "batch_normalization",
            lambda K, x, m, v: [
                K.batch_normalization(x, m, v, None, None),
                K.batch_normalization(K.permute_dimensions(x, (0, 3, 1, 2)), m[:, None, None], v[:, None, None], None, 2.0, axis=1),
            ],
            IMAGE, floats(3), floats(3, low=0.5),
        ),
    ],
    nodes=False, atol=5e-5,
)

# -- recurrences -----------------------------------------------------------------------------------------------------------

STEPS = floats(3, 4, 2, seed=8, low=-1, high=1)
MASK = np.array([[1, 1, 0, 1], [1, 0, 0, 1], [0, 1, 1, 0]])


def recurrence(**options):
    def build(K, x, h, w, mask):
        def step(inputs, states):
            output = K.tanh(K.dot(inputs, states[1]) + states[0])
            return output, [output]

        masked = options.get("masked")
        chosen = {key: value for key, value in options.items() if key not in ("masked", "only_last")}
        last, outputs, states = K.rnn(step, x, [h], constants=[w], mask=mask if masked else None, **chosen)
        # A TensorArray gives each element once, so TensorFlow cannot compute both in one run.
        return [last] if options.get("only_last") else [outputs] + list(states)

    return build


rows(
    [
        ("rnn_" + name, recurrence(**options), STEPS, floats(3, 2), floats(2, 2), MASK)
        for name, options in [
            ("looped", {}),
            ("unrolled", {"unroll": True}),
            ("backwards", {"go_backwards": True}),
            ("backwards_unrolled", {"go_backwards": True, "unroll": True}),
            ("masked", {"masked": True}),
            ("masked_unrolled", {"masked": True, "unroll": True}),
            ("masked_backwards", {"masked": True, "go_backwards": True}),
            ("of_known_length", {"input_length": 4}),
            ("last_output", {"only_last": True}),
            ("last_output_masked", {"only_last": True, "masked": True}),
            ("last_output_unrolled", {"only_last": True, "unroll": True, "masked": True}),
        ]
    ],
    nodes=False,
)

# -- state: variables, sessions, functions, phases ---------------------------------------------------------------------------


@keras_script()
def variables(keras):
    K = keras.backend
    v = K.variable(np.arange(6.0).reshape(2, 3), name="v")
    w = K.variable(2.0)
    before = K.get_value(v)
    K.set_value(v, before + 1)
    K.batch_set_value([(v, K.get_value(v) * 2), (w, 5)])
    update = K.function([], [], updates=[K.update_add(v, K.ones_like(v)), K.update_sub(w, 1.0), (w, w * 3.0)][:2])
    update([])
    return {
        "values": before, "after": K.get_value(v), "w": K.batch_get_value([w, v])[0],
        "shape": str(K.int_shape(v)), "count": int(K.count_params(v)), "dtype": K.dtype(v), "ndim": K.ndim(v),
        "name": v.name, "static": str(K.get_variable_shape(v)), "none": str(K.batch_get_value([])),
    }  # fmt: skip


@keras_script(atol=1e-2)
def half_precision(keras):
    K = keras.backend
    K.set_floatx("float16")
    try:
        x, w = K.placeholder((None, 4)), K.variable(floats(4, 3))
        y = K.softmax(K.bias_add(K.dot(K.relu(x, 0.5, 1.0, 0.25), w), K.ones((3,))))
        values = K.function([x], [y, K.gradients(K.sum(K.log(y)), [w])[0]])([A])
        return {"y": values[0], "gradient": values[1], "types": K.dtype(x) + K.dtype(y) + str(w.get_shape())}
    finally:
        K.set_floatx("float32")


@keras_script()
def variables_with_more(keras):
    K = keras.backend
    limited = K.variable([1.0, -1.0], constraint=keras.constraints.NonNeg())
    whole = K.variable(np.arange(3), dtype="int32", name="whole")
    of_tensor = K.variable(K.constant([[1.0, 2.0]]))
    symbolic = K.zeros((K.shape(of_tensor)[0], 2))
    return {
        "limited": K.eval(limited.constraint(limited)), "whole": K.get_value(whole), "kinds": K.dtype(whole) + whole.name,
        "shapes": str([K.int_shape(v) for v in (limited, whole, of_tensor)]), "symbolic": K.eval(symbolic),
        "variable": str([isinstance(v, K.tf.Variable) for v in (of_tensor, symbolic)]),
    }  # fmt: skip


@keras_script()
def random_numbers(keras):
    K = keras.backend
    draws = [
        K.random_normal((3, 2), 1.0, 2.0),
        K.random_uniform((3, 2), -1.0, 1.0, seed=3),
        K.truncated_normal((3, 2)),
        K.random_binomial((4, 3), 0.4),
        K.random_uniform((2, 2), dtype="float64"),
        K.dropout(K.ones((4, 3)), 0.5),
        K.dropout(K.ones((4, 3)), 0.25, noise_shape=(4, 1), seed=5),
        K.random_uniform_variable((2, 2), -1, 1),
        K.random_normal_variable((2, 2), 0, 2, seed=9),
    ]
    session = K.get_session()
    first, second = session.run(draws), session.run(draws)
    return {str(i): np.stack(pair) for i, pair in enumerate(zip(first, second))}


@keras_script()
def learning_phase(keras):
    K = keras.backend
    x = K.placeholder((2,))
    y = K.in_train_phase(x + 1.0, lambda: x - 1.0)
    z = K.in_test_phase(x + 1.0, x)
    fixed = K.in_train_phase(lambda: x * 2.0, x, training=1)
    chosen = K.function([x, K.learning_phase()], [y, z, fixed])
    train, test = chosen([[1.0, 2.0], 1]), chosen([[1.0, 2.0], 0])
    K.set_learning_phase(1)
    set_to_one = K.in_train_phase(x + 10.0, x)
    return {
        "train": np.stack(train), "test": np.stack(test),
        "flags": str([y._uses_learning_phase, hasattr(fixed, "_uses_learning_phase")]),
        "fixed": K.function([x], [set_to_one])([[1.0, 2.0]])[0], "phase": K.learning_phase(),
    }  # fmt: skip


@keras_script()
def functions(keras):
    K = keras.backend
    x, y = K.placeholder((2,)), K.placeholder((2,))
    count = K.variable(0.0)
    seen = K.variable(0.0)
    more = {"feed_dict": {y: np.ones(2)}, "fetches": [K.update_add(seen, 2.0)]}
    f = K.function([x], [x + y, count + 0.0], updates=[(count, count + 1.0)], **more)
    answers = [f([[1.0, 2.0]]), f(([3.0, 4.0],)), f([K.constant([5.0, 6.0])])]
    return {
        "answers": np.stack([a for a, _ in answers]), "counts": np.array([c for _, c in answers]),
        "count": K.get_value(count), "seen": K.get_value(seen), "name": str(f.name), "inputs": len(f.inputs),
    }  # fmt: skip


@keras_script()
def sparse_tensors(keras):
    K = keras.backend
    matrix = scipy.sparse.csr_matrix(np.array([[0, 2, 0], [1, 0, 0], [0, 0, 3], [0, 0, 0]], "float32"))
    x, w = K.placeholder((None, 3), sparse=True), K.variable(floats(3, 2))
    product = K.dot(x, w)
    f = K.function([x], [product, K.to_dense(x)] + K.gradients(K.sum(K.square(product)), [w]))
    values = f([matrix])
    v = K.variable(matrix)
    both = K.concatenate([v, v], axis=0)
    wide = K.concatenate([v, K.to_dense(v)], axis=1)
    return {
        "product": values[0], "dense": values[1], "gradient": values[2], "variable": K.eval(v), "both": K.eval(both),
        "wide": K.eval(wide), "is": str([K.is_sparse(t) for t in (x, v, both, wide, w)]), "shape": str(K.int_shape(v)),
        "names": x.values.name + " " + x.indices.name,
    }  # fmt: skip


@keras_script()
def ctc(keras):
    K = keras.backend
    probabilities = floats(3, 7, 5, low=0.1, high=1.0)
    probabilities /= probabilities.sum(-1, keepdims=True)
    labels, steps, counts = [[0, 1, 2], [1, 1, 0], [3, 0, 0]], np.array([[7], [6], [4]]), np.array([[3], [2], [1]])
    x = K.placeholder((3, 7, 5))
    cost = K.ctc_batch_cost(*[K.constant(labels, "int32"), x, K.constant(steps, "int32"), K.constant(counts, "int32")])
    greedy, score = K.ctc_decode(x, steps[:, 0])
    paths, scores = K.ctc_decode(x, steps[:, 0], greedy=False, beam_width=10, top_paths=3)
    sparse = K.ctc_label_dense_to_sparse(K.constant(labels, "int32"), K.constant(counts[:, 0], "int32"))
    wanted = [cost, K.gradients(cost, [x])[0], greedy[0], score] + paths + [scores]
    wanted += [sparse.indices, sparse.values, sparse.dense_shape]
    values = K.get_session().run(wanted, {x: probabilities})
    return {str(i): value for i, value in enumerate(values)}


@keras_script()
def moving_average(keras):
    K = keras.backend
    mean = K.variable([0.0, 1.0], name="mean")
    update = K.moving_average_update(mean, K.constant([2.0, 3.0]), 0.9)
    f = K.function([], [update])
    values = [f([])[0] for _ in range(3)]
    names = " ".join(v.name for v in K.tf.global_variables())
    return {"values": np.stack(values), "mean": K.get_value(mean), "variables": names}


@keras_script()
def names_and_settings(keras):
    K = keras.backend
    uids = [K.get_uid("dense"), K.get_uid("dense"), K.get_uid("lstm")]
    K.reset_uids()
    before = [K.floatx(), K.epsilon(), K.image_data_format(), K.image_dim_ordering(), K.backend()]
    K.set_floatx("float64")
    K.set_epsilon(1e-3)
    K.set_image_data_format("channels_first")
    after = [K.floatx(), K.epsilon(), K.image_data_format(), K.image_dim_ordering(), K.dtype(K.zeros((1,)))]
    after += [K.normalize_data_format(None), K.normalize_data_format("Channels_Last"), str(K.cast_to_floatx([1]).dtype)]
    K.set_floatx("float32")
    K.set_epsilon(1e-7)
    K.set_image_dim_ordering("tf")
    return {"uids": str(uids + [K.get_uid("dense")]), "before": str(before), "after": str(after)}


@keras_script()
def what_tensors_are(keras):
    K = keras.backend
    x, v = K.placeholder((2, None), name="x"), K.variable(1.0)
    y = K.placeholder(ndim=2, dtype="int32")
    tested = (x, y, v, x + 1.0)
    return {
        "tensors": str([K.is_tensor(t) for t in tested + (3, np.ones(2))]),
        "placeholders": str([K.is_placeholder(t) for t in tested]),
        "keras": str([K.is_keras_tensor(t) for t in tested]),
        "shapes": str([K.int_shape(t) for t in tested]) + str([K.ndim(t) for t in tested]),
        "types": str([K.dtype(t) for t in tested]),
        "at run time": K.eval(K.shape(K.constant(1.0, shape=(2, 3)))),
    }


@keras_script()
def no_initialisation(keras):
    K = keras.backend
    K.manual_variable_initialization(True)
    try:
        v = K.variable(3.0)
        session = K.get_session()
        before = session.run(K.tf.is_variable_initialized(v))
    finally:
        K.manual_variable_initialization(False)
    K.get_session()
    return {"before": before, "after": session.run(v)}


# -- errors ------------------------------------------------------------------------------------------------------------------


def error(name, misuse):
    keras_script(name="error_" + name, raises=True)(lambda keras: misuse(keras.backend))


error("floatx", lambda K: K.set_floatx("float8"))
error("data_format", lambda K: K.set_image_data_format("channels"))
error("normalize_data_format", lambda K: K.normalize_data_format("channels"))
error("learning_phase", lambda K: K.set_learning_phase(2))
error("is_keras_tensor", lambda K: K.is_keras_tensor(np.ones(2)))
error("batch_dot_axes", lambda K: K.batch_dot(K.ones((2, 3, 4)), K.ones((2, 4, 3)), axes=([1, 2], 1)))
error("padding", lambda K: K.conv2d(K.ones((1, 4, 4, 1)), K.ones((2, 2, 1, 1)), padding="full"))
error("pool_mode", lambda K: K.pool2d(K.ones((1, 4, 4, 1)), (2, 2), pool_mode="sum"))
error(
    "causal_channels_first",
    lambda K: K.conv1d(K.ones((1, 4, 2)), K.ones((2, 2, 1)), padding="causal", data_format="channels_first"),
)
error("bias_rank", lambda K: K.bias_add(K.ones((1, 4, 4, 2)), K.ones((2, 2))))
error("interpolation", lambda K: K.resize_images(K.ones((1, 2, 2, 1)), 2, 2, "channels_last", "cubic"))
error("volumes_format", lambda K: K.resize_volumes(K.ones((1, 2, 2, 2, 1)), 2, 2, 2, "last"))
error("switch_rank", lambda K: K.switch(K.ones((2, 2)) > 0, K.ones((2,)), K.zeros((2,))))
error("crossentropy_axis", lambda K: K.categorical_crossentropy(K.ones((2, 2)), K.ones((2, 2)), axis=2))
error("rnn_rank", lambda K: K.rnn(lambda x, s: (x, s), K.ones((2, 2)), []))
error("rnn_unrolled_unknown", lambda K: K.rnn(lambda x, s: (x, s), K.placeholder((2, None, 2)), [], unroll=True))
error("rnn_masked_stateless", lambda K: K.rnn(lambda x, s: (x, s), K.ones((2, 3, 2)), [], mask=K.ones((2, 3))))
error("function_inputs", lambda K: K.function(K.placeholder((1,)), []))
error("function_keyword", lambda K: K.function([], [], surprise=1))
error("function_call", lambda K: K.function([K.placeholder((1,))], [])(np.ones(1)))
