"""Gradients that a script brings itself, alone and inside loops and branches."""

import importlib

import numpy as np

from tests.oracle.harness import case, floats

X = floats(3)
ROWS = floats(4, 3)


def vector(tf):
    return tf.placeholder(tf.float32, [3], name="x")


def softplus(tf):
    @tf.custom_gradient
    def function(x):
        e = tf.exp(x)
        return tf.log(1.0 + e), lambda dy: dy * (1.0 - 1.0 / (1.0 + e)) + 5.0

    return function


def override(tf, name, scale):
    def gradient(op, grad):
        return grad * scale + op.inputs[0]

    try:
        tf.RegisterGradient(name)(gradient)
    except KeyError:  # the case was built before
        pass
    return name


@case(feeds={"x": X}, grads=True)
def custom_gradient(tf):
    return softplus(tf)(vector(tf) * 2.0)


@case(feeds={"x": X}, grads=True)
def custom_gradient_of_two(tf):
    @tf.custom_gradient
    def function(a, b):
        return (a * b, a + b), lambda da, db: (da * 2.0, db * 3.0)

    x = vector(tf)
    y, z = function(x, tf.sin(x))
    return {"y": y, "z": z}


@case(feeds={"x": X}, grads=True)
def custom_gradient_with_variables(tf):
    @tf.custom_gradient
    def function(a):
        with tf.variable_scope("scope", use_resource=True):
            v = tf.get_variable("v", initializer=[1.0, 2.0, 3.0])

        def gradient(dy, variables=None):
            return dy * 10.0, [dy * 1000.0] * len(variables)

        return a * v, gradient

    return function(vector(tf) * 2.0)


@case(feeds={"x": X}, raises=True)
def custom_gradient_that_forgets_its_variables(tf):
    @tf.custom_gradient
    def function(a):
        v = tf.get_variable("v", initializer=[1.0, 2.0, 3.0], use_resource=True)
        return a * v, lambda dy: dy

    return function(vector(tf))


@case(raises=True)
def custom_gradient_with_keywords(tf):
    return softplus(tf)(x=tf.constant(1.0))


@case(feeds={"x": X}, grads=True, graph=False)
def custom_gradient_in_a_loop(tf):
    x = vector(tf)
    function = softplus(tf)
    return tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, function(y * x)), [0, x])[1]


@case(feeds=[{"x": X, "n": np.int32(4)}], grads=True, graph=False)
def custom_gradient_in_a_loop_of_unknown_length(tf):
    x = vector(tf)
    n = tf.placeholder(tf.int32, [], name="n")
    function = softplus(tf)
    return tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, function(y * x)), [0, x])[1]


@case(feeds={"x": ROWS}, grads=True, graph=False)
def custom_gradient_in_map_fn(tf):
    x = tf.placeholder(tf.float32, [4, 3], name="x")
    function = softplus(tf)
    return tf.map_fn(lambda row: function(row) * row, x)


@case(feeds=[{"x": X, "p": True}], grads=True, graph=False)
def custom_gradient_in_a_branch(tf):
    x = vector(tf)
    p = tf.placeholder(tf.bool, [], name="p")
    function = softplus(tf)
    return tf.cond(p, lambda: function(x), lambda: x)


@case(feeds={"x": X}, grads=True)
def overridden_gradient(tf):
    x = vector(tf)
    with tf.get_default_graph().gradient_override_map({"Tanh": override(tf, "Overridden1", 3.0)}):
        y = tf.tanh(x)
    return y * tf.tanh(x)


@case(feeds={"x": X}, grads=True, graph=False)
def overridden_gradient_in_a_loop(tf):
    x = vector(tf)
    name = override(tf, "Overridden2", 3.0)

    def body(i, y):
        with tf.get_default_graph().gradient_override_map({"Identity": name}):
            y = tf.identity(y * x)
        return i + 1, y + x

    return tf.while_loop(lambda i, y: i < 3, body, [0, x])[1]


@case(feeds={"x": X}, grads=True, graph=False)
def straight_through_rounding_in_a_loop(tf):
    x = vector(tf)

    @tf.custom_gradient
    def rounded(x):
        return tf.round(x), lambda dy: dy

    return tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, rounded(y * 1.5) + x), [0, x])[1]


@case(feeds={"x": X}, grads=True, graph=False)
def clipped_gradient_in_a_loop(tf):
    x = vector(tf)
    limit = tf.constant(0.5)

    @tf.custom_gradient
    def clipped(x):
        return tf.identity(x), lambda dy: tf.clip_by_value(dy, -limit, limit)

    return tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, clipped(y * x)), [0, x])[1]


# -- functions of the graph ------------------------------------------------------------------------------------


@case(feeds={"x": X}, grads=True, graph=False)
def function_of_the_graph(tf):
    x = vector(tf)

    @defun(tf, tf.float32, tf.float32)
    def combined(a, b):
        return tf.sin(a) * b, a + b

    y, z = combined(x, x * 2.0)
    again, _ = combined(y, z)
    return {"y": y, "z": z, "again": again}


@case(feeds={"x": X}, grads=True, graph=False)
def function_that_takes_types_as_they_come(tf):
    x = vector(tf)

    @defun(tf)
    def doubled(a):
        return a * 2

    return {"float": doubled(x), "int": doubled(tf.constant([1, 2]))}


@case(feeds={"x": X}, grads=True, graph=False)
def function_with_a_gradient_of_its_own(tf):
    x = vector(tf)

    @defun(tf, tf.float32, python_grad_func=lambda op, grad: grad * 7.0 + op.inputs[0])
    def doubled(a):
        return a * 2.0

    return doubled(x)


@case(feeds={"x": X}, grads=True, graph=False)
def function_with_a_gradient_function(tf):
    x = vector(tf)

    @defun(tf, tf.float32, tf.float32)
    def gradient(a, dy):
        return dy * a * 3.0

    @defun(tf, tf.float32, grad_func=gradient)
    def doubled(a):
        return a * 2.0

    return doubled(x)


def defun(tf, *types, **options):
    """`Defun`, which has no public name in TensorFlow."""
    module = "graphflow._ops.function" if tf.__name__ == "graphflow" else "tensorflow.python.framework.function"
    return importlib.import_module(module).Defun(*types, **options)
