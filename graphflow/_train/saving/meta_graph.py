"""Meta graphs: a graph with its collections and its Saver in one message."""

from __future__ import annotations

import os

from graphflow._core import dtypes, log
from graphflow._files import os_errors, replace
from graphflow._graph import (
    attr_values,
    collection_protos,
    graph_files,
    import_graph,
    keys,
    op_def,
    operation,
    protos,
    tensor,
)
from graphflow._graph import graph as graph_lib
from graphflow._ops import partitioned_variable, variable
from graphflow._train.saving import subgraph

_VERSION = "1.15.5"  # the TensorFlow whose format this is
_UNBOUND = "unbound_inputs"
_BEFORE_TRAINABLE = (1, 9)  # writers before this version do not say of a variable whether it is trainable


def _variable_message(item, export_scope=None):
    return item.to_proto(export_scope)


for _key in (
    "GLOBAL_VARIABLES", "TRAINABLE_VARIABLES", "MOVING_AVERAGE_VARIABLES", "LOCAL_VARIABLES", "MODEL_VARIABLES",
    "GLOBAL_STEP", "EVAL_STEP", "METRIC_VARIABLES",
):  # fmt: skip
    collection_protos.register_proto_function(
        getattr(keys.GraphKeys, _key),
        "VariableDef",
        _variable_message,
        variable.Variable.from_proto,
    )


# -- writing -------------------------------------------------------------------------------------------------------------


def export_meta_graph(
    filename=None, meta_info_def=None, graph_def=None, saver_def=None, collection_list=None, as_text=False, graph=None,
    export_scope=None, clear_devices=False, clear_extraneous_savers=False, strip_default_attrs=False, save_debug_info=False,
    **kwargs,
):  # fmt: skip
    """The MetaGraphDef of a graph, also written to a file where one is named.

    Args:
        graph_def: the nodes; those of `graph` when None.
        collection_list: names of the collections to write; all when None.
        graph: whose collections are written; the default graph when None.
        export_scope: only what lies in this name scope is written, without the scope's name.
        clear_devices: leaves the devices of nodes out.
        clear_extraneous_savers: leaves out Savers other than that of `saver_def`.
        strip_default_attrs: leaves out attributes that have their default value.

    Raises:
        TypeError: an argument is no message of its kind. ValueError: the graph is too large for a message.
    """
    return export_scoped(
        filename, graph_def, graph, export_scope, as_text, kwargs.get("unbound_inputs_col_name", _UNBOUND), clear_devices,
        saver_def, clear_extraneous_savers, strip_default_attrs, meta_info_def, collection_list,
    )[0]  # fmt: skip


def export_scoped(
    filename=None, graph_def=None, graph=None, export_scope=None, as_text=False, unbound_inputs_col_name=_UNBOUND,
    clear_devices=False, saver_def=None, clear_extraneous_savers=False, strip_default_attrs=False, meta_info_def=None,
    collection_list=None,
):  # fmt: skip
    """(the MetaGraphDef, {name: variable} of the variables in `export_scope`); see `export_meta_graph`."""
    graph = graph or graph_lib.get_default_graph()
    for given, kind in ((meta_info_def, "MetaGraphDef.MetaInfoDef"), (graph_def, "GraphDef"), (saver_def, "SaverDef")):
        if given is not None and given.DESCRIPTOR.name != kind.rpartition(".")[2]:
            raise TypeError(f"{given.DESCRIPTOR.name} given where a {kind} was expected")
    left_out = subgraph.other_savers(graph_def or graph.as_graph_def(), saver_def) if clear_extraneous_savers else set()
    full = graph_def if graph_def is not None else graph.as_graph_def(add_shapes=True)
    meta = protos.MetaGraphDef()
    unbound = subgraph.copy_scope(full, meta.graph_def, export_scope, left_out, clear_devices)
    if unbound and unbound_inputs_col_name:
        meta.collection_def[unbound_inputs_col_name].bytes_list.value.extend(sorted(name.encode() for name in unbound))
    if meta_info_def is not None:
        meta.meta_info_def.CopyFrom(meta_info_def)
    meta.meta_info_def.tensorflow_version = _VERSION
    meta.meta_info_def.tensorflow_git_version = "v" + _VERSION
    if not meta.meta_info_def.HasField("stripped_op_list"):
        meta.meta_info_def.stripped_op_list.CopyFrom(_op_list(meta.graph_def))
    if strip_default_attrs:
        subgraph.strip_default_attrs(meta)
    if saver_def is not None:
        meta.saver_def.MergeFrom(saver_def)
    for key in graph.get_all_collection_keys() if collection_list is None else collection_list:
        items = None
        if key == keys.GraphKeys.SAVERS and clear_extraneous_savers:
            items = [] if saver_def is None else [collection_protos.of(key).from_proto(saver_def)]
        add_collection_def(meta, key, graph, export_scope, left_out, items)
    if filename:
        write(os.fspath(filename), meta, as_text)
    return meta, _by_name(graph.get_collection(keys.GraphKeys.GLOBAL_VARIABLES, scope=export_scope), export_scope)


