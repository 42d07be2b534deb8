"""Time series: autoregressive models from given weights, readers, and windows."""

import importlib
import os
import tempfile

import numpy as np

from tests.oracle.harness import Folder, floats, kind_made, script

KEYS = "times", "values"


def given(tf):
    """A hook that gives trainable variables the same first values on both sides."""

    class Given(tf.train.SessionRunHook):
        def begin(self):
            known = set(tf.trainable_variables()) & set(tf.global_variables())
            known.update(v for v in tf.global_variables() if v.op.name.endswith("prior_state_mean"))
            self.made = sorted(known, key=lambda v: v.op.name)
            self.fed = [tf.placeholder(v.dtype.base_dtype, v.get_shape()) for v in self.made]
            self.set = [tf.assign(v, x).op for v, x in zip(self.made, self.fed)]

        def after_create_session(self, session, coord):
            values = [floats(*v.get_shape().as_list(), seed=i) / 8 for i, v in enumerate(self.made)]
            session.run(self.set, dict(zip(self.fed, values)))

    return Given()


def series(length, features=1, start=0):
    times = np.arange(start, start + length)
    waves = [np.sin(times * 0.7 + i) * (i + 1) + 0.1 * i for i in range(features)]
    return times.astype(np.int64), np.stack(waves, 1).astype(np.float32)


def fitted(tf, extra=None, eval_length=13, steps=3, **options):
    """What an ARRegressor learns, evaluates and predicts."""
    window = options["input_window_size"] + options["output_window_size"]
    times, values = series(40, options["num_features"])
    starts = [0, 3, 11, 20]

    def features(parts):
        made = {
            "times": tf.constant(np.stack([times[p] for p in parts])),
            "values": tf.constant(np.stack([values[p] for p in parts])),
        }
        if extra is not None:
            made["extra"] = tf.constant(np.stack([extra[p] for p in parts]))
        return made, None

    with tempfile.TemporaryDirectory() as folder:
        model = tf.contrib.timeseries.ARRegressor(model_dir=folder, **options)
        model.train(lambda: features([slice(s, s + window) for s in starts]), hooks=[given(tf)], steps=steps)
        found = {"var " + name: model.get_variable_value(name) for name in model.get_variable_names()}
        result = model.evaluate(lambda: features([slice(0, eval_length)]), steps=1)
        for key, value in result.items():
            if key == "start_tuple":
                for i, part in enumerate(value):
                    found["state %d" % i] = part
            else:
                found["eval " + key] = value
        more = {} if extra is None else {"extra": extra[None, eval_length : eval_length + 5]}
        ahead = tf.contrib.timeseries.predict_continuation_input_fn(result, steps=5, exogenous_features=more)
        (predicted,) = model.predict(ahead)
        found.update({"predicted " + key: value for key, value in predicted.items()})
    return found


@script(rtol=1e-3, atol=1e-4)
def two_features_and_a_period(tf):
    return fitted(
        tf, periodicities=5, input_window_size=4, output_window_size=2, num_features=2, hidden_layer_sizes=[3],
        num_time_buckets=4,
    )  # fmt: skip


@script(rtol=1e-3, atol=1e-4)
def squared_loss(tf):
    return fitted(
        tf, periodicities=[], input_window_size=3, output_window_size=4, num_features=1, loss="squared_loss",
        optimizer=tf.train.GradientDescentOptimizer(0.05),
    )  # fmt: skip


@script(rtol=1e-3, atol=1e-4)
def periods_alone(tf):
    return fitted(tf, periodicities=[7, 3], input_window_size=0, output_window_size=3, num_features=1)


@script(rtol=1e-3, atol=1e-4)
def anomalies(tf):
    return fitted(
        tf, periodicities=7, input_window_size=2, output_window_size=1, num_features=1, anomaly_prior_probability=0.1,
        anomaly_distribution="cauchy", eval_length=6,
    )  # fmt: skip


@script(rtol=1e-3, atol=1e-4)
def gaussian_anomalies(tf):
    return fitted(
        tf, periodicities=[], input_window_size=2, output_window_size=2, num_features=1, anomaly_prior_probability=0.2,
        anomaly_distribution="gaussian",
    )


