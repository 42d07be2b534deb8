"""What TensorFlow 1.15's `tf.keras` has besides Keras 2.2.4, outside of layers, losses, metrics and optimizers."""

import json
import os

import numpy as np

from tests.oracle.harness import Folder, eager_script, floats, integers, kind_made, script

STEPS = [0.0, 1.0, 4.0, 7.0, 10.0, 23.0]


def _schedules(keras):
    by, more = keras.optimizers.schedules, keras.experimental
    return {
        "exponential": by.ExponentialDecay(0.5, 4, 0.3),
        "staircase": by.ExponentialDecay(0.5, 4, 0.3, staircase=True, name="falling"),
        "inverse_time": by.InverseTimeDecay(0.5, 4, 0.3),
        "inverse_time_staircase": by.InverseTimeDecay(0.5, 4, 0.3, staircase=True),
        "piecewise": by.PiecewiseConstantDecay([4, 10], [0.5, 0.2, 0.1]),
        "polynomial": by.PolynomialDecay(0.5, 8, end_learning_rate=0.1, power=2.0),
        "polynomial_cycle": by.PolynomialDecay(0.5, 8, 0.1, cycle=True),
        "cosine": more.CosineDecay(0.5, 10, alpha=0.1),
        "cosine_restarts": more.CosineDecayRestarts(0.5, 4, t_mul=1.5, m_mul=0.8),
        "linear_cosine": more.LinearCosineDecay(0.5, 10, num_periods=1.0, beta=0.01),
        "noisy_linear_cosine": more.NoisyLinearCosineDecay(0.5, 10, initial_variance=1e-20),
    }


@script(rtol=1e-5)
def schedules(tf):
    found = _schedules(tf.keras)
    step = tf.placeholder(tf.float32, [])
    rates = {name: schedule(step) for name, schedule in found.items()}
    with tf.Session() as session:
        rows = [session.run(rates, {step: at}) for at in STEPS]
    seen = {name: np.array([row[name] for row in rows]) for name in rates}
    seen["configs"] = json.dumps({name: schedule.get_config() for name, schedule in found.items()}, sort_keys=True)
    return seen


@script()
def schedules_again(tf):
    """Schedules come back from their configs; integer steps will do."""
    by = tf.keras.optimizers.schedules
    found = _schedules(tf.keras)
    names = ["exponential", "inverse_time", "piecewise", "polynomial"]
    copies = [by.deserialize(by.serialize(found[name])) for name in names]
    step = tf.constant(7, tf.int64)
    with tf.Session() as session:
        rates = session.run([schedule(step) for schedule in copies])
    same = type(found["cosine"]).from_config(found["cosine"].get_config()).get_config() == found["cosine"].get_config()
    return {
        "rates": np.array(rates),
        "kinds": json.dumps([type(schedule).__name__ for schedule in copies]),
        "bases": all(isinstance(schedule, by.LearningRateSchedule) for schedule in found.values()),
        "same": same,
        "lengths": kind_made(lambda: by.PiecewiseConstantDecay([1, 2], [0.1, 0.2])),
        "unknown": kind_made(lambda: by.deserialize({"class_name": "Nothing", "config": {}})),
        "abstract": kind_made(lambda: by.LearningRateSchedule()(1)),
    }


@eager_script(rtol=1e-5)
def schedules_eager(tf):
    found = _schedules(tf.keras)
    return {name: found[name](tf.constant(7.0)) for name in ("exponential", "piecewise", "polynomial", "cosine")}


APPLICATIONS = ["ResNet50", "ResNet101", "ResNet152", "ResNet50V2", "ResNet101V2", "ResNet152V2"]


def _structure(name, **options):
    def run(tf):
        model = getattr(tf.keras.applications, name)(weights=None, **options)
        return {
            "layers": np.array(["%s %s %s" % (x.name, type(x).__name__, x.output_shape) for x in model.layers[1:]]),
            "weights": np.array(["%s %s" % (w.name, w.shape.as_list()) for w in model.weights]),
            "name": model.name,
            "count": model.count_params(),
            "trainable": len(model.trainable_weights),
        }

    return run


for name in APPLICATIONS:
    script("structure_" + name)(_structure(name))
script("resnet_features")(_structure("ResNet50", include_top=False, input_shape=(40, 48, 3), pooling="max"))
script("resnet_v2_small")(_structure("ResNet50V2", input_shape=(32, 32, 1), classes=3))


