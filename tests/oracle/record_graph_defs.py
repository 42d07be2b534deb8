"""Writes what TensorFlow 1.15 makes of graphs, constants and imports: fixtures/graph_defs.

    python3.7 -m tests.oracle.record_graph_defs [folder]

Runs at the repository's root, in the Python that has TensorFlow 1.15.5. Each function of GRAPHS becomes `<name>.pb`, and
`<name>.shapes.pb` with the shapes in it; `tensor_protos.json` and `imports.json` hold the cases of `constants` and
`import_cases`.
"""

import json
import os
import sys

import tensorflow as tf
from google.protobuf import text_format
from tensorflow.python.framework import function

from tests.oracle import constants, import_cases

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures", "graph_defs")


def _mlp():
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    with tf.variable_scope("hidden"):
        w = tf.get_variable("w", [4, 3], initializer=tf.truncated_normal_initializer(stddev=0.1, seed=1))
        b = tf.get_variable("b", [3], initializer=tf.zeros_initializer())
        h = tf.nn.relu(tf.matmul(x, w) + b)
    with tf.name_scope("out"):
        v = tf.Variable(tf.ones([3, 2]), name="v")
        return tf.matmul(h, v, name="logits")


def training():
    """A small network trained by Adam with a decaying rate, with checks and a saver."""
    tf.set_random_seed(7)
    labels = tf.placeholder(tf.int64, [None], name="labels")
    logits = _mlp()
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
    step = tf.train.get_or_create_global_step()
    rate = tf.train.exponential_decay(0.01, step, 100, 0.9)
    with tf.control_dependencies([tf.check_numerics(loss, "loss")]):
        tf.train.AdamOptimizer(rate).minimize(loss, global_step=step)
    with tf.device("/gpu:0"):
        tf.argmax(logits, 1, name="predicted")
    tf.global_variables_initializer()
    tf.train.Saver()


def frozen():
    """A convolution and a dense layer, their variables turned into constants."""
    image = tf.placeholder(tf.float32, [None, 6, 6, 1], name="image")
    kernel = tf.get_variable("kernel", [3, 3, 1, 2], initializer=tf.constant_initializer(0.5))
    found = tf.nn.max_pool(tf.nn.relu(tf.nn.conv2d(image, kernel, [1, 1, 1, 1], "SAME")), [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
    dense = tf.get_variable("dense", [18, 2], initializer=tf.constant_initializer(0.25))
    tf.nn.softmax(tf.matmul(tf.reshape(found, [-1, 18]), dense), name="probabilities")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        graph_def = session.graph.as_graph_def()
        return tf.graph_util.convert_variables_to_constants(session, graph_def, ["probabilities"])


def while_loop():
    """Nested loops and a branch, with gradients: Enter, Merge, Switch, NextIteration, Exit and stacks."""
    x = tf.placeholder(tf.float32, [], name="x")

    def body(i, y):
        _, inner = tf.while_loop(lambda j, z: j < i, lambda j, z: (j + 1, z * x), [0, y])
        return i + 1, tf.cond(inner > 3.0, lambda: inner - 1.0, lambda: inner * 2.0)

    _, y = tf.while_loop(lambda i, y: i < 4, body, [0, x])
    tf.gradients(y, x, name="dydx")


def functions():
    """Functional control flow and a Defun: nodes with functions in the library."""
    tf.enable_control_flow_v2()
    x = tf.placeholder(tf.float32, [2], name="x")
    w = tf.get_variable("w", [2], use_resource=True, initializer=tf.ones_initializer())
    y = tf.cond(x[0] > 3.0, lambda: x + w, lambda: tf.nn.relu(x) * w)
    tf.while_loop(lambda i, z: i < 10, lambda i, z: (i + 1, z * y), [0, y])

    @function.Defun(tf.float32, tf.float32, func_name="Mixed")
    def mixed(x, b):
        waited = [tf.negative(x, name=name) for name in ("z", "y", "a")]
        with tf.control_dependencies(waited), tf.device("/gpu:0"):
            q = tf.identity(b, name="b/B")
        left, right = tf.split(q, 2, name="Halves")
        return q, q, x, right + tf.random_uniform([1])

    mixed(x, y)
    tf.disable_control_flow_v2()


def attributes():
    """Every kind of attribute, with and without a value."""
    tf.placeholder(tf.float32, name="any_rank")
    tf.placeholder(tf.string, [None, 3], name="strings")
    tf.FIFOQueue(3, [tf.int32, tf.string], shapes=[[], [2]], shared_name="queue")
    tf.FIFOQueue(3, [tf.int32])
    tf.quantize_v2([1.0], 0.0, 2.0, tf.quint8)
    tf.fake_quant_with_min_max_args([1.5], min=-1.5)
    tf.nn.max_pool(tf.zeros([1, 4, 4, 1]), [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    tf.io.parse_example(["x"], {"f": tf.FixedLenFeature([2], tf.float32), "v": tf.VarLenFeature(tf.int64)})
    tf.data.Dataset.range(3).map(lambda i: i + 1).make_one_shot_iterator().get_next()
    a = tf.constant([[1, 2], [3, 4]], name="a")
    with tf.colocate_with(a.op):
        tf.identity(a, name="beside_a")
    first, second, third = (tf.no_op(name=name) for name in ("z", "m", "b"))
    with tf.control_dependencies([first, second, third]):
        tf.identity(a, name="after")
    a.op._set_attr("_note", tf.AttrValue(s=b"kept"))
    a.op._set_attr("_numbers", tf.AttrValue(list=tf.AttrValue.ListValue(f=[0.5])))
    a.op._set_attr("_shape", tf.AttrValue(shape=tf.TensorShape([None]).as_proto()))


GRAPHS = (training, frozen, while_loop, functions, attributes)


def write(folder, name, content):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content)


def write_json(folder, name, content):
    write(folder, name, (json.dumps(content, indent=0, sort_keys=True) + "\n").encode())


def record_graph(folder, build):
    with tf.Graph().as_default() as graph:
        made = build()
        write(folder, build.__name__ + ".pb", (made or graph.as_graph_def()).SerializeToString(deterministic=True))
        if made is None:
            with_shapes = graph.as_graph_def(add_shapes=True)
            write(folder, build.__name__ + ".shapes.pb", with_shapes.SerializeToString(deterministic=True))


def tensor_proto(value, arguments):
    with tf.Graph().as_default():
        proto = tf.constant(value, **arguments).op.get_attr("value")
        return proto.SerializeToString(deterministic=True).hex()


def parse(text):
    return text_format.Parse(text, tf.GraphDef())


def imported(case):
    """What came of an import, without the name of the machine that a message may hold."""
    found = import_cases.run(case, tf, parse)
    if "message" in found:
        found["message"] = found["message"].split(" in binary running on ")[0]
    return found


def main(folder=FOLDER):
    if not os.path.isdir(folder):
        os.makedirs(folder)
    for build in GRAPHS:
        record_graph(folder, build)
    protos = {name: tensor_proto(*case) for name, case in constants.cases().items()}
    write_json(folder, "tensor_protos.json", protos)
    imports = {name: imported(case) for name, case in import_cases.CASES.items()}
    write_json(folder, "imports.json", imports)


if __name__ == "__main__":
    main(*sys.argv[1:])
