"""Grid recurrent cells: a recurrent cell along each of several dimensions, where time is only one of them.

Source: Kalchbrenner, Danihelka, Graves, "Grid long short-term memory" (2015), https://arxiv.org/abs/1507.01526.
"""

from __future__ import annotations

import functools

from graphflow._contrib import dense_layers, initializers
from graphflow._core import log
from graphflow._layers import rnn_cell
from graphflow._ops import array, joining, matmul, nn, slicing, variable_scope


class GridRNNCell(rnn_cell.RNNCell):
    """A recurrent cell along each dimension of a grid.

    Args:
        num_units: int, the size of the state along each dimension; num_dims: int, how many dimensions.
        input_dims, output_dims: the dimensions (an int or a list) that get the inputs, and whose outputs are given out.
        priority_dims: those computed after the others, from the others' new outputs.
        non_recurrent_dims: those with a dense layer and `non_recurrent_fn` (relu) in place of a cell.
        tied: whether all dimensions share their weights.
        cell_fn: a function `num_units -> cell`; an LSTMCell where None. Its state must be a tuple.
        state_is_tuple, output_is_tuple: whether they are tuples, one item a dimension, and not joined along axis 1.

    Raises:
        ValueError: dimensions that do not exist. TypeError: `cell_fn` gives no cell.
    """

    def __init__(
        self, num_units, num_dims=1, input_dims=None, output_dims=None, priority_dims=None, non_recurrent_dims=None, tied=False,
        cell_fn=None, non_recurrent_fn=None, state_is_tuple=True, output_is_tuple=True,
    ):  # fmt: skip
        super().__init__()
        for what, is_tuple in (("state", state_is_tuple), ("output", output_is_tuple)):
            if not is_tuple:
                log.warning("%s: Using a concatenated %s is slower; use %s_is_tuple=True.", self, what, what)
        if num_dims < 1:
            raise ValueError(f"dims must be >= 1: {num_dims}")
        self._units, self._dims, self._tied = num_units, num_dims, tied
        self._inputs, self._outputs, priority, non_recurrent = (
            _checked(dims, num_dims) for dims in (input_dims, output_dims, priority_dims, non_recurrent_dims)
        )
        self._recurrent = [i for i in range(num_dims) if i not in non_recurrent]
        # Dimensions without priority first; each group starts from the outputs that the one before it left.
        self._groups = [[i for i in range(num_dims) if i not in priority], priority]
        self._non_recurrent_fn = non_recurrent_fn or nn.relu
        self._state_is_tuple, self._output_is_tuple = state_is_tuple, output_is_tuple
        make = functools.partial(rnn_cell.LSTMCell, state_is_tuple=state_is_tuple) if cell_fn is None else cell_fn
        self._cells = [make(num_units)] * num_dims if tied else [make(num_units) for _ in range(num_dims)]
        if not isinstance(self._cells[0], rnn_cell.RNNCell):
            raise TypeError(f"cell_fn must return an RNNCell instance, saw: {type(self._cells[0])}")

    @property
    def output_size(self):
        size, number = self._cells[0].output_size, len(self._outputs)
        return (size,) * number if self._output_is_tuple else size * number

    @property
    def state_size(self):
        size, number = self._cells[0].state_size, len(self._recurrent)
        return (size,) * number if self._state_is_tuple else _total(size) * number

    def __call__(self, inputs, state, scope=None):
        """(outputs, new state) of inputs `[batch, size]`, or a tuple of them, one for each input dimension.

        Raises:
            ValueError: a state, or inputs, of another number of parts.
        """
        values, outputs = self._parts_of(state)
        news, states = [None] * self._dims, [None] * self._dims
        with variable_scope.variable_scope(scope or type(self).__name__):
            self._project(inputs, values, outputs)
            is_first = True
            for group in self._groups:
                self._propagate(group, values, outputs, news, states, is_first)
                is_first = False
            given = tuple(news[i] for i in self._outputs)
            kept = tuple(states[i] for i in self._recurrent)
            if not self._output_is_tuple:
                given = _joined(given, inputs)
            if not self._state_is_tuple:
                kept = _joined([part for one in kept for part in one], inputs)
        return given, kept

    def _parts_of(self, state):
        """(cell values, last outputs), lists with None along dimensions that have none."""
        values, outputs = [None] * self._dims, [None] * self._dims
        size = _total(self._cells[0].state_size)
        has_values = (
            size > self._units
        )  # an LSTM's state is its cell values and its output, others' is the output alone
        if self._state_is_tuple:
            if len(self._recurrent) != len(state):
                raise ValueError(f"Expected state as a tuple of {len(self._recurrent)} elements, got {len(state)}")
            for i, part in zip(self._recurrent, state, strict=True):
                values[i], outputs[i] = part if has_values else (None, part)
            return values, outputs
        for number, i in enumerate(self._recurrent):
            start = number * size
            if has_values:
                values[i] = slicing.slice(state, [0, start], [-1, self._units])
                outputs[i] = slicing.slice(state, [0, start + self._units], [-1, size - self._units])
            else:
                outputs[i] = slicing.slice(state, [0, start], [-1, self._units])
        return values, outputs

    def _project(self, inputs, values, outputs):
        """Puts projected inputs in the place of the state along the input dimensions."""
        if inputs is None or not self._inputs:
            return
        if isinstance(inputs, tuple):
            if len(self._inputs) != len(inputs):
                raise ValueError(f"Expect inputs as a tuple of {len(self._inputs)} tensors, got {len(inputs)}")
            parts = inputs
        elif inputs.get_shape().with_rank(2)[1].value == 0:
            return
        else:
            parts = joining.split(value=inputs, num_or_size_splits=len(self._inputs), axis=1)
        size = parts[0].get_shape().with_rank(2)[1].value
        has_values = _total(self._cells[0].state_size) > self._units
        for i, part in zip(self._inputs, parts, strict=True):
            for name, where in (("m", outputs), ("c", values))[: 2 if has_values else 1]:
                kernel = variable_scope.get_variable(f"project_{name}_{i}", [size, self._units], dtype=part.dtype)
                where[i] = matmul.matmul(part, kernel)

    def _propagate(self, group, values, outputs, news, states, is_first):
        """Runs the cells along the dimensions of a group: each sees the outputs along all, the last one's as its state."""
        if not group:
            return
        newest = [old if new is None else new for new, old in zip(news, outputs, strict=True)]
        last = newest[-1]
        if self._dims > 1:
            given = array.concat(newest[:-1], 1)
        else:
            batch = last.get_shape()[0].value
            given = array.zeros([array.shape(last)[0] if batch is None else batch, 0], last.dtype)
        for i in group:
            is_recurrent = i in self._recurrent
            kind = "recurrent" if is_recurrent else "non_recurrent"
            if not is_recurrent:
                everything = array.concat([given, last], 1) if self._dims > 1 else last
            with variable_scope.variable_scope(kind if self._tied else f"{kind}/cell_{i}") as scope:
                if self._tied and not (is_first and i == group[0]):
                    scope.reuse_variables()
                if is_recurrent:
                    state = last if values[i] is None else (values[i], last)
                    news[i], states[i] = self._cells[i](given, state)
                else:
                    news[i] = dense_layers.fully_connected(
                        everything, num_outputs=self._units, activation_fn=self._non_recurrent_fn,
                        weights_initializer=scope.initializer or initializers.xavier_initializer(),
                        weights_regularizer=scope.regularizer,
                    )  # fmt: skip


