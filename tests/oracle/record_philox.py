"""Writes fixtures/philox.npz and fixtures/philox.json: what the random ops of TensorFlow 1.15 draw on one thread.

    python3.7 tests/oracle/record_philox.py

Runs in the Python that has TensorFlow 1.15.5. philox.json lists the draws; each is an object with

    op        the op type
    dtype     the dtype of its first output
    seed, seed2   its attributes, null for a stateless op
    shape     the shape of its first output
    inputs    input or attribute name -> value; arrays as [dtype, nested list]
    values    names of arrays in philox.npz, one for each output, with the runs of one session stacked in front
"""

import json
import os

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import random_seed

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures")
RUNS = 3
# (graph seed, op seed), as users set them.
SEEDS = (
    (42, None),
    (None, 7),
    (1, 2),
    (0, 0),
    (-5, 3),
    (2**31 - 2, 123456789),
    (87654321, None),
    (None, -17),
    (2**40 + 3, None),
    (123, 2**33),
)
SHAPES = ((), (13,), (6, 5), (20, 11))
TYPES = ("RandomUniform", "RandomStandardNormal", "TruncatedNormal")
# Attributes that fill all 64 bits.
WIDE_SEEDS = ((5, -6), (2**62 + 12345, -(2**61) - 3))


def array(dtype, value):
    return [dtype, np.asarray(value, dtype).tolist()]


def stateful_cases():
    """(op, inputs, seeds) with seeds (graph seed, op seed) or, as attributes, a pair of ints in a list."""
    for seeds in SEEDS:
        for shape in SHAPES:
            for op in TYPES:
                yield op, {"shape": shape, "dtype": "float32"}, seeds
            bounds = {"minval": array("int32", -7), "maxval": array("int32", 1000)}
            yield "RandomUniformInt", dict(bounds, shape=shape), seeds
    for wide in map(list, WIDE_SEEDS):
        for op in TYPES:
            for dtype in ("float16", "bfloat16", "float32", "float64"):
                yield op, {"shape": (3, 7), "dtype": dtype}, wide
                yield op, {"shape": (0, 7), "dtype": dtype}, wide
        for dtype, bounds in (
            ("int32", (-(2**31), 2**31 - 1)),
            ("int32", (5, 6)),
            ("int64", (-7, 1000)),
            ("int64", (-(2**63), 2**63 - 1)),
        ):
            low, high = (array(dtype, bound) for bound in bounds)
            yield "RandomUniformInt", {"shape": (3, 7), "minval": low, "maxval": high}, wide
    wide = list(WIDE_SEEDS[0])
    yield "TruncatedNormal", {"shape": (5000,), "dtype": "float32"}, wide
    for value in (np.arange(1), np.arange(2), np.arange(37), np.arange(1000), np.arange(36).reshape(9, 4)):
        yield "RandomShuffle", {"value": array("int32", value)}, wide
    yield "RandomShuffle", {"value": array("float32", np.zeros((5, 0)))}, wide
    yield from distribution_cases(wide)


def distribution_cases(seeds):
    logits = np.random.RandomState(0).randn(7, 13)
    logits[2, 3], logits[3, 4], logits[4, 5], logits[5] = -np.inf, np.nan, np.inf, -np.inf
    for dtype in ("float16", "float32", "float64"):
        for samples, output_dtype in ((9, "int64"), (1, "int32"), (0, "int64")):
            inputs = {"logits": array(dtype, logits), "num_samples": samples, "output_dtype": output_dtype}
            yield "Multinomial", inputs, seeds
        alpha = array(dtype, [[0.05, 0.3, 0.9], [1.0, 2.5, 40.0]])
        yield "RandomGamma", {"shape": (50,), "alpha": alpha}, seeds
        yield "RandomGamma", {"shape": (0,), "alpha": alpha}, seeds
        for bounds in (
            (0.0, 1.0, -2.0, 2.0),
            (0.0, 1.0, 0.5, 1.0),
            (0.0, 1.0, 3.0, 9.0),
            (1.0, 2.0, -np.inf, 0.5),
            (3.0, 2.0, 2.5, np.inf),
            ([0.5], 1.0, -0.1, 0.1),
        ):
            yield "ParameterizedTruncatedNormal", bounded((23, 11), dtype, bounds), seeds
        rows = ([0.0, 1.0, 2.0], [1.0, 2.0, 0.5], [-2.0, 3.0, 2.1], [2.0, 3.4, 9.0])
        yield "ParameterizedTruncatedNormal", bounded((3, 70), dtype, rows), seeds
        yield "ParameterizedTruncatedNormal", bounded((3, 0), dtype, rows), seeds
    rate = array("float64", [[0.05, 3.0, 9.9], [10.0, 250.5, 4e4]])
    for dtype in ("float16", "float32", "float64", "int32", "int64"):
        yield "RandomPoissonV2", {"shape": (40,), "rate": rate, "dtype": dtype}, seeds
    yield "RandomPoissonV2", {"shape": (9,), "rate": array("int32", [3, 20]), "dtype": "float32"}, seeds
    for unique in (True, False):
        shared = {"true_classes": array("int64", [[0, 5], [7, 3], [9, 9]]), "num_true": 2, "unique": unique}
        some = dict(shared, num_sampled=8, range_max=20)
        for kind in ("Uniform", "LogUniform", "LearnedUnigram", "ThreadUnsafeUnigram"):
            yield kind + "CandidateSampler", some, seeds
        weights = {"unigrams": list(range(1, 20)), "num_reserved_ids": 1, "distortion": 0.75}
        yield "FixedUnigramCandidateSampler", dict(some, **weights), seeds
        yield "AllCandidateSampler", dict(shared, num_sampled=20), seeds


