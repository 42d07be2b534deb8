"""Recurrent layers and the wrappers: outputs, gradients, states, masks, dropout, configs, names of weights."""

import json
import re
import warnings

import numpy as np

from tests.oracle import training_models as models
from tests.oracle.harness import floats, keras_script

STEPS, FEATURES, UNITS = 4, 3, 2


def sequence(*shape, seed=1):
    """A batch of three sequences; the last steps of the second and the first step of the third are zero (masked)."""
    x = floats(*(shape or (3, STEPS, FEATURES)), seed=seed)
    x[1, 2:] = 0
    x[2, 0] = 0
    return x


def as_list(x):
    return list(x) if isinstance(x, (list, tuple)) else [x]


def text(config):
    return json.dumps(config, sort_keys=True, default=lambda x: x.tolist())


def give_weights(layer):
    """Weights that do not depend on any initializer."""
    layer.set_weights([floats(*w.shape, seed=i, low=-0.6, high=0.6) for i, w in enumerate(layer.get_weights())])


def run(keras, layer, x=None, mask=False, phase=None, states=(), batch_shape=None, gradients=True, weights=True):
    """Outputs, gradients, shapes and names of one layer; `states` are fed as further inputs."""
    K = keras.backend
    x = sequence() if x is None else x
    x_in = keras.layers.Input(batch_shape=batch_shape or (None,) + x.shape[1:])
    hidden = keras.layers.Masking()(x_in) if mask else x_in
    state_inputs = [keras.layers.Input(state.shape[1:]) for state in states]
    outputs = as_list(layer([hidden] + state_inputs) if state_inputs else layer(hidden))
    if weights and layer.get_weights():
        give_weights(layer)
    feeds = [x_in] + state_inputs
    fetches = list(outputs)
    if gradients:
        loss = sum(K.sum(K.square(y) * (i + 0.5)) for i, y in enumerate(outputs))
        fetches += K.gradients(loss, feeds + layer.trainable_weights)
    values = [x] + list(states)
    if phase is not None:
        feeds, values = feeds + [K.learning_phase()], values + [phase]
    answers = K.function(feeds, fetches)(values)
    found = {"y%d" % i: y for i, y in enumerate(answers[: len(outputs)])}
    found.update({"g%d" % i: g for i, g in enumerate(answers[len(outputs) :])})
    found["shapes"] = repr([K.int_shape(y) for y in outputs])
    found["names"] = " ".join(w.name for w in layer.weights)
    found["masks"] = repr([m is not None for m in as_list(layer.get_output_mask_at(0))])
    return found


# Every cell, every option: (name, class, arguments, how to run).
OPTIONS = [
    ("plain", {}, {}),
    ("sequences", dict(return_sequences=True), {}),
    ("backwards", dict(go_backwards=True, return_sequences=True), {}),
    ("unrolled", dict(unroll=True, return_sequences=True), {}),
    ("states", dict(return_state=True, return_sequences=True), {}),
    ("masked", dict(return_sequences=True, return_state=True), dict(mask=True)),
    ("masked_backwards", dict(go_backwards=True), dict(mask=True)),
    ("masked_unrolled", dict(unroll=True), dict(mask=True)),
    ("no_bias", dict(use_bias=False), {}),
    ("relu", dict(activation="relu"), {}),
    ("unknown_time", dict(return_sequences=True), dict(batch_shape=(None, None, FEATURES))),
    ("fixed_batch", dict(return_sequences=True), dict(batch_shape=(3, STEPS, FEATURES))),
    ("dropout", dict(dropout=0.4), dict(phase=1)),
    ("recurrent_dropout", dict(recurrent_dropout=0.4, return_sequences=True), dict(phase=1)),
    ("both_dropouts", dict(dropout=0.3, recurrent_dropout=0.5), dict(phase=1)),
    ("both_dropouts_testing", dict(dropout=0.3, recurrent_dropout=0.5), dict(phase=0)),
]
GATED = [
    ("second_implementation", dict(implementation=2), {}),
    ("second_implementation_dropouts", dict(implementation=2, dropout=0.3, recurrent_dropout=0.5), dict(phase=1)),
    ("sigmoid_gates", dict(recurrent_activation="sigmoid", activation="softsign"), {}),
]
RESET_AFTER = [
    ("reset_after", dict(reset_after=True, return_sequences=True), {}),
    ("reset_after_second", dict(reset_after=True, implementation=2), {}),
    ("reset_after_no_bias", dict(reset_after=True, use_bias=False), {}),
    ("reset_after_dropouts", dict(reset_after=True, dropout=0.3, recurrent_dropout=0.5), dict(phase=1)),
    ("reset_after_second_dropouts", dict(reset_after=True, implementation=2, recurrent_dropout=0.5), dict(phase=1)),
]
# Compiling a gradient takes a second; these rows say enough about the gated cells.
WITH_GRADIENTS = ("plain", "masked", "both_dropouts", "second_implementation", "reset_after", "reset_after_dropouts")
ROWS = [("SimpleRNN", row) for row in OPTIONS]
ROWS += [("GRU", row) for row in OPTIONS + GATED + RESET_AFTER]
ROWS += [("LSTM", row) for row in OPTIONS + GATED + [("cold_forget_gate", dict(unit_forget_bias=False), {})]]