@script(rtol=1e-3, atol=1e-4)
def exogenous_features(tf):
    column = tf.feature_column.numeric_column("extra", shape=2)
    return fitted(
        tf, extra=floats(40, 2, seed=9), periodicities=[], input_window_size=3, output_window_size=2, num_features=1,
        exogenous_feature_columns=[column],
    )  # fmt: skip


@script(rtol=1e-3, atol=1e-4)
def from_a_reader(tf):
    """The whole story: windows of a reader, evaluation of the whole series, what follows it."""
    ts = tf.contrib.timeseries
    times, values = series(30)
    reader = ts.NumpyReader({"times": times, "values": values[:, 0]})
    with tempfile.TemporaryDirectory() as folder:
        model = ts.ARRegressor([], 5, 1, 1, model_dir=folder, config=tf.estimator.RunConfig(tf_random_seed=2))
        model.train(ts.RandomWindowInputFn(reader, window_size=6, batch_size=4), steps=30)
        result = model.evaluate(ts.WholeDatasetInputFn(reader), steps=1)
        later = np.array([30, 31, 32, 33])
        (predicted,) = model.predict(ts.predict_continuation_input_fn(result, times=later))
        return {
            "it learns": bool(result["loss"] < 2.0), "times": result["times"], "observed": result["observed"],
            "shapes": [list(result["mean"].shape), list(predicted["mean"].shape)], "later": predicted["times"],
        }  # fmt: skip


def read(tf, fetch, runs=1):
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        found = [session.run(fetch) for _ in range(runs)]
        coordinator.request_stop()
        coordinator.join(threads, stop_grace_period_secs=2, ignore_live_threads=True)
    return found


@script()
def windows_of_arrays(tf):
    ts = tf.contrib.timeseries
    times, values = series(12, 2)
    reader = ts.NumpyReader({"times": times, "values": values, "more": times * 2})
    window, nothing = ts.RandomWindowInputFn(reader, 4, 3, jitter=True, shuffle_seed=1)()
    found = read(tf, window, 4)
    in_order = all((np.diff(one["times"], axis=1) == 1).all() for one in found)
    matching = all((one["more"] == 2 * one["times"]).all() for one in found)
    same = all(np.allclose(one["values"], values[one["times"]]) for one in found)
    return {
        "in order": bool(in_order), "matching": bool(matching and same), "nothing": str(nothing),
        "shapes": sorted(str((k, v.get_shape().as_list(), v.dtype.name)) for k, v in window.items()),
    }  # fmt: skip


@script()
def whole_arrays(tf):
    ts = tf.contrib.timeseries
    times, values = series(6, 2)
    whole, _ = ts.WholeDatasetInputFn(ts.NumpyReader({"times": times, "values": values}))()
    (found,) = read(tf, whole)
    return found


CSV = b"time,a,b\n1,0.5,2\n2,1.5,3\n3,2.5,4\n4,3.5,5\n"


@script()
def csv_files(tf):
    ts = tf.contrib.timeseries
    with Folder(**{"one.csv": CSV, "two.csv": CSV.replace(b"\n", b"\n", 1).replace(b"1,0.5", b"9,0.5")}):
        names = ["times", "values", "values"]
        both = ts.CSVReader(["one.csv", "two.csv"], column_names=names, skip_header_lines=1)
        whole, _ = ts.WholeDatasetInputFn(both)()
        typed = ts.CSVReader("one.csv", ["times", "values", "more"], [tf.int64, tf.float64, tf.int32], 1)
        some = typed.read_full()
        (found,) = read(tf, [whole, some])
        batch, _ = ts.RandomWindowInputFn(typed, 2, 2, jitter=False, num_threads=1)()
        (window,) = read(tf, batch)
        found = {"whole " + key: value for key, value in found[0].items()}
        found.update({"typed " + key: value for key, value in read(tf, some)[0].items()})
        found["window"] = bool((np.diff(window["times"], axis=1) == 1).all())
    return found


