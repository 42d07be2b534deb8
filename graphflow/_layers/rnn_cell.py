"""Recurrent cells: one step of a network in time. Basic, GRU and LSTM cells, and several stacked.

A cell is called `output, new_state = cell(inputs, state)`; `state_size` and `output_size` tell the sizes without the batch.
"""

from __future__ import annotations

import collections

from graphflow._core import dtypes, nest, shapes
from graphflow._graph import build, static_value, tensor
from graphflow._layers import base
from graphflow._ops import (
    array,
    clip,
    initializers,
    joining,
    math,
    matmul,
    nn,
    partitioned_variable,
    slicing,
    unary,
    variable_scope,
    variables,
)

_KERNEL, _BIAS = "kernel", "bias"


class LSTMStateTuple(collections.namedtuple("LSTMStateTuple", ("c", "h"))):
    """The state of an LSTM cell: the cell values `c` and the output `h`."""

    __slots__ = ()

    @property
    def dtype(self):
        """The element type of both."""
        if self.c.dtype != self.h.dtype:
            raise TypeError(f"Inconsistent internal state: {self.c.dtype} vs {self.h.dtype}")
        return self.c.dtype


def check_cell(argument, cell):
    """Raises TypeError where `cell` lacks what the loops use of a cell."""
    problems = [f"'{name}' property is missing" for name in ("output_size", "state_size") if not hasattr(cell, name)]
    if not hasattr(cell, "get_initial_state") and not hasattr(cell, "zero_state"):
        problems.append("either 'zero_state' or 'get_initial_state' method is required")
    if not callable(cell):
        problems.append("is not callable")
    if problems:
        raise TypeError(f"The argument {argument!r} ({cell}) is not an RNNCell: {', '.join(problems)}.")


def with_batch(batch_size, size, dtype):
    """Zeros of shape `[batch_size] + size`; each of the two may be a number, a shape or a tensor."""
    prefix, suffix = _shape_vector(batch_size), _shape_vector(size)
    if prefix is None or suffix is None:
        raise ValueError(f"Provided a prefix or suffix of None: {batch_size} and {size}")
    return array.zeros(array.concat([prefix, suffix], 0), dtype=dtype)


def known_with_batch(batch_size, size):
    """The TensorShape `[batch_size] + size`, as far as it is known."""
    for one in (batch_size, size):
        _shape_vector(one)  # TensorFlow makes these nodes here too, and default random seeds count nodes
    return _known_shape(batch_size).concatenate(_known_shape(size))


def zeros_of(sizes, batch_size, dtype):
    """Zeros of shape `[batch_size] + size` for each size of a structure."""

    def make(size):
        made = with_batch(batch_size, size, dtype)
        made.set_shape(known_with_batch(batch_size, size))
        return made

    return nest.map_structure(make, sizes)


def _shape_vector(size):
    """A size as an int32 vector, None where it is not known."""
    if isinstance(size, tensor.Tensor):
        return array.expand_dims(size, 0) if len(size._dims) == 0 else size
    shape = shapes.as_shape(size)
    return build.constant(shape.as_list(), dtype=dtypes.int32) if shape.is_fully_defined() else None


def _known_shape(size):
    if not isinstance(size, tensor.Tensor):
        return shapes.as_shape(size)
    value = static_value.constant_value(size)
    if value is None:
        return shapes.unknown_shape(1) if len(size._dims) == 0 else shapes.unknown_shape(size._dims[0])
    return shapes.as_shape(value.tolist())


def cache_reads(scope):
    """Variables of a recurrent network are read on their own device, once for all steps."""
    if scope.caching_device is None:
        scope.set_caching_device(lambda op: op.device)