def _checked(dims, number):
    found = sorted(set(dims if isinstance(dims, (list, tuple)) else [] if dims is None else [dims]))
    if any(i < 0 or i >= number for i in found):
        raise ValueError(f"Invalid dims: {found}. Must be in [0, {number})")
    return found


def _total(size):
    return sum(size) if isinstance(size, tuple) else size


def _joined(parts, inputs):
    return array.concat(list(parts), 1) if parts else array.zeros([0, 0], inputs.dtype)


# -- cells of one, two and three dimensions, whose first gets the inputs, gives the outputs and has priority ---------------


class _Ready(GridRNNCell):
    def __init__(self, num_units, num_dims, make, tied, non_recurrent_fn, state_is_tuple, output_is_tuple):
        super().__init__(
            num_units, num_dims, input_dims=0, output_dims=0, priority_dims=0,
            non_recurrent_dims=None if non_recurrent_fn is None else 0, tied=tied, cell_fn=make,
            non_recurrent_fn=non_recurrent_fn, state_is_tuple=state_is_tuple, output_is_tuple=output_is_tuple,
        )  # fmt: skip


class Grid1BasicRNNCell(_Ready):
    """BasicRNNCell along one dimension."""

    def __init__(self, num_units, state_is_tuple=True, output_is_tuple=True):
        super().__init__(num_units, 1, rnn_cell.BasicRNNCell, False, None, state_is_tuple, output_is_tuple)


