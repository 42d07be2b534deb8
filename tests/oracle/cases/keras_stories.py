"""Programs as users write them: several parts of Keras, and of TensorFlow, in one graph."""

import functools

import numpy as np

from tests.oracle.harness import floats, integers, keras_script


def story(run):
    """A case in which the judge keeps resource variables.

    With Keras's own it may overwrite a weight before the gradient of the layer below has read it.
    """

    @functools.wraps(run)
    def safely(keras):
        tf = keras.backend.tf
        is_judge = keras.__name__ == "keras"
        if is_judge:
            tf.enable_resource_variables()
        try:
            return run(keras)
        finally:
            if is_judge:
                tf.disable_resource_variables()

    return keras_script(rtol=1e-4, atol=1e-5)(safely)


def settle(model, seed=1):
    """Gives a model weights that both sides agree on."""
    model.set_weights([floats(*w.shape, seed=seed + i, low=-0.5, high=0.5) for i, w in enumerate(model.get_weights())])


def flat(model):
    return np.concatenate([np.ravel(w) for w in model.get_weights()])


@story
def a_siamese_network(keras):
    K, layers = keras.backend, keras.layers

    def distance(pair):
        x, y = pair
        return K.sqrt(K.maximum(K.sum(K.square(x - y), axis=1, keepdims=True), K.epsilon()))

    def contrastive(y_true, y_pred):
        return K.mean(y_true * K.square(y_pred) + (1 - y_true) * K.square(K.maximum(1 - y_pred, 0)))

    def accuracy(y_true, y_pred):
        return K.mean(K.equal(y_true, K.cast(y_pred < 0.5, y_true.dtype)))

    x = layers.Input(shape=(3, 2))
    base = keras.models.Model(x, layers.Dense(4)(layers.Dense(5, activation="relu")(layers.Flatten()(x))))
    a, b = layers.Input(shape=(3, 2)), layers.Input(shape=(3, 2))
    far = layers.Lambda(distance, output_shape=lambda shapes: (shapes[0][0], 1))([base(a), base(b)])
    model = keras.models.Model([a, b], far)
    settle(model)
    model.compile(loss=contrastive, optimizer=keras.optimizers.RMSprop(), metrics=[accuracy])
    pairs = [floats(8, 3, 2), floats(8, 3, 2, seed=5)]
    history = model.fit(pairs, integers(8, high=2), batch_size=4, epochs=2, verbose=0)
    return {
        "loss": np.array(history.history["loss"]),
        "accuracy": np.array(history.history["accuracy"]),
        "far": model.predict(pairs),
        "base": base.predict(pairs[0]),
    }


@story
def a_variational_autoencoder(keras):
    """With its own loss, added to the model, and the noise as an input."""
    K, layers = keras.backend, keras.layers
    x, noise = layers.Input(shape=(6,)), layers.Input(shape=(2,))
    hidden = layers.Dense(4, activation="relu")(x)
    mean, log_var = layers.Dense(2, name="mean")(hidden), layers.Dense(2, name="log_var")(hidden)
    z = layers.Lambda(lambda t: t[0] + K.exp(0.5 * t[1]) * t[2], output_shape=(2,))([mean, log_var, noise])
    decode_hidden, decode = layers.Dense(4, activation="relu"), layers.Dense(6, activation="sigmoid")
    y = decode(decode_hidden(z))
    vae = keras.models.Model([x, noise], y)
    settle(vae)
    cross = 6 * keras.losses.binary_crossentropy(x, y)
    divergence = -0.5 * K.sum(1 + log_var - K.square(mean) - K.exp(log_var), axis=-1)
    vae.add_loss(K.mean(cross + divergence))
    vae.compile(optimizer="adam", loss=None)
    data = [floats(8, 6, low=0, high=1), floats(8, 2, seed=3)]
    losses = [vae.train_on_batch(data, None) for _ in range(3)]
    encoder = keras.models.Model(x, mean)
    latent = layers.Input(shape=(2,))
    generator = keras.models.Model(latent, decode(decode_hidden(latent)))
    return {"losses": np.array(losses), "mean": encoder.predict(data[0]), "drawn": generator.predict(data[1])}


