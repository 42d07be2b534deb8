"""Learning rates that change with the step: each function gives a tensor to hand to an optimizer.

With eager execution it gives a function without arguments that computes the rate of the moment.
"""

from __future__ import annotations

import functools
import math as python_math

from graphflow._graph import build, eager_graph
from graphflow._graph import graph as graph_lib
from graphflow._ops import compare, control_flow, math, random, unary


def _scope(name, default_name):
    return graph_lib.get_default_graph().name_scope(name or default_name)


def _when_asked(schedule):
    """With eager execution a schedule gives a function without arguments, which optimizers call in each step."""

    @functools.wraps(schedule)
    def chosen(*args, **kwargs):
        if eager_graph.executing_eagerly():
            return functools.partial(schedule, *args, **kwargs)
        return schedule(*args, **kwargs)

    return chosen


def _start(learning_rate, *others):
    """The rate as a tensor, and the other numbers as tensors of its type."""
    learning_rate = build.convert_to_tensor(learning_rate, name="initial_learning_rate")
    return [learning_rate, *(math.cast(number, learning_rate.dtype) for number in others)]


@_when_asked
def exponential_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    """learning_rate * decay_rate ^ (global_step / decay_steps)

    Args:
        learning_rate: the rate at step 0; its type is that of the result.
        global_step: the step, a scalar.
        decay_steps: after so many steps the rate is multiplied by `decay_rate`.
        staircase: rounds the exponent down, so that the rate falls in jumps.
    """
    with _scope(name, "ExponentialDecay") as scope:
        rate, decay_steps, decay_rate, step = _start(learning_rate, decay_steps, decay_rate, global_step)
        exponent = step / decay_steps
        if staircase:
            exponent = unary.floor(exponent)
        return math.multiply(rate, math.pow(decay_rate, exponent), name=scope)


def natural_exp_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    """learning_rate * exp(-decay_rate * global_step / decay_steps); arguments as of `exponential_decay`."""
    base = unary.exp(unary.negative(decay_rate))
    return exponential_decay(learning_rate, global_step, decay_steps, base, staircase=staircase, name=name)


@_when_asked
def inverse_time_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    """learning_rate / (1 + decay_rate * global_step / decay_steps); arguments as of `exponential_decay`."""
    with _scope(name, "InverseTimeDecay") as scope:
        rate, decay_steps, decay_rate, step = _start(learning_rate, decay_steps, decay_rate, global_step)
        periods = step / decay_steps
        if staircase:
            periods = unary.floor(periods)
        one = math.cast(build.constant(1), rate.dtype)
        return math.truediv(rate, math.add(one, math.multiply(decay_rate, periods)), name=scope)


@_when_asked
def polynomial_decay(
    learning_rate, global_step, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False, name=None
):
    """(learning_rate - end_learning_rate) * (1 - global_step / decay_steps) ^ power + end_learning_rate

    Args:
        learning_rate: the rate at step 0; its type is that of the result.
        global_step: the step; beyond `decay_steps` the rate stays at `end_learning_rate`.
        cycle: instead, `decay_steps` becomes its next multiple that is not below the step, so that the rate rises again.
    """
    with _scope(name, "PolynomialDecay") as scope:
        rate, end, power, step, steps = _start(learning_rate, end_learning_rate, power, global_step, decay_steps)
        if cycle:
            is_start = compare.equal(step, 0)
            cycles = control_flow.cond(is_start, lambda: 1.0, lambda: unary.ceil(step / decay_steps))
            steps = math.multiply(steps, cycles)
        else:
            step = math.minimum(step, decay_steps)
        done = step / steps
        return math.add(math.multiply(rate - end, math.pow(1 - done, power)), end, name=scope)


@_when_asked
def piecewise_constant(x, boundaries, values, name=None):
    """`values[0]` for x <= boundaries[0], `values[1]` up to boundaries[1], ..., `values[-1]` beyond the last.

    Args:
        x: a scalar, such as the global step.
        boundaries: n growing numbers of the type of `x`; int32 where `x` is int64 will do.
        values: n + 1 numbers of one type.

    Raises:
        ValueError: types or lengths that do not fit.
    """
    boundaries, values = build.convert_n_to_tensor(boundaries), build.convert_n_to_tensor(values)
    x_dtype = build.convert_to_tensor(x).dtype.base_dtype
    for i, boundary in enumerate(boundaries):
        found = boundary.dtype.base_dtype
        if found != x_dtype:
            if (found.name, x_dtype.name) != ("int32", "int64"):
                raise ValueError(f"Boundaries ({found}) must have the same dtype as x ({x_dtype}).")
            boundaries[i] = math.cast(boundary, x_dtype)
    for value in values[1:]:
        if value.dtype.base_dtype != values[0].dtype.base_dtype:
            raise ValueError(
                "Values must have elements all with the same dtype "
                f"({values[0].dtype.base_dtype} vs {value.dtype.base_dtype})."
            )
    if len(boundaries) != len(values) - 1:
        raise ValueError("The length of boundaries should be 1 less than the length of values")
    with _scope(name, "PiecewiseConstant"):
        x = build.convert_to_tensor(x)
        pieces = [(x <= boundaries[0], lambda: values[0]), (x > boundaries[-1], lambda: values[-1])]
        for low, high, value in zip(boundaries[:-1], boundaries[1:], values[1:-1]):
            pieces.append(((x > low) & (x <= high), lambda value=value: value))
        return control_flow.case(pieces, lambda: values[0], exclusive=True)


