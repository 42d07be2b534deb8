"""The receptive field: which part of each layer, and of the input, one value of an output depends on."""

from __future__ import annotations

import dataclasses
import re

import numpy as np

from graphflow._viz import pixels, png
from graphflow._viz.graph import model as model_lib
from graphflow._viz.networks import drawing

_WINDOWED = {
    "Conv2D": "strides", "DepthwiseConv2dNative": "strides", "MaxPool": "strides", "AvgPool": "strides", "MaxPoolV2": "strides",
}  # fmt: skip
_POINTWISE = frozenset(
    """Identity Switch Merge BiasAdd Add AddV2 Sub Mul RealDiv Maximum Minimum AddN ConcatV2 Relu Relu6 Elu Selu Sigmoid Tanh
    LeakyRelu
    Softplus Softsign Square Sqrt Exp Log Neg Abs Cast StopGradient FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 Rsqrt
    Pow SquaredDifference Softmax Elu Erf Sign Floor Round CheckNumerics Dropout Select""".split()
)
_SIDE = 150


@dataclasses.dataclass(slots=True)
class Field:
    """A part of one feature map.

    Attributes:
        name: of the node. op: its type. size: (height, width) of the whole map.
        rows, columns: (first, last) that count, the last one included; they may reach into the padding outside.
    """

    name: str
    op: str
    size: tuple
    rows: tuple
    columns: tuple

    @property
    def height(self):
        return self.rows[1] - self.rows[0] + 1

    @property
    def width(self):
        return self.columns[1] - self.columns[0] + 1

    def inside(self):
        """(rows, columns) without what lies outside the map, as slices."""
        return tuple(slice(max(0, a), min(n, b + 1)) for (a, b), n in zip((self.rows, self.columns), self.size))


def fields(output, row, column):
    """The Fields of one place of an output, from the output back to where the images come in.

    Args:
        output: a tensor `[batch, height, width, channels]`, or a Keras layer or model with such an output.
        row, column: of the value, counted from 0.

    Raises:
        ValueError: the output is no map, the place is outside of it, or a size on the way is not known.
    """
    output = getattr(output, "output", output)
    shown = model_lib.read([output])
    nodes, name = shown.nodes, output.op.name
    size = _size(nodes[name], output.value_index)
    if not (0 <= row < size[0] and 0 <= column < size[1]):
        raise ValueError(f"place ({row}, {column}) lies outside of {output.name}, which is {size[0]}×{size[1]}")
    known = {name: ((row, row), (column, column))}
    found = []
    for node in reversed(_bodies_first(nodes)):
        if node.name not in known:
            continue
        here = known[node.name]
        size = _size(node)
        found.append(Field(node.name, node.op, size, *here))
        for producer, before in _seen_by(node, here, size, nodes):
            a = known.get(producer, before)
            known[producer] = tuple((min(p[0], q[0]), max(p[1], q[1])) for p, q in zip(a, before))
    return found


def _bodies_first(nodes):
    """The nodes in an order in which each comes after all that it takes and all that lies in its bodies."""
    inside = {}
    for node in nodes.values():
        inside.setdefault(node.within, []).append(node)
    ordered, waiting = [], inside.get("", [])[::-1]
    entered = set()
    while waiting:
        node = waiting.pop()
        if node.name in inside and node.name not in entered:
            entered.add(node.name)
            waiting += [node, *inside[node.name][::-1]]
        else:
            ordered.append(node)
    return ordered


def _size(node, index=0):
    dims = node.outputs[index][1] if index < len(node.outputs) else None
    if dims is None or len(dims) != 4:
        raise ValueError(f"{node.op} '{node.name}' gives {dims}, which is no map [batch, height, width, channels]")
    size = dims[2:] if node.attrs.get("data_format") == "NCHW" else dims[1:3]
    if None in size:
        raise ValueError(
            f"the size of '{node.name}' is not known while building; give its placeholder a shape with height and width"
        )
    return tuple(size)


