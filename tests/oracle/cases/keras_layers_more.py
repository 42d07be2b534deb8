"""Keras layers, what a single call does not show: masks, updates, unknown sizes, settings, Keras 1 names, errors."""

import warnings

import numpy as np

from tests.oracle.harness import floats, integers, keras_script
from tests.oracle.layer_rows import row_name, text, weighted

# -- batch normalization: updates and phases -------------------------------------------------------------------------------


def normalization(shape, training=None, **options):
    def run(keras):
        K = keras.backend
        x = keras.layers.Input(batch_shape=(None,) + shape[1:])
        layer = keras.layers.BatchNormalization(**options)
        y = layer(x, training=training) if training is not None else layer(x)
        statistics = [layer.moving_mean, layer.moving_variance]
        train = K.function([x, K.learning_phase()], [y], updates=layer.get_updates_for(x))
        result = {"updates": len(layer.updates), "uses phase": bool(y._uses_learning_phase)}
        for step in range(2):
            result["y %d" % step] = train([floats(*shape, seed=step), 1])[0]
            for name, value in zip(("mean", "variance"), K.batch_get_value(statistics)):
                result["%s %d" % (name, step)] = value
        result["y after"] = K.function([x, K.learning_phase()], [y])([floats(*shape, seed=5), 0])[0]
        return result

    return run


for shape, options in (
    ((6, 4), {}),
    ((6, 4), {"momentum": 0.5, "scale": False}),
    ((6, 4), {"training": True}),
    ((6, 4), {"training": False}),
    ((4, 5, 3), {"momentum": 0.9}),
    ((4, 5, 3), {"axis": 1}),
    ((3, 4, 4, 2), {}),
    ((3, 4, 4, 2), {"axis": 1, "center": False}),
    ((3, 4, 4, 2), {"training": True, "momentum": 0.0}),
    ((2, 3, 3, 2, 2), {"epsilon": 0.1}),
):
    name = row_name("updates_of_BatchNormalization", shape, options)
    keras_script(name=name, rtol=1e-4, atol=1e-5)(normalization(shape, **options))


@keras_script()
def a_static_learning_phase(keras):
    K, L = keras.backend, keras.layers
    result = {}
    for phase in (0, 1):
        K.clear_session()
        K.set_learning_phase(phase)
        x = L.Input((4,))
        y = L.BatchNormalization()(L.Dropout(0.5, seed=3)(L.GaussianNoise(0.1)(x)))
        result["uses phase %d" % phase] = bool(getattr(y, "_uses_learning_phase", False))
        result["y %d" % phase] = K.function([x], [y])([floats(6, 4)])[0]
    return result


@keras_script()
def training_argument_of_noise(keras):
    K, L = keras.backend, keras.layers
    x = L.Input((4,))
    layers = [L.Dropout(0.5, seed=1), L.GaussianNoise(0.2), L.GaussianDropout(0.2), L.AlphaDropout(0.2, seed=2)]
    always = [layer(x, training=True) for layer in layers]
    never = [layer(x, training=False) for layer in layers]
    values = K.function([x, K.learning_phase()], always + never)([floats(3, 4), 0])
    return {str(i): value for i, value in enumerate(values)}


@keras_script()
def noise_without_seeds_in_a_row(keras):
    K, L = keras.backend, keras.layers
    x = L.Input((5,))
    y = L.Dense(6)(L.Dropout(0.3)(x))
    y = L.GaussianDropout(0.2)(L.Dense(4, kernel_initializer="he_uniform")(L.GaussianNoise(0.3)(y)))
    y = L.AlphaDropout(0.4)(y)
    function = K.function([x, K.learning_phase()], [y])
    return {"first run": function([floats(3, 5), 1])[0], "second run": function([floats(3, 5), 1])[0]}


# -- masks ------------------------------------------------------------------------------------------------------------------


def masked(keras, *layers):
    """The output and the mask of layers after a `Masking` and after an `Embedding` with `mask_zero`."""
    K, L = keras.backend, keras.layers
    x = L.Input((5, 3))
    y = L.Masking()(x)
    for layer in layers:
        y = layer(y)
    array = floats(2, 5, 3)
    array[0, 2:] = 0
    array[1, 1] = 0
    mask = layers[-1].output_mask
    fetches = [y] + ([] if mask is None else [mask])
    values = K.function([x, K.learning_phase()], fetches)([array, 0])
    result = {"y": values[0], "has mask": mask is not None}
    if mask is not None:
        result["mask"] = values[1]
    return result


