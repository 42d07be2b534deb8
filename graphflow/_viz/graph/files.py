"""Files that hold a graph, and what a GraphDef tells of its nodes' outputs."""

from __future__ import annotations

import os
import warnings

from graphflow._core import errors
from graphflow._files import event_file
from graphflow._graph import attr_values, build, graph, graph_files, import_graph, op_def, protos

_SAVED_MODELS = ("saved_model.pb", "saved_model.pbtxt")


def load(path):
    """(GraphDef, signatures) of a file or a SavedModel folder.

    Args:
        path: a .pb, .pbtxt or .meta file, an event file, or a SavedModel folder.

    Raises:
        OSError: it cannot be read. GraphDefError: it holds no graph; the text says what it looks like.
    """
    if os.path.isdir(path):
        return _saved_model(path)
    if "tfevents" in os.path.basename(path):
        return _events(path), {}
    with open(path, "rb") as file:
        data = file.read()
    failed = None
    for kind in ("MetaGraphDef", "GraphDef") if path.endswith(".meta") else ("GraphDef", "MetaGraphDef", "SavedModel"):
        try:
            message = graph_files.parse(data, kind, path)
        except graph_files.GraphDefError as error:
            failed = failed or error
        else:
            return parts(_chosen(message) if kind == "SavedModel" else message)
    raise failed


def parts(message):
    """(GraphDef, signatures) of a GraphDef or MetaGraphDef message, perhaps of another package's declaration."""
    ours = getattr(protos, message.DESCRIPTOR.name)
    if not isinstance(message, ours):
        message = ours.FromString(message.SerializeToString())
    if not isinstance(message, protos.MetaGraphDef):
        return message, {}
    signatures = {
        key: tuple({label: info.name for label, info in sorted(side.items())} for side in (found.inputs, found.outputs))
        for key, found in sorted(message.signature_def.items())
    }
    return message.graph_def, signatures


def _saved_model(folder):
    for name in _SAVED_MODELS:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, "rb") as file:
                return parts(_chosen(graph_files.parse(file.read(), "SavedModel", path)))
    raise graph_files.invalid(f"{folder} is no SavedModel: it has neither {' nor '.join(_SAVED_MODELS)}")


def _chosen(saved_model):
    """The graph for serving where there is one, else the first."""
    metas = saved_model.meta_graphs
    return next((meta for meta in metas if "serve" in meta.meta_info_def.tags), metas[0])


def _events(path):
    """The last graph in an event file."""
    found = None
    for event in event_file.events(path):
        found = event.graph_def if event.WhichOneof("what") == "graph_def" else found
    if found is None:
        raise graph_files.invalid(f"{path} is an event file without a graph: FileWriter(folder, graph) writes one")
    return protos.GraphDef.FromString(found)


def imported(message):
    """The graph that a GraphDef makes, with the shapes it infers; None where it cannot be made, since any graph can be shown."""
    owner = graph.Graph()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with owner.as_default():
                import_graph.import_graph_def(message, name="")
        except (errors.OpError, ValueError, TypeError):
            return None
    return owner


def outputs_of(node):
    """((element type, plain shape), ...) of a NodeDef's outputs, as far as it and its op type tell."""
    types = _types(node)
    told = node.attr["_output_shapes"].list.shape if "_output_shapes" in node.attr else ()
    own = node.attr["shape"].shape if "shape" in node.attr and not node.input else None
    if not told and own is not None:
        told = (own,)
    dims = [_dims(shape) for shape in told]
    count = max(len(types), len(dims))
    types += ["?"] * (count - len(types))
    dims += [None] * (count - len(dims))
    return tuple(zip(types, dims))


def _dims(shape):
    try:
        return attr_values.read_shape(shape)
    except errors.OpError:
        return None


def _types(node):
    """The names of the types of a node's outputs; none for a type nobody knows."""
    if not op_def.is_known(node.op):
        return []
    kind = op_def.get(node.op)
    try:
        attrs = {
            name: attr_values.read(node.attr[name], attr) if name in node.attr else attr.default
            for name, attr in kind.attrs.items()
            if attr.kind in ("type", "int", "list(type)")
        }
        return [found.name for found in build.arg_types(kind.outputs, attrs)]
    except (errors.OpError, TypeError, AttributeError):
        return []
