"""Losses of tf.keras: functions, objects, and what a compiled model makes of them."""

import inspect

import numpy as np

from tests.oracle.harness import Folder, eager_script, floats, integers, script

TRUE = floats(6, 4, seed=1)
PRED = floats(6, 4, seed=2)
SHARES = (floats(6, 4, seed=3, low=0.1, high=2) / 8).astype(np.float32)
ONE_HOT = np.eye(4, dtype=np.float32)[integers(6, seed=4, high=4)]
CLASSES = integers(6, seed=5, high=4)
BITS = integers(6, 4, seed=6, high=2).astype(np.float32)
WEIGHTS = floats(6, seed=7, low=0, high=3)


def of_class(name, y_true, y_pred, **options):
    """A case for a loss object: its values with all reductions and weights, its config."""

    def run(tf):
        make = getattr(tf.keras.losses, name)
        loss = make(**options)
        none, total = make(reduction="none", **options), make(reduction="sum", name="mine", **options)
        true, pred = tf.constant(y_true), tf.constant(y_pred)
        entries = none(true, pred)
        column = WEIGHTS[:, None] if entries.shape.ndims == 2 else WEIGHTS
        fetches = {
            "mean": loss(true, pred),
            "scaled": loss(true, pred, sample_weight=0.5),
            "weighted": loss(true, pred, sample_weight=tf.constant(WEIGHTS)),
            "called": loss.call(true, pred),
            "entries": entries,
            "entries weighted": none(true, pred, column),
            "total": total(true, pred, sample_weight=WEIGHTS),
            "lists": loss(y_true.tolist(), tf.constant(y_pred.tolist())),
            "gradient": tf.gradients(loss(true, pred, WEIGHTS), pred)[0],
        }
        if name in ("MeanSquaredError", "Hinge", "Huber"):
            fetches["double"] = total(true, tf.cast(pred, "float64"))
        with tf.Session() as session:
            found = session.run(fetches)
        again = make.from_config(total.get_config())
        found["config"] = [sorted(map(str, x.get_config().items())) for x in (loss, again)]
        found["serialized"] = tf.keras.losses.serialize(loss)["class_name"]
        found["name"] = loss.name
        return found

    return run


OBJECTS = [
    ("mean_squared_error", "MeanSquaredError", TRUE, PRED, {}),
    ("mean_absolute_error", "MeanAbsoluteError", TRUE, PRED, {}),
    ("mean_absolute_percentage_error", "MeanAbsolutePercentageError", TRUE, PRED, {}),
    ("mean_squared_logarithmic_error", "MeanSquaredLogarithmicError", TRUE + 2, PRED + 2, {}),
    ("binary_crossentropy", "BinaryCrossentropy", BITS, SHARES, {}),
    ("binary_crossentropy_of_logits", "BinaryCrossentropy", BITS, PRED, {"from_logits": True}),
    ("binary_crossentropy_smoothed", "BinaryCrossentropy", BITS, SHARES, {"label_smoothing": 0.2}),
    ("categorical_crossentropy", "CategoricalCrossentropy", ONE_HOT, SHARES, {}),
    ("categorical_crossentropy_of_logits", "CategoricalCrossentropy", ONE_HOT, PRED, {"from_logits": True}),
    (
        "categorical_crossentropy_smoothed",
        "CategoricalCrossentropy",
        ONE_HOT,
        PRED,
        {"from_logits": True, "label_smoothing": 0.1},
    ),
    ("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy", CLASSES, SHARES, {}),
    ("sparse_crossentropy_of_logits", "SparseCategoricalCrossentropy", CLASSES, PRED, {"from_logits": True}),
    ("hinge_of_signs", "Hinge", 2 * BITS - 1, PRED, {}),
    ("hinge_of_bits", "Hinge", BITS, PRED, {}),
    ("squared_hinge", "SquaredHinge", BITS, PRED, {}),
    ("categorical_hinge", "CategoricalHinge", ONE_HOT, PRED, {}),
    ("poisson", "Poisson", TRUE + 2, PRED + 3, {}),
    ("logcosh", "LogCosh", TRUE, PRED, {}),
    ("kullback_leibler", "KLDivergence", SHARES, SHARES[::-1].copy(), {}),
    ("huber", "Huber", TRUE, PRED, {}),
    ("huber_with_delta", "Huber", TRUE, PRED, {"delta": 0.3}),
    ("cosine_similarity", "CosineSimilarity", TRUE, PRED, {}),
    ("cosine_similarity_of_columns", "CosineSimilarity", TRUE[:, :1].repeat(6, 1), PRED[:, :1].repeat(6, 1), {"axis": 0}),
]
for row in OBJECTS:
    script(name="object_" + row[0])(of_class(row[1], row[2], row[3], **row[4]))


