"""What TensorFlow refuses: the classic mistakes of a script, at building and at running time."""

import numpy as np

from tests.oracle.harness import case, script


@case(raises=True)
def unfed_placeholder(tf):
    return tf.placeholder(tf.float32, [2], name="p") + 1.0


def running(use_resource, read):
    def run(tf):
        v = tf.Variable(1.0, name="v", use_resource=use_resource)
        with tf.Session() as session:
            return {"v": session.run(read(tf, v))}

    return run


script(name="uninitialised_variable", raises=True)(running(False, lambda tf, v: v))
script(name="uninitialised_variable_in_sum", raises=True)(running(False, lambda tf, v: v + 1.0))
script(name="uninitialised_resource", raises=True)(running(True, lambda tf, v: v))
script(name="update_of_uninitialised_variable", raises=True)(
    running(False, lambda tf, v: tf.assign_add(v, 1.0))
)


MISFITS = {
    "matmul": lambda tf: tf.matmul(tf.zeros([3, 4]), tf.zeros([5, 2])),
    "matmul_rank": lambda tf: tf.matmul(tf.zeros([4]), tf.zeros([4, 2])),
    "add": lambda tf: tf.zeros([3, 4]) + tf.zeros([5, 2]),
    "reshape": lambda tf: tf.reshape(tf.zeros([3, 4]), [5, 2]),
    "concat": lambda tf: tf.concat([tf.zeros([3, 4]), tf.zeros([5, 2])], 0),
    "stack": lambda tf: tf.stack([tf.zeros([3]), tf.zeros([4])]),
    "assign": lambda tf: tf.Variable([1.0, 2.0]).assign([1.0]),
    "conv_rank": lambda tf: tf.nn.conv2d(tf.zeros([3, 4]), tf.zeros([3, 3, 1, 1]), [1, 1, 1, 1], "SAME"),
    "conv_channels": lambda tf: tf.nn.conv2d(
        tf.zeros([1, 4, 4, 2]), tf.zeros([3, 3, 1, 1]), [1, 1, 1, 1], "SAME"
    ),
    "axis": lambda tf: tf.reduce_sum(tf.zeros([3]), 3),
    "index": lambda tf: tf.zeros([3])[5],
    "too_many_indices": lambda tf: tf.zeros([3])[0, 0],
    "split": lambda tf: tf.split(tf.zeros([5]), 2),
    "int_and_float": lambda tf: tf.constant(1) + tf.constant(1.0),
    "int_and_float_add": lambda tf: tf.add(tf.constant(1), tf.constant(1.0)),
    "int_and_python_float": lambda tf: tf.constant(1) + 1.5,
    "concat_of_types": lambda tf: tf.concat([tf.constant([1]), tf.constant([1.0])], 0),
    "constant_of_wrong_type": lambda tf: tf.constant(1.5, dtype=tf.int32),
    "too_many_values": lambda tf: tf.constant([1, 2, 3], shape=[2]),
    "mixed_list": lambda tf: tf.convert_to_tensor([1, "a"]),
    "none": lambda tf: tf.convert_to_tensor(None),
    "name": lambda tf: tf.constant(1.0, name="a b"),
    "truth_of_tensor": lambda tf: bool(tf.constant(True)),
    "iteration": lambda tf: list(tf.constant([1, 2])),
    "length": lambda tf: len(tf.constant([1, 2])),
    "float_index": lambda tf: tf.zeros([3])[1.5],
    "assign_to_tensor": lambda tf: tf.assign(tf.constant(1.0), 2.0),
    "static_assert": lambda tf: tf.assert_equal(1, 2),
    "eval_without_session": lambda tf: tf.constant(1.0).eval(),
    "minimize_nothing": lambda tf: tf.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0)),
    "check_numerics": lambda tf: tf.check_numerics(
        tf.log(tf.placeholder_with_default(-1.0, [])), "a message"
    ),
    "check_numerics_infinity": lambda tf: tf.check_numerics(
        1.0 / tf.placeholder_with_default(0.0, []), "a message"
    ),
    "division_by_zero": lambda tf: tf.placeholder_with_default([1, 2], [2]) // 0,
    "row_out_of_range": lambda tf: tf.gather([1.0, 2.0], tf.placeholder_with_default([5], [1])),
    "assertion": lambda tf: tf.Assert(
        tf.placeholder_with_default(False, []), ["message", tf.constant([1.0, 2.0])]
    ),
    "run_time_shapes": lambda tf: (
        tf.placeholder_with_default(np.zeros([2], np.float32), [None])
        + tf.placeholder_with_default(np.zeros([3], np.float32), [None])
    ),
    "run_time_reshape": lambda tf: tf.reshape(
        tf.placeholder_with_default(np.zeros([5], np.float32), [None]), [2, 3]
    ),
}
for mistake, make_mistake in MISFITS.items():
    case(name=mistake, raises=True)(make_mistake)


