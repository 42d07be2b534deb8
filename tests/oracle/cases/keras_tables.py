"""What goes by name: activations, losses, metrics, initializers, regularizers, constraints. Value, gradient, config."""

import contextlib
import importlib
import io
import json
import math
import time

import numpy as np

from tests.oracle.harness import floats, integers, keras_script

# -- activations -----------------------------------------------------------------------------------------------------------

ACTIVATIONS = """elu exponential hard_sigmoid linear relu selu sigmoid softmax softplus softsign tanh""".split()
INPUT = floats(4, 5, seed=1, low=-4.0, high=4.0)


def activation(name):
    @keras_script(name="activation_" + name)
    def case(keras):
        K, function = keras.backend, keras.activations.get(name)
        x = K.placeholder((None, 5))
        y = function(x + 0.0)
        gradient = K.gradients(K.sum(K.square(y)), [x])[0]
        value, slope = K.function([x], [y, gradient])([INPUT])
        again = keras.activations.deserialize(keras.activations.serialize(function))
        return {"y": value, "gradient": slope, "same": again is function, "name": function.__name__}


for row in ACTIVATIONS:
    activation(row)


@keras_script()
def activations_with_arguments(keras):
    K, activations = keras.backend, keras.activations
    x, cube = K.placeholder((4, 5)), K.placeholder((2, 3, 4))
    y = [
        activations.elu(x, 0.3),
        activations.relu(x, 0.1, 2.0, 0.5),
        activations.softmax(x, axis=-1),
        activations.softmax(cube),
        activations.softmax(cube, axis=1),
        activations.get(None)(x + 1.0),
        activations.get(activations.tanh)(x),
    ]
    values = K.function([x, cube], y)([INPUT, floats(2, 3, 4)])
    return {str(i): value for i, value in enumerate(values)}


# -- losses and metrics ------------------------------------------------------------------------------------------------------


def one_hot(rows, classes):
    return np.eye(classes, dtype=np.float32)[np.asarray(rows)]


def shares(*shape, **options):
    values = floats(*shape, low=0.05, high=1.0, **options)
    return (values / values.sum(-1, keepdims=True)).astype(np.float32)


REAL = floats(4, 5, seed=2), floats(4, 5, seed=3)
POSITIVE = floats(4, 5, seed=2, low=0.25), floats(4, 5, seed=3, low=0.25)
SIGNS = np.sign(floats(4, 5, seed=4) + 0.0001).astype(np.float32), floats(4, 5, seed=3)
CLASSES = one_hot([0, 3, 2, 3], 5), shares(4, 5, seed=5)
NUMBERS = np.array([[0], [3], [2], [3]], np.float32), shares(4, 5, seed=5)
YES_NO = integers(4, 5, seed=6, high=2).astype(np.float32), floats(4, 5, seed=7, low=0.05, high=0.95)
STEPS = floats(2, 3, 4, seed=8, low=0.25), floats(2, 3, 4, seed=9, low=0.25)
STEP_CLASSES = one_hot([[0, 3, 2], [1, 1, 0]], 4), shares(2, 3, 4, seed=5)
STEP_NUMBERS = np.array([[0, 3, 2], [1, 1, 0]], np.float32)[..., None], shares(2, 3, 4, seed=5)
EXTREMES = np.array([[0.0, 1.0, 0.0, 1.0]], np.float32), np.array([[0.0, 1.0, 1.0, 0.0]], np.float32)

LOSSES = [
    ("mean_squared_error", REAL, STEPS),
    ("mean_absolute_error", REAL, STEPS),
    ("mean_absolute_percentage_error", REAL, STEPS, EXTREMES),
    ("mean_squared_logarithmic_error", POSITIVE, REAL),
    ("squared_hinge", SIGNS),
    ("hinge", SIGNS),
    ("categorical_hinge", CLASSES),
    ("logcosh", REAL, STEPS),
    ("categorical_crossentropy", CLASSES, STEP_CLASSES, EXTREMES),
    ("sparse_categorical_crossentropy", NUMBERS, STEP_NUMBERS),
    ("binary_crossentropy", YES_NO, EXTREMES),
    ("kullback_leibler_divergence", CLASSES, POSITIVE),
    ("poisson", POSITIVE),
    ("cosine_proximity", REAL, STEPS),
]
METRICS = [
    ("binary_accuracy", YES_NO, EXTREMES),
    ("categorical_accuracy", CLASSES, STEP_CLASSES),
    ("sparse_categorical_accuracy", NUMBERS),
    ("top_k_categorical_accuracy", (one_hot([0, 3, 7, 6], 8), shares(4, 8, seed=5))),
    ("sparse_top_k_categorical_accuracy", (np.array([[0], [3], [7], [6]], np.float32), shares(4, 8, seed=5))),
]
ALIASES = "mse MSE mae MAE mape MAPE msle MSLE kld KLD cosine".split()


