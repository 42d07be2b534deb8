"""ConfigProto and RunOptions: which fields mean something, and what they do."""

import time

import numpy as np
import pytest

import graphflow as tf


def on_gpu():
    """An operation that asks for a GPU no machine has."""
    with tf.device("/gpu:77"):
        return tf.add(tf.constant(1.0), 2.0, name="total")


@pytest.mark.parametrize(
    "config",
    [
        None,
        tf.ConfigProto(),
        tf.ConfigProto(allow_soft_placement=True),
        tf.ConfigProto(device_count={"GPU": 0}),
        tf.ConfigProto(
            gpu_options=tf.GPUOptions(allow_growth=True, per_process_gpu_memory_fraction=0.3),
            intra_op_parallelism_threads=1,
            inter_op_parallelism_threads=1,
        ),
    ],
)
def test_a_device_that_is_not_there_is_replaced(config):
    total = on_gpu()
    assert tf.Session(config=config).run(total) == 3.0


@pytest.mark.parametrize("device", ["/gpu:77", "/job:ps/task:0", "/cpu:5"])
def test_soft_placement_forbidden(device):
    with tf.device(device):
        total = tf.add(tf.constant(1.0), 2.0, name="total")
    sess = tf.Session(config=tf.ConfigProto(allow_soft_placement=False))
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="was explicitly assigned to .* but available devices are"
    ) as caught:
        sess.run(total)
    assert "test_config.py" in str(caught.value) and "allow_soft_placement=True" in str(caught.value)
    with tf.device("/cpu:0"):
        assert sess.run(tf.constant(4.0)) == 4.0


def test_whether_soft_placement_was_mentioned_is_known():
    config = tf.ConfigProto()
    assert not config.HasField("allow_soft_placement") and not config.allow_soft_placement
    config.allow_soft_placement = False
    assert tf.ConfigProto.FromString(config.SerializeToString()).HasField("allow_soft_placement")


def test_placement_is_logged_once(capsys):
    total = on_gpu()
    sess = tf.Session(config=tf.ConfigProto(log_device_placement=True))
    sess.run(total), sess.run([total]), sess.make_callable(total)()
    told = capsys.readouterr().err.splitlines()
    device = sess.list_devices()[0].name
    assert [line for line in told if line.startswith("total:")] == [f"total: (Add): {device}"]


def test_no_gpu_is_listed_when_there_shall_be_none():
    config = tf.ConfigProto(device_count={"GPU": 0})
    assert {d.device_type for d in tf.Session(config=config).list_devices()} == {"CPU"}


def endless_loop():
    """A loop that Python runs, since it calls back."""

    def body(i):
        same = tf.py_func(lambda value: value, [i], tf.float32)
        same.set_shape([])
        return same

    return tf.while_loop(lambda i: i < 1.0, body, [tf.constant(0.0)])


@pytest.mark.parametrize("by_options", [False, True])
def test_a_loop_ends_at_the_time_limit(by_options):
    loop, three = endless_loop(), tf.constant(3.0)
    sess = tf.Session(config=None if by_options else tf.ConfigProto(operation_timeout_in_ms=200))
    options = tf.RunOptions(timeout_in_ms=200) if by_options else None
    start = time.monotonic()
    with pytest.raises(tf.errors.DeadlineExceededError, match="operation_timeout_in_ms"):
        sess.run(loop, options=options)
    assert 0.2 <= time.monotonic() - start < 5 and sess.run(three) == 3.0


def test_the_time_limit_counts_for_callables():
    loop = endless_loop()
    call = tf.Session(config=tf.ConfigProto(operation_timeout_in_ms=50)).make_callable(loop)
    other = tf.Session().make_callable(loop, accept_options=True)
    with pytest.raises(tf.errors.DeadlineExceededError):
        call()
    with pytest.raises(tf.errors.DeadlineExceededError):
        other(options=tf.RunOptions(timeout_in_ms=50))


def test_a_run_that_is_too_slow_stops_between_its_steps():
    def slowly():
        time.sleep(0.2)
        return np.float32(2.0)

    v = tf.Variable(1.0)
    waited = tf.py_func(slowly, [], tf.float32)
    waited.set_shape([])
    step = v.assign(waited)
    sess = tf.Session(config=tf.ConfigProto(operation_timeout_in_ms=100))
    sess.run(v.initializer)
    with pytest.raises(tf.errors.DeadlineExceededError):
        sess.run(step)
    assert sess.run(v) == 1.0


@pytest.mark.parametrize(
    ("use", "text"),
    [
        (lambda: tf.Session(config=3), "config must be a tf.ConfigProto, but got <class 'int'>"),
        (lambda: tf.Session(config=tf.RunOptions()), "config must be a tf.ConfigProto"),
        (lambda: tf.Session().run(tf.constant(1.0), options=3), "options must be a tf.RunOptions"),
    ],
)
def test_something_else_than_a_message(use, text):
    with pytest.raises(TypeError, match=text):
        use()
