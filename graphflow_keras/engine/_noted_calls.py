"""What a layer knows of its calls: their inputs and outputs, masks and shapes."""

from __future__ import annotations

from graphflow_keras.utils.generic_utils import unpack_singleton


class NotedCalls:
    """The part of `Layer` that is asked for what was noted of its calls, in `_inbound_nodes`."""

    @property
    def inbound_nodes(self):
        """A `Node` for each call of the layer."""
        return self._inbound_nodes

    @property
    def outbound_nodes(self):
        """A `Node` for each call of another layer on an output of this one."""
        return self._outbound_nodes

    def get_input_shape_at(self, node_index):
        """The input's shape, or a list of them, in the call of index `node_index`."""
        return self._at(node_index, "input_shapes", "input shape")

    def get_output_shape_at(self, node_index):
        """The output's shape, or a list of them, in the call of index `node_index`."""
        return self._at(node_index, "output_shapes", "output shape")

    def get_input_at(self, node_index):
        """The input tensor, or a list of them, of the call of index `node_index`."""
        return self._at(node_index, "input_tensors", "input")

    def get_output_at(self, node_index):
        """The output tensor, or a list of them, of the call of index `node_index`."""
        return self._at(node_index, "output_tensors", "output")

    def get_input_mask_at(self, node_index):
        """The input's mask, or a list of them, in the call of index `node_index`; None where there was none."""
        return self._at(node_index, "input_masks", "input mask")

    def get_output_mask_at(self, node_index):
        """The output's mask, or a list of them, in the call of index `node_index`; None where there was none."""
        return self._at(node_index, "output_masks", "output mask")

    def _at(self, node_index, attribute, what):
        if not self._inbound_nodes:
            raise RuntimeError(f"The layer {self.name} has never been called and thus has no defined {what}.")
        if node_index >= len(self._inbound_nodes):
            raise ValueError(
                f"Asked to get {what} at node {node_index}, but the layer {self.name} has only "
                f"{len(self._inbound_nodes)} inbound nodes."
            )
        return unpack_singleton(getattr(self._inbound_nodes[node_index], attribute))

    @property
    def input(self):
        """The input tensor(s) of a layer called once."""
        return self._of_only_call("input_tensors", "input")

    @property
    def output(self):
        """The output tensor(s) of a layer called once."""
        return self._of_only_call("output_tensors", "output")

    @property
    def input_mask(self):
        """The mask(s) of the input of a layer called once."""
        return self._of_only_call("input_masks", "input mask")

    @property
    def output_mask(self):
        """The mask(s) of the output of a layer called once."""
        return self._of_only_call("output_masks", "output mask")

    @property
    def input_shape(self):
        """The shape(s) of the input, where all calls agree on it."""
        return self._shape_of_all_calls("input_shapes", "input shape")

    @property
    def output_shape(self):
        """The shape(s) of the output, where all calls agree on it."""
        return self._shape_of_all_calls("output_shapes", "output shape")

    def _of_only_call(self, attribute, what):
        if not self._inbound_nodes:
            raise AttributeError(f"Layer {self.name} is not connected, no {what} to return: call it on a tensor first.")
        if len(self._inbound_nodes) > 1:
            raise AttributeError(
                f'Layer {self.name} has multiple inbound nodes, hence the notion of "layer {what}" is ill-defined. '
                f"Use `get_{what.replace(' ', '_')}_at(node_index)` instead."
            )
        return unpack_singleton(getattr(self._inbound_nodes[0], attribute))

    def _shape_of_all_calls(self, attribute, what):
        if not self._inbound_nodes:
            raise AttributeError(f"The layer {self.name} has never been called and thus has no defined {what}.")
        first, *others = (getattr(node, attribute) for node in self._inbound_nodes)
        if any(str(other) != str(first) for other in others):
            raise AttributeError(
                f'The layer "{self.name}" has multiple inbound nodes, with different {what}s. Hence the notion of "{what}" '
                f"is ill-defined for the layer. Use `get_{what.replace(' ', '_')}_at(node_index)` instead."
            )
        return unpack_singleton(first)
