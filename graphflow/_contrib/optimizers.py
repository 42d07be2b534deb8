"""Optimizers of contrib: decoupled weight decay, and relatives of Adam."""

from __future__ import annotations

from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._ops import gather, grouping, math, state_scatter, unary, variables
from graphflow._train import adam, momentum, moving_averages
from graphflow._train import optimizer as optimizer_lib
from graphflow._train.saving import saver


class DecoupledWeightDecayExtension:
    """Put before an Optimizer among the bases of a class: variables shrink by `weight_decay` of themselves at each step.

    Args:
        weight_decay: float, tensor, or a function without arguments.

    Source: Loshchilov, Hutter, "Decoupled weight decay regularization" (2017).
    """

    def __init__(self, weight_decay, **kwargs):
        self._weight_decay, self._decayed_variables, self._weight_decay_tensor = weight_decay, None, None
        super().__init__(**kwargs)

    def minimize(
        self, loss, global_step=None, var_list=None, gate_gradients=optimizer_lib.Optimizer.GATE_OP,
        aggregation_method=None, colocate_gradients_with_ops=False, name=None, grad_loss=None, decay_var_list=None,
    ):  # fmt: skip
        """As `Optimizer.minimize`; `decay_var_list` are the variables that decay, all where None."""
        pairs = self.compute_gradients(
            loss, var_list=var_list, gate_gradients=gate_gradients, aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops, grad_loss=grad_loss,
        )  # fmt: skip
        if all(gradient is None for gradient, _ in pairs):
            raise ValueError(f"No gradients provided for any variable, check the loss {loss} and the variables.")
        return self.apply_gradients(pairs, global_step, name, decay_var_list)

    def apply_gradients(self, grads_and_vars, global_step=None, name=None, decay_var_list=None):
        """As `Optimizer.apply_gradients`; `decay_var_list` as in `minimize`."""
        self._decayed_variables = list(decay_var_list or ())
        return super().apply_gradients(grads_and_vars, global_step=global_step, name=name)

    def _prepare(self):
        decay = self._weight_decay() if callable(self._weight_decay) else self._weight_decay
        self._weight_decay_tensor = build.convert_to_tensor(decay, name="weight_decay")
        super()._prepare()

    def _after(self, make_decay, var):
        """A context in which the variable has decayed."""
        decays = not self._decayed_variables or any(var is one for one in self._decayed_variables)
        decay = make_decay() if decays else grouping.no_op()
        return graph_lib.get_default_graph().control_dependencies([decay])

    def _decay(self, var):
        return var.assign_sub(self._weight_decay * var, self._use_locking)

    def _apply_dense(self, grad, var):
        with self._after(lambda: self._decay(var), var):
            return super()._apply_dense(grad, var)

    def _resource_apply_dense(self, grad, var):
        with self._after(lambda: self._decay(var), var):
            return super()._resource_apply_dense(grad, var)

    def _apply_sparse(self, grad, var):
        def decay():
            update = -self._weight_decay * gather.gather(var, grad.indices)
            return state_scatter.scatter_add(var, grad.indices, update, self._use_locking)

        with self._after(decay, var):
            return super()._apply_sparse(grad, var)

    def _resource_apply_sparse(self, grad, var, indices):
        def decay():
            update = -self._weight_decay * gather.gather(var, indices)
            return build.operation("ResourceScatterAdd", var.handle, indices, update)

        with self._after(decay, var):
            return super()._resource_apply_sparse(grad, var, indices)


def extend_with_decoupled_weight_decay(base_optimizer):
    """A class of optimizers like `base_optimizer` whose first argument is the weight decay."""

    class OptimizerWithDecoupledWeightDecay(DecoupledWeightDecayExtension, base_optimizer):
        """An optimizer with decoupled weight decay."""

        def __init__(self, weight_decay, *args, **kwargs):
            self._weight_decay, self._decayed_variables, self._weight_decay_tensor = weight_decay, None, None
            base_optimizer.__init__(self, *args, **kwargs)

    return OptimizerWithDecoupledWeightDecay


class MomentumWOptimizer(DecoupledWeightDecayExtension, momentum.MomentumOptimizer):
    """Momentum with decoupled weight decay."""

    def __init__(
        self, weight_decay, learning_rate, momentum, use_locking=False, name="MomentumW", use_nesterov=False
    ):  # fmt: skip
        super().__init__(
            weight_decay, learning_rate=learning_rate, momentum=momentum, use_locking=use_locking, name=name,
            use_nesterov=use_nesterov,
        )  # fmt: skip


class AdamWOptimizer(DecoupledWeightDecayExtension, adam.AdamOptimizer):
    """Adam with decoupled weight decay."""

    def __init__(
        self, weight_decay, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, use_locking=False, name="AdamW"
    ):  # fmt: skip
        super().__init__(
            weight_decay, learning_rate=learning_rate, beta1=beta1, beta2=beta2, epsilon=epsilon, use_locking=use_locking,
            name=name,
        )  # fmt: skip


