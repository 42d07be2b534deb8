"""What a graph is made of, for "what are the inputs and outputs of this frozen file?"."""

from __future__ import annotations

import collections
import dataclasses
import math

from graphflow._core import dtypes
from graphflow._graph import op_def
from graphflow._viz import text
from graphflow._viz.graph import model
from graphflow._viz.layout import faces

_INPUTS = frozenset(("Placeholder", "PlaceholderV2", "PlaceholderWithDefault", "IteratorGetNext"))
_NO_RESULTS = frozenset(("NoOp", "Assert", "Const", "SaveV2", "RestoreV2"))
_LISTED = 20  # lines of a list


@dataclasses.dataclass
class Summary:
    """What a graph is made of; as text, a page to read.

    Attributes:
        title: of the graph.
        inputs: names of the tensors that are fed: (tensor, element type and shape).
        outputs: the tensors that nothing in the graph takes: (tensor, element type and shape).
        signatures: {key: ({label: tensor} of inputs, and of outputs)} that the file declares.
        op_counts: {op type: how many}, most first.
        variables: (name, element type and shape, numbers in it or None, bytes or None).
        constants: the same of the constants of more than one number, which in a frozen file hold the weights.
        bodies: nodes that lie in bodies of loops, branches and functions.
        unknown: op types that TensorFlow 1.15 does not have.
    """

    title: str
    inputs: list
    outputs: list
    signatures: dict
    op_counts: dict
    variables: list
    constants: list
    bodies: int
    unknown: list

    @property
    def parameters(self):
        """Numbers in all variables, and in all constants."""
        return tuple(sum(size or 0 for _, _, size, _ in found) for found in (self.variables, self.constants))

    @property
    def bytes(self):
        """Bytes of all variables, and of all constants."""
        return tuple(sum(size or 0 for *_, size in found) for found in (self.variables, self.constants))

    def __str__(self):
        lines = [text.shortened(self.title, 200)]
        count = sum(self.op_counts.values())
        inside = f", {self.bodies} of them in bodies of loops, branches and functions" if self.bodies else ""
        lines.append(f"  {count} operations of {len(self.op_counts)} types{inside}")
        lines += _list("inputs", [f"{name}  {kind}" for name, kind in self.inputs])
        lines += _list("outputs", [f"{name}  {kind}" for name, kind in self.outputs])
        for key, (inputs, outputs) in self.signatures.items():
            sides = (("in ", inputs), ("out", outputs))
            lines += _list(f"signature {key!r}", [f"{way} {a} = {b}" for way, side in sides for a, b in side.items()])
        for what, found, numbers, size in zip(
            ("variables", "constants"), (self.variables, self.constants), self.parameters, self.bytes
        ):
            if found:
                largest = sorted(found, key=lambda one: -(one[3] or 0))
                lines += _list(
                    f"{len(found)} {what}, {numbers} numbers, {_size(size)}",
                    [f"{name}  {kind}" for name, kind, *_ in largest],
                )
        lines += _list("op types", [f"{n:6d} {op}" for op, n in self.op_counts.items()])
        lines += _list("op types that TensorFlow 1.15 does not have", self.unknown) if self.unknown else []
        return "\n".join(lines)


def inspect(source):
    """The `Summary` of a graph; `print` it.

    Args:
        source: what `viz.read` takes.
    """
    read = model.read(source)
    nodes = read.nodes.values()
    used = {name for node in nodes for name, _ in (*node.inputs, *node.results)}
    outside = [node for node in nodes if not node.within]
    inputs = [
        (f"{node.name}:0", faces.full(node.outputs[0])) for node in outside if node.op in _INPUTS and node.outputs
    ]
    outputs = [
        (f"{node.name}:{i}", faces.full(output))
        for node in outside
        if node.name not in used and node.op not in _NO_RESULTS and not node.op.endswith("Assign")
        for i, output in enumerate(node.outputs)
        if not output[0].endswith("_ref")
    ]
    counts = collections.Counter(node.op for node in nodes)
    return Summary(
        read.title, inputs, outputs, read.signatures, dict(counts.most_common()),
        [_sized(node, _variable_kind(node)) for node in nodes if node.op in model.VARIABLES],
        [one for one in (_sized(n, n.outputs[0]) for n in nodes if n.op == "Const" and n.outputs) if one[2] is None or one[2] > 1],
        sum(bool(node.within) for node in nodes), sorted(op for op in counts if not op_def.is_known(op)),
    )  # fmt: skip


def _variable_kind(node):
    """(element type, plain shape) of what a variable holds: a handle's own shape says nothing of it."""
    if node.op == "VarHandleOp":
        found = node.attrs.get("shape", "").strip("[]")
        sizes = found.split(",") if found else []
        known = all(size.isdecimal() for size in sizes) and node.attrs.get("shape", "")[:1] == "["
        return node.attrs.get("dtype", "?"), tuple(map(int, sizes)) if known else None
    return node.outputs[0] if node.outputs else ("?", None)


def _sized(node, kind):
    """(name, element type and shape, numbers, bytes)."""
    dtype, dims = kind
    count = None if dims is None or None in dims else math.prod(dims)
    try:
        size = None if count is None else count * dtypes.as_dtype(dtype.removesuffix("_ref")).size
    except TypeError:
        size = None
    return node.name, faces.full(kind), count, size


def _size(count):
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.4g} {unit}"
        count /= 1000
    return f"{count:.4g} GB"


def _list(title, items):
    yield f"{title}:" if items else f"{title}: none"
    yield from (f"  {text.shortened(item, 160)}" for item in items[:_LISTED])
    if len(items) > _LISTED:
        yield f"  … {len(items)} in all"
