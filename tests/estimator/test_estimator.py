"""Estimators: what is asked of model and input functions, and what goes wrong clearly."""

import numpy as np
import pytest

import graphflow as tf

ROWS = np.arange(12, dtype=np.float32).reshape(6, 2)


def doubling(features, labels, mode):
    value = features * 2.0
    loss = tf.reduce_mean(value)
    step = tf.train.get_global_step()
    return tf.estimator.EstimatorSpec(mode, value, loss, tf.assign_add(step, 1))


def rows():
    return tf.data.Dataset.from_tensor_slices(ROWS).batch(3)


def test_a_model_function_takes_what_there_is():
    for function, words in (
        (lambda labels: None, "must include features"),
        (lambda features, extra: None, "not expected args"),
    ):
        with pytest.raises(ValueError, match=words):
            tf.estimator.Estimator(function)
    with pytest.raises(ValueError, match="does not include params"):
        tf.estimator.Estimator(lambda features: None, params={})


def test_members_cannot_be_overridden():
    class Mine(tf.estimator.Estimator):
        def train(self):
            pass

    with pytest.raises(ValueError, match=r"cannot override members .*\['train'\]"):
        Mine(doubling)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"mode": "train", "loss": 1}, "Missing train_op"),
        ({"mode": "eval"}, "Missing loss"),
        ({"mode": "infer"}, "Missing predictions"),
    ],
)
def test_what_a_mode_needs(fields, words):
    with tf.Graph().as_default():
        if "loss" in fields:
            fields = {**fields, "loss": tf.constant(1.0)}
        with pytest.raises(ValueError, match=words):
            tf.estimator.EstimatorSpec(**fields)


def test_losses_are_scalars_of_this_graph():
    with tf.Graph().as_default():
        other = tf.constant(1.0)
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="default graph"):
            tf.estimator.EstimatorSpec("eval", loss=other)
        with pytest.raises(ValueError, match="must be scalar"):
            tf.estimator.EstimatorSpec("eval", loss=tf.constant([1.0, 2.0]))
        assert tf.estimator.EstimatorSpec("eval", loss=tf.constant([1.0])).loss.shape == ()
        with pytest.raises(TypeError, match="tuples"):
            tf.estimator.EstimatorSpec("eval", loss=tf.constant(1.0), eval_metric_ops={"a": 1})


def test_the_caller_keeps_his_graph_while_he_predicts(tmp_path):
    model = tf.estimator.Estimator(doubling, str(tmp_path))
    with tf.Graph().as_default() as mine:
        found = []
        for row in model.predict(rows):
            assert tf.get_default_graph() is mine
            found.append(row)
        first = model.predict(rows)
        next(first)
        first.close()
        assert tf.get_default_graph() is mine
    np.testing.assert_array_equal(found, ROWS * 2)


def test_what_training_refuses(tmp_path):
    model = tf.estimator.Estimator(doubling, str(tmp_path))
    for steps, words in (({"steps": 1, "max_steps": 1}, "both"), ({"steps": 0}, "steps > 0")):
        with pytest.raises(ValueError, match=words):
            model.train(rows, **steps)
    with pytest.raises(TypeError, match="SessionRunHook"):
        model.train(rows, hooks=["no hook"])
    with pytest.raises(ValueError, match="Could not find trained model"):
        model.get_variable_names()
    with pytest.raises(ValueError, match="find trained model"):
        model.export_saved_model(str(tmp_path), dict)
    with pytest.raises(ValueError, match="len 2 tuple"):
        model.train(lambda: (tf.constant(1.0),) * 3)
    with pytest.raises(ValueError, match="does not take labels"):
        tf.estimator.Estimator(lambda features: None).train(lambda: (tf.constant(1.0), tf.constant(1.0)))


def test_numpy_input_functions():
    make = tf.estimator.inputs.numpy_input_fn
    with pytest.raises(ValueError, match="shuffle must be provided"):
        make({"a": ROWS})
    with pytest.raises(ValueError, match="mismatched"):
        make({"a": ROWS}, ROWS[:2], shuffle=False)()
    with pytest.raises(TypeError, match="dict or array"):
        make([1.0], shuffle=False)()
    with pytest.raises(ValueError, match="duplicate keys"):
        make({"a": ROWS}, {"a": ROWS}, shuffle=False)()


def test_shuffled_rows_are_all_there():
    with tf.Graph().as_default():
        batch = tf.estimator.inputs.numpy_input_fn(ROWS, batch_size=4, num_epochs=2, shuffle=True)()
        with tf.train.MonitoredSession() as session:
            found = []
            while not session.should_stop():
                found.append(session.run(batch))
    assert sorted(map(tuple, np.concatenate(found))) == sorted(map(tuple, [*ROWS, *ROWS]))


def test_exporters_have_names_of_their_own():
    exporter = tf.estimator.FinalExporter("a", dict)
    with pytest.raises(ValueError, match="unique names"):
        tf.estimator.EvalSpec(rows, exporters=[exporter, exporter])
    with pytest.raises(TypeError, match="must be an Exporter"):
        tf.estimator.EvalSpec(rows, exporters=[3])
    with pytest.raises(ValueError, match="must include best_eval_result"):
        tf.estimator.BestExporter(compare_fn=lambda current_eval_result: True)


def test_boosted_trees_say_what_they_take():
    column = tf.feature_column.numeric_column("x")
    with pytest.raises(tf.errors.UnimplementedError, match="center_bias=False"):
        tf.estimator.BoostedTreesClassifier([column], 1, center_bias=True)
    with pytest.raises(ValueError, match="two classes"):
        tf.estimator.BoostedTreesClassifier([column], 1, n_classes=3)
