"""Graph: an append-only list of operations with names, collections and scopes."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from graphflow._core import names, source
from graphflow._graph import device as device_lib
from graphflow._graph import notebook, operation, recording, scopes, tensor

GRAPH_DEF_VERSION = 134
GRAPH_DEF_VERSION_MIN_CONSUMER = 0
GRAPH_DEF_VERSION_MIN_PRODUCER = 0


class _Hooks:
    """What a graph needs from files above it, filled by them: exporting and constant evaluation."""

    node_def: Any = None
    graph_def: Any = None
    versions: Any = None
    public_attr: Any = None
    attr_from_proto: Any = None
    nearest_names: Any = None
    overridden_in_body: Any = None
    scope_matcher: Any = None
    create_op: Any = None
    constant: Any = None
    static_shape: Any = None
    static_value: Any = None
    canonical_device = staticmethod(device_lib.canonical)


hooks = _Hooks()


class _ControlDependencies:
    """One `with control_dependencies(...)`: what must run first, and the operations made inside so far."""

    __slots__ = ("control_inputs", "seen")

    def __init__(self, control_inputs):
        self.control_inputs = control_inputs
        self.seen = set()


class Graph(notebook.Shown):
    """A computation: operations, in the order they were made, and the tensors between them."""

    hooks = hooks
    executes = False  # whether operations are executed as they are made
    is_open = False  # whether, with eager execution, operations on its tensors are added to it from outside

    def __init__(self):
        self._ops = []
        self._by_name = {}
        self._names_in_use = {}  # lower-case name -> how often it was asked for
        self._last_id = 0  # operations made, as TensorFlow counts them: an unseeded op's seed comes from it
        self._collections = {}
        self._finalized = False
        self._scopes = scopes.GraphScopes()
        self._consumers = {}  # id(tensor) -> operations, filled up to _indexed
        self._indexed = 0
        self._late_edges = []  # control edges added to an operation after it was made
        self._unfeedable = set()
        self._unfetchable = set()
        self._functions = {}  # name -> function graph, for cond, while_loop, Defun
        self._lock = threading.RLock()
        self.seed = None
        self.version_of_feeds = 0
        self._extra = {}  # for the floors above: one entry each, under their own key

    # -- making operations -----------------------------------------------------------------------------------------------

    def add_op(self, op_def, name, inputs, attrs, output_dtypes, control_inputs=None, device=None):
        """Appends an operation. `name` is final; `inputs` are tensors of this graph.

        The scopes in force add control inputs, device, colocation and attributes; the op type's shape rule then says the
        shapes of the outputs, and a ValueError from it leaves the graph as it was.
        """
        if self._finalized:
            self.check_not_finalized()
        here = self._scopes
        if control_inputs is None:
            control_inputs = self._control_inputs_for(inputs) if here.control else ()
        if here.attrs:
            for key, value in here.attrs.items():
                attrs.setdefault(key, value)
        if here.override and op_def.name in here.override and "_gradient_op_type" not in attrs:
            attrs["_gradient_op_type"] = here.override[op_def.name].encode()
        if here.container and attrs.get("container") == b"":
            attrs["container"] = here.container.encode()
        if device is None:
            device = ""
        op = operation.Operation(
            self, op_def, name, inputs, attrs, control_inputs, device, source.user_frame(), len(self._ops)
        )
        op.outputs = tuple([tensor.Tensor(op, i, d) for i, d in enumerate(output_dtypes)])
        if here.devices:
            self._apply_devices(op)
        if here.colocation:
            self._apply_colocation(op)
        if op_def.shape_rule is not None:
            dims = op_def.shape_rule(op)
            for output, d in zip(op.outputs, dims):
                output._dims = d
        with self._lock:
            op._id = len(self._ops)
            self._ops.append(op)
            self._by_name[name] = op
            self._last_id += 1
        for controller in here.control:
            controller.seen.add(op)
        if recording.here.stack:
            recording.see(op)
        return op

    def _control_inputs_for(self, inputs):
        """The control inputs that the open `control_dependencies` blocks ask for.

        A block adds none when a data input was itself made inside it: that input already waits.
        """
        found = []
        input_ops = {t.op for t in inputs}
        for controller in self._scopes.control:
            if controller.seen and not controller.seen.isdisjoint(input_ops):
                continue
            found.extend(op for op in controller.control_inputs if op not in input_ops)
        return tuple(dict.fromkeys(found))

    def _apply_devices(self, op):
        for function in reversed(self._scopes.devices):
            if function is None:
                break
            op._device = function(op)

    def _apply_colocation(self, op):
        groups = set()
        for other in self._scopes.colocation:
            groups.update(other.colocation_groups())
            op._device = other.device or op._device
        op.attrs["_class"] = sorted(groups)

    def create_op(self, op_type, inputs, dtypes=None, input_types=None, name=None, attrs=None, op_def=None,
                  compute_shapes=True, compute_device=True):  # fmt: skip
        """Adds an operation of `op_type` from tensors and ready attributes (TensorFlow's low-level entry)."""
        return hooks.create_op(self, op_type, inputs, dtypes, name, attrs)

    # -- names -----------------------------------------------------------------------------------------------------------

    def unique_name(self, name, mark_as_used=True):
        """`name` in the current scope, with `_1`, `_2` ... where it is taken."""
        here = self._scopes.name
        if here:
            name = f"{here}/{name}"
        used = self._names_in_use
        key = name.lower()
        count = used.get(key, 0)
        if mark_as_used:
            used[key] = count + 1
        if count:
            base, base_key = name, key
            while key in used:
                name = f"{base}_{count}"
                key = name.lower()
                count += 1
            if mark_as_used:
                used[base_key] = count
                used[key] = 1
        return name

    @contextlib.contextmanager
    def name_scope(self, name):
        """Operations made inside get `name/` before their names.

        A name that ends in `/` re-enters that very scope; None or the empty string leaves all scopes.

        Yields:
            the scope as a string that ends in `/`, or the empty string.
        """
        here = self._scopes
        if name:
            if isinstance(name, bytes):
                name = name.decode()
            valid = names.is_valid_scope_name if here.name else names.is_valid_op_name
            if not valid(name):
                raise ValueError(f"'{name}' is not a valid scope name")
            new = names.from_scope(name) if name[-1] == "/" else self.unique_name(name)
        else:
            new = ""
        before, here.name = here.name, new
        try:
            yield new + "/" if new else ""
        finally:
            here.name = before

    def get_name_scope(self):
        """The current scope, without the closing slash."""
        return self._scopes.name

    # -- finding things --------------------------------------------------------------------------------------------------

    def get_operations(self):
        """All operations, in the order they were made."""
        return list(self._ops)

    def as_graph_element(self, obj, allow_tensor=True, allow_operation=True):
        """The tensor or operation that `obj` (a name, tensor, operation, variable) stands for in this graph.

        Raises:
            KeyError: a name that is not in the graph. ValueError: an object of another graph, or a malformed name.
            TypeError: not something of a graph at all.
        """
        convert = getattr(obj, "_as_graph_element", None)
        if convert is not None:
            obj = convert()
        if isinstance(obj, tensor.Tensor) and allow_tensor:
            if obj.graph is not self:
                raise ValueError(f"Tensor {obj} is not an element of this graph." + self._elsewhere(obj.op))
            return obj
        if isinstance(obj, operation.Operation) and allow_operation:
            if obj.graph is not self:
                raise ValueError(f"Operation {obj!r} is not an element of this graph." + self._elsewhere(obj))
            return obj
        wanted = " or ".join(w for w, ok in (("Tensor", allow_tensor), ("Operation", allow_operation)) if ok)
        if isinstance(obj, bytes):
            obj = obj.decode()
        if not isinstance(obj, str):
            raise TypeError(f"Can not convert a {type(obj).__name__} into a {wanted}.")
        return self._by_text(obj, allow_tensor, allow_operation)

    def _by_text(self, name, allow_tensor, allow_operation):
        op_name, index = names.split_tensor_name(name)
        if index is None:
            if ":" in name and allow_tensor:
                raise ValueError(
                    f"The name {name!r} looks a lot like a Tensor name, but is not a valid one. Tensor names must be of the form "
                    '"<op_name>:<output_index>".'
                )
            op = self._by_name.get(name)
            if op is None and not allow_operation:
                raise ValueError(
                    f"The name {name!r} looks like an (invalid) Operation name, not a Tensor. Tensor names must be of the form "
                    '"<op_name>:<output_index>".' + self._nearest(name)
                )
            if op is None:
                raise KeyError(f"The name {name!r} refers to an Operation not in the graph." + self._nearest(name))
            if not allow_operation:
                raise ValueError(
                    f'The name {name!r} refers to an Operation, not a Tensor. Perhaps you meant "{name}:0"?'
                    if op.outputs
                    else f"The name {name!r} refers to an Operation, not a Tensor."
                )
            return op
        if not allow_tensor:
            raise ValueError(f"Name {name!r} appears to refer to a Tensor, not a Operation.")
        op = self._by_name.get(op_name)
        if op is None:
            raise KeyError(
                f"The name {name!r} refers to a Tensor which does not exist. The operation, {op_name!r}, does not exist in the "
                "graph." + self._nearest(op_name)
            )
        if not 0 <= index < len(op.outputs):
            raise KeyError(
                f"The name {name!r} refers to a Tensor which does not exist. The operation, {op_name!r}, exists but only has "
                f"{len(op.outputs)} outputs."
            )
        return op.outputs[index]

    def _elsewhere(self, op):
        """Where an operation of another graph belongs."""
        inside = f" {_inside(op.graph)}" if control_flow_owner(op.graph) is control_flow_owner(self) else ""
        return f"{inside}\n  made at: {source.describe(op.made_at)}"

    def _nearest(self, name):
        body = next((f for f in self._functions.values() if name in getattr(f, "_by_name", ())), None)
        if body is not None:
            return f" {_inside(body)}"
        near = hooks.nearest_names(name, self._by_name)
        return f" The nearest names are {', '.join(near)}." if near else ""

    def get_operation_by_name(self, name):
        """The operation of that name; KeyError where there is none."""
        if not isinstance(name, str):
            raise TypeError(f"Operation names are strings (or similar), not {type(name).__name__}.")
        return self.as_graph_element(name, allow_tensor=False)

    def get_tensor_by_name(self, name):
        """The tensor of that name (`op:0`); KeyError where there is none."""
        if not isinstance(name, str):
            raise TypeError(f"Tensor names are strings (or similar), not {type(name).__name__}.")
        return self.as_graph_element(name, allow_operation=False)

    def _get_operation_by_name_unsafe(self, name):
        return self._by_name[name]

    def consumers_of(self, value):
        """The operations that take a tensor as an input, in the order they were made."""
        with self._lock:
            while self._indexed < len(self._ops):
                op = self._ops[self._indexed]
                for t in dict.fromkeys(op.inputs):
                    self._consumers.setdefault(id(t), []).append(op)
                self._indexed += 1
        return list(self._consumers.get(id(value), ()))

    def note_late_edge(self, before, after):
        """A control edge was added to an existing operation: creation order no longer is an order to run in."""
        self._late_edges.append((before, after))

    def note_new_input(self, op, before, after):
        """An operation takes `after` where it took `before`."""
        with self._lock:
            if op._id < self._indexed:
                if before not in op.inputs:
                    self._consumers[id(before)].remove(op)
                consumers = self._consumers.setdefault(id(after), [])
                if op not in consumers:
                    consumers.append(op)
        self.note_late_edge(after.op, op)

    def static_shape_from(self, vector):
        """The plain shape that a shape vector tensor holds, as far as it is known while building."""
        return hooks.static_shape(vector)

    # -- collections -----------------------------------------------------------------------------------------------------

    def add_to_collection(self, name, value):
        """Appends `value` to the collection."""
        self.check_not_finalized()
        self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names, value):
        """Appends `value` to each of the collections."""
        names = (names,) if isinstance(names, str) else dict.fromkeys(names)
        for name in names:
            self.add_to_collection(name, value)

    def get_collection_ref(self, name):
        """The collection itself: changes to the list are changes to the collection."""
        return self._collections.setdefault(name, [])

    def get_collection(self, name, scope=None):
        """A copy of the collection; with `scope`, the items whose names match that regular expression from the start."""
        found = self._collections.get(name, [])
        if scope is None:
            return list(found)
        matches = hooks.scope_matcher(scope)
        return [item for item in found if hasattr(item, "name") and matches(item.name)]

    def get_all_collection_keys(self):
        """The names of all collections given as strings."""
        return [name for name in self._collections if isinstance(name, str)]

    @property
    def collections(self):
        return list(self._collections)

    def clear_collection(self, name):
        """Empties the collection."""
        self.check_not_finalized()
        self._collections.pop(name, None)

    # -- scopes ----------------------------------------------------------------------------------------------------------

    def as_default(self):
        """`with graph.as_default():` makes it the graph that operations are added to, in this thread."""
        return scopes.pushed(scopes.defaults.graphs, self)

    @contextlib.contextmanager
    def control_dependencies(self, control_inputs):
        """Operations made inside run after `control_inputs`; None lifts what the enclosing blocks asked for."""
        here = self._scopes
        if control_inputs is None:
            with scopes.replaced(here, "control", []):
                yield
            return
        ops = []
        for item in control_inputs:
            if isinstance(item, tensor.IndexedSlices) or hasattr(item, "handle"):
                item = item.op  # a resource variable is waited for without a read
            item = self.capture_control(item)
            if item is None:
                continue
            element = self.as_graph_element(item)
            ops.append(element.op if isinstance(element, tensor.Tensor) else element)
        controller = _ControlDependencies(tuple(dict.fromkeys(ops)))
        with scopes.replaced(here, "control", [*here.control, controller]):
            yield controller

    def capture_control(self, item):
        """What to depend on for `item`: itself; a function graph leaves out what runs outside of it."""
        return item

    @contextlib.contextmanager
    def device(self, device_name_or_function):
        """Operations made inside ask for that device (`/gpu:1`, a `DeviceSpec`, a function of the operation, None)."""
        function = device_lib.as_function(device_name_or_function)
        here = self._scopes
        with scopes.replaced(here, "devices", [*here.devices, function]):
            yield

    @contextlib.contextmanager
    def colocate_with(self, op, ignore_existing=False):
        """Operations made inside are placed with `op`; None lifts the enclosing blocks."""
        here = self._scopes
        if op is None and not ignore_existing:
            raise ValueError("Trying to reset colocation (op is None) but ignore_existing is not True")
        if op is None:
            stack = []
        else:
            handle = getattr(op, "handle", None)
            op = op if handle is None else handle  # a changed resource variable goes by its handle
            element = op if isinstance(op, operation.Operation) else self.as_graph_element(getattr(op, "op", op))
            element = element.op if isinstance(element, tensor.Tensor) else element
            stack = [element] if ignore_existing else [*here.colocation, element]
        with scopes.replaced(here, "colocation", stack), scopes.replaced(here, "devices", []):
            yield

    @contextlib.contextmanager
    def _attr_scope(self, attr_map):
        here = self._scopes
        with scopes.replaced(here, "attrs", {**here.attrs, **attr_map}):
            yield

    @contextlib.contextmanager
    def gradient_override_map(self, op_type_map):
        """Operations made inside take the gradient registered under another name: {op type: name}."""
        if not isinstance(op_type_map, dict):
            raise TypeError("op_type_map must be a dictionary mapping strings to strings")
        here = self._scopes
        with scopes.replaced(here, "override", {**here.override, **op_type_map}):
            yield

    @contextlib.contextmanager
    def container(self, container_name):
        """Stateful operations made inside belong to that container."""
        with scopes.replaced(self._scopes, "container", container_name):
            yield container_name

    def switch_to_thread_local(self):
        """Scopes are kept by thread here from the start; there is nothing to switch."""

    # -- state of the graph ----------------------------------------------------------------------------------------------

    @property
    def version(self):
        """The number of operations, as TensorFlow counts."""
        return self._last_id

    @property
    def finalized(self):
        return self._finalized

    def finalize(self):
        """Makes the graph read-only."""
        self._finalized = True

    def _unsafe_unfinalize(self):
        self._finalized = False

    def check_not_finalized(self):
        """Raises RuntimeError once the graph is finalized."""
        if self._finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")

    _check_not_finalized = check_not_finalized

    @property
    def building_function(self):
        """Whether this is the body of a function, a branch or a loop."""
        return False

    @property
    def graph_def_versions(self):
        return hooks.versions(self)

    def as_graph_def(self, from_version=None, add_shapes=False):
        """The graph as a GraphDef message; with `add_shapes`, every node tells its shapes in `_output_shapes`."""
        return hooks.graph_def(self, from_version, add_shapes)

    def prevent_feeding(self, value):
        """Sessions refuse to be fed this tensor."""
        self._unfeedable.add(value)
        self.version_of_feeds += 1

    def is_feedable(self, value):
        return value not in self._unfeedable

    def prevent_fetching(self, op):
        """Sessions refuse to fetch this operation."""
        self._unfetchable.add(op)

    def is_fetchable(self, tensor_or_op):
        op = tensor_or_op.op if isinstance(tensor_or_op, tensor.Tensor) else tensor_or_op
        return op not in self._unfetchable

    def __repr__(self):
        return f"<graphflow.Graph of {len(self._ops)} operations>"


def _inside(body):
    return f"It was made inside {body.name!r} and has a value only there: return it from that branch, loop or function."


def control_flow_owner(graph):
    """The outermost graph around a function graph: where variables and collections live."""
    while getattr(graph, "outer_graph", None) is not None:
        graph = graph.outer_graph
    return graph


# -- the default graph ---------------------------------------------------------------------------------------------------


class _Default:
    """The graph that all threads share as their default."""

    graph: Any = None


default = _Default()


def get_default_graph():
    """The innermost graph in use as default in this thread, else the one all threads share."""
    stack = scopes.defaults.graphs
    if stack:
        return stack[-1]
    if default.graph is None:
        default.graph = Graph()
    return default.graph


def reset_default_graph():
    """Puts a new, empty graph in the place of the shared default one.

    Raises:
        AssertionError: inside a `with graph.as_default()` block.
    """
    if scopes.defaults.graphs:
        raise AssertionError(
            "Do not use tf.reset_default_graph() to clear nested graphs. If you need a cleared graph, exit the nesting "
            "and create a new graph."
        )
    if default.graph is None or not default.graph.executes:
        default.graph = Graph()