for name, make in (
    ("Dense", lambda L: [L.Dense(2)]),
    ("Activation", lambda L: [L.Activation("tanh")]),
    ("Dropout", lambda L: [L.Dropout(0.5)]),
    ("SpatialDropout1D", lambda L: [L.SpatialDropout1D(0.5)]),
    ("BatchNormalization", lambda L: [L.BatchNormalization()]),
    ("noise", lambda L: [L.GaussianNoise(0.1), L.GaussianDropout(0.1), L.AlphaDropout(0.1)]),
    ("activations", lambda L: [L.LeakyReLU(), L.PReLU(), L.ELU(), L.ThresholdedReLU(), L.Softmax(), L.ReLU()]),
    ("ActivityRegularization", lambda L: [L.ActivityRegularization(0.1)]),
    ("GlobalAveragePooling1D", lambda L: [L.GlobalAveragePooling1D()]),
    ("Lambda_without_mask", lambda L: [L.Lambda(lambda x: x * 2, mask=lambda x, mask: mask)]),
    ("Masking_twice", lambda L: [L.Masking(mask_value=1.0)]),
):
    keras_script(name="mask_through_" + name)(lambda keras, make=make: masked(keras, *make(keras.layers)))


@keras_script()
def lambda_uses_the_mask(keras):
    L, K = keras.layers, keras.backend
    layer = L.Lambda(lambda x, mask=None: x + K.expand_dims(K.cast(mask, "float32")), output_shape=(5, 3))
    layer.supports_masking = True
    return masked(keras, layer)


@keras_script()
def masks_of_merges(keras):
    K, L = keras.backend, keras.layers
    a, b = L.Input((4,), dtype="int32"), L.Input((4, 3))
    embedded, plain = L.Embedding(6, 3, mask_zero=True)(a), L.Dense(3)(b)
    other = L.Masking()(b)
    layers = [L.Add(), L.Multiply(), L.Average(), L.Maximum(), L.Concatenate(), L.Concatenate(axis=1), L.Dot(2)]
    ys, masks = [], []
    for layer in layers:
        for pair in ([embedded, other], [embedded, plain])[: 1 if getattr(layer, "axis", None) == 1 else 2]:
            ys.append(layer(pair))
            masks.append(layer.get_output_mask_at(-1))
    known = [mask for mask in masks if mask is not None]
    array = floats(2, 4, 3)
    array[1, 2] = 0
    values = K.function([a, b], ys + known)([integers(2, 4, low=0, high=3), array])
    result = {str(i): value for i, value in enumerate(values)}
    result["which have one"] = text([mask is not None for mask in masks])
    return result


# -- unknown sizes ----------------------------------------------------------------------------------------------------------


def unknown_sizes(keras, shape, array, *layers):
    """Layers on an input whose sizes are known only at run time."""
    K, L = keras.backend, keras.layers
    x = L.Input(shape)
    ys = [layer(x) for layer in layers]
    values = K.function([x], ys)([array])
    result = {"y %d" % i: value for i, value in enumerate(values)}
    result["shapes"] = text([layer.output_shape for layer in layers])
    return result


@keras_script()
def unknown_length(keras):
    L = keras.layers
    return unknown_sizes(
        keras,
        (None, 3),
        floats(2, 7, 3),
        L.Conv1D(2, 3, padding="causal"),
        L.Conv1D(2, 3, strides=2),
        L.SeparableConv1D(2, 3, padding="same"),
        L.MaxPooling1D(2),
        L.AveragePooling1D(3, padding="same"),
        L.GlobalAveragePooling1D(),
        L.GlobalMaxPooling1D(),
        L.ZeroPadding1D(2),
        L.Cropping1D((1, 2)),
        L.UpSampling1D(2),
        L.Dense(4),
        L.Reshape((-1, 1)),
        L.Permute((2, 1)),
    )