def layer_case(name, arguments, how):
    return lambda keras: run(keras, getattr(keras.layers, name)(UNITS, **arguments), **how)


for class_name, (row, arguments, how) in ROWS:
    if class_name != "SimpleRNN" and row not in WITH_GRADIENTS:
        how = dict(how, gradients=False)
    keras_script(name="%s_%s" % (class_name.lower(), row))(layer_case(class_name, arguments, how))


def first_weights(name, arguments):
    def case(keras):
        layer = getattr(keras.layers, name)(3, **arguments)
        layer(keras.layers.Input((None, 4)))
        return dict({"w%d" % i: w for i, w in enumerate(layer.get_weights())}, count=layer.count_params())

    return case


FIRST_WEIGHTS = [
    ("SimpleRNN", {}),
    ("GRU", {}),
    ("GRU", dict(reset_after=True)),
    ("LSTM", {}),
    ("LSTM", dict(bias_initializer="random_uniform", recurrent_initializer="glorot_normal")),
    ("LSTM", dict(unit_forget_bias=False, kernel_initializer="he_uniform")),
]
for number, (class_name, arguments) in enumerate(FIRST_WEIGHTS):
    keras_script(name="first_weights_%d_%s" % (number, class_name.lower()))(first_weights(class_name, arguments))


def config_case(make):
    """The config of a layer, and of the layer made from it."""

    def case(keras):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layer = make(keras)
            config = layer.get_config()
            copy = type(layer).from_config(layer.get_config())
            return {"config": text(config), "copy": text(copy.get_config()), "order": " ".join(config)}

    return case


EVERYTHING = dict(
    kernel_regularizer="l2",
    recurrent_regularizer="l1",
    bias_regularizer="l1_l2",
    activity_regularizer="l2",
    kernel_constraint="max_norm",
    recurrent_constraint="unit_norm",
    bias_constraint="non_neg",
)
CONFIGS = {
    "simple_rnn": lambda k: k.layers.SimpleRNN(3, name="a"),
    "simple_rnn_everything": lambda k: k.layers.SimpleRNN(3, name="a", input_shape=(4, 5), dropout=0.5, **EVERYTHING),
    "gru": lambda k: k.layers.GRU(3, name="a", trainable=False),
    "gru_everything": lambda k: k.layers.GRU(3, name="a", reset_after=True, implementation=2, **EVERYTHING),
    "lstm": lambda k: k.layers.LSTM(3, name="a", stateful=True, batch_input_shape=(2, 3, 4)),
    "lstm_everything": lambda k: k.layers.LSTM(3, name="a", recurrent_dropout=1.5, unroll=True, **EVERYTHING),
    "lstm_legacy": lambda k: k.layers.LSTM(output_dim=3, name="a", inner_activation="sigmoid", dropout_W=0.2, input_dim=4),
    "lstm_implementation_0": lambda k: k.layers.LSTM(3, name="a", implementation=0),
    "rnn_of_cell": lambda k: k.layers.RNN(k.layers.LSTMCell(3, name="c"), name="a", return_state=True),
    "rnn_of_cells": lambda k: k.layers.RNN([k.layers.GRUCell(3, name="c"), k.layers.SimpleRNNCell(2, name="d")], name="a"),
    "simple_cell": lambda k: k.layers.SimpleRNNCell(3, name="c"),
    "gru_cell": lambda k: k.layers.GRUCell(3, name="c", dropout=0.2),
    "lstm_cell": lambda k: k.layers.LSTMCell(3, name="c", activation="relu"),
    "conv_lstm": lambda k: k.layers.ConvLSTM2D(3, 2, name="a"),
    "conv_lstm_everything": lambda k: k.layers.ConvLSTM2D(
        3, (2, 1), strides=2, padding="same", data_format="channels_first", name="a", **EVERYTHING
    ),
    "conv_lstm_cell": lambda k: k.layers.ConvLSTM2DCell(3, 2, name="c"),
    "cudnn_lstm": lambda k: k.layers.CuDNNLSTM(3, name="a", stateful=True),
    "cudnn_gru": lambda k: k.layers.CuDNNGRU(3, name="a", return_sequences=True, **EVERYTHING),
    "time_distributed": lambda k: k.layers.TimeDistributed(k.layers.Dense(3, name="d"), name="a", input_shape=(4, 5)),
    "bidirectional": lambda k: k.layers.Bidirectional(k.layers.LSTM(3, name="l"), name="a", merge_mode="sum"),
}
for row, make in CONFIGS.items():
    keras_script(name="config_" + row)(config_case(make))