def table_of_functions(tf):
    """Every loss function's values, from tensors and from arrays of another type."""
    losses = tf.keras.losses
    given = {
        "mse": (TRUE, PRED), "MAE": (TRUE, PRED), "mape": (TRUE, PRED), "msle": (TRUE, PRED),
        "squared_hinge": (BITS, PRED), "hinge": (TRUE, PRED), "categorical_hinge": (ONE_HOT, PRED),
        "logcosh": (TRUE, PRED), "categorical_crossentropy": (ONE_HOT, SHARES),
        "binary_crossentropy": (BITS, SHARES), "kld": (SHARES, SHARES[::-1]), "KLD": (SHARES, PRED),
        "poisson": (TRUE, SHARES), "cosine_proximity": (TRUE, PRED), "cosine": (TRUE, PRED),
        "cosine_similarity": (TRUE, PRED), "mean_squared_error": (CLASSES, PRED[:, 0]),
        "mean_absolute_error": (CLASSES, PRED[:, 0]),
    }  # fmt: skip
    return {name: getattr(losses, name)(tf.constant(y), tf.constant(p)) for name, (y, p) in sorted(given.items())}


@script()
def functions(tf):
    fetches = table_of_functions(tf)
    with tf.Session() as session:
        return session.run(fetches)


@eager_script()
def functions_eagerly(tf):
    return table_of_functions(tf)


def options_of_functions(tf):
    losses = tf.keras.losses
    cube = tf.constant(floats(2, 3, 4, seed=8))
    labels = tf.constant(integers(2, 3, seed=9, high=4))
    shares = tf.nn.softmax(cube + 0.0)
    pred, bits, one_hot = tf.constant(PRED), tf.constant(BITS), tf.constant(ONE_HOT)
    return {
        "binary logits": losses.binary_crossentropy(bits, pred, from_logits=True),
        "binary smooth": losses.binary_crossentropy(bits, tf.constant(SHARES), label_smoothing=0.3),
        "one-hot logits": losses.categorical_crossentropy(one_hot, pred, from_logits=True),
        "one-hot smooth": losses.categorical_crossentropy(one_hot, tf.constant(SHARES), False, 0.3),
        "sparse logits": losses.sparse_categorical_crossentropy(tf.constant(CLASSES), pred, from_logits=True),
        "sparse column": losses.sparse_categorical_crossentropy(tf.constant(CLASSES[:, None]), pred, True),
        "sparse steps": losses.sparse_categorical_crossentropy(labels, shares),
        "sparse axis": losses.sparse_categorical_crossentropy(
            tf.constant(integers(2, 4, seed=9, high=3)), cube, from_logits=True, axis=1
        ),
        "softmax": losses.categorical_crossentropy(one_hot, tf.nn.softmax(50.0 * pred)),
        "sparse softmax": losses.sparse_categorical_crossentropy(tf.constant(CLASSES), tf.nn.softmax(50.0 * pred)),
        "sigmoid": losses.binary_crossentropy(bits, tf.sigmoid(50.0 * pred)),
        "axis": losses.cosine_similarity(tf.constant(TRUE), pred, axis=0),
        "backend axis": tf.keras.backend.categorical_crossentropy(tf.ones_like(cube), shares, axis=1),
        "backend logits": tf.keras.backend.categorical_crossentropy(tf.ones_like(cube), cube, True, 1),
    }


@script()
def arguments_of_functions(tf):
    fetches = options_of_functions(tf)
    with tf.Session() as session:
        return session.run(fetches)