@story
def two_networks_against_each_other(keras):
    """One is frozen inside the combined model, and trains when it is alone."""
    layers = keras.layers
    judge = keras.models.Sequential(
        [layers.Dense(4, input_shape=(3,)), layers.LeakyReLU(0.2), layers.Dense(1, activation="sigmoid")]
    )
    judge.compile(optimizer=keras.optimizers.SGD(0.1, momentum=0.5), loss="binary_crossentropy", metrics=["accuracy"])
    maker = keras.models.Sequential([layers.Dense(5, activation="relu", input_shape=(2,)), layers.Dense(3, activation="tanh")])
    judge.trainable = False
    z = layers.Input(shape=(2,))
    combined = keras.models.Model(z, judge(maker(z)))
    combined.compile(optimizer=keras.optimizers.SGD(0.1, momentum=0.5), loss="binary_crossentropy")
    settle(maker, 1)
    settle(judge, 11)
    judged, made, weights = [], [], [flat(judge)]
    judge.trainable = True
    for step in range(3):
        noise = floats(4, 2, seed=step)
        real, fake = floats(4, 3, seed=50 + step), maker.predict(noise)
        judged.append(judge.train_on_batch(np.concatenate([real, fake]), np.array([1.0] * 4 + [0.0] * 4)))
        weights.append(flat(judge))
        judge.trainable = False
        made.append(combined.train_on_batch(noise, np.ones(4)))
        judge.trainable = True
        weights.append(flat(judge))
    return {"judged": np.array(judged), "made": np.array(made), "weights": np.array(weights), "maker": flat(maker)}


@story
def a_sequence_to_another(keras):
    """The decoder is trained with the encoder's states, then used alone with states of its own."""
    layers, Model = keras.layers, keras.models.Model
    inputs = layers.Input(shape=(None, 3))
    _, h, c = layers.LSTM(4, return_state=True)(inputs)
    targets = layers.Input(shape=(None, 5))
    decode = layers.LSTM(4, return_sequences=True, return_state=True)
    outputs, _, _ = decode(targets, initial_state=[h, c])
    end = layers.Dense(5, activation="softmax")
    model = Model([inputs, targets], end(outputs))
    settle(model)
    model.compile(optimizer="rmsprop", loss="categorical_crossentropy")
    words = np.eye(5, dtype="float32")[integers(4, 6, high=5)]
    x = floats(4, 7, 3)
    losses = [model.train_on_batch([x, words], np.roll(words, -1, axis=1)) for _ in range(2)]
    encoder = Model(inputs, [h, c])
    first, second = layers.Input(shape=(4,)), layers.Input(shape=(4,))
    outputs, h2, c2 = decode(targets, initial_state=[first, second])
    decoder = Model([targets, first, second], [end(outputs), h2, c2])
    states = encoder.predict(x[:1])
    token, said = np.eye(5, dtype="float32")[None, :1], []
    for _ in range(3):
        scores, state_h, state_c = decoder.predict([token] + states)
        states = [state_h, state_c]
        said.append(scores[0, 0])
        token = np.eye(5, dtype="float32")[scores[0].argmax(-1)][None]
    return {"losses": np.array(losses), "said": np.array(said), "state": states[0]}


@story
def features_of_a_trained_model(keras):
    """A model on the inner layers of another, frozen below, trained above."""
    layers = keras.layers
    base = keras.models.Sequential(
        [layers.Conv2D(3, 3, activation="relu", input_shape=(6, 6, 1), name="conv"), layers.MaxPooling2D(name="pool"),
         layers.Flatten(name="flat"), layers.Dense(4, name="old_end")]
    )  # fmt: skip
    settle(base)
    for layer in base.layers[:2]:
        layer.trainable = False
    features = keras.models.Model(base.input, base.get_layer("flat").output)
    model = keras.models.Model(features.input, layers.Dense(2, activation="softmax", name="end")(features.output))
    model.get_layer("end").set_weights([floats(12, 2, seed=4), floats(2, seed=5)])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = floats(6, 6, 6, 1), integers(6, high=2)
    before = flat(base)
    found = np.array([model.train_on_batch(x, y) for _ in range(3)])
    maps = keras.models.Model(base.inputs, [layer.output for layer in base.layers[:3]]).predict(x)
    return {"found": found, "kept": np.abs(flat(base) - before).max(), "maps": maps[0], "flat": maps[2], "end": flat(model)[-26:]}


