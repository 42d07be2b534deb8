"""`fit` of four models: graphflow_keras beside the other Keras packages, in samples a second.

    python -m benchmarks.keras_fit [model ...]

Peers are other Python interpreters: GRAPHFLOW_TF1 has Keras 2.2.4 on TensorFlow 1.15, GRAPHFLOW_TF2 has tf_keras and Keras 3 on
TensorFlow, GRAPHFLOW_KERAS3 has Keras 3 on JAX (the one of GRAPHFLOW_TF2 unless set). All sides run in processes of their own, in
turns, and the best epoch of all turns counts. Run it on a quiet machine.
"""

import argparse
import json
import os
import subprocess
import sys

from benchmarks import keras_models, run

_ROUNDS = 2
_SECONDS = 6.0  # of training in each round

# The share of the best peer that is aimed at.
_TARGETS = {"small": 5.0, "mlp": 1.2, "cnn": 1.5, "lstm": 1.5}


def sides():
    """Side -> (interpreter, package, environment), for the interpreters that are set."""
    tf1, tf2 = os.environ.get("GRAPHFLOW_TF1"), os.environ.get("GRAPHFLOW_TF2")
    keras3 = os.environ.get("GRAPHFLOW_KERAS3") or tf2
    found = {
        "graphflow": (sys.executable, "graphflow_keras", {}),
        "Keras 2.2.4": (tf1, "keras", {"KERAS_BACKEND": "tensorflow"}),
        "tf_keras": (tf2, "tf_keras", {}),
        "Keras 3, JAX": (keras3, "keras", {"KERAS_BACKEND": "jax"}),
        "Keras 3, TF": (tf2, "keras", {"KERAS_BACKEND": "tensorflow"}),
    }
    return {side: what for side, what in found.items() if what[0]}


def ask(python, package, variables, name):
    """What a process measures, or None where it fails."""
    command = [python, "-W", "ignore", "-m", "benchmarks.keras_peer", package, name, str(_SECONDS)]
    env = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", **variables)
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    if done.returncode:
        print(done.stderr.strip().splitlines()[-1:], file=sys.stderr)
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure(name):
    """Side -> {"first": s, "rate": samples a second}, the best of the rounds."""
    found = {}
    for _ in range(_ROUNDS):
        for side, what in sides().items():
            once = ask(*what, name)
            if once:
                best = found.setdefault(side, once)
                found[side] = {"first": min(best["first"], once["first"]), "rate": max(best["rate"], once["rate"])}
    return found


def main(argv=None):
    """Measures the models named, all by default, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", metavar="model", help=", ".join(keras_models.MODELS))
    print(f"{'model':<8} {'side':<14} {'first epoch':>12} {'samples/s':>10} {'ours / theirs':>14} {'wanted':>7}")
    for name in parser.parse_args(argv).models or list(keras_models.MODELS):
        found = measure(name)
        for side, values in found.items():
            line = f"{name:<8} {side:<14} {run.show(values['first']):>12} {values['rate']:>10.0f}"
            if side != "graphflow" and "graphflow" in found:
                line += f" {found['graphflow']['rate'] / values['rate']:>14.2f} {_TARGETS[name]:>7}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
