"""Metrics of tf.keras: objects in sessions, with eager execution and in compiled models."""

import inspect

import numpy as np

from tests.oracle.harness import Folder, eager_script, floats, integers, script

TRUE = floats(2, 6, 4, seed=1)
PRED = floats(2, 6, 4, seed=2)
SHARES = (floats(2, 6, 4, seed=3, low=0.1, high=2) / 8).astype(np.float32)
CLASSES = integers(2, 6, seed=5, high=4)
ONE_HOT = np.eye(4, dtype=np.float32)[CLASSES]
BITS = integers(2, 6, 4, seed=6, high=2).astype(np.float32)
WEIGHTS = floats(2, 6, seed=7, low=0, high=3)
SCORES = floats(2, 6, seed=8, low=0, high=1)
YES = integers(2, 6, seed=9, high=2).astype(np.float32)

# name: class, two batches of targets and predictions, arguments
METRICS = {
    "accuracy": ("Accuracy", CLASSES.astype("f"), integers(2, 6, seed=10, high=4).astype("f"), {}),
    "binary_accuracy": ("BinaryAccuracy", BITS, SHARES * 4, {}),
    "binary_accuracy_threshold": ("BinaryAccuracy", BITS, SHARES * 4, {"threshold": 0.7}),
    "categorical_accuracy": ("CategoricalAccuracy", ONE_HOT, PRED, {}),
    "sparse_accuracy": ("SparseCategoricalAccuracy", CLASSES, PRED, {}),
    "sparse_accuracy_column": ("SparseCategoricalAccuracy", CLASSES[..., None], PRED, {}),
    "top_k": ("TopKCategoricalAccuracy", ONE_HOT, PRED, {"k": 2}),
    "sparse_top_k": ("SparseTopKCategoricalAccuracy", CLASSES, PRED, {"k": 2, "name": "best"}),
    "binary_crossentropy": ("BinaryCrossentropy", BITS, SHARES, {}),
    "binary_crossentropy_options": ("BinaryCrossentropy", BITS, PRED, {"from_logits": True, "label_smoothing": 0.2}),
    "categorical_crossentropy": ("CategoricalCrossentropy", ONE_HOT, SHARES, {}),
    "categorical_crossentropy_options": (
        "CategoricalCrossentropy",
        ONE_HOT,
        PRED,
        {"from_logits": True, "label_smoothing": 0.1},
    ),
    "sparse_crossentropy": ("SparseCategoricalCrossentropy", CLASSES, SHARES, {}),
    "sparse_crossentropy_options": ("SparseCategoricalCrossentropy", CLASSES, PRED, {"from_logits": True, "axis": -1}),
    "hinge": ("Hinge", BITS, PRED, {}),
    "squared_hinge": ("SquaredHinge", 2 * BITS - 1, PRED, {}),
    "categorical_hinge": ("CategoricalHinge", ONE_HOT, PRED, {}),
    "cosine": ("CosineSimilarity", TRUE, PRED, {}),
    "kld": ("KLDivergence", SHARES, SHARES[:, ::-1].copy(), {}),
    "logcosh": ("LogCoshError", TRUE, PRED, {}),
    "mse": ("MeanSquaredError", TRUE, PRED, {"dtype": "float64"}),
    "mae": ("MeanAbsoluteError", TRUE, PRED, {}),
    "mape": ("MeanAbsolutePercentageError", TRUE, PRED, {}),
    "msle": ("MeanSquaredLogarithmicError", TRUE, PRED, {}),
    "rmse": ("RootMeanSquaredError", TRUE[:, :, 0], PRED[:, :, 0], {}),
    "poisson": ("Poisson", TRUE + 2, PRED + 3, {}),
    "relative": ("MeanRelativeError", TRUE[:, :, 0], PRED[:, :, 0], {"normalizer": [1.0, 2.0, 0.0, 4.0, 5.0, 6.0]}),
    "auc": ("AUC", YES, SCORES, {"num_thresholds": 12}),
    "auc_default": ("AUC", YES, SCORES, {}),
    "auc_majoring": ("AUC", YES, SCORES, {"num_thresholds": 7, "summation_method": "majoring"}),
    "auc_thresholds": ("AUC", YES, SCORES, {"thresholds": [0.5, 0.2, 0.9], "curve": "PR"}),
    "auc_pr_minoring": ("AUC", YES, SCORES, {"num_thresholds": 5, "curve": "PR", "summation_method": "minoring"}),
    "precision": ("Precision", YES, SCORES, {}),
    "precision_thresholds": ("Precision", YES, SCORES, {"thresholds": [0.2, 0.6, 0.99]}),
    "recall": ("Recall", YES, SCORES, {"thresholds": 0.3}),
    "true_positives": ("TruePositives", YES, SCORES, {}),
    "false_positives": ("FalsePositives", YES, SCORES, {"thresholds": [0.1, 0.5]}),
    "true_negatives": ("TrueNegatives", YES, SCORES, {"name": "tn"}),
    "false_negatives": ("FalseNegatives", YES, SCORES, {}),
    "sensitivity": ("SensitivityAtSpecificity", YES, SCORES, {"specificity": 0.4, "num_thresholds": 11}),
    "specificity": ("SpecificityAtSensitivity", YES, SCORES, {"sensitivity": 0.6}),
    "one_threshold": ("SpecificityAtSensitivity", YES, SCORES, {"sensitivity": 0.6, "num_thresholds": 1}),
    "iou": ("MeanIoU", CLASSES, integers(2, 6, seed=11, high=4), {"num_classes": 4}),
}


