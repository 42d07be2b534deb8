"""How much of TensorFlow 1.15's public surface is here: docs/coverage.md, made from the recorded names.

    python -m tests.oracle.coverage         writes the page
"""

import gzip
import importlib
import inspect
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "coverage.md"
SURFACE = Path(__file__).resolve().parent / "fixtures" / "tf_surface.json.gz"
HEAD = """# Coverage

Which public names of TensorFlow 1.15.5 are here, by namespace; made by `python -m tests.oracle.coverage`. Left out are `contrib`,
`raw_ops`, `keras` (graphflow_keras has all of Keras 2.2.4's names, which a test walks), TPUs, TensorFlow Lite, distribution and
experiments. A name that is here and cannot work (eager execution, operations compiled for TensorFlow) says what to do instead.

"""


def surface():
    """namespace -> {name: what was recorded}."""
    return json.loads(gzip.decompress(SURFACE.read_bytes()))


def module(namespace):
    """graphflow's module for `tf.nn`, or None."""
    try:
        return importlib.import_module("graphflow" + namespace[2:])
    except ModuleNotFoundError:
        pass
    found = importlib.import_module("graphflow")
    for part in namespace.split(".")[1:]:
        found = getattr(found, part, None)
    return found


def missing(namespace, names):
    """The names of a namespace that are not here."""
    found = module(namespace)
    return [name for name in names if found is None or not hasattr(found, name)]


def parameter_differences(namespace, names):
    """(name, TensorFlow's parameters, ours) of the functions whose parameters have other names or another order."""
    found = module(namespace)
    lines = []
    for name, recorded in names.items():
        ours = getattr(found, name, None)
        wanted = recorded.get("parameters")
        if wanted is None or ours is None or inspect.isclass(ours):
            continue
        try:
            got = [p.name for p in inspect.signature(ours).parameters.values()]
        except (TypeError, ValueError):
            continue
        wanted = [p.strip("*=") for p in wanted]
        if got[: len(wanted)] != wanted:
            lines.append((name, wanted, got))
    return lines


def page():
    """The text of docs/coverage.md."""
    rows, total, absent = [], 0, 0
    for namespace, names in surface().items():
        gone = missing(namespace, names)
        total, absent = total + len(names), absent + len(gone)
        share = 100 * (len(names) - len(gone)) // len(names)
        rows.append(f"| `{namespace}` | {len(names) - len(gone)} of {len(names)} | {share} % | {', '.join(gone)} |")
    share = 100 * (total - absent) / total
    words = f"**{total - absent} of {total} names, {share:.1f} %.**\n\n"
    return HEAD + words + "| namespace | here | | not here |\n| --- | --- | --- | --- |\n" + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