class LazyAdamOptimizer(adam.AdamOptimizer):
    """Adam that leaves rows without a gradient, and their averages, as they are."""

    def _numbers(self, dtype):
        """(rate, beta1, beta2, epsilon) of this step."""
        numbers = [*self._get_beta_accumulators(), self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t]
        beta1_power, beta2_power, lr, beta1, beta2, epsilon = (math.cast(number, dtype) for number in numbers)
        return lr * unary.sqrt(1 - beta2_power) / (1 - beta1_power), beta1, beta2, epsilon

    def _averaged(self, slot, beta, indices, values):
        return beta * gather.gather(slot, indices) + (1 - beta) * values

    def _apply_sparse(self, grad, var):
        rate, beta1, beta2, epsilon = self._numbers(var.dtype.base_dtype)
        indices, locking = grad.indices, self._use_locking
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        new_m = self._averaged(m, beta1, indices, grad.values)
        m = state_scatter.scatter_update(m, indices, new_m, use_locking=locking)
        new_v = self._averaged(v, beta2, indices, unary.square(grad.values))
        v = state_scatter.scatter_update(v, indices, new_v, use_locking=locking)
        rows = gather.gather(m, indices)
        root = unary.sqrt(gather.gather(v, indices)) + epsilon
        moved = state_scatter.scatter_sub(var, indices, rate * rows / root, use_locking=locking)
        return grouping.group(moved, m, v)

    def _resource_apply_sparse(self, grad, var, indices):
        rate, beta1, beta2, epsilon = self._numbers(var.dtype.base_dtype)
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        new_m = self._averaged(m, beta1, indices, grad)
        updates = [build.operation("ResourceScatterUpdate", m.handle, indices, new_m)]
        new_v = self._averaged(v, beta2, indices, unary.square(grad))
        updates.append(build.operation("ResourceScatterUpdate", v.handle, indices, new_v))
        step = rate * new_m / (unary.sqrt(new_v) + epsilon)
        updates.insert(0, build.operation("ResourceScatterSub", var.handle, indices, step))
        return grouping.group(*updates)


class NadamOptimizer(adam.AdamOptimizer):
    """Adam with Nesterov's momentum.

    Source: Dozat, "Incorporating Nesterov momentum into Adam" (2015).
    """

    _flags = {"use_nesterov": True}

    def _apply_sparse_shared(self, grad, var, indices, scatter_add):
        dtype = var.dtype.base_dtype
        numbers = [*self._get_beta_accumulators(), self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t]
        beta1_power, beta2_power, lr, beta1, beta2, epsilon = (math.cast(number, dtype) for number in numbers)
        rate = lr * unary.sqrt(1 - beta2_power) / (1 - beta1_power)
        scaled = grad * (1 - beta1)
        m = self._decayed(self.get_slot(var, "m"), beta1, indices, scaled, scatter_add)
        ahead = scaled + beta1 * gather.gather(m, indices)
        v = self._decayed(self.get_slot(var, "v"), beta2, indices, grad * grad * (1 - beta2), scatter_add)
        root = unary.sqrt(gather.gather(v, indices))
        moved = scatter_add(var, indices, -rate * ahead / (root + epsilon))
        return grouping.group(moved, ahead, v)


class MovingAverageOptimizer(optimizer_lib.Optimizer):
    """An optimizer that also keeps moving averages of the variables, and a saver that writes them in the variables' place.

    Args:
        opt: the Optimizer.
        average_decay, num_updates: as for `ExponentialMovingAverage`.
        sequential_update: whether averages are taken after the step.
    """

    def __init__(self, opt, average_decay=0.9999, num_updates=None, sequential_update=True):
        super().__init__(False, "MovingAverageOptimizer")
        self._optimizer, self._sequential_update = opt, sequential_update
        self._ema = moving_averages.ExponentialMovingAverage(average_decay, num_updates=num_updates)
        self._swapped = None

    def compute_gradients(self, *args, **kwargs):
        """Those of the optimizer."""
        return self._optimizer.compute_gradients(*args, **kwargs)

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        """The optimizer's step, and the averages'."""
        grads_and_vars = list(grads_and_vars)
        step = self._optimizer.apply_gradients(grads_and_vars, global_step=global_step, name=name)
        trained = [variable for gradient, variable in grads_and_vars if gradient is not None]
        before = [step] if self._sequential_update else []
        with graph_lib.get_default_graph().control_dependencies(before):
            average = self._ema.apply(trained)
        self._swapped = {}
        for variable in trained:
            held = self._ema.average(variable)
            self._swapped[variable.op.name], self._swapped[held.op.name] = held, variable
        return grouping.group(step, average, name="train_with_avg")

    def swapping_saver(self, var_list=None, name="swapping_saver", **kwargs):
        """A Saver that writes averages under the names of the variables, and the reverse.

        Raises:
            RuntimeError: there is no step yet. ValueError: of a pair only one is to be saved.
        """
        if self._swapped is None:
            raise RuntimeError("Must call apply_gradients or minimize before creating the swapping_saver")
        given = variables.global_variables() if var_list is None else var_list
        named = given if isinstance(given, dict) else {variable.op.name: variable for variable in given}
        missing = [key for key in named if key in self._swapped and self._swapped[key].op.name not in named]
        if missing:
            raise ValueError(f"Variables to swap with {', '.join(missing)} are not among the variables to save.")
        return saver.Saver({key: self._swapped.get(key, value) for key, value in named.items()}, name=name, **kwargs)
