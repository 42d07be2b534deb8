"""The optimizers of tf.keras: their formulas, arguments, variables, and those that users write."""

import numpy as np

from tests.oracle.harness import eager_script, floats, integers, kind_made, script

X, Y = floats(12, 4, seed=1), floats(12, 1, seed=2)
KERNEL, TABLE = floats(4, 3, seed=3), floats(6, 2, seed=4)
WORDS, LABELS = integers(12, 3, seed=5, high=6), integers(12, 1, seed=6, high=2)

ROWS = [
    ("sgd", lambda o: "sgd"),
    ("sgd_momentum", lambda o: o.SGD(0.1, momentum=0.9)),
    ("sgd_nesterov_decay", lambda o: o.SGD(learning_rate=0.05, momentum=0.9, nesterov=True, decay=0.1)),
    ("rmsprop", lambda o: "RMSprop"),
    ("rmsprop_momentum", lambda o: o.RMSprop(0.01, momentum=0.5)),
    ("rmsprop_centered", lambda o: o.RMSprop(0.01, rho=0.8, epsilon=1e-3, centered=True)),
    ("rmsprop_momentum_centered", lambda o: o.RMSprop(0.01, momentum=0.5, centered=True)),
    ("adagrad", lambda o: "adagrad"),
    ("adagrad_lr", lambda o: o.Adagrad(lr=0.1, initial_accumulator_value=0.5)),
    ("adadelta", lambda o: "adadelta"),
    ("adadelta_one", lambda o: o.Adadelta(1.0, rho=0.9)),
    ("adam", lambda o: "adam"),
    ("adam_amsgrad_clipnorm", lambda o: o.Adam(0.1, 0.8, 0.9, 1e-3, True, clipnorm=0.1)),
    ("adamax", lambda o: o.Adamax(0.05)),
    ("nadam", lambda o: o.Nadam(0.05)),
    ("ftrl", lambda o: "ftrl"),
    ("ftrl_shrinkage", lambda o: o.Ftrl(0.1, -0.4, 0.2, 0.01, 0.02, l2_shrinkage_regularization_strength=0.03)),
    ("clipvalue", lambda o: o.SGD(0.1, clipvalue=0.05)),
    ("schedule", lambda o: o.Adam(o.schedules.ExponentialDecay(0.1, 2, 0.5))),
    ("callable_rate", lambda o: o.SGD(lambda: 0.05)),
]


def text_of(config):
    """A config as text, numbers rounded to what float32 holds."""
    rounded = {k: "%.5g" % v if isinstance(v, (float, np.floating)) else v for k, v in config.items()}
    return str(sorted(rounded.items(), key=lambda item: item[0]))


def steps_of_all(tf, rows, loss_of):
    """Three steps of each optimizer on a variable of its own, all in one graph."""
    optimizers, found, steps = tf.keras.optimizers, {}, []
    for name, make in rows:
        v = tf.Variable(TABLE, use_resource=True, name=name)
        optimizer = optimizers.get(make(optimizers))
        steps += optimizer.get_updates(loss_of(v), [v])
        found[name] = [v] + optimizer.weights
        config = optimizer.get_config()
        assert text_of(type(optimizer).from_config(dict(config)).get_config()) == text_of(config), name
    values = {name + "_names": str([v.name for v in variables]) for name, variables in found.items()}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(3):
            session.run(steps)
        values.update({name + "_%d" % i: w for name, ws in session.run(found).items() for i, w in enumerate(ws)})
    return values


@script(rtol=1e-5, atol=1e-6)
def dense_steps(tf):
    return steps_of_all(tf, ROWS, lambda v: tf.reduce_sum(tf.sin(3.0 * v)))


