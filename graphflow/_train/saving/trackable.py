"""The objects that an object-based checkpoint holds: variables found by their paths through objects, not by their names."""

from __future__ import annotations

from typing import Any, NamedTuple

from graphflow._graph import protos
from graphflow._ops import variable
from graphflow._train import optimizer
from graphflow._train.saving import object_names


class Node(NamedTuple):
    """An object, how it is reached, and the objects in it.

    Attributes:
        item: the object.
        path: names from the root, ready for a key.
        children: {name: position of a node}.
        slots: [(position of the variable, name of the slot, position of the slot's node)].
    """

    item: Any
    path: str
    children: dict
    slots: list

    @property
    def key(self):
        """What the value of a variable is stored under."""
        return _value_key(self.path)


def _value_key(path):
    return f"{path}/.ATTRIBUTES/{object_names.VALUE_KEY}"


def _escaped(name):
    return name.replace(".", "..").replace("/", ".S")


def children_of(item):
    """{name: object} of what an object holds and a checkpoint keeps."""
    if isinstance(item, variable.Variable):
        return {}
    if isinstance(item, dict):
        found = {str(key): value for key, value in item.items()}
    elif isinstance(item, (list, tuple)):
        found = {str(i): value for i, value in enumerate(item)}
    elif isinstance(item, optimizer.Optimizer):
        found = {name: value for (name, _), value in item._non_slot_dict.items()}
    else:
        found = {name: value for name, value in getattr(item, "__dict__", {}).items() if not name.startswith("_")}
    if hasattr(item, "_checkpoint_dependencies"):
        found.update(item._checkpoint_dependencies())
    return {name: value for name, value in sorted(found.items()) if _is_kept(value)}


def _is_kept(value):
    if isinstance(value, (list, tuple, dict)):
        return any(map(_is_kept, value.values() if isinstance(value, dict) else value))
    return isinstance(value, (variable.Variable, optimizer.Optimizer)) or hasattr(value, "_is_tracked")


def nodes_of(root):
    """All objects from `root` on, nearest first; `root` may give its own children as `_tracked()`."""
    nodes, positions = [Node(root, "", {}, [])], {id(root): 0}
    for node in nodes:  # it grows
        inner = node.item._tracked() if hasattr(node.item, "_tracked") else children_of(node.item)
        for name, item in inner.items():
            if id(item) not in positions:
                positions[id(item)] = len(nodes)
                path = f"{node.path}/{_escaped(name)}" if node.path else _escaped(name)
                nodes.append(Node(item, path, {}, []))
            node.children[name] = positions[id(item)]
    _add_slots(nodes)
    return nodes


def _add_slots(nodes):
    known = [(i, node) for i, node in enumerate(nodes) if isinstance(node.item, variable.Variable)]
    for owner in [node for node in nodes if hasattr(node.item, "get_slot_names")]:
        for position, node in known:
            for name in owner.item.get_slot_names():
                slot = owner.item.get_slot(node.item, name)
                if slot is not None:
                    owner.slots.append((position, name, len(nodes)))
                    path = f"{node.path}/.OPTIMIZER_SLOT/{owner.path}/{_escaped(name)}"
                    nodes.append(Node(slot, path, {}, []))


def graph_message(nodes):
    """The TrackableObjectGraph of nodes."""
    message = protos.TrackableObjectGraph()
    for node in nodes:
        row = message.nodes.add()
        for name, position in node.children.items():
            row.children.add(node_id=position, local_name=name)
        for position, name, slot in node.slots:
            row.slot_variables.add(original_variable_node_id=position, slot_name=name, slot_variable_node_id=slot)
        if isinstance(node.item, variable.Variable):
            row.attributes.add(name=object_names.VALUE_KEY, full_name=node.item.op.name, checkpoint_key=node.key)
    return message


def matched(nodes, message):
    """({position in `nodes`: position in a stored TrackableObjectGraph}) of the objects that both have."""
    found, waiting = {0: 0}, [0]
    while waiting:
        ours = waiting.pop()
        stored = message.nodes[found[ours]]
        for child in stored.children:
            position = nodes[ours].children.get(child.local_name)
            if position is not None and position not in found:
                found[position] = child.node_id
                waiting.append(position)
    for ours, theirs in list(found.items()):
        slots = {(found.get(variable), name): slot for variable, name, slot in nodes[ours].slots}
        for row in message.nodes[theirs].slot_variables:
            position = slots.get((row.original_variable_node_id, row.slot_name))
            if position is not None:
                found[position] = row.slot_variable_node_id
    return found