def cudnn_case(name):
    """cuDNN runs on a GPU only; its layers' weights do not."""

    def case(keras):
        layer = getattr(keras.layers, name)(3, return_sequences=True, return_state=True)
        layer.build((None, 5, 4))
        shapes = [w.shape for w in layer.get_weights()]
        return {
            "shapes": repr(shapes),
            "names": " ".join(w.name for w in layer.weights),
            "bias": layer.get_weights()[2],
            "output": repr(layer.compute_output_shape((2, 5, 4))),
            "count": layer.count_params(),
        }

    return case


keras_script(name="cudnn_lstm")(cudnn_case("CuDNNLSTM"))
keras_script(name="cudnn_gru")(cudnn_case("CuDNNGRU"))


# States.
def initial_state_case(name, count, arguments, mask=False):
    def case(keras):
        states = [floats(3, UNITS, seed=20 + i) for i in range(count)]
        layer = getattr(keras.layers, name)(UNITS, return_state=True, **arguments)
        return run(keras, layer, states=states, mask=mask)

    return case


keras_script(name="initial_state_simple")(initial_state_case("SimpleRNN", 1, {}))
keras_script(name="initial_state_gru")(initial_state_case("GRU", 1, dict(return_sequences=True)))
keras_script(name="initial_state_lstm")(initial_state_case("LSTM", 2, dict(return_sequences=True)))
keras_script(name="initial_state_lstm_masked")(initial_state_case("LSTM", 2, dict(go_backwards=True), mask=True))


@keras_script()
def initial_state_that_is_no_keras_tensor(keras):
    K = keras.backend
    x = keras.layers.Input((STEPS, FEATURES))
    layer = keras.layers.LSTM(UNITS)
    y = layer(x, initial_state=[K.constant(floats(3, UNITS, seed=i)) for i in (1, 2)])
    give_weights(layer)
    return {"y": K.function([x], [y])([sequence()])[0], "inputs": len(layer._inbound_nodes[0].input_tensors)}


@keras_script(raises=True)
def mixed_initial_states(keras):
    x = keras.layers.Input((STEPS, FEATURES))
    states = [keras.layers.Input((UNITS,)), keras.backend.zeros((3, UNITS))]
    return {"y": keras.layers.LSTM(UNITS)(x, initial_state=states)}


@keras_script(raises=True)
def initial_state_of_another_size(keras):
    x, state = keras.layers.Input((STEPS, FEATURES)), keras.layers.Input((UNITS + 1,))
    return {"y": keras.layers.GRU(UNITS)(x, initial_state=state)}


@keras_script(raises=True)
def too_few_initial_states(keras):
    x, state = keras.layers.Input((STEPS, FEATURES)), keras.layers.Input((UNITS,))
    return {"y": keras.layers.LSTM(UNITS)(x, initial_state=[state])}


@keras_script(raises=True)
def unrolled_without_time(keras):
    return {"y": keras.layers.LSTM(UNITS, unroll=True)(keras.layers.Input((None, FEATURES)))}


