"""Expectations as means over samples."""

from __future__ import annotations

from graphflow._graph import build
from graphflow._ops import array, reduce, unary


def expectation(f, samples, log_prob=None, use_reparametrization=True, axis=0, keep_dims=False, name=None):
    """The mean of `f(samples)` along `axis`, with the right gradient.

    Args:
        f: function of the samples.
        samples: tensor, nested or not.
        log_prob: function of samples to the logarithm of their density; needed without reparametrization.
        use_reparametrization: whether gradients flow through the samples; else the score function gives them.

    Raises:
        ValueError: there is no log_prob where it is needed.
    """
    with build.name_scope(name, "expectation", [samples]):
        if not callable(f):
            raise ValueError("`f` must be a callable function.")
        if use_reparametrization:
            return reduce.reduce_mean(f(samples), axis=axis, keepdims=keep_dims)
        if not callable(log_prob):
            raise ValueError("`log_prob` must be a callable function.")
        fixed = array.stop_gradient(samples)
        score, value = log_prob(fixed), f(fixed)
        # The second part is 0, and its gradient value * d log_prob: the one that moves the distribution.
        value += array.stop_gradient(value) * (score - array.stop_gradient(score))
        return reduce.reduce_mean(value, axis=axis, keepdims=keep_dims)


def expectation_importance_sampler(
    f, log_p, sampling_dist_q, z=None, n=None, seed=None, name="expectation_importance_sampler"
):  # fmt: skip
    """The expectation of f under p, by samples of another distribution q.

    Args:
        f, log_p: functions of samples to floats [n, ...].
        sampling_dist_q: a distribution.
        z: its samples [n, ...]; or else n, how many to draw with `seed`.
    """
    with build.name_scope(name, None, [z, n]):
        if (z is None) == (n is None):
            raise ValueError("Must specify exactly one of arguments 'n' and 'z'.")
        z = sampling_dist_q.sample(n, seed=seed) if z is None else z
        log_values = log_p(z) - sampling_dist_q.log_prob(z)
        return reduce.reduce_mean(f(z) * unary.exp(log_values), axis=0)
