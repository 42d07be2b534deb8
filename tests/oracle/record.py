"""Asks the judge: runs every case under real TensorFlow 1.15.5 and writes the fixtures.

    python3.7 -m tests.oracle.record [--out FOLDER] [module ...]

Run from the repository's root, in a Python that has TensorFlow 1.15.5; without modules, all are recorded.

TensorFlow runs on one thread here. On several, a read of a ref variable races with its update: the lecture's
own script then takes some gradients at the new weights of its last layer, and differs from run to run.
"""

import argparse
import os
import sys

import tensorflow as tf

from tests.oracle import harness, recording, storage

JUDGE = "1.15.5"
# -1 threads between operations: the caller's own.
ONE_THREAD = tf.ConfigProto(inter_op_parallelism_threads=-1, intra_op_parallelism_threads=1)


class OneThreadSession(tf.Session):
    """A session whose runs take the operations in one fixed order."""

    def __init__(self, target="", graph=None, config=None):
        super().__init__(target, graph, config or ONE_THREAD)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", default=harness.modules())
    parser.add_argument("--out", default=harness.FIXTURES)
    arguments = parser.parse_args()
    if tf.__version__ != JUDGE:
        sys.exit(f"the judge is TensorFlow {JUDGE}; this is {tf.__version__}")
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    tf.Session = OneThreadSession
    os.makedirs(arguments.out, exist_ok=True)
    failed = []
    for module in arguments.modules:
        recordings = {}
        for name, case in harness.collect(module).items():
            tf.disable_resource_variables()  # what one case switches on ends with it
            try:
                recordings[name] = recording.record(case, tf)
            except Exception as error:
                first_line = str(error).partition("\n")[0]
                failed.append(f"{module}:{name}: {type(error).__name__}: {first_line}")
        storage.save(module, recordings, arguments.out)
        print(f"{module}: {len(recordings)} cases")
    if failed:
        sys.exit(
            "not recorded, because TensorFlow raised where no error was announced:\n" + "\n".join(failed)
        )


if __name__ == "__main__":
    main()
