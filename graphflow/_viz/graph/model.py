"""The one form in which pictures and exports see a graph, wherever it came from.

A node stands for an operation; the bodies of loops, branches and functions are nodes too, under names of their own.
"""

from __future__ import annotations

import dataclasses
import difflib
import os

from graphflow._core import nest
from graphflow._core import source as source_lib
from graphflow._graph import graph, operation, protos, tensor
from graphflow._viz.graph import attr_text, files

VARIABLES = frozenset(("VariableV2", "Variable", "VarHandleOp"))
_BODIES = 10_000  # nodes that the bodies of functions may add for each node of the graph; a hostile file nests them


@dataclasses.dataclass(slots=True)
class Node:
    """An operation.

    Attributes:
        name: unique in its model.
        op: the type.
        inputs: (name of the producer, index of its output) in order.
        controls: names of the operations that must have run before.
        outputs: (name of the element type, plain shape: None or a tuple of int or None) in order.
        attrs: {name: short text}.
        source: `file.py:12: the line` that made it, or None.
        device: what was asked for, or the empty string.
        within: the name of the node in whose body it lies, or the empty string.
        results: of a node with bodies, the (name, index) inside that its outputs come from, in order of the bodies.
    """

    name: str
    op: str
    inputs: tuple = ()
    controls: tuple = ()
    outputs: tuple = ()
    attrs: dict = dataclasses.field(default_factory=dict)
    source: str | None = None
    device: str = ""
    within: str = ""
    results: tuple = ()


class Model:
    """A graph to be shown.

    Attributes:
        nodes: {name: Node}, in the order they were made.
        title: what it is a picture of.
        signatures: {key: ({label: tensor name} of inputs, and of outputs)} that a file declares.
    """

    def __init__(self, nodes, title, graph_def=None, signatures=None):
        self.nodes = {node.name: node for node in nodes}
        self.title = title
        self.signatures = signatures or {}
        self._graph_def = graph_def

    def graph_def(self):
        """The GraphDef of the nodes shown.

        Raises:
            ValueError: the model was not read from a graph.
        """
        if self._graph_def is None:
            raise ValueError(f"{self.title!r} was not read from a graph, so it has no GraphDef")
        return self._graph_def()

    def needed_by(self, names):
        """The model of some nodes and all they need.

        Args:
            names: of operations (`loss`) or tensors (`loss:0`).

        Raises:
            ValueError: a name that is not in the graph.
        """
        waiting = []
        for name in names:
            op = name if name in self.nodes else name.rpartition(":")[0]
            if op not in self.nodes:
                near = ", ".join(difflib.get_close_matches(name, list(self.nodes)[:10_000], 3))
                raise ValueError(f"{self.title!r} has no node {name!r}" + (f"; the nearest are {near}" if near else ""))
            waiting.append(op)
        kept = set(waiting)
        while waiting:
            node = self.nodes[waiting.pop()]
            before = (*(n for n, _ in (*node.inputs, *node.results)), *node.controls, *filter(None, [node.within]))
            new = [n for n in before if n in self.nodes and n not in kept]
            kept.update(new)
            waiting += new
        nodes = [node for name, node in self.nodes.items() if name in kept]
        return Model(nodes, self.title, lambda: _part_of(self.graph_def(), kept), self.signatures)

    def __repr__(self):
        return f"<model of {self.title!r}: {len(self.nodes)} nodes>"


def read(source, title=None):
    """The model of a graph.

    Args:
        source: a Graph, a GraphDef or MetaGraphDef message, a path (.pb, .pbtxt, .meta, an event file, a SavedModel folder),
            a session, a Keras model, or a tensor, an operation, a variable or a list or dict of them: only what they need.
        title: what to call it; guessed when None.

    Raises:
        TypeError: something else. OSError: the file cannot be read. ValueError: it holds no graph.
    """
    if isinstance(source, Model):
        return source
    if isinstance(source, (str, os.PathLike)):
        message, signatures = files.load(os.fspath(source))
        return _of_message(message, title or os.path.basename(os.path.abspath(source)), signatures)
    kind = getattr(getattr(source, "DESCRIPTOR", None), "name", None)
    if kind in ("GraphDef", "MetaGraphDef"):
        message, signatures = files.parts(source)
        return _of_message(message, title or "GraphDef", signatures)
    if isinstance(source, graph.Graph):
        return _of_graph(source, source.get_operations(), title or "graph")
    if isinstance(getattr(source, "graph", None), graph.Graph) and hasattr(source, "run") and not _is_element(source):
        return read(source.graph, title)  # a session
    if isinstance(getattr(source, "outputs", None), (list, tuple)) and not _is_element(source):  # a Keras model
        return read(list(source.outputs), title or getattr(source, "name", None))
    ops = _operations_of(source)
    return _of_graph(ops[0].graph, _needed(ops), title or ", ".join(op.name for op in ops[:3]))


def _is_element(value):
    return isinstance(value, (operation.Operation, tensor.TensorLike)) or hasattr(value, "_as_graph_element")


def _operations_of(fetches):
    """The operations of fetches, at least one and all of one graph."""
    found = []
    for item in nest.flatten(fetches):
        convert = getattr(item, "_as_graph_element", None)
        item = item if convert is None else convert()
        if isinstance(item, operation.Operation):
            found.append(item)
        elif isinstance(item, tensor.Tensor):
            found.append(item.op)
        elif isinstance(item, tensor.TensorLike):  # sparse tensors and slices: their parts
            parts = (getattr(item, part, None) for part in ("values", "indices", "dense_shape"))
            found += [part.op for part in parts if part is not None]
        else:
            raise TypeError(
                f"{type(item).__name__} cannot be shown; expected a Graph, a GraphDef, a path of one, a Keras model, or tensors "
                "and operations of a graph"
            )
    if not found:
        raise ValueError("there is nothing to show: the list of tensors and operations is empty")
    other = next((op for op in found if op.graph is not found[0].graph), None)
    if other is not None:
        raise ValueError(f"'{found[0].name}' and '{other.name}' are of different graphs; show one graph at a time")
    return list(dict.fromkeys(found))


