"""Small programs as guides of tf.keras had them, around losses and metrics."""

import tempfile

import numpy as np

from tests.oracle.harness import eager_script, floats, integers, script

X = floats(24, 8, seed=1)
KINDS = integers(24, seed=2, high=3)
YES = integers(24, seed=3, high=2).astype(np.float32)


def with_weights(model, seed=4):
    """The model, with weights that do not depend on how it was made."""
    model.set_weights([floats(*w.shape, seed=seed + i, low=-0.5, high=0.5) for i, w in enumerate(model.get_weights())])
    return model


def classifier(tf, units=3, activation="softmax"):
    layers = tf.keras.layers
    hidden = layers.Dense(5, activation="relu", input_shape=(8,))
    return with_weights(tf.keras.Sequential([hidden, layers.Dense(units, activation=activation)]))


def rounded(history):
    return {key: np.array(values, "float32") for key, values in sorted(history.history.items())}


@script()
def what_callbacks_see(tf):
    """Metrics are shown as means so far, the loss as that of the batch."""
    model = classifier(tf)
    model.compile("sgd", "sparse_categorical_crossentropy", ["acc", tf.keras.metrics.SparseTopKCategoricalAccuracy(k=2)])
    seen = []

    class Watch(tf.keras.callbacks.Callback):
        def on_batch_end(self, batch, logs=None):
            seen.append([np.float32(logs[name]) for name in self.params["metrics"] if name in logs])

    history = model.fit(X, KINDS, batch_size=8, verbose=0, shuffle=False, callbacks=[Watch()])
    return {"seen": seen, "history": rounded(history)}


@script()
def stopped_early(tf):
    model = classifier(tf, 1, "sigmoid")
    area = tf.keras.metrics.AUC(name="area", num_thresholds=20)
    model.compile(tf.keras.optimizers.SGD(0.5), "binary_crossentropy", metrics=[area])
    stop = tf.keras.callbacks.EarlyStopping("val_area", patience=1, mode="max", restore_best_weights=True)
    history = model.fit(X, YES, 8, 4, verbose=0, shuffle=False, validation_split=1 / 3.0, callbacks=[stop])
    return {"history": rounded(history), "weights": model.get_weights()}


@script()
def generator_and_discriminator(tf):
    """Two models on shared layers, trained batch by batch."""
    layers = tf.keras.layers
    make = with_weights(tf.keras.Sequential([layers.Dense(8, input_shape=(2,))]), seed=9)
    judge = classifier(tf, 1, "sigmoid")
    judge.compile(tf.keras.optimizers.SGD(0.1), "binary_crossentropy", metrics=["accuracy"])
    judge.trainable = False
    noise = layers.Input((2,))
    both = tf.keras.Model(noise, judge(make(noise)))
    both.compile(tf.keras.optimizers.SGD(0.1), "binary_crossentropy")
    found = []
    for i in range(2):
        z = X[i * 6 : i * 6 + 6, :2]
        real = judge.train_on_batch(X[:6], np.ones((6, 1)))
        made = judge.train_on_batch(make.predict(z), np.zeros((6, 1)))
        found.append([list(real), list(made), both.train_on_batch(z, np.ones((6, 1)))])
    return {"losses": str(np.round(np.array([f[0] + f[1] + [f[2]] for f in found], "float64"), 4).tolist())}


@script()
def functions_of_ones_own(tf):
    """A loss with weights of classes in it, and the F1 score as a metric."""
    K = tf.keras.backend

    def weighted(weights):
        weights = K.variable(weights)

        def loss(y_true, y_pred):
            y_pred = K.clip(y_pred / K.sum(y_pred, axis=-1, keepdims=True), K.epsilon(), 1 - K.epsilon())
            return -K.sum(y_true * K.log(y_pred) * weights, -1)

        return loss

    def f1(y_true, y_pred):
        hits = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
        said, true = (K.sum(K.round(K.clip(y, 0, 1))) for y in (y_pred, y_true))
        return 2 * hits / (said + true + K.epsilon())

    model = classifier(tf)
    model.compile(tf.keras.optimizers.SGD(0.1), weighted([1.0, 2.0, 3.0]), metrics=[f1, "categorical_accuracy"])
    history = model.fit(X, np.eye(3)[KINDS], batch_size=8, epochs=2, verbose=0, shuffle=False)
    return {"history": rounded(history), "names": model.metrics_names}