def fitted(make):
    def run(tf):
        keras = tf.keras
        constant = keras.initializers.Constant
        layers = [
            keras.layers.Dense(3, "tanh", input_shape=(4,), kernel_initializer=constant(KERNEL)),
            keras.layers.Dense(1, kernel_initializer="ones"),
        ]
        model = keras.Sequential(layers)
        model.compile(make(keras.optimizers), "mse")
        history = model.fit(X, Y, epochs=2, batch_size=5, shuffle=False, verbose=0).history["loss"]
        return {
            "loss": np.array(history),
            "weights": np.concatenate([w.ravel() for w in model.get_weights()]),
            "slots": np.concatenate([np.ravel(w) for w in model.optimizer.get_weights()]),
            "names": str([w.name for w in model.optimizer.weights]),
            "config": text_of(model.optimizer.get_config()),
        }

    return run


for row_name in ("sgd_nesterov_decay", "rmsprop", "adam", "nadam", "schedule"):
    script(name="fit_" + row_name, rtol=2e-4, atol=1e-6)(fitted(dict(ROWS)[row_name]))

SPARSE = [
    ("sgd", lambda o: o.SGD(0.5)),
    ("sgd_momentum", lambda o: o.SGD(0.5, momentum=0.9, nesterov=True)),
    ("rmsprop", lambda o: o.RMSprop(0.1)),
    ("rmsprop_momentum", lambda o: o.RMSprop(0.1, momentum=0.1)),
    ("rmsprop_centered", lambda o: o.RMSprop(0.1, rho=0.5, epsilon=1e-2, centered=True)),
    ("rmsprop_momentum_centered", lambda o: o.RMSprop(0.1, 0.9, 0.3, centered=True)),
    ("adagrad", lambda o: o.Adagrad(0.1)),
    ("adadelta", lambda o: o.Adadelta(1.0)),
    ("adam", lambda o: o.Adam(0.1)),
    ("adam_amsgrad", lambda o: o.Adam(0.1, amsgrad=True)),
    ("adamax", lambda o: o.Adamax(0.1)),
    ("nadam", lambda o: o.Nadam(0.1)),
    ("ftrl", lambda o: o.Ftrl(0.1)),
    ("ftrl_shrinkage", lambda o: o.Ftrl(0.1, l2_shrinkage_regularization_strength=0.1)),
    ("clipnorm", lambda o: o.SGD(0.5, clipnorm=0.05)),
]


@script(rtol=1e-5, atol=1e-6)
def sparse_steps(tf):
    def loss_of(v):
        return tf.reduce_sum(tf.sin(3.0 * tf.gather(v, [0, 2, 0, 5])))

    return steps_of_all(tf, SPARSE, loss_of)


@script(rtol=2e-4)
def fit_embedding(tf):
    keras = tf.keras
    layers = [
        keras.layers.Embedding(6, 2, input_length=3, embeddings_initializer=keras.initializers.Constant(TABLE)),
        keras.layers.Flatten(),
        keras.layers.Dense(1, "sigmoid", kernel_initializer="ones"),
    ]
    model = keras.Sequential(layers)
    model.compile("adam", "binary_crossentropy")
    history = model.fit(WORDS, LABELS, epochs=2, batch_size=5, shuffle=False, verbose=0).history["loss"]
    return {"loss": np.array(history), "table": model.get_weights()[0]}


def eager_row(make):
    def run(tf):
        optimizer = make(tf.keras.optimizers)
        v, w = tf.Variable([1.0, -2.0]), tf.Variable([[0.5, 1.0], [2.0, 3.0], [4.0, 5.0]], name="rows")
        for _ in range(3):
            with tf.GradientTape() as tape:
                rows = tf.nn.embedding_lookup(w, [0, 2, 0])
                loss = tf.reduce_sum(tf.sin(v)) + tf.reduce_sum(tf.square(rows))
            optimizer.apply_gradients(zip(tape.gradient(loss, [v, w]), [v, w]))
        return {
            "v": v,
            "w": w,
            "steps": optimizer.iterations,
            "names": str([x.name for x in optimizer.weights]),
            "config": text_of(optimizer.get_config()),
        }

    return run


