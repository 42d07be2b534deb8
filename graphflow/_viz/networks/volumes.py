"""A network as a lecture draws it: each layer a volume, height by width by depth, with what it does written below.

The volumes come from the graph itself, so a network built by hand, a file and a Keras model are drawn alike.
"""

from __future__ import annotations

import dataclasses
import math
import re

from graphflow._viz import text
from graphflow._viz.graph import model as model_lib
from graphflow._viz.networks import drawing
from graphflow._viz.views import pairs

_HIGHEST, _SLANT = 130, 0.42  # pixels of the largest side; how far the width goes to the back
_GAP, _LINE = 34, 15
_ACTIVATIONS = {
    "Relu": "ReLU", "Relu6": "ReLU6", "Elu": "ELU", "Selu": "SELU", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softmax": "softmax",
    "LeakyRelu": "leaky ReLU", "Softplus": "softplus", "Softsign": "softsign", "LogSoftmax": "log softmax",
}  # fmt: skip
_NORMS = {
    "FusedBatchNorm": "batch norm",
    "FusedBatchNormV2": "batch norm",
    "FusedBatchNormV3": "batch norm",
    "LRN": "LRN",
}
_POOLS = {"MaxPool": "max pool", "AvgPool": "average pool"}
_CONVS = {"Conv2D": "conv", "DepthwiseConv2dNative": "depthwise conv", "Conv2DBackpropInput": "transposed conv"}
_SHAPERS = ("Reshape", "Squeeze", "ExpandDims")
_BRANCHES = ("If", "StatelessIf", "Select", "SelectV2")  # their first input decides
_LAYERS = {*_CONVS, *_POOLS, "MatMul"}


@dataclasses.dataclass(slots=True)
class Volume:
    """What one layer gives.

    Attributes:
        name: of the node. kind: of its colours.
        dims: (height, width, depth), or (units,), without the batch; None where a size is not known.
        lines: what is said of it. parameters: how many weights and biases it has.
        window: (height, width) that one of its values sees of the volume before, or None.
    """

    name: str
    kind: str
    dims: tuple
    lines: list
    parameters: int = 0
    window: tuple | None = None


def volumes(source):
    """A drawing of the main path of a network, volume by volume.

    Args:
        source: whatever `viz.save` takes; of tensors, the path to the last one, of a whole graph, the path to the last layer.

    Returns:
        a drawing: a notebook shows it, `save` writes an SVG file.

    Raises:
        ValueError: there is no convolution, pooling or product with a matrix in it.
    """
    shown = model_lib.read(source)
    return draw(chain(shown), shown.title)


def chain(shown):
    """The Volumes along the main path of a model, input first."""
    backward = {b for _, b in pairs.find(shown)}
    nodes = {name: node for name, node in shown.nodes.items() if name not in backward and not node.within}
    depth, came = {}, {}  # layers on the way, then operations
    for name, node in nodes.items():
        before = [producer for producer, _ in _data_inputs(node) if producer in depth]
        came[name] = max(before, key=depth.__getitem__, default=None)
        layers, hops = depth.get(came[name], (0, 0))
        depth[name] = layers + (node.op in _LAYERS), hops + 1
    deepest = max((layers for layers, _ in depth.values()), default=0)
    if not deepest:
        raise ValueError(f"{shown.title!r} has no layers to draw: no convolution, pooling or product with a matrix")
    last = _end(nodes, next(name for name in nodes if depth[name][0] == deepest), came)
    path = []
    while last is not None:
        path.append(nodes[last])
        last = came[last]
    found = []
    for node in reversed(path):
        _add(found, node, nodes)
    return found


def _data_inputs(node):
    """The inputs that carry the signal, not sizes, weights or axes."""
    if node.op in ("ConcatV2", "AddN", "Add", "AddV2", "Mul", "Maximum", "Sub", "RealDiv"):
        return node.inputs
    if node.op in _BRANCHES:
        return node.inputs[1:]
    return node.inputs[2:3] if node.op == "Conv2DBackpropInput" else node.inputs[:1]


def _end(nodes, last, came):
    """The node with which the last layer ends: behind its bias and activation."""
    users = {}
    for name, producer in came.items():
        users.setdefault(producer, []).append(name)
    while True:
        following = [
            name
            for name in users.get(last, ())
            if nodes[name].op in _ACTIVATIONS or nodes[name].op in ("BiasAdd", "Add", "AddV2", "Identity")
        ]
        if not following:
            return last
        last = following[0]


