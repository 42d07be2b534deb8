"""Parts of a GraphDef: what lies in a name scope, what a node needs, what belongs to which Saver."""

from __future__ import annotations

import collections
import re

from graphflow._graph import attr_values, op_def, protos

_UNBOUND_PREFIX = "$unbound_inputs_"


def node_name(name):
    """`^a`, `a:1` -> `a`."""
    return name.removeprefix("^").partition(":")[0]


# -- scopes --------------------------------------------------------------------------------------------------------------


def copy_scope(source, target, scope, left_out, clear_devices):
    """Copies the nodes that lie in `scope` (None: all) from one GraphDef to another, without the scope's name.

    Args:
        left_out: names of nodes not to copy.

    Returns:
        the names, marked as unbound, of the inputs that come from outside.
    """
    target.versions.CopyFrom(source.versions)
    if source.HasField("library"):
        target.library.CopyFrom(source.library)
    start = scope.rstrip("/") + "/" if scope else ""
    unbound = {}
    for node in source.node:
        if not node.name.startswith(start) or node.name in left_out:
            continue
        copy = target.node.add()
        copy.CopyFrom(node)
        if clear_devices:
            copy.device = ""
        if start:
            _rename(copy, start, unbound)
    return set(unbound.values())


def _rename(node, start, unbound):
    node.name = node.name.removeprefix(start)
    inputs = []
    for name in node.input:
        mark, plain = ("^", name[1:]) if name.startswith("^") else ("", name)
        if plain.startswith(start):
            inputs.append(mark + plain.removeprefix(start))
        elif not mark:
            inputs.append(unbound.setdefault(plain, _UNBOUND_PREFIX + re.sub(r"[^A-Za-z0-9._/:-]", "_", plain)))
    node.input[:] = inputs
    if "_class" in node.attr:
        groups = [group.removeprefix(b"loc:@") for group in node.attr["_class"].list.s]
        kept = [b"loc:@" + group.removeprefix(start.encode()) for group in groups if group.startswith(start.encode())]
        node.attr["_class"].list.s[:] = kept
        if not kept:
            del node.attr["_class"]


def other_savers(graph_def, saver_def):
    """The names of the nodes that belong to Savers other than that of `saver_def`; every Saver has a scope of its own."""
    kept = set()
    if saver_def is not None:
        named = (saver_def.filename_tensor_name, saver_def.save_tensor_name, saver_def.restore_op_name)
        kept = {_scope(node_name(name)) for name in named}
    savers = {_scope(node.name) for node in graph_def.node if node.op in ("SaveV2", "RestoreV2", "Save", "SaveSlices")}
    dropped = savers - kept
    return {node.name for node in graph_def.node if any(s and node.name.startswith(s + "/") for s in dropped)}


def _scope(name):
    return name.rpartition("/")[0]


def strip_default_attrs(meta):
    """Takes the attributes that have their default value out of all nodes of a meta graph."""
    functions = {f.signature.name for f in meta.graph_def.library.function}
    nodes = [*meta.graph_def.node, *(n for f in meta.graph_def.library.function for n in f.node_def)]
    for node in nodes:
        if node.op in functions or not op_def.is_known(node.op):
            continue
        for attr in op_def.get(node.op).attrs.values():
            if attr.has_default and attr.name in node.attr:
                default = protos.AttrValue()
                attr_values.write(default, attr.kind, attr.default)
                if node.attr[attr.name] == default:
                    del node.attr[attr.name]
    meta.meta_info_def.stripped_default_attrs = True


# -- what nodes need -----------------------------------------------------------------------------------------------------


def needed(graph_def, targets):
    """The names of the nodes that `targets` need, themselves among them.

    Raises:
        AssertionError: a target is not in the graph.
    """
    inputs = {}
    for node in graph_def.node:
        inputs[node.name] = [node_name(name) for name in node.input]
        if "_class" in node.attr:
            groups = [group.decode() for group in node.attr["_class"].list.s]
            inputs[node.name] += [group[5:] for group in groups if group.startswith("loc:@")]
    for target in targets:
        assert target in inputs, f"{target} is not in graph"
    found, waiting = set(), collections.deque(targets)
    while waiting:
        name = waiting.popleft()
        if name not in found:
            found.add(name)
            waiting.extend(inputs.get(name, ()))
    return found