def in_a_session(name):
    """A case that runs a metric over two batches, with and without weights, and reads its state."""
    kind, y_true, y_pred, options = METRICS[name]

    def run(tf):
        make = getattr(tf.keras.metrics, kind)
        plain, weighted = make(**options), make(**options)
        y = tf.placeholder(y_true.dtype, y_true[0].shape)
        p = tf.placeholder(y_pred.dtype, (None,) + y_pred[0].shape[1:])
        w = tf.placeholder("float32", (6,))
        calls = [plain(y, p), weighted(y, p, sample_weight=w)]
        found = {}
        with tf.Session() as session:
            session.run([v.initializer for m in (plain, weighted) for v in m.variables])
            for i in range(2):
                found["batch %d" % i] = session.run(calls, {y: y_true[i], p: y_pred[i], w: WEIGHTS[i]})
            found["variables"] = session.run(list(weighted.variables))
        config = make.from_config(weighted.get_config()).get_config()
        found["config"] = sorted("%s %s" % (k, list(v) if hasattr(v, "append") else v) for k, v in config.items())
        found["names"] = [plain.name, weighted.name] + [v.name for v in plain.variables + weighted.variables]
        found["dtype"] = plain.dtype
        return found

    return run


for key in sorted(METRICS):
    script(name="session_" + key)(in_a_session(key))


def eagerly(names):
    """A case that runs metrics over two batches, reads the result, and again after a reset."""

    def run(tf):
        found = {}
        for name in names:
            kind, y_true, y_pred, options = METRICS[name]
            metric = getattr(tf.keras.metrics, kind)(**options)
            called = metric(y_true[0], tf.constant(y_pred[0]))
            metric.update_state(y_true[1], tf.constant(y_pred[1]), sample_weight=tf.constant(WEIGHTS[1]))
            result = metric.result()
            metric.reset_states()
            found[name] = [called, result, metric.result(), metric(y_true[1], tf.constant(y_pred[1]))]
            found[name + " variables"] = list(metric.variables)
        return found

    return run


EAGER = [
    ("accuracies", ["accuracy", "binary_accuracy_threshold", "categorical_accuracy", "sparse_accuracy", "top_k", "sparse_top_k"]),
    ("crossentropies", ["binary_crossentropy_options", "categorical_crossentropy", "sparse_crossentropy", "kld"]),
    ("errors", ["mse", "mae", "rmse", "cosine", "logcosh", "relative", "hinge"]),
    ("counts", ["true_positives", "false_positives", "precision_thresholds", "recall", "iou"]),
    ("curves", ["auc", "auc_thresholds", "sensitivity", "specificity"]),
]
for title, members in EAGER:
    eager_script(name="eager_" + title)(eagerly(members))