@keras_script(raises=True)
def stateful_without_batch(keras):
    return {"y": keras.layers.LSTM(UNITS, stateful=True)(keras.layers.Input((STEPS, FEATURES)))}


@keras_script(raises=True)
def reset_of_a_stateless_layer(keras):
    layer = keras.layers.LSTM(UNITS)
    layer(keras.layers.Input((STEPS, FEATURES)))
    layer.reset_states()
    return {"y": 0}


def stateful_case(make):
    """Three batches in a row, then a reset, then states of the user's."""

    def case(keras):
        model = keras.models.Sequential()
        for layer in make(keras):
            model.add(layer)
        give_weights(model)
        batches = [floats(3, STEPS, FEATURES, seed=i) for i in range(3)]
        found = {"y%d" % i: model.predict(batch, batch_size=3) for i, batch in enumerate(batches)}
        model.reset_states()
        found["after_reset"] = model.predict(batches[0], batch_size=3)
        layer = model.layers[0]
        if hasattr(layer, "states"):
            given = [np.ones(keras.backend.int_shape(s), "float32") * (0.1 + i) for i, s in enumerate(layer.states)]
            layer.reset_states(given)
            found["given"] = model.predict(batches[1], batch_size=3)
            found.update({"state%d" % i: keras.backend.get_value(s) for i, s in enumerate(layer.states)})
        return dict(found, stateful=model.stateful, updates=len(model.state_updates))

    return case


BATCH = dict(stateful=True, batch_input_shape=(3, STEPS, FEATURES))
STATEFUL = {
    "simple": lambda k: [k.layers.SimpleRNN(UNITS, **BATCH)],
    "gru": lambda k: [k.layers.GRU(UNITS, return_sequences=True, **BATCH)],
    "lstm": lambda k: [k.layers.LSTM(UNITS, **BATCH)],
    "stacked_lstm": lambda k: [
        k.layers.LSTM(UNITS, return_sequences=True, **BATCH),
        k.layers.LSTM(3, stateful=True),
        k.layers.Dense(1),
    ],
    "cells": lambda k: [k.layers.RNN([k.layers.LSTMCell(UNITS), k.layers.GRUCell(3)], **BATCH)],
    "bidirectional": lambda k: [
        k.layers.Bidirectional(k.layers.GRU(UNITS, stateful=True), batch_input_shape=(3, STEPS, FEATURES))
    ],
}
for row, make in STATEFUL.items():
    keras_script(name="stateful_" + row)(stateful_case(make))


@keras_script(rtol=5e-3)
def stateful_training(keras):
    # TensorFlow 1 overwrites the states while it still takes the gradient that needs the old ones.
    models.one_thread(keras)
    model = keras.models.Sequential()
    model.add(keras.layers.LSTM(4, batch_input_shape=(2, STEPS, FEATURES), stateful=True, recurrent_initializer="glorot_uniform"))
    model.add(keras.layers.Dense(1))
    model.compile(models.ordered(keras, "sgd"), "mse")
    history = model.fit(
        floats(8, STEPS, FEATURES, seed=3), floats(8, 1, seed=4), batch_size=2, epochs=2, shuffle=False, verbose=0
    )
    return {"loss": history.history["loss"], "y": model.predict(floats(2, STEPS, FEATURES, seed=5), batch_size=2)}


# RNN over cells.
def cells_case(make, **how):
    return lambda keras: run(keras, make(keras), **how)


def minimal_cell(keras):
    K = keras.backend

    class MinimalCell(keras.layers.Layer):
        def __init__(self, units, **kwargs):
            self.units = self.state_size = units
            super(MinimalCell, self).__init__(**kwargs)

        def build(self, input_shape):
            self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="uniform", name="kernel")
            self.recurrent = self.add_weight(shape=(self.units, self.units), initializer="uniform", name="recurrent")
            self.built = True

        def call(self, inputs, states):
            output = K.tanh(K.dot(inputs, self.kernel) + K.dot(states[0], self.recurrent))
            return output, [output]

    return MinimalCell