EAGER = [
    ("sgd", lambda o: o.SGD(0.1)),
    ("sgd_nesterov", lambda o: o.SGD(0.1, 0.9, True)),
    ("rmsprop", lambda o: o.RMSprop(0.1)),
    ("rmsprop_all", lambda o: o.RMSprop(0.1, 0.9, 0.1, centered=True)),
    ("adagrad", lambda o: o.Adagrad(0.1)),
    ("adadelta", lambda o: o.Adadelta(1.0)),
    ("adam", lambda o: o.Adam(0.1, decay=0.1)),
    ("adam_amsgrad", lambda o: o.Adam(0.1, amsgrad=True)),
    ("adamax", lambda o: o.Adamax(0.1)),
    ("nadam", lambda o: o.Nadam(0.1)),
    ("ftrl", lambda o: o.Ftrl(0.1)),
    ("schedule", lambda o: o.Adam(o.schedules.PolynomialDecay(0.1, 4))),
    ("callable_rate", lambda o: o.SGD(lambda: 0.3)),
]

for row_name, row in EAGER:
    eager_script(name="eager_" + row_name, rtol=1e-5)(eager_row(row))


@eager_script()
def eager_minimize(tf):
    optimizers = tf.keras.optimizers
    v, bound = tf.Variable(2.0), tf.Variable(1.0, constraint=lambda x: tf.clip_by_value(x, 0.95, 1.0))
    optimizer = optimizers.Adam(0.1)
    for _ in range(3):
        optimizer.minimize(lambda: v * v, [v])
    after_three = v.numpy()
    optimizer.lr = 0.5
    rates = [optimizer.lr.numpy()]
    optimizer.learning_rate.assign(0.25)
    rates.append(optimizer.get_config()["learning_rate"])
    optimizer.minimize(lambda: v * v, lambda: [v])
    optimizers.SGD(1.0).minimize(lambda: bound * bound, [bound])
    return {
        "three": after_three,
        "v": v,
        "bound": bound,
        "rates": np.array(rates),
        "none": kind_made(lambda: optimizer.apply_gradients([(None, v)])),
    }


@script()
def rates_that_change(tf):
    keras = tf.keras
    K = keras.backend
    optimizer = keras.optimizers.Adam(lr=0.01, decay=1e-3, name="Mine")
    before = text_of(optimizer.get_config())
    model = keras.Sequential([keras.layers.Dense(2, input_shape=(2,), kernel_initializer="ones")])
    model.compile(optimizer, "mse")
    rates = [K.get_value(model.optimizer.lr), K.eval(model.optimizer.learning_rate)]
    K.set_value(model.optimizer.lr, 0.5)
    rates.append(K.get_value(optimizer.learning_rate))
    optimizer.lr = 0.25
    rates.append(K.get_value(optimizer.lr))
    optimizer.learning_rate = 0.125
    rates.append(optimizer.get_config()["learning_rate"])
    loss = model.train_on_batch(np.ones((4, 2), "f"), np.zeros((4, 2), "f"))
    return {
        "before": before,
        "name": optimizer.lr.name,
        "rates": np.array(rates),
        "loss": loss,
        "steps": K.get_value(optimizer.iterations),
        "slot": optimizer.get_slot(model.trainable_weights[0], "m").name,
        "variables": str([v.name for v in optimizer.variables()]),
        "shapes": str([w.shape for w in optimizer.get_weights()]),
        "weights": np.concatenate([w.ravel() for w in model.get_weights()]),
    }


