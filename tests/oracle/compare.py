"""Differences between what was expected and what came, as lines to read; no line means equal."""

import re

import numpy as np

TOLERANCES = {  # dtype: (relative, absolute)
    "float16": (2e-3, 1e-3),
    "bfloat16": (1.6e-2, 1e-2),
    "float32": (1e-5, 1e-6),
    "float64": (1e-10, 1e-12),
    "complex64": (1e-5, 1e-6),
    "complex128": (1e-10, 1e-12),
}
IN_GRADIENTS = re.compile(r"(^\^?|/)gradients(_\d+)?/")
COLOCATED_GRADIENT = re.compile(r"loc:@(?:[^']*/)?gradients(?:_\d+)?/[^']*'")
GRADIENT_SCOPE = re.compile(r"^((?:.*/)?gradients(?:_\d+)?)/(.+?)_grad/")

# What TensorFlow adds inside `gradients/` to work out shapes and to order nodes; graphflow need not.
BOOKKEEPING = frozenset(
    "Shape ShapeN Size Rank Const Fill Range BroadcastGradientArgs Sum Reshape Identity NoOp Cast Tile "
    "Pack Prod FloorDiv FloorMod Mod ConcatOffset InvertPermutation DynamicStitch ExpandDims ZerosLike "
    "Squeeze".split()
)
# What serves only the gradient of an input that is a constant in every ordinary use, the exponent's; and what puts together
# the shape of the rows that a gather's gradient consists of.
UNUSED_BRANCH = {
    "Pow": frozenset(["Log", "Greater", "Select", "Sub"]),
    "GatherV2": frozenset(["ConcatV2", "StridedSlice"]),
}


def graph_differences(expected, actual):
    """Differences of two described graphs, node by node, outside every `gradients/` scope.

    Args:
        expected, actual: descriptions as of `graph_text.describe_graph`.

    Returns:
        list of str. An input that comes out of `gradients/` is only known as such: inside, graphs may differ.
    """
    ours, theirs = _outside(actual), _outside(expected)
    lines = [f"missing node {name} ({node['op']})" for name, node in theirs.items() if name not in ours]
    lines += [
        f"extra node {name} ({node['op']}, of {node['inputs']})"
        for name, node in ours.items()
        if name not in theirs
    ]
    for name, node in theirs.items():
        if name in ours:
            lines += _node_differences(node, ours[name])
    if not lines and list(ours) != list(theirs):
        first = next(pair for pair in zip(theirs, ours) if pair[0] != pair[1])
        lines.append(f"order of creation: expected {first[0]}, then its followers; got {first[1]} first")
    for part in ("functions", "collections"):
        lines += _entry_differences(part, expected[part], actual[part])
    return lines


def _outside(graph):
    return {node["name"]: node for node in graph["nodes"] if not IN_GRADIENTS.search(node["name"])}


def _node_differences(expected, actual):
    where = f"{expected['name']} ({expected['op']})"
    lines = []
    for part in ("op", "device", "shapes", "dtypes"):
        if expected[part] != actual[part]:
            lines.append(f"{where}: {part}: expected {expected[part]}, got {actual[part]}")
    theirs, ours = ([_source(name) for name in node["inputs"]] for node in (expected, actual))
    if theirs != ours:
        lines.append(f"{where}: inputs: expected {theirs}, got {ours}")
    theirs, ours = (_attributes(node) for node in (expected, actual))
    return lines + _entry_differences(f"{where}: attribute", theirs, ours)


def _source(name):
    return "a gradient" if IN_GRADIENTS.search(name) else name


def _attributes(node):
    """The attributes; of what the node is colocated with, gradients are only known as such."""
    attrs = dict(node["attrs"])
    if "_class" in attrs:
        attrs["_class"] = COLOCATED_GRADIENT.sub("loc:@a gradient'", attrs["_class"])
    return attrs


def _entry_differences(what, expected, actual):
    keys = sorted(set(expected) | set(actual))
    pairs = [(key, expected.get(key, "nothing"), actual.get(key, "nothing")) for key in keys]
    return [f"{what} {key}: expected {theirs}, got {ours}" for key, theirs, ours in pairs if theirs != ours]


def gradient_differences(expected, actual):
    """Scopes `gradients/<forward op>_grad` that lack one of TensorFlow's principal op types.

    Scopes of second derivatives are left out: their names follow from the first ones' inner nodes.
    """
    forward = {node["name"]: node["op"] for node in expected["nodes"]}
    ours = _gradient_ops(actual)
    lines = []
    for (scope, name), ops in _gradient_ops(expected).items():
        wanted = ops - BOOKKEEPING - UNUSED_BRANCH.get(forward.get(name), frozenset())
        came = ours.get((scope, name), set())
        if wanted - came:
            lines.append(
                f"{scope}/{name}_grad: expected ops {sorted(wanted)}, got {sorted(came) or 'no such scope'}"
            )
    return lines


def _gradient_ops(graph):
    """(gradients scope, forward op) -> op types of the nodes made for that op, but for arithmetic on shapes: integers."""
    scopes = {}
    for node in graph["nodes"]:
        found = GRADIENT_SCOPE.match(node["name"])
        on_shapes = node["attrs"].get("T") in ("int32", "int64")
        if found and not on_shapes and len(IN_GRADIENTS.findall(node["name"])) == 1:
            scopes.setdefault(found.groups(), set()).add(node["op"])
    return scopes


def value_differences(expected, actual, rtol=None, atol=None):
    """Differences of the values of two recordings: names, dtypes, shapes, numbers beyond the tolerances."""
    lines = _entry_differences("dtype of", expected["dtypes"], actual["dtypes"])
    for name in sorted(set(expected["values"]) & set(actual["values"])):
        theirs, ours = expected["values"][name], actual["values"][name]
        if theirs.shape != ours.shape:
            lines.append(f"{name}: expected shape {theirs.shape}, got {ours.shape}")
            continue
        relative, absolute = TOLERANCES.get(expected["dtypes"][name], (0, 0))
        lines += _number_differences(
            name, theirs, ours, relative if rtol is None else rtol, absolute if atol is None else atol
        )
    return lines


def _number_differences(name, expected, actual, rtol, atol):
    if expected.dtype.kind in "fc" and actual.dtype.kind in "fc":
        with np.errstate(invalid="ignore"):
            same = np.isclose(actual, expected, rtol, atol, equal_nan=True)
    else:
        same = expected == actual
    if np.all(same):
        return []
    index = tuple(int(i) for i in np.argwhere(~np.atleast_1d(same))[0])
    theirs, ours = (np.atleast_1d(values)[index] for values in (expected, actual))
    count = int(np.sum(~same))
    return [
        f"{name}: {count} of {expected.size} values differ, the first at {list(index)}: "
        f"expected {theirs}, got {ours}"
    ]


def error_differences(expected, actual):
    """Whether the error that came is TensorFlow's class or one derived from it, and came as early."""
    lines = []
    if expected["kind"] not in actual["kinds"]:
        lines.append(
            f"expected {expected['kind']}: {expected['message']}\ngot {actual['kind']}: {actual['message']}"
        )
    if expected["stage"] != actual["stage"]:
        lines.append(f"expected the error at {expected['stage']} time, got it at {actual['stage']} time")
    return lines
