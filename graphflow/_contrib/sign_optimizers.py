"""Optimizers found by search: steps are larger where the gradient and its running mean agree in sign.

Source: Bello et al., "Neural optimizer search with reinforcement learning" (2017).
"""

from __future__ import annotations

import math as python_math

from graphflow._graph import build
from graphflow._ops import gather, grouping, math, state, state_scatter, unary
from graphflow._train import optimizer


class _SignOptimizer(optimizer.RuleOptimizer):
    """What both have: a running mean `m`, and a decay of the sign's weight over the steps."""

    def __init__(self, learning_rate, beta, sign_decay_fn, use_locking, name):
        super().__init__(use_locking, name)
        self._lr, self._beta, self._sign_decay_fn = learning_rate, beta, sign_decay_fn

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        if self._sign_decay_fn is not None:
            self._sign_decay_t = build.convert_to_tensor(self._sign_decay_fn(global_step), name="sign_decay")
        return super().apply_gradients(grads_and_vars, global_step=global_step, name=name)

    def _create_slots(self, var_list):
        for v in var_list:
            self._zeros_slot(v, "m", self._name)

    def _prepare(self):
        self._lr_t = build.convert_to_tensor(self._lr, name="learning_rate")
        self._beta_t = build.convert_to_tensor(self._beta, name="beta")
        self._prepare_weight()
        if self._sign_decay_fn is None:
            self._sign_decay_t = build.convert_to_tensor(1.0, name="sign_decay")

    def _arguments(self, var):
        return {"m": self.get_slot(var, "m"), "lr": self._lr_t, "sign_decay": self._sign_decay_t, "beta": self._beta_t}

    def _apply_sparse(self, grad, var):
        dtype, m = var.dtype.base_dtype, self.get_slot(var, "m")
        lr, beta, decay = (math.cast(number, dtype) for number in (self._lr_t, self._beta_t, self._sign_decay_t))
        mean = state.assign(m, m * beta + grad * (1 - beta), use_locking=self._use_locking)
        agreement = gather.gather(unary.sign(mean), grad.indices) * unary.sign(grad.values)
        step = lr * self._multiplier(agreement, decay, dtype) * grad.values
        moved = state_scatter.scatter_sub(var, grad.indices, step, use_locking=self._use_locking)
        return grouping.group(moved, mean)


class AddSignOptimizer(_SignOptimizer):
    """w -= learning_rate (alpha + decay sign(g) sign(m)) g, with m the running mean of g.

    Args:
        sign_decay_fn: function of the global step that gives `decay`; 1 when None.
    """

    _rule = "AddSign"

    def __init__(
        self, learning_rate=0.1, alpha=1.0, beta=0.9, sign_decay_fn=None, use_locking=False, name="AddSignOptimizer"
    ):  # fmt: skip
        super().__init__(learning_rate, beta, sign_decay_fn, use_locking, name)
        self._alpha = alpha

    def _prepare_weight(self):
        self._alpha_t = build.convert_to_tensor(self._alpha, name="alpha")

    def _arguments(self, var):
        return {**super()._arguments(var), "alpha": self._alpha_t}

    def _multiplier(self, agreement, decay, dtype):
        return math.cast(self._alpha_t, dtype) + decay * agreement


class PowerSignOptimizer(_SignOptimizer):
    """w -= learning_rate base^(decay sign(g) sign(m)) g, with m the running mean of g; args as of `AddSignOptimizer`."""

    _rule = "PowerSign"

    def __init__(
        self, learning_rate=0.1, base=python_math.e, beta=0.9, sign_decay_fn=None, use_locking=False,
        name="PowerSignOptimizer",
    ):  # fmt: skip
        super().__init__(learning_rate, beta, sign_decay_fn, use_locking, name)
        self._logbase = python_math.log(base)

    def _prepare_weight(self):
        self._logbase_t = build.convert_to_tensor(self._logbase, name="logbase")

    def _arguments(self, var):
        return {**super()._arguments(var), "logbase": self._logbase_t}

    def _multiplier(self, agreement, decay, dtype):
        return unary.exp(math.cast(self._logbase_t, dtype) * decay * agreement)