@script()
def weighted_steps(tf):
    """Weights for each step of a sequence."""
    layers = tf.keras.layers
    model = tf.keras.Sequential([layers.SimpleRNN(3, return_sequences=True, input_shape=(4, 3))])
    model.add(layers.TimeDistributed(layers.Dense(2, activation="softmax")))
    with_weights(model)
    accuracy = {"metrics": ["accuracy"], "weighted_metrics": ["accuracy"]}
    model.compile("sgd", "sparse_categorical_crossentropy", sample_weight_mode="temporal", **accuracy)
    x, y = floats(8, 4, 3, seed=5), integers(8, 4, 1, seed=6, high=2)
    weights = floats(8, 4, seed=7, low=0, high=1)
    return {"plain": model.test_on_batch(x, y), "weighted": model.test_on_batch(x, y, sample_weight=weights)}


@script()
def classes_of_pixels(tf):
    model = tf.keras.Sequential([tf.keras.layers.Conv2D(3, 1, activation="softmax", input_shape=(4, 4, 2))])
    with_weights(model)
    x, y = floats(6, 4, 4, 2, seed=5), integers(6, 4, 4, 1, seed=6, high=3)
    model.compile("sgd", "sparse_categorical_crossentropy", ["accuracy", "ce"])
    found = [model.test_on_batch(x, y)]
    model.compile("sgd", tf.keras.losses.CategoricalCrossentropy(), [tf.keras.metrics.CategoricalAccuracy()])
    return {"sparse": found[0], "one-hot": model.test_on_batch(x, np.eye(3)[y[..., 0]])}


@script()
def a_metric_in_two_compilations(tf):
    area = tf.keras.metrics.AUC(num_thresholds=5)
    model = classifier(tf, 1, "sigmoid")
    found = []
    for metrics in ([area], [area, "mae"]):
        model.compile("sgd", "mse", metrics=metrics)
        found += model.evaluate(X, YES, batch_size=24, verbose=0)
    held = tf.keras.backend.get_value(area.true_positives)
    return {"found": np.array(found, "float32"), "names": model.metrics_names, "held": held}


@script()
def layers_in_a_session(tf):
    """Layers, losses and metrics of tf.keras in a loop of TensorFlow's own."""
    K = tf.keras.backend
    x, y = tf.placeholder(tf.float32, [None, 8]), tf.placeholder(tf.float32, [None, 3])
    p = tf.keras.layers.Dense(3, activation="softmax", kernel_initializer="ones")(x)
    loss = tf.reduce_mean(tf.keras.losses.categorical_crossentropy(y, p))
    area = tf.keras.metrics.AUC(num_thresholds=10)
    fetches = [loss, area(y, p), tf.train.GradientDescentOptimizer(0.5).minimize(loss)]
    found = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        K.set_session(session)
        K.get_session()  # the variables of the metric
        for _ in range(3):
            found.append(session.run(fetches, {x: X, y: np.eye(3)[KINDS]})[:2])
        return {"found": found, "area": session.run(area.result())}


@script()
def estimator_of_a_model(tf):
    model = classifier(tf, 1, "sigmoid")
    model.compile("adam", "binary_crossentropy", ["accuracy", tf.keras.metrics.Precision(thresholds=0.4)])
    with tempfile.TemporaryDirectory() as folder:
        made = tf.keras.estimator.model_to_estimator(model, model_dir=folder)
        data = lambda: tf.data.Dataset.from_tensor_slices((X, YES.reshape(-1, 1))).batch(8)  # noqa: E731
        made.train(data)
        found = made.evaluate(data)
    return {key: np.float32(value) for key, value in found.items()}


@script()
def metric_of_an_estimator(tf):
    """A metric object where an EstimatorSpec asks for pairs."""

    def model_fn(features, labels, mode):
        p = tf.layers.dense(features["x"], 1, tf.sigmoid, kernel_initializer=tf.ones_initializer())
        loss = tf.keras.losses.BinaryCrossentropy()(labels, p)
        accuracy = tf.keras.metrics.BinaryAccuracy(name="right")
        accuracy.update_state(labels, p)
        step = tf.train.GradientDescentOptimizer(0.1).minimize(loss, tf.train.get_global_step())
        return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=step, eval_metric_ops={"right": accuracy})

    data = lambda: tf.data.Dataset.from_tensor_slices(({"x": X}, YES.reshape(-1, 1))).batch(8)  # noqa: E731
    with tempfile.TemporaryDirectory() as folder:
        made = tf.estimator.Estimator(model_fn, folder)
        made.train(data)
        found = made.evaluate(data)
    return {key: np.float32(value) for key, value in found.items()}