def _add(found, node, nodes):
    """Adds what a node of the path does: a new volume, or a line to the last one."""
    shape = node.outputs[0][1] if node.outputs else None
    dims = _dims(shape, node)
    if not found:
        if dims:
            found.append(Volume(node.name, "input", dims, ["input" if node.op.startswith("Placeholder") else node.op]))
        return
    last = found[-1]
    if node.op in _CONVS:
        kernel = _shape_of(nodes, node.inputs[1])
        high, wide = kernel[:2] if kernel else (None, None)
        stride = _spatial(node.attrs.get("strides"), node)
        lines = [f"{_CONVS[node.op]} {_size(high)}×{_size(wide)}", _how(stride, node)]
        found.append(Volume(node.name, "scope", dims or last.dims, lines, _count(kernel), (high, wide)))
    elif node.op in _POOLS:
        window, stride = _spatial(node.attrs.get("ksize"), node), _spatial(node.attrs.get("strides"), node)
        lines = [f"{_POOLS[node.op]} {_size(window[0])}×{_size(window[1])}", _how(stride, node)]
        found.append(Volume(node.name, "constant", dims or last.dims, lines, 0, window))
    elif node.op == "MatMul":
        weights = _shape_of(nodes, node.inputs[1])
        found.append(Volume(node.name, "variable", dims or (None,), ["dense"], _count(weights)))
    elif node.op in _ACTIVATIONS or node.op in _NORMS:
        last.lines.append(_ACTIVATIONS.get(node.op) or _NORMS[node.op])
    elif node.op == "Maximum" and any(_is_zero(nodes.get(name)) for name, _ in node.inputs):
        last.lines.append("ReLU")
    elif node.op in ("BiasAdd", "Add", "AddV2"):
        _add_sum(last, node, nodes)
    elif node.op == "ConcatV2" and dims and dims != last.dims:
        found.append(Volume(node.name, "constant", dims, ["concatenated"]))
    elif "dropout" in node.name.lower() and node.op in ("Mul", *_BRANCHES):
        if "dropout" not in last.lines:
            last.lines.append("dropout")
    elif node.op in _SHAPERS or node.op == "Mean":
        _add_reshaped(found, last, node, shape, dims)


def _add_sum(last, node, nodes):
    """A bias, where one of the terms is a vector; else two branches that meet."""
    terms = [_shape_of(nodes, term) for term in node.inputs]
    vector = next((term for term in terms if term is not None and len(term) == 1), None)
    if vector is not None:
        last.parameters += _count(vector)
    elif "+" not in last.lines:
        last.lines.append("+")


def _add_reshaped(found, last, node, shape, dims):
    """A volume that is the last one in another form: flattened, squeezed, averaged."""
    if shape is None or len(shape) not in (2, 4) or len(shape) - 1 == len(last.dims):
        return
    if len(shape) == 2 and dims == (None,) and node.op != "Mean" and None not in last.dims:
        dims = (math.prod(last.dims),)
    word = {"Mean": "global average"}.get(node.op, "flattened" if len(dims) == 1 else "reshaped")
    if len(found) == 1 and last.kind == "input":
        last.lines.append(f"as {_product(dims)}")
        last.dims = dims
    else:
        found.append(Volume(node.name, "constant", dims, [word]))


def _shape_of(nodes, end):
    name, index = end
    node = nodes.get(name)
    return node.outputs[index][1] if node is not None and index < len(node.outputs) else None


def _dims(shape, node):
    if shape is None or len(shape) not in (2, 3, 4):
        return None
    inner = tuple(shape[1:])
    if len(inner) == 3 and node.attrs.get("data_format") == "NCHW":
        return (*inner[1:], inner[0])
    return (1, *inner) if len(inner) == 2 else inner


def _spatial(listed, node):
    """The height and width of a list of four, `[1, 2, 2, 1]`."""
    numbers = [int(n) for n in re.findall(r"-?\d+", listed or "")]
    if len(numbers) != 4:
        return (None, None)
    return tuple(numbers[2:]) if node.attrs.get("data_format") == "NCHW" else tuple(numbers[1:3])


def _how(stride, node):
    steps = "" if stride[0] == stride[1] == 1 else f"stride {_size(stride[0])}, "
    return f"{steps}{node.attrs.get('padding', '').lower()}".strip(", ")


