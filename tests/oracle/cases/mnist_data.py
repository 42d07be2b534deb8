"""MNIST in batches: the order that seeds give."""

import gzip
import importlib
import os
import struct
import tempfile

import numpy as np

from tests.oracle.harness import script


def write(path, magic, array):
    with gzip.open(path, "wb") as file:
        file.write(struct.pack(">%dI" % (array.ndim + 1), magic, *array.shape) + array.astype(np.uint8).tobytes())


def read(tf, **options):
    input_data = importlib.import_module(tf.__name__ + ".examples.tutorials.mnist.input_data")
    with tempfile.TemporaryDirectory() as folder:
        for part, n in (("train", 23), ("t10k", 10)):
            pixels = np.random.RandomState(n).randint(0, 256, (n, 3, 2))
            write(os.path.join(folder, part + "-images-idx3-ubyte.gz"), 2051, pixels)
            write(os.path.join(folder, part + "-labels-idx1-ubyte.gz"), 2049, np.arange(n) % 10)
        return input_data.read_data_sets(folder, validation_size=4, **options)


def batches(data, n=5, **options):
    served = [data.train.next_batch(7, **options) for _ in range(n)]
    return {"images": np.stack([b[0] for b in served]), "labels": np.stack([b[1] for b in served])}


@script()
def shuffled_by_a_seed(tf):
    return batches(read(tf, seed=3))


@script()
def shuffled_by_the_graph(tf):
    tf.set_random_seed(5)
    return batches(read(tf, one_hot=True))


@script()
def in_order(tf):
    data = read(tf, reshape=False, dtype=tf.uint8)
    return dict(batches(data, shuffle=False), validation=data.validation.labels, test=data.test.images)