@eager_script()
def arguments_of_functions_eagerly(tf):
    return options_of_functions(tf)


@eager_script()
def objects_eagerly(tf):
    losses = tf.keras.losses
    found = {}
    for row in OBJECTS:
        loss = getattr(losses, row[1])(**row[4])
        found[row[0]] = loss(row[2], tf.constant(row[3]), sample_weight=WEIGHTS)
    found["documented"] = losses.MeanSquaredError()([0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.0])
    return found


@eager_script()
def gradients_of_objects(tf):
    """Losses of a custom loop: with a tape, each entry or in sum."""
    x = tf.constant(PRED)
    found = {}
    for name, options in (("Huber", {}), ("MeanSquaredError", {}), ("LogCosh", {"reduction": "sum"})):
        loss = getattr(tf.keras.losses, name)(**options)
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = loss(TRUE, x)
        found[name] = tape.gradient(value, x)
    return found


@script()
def losses_of_ones_own(tf):
    """A subclass with `call`, and a function wrapped with arguments."""

    class Focal(tf.keras.losses.Loss):
        def __init__(self, gamma=2.0, **kwargs):
            super(Focal, self).__init__(**kwargs)
            self.gamma = gamma

        def call(self, y_true, y_pred):
            right = tf.reduce_sum(y_true * y_pred, -1)
            return -tf.pow(1 - right, self.gamma) * tf.log(right)

        def get_config(self):
            config = super(Focal, self).get_config()
            config["gamma"] = self.gamma
            return config

    focal = Focal(gamma=1.5, name="focal")
    again = tf.keras.losses.deserialize(tf.keras.losses.serialize(focal), custom_objects={"Focal": Focal})
    fetches = [focal(ONE_HOT, tf.constant(SHARES)), again(ONE_HOT, tf.constant(SHARES), WEIGHTS)]
    names = [x.op.name for x in fetches]
    with tf.Session() as session:
        values = session.run(fetches)
    return {"values": values, "gamma": again.gamma, "reduction": again.reduction, "scopes": [n.split("/")[0] for n in names]}


def wrong(make):
    """A case that makes something that is refused."""
    return lambda tf: make(tf.keras.losses, tf)


WRONG = {
    "reduction": lambda losses, tf: losses.Huber(reduction="mean"),
    "weights": lambda losses, tf: losses.MeanSquaredError()(TRUE, tf.constant(PRED), sample_weight=np.ones((5,), "f")),
    "weights_of_more_axes": lambda losses, tf: losses.MeanSquaredError()(
        TRUE, tf.constant(PRED), sample_weight=np.ones((6, 4, 2), "f")
    ),
    "name": lambda losses, tf: losses.get("no_such_loss"),
    "kind": lambda losses, tf: losses.get(3),
}
for key in sorted(WRONG):
    script(name="refused_" + key, raises=True)(wrong(WRONG[key]))


@script()
def by_name(tf):
    losses = tf.keras.losses
    found = [losses.get(name).__name__ for name in ("mse", "MAE", "kld", "huber_loss", "cosine_proximity", "logcosh")]
    config = {"class_name": "Huber", "config": {"delta": 2.0, "name": "h"}}
    huber = losses.get(config)
    return {
        "functions": found,
        "object": [type(losses.deserialize("Poisson")).__name__, huber.name, huber.get_config()["delta"]],
        "none": losses.get(None) is None,
    }


# -- in a model --------------------------------------------------------------------------------------------------------


def dense(tf, activation=None):
    model = tf.keras.Sequential([tf.keras.layers.Dense(4, activation=activation, input_shape=(4,))])
    model.set_weights([floats(4, 4, seed=10), floats(4, seed=11)])
    return model


def trained(loss, y, activation=None, weighted=False):
    """A case that evaluates with a loss, then takes a step and looks at the weights."""

    def run(tf):
        model = dense(tf, activation)
        model.compile(tf.keras.optimizers.SGD(0.1), loss=loss(tf) if callable(loss) else loss)
        weights = {"sample_weight": np.array([0, 2, 1, 0, 0.5, 3.0])} if weighted else {}
        return {
            "loss": model.test_on_batch(TRUE, y, **weights),
            "step": model.train_on_batch(TRUE, y, **weights),
            "weights": model.get_weights(),
        }

    return run