def bounded(shape, dtype, bounds):
    names = ("means", "stdevs", "minvals", "maxvals")
    return dict({name: array(dtype, bound) for name, bound in zip(names, bounds)}, shape=shape)


def stateless_cases():
    for kind, seed in (("int32", [42, -7]), ("int64", [2**40 + 1, -(2**62)])):
        seed = array(kind, seed)
        for op in ("StatelessRandomUniform", "StatelessRandomNormal", "StatelessTruncatedNormal"):
            for dtype in ("float16", "bfloat16", "float32", "float64"):
                yield op, {"shape": (5, 8), "dtype": dtype, "seed": seed}
        for dtype in ("int32", "int64"):
            bounds = {"minval": array(dtype, -3), "maxval": array(dtype, 60)}
            yield "StatelessRandomUniformInt", dict(bounds, shape=(5, 8), seed=seed)
        logits = array("float32", np.log([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]]))
        inputs = {"logits": logits, "num_samples": 9, "seed": seed, "output_dtype": "int32"}
        yield "StatelessMultinomial", inputs


def draw(op, inputs, seeds):
    """One op run several times: (attributes seed and seed2, dtype of the first output, outputs with runs stacked)."""
    with tf.Graph().as_default():
        arguments = {
            name: tf.constant(value[1], value[0]) if is_array(value) else value for name, value in inputs.items()
        }
        if "shape" in arguments:
            arguments["shape"] = tf.constant(arguments["shape"], tf.int32)
        if isinstance(seeds, list):
            arguments["seed"], arguments["seed2"] = seeds
        elif seeds is not None:
            if seeds[0] is not None:
                tf.compat.v1.set_random_seed(seeds[0])
            arguments["seed"], arguments["seed2"] = random_seed.get_seed(seeds[1])
        node = getattr(tf.raw_ops, op)(**arguments)
        outputs = list(node) if isinstance(node, tuple) else [node]
        attributes = [None, None]
        if seeds is not None:
            attributes = [outputs[0].op.get_attr(name) for name in ("seed", "seed2")]
        dtype = outputs[0].dtype.name
        fetches = [tf.cast(o, tf.float32) if o.dtype == tf.bfloat16 else o for o in outputs]
        # Some kernels cut their work by the number of threads, and draw by where they cut.
        config = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=1)
        with tf.compat.v1.Session(config=config) as session:
            runs = [session.run(fetches) for _ in range(RUNS)]
    return attributes, dtype, [np.stack(run) for run in zip(*runs)]


def is_array(value):
    return isinstance(value, list) and isinstance(value[0], str)


def main():
    index, arrays = [], {}
    for op, inputs, *seeds in list(stateful_cases()) + list(stateless_cases()):
        (seed, seed2), dtype, outputs = draw(op, inputs, seeds[0] if seeds else None)
        names = ["%d.%d" % (len(index), i) for i in range(len(outputs))]
        arrays.update(zip(names, outputs))
        shape = list(outputs[0].shape[1:])
        row = {"op": op, "dtype": dtype, "seed": seed, "seed2": seed2, "shape": shape, "values": names}
        row["inputs"] = {name: value for name, value in inputs.items() if name not in ("shape", "dtype")}
        index.append(row)
    np.savez_compressed(os.path.join(FOLDER, "philox.npz"), **arrays)
    with open(os.path.join(FOLDER, "philox.json"), "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(row, sort_keys=True) for row in index) + "\n]\n")


if __name__ == "__main__":
    main()