def _needed(ops):
    """`ops` and all they need, in the order they were made."""
    seen, waiting = set(ops), list(ops)
    while waiting:
        op = waiting.pop()
        for before in (*(t.op for t in op.inputs), *op._control_inputs):
            if before not in seen:
                seen.add(before)
                waiting.append(before)
    return sorted(seen, key=lambda op: op._id)


# -- from a graph --------------------------------------------------------------------------------------------------------


def _of_graph(owner, ops, title, message=None, signatures=None):
    reader = _Reader(ops)
    return Model(reader.nodes, title, message or (lambda: _definition(owner, ops)), signatures)


def _definition(owner, ops):
    """The GraphDef of some operations of a graph."""
    return _part_of(owner.as_graph_def(), {op.name for op in ops})


def _part_of(message, kept):
    """A GraphDef with those nodes alone whose names are in `kept`."""
    if all(node.name in kept for node in message.node):
        return message
    part = protos.GraphDef(versions=message.versions, library=message.library)
    part.node.extend([node for node in message.node if node.name in kept])
    return part


class _Reader:
    """From operations to nodes, the bodies they call among them."""

    def __init__(self, ops):
        self.nodes = []
        self.taken = {op.name for op in ops}
        self.left = _BODIES + len(ops)
        self.lines = {}  # made_at -> text
        self._add(ops, {}, "")

    def _add(self, ops, names, within, parameters=()):
        """Adds nodes for `ops`.

        Args:
            names: {operation of a body: its name here}, where it is another than its own.
            parameters: {input operation of a body: (name, index) of what it gets}.
        """
        for op in ops:
            name = names.get(op, op.name)
            controls = tuple([names.get(c, c.name) for c in op._control_inputs])
            inputs = tuple([(names.get(t.op, t.op.name), t.value_index) for t in op.inputs])
            if op in parameters:
                inputs = (parameters[op],)
            node = Node(
                name, op.type, inputs, controls, tuple([(t._dtype.name, t._dims) for t in op.outputs]),
                attr_text.of_stored(op.attrs), self._line(op.made_at), op._device, within,
            )  # fmt: skip
            self.nodes.append(node)
            bodies = [value for key in op.attrs for value in _graphs(op.attrs[key])]
            if bodies:
                node.results = tuple(result for body in bodies for result in self._add_body(body, name, names))

    def _add_body(self, body, call, outer_names):
        """Adds a body; returns the (name, index) of its results."""
        ops = body.get_operations()
        self.left -= len(ops)
        if self.left < 0:
            return ()
        names = {}
        for op in ops:  # under the calling node, where its scope is looked for
            name = wanted = op.name if op.name.startswith(call + "/") else f"{call}/{_own_name(op, body)}"
            count = 0
            while name in self.taken:
                count += 1
                name = f"{wanted}_{count}"
            self.taken.add(name)
            names[op] = name
        parameters = {
            inside.op: (outer_names.get(outside.op, outside.op.name), outside.value_index)
            for inside, outside in zip(body.inputs, body.outer_inputs)
            if outside is not None
        }
        self._add(ops, names, call, parameters)
        return tuple([(names.get(t.op, t.op.name), t.value_index) for t in body.outputs])

    def _line(self, made_at):
        text = self.lines.get(made_at)
        if text is None:
            text = self.lines[made_at] = _line_of(made_at)
        return text or None


def _own_name(op, body):
    return op.name if op.name.startswith(body.name + "/") else f"{body.name}/{op.name}"


def _graphs(value):
    """The bodies in the value of an attribute."""
    if isinstance(value, graph.Graph):
        return (value,)
    return [item for item in value if isinstance(item, graph.Graph)] if type(value) is list else ()


def _line_of(made_at):
    """`train.py:12: logits = tf.matmul(x, w)`, without the folders above the file; the empty string where it is not known."""
    filename, line, _ = made_at
    if not line:
        return ""
    place, _, text = source_lib.describe(made_at).partition("   ")
    place = place.removeprefix(os.path.dirname(filename) + os.sep)
    return f"{place}: {text}" if text else place


# -- from a message ------------------------------------------------------------------------------------------------------


def _of_message(message, title, signatures):
    """The nodes of a GraphDef: with the shapes that an import infers, or as they stand where it cannot be imported."""
    imported = files.imported(message)
    if imported is not None:
        ops = {op.name: op for op in imported.get_operations()}
        ordered = [ops[node.name] for node in message.node]
        model = _of_graph(imported, ordered, title, lambda: message, signatures)
        for node in model.nodes.values():
            node.source = None  # made by the import, not by a line of the user's
        return model
    nodes, taken = [], set()
    for proto in message.node:
        node = _plain(proto)
        while node.name in taken:  # a damaged file may name two alike
            node.name += "'"
        taken.add(node.name)
        nodes.append(node)
    return Model(nodes, title, lambda: message, signatures)


def _plain(node):
    """The Node of a NodeDef, whatever its type."""
    inputs, controls = [], []
    for text in node.input:
        if text.startswith("^"):
            controls.append(text[1:])
        else:
            name, colon, index = text.rpartition(":")
            inputs.append((name, int(index)) if colon and index.isdecimal() else (text, 0))
    attrs = attr_text.of_message(node.attr)
    return Node(node.name, node.op, tuple(inputs), tuple(controls), files.outputs_of(node), attrs, device=node.device)
