"""Adam."""

from __future__ import annotations

from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._ops import grouping, math, state, state_scatter, unary
from graphflow._train import optimizer


class AdamOptimizer(optimizer.RuleOptimizer):
    """Steps along the mean gradient, divided by its root mean square, both as decaying averages.

    m += (1 - beta1) (g - m);  v += (1 - beta2) (g^2 - v);
    w -= learning_rate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon)

    The epsilon is the paper's "epsilon hat", outside the correction of v. Of sparse gradients m and v decay in all rows,
    and all rows of the variable move.

    Args:
        learning_rate, beta1, beta2, epsilon: numbers, tensors, or functions without arguments that return one.

    Source: Kingma, Ba, Adam: a method for stochastic optimization (2014).
    """

    _rule = "Adam"

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, use_locking=False, name="Adam"):
        super().__init__(use_locking, name)
        self._lr, self._beta1, self._beta2, self._epsilon = learning_rate, beta1, beta2, epsilon
        self._lr_t = self._beta1_t = self._beta2_t = self._epsilon_t = None

    def _get_beta_accumulators(self):
        graph = graph_lib.control_flow_owner(graph_lib.get_default_graph())
        return (
            self._get_non_slot_variable("beta1_power", graph=graph),
            self._get_non_slot_variable("beta2_power", graph=graph),
        )

    def _create_slots(self, var_list):
        first = min(var_list, key=lambda v: v.name)
        self._create_non_slot_variable(self._beta1, "beta1_power", first)
        self._create_non_slot_variable(self._beta2, "beta2_power", first)
        for v in var_list:
            self._zeros_slot(v, "m", self._name)
            self._zeros_slot(v, "v", self._name)

    def _prepare(self):
        lr, beta1, beta2, epsilon = map(self._call_if_callable, (self._lr, self._beta1, self._beta2, self._epsilon))
        self._lr_t = build.convert_to_tensor(lr, name="learning_rate")
        self._beta1_t = build.convert_to_tensor(beta1, name="beta1")
        self._beta2_t = build.convert_to_tensor(beta2, name="beta2")
        self._epsilon_t = build.convert_to_tensor(epsilon, name="epsilon")

    def _arguments(self, var):
        beta1_power, beta2_power = self._get_beta_accumulators()
        return {
            "m": self.get_slot(var, "m"),
            "v": self.get_slot(var, "v"),
            "beta1_power": beta1_power,
            "beta2_power": beta2_power,
            "lr": self._lr_t,
            "beta1": self._beta1_t,
            "beta2": self._beta2_t,
            "epsilon": self._epsilon_t,
        }

    def _apply_sparse(self, grad, var):
        def scatter_add(x, indices, values):
            return state_scatter.scatter_add(x, indices, values, use_locking=self._use_locking)

        return self._apply_sparse_shared(grad.values, var, grad.indices, scatter_add)

    def _resource_apply_sparse(self, grad, handle, indices):
        return self._apply_sparse_shared(grad, handle, indices, self._resource_scatter_add)

    def _resource_scatter_add(self, x, indices, values):
        added = build.operation("ResourceScatterAdd", x.handle, indices, values)
        with graph_lib.get_default_graph().control_dependencies([added]):
            return x.value()

    def _apply_sparse_shared(self, grad, var, indices, scatter_add):
        dtype = var.dtype.base_dtype
        numbers = [*self._get_beta_accumulators(), self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t]
        beta1_power, beta2_power, lr, beta1, beta2, epsilon = [math.cast(number, dtype) for number in numbers]
        rate = lr * unary.sqrt(1 - beta2_power) / (1 - beta1_power)
        m = self._decayed(self.get_slot(var, "m"), beta1, indices, grad * (1 - beta1), scatter_add)
        v = self._decayed(self.get_slot(var, "v"), beta2, indices, (grad * grad) * (1 - beta2), scatter_add)
        root = unary.sqrt(v)
        moved = state.assign_sub(var, rate * m / (root + epsilon), use_locking=self._use_locking)
        return grouping.group(moved, m, v)

    def _decayed(self, slot, beta, indices, values, scatter_add):
        decayed = state.assign(slot, slot * beta, use_locking=self._use_locking)
        with graph_lib.get_default_graph().control_dependencies([decayed]):
            return scatter_add(slot, indices, values)

    def _finish(self, update_ops, name_scope):
        graph = graph_lib.get_default_graph()
        with graph.control_dependencies(update_ops):
            beta1_power, beta2_power = self._get_beta_accumulators()
            with graph.colocate_with(beta1_power):
                powers = [
                    beta1_power.assign(beta1_power * self._beta1_t, use_locking=self._use_locking),
                    beta2_power.assign(beta2_power * self._beta2_t, use_locking=self._use_locking),
                ]
        return grouping.group(*update_ops, *powers, name=name_scope)