def of_numbers(tf, read):
    """Means and sums of numbers and arrays, weighted and not."""
    metrics = tf.keras.metrics
    found = {}
    for name in ("Mean", "Sum"):
        metric = getattr(metrics, name)()
        found[name] = [
            read(metric(5)),
            read(metric([1.0, 3.0, 5.0, 7.0])),
            read(metric([1.0, 3.0], sample_weight=[1.0, 0.5])),
            read(metric(tf.constant(floats(2, 3)), sample_weight=[0.5, 2.0])),
            read(metric(tf.constant(floats(2, 3)), sample_weight=[[0.5], [2.0]])),
            read(metric(tf.constant(floats(2, 3, 2)), sample_weight=[0.5, 2.0])),
            read(metric(tf.constant(floats(2, 3)), sample_weight=0.25)),
        ]
    return found


@eager_script()
def numbers_eagerly(tf):
    return of_numbers(tf, lambda x: x.numpy())


@script()
def numbers_in_a_session(tf):
    metrics = tf.keras.metrics
    mean, total = metrics.Mean(name="m"), metrics.Sum(dtype="float64")
    x = tf.placeholder("float32", [None])
    w = tf.placeholder("float32", [None])
    values = [mean(x), total(x, sample_weight=w)]
    state = [mean.total, mean.count, total.total]
    with tf.Session() as session:
        session.run([v.initializer for v in mean.variables + total.variables])
        first = session.run(values, {x: [1, 2, 6], w: [0, 1, 2]})
        second = session.run(values, {x: [5], w: [3]})
        return {
            "first": first,
            "second": second,
            "state": session.run(state),
            "updates": len(mean.updates),
            "kinds": [tf.trainable_variables() == [], tf.global_variables() == [], tf.local_variables() == []],
            "names": [mean.name, total.name],
        }


@eager_script()
def means_of_tensors(tf):
    metric = tf.keras.metrics.MeanTensor()
    found = [metric([0.0, 1.0, 2.0, 3.0]).numpy(), metric([4.0, 5.0, 6.0, 7.0], sample_weight=[0.0, 0.2, 1.0, 2.0]).numpy()]
    metric.reset_states()
    found.append(metric([[1.0, 2.0, 3.0, 4.0]][0]).numpy())
    return {"means": found, "count": metric.count, "total": metric.total, "config": str(sorted(metric.get_config()))}


@script()
def means_of_tensors_in_a_session(tf):
    metric = tf.keras.metrics.MeanTensor(name="t")
    x = tf.placeholder("float32", [2, 2])
    value = metric(x, sample_weight=[[1.0], [3.0]])
    with tf.Session() as session:
        session.run([v.initializer for v in metric.variables])
        return {"values": [session.run(value, {x: floats(2, 2, seed=i)}) for i in range(3)]}


@script()
def names_of_several(tf):
    """Unnamed metrics are counted; others keep the name of their kind."""
    metrics = tf.keras.metrics
    made = [metrics.AUC(), metrics.AUC(), metrics.Precision(), metrics.Recall(), metrics.MeanIoU(2), metrics.Mean()]
    made += [metrics.Mean(), metrics.SpecificityAtSensitivity(0.5), metrics.AUC(name="mine"), metrics.FalsePositives()]
    made += [metrics.BinaryAccuracy(), metrics.BinaryAccuracy(), metrics.Recall()]
    return {"names": [m.name for m in made], "stateful": [m.stateful for m in made[:3]]}


def chosen_classes(tf):
    """Precision and recall of a class, and of the classes with the best scores."""
    metrics = tf.keras.metrics
    y, p = tf.constant(ONE_HOT[0]), tf.constant(SHARES[0] * 2)
    return [
        metrics.Precision(top_k=2)(y, p),
        metrics.Recall(top_k=2)(y, p),
        metrics.Recall(class_id=1, thresholds=0.2)(y, p),
        metrics.Precision(top_k=3, class_id=2)(y, p),
        metrics.Precision(thresholds=[0.1, 0.3], class_id=0)(y, p),
        metrics.Recall(top_k=1, thresholds=0.4)(y, p),
    ]


@eager_script()
def chosen_classes_eagerly(tf):
    return {"shares": chosen_classes(tf)}


@eager_script()
def ragged_values(tf):
    y = tf.ragged.constant([[1, 0], [1], [0, 1, 1]], dtype=tf.float32)
    p = tf.ragged.constant([[0.9, 0.2], [0.4], [0.6, 0.7, 0.1]])
    metrics = tf.keras.metrics
    return {"found": [metrics.BinaryAccuracy()(y, p), metrics.Precision()(y, p), metrics.Mean()(p)]}