class Grid2BasicRNNCell(_Ready):
    """BasicRNNCells along two dimensions; a dense layer along the first where `non_recurrent_fn` is given."""

    def __init__(self, num_units, tied=False, non_recurrent_fn=None, state_is_tuple=True, output_is_tuple=True):
        super().__init__(num_units, 2, rnn_cell.BasicRNNCell, tied, non_recurrent_fn, state_is_tuple, output_is_tuple)


class Grid1BasicLSTMCell(_Ready):
    """BasicLSTMCell along one dimension."""

    def __init__(self, num_units, forget_bias=1, state_is_tuple=True, output_is_tuple=True):
        make = functools.partial(rnn_cell.BasicLSTMCell, forget_bias=forget_bias)
        super().__init__(num_units, 1, make, False, None, state_is_tuple, output_is_tuple)


class Grid2BasicLSTMCell(_Ready):
    """BasicLSTMCells along two dimensions; a dense layer along the first where `non_recurrent_fn` is given."""

    def __init__(
        self, num_units, tied=False, non_recurrent_fn=None, forget_bias=1, state_is_tuple=True, output_is_tuple=True
    ):
        make = functools.partial(rnn_cell.BasicLSTMCell, forget_bias=forget_bias)
        super().__init__(num_units, 2, make, tied, non_recurrent_fn, state_is_tuple, output_is_tuple)


class Grid1LSTMCell(_Ready):
    """LSTMCell along one dimension."""

    def __init__(self, num_units, use_peepholes=False, forget_bias=1.0, state_is_tuple=True, output_is_tuple=True):
        make = functools.partial(rnn_cell.LSTMCell, forget_bias=forget_bias, use_peepholes=use_peepholes)
        super().__init__(num_units, 1, make, False, None, state_is_tuple, output_is_tuple)


class Grid2LSTMCell(_Ready):
    """LSTMCells along two dimensions; a dense layer along the first where `non_recurrent_fn` is given."""

    def __init__(
        self, num_units, tied=False, non_recurrent_fn=None, use_peepholes=False, forget_bias=1.0, state_is_tuple=True,
        output_is_tuple=True,
    ):  # fmt: skip
        make = functools.partial(rnn_cell.LSTMCell, forget_bias=forget_bias, use_peepholes=use_peepholes)
        super().__init__(num_units, 2, make, tied, non_recurrent_fn, state_is_tuple, output_is_tuple)


class Grid3LSTMCell(_Ready):
    """LSTMCells along three dimensions; a dense layer along the first where `non_recurrent_fn` is given."""

    def __init__(
        self, num_units, tied=False, non_recurrent_fn=None, use_peepholes=False, forget_bias=1.0, state_is_tuple=True,
        output_is_tuple=True,
    ):  # fmt: skip
        make = functools.partial(rnn_cell.LSTMCell, forget_bias=forget_bias, use_peepholes=use_peepholes)
        super().__init__(num_units, 3, make, tied, non_recurrent_fn, state_is_tuple, output_is_tuple)


class Grid2GRUCell(_Ready):
    """GRUCells along two dimensions; a dense layer along the first where `non_recurrent_fn` is given."""

    def __init__(self, num_units, tied=False, non_recurrent_fn=None, state_is_tuple=True, output_is_tuple=True):
        super().__init__(num_units, 2, rnn_cell.GRUCell, tied, non_recurrent_fn, state_is_tuple, output_is_tuple)