CELLS = {
    "lstm": (lambda k: k.layers.RNN(k.layers.LSTMCell(UNITS), return_sequences=True), {}),
    "gru_masked": (lambda k: k.layers.RNN(k.layers.GRUCell(UNITS), return_state=True), dict(mask=True)),
    "lstm_dropout": (lambda k: k.layers.RNN(k.layers.LSTMCell(UNITS, dropout=0.5)), dict(phase=1)),
    "two": (lambda k: k.layers.RNN([k.layers.LSTMCell(UNITS), k.layers.GRUCell(3)], return_state=True), {}),
    "three_unrolled": (
        lambda k: k.layers.RNN([k.layers.SimpleRNNCell(n) for n in (2, 3, 2)], unroll=True, return_sequences=True),
        {},
    ),
    "two_masked": (lambda k: k.layers.RNN([k.layers.LSTMCell(2), k.layers.LSTMCell(2)]), dict(mask=True)),
    "two_dropout": (
        lambda k: k.layers.RNN([k.layers.LSTMCell(2, dropout=0.4), k.layers.LSTMCell(2, recurrent_dropout=0.4)]),
        dict(phase=1),
    ),
    "minimal": (lambda k: k.layers.RNN(minimal_cell(k)(UNITS)), {}),
    "minimal_stack": (
        lambda k: k.layers.RNN([minimal_cell(k)(UNITS), minimal_cell(k)(3)], return_sequences=True, go_backwards=True),
        {},
    ),
}
for row, (make, how) in CELLS.items():
    keras_script(name="cell_" + row)(cells_case(make, **how))


@keras_script()
def reversed_state_order(keras):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cells = keras.layers.StackedRNNCells([keras.layers.LSTMCell(2), keras.layers.GRUCell(3)], reverse_state_order=True)
    return dict(run(keras, keras.layers.RNN(cells, return_state=True)), sizes=repr(cells.state_size))


def constants_cell(keras):
    K = keras.backend

    class CellWithConstants(keras.layers.Layer):
        def __init__(self, units, **kwargs):
            self.units = self.state_size = units
            super(CellWithConstants, self).__init__(**kwargs)

        def build(self, input_shape):
            x_shape, constant_shape = input_shape
            self.kernel = self.add_weight(shape=(x_shape[-1], self.units), initializer="uniform", name="kernel")
            self.recurrent = self.add_weight(shape=(self.units, self.units), initializer="uniform", name="recurrent")
            self.constant = self.add_weight(
                shape=(constant_shape[-1], self.units), initializer="uniform", name="constant_kernel"
            )
            self.built = True

        def call(self, inputs, states, constants):
            output = K.dot(inputs, self.kernel) + K.dot(states[0], self.recurrent) + K.dot(constants[0], self.constant)
            return output, [output]

        def get_config(self):
            return dict(super(CellWithConstants, self).get_config(), units=self.units)

    return CellWithConstants


@keras_script()
def constants(keras):
    cell = constants_cell(keras)
    x, c = keras.layers.Input((None, 5)), keras.layers.Input((3,))
    layer = keras.layers.RNN(cell(4))
    model = keras.models.Model([x, c], layer(x, constants=c))
    give_weights(model)
    values = [floats(2, 6, 5, seed=1), floats(2, 3, seed=2)]
    with keras.utils.CustomObjectScope({"CellWithConstants": cell}), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        copy = keras.layers.RNN.from_config(layer.get_config())
        again = keras.models.Model([x, c], copy([x, c]))
    again.set_weights(model.get_weights())
    return {"y": model.predict(values), "again": again.predict(values), "config": text(layer.get_config()["num_constants"])}


@keras_script()
def constants_and_initial_state(keras):
    x, s, c = keras.layers.Input((None, 5)), keras.layers.Input((4,)), keras.layers.Input((3,))
    layer = keras.layers.RNN(constants_cell(keras)(4), return_state=True)
    model = keras.models.Model([x, s, c], layer(x, initial_state=s, constants=c))
    give_weights(model)
    y, state = model.predict([floats(2, 6, 5, seed=1), floats(2, 4, seed=2), floats(2, 3, seed=3)])
    return {"y": y, "state": state}


@keras_script(raises=True)
def constants_for_a_cell_without(keras):
    x, c = keras.layers.Input((None, 5)), keras.layers.Input((3,))
    return {"y": keras.layers.RNN(keras.layers.LSTMCell(2))(x, constants=c)}


