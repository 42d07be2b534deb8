"""What is not built says what to use in its place; arguments that exclude each other are refused at once."""

import pytest

import graphflow as tf

learn = tf.contrib.learn


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: tf.contrib.estimator.SavedModelEstimator("path"), "warm_start_from"),
        (lambda: learn.monitors.ExportMonitor(1, "path"), "make_export_strategy"),
        (lambda: learn.learn_runner.tune(None, None), "no tuner"),
    ],
)
def test_an_alternative_is_named(make, words):
    with pytest.raises(tf.errors.UnimplementedError, match=words):
        make()


def test_sequences_of_predictions_need_a_head_of_sequences():
    head = tf.contrib.estimator.regression_head()
    with pytest.raises(ValueError, match="return_sequences"):
        tf.contrib.estimator.RNNEstimator(head, [], num_units=[2], return_sequences=True)


def test_losses_of_towers_are_reduced():
    with pytest.raises(ValueError, match="need to be reduced"):
        tf.contrib.estimator.replicate_model_fn(lambda: None, tf.losses.Reduction.NONE)


def test_monitors_do_not_begin_twice():
    monitor = learn.monitors.BaseMonitor()
    monitor.begin()
    with pytest.raises(ValueError, match="begin called twice"):
        monitor.begin()
    with pytest.raises(ValueError, match="Invalid step"):
        monitor.step_begin(-1)


def test_a_dump_is_compared_by_names():
    x = tf.constant([1.0, 2.0], name="x")
    first, second = learn.monitors.GraphDump(), learn.monitors.GraphDump()
    first.data, second.data = {1: {x: x * 0}}, {}
    with pytest.raises(ValueError, match="x:0 missing at step 1"):
        first.compare(second, 1)
