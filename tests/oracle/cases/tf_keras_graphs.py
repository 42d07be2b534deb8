"""Layers of `tf.keras`: names and numbers of what they make, first weights, and outputs in both learning phases.

How many operations a layer makes matters: the seeds of later operations that have none count them.
"""

import json

import numpy as np

from tests.oracle.harness import floats, integers, script

STEPS, IMAGE, VOLUME, FLAT = (5, 4), (7, 6, 3), (4, 5, 4, 2), (4,)


def masked(x):
    """Sequences some of whose last steps are zeros, which `Masking` takes away."""
    x = x.copy()
    x[0, 3:] = 0
    x[1, 1] = 0
    return x


def describe(tf, make, shapes, phases=(0,), mask=False, words=False, batch=None):
    """Calls a layer on inputs, and notes all that can be seen.

    Args:
        make: `f(layers) -> layer`.
        shapes: tuple of sizes without the batch's, or a list of them.
        phases: learning phases to compute the output in.
        mask: bool, whether a `Masking` comes before.
        words: bool, the inputs are small integers.
        batch: int, the batch's size where it is to be known.
    """
    keras, graph = tf.keras, tf.get_default_graph()
    tf.set_random_seed(7)
    np.random.seed(7)
    shapes = shapes if isinstance(shapes, list) else [shapes]
    inputs = [keras.Input(batch_shape=(batch,) + shape) for shape in shapes]
    entered = [keras.layers.Masking()(x) for x in inputs] if mask else inputs
    layer = make(keras.layers)
    outputs = layer(entered if len(entered) > 1 else entered[0])
    facts = {
        "operations": graph._last_id,
        "weights": [(w.name, w.shape.as_list()) for w in layer.weights],
        "trained": [w.name for w in layer.trainable_weights],
        "all": [v.name for v in tf.global_variables()],
        "losses": len(layer.losses),
        "updates": len(layer.updates),
        "with losses": graph._last_id,
        "shapes": [str(layer.input_shape), str(layer.output_shape)],
        "static": [str(y.shape) for y in tf.nest.flatten(outputs)],
        "config": layer.get_config(),
    }
    result = {"facts": json.dumps(facts, sort_keys=True)}
    feeds = {}
    for i, (x, shape) in enumerate(zip(inputs, shapes)):
        values = floats(2, *shape, seed=i)
        feeds[x] = integers(2, *shape).astype("float32") if words else masked(values) if mask else values
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        fetches = {"weight %d" % i: w for i, w in enumerate(layer.weights)}
        for phase in phases:
            fetches.update({"output %d" % i: y for i, y in enumerate(tf.nest.flatten(outputs))})
            fetches.update({"loss %d" % i: loss for i, loss in enumerate(layer.losses)})
            feeds[keras.backend.learning_phase()] = bool(phase)
            values = session.run(fetches, feeds)
            result.update({"%s in phase %d" % (name, phase): value for name, value in values.items()})
            fetches = {}
        if layer.updates:
            session.run(layer.updates, feeds)
            result.update({"moved %d" % i: value for i, value in enumerate(session.run(layer.weights))})
    return result