@keras_script(raises=True)
def a_cell_without_state_size(keras):
    return {"y": keras.layers.RNN(keras.layers.Dense(3))}


# ConvLSTM2D.
def maps(*shape):
    return floats(*shape, seed=3, low=-1.0, high=1.0)


LAST, FIRST = maps(2, 3, 5, 4, 2), maps(2, 3, 2, 5, 4)
CONV = {
    "plain": (dict(), dict(x=LAST)),
    "sequences": (dict(return_sequences=True, padding="same"), dict(x=LAST)),
    "strides": (dict(strides=(2, 1)), dict(x=LAST)),
    "backwards": (dict(go_backwards=True, padding="same", use_bias=False), dict(x=LAST)),
    "channels_first": (dict(data_format="channels_first", return_sequences=True), dict(x=FIRST)),
    "channels_first_dropout": (dict(data_format="channels_first", dropout=0.4), dict(x=FIRST, phase=1)),
    "dropouts": (dict(dropout=0.3, recurrent_dropout=0.4), dict(x=LAST, phase=1)),
    "states": (dict(return_state=True, return_sequences=True), dict(x=LAST)),
    "dilated": (dict(dilation_rate=2), dict(x=LAST)),
}


def conv_case(arguments, how):
    return lambda keras: run(keras, keras.layers.ConvLSTM2D(2, (2, 2), **arguments), **how)


for row, (arguments, how) in CONV.items():
    keras_script(name="conv_lstm_" + row)(conv_case(arguments, how))


@keras_script()
def conv_lstm_stateful(keras):
    model = keras.models.Sequential()
    model.add(keras.layers.ConvLSTM2D(2, 2, batch_input_shape=LAST.shape, stateful=True, padding="same"))
    give_weights(model)
    found = {"y%d" % i: model.predict(LAST * (i + 1), batch_size=2) for i in range(2)}
    model.reset_states()
    return dict(found, after_reset=model.predict(LAST, batch_size=2))


@keras_script()
def conv_lstm_first_weights(keras):
    layer = keras.layers.ConvLSTM2D(2, 2)
    layer(keras.layers.Input((None, 6, 6, 2)))
    kernel, recurrent_kernel, bias = layer.get_weights()
    # LAPACK is free to choose the signs of singular vectors.
    return {"kernel": kernel, "sizes": np.abs(recurrent_kernel), "bias": bias, "shape": repr(layer.output_shape)}


@keras_script(raises=True)
def conv_lstm_unrolled(keras):
    return {"y": keras.layers.ConvRNN2D(keras.layers.ConvLSTM2DCell(2, 2), unroll=True)}


# TimeDistributed.
def inner_model(keras):
    return keras.models.Sequential([keras.layers.Dense(2, activation="tanh", input_shape=(3,)), keras.layers.Dense(2)])


DISTRIBUTED = {
    "dense": (lambda k: k.layers.Dense(2, activation="relu"), {}),
    "dense_masked": (lambda k: k.layers.Dense(2), dict(mask=True)),
    "dense_fixed_batch": (lambda k: k.layers.Dense(2, activation="tanh"), dict(batch_shape=(3, STEPS, FEATURES))),
    "dense_unknown_time": (lambda k: k.layers.Dense(2), dict(batch_shape=(None, None, FEATURES))),
    "conv1d": (lambda k: k.layers.Conv1D(2, 2), dict(x=maps(2, 3, 5, 2))),
    "conv2d": (lambda k: k.layers.Conv2D(2, 2, padding="same"), dict(x=maps(2, 3, 4, 4, 1))),
    "flatten": (lambda k: k.layers.Flatten(), dict(x=maps(2, 3, 4, 2))),
    "dropout": (lambda k: k.layers.Dropout(0.5), dict(phase=1)),
    "batch_normalization": (lambda k: k.layers.BatchNormalization(), dict(phase=1)),
    "batch_normalization_testing": (lambda k: k.layers.BatchNormalization(), dict(phase=0)),
    "model": (inner_model, {}),
    "activation": (lambda k: k.layers.Activation("softmax"), {}),
    "lstm": (lambda k: k.layers.LSTM(2), dict(x=maps(2, 3, 4, 2))),
    "twice": (lambda k: k.layers.TimeDistributed(k.layers.Dense(2)), dict(x=maps(2, 3, 4, 2))),
}


