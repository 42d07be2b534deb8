"""A graph as a networkx graph and back, and the file formats that networkx writes."""

from __future__ import annotations

import importlib
import json
import re

from graphflow._core import shapes
from graphflow._graph import graph, graph_files, import_graph, protos
from graphflow._viz.graph import model
from graphflow._viz.layout import faces

_LARGEST = 1 << 16  # bytes of an operation's definition in a file; a larger constant is left out
# What XML cannot hold, not even escaped.
_NOT_XML = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def to_networkx(source):
    """The graph as a `networkx.MultiDiGraph`.

    Nodes are the operations, in order, under their names: `op`; `dtype` and `shape` of the first output, None where there is
    none or it is unknown; `outputs`, all of them; `scope`; `device`; `source`, the user's line; `attrs`, short texts; `node_def`,
    the exact NodeDef message. Edges are the inputs: `output` and `input` are indices, `dtype`, `shape`, and `control` tells an edge
    that only orders, where `output` and `input` are -1. The graph holds `title`, and `versions` and `library`, the functions.

    Args:
        source: what `viz.read` takes.
    """
    networkx = importlib.import_module("networkx")
    read = model.read(source)
    definition = read.graph_def()
    found = networkx.MultiDiGraph(title=read.title, versions=definition.versions, library=definition.library)
    messages = {message.name: message for message in definition.node}
    own = {name: node for name, node in read.nodes.items() if not node.within}
    for name, node in own.items():
        first = node.outputs[0] if node.outputs else (None, None)
        found.add_node(
            name, op=node.op, dtype=first[0], shape=first[1], outputs=node.outputs, scope=name.rpartition("/")[0],
            device=node.device, source=node.source, attrs=dict(node.attrs), node_def=messages.get(name),
        )  # fmt: skip
    for name, node in own.items():
        for position, (before, index) in enumerate(node.inputs):
            outputs = own[before].outputs if before in own else ()
            dtype, dims = outputs[index] if index < len(outputs) else (None, None)
            found.add_edge(before, name, output=index, input=position, control=False, dtype=dtype, shape=dims)
        for before in node.controls:
            found.add_edge(before, name, output=-1, input=-1, control=True, dtype=None, shape=None)
    return found


def from_networkx(source):
    """The Graph that a networkx graph tells of.

    Args:
        source: a graph as `to_networkx` makes it, or as networkx reads it from a file that `viz.save` wrote; nodes and edges may
            have been added, removed or renamed.

    Returns:
        a new Graph. Its GraphDef equals that of the graph it came from; collections are not kept.

    Raises:
        ValueError: a node without its definition, or inputs that contradict each other; the errors of `import_graph_def`.
    """
    message = protos.GraphDef()
    for field in ("versions", "library"):
        value = source.graph.get(field)
        if value is not None:
            part = getattr(message, field)
            part.CopyFrom(value) if hasattr(value, "SerializeToString") else graph_files.parse_text(value, part)
    inputs = {name: [] for name in source.nodes}
    controls = {name: [] for name in source.nodes}
    for before, name, data in source.edges(data=True):
        if data.get("control"):
            controls[name].append(f"^{before}")
        else:
            inputs[name].append((int(data["input"]), before, int(data["output"])))
    for name, data in source.nodes(data=True):
        node = message.node.add()
        _fill(node, name, data)
        node.input[:] = _in_order(name, inputs[name]) + sorted(controls[name])
    made = graph.Graph()
    with made.as_default():
        import_graph.import_graph_def(message, name="")
    return made


def _fill(node, name, data):
    """Fills a NodeDef, all but its inputs."""
    value = data.get("node_def")
    if not value:
        why = (
            "its constant was too large for the file"
            if data.get("left_out")
            else "graphs of `viz.to_networkx` have one"
        )
        raise ValueError(f"node {name!r} ({data.get('op')}) has no `node_def`: {why}")
    if hasattr(value, "SerializeToString"):
        node.CopyFrom(value)
    else:
        graph_files.parse_text(value, node, f"the node_def of {name!r}")
    node.name = name


def _in_order(name, found):
    found.sort()
    if [position for position, _, _ in found] != list(range(len(found))):
        raise ValueError(
            f"node {name!r}: its edges are inputs number {[f[0] for f in found]}; expected each of 0, 1, 2 ... once"
        )
    return [f"{before}:{index}" if index else before for _, before, index in found]


# -- files ---------------------------------------------------------------------------------------------------------------


def to_graphml(source):
    """The graph as GraphML, in bytes."""
    networkx = importlib.import_module("networkx")
    return "\n".join(networkx.generate_graphml(_flat(source), named_key_ids=True)).encode()


def to_gexf(source):
    """The graph as GEXF, in bytes; it has no place for the functions and versions of a graph."""
    networkx = importlib.import_module("networkx")
    return "\n".join(networkx.generate_gexf(_flat(source))).encode()


def to_json(source):
    """The graph as JSON in networkx's node-link form, as text."""
    networkx = importlib.import_module("networkx")
    return json.dumps(networkx.node_link_data(_flat(source), edges="edges"), indent=1)


def _flat(source):
    """The networkx graph with texts and numbers alone, without characters that XML cannot hold."""
    networkx = importlib.import_module("networkx")
    full = to_networkx(source)
    names, taken = {}, set()
    for name in full.nodes:
        shown = _plain(name)
        while shown in taken:
            shown += "'"
        taken.add(shown)
        names[name] = shown
    graph_data = {"title": _plain(full.graph["title"])}
    graph_data |= {key: graph_files.to_text(full.graph[key]) for key in ("versions", "library")}
    found = networkx.MultiDiGraph(**graph_data)
    for name, data in full.nodes(data=True):
        found.add_node(names[name], **_texts(data))
    for before, name, data in full.edges(data=True):
        shape = faces.shape_of((data["dtype"], data["shape"])) if data["dtype"] else ""
        flags = {key: data[key] for key in ("output", "input", "control")}
        found.add_edge(names.get(before, _plain(before)), names[name], **flags, shape=shape)
    return found


def _texts(data):
    message = data["node_def"]
    small = message is not None and message.ByteSize() <= _LARGEST
    found = {key: _plain(data[key] or "") for key in ("op", "dtype", "scope", "device", "source")}
    found["shape"] = shapes.to_text(data["shape"]) if data["outputs"] else ""
    found["outputs"] = "; ".join(f"{dtype} {shapes.to_text(dims)}" for dtype, dims in data["outputs"])
    found |= {f"attr {_plain(name)}": _plain(value) for name, value in data["attrs"].items()}
    found["node_def"] = _plain(graph_files.to_text(message)) if small else ""
    found["left_out"] = not small
    return found


def _plain(words):
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", words)
