"""Boosted trees of `tf.contrib.boosted_trees`: what they learn, when they stop."""

import numpy as np
import pytest

import graphflow as tf

ROWS = np.random.RandomState(2).uniform(-1, 1, size=(200, 4)).astype(np.float32)
CLASSES = (ROWS[:, 0] > 0).astype(np.int64) + (ROWS[:, 0] > 0) * (ROWS[:, 1] > 0)


def settings(depth=2):
    config = tf.contrib.boosted_trees.proto.learner_pb2.LearnerConfig()
    config.learning_rate_tuner.fixed.learning_rate = 0.5
    config.constraints.max_tree_depth = depth
    config.growing_mode = config.LAYER_BY_LAYER
    return config


def input_fn(labels, epochs=None):
    return tf.estimator.inputs.numpy_input_fn({"x": ROWS}, labels, 100, epochs, shuffle=False)


def test_classes_until_the_trees_are_grown(tmp_path):
    kind = tf.contrib.boosted_trees.estimator_batch.estimator.GradientBoostedDecisionTreeClassifier
    model = kind(settings(), 150, n_classes=3, num_trees=4, model_dir=str(tmp_path), center_bias=False)
    model.fit(input_fn=input_fn(CLASSES), max_steps=100)
    results = model.evaluate(input_fn=input_fn(CLASSES, 1))
    assert results["accuracy"] > 0.95
    assert results["global_step"] == 16  # four trees of two layers, each of two batches
    found = list(model.predict(input_fn=input_fn(None, 1)))
    assert np.mean([one["classes"] for one in found] == CLASSES) == pytest.approx(results["accuracy"])


def test_numbers(tmp_path):
    kind = tf.contrib.boosted_trees.estimator_batch.estimator.GradientBoostedDecisionTreeRegressor
    model = kind(settings(3), 100, num_trees=6, model_dir=str(tmp_path))
    numbers = (ROWS[:, 0] + np.abs(ROWS[:, 2])).astype(np.float32)
    model.fit(input_fn=input_fn(numbers))
    assert model.evaluate(input_fn=input_fn(numbers, 1))["loss"] < 0.1 < np.var(numbers)