def write(path, message, as_text=False):
    """Puts a message into a file, all of it or nothing, and makes the folder it lies in."""
    data = graph_files.to_text(message).encode() if as_text else message.SerializeToString(deterministic=True)
    with os_errors.told(path):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        replace.write(path, data)


def _by_name(variables, scope):
    return {variable.stripped(v.name, scope): v for v in variables}


def _op_list(graph_def):
    """The signatures of all operations that a graph uses."""
    functions = {f.signature.name for f in graph_def.library.function}
    used = {node.op for node in graph_def.node}
    used.update(node.op for function in graph_def.library.function for node in function.node_def)
    return protos.OpList(
        op=[_op_message(op_def.get(name)) for name in sorted(used - functions) if op_def.is_known(name)]
    )


def _op_message(definition):
    message = protos.OpDef(name=definition.name, is_stateful=definition.is_stateful)
    for args, target in ((definition.inputs, message.input_arg), (definition.outputs, message.output_arg)):
        for arg in args:
            target.add(
                name=arg.name, is_ref=arg.is_ref, type=arg.dtype.as_datatype_enum if arg.dtype else 0,
                type_attr=arg.type_attr, number_attr=arg.number_attr, type_list_attr=arg.type_list_attr,
            )  # fmt: skip
    for attr in definition.attrs.values():
        row = message.attr.add(name=attr.name, type=attr.kind)
        if attr.has_default:
            attr_values.write(row.default_value, attr.kind, attr.default)
        if attr.minimum is not None:
            row.has_minimum, row.minimum = True, attr.minimum
        if attr.allowed is not None:
            _write_allowed(row.allowed_values.list, attr.allowed)
    return message


def _write_allowed(target, values):
    if all(isinstance(value, dtypes.DType) for value in values):
        target.type.extend(sorted(value.as_datatype_enum for value in values))
    else:
        target.s.extend(sorted(values))


def add_collection_def(meta_graph_def, key, graph=None, export_scope=None, exclude_nodes=(), override_contents=None):
    """Adds a collection to a MetaGraphDef; what cannot be written is left out with a warning."""
    if not isinstance(key, (str, bytes)):
        log.warning("Only collections with string type keys will be serialized. This key has %s", type(key))
        return
    graph = graph or graph_lib.get_default_graph()
    items = graph.get_collection(key) if override_contents is None else override_contents
    items = [item for item in items if _lies_in(item, export_scope, exclude_nodes)]
    if not items:
        return
    definition = protos.CollectionDef()
    try:
        _write_items(definition, key, items, export_scope)
    except Exception as error:
        log.warning(
            "Issue encountered when serializing %s. Type is unsupported, or the types of the items don't match field type in "
            "CollectionDef. Note this is a warning and probably safe to ignore.\n%s", key, error,
        )  # fmt: skip
        return
    meta_graph_def.collection_def[key].CopyFrom(definition)


def _lies_in(item, scope, left_out):
    name = item if isinstance(item, str) else getattr(item, "name", None)
    if not isinstance(name, str) or isinstance(item, str):
        return True
    node = name.partition(":")[0]
    return node not in left_out and (not scope or node.startswith(scope.rstrip("/") + "/"))


def _write_items(definition, key, items, scope):
    to_proto = collection_protos.of(key).to_proto
    if to_proto is not None:
        messages = [to_proto(item, export_scope=scope) for item in items]
        definition.bytes_list.value.extend([m.SerializeToString(deterministic=True) for m in messages if m is not None])
        return
    first = items[0]
    if isinstance(first, (tensor.TensorLike, operation.Operation, partitioned_variable.PartitionedVariable)):
        definition.node_list.value.extend([variable.stripped(item.name, scope) for item in items])
    elif isinstance(first, (str, bytes)):
        definition.bytes_list.value.extend([i.encode() if isinstance(i, str) else i for i in items])
    elif isinstance(first, int):
        definition.int64_list.value.extend(items)
    elif isinstance(first, float):
        definition.float_list.value.extend(items)
    elif hasattr(first, "SerializeToString") and first.DESCRIPTOR.name == "Any":
        for item in items:
            definition.any_list.value.add().CopyFrom(item)
    else:
        definition.node_list.value.extend([variable.stripped(item.name, scope) for item in items])


# -- reading -------------------------------------------------------------------------------------------------------------


