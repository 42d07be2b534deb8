"""Optimizers that look at norms: AdaMax, layer-wise rates, and variables kept within a norm."""

from __future__ import annotations

import contextlib

from graphflow._core import log
from graphflow._graph import build, current, tensor
from graphflow._ops import choosing, clip, compare, gather, grouping, linalg, math, state_scatter, training_ops, unary
from graphflow._train import adam
from graphflow._train import optimizer as optimizer_lib


class AdaMaxOptimizer(adam.AdamOptimizer):
    """Adam with the largest of the decaying gradients in place of their root mean square.

    Source: Kingma, Ba, "Adam: a method for stochastic optimization" (2014), section 7.
    """

    _rule = "AdaMax"

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, use_locking=False, name="AdaMax"):
        super().__init__(learning_rate, beta1, beta2, epsilon, use_locking, name)

    def _get_beta_accumulators(self):
        return (super()._get_beta_accumulators()[0],)

    def _create_slots(self, var_list):
        first = min(var_list, key=lambda v: v.name)
        self._create_non_slot_variable(self._beta1, "beta1_power", first)
        for v in var_list:
            self._zeros_slot(v, "m", self._name)
            self._zeros_slot(v, "v", self._name)

    def _arguments(self, var):
        return {
            "m": self.get_slot(var, "m"), "v": self.get_slot(var, "v"), "beta1_power": self._get_beta_accumulators()[0],
            "lr": self._lr_t, "beta1": self._beta1_t, "beta2": self._beta2_t, "epsilon": self._epsilon_t,
        }  # fmt: skip

    def _apply_sparse_shared(self, grad, var, indices, scatter_add):
        dtype = var.dtype.base_dtype
        numbers = [*self._get_beta_accumulators(), self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t]
        beta1_power, lr, beta1, beta2, epsilon = [math.cast(number, dtype) for number in numbers]
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        m_rows = gather.gather(m, indices) * beta1 + grad * (1 - beta1)
        m_written = self._rows_set(m, indices, m_rows)
        v_rows = math.maximum(gather.gather(v, indices) * beta2, unary.abs(grad))
        v_written = self._rows_set(v, indices, v_rows)
        step = -lr / (1 - beta1_power) * (m_rows / (v_rows + epsilon))
        return grouping.group(scatter_add(var, indices, step), m_written, v_written)

    def _rows_set(self, slot, indices, rows):
        if hasattr(slot, "handle"):
            return build.operation("ResourceScatterUpdate", slot.handle, indices, rows)
        return state_scatter.scatter_update(slot, indices, rows, use_locking=self._use_locking)

    def _finish(self, update_ops, name_scope):
        with current.control_dependencies(update_ops):
            (power,) = self._get_beta_accumulators()
            with current.colocate_with(power):
                advanced = power.assign(power * self._beta1_t, use_locking=self._use_locking)
        return grouping.group(*update_ops, advanced, name=name_scope)


