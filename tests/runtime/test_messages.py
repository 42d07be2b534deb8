"""The ten classics: what an error says. Node, values, the user's line, the cure."""

import numpy as np
import pytest

import graphflow as tf


def test_unfed_placeholder():
    x = tf.placeholder(tf.float32, [None, 2], name="images")
    y = tf.identity(x * 2.0, name="out")
    other = tf.placeholder(tf.float32, [], name="rate")
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        tf.Session().run([y, other], {other: 1.0})
    text = str(caught.value)
    assert "You must feed a value for placeholder tensor 'images' with dtype float and shape [?,2]" in text
    assert "images -> mul -> out" in text and "fed:     rate:0" in text and "test_messages.py" in text
    assert caught.value.op is x.op and caught.value.error_code == 3


def test_uninitialised_variable():
    v = tf.Variable(1.0, name="w")
    with pytest.raises(tf.errors.FailedPreconditionError) as caught:
        tf.Session().run(v * 2.0)
    text = str(caught.value)
    assert "Attempting to use uninitialized value w" in text and "global_variables_initializer" in text


def test_shape_mismatch_at_build():
    a, b = tf.zeros([3, 4], name="a"), tf.zeros([5, 2], name="b")
    with pytest.raises(
        ValueError, match="Dimensions must be equal, but are 4 and 5 for 'mm' \\(op: 'MatMul'\\)"
    ) as caught:
        tf.matmul(a, b, name="mm")
    assert "[3,4], [5,2]" in str(caught.value) and "test_messages.py" in str(caught.value)
    assert "mm" not in [op.name for op in tf.get_default_graph().get_operations()]


def test_wrong_feed_shape():
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    with pytest.raises(
        ValueError, match=r"Cannot feed value of shape \(3,\) for Tensor 'x:0', which has shape '\(\?, 2\)'"
    ) as caught:
        tf.Session().run(x, {x: [1, 2, 3]})
    assert "test_messages.py" in str(caught.value)


@pytest.mark.parametrize("value", ["text", None, [[1, 2], [3]], object()])
def test_wrong_feed_value(value):
    x = tf.placeholder(tf.float32, name="x")
    with pytest.raises((TypeError, ValueError), match="x:0") as caught:
        tf.Session().run(x, {x: value})
    assert "test_messages.py" in str(caught.value)


def test_an_integer_too_large_for_its_placeholder():
    x = tf.placeholder(tf.int8, [])
    with pytest.raises(TypeError, match="is not compatible with Tensor type"):
        tf.Session().run(x, {x: 300})


def test_a_tensor_as_a_feed():
    x = tf.placeholder(tf.float32, [])
    with pytest.raises(TypeError, match="The value of a feed cannot be a tf.Tensor object"):
        tf.Session().run(x, {x: tf.constant(1.0)})


def test_fetch_from_another_graph():
    with tf.Graph().as_default():
        x = tf.constant(1.0)
    tf.constant(2.0)
    with pytest.raises(ValueError, match="is not an element of this graph"):
        tf.Session().run(x)


@pytest.mark.parametrize(
    ("fetch", "kind", "text"),
    [
        (None, TypeError, "Fetch argument None has invalid type"),
        (3, TypeError, "must be a string or Tensor"),
        ("lossy:0", ValueError, "does not exist.*nearest names are loss"),
        ("loss:1", ValueError, "only has 1 outputs"),
    ],
)
def test_bad_fetches(fetch, kind, text):
    tf.constant(1.0, name="loss")
    with pytest.raises(kind, match=text):
        tf.Session().run(fetch)


def test_feeds_that_are_none():
    x = tf.placeholder(tf.float32, [], name="x")
    with pytest.raises(TypeError, match="Cannot interpret feed_dict key as Tensor.*nearest names are x"):
        tf.Session().run(x, {"xx:0": 1.0})
    with pytest.raises(ValueError, match="fed twice"):
        tf.Session().run(x, {x: 1.0, "x:0": 2.0})
    x.graph.prevent_feeding(x)
    with pytest.raises(ValueError, match="may not be fed"):
        tf.Session().run(x, {x: 1.0})


def test_variable_exists_already():
    with tf.variable_scope("net"):
        tf.get_variable("w", [2])
    with tf.variable_scope("net"), pytest.raises(ValueError) as caught:
        tf.get_variable("w", [2])
    text = str(caught.value)
    assert "Variable net/w already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE" in text
    assert "test_messages.py" in text


def test_closed_session():
    x = tf.constant(1.0)
    sess = tf.Session()
    sess.close()
    with pytest.raises(RuntimeError, match="Attempted to use a closed Session"):
        sess.run(x)


def test_finalised_graph():
    tf.constant(1.0)
    tf.get_default_graph().finalize()
    with pytest.raises(RuntimeError, match="Graph is finalized and cannot be modified"):
        tf.constant(2.0)


def test_int_and_float_do_not_mix():
    a, b = tf.constant(1), tf.constant(1.0)
    with pytest.raises(
        TypeError, match="Input 'y' of 'AddV2' Op has type float32 that does not match type int32 of argument 'x'"
    ):
        _ = a + b
    with pytest.raises(
        TypeError, match="Input 'y' of 'Mul' Op has type float32 that does not match type int32 of argument 'x'"
    ):
        tf.multiply(a, b)
    with pytest.raises(TypeError, match="Input 'y' of 'Mul' Op has type float32 that does not match type int32"):
        _ = a * 1.5


def test_nan_is_found():
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.check_numerics(tf.log(x), "the log", name="checked")
    with pytest.raises(tf.errors.InvalidArgumentError, match="the log : Tensor had NaN values") as caught:
        tf.Session().run(y, {x: [1.0, -1.0]})
    assert "checked" in str(caught.value) and "test_messages.py" in str(caught.value)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Inf"):
        tf.Session().run(y, {x: np.zeros(2)})


def test_an_empty_graph():
    with pytest.raises(RuntimeError, match="The Session graph is empty"):
        tf.Session().run("x")