@keras_script()
def unknown_image(keras):
    L = keras.layers
    return unknown_sizes(
        keras,
        (None, None, 2),
        floats(2, 5, 6, 2),
        L.Conv2D(2, 3, padding="same"),
        L.Conv2D(2, (2, 3), strides=(1, 2)),
        L.Conv2D(2, 2, dilation_rate=2),
        L.Conv2DTranspose(3, 3, strides=2),
        L.Conv2DTranspose(3, 3, strides=2, padding="same"),
        L.Conv2DTranspose(3, 2, strides=2, padding="same", output_padding=1),
        L.SeparableConv2D(2, 3),
        L.DepthwiseConv2D(2, padding="same"),
        L.MaxPooling2D(2),
        L.AveragePooling2D(2, padding="same"),
        L.GlobalAveragePooling2D(),
        L.GlobalMaxPooling2D(),
        L.ZeroPadding2D(((1, 0), (0, 2))),
        L.Cropping2D(((1, 0), (0, 2))),
        L.UpSampling2D((2, 3)),
    )


@keras_script()
def unknown_image_channels_first(keras):
    L = keras.layers
    first = {"data_format": "channels_first"}
    return unknown_sizes(
        keras,
        (2, None, None),
        floats(2, 2, 5, 6),
        L.Conv2D(2, 3, padding="same", **first),
        L.Conv2DTranspose(3, 3, strides=2, **first),
        L.MaxPooling2D(2, **first),
        L.GlobalAveragePooling2D(**first),
        L.ZeroPadding2D(2, **first),
        L.Cropping2D(1, **first),
        L.UpSampling2D(2, **first),
        L.BatchNormalization(axis=1),
    )


@keras_script()
def unknown_volume(keras):
    L = keras.layers
    return unknown_sizes(
        keras,
        (None, None, None, 2),
        floats(2, 3, 4, 3, 2),
        L.Conv3D(2, 2),
        L.Conv3DTranspose(2, 2, strides=2, padding="same"),
        L.MaxPooling3D(2),
        L.ZeroPadding3D(1),
        L.Cropping3D((1, 0, 1)),
        L.UpSampling3D((1, 2, 1)),
    )


SHAPES = (
    ("Dense", (3,), {}, (None, None, 4)),
    ("Conv1D", (3, 2), {"strides": 2}, (None, None, 4)),
    ("Conv2D", (3, 2), {"dilation_rate": 3}, (2, 11, None, 4)),
    ("Conv2D", (3, 2), {"data_format": "channels_first", "padding": "same", "strides": 3}, (None, 4, 7, 8)),
    ("Conv3D", (3, (1, 2, 3)), {}, (None, 5, 5, 5, 1)),
    ("Conv2DTranspose", (3, 5), {"strides": (2, 3)}, (None, 5, None, 1)),
    ("Conv2DTranspose", (3, 5), {"strides": 3, "output_padding": (2, 1), "padding": "same"}, (None, 5, 4, 1)),
    ("Conv3DTranspose", (3, 2), {"strides": 4, "data_format": "channels_first"}, (None, 1, 5, 4, 3)),
    ("DepthwiseConv2D", (3,), {"depth_multiplier": 3}, (None, 7, 7, 2)),
    ("SeparableConv2D", (6, 3), {"strides": 2, "padding": "same"}, (None, 7, 7, 2)),
    ("MaxPooling2D", ((2, 3),), {"padding": "same"}, (None, 7, 7, 2)),
    ("AveragePooling3D", (), {}, (None, 7, None, 4, 2)),
    ("GlobalMaxPooling3D", (), {}, (None, 7, None, 4, 2)),
    ("UpSampling3D", (), {}, (None, 7, None, 4, 2)),
    ("ZeroPadding2D", (3,), {}, (None, None, 4, 2)),
    ("Cropping2D", (1,), {"data_format": "channels_first"}, (None, 2, None, 4)),
    ("LocallyConnected2D", (3, 2), {}, (None, 4, 5, 2)),
    ("Embedding", (3, 2), {}, (None, None)),
    ("Embedding", (3, 2), {"input_length": (None, 4)}, (None, 5, 4)),
    ("Flatten", (), {}, (None, 4, 5, 2)),
    ("Reshape", ((-1, 2),), {}, (None, None, 5)),
    ("Reshape", ((5, -1),), {}, (None, 10, 3)),
    ("Permute", ((3, 1, 2),), {}, (None, 4, None, 2)),
    ("RepeatVector", (7,), {}, (None, 4)),
    ("Add", (), {}, [(None, 4, 1), (None, 1, 5)]),
    ("Add", (), {}, [(None, None, 4), (6, 4)]),
    ("Average", (), {}, [(2, 4, 4), (None, 4, 4)]),
    ("Concatenate", (), {"axis": 1}, [(None, 4, 4), (None, 3, 4)]),
    ("Concatenate", (), {"axis": 1}, [(None, None, 4), (None, 3, 4)]),
    ("Dot", (1,), {}, [(None, 4), (None, 4)]),
    ("Dot", ((2, 1),), {}, [(None, 4, 5), (None, 5, 6)]),
)
for class_name, args, options, shape in SHAPES:

    def shape_of(keras, class_name=class_name, args=args, options=options, shape=shape):
        layer = getattr(keras.layers, class_name)(*args, **options)
        sizes = layer.compute_output_shape(shape)
        return {"shape": text([size if size is None else int(size) for size in sizes])}

    keras_script(name=row_name("shape_" + class_name, args + (shape,), options))(shape_of)