@script()
def weights_of_an_optimizer(tf):
    keras = tf.keras
    model = keras.Sequential([keras.layers.Dense(2, input_shape=(2,), kernel_initializer="ones")])
    x, y = np.ones((4, 2), "f"), np.zeros((4, 2), "f")
    model.compile("adam", "mse")
    model.train_on_batch(x, y)
    weights = model.optimizer.get_weights()
    model.optimizer.set_weights([w * 0 + i for i, w in enumerate(weights)])
    found = {"set": np.concatenate([np.ravel(w) for w in model.optimizer.get_weights()])}
    found["after"] = model.train_on_batch(x, y)
    of_keras = [weights[0], *weights[1:], *[np.zeros(1)] * 2]  # Keras 2.2.4 has a place for amsgrad, too
    model.optimizer.set_weights(of_keras)
    found["few"] = kind_made(lambda: model.optimizer.set_weights(weights[:2]))
    found["shape"] = kind_made(lambda: model.optimizer.set_weights([np.zeros(3)] + weights[1:]))
    model.compile("rmsprop", "mse")
    model.train_on_batch(x, y)
    model.optimizer.set_weights(model.optimizer.get_weights()[1:])
    found["steps"] = keras.backend.get_value(model.optimizer.iterations)
    return found


@script()
def arguments_and_configs(tf):
    optimizers = tf.keras.optimizers
    schedule = optimizers.SGD(optimizers.schedules.PolynomialDecay(0.1, 10))
    again = optimizers.SGD.from_config(schedule.get_config())
    named = optimizers.SGD(0.3)
    text = [
        text_of(optimizers.serialize(named)["config"]),
        optimizers.serialize(named)["class_name"],
        text_of(optimizers.deserialize(optimizers.serialize(named)).get_config()),
        text_of(optimizers.deserialize({"class_name": "RMSPROP", "config": {"lr": 0.5}}).get_config()),
        text_of(optimizers.get({"class_name": "Nadam", "config": {"schedule_decay": 0.1}}).get_config()),
        text_of(schedule.get_config()["learning_rate"]["config"]),
        type(again.learning_rate).__name__,
        str(isinstance(optimizers.get("sgd"), optimizers.SGD)),
        str(isinstance(optimizers.get("ftrl"), optimizers.Optimizer)),
        str(optimizers.get(named) is named),
        text_of(optimizers.Adagrad.from_config({"lr": 0.2}).get_config()),
    ]
    wrong = {
        "unknown": lambda: optimizers.Adam(foo=1),
        "momentum": lambda: optimizers.SGD(momentum=2.0),
        "clipnorm": lambda: optimizers.Adam(clipnorm=-1.0),
        "name": lambda: optimizers.get("nope"),
        "number": lambda: optimizers.get(3),
        "start": lambda: optimizers.Adagrad(initial_accumulator_value=-1),
        "power": lambda: optimizers.Ftrl(learning_rate_power=1.0),
        "schedule": lambda: optimizers.Nadam(optimizers.schedules.PolynomialDecay(0.1, 10)),
    }
    return dict({name: kind_made(make) for name, make in wrong.items()}, text="\n".join(text))


@script(rtol=1e-5)
def written_by_a_user(tf):
    keras = tf.keras

    class Mine(keras.optimizers.Optimizer):
        def __init__(self, learning_rate=0.1, name="Mine", **kwargs):
            super(Mine, self).__init__(name, **kwargs)
            self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
            self._set_hyper("beta", 0.5)

        def _create_slots(self, var_list):
            for var in var_list:
                self.add_slot(var, "sum", "ones")

        def _resource_apply_dense(self, grad, var):
            total = self.get_slot(var, "sum")
            total = total.assign(self._get_hyper("beta") * total + grad)
            return var.assign_sub(self._get_hyper("learning_rate", var.dtype.base_dtype) * total)

        def _resource_apply_sparse(self, grad, var, indices):
            return var.scatter_sub(tf.IndexedSlices(grad, indices))

        def get_config(self):
            config = super(Mine, self).get_config()
            config["learning_rate"] = self._serialize_hyperparameter("learning_rate")
            return config

    model = keras.Sequential([keras.layers.Dense(2, input_shape=(2,), kernel_initializer="ones")])
    model.compile(Mine(0.01), "mse")
    x, y = floats(4, 2, seed=7), floats(4, 2, seed=8)
    losses = [model.train_on_batch(x, y) for _ in range(4)]
    return {
        "losses": np.array(losses),
        "config": text_of(model.optimizer.get_config()),
        "slots": str(model.optimizer.get_slot_names()) if hasattr(model.optimizer, "get_slot_names") else "",
        "last": model.optimizer.weights[-1].name.rpartition("/")[2],
    }


