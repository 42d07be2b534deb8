"""How models of tf.keras are trained: histories, datasets, losses and metrics of one's own, callbacks, eager execution."""

import os

import numpy as np

from tests.oracle.harness import Folder, eager_script, floats, integers, kind_made, script

X, W = floats(20, 4, seed=1, low=0.0), floats(20, seed=2, low=0.0)
CLASSES, TARGETS = integers(20, seed=3, high=3), floats(20, 1, seed=4)
HIDDEN, LAST = floats(4, 5, seed=5, low=-1.0, high=1.0), floats(5, 3, seed=6, low=-1.0, high=1.0)


def classifier(tf, optimizer="sgd", metrics=("accuracy",), **options):
    keras = tf.keras
    constant = keras.initializers.Constant
    model = keras.Sequential(
        [
            keras.layers.Dense(5, "tanh", input_shape=(4,), kernel_initializer=constant(HIDDEN)),
            keras.layers.Dense(3, "softmax", kernel_initializer=constant(LAST)),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=list(metrics), **options)
    return model


def values(history):
    """What a History holds, as arrays by name."""
    return {name: np.array(column, "float64") for name, column in history.history.items()}


def batches(tf, size=5):
    return tf.data.Dataset.from_tensor_slices((X, CLASSES)).batch(size)


@script(rtol=2e-4)
def unseeded_start(tf):
    tf.set_random_seed(1)
    np.random.seed(1)
    keras = tf.keras
    model = keras.Sequential([keras.layers.Dense(5, "relu", input_shape=(4,)), keras.layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    found = values(model.fit(X, CLASSES, epochs=3, batch_size=6, validation_split=0.25, verbose=0))
    found["evaluated"] = np.array(model.evaluate(X, CLASSES, batch_size=7, verbose=0))
    found["predicted"] = model.predict(X[:3])
    found["names"] = str(model.metrics_names)
    return found


@script(rtol=1e-3, atol=1e-4)
def convolutions_and_noise(tf):
    tf.set_random_seed(1)
    np.random.seed(1)
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            layers.Conv2D(2, 3, input_shape=(6, 6, 1)),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(3, "softmax"),
        ]
    )
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    labels = tf.keras.utils.to_categorical(CLASSES[:12], 3)
    found = values(model.fit(floats(12, 6, 6, 1, seed=7), labels, epochs=2, batch_size=6, verbose=0))
    found["averages"] = np.concatenate(model.get_weights()[4:6])
    return found


@script(rtol=2e-4)
def words(tf):
    tf.set_random_seed(1)
    np.random.seed(1)
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [layers.Embedding(10, 3), layers.LSTM(4), layers.Dense(1, activation="sigmoid")]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    x, y = integers(12, 5, seed=8), integers(12, seed=9, high=2)
    found = values(model.fit(x, y, epochs=2, batch_size=6, verbose=0))
    found["predicted"] = model.predict(x[:3])
    return found


@script(rtol=2e-4)
def two_outputs(tf):
    tf.set_random_seed(1)
    np.random.seed(1)
    keras = tf.keras
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(5, activation="tanh")(inputs)
    one = keras.layers.Dense(1, name="one")(hidden)
    two = keras.layers.Dense(3, activation="softmax", name="two")(hidden)
    model = keras.Model(inputs, [one, two])
    model.compile(
        "adam",
        {"one": "mse", "two": "sparse_categorical_crossentropy"},
        loss_weights={"one": 0.5, "two": 2.0},
        metrics={"one": "mae", "two": "accuracy"},
    )
    found = values(
        model.fit(
            X, {"one": TARGETS, "two": CLASSES}, epochs=2, batch_size=5, verbose=0,
            validation_data=(X[:10], [TARGETS[:10], CLASSES[:10]]),
        )
    )  # fmt: skip
    found["names"] = str(model.metrics_names)
    return found


@script(rtol=1e-4)
def weights_of_samples_and_classes(tf):
    model = classifier(tf, weighted_metrics=["accuracy"])
    found = values(model.fit(X, CLASSES, sample_weight=W, epochs=2, batch_size=5, shuffle=False, verbose=0))
    weights = {0: 1.0, 1: 3.0, 2: 0.5}
    more = model.fit(X, CLASSES, class_weight=weights, epochs=1, batch_size=5, shuffle=False, verbose=0)
    found["of_classes"] = np.array(more.history["loss"])
    found["evaluated"] = np.array(model.evaluate(X, CLASSES, sample_weight=W, verbose=0))
    found["step"] = np.array(model.train_on_batch(X, CLASSES, sample_weight=W))
    return found


@script(rtol=1e-4)
def epochs_that_are_validated(tf):
    np.random.seed(3)
    model = classifier(tf, "rmsprop")
    history = model.fit(
        X, CLASSES, epochs=4, initial_epoch=1, batch_size=5, validation_data=(X[:10], CLASSES[:10]), validation_freq=2,
        verbose=0,
    )  # fmt: skip
    return dict(values(history), epochs=str(history.epoch))


@script(rtol=1e-4)
def penalties_and_constraints(tf):
    keras = tf.keras
    model = keras.Sequential(
        [
            keras.layers.Dense(
                5, input_shape=(4,), kernel_initializer=keras.initializers.Constant(HIDDEN),
                kernel_regularizer=keras.regularizers.l2(0.1), activity_regularizer=keras.regularizers.l1(0.01),
            ),
            keras.layers.Dense(1, kernel_initializer="ones", kernel_constraint=keras.constraints.MaxNorm(0.5)),
        ]
    )  # fmt: skip
    model.compile("adam", "mse")
    found = values(model.fit(X, TARGETS, epochs=2, batch_size=5, shuffle=False, verbose=0))
    return dict(found, constrained=model.get_weights()[2], losses=len(model.losses))


@script(rtol=1e-4)
def single_batches(tf):
    model = classifier(tf, "adam")
    parts = [(X[i : i + 5], CLASSES[i : i + 5]) for i in (0, 5, 10)]
    found = {
        "anew": np.array([model.train_on_batch(*part) for part in parts]),
        "gathered": np.array([model.train_on_batch(*part, reset_metrics=False) for part in parts]),
    }
    model.reset_metrics()
    found["tested"] = np.array([model.test_on_batch(*part, reset_metrics=False) for part in parts])
    found["predicted"] = model.predict_on_batch(X[:2])
    return found


@script(rtol=1e-4)
def generators(tf):
    def parts():
        while True:
            for i in (0, 7, 14):
                yield X[i : i + 7], CLASSES[i : i + 7]

    class Parts(tf.keras.utils.Sequence):
        def __len__(self):
            return 3

        def __getitem__(self, i):
            return X[7 * i : 7 * i + 7], CLASSES[7 * i : 7 * i + 7]

    model = classifier(tf)
    found = values(model.fit_generator(parts(), steps_per_epoch=3, epochs=2, verbose=0, workers=0))
    more = model.fit(Parts(), epochs=1, shuffle=False, verbose=0, workers=0, validation_data=(X[:9], CLASSES[:9]))
    found.update({"sequence_" + name: column for name, column in values(more).items()})
    found["evaluated"] = np.array(model.evaluate_generator(parts(), steps=2, workers=0))
    found["sequence"] = np.array(model.evaluate(Parts(), verbose=0, workers=0))
    found["predicted"] = model.predict_generator(Parts(), workers=0)
    return found


@script(rtol=1e-4)
def datasets(tf):
    model = classifier(tf, "adam")
    found = values(model.fit(batches(tf).repeat(), steps_per_epoch=3, epochs=2, verbose=0))
    found["evaluated"] = np.array(model.evaluate(batches(tf), verbose=0))
    found["two_steps"] = np.array(model.evaluate(batches(tf).repeat(), steps=2, verbose=0))
    found["predicted"] = model.predict(batches(tf))
    return found


@script(rtol=1e-4)
def whole_datasets(tf):
    model = classifier(tf, "adam")
    history = model.fit(batches(tf), epochs=2, verbose=0, validation_data=batches(tf, 9))
    return values(history)


@script(rtol=1e-4)
def arrays_validated_on_a_dataset(tf):
    model = classifier(tf, "adam")
    history = model.fit(
        X, CLASSES, batch_size=5, epochs=2, shuffle=False, verbose=0, validation_data=batches(tf), validation_steps=2
    )  # fmt: skip
    return values(history)


@script(rtol=1e-4)
def dataset_that_ends_early(tf):
    history = classifier(tf).fit(batches(tf, 8), steps_per_epoch=2, epochs=3, verbose=0)
    return dict(values(history), epochs=str(history.epoch))


@script(rtol=1e-4)
def dataset_with_weights(tf):
    dataset = tf.data.Dataset.from_tensor_slices((X, CLASSES, W)).batch(5)
    return values(classifier(tf).fit(dataset, epochs=2, verbose=0))


@script(rtol=1e-4)
def dataset_by_names(tf):
    keras = tf.keras
    left, right = keras.Input((2,), name="left"), keras.Input((2,), name="right")
    last = keras.layers.Dense(3, activation="softmax", kernel_initializer=keras.initializers.Constant(LAST[:4]))
    model = keras.Model([left, right], last(keras.layers.concatenate([left, right])))
    model.compile("sgd", "sparse_categorical_crossentropy")
    slices = tf.data.Dataset.from_tensor_slices
    by_name = slices(({"left": X[:, :2], "right": X[:, 2:]}, CLASSES)).batch(5)
    by_place = slices(((X[:, :2], X[:, 2:]), CLASSES)).batch(5)
    return {"name": values(model.fit(by_name, verbose=0))["loss"], "place": values(model.fit(by_place, verbose=0))["loss"]}


@script(rtol=1e-4)
def tensors_as_data(tf):
    model = classifier(tf)
    x, y = tf.data.make_one_shot_iterator(batches(tf, 5).repeat()).get_next()
    found = values(model.fit(x, y, steps_per_epoch=3, epochs=2, verbose=0))
    found["evaluated"] = np.array(model.evaluate(x, y, steps=2, verbose=0))
    found["constant"] = values(model.fit(tf.constant(X), tf.constant(CLASSES), steps_per_epoch=2, verbose=0))["loss"]
    return found


@script(rtol=1e-4)
def targets_in_the_graph(tf):
    keras = tf.keras
    x, y = tf.data.make_one_shot_iterator(batches(tf, 5).repeat()).get_next()
    inputs = keras.Input(tensor=x)
    last = keras.layers.Dense(3, activation="softmax", kernel_initializer=keras.initializers.Constant(LAST[:4]))
    model = keras.Model(inputs, last(inputs))
    model.compile("sgd", "sparse_categorical_crossentropy", target_tensors=[y])
    return values(model.fit(steps_per_epoch=3, epochs=2, verbose=0))


@script()
def data_that_does_not_go_together(tf):
    model = classifier(tf)
    return {
        "targets": kind_made(lambda: model.fit(batches(tf), CLASSES, verbose=0)),
        "size": kind_made(lambda: model.fit(batches(tf), batch_size=3, verbose=0)),
        "split": kind_made(lambda: model.fit(batches(tf), validation_split=0.5, verbose=0)),
    }


@script(rtol=1e-4)
def losses_and_metrics_added(tf):
    keras = tf.keras
    K = keras.backend

    class Watched(keras.layers.Layer):
        def call(self, x):
            self.add_loss(0.1 * tf.reduce_sum(tf.square(x)))
            self.add_metric(K.std(x), name="std", aggregation="mean")
            return x

    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(5, kernel_initializer=keras.initializers.Constant(HIDDEN))(inputs)
    outputs = keras.layers.Dense(1, kernel_initializer="ones")(Watched()(hidden))
    model = keras.Model(inputs, outputs)
    model.add_loss(tf.reduce_mean(tf.abs(hidden)))
    model.add_metric(tf.reduce_sum(hidden), name="sum", aggregation="mean")
    model.compile("sgd", "mse", metrics=["mae"])
    found = values(model.fit(X, TARGETS, epochs=2, batch_size=5, shuffle=False, verbose=0))
    found["losses"] = len(model.losses)
    found["no_name"] = kind_made(lambda: model.add_metric(tf.reduce_sum(hidden), aggregation="mean"))
    found["no_aggregation"] = kind_made(lambda: model.add_metric(tf.reduce_sum(hidden), name="other"))
    return found


@script(rtol=1e-4)
def only_a_loss_of_its_own(tf):
    keras = tf.keras
    inputs = keras.Input((4,))
    code = keras.layers.Dense(2, kernel_initializer=keras.initializers.Constant(HIDDEN[:, :2]))(inputs)
    decoded = keras.layers.Dense(4, kernel_initializer=keras.initializers.Constant(HIDDEN[:2, :4]))(code)
    model = keras.Model(inputs, decoded)
    model.add_loss(tf.reduce_mean(tf.square(decoded - inputs)))
    model.compile("rmsprop")
    return values(model.fit(X, epochs=2, batch_size=5, shuffle=False, verbose=0))


@script(rtol=1e-4)
def functions_of_ones_own(tf):
    keras = tf.keras
    K = keras.backend

    def robust(true, predicted):
        return tf.reduce_mean(tf.abs(true - predicted), axis=-1) + 0.1 * K.mean(K.square(true - predicted), axis=-1)

    def worst(true, predicted):
        return K.max(K.abs(true - predicted))

    model = keras.Sequential([keras.layers.Dense(1, input_shape=(4,), kernel_initializer="ones")])
    model.compile(keras.optimizers.SGD(0.05), robust, metrics=[worst, "mse"])
    return values(model.fit(X, TARGETS, epochs=2, batch_size=5, shuffle=False, verbose=0))


@script(rtol=1e-4)
def written_as_a_class(tf):
    keras = tf.keras
    constant = keras.initializers.Constant

    class Classifier(keras.Model):
        def __init__(self):
            super(Classifier, self).__init__(name="mine")
            self.hidden = keras.layers.Dense(5, activation="relu", kernel_initializer=constant(HIDDEN))
            self.last = keras.layers.Dense(3, activation="softmax", kernel_initializer=constant(LAST))

        def call(self, x, training=None):
            return self.last(self.hidden(x))

    model = Classifier()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    found = values(model.fit(batches(tf), epochs=1, verbose=0))
    more = values(model.fit(X, CLASSES, epochs=2, batch_size=5, shuffle=False, verbose=0))
    found.update({"arrays_" + name: column for name, column in more.items()})
    found["evaluated"] = np.array(model.evaluate(X, CLASSES, verbose=0))
    found["names"] = str([w.name for w in model.weights])
    return found


@script(rtol=1e-4)
def compiled_again(tf):
    keras = tf.keras
    model = classifier(tf, "adam")
    model.layers[0].trainable = False
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy")
    before = model.get_weights()
    found = values(model.fit(X, CLASSES, epochs=2, batch_size=5, shuffle=False, verbose=0))
    found["changed"] = str([not np.allclose(*pair) for pair in zip(before, model.get_weights())])
    found["trainable"] = len(model.trainable_weights)
    found["slots"] = str([w.name for w in model.optimizer.weights])
    return found


@script(rtol=1e-4)
def rates_by_callbacks(tf):
    keras = tf.keras
    model = classifier(tf, keras.optimizers.SGD(0.1))
    options = {"batch_size": 10, "shuffle": False, "verbose": 0}
    slower = keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))
    found = values(model.fit(X, CLASSES, epochs=2, callbacks=[slower], **options))
    plateau = keras.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=10.0)
    more = values(model.fit(X, CLASSES, epochs=3, callbacks=[plateau], **options))
    found.update({"plateau_" + name: column for name, column in more.items()})
    return found


