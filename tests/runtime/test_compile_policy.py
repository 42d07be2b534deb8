"""Which islands are compiled without XLA's fusion pass."""

import pytest

import graphflow as tf
from graphflow._runtime import compile_policy

UNFUSED = {"xla_disable_hlo_passes": "fusion"}


@pytest.fixture(autouse=True)
def on_a_cpu(monkeypatch):
    monkeypatch.setattr(compile_policy.jax, "default_backend", lambda: "cpu")


def options():
    return compile_policy.options(tf.get_default_graph().get_operations())


def test_long_elementwise_chains_are_not_fused():
    x = tf.placeholder(tf.float32, [4])
    for _ in range(101):
        x = tf.tanh(x)
    assert options() == UNFUSED


def test_deep_networks_are_fused():
    x = tf.placeholder(tf.float32, [2, 8, 8, 4])
    for _ in range(60):
        x = tf.nn.relu(tf.nn.conv2d(x, tf.ones([3, 3, 4, 4]), [1, 1, 1, 1], "SAME") + 1.0)
    tf.reduce_mean(x)
    assert options() == {}


def test_an_unrolled_lstm_is_not_fused():
    inputs = tf.unstack(tf.placeholder(tf.float32, [2, 40, 3]), axis=1)
    outputs, _ = tf.nn.static_rnn(tf.nn.rnn_cell.BasicLSTMCell(4), inputs, dtype=tf.float32)
    tf.gradients(outputs[-1], inputs)
    assert options() == UNFUSED


def test_other_devices_choose_themselves(monkeypatch):
    monkeypatch.setattr(compile_policy.jax, "default_backend", lambda: "gpu")
    x = tf.placeholder(tf.float32, [4])
    for _ in range(101):
        x = tf.tanh(x)
    assert options() == {}