# -- Lambda, functional forms, settings -------------------------------------------------------------------------------------


@keras_script()
def lambdas(keras):
    K, L = keras.backend, keras.layers
    a, b = L.Input((4, 3)), L.Input((4, 3))
    layers = [
        (L.Lambda(lambda x: x**2), a),
        (L.Lambda(lambda x: K.sum(x, axis=1)), a),
        (L.Lambda(lambda x, factor: x[:, 1:] * factor, arguments={"factor": 3.0}), a),
        (L.Lambda(lambda x: K.reshape(x, (-1, 12)), output_shape=(12,)), a),
        (L.Lambda(lambda x: K.concatenate([x, x], axis=2), output_shape=lambda s: (s[0], s[1], s[2] * 2)), a),
        (L.Lambda(lambda x: x[0] - x[1]), [a, b]),
        (L.Lambda(lambda x: x[0] * x[1], output_shape=lambda s: s[0]), [a, b]),
        (L.Lambda(lambda x: K.mean(x[0], axis=2), output_shape=(4,), name="mine"), [a, b]),
    ]
    ys = [layer(x) for layer, x in layers]
    gradients = K.gradients(sum(K.sum(y) for y in ys), [a, b])
    values = K.function([a, b], ys + gradients)([floats(2, 4, 3), floats(2, 4, 3, seed=1)])
    result = {str(i): value for i, value in enumerate(values)}
    result["shapes"] = text([layer.output_shape for layer, _ in layers])
    result["names"] = text([layer.name for layer, _ in layers])
    return result


@keras_script()
def a_lambda_that_draws(keras):
    """A variational autoencoder's: the function is called twice, once for its shape, and draws two seeds."""
    K, L = keras.backend, keras.layers
    x = L.Input((3,))
    y = L.Lambda(lambda z: z + K.random_normal(K.shape(z)))(x)
    y = L.Dense(2)(y)
    return {"y": K.function([x], [y])([floats(4, 3)])[0]}


@keras_script()
def a_named_function_in_a_lambda(keras):
    def double(x):
        return x * 2

    K, L = keras.backend, keras.layers
    with keras.utils.CustomObjectScope({"double": double}):
        layer = L.Lambda.from_config(
            {
                "name": "twice",
                "trainable": True,
                "function": "double",
                "function_type": "function",
                "output_shape": None,
                "output_shape_type": "raw",
                "arguments": {},
            }
        )
    x = L.Input((3,))
    return {"y": K.function([x], [layer(x)])([floats(2, 3)])[0], "name": layer.name}


@keras_script()
def functional_merges(keras):
    K, L = keras.backend, keras.layers
    a, b = L.Input((4, 3)), L.Input((4, 3))
    pair = [a, b]
    ys = [
        L.add(pair),
        L.subtract(pair),
        L.multiply(pair, name="product"),
        L.average(pair),
        L.maximum(pair),
        L.minimum(pair),
        L.concatenate(pair),
        L.concatenate(pair, axis=1, name="below"),
        L.dot(pair, 2),
        L.dot(pair, axes=(1, 1), normalize=True),
    ]
    values = K.function(pair, ys)([floats(2, 4, 3), floats(2, 4, 3, seed=1)])
    result = {str(i): value for i, value in enumerate(values)}
    result["names"] = text([y._keras_history[0].name for y in ys])
    result["shapes"] = text([K.int_shape(y) for y in ys])
    return result


