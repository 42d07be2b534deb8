"""Wrappers of recurrent cells: projections, embeddings, attention over one's own past, highways."""

from __future__ import annotations

import math as python_math

from graphflow._core import nest
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._layers import rnn_cell
from graphflow._ops import (
    array,
    conv,
    embedding,
    initializers,
    matmul,
    nn,
    reduce,
    slicing,
    unary,
    variable_scope,
)


class Linear:
    """`[args] . kernel + bias`, in variables of the current scope that are made once.

    Args:
        args: a tensor `[batch, size]`, or a list of them, which are joined.
        output_size: int.
        build_bias: whether there is a bias.
    """

    def __init__(self, args, output_size, build_bias, bias_initializer=None, kernel_initializer=None):
        parts = _matrices(args)
        with variable_scope.variable_scope(variable_scope.get_variable_scope()) as outer:
            self._kernel = _kernel(parts, output_size, kernel_initializer)
            self._bias = _bias(outer, parts[0].dtype, output_size, bias_initializer) if build_bias else None

    def __call__(self, args):
        parts = list(args) if nest.is_nested(args) else [args]
        if len(parts) > 1:
            one = build.constant(1)
            joined = array.concat(parts, one)
        else:
            joined = parts[0]
        product = matmul.matmul(joined, self._kernel)
        return product if self._bias is None else nn.bias_add(product, self._bias)


def linear(args, output_size, bias, bias_initializer=None, kernel_initializer=None):
    """`[args] . kernel + bias` in variables of the current scope: what cells of the time before layers called `_linear`.

    Args:
        args: a tensor `[batch, size]`, or a list of them, which are joined.
        output_size: int.
        bias: whether a bias is added.

    Returns:
        `[batch, output_size]`.

    Raises:
        ValueError: an argument is not a matrix of known width.
    """
    parts = _matrices(args)
    with variable_scope.variable_scope(variable_scope.get_variable_scope()) as outer:
        kernel = _kernel(parts, output_size, kernel_initializer)
        product = matmul.matmul(array.concat(parts, 1) if len(parts) > 1 else parts[0], kernel)
        return nn.bias_add(product, _bias(outer, parts[0].dtype, output_size, bias_initializer)) if bias else product


def _matrices(args):
    parts = list(args) if nest.is_nested(args) else [args]
    shapes = [part.get_shape() for part in parts]
    if any(shape.ndims != 2 or shape[1].value is None for shape in shapes):
        raise ValueError(f"linear is expecting 2D arguments whose last size is known: {shapes}")
    return parts


def _kernel(parts, output_size, initializer):
    total = sum(part.get_shape()[1].value for part in parts)
    return variable_scope.get_variable("kernel", [total, output_size], dtype=parts[0].dtype, initializer=initializer)


def _bias(outer, dtype, output_size, initializer):
    """A bias that is not partitioned; zeros unless said otherwise."""
    start = initializers.Constant(0.0, dtype=dtype) if initializer is None else initializer
    with variable_scope.variable_scope(outer) as inner:
        inner.set_partitioner(None)
        return variable_scope.get_variable("bias", [output_size], dtype=dtype, initializer=start)


class _Wrapper(rnn_cell.RNNCell):
    def __init__(self, cell, reuse=None):
        super().__init__(_reuse=reuse)
        rnn_cell.check_cell("cell", cell)
        self._cell = cell

    @property
    def state_size(self):
        return self._cell.state_size

    @property
    def output_size(self):
        return self._cell.output_size

    def zero_state(self, batch_size, dtype):
        with build.name_scope(type(self).__name__ + "ZeroState", None, [batch_size]):
            return self._cell.zero_state(batch_size, dtype)