@script(rtol=1e-4)
def stopped_and_saved(tf):
    keras = tf.keras
    with Folder():
        model = classifier(tf, "adam")
        stop = keras.callbacks.EarlyStopping(monitor="loss", patience=1, min_delta=10.0)
        save = keras.callbacks.ModelCheckpoint("w-{epoch:02d}.h5", save_weights_only=True)
        whole = keras.callbacks.ModelCheckpoint("m.h5")
        history = model.fit(X, CLASSES, epochs=9, shuffle=False, verbose=0, callbacks=[stop, save, whole])
        found = dict(values(history), epochs=str(history.epoch), stopped=stop.stopped_epoch)
        found["files"] = str(sorted(os.listdir(".")))
        again = keras.models.load_model("m.h5")
        found["again"] = np.array([again.train_on_batch(X, CLASSES) for _ in range(2)])
        found["same"] = np.array([model.train_on_batch(X, CLASSES) for _ in range(2)])
        found["steps"] = keras.backend.get_value(again.optimizer.iterations)
        found["class"] = type(again.optimizer).__name__
    return found


@script(rtol=1e-5)
def functions_of_the_backend(tf):
    K = tf.keras.backend
    model = classifier(tf)
    both = K.function([model.input], [model.layers[0].output, model.output])
    phase = K.function([model.input, K.learning_phase()], [model.output])
    gradient = K.gradients(model.output[:, 0], [model.input])[0]
    hidden, last = both([X[:2]])
    return {
        "hidden": hidden,
        "last": last,
        "phase": phase([X[:1], 0])[0],
        "gradient": K.function([model.input], [gradient])([X[:1]])[0],
    }


