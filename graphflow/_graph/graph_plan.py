"""What a GraphDef would make, read and checked in full before a node of it is made."""

from __future__ import annotations

import heapq
import warnings

from graphflow._core import dtypes, errors, names
from graphflow._graph import attr_values, build, graph_files, op_def
from graphflow._graph import device as device_lib
from graphflow._graph import graph as graph_lib

_invalid = graph_files.invalid
_MOST_TENSORS = 1_000_000  # that one node may take or make; more is a damaged file
_OLD_PLACEHOLDERS = 21  # up to this version a placeholder's shape `[]` said that the shape was not given


class Node:
    """A node to be made.

    Attributes:
        name: as the GraphDef has it.
        op_def: its `op_def.OpDef`.
        attrs: all attributes in their stored form.
        inputs: (node name, output index) of each data input, in order.
        controls: names of the nodes it waits for.
        device: canonical name, or the empty string.
        output_types: DTypes of its outputs.
        beside: names of the nodes that it is colocated with.
        shapes: plain shapes of its outputs as the file tells them in `_output_shapes`, or None.
    """

    __slots__ = ("name", "op_def", "attrs", "inputs", "controls", "device", "output_types", "beside",
                 "shapes")  # fmt: skip


def shown(name):
    """A name for a message: in full unless it is absurdly long."""
    return name if len(name) <= 200 else f"{name[:100]}... ({len(name)} characters)"


def read(graph_def, functions, mapped, producer_op_list=None):
    """The nodes of a GraphDef in the order TensorFlow makes them.

    Args:
        graph_def: the message.
        functions: name -> function that nodes may call; its `op_def` is the type of such a node.
        mapped: what inputs are replaced by: (node name, output index) -> tensor, (node name, -1) -> operation.
        producer_op_list: an OpList; attributes unknown here that have their default in it are left out.

    Raises:
        NotFoundError: op types that are not known, all of them.
        GraphDefError: anything else that is not well formed; the node is named.
    """
    check_versions(graph_def.versions)
    _check_names(graph_def)
    op_defs = _find_op_defs(graph_def, functions)
    producer_defaults = (
        {}
        if producer_op_list is None
        else {
            op.name: {a.name: a.default_value for a in op.attr if a.HasField("default_value")}
            for op in producer_op_list.op
        }
    )
    reader = _Reader(graph_def.versions.producer, producer_defaults)
    nodes = [reader.node(proto, op_defs[proto.op]) for proto in graph_def.node]
    reader.warn_of_left_out()
    by_name = {node.name: node for node in nodes}
    for node in nodes:
        _check_inputs(node, by_name, mapped)
    return _in_order(nodes, mapped)


# -- the graph as a whole ------------------------------------------------------------------------------------------------


def check_versions(versions):
    """GraphDefError where the file says that TensorFlow 1.15 must not read it."""
    ours = graph_lib.GRAPH_DEF_VERSION
    if versions.min_consumer > ours:
        raise _invalid(
            f"GraphDef min consumer version {versions.min_consumer} above current version {ours} (TensorFlow 1.15): it uses "
            "features of a later TensorFlow. Export it again for an earlier one."
        )
    if ours in versions.bad_consumers:
        raise _invalid(f"GraphDef disallows consumer version {ours} (TensorFlow 1.15)")


def _check_names(graph_def):
    seen = set()
    for node in graph_def.node:
        if not names.is_valid_op_name(node.name):
            raise _invalid(f"Node {shown(node.name)!r}: Node name contains invalid characters")
        if node.name in seen:
            raise _invalid(f"Node '{shown(node.name)}' is not unique")
        seen.add(node.name)


def _find_op_defs(graph_def, functions):
    known = set(op_def.known_types())
    found, unknown = {}, {}
    for node in graph_def.node:
        op_type = node.op
        if op_type in found:
            continue
        function = functions.get(op_type)
        if function is not None and op_type not in known:
            found[op_type] = function.op_def
        elif op_type in known:
            found[op_type] = op_def.get(op_type)
        else:
            unknown.setdefault(op_type, []).append(node.name)
    if unknown:
        lines = [
            f"Op type not registered '{shown(op_type)}': node '{shown(users[0])}'"
            + (f" and {len(users) - 1} more" if len(users) > 1 else "")
            for op_type, users in unknown.items()
        ]
        near = graph_lib.hooks.nearest_names(next(iter(unknown)), known)
        hint = f"\nThe nearest known type: {', '.join(near)}." if near else ""
        raise errors.NotFoundError(None, None, "\n".join(lines) + hint)
    return found