class InputProjectionWrapper(_Wrapper):
    """A cell whose inputs are projected to `num_proj` first."""

    def __init__(self, cell, num_proj, activation=None, input_size=None, reuse=None):
        super().__init__(cell, reuse)
        self._num_proj, self._activation, self._linear = num_proj, activation, None

    def call(self, inputs, state):
        if self._linear is None:
            self._linear = Linear(inputs, self._num_proj, True)
        projected = self._linear(inputs)
        return self._cell(self._activation(projected) if self._activation else projected, state)


class OutputProjectionWrapper(_Wrapper):
    """A cell whose outputs are projected to `output_size`."""

    def __init__(self, cell, output_size, activation=None, reuse=None):
        super().__init__(cell, reuse)
        if output_size < 1:
            raise ValueError(f"Parameter output_size must be > 0: {output_size}.")
        self._output_size, self._activation, self._linear = output_size, activation, None

    @property
    def output_size(self):
        return self._output_size

    def call(self, inputs, state):
        output, new_state = self._cell(inputs, state)
        if self._linear is None:
            self._linear = Linear(output, self._output_size, True)
        projected = self._linear(output)
        return self._activation(projected) if self._activation else projected, new_state


class EmbeddingWrapper(_Wrapper):
    """A cell whose inputs are ids `[batch]`, looked up in an embedding of `embedding_classes` rows.

    Args:
        initializer: of the embedding; the scope's, or uniform with variance 1, where None.
    """

    def __init__(self, cell, embedding_classes, embedding_size, initializer=None, reuse=None):
        super().__init__(cell, reuse)
        if embedding_classes <= 0 or embedding_size <= 0:
            raise ValueError(
                f"Both embedding_classes and embedding_size must be > 0: {embedding_classes}, {embedding_size}."
            )
        self._shape, self._initializer = [embedding_classes, embedding_size], initializer

    def call(self, inputs, state):
        with graph_lib.get_default_graph().device("/cpu:0"):
            bound = python_math.sqrt(3)
            start = self._initializer or variable_scope.get_variable_scope().initializer
            start = start or initializers.RandomUniform(-bound, bound)
            dtype = state[0].dtype if isinstance(state, tuple) else state.dtype
            table = variable_scope.get_variable("embedding", self._shape, initializer=start, dtype=dtype)
            rows = embedding.embedding_lookup(table, array.reshape(inputs, [-1]))
            return self._cell(rows, state)


class HighwayWrapper(_Wrapper):
    """A cell whose inputs are mixed into its outputs: `inputs * carry + outputs * transform`.

    Args:
        couple_carry_transform_gates: whether transform is 1 - carry.
        carry_bias_init: where the bias of the carry gate starts.

    Source: Srivastava, Greff, Schmidhuber, "Highway networks" (2015).
    """

    def __init__(self, cell, couple_carry_transform_gates=True, carry_bias_init=1.0):
        super().__init__(cell)
        self._coupled, self._carry_bias_init = couple_carry_transform_gates, carry_bias_init

    def _gate(self, inputs, name, start):
        size = inputs.get_shape()[1].value
        weight = variable_scope.get_variable(name + "_w", [size, size])
        bias = variable_scope.get_variable(name + "_b", [size], initializer=initializers.Constant(start))
        return unary.sigmoid(nn.xw_plus_b(inputs, weight, bias))

    def _highway(self, inputs, outputs):
        inputs.shape.assert_is_compatible_with(outputs.shape)
        carry = self._gate(inputs, "carry", self._carry_bias_init)
        transform = 1 - carry if self._coupled else self._gate(inputs, "transform", -self._carry_bias_init)
        return inputs * carry + outputs * transform

    def __call__(self, inputs, state, scope=None):
        outputs, new_state = self._cell(inputs, state, scope=scope)
        nest.assert_same_structure(inputs, outputs)
        return nest.map_structure(self._highway, inputs, outputs), new_state


class CompiledWrapper(_Wrapper):
    """A cell as it is: TensorFlow compiled such a one by XLA, as all is compiled here."""

    def __init__(self, cell, compile_stateful=False):
        super().__init__(cell)

    def __call__(self, inputs, state, scope=None):
        return self._cell(inputs, state, scope=scope)