class LARSOptimizer(optimizer_lib.Optimizer):
    """Momentum whose rate in each variable is scaled by the variable's norm over its gradient's.

    Args:
        eeta: the scale; `weight_decay` of the variable is added to the gradient.
        skip_list: parts of names of variables that get the plain rate and no decay.

    Raises:
        ValueError: a negative momentum or weight decay.

    Source: You, Gitman, Ginsburg, "Large batch training of convolutional networks" (2017).
    """

    def __init__(
        self, learning_rate, momentum=0.9, weight_decay=0.0001, eeta=0.001, epsilon=0.0, name="LARSOptimizer", skip_list=None,
        use_nesterov=False,
    ):  # fmt: skip
        if momentum < 0.0:
            raise ValueError(f"momentum should be positive: {momentum}")
        if weight_decay < 0.0:
            raise ValueError(f"weight_decay should be positive: {weight_decay}")
        super().__init__(use_locking=False, name=name)
        self._learning_rate, self._momentum, self._weight_decay = learning_rate, momentum, weight_decay
        self._eeta, self._epsilon, self._skip_list, self._use_nesterov = eeta, epsilon, skip_list, use_nesterov

    def _create_slots(self, var_list):
        for v in var_list:
            self._zeros_slot(v, "momentum", self._name)

    def _prepare(self):
        self._learning_rate_tensor = build.convert_to_tensor(
            self._call_if_callable(self._learning_rate), name="learning_rate"
        )
        self._momentum_tensor = build.convert_to_tensor(self._call_if_callable(self._momentum), name="momentum")

    def compute_lr(self, grad, var):
        """(the rate of a variable, its gradient with the decay)."""
        if self._skip_list is not None and any(part in var.name for part in self._skip_list):
            return self._learning_rate, grad
        size, slope = linalg.norm(var, ord=2), linalg.norm(grad, ord=2)
        has_size, has_slope = compare.greater(size, 0), compare.greater(slope, 0)
        ratio = self._eeta * size / (slope + self._weight_decay * size + self._epsilon)
        trust = choosing.where(has_size, choosing.where(has_slope, ratio, 1.0), 1.0)
        return self._learning_rate * trust, grad + self._weight_decay * var

    def _apply_dense(self, grad, var):
        return self._moved("ApplyMomentum", grad, var, var, self.get_slot(var, "momentum"))

    def _resource_apply_dense(self, grad, handle):
        slot = self.get_slot(handle, "momentum")
        return self._moved("ResourceApplyMomentum", grad, handle, handle.handle, slot.handle)

    def _moved(self, op_type, grad, var, *targets):
        rate, grad = self.compute_lr(grad, var)
        one = math.cast(1.0, var.dtype.base_dtype)
        return build.operation(op_type, *targets, one, grad * rate, self._momentum, use_nesterov=self._use_nesterov)

    def _apply_sparse(self, grad, var):
        return self._moved_rows("SparseApplyMomentum", grad.values, var, grad.indices)

    def _resource_apply_sparse(self, grad, handle, indices):
        return self._moved_rows("ResourceSparseApplyMomentum", grad, handle, indices)

    def _moved_rows(self, op_type, grad, var, indices):
        arguments = {
            "var": var, "accum": self.get_slot(var, "momentum"), "lr": self._learning_rate_tensor, "grad": grad,
            "indices": indices, "momentum": self._momentum_tensor,
        }  # fmt: skip
        return training_ops.update(op_type, arguments, use_locking=self._use_locking, use_nesterov=self._use_nesterov)


class VariableClippingOptimizer(optimizer_lib.Optimizer):
    """Another optimizer, after whose steps some variables are scaled back to a norm.

    Args:
        opt: the optimizer.
        vars_to_clip_dims: dict: variable -> the axes over which its norm is taken.
        max_norm: float.
    """

    def __init__(
        self, opt, vars_to_clip_dims, max_norm, use_locking=False, colocate_clip_ops_with_vars=False, name="VariableClipping"
    ):  # fmt: skip
        super().__init__(use_locking, name)
        self._opt, self._max_norm, self._colocate = opt, max_norm, colocate_clip_ops_with_vars
        self._vars_to_clip_dims = {var: list(dims) for var, dims in vars_to_clip_dims.items()}

    def compute_gradients(self, *args, **kwargs):
        return self._opt.compute_gradients(*args, **kwargs)

    def get_slot(self, *args, **kwargs):
        return self._opt.get_slot(*args, **kwargs)

    def get_slot_names(self, *args, **kwargs):
        return self._opt.get_slot_names(*args, **kwargs)

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        with build.name_scope(name, self._name) as scope:
            stepped, clipped = self._opt.apply_gradients(grads_and_vars, global_step=global_step), []
            with current.control_dependencies([stepped]):
                for grad, var in grads_and_vars:
                    if grad is not None and var in self._vars_to_clip_dims:
                        with build.name_scope("clip_" + var.op.name):
                            sparse = isinstance(grad, tensor.IndexedSlices)
                            clipped.append(self._clip_sparse(grad, var) if sparse else self._clip_dense(var))
            return grouping.group(stepped, *clipped, name=scope)

    def _beside(self, var):
        return current.colocate_with(var) if self._colocate else contextlib.nullcontext()

    def _clip_dense(self, var):
        with self._beside(var):
            value = var.read_value()
            delta = value - clip.clip_by_norm(value, self._max_norm, self._vars_to_clip_dims[var])
        with current.colocate_with(var):
            return var.assign_sub(delta, use_locking=self._use_locking)

    def _clip_sparse(self, grad, var):
        dims = self._vars_to_clip_dims[var]
        if 0 in dims:
            log.warning(
                "Clipping norm across dims %s for %s is inefficient when including sparse dimension 0.",
                dims,
                var.op.name,
            )
            return self._clip_dense(var)
        with current.colocate_with(var):
            rows = gather.gather(var, grad.indices)
        with self._beside(var):
            delta = tensor.IndexedSlices(
                rows - clip.clip_by_norm(rows, self._max_norm, dims), grad.indices, grad.dense_shape
            )
        with current.colocate_with(var):
            return var.scatter_sub(delta, use_locking=self._use_locking)
