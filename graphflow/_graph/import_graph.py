"""import_graph_def: the nodes of a GraphDef added to the current graph, all of them or none."""

from __future__ import annotations

import contextlib

from graphflow._core import shapes
from graphflow._graph import (
    build,
    frames,
    function_checks,
    function_def,
    graph_files,
    graph_plan,
    import_functions,
    protos,
)
from graphflow._graph import graph as graph_lib
from graphflow._graph import graph_def as graph_def_lib
from graphflow._graph import operation as operation_lib
from graphflow._graph import tensor as tensor_lib

_invalid = graph_files.invalid


def import_graph_def(graph_def, input_map=None, return_elements=None, name=None, op_dict=None, producer_op_list=None):
    """Adds the nodes of `graph_def` to the current default graph.

    Everything is checked before the first node is made; when something is wrong the graph stays as it was.

    Args:
        graph_def: a GraphDef message.
        input_map: {name of a tensor in `graph_def`: tensor to take in its place}; a key `^a` replaces a control input.
        return_elements: names in `graph_def` of operations (`a`) and tensors (`a:0`) to return.
        name: prefix of the new names, made unique; `import` when None; none at all when empty.
        op_dict: not used, as in TensorFlow 1.15.
        producer_op_list: an OpList; attributes unknown here are left out where they have their default in it.

    Returns:
        a list of what `return_elements` names, or None without it.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: the graph is not well formed, or lacks a name given in `input_map` or `return_elements`.
        NotFoundError: op types that are not known; all are listed.
    """
    graph_def = _as_graph_def(graph_def)
    _check_arguments(input_map, return_elements)
    graph = graph_lib.get_default_graph()
    graph.check_not_finalized()
    with graph.name_scope("import" if name is None else name) as scope:
        prefix = scope[:-1]
    with graph._lock, _all_or_nothing(graph):
        mapped = _replacements(graph, input_map or {}, prefix)
        functions = _add_functions(graph, graph_def)
        nodes = graph_plan.read(graph_def, functions, mapped, producer_op_list)
        frames.check(nodes)
        by_name = {node.name: node for node in nodes}
        wanted = [_wanted(_text(element), by_name, mapped) for element in return_elements or ()]
        _check_replaced(mapped, nodes, by_name)
        made = _Maker(graph, prefix, mapped, nodes).make()
        import_functions.attach(made.values(), _make_in)
        graph_def_lib.merge_versions(graph, graph_def.versions)
    if return_elements is None:
        return None
    return [
        mapped[node_name, index] if (node_name, index) in mapped
        else made[node_name] if index is None else made[node_name].outputs[index]
        for node_name, index in wanted
    ]  # fmt: skip


@contextlib.contextmanager
def _all_or_nothing(graph):
    """An error inside leaves the graph without what was added meanwhile."""
    count, last_id = len(graph._ops), graph._last_id
    tables = [(table, dict(table)) for table in (graph._names_in_use, graph._functions, graph._extra)]
    seen = [(controller, set(controller.seen)) for controller in graph._scopes.control]
    try:
        yield
    except BaseException:
        for op in graph._ops[count:]:
            del graph._by_name[op.name]
        del graph._ops[count:]
        graph._last_id = last_id
        for table, before in tables:  # in place: function graphs share them
            table.clear()
            table.update(before)
        for controller, before in seen:
            controller.seen = before
        raise


# -- arguments -----------------------------------------------------------------------------------------------------------


def _as_graph_def(value):
    if isinstance(value, protos.GraphDef):
        return value
    descriptor = getattr(value, "DESCRIPTOR", None)
    if descriptor is None or descriptor.name != "GraphDef":
        hint = "; parse the bytes of a file first" if isinstance(value, bytes) else ""
        raise TypeError(f"graph_def must be a GraphDef proto, got {type(value).__name__}{hint}.")
    return protos.GraphDef.FromString(value.SerializeToString())  # of another package's declaration