@script(rtol=1e-4)
def layers_in_a_session(tf):
    keras = tf.keras
    constant = keras.initializers.Constant
    x, y = tf.placeholder(tf.float32, [None, 4]), tf.placeholder(tf.int32, [None])
    hidden = keras.layers.Dense(5, activation="relu", name="hidden", kernel_initializer=constant(HIDDEN))(x)
    logits = keras.layers.Dense(3, kernel_initializer=constant(LAST))(hidden)
    loss = tf.losses.sparse_softmax_cross_entropy(y, logits)
    step = tf.train.AdamOptimizer(0.01).minimize(loss)
    with Folder(), tf.Session() as session:
        session.run(tf.global_variables_initializer())
        losses = [session.run([step, loss], {x: X, y: CLASSES})[1] for _ in range(3)]
        path = tf.train.Saver().save(session, "./model")
        return {"losses": np.array(losses), "saved": str(tf.train.list_variables(path))}


def eager_fit(tf, model, **options):
    return values(model.fit(X, CLASSES, epochs=2, batch_size=8, shuffle=False, verbose=0, **options))


@eager_script(rtol=1e-4)
def eager_arrays(tf):
    model = classifier(tf, "adam")
    found = eager_fit(tf, model, validation_data=(X[:7], CLASSES[:7]))
    found["evaluated"] = np.array(model.evaluate(X, CLASSES, batch_size=8, verbose=0))
    found["predicted"] = model.predict(X[:2])
    found["steps"] = model.optimizer.iterations
    found["eagerly"] = str(model.run_eagerly)
    return found