def feeding(dtype, shape, value):
    def run(tf):
        p = tf.placeholder(getattr(tf, dtype), shape, name="p")
        with tf.Session() as session:
            return {"p": session.run(p * 1, {p: value(tf)})}

    return run


script(name="feed_of_wrong_shape", raises=True)(feeding("float32", [2, 3], lambda tf: np.zeros((3, 3))))
script(name="feed_of_wrong_rank", raises=True)(feeding("float32", [2], lambda tf: 1.0))
script(name="feed_of_text", raises=True)(feeding("float32", [1], lambda tf: ["a"]))
script(name="feed_of_tensor", raises=True)(feeding("float32", [2], lambda tf: tf.zeros([2])))
script(name="feed_of_ragged_list", raises=True)(feeding("float32", [2, 2], lambda tf: [[1.0, 2.0], [1.0]]))
script(name="feed_too_large", raises=True)(feeding("int32", [], lambda tf: 2**40))
script(name="feed_of_fractions_is_cut")(feeding("int32", [2], lambda tf: np.array([1.5, -2.5])))


@script(raises=True)
def fetch_from_another_graph(tf):
    with tf.Graph().as_default():
        elsewhere = tf.constant(1.0)
    tf.constant(2.0)
    return {"value": tf.Session().run(elsewhere)}


@case(raises=True)
def sum_over_two_graphs(tf):
    with tf.Graph().as_default():
        elsewhere = tf.constant(1.0)
    return tf.constant(2.0) + elsewhere


@script(raises=True)
def run_of_empty_graph(tf):
    return {"value": tf.Session().run("a:0")}


@script(raises=True)
def fetch_of_unknown_name(tf):
    tf.constant(1.0)
    return {"value": tf.Session().run("b:0")}


@script(raises=True)
def fetch_of_nothing(tf):
    tf.constant(1.0)
    return {"value": tf.Session().run(None)}


@case(raises=True)
def variable_exists_already(tf):
    tf.get_variable("v", [2])
    return tf.get_variable("v", [2])


@case(raises=True)
def sharing_what_does_not_exist(tf):
    with tf.variable_scope("s", reuse=True):
        return tf.get_variable("v", [2])


@case(raises=True)
def sharing_with_another_shape(tf):
    with tf.variable_scope("s", reuse=tf.AUTO_REUSE):
        tf.get_variable("v", [2])
        return tf.get_variable("v", [3])


@script(raises=True)
def closed_session(tf):
    one = tf.constant(1.0)
    session = tf.Session()
    session.close()
    return {"value": session.run(one)}


@case(raises=True)
def finalised_graph(tf):
    tf.get_default_graph().finalize()
    return tf.constant(1.0)


@script(raises=True)
def error_in_py_func(tf):
    return {"value": tf.Session().run(tf.py_func(lambda: int("q"), [], tf.float32))}
