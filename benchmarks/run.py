"""The table of ratios: graphflow beside bare JAX in one process, and beside TensorFlow where it is installed.

    python -m benchmarks.run [work ...]

Peers are other Python interpreters, named by GRAPHFLOW_TF1 and GRAPHFLOW_TF2 (TensorFlow 1.15 and 2.x); each is timed right after
our own side of the work. A figure is the minimum over rounds that alternate between the sides, so that a busy moment hits both.
"""

import argparse
import json
import os
import subprocess
import sys

import graphflow as tf
from benchmarks import bare_jax, graphs, timing

_PEERS = {"TF 1.15": "GRAPHFLOW_TF1", "TF 2": "GRAPHFLOW_TF2"}


def ask_peer(python, name):
    """What another interpreter measures for a work: {"first": s, "step": s}, or None where it fails."""
    command = [python, "-W", "ignore", "-m", "benchmarks.peer", name]
    env = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    if done.returncode:
        print(done.stderr[-500:], file=sys.stderr)
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure(name):
    """One row: seconds by side."""
    row = {}
    first_ours, ours = timing.first(graphs.WORKS[name], tf)
    row["graphflow"] = {"first": first_ours}
    sides = {"graphflow": ours}
    for variant in [name, name + "_scan"]:
        if variant in bare_jax.WORKS:
            side = "JAX" if variant == name else "JAX scan"
            first_jax, sides[side] = timing.first(bare_jax.WORKS[variant])
            row[side] = {"first": first_jax}
    if name not in timing.FIRST_RUN_ONLY:
        for side, seconds in zip(sides, timing.best(list(sides.values()))):
            row[side]["step"] = seconds
    for peer, variable in _PEERS.items():
        if os.environ.get(variable):
            found = ask_peer(os.environ[variable], name)
            if found:
                row[peer] = found
    return row


def show(seconds):
    """A duration in the unit that fits."""
    for unit, factor in (("s", 1), ("ms", 1e3), ("us", 1e6)):
        if seconds * factor >= 1 or unit == "us":
            return f"{seconds * factor:.3g} {unit}"
    return ""


def main(argv=None):
    """Measures the works named, all of them by default, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("works", nargs="*", metavar="work", help=", ".join(graphs.WORKS))
    names = parser.parse_args(argv).works or list(graphs.WORKS)
    os.environ["GRAPHFLOW_CACHE_DIR"] = ""  # first runs are to compile
    print(f"{'work':<10} {'side':<10} {'first run':>10} {'step':>10} {'ours / theirs: first':>22} {'step':>7}")
    for name in names:
        row = measure(name)
        ours = row["graphflow"]
        for side, found in row.items():
            line = (
                f"{name:<10} {side:<10} {show(found['first']):>10} {show(found['step']) if 'step' in found else '':>10}"
            )
            if side != "graphflow":
                line += f" {ours['first'] / found['first']:>22.2f}"
                line += f" {ours['step'] / found['step']:>7.2f}" if "step" in found and "step" in ours else ""
            print(line, flush=True)


if __name__ == "__main__":
    main()
