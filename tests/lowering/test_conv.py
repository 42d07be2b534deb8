"""The formulations of convolution and pooling that are chosen for speed give what XLA's own operations give."""

import types

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from graphflow._lowering import conv, pool, taps


def operation(padding=b"SAME", **attrs):
    """What the rules read of an operation."""
    found = {"padding": padding, "data_format": b"NHWC", "explicit_paddings": [], **attrs}
    return types.SimpleNamespace(attrs=found, type="Conv2D", name="op", made_at=None)


def convolution(strides, padding=b"SAME"):
    return operation(padding, strides=[1, *strides, 1], dilations=[1] * (len(strides) + 2))


def numbers(*shape):
    return np.random.RandomState(0).uniform(-1, 1, shape).astype(np.float32)


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def by_xla(op, x, kernel):
    return conv._convolved(op, jnp.asarray(x), jnp.asarray(kernel))


# input sizes, window, strides
STRIDED = [
    ((7, 6), (3, 3), (2, 2)),
    ((8, 5), (2, 2), (2, 3)),
    ((9, 7), (5, 1), (3, 2)),
    ((6, 6), (1, 3), (2, 1)),
    ((5, 4, 6), (2, 3, 2), (2, 1, 3)),
    ((11,), (4,), (3,)),
    ((5, 5), (2, 2), (3, 3)),  # cells that no window reaches
]


@pytest.mark.parametrize("padding", [b"SAME", b"VALID"])
@pytest.mark.parametrize(("sizes", "window", "strides"), STRIDED)
def test_input_gradient_by_phases(sizes, window, strides, padding):
    op = convolution(strides, padding)
    x, kernel = numbers(2, *sizes, 3), numbers(*window, 3, 4)
    y, pullback = jax.vjp(lambda x: by_xla(op, x, kernel), jnp.asarray(x))
    grad = numbers(*y.shape)
    assert conv._goes_by_phases(op, x.shape, kernel.shape)
    close(conv._by_phases(op, x.shape, jnp.asarray(kernel), jnp.asarray(grad)), pullback(grad)[0])


@pytest.mark.parametrize("strides", [(1, 1), (2, 3)])
def test_pointwise(strides):
    op = convolution(strides)
    x, kernel = numbers(2, 7, 6, 3), numbers(1, 1, 3, 4)
    assert conv._is_pointwise(op, 3, kernel.shape)
    close(conv._pointwise(op, jnp.asarray(x), jnp.asarray(kernel)), by_xla(op, x, kernel))


@pytest.mark.parametrize("padding", [b"SAME", b"VALID"])
@pytest.mark.parametrize("strides", [(1, 1), (2, 2)])
def test_depthwise(strides, padding):
    op = convolution(strides, padding)
    x, kernel = numbers(2, 7, 6, 3), numbers(3, 2, 3, 2)
    expected = conv._convolved(op, jnp.asarray(x), jnp.asarray(kernel).reshape(3, 2, 1, 6), groups=3)
    close(conv._depthwise(op, jnp.asarray(x), jnp.asarray(kernel)), expected)


@pytest.mark.parametrize("padding", [b"SAME", b"VALID"])
@pytest.mark.parametrize(
    ("size", "stride"), [((2, 2), (2, 2)), ((3, 3), (2, 2)), ((3, 2), (1, 3)), ((2, 2), (3, 3)), ((4, 1), (1, 2))]
)
def test_max_pooling_and_its_gradient(size, stride, padding):
    """Whole numbers, so that windows hold equal entries: the first takes the gradient, as in XLA."""
    op = operation(padding, ksize=[1, *size, 1], strides=[1, *stride, 1])
    x = np.random.RandomState(1).randint(0, 3, (2, 9, 8, 3)).astype(np.float32)
    y, pullback = jax.vjp(
        lambda x: lax.reduce_window(x, -jnp.inf, lax.max, (1, *size, 1), (1, *stride, 1), padding.decode()),
        jnp.asarray(x),
    )
    np.testing.assert_array_equal(pool._max_pool(None, op, x), y)
    grad = numbers(*y.shape)
    close(pool._max_pool_grad(None, op, x, y, grad), pullback(grad)[0])


def test_interleaved():
    whole = np.arange(2 * 6 * 4).reshape(2, 6, 4)
    found = taps.interleaved(lambda phase: jnp.asarray(whole[:, phase[0] :: 3, phase[1] :: 2]), (3, 2), (1, 2))
    np.testing.assert_array_equal(found, whole)


@pytest.mark.parametrize("strides", [(1, 1), (2, 2)])
def test_batch_in_parts(monkeypatch, strides):
    """Parts of unequal size give what the whole batch gives, forwards and back."""
    op = convolution(strides)
    x, kernel = numbers(5, 7, 6, 3), numbers(3, 3, 3, 4)
    y, pullback = jax.vjp(lambda x, k: by_xla(op, x, k), jnp.asarray(x), jnp.asarray(kernel))
    grad = numbers(*y.shape)
    monkeypatch.setattr(conv, "_parts", lambda *_: 3)
    close(conv._conv(None, op, x, kernel), y)
    dx, dk = pullback(grad)
    close(conv._backprop_input(None, op, np.array(x.shape), kernel, grad), dx)
    close(conv._backprop_filter(None, op, x, np.array(kernel.shape), grad), dk)


def test_number_of_parts(monkeypatch):
    monkeypatch.setattr(conv, "_cores", lambda: 2)
    assert conv._parts(32, (3, 3, 32, 32), (32, 32, 32, 32)) == 4
    assert conv._parts(3, (3, 3, 32, 32), (3, 32, 32, 32)) == 2  # 57 million operations
    assert conv._parts(32, (3, 3, 1, 4), (32, 8, 8, 4)) == 1
    assert conv._parts(1, (3, 3, 32, 32), (1, 512, 512, 32)) == 1
    assert conv._parts(0, (3, 3, 32, 32), (0, 32, 32, 32)) == 1