def loss(name, y_true, y_pred, number):
    @keras_script(name="loss_{}_{}".format(name, number))
    def case(keras):
        K, function = keras.backend, keras.losses.get(name)
        true, predicted = K.placeholder((None,) + y_true.shape[1:]), K.placeholder((None,) + y_pred.shape[1:])
        value = function(true, predicted)
        gradients = [g for g in K.gradients(K.sum(value), [true, predicted]) if g is not None]
        values = K.function([true, predicted], [value] + gradients)([y_true, y_pred])
        config = json.dumps(keras.losses.serialize(function))
        again = keras.losses.deserialize(keras.losses.serialize(function))
        answer = {"shape": str(K.int_shape(value)), "config": config, "same": again is function}
        return dict(answer, **{str(i): v for i, v in enumerate(values)})


def metric(name, y_true, y_pred, number):
    @keras_script(name="metric_{}_{}".format(name, number))
    def case(keras):
        K, function = keras.backend, keras.metrics.get(name)
        true, predicted = K.placeholder((None,) + y_true.shape[1:]), K.placeholder((None,) + y_pred.shape[1:])
        value = function(true, predicted)
        again = keras.metrics.deserialize(keras.metrics.serialize(function))
        answer = {"value": K.function([true, predicted], [value])([y_true, y_pred])[0], "shape": str(K.int_shape(value))}
        return dict(answer, config=json.dumps(keras.metrics.serialize(function)), same=again is function)


for row in LOSSES:
    for i, (true_values, predictions) in enumerate(row[1:]):
        loss(row[0], true_values, predictions, i)
for row in METRICS:
    for i, (true_values, predictions) in enumerate(row[1:]):
        metric(row[0], true_values, predictions, i)


@keras_script()
def aliases(keras):
    names = [keras.losses.get(name).__name__ for name in ALIASES]
    names += [keras.metrics.get(name).__name__ for name in ALIASES if name.lower() != "kld"]
    objectives = importlib.import_module(keras.__name__ + ".objectives")
    names += [objectives.get(name).__name__ for name in ALIASES]
    return {"names": " ".join(names), "none": str(keras.losses.get(None))}


@keras_script()
def top_k_of_other_k(keras):
    K, metrics = keras.backend, keras.metrics
    (hot, scores), numbers = METRICS[3][1], METRICS[4][1][0]
    values = []
    for k in (1, 2, 3):
        values.append(metrics.top_k_categorical_accuracy(K.constant(hot), K.constant(scores), k=k))
        values.append(metrics.sparse_top_k_categorical_accuracy(K.constant(numbers), K.constant(scores), k=k))
    return {"values": np.array(K.get_session().run(values))}


# -- initializers ----------------------------------------------------------------------------------------------------------

SHAPES = [(6, 4), (3, 3, 2, 5), (5, 2, 4), (7,)]
INITIALIZERS = [
    ("Zeros", {}),
    ("Ones", {}),
    ("Constant", {"value": 2.5}),
    ("RandomNormal", {"mean": 1.0, "stddev": 0.3, "seed": 3}),
    ("RandomNormal", {}),
    ("RandomUniform", {"minval": -0.2, "maxval": 0.4, "seed": 4}),
    ("RandomUniform", {}),
    ("TruncatedNormal", {"mean": 0.5, "stddev": 0.2, "seed": 5}),
    ("TruncatedNormal", {}),
    ("VarianceScaling", {"scale": 3.0, "mode": "fan_in", "distribution": "normal", "seed": 1}),
    ("VarianceScaling", {"scale": 0.5, "mode": "fan_out", "distribution": "uniform", "seed": 2}),
    ("VarianceScaling", {"mode": "fan_avg", "distribution": "normal"}),
    ("Orthogonal", {"gain": 1.5, "seed": 6}),
    ("Orthogonal", {}),
    ("Identity", {"gain": 2.0}),
    ("lecun_uniform", {"seed": 7}),
    ("lecun_normal", {}),
    ("glorot_uniform", {}),
    ("glorot_normal", {"seed": 8}),
    ("he_uniform", {"seed": 9}),
    ("he_normal", {}),
]


