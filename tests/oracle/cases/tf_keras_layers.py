"""Layers and their arguments that TensorFlow 1.15's `tf.keras` has and Keras 2.2.4 has not, or has otherwise."""

import json

import numpy as np

from tests.oracle.harness import floats, kind_made, script


def _plain(value):
    """A config as JSON holds it, without what only one side writes."""
    return json.dumps(value, sort_keys=True, default=str)


def _filled(tf, layers):
    """Gives all weights of layers values of their own, in Keras's session, which is returned."""
    pairs = []
    for i, layer in enumerate(layers):
        for j, weight in enumerate(layer.weights):
            shape = weight.shape.as_list()
            value = floats(*shape, seed=7 * i + j, low=-0.5, high=0.5) if shape else np.float32(0.75)
            pairs.append((weight, np.abs(value) + 0.5 if "variance" in weight.name else value))
    tf.keras.backend.batch_set_value(pairs)
    return tf.keras.backend.get_session()


def _seen(tf, layers, outputs, feeds, config=True):
    """The values of outputs, and what the layers tell of themselves."""
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    session = _filled(tf, layers)
    seen = {"out_%d" % i: value for i, value in enumerate(session.run(list(outputs), feeds))}
    weights = [weight for layer in layers for weight in layer.weights]
    seen["weights"] = json.dumps([[w.name, w.shape.as_list(), w.dtype.base_dtype.name] for w in weights])
    seen["trainable"] = sum(len(layer.trainable_weights) for layer in layers)
    seen["shapes"] = str([tf.keras.backend.int_shape(x) for x in outputs])
    if config:
        seen["config"] = _plain([layer.get_config() for layer in layers])
    return seen


def _one_input(name, make, *shapes, **options):
    """A case: a layer made by `make(tf.keras)`, called on inputs of the shapes."""

    @script(name)
    def run(tf):
        keras = tf.keras
        inputs = [keras.Input(batch_shape=shape) for shape in shapes]
        layer = make(keras)
        outputs = layer(inputs if len(inputs) > 1 else inputs[0])
        feeds = {x: floats(*shape, seed=i + 3) for i, (x, shape) in enumerate(zip(inputs, shapes))}
        return _seen(tf, [layer], outputs, feeds, **options)


