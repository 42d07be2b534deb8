"""Layers with cuDNN's formulas, which TensorFlow runs on GPUs only: against the formulas in NumPy."""

import numpy as np
import pytest

import graphflow as tf

UNITS, DEPTH = 3, 4
X = np.random.RandomState(0).uniform(-1, 1, (5, 2, DEPTH)).astype(np.float32)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(x, h, state):
    i, f, new, o = np.split(x + h, 4, axis=1)
    c = sigmoid(f) * state[1] + sigmoid(i) * np.tanh(new)
    return [sigmoid(o) * np.tanh(c), c]


def gru(x, h, state):
    (x_r, x_u, x_n), (h_r, h_u, h_n) = np.split(x, 3, axis=1), np.split(h, 3, axis=1)
    update = sigmoid(x_u + h_u)
    return [(1 - update) * np.tanh(x_n + sigmoid(x_r + h_r) * h_n) + update * state[0]]


KINDS = {"CudnnLSTM": (4, 2, lstm), "CudnnGRU": (3, 1, gru), "CudnnRNNTanh": (1, 1, lambda x, h, _: [np.tanh(x + h)])}


def reference(kind, kernel, layers, directions):
    """(outputs, states by part) of layers whose parameters lie one after the other in `kernel`."""
    gates, parts, step = KINDS[kind]
    taken = iter(np.split(kernel, np.cumsum([size for size, _ in sizes(gates, layers, directions)])[:-1]))
    shaped = [part.reshape(shape) for part, (_, shape) in zip(taken, sizes(gates, layers, directions))]
    count = layers * directions * 2
    matrices, biases, steps, states = shaped[:count], shaped[count:], X, []
    for layer in range(layers):
        both = []
        for direction in range(directions):
            at = 2 * (layer * directions + direction)
            state, outputs = [np.zeros((2, UNITS), np.float32)] * parts, []
            for x in steps[::-1] if direction else steps:
                given = x @ matrices[at].T + biases[at]
                state = step(given, state[0] @ matrices[at + 1].T + biases[at + 1], state)
                outputs.append(state[0])
            both.append(np.stack(outputs[::-1] if direction else outputs))
            states.append(state)
        steps = np.concatenate(both, axis=2)
    return steps, [np.stack(part) for part in zip(*states)]


def sizes(gates, layers, directions):
    """(how many numbers, their shape) of what meets inputs and states, matrices first."""
    shapes = []
    for layer in range(layers):
        depth = directions * UNITS if layer else DEPTH
        shapes += [(gates * UNITS, depth), (gates * UNITS, UNITS)] * directions
    shapes += [(gates * UNITS,)] * (2 * layers * directions)
    return [(int(np.prod(shape)), shape) for shape in shapes]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_outputs_and_states_are_those_of_the_formulas(kind):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(1)
        layer = getattr(tf.contrib.cudnn_rnn, kind)(
            2, UNITS, direction="bidirectional", bias_initializer=tf.random_uniform_initializer(-1, 1)
        )
        outputs, state = layer(tf.constant(X))
        gradient = tf.gradients(outputs, layer.kernel)[0]
        session.run(tf.global_variables_initializer())
        kernel, got, states, slope = session.run([layer.kernel, outputs, state, gradient])
        assert [v.op.name.split("/")[-1] for v in tf.trainable_variables()] == ["opaque_kernel"]
    wanted, wanted_states = reference(kind, kernel, layers=2, directions=2)
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)
    for one, other in zip(states, wanted_states):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    assert slope.shape == kernel.shape and np.abs(slope).max() > 0


def test_rows_that_end_earlier_keep_their_state():
    with tf.Graph().as_default(), tf.Session() as session:
        layer = tf.contrib.cudnn_rnn.CudnnLSTM(1, UNITS)
        whole, _ = layer(tf.constant(X[:3]))
        outputs, (h, c) = layer(tf.constant(X.transpose(1, 0, 2)), sequence_lengths=[3, 5], time_major=False)
        session.run(tf.global_variables_initializer())
        short, cut, last = session.run([whole, outputs, h])
    np.testing.assert_allclose(cut[0, :3], short[:, 0], rtol=1e-6)
    np.testing.assert_allclose(last[0, 0], short[2, 0], rtol=1e-6)
    assert not cut[0, 3:].any()


@pytest.mark.parametrize("options", [{"direction": "sideways"}, {"input_mode": "skip_input"}, {"dtype": tf.int32}])
def test_what_it_cannot_be(options):
    with tf.Graph().as_default(), pytest.raises(ValueError, match="direction|input_mode|float"):
        tf.contrib.cudnn_rnn.CudnnGRU(1, 2, **options)