def accuracies(tf):
    """The functions: what they say of each sample."""
    metrics = tf.keras.metrics
    classes, pred, one_hot = tf.constant(CLASSES[0]), tf.constant(PRED[0]), tf.constant(ONE_HOT[0])
    steps = tf.constant(PRED)
    return {
        "binary": metrics.binary_accuracy(tf.constant(BITS[0]), tf.constant(SHARES[0] * 4)),
        "threshold": metrics.binary_accuracy(tf.constant(BITS[0]), tf.constant(SHARES[0]), threshold=0.1),
        "above 1": metrics.binary_accuracy(tf.constant([[1.0, 1.0]]), tf.constant([[2.6, 0.4]])),
        "categorical": metrics.categorical_accuracy(one_hot, pred),
        "sparse": metrics.sparse_categorical_accuracy(tf.cast(classes, tf.float32), pred),
        "sparse integers": metrics.sparse_categorical_accuracy(classes, pred),
        "sparse column": metrics.sparse_categorical_accuracy(classes[:, None], pred),
        "sparse steps": metrics.sparse_categorical_accuracy(tf.constant(CLASSES, tf.float32), steps),
        "top": metrics.top_k_categorical_accuracy(one_hot, pred, k=2),
        "sparse top": metrics.sparse_top_k_categorical_accuracy(classes, pred, k=3),
        "sparse top column": metrics.sparse_top_k_categorical_accuracy(classes[:, None], pred, k=1),
        "proximity": metrics.cosine_proximity(tf.constant(TRUE[0]), pred),
        "logits": metrics.binary_crossentropy(tf.constant(BITS[0]), pred, from_logits=True),
    }


@script()
def functions(tf):
    fetches = accuracies(tf)
    with tf.Session() as session:
        return session.run(fetches)


@eager_script()
def functions_eagerly(tf):
    return accuracies(tf)


REFUSED = {
    "curve": lambda metrics, tf: metrics.AUC(curve="pr-curve"),
    "summation": lambda metrics, tf: metrics.AUC(summation_method="middle"),
    "thresholds": lambda metrics, tf: metrics.AUC(num_thresholds=1),
    "threshold_above_one": lambda metrics, tf: metrics.Precision(thresholds=[0.5, 1.5]),
    "specificity": lambda metrics, tf: metrics.SensitivityAtSpecificity(1.5),
    "sensitivity": lambda metrics, tf: metrics.SpecificityAtSensitivity(-0.5),
    "no_thresholds": lambda metrics, tf: metrics.SpecificityAtSensitivity(0.5, num_thresholds=0),
    "name": lambda metrics, tf: metrics.get("no_such_metric"),
    "kind": lambda metrics, tf: metrics.get(3),
    "base": lambda metrics, tf: metrics.Metric(),
    "result_of_nothing": lambda metrics, tf: metrics.MeanTensor().result(),
    "shapes": lambda metrics, tf: metrics.Precision()(tf.ones([2, 3]), tf.ones([2, 4])),
    "ragged_and_dense": lambda metrics, tf: metrics.Mean()(tf.ragged.constant([[1.0], []]), tf.ones([2])),
}
for key in sorted(REFUSED):
    script(name="refused_" + key, raises=True)(lambda tf, key=key: REFUSED[key](tf.keras.metrics, tf))


@eager_script(raises=True)
def predictions_outside(tf):
    tf.keras.metrics.AUC()(tf.constant([0.0, 1.0]), tf.constant([0.5, 1.5]))


@script()
def by_name(tf):
    metrics = tf.keras.metrics
    found = [metrics.get(name).__name__ for name in ("mse", "MAE", "poisson", "binary_accuracy", "top_k_categorical_accuracy")]
    auc = metrics.get({"class_name": "AUC", "config": {"num_thresholds": 3, "name": "a"}})
    again = metrics.deserialize(metrics.serialize(metrics.Precision(thresholds=0.3, name="p")))
    return {
        "functions": found,
        "objects": [type(metrics.get("Recall")).__name__, auc.name, auc.num_thresholds, again.name, again.thresholds],
    }


