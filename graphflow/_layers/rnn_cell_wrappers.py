"""Cells round a cell: dropout between steps, residual connections, a device."""

from __future__ import annotations

import hashlib
import numbers

from graphflow._core import nest, shapes
from graphflow._graph import build, static_value
from graphflow._graph import graph as graph_lib
from graphflow._layers import rnn_cell
from graphflow._ops import array, math, nn, random, tensor_array, unary


class _Wrapper(rnn_cell.RNNCell):
    """A cell with the sizes and the variables of another."""

    def __init__(self, cell, dtype=None, **kwargs):
        super().__init__(dtype=dtype, **kwargs)
        rnn_cell.check_cell("cell", cell)
        self.cell = cell

    @property
    def wrapped_cell(self):
        """The cell inside."""
        return self.cell

    @property
    def state_size(self):
        return self.cell.state_size

    @property
    def output_size(self):
        return self.cell.output_size

    @property
    def trainable_weights(self):
        return list(getattr(self.cell, "trainable_weights", self._trainable_weights))

    @property
    def non_trainable_weights(self):
        return list(getattr(self.cell, "non_trainable_weights", self._non_trainable_weights))

    def zero_state(self, batch_size, dtype):
        with build.name_scope(type(self).__name__ + "ZeroState", None, [batch_size]):
            return self.cell.zero_state(batch_size, dtype)

    def __call__(self, inputs, state, scope=None):
        return self._step(inputs, state, scope)


class DropoutWrapper(_Wrapper):
    """Drops parts of the inputs, the outputs and the state of a cell.

    Args:
        cell: the cell.
        input_keep_prob, output_keep_prob, state_keep_prob: probability to keep an element, floats or scalar tensors.
        variational_recurrent: the same elements are dropped at every step; needs `dtype`, and `input_size` where inputs are
            dropped.
        input_size: sizes of the inputs, without the batch.
        seed: int; each mask gets a seed of its own, made of it.
        dropout_state_filter_visitor: a function part of the state -> bool, or a structure of them: what may be dropped;
            all but the `c` of an LSTMStateTuple where None.

    Source: Gal and Ghahramani, "A theoretically grounded application of dropout in recurrent neural networks" (2016),
    https://arxiv.org/abs/1512.05287, for the variational form.
    """

    def __init__(
        self, cell, input_keep_prob=1.0, output_keep_prob=1.0, state_keep_prob=1.0, variational_recurrent=False,
        input_size=None, dtype=None, seed=None, dropout_state_filter_visitor=None, **kwargs,
    ):  # fmt: skip
        super().__init__(cell, dtype=dtype, **kwargs)
        if dropout_state_filter_visitor is not None and not callable(dropout_state_filter_visitor):
            raise TypeError("dropout_state_filter_visitor must be callable")
        self._may_drop = dropout_state_filter_visitor or _all_but_cell_values
        with build.name_scope("DropoutWrapperInit"):
            self._input_keep_prob = _probability("input_keep_prob", input_keep_prob)
            self._state_keep_prob = _probability("state_keep_prob", state_keep_prob)
            self._output_keep_prob = _probability("output_keep_prob", output_keep_prob)
        self._variational_recurrent, self._seed = variational_recurrent, seed
        self._noise = {"input": None, "state": None, "output": None}
        if variational_recurrent:
            self._make_noise(input_size, dtype)

    def _make_noise(self, input_size, dtype):
        if dtype is None:
            raise ValueError("When variational_recurrent=True, dtype must be provided")
        sizes = {"state": self.cell.state_size, "output": self.cell.output_size}
        if not isinstance(self._input_keep_prob, numbers.Real) or self._input_keep_prob < 1.0:
            if input_size is None:
                raise ValueError(
                    "When variational_recurrent=True and input_keep_prob < 1.0 or is unknown, input_size must be provided"
                )
            sizes = {"input": input_size, **sizes}
        for salt, structure in sizes.items():

            def draw(i, size, salt=salt):
                shape = array.concat(([1], shapes.as_shape(size).as_list()), 0)
                return random.random_uniform(shape, seed=self._seed_of(salt, i), dtype=dtype)

            self._noise[salt] = _numbered(draw, structure, structure)

    def _seed_of(self, salt, index):
        if self._seed is None:
            return None
        text = f"{self._seed}{salt}_{index}".encode()
        return int(hashlib.md5(text).hexdigest()[:8], 16) & 0x7FFFFFFF

    def _drop(self, values, salt, keep_prob, which=None):
        which = values if which is None else which

        def drop(i, wanted, value, noise=None):
            if isinstance(wanted, bool) and not wanted:
                return value
            if noise is None:
                return nn.dropout(value, rate=1.0 - keep_prob, seed=self._seed_of(salt, i))
            kept = unary.floor(keep_prob + noise)
            dropped = math.div(value, keep_prob) * kept
            dropped.set_shape(value.shape)
            return dropped

        noise = [self._noise[salt]] if self._variational_recurrent else []
        return _numbered(drop, which, which, values, *noise)

    def _step(self, inputs, state, scope=None):
        def drops(probability):
            return not isinstance(probability, float) or probability < 1

        if drops(self._input_keep_prob):
            inputs = self._drop(inputs, "input", self._input_keep_prob)
        output, new_state = self.cell(inputs, state, scope=scope)
        if drops(self._state_keep_prob):
            which = _shallow(self._may_drop, new_state)
            new_state = self._drop(new_state, "state", self._state_keep_prob, which)
        if drops(self._output_keep_prob):
            output = self._drop(output, "output", self._output_keep_prob)
        return output, new_state