def initializer(class_name, config, number):
    @keras_script(name="initializer_{}_{}".format(class_name, number))
    def case(keras):
        K, initializers = keras.backend, keras.initializers
        made = initializers.get({"class_name": class_name, "config": dict(config)})
        shapes = {"Identity": [(4, 4), (6, 3), (2, 6)], "Orthogonal": [(6, 4), (4, 6), (2, 2, 2, 4)]}.get(class_name, SHAPES)
        variables = [K.variable(made(shape)) for shape in shapes]
        answer = {str(i): value for i, value in enumerate(K.batch_get_value(variables))}
        stored = initializers.serialize(made)
        again = initializers.deserialize(json.loads(json.dumps(stored)))
        tf_config = dict(stored["config"], dtype="float32")
        from_tf = initializers.deserialize({"class_name": stored["class_name"], "config": tf_config})
        answer["config"] = json.dumps(stored, sort_keys=True)
        answer["again"] = json.dumps([initializers.serialize(again), initializers.serialize(from_tf)], sort_keys=True)
        return answer


for number, (kind, options) in enumerate(INITIALIZERS):
    initializer(kind, options, number)


@keras_script()
def initializers_by_name(keras):
    K, initializers = keras.backend, keras.initializers
    names = "zero zeros one ones uniform random_uniform normal random_normal truncated_normal orthogonal identity".split()
    names += "glorot_uniform glorot_normal he_uniform he_normal lecun_uniform lecun_normal".split()
    made = [initializers.get(name) for name in names]
    values = K.batch_get_value([K.variable(one((3, 3))) for one in made])
    answer = dict(zip(names, values))
    answer["kinds"] = " ".join(type(one).__name__ for one in made)
    return answer


@keras_script()
def initializers_of_float64(keras):
    K, initializers = keras.backend, keras.initializers
    made = [initializers.get(name)((4, 3), dtype="float64") for name in ("he_normal", "glorot_uniform", "ones", "random_normal")]
    return {str(i): value for i, value in enumerate(K.get_session().run(made))}


# -- regularizers and constraints --------------------------------------------------------------------------------------------

WEIGHTS = floats(4, 3, seed=11)
REGULARIZERS = [
    ("l1", 0.1, {}),
    ("l2", 0.2, {}),
    ("l1_l2", 0.1, {"l2": 0.3}),
    ("L1L2", 0.0, {"l2": 0.05}),
    ("l1_l2", 0.0, {"l2": 0.0}),
]


def regularizer(name, amount, options, number):
    @keras_script(name="regularizer_{}_{}".format(name, number))
    def case(keras):
        K, regularizers = keras.backend, keras.regularizers
        made = getattr(regularizers, name)(amount, **options)
        w = K.variable(WEIGHTS)
        penalty = made(w) + 0.0 * K.sum(w)
        again = regularizers.get(json.loads(json.dumps(regularizers.serialize(made))))
        return {
            "penalty": K.eval(penalty), "gradient": K.eval(K.tf.convert_to_tensor(K.gradients(penalty, [w])[0])),
            "config": json.dumps(regularizers.serialize(made), sort_keys=True), "kind": type(again).__name__,
            "again": json.dumps(again.get_config(), sort_keys=True),
        }  # fmt: skip


for number, (kind, share, more) in enumerate(REGULARIZERS):
    regularizer(kind, share, more, number)