def read_meta_graph_file(filename):
    """The MetaGraphDef in a file, binary or text.

    Raises:
        IOError: there is no such file. ValueError: it holds something else; the text says what.
    """
    path = os.fspath(filename)
    if not os.path.isfile(path):
        raise OSError(f"File {path} does not exist.")
    with os_errors.told(path), open(path, "rb") as file:
        return graph_files.parse(file.read(), "MetaGraphDef", path)


def import_scoped(
    meta_graph_or_file, clear_devices=False, graph=None, import_scope=None, input_map=None,
    unbound_inputs_col_name=_UNBOUND, restore_collections_predicate=lambda key: True, return_elements=None,
):  # fmt: skip
    """Adds a meta graph's nodes and collections to a graph.

    Args:
        import_scope: a name scope to put everything in.
        input_map: {name in the file: tensor to take in its place}; needed for inputs that were cut off at export.

    Returns:
        ({name in the file: variable}, the returned elements).

    Raises:
        ValueError: inputs that were cut off are not in `input_map`, or the graph is not well formed.
    """
    meta = meta_graph_or_file
    if getattr(meta, "DESCRIPTOR", None) is None:
        meta = read_meta_graph_file(meta)
    elif not isinstance(meta, protos.MetaGraphDef):
        meta = protos.MetaGraphDef.FromString(meta.SerializeToString())
    _check_unbound(meta, unbound_inputs_col_name, input_map)
    graph = graph or graph_lib.get_default_graph()
    nodes = protos.GraphDef()
    nodes.CopyFrom(meta.graph_def)
    if clear_devices:
        for node in nodes.node:
            node.device = ""
    with graph.as_default():
        scope = graph.unique_name(import_scope or "", mark_as_used=False)
        producer_op_list = (
            meta.meta_info_def.stripped_op_list if meta.meta_info_def.HasField("stripped_op_list") else None
        )
        elements = import_graph.import_graph_def(
            nodes, name=import_scope or scope, input_map=input_map, producer_op_list=producer_op_list,
            return_elements=return_elements,
        )  # fmt: skip
        known = {}
        for key in sorted(meta.collection_def):
            if key != unbound_inputs_col_name and restore_collections_predicate(key):
                _read_collection(graph, meta, key, scope, known)
    return _by_name(graph.get_collection(keys.GraphKeys.GLOBAL_VARIABLES, scope=scope or None), scope), elements


def _check_unbound(meta, collection, input_map):
    wanted = {name.decode() for name in meta.collection_def[collection].bytes_list.value} if (
        collection in meta.collection_def
    ) else set()  # fmt: skip
    missing = sorted(wanted - set(input_map or {}))
    if missing:
        raise ValueError(
            f"Graph contains unbound inputs: {', '.join(missing)}. Must provide these inputs through input_map."
        )


def _read_collection(graph, meta, key, scope, known):
    """Fills a collection; `known` holds the variables made so far, which several collections share."""
    definition = meta.collection_def[key]
    kind = definition.WhichOneof("kind")
    if kind is None:
        log.error("Cannot identify data type for collection %s. Skipping.", key)
        return
    functions = collection_protos.of(key)
    for value in getattr(definition, kind).value:
        try:
            if functions.from_proto is not None and kind == "bytes_list":
                value = _object(meta, key, value, scope, functions, known)
            elif kind == "node_list":
                value = graph.as_graph_element(variable.prepended(value, scope))
        except Exception as error:
            log.warning("An item of the collection %s is left out, since it cannot be made: %s: %r", key, error, value)
            continue
        graph.add_to_collection(key, value)


def _object(meta, key, value, scope, functions, known):
    found = known.get(value)
    if found is None:
        kind = functions.proto_type
        message = (getattr(protos, kind) if isinstance(kind, str) else kind).FromString(value)
        if kind == "VariableDef" and _version(meta) < _BEFORE_TRAINABLE:
            message.trainable = key == keys.GraphKeys.TRAINABLE_VARIABLES
        found = functions.from_proto(message, import_scope=scope)
        if kind == "VariableDef":
            known[value] = found
    return found


def _version(meta):
    """(major, minor) of the TensorFlow that wrote a meta graph; that of this one where it does not say."""
    parts = (meta.meta_info_def.tensorflow_version or _VERSION).split(".")
    return tuple(int(p) for p in parts[:2] if p.isdecimal())


def copy_scoped(from_scope, to_scope, from_graph=None, to_graph=None):
    """Copies what lies in one name scope to another, perhaps in another graph; returns {name: variable} of the copies."""
    source, target = (g or graph_lib.get_default_graph() for g in (from_graph, to_graph))
    if source is target and from_scope == to_scope:
        raise ValueError("'from_scope' and 'to_scope' need to be different when performing copy in the same graph.")
    meta, _ = export_scoped(export_scope=from_scope, graph=source)
    return import_scoped(meta, graph=target, import_scope=to_scope)[0]