STEPS = [
    ("mse_weighted", "mse", PRED, None, True),
    ("categorical_crossentropy", "categorical_crossentropy", ONE_HOT, "softmax", False),
    ("categorical_crossentropy_weighted", "categorical_crossentropy", ONE_HOT, "softmax", True),
    ("sparse_crossentropy_weighted", "sparse_categorical_crossentropy", CLASSES, "softmax", True),
    ("binary_crossentropy", "binary_crossentropy", BITS, "sigmoid", False),
    ("hinge", "hinge", BITS, "tanh", True),
    ("cosine", "cosine_proximity", PRED, None, True),
    ("huber_object", lambda tf: tf.keras.losses.Huber(0.5), PRED, None, True),
    ("sum_object", lambda tf: tf.keras.losses.MeanSquaredError(reduction="sum"), PRED, None, True),
    ("smoothed", lambda tf: tf.keras.losses.CategoricalCrossentropy(True, 0.2), ONE_HOT, None, False),
    ("sparse_object", lambda tf: tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), CLASSES, None, False),
    ("function_of_all", lambda tf: (lambda y, p: tf.reduce_mean(tf.abs(y - p))), PRED, None, False),
    ("function_of_entries", lambda tf: (lambda y, p: tf.square(y - p)), PRED, None, True),
]
for step in STEPS:
    script(name="model_" + step[0])(trained(*step[1:]))


@script()
def weights_of_classes(tf):
    """Weights of classes and of samples are multiplied; the sum goes by the number of samples."""
    model = dense(tf, "softmax")
    model.compile("sgd", "categorical_crossentropy")
    history = model.fit(
        TRUE, ONE_HOT, batch_size=4, epochs=1, shuffle=False, verbose=0, class_weight={0: 1.0, 1: 0.0, 2: 3.0, 3: 0.5}
    )
    both = model.train_on_batch(TRUE, ONE_HOT, WEIGHTS, class_weight={0: 1.0, 1: 0.0, 2: 3.0, 3: 0.5})
    return {"loss": np.array(history.history["loss"], "float32"), "both": both, "weights": model.get_weights()}


@script()
def masked_steps(tf):
    """What a mask hides counts as zero among all."""
    layers = tf.keras.layers
    x = floats(3, 5, 2, seed=12)
    x[:, 3:] = 0
    steps = layers.Input((5, 2))
    model = tf.keras.Model(steps, layers.TimeDistributed(layers.Dense(2))(layers.Masking()(steps)))
    model.set_weights([floats(2, 2, seed=13), floats(2, seed=14)])
    y = floats(3, 5, 2, seed=15)
    found = {}
    for mode, weights in ((None, None), (None, WEIGHTS[:3]), ("temporal", floats(3, 5, seed=16, low=0))):
        model.compile("sgd", tf.keras.losses.MeanSquaredError(), sample_weight_mode=mode)
        found["{} {}".format(mode, weights is None)] = model.test_on_batch(x, y, sample_weight=weights)
    return found


@script()
def saved_with_a_loss_object(tf):
    """The loss comes back from the file, with its arguments."""
    model = dense(tf)
    model.compile(tf.keras.optimizers.SGD(0.1), tf.keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1))
    before = model.test_on_batch(TRUE, ONE_HOT)
    with Folder():
        model.save("model.h5")
        again = tf.keras.models.load_model("model.h5")
    return {"before": before, "after": again.test_on_batch(TRUE, ONE_HOT)}


CLASSES_MADE = """
    BinaryCrossentropy CategoricalCrossentropy CategoricalHinge CosineSimilarity Hinge Huber KLDivergence LogCosh Loss
    MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson
    SparseCategoricalCrossentropy SquaredHinge
"""


@script()
def signatures(tf):
    """How each object is made."""
    found = {}
    for name in CLASSES_MADE.split():
        parameters = inspect.signature(getattr(tf.keras.losses, name).__init__).parameters
        found[name] = [str(p.replace(annotation=p.empty)) for p in parameters.values()]
    return found
