"""Forests learn what trees can say, and their trees lie in variables."""

import numpy as np

import graphflow as tf

ROWS = np.random.RandomState(1).uniform(-1, 1, size=(400, 3)).astype(np.float32)
CLASSES = (ROWS[:, 0] > 0).astype(np.int32) + (ROWS[:, 1] > 0.2)


def grown(tmp_path, labels, **settings):
    """(predictions of a forest after some steps, its average sizes before and after)."""
    settings = {
        "num_features": 3,
        "num_trees": 5,
        "max_nodes": 60,
        "split_after_samples": 20,
        "base_random_seed": 3,
        **settings,
    }
    params = tf.contrib.tensor_forest.ForestHParams(**settings).fill()
    x, y = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(labels.dtype, [None, *labels.shape[1:]])
    forest = tf.contrib.tensor_forest.RandomForestGraphs(params)
    train, (found, _, variance) = forest.training_graph(x, y), forest.inference_graph(x)
    loss, saver = forest.training_loss(x, y), tf.train.Saver()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        before = session.run(loss)
        for _ in range(8):
            session.run(train, {x: ROWS, y: labels})
        kept = session.run([found, loss] + ([] if variance is None else [variance]), {x: ROWS})
        path = saver.save(session, str(tmp_path / "forest"))
    with tf.Session() as session:
        saver.restore(session, path)
        np.testing.assert_array_equal(session.run(found, {x: ROWS}), kept[0])
    return kept[0], before, *kept[1:]


def test_classes(tmp_path):
    with tf.Graph().as_default():
        probabilities, before, after = grown(tmp_path, CLASSES, num_classes=3)
    assert before == -1 > after >= -60
    np.testing.assert_allclose(probabilities.sum(1), 1.0, rtol=1e-5)
    assert np.mean(probabilities.argmax(1) == CLASSES) > 0.9


def test_numbers(tmp_path):
    wanted = (2.0 * ROWS[:, :1]).astype(np.float32)
    with tf.Graph().as_default():
        numbers, _, _, variance = grown(tmp_path, wanted, num_classes=1, regression=True)
    assert np.mean(np.square(numbers - wanted)) < 0.15 < np.var(wanted)
    assert variance.shape == wanted.shape
    assert np.all(variance >= 0)