BOTH, TRAIN = (0, 1), (1,)
ROWS = {
    "dense": (lambda L: L.Dense(3, "softmax", kernel_regularizer="l2", activity_regularizer="l1"), FLAT),
    "dense_of_sequences": (lambda L: L.Dense(3, activation="elu", bias_initializer="ones"), STEPS),
    "dense_he_normal": (lambda L: L.Dense(3, kernel_initializer="he_normal", kernel_constraint="max_norm"), FLAT),
    "dense_orthogonal": (lambda L: L.Dense(3, kernel_initializer="orthogonal", use_bias=False), FLAT),
    "hard_sigmoid": (lambda L: L.Activation("hard_sigmoid"), FLAT),
    "softmax_of_sequences": (lambda L: L.Activation("softmax"), STEPS),
    "linear": (lambda L: L.Activation("linear"), FLAT),
    "dropout": (lambda L: L.Dropout(0.4), FLAT, {"phases": BOTH}),
    "dropout_of_rows": (lambda L: L.Dropout(0.4, noise_shape=(None, 1, 4), seed=3), STEPS, {"phases": TRAIN}),
    "dropout_of_nothing": (lambda L: L.Dropout(0.0), FLAT, {"phases": TRAIN}),
    "spatial_dropout1d": (lambda L: L.SpatialDropout1D(0.4), STEPS, {"phases": TRAIN}),
    "spatial_dropout2d": (lambda L: L.SpatialDropout2D(0.4), IMAGE, {"phases": TRAIN}),
    "gaussian_noise": (lambda L: L.GaussianNoise(0.3), FLAT, {"phases": TRAIN}),
    "gaussian_dropout": (lambda L: L.GaussianDropout(0.3), FLAT, {"phases": TRAIN}),
    "alpha_dropout": (lambda L: L.AlphaDropout(0.3), FLAT, {"phases": TRAIN}),
    "flatten": (lambda L: L.Flatten(), IMAGE),
    "flatten_unknown": (lambda L: L.Flatten(data_format="channels_first"), STEPS),
    "reshape": (lambda L: L.Reshape((2, -1)), STEPS),
    "masking": (lambda L: L.Masking(0.0), STEPS, {"mask": True}),
    "activity_regularization": (lambda L: L.ActivityRegularization(0.1, 0.2), FLAT),
    "embedding": (lambda L: L.Embedding(10, 4, mask_zero=True), (5,), {"words": True}),
    "prelu": (lambda L: L.PReLU(shared_axes=[1, 2], alpha_initializer="uniform"), IMAGE),
    "softmax_layer": (lambda L: L.Softmax(axis=1), STEPS),
    "batch_normalization": (lambda L: L.BatchNormalization(), IMAGE, {"phases": BOTH}),
    "batch_normalization_bare": (lambda L: L.BatchNormalization(center=False, scale=False), IMAGE, {"phases": TRAIN}),
    "batch_normalization_flat": (lambda L: L.BatchNormalization(), FLAT, {"phases": BOTH}),
    "batch_normalization_axis": (lambda L: L.BatchNormalization(axis=1, momentum=0.9), STEPS, {"phases": TRAIN}),
    "batch_normalization_plain": (lambda L: L.BatchNormalization(fused=False), IMAGE, {"phases": BOTH}),
    "layer_normalization": (lambda L: L.LayerNormalization(), STEPS),
    "conv1d": (lambda L: L.Conv1D(3, 2, strides=2, padding="same", activation="relu"), STEPS),
    "conv1d_causal": (lambda L: L.Conv1D(3, 2, padding="causal", dilation_rate=2), STEPS),
    "conv2d": (lambda L: L.Conv2D(4, (3, 2), padding="same", activation="tanh", kernel_regularizer="l1"), IMAGE),
    "conv2d_dilated": (lambda L: L.Conv2D(4, 2, dilation_rate=2), IMAGE),
    "conv3d": (lambda L: L.Conv3D(3, 2), VOLUME),
    "conv2d_transpose": (lambda L: L.Conv2DTranspose(2, 3, strides=2), IMAGE),
    "conv2d_transpose_same": (lambda L: L.Conv2DTranspose(2, 3, strides=2, padding="same", output_padding=1), IMAGE),
    "conv3d_transpose": (lambda L: L.Conv3DTranspose(2, 2, strides=2, padding="same"), VOLUME),
    "separable_conv1d": (lambda L: L.SeparableConv1D(3, 2, padding="causal", activation="relu"), STEPS),
    "separable_conv2d": (lambda L: L.SeparableConv2D(3, 3, depth_multiplier=2), IMAGE),
    "depthwise_conv2d": (lambda L: L.DepthwiseConv2D(3, padding="same"), IMAGE),
    "up_sampling2d": (lambda L: L.UpSampling2D((2, 3)), IMAGE),
    "up_sampling2d_bilinear": (lambda L: L.UpSampling2D(interpolation="bilinear"), IMAGE),
    "up_sampling3d": (lambda L: L.UpSampling3D(), VOLUME),
    "average_pooling1d": (lambda L: L.AveragePooling1D(2, strides=1, padding="same"), STEPS),
    "global_average_masked": (lambda L: L.GlobalAveragePooling1D(), STEPS, {"mask": True}),
    "dot": (lambda L: L.Dot((2, 1), normalize=True), [STEPS, (4, 5)]),
    "add_of_shapes": (lambda L: L.Add(), [STEPS, FLAT]),
    "attention": (lambda L: L.Attention(use_scale=True, causal=True), [STEPS, STEPS]),
    "time_distributed": (lambda L: L.TimeDistributed(L.Dense(3, activation="relu")), STEPS, {"mask": True}),
    "time_distributed_dropout": (lambda L: L.TimeDistributed(L.Dropout(0.4)), STEPS, {"phases": TRAIN}),
    "stacked_cells": (lambda L: L.RNN([L.GRUCell(3), L.SimpleRNNCell(2)], return_sequences=True), STEPS),
    "conv_lstm2d": (lambda L: L.ConvLSTM2D(2, 2, return_sequences=True), (3, 4, 4, 2)),
    "lstm_at_once": (lambda L: L.LSTM(3, implementation=2), STEPS),
    "lstm_time_major": (lambda L: L.LSTM(3, time_major=True, return_sequences=True), STEPS),
    "gru_reset_after": (lambda L: L.GRU(3, reset_after=True, recurrent_activation="sigmoid"), STEPS),
    "gru_at_once": (lambda L: L.GRU(3, implementation=2, reset_after=True), STEPS),
    "bidirectional_masked": (lambda L: L.Bidirectional(L.LSTM(2, return_sequences=True)), STEPS, {"mask": True}),
    "bidirectional_states": (lambda L: L.Bidirectional(L.GRU(2, return_state=True), merge_mode="sum"), STEPS),
}
for _kind in ("SimpleRNN", "GRU", "LSTM"):
    for _name, _options, _run in (
        ("states", {"return_sequences": True, "return_state": True, "go_backwards": True}, {}),
        ("dropout", {"dropout": 0.3, "recurrent_dropout": 0.4}, {"phases": TRAIN}),
        ("masked", {"bias_initializer": "ones", "activity_regularizer": "l2"}, {"mask": True}),
        ("unrolled", {"unroll": True, "use_bias": False}, {"mask": True}),
        ("stateful", {"stateful": True}, {"batch": 2}),
    ):
        ROWS["%s_%s" % (_kind.lower(), _name)] = (
            lambda L, kind=_kind, options=_options: getattr(L, kind)(3, **options),
            STEPS,
            _run,
        )

for _name, _row in ROWS.items():
    script(name=_name)(
        lambda tf, row=_row: describe(tf, row[0], row[1], **(row[2] if len(row) > 2 else {}))
    )