def distributed_case(make, how):
    return lambda keras: run(keras, keras.layers.TimeDistributed(make(keras)), **how)


for row, (make, how) in DISTRIBUTED.items():
    keras_script(name="time_distributed_" + row)(distributed_case(make, how))


@keras_script()
def time_distributed_embedding_mask(keras):
    model = keras.models.Sequential()
    model.add(keras.layers.TimeDistributed(keras.layers.Embedding(5, 3, mask_zero=True), input_shape=(4, 3)))
    model.add(keras.layers.TimeDistributed(keras.layers.LSTM(2)))
    give_weights(model)
    words = np.array([[[1, 2, 0], [3, 0, 0], [0, 0, 0], [1, 1, 1]], [[4, 4, 0], [0, 1, 2], [2, 0, 0], [0, 0, 0]]])
    masks = keras.backend.function(model.inputs, [model.layers[0].output_mask])([words])
    return {"y": model.predict(words), "mask": masks[0].astype("int32"), "shape": repr(model.output_shape)}


@keras_script(rtol=1e-4, atol=1e-5)
def time_distributed_training(keras):
    models.one_thread(keras)
    model = keras.models.Sequential()
    model.add(
        keras.layers.TimeDistributed(
            keras.layers.Dense(2, kernel_regularizer="l2", activity_regularizer="l1"), input_shape=(STEPS, FEATURES)
        )
    )
    model.add(keras.layers.TimeDistributed(keras.layers.BatchNormalization()))
    model.add(keras.layers.GRU(2, recurrent_initializer="glorot_uniform"))
    model.compile(models.ordered(keras, "sgd"), "mse")
    history = model.fit(floats(8, STEPS, FEATURES, seed=3), floats(8, 2, seed=4), batch_size=4, epochs=2, verbose=0)
    return dict({"loss": history.history["loss"]}, losses=len(model.losses), updates=len(model.updates))


# Bidirectional.
BOTH_WAYS = {
    "concat": (lambda k: k.layers.LSTM(UNITS), dict(), {}),
    "sum": (lambda k: k.layers.LSTM(UNITS, return_sequences=True), dict(merge_mode="sum"), {}),
    "mul": (lambda k: k.layers.GRU(UNITS, return_sequences=True), dict(merge_mode="mul"), {}),
    "ave": (lambda k: k.layers.SimpleRNN(UNITS), dict(merge_mode="ave"), {}),
    "none": (lambda k: k.layers.GRU(UNITS, return_sequences=True), dict(merge_mode=None), {}),
    "masked": (lambda k: k.layers.LSTM(UNITS, return_sequences=True), dict(), dict(mask=True)),
    "masked_none": (lambda k: k.layers.GRU(UNITS, return_sequences=True), dict(merge_mode=None), dict(mask=True)),
    "states": (lambda k: k.layers.LSTM(UNITS, return_state=True), dict(), {}),
    "states_none": (lambda k: k.layers.GRU(UNITS, return_state=True), dict(merge_mode=None), {}),
    "dropout": (lambda k: k.layers.LSTM(UNITS, dropout=0.4, recurrent_dropout=0.3), dict(), dict(phase=1)),
    "cell": (lambda k: k.layers.RNN(k.layers.LSTMCell(UNITS)), dict(), {}),
}


def both_ways_case(make, arguments, how):
    return lambda keras: run(keras, keras.layers.Bidirectional(make(keras), **arguments), **how)


for row, (make, arguments, how) in BOTH_WAYS.items():
    keras_script(name="bidirectional_" + row)(both_ways_case(make, arguments, how))


@keras_script()
def bidirectional_initial_state(keras):
    states = [floats(3, UNITS, seed=i) for i in range(4)]
    return run(keras, keras.layers.Bidirectional(keras.layers.LSTM(UNITS, return_state=True)), states=states)


@keras_script()
def bidirectional_properties(keras):
    inner = keras.layers.LSTM(UNITS, kernel_regularizer="l2", return_sequences=True)
    layer = keras.layers.Bidirectional(inner)
    layer(keras.layers.Input((STEPS, FEATURES)))
    found = {
        "names": " ".join(w.name for w in layer.weights),
        "losses": len(layer.losses),
        "mask": repr(layer.compute_mask(None, None)),
        "shape": repr(layer.output_shape),
        "weights": len(layer.get_weights()),
    }
    layer.trainable = False
    return dict(found, frozen="%d %d" % (len(layer.trainable_weights), len(layer.non_trainable_weights)))