class AttentionCellWrapper(_Wrapper):
    """A cell that attends to its own last outputs.

    Args:
        attn_length: int, how many outputs are kept.
        attn_size: their size, the cell's output where None.
        attn_vec_size: size of the hidden layer of the attention, `attn_size` where None.
        input_size: size of the mixture of inputs and attention, that of the inputs where None.
        state_is_tuple: False: the state is one tensor.

    Source: Bahdanau, Cho, Bengio, "Neural machine translation by jointly learning to align and translate" (2014).
    """

    def __init__(
        self, cell, attn_length, attn_size=None, attn_vec_size=None, input_size=None, state_is_tuple=True, reuse=None
    ):  # fmt: skip
        super().__init__(cell, reuse)
        if nest.is_nested(cell.state_size) and not state_is_tuple:
            raise ValueError(
                "Cell returns tuple of states, but the flag state_is_tuple is not set. State size is: "
                f"{cell.state_size}"
            )
        if attn_length <= 0:
            raise ValueError(f"attn_length should be greater than zero, got {attn_length}")
        self._length, self._size = attn_length, cell.output_size if attn_size is None else attn_size
        self._vec_size = self._size if attn_vec_size is None else attn_vec_size
        self._input_size, self._state_is_tuple = input_size, state_is_tuple
        self._linears = {}

    @property
    def state_size(self):
        sizes = (self._cell.state_size, self._size, self._size * self._length)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self):
        return self._size

    def zero_state(self, batch_size, dtype):
        return rnn_cell.RNNCell.zero_state(self, batch_size, dtype)

    def _linear(self, name, args, size):
        if name not in self._linears:
            self._linears[name] = Linear(args, size, True)
        return self._linears[name](args)

    def _parts(self, state):
        if self._state_is_tuple:
            return state
        sizes, start, parts = (self._cell.state_size, self._size, self._size * self._length), 0, []
        for size in sizes:
            parts.append(slicing.slice(state, [0, start], [-1, size]))
            start += size
        return parts

    def call(self, inputs, state):
        state, attended, past = self._parts(state)
        past = array.reshape(past, [-1, self._length, self._size])
        size = inputs.get_shape().as_list()[1] if self._input_size is None else self._input_size
        mixed = self._linear("inputs", [inputs, attended], size)
        output, new_state = self._cell(mixed, state)
        query = array.concat(nest.flatten(new_state), 1) if self._state_is_tuple else new_state
        attended, kept = self._attend(query, past)
        with variable_scope.variable_scope("attn_output_projection"):
            output = self._linear("output", [output, attended], self._size)
        past = array.concat([kept, array.expand_dims(output, 1)], 1)
        parts = (new_state, attended, array.reshape(past, [-1, self._length * self._size]))
        return output, parts if self._state_is_tuple else array.concat(list(parts), 1)

    def _attend(self, query, past):
        with variable_scope.variable_scope("attention"):
            kernel = variable_scope.get_variable("attn_w", [1, 1, self._size, self._vec_size])
            vector = variable_scope.get_variable("attn_v", [self._vec_size])
            hidden = array.reshape(past, [-1, self._length, 1, self._size])
            features = conv.conv2d(hidden, kernel, [1, 1, 1, 1], "SAME")
            wanted = self._linear("query", query, self._vec_size)
            wanted = array.reshape(wanted, [-1, 1, 1, self._vec_size])
            scores = reduce.reduce_sum(vector * unary.tanh(features + wanted), [2, 3])
            weights = nn.softmax(scores)
            mean = reduce.reduce_sum(array.reshape(weights, [-1, self._length, 1, 1]) * hidden, [1, 2])
            return array.reshape(mean, [-1, self._size]), slicing.slice(past, [0, 1, 0], [-1, -1, -1])