@script()
def images_for_resnets(tf):
    by = tf.keras.applications
    image = integers(1, 2, 3, 3, low=0, high=256).astype("float32")
    return {
        "resnet": by.resnet.preprocess_input(image.copy()),
        "resnet50": by.resnet50.preprocess_input(image.copy()),
        "resnet_v2": by.resnet_v2.preprocess_input(image.copy()),
        "same": by.resnet.ResNet50 is by.ResNet50 or by.resnet.ResNet50.__name__ == by.ResNet50.__name__,
        "classes": kind_made(lambda: by.ResNet101(weights="imagenet", classes=3)),
        "no file": kind_made(lambda: by.ResNet101V2(weights="nowhere.h5")),
    }


@eager_script()
def radial_constraint(tf):
    keras = tf.keras
    kernels = [floats(side, side, 2, 3, seed=side) for side in (3, 5)]
    values = [keras.constraints.RadialConstraint()(tf.constant(kernel)).numpy() for kernel in kernels]
    seen = {"side_%d" % value.shape[0]: value for value in values}
    seen["by name"] = type(keras.constraints.get("radial_constraint")).__name__
    seen["config"] = json.dumps(keras.constraints.serialize(keras.constraints.radial_constraint()))
    seen["matrix"] = kind_made(lambda: keras.constraints.RadialConstraint()(tf.ones([3, 3])))
    return seen


@script()
def learning_phase_scope(tf):
    backend = tf.keras.backend
    x = tf.keras.Input(batch_shape=(2, 3))
    norm = tf.keras.layers.BatchNormalization()
    with backend.learning_phase_scope(1):
        phase = backend.learning_phase()
        trained = norm(x)
    after = hasattr(backend.learning_phase(), "dtype")
    used = norm(x)
    backend.set_learning_phase(0)
    with backend.learning_phase_scope(1):
        inside = backend.learning_phase()
    values = backend.get_session().run([trained, used], {x: floats(2, 3)})
    return {
        "trained": values[0],
        "used": values[1],
        "phases": np.array([phase, inside, backend.learning_phase()]),
        "placeholder after": after,
        "wrong": kind_made(lambda: backend.learning_phase_scope(2).__enter__()),
    }


@script()
def policies(tf):
    by = tf.keras.mixed_precision.experimental
    names = ["float32", "infer", "float64", "float16_with_float32_vars", "infer_float32_vars", "float32_with_float32_vars"]
    made = [by.Policy(name) for name in names]
    rows = [[p.name, p.compute_dtype, p.variable_dtype, p.should_cast_variables, repr(p)] for p in made]
    rows.append([repr(by.Policy("float16", loss_scale=128)), repr(by.Policy("mixed_bfloat16")), by.global_policy().name])
    by.set_policy("infer")
    rows.append([by.global_policy().name])
    by.set_policy(None)
    layer = tf.keras.layers.Dense(2, dtype=by.Policy("float64"))
    layer.build((None, 3))
    return {
        "rows": json.dumps(rows),
        "layer": layer.kernel.dtype.base_dtype.name,
        "set float32": kind_made(lambda: by.set_policy("float32")),
        "unknown": kind_made(lambda: by.Policy("float3")),
        "no name": kind_made(lambda: by.Policy(tf.float32)),
        "loss scale": kind_made(lambda: by.Policy("float16", loss_scale="much")),
    }


@script(rtol=1e-5)
def scaled_losses(tf):
    keras = tf.keras
    by = keras.mixed_precision.experimental
    seen = {}
    for name, scale in (("fixed", 128), ("dynamic", "dynamic")):
        model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="ones", input_shape=(3,))])
        optimizer = by.LossScaleOptimizer(keras.optimizers.SGD(0.125), scale)
        model.compile(optimizer, "mse")
        history = model.fit(floats(4, 3), floats(4, 1, seed=1), epochs=2, verbose=0).history["loss"]
        seen[name] = np.array(history)
        seen[name + " steps"] = int(keras.backend.get_value(optimizer.iterations))
        seen[name + " rate"] = keras.backend.get_value(optimizer.lr)
        seen[name + " scaled"] = keras.backend.get_value(optimizer.get_scaled_loss(tf.constant(2.0)))
    seen["clipnorm"] = kind_made(lambda: by.LossScaleOptimizer(keras.optimizers.SGD(0.1, clipnorm=1.0), 2))
    seen["no optimizer"] = kind_made(lambda: by.LossScaleOptimizer("sgd", 2))
    return seen