piecewise_constant_decay = piecewise_constant


def _half_cosine(fraction):
    return 0.5 * (1.0 + unary.cos(build.constant(python_math.pi) * fraction))


def _waves(step, decay_steps, num_periods):
    done = step / decay_steps
    return _half_cosine(2.0 * num_periods * done)


@_when_asked
def cosine_decay(learning_rate, global_step, decay_steps, alpha=0.0, name=None):
    """learning_rate * ((1 - alpha) * (1 + cos(pi * global_step / decay_steps)) / 2 + alpha)

    Args:
        learning_rate: the rate at step 0; its type is that of the result.
        decay_steps: from here on the rate stays at `alpha * learning_rate`.

    Source: Loshchilov, Hutter, SGDR: stochastic gradient descent with warm restarts (2016).
    """
    with _scope(name, "CosineDecay"):
        rate, decay_steps, step = _start(learning_rate, decay_steps, global_step)
        step = math.minimum(step, decay_steps)
        decayed = (1 - alpha) * _half_cosine(step / decay_steps) + alpha
        return math.multiply(rate, decayed)


@_when_asked
def cosine_decay_restarts(learning_rate, global_step, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0, name=None):
    """`cosine_decay` again and again: each period `t_mul` times as long and starting `m_mul` times as high as the last.

    Source: Loshchilov, Hutter, SGDR: stochastic gradient descent with warm restarts (2016).
    """
    with _scope(name, "SGDRDecay") as scope:
        rate, first_decay_steps, alpha, t_mul, m_mul, step = _start(
            learning_rate, first_decay_steps, alpha, t_mul, m_mul, global_step
        )
        periods = step / first_decay_steps

        def of_equal_length():
            restarts = unary.floor(periods)
            return restarts, periods - restarts

        def of_growing_length():
            restarts = unary.floor(unary.log(1.0 - periods * (1.0 - t_mul)) / unary.log(t_mul))
            passed = (1.0 - t_mul**restarts) / (1.0 - t_mul)
            return restarts, (periods - passed) / t_mul**restarts

        restarts, fraction = control_flow.cond(compare.equal(t_mul, 1.0), of_equal_length, of_growing_length)
        height = m_mul**restarts
        cosine = 0.5 * height * (1.0 + unary.cos(build.constant(python_math.pi) * fraction))
        return math.multiply(rate, (1 - alpha) * cosine + alpha, name=scope)


@_when_asked
def linear_cosine_decay(learning_rate, global_step, decay_steps, num_periods=0.5, alpha=0.0, beta=0.001, name=None):
    """learning_rate * ((alpha + 1 - t) * (1 + cos(2 pi num_periods t)) / 2 + beta), t = global_step / decay_steps

    Source: Bello et al., Neural optimizer search with reinforcement learning (2017).
    """
    with _scope(name, "LinearCosineDecay") as scope:
        rate, decay_steps, num_periods, alpha, beta, step = _start(
            learning_rate, decay_steps, num_periods, alpha, beta, global_step
        )
        step = math.minimum(step, decay_steps)
        linear = (decay_steps - step) / decay_steps
        cosine = _waves(step, decay_steps, num_periods)
        return math.multiply(rate, (alpha + linear) * cosine + beta, name=scope)


@_when_asked
def noisy_linear_cosine_decay(
    learning_rate, global_step, decay_steps, initial_variance=1.0, variance_decay=0.55, num_periods=0.5, alpha=0.0,
    beta=0.001, name=None,
):  # fmt: skip
    """`linear_cosine_decay` with normal noise of variance initial_variance / (1 + global_step)^variance_decay on the line.

    Source: Bello et al., Neural optimizer search with reinforcement learning (2017).
    """
    with _scope(name, "NoisyLinearCosineDecay") as scope:
        rate, decay_steps, initial_variance, variance_decay, num_periods, alpha, beta, step = _start(
            learning_rate, decay_steps, initial_variance, variance_decay, num_periods, alpha, beta, global_step
        )
        step = math.minimum(step, decay_steps)
        linear = (decay_steps - step) / decay_steps
        deviation = unary.sqrt(initial_variance / math.pow(1.0 + step, variance_decay))
        noisy = linear + random.random_normal(linear.shape, stddev=deviation)
        cosine = _waves(step, decay_steps, num_periods)
        return math.multiply(rate, (alpha + noisy) * cosine + beta, name=scope)