def _seen_by(node, here, size, nodes):
    """[(producer, (rows, columns))]: what a part of a node's output depends on."""
    ends = node.results if node.op in ("If", "StatelessIf") else node.inputs
    maps = [producer for producer, index in ends if _is_map(nodes[producer], index)]
    if node.op in _WINDOWED:
        before = nodes[node.inputs[0][0]]
        window, strides, dilations = _window(node, nodes), _pair(node, "strides"), _pair(node, "dilations")
        spans = []
        for (first, last), n, n_before, k, s, d in zip(here, size, _size(before), window, strides, dilations):
            reach = (k - 1) * d + 1
            pad = max(0, (n - 1) * s + reach - n_before) // 2 if node.attrs.get("padding") == "SAME" else 0
            spans.append((first * s - pad, last * s - pad + reach - 1))
        return [(before.name, tuple(spans))]
    if node.op in ("Pad", "PadV2", "MirrorPad"):
        numbers = [int(n) for n in re.findall(r"-?\d+", nodes[node.inputs[1][0]].attrs.get("value", ""))]
        if len(numbers) == 8:
            at = 4 if node.attrs.get("data_format") == "NCHW" else 2
            spans = tuple((a - numbers[at + 2 * i], b - numbers[at + 2 * i]) for i, (a, b) in enumerate(here))
            return [(node.inputs[0][0], spans)]
    if node.op in _POINTWISE or ends is node.results or node.op == "Placeholder":  # of a body: what is handed in
        return [(producer, _whole(nodes[producer]) if _size(nodes[producer]) != size else here) for producer in maps]
    return [(producer, _whole(nodes[producer])) for producer in maps]  # anything else may look everywhere


def _is_map(node, index):
    dims = node.outputs[index][1] if index < len(node.outputs) else None
    return (
        dims is not None and len(dims) == 4 and not node.op.startswith(("Variable", "Const")) and not _is_weight(node)
    )


def _is_weight(node):
    """Whether a node only hands on a variable."""
    return node.op in ("Identity", "ReadVariableOp") and node.name.endswith(("/read", "/ReadVariableOp"))


def _whole(node):
    return tuple((0, n - 1) for n in _size(node))


def _window(node, nodes):
    if "ksize" in node.attrs:
        return _pair(node, "ksize")
    kernel, index = node.inputs[1]
    dims = nodes[kernel].outputs[index][1]
    if dims is None or None in dims[:2]:
        raise ValueError(f"the size of the kernel of {node.op} '{node.name}' is not known while building")
    return dims[:2]


def _pair(node, attr):
    numbers = [int(n) for n in re.findall(r"-?\d+", node.attrs.get(attr, ""))]
    if len(numbers) != 4:
        return (1, 1)
    return tuple(numbers[2:]) if node.attrs.get("data_format") == "NCHW" else tuple(numbers[1:3])


# -- drawing -------------------------------------------------------------------------------------------------------------


def receptive_field(output, row, column, image=None):
    """A drawing of the receptive field of one value: on each layer, and on the image if there is one.

    Args:
        output: a tensor `[batch, height, width, channels]`, or a Keras layer or model with such an output.
        row, column: the place of the value in the output, counted from 0.
        image: `[height, width]` or `[height, width, channels]`, drawn as the input.

    Returns:
        a drawing: a notebook shows it, `save` writes an SVG file. Its `fields` tell the numbers.

    Raises:
        ValueError: the output is no map, the place is outside of it, or a size on the way is not known.
    """
    found = fields(output, row, column)
    steps = [f for f in found if f.op in _WINDOWED]
    shown = [*([found[-1]] if found[-1] not in steps else []), *reversed(steps)]
    made = drawing.Drawing(f"receptive field of {found[0].name} at ({row}, {column})")
    made.fields = found
    made.words(drawing.PAD, drawing.PAD + 10, made.title, "head", "start")
    left, top, before = drawing.PAD, drawing.PAD + 26, None
    scale = _SIDE / max(max(f.size) for f in shown)
    for field in shown:
        high, wide = (max(26.0, n * scale) for n in field.size)
        if before is None and image is not None:
            made.image(left, top, wide, high, png.data_uri(_picture(image)), field.name)
        made.rectangle(left, top, wide, high)
        rows, columns = field.inside()
        y, x = top + rows.start * high / field.size[0], left + columns.start * wide / field.size[1]
        tall, broad = (
            (rows.stop - rows.start) * high / field.size[0],
            (columns.stop - columns.start) * wide / field.size[1],
        )
        made.rectangle(x, y, broad, tall, "chosen")
        if before is not None:
            made.line((before[0], before[1]), (x, y), "faint")
            made.line((before[0], before[2]), (x, y + tall), "faint")
        before = (x + broad, y, y + tall)
        column_wide = max(wide, 96.0)
        for i, (kind, line) in enumerate(_lines(field)):
            made.words(left, top + _SIDE + 20 + 15 * i, line, kind, "start")
        left += column_wide + 44
    return made


def _lines(field):
    return [
        ("label", field.name if len(field.name) <= 16 else "…" + field.name[-15:]),
        ("quiet", f"{field.size[0]}×{field.size[1]}"),
        ("quiet", f"field {field.height}×{field.width}"),
    ]


def _picture(image):
    image = np.asarray(image)
    image = image[..., 0] if image.ndim == 3 and image.shape[-1] == 1 else image
    return image if image.dtype == np.uint8 else pixels.grey(image)