def _in_order(nodes, mapped):
    """Each node after its inputs, else as in the file; a loop's Merge waits only for one of its inputs.

    Raises:
        GraphDefError: a circle that is no loop.
    """
    position = {node.name: i for i, node in enumerate(nodes)}
    users = [[] for _ in nodes]
    waits_for = []
    loops = {node.name for node in nodes if node.op_def.name in ("NextIteration", "RefNextIteration")}
    for i, node in enumerate(nodes):
        before = [source for source in node.inputs if source not in mapped]
        controls = [c for c in node.controls if (c, -1) not in mapped]
        for source, _ in before:
            users[position[source]].append(i)
        for control in controls:
            users[position[control]].append(i)
        is_loop_head = node.op_def.name in ("Merge", "RefMerge") and any(source in loops for source, _ in before)
        if is_loop_head:  # one input is enough to begin with, and a replaced one is there already
            waits_for.append(len(controls) + (len(before) == len(node.inputs)))
        else:
            waits_for.append(len(controls) + len(before))
    ready = [i for i, count in enumerate(waits_for) if count == 0]
    order = []
    while ready:
        i = heapq.heappop(ready)
        order.append(nodes[i])
        for user in users[i]:
            waits_for[user] -= 1
            if waits_for[user] == 0:
                heapq.heappush(ready, user)
    if len(order) < len(nodes):
        stuck = [nodes[i].name for i, count in enumerate(waits_for) if count > 0]
        listed = ", ".join(f"'{shown(name)}'" for name in stuck[:5]) + (", ..." if len(stuck) > 5 else "")
        raise _invalid(f"{len(stuck)} nodes in a cycle that is not a while loop, or behind one: {listed}")
    return order


# -- one node ------------------------------------------------------------------------------------------------------------


class _Reader:
    """From NodeDef to `Node`."""

    def __init__(self, producer, producer_defaults):
        self.producer = producer
        self.producer_defaults = producer_defaults
        self.left_out = {}  # (op type, attribute) -> a node

    def node(self, proto, kind):
        node = Node()
        node.name, node.op_def = proto.name, kind
        try:
            node.attrs = self._attrs(proto, kind)
            node.shapes = _shapes(proto)
            node.beside = _beside(node.attrs)
            node.inputs, node.controls = _inputs(proto)
            node.device = _device(proto.device)
            if kind.name in _SPECIAL:
                _SPECIAL[kind.name](node.attrs, self.producer)
            _check_counts(kind, node.attrs)
            node.output_types = build.arg_types(kind.outputs, node.attrs)
        except errors.OpError as error:
            if isinstance(error, errors.ResourceExhaustedError):
                raise errors.ResourceExhaustedError(None, None, f"{error.message}\n  node: {_describe(node)}") from None
            raise _invalid(f"{error.message}\n  node: {_describe(node)}") from None
        return node

    def _attrs(self, proto, kind):
        given = proto.attr
        found = {}
        for name, attr in kind.attrs.items():
            if name in given and given[name].WhichOneof("value") is not None:
                value = attr_values.read(given[name], attr)
                if attr.allowed is not None or attr.minimum is not None:
                    _check_value(attr, value)
                found[name] = value
            elif attr.has_default:
                found[name] = list(attr.default) if type(attr.default) is list else attr.default
            else:
                raise _invalid(f"NodeDef missing attr '{name}' from Op {kind.name}")
        for name in given:
            if name not in kind.attrs and name != "_output_shapes":
                self._unknown_attr(name, given[name], proto, found)
        return found

    def _unknown_attr(self, name, value, proto, found):
        if name.startswith("_"):
            found[name] = attr_values.read(value, None)
        elif self.producer_defaults.get(proto.op, {}).get(name) == value:
            pass
        elif self.producer > graph_lib.GRAPH_DEF_VERSION:
            self.left_out.setdefault((proto.op, name), proto.name)
        else:
            raise _invalid(f"NodeDef mentions attr '{shown(name)}' not in Op {proto.op}")

    def warn_of_left_out(self):
        """Later versions of TensorFlow added attributes; what they ask for beyond their default is lost."""
        if self.left_out:
            listed = "; ".join(f"{name} of {op} (node '{node}')" for (op, name), node in self.left_out.items())
            warnings.warn(
                f"this graph is of version {self.producer}, later than TensorFlow 1.15's {graph_lib.GRAPH_DEF_VERSION}; "
                f"attributes that 1.15 does not have are left out: {listed}",
                stacklevel=5,
            )


