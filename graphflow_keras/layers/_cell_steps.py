"""One step of each cell in the nodes of `tf.keras`, which takes kernels apart within the step.

The cells of `_recurrent_cells` compute the same from kernels they took apart once, and project all time steps at once;
but seeds of what comes later in a graph count its nodes, so a graph of tf.keras must have tf.keras's.
"""

import graphflow as tf
from graphflow_keras import backend as K


def _mask(cell, attribute, rate, like, training, count):
    """The dropout masks of a sequence, `count` of them (one alone is no list); None without dropout."""
    if rate == 0:
        return None
    if getattr(cell, attribute) is None:
        ones = tf.ones_like(like)
        drawn = [K.in_train_phase(lambda: K.dropout(ones, rate), ones, training=training) for _ in range(count)]
        setattr(cell, attribute, drawn)
    return getattr(cell, attribute)


def masks(cell, inputs, state, training, count):
    """The masks of the inputs and of the state, drawn once for a sequence."""
    return (
        _mask(cell, "_dropout_mask", cell.dropout, inputs, training, count),
        _mask(cell, "_recurrent_dropout_mask", cell.recurrent_dropout, state, training, count),
    )


def each_gate(x, rate, drawn, count):
    """`x` as each of `count` gates sees it: under a mask of its own."""
    return [x * mask for mask in drawn] if 0 < rate < 1 else [x] * count


def simple_rnn(cell, inputs, states, training):
    """A step of `SimpleRNNCell`."""
    state = states[0]
    drawn, recurrent_drawn = masks(cell, inputs, state, training, 1)
    projected = K.dot(inputs if drawn is None else inputs * drawn[0], cell.kernel)
    if cell.bias is not None:
        projected = K.bias_add(projected, cell.bias)
    if recurrent_drawn is not None:
        state = state * recurrent_drawn[0]
    output = cell.activation(projected + K.dot(state, cell.recurrent_kernel))
    return output, [output]


def gru(cell, inputs, states, training):
    """A step of `GRUCell`."""
    state = states[0]
    drawn = masks(cell, inputs, state, training, 3)
    input_bias, recurrent_bias = cell.bias, None
    if cell.bias is not None and cell.reset_after:
        input_bias, recurrent_bias = tf.unstack(cell.bias)
    step = _gru_by_gate if cell.implementation == 1 else _gru_at_once
    return step(cell, inputs, state, *drawn, input_bias, recurrent_bias)


def _gru_by_gate(cell, inputs, state, drawn, recurrent_drawn, input_bias, recurrent_bias):
    units = cell.units
    gates = [slice(None, units), slice(units, 2 * units), slice(2 * units, None)]
    seen = each_gate(inputs, cell.dropout, drawn, 3)
    projected = [K.dot(x, cell.kernel[:, gate]) for x, gate in zip(seen, gates)]
    if input_bias is not None:
        projected = [K.bias_add(x, input_bias[gate]) for x, gate in zip(projected, gates)]
    seen = each_gate(state, cell.recurrent_dropout, recurrent_drawn, 3)
    inner = [K.dot(x, cell.recurrent_kernel[:, gate]) for x, gate in zip(seen[:2], gates)]
    if recurrent_bias is not None:
        inner = [K.bias_add(x, recurrent_bias[gate]) for x, gate in zip(inner, gates)]
    update = cell.recurrent_activation(projected[0] + inner[0])
    reset = cell.recurrent_activation(projected[1] + inner[1])
    if cell.reset_after:
        inner_h = K.dot(seen[2], cell.recurrent_kernel[:, gates[2]])
        if recurrent_bias is not None:
            inner_h = K.bias_add(inner_h, recurrent_bias[gates[2]])
        inner_h = reset * inner_h
    else:
        inner_h = K.dot(reset * seen[2], cell.recurrent_kernel[:, gates[2]])
    candidate = cell.activation(projected[2] + inner_h)
    output = update * state + (1 - update) * candidate
    return output, [output]