@keras_script()
def a_shared_layer(keras):
    K, L = keras.backend, keras.layers
    a, b = L.Input((4,)), L.Input((4,))
    dense = L.Dense(3, kernel_regularizer="l2", activity_regularizer="l1")
    y = L.concatenate([dense(a), dense(b)])
    gradients = K.gradients(weighted_batch(keras, y, 2), [a, b] + dense.trainable_weights)
    values = K.function([a, b], [y] + gradients + dense.losses)([floats(2, 4), floats(2, 4, seed=1)])
    result = {str(i): value for i, value in enumerate(values)}
    result["shapes"] = text([dense.input_shape, dense.output_shape, len(dense.losses), len(dense._inbound_nodes)])
    return result


def weighted_batch(keras, y, batch):
    """`weighted`, of a tensor whose batch size is not known but is `batch`."""
    y = keras.backend.reshape(y, (batch,) + keras.backend.int_shape(y)[1:])
    return weighted(keras, y)


@keras_script()
def initial_weights(keras):
    K, L = keras.backend, keras.layers
    x = L.Input((4,))
    layer = L.Dense(2, weights=[floats(4, 2), floats(2)])
    y = layer(x)
    values = K.function([x], [y] + layer.weights)([floats(3, 4, seed=1)])
    return {str(i): value for i, value in enumerate(values)}


@keras_script()
def in_float64(keras):
    K, L = keras.backend, keras.layers
    K.set_floatx("float64")
    try:
        x = L.Input((6, 6, 2))
        y = L.Conv2D(3, 3, activation="relu")(x)
        y = L.Dense(2)(L.Flatten()(L.MaxPooling2D()(L.LeakyReLU()(y))))
        y = L.GaussianNoise(0.1)(y)
        gradient = K.gradients(K.sum(y), [x])
        values = K.function([x, K.learning_phase()], [y] + gradient)([floats(2, 6, 6, 2, dtype=np.float64), 0])
        return {"y": values[0], "gradient": values[1]}
    finally:
        K.set_floatx("float32")


@keras_script()
def channels_first_by_setting(keras):
    K, L = keras.backend, keras.layers
    K.set_image_data_format("channels_first")
    try:
        x = L.Input((2, 6, 6))
        y = L.Conv2D(3, 3, padding="same")(x)
        y = L.BatchNormalization(axis=1)(L.MaxPooling2D()(L.ZeroPadding2D(1)(y)))
        y = L.SpatialDropout2D(0.5)(L.UpSampling2D()(y))
        shape = K.int_shape(y)
        flat = L.Flatten()(y)
        pooled = L.GlobalAveragePooling2D()(y)
        values = K.function([x, K.learning_phase()], [y, flat, pooled])([floats(2, 2, 6, 6), 1])
        result = {str(i): value for i, value in enumerate(values)}
        result["shape"] = text(shape)
        return result
    finally:
        K.set_image_data_format("channels_last")


@keras_script()
def layers_on_placeholders(keras):
    """A layer on a TensorFlow placeholder, and TensorFlow operations on a layer's output."""
    K, L, tf = keras.backend, keras.layers, keras.backend.tf
    x = tf.placeholder(tf.float32, (None, 4), name="x")
    y = L.Dense(3, activation="relu")(x)
    y = L.BatchNormalization()(y)
    loss = tf.reduce_mean(tf.square(y))
    gradient = tf.gradients(loss, [x])[0]
    values = K.get_session().run([y, loss, gradient], {x: floats(5, 4), K.learning_phase(): 0})
    return {str(i): value for i, value in enumerate(values)}


@keras_script()
def serialized_layers(keras):
    L = keras.layers
    layers = [L.Dense(3, activation="tanh"), L.Conv2D(2, 3), L.BatchNormalization(), L.Concatenate(axis=1), L.ReLU(6.0)]
    back = [L.deserialize(L.serialize(layer)) for layer in layers]
    return {
        "configs": text([L.serialize(layer) for layer in layers]),
        "back": text([L.serialize(layer) for layer in back]),
        "same classes": [type(a) is type(b) for a, b in zip(layers, back)],
    }


