"""tf.profiler: parameters and floating point operations of graphs."""

import numpy as np

from tests.oracle.harness import script


def dense(tf):
    x = tf.placeholder(tf.float32, [10, 3])
    with tf.variable_scope("a"):
        w = tf.get_variable("w", [3, 2])
        y = tf.nn.bias_add(tf.matmul(x, w), tf.get_variable("b", [2]))
    tf.get_variable("frozen", [7], trainable=False)
    tf.reduce_mean(tf.square(tf.nn.softmax(y) - 1.0))


def convolution(tf):
    x = tf.zeros([2, 8, 8, 3])
    with tf.variable_scope("conv"):
        k = tf.get_variable("k", [3, 3, 3, 4])
        d = tf.get_variable("d", [3, 3, 4, 2], use_resource=True)
    y = tf.nn.conv2d(x, k, [1, 2, 2, 1], "SAME")
    y = tf.nn.depthwise_conv2d(y, d, [1, 1, 1, 1], "VALID")
    y = tf.nn.avg_pool(y, [1, 2, 2, 1], [1, 1, 1, 1], "VALID")
    tf.add_n([tf.nn.l2_loss(y), tf.reduce_sum(tf.maximum(y, 0.0)), tf.reduce_sum(tf.negative(y))])


def unknown_batch(tf):
    x = tf.placeholder(tf.float32, [None, 3])
    tf.matmul(x, tf.get_variable("w", [3, 2]))


def counted(build):
    def run(tf):
        build(tf)
        options = tf.profiler.ProfileOptionBuilder
        found = {}
        for cmd in ("scope", "op"):
            quiet = options(options.trainable_variables_parameter()).with_empty_output().build()
            parameters = tf.profiler.profile(tf.get_default_graph(), cmd=cmd, options=quiet)
            quiet = options(options.float_operation()).with_empty_output().build()
            work = tf.profiler.profile(tf.get_default_graph(), cmd=cmd, options=quiet)
            found[cmd] = np.array([parameters.total_parameters, work.total_float_ops])
        return found

    return run


for model in (dense, convolution, unknown_batch):
    script(name=model.__name__)(counted(model))


@script()
def options(tf):
    builder = tf.profiler.ProfileOptionBuilder
    kept = ("account_type_regexes", "select", "order_by", "min_float_ops", "min_params", "max_depth", "output")
    made = [
        builder.trainable_variables_parameter(),
        builder.float_operation(),
        builder(builder.float_operation()).with_max_depth(3).order_by("name").select(["params"]).build(),
        builder().with_min_parameters(5).with_accounted_types(["MatMul"]).with_file_output("f").build(),
    ]
    return {"made": np.array([str([m[key] for key in kept]) for m in made])}