@script(rtol=1e-3, atol=1e-4)
def exported(tf):
    """A model that was exported, filtering and predicting."""
    ts = tf.contrib.timeseries
    times, values = series(20)

    def input_fn():
        return {"times": tf.constant(times[None, :5]), "values": tf.constant(values[None, :5])}, None

    with tempfile.TemporaryDirectory() as folder:
        model = ts.ARRegressor([], 3, 2, 1, model_dir=os.path.join(folder, "model"))
        model.train(input_fn, hooks=[given(tf)], steps=2)
        path = model.export_savedmodel(os.path.join(folder, "out"), model.build_raw_serving_input_receiver_fn())
        with tf.Graph().as_default(), tf.Session() as session:
            signatures = tf.saved_model.loader.load(session, [tf.saved_model.tag_constants.SERVING], path)
            util = ts.saved_model_utils
            cold = util.cold_start_filter(signatures, session, {"times": times[:8], "values": values[:8]})
            on = util.filter_continuation(cold, signatures, session, {"times": times[8:14], "values": values[8:14]})
            ahead = util.predict_continuation(on, signatures, session, steps=4)
            found = {"cold " + key: value for key, value in cold.items()}
            found.update({"on " + key: value for key, value in on.items()})
            found.update({"ahead " + key: value for key, value in ahead.items()})
            found["signatures"] = sorted(signatures.signature_def)
    return found


@script()
def wrong_data(tf):
    ts = tf.contrib.timeseries
    times, values = series(6)
    result = {"times": times[None], "start_tuple": ()}
    ahead = ts.predict_continuation_input_fn
    return {
        "no values": kind_made(lambda: ts.NumpyReader({"times": times})),
        "lengths": kind_made(lambda: ts.NumpyReader({"times": times, "values": values[:3]})),
        "batches": kind_made(lambda: ts.NumpyReader({"times": times.reshape(2, 3), "values": values.reshape(2, 3, 1)})),
        "short": kind_made(
            lambda: ts.RandomWindowInputFn(ts.NumpyReader({"times": times, "values": values}), 7, 1)
        ),
        "columns": kind_made(lambda: ts.CSVReader("x", ["times"])),
        "two times": kind_made(lambda: ts.CSVReader("x", ["times", "times", "values"])),
        "both": kind_made(lambda: ahead(result, steps=1, times=[7])),
        "neither": kind_made(lambda: ahead(result)),
        "before": kind_made(lambda: ahead(result, times=[3])),
        "anomalies": kind_made(lambda: ts.ARRegressor([], 2, 1, 1, anomaly_distribution="gaussian")),
        "labels": kind_made(
            lambda: ts.ARRegressor([], 2, 1, 1).train(
                lambda: ({"times": tf.constant(times[None, :3]), "values": tf.constant(values[None, :3])}, tf.constant([1])),
                steps=1,
            )
        ),
    }  # fmt: skip


def recurrent(tf, manager, length=6, **options):
    """A recurrent model of one's own, written as TensorFlow's own example is."""
    package = tf.contrib.timeseries.ARModel.__module__.rpartition(".")[0]
    model_lib = importlib.import_module(package + ".model")
    management = importlib.import_module(package + ".state_management")

    class Recurrent(model_lib.SequentialTimeSeriesModel):
        def __init__(self):
            super(Recurrent, self).__init__(["mean"], ["mean"], num_features=1, **options)

        def initialize_graph(self, input_statistics=None):
            super(Recurrent, self).initialize_graph(input_statistics)
            with tf.variable_scope("", use_resource=True):
                self._cell = tf.make_template("cell", lambda x, s: tf.layers.dense(
                    tf.concat([x, s], 1), 2, tf.tanh, kernel_initializer=tf.constant_initializer([[0.3, -0.2]] * 3)
                ))
                self._mean = tf.make_template("mean", lambda s: tf.layers.dense(
                    s, 1, kernel_initializer=tf.constant_initializer([[0.5], [0.7]])
                ))

        def get_start_state(self):
            return tf.zeros([], tf.int64), tf.zeros([1]), tf.zeros([2])

        def _filtering_step(self, current_times, current_values, state, predictions):
            last_times, prediction, hidden = state
            error = tf.reduce_mean(tf.square(prediction - current_values), axis=-1)
            return (current_times, current_values, hidden), {"loss": error, "mean": predictions["mean"]}

        def _prediction_step(self, current_times, state):
            _, previous, hidden = state
            hidden = self._cell(previous, hidden)
            mean = self._mean(hidden)
            return (current_times, mean, hidden), {"mean": mean}

        def _imputation_step(self, current_times, state):
            return state

        def _exogenous_input_step(self, current_times, current_exogenous_regressors, state):
            return state

        def _scale_back_predictions(self, predictions):
            return {"mean": self._scale_back_data(predictions["mean"])}

    times, values = series(40)

    def chunks():
        starts = [0, 5, 12]
        return {
            "times": tf.constant(np.stack([times[s : s + length] for s in starts])),
            "values": tf.constant(np.stack([values[s : s + length] for s in starts])),
        }, None

    with tempfile.TemporaryDirectory() as folder:
        model = tf.contrib.timeseries.TimeSeriesRegressor(
            Recurrent(), manager(management), tf.train.GradientDescentOptimizer(0.05), folder
        )
        model.train(chunks, steps=3)
        found = {"var " + name: model.get_variable_value(name) for name in model.get_variable_names()}
        whole = {"times": times[None, :9], "values": values[None, :9]}
        result = model.evaluate(lambda: ({k: tf.constant(v) for k, v in whole.items()}, None), steps=1)
        found.update({"eval " + key: value for key, value in result.items() if key != "start_tuple"})
        found["state"] = np.concatenate([np.ravel(part) for part in result["start_tuple"]])
        (ahead,) = model.predict(tf.contrib.timeseries.predict_continuation_input_fn(result, steps=4))
        found.update({"ahead " + key: value for key, value in ahead.items()})
    return found


