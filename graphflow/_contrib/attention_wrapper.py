"""`tf.contrib.seq2seq.AttentionWrapper`: a cell that attends to memories at each step."""

from __future__ import annotations

import collections

from graphflow._contrib import attention, shape_checks
from graphflow._core import dtypes, nest, shapes
from graphflow._graph import build, tensor
from graphflow._graph import graph as graph_lib
from graphflow._layers import dense, rnn, rnn_cell
from graphflow._ops import array, asserts, matmul, tensor_array


class AttentionWrapperState(
    collections.namedtuple(
        "AttentionWrapperState",
        ("cell_state", "attention", "time", "alignments", "alignment_history", "attention_state"),
    )
):
    """The state of an `AttentionWrapper`: that of its cell, what was attended to last, the step, the weights, their history
    (a TensorArray, or `()`), and the states of the mechanisms; the last three are tuples where there are several mechanisms.
    """

    def clone(self, **kwargs):
        """A copy with some fields replaced by values of the same shapes; ValueError where a shape differs."""
        return nest.map_structure(_of_same_shape, self, self._replace(**kwargs))


def _of_same_shape(old, new):
    both = isinstance(old, tensor.Tensor) and isinstance(new, tensor.Tensor)
    return shape_checks.with_same_shape(old, new) if both else new


def attend(mechanism, cell_output, attention_state, attention_layer):
    """(what is attended to, weights, next state of the mechanism): the mean of the values, through the layer if there is one."""
    alignments, next_state = mechanism(cell_output, state=attention_state)
    context = matmul.matmul(array.expand_dims(alignments, 1), mechanism.values)
    context = array.squeeze(context, [1])
    if attention_layer is not None:
        context = attention_layer(array.concat([cell_output, context], 1))
    return context, alignments, next_state