def _is_zero(node):
    return node is not None and node.op == "Const" and node.attrs.get("value") in ("0", "0.", "0.0")


def _count(shape):
    return math.prod(shape) if shape and None not in shape else 0


def _size(n):
    return "?" if n is None else str(n)


def _product(dims):
    return "×".join(map(_size, dims))


# -- drawing -------------------------------------------------------------------------------------------------------------


def draw(chained, title):
    """The drawing of Volumes, side by side."""
    made = drawing.Drawing(title)
    largest = max([d for v in chained if len(v.dims) == 3 for d in v.dims[:2] if d], default=1)
    forms = [_form(volume, largest) for volume in chained]
    ground = drawing.PAD + max(high + back * _SLANT for _, high, back in forms)
    left, before = float(drawing.PAD), None
    for volume, (deep, high, back) in zip(chained, forms):
        lines = _texts(volume)
        solid = deep + back * (1 - _SLANT / 3)
        column = max([solid, *[text.width(line, drawing.SIZES[kind]) for kind, line in lines]])
        x = left + (column - solid) / 2
        y = ground / 2 + drawing.PAD - (high - back * _SLANT) / 2
        corner = (x, y, deep, high, back)
        if before is not None:
            _join(made, before, corner, volume)
        _solid(made, corner, volume.kind)
        for i, (kind, line) in enumerate(lines):
            made.words(left + column / 2, ground + drawing.PAD + 22 + i * _LINE, line, kind)
        before = (*corner, volume)
        left += column + _GAP
    return made


def _form(volume, largest):
    """(depth, height, width) in pixels; sizes shrink slower than they are, so that the small ones can be seen."""
    if len(volume.dims) == 1:
        units = volume.dims[0] or 1
        return 13.0, 24 + 13 * math.log2(1 + units), 10.0
    high, wide = (max(9.0, _HIGHEST * ((n or largest) / largest) ** 0.7) for n in volume.dims[:2])
    return 5 + 8.5 * math.log2(1 + (volume.dims[2] or 1)), high, wide * 0.5


def _texts(volume):
    lines = [
        ("head", _product(volume.dims)),
        *[("label" if i == 0 else "quiet", line) for i, line in enumerate(volume.lines)],
    ]
    if volume.parameters:
        lines.append(("quiet", f"{volume.parameters:,} parameters".replace(",", " ")))
    return [(kind, line) for kind, line in lines if line]


def _across(back, share):
    """How far right and up something lies that is that share of the way to the back."""
    return back * (1 - _SLANT / 3) * share, -back * _SLANT * share


def _solid(made, corner, kind):
    x, y, deep, high, back = corner
    dx, dy = _across(back, 1)
    made.polygon([(x, y), (x + dx, y + dy), (x + deep + dx, y + dy), (x + deep, y)], kind)
    made.polygon([(x + deep, y), (x + deep + dx, y + dy), (x + deep + dx, y + high + dy), (x + deep, y + high)], kind)
    made.polygon([(x, y), (x + deep, y), (x + deep, y + high), (x, y + high)], kind)


def _join(made, before, corner, volume):
    """The window of a layer on the volume before, with lines to the value that it gives; else an arrow."""
    x0, y0, deep0, high0, back0, previous = before
    x, y, _, high, back = corner
    goal = x + 1, y + high * 0.5
    if volume.window is None or len(previous.dims) != 3 or None in (*volume.window, *previous.dims[:2]):
        dx, dy = _across(back0, 0.5)
        made.line((x0 + deep0 + dx + 4, y0 + high0 / 2 + dy), (x - 3, y0 + high0 / 2 + dy), "arrow")
        return
    tall = max(3.0, high0 * min(1, volume.window[0] / previous.dims[0]))
    near, far = 0.35, min(1.0, 0.35 + max(0.08, volume.window[1] / previous.dims[1]))
    near = max(0.0, far - max(0.08, volume.window[1] / previous.dims[1])) if far == 1.0 else near
    top = (high0 - tall) * 0.35
    corners = []
    for share, down in ((near, top), (far, top), (far, top + tall), (near, top + tall)):
        dx, dy = _across(back0, share)
        corners.append((x0 + deep0 + dx, y0 + down + dy))
    made.polygon(corners, "gradient", 0.85)
    for point in (corners[1], corners[2]):
        made.line(point, goal, "faint")
