"""tf.logging: Python's logging, by level."""

import logging

import graphflow as tf


def test_levels(caplog):
    before = tf.logging.get_verbosity()
    try:
        tf.logging.set_verbosity(tf.logging.INFO)
        tf.logging.debug("not seen")
        tf.logging.info("step %d", 3)
        tf.logging.warn("careful")
        tf.logging.log(tf.logging.ERROR, "wrong")
        assert tf.logging.get_verbosity() == logging.INFO
    finally:
        tf.logging.set_verbosity(before)
    assert [(r.name, r.levelname, r.getMessage()) for r in caplog.records] == [
        ("tensorflow", "INFO", "step 3"), ("tensorflow", "WARNING", "careful"), ("tensorflow", "ERROR", "wrong")
    ]  # fmt: skip


def test_some_of_many(caplog):
    for i in range(5):
        tf.logging.log_every_n(tf.logging.ERROR, "every %d", 2, i)
        tf.logging.log_first_n(tf.logging.ERROR, "first %d", 1, i)
        tf.logging.log_if(tf.logging.ERROR, "if %d", i == 4, i)
    assert [r.getMessage() for r in caplog.records] == ["every 0", "first 0", "every 2", "every 4", "if 4"]