QUERY, VALUE, SEQUENCE, IMAGE = (2, 3, 4), (2, 5, 4), (2, 4, 3), (2, 4, 4, 2)
ROWS = {
    "attention": (lambda k: k.layers.Attention(), QUERY, VALUE),
    "attention_scaled": (lambda k: k.layers.Attention(use_scale=True, name="look"), QUERY, VALUE),
    "attention_causal": (lambda k: k.layers.Attention(causal=True), QUERY, (2, 3, 4)),
    "attention_of_key": (lambda k: k.layers.Attention(), QUERY, (2, 5, 2), (2, 5, 4)),
    "additive_attention": (lambda k: k.layers.AdditiveAttention(), QUERY, VALUE),
    "additive_unscaled": (lambda k: k.layers.AdditiveAttention(use_scale=False, causal=True), QUERY, (2, 3, 4)),
    "layer_normalization": (lambda k: k.layers.LayerNormalization(), SEQUENCE),
    "layer_normalization_axes": (lambda k: k.layers.LayerNormalization(axis=[1, 2], epsilon=0.1), SEQUENCE),
    "layer_normalization_first": (lambda k: k.layers.LayerNormalization(axis=1, scale=False), SEQUENCE),
    "layer_normalization_plain": (lambda k: k.layers.LayerNormalization(center=False, scale=False), IMAGE),
    "lstm_time_major": (lambda k: k.layers.LSTM(2, time_major=True, return_sequences=True), SEQUENCE),
    "gru_time_major_last": (lambda k: k.layers.GRU(2, time_major=True, return_state=True), SEQUENCE),
    "simple_rnn_backwards": (lambda k: k.layers.SimpleRNN(2, time_major=True, go_backwards=True), SEQUENCE),
    "rnn_unrolled": (lambda k: k.layers.LSTM(2, unroll=True, time_major=True), SEQUENCE),
    "batch_normalization_axis_list": (lambda k: k.layers.BatchNormalization(axis=[-1], fused=False), (2, 3)),
    "upsampling_bilinear": (lambda k: k.layers.UpSampling2D(2, interpolation="bilinear"), IMAGE),
    "upsampling_nearest": (lambda k: k.layers.UpSampling2D((1, 3), interpolation="nearest"), IMAGE),
    "locally_connected": (lambda k: k.layers.LocallyConnected1D(2, 2, implementation=1), SEQUENCE),
    "locally_connected_2d": (lambda k: k.layers.LocallyConnected2D(1, (2, 3), implementation=1), IMAGE),
    "convolution_3d_transpose": (lambda k: k.layers.Convolution3DTranspose(1, 2), (1, 2, 2, 2, 2)),
    "dense_regularized": (lambda k: k.layers.Dense(2, activity_regularizer=k.regularizers.l2(0.1)), (2, 3)),
    "dense_autocast": (lambda k: k.layers.Dense(2, autocast=False, dynamic=False, trainable=False), (2, 3)),
    "bidirectional_two_kinds": (
        lambda k: k.layers.Bidirectional(
            k.layers.LSTM(2, return_sequences=True, name="f"),
            backward_layer=k.layers.GRU(2, return_sequences=True, go_backwards=True, name="b"),
        ),
        SEQUENCE,
    ),
    "peephole": (lambda k: k.layers.RNN(k.experimental.PeepholeLSTMCell(2), return_state=True), SEQUENCE),
    "peephole_stacked": (
        lambda k: k.layers.RNN([k.experimental.PeepholeLSTMCell(2), k.experimental.PeepholeLSTMCell(1)]),
        SEQUENCE,
    ),
}
WITHOUT_CONFIG = ("batch_normalization_axis_list", "bidirectional_two_kinds")  # an object's text; counted names
for name, row in ROWS.items():
    _one_input(name, row[0], *row[1:], config=name not in WITHOUT_CONFIG)


@script()
def masked_attention(tf):
    keras = tf.keras
    words = [keras.Input(batch_shape=(2, n)) for n in (3, 4)]
    table = keras.layers.Embedding(5, 3, mask_zero=True)
    layers = [table, keras.layers.Attention(), keras.layers.AdditiveAttention(causal=True)]
    query, value = map(table, words)
    feeds = {words[0]: [[1, 2, 0], [3, 0, 0]], words[1]: [[4, 1, 0, 0], [2, 2, 3, 0]]}
    outputs = [layers[1]([query, value]), layers[2]([query, value])]
    return _seen(tf, layers, outputs, feeds, config=False)


@script()
def masked_recurrence(tf):
    """A masked step repeats the output before it, whatever the first state of the cell is."""
    keras = tf.keras
    x = keras.Input(batch_shape=(3, 4, 2))
    masked = keras.layers.Masking()(x)
    stacked = keras.layers.RNN([keras.layers.LSTMCell(3), keras.layers.GRUCell(2)], return_sequences=True)
    zeros = keras.layers.RNN(keras.layers.GRUCell(2), return_sequences=True, zero_output_for_mask=True)
    both = keras.layers.Bidirectional(keras.layers.LSTM(2, return_sequences=True))
    layers = [stacked, zeros, both]
    values = floats(3, 4, 2, seed=5)
    values[0, 0] = values[1, 2] = values[1, 3] = values[2, 3] = 0.0
    return _seen(tf, layers, [layer(masked) for layer in layers], {x: values}, config=False)