def _probability(name, value):
    made = build.convert_to_tensor(value)
    known = static_value.constant_value(made)
    if known is None:
        return made
    if not 0 <= known <= 1:
        raise ValueError(f"Parameter {name} must be between 0 and 1: {known}")
    return float(known)


def _all_but_cell_values(part):
    if isinstance(part, rnn_cell.LSTMStateTuple):
        return rnn_cell.LSTMStateTuple(c=False, h=True)
    return not isinstance(part, tensor_array.TensorArray)


def _shallow(visit, structure):
    """The bools `visit` gives, as deep into `structure` as it says."""
    wanted = visit(structure)
    if nest.is_nested(structure) and isinstance(wanted, bool) and wanted:
        return nest.rebuild(structure, [_shallow(visit, part) for part in nest.parts(structure)])
    return wanted


def _numbered(function, shallow, *structures):
    """`map_structure_up_to` whose function gets the number of the part first."""
    count = iter(range(1 << 30))
    return nest.map_structure_up_to(shallow, lambda *parts: function(next(count), *parts), *structures)


class ResidualWrapper(_Wrapper):
    """Adds the inputs of a cell to its outputs.

    Args:
        residual_fn: a function (inputs, outputs) -> outputs in place of the sum.
    """

    def __init__(self, cell, residual_fn=None, **kwargs):
        super().__init__(cell, **kwargs)
        self._residual_fn = residual_fn or _sum

    def _step(self, inputs, state, scope=None):
        outputs, new_state = self.cell(inputs, state, scope=scope)
        return self._residual_fn(inputs, outputs), new_state


def _sum(inputs, outputs):
    nest.assert_same_structure(inputs, outputs)
    nest.map_structure(lambda x, y: x.shape.assert_is_compatible_with(y.shape), inputs, outputs)
    return nest.map_structure(lambda x, y: x + y, inputs, outputs)


class DeviceWrapper(_Wrapper):
    """Puts a cell on a device.

    Args:
        device: a device string or function, as for `tf.device`.
    """

    def __init__(self, cell, device, **kwargs):
        super().__init__(cell, **kwargs)
        self._device = device

    def zero_state(self, batch_size, dtype):
        with build.name_scope(type(self).__name__ + "ZeroState", None, [batch_size]), self._placed():
            return self.cell.zero_state(batch_size, dtype)

    def _placed(self):
        return graph_lib.get_default_graph().device(self._device)

    def _step(self, inputs, state, scope=None):
        with self._placed():
            return self.cell(inputs, state, scope=scope)
