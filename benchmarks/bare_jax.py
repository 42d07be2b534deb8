"""The same works by hand in JAX: what a user would write without graphflow."""

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import graphs


def scalar():
    f, w = jax.jit(lambda w, x: w + x), jnp.float32(1)
    return lambda: np.asarray(f(w, np.float32(2)))


def batch():
    f, array = jax.jit(jnp.mean), graphs.unaligned((64, 784))
    return lambda: np.asarray(f(array))


def variables():
    f = jax.jit(lambda values: [v * 0.999 for v in values], donate_argnums=0)
    state = [[jnp.ones((8, 8), jnp.float32) for _ in range(20)]]

    def step():
        state[0] = f(state[0])

    return step


def _cross_entropy(logits, labels):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=1))


def _sgd(loss, params, feeds):
    def update(params, *feeds):
        value, grads = jax.value_and_grad(loss)(params, *feeds)
        return jax.tree.map(lambda p, g: p - 0.01 * g, params, grads), value

    f, state = jax.jit(update, donate_argnums=0), [params]

    def step():
        state[0], value = f(state[0], *feeds)
        return np.asarray(value)

    return step


def _normal(*shape):
    return jnp.asarray(np.random.RandomState(len(shape)).normal(0, 0.05, shape).astype(np.float32))


def mlp():
    params = [
        (_normal(784, 512), jnp.zeros(512)),
        (_normal(512, 512), jnp.zeros(512)),
        (_normal(512, 10), jnp.zeros(10)),
    ]

    def loss(params, x, labels):
        for w, b in params[:-1]:
            x = jax.nn.relu(x @ w + b)
        return _cross_entropy(x @ params[-1][0] + params[-1][1], labels)

    return _sgd(loss, params, (graphs.unaligned((64, 784)), np.arange(64, dtype=np.int32) % 10))


def cnn():
    sizes = ((3, 32), (32, 32), (32, 64), (64, 64))
    convs = [(_normal(3, 3, a, b), jnp.zeros(b)) for a, b in sizes]
    dense = [(_normal(4096, 512), jnp.zeros(512)), (_normal(512, 10), jnp.zeros(10))]

    def loss(params, x, labels):
        convs, dense = params
        for i, (w, b) in enumerate(convs):
            x = jax.nn.relu(
                jax.lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")) + b
            )
            if i % 2:
                x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "SAME")
        x = jax.nn.relu(x.reshape(32, -1) @ dense[0][0] + dense[0][1])
        return _cross_entropy(x @ dense[1][0] + dense[1][1], labels)

    return _sgd(loss, (convs, dense), (graphs.unaligned((32, 32, 32, 3)), np.arange(32, dtype=np.int32) % 10))


def _lstm_cell(w, b, part, h, c):
    i, j, f, o = jnp.split(jnp.concatenate([part, h], 1) @ w + b, 4, axis=1)
    c = c * jax.nn.sigmoid(f + 1.0) + jax.nn.sigmoid(i) * jnp.tanh(j)
    return jnp.tanh(c) * jax.nn.sigmoid(o), c


def _lstm(states):
    def loss(params, x, labels):
        w, b, out = params
        return _cross_entropy(states(w, b, x) @ out, labels)

    params = (_normal(156, 512), jnp.zeros(512), _normal(128, 10))
    return _sgd(loss, params, (graphs.unaligned((128, 28, 28)), np.arange(128, dtype=np.int32) % 10))


def lstm():
    """Unrolled in Python."""

    def states(w, b, x):
        h = c = jnp.zeros((128, 128))
        for t in range(28):
            h, c = _lstm_cell(w, b, x[:, t], h, c)
        return h

    return _lstm(states)


def lstm_scan():
    """As a lax.scan, the other way a JAX user would write it."""

    def states(w, b, x):
        zero = jnp.zeros((128, 128))
        step = lambda carry, part: (_lstm_cell(w, b, part, *carry), None)  # noqa: E731
        return jax.lax.scan(step, (zero, zero), x.swapaxes(0, 1))[0][0]

    return _lstm(states)


def dynamic_rnn():
    """As a lax.scan that gives all outputs."""

    def loss(params, x, labels):
        w, b, out = params
        zero = jnp.zeros((32, 128))

        def step(carry, part):
            h, c = _lstm_cell(w, b, part, *carry)
            return (h, c), h

        return _cross_entropy(jax.lax.scan(step, (zero, zero), x.swapaxes(0, 1))[1][-1] @ out, labels)

    params = (_normal(192, 512), jnp.zeros(512), _normal(128, 10))
    return _sgd(loss, params, (graphs.unaligned((32, 80, 64)), np.arange(32, dtype=np.int32) % 10))


WORKS = {f.__name__: f for f in (scalar, batch, variables, mlp, cnn, lstm, lstm_scan, dynamic_rnn)}