def _check_arguments(input_map, return_elements):
    if input_map is not None and not (
        isinstance(input_map, dict) and all(isinstance(k, (str, bytes)) for k in input_map)
    ):
        raise TypeError("input_map must be a dictionary mapping strings to Tensor objects.")
    if return_elements is not None and not all(isinstance(e, (str, bytes)) for e in return_elements):
        raise TypeError("return_elements must be a list of strings.")


def _text(name):
    return name.decode() if isinstance(name, bytes) else name


def _tensor_name(text):
    """`a` and `a:0` -> ("a", 0), `a:1` -> ("a", 1)."""
    name, colon, index = text.partition(":")
    if colon and not (index.isdecimal() and len(index) < 10):
        raise ValueError(f"Cannot convert {text!r} to a tensor name.")
    return name, int(index or 0)


def _replacements(graph, input_map, prefix):
    """{(node name, output index): tensor} and {(node name, -1): operation} of an `input_map`."""
    mapped = {}
    for key, value in input_map.items():
        key = _text(key)
        if key.startswith("^") and isinstance(value, operation_lib.Operation):
            tensor = value
        elif isinstance(value, tensor_lib.Tensor):
            tensor = value
        elif not prefix:
            raise ValueError(
                "tf.import_graph_def() requires a non-empty `name` if `input_map` contains non-Tensor values. Try calling "
                "tf.convert_to_tensor() on `input_map` values before calling tf.import_graph_def()."
            )
        else:
            with graph.name_scope(f"{prefix}/_inputs/"):
                tensor = build.convert_to_tensor(value)
        if tensor.graph is not graph:
            raise _invalid(
                f"'{tensor.name}' in input_map does not exist in graph (input_map entry: {key}->{tensor.name})"
            )
        if key.startswith("^"):
            mapped[key[1:], -1] = getattr(tensor, "op", tensor)
        else:
            mapped[_tensor_name(key)] = tensor
    return mapped


def _wanted(text, by_name, mapped):
    """(node name, output index, or None for the operation) of a return element; ValueError where there is none."""
    if ":" not in text:
        if text not in by_name:
            raise _invalid(f"Requested return node '{text}' not found in graph def")
        return text, None
    name, index = _tensor_name(text)
    if (name, index) not in mapped:
        if name not in by_name:
            raise _invalid(f"Requested return tensor '{text}' not found in graph def")
        count = len(by_name[name].output_types)
        if index >= count:
            raise _invalid(f"Invalid return output {index} of node '{name}', which has {count} output(s)")
    return name, index


def _check_replaced(mapped, nodes, by_name):
    """A replacement for something that is not in the graph is taken for a typing error."""
    used = {source for node in nodes for source in node.inputs}
    used.update((control, -1) for node in nodes for control in node.controls)
    missing = [
        f"^{name}" if index < 0 else f"{name}:{index}"
        for name, index in mapped
        if (name, index) not in used and not (name in by_name and index < len(by_name[name].output_types))
    ]
    if missing:
        raise _invalid(f"Attempted to map inputs that were not found in graph_def: [{', '.join(missing)}]")


def _add_functions(graph, graph_def):
    """The functions of the graph, with those of the library among them."""
    function_checks.check(graph_def, graph._functions)
    for definition in graph_def.library.function:
        name = definition.signature.name
        existing = graph._functions.get(name)
        if existing is None:
            graph._functions[name] = function_def.ImportedFunction(definition)
        elif graph_def_lib.function_message(name, existing) != definition:
            raise _invalid(
                f"Cannot add function '{name}' because a different function with the same name already exists."
            )
    return graph._functions


# -- making --------------------------------------------------------------------------------------------------------------


def _make_in(graph, nodes, mapped):
    """Makes planned nodes in the body of a function."""
    return _Maker(graph, "", mapped, nodes).make()