@story
def a_keras_model_in_a_tensorflow_program(keras):
    """Its tensors in a loss and an optimizer of TensorFlow's, in one session, with the learning phase fed."""
    tf, K, layers = keras.backend.tf, keras.backend, keras.layers
    sess = tf.Session()
    K.set_session(sess)
    images, labels = tf.placeholder(tf.float32, [None, 6]), tf.placeholder(tf.float32, [None, 3])
    x = layers.Dense(8, activation="relu")(images)
    x = layers.Dropout(0.5)(x)
    scores = layers.Dense(3, activation="softmax")(x)
    loss = tf.reduce_mean(keras.losses.categorical_crossentropy(labels, scores))
    train = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    right = keras.metrics.categorical_accuracy(labels, scores)
    with sess.as_default():
        sess.run(tf.global_variables_initializer())
        for i, v in enumerate(tf.trainable_variables()):
            v.load(floats(*v.shape.as_list(), seed=i, low=-0.5, high=0.5), sess)
        feeds = {images: floats(8, 6), labels: np.eye(3, dtype="float32")[integers(8, high=3)], K.learning_phase(): 0}
        losses = [sess.run([loss, train], feeds)[0] for _ in range(4)]
        found = right.eval(feeds)
    return {"losses": np.array(losses), "right": found, "names": repr([v.name for v in tf.trainable_variables()])}


@story
def tensorflow_in_a_keras_model(keras):
    """TensorFlow's operations inside Lambda layers and custom layers."""
    tf, layers = keras.backend.tf, keras.layers

    class Gate(layers.Layer):
        def build(self, input_shape):
            self.kernel = self.add_weight("kernel", (int(input_shape[-1]), 1), initializer="zeros")
            super(Gate, self).build(input_shape)

        def call(self, x):
            return x * tf.sigmoid(tf.matmul(x, self.kernel))

    model = keras.models.Sequential()
    model.add(layers.Lambda(lambda t: tf.nn.l2_normalize(t, 1), input_shape=(4,)))
    model.add(Gate())
    model.add(layers.Lambda(tf.reduce_sum, arguments={"axis": 1, "keepdims": True}, output_shape=(1,)))
    settle(model)
    model.compile(keras.optimizers.SGD(0.5, momentum=0.9), "mse")
    x, y = floats(6, 4), floats(6, 1, seed=2)
    return {"losses": np.array([model.train_on_batch(x, y) for _ in range(4)]), "y": model.predict(x), "w": flat(model)}


@story
def what_a_filter_looks_for(keras):
    """Gradient ascent on the input, as in the filter pictures."""
    K, layers = keras.backend, keras.layers
    model = keras.models.Sequential([layers.Conv2D(2, 3, activation="relu", input_shape=(6, 6, 1)), layers.Conv2D(2, 2)])
    settle(model)
    loss = K.mean(model.layers[-1].output[:, :, :, 1])
    grads = K.gradients(loss, model.input)[0]
    grads /= K.sqrt(K.mean(K.square(grads))) + K.epsilon()
    iterate = K.function([model.input], [loss, grads])
    picture, seen = floats(1, 6, 6, 1), []
    for _ in range(3):
        value, step = iterate([picture])
        picture = picture + step * 0.5
        seen.append(value)
    return {"seen": np.array(seen), "picture": picture}


@story
def several_losses_with_weights(keras):
    layers = keras.layers
    a, b = layers.Input(shape=(4,), name="a"), layers.Input(shape=(3,), name="b")
    joined = layers.concatenate([layers.Dense(3, activation="tanh")(a), b])
    outputs = [layers.Dense(1, name="value")(joined), layers.Dense(3, activation="softmax", name="kind")(joined)]
    model = keras.models.Model([a, b], outputs)
    settle(model)
    model.compile(
        "adam", {"value": "mse", "kind": "categorical_crossentropy"}, metrics={"kind": "accuracy", "value": ["mae", "mse"]},
        loss_weights={"value": 0.3, "kind": 2.0},
    )  # fmt: skip
    inputs = {"a": floats(8, 4), "b": floats(8, 3, seed=1)}
    targets = {"value": floats(8, 1, seed=2), "kind": np.eye(3)[integers(8, high=3)]}
    history = model.fit(inputs, targets, epochs=2, batch_size=4, shuffle=False, verbose=0)
    scores = model.evaluate(inputs, targets, verbose=0)
    return {
        "names": repr(model.metrics_names),
        "history": np.array([history.history[name] for name in sorted(history.history)]),
        "scores": np.array(scores),
        "values": model.predict(inputs)[0],
    }