def _describe(node):
    return f"{node.op_def.name} '{shown(node.name)}'"


def _check_value(attr, value):
    items = value if isinstance(value, list) else [value]
    if attr.minimum is not None:
        size = len(value) if isinstance(value, list) else value
        if size < attr.minimum:
            what = "Length for attr" if isinstance(value, list) else "Value for attr"
            raise _invalid(f"{what} '{attr.name}' of {size} must be at least minimum {attr.minimum}")
    if attr.allowed is not None:
        for item in items:
            if item not in attr.allowed:
                allowed = ", ".join(sorted(map(_text, attr.allowed)))
                raise _invalid(
                    f"Value for attr '{attr.name}' of {_text(item)} is not in the list of allowed values: {allowed}"
                )


def _text(value):
    return value.name if isinstance(value, dtypes.DType) else repr(value)


def _check_counts(kind, attrs):
    for arg in (*kind.inputs, *kind.outputs):
        if arg.number_attr is not None and not 0 <= attrs[arg.number_attr] <= _MOST_TENSORS:
            raise _invalid(f"attr '{arg.number_attr}' asks for {attrs[arg.number_attr]} tensors for '{arg.name}'")


def _inputs(proto):
    data, controls = [], []
    for text in proto.input:
        if text.startswith("^"):
            controls.append(text[1:])
            continue
        if controls:
            raise _invalid("Control dependencies must come after regular dependencies")
        name, index = names.split_tensor_name(text)
        data.append((name, index or 0))
    return data, controls


def _device(text):
    try:
        return device_lib.canonical(text)
    except ValueError as error:
        raise _invalid(f"bad device: {error}") from None


def _beside(attrs):
    groups = attrs.get("_class", [])
    if not isinstance(groups, list) or not all(isinstance(group, bytes) for group in groups):
        raise _invalid("attr '_class' is not a list of strings")
    return [group[5:].decode(errors="replace") for group in groups if group.startswith(b"loc:@")]


def _shapes(proto):
    if "_output_shapes" not in proto.attr:
        return None
    return [attr_values.read_shape(shape) for shape in proto.attr["_output_shapes"].list.shape]


def _const(attrs, producer):
    array, wanted = attrs["value"], attrs["dtype"]
    found = dtypes.string if array.dtype == object else dtypes.as_dtype(array.dtype)
    if found is not wanted:
        raise _invalid(f"the value of a Const is of {found.name}, but its attr 'dtype' is {wanted.name}")


def _placeholder(attrs, producer):
    if producer <= _OLD_PLACEHOLDERS and attrs["shape"] == ():
        attrs["shape"] = None


_SPECIAL = {"Const": _const, "Placeholder": _placeholder}


def _check_inputs(node, by_name, mapped):
    """That every input is there, is as many, and of the types that the op takes."""
    expected = build.arg_types(node.op_def.inputs, node.attrs)
    for source, index in node.inputs:
        if (source, index) in mapped:
            continue
        if source not in by_name:
            text = source if not index else f"{source}:{index}"
            raise _invalid(f"Node '{shown(node.name)}': Unknown input node '{shown(text)}'")
        count = len(by_name[source].output_types)
        if index >= count:
            raise _invalid(
                f"Node '{shown(node.name)}': Connecting to invalid output {index} of source node {shown(source)} which has "
                f"{count} outputs."
            )
    for control in node.controls:
        if (control, -1) not in mapped and control not in by_name:
            raise _invalid(f"Node '{shown(node.name)}': Unknown input node '^{shown(control)}'")
    if len(expected) != len(node.inputs):
        listed = ", ".join(d.name for d in expected[:20])
        raise _invalid(
            f"NodeDef expected inputs '{listed}' do not match {len(node.inputs)} inputs specified\n  node: {_describe(node)}"
        )
    for i, (source, wanted) in enumerate(zip(node.inputs, expected)):
        given = mapped[source].dtype if source in mapped else by_name[source[0]].output_types[source[1]]
        if given is not wanted and (wanted.is_ref or given.base_dtype is not wanted):
            raise _invalid(
                f"Input {i} of node {shown(node.name)} was passed {given.name} from {shown(source[0])}:{source[1]} "
                f"incompatible with expected {wanted.name}."
            )
    for other in node.beside:
        if other not in by_name:
            raise _invalid(f"Node '{shown(node.name)}' expects to be colocated with unknown node '{shown(other)}'")