@eager_script(rtol=1e-4)
def eager_datasets(tf):
    model = classifier(tf, tf.keras.optimizers.SGD(0.1, momentum=0.9))
    found = values(model.fit(batches(tf, 8), epochs=2, verbose=0, validation_data=batches(tf, 8)))
    found["evaluated"] = np.array(model.evaluate(batches(tf, 8), verbose=0))
    return found


@eager_script(rtol=1e-4)
def eager_rates(tf):
    keras = tf.keras
    model = classifier(tf, keras.optimizers.SGD(0.1))
    found = eager_fit(tf, model, callbacks=[keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5)])
    found["rate"] = model.optimizer.lr
    decayed = classifier(tf, keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)))
    found["decayed"] = eager_fit(tf, decayed)["loss"]
    return found


@eager_script(rtol=1e-4)
def eager_loop(tf):
    keras = tf.keras
    model = classifier(tf)
    optimizer, loss_of = keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy()
    mean = keras.metrics.Mean()
    for x, y in batches(tf):
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        mean(loss)
    return {"mean": mean.result(), "steps": optimizer.iterations, "bias": model.layers[1].bias}


@script(rtol=1e-4)
def models_made_after_others(tf):
    """Their first values depend on how many operations compiling and fitting made."""
    tf.set_random_seed(1)
    np.random.seed(1)
    keras = tf.keras
    layers, found = keras.layers, {}

    def start():
        return keras.Sequential([layers.Dense(2, input_shape=(4,))]).get_weights()[0]

    for loss, targets in (("mse", TARGETS), ("sparse_categorical_crossentropy", CLASSES)):
        units = 1 if loss == "mse" else 3
        model = keras.Sequential([layers.Dense(units, activation="sigmoid", kernel_regularizer="l2", input_shape=(4,))])
        model.compile("adam", loss, metrics=["accuracy"])
        found[loss + "_compiled"] = start()
        model.fit(X, targets, batch_size=10, verbose=0)
        found[loss + "_fitted"] = start()
    return found