@story
def a_state_kept_between_batches(keras):
    layers = keras.layers
    model = keras.models.Sequential(
        [layers.LSTM(3, stateful=True, batch_input_shape=(2, 4, 2)), layers.Dense(1)]
    )
    settle(model)
    x = floats(2, 4, 2)
    first, second = model.predict(x, batch_size=2), model.predict(x, batch_size=2)
    model.reset_states()
    third = model.predict(x, batch_size=2)
    model.compile("sgd", "mse")
    losses = [model.train_on_batch(x, floats(2, 1)) for _ in range(2)]
    model.layers[0].reset_states([floats(2, 3, seed=7), floats(2, 3, seed=8)])
    return {"first": first, "second": second, "third": third, "losses": np.array(losses), "set": model.predict(x, batch_size=2)}


@story
def a_subclassed_model_is_trained(keras):
    layers = keras.layers

    class Net(keras.models.Model):
        def __init__(self):
            super(Net, self).__init__()
            self.hidden = layers.Dense(4, activation="relu", kernel_initializer="ones")
            self.norm = layers.BatchNormalization()
            self.end = layers.Dense(2, activation="softmax", kernel_initializer="zeros")

        def call(self, inputs):
            return self.end(self.norm(self.hidden(inputs)))

    model = Net()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = floats(8, 3), integers(8, 1, high=2)
    history = model.fit(x, y, epochs=2, batch_size=4, shuffle=False, verbose=0)
    return {"loss": np.array(history.history["loss"]), "y": model.predict(x), "count": len(model.get_weights())}


@story
def growing_wider(keras):
    """A layer replaced by a wider one that computes the same."""
    layers = keras.layers
    small = keras.models.Sequential([layers.Dense(3, activation="relu", input_shape=(4,)), layers.Dense(2)])
    settle(small)
    (w1, b1), (w2, b2) = small.layers[0].get_weights(), small.layers[1].get_weights()
    wide = keras.models.Sequential([layers.Dense(6, activation="relu", input_shape=(4,)), layers.Dense(2)])
    wide.layers[0].set_weights([np.tile(w1, 2), np.tile(b1, 2)])
    wide.layers[1].set_weights([np.tile(w2, (2, 1)) / 2, b2])
    x = floats(5, 4)
    return {"small": small.predict(x), "wide": wide.predict(x)}


@story
def a_clone_under_the_same_training(keras):
    layers = keras.layers
    x = layers.Input(shape=(4,))
    hidden = layers.Dense(3, activation="relu", kernel_regularizer=keras.regularizers.l2(0.1))
    y = layers.add([hidden(x), layers.BatchNormalization()(hidden(x))])
    model = keras.models.Model(x, layers.Dense(1)(y))
    settle(model)
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    found = {}
    for name, each in (("model", model), ("clone", clone)):
        each.compile(keras.optimizers.Adagrad(0.1), "mae")
        found[name] = np.array([each.train_on_batch(floats(6, 4), floats(6, 1, seed=3)) for _ in range(3)])
        found[name + "_weights"] = flat(each)
    return found


@story
def masks_decide_what_is_learnt(keras):
    layers = keras.layers
    x = layers.Input(shape=(5,), dtype="int32")
    y = layers.Embedding(6, 3, mask_zero=True)(x)
    y = layers.GRU(3, return_sequences=True)(y)
    model = keras.models.Model(x, layers.TimeDistributed(layers.Dense(1))(y))
    settle(model)
    model.compile("sgd", "mse", sample_weight_mode="temporal")
    words = integers(4, 5, high=6)
    weights = floats(4, 5, low=0, high=1)
    losses = [model.train_on_batch(words, floats(4, 5, 1), sample_weight=weights) for _ in range(2)]
    return {"losses": np.array(losses), "y": model.predict(words)}