class AttentionWrapper(rnn_cell.RNNCell):
    """A cell that reads its inputs together with what it attended to last.

    Args:
        cell: an RNNCell.
        attention_mechanism: one, or a list of them.
        attention_layer_size: int, or one for each mechanism: what is attended to is joined to the cell's output and projected
            to this size; where None (and no layer is given) it is the mean of the values.
        alignment_history: whether the weights of all steps are kept, in a TensorArray in the state.
        cell_input_fn: (inputs, attention) -> the cell's inputs; both joined where None.
        output_attention: whether the output is what was attended to, and not the cell's.
        initial_cell_state: the cell's part of `zero_state`.
        attention_layer: a layer, or one for each mechanism, in place of a size.
        attention_fn: (mechanism, cell_output, attention_state, attention_layer) -> (attention, alignments, next state).

    Raises:
        TypeError: something is no mechanism, or no function. ValueError: a size and a layer, or another number of them.
    """

    def __init__(self, cell, attention_mechanism, attention_layer_size=None, alignment_history=False, cell_input_fn=None,
                 output_attention=True, initial_cell_state=None, name=None, attention_layer=None, attention_fn=None,
                 dtype=None):  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        rnn_cell.check_cell("cell", cell)
        self._is_multi = isinstance(attention_mechanism, (list, tuple))
        mechanisms = attention_mechanism if self._is_multi else (attention_mechanism,)
        for one in mechanisms:
            if not isinstance(one, attention.AttentionMechanism):
                raise TypeError(
                    "attention_mechanism must be an AttentionMechanism or list of multiple AttentionMechanism instances, saw "
                    f"type: {type(one).__name__}"
                )
        if cell_input_fn is not None and not callable(cell_input_fn):
            raise TypeError(f"cell_input_fn must be callable, saw type: {type(cell_input_fn).__name__}")
        self._cell, self._attention_mechanisms = cell, mechanisms
        self._attention_layers, self._attention_layer_size = self._layers(attention_layer_size, attention_layer)
        self._cell_input_fn = cell_input_fn or (lambda inputs, attention: array.concat([inputs, attention], -1))
        self._attention_fn = attention_fn or attend
        self._output_attention, self._alignment_history = output_attention, alignment_history
        with build.name_scope(name, "AttentionWrapperInit"):
            self._initial_cell_state = None
            if initial_cell_state is not None:
                last = nest.flatten(initial_cell_state)[-1]
                batch_size = last.shape[0].value or array.shape(last)[0]
                self._initial_cell_state = self._checked(
                    initial_cell_state, batch_size, "check_initial_cell_state",
                    f"When constructing AttentionWrapper {self._base_name}: Non-matching batch sizes between the memory "
                    "(encoder output) and initial_cell_state.  Are you using the BeamSearchDecoder?  You may need to tile "
                    "your initial state via the tf.contrib.seq2seq.tile_batch function with argument multiple=beam_width.",
                )  # fmt: skip

    def _layers(self, sizes, layers):
        """(a layer for each mechanism or None, the size of what is attended to)."""
        if sizes is not None and layers is not None:
            raise ValueError("Only one of attention_layer_size and attention_layer should be set")
        mechanisms = self._attention_mechanisms
        given = sizes if layers is None else layers
        if given is None:
            return None, sum(one.values.shape[-1].value for one in mechanisms)
        given = tuple(given) if isinstance(given, (list, tuple)) else (given,)
        if len(given) != len(mechanisms):
            raise ValueError(
                "If provided, attention_layer_size or attention_layer must contain exactly one entry per "
                f"attention_mechanism, saw: {len(given)} vs {len(mechanisms)}"
            )
        if layers is None:
            made = tuple(
                dense.Dense(size, name="attention_layer", use_bias=False, dtype=one.dtype)
                for size, one in zip(given, mechanisms)
            )
            return made, sum(given)
        joined = [[None, self._cell.output_size + one.values.shape[-1].value] for one in mechanisms]
        return given, sum(layer.compute_output_shape(shape)[-1].value for layer, shape in zip(given, joined))

    def _checked(self, structure, batch_size, name, message):
        """The tensors of a structure, once the batch size is that of all memories."""
        checks = [
            asserts.assert_equal(batch_size, one.batch_size, message=message) for one in self._attention_mechanisms
        ]
        with graph_lib.get_default_graph().control_dependencies(checks):
            return nest.map_structure(lambda t: array.identity(t, name=name), structure)

    def _item_or_tuple(self, items):
        items = tuple(items)
        return items if self._is_multi else items[0]

    @property
    def output_size(self):
        return self._attention_layer_size if self._output_attention else self._cell.output_size

    @property
    def state_size(self):
        mechanisms = self._attention_mechanisms
        return AttentionWrapperState(
            cell_state=self._cell.state_size, time=shapes.TensorShape([]), attention=self._attention_layer_size,
            alignments=self._item_or_tuple(one.alignments_size for one in mechanisms),
            attention_state=self._item_or_tuple(one.state_size for one in mechanisms),
            alignment_history=self._item_or_tuple(
                one.alignments_size if self._alignment_history else () for one in mechanisms
            ),
        )  # fmt: skip

    def zero_state(self, batch_size, dtype):
        """The state before the first step; its cell's part is `initial_cell_state` where that was given."""
        with build.name_scope(type(self).__name__ + "ZeroState", None, [batch_size]):
            state = self._initial_cell_state
            if state is None:
                state = rnn.initial_state_of(self._cell, batch_size, dtype)
            state = self._checked(
                state, batch_size, "checked_cell_state",
                f"When calling zero_state of AttentionWrapper {self._base_name}: Non-matching batch sizes between the memory "
                "(encoder output) and the requested batch size.  Are you using the BeamSearchDecoder?  If so, make sure your "
                "encoder output has been tiled to beam_width via tf.contrib.seq2seq.tile_batch, and the batch_size= argument "
                "passed to zero_state is batch_size * beam_width.",
            )  # fmt: skip
            alignments = [one.initial_alignments(batch_size, dtype) for one in self._attention_mechanisms]
            time = array.zeros([], dtype=dtypes.int32)
            attended = rnn_cell.zeros_of(self._attention_layer_size, batch_size, dtype)
            states = [one.initial_state(batch_size, dtype) for one in self._attention_mechanisms]
            return AttentionWrapperState(
                cell_state=state, time=time, attention=attended, alignments=self._item_or_tuple(alignments),
                attention_state=self._item_or_tuple(states),
                alignment_history=self._item_or_tuple(self._history(one, dtype) for one in alignments),
            )  # fmt: skip

    def _history(self, alignments, dtype):
        if not self._alignment_history:
            return ()
        return tensor_array.TensorArray(dtype, size=0, dynamic_size=True, element_shape=alignments.shape)

    def call(self, inputs, state):
        if not isinstance(state, AttentionWrapperState):
            raise TypeError(
                f"Expected state to be instance of AttentionWrapperState. Received type {type(state)} instead."
            )
        output, next_cell_state = self._cell(self._cell_input_fn(inputs, state.attention), state.cell_state)
        output = self._checked(
            output, output.shape[0].value or array.shape(output)[0], "checked_cell_output",
            f"When applying AttentionWrapper {self.name}: Non-matching batch sizes between the memory (encoder output) and the "
            "query (decoder output).  Are you using the BeamSearchDecoder?  You may need to tile your memory input via the "
            "tf.contrib.seq2seq.tile_batch function with argument multiple=beam_width.",
        )  # fmt: skip
        states = state.attention_state if self._is_multi else [state.attention_state]
        histories = state.alignment_history if self._is_multi else [state.alignment_history]
        made = []
        for i, one in enumerate(self._attention_mechanisms):
            layer = self._attention_layers[i] if self._attention_layers else None
            attended, alignments, next_state = self._attention_fn(one, output, states[i], layer)
            history = histories[i].write(state.time, alignments) if self._alignment_history else ()
            made.append((attended, alignments, next_state, history))
        attended, alignments, next_states, histories = zip(*made)
        attended = array.concat(list(attended), 1)
        next_state = AttentionWrapperState(
            time=state.time + 1, cell_state=next_cell_state, attention=attended,
            attention_state=self._item_or_tuple(next_states), alignments=self._item_or_tuple(alignments),
            alignment_history=self._item_or_tuple(histories),
        )  # fmt: skip
        return attended if self._output_attention else output, next_state