def _gru_at_once(cell, inputs, state, drawn, recurrent_drawn, input_bias, recurrent_bias):
    units = cell.units
    gates = [slice(None, units), slice(units, 2 * units), slice(2 * units, None)]
    if 0 < cell.dropout < 1:
        inputs = inputs * drawn[0]
    projected = K.dot(inputs, cell.kernel)
    if input_bias is not None:
        projected = K.bias_add(projected, input_bias)
    x_z, x_r, x_h = [projected[:, gate] for gate in gates]
    if 0 < cell.recurrent_dropout < 1:
        state = state * recurrent_drawn[0]
    if cell.reset_after:
        inner = K.dot(state, cell.recurrent_kernel)
        if recurrent_bias is not None:
            inner = K.bias_add(inner, recurrent_bias)
    else:
        inner = K.dot(state, cell.recurrent_kernel[:, : 2 * units])
    inner_z, inner_r = [inner[:, gate] for gate in gates[:2]]
    update = cell.recurrent_activation(x_z + inner_z)
    reset = cell.recurrent_activation(x_r + inner_r)
    if cell.reset_after:
        inner_h = reset * inner[:, gates[2]]
    else:
        inner_h = K.dot(reset * state, cell.recurrent_kernel[:, gates[2]])
    candidate = cell.activation(x_h + inner_h)
    output = update * state + (1 - update) * candidate
    return output, [output]


def lstm(cell, inputs, states, training):
    """A step of `LSTMCell`."""
    state, carry = states
    drawn, recurrent_drawn = masks(cell, inputs, state, training, 4)
    if cell.implementation == 1:
        seen = each_gate(inputs, cell.dropout, drawn, 4)
        projected = [K.dot(x, kernel) for x, kernel in zip(seen, tf.split(cell.kernel, 4, axis=1))]
        if cell.bias is not None:
            projected = [K.bias_add(x, bias) for x, bias in zip(projected, tf.split(cell.bias, 4, axis=0))]
        seen = each_gate(state, cell.recurrent_dropout, recurrent_drawn, 4)
        units = cell.units

        def gate(index):
            end = None if index == 3 else units * (index + 1)
            kernel = cell.recurrent_kernel[:, (units * index or None) : end]
            return projected[index] + K.dot(seen[index], kernel)

    else:
        if 0 < cell.dropout < 1:
            inputs = inputs * drawn[0]
        at_once = K.dot(inputs, cell.kernel)
        if 0 < cell.recurrent_dropout < 1:
            state = state * recurrent_drawn[0]
        at_once += K.dot(state, cell.recurrent_kernel)
        if cell.bias is not None:
            at_once = K.bias_add(at_once, cell.bias)
        gate = tf.split(at_once, 4, axis=1).__getitem__

    carry, read = cell.carry_and_read(gate, carry)
    output = read * cell.activation(carry)
    return output, [output, carry]


def conv_lstm(cell, inputs, states, training):
    """A step of `ConvLSTM2DCell`."""
    state, carry = states
    drawn, recurrent_drawn = masks(cell, inputs, state, training, 4)
    seen = each_gate(inputs, cell.dropout, drawn, 4)
    states_seen = each_gate(state, cell.recurrent_dropout, recurrent_drawn, 4)
    kernels = tf.split(cell.kernel, 4, axis=3)
    recurrent_kernels = tf.split(cell.recurrent_kernel, 4, axis=3)
    biases = [None] * 4 if cell.bias is None else tf.split(cell.bias, 4)
    projected = [cell.input_conv(*parts, padding=cell.padding) for parts in zip(seen, kernels, biases)]
    inner = [cell.recurrent_conv(*parts) for parts in zip(states_seen, recurrent_kernels)]
    carry, read = cell.carry_and_read(lambda index: projected[index] + inner[index], carry)
    output = read * cell.activation(carry)
    return output, [output, carry]
