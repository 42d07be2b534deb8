"""Operation: a node of the graph."""

from __future__ import annotations

import importlib

from graphflow._core import source
from graphflow._graph import notebook, scopes


class Operation(notebook.Shown):
    """A node: a type, inputs, attributes and the tensors it produces. Made by a `Graph`, never by hand.

    Attributes:
        type: the op type, such as `MatMul`.
        name: unique in its graph.
        inputs: the tensors it takes.
        control_inputs: operations that must have run before it.
        outputs: the tensors it makes.
        made_at: (file, line, function) of the user's code that made it.
    """

    __slots__ = ("graph", "type", "name", "inputs", "outputs", "attrs", "op_def", "_control_inputs", "_device", "made_at",
                 "_id", "_original_op", "_extra", "__weakref__")  # fmt: skip

    def __init__(self, graph, op_def, name, inputs, attrs, control_inputs, device, made_at, op_id):
        self.graph = graph
        self.op_def = op_def
        self.type = op_def.name
        self.name = name
        self.inputs = inputs
        self.attrs = attrs
        self._control_inputs = control_inputs
        self._device = device
        self.made_at = made_at
        self._id = op_id
        self.outputs = ()

    @property
    def control_inputs(self):
        return list(self._control_inputs)

    @property
    def device(self):
        """The device asked for, or the empty string."""
        return self._device

    def values(self):
        """The tensors it makes, as a tuple."""
        return self.outputs

    @property
    def traceback(self):
        """The user's line that made the operation, as a list of one (file, line, function, text)."""
        filename, line, function = self.made_at
        return [(filename, line, function, source.describe(self.made_at).partition("   ")[2])]

    traceback_with_start_lines = traceback

    @property
    def node_def(self):
        """The NodeDef message of this node."""
        return self.graph.hooks.node_def(self)

    def get_attr(self, name):
        """The value of an attribute: Python numbers, bytes, DTypes; protobuf messages for shapes, tensors, functions.

        Raises:
            ValueError: the operation has no such attribute.
        """
        if name not in self.attrs:
            raise ValueError(f"Operation '{self.name}' has no attr named '{name}'.")
        return self.graph.hooks.public_attr(self, name)

    def _set_attr(self, name, value):
        self.attrs[name] = value

    def colocation_groups(self):
        """The `loc:@name` groups it belongs to; its own when none was asked for."""
        return list(self.attrs.get("_class") or [b"loc:@" + self.name.encode()])

    def _add_control_inputs(self, ops):
        for op in ops:
            self._add_control_input(op)

    def _add_control_input(self, op):
        self.graph.check_not_finalized()
        if op not in self._control_inputs:
            self._control_inputs = (*self._control_inputs, op)
            self.graph.note_late_edge(op, self)

    def _remove_control_inputs(self, ops):
        self.graph.check_not_finalized()
        self._control_inputs = tuple(op for op in self._control_inputs if op not in ops)
        for op in ops:
            self.graph.note_late_edge(op, self)

    def _update_input(self, index, tensor):
        """Takes `tensor` in place of its input number `index`."""
        if tensor.graph is not self.graph:
            raise ValueError(f"Tensor {tensor.name!r} is not of the graph of operation '{self.name}'")
        self.graph.check_not_finalized()
        before = self.inputs
        self.inputs = (*before[:index], tensor, *before[index + 1 :])
        self.graph.note_new_input(self, before[index], tensor)

    def _set_device(self, device):
        self._device = self.graph.hooks.canonical_device(device)

    def run(self, feed_dict=None, session=None):
        """Runs the operation in `session` or the default session."""
        scopes.session_hooks.run(self, feed_dict, session)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __str__(self):
        # not str(), which leaves the order of the attributes to chance
        return importlib.import_module("google.protobuf.text_format").MessageToString(self.node_def)

    def __repr__(self):
        return f"<tf.Operation '{self.name}' type={self.type}>"
