"""Records graphs with TensorFlow 1's own control flow (Switch, Merge, Enter, Exit), and what the judge computes with them.

    python3.7 -m tests.oracle.record_control_flow

Run from the repository's root, in a Python that has TensorFlow 1.15.5. Writes fixtures/imported_control_flow.json.gz.
"""

import base64
import gzip
import json
import os

import numpy as np
import tensorflow as tf

from tests.oracle import harness

PATH = os.path.join(harness.FIXTURES, "imported_control_flow.json.gz")
X = [1.0, 2.0, 3.0]
BOTH = [{"x": X, "p": True}, {"x": X, "p": False}]
ALL = [{"x": X, "p": p, "n": n} for p in (True, False) for n in (0, 1, 4)]
COUNTS = [{"x": X, "n": n} for n in (0, 1, 4)]


def one_branch(x, p, n):
    return [tf.cond(p, lambda: x * 2.0, lambda: x + 1.0)], BOTH


def branches_of_several_values(x, p, n):
    a, b = tf.cond(p, lambda: (x * 2.0, x), lambda: (x + 1.0, tf.constant([0.0, 0.0, 1.0])))
    return [a, b, tf.cond(p, lambda: a * b, lambda: a - b)], BOTH


def branches_in_branches(x, p, n):
    y = tf.cond(
        p,
        lambda: tf.cond(n > 1, lambda: x * 2.0, lambda: x * 3.0),
        lambda: tf.cond(n > 2, lambda: x, lambda: tf.exp(x)),
    )
    return [y], ALL


def loop(x, p, n):
    return list(tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y * x + 1.0), [0, x])), COUNTS


def loop_in_loop(x, p, n):
    def body(i, y):
        return i + 1, tf.while_loop(lambda j, z: j < i, lambda j, z: (j + 1, z + x), [0, y])[1]

    return [tf.while_loop(lambda i, y: i < n, body, [0, x])[1]], COUNTS


def loop_in_a_branch(x, p, n):
    y = tf.cond(p, lambda: tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y * x), [0, x])[1], lambda: x)
    return [y], ALL


def branch_in_map_fn(x, p, n):
    return [tf.map_fn(lambda e: tf.cond(e > 1.5, lambda: e * e, lambda: -e), x)], [{"x": X}]


def effects(x, p, n):
    v = tf.get_variable("v", initializer=1.0)
    w = tf.get_variable("w", initializer=1.0, use_resource=True)

    def body(i):
        with tf.control_dependencies([tf.assign_add(v, 2.0)]):
            return i + 1

    count = tf.while_loop(lambda i: i < n, body, [0])
    changed = tf.cond(p, lambda: w.assign_add(10.0), lambda: w.assign_sub(1.0))
    with tf.control_dependencies([count, changed]):
        return [v.read_value(), w.read_value()], ALL


def recurrent_network(x, p, n):
    sequences = tf.placeholder(tf.float32, [None, 5, 3], name="sequences")
    lengths = tf.placeholder(tf.int32, [None], name="lengths")
    outputs, state = tf.nn.dynamic_rnn(
        tf.nn.rnn_cell.LSTMCell(4), sequences, sequence_length=lengths, dtype=tf.float32
    )
    fed = {"sequences": harness.floats(2, 5, 3).tolist(), "lengths": [5, 3]}
    return [outputs, state.c], [fed]


def layers(x, p, n):
    h = tf.layers.dense(x[tf.newaxis], 4)
    h = tf.layers.batch_normalization(h, training=p)
    return [tf.layers.dropout(h, 0.5, training=p)], BOTH[1:]


def gradient_of_a_loop(x, p, n):
    w = tf.constant(np.eye(3, dtype=np.float32) * 0.5 + 0.1)
    _, y = tf.while_loop(
        lambda i, h: i < n, lambda i, h: (i + 1, tf.tanh(tf.matmul(w, h[:, None])[:, 0] + x)), [0, tf.zeros([3])]
    )
    return tf.gradients(tf.reduce_sum(y * y), [x, w]), COUNTS


def gradient_of_a_loop_in_a_loop(x, p, n):
    def body(i, y):
        _, inner = tf.while_loop(lambda j, z: j < i, lambda j, z: (j + 1, z * x), [0, y])
        return i + 1, tf.cond(inner[0] > 3.0, lambda: inner - 1.0, lambda: inner * 2.0 + tf.square(inner))

    _, y = tf.while_loop(lambda i, y: i < n, body, [0, x * 0.5])
    return tf.gradients(y, x), COUNTS


def gradient_of_arrays(x, p, n):
    first = tf.TensorArray(tf.float32, 3, clear_after_read=False).unstack(x)

    def body(i, out):
        return i + 1, out.write(i, first.read(i) * first.read((i + 1) % 3) * x)

    _, out = tf.while_loop(lambda i, _: i < 3, body, [0, tf.TensorArray(tf.float32, 3)])
    return tf.gradients([out.stack(), first.stack() * 2.0], x), [{"x": X}]


def gradient_of_a_recurrent_network(x, p, n):
    (outputs, state_c), feeds = recurrent_network(x, p, n)
    sequences = outputs.graph.get_tensor_by_name("sequences:0")
    loss = tf.reduce_sum(outputs * outputs) + tf.reduce_sum(state_c)
    return tf.gradients(loss, [sequences] + tf.trainable_variables()), feeds


def a_chain_of_branches(x, p, n):
    y = x
    for _ in range(300):
        y = tf.cond(p, lambda y=y: y * 1.001, lambda y=y: y + 1.0)
    return [y], BOTH


CASES = [
    one_branch, branches_of_several_values, branches_in_branches, loop, loop_in_loop, loop_in_a_branch, branch_in_map_fn,
    effects, recurrent_network, layers, a_chain_of_branches, gradient_of_a_loop, gradient_of_a_loop_in_a_loop,
    gradient_of_arrays, gradient_of_a_recurrent_network,
]  # fmt: skip


def record(case):
    with tf.Graph().as_default() as graph, tf.Session() as session:
        tf.set_random_seed(1)
        x = tf.placeholder(tf.float32, [3], name="x")
        p = tf.placeholder(tf.bool, [], name="p")
        n = tf.placeholder(tf.int32, [], name="n")
        fetches, feeds = case(x, p, n)
        initializer = tf.global_variables_initializer()
        session.run(initializer)
        graph_def = graph.as_graph_def()
        if case is not effects:
            graph_def = tf.graph_util.convert_variables_to_constants(session, graph_def, [t.op.name for t in fetches])
        runs = [session.run(fetches, {k + ":0": v for k, v in fed.items()}) for fed in feeds]
        return {
            "graph": base64.b64encode(graph_def.SerializeToString()).decode(),
            "initializer": initializer.name if case is effects else None,
            "fetches": [t.name for t in fetches],
            "feeds": feeds,
            "values": [[np.asarray(value).tolist() for value in run] for run in runs],
        }


def main():
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    content = json.dumps({case.__name__: record(case) for case in CASES}, sort_keys=True).encode()
    with open(PATH, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(content)


if __name__ == "__main__":
    main()
