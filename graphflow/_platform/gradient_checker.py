"""Gradients against differences: the Jacobian by `gradients`, and by moving each input a little."""

from __future__ import annotations

import numpy as np

from graphflow._autodiff import gradients
from graphflow._ops import array
from graphflow._runtime import session


def compute_gradient(
    x, x_shape, y, y_shape, x_init_value=None, delta=1e-3, init_targets=None, extra_feed_dict=None
):  # fmt: skip
    """(theoretical, numerical) Jacobians of `y` with respect to `x`, arrays `[size of x, size of y]`.

    Args:
        x: a tensor, or a list of them; then there is a list of pairs.
        x_shape, y_shape: their shapes.
        x_init_value: where to take them; random numbers where None.
        delta: how far to move an input, both ways.
        init_targets: operations to run first.
        extra_feed_dict: fed too.
    """
    runner = session.get_default_session()
    if init_targets is not None:
        for target in init_targets if isinstance(init_targets, (list, tuple)) else [init_targets]:
            runner.run(target)
    several = isinstance(x, list)
    xs, x_shapes = (x, x_shape) if several else ([x], [x_shape])
    starts = x_init_value if several and x_init_value is not None else [x_init_value] * len(xs)
    values = [
        np.random.random_sample(shape).astype(t.dtype.as_numpy_dtype) if start is None else np.array(start)
        for t, shape, start in zip(xs, x_shapes, starts)
    ]
    feeds = dict(extra_feed_dict or {})
    for t, value in zip(xs, values):
        feeds[t] = value
    found = [_pair(runner, t, value, y, y_shape, delta, feeds) for t, value in zip(xs, values)]
    return found if several else found[0]


def _pair(runner, x, value, y, y_shape, delta, feeds):
    seed = array.placeholder(y.dtype, shape=y_shape)
    gradient = gradients.gradients(y, x, grad_ys=seed)[0]
    size = int(np.prod(y_shape))
    theory, measured = np.zeros((value.size, size)), np.zeros((value.size, size))
    for j in range(size):
        one = np.zeros(size, y.dtype.as_numpy_dtype)
        one[j] = 1
        if gradient is not None:
            theory[:, j] = np.ravel(runner.run(gradient, {**feeds, seed: one.reshape(y_shape)}))
    for i in range(value.size):
        ends = []
        for step in (delta, -delta):
            moved = value.copy()
            moved.ravel()[i] += step
            ends.append(np.ravel(runner.run(y, {**feeds, x: moved})))
        measured[i] = (ends[0] - ends[1]) / (2 * delta)
    return theory, measured


def compute_gradient_error(
    x, x_shape, y, y_shape, x_init_value=None, delta=1e-3, init_targets=None, extra_feed_dict=None
):  # fmt: skip
    """The largest difference between the two Jacobians of `compute_gradient`."""
    found = compute_gradient(x, x_shape, y, y_shape, x_init_value, delta, init_targets, extra_feed_dict)
    pairs = found if isinstance(found, list) else [found]
    return max((np.abs(a - b).max() if a.size else 0.0) for a, b in pairs)