CONSTRAINTS = [
    ("MaxNorm", {"max_value": 1.0, "axis": 0}),
    ("MaxNorm", {"max_value": 2, "axis": 1}),
    ("max_norm", {}),
    ("NonNeg", {}),
    ("nonneg", {}),
    ("UnitNorm", {"axis": 1}),
    ("unitnorm", {}),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 1.5, "rate": 0.75, "axis": 0}),
    ("min_max_norm", {"axis": [0, 1]}),
]


def constraint(name, config, number):
    @keras_script(name="constraint_{}_{}".format(name, number))
    def case(keras):
        K, constraints = keras.backend, keras.constraints
        made = constraints.get({"class_name": name, "config": dict(config)})
        w = K.placeholder((4, 3))
        allowed = made(w)
        values = K.function([w], [allowed, K.gradients(K.sum(K.square(allowed)), [w])[0]])([WEIGHTS])
        stored = constraints.serialize(made)
        again = constraints.get(json.loads(json.dumps(stored)))
        return {
            "allowed": values[0], "gradient": values[1], "config": json.dumps(stored, sort_keys=True),
            "again": json.dumps(constraints.serialize(again), sort_keys=True),
        }  # fmt: skip


for number, (kind, options) in enumerate(CONSTRAINTS):
    constraint(kind, options, number)


@keras_script()
def nothing_by_name(keras):
    found = [keras.regularizers.get(None), keras.constraints.get(None), keras.losses.get(None)]
    found += [keras.regularizers.get("l2").get_config(), keras.constraints.get("unit_norm").get_config()]
    found.append(keras.regularizers.get(math.sin) is math.sin)
    return {"found": str(found)}


# -- the nodes they make -----------------------------------------------------------------------------------------------------


def nodes(keras):
    operations = keras.backend.tf.get_default_graph().get_operations()
    return {"nodes": "\n".join(op.type + " " + op.name for op in operations)}


@keras_script()
def nodes_of_activations(keras):
    x, cube = keras.backend.placeholder((None, 5)), keras.backend.placeholder((None, 3, 4))
    for name in ACTIVATIONS:
        keras.activations.get(name)(x)
    keras.activations.softmax(cube)
    return nodes(keras)


@keras_script()
def nodes_of_losses(keras):
    true, predicted = keras.backend.placeholder((None, 5)), keras.backend.placeholder((None, 5))
    for row in LOSSES:
        keras.losses.get(row[0])(true, predicted)
    return nodes(keras)


@keras_script()
def nodes_of_metrics(keras):
    true, predicted = keras.backend.placeholder((None, 1)), keras.backend.placeholder((None, 5))
    for name in ("binary_accuracy", "sparse_categorical_accuracy", "sparse_top_k_categorical_accuracy"):
        keras.metrics.get(name)(true, predicted)
    keras.metrics.categorical_accuracy(predicted, predicted)
    keras.metrics.top_k_categorical_accuracy(predicted, predicted)
    return nodes(keras)


@keras_script()
def nodes_of_initializers(keras):
    for name, options in INITIALIZERS:
        keras.backend.variable(keras.initializers.get({"class_name": name, "config": dict(options)})((4, 4)), name="w")
    return nodes(keras)


@keras_script()
def nodes_of_constraints_and_regularizers(keras):
    w = keras.backend.variable(WEIGHTS)
    for name, options in CONSTRAINTS:
        keras.constraints.get({"class_name": name, "config": dict(options)})(w)
    keras.regularizers.l1_l2()(w)
    return nodes(keras)


# -- utilities ---------------------------------------------------------------------------------------------------------------


@keras_script()
def one_hot_vectors(keras):
    utils = keras.utils
    rows = integers(3, 2, high=4)
    return {
        "row": utils.to_categorical([0, 2, 1]), "matrix": utils.to_categorical(rows, 5), "column": utils.to_categorical([[1], [3]]),
        "number": utils.to_categorical(2), "whole": utils.to_categorical(rows, dtype="int32"),
        "normal": utils.normalize(floats(3, 4)),
        "first": utils.normalize(np.array([[0.0, 1.0], [0.0, -3.0]]), axis=0, order=1),
    }  # fmt: skip