# -- subclasses --------------------------------------------------------------------------------------------------------


def own_metric(tf):
    """A metric as guides have it: assignments one after the other, nothing returned."""

    class Excess(tf.keras.metrics.Metric):
        def __init__(self, limit=0.0, name="excess", **kwargs):
            super(Excess, self).__init__(name=name, **kwargs)
            self.limit = limit
            self.over = self.add_weight(name="over", initializer="zeros")
            self.seen = self.add_weight("seen", initializer=tf.zeros_initializer)
            self.batches = self.add_weight("batches", dtype="float64", initializer=tf.zeros_initializer())

        def update_state(self, y_true, y_pred, sample_weight=None):
            over = tf.cast(y_pred - y_true > self.limit, self.dtype)
            if sample_weight is not None:
                over = over * tf.reshape(tf.cast(sample_weight, self.dtype), [-1, 1])
            self.over.assign_add(tf.reduce_sum(over))
            self.seen.assign_add(tf.cast(tf.size(over), self.dtype))
            self.batches.assign_add(1.0)
            self.over.assign_add(tf.cast(self.batches, self.dtype))

        def result(self):
            return self.over / self.seen

        def get_config(self):
            config = super(Excess, self).get_config()
            config["limit"] = self.limit
            return config

    return Excess


@eager_script()
def own_metric_eagerly(tf):
    metric = own_metric(tf)(0.5, dtype="float32")
    first = metric(TRUE[0], PRED[0])
    metric.update_state(TRUE[1], PRED[1], sample_weight=WEIGHTS[1])
    second = metric.result()
    for v in metric.variables:
        v.assign(tf.zeros_like(v))
    return {"results": [first, second, metric(TRUE[1], PRED[1])], "names": [v.name for v in metric.variables]}


@script()
def own_metric_in_a_session(tf):
    metric = own_metric(tf)(name="mine")
    y, p = (tf.placeholder("float32", [6, 4]) for _ in range(2))
    value = metric(y, p)
    with tf.Session() as session:
        session.run([v.initializer for v in metric.variables])
        values = [session.run(value, {y: TRUE[i], p: PRED[i]}) for i in range(2)]
        return {"values": values, "result": session.run(metric.result()), "config": str(sorted(metric.get_config().items()))}


@eager_script()
def subclass_of_mean(tf):
    """A subclass that computes its values and leaves the mean to `Mean`."""

    class Largest(tf.keras.metrics.Mean):
        def update_state(self, y_true, y_pred, sample_weight=None):
            values = tf.reduce_max(tf.abs(y_true - y_pred), axis=-1)
            return super(Largest, self).update_state(values, sample_weight=sample_weight)

    metric = Largest(name="largest")
    return {"values": [metric(TRUE[0], PRED[0]), metric(TRUE[1], PRED[1], WEIGHTS[1])], "state": list(metric.variables)}


@eager_script()
def custom_loop(tf):
    """A loop with a tape, a traced step and two metrics, as guides have it."""
    model = tf.keras.Sequential([tf.keras.layers.Dense(4, input_shape=(4,))])
    model.set_weights([floats(4, 4, seed=20), floats(4, seed=21)])
    loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = tf.train.GradientDescentOptimizer(0.2)
    mean = tf.keras.metrics.Mean(name="loss")
    accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name="accuracy")

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            logits = model(x)
            loss = loss_of(y, logits)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        mean(loss)
        accuracy(y, logits)

    found = []
    for _ in range(2):
        mean.reset_states()
        accuracy.reset_states()
        for i in range(2):
            step(tf.constant(TRUE[i]), tf.constant(CLASSES[i]))
        found.append([mean.result().numpy(), accuracy.result().numpy()])
    return {"epochs": found, "weights": model.get_weights()}


# -- in a model --------------------------------------------------------------------------------------------------------


def dense(tf, activation="sigmoid", units=1):
    model = tf.keras.Sequential([tf.keras.layers.Dense(units, activation=activation, input_shape=(4,))])
    model.set_weights([floats(4, units, seed=20), floats(units, seed=21)])
    return model


def rounded(history):
    return {key: np.array(values, "float32") for key, values in sorted(history.history.items())}


X = np.concatenate([TRUE[0], TRUE[1], PRED[0]])
Y = np.concatenate([YES[0], YES[1], YES[0]])
W = np.concatenate([WEIGHTS[0], WEIGHTS[1], WEIGHTS[1]])


