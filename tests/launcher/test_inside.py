"""Functions from TensorFlow's inside that scripts and libraries took."""

import functools

import numpy as np
import pytest

import graphflow as tf
from graphflow._launcher import imports, inside


def inner(name):
    return imports.target("tensorflow.python." + name)


def test_functions_of_operation_types():
    x = tf.constant([[[[1.0], [2.0]], [[3.0], [4.0]]]])
    y = tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
    grad = inner("ops.gen_nn_ops.max_pool_grad")(x, y, tf.ones_like(y), [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
    relu = inner("ops.gen_nn_ops._relu_grad")(tf.ones([2]), tf.constant([1.0, -1.0]), name="r")
    assert grad.op.type == "MaxPoolGrad" and relu.op.name == "r" and relu.op.type == "ReluGrad"
    product = inner("ops.gen_math_ops.mat_mul")(tf.ones([2, 3]), tf.ones([2, 3]), transpose_a=True)
    with tf.Session() as sess:
        found = sess.run([grad, relu, product])
    np.testing.assert_array_equal(found[0][0, :, :, 0], [[0, 0], [0, 1]])
    np.testing.assert_array_equal(found[1], [1, 0])
    assert found[2].shape == (3, 3)


def test_too_many_arguments_of_an_operation():
    with pytest.raises(TypeError, match="ReluGrad takes gradients, features, name; got 4"):
        inside.generated("tensorflow.python.ops.gen_nn_ops.relu_grad")(1.0, 2.0, "n", 4)


def test_updates_of_variables():
    v = tf.Variable([1.0, 2.0])
    step = inner("training.training_ops.apply_gradient_descent")(v, 0.5, [1.0, 1.0])
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(step).tolist() == [0.5, 1.5]


def test_decorators():
    def add(a, b=2):
        "Adds."
        return a + b

    made = inner("util.tf_decorator.make_decorator")(add, lambda *args, **kwargs: 2 * add(*args, **kwargs))
    assert made(1) == 6 and made.__name__ == "add" and made.__doc__ == "Adds."
    assert inner("util.tf_decorator.unwrap")(made) == ([made], add)
    assert inner("util.tf_export.tf_export")("nn.add", v1=[])(add) is add
    assert inner("util.function_utils.fn_args")(functools.partial(add, b=3)) == ("a",)
    assert not inner("util.function_utils.has_kwargs")(add)
    with pytest.raises(ValueError, match="`add` only takes keyword arguments; got 1"):
        inner("util.keyword_args.keyword_args_only")(add)(1)


def test_what_is_deprecated_says_so_once(monkeypatch):
    told = []
    monkeypatch.setattr(tf.logging, "warning", lambda text, *args: told.append(text % args))
    old = inner("util.deprecation.deprecated")(None, "Use new.")(lambda: 7)
    assert old() == old() == 7 and len(told) == 1
    assert "removed in a future version" in told[0] and "Use new." in told[0]


def test_a_module_that_waits():
    names = {}
    lazy = inner("util.lazy_loader.LazyLoader")("words", names, "string")
    assert not names and lazy.digits == "0123456789" and names["words"].digits == lazy.digits


def test_a_checkpoint_is_printed(tmp_path, capsys):
    v = tf.Variable([1.0, 2.0], name="weights")
    with tf.Session() as sess:
        sess.run(v.initializer)
        path = tf.train.Saver().save(sess, str(tmp_path / "model"))
    inner("tools.inspect_checkpoint.print_tensors_in_checkpoint_file")(path, None, True)
    inner("tools.inspect_checkpoint.print_tensors_in_checkpoint_file")(path, "", False)
    out = capsys.readouterr().out
    assert "tensor_name:  weights\n[1. 2.]" in out and "weights (DT_FLOAT) [2]" in out
    assert out.count("# Total number of params: 2\n") == 2
    inner("tools.inspect_checkpoint.print_tensors_in_checkpoint_file")(path, "weights", False, False, "^w")
    inner("tools.inspect_checkpoint.print_tensors_in_checkpoint_file")(path + "0", "", False)
    counted = "# Excluding 1 tensors (2 params) that match ^w when counting.\n# Total number of params: 0\n"
    out = capsys.readouterr().out
    assert counted in out and "model0" in out.partition(counted)[2]


def test_moved_ones():
    assert inner("layers.utils.normalize_tuple")(2, 3, "strides") == (2, 2, 2)
    assert inner("framework.smart_cond.smart_constant_value")(True) is True
    assert inner("eager.context.executing_eagerly")() is False
    assert inner("training.slot_creator.create_zeros_slot")(tf.Variable([1.0], name="v"), "slot").op.name == "v/slot"
    assert inner("util.nest.is_sequence")([1]) and not inner("util.nest.is_sequence")("text")
    assert inner("platform.tf_logging.info") is tf.logging.info
    assert inner("nowhere.nothing") is None


def test_gradients_registered_by_name():
    registry = inner("framework.ops._gradient_registry")._registry
    assert "OfAScript" not in registry
    tf.RegisterGradient("OfAScript")(lambda op, grad: grad)
    assert "OfAScript" in registry
    del registry["OfAScript"]