class RNNCell(base.Layer):
    """Base of recurrent cells, also of those users write: `call(inputs, state)`, `state_size`, `output_size`.

    Variables that `call` gets by `tf.get_variable` belong to the cell.
    """

    def __call__(self, inputs, state, scope=None):
        around = variable_scope.get_variable_scope() if scope is None else scope
        if scope is None:  # later calls find the variables of the first
            around = self.__dict__.setdefault("_called_in", around)
        with variable_scope.variable_scope(around, custom_getter=self._get_variable) as opened:
            return super().__call__(inputs, state, **({} if scope is None else {"scope": opened}))

    def _get_variable(self, getter, *args, **kwargs):
        found = getter(*args, **kwargs)
        first = list(found)[0] if isinstance(found, partitioned_variable.PartitionedVariable) else found
        trained = any(first is v for v in variables.trainable_variables())
        held = self._trainable_weights if trained else self._non_trainable_weights
        if all(found is not v for v in held):
            held.append(found)
        return found

    @property
    def state_size(self):
        """Sizes of the state, without the batch: an int, a TensorShape, or a structure of them."""
        raise NotImplementedError(f"{type(self).__name__} has to define the property `state_size`")

    @property
    def output_size(self):
        """Sizes of the output, without the batch."""
        raise NotImplementedError(f"{type(self).__name__} has to define the property `output_size`")

    def build(self, _):
        pass

    def zero_state(self, batch_size, dtype):
        """A state of zeros, in the structure of `state_size`."""
        with build.name_scope(type(self).__name__ + "ZeroState", None, [batch_size]):
            return zeros_of(self.state_size, batch_size, dtype)

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        """A state of zeros, for the batch and the dtype of `inputs` where they are given.

        Raises:
            ValueError: neither is known, or the two differ.
        """
        if inputs is not None:
            inputs = build.convert_to_tensor(inputs, name="inputs")
            known = inputs._dims[0]
            if batch_size is not None:
                given = static_value.constant_value(batch_size) if isinstance(batch_size, tensor.Tensor) else batch_size
                if known != given:
                    raise ValueError(
                        "batch size from input tensor is different from the input param. "
                        f"Input tensor batch: {known}, batch_size: {batch_size}"
                    )
            if dtype is not None and inputs.dtype != dtype:
                raise ValueError(
                    "dtype from input tensor is different from the input param. "
                    f"Input tensor dtype: {inputs.dtype}, dtype: {dtype}"
                )
            batch_size, dtype = known or array.shape(inputs)[0], inputs.dtype
        if batch_size is None or dtype is None:
            raise ValueError(
                "batch_size and dtype cannot be None while constructing initial state: "
                f"batch_size={batch_size}, dtype={dtype}"
            )
        return self.zero_state(batch_size, dtype)


def _check_floats(*given):
    for dtype in given:
        if dtype is not None and not (dtypes.as_dtype(dtype).is_floating or dtypes.as_dtype(dtype).is_complex):
            raise ValueError(f"RNN cell only supports floating point inputs, but saw dtype: {dtypes.as_dtype(dtype)!r}")


class LayerRNNCell(RNNCell):
    """Base of the cells here: variables made in `build`, as a layer's.

    Args:
        num_units: int, the size of the output.
        activation: a function, tanh where None.
        reuse: whether variables of the scope are shared.
    """

    def __init__(self, num_units, activation, reuse, name, dtype, **kwargs):
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        _check_floats(self.dtype)
        self.input_spec = base.InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = activation_function(activation) if activation else unary.tanh

    def __call__(self, inputs, state, scope=None, *args, **kwargs):
        return base.Layer.__call__(self, inputs, state, *args, scope=scope, **kwargs)

    def _check(self, inputs):
        super()._check(inputs)
        _check_floats(*(x.dtype for x in nest.flatten(inputs)))

    @property
    def state_size(self):
        return self._num_units

    @property
    def output_size(self):
        return self._num_units

    def _input_depth(self, input_shape):
        depth = input_shape[-1].value
        if depth is None:
            raise ValueError(f"Expected inputs.shape[-1] to be known, saw shape: {input_shape}")
        return depth

    def _gates(self, inputs, state, kernel, bias):
        return nn.bias_add(matmul.matmul(array.concat([inputs, state], 1), kernel), bias)


_ACTIVATIONS = ("elu", "relu", "selu", "sigmoid", "softmax", "softplus", "softsign", "tanh")


def activation_function(activation):
    """The function itself, or the one of that name."""
    if callable(activation):
        return activation
    named = {name: getattr(nn, name, None) or getattr(unary, name) for name in _ACTIVATIONS}
    if activation not in named:
        raise ValueError(f"Unknown activation function: {activation}; known by name are {', '.join(sorted(named))}")
    return named[activation]


class BasicRNNCell(LayerRNNCell):
    """`output = state = activation([inputs, state] . kernel + bias)`."""

    def __init__(self, num_units, activation=None, reuse=None, name=None, dtype=None, **kwargs):
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)

    def build(self, inputs_shape):
        units = self._num_units
        self._kernel = self.add_weight(_KERNEL, [self._input_depth(inputs_shape) + units, units])
        self._bias = self.add_weight(_BIAS, [units], initializer=initializers.Zeros(dtype=self.dtype))
        self.built = True

    def call(self, inputs, state):
        output = self._activation(self._gates(inputs, state, self._kernel, self._bias))
        return output, output


