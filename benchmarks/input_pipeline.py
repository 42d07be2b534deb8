"""What `tf.data` costs a training step, beside the same step fed with arrays from memory: `python -m benchmarks.input_pipeline`.

The pipeline is map, batch, prefetch; the second one shuffles too. The sides take turns, and the median of each counts.
Another interpreter with TensorFlow 1.15, named by GRAPHFLOW_TF1, measures the same works.
"""

import importlib
import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np

_ROWS, _BATCH, _STEPS, _ROUNDS = 10_000, 64, 50, 15


def training(tf, x, labels):
    """(an SGD step of a 784-256-10 perceptron, its loss)."""
    w1 = tf.Variable(tf.truncated_normal([784, 256], stddev=0.05, seed=1))
    w2 = tf.Variable(tf.truncated_normal([256, 10], stddev=0.05, seed=2))
    h = tf.nn.relu(tf.matmul(x, w1) + tf.Variable(tf.zeros([256])))
    logits = tf.matmul(h, w2) + tf.Variable(tf.zeros([10]))
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits))
    return tf.train.GradientDescentOptimizer(0.01).minimize(loss), loss


def images():
    """(pictures as bytes, their classes)."""
    random = np.random.RandomState(0)
    return random.randint(0, 256, (_ROWS, 784)).astype(np.uint8), random.randint(0, 10, _ROWS).astype(np.int32)


def fed(tf):
    """A function that does a step with the next batch of arrays that are ready in memory."""
    pictures, classes = images()
    pictures, classes = pictures.astype(np.float32) / np.float32(255), np.eye(10, dtype=np.float32)[classes]
    with tf.Graph().as_default():
        x, labels = tf.placeholder(tf.float32, (None, 784)), tf.placeholder(tf.float32, (None, 10))
        step = training(tf, x, labels)
        sess = tf.Session()
        sess.run(tf.global_variables_initializer())
    at = 0

    def run():
        nonlocal at
        sess.run(step, {x: pictures[at : at + _BATCH], labels: classes[at : at + _BATCH]})
        at = (at + _BATCH) % (_ROWS - _BATCH)

    return run


def piped(tf, shuffles=False):
    """A function that does a step with the next batch of a `tf.data` pipeline."""

    def prepared(picture, number):
        return tf.cast(picture, tf.float32) / 255.0, tf.one_hot(number, 10)

    with tf.Graph().as_default():
        dataset = tf.data.Dataset.from_tensor_slices(images()).map(prepared)
        if shuffles:
            dataset = dataset.shuffle(1000, seed=3)
        iterator = dataset.batch(_BATCH).repeat().prefetch(1).make_initializable_iterator()
        step = training(tf, *iterator.get_next())
        sess = tf.Session()
        sess.run([tf.global_variables_initializer(), iterator.initializer])
    return lambda: sess.run(step)


def measure(tf):
    """{side: (seconds, CPU seconds) of a step}: medians over rounds in which the sides take turns."""
    sides = {"fed": fed(tf), "piped": piped(tf), "shuffled": piped(tf, shuffles=True)}
    found = {side: [] for side in sides}
    for turn in range(_ROUNDS + 1):
        for side, run in sides.items():
            start = time.perf_counter(), time.process_time()
            for _ in range(_STEPS):
                run()
            if turn:  # the first compiles
                found[side].append(
                    ((time.perf_counter() - start[0]) / _STEPS, (time.process_time() - start[1]) / _STEPS)
                )
    return {side: tuple(map(statistics.median, zip(*times))) for side, times in found.items()}


def show(name, found):
    """Prints the lines of a library: wall and CPU time of each side, beside those of the arrays."""
    fed_wall, fed_cpu = found["fed"]
    for side, (wall, cpu) in found.items():
        print(
            f"{name:<10} {side:<9} {wall * 1e3:>8.2f} ms {wall / fed_wall:>6.2f} {cpu * 1e3:>9.2f} ms {cpu / fed_cpu:>6.2f}",
            flush=True,
        )


def main(library="graphflow"):
    """Measures under a library; prints the table, or figures alone where the library is a peer's."""
    found = measure(importlib.import_module(library))
    if library != "graphflow":
        print(json.dumps(found))
        return
    print(f"{'':<20} {'a step':>11} {'ratio':>6} {'CPU':>12} {'ratio':>6}")
    show(library, found)
    peer = os.environ.get("GRAPHFLOW_TF1")
    if peer:
        command = [peer, "-W", "ignore", "-m", "benchmarks.input_pipeline", "tensorflow"]
        env = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
        done = subprocess.run(command, stdout=subprocess.PIPE, env=env, check=True)
        show("TF 1.15", json.loads(done.stdout.splitlines()[-1].decode()))


if __name__ == "__main__":
    main(*sys.argv[1:])