@keras_script()
def lengths_of_convolutions(keras):
    utils = keras.utils.conv_utils
    lines = []
    for length in (None, 1, 5, 6, 11):
        for size in (1, 2, 3):
            for stride in (1, 2, 3):
                for padding in ("same", "valid", "full", "causal"):
                    found = [utils.conv_output_length(length, size, padding, stride, d) for d in (1, 2)]
                    if padding != "causal":
                        found.append(utils.conv_input_length(length, size, padding, stride))
                        found += [utils.deconv_length(length, stride, size, padding, p, d) for p in (None, 1) for d in (1, 2)]
                    lines.append(str(found))
    return {"lengths": "\n".join(lines)}


@keras_script()
def arguments_of_convolutions(keras):
    utils = keras.utils.conv_utils
    return {
        "tuples": str([utils.normalize_tuple(2, 3, "size"), utils.normalize_tuple([1, 2], 2, "size")]),
        "paddings": str([utils.normalize_padding(p) for p in ("Same", "valid", "CAUSAL")]),
    }


@keras_script()
def shapes_of_formats(keras):
    utils = keras.utils.generic_utils
    shape, pads = (None, 4, 5, 3), [[0, 0], [1, 2], [3, 4], [0, 0]]
    found = [utils.transpose_shape(shape, f, (1, 2)) for f in ("channels_first", "channels_last")]
    return {"found": str(found + [utils.transpose_shape(pads, "channels_last", (1, 2))])}


@keras_script()
def lists_and_single_values(keras):
    utils = keras.utils.generic_utils
    found = [utils.to_list(1), utils.to_list([1]), utils.to_list((1, 2)), utils.to_list((1, 2), allow_tuple=True)]
    found += [utils.unpack_singleton([1]), utils.unpack_singleton([1, 2]), utils.unpack_singleton((3,))]
    found += [utils.is_all_none(None), utils.is_all_none([None, None]), utils.is_all_none((None, 1)), utils.is_all_none(0)]
    rows = np.arange(8).reshape(4, 2)
    found += [a.tolist() for a in utils.slice_arrays([rows, rows], 1, 3)] + [utils.slice_arrays(None), utils.slice_arrays(rows)]
    found += [utils.slice_arrays([rows, None], [0, 2])[0].tolist(), utils.slice_arrays(rows, np.array([3, 1])).tolist()]
    found += [utils.has_arg(one_hot, "classes"), utils.has_arg(one_hot, "x")]
    found += [utils.has_arg(shares, "seed"), utils.has_arg(shares, "seed", accept_all=True)]
    return {"found": str(found)}


@keras_script()
def custom_objects(keras):
    utils = keras.utils
    before = len(utils.get_custom_objects())
    with utils.CustomObjectScope({"doubled": one_hot}, {"halved": shares}):
        inside = [keras.losses.get("doubled") is one_hot, keras.activations.get("halved") is shares]
        with utils.custom_object_scope({"doubled": shares}):
            inside.append(keras.metrics.get("doubled") is shares)
        inside.append(keras.losses.get("doubled") is one_hot)
    inside.append(len(utils.get_custom_objects()) - before)
    inside.append(keras.losses.deserialize("mine", {"mine": shares}) is shares)
    return {"inside": str(inside), "serialized": str([utils.serialize_keras_object(None), utils.serialize_keras_object(one_hot)])}


@keras_script()
def functions_as_text(keras):
    utils = keras.utils.generic_utils
    amount = 3

    def scaled(x, by=2):
        return x * by + amount

    code, defaults, closure = utils.func_dump(scaled)
    loaded = utils.func_load(code, defaults, closure)
    again = utils.func_load([code, list(defaults), closure])
    return {"values": str([loaded(5), loaded(5, 4), again(1), defaults, closure])}


# -- the progress bar --------------------------------------------------------------------------------------------------------