@script()
def cells_of_ones_own(tf):
    keras = tf.keras

    class Sum(keras.layers.AbstractRNNCell):
        def __init__(self, units, **kwargs):
            super(Sum, self).__init__(**kwargs)
            self.units = units

        @property
        def state_size(self):
            return self.units

        @property
        def output_size(self):
            return self.units

        def build(self, input_shape):
            self.kernel = self.add_weight("kernel", shape=(input_shape[-1], self.units), initializer="ones")
            self.built = True

        def call(self, inputs, states):
            total = states[0] + tf.matmul(inputs, self.kernel)
            return total, [total]

        def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
            return tf.fill([batch_size, self.units], tf.cast(10.0, dtype))

        def get_config(self):
            return {"units": self.units}

    x = keras.Input(batch_shape=(2, 3, 2))
    layers = [keras.layers.RNN(Sum(2)), keras.layers.Bidirectional(keras.layers.RNN(Sum(1)))]
    return _seen(tf, layers, [layer(x) for layer in layers], {x: floats(2, 3, 2, seed=1)}, config=False)


@script()
def first_states_of_cells(tf):
    keras = tf.keras
    cells = [keras.layers.GRUCell(2), keras.layers.LSTMCell(3), keras.layers.SimpleRNNCell(1)]
    states = [tf.nest.flatten(c.get_initial_state(batch_size=2, dtype=tf.float64)) for c in cells]
    like = tf.nest.flatten(cells[1].get_initial_state(inputs=tf.ones([4, 3])))
    with tf.Session() as session:
        shown = session.run([states, like])
    return {"shapes": str([[(s.shape, s.dtype.name) for s in row] for row in shown[0] + [shown[1]]])}


@script()
def arguments_of_weights(tf):
    keras = tf.keras

    class Scale(keras.layers.Layer):
        def build(self, input_shape):
            self.gain = self.add_weight(
                "gain",
                shape=[int(input_shape[-1])],
                use_resource=True,
                synchronization=tf.VariableSynchronization.AUTO,
                aggregation=tf.VariableAggregation.MEAN,
            )
            self.count = self.add_weight(shape=(), dtype=tf.int32, trainable=False)
            self.bias = self.add_variable("bias", shape=(1,), initializer="ones", experimental_autocast=False)
            super(Scale, self).build(input_shape)

        def call(self, inputs):
            return inputs * self.gain + self.bias

    x = keras.Input((2,), dtype="float64")
    layer = Scale(name="scale", autocast=False)
    y = layer(x)
    dense = keras.layers.Dense(1, dtype="float64")
    z = dense(y)
    weights = layer.weights + dense.weights
    return {
        "weights": json.dumps([[w.name, w.dtype.base_dtype.name, w.shape.as_list()] for w in weights]),
        "dtypes": json.dumps([y.dtype.name, z.dtype.name, layer.dtype, dense.dtype]),
        "trainable": len(layer.trainable_weights),
        "unknown": kind_made(lambda: layer.add_weight("other", shape=(), wrong=1)),
        "config": _plain([layer.get_config(), dense.get_config()]),
    }


@script()
def losses_of_activity_are_means(tf):
    keras = tf.keras
    x = keras.Input(batch_shape=(4, 3))
    dense = keras.layers.Dense(2, activity_regularizer=keras.regularizers.l1(0.5))
    y = keras.layers.ActivityRegularization(l2=0.25)(dense(x))
    model = keras.Model(x, y)
    session = _filled(tf, [dense])
    return {"losses": np.array(session.run(model.losses, {x: floats(4, 3, seed=2)}))}


@script(rtol=1e-5)
def layers_in_layers(tf):
    """What a layer holds in its attributes, lists and variables included, is its own."""
    keras = tf.keras

    class Block(keras.layers.Layer):
        def __init__(self, units, **kwargs):
            super(Block, self).__init__(**kwargs)
            regularizer = keras.regularizers.l2(0.1)
            self.dense = [keras.layers.Dense(units, kernel_regularizer=regularizer) for _ in range(2)]
            self.norm = keras.layers.BatchNormalization()
            self.gain = tf.Variable(2.0, name="gain", use_resource=True)
            self.fixed = tf.Variable(1.0, name="fixed", trainable=False, use_resource=True)

        def call(self, inputs):
            for layer in self.dense:
                inputs = layer(inputs)
            return self.norm(inputs) * self.gain

    x = keras.Input((2,))
    block = Block(2, name="block")
    model = keras.Model(x, keras.layers.Dense(1)(block(x)))
    counts = [len(model.trainable_weights), len(model.losses), len(model.updates), model.count_params()]
    seen = _seen(tf, model.layers[1:], model.outputs, {x: floats(3, 2)}, config=False)
    model.compile("sgd", "mse")
    seen["history"] = np.array(model.fit(floats(6, 2), floats(6, 1, seed=1), epochs=2, verbose=0).history["loss"])
    block.trainable = False
    return dict(seen, counts=np.array(counts), frozen=len(model.trainable_weights))


