"""Recurrent networks of contrib: layers that go both ways, and cells that take all steps at once."""

from __future__ import annotations

from graphflow._layers import dynamic_rnn, rnn
from graphflow._ops import array, joining, rearrange, variable_scope


def _checked(cells_fw, cells_bw, states_fw, states_bw):
    """The states of each layer, None where they are not given.

    Raises:
        ValueError: cells or states are no lists of one length.
    """
    for name, cells in (("cells_fw", cells_fw), ("cells_bw", cells_bw)):
        if not cells or not isinstance(cells, list):
            raise ValueError(f"{name} must be a list of RNNCells (one per layer), got {cells!r}.")
    if len(cells_fw) != len(cells_bw):
        raise ValueError(f"Forward and Backward cells must have the same depth: {len(cells_fw)}, {len(cells_bw)}.")
    made = []
    for name, states in (("initial_states_fw", states_fw), ("initial_states_bw", states_bw)):
        if states is not None and (not isinstance(states, list) or len(states) != len(cells_fw)):
            raise ValueError(f"{name} must be a list of state tensors (one per layer).")
        made.append(states or [None] * len(cells_fw))
    return made


def stack_bidirectional_rnn(
    cells_fw, cells_bw, inputs, initial_states_fw=None, initial_states_bw=None, dtype=None, sequence_length=None, scope=None
):  # fmt: skip
    """Several `static_bidirectional_rnn`, each over the outputs of the one before.

    Returns:
        (list of outputs, tuple of last states forwards, tuple of last states backwards).
    """
    starts_fw, starts_bw = _checked(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    outputs, states = inputs, []
    with variable_scope.variable_scope(scope or "stack_bidirectional_rnn"):
        for i, (fw, bw) in enumerate(zip(cells_fw, cells_bw)):
            with variable_scope.variable_scope(f"cell_{i}") as cell_scope:
                outputs, *last = rnn.static_bidirectional_rnn(
                    fw, bw, outputs, initial_state_fw=starts_fw[i], initial_state_bw=starts_bw[i], dtype=dtype,
                    sequence_length=sequence_length, scope=cell_scope,
                )  # fmt: skip
            states.append(last)
    return outputs, tuple(fw for fw, _ in states), tuple(bw for _, bw in states)


def stack_bidirectional_dynamic_rnn(
    cells_fw, cells_bw, inputs, initial_states_fw=None, initial_states_bw=None, dtype=None, sequence_length=None,
    parallel_iterations=None, time_major=False, scope=None, swap_memory=False,
):  # fmt: skip
    """Several `bidirectional_dynamic_rnn`, each over the outputs of the one before.

    Returns:
        (outputs, tuple of last states forwards, tuple of last states backwards).
    """
    starts_fw, starts_bw = _checked(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    outputs, states = inputs, []
    with variable_scope.variable_scope(scope or "stack_bidirectional_rnn"):
        for i, (fw, bw) in enumerate(zip(cells_fw, cells_bw)):
            with variable_scope.variable_scope(f"cell_{i}"):
                both, last = dynamic_rnn.bidirectional_dynamic_rnn(
                    fw, bw, outputs, initial_state_fw=starts_fw[i], initial_state_bw=starts_bw[i], dtype=dtype,
                    sequence_length=sequence_length, parallel_iterations=parallel_iterations, swap_memory=swap_memory,
                    time_major=time_major,
                )  # fmt: skip
                outputs = array.concat(both, 2)
            states.append(last)
    return outputs, tuple(fw for fw, _ in states), tuple(bw for _, bw in states)


class FusedRNNCell:
    """Base of cells that take all steps at once: called with inputs `[time, batch, size]`, or a list of steps."""

    def __call__(self, inputs, initial_state=None, dtype=None, sequence_length=None, scope=None):
        raise NotImplementedError(f"{type(self).__name__} has to define __call__")


class FusedRNNCellAdaptor(FusedRNNCell):
    """A cell as a FusedRNNCell.

    Args:
        use_dynamic_rnn: whether it runs in a loop, and not unrolled.
    """

    def __init__(self, cell, use_dynamic_rnn=False):
        self._cell, self._use_dynamic_rnn = cell, use_dynamic_rnn

    def __call__(self, inputs, initial_state=None, dtype=None, sequence_length=None, scope=None):
        is_list = isinstance(inputs, list)
        given = {
            "initial_state": initial_state, "dtype": dtype, "sequence_length": sequence_length, "scope": scope,
        }  # fmt: skip
        if self._use_dynamic_rnn:
            inputs = joining.stack(inputs) if is_list else inputs
            outputs, state = dynamic_rnn.dynamic_rnn(self._cell, inputs, time_major=True, **given)
            return joining.unstack(outputs) if is_list else outputs, state
        inputs = inputs if is_list else joining.unstack(inputs)
        outputs, state = rnn.static_rnn(self._cell, inputs, **given)
        return outputs if is_list else joining.stack(outputs), state


class TimeReversedFusedRNN(FusedRNNCell):
    """A FusedRNNCell that goes backwards in time."""

    def __init__(self, cell):
        self._cell = cell

    def _reversed(self, steps, lengths):
        if isinstance(steps, list):
            return list(reversed(steps))
        if lengths is None:
            return rearrange.reverse(steps, [0])
        return rearrange.reverse_sequence(steps, lengths, 0, 1)

    def __call__(self, inputs, initial_state=None, dtype=None, sequence_length=None, scope=None):
        outputs, state = self._cell(
            self._reversed(inputs, sequence_length), initial_state=initial_state, dtype=dtype,
            sequence_length=sequence_length, scope=scope,
        )  # fmt: skip
        return self._reversed(outputs, sequence_length), state