@keras_script()
def bidirectional_first_weights(keras):
    layer = keras.layers.Bidirectional(keras.layers.GRU(UNITS))
    layer(keras.layers.Input((STEPS, FEATURES)))
    return {"w%d" % i: w for i, w in enumerate(layer.get_weights())}


@keras_script(raises=True)
def bidirectional_unknown_merge(keras):
    return {"y": keras.layers.Bidirectional(keras.layers.LSTM(2), merge_mode="max")}


@keras_script(raises=True)
def bidirectional_odd_states(keras):
    x = keras.layers.Input((STEPS, FEATURES))
    states = [keras.layers.Input((UNITS,)) for _ in range(3)]
    return {"y": keras.layers.Bidirectional(keras.layers.LSTM(UNITS))(x, initial_state=states)}


# Whole models.
def fit_case(make):
    def case(keras):
        models.one_thread(keras)
        model = keras.models.Sequential()
        for layer in make(keras):
            model.add(layer)
        model.compile(keras.optimizers.RMSprop(0.02, clipnorm=1000.0), "mse")  # Adam reads its step while it is raised
        x, y = floats(12, STEPS, FEATURES, seed=8), floats(12, 1, seed=9)
        history = model.fit(x, y, batch_size=4, epochs=3, verbose=0)
        return {
            "loss": history.history["loss"],
            "y": model.predict(x),
            "json": re.sub(r'"keras_version": "[^"]*", ?', "", model.to_json(sort_keys=True)),
        }

    return case


# Not orthogonal: the signs of singular vectors are up to LAPACK.
FIRST = dict(recurrent_initializer="glorot_uniform")
SHAPE = dict(FIRST, input_shape=(STEPS, FEATURES))
FITS = {
    "lstm": lambda k: [k.layers.LSTM(4, **SHAPE), k.layers.Dense(1)],
    "lstm_dropouts": lambda k: [k.layers.LSTM(4, dropout=0.2, recurrent_dropout=0.2, **SHAPE), k.layers.Dense(1)],
    "two_layers": lambda k: [k.layers.GRU(4, return_sequences=True, **SHAPE), k.layers.SimpleRNN(3, **FIRST), k.layers.Dense(1)],
    "masked": lambda k: [k.layers.Masking(input_shape=(STEPS, FEATURES)), k.layers.LSTM(4, **FIRST), k.layers.Dense(1)],
    "bidirectional": lambda k: [k.layers.Bidirectional(k.layers.GRU(3, **FIRST), input_shape=(STEPS, FEATURES)), k.layers.Dense(1)],
    "constrained": lambda k: [
        k.layers.LSTM(
            4, kernel_constraint="max_norm", recurrent_regularizer="l2", activity_regularizer="l1", unroll=True, **SHAPE
        ),
        k.layers.Dense(1),
    ],
}
for row, make in FITS.items():
    keras_script(name="fit_" + row, rtol=1e-4, atol=1e-5)(fit_case(make))


@keras_script(rtol=1e-4, atol=1e-5)
def an_encoder_and_a_decoder(keras):
    models.one_thread(keras)
    layers = keras.layers
    source, target = layers.Input((None, 3)), layers.Input((None, 2))
    _, *states = layers.LSTM(4, return_state=True, **FIRST)(source)
    decoded = layers.LSTM(4, return_sequences=True, **FIRST)(target, initial_state=states)
    model = keras.models.Model([source, target], layers.TimeDistributed(layers.Dense(2, activation="softmax"))(decoded))
    model.compile(models.ordered(keras, "rmsprop"), "categorical_crossentropy")
    x, y = floats(6, 5, 3, seed=1), floats(6, 4, 2, seed=2)
    labels = np.eye(2, dtype="float32")[np.arange(24).reshape(6, 4) % 2]
    history = model.fit([x, y], labels, batch_size=3, epochs=2, verbose=0)
    lines = []
    model.summary(print_fn=lines.append)
    return {"loss": history.history["loss"], "y": model.predict([x, y]), "summary": "\n".join(lines)}