@script()
def fitted(tf):
    """Histories of metrics with a state, named and unnamed, validated, weighted."""
    metrics = tf.keras.metrics
    model = dense(tf)
    model.compile(
        tf.keras.optimizers.SGD(0.1),
        tf.keras.losses.BinaryCrossentropy(),
        metrics=["acc", metrics.AUC(num_thresholds=9), metrics.AUC(num_thresholds=5)],
        weighted_metrics=["accuracy", metrics.Precision()],
    )
    history = model.fit(
        X, Y, batch_size=6, epochs=2, verbose=0, shuffle=False, sample_weight=W, validation_data=(X[:6], Y[:6], W[:6])
    )
    return {"history": rounded(history), "names": model.metrics_names, "objects": [m.name for m in model.metrics]}


@script()
def fitted_without_weights(tf):
    model = dense(tf)
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy", tf.keras.metrics.Recall()], weighted_metrics=["acc"])
    history = model.fit(X, Y, batch_size=6, epochs=2, verbose=0, shuffle=False, validation_split=0.34)
    return {"history": rounded(history), "evaluated": np.array(model.evaluate(X, Y, batch_size=10, verbose=0), "float32")}


@script()
def single_batches(tf):
    """The state is forgotten after each batch, unless it is to be kept."""
    model = dense(tf)
    model.compile("sgd", "mse", metrics=["acc", tf.keras.metrics.TruePositives(), tf.keras.metrics.MeanSquaredError()])
    found = [
        model.train_on_batch(X[:9], Y[:9], reset_metrics=False),
        model.train_on_batch(X[9:], Y[9:], reset_metrics=False),
        model.train_on_batch(X[9:], Y[9:]),
        model.test_on_batch(X[:9], Y[:9], reset_metrics=False),
        model.test_on_batch(X[9:], Y[9:], sample_weight=W[9:], reset_metrics=False),
    ]
    model.reset_metrics()
    found.append(model.test_on_batch(X[:9], Y[:9]))
    found.append(model.test_on_batch(X[:9], Y[:9]))
    return {"found": np.array(found)}


@script()
def generators(tf):
    """Batches of different sizes: metrics with a state weigh samples, the loss of an evaluation weighs batches."""

    def batches():
        while True:
            for start in (0, 12):
                yield X[start : start + 12], Y[start : start + 12]

    model = dense(tf)
    model.compile("sgd", "mse", metrics=["acc", tf.keras.metrics.AUC(num_thresholds=5)])
    history = model.fit_generator(
        batches(), 2, epochs=2, verbose=0, workers=0, validation_data=batches(), validation_steps=2
    )
    return {"history": rounded(history), "evaluated": np.array(model.evaluate_generator(batches(), 2, workers=0), "float32")}


def two_outputs(tf):
    layers = tf.keras.layers
    x = layers.Input((4,))
    model = tf.keras.Model(x, [layers.Dense(1, name="value")(x), layers.Dense(4, activation="softmax", name="kind")(x)])
    model.set_weights([floats(4, 1, seed=20), floats(1, seed=21), floats(4, 4, seed=22), floats(4, seed=23)])
    return model


KINDS = np.concatenate([CLASSES[0], CLASSES[1], CLASSES[0]])
OUTPUTS = {
    "by_name": (
        {"value": "mse", "kind": "sparse_categorical_crossentropy"},
        lambda m: {"value": ["mae", m.RootMeanSquaredError()], "kind": "accuracy"},
        lambda m: {"kind": [m.SparseTopKCategoricalAccuracy(k=2)]},
    ),
    "in_lists": (["mse", "sparse_categorical_crossentropy"], lambda m: [["mae"], ["acc", "ce"]], lambda m: None),
    "for_all": (["mse", "sparse_categorical_crossentropy"], lambda m: ["mae"], lambda m: ["mse"]),
}


def with_two_outputs(loss, metrics, weighted):
    def run(tf):
        model = two_outputs(tf)
        model.compile(
            tf.keras.optimizers.SGD(0.05),
            loss,
            metrics=metrics(tf.keras.metrics),
            weighted_metrics=weighted(tf.keras.metrics),
            loss_weights=[1.0, 0.5],
        )
        weights = {"value": W, "kind": W[::-1].copy()}
        found = np.array(model.evaluate(X, [Y, KINDS], batch_size=9, verbose=0, sample_weight=weights), "float32")
        return {"names": model.metrics_names, "found": found}

    return run