@script(rtol=1e-5)
def subclassed_model(tf):
    keras = tf.keras

    class Net(keras.Model):
        def __init__(self):
            super(Net, self).__init__()
            self.parts = [keras.layers.Dense(3, activation="relu"), keras.layers.Dropout(0.0)]
            self.out = keras.layers.Dense(1)

        def call(self, inputs):
            for part in self.parts:
                inputs = part(inputs)
            return 2.0 * self.out(inputs)

    model = Net()
    model.compile("sgd", "mse")
    x, y = floats(6, 2), floats(6, 1, seed=1)
    model.train_on_batch(x, y)
    model.set_weights([floats(*w.shape, seed=i) for i, w in enumerate(model.get_weights())])
    history = model.fit(x, y, epochs=2, verbose=0, shuffle=False).history["loss"]
    return {
        "names": json.dumps([x.name for x in model.weights + model.layers]),
        "history": np.array(history),
        "predicted": model.predict(x),
    }


@script()
def models_called_with_training(tf):
    keras = tf.keras
    x = keras.Input(batch_shape=(4, 2))
    norm = keras.layers.BatchNormalization()
    model = keras.Model(x, norm(x))
    value = tf.constant(floats(4, 2))
    outputs = [model(value), model(value, training=True), model(value, training=False)]
    return _seen(tf, [norm], outputs, {}, config=False)


@script()
def sequence_features(tf):
    column = tf.feature_column.sequence_numeric_column
    ids = tf.feature_column.sequence_categorical_column_with_identity("word", 4)
    table = tf.feature_column.embedding_column(ids, 2, initializer=tf.ones_initializer())
    sparse = {
        "price": tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [1.0, 2.0, 3.0], [2, 2]),
        "word": tf.SparseTensor([[0, 0], [0, 1], [1, 0]], tf.constant([1, 2, 3], tf.int64), [2, 2]),
    }
    values, lengths = tf.keras.experimental.SequenceFeatures([column("price"), table])(sparse)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        values, lengths = session.run([values, lengths])
    return {"values": values, "lengths": lengths}


@script()
def what_layers_refuse(tf):
    layers = tf.keras.layers
    x, y = tf.keras.Input((3, 2)), tf.keras.Input((4, 2))
    return {
        "no list": kind_made(lambda: layers.Attention()(x)),
        "one input": kind_made(lambda: layers.Attention()([x])),
        "four inputs": kind_made(lambda: layers.AdditiveAttention()([x, y, y, y])),
        "mask is no list": kind_made(lambda: layers.Attention()([x, y], mask=(None, None))),
        "axis": kind_made(lambda: layers.LayerNormalization(axis="last")),
        "no such axis": kind_made(lambda: layers.LayerNormalization(axis=5)(x)),
        "axis twice": kind_made(lambda: layers.LayerNormalization(axis=[1, -2])(x)),
        "interpolation": kind_made(lambda: layers.UpSampling2D(interpolation="cubic")),
        "one way": kind_made(lambda: layers.Bidirectional(layers.GRU(2), backward_layer=layers.GRU(2))),
        "other output": kind_made(
            lambda: layers.Bidirectional(
                layers.GRU(2), backward_layer=layers.GRU(2, go_backwards=True, return_sequences=True)
            )
        ),
        "unknown argument": kind_made(lambda: layers.Dense(2, unknown=1)),
    }