class GRUCell(LayerRNNCell):
    """Gated recurrent unit.

    Source: Cho et al., "Learning phrase representations using RNN encoder-decoder" (2014), https://arxiv.org/abs/1406.1078.
    """

    def __init__(
        self, num_units, activation=None, reuse=None, kernel_initializer=None, bias_initializer=None, name=None, dtype=None,
        **kwargs,
    ):  # fmt: skip
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)
        self._kernel_initializer, self._bias_initializer = kernel_initializer, bias_initializer

    def build(self, inputs_shape):
        depth, units = self._input_depth(inputs_shape), self._num_units

        def weights(name, size, bias_start):
            kernel = self.add_weight(f"{name}/{_KERNEL}", [depth + units, size], initializer=self._kernel_initializer)
            start = bias_start if self._bias_initializer is None else self._bias_initializer
            return kernel, self.add_weight(f"{name}/{_BIAS}", [size], initializer=start)

        open_gates = initializers.Constant(1.0, dtype=self.dtype)
        self._gate_kernel, self._gate_bias = weights("gates", 2 * units, open_gates)
        self._candidate_kernel, self._candidate_bias = weights("candidate", units, initializers.Zeros(dtype=self.dtype))
        self.built = True

    def call(self, inputs, state):
        value = unary.sigmoid(self._gates(inputs, state, self._gate_kernel, self._gate_bias))
        reset, update = joining.split(value, 2, axis=1)
        kept = reset * state
        candidate = self._activation(self._gates(inputs, kept, self._candidate_kernel, self._candidate_bias))
        new = update * state + (1 - update) * candidate
        return new, new


class BasicLSTMCell(LayerRNNCell):
    """Long short-term memory without peepholes.

    Args:
        forget_bias: added to the forget gate, so that cells remember at the start of training.
        state_is_tuple: the state is an LSTMStateTuple; False: both parts concatenated along axis 1.

    Source: Zaremba et al., "Recurrent neural network regularization" (2014), https://arxiv.org/abs/1409.2329.
    """

    def __init__(
        self, num_units, forget_bias=1.0, state_is_tuple=True, activation=None, reuse=None, name=None, dtype=None, **kwargs
    ):  # fmt: skip
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)
        self._forget_bias, self._state_is_tuple = forget_bias, state_is_tuple

    @property
    def state_size(self):
        units = self._num_units
        return LSTMStateTuple(units, units) if self._state_is_tuple else 2 * units

    def build(self, inputs_shape):
        units = self._num_units
        self._kernel = self.add_weight(_KERNEL, [self._input_depth(inputs_shape) + units, 4 * units])
        self._bias = self.add_weight(_BIAS, [4 * units], initializer=initializers.Zeros(dtype=self.dtype))
        self.built = True

    def call(self, inputs, state):
        axis = build.constant(1, dtype=dtypes.int32)
        c, h = state if self._state_is_tuple else joining.split(state, 2, axis=axis)
        i, j, f, o = joining.split(self._gates(inputs, h, self._kernel, self._bias), 4, axis=axis)
        forget = unary.sigmoid(math.add(f, build.constant(self._forget_bias, dtype=f.dtype)))
        kept = math.multiply(c, forget)
        new_c = math.add(kept, math.multiply(unary.sigmoid(i), self._activation(j)))
        new_h = math.multiply(self._activation(new_c), unary.sigmoid(o))
        return new_h, LSTMStateTuple(new_c, new_h) if self._state_is_tuple else array.concat([new_c, new_h], 1)