for key in sorted(OUTPUTS):
    script(name="outputs_" + key)(with_two_outputs(*OUTPUTS[key]))


@script()
def objects_for_all_outputs(tf):
    """Each output has a metric of its own."""
    layers = tf.keras.layers
    x = layers.Input((4,))
    model = tf.keras.Model(x, [layers.Dense(1, name="a")(x), layers.Dense(1, name="b")(x)])
    model.set_weights([floats(4, 1, seed=20), floats(1, seed=21), floats(4, 1, seed=22), floats(1, seed=23)])
    model.compile("sgd", "mse", metrics=[tf.keras.metrics.MeanAbsoluteError(), "mse", tf.keras.metrics.RootMeanSquaredError()])
    return {"names": model.metrics_names, "found": np.array(model.evaluate(X, [Y, -Y], batch_size=9, verbose=0), "float32")}


@script()
def functions_of_ones_own(tf):
    """A metric of a whole batch counts once, that of samples by their number."""

    def largest(y_true, y_pred):
        return tf.reduce_max(y_pred)

    def error(y_true, y_pred):
        return tf.abs(y_true - y_pred)

    model = dense(tf)
    model.compile("sgd", "mse", metrics=[largest, error, own_metric(tf)(0.1)])
    history = model.fit(X, Y, batch_size=9, epochs=2, verbose=0, shuffle=False)
    return {"history": rounded(history), "names": model.metrics_names}


@script()
def masked_steps(tf):
    """Metrics leave out what a mask hides."""
    layers = tf.keras.layers
    x = floats(3, 5, 2, seed=12)
    x[:, 3:] = 0
    steps = layers.Input((5, 2))
    model = tf.keras.Model(steps, layers.TimeDistributed(layers.Dense(2))(layers.Masking()(steps)))
    model.set_weights([floats(2, 2, seed=13), floats(2, seed=14)])
    y = floats(3, 5, 2, seed=15)
    model.compile("sgd", "mse", metrics=["mae", tf.keras.metrics.MeanSquaredError()], weighted_metrics=["mae"])
    plain = model.test_on_batch(x, y)
    weighted = model.test_on_batch(x, y, sample_weight=W[:3])
    return {"plain": plain, "weighted": weighted, "names": model.metrics_names}


@script()
def saved_with_metrics(tf):
    model = dense(tf)
    metrics = tf.keras.metrics
    model.compile(
        tf.keras.optimizers.SGD(0.1),
        "binary_crossentropy",
        metrics=["acc", metrics.AUC(num_thresholds=5, name="area"), metrics.Accuracy()],
        weighted_metrics=[metrics.Precision(thresholds=0.3)],
    )
    before = model.test_on_batch(X, Y)
    with Folder():
        model.save("model.h5")
        again = tf.keras.models.load_model("model.h5")
    return {"before": before, "after": again.test_on_batch(X, Y), "names": again.metrics_names}


CLASSES_MADE = """
    AUC Accuracy BinaryAccuracy BinaryCrossentropy CategoricalAccuracy CategoricalCrossentropy CategoricalHinge
    CosineSimilarity FalseNegatives FalsePositives Hinge KLDivergence LogCoshError Mean MeanAbsoluteError
    MeanAbsolutePercentageError MeanIoU MeanRelativeError MeanSquaredError MeanSquaredLogarithmicError MeanTensor Metric
    Poisson Precision Recall RootMeanSquaredError SensitivityAtSpecificity SparseCategoricalAccuracy
    SparseCategoricalCrossentropy SparseTopKCategoricalAccuracy SpecificityAtSensitivity SquaredHinge Sum
    TopKCategoricalAccuracy TrueNegatives TruePositives
"""


@script()
def signatures(tf):
    """How each object is made."""
    found = {}
    for name in CLASSES_MADE.split():
        parameters = inspect.signature(getattr(tf.keras.metrics, name).__init__).parameters
        found[name] = [str(p.replace(annotation=p.empty)) for p in parameters.values()]
    return found
