"""Whole processes: `import graphflow` beside `import jax`, and a script of recap size beside TensorFlow 1.15.

    python -m benchmarks.processes

TensorFlow is the interpreter named by GRAPHFLOW_TF1. A figure is the shortest of rounds that alternate between the sides.
Byte code is allowed, as it is for a user who installed the packages.
"""

import os
import subprocess
import sys
import tempfile
import time

_ROUNDS = 7
_IMPORTS = {
    "import jax": "import jax, jax.numpy",
    "import graphflow": "import graphflow",
}
# The lecture's RECAP 4 in size: two dense layers, Adam, ten steps.
_SCRIPT = """
import numpy as np
import {module} as tf
x, y = tf.placeholder(tf.float32, [None, 784]), tf.placeholder(tf.float32, [None, 10])
hidden = tf.nn.relu(tf.matmul(x, tf.Variable(tf.random_normal([784, 100], seed=1))) + tf.Variable(tf.zeros([100])))
logits = tf.matmul(hidden, tf.Variable(tf.random_normal([100, 10], seed=2))) + tf.Variable(tf.zeros([10]))
loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=logits))
step = tf.train.AdamOptimizer().minimize(loss)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    batch = np.random.RandomState(0).rand(64, 784), np.eye(10)[np.arange(64) % 10]
    for _ in range(10):
        session.run([step, loss], {{x: batch[0], y: batch[1]}})
"""


def seconds(python, code, **variables):
    """How long an interpreter takes to run `code`, start and end included."""
    env = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", **variables)
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    subprocess.run([python, "-W", "ignore", "-c", code], env=env, check=True)
    return time.perf_counter() - start


def alternate(sides):
    """The shortest time of each of several functions that return seconds, called in turns; the first turn only warms up."""
    rounds = [[side() for side in sides] for _ in range(_ROUNDS + 1)]
    return [min(times[1:]) for times in zip(*rounds)]


def imports():
    """Seconds for `import jax` and `import graphflow`."""
    return alternate([lambda code=code: seconds(sys.executable, code) for code in _IMPORTS.values()])


def script(peer):
    """Seconds of the script: graphflow with an empty compile cache and a full one, then the peer where there is one."""
    ours = _SCRIPT.format(module="graphflow")
    with tempfile.TemporaryDirectory() as full:

        def cold():
            with tempfile.TemporaryDirectory() as empty:
                return seconds(sys.executable, ours, GRAPHFLOW_CACHE_DIR=empty)

        sides = [cold, lambda: seconds(sys.executable, ours, GRAPHFLOW_CACHE_DIR=full)]
        if peer:
            sides.append(lambda: seconds(peer, _SCRIPT.format(module="tensorflow")))
        return alternate(sides)


def main():
    """Prints both comparisons."""
    jax, graphflow = imports()
    print(f"import jax {jax:.3f} s, import graphflow {graphflow:.3f} s, ratio {graphflow / jax:.2f}", flush=True)
    cold, warm, *peer = script(os.environ.get("GRAPHFLOW_TF1"))
    print(f"script, compile cache empty {cold:.2f} s, full {warm:.2f} s")
    for theirs in peer:
        print(f"TensorFlow 1.15 {theirs:.2f} s, ratios {cold / theirs:.2f} and {warm / theirs:.2f}")


if __name__ == "__main__":
    main()