@script(rtol=1e-3)
def adversaries(tf):
    tf.set_random_seed(1)
    np.random.seed(1)
    keras = tf.keras
    layers, adam = keras.layers, keras.optimizers.Adam
    generator = keras.Sequential([layers.Dense(4, input_dim=2), layers.LeakyReLU(0.2), layers.Dense(4)])
    judge = keras.Sequential(
        [layers.Dense(4, input_dim=4), layers.LeakyReLU(), layers.Dropout(0.3), layers.Dense(1, activation="sigmoid")]
    )
    judge.compile(loss="binary_crossentropy", optimizer=adam(0.01, 0.5), metrics=["accuracy"])
    judge.trainable = False
    noise = layers.Input(shape=(2,))
    both = keras.Model(noise, judge(generator(noise)))
    both.compile(loss="binary_crossentropy", optimizer=adam(0.01, 0.5))
    losses, given = [], floats(6, 2, seed=9)
    for _ in range(2):
        made = generator.predict(given)
        losses.append(judge.train_on_batch(X[:6], np.ones((6, 1)))[0])
        losses.append(judge.train_on_batch(made, np.zeros((6, 1)))[0])
        losses.append(both.train_on_batch(given, np.ones((6, 1))))
    return {"losses": np.array(losses), "trainable": len(both.trainable_weights)}
