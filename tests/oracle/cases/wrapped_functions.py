"""tf.wrap_function, and what is cut from wrapped functions."""

import numpy as np

from tests.oracle.harness import case, eager_script, floats, script


@case(feeds={"x": floats(3)}, graph=False)
def wrapped(tf):
    x = tf.placeholder(tf.float32, [3], name="x")
    wrapped_one = tf.compat.v1.wrap_function(lambda x: x * 2.0, [tf.TensorSpec([3], tf.float32)])
    both = tf.wrap_function(lambda a, b: (a + b, {"d": a - b}), [tf.TensorSpec([3], tf.float32)] * 2)
    added, more = both(x, x * 3.0)
    return {"one": wrapped_one(x), "added": added, "d": more["d"], "numbers": wrapped_one(np.ones(3, np.float32))}


@script()
def wrapped_with_variables(tf):
    def function(x):
        weight = tf.get_variable("weight", [], initializer=tf.constant_initializer(3.0))
        return weight * x

    made = tf.wrap_function(function, [tf.TensorSpec([], tf.float32)])
    results = [made(2.0), made(tf.constant(5.0))]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return {"values": np.array(session.run(results)), "names": str([v.name for v in tf.global_variables()])}


@script()
def pruned(tf):
    def function(x):
        weight = tf.get_variable("weight", [], initializer=tf.constant_initializer(3.0))
        hidden = tf.identity(weight * x, name="hidden")
        return hidden + 1.0

    made = tf.wrap_function(function, [tf.TensorSpec([], tf.float32)])
    hidden = made.graph.get_tensor_by_name("hidden:0")
    first = made.prune(made.inputs[0], hidden)
    second = made.prune(hidden, made.outputs[0])
    both = made.prune([made.inputs[0]], [hidden, made.outputs[0]])
    results = [first(tf.constant(2.0)), second(tf.constant(10.0))] + list(both(tf.constant(4.0)))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return {"values": np.array(session.run(results))}


@script(raises=True)
def pruned_of_another_graph(tf):
    made = tf.wrap_function(lambda x: x * 2.0, [tf.TensorSpec([], tf.float32)])
    return {"never": str(made.prune(tf.constant(1.0), made.outputs[0]))}


@eager_script()
def wrapped_eagerly(tf):
    made = tf.wrap_function(lambda x: x * 2.0, [tf.TensorSpec([], tf.float32)])
    return {"whole": made(tf.constant(2.0)), "part": made.prune(made.inputs[0], made.outputs[0])(tf.constant(4.0))}