@script(rtol=1e-3, atol=1e-4)
def step_by_step(tf):
    return recurrent(tf, lambda managers: managers.PassthroughStateManager(), normalize_features=True)


@script(rtol=1e-3, atol=1e-4)
def chained_and_unrolled(tf):
    return recurrent(
        tf, lambda managers: managers.ChainingStateManager(state_saving_interval=5), static_unrolling_window_size_threshold=10
    )


def structure(tf, folder, features, **options):
    optimizer = tf.train.GradientDescentOptimizer(0.02)
    return tf.contrib.timeseries.StructuralEnsembleRegressor(
        num_features=features, model_dir=folder, optimizer=optimizer, **options
    )


def told(result):
    found = {"eval " + key: value for key, value in result.items() if key != "start_tuple"}
    found.update({"state %d" % i: part for i, part in enumerate(result["start_tuple"])})
    return found


@script(rtol=2e-3, atol=2e-4)
def structure_with_a_cycle(tf):
    """Learning, filtering with an observation that is missing, and what follows."""
    times, values = series(40)
    extra = floats(40, 1, seed=9)

    def chunks():
        parts = [slice(s, s + 6) for s in (0, 4, 11)]
        made = {"times": times, "values": values, "extra": extra}
        return {key: tf.constant(np.stack([value[p] for p in parts])) for key, value in made.items()}, None

    with tempfile.TemporaryDirectory() as folder:
        model = structure(
            tf, folder, 1, periodicities=7, cycle_num_latent_values=5, moving_average_order=1,
            exogenous_feature_columns=[tf.feature_column.numeric_column("extra", shape=1)],
        )  # fmt: skip
        model.train(chunks, hooks=[given(tf)], steps=2)
        found = {"var " + name: model.get_variable_value(name) for name in model.get_variable_names()}
        seen = [2, 3, 4, 5, 7, 8, 9, 10]
        whole = {"times": times[None, seen], "values": values[None, seen], "extra": extra[None, seen]}
        result = model.evaluate(lambda: ({k: tf.constant(v) for k, v in whole.items()}, None), steps=1)
        found.update(told(result))
        ahead = tf.contrib.timeseries.predict_continuation_input_fn(
            result, times=[11, 12, 15], exogenous_features={"extra": extra[None, 11:14]}
        )
        (ahead,) = model.predict(ahead)
        found.update({"ahead " + key: value for key, value in ahead.items()})
    return found


@script(rtol=2e-3, atol=2e-4)
def structure_of_two_features(tf):
    times, values = series(9, 2)
    with tempfile.TemporaryDirectory() as folder:
        model = structure(
            tf, folder, 2, periodicities=[3], cycle_num_latent_values=[3], moving_average_order=1, autoregressive_order=2
        )
        data = {"times": times[None], "values": values[None]}
        return told(model.evaluate(lambda: ({k: tf.constant(v) for k, v in data.items()}, None), 1, [given(tf)]))