# -- Keras 1 ----------------------------------------------------------------------------------------------------------------

OLD_NAMES = (
    ("Dense", (), {"output_dim": 3, "init": "normal", "W_regularizer": "l2", "b_constraint": "nonneg", "bias": False}),
    ("Dense", (3,), {"activation": "relu"}),
    ("Dropout", (), {"p": 0.25}),
    ("SpatialDropout1D", (), {"p": 0.25}),
    ("SpatialDropout2D", (), {"p": 0.25, "dim_ordering": "th"}),
    ("Embedding", (4, 2), {"init": "uniform", "W_constraint": "maxnorm", "dropout": 0.2}),
    ("MaxPooling1D", (), {"pool_length": 3, "stride": 2, "border_mode": "same"}),
    ("MaxPooling2D", ((2, 2),), {"border_mode": "same", "dim_ordering": "tf"}),
    ("AveragePooling3D", (), {"dim_ordering": "default", "border_mode": "valid"}),
    ("GlobalMaxPooling2D", (), {"dim_ordering": "th"}),
    ("PReLU", ("ones",), {}),
    ("PReLU", (), {"init": "ones"}),
    ("GaussianNoise", (), {"sigma": 0.5}),
    ("GaussianDropout", (), {"p": 0.5}),
    ("UpSampling1D", (), {"length": 3}),
    ("UpSampling2D", (3,), {"dim_ordering": "th"}),
    ("UpSampling3D", (), {"dim_ordering": "tf"}),
    ("ZeroPadding2D", (2,), {"dim_ordering": "th"}),
    ("ZeroPadding3D", (2,), {"dim_ordering": "th"}),
    ("Cropping2D", (2,), {"dim_ordering": "tf"}),
    ("Cropping3D", (2,), {"dim_ordering": "tf"}),
    ("Conv1D", (), {"nb_filter": 4, "filter_length": 3, "subsample_length": 2, "border_mode": "same"}),
    ("Conv1D", (4, 3), {"input_dim": 2, "input_length": 9}),
    ("Conv2D", (4, 3, 2), {}),
    ("Conv2D", (4, 3), {"nb_col": 2, "border_mode": "same"}),
    ("Conv2D", (4,), {"nb_row": 3, "nb_col": 2, "subsample": (2, 2), "init": "he_normal"}),
    ("Conv2D", (), {"nb_filter": 4, "nb_row": 3, "nb_col": 2, "dim_ordering": "th", "W_regularizer": "l1"}),
    ("Conv2D", (4, (3, 2)), {"bias": False}),
    ("Conv2DTranspose", (4, 3, 2, (None, 5, 5, 4)), {"subsample": (2, 2)}),
    ("Conv2DTranspose", (4, (3, 3)), {"output_shape": (None, 5, 5, 4)}),
    ("Conv3D", (4, 3, 2, 1), {}),
    ("Conv3D", (4,), {"kernel_dim1": 3, "kernel_dim2": 2, "kernel_dim3": 1, "border_mode": "same"}),
    ("Conv3D", (4, 3, 2), {"kernel_dim3": 1}),
    ("SeparableConv2D", (4, 3, 3), {"init": "he_normal", "bias": False}),
    ("LocallyConnected2D", (4, 3, 3), {"border_mode": "valid"}),
    ("LocallyConnected1D", (), {"nb_filter": 4, "filter_length": 3}),
    ("BatchNormalization", (), {"mode": 0, "beta_init": "ones", "gamma_init": "zeros"}),
    ("AtrousConvolution1D", (4, 3), {"atrous_rate": 2}),
    ("AtrousConvolution2D", (4, (3, 3)), {}),
)