@script(rtol=1e-5)
def derived_by_a_user(tf):
    keras = tf.keras

    class AdamW(keras.optimizers.Adam):
        def __init__(self, weight_decay, **kwargs):
            super(AdamW, self).__init__(**kwargs)
            self._set_hyper("weight_decay", weight_decay)

        def _prepare_local(self, device, dtype, state):
            super(AdamW, self)._prepare_local(device, dtype, state)
            state[(device, dtype)]["weight_decay"] = tf.identity(self._get_hyper("weight_decay", dtype))

        def _resource_apply_dense(self, grad, var, apply_state=None):
            key = (var.device, var.dtype.base_dtype)
            numbers = (apply_state or {}).get(key) or self._fallback_apply_state(*key)
            with tf.control_dependencies([var.assign_sub(var * numbers["weight_decay"])]):
                return super(AdamW, self)._resource_apply_dense(grad, var, apply_state)

    model = keras.Sequential([keras.layers.Dense(2, input_shape=(2,), kernel_initializer="ones")])
    model.compile(AdamW(0.1, learning_rate=0.05), "mse")
    x, y = floats(4, 2, seed=7), floats(4, 2, seed=8)
    return {"losses": np.array([model.train_on_batch(x, y) for _ in range(4)])}


@script()
def minimize_in_a_graph(tf):
    optimizers = tf.keras.optimizers
    v = tf.Variable(3.0, use_resource=True, name="v")
    optimizer = optimizers.SGD(0.1)
    step = optimizer.minimize(lambda: v * v, [v])
    updates = optimizers.RMSprop(0.1).get_updates(tf.square(v), [v])
    alone = tf.Variable(1.0, use_resource=True)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(3):
            session.run(step)
        values = session.run([v, optimizer.iterations, optimizer.lr])
        session.run(updates)
        after = session.run(v)
    return {
        "step": step.type + " " + step.name,
        "values": np.array(values, "float64"),
        "updates": len(updates),
        "after": after,
        "no_gradient": kind_made(lambda: optimizer.get_gradients(tf.square(v), [alone])),
    }


@script()
def names_in_the_graph(tf):
    keras = tf.keras
    model = keras.Sequential([keras.layers.Dense(2, input_shape=(2,)), keras.layers.Dense(1)])
    found = {}
    for name in ("sgd", "adam", "rmsprop"):
        model.compile(name, "mse")
        model.train_on_batch(np.ones((4, 2), "f"), np.zeros((4, 1), "f"))
        found[name] = str([v.name for v in model.optimizer.weights])
    kinds = ("ResourceApplyAdam", "ResourceApplyGradientDescent", "VarHandleOp")
    operations = keras.backend.get_session().graph.get_operations()
    found["operations"] = str(
        sorted(op.name for op in operations if op.type in kinds and op.name.startswith("training"))
    )
    return found


@script(rtol=2e-4)
def given_by_tf_train(tf):
    keras = tf.keras
    found = {}
    for name, make in (
        ("adam", lambda: tf.train.AdamOptimizer(0.05)),
        ("momentum", lambda: tf.train.MomentumOptimizer(0.05, 0.9)),
    ):
        with tf.Graph().as_default():
            model = keras.Sequential([keras.layers.Dense(1, input_shape=(4,), kernel_initializer="ones")])
            model.compile(make(), "mse")
            history = model.fit(X, Y, epochs=2, batch_size=5, shuffle=False, verbose=0).history["loss"]
            found[name] = np.array(history)
            found[name + "_variables"] = str(sorted(v.name for v in tf.global_variables()))
            found[name + "_steps"] = keras.backend.get_value(model.optimizer.iterations)
    found["class"] = type(model.optimizer).__name__
    return found