BARS = [
    ("log_file", False, {"target": 12, "interval": 0.1}, [(i, 0.3 * i) for i in range(1, 13)]),
    ("terminal", True, {"target": 12}, [(i, 0.3 * i) for i in range(1, 13)]),
    ("too_quick", True, {"target": 100, "interval": 1.0}, [(i, 0.07 * i) for i in range(1, 101, 3)] + [(100, 7.0)]),
    ("unknown_target", True, {"target": None}, [(i, 2.0 * i) for i in range(1, 6)]),
    ("one_line", True, {"target": 3, "verbose": 2}, [(1, 1.0), (2, 2.0), (3, 3.0)]),
    ("silent", True, {"target": 3, "verbose": 0}, [(1, 1.0), (3, 3.0)]),
    ("minutes", True, {"target": 1000}, [(1, 0.5), (10, 5.0), (500, 300.0), (1000, 600.0)]),
    ("hours", True, {"target": 1000, "width": 10}, [(1, 20.0), (2, 60.5), (999, 61.0), (1000, 20000.0)]),
    ("quick_steps", True, {"target": 60000}, [(30000, 0.5), (60000, 1.0)]),
    ("milliseconds", True, {"target": 60}, [(30, 0.5), (60, 1.0)]),
    ("averages", False, {"target": 4, "interval": 0.0, "stateful_metrics": ["acc"]}, [(i, float(i)) for i in range(1, 5)]),
]


def bar(name, on_terminal, options, steps):
    @keras_script(name="bar_" + name)
    def case(keras):
        clock, now, written = time.time, [1000.0], io.StringIO()
        time.time = lambda: now[0]
        try:
            with contextlib.redirect_stdout(written):
                progress = keras.utils.generic_utils.Progbar(**options)
                progress._dynamic_display = on_terminal
                for current, seconds in steps:
                    now[0] = 1000.0 + seconds
                    small = ("small", -1e-5 * current) if options.get("width") else ("val_small", 1e-4)
                    progress.update(current, [("loss", 2.0 / current), ("acc", 0.1 * current), small])
        finally:
            time.time = clock
        return {"written": written.getvalue()}


for row in BARS:
    bar(*row)


@keras_script()
def bar_by_adding(keras):
    clock, written = time.time, io.StringIO()
    time.time = lambda: 5.0
    try:
        with contextlib.redirect_stdout(written):
            progress = keras.utils.Progbar(6, interval=0)
            for loss_value in (3.0, 2.0, 1.0):
                progress.add(2, [("loss", loss_value)])
    finally:
        time.time = clock
    return {"written": written.getvalue()}


# -- errors ------------------------------------------------------------------------------------------------------------------


def error(name, misuse):
    keras_script(name="error_" + name, raises=True)(misuse)


for kind in ("activations", "losses", "metrics", "initializers", "regularizers", "constraints"):
    error(kind + "_unknown_name", lambda keras, kind=kind: getattr(keras, kind).get("nobody"))
    error(kind + "_number", lambda keras, kind=kind: getattr(keras, kind).get(3.5))
for kind in ("initializers", "regularizers", "constraints"):
    error(kind + "_config", lambda keras, kind=kind: getattr(keras, kind).get({"class": "L1L2"}))

error("softmax_of_a_row", lambda keras: keras.activations.softmax(keras.backend.ones((3,))))
error("variance_scale", lambda keras: keras.initializers.VarianceScaling(scale=0))
error("variance_mode", lambda keras: keras.initializers.VarianceScaling(mode="fan"))
error("variance_distribution", lambda keras: keras.initializers.VarianceScaling(distribution="cauchy"))
error("identity_of_a_cube", lambda keras: keras.initializers.Identity()((2, 2, 2)))
error("identity_of_odd_sides", lambda keras: keras.initializers.Identity()((2, 3)))
error("one_hot_of_too_large", lambda keras: keras.utils.to_categorical([0, 3], 2))
error("tuple_of_other_length", lambda keras: keras.utils.conv_utils.normalize_tuple((1, 2), 3, "size"))
error("tuple_of_text", lambda keras: keras.utils.conv_utils.normalize_tuple(("a", "b"), 2, "size"))
error("tuple_of_nothing", lambda keras: keras.utils.conv_utils.normalize_tuple(None, 2, "size"))
error("padding", lambda keras: keras.utils.conv_utils.normalize_padding("full"))
error("kernel_rank", lambda keras: keras.utils.conv_utils.convert_kernel(np.ones((2, 2))))
error("transpose_shape", lambda keras: keras.utils.generic_utils.transpose_shape((1, 2), "first", (1,)))
error("serialize", lambda keras: keras.utils.serialize_keras_object(3))