def built_with_warnings(keras, class_name, args, options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        layer = getattr(keras.layers, class_name)(*args, **options)
    return layer, [str(w.message) for w in caught if w.category is UserWarning]


for class_name, args, options in OLD_NAMES:

    def old_name(keras, class_name=class_name, args=args, options=options):
        layer, messages = built_with_warnings(keras, class_name, args, options)
        updates = [message.rstrip(".") for message in messages if message.startswith("Update")]
        return {"warnings": len(messages), "update": text(updates), "config": text(layer.get_config())}

    keras_script(name=row_name("keras_1_" + class_name, args, options))(old_name)


@keras_script()
def maxout_and_highway(keras):
    K, L = keras.backend, keras.layers
    x = L.Input(batch_shape=(3, 4))
    result = {}
    for class_name, args, options in (
        ("MaxoutDense", (3,), {"nb_feature": 2, "W_regularizer": "l2"}),
        ("MaxoutDense", (2,), {"bias": False}),
        ("Highway", (), {"activation": "tanh"}),
        ("Highway", (), {"activation": "relu", "bias": False, "init": "normal"}),
    ):
        layer, messages = built_with_warnings(keras, class_name, args, options)
        y = layer(x)
        fetches = [y] + K.gradients(weighted(keras, y), [x] + layer.trainable_weights) + layer.weights
        values = K.function([x], fetches)([floats(3, 4)])
        result[layer.name] = {str(i): value for i, value in enumerate(values)}
        result[layer.name]["config"] = text(layer.get_config())
        result[layer.name]["warned"] = len(messages)
        result[layer.name]["names"] = text([w.name for w in layer.weights])
    return result


@keras_script()
def an_old_recurrent_layer(keras):
    """A Keras 1 style layer of one's own on the base class."""
    K, L = keras.backend, keras.layers

    class Sum(L.Recurrent):
        def __init__(self, units, **kwargs):
            super(Sum, self).__init__(**kwargs)
            self.units = units
            self.states = [None]
            self.state_spec = L.InputSpec(shape=(None, units))

        def build(self, input_shape):
            input_shape = input_shape[0] if isinstance(input_shape, list) else input_shape
            self.kernel = self.add_weight((input_shape[-1], self.units), initializer="ones", name="kernel")
            self.built = True

        def step(self, inputs, states):
            output = K.dot(inputs, self.kernel) + 0.5 * states[0]
            return output, [output]

    x, start = L.Input((4, 3)), L.Input((2,))
    ys = [
        Sum(2)(x),
        Sum(2, return_sequences=True)(x),
        Sum(2, go_backwards=True, unroll=True)(x),
        Sum(2)(x, initial_state=start),
    ]
    layer = Sum(2, return_state=True, return_sequences=True)
    ys += layer(x)
    values = K.function([x, start], ys)([floats(2, 4, 3), floats(2, 2)])
    result = {str(i): value for i, value in enumerate(values)}
    result["config"] = text(layer.get_config())
    result["shapes"] = text([K.int_shape(y) for y in ys])
    return result


# -- errors -----------------------------------------------------------------------------------------------------------------

ERRORS = (
    ("dense_of_a_number", lambda L: L.Dense(3)(3.0)),
    ("dense_of_another_size", lambda L: second_call(L, L.Dense(3), (4,), (5,))),
    ("dense_twice_named", lambda L: L.Dense(output_dim=3, units=3)),
    ("dense_unknown_argument", lambda L: L.Dense(3, colour="red")),
    ("dense_unknown_activation", lambda L: L.Dense(3, activation="reluu")),
    ("dense_unknown_initializer", lambda L: L.Dense(3, kernel_initializer="hee")),
    ("conv2d_rank", lambda L: L.Conv2D(3, 2)(L.Input((4, 3)))),
    ("conv2d_unknown_channels", lambda L: L.Conv2D(3, 2)(L.Input((4, 4, None)))),
    ("conv2d_kernel_size", lambda L: L.Conv2D(3, (2, 2, 2))),
    ("conv2d_strides", lambda L: L.Conv2D(3, 2, strides="two")),
    ("conv2d_padding", lambda L: L.Conv2D(3, 2, padding="full")),
    ("conv2d_causal", lambda L: L.Conv2D(3, 2, padding="causal")(L.Input((4, 4, 3)))),
    ("conv2d_data_format", lambda L: L.Conv2D(3, 2, data_format="th")),
    ("conv2d_ints_without_names", lambda L: L.Conv2D(3, 2, 2, padding="same")),
    ("conv2d_too_many", lambda L: L.Conv2D(3, 2, 2, 2, 2)),
    ("conv1d_causal_channels_first", lambda L: L.Conv1D(3, 2, padding="causal", data_format="channels_first")),
    ("transposed_output_padding", lambda L: L.Conv2DTranspose(3, 2, strides=2, output_padding=2)),
    ("pooling_rank", lambda L: L.MaxPooling2D()(L.Input((4, 3)))),
    ("pooling_size", lambda L: L.MaxPooling2D((2, 2, 2))),
    ("pooling_padding", lambda L: L.MaxPooling2D(padding="around")),
    ("local_same", lambda L: L.LocallyConnected2D(3, 2, padding="same")),
    ("local_unknown", lambda L: L.LocallyConnected2D(3, 2)(L.Input((None, 4, 3)))),
    ("zero_padding", lambda L: L.ZeroPadding2D((1, 2, 3))),
    ("zero_padding_float", lambda L: L.ZeroPadding2D(1.5)),
    ("cropping", lambda L: L.Cropping3D(((1, 2), 1))),
    ("upsampling_interpolation", lambda L: L.UpSampling2D(interpolation="cubic")),
    ("batch_normalization_positional", lambda L: L.BatchNormalization(1)),
    ("batch_normalization_mode", lambda L: L.BatchNormalization(mode=2)),
    ("batch_normalization_unknown", lambda L: L.BatchNormalization()(L.Input((None,)))),
    ("embedding_length", lambda L: L.Embedding(4, 2, input_length=3)(L.Input((5,)))),
    ("flatten_unknown", lambda L: L.Flatten()(L.Input((None, 3)))),
    ("flatten_vector", lambda L: L.Flatten()(L.Input((3,)))),
    ("flatten_masked", lambda L: L.Flatten()(L.Masking()(L.Input((4, 3))))),
    ("reshape_size", lambda L: L.Reshape((5,))(L.Input((2, 3)))),
    ("reshape_two_unknown", lambda L: L.Reshape((-1, -1))(L.Input((2, 3)))),
    ("permute_rank", lambda L: L.Permute((2, 1))(L.Input((3,)))),
    ("repeat_vector_rank", lambda L: L.RepeatVector(2)(L.Input((3, 4)))),
    ("spatial_dropout_rank", lambda L: L.SpatialDropout1D(0.5)(L.Input((3,)))),
    ("lambda_output_shape", lambda L: L.Lambda(lambda x: x, output_shape=3)),
    ("lambda_shape_function", lambda L: L.Lambda(lambda x: x, output_shape=lambda s: 3)(L.Input((3,)))),
    ("relu_negative", lambda L: L.ReLU(max_value=-1.0)),
    ("relu_negative_slope", lambda L: L.ReLU(negative_slope=-1.0)),
    ("add_of_one", lambda L: L.add([L.Input((3,))])),
    ("add_of_a_tensor", lambda L: L.add(L.Input((3,)))),
    ("add_shapes", lambda L: L.add([L.Input((3,)), L.Input((4,))])),
    ("add_batch_sizes", lambda L: L.add([L.Input(batch_shape=(2, 3)), L.Input(batch_shape=(3, 3))])),
    ("subtract_of_three", lambda L: L.subtract([L.Input((3,)), L.Input((3,)), L.Input((3,))])),
    ("concatenate_of_one", lambda L: L.concatenate([L.Input((3,))])),
    ("concatenate_shapes", lambda L: L.concatenate([L.Input((3, 4)), L.Input((4, 5))])),
    ("dot_axes_type", lambda L: L.Dot("1")),
    ("dot_axes_number", lambda L: L.Dot((1, 2, 3))),
    ("dot_axes_kind", lambda L: L.Dot((1, 2.0))),
    ("dot_sizes", lambda L: L.dot([L.Input((3,)), L.Input((4,))], 1)),
    ("deserialize_unknown", lambda L: L.deserialize({"class_name": "NoSuchLayer", "config": {}})),
    ("deserialize_no_config", lambda L: L.deserialize({"name": "Dense"})),
)


def second_call(L, layer, first, second):
    layer(L.Input(first))
    return layer(L.Input(second))


for name, make in ERRORS:
    keras_script(name="error_" + name, raises=True)(lambda keras, make=make: make(keras.layers))