class _Maker:
    """Makes planned nodes in a graph, under new names."""

    def __init__(self, graph, prefix, mapped, nodes):
        self.graph = graph
        self.mapped = mapped
        self.nodes = nodes
        self.made = {}  # name in the file -> operation
        self.names = self._new_names(prefix)
        self.controls = [c for controller in graph._scopes.control for c in controller.control_inputs]

    def _new_names(self, prefix):
        """{name in the file: name in the graph}: prefixed, and numbered where it is taken."""
        before = prefix + "/" if prefix else ""
        taken = _with_scopes(self.graph._by_name, before)
        own = _with_scopes((node.name for node in self.nodes), "") if taken and not prefix else set()
        found = {}
        for node in self.nodes:
            name, count = before + node.name, 0
            while name in taken or (count and name in own):
                count += 1
                name = f"{before}{node.name}_{count}"
            found[node.name] = name
        return found

    def make(self):
        """Makes all nodes; operations by their names in the file."""
        back_edges = []
        for node in self.nodes:
            inputs = [self._source(source) for source in node.inputs]
            is_late = any(value is None for value in inputs)
            if is_late:  # the head of a loop: until the loop is there, what enters it stands for what comes round
                back_edges.append(node)
                first = next(value for value in inputs if value is not None)
                inputs = [first if value is None else value for value in inputs]
            op = self._make(node, tuple(inputs))
            if is_late:
                op.outputs[0]._dims = None
            self._set_shapes(node, op)
            self.made[node.name] = op
        for node in back_edges:
            self.made[node.name].inputs = tuple([self._source(source) for source in node.inputs])
        for node in self.nodes:
            if node.beside:
                self._place_with_others(node)
        return self.made

    def _source(self, source):
        """The tensor that (node name, output index) stands for; None when it is not made yet."""
        found = self.mapped.get(source)
        if found is None and source[0] in self.made:
            found = self.made[source[0]].outputs[source[1]]
        return found

    def _make(self, node, inputs):
        controls = {self.mapped.get((c, -1)) or self.made[c] for c in node.controls}
        attrs = dict(node.attrs)
        if node.beside:
            attrs["_class"] = [self._renamed(group) for group in attrs["_class"]]
        name = self.names[node.name]
        self.graph._names_in_use.setdefault(name.lower(), 1)
        try:
            return self.graph.add_op(
                node.op_def, name, inputs, attrs, node.output_types,
                control_inputs=tuple(dict.fromkeys([*sorted(controls, key=_op_name), *self.controls])), device=node.device,
            )  # fmt: skip
        except ValueError as error:  # the shapes do not fit; the text names the node
            raise _invalid(str(error)) from None
        except Exception as error:  # a shape rule met what only a damaged or hand-made file holds
            raise _invalid(f"Node '{name}' ({node.op_def.name}): its shape cannot be told: {error!r}") from error

    def _renamed(self, group):
        if group.startswith(b"loc:@"):
            return b"loc:@" + self.names[group[5:].decode()].encode()
        return group

    def _set_shapes(self, node, op):
        """Adds what the file tells of the shapes."""
        if node.shapes is None:
            return
        if len(node.shapes) != len(op.outputs):
            raise _invalid(
                f"Node '{op.name}' has {len(op.outputs)} outputs but the _output_shapes attribute specifies shapes for "
                f"{len(node.shapes)} outputs"
            )
        for i, (output, dims) in enumerate(zip(op.outputs, node.shapes)):
            try:
                output._dims = shapes.merge(output._dims, dims)
            except ValueError as error:
                raise _invalid(
                    f"Node '{op.name}' has an _output_shapes attribute inconsistent with the GraphDef for output #{i}: {error}"
                ) from None

    def _place_with_others(self, node):
        """A node colocated with others takes their device, not its own."""
        others = [self.made[name] for name in node.beside if name != node.name]
        if others:
            self.made[node.name]._device = next((other.device for other in others if other.device), "")


def _op_name(op):
    return op.name


def _with_scopes(names, start):
    """Those of the names that begin with `start`, and every scope they lie in."""
    found = set()
    for name in names:
        if name.startswith(start):
            while name and name not in found:
                found.add(name)
                name = name.rpartition("/")[0]
    return found