@script(rtol=1e-5)
def linear_and_deep(tf):
    keras = tf.keras
    x, y = floats(6, 3), floats(6, 2, seed=1)
    linear = keras.experimental.LinearModel(2, kernel_initializer="ones", activation="tanh")
    deep = keras.Sequential([keras.layers.Dense(2, kernel_initializer="ones")])
    model = keras.experimental.WideDeepModel(linear, deep, activation="sigmoid")
    model.compile([keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.5)], "mse")
    history = model.fit(x, y, epochs=2, verbose=0, shuffle=False).history["loss"]
    alone = keras.experimental.LinearModel(kernel_initializer="ones", use_bias=False)
    alone.compile("sgd", "mse")
    several = alone.fit([x, x[:, :2]], y[:, :1], epochs=2, verbose=0, shuffle=False).history["loss"]
    config = {key: linear.get_config()[key] for key in ("units", "activation", "use_bias")}
    return {"history": np.array(history), "several": np.array(several), "config": json.dumps(config)}


def _small(keras):
    model = keras.Sequential(
        [
            keras.layers.Dense(3, activation="relu", input_shape=(2,)),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1),
        ]
    )
    model.set_weights([np.abs(floats(*w.shape, seed=i)) for i, w in enumerate(model.get_weights())])
    return model


@script(rtol=1e-5)
def checkpoints_of_weights(tf):
    keras = tf.keras
    x = floats(4, 2)
    with Folder():
        model = _small(keras)
        before = model.predict(x)
        os.mkdir("kept")
        model.save_weights("kept/w")
        model.save_weights("kept/w.h5")
        names = [row for row in tf.train.list_variables("kept/w") if "layer" in row[0]]
        files = [name for name in sorted(os.listdir("kept")) if ".data" not in name]
        zeros = [np.zeros_like(w) for w in model.get_weights()]
        model.set_weights(zeros)
        model.load_weights("kept/w")
        of_checkpoint = model.predict(x)
        model.set_weights(zeros)
        model.load_weights("kept/w.h5")
        return {
            "before": before,
            "checkpoint": of_checkpoint,
            "hdf5": model.predict(x),
            "names": json.dumps(names),
            "files": json.dumps(files),
            "format": kind_made(lambda: model.save_weights("kept/v", save_format="zip")),
            "contradiction": kind_made(lambda: model.save_weights("kept/v.h5", save_format="tf")),
        }


@script(rtol=1e-5)
def exported_models(tf):
    keras = tf.keras
    x = floats(4, 2)
    with Folder():
        model = _small(keras)
        before = model.predict(x)
        keras.experimental.export_saved_model(model, "model")
        again = keras.experimental.load_from_saved_model("model")
        return {
            "before": before,
            "after": again.predict(x),
            "top": json.dumps(sorted(os.listdir("model"))),
            "assets": json.dumps(os.listdir("model/assets")),
        }


@script(rtol=1e-5)
def validation_now_and_then(tf):
    keras = tf.keras
    x, y = floats(8, 2), floats(8, 1, seed=1)
    seen = {}
    for name, freq in (("third", 3), ("listed", [1, 4])):
        model = _small(keras)
        model.compile("sgd", "mse")
        history = model.fit(
            x, y, epochs=4, batch_size=4, shuffle=False, verbose=0, validation_data=(x, y), validation_freq=freq
        ).history
        seen[name] = np.array(history["loss"])
        seen[name + " val"] = np.array(history["val_loss"])
    seen["zero"] = kind_made(lambda: model.fit(x, y, verbose=0, validation_data=(x, y), validation_freq=0))
    return seen


@script()
def methods_of_callbacks(tf):
    """Which methods are called, and in what order, while a model is fitted, evaluated and asked."""
    keras = tf.keras
    called = []

    class Watcher(keras.callbacks.Callback):
        pass

    def noting(name):
        def note(self, *args):
            called.append(name if len(args) < 2 else "%s %s" % (name, args[0]))

        return note

    modes = ["%s_%s" % (mode, when) for mode in ("train", "test", "predict") for when in ("begin", "end")]
    batches = ["%s_batch_%s" % (mode, when) for mode in ("train", "test", "predict") for when in ("begin", "end")]
    for name in modes + batches + ["epoch_begin", "epoch_end"]:
        setattr(Watcher, "on_" + name, noting(name))
    x, y = floats(6, 2), floats(6, 1, seed=1)
    model = _small(keras)
    model.compile("sgd", "mse")
    model.fit(x, y, batch_size=4, epochs=2, verbose=0, callbacks=[Watcher()], validation_data=(x, y))
    model.evaluate(x, y, batch_size=4, verbose=0, callbacks=[Watcher()], workers=1)
    model.predict(x, batch_size=4, callbacks=[Watcher()], max_queue_size=2)
    return {"called": json.dumps(called)}


