"""Iterators in checkpoints, where they cannot go on; and options and sources that are refused."""

import pytest

import graphflow as tf
from graphflow import contrib


def test_a_state_is_restored_into_an_iterator_that_has_begun(tmp_path):
    iterator = tf.data.make_initializable_iterator(tf.data.Dataset.range(5))
    saver = tf.train.Saver([tf.data.experimental.make_saveable_from_iterator(iterator)])
    with tf.Session() as session:
        session.run(iterator.initializer)
        path = saver.save(session, str(tmp_path / "state"))
    with tf.Session() as session, pytest.raises(tf.errors.FailedPreconditionError, match="run its initializer"):
        saver.restore(session, path)


def test_a_state_behind_the_last_element(tmp_path):
    iterator = tf.data.make_initializable_iterator(tf.data.Dataset.range(2))
    element = iterator.get_next()
    saver = tf.train.Saver([tf.data.experimental.make_saveable_from_iterator(iterator)])
    with tf.Session() as session:
        session.run(iterator.initializer)
        with pytest.raises(tf.errors.OutOfRangeError):
            for _ in range(3):
                session.run(element)
        path = saver.save(session, str(tmp_path / "state"))
        session.run(iterator.initializer)
        assert session.run(element) == 0
        saver.restore(session, path)
        with pytest.raises(tf.errors.OutOfRangeError):
            session.run(element)


def test_times_of_all_transformations_are_refused():
    options = tf.data.Options()
    options.experimental_stats.aggregator = tf.data.experimental.StatsAggregator()
    options.experimental_stats.latency_all_edges = True
    with pytest.raises(ValueError, match="latency_stats"):
        tf.data.make_initializable_iterator(tf.data.Dataset.range(2).with_options(options))


def test_lmdb_databases_are_refused():
    with pytest.raises(tf.errors.UnimplementedError, match="TFRecord"):
        contrib.data.LMDBDataset("file")
