"""One work timed under TensorFlow, printed as JSON; run by `benchmarks.run` with another interpreter."""

import json
import sys

import tensorflow as tf

from benchmarks import graphs, timing


def tensorflow():
    """TensorFlow with the API of version 1."""
    if tf.__version__.startswith("1."):
        return tf
    tf.compat.v1.disable_eager_execution()
    return tf.compat.v1


def main(name):
    """Times the work of that name."""
    seconds, step = timing.first(graphs.WORKS[name], tensorflow())
    found = {"first": seconds}
    if name not in timing.FIRST_RUN_ONLY:
        found["step"] = timing.best([step])[0]
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