@script()
def checkpoints_by_samples(tf):
    keras = tf.keras
    x, y = floats(8, 2), floats(8, 1, seed=1)
    with Folder():
        model = _small(keras)
        model.compile("sgd", "mse")
        keep = keras.callbacks.ModelCheckpoint("w{epoch:02d}.h5", save_weights_only=True, save_freq=12)
        model.fit(x, y, batch_size=4, epochs=3, verbose=0, callbacks=[keep])
        by_samples = sorted(os.listdir("."))
        keep = keras.callbacks.ModelCheckpoint("./e{epoch}.h5", save_weights_only=True, save_freq="epoch", period=2)
        model.fit(x, y, epochs=3, verbose=0, callbacks=[keep])
        weights = model.get_weights()[0]
        model.set_weights([np.zeros_like(w) for w in model.get_weights()])
        again = keras.callbacks.ModelCheckpoint("./e{epoch}.h5", save_weights_only=True, load_weights_on_restart=True)
        again.set_model(model)
        again.on_train_begin()
        return {
            "by samples": json.dumps(by_samples),
            "files": json.dumps(sorted(os.listdir("."))),
            "restarted": bool(np.any(model.get_weights()[0])),
            "unknown": kind_made(lambda: keras.callbacks.ModelCheckpoint("x", save_freq="day")),
            "shape": np.array(weights.shape),
        }


@script(rtol=1e-5)
def cloned_with_other_layers(tf):
    keras = tf.keras

    def wider(layer):
        if isinstance(layer, keras.layers.BatchNormalization):
            return keras.layers.LayerNormalization(name="swapped")
        return type(layer).from_config(layer.get_config())

    model = _small(keras)
    copy = keras.models.clone_model(model, clone_function=wider)
    return {"names": json.dumps([type(layer).__name__ for layer in copy.layers]), "count": copy.count_params()}


@script()
def inputs_of_a_batch_size(tf):
    keras = tf.keras
    made = [
        keras.Input((2,), 3),
        keras.Input(shape=(2,), batch_size=4, name="four"),
        keras.layers.Input(batch_shape=(5, 2)),
        keras.Input(shape=(None, 2), ragged=False),
    ]
    return {"shapes": json.dumps([x.shape.as_list() for x in made]), "names": json.dumps([x.op.name for x in made])}


@script()
def names_of_arguments(tf):
    backend, by = tf.keras.backend, tf.keras.initializers
    backend.set_epsilon(value=1e-3)
    backend.set_floatx(value="float64")
    seen = {"epsilon": backend.epsilon(), "floatx": backend.floatx()}
    backend.set_epsilon(1e-7)
    backend.set_floatx("float32")
    v = backend.variable(floats(2, 2))
    seen["values"] = backend.batch_get_value(tensors=[v])[0]
    x = backend.placeholder((2, 2), ragged=False)
    double = backend.function([x], [x * 2.0], name="double")
    seen["double"] = double([floats(2, 2)])[0]
    values = [by.Constant(3, dtype=tf.float64), by.Ones(dtype=tf.int32), by.Zeros(), by.Identity(2.0, dtype=tf.float64)]
    seen["dtypes"] = json.dumps([one((2, 2)).dtype.name for one in values])
    seen["configs"] = json.dumps([one.get_config() for one in values[1:]], sort_keys=True)
    seen["unit"] = tf.keras.utils.Progbar(3, unit_name="sample").unit_name
    return seen


@script()
def enqueuers(tf):
    utils = tf.keras.utils

    class Squares(utils.Sequence):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return np.array([index * index])

    enqueuer = utils.OrderedEnqueuer(Squares())
    enqueuer.start(workers=1, max_queue_size=2)
    batches = enqueuer.get()
    values = np.concatenate([next(batches) for _ in range(4)])
    enqueuer.stop()
    tf.keras.experimental.terminate_keras_multiprocessing_pools()
    return {
        "values": values,
        "base": issubclass(utils.OrderedEnqueuer, utils.SequenceEnqueuer),
        "running": enqueuer.is_running(),
    }