@eager_script()
def loop_over_a_dataset(tf):
    """A model of one's own, trained with a tape; metrics are called, updated and reset."""

    class Classifier(tf.keras.Model):
        def __init__(self):
            super(Classifier, self).__init__()
            self.hidden = tf.keras.layers.Dense(6, activation="relu")
            self.logits = tf.keras.layers.Dense(3)

        def call(self, x):
            return self.logits(self.hidden(x))

    model = Classifier()
    model(tf.constant(X[:2]))
    with_weights(model)
    metrics = tf.keras.metrics
    loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = tf.train.GradientDescentOptimizer(0.5)
    mean, accuracy = metrics.Mean("train_loss"), metrics.SparseCategoricalAccuracy("train_accuracy")
    best = metrics.TopKCategoricalAccuracy(k=2)
    data = tf.data.Dataset.from_tensor_slices((X, KINDS)).batch(10)
    found = []
    for _ in range(2):
        for x, y in data:
            with tf.GradientTape() as tape:
                logits = model(x)
                loss = loss_of(y, logits)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables))
            mean(loss)
            accuracy.update_state(y, logits)
            best(tf.one_hot(y, 3), logits)
        found.append([mean.result().numpy(), accuracy.result().numpy(), best.result().numpy()])
        mean.reset_states()
        accuracy.reset_states()
    return {"epochs": np.array(found), "text": "{:.3f}".format(best.result()), "empty": float(mean.result())}


@eager_script()
def fitted_with_eager_execution(tf):
    tf.keras.backend.reset_uids()  # the names of metrics are counted from here on
    model = classifier(tf, 1, "sigmoid")
    metrics = ["accuracy", tf.keras.metrics.AUC(num_thresholds=10), tf.keras.metrics.Recall()]
    model.compile(tf.train.GradientDescentOptimizer(0.1), tf.keras.losses.BinaryCrossentropy(), metrics=metrics)
    history = model.fit(X, YES, batch_size=12, epochs=2, verbose=0, shuffle=False, validation_data=(X[:12], YES[:12]))
    return {"history": rounded(history), "evaluated": np.array(model.evaluate(X, YES, 12, verbose=0), "float32")}


@eager_script()
def metric_in_a_checkpoint(tf):
    mean = tf.keras.metrics.Mean()
    mean(3.0)
    checkpoint = tf.train.Checkpoint(mean=mean)
    with tempfile.TemporaryDirectory() as folder:
        path = checkpoint.save(folder + "/at")
        mean.reset_states()
        checkpoint.restore(path)
    return {"mean": mean.result(), "count": mean.count}


@script()
def ready_made_metrics_made_ones_own(tf):
    """Subclasses that change what they are given, as for scores of pixels and for logits."""
    metrics = tf.keras.metrics

    class IoUOfScores(metrics.MeanIoU):
        def update_state(self, y_true, y_pred, sample_weight=None):
            return super(IoUOfScores, self).update_state(y_true, tf.argmax(y_pred, axis=-1), sample_weight)

    class AreaOfLogits(metrics.AUC):
        def update_state(self, y_true, y_pred, sample_weight=None):
            super(AreaOfLogits, self).update_state(y_true[:, 0], tf.sigmoid(y_pred[:, 0]), sample_weight)

    class Error(metrics.Mean):
        def update_state(self, y_true, y_pred, sample_weight=None):
            values = tf.abs(y_true - tf.reduce_max(y_pred, -1, keepdims=True))
            return super(Error, self).update_state(values, sample_weight=sample_weight)

    model = classifier(tf)
    own = [IoUOfScores(num_classes=3, name="iou"), AreaOfLogits(num_thresholds=5, name="area"), Error(name="error")]
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=own[:2], weighted_metrics=own[2:])
    return {"plain": model.test_on_batch(X, KINDS), "weighted": model.test_on_batch(X, KINDS, YES + 0.5)}


@script()
def metrics_of_tensorflow_and_of_the_host(tf):
    """A streaming metric of `tf.metrics`, and a Python function, as metrics of a model."""

    def area(y_true, y_pred):
        value = tf.metrics.auc(y_true, y_pred)[1]
        tf.keras.backend.get_session().run(tf.local_variables_initializer())
        return value

    def share(y_true, y_pred):
        return tf.py_func(lambda y, p: np.float32(((y > 0.5) == (p > 0.5)).mean()), [y_true, y_pred], tf.float32)

    model = classifier(tf, 1, "sigmoid")
    model.compile("sgd", tf.losses.huber_loss, metrics=[area, share], weighted_metrics=[share])
    return {"found": [model.test_on_batch(X[:12], YES[:12]), model.test_on_batch(X[12:], YES[12:])]}