class LSTMCell(LayerRNNCell):
    """Long short-term memory, with peepholes, clipping and a projection of the output where asked for.

    Args:
        use_peepholes: gates see the cell values too.
        cell_clip: float, the cell values are clipped to +- this.
        initializer: of the kernels and peepholes.
        num_proj: int, the size of the projected output; proj_clip: what it is clipped to.
        num_unit_shards, num_proj_shards: ints, into how many parts the kernels are cut.
        others: as for `BasicLSTMCell`.

    Source: Sak et al., "Long short-term memory recurrent neural network architectures for large scale acoustic modeling" (2014).
    """

    def __init__(
        self, num_units, use_peepholes=False, cell_clip=None, initializer=None, num_proj=None, proj_clip=None,
        num_unit_shards=None, num_proj_shards=None, forget_bias=1.0, state_is_tuple=True, activation=None, reuse=None,
        name=None, dtype=None, **kwargs,
    ):  # fmt: skip
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)
        self._use_peepholes, self._cell_clip, self._initializer = use_peepholes, cell_clip, initializer
        self._num_proj, self._proj_clip, self._forget_bias = num_proj, proj_clip, forget_bias
        self._num_unit_shards, self._num_proj_shards = num_unit_shards, num_proj_shards
        self._state_is_tuple = state_is_tuple

    @property
    def output_size(self):
        return self._num_proj or self._num_units

    @property
    def state_size(self):
        sizes = LSTMStateTuple(self._num_units, self.output_size)
        return sizes if self._state_is_tuple else sum(sizes)

    def build(self, inputs_shape):
        units = self._num_units
        rows = self._input_depth(inputs_shape) + (units if self._num_proj is None else self._num_proj)
        start, parts = self._initializer, partitioned_variable.fixed_size_partitioner
        self._kernel = self.add_weight(
            _KERNEL, [rows, 4 * units], initializer=start,
            partitioner=None if self._num_unit_shards is None else parts(self._num_unit_shards),
        )  # fmt: skip
        self._bias = self.add_weight(_BIAS, [4 * units], initializer=initializers.Zeros(dtype=self.dtype))
        if self._use_peepholes:
            self._w_f, self._w_i, self._w_o = (
                self.add_weight(name, [units], initializer=start) for name in ("w_f_diag", "w_i_diag", "w_o_diag")
            )
        if self._num_proj is not None:
            self._proj_kernel = self.add_weight(
                f"projection/{_KERNEL}", [units, self._num_proj], initializer=start,
                partitioner=None if self._num_proj_shards is None else parts(self._num_proj_shards),
            )  # fmt: skip
        self.built = True

    def call(self, inputs, state):
        sigmoid, activation = unary.sigmoid, self._activation
        if self._state_is_tuple:
            c_old, h_old = state
        else:
            c_old = slicing.slice(state, [0, 0], [-1, self._num_units])
            h_old = slicing.slice(state, [0, self._num_units], [-1, self.output_size])
        i, j, f, o = joining.split(self._gates(inputs, h_old, self._kernel, self._bias), 4, axis=1)
        if self._use_peepholes:
            forget = sigmoid(f + self._forget_bias + self._w_f * c_old)
            c = forget * c_old + sigmoid(i + self._w_i * c_old) * activation(j)
        else:
            c = sigmoid(f + self._forget_bias) * c_old + sigmoid(i) * activation(j)
        if self._cell_clip is not None:
            c = clip.clip_by_value(c, -self._cell_clip, self._cell_clip)
        h = sigmoid(o + self._w_o * c if self._use_peepholes else o) * activation(c)
        if self._num_proj is not None:
            h = matmul.matmul(h, self._proj_kernel)
            if self._proj_clip is not None:
                h = clip.clip_by_value(h, -self._proj_clip, self._proj_clip)
        return h, LSTMStateTuple(c, h) if self._state_is_tuple else array.concat([c, h], 1)


class MultiRNNCell(RNNCell):
    """Cells one above the other: each takes the output of the one below.

    Args:
        cells: a list of cells.
        state_is_tuple: the state is a tuple of the cells' states; False: they are concatenated along axis 1.
    """

    def __init__(self, cells, state_is_tuple=True):
        super().__init__()
        if not cells:
            raise ValueError("Must specify at least one cell for MultiRNNCell.")
        if not nest.is_nested(cells):
            raise TypeError(f"cells must be a list or tuple, but saw: {cells}.")
        self._cells, self._state_is_tuple = cells, state_is_tuple
        if not state_is_tuple and any(nest.is_nested(cell.state_size) for cell in cells):
            raise ValueError(
                "Some cells return tuples of states, but the flag state_is_tuple is not set. "
                f"State sizes are: {[cell.state_size for cell in cells]}"
            )

    @property
    def state_size(self):
        sizes = tuple(cell.state_size for cell in self._cells)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self):
        return self._cells[-1].output_size

    def zero_state(self, batch_size, dtype):
        with build.name_scope(type(self).__name__ + "ZeroState", None, [batch_size]):
            if self._state_is_tuple:
                return tuple(cell.zero_state(batch_size, dtype) for cell in self._cells)
            return super().zero_state(batch_size, dtype)

    def _weights_of_cells(self, kind):
        return [w for cell in self._cells if isinstance(cell, base.Layer) for w in getattr(cell, kind)]

    @property
    def trainable_weights(self):
        return self._weights_of_cells("trainable_weights") if self.trainable else []

    @property
    def non_trainable_weights(self):
        kept = [] if self.trainable else self._weights_of_cells("trainable_weights")
        return kept + self._weights_of_cells("non_trainable_weights")

    def call(self, inputs, state):
        if self._state_is_tuple and not nest.is_nested(state):
            raise ValueError(f"Expected state to be a tuple of length {len(self.state_size)}, but received: {state}")
        output, new_states, start = inputs, [], 0
        for i, cell in enumerate(self._cells):
            with variable_scope.variable_scope(f"cell_{i}"):
                if self._state_is_tuple:
                    own = state[i]
                else:
                    own = slicing.slice(state, [0, start], [-1, cell.state_size])
                    start += cell.state_size
                output, new = cell(output, own)
                new_states.append(new)
        return output, tuple(new_states) if self._state_is_tuple else array.concat(new_states, 1)
