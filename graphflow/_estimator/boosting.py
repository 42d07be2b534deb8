"""Boosted trees: each layer of a tree takes a step down the gradient of the loss; the trees lie in variables.

Source: Friedman, "Greedy function approximation: a gradient boosting machine" (2001); Chen and Guestrin, "XGBoost" (2016), for the
gains.
"""

from __future__ import annotations

import collections
import types

import numpy as np

from graphflow._core import dtypes
from graphflow._estimator import trees
from graphflow._ops import grouping, host, initializers, state, variable_scope
from graphflow._train.sessions import hook

_LEAF, _BUCKETS = trees.LEAF, 32
Ensemble = collections.namedtuple("Ensemble", ["split", "threshold", "value", "layers", "batches", "rows"])


class LearnerConfig(types.SimpleNamespace):
    """The settings of boosting, with the fields of the message of that name."""

    TREE_PER_CLASS, FULL_HESSIAN, DIAGONAL_HESSIAN = 1, 2, 3
    GROWING_MODE_UNSPECIFIED, WHOLE_TREE, LAYER_BY_LAYER = 0, 1, 2
    PRUNING_MODE_UNSPECIFIED, PRE_PRUNE, POST_PRUNE = 0, 1, 2

    def __init__(self):
        rate = types.SimpleNamespace(learning_rate=0.1)
        super().__init__(
            num_classes=0, growing_mode=self.LAYER_BY_LAYER, pruning_mode=self.PRE_PRUNE,
            multi_class_strategy=self.DIAGONAL_HESSIAN, learning_rate_tuner=types.SimpleNamespace(fixed=rate),
            regularization=types.SimpleNamespace(l1=0.0, l2=0.0, tree_complexity=0.0),
            constraints=types.SimpleNamespace(max_tree_depth=6, min_node_weight=0.0, max_number_of_unique_feature_columns=0),
        )  # fmt: skip


class Booster:
    """Trees for logits `[batch, outputs]`, grown a layer at a time from the examples that came since the layer before.

    Args:
        config: a LearnerConfig.
        features: how many numbers an example has; outputs: how many logits.
        num_trees: how many trees; nothing is learnt after that.
        examples_per_layer: a layer is grown once so many examples have come.
        batches_per_layer: or so many batches, in place of examples.
        cuts: where features may be cut, float `[cuts, features]`, infinite where not; quantiles of the examples when None.
        always: whether leaves split even where that gains nothing.
    """

    def __init__(
        self, config, features, outputs, num_trees, examples_per_layer=None, batches_per_layer=None, cuts=None, always=False
    ):  # fmt: skip
        self._depth, self._rate = config.constraints.max_tree_depth, config.learning_rate_tuner.fixed.learning_rate
        self._l1, self._l2 = config.regularization.l1, config.regularization.l2
        self._complexity, self._least = config.regularization.tree_complexity, config.constraints.min_node_weight
        self._features, self._outputs, self._trees = features, outputs, num_trees
        self._examples, self._batches, self._cuts, self._always = examples_per_layer, batches_per_layer, cuts, always
        shape = (num_trees, 2 ** (self._depth + 1) - 1)
        with variable_scope.variable_scope("ensemble", reuse=variable_scope.AUTO_REUSE):
            self.variables = Ensemble(
                split=trees.variable("split", shape, np.int32, _LEAF), threshold=trees.variable("threshold", shape),
                value=trees.variable("value", (*shape, outputs)), layers=trees.variable("layers", (), np.int32),
                batches=trees.variable("batches", (), np.int32),
                rows=variable_scope.get_variable(
                    "rows", initializer=np.zeros([0, features + 2 * outputs], np.float32), trainable=False, validate_shape=False
                ),
            )  # fmt: skip

    def logits(self, x):
        """The sum of all trees, float `[batch, outputs]`."""
        held = self.variables
        made = host.py_func(_sum, [x, held.split, held.threshold, held.value], dtypes.float32)
        made.set_shape([x.get_shape()[0], self._outputs])
        return made

    def grow(self, x, gradients, hessians):
        """The operation that learns from a batch; gradients and second derivatives are of the logits."""
        kinds = [v.dtype.base_dtype for v in self.variables]
        new = host.py_func(self._grown, [x, gradients, hessians, *self.variables], kinds)
        updates = [
            state.assign(held, value, validate_shape=False) for held, value in zip(self.variables, new, strict=True)
        ]
        return grouping.group(*updates)

    def hook(self):
        """Stops training when all trees are grown."""
        return _StopWhenGrown(self.variables.layers, self._trees * self._depth)

    # -- what runs on the host ---------------------------------------------------------------------------------------------

    def _grown(self, x, gradients, hessians, *held):
        ensemble = Ensemble(*(np.array(value) for value in held))
        tree, depth = divmod(int(ensemble.layers), self._depth)
        if tree >= self._trees:
            return list(ensemble)
        rows = np.concatenate([ensemble.rows, np.concatenate([x, gradients, hessians], 1)])
        batches = ensemble.batches + np.int32(1)
        wanted = batches < self._batches if self._batches else len(rows) < self._examples
        if wanted:
            return list(ensemble._replace(batches=batches, rows=rows))
        whole = split, threshold, value = tuple(part[tree] for part in ensemble[:3])
        x, gradients, hessians = np.split(rows, [self._features, self._features + self._outputs], axis=1)
        leaves, cuts = _leaves(x, split, threshold), _quantiles(x) if self._cuts is None else self._cuts
        splits = 0
        for leaf in range(2**depth - 1, 2 ** (depth + 1) - 1):
            here = leaves == leaf
            if here.any():
                splits += self._split(whole, leaf, x[here], gradients[here], hessians[here], cuts)
        # A tree of which no leaf could split is done.
        layers = ensemble.layers + 1 if splits else (tree + 1) * self._depth
        return list(ensemble._replace(layers=np.int32(layers), batches=np.int32(0), rows=rows[:0]))

    def _split(self, tree, leaf, x, gradients, hessians, cuts):
        """Splits a leaf where that gains most, and says whether it did; its children start from its own value."""
        split, threshold, value = tree
        g, h = gradients.sum(0), hessians.sum(0)
        both = np.concatenate([gradients, hessians], 1)
        best, found = -np.inf if self._always else self._complexity + 1e-12, None
        for column in cuts:  # one cut of every feature
            sums = (x <= column).astype(np.float32).T @ both  # [features, 2 * outputs]
            left_g, left_h = sums[:, : self._outputs], sums[:, self._outputs :]
            gain = self._score(left_g, left_h) + self._score(g - left_g, h - left_h) - self._score(g, h)
            light = np.minimum(left_h.sum(1), (h - left_h).sum(1)) < self._least - 1e-6
            gain = np.where(light | np.isinf(column), -np.inf, gain)
            feature = int(np.argmax(gain))
            if gain[feature] > best:
                best, found = gain[feature], (feature, column[feature], left_g[feature], left_h[feature])
        if found is None:
            return False
        split[leaf], threshold[leaf], left_g, left_h = found
        value[2 * leaf + 1] = value[leaf] + self._step(left_g, left_h)
        value[2 * leaf + 2] = value[leaf] + self._step(g - left_g, h - left_h)
        return True

    def _shrunk(self, g):
        return np.sign(g) * np.maximum(np.abs(g) - self._l1, 0.0)

    def _score(self, g, h):
        return _ratio(np.square(self._shrunk(g)), h + self._l2).sum(-1)

    def _step(self, g, h):
        return -self._rate * _ratio(self._shrunk(g), h + self._l2)


class _StopWhenGrown(hook.SessionRunHook):
    def __init__(self, layers, wanted):
        self._layers, self._wanted = layers, wanted

    def before_run(self, run_context):
        return hook.SessionRunArgs(self._layers)

    def after_run(self, run_context, run_values):
        if run_values.results + 1 >= self._wanted and run_context.session.run(self._layers) >= self._wanted:
            run_context.request_stop()


def _ratio(a, b):
    """a / b, 0 where there is nothing below."""
    return np.where(b > 1e-6, a / np.maximum(b, 1e-6), 0.0)


def _quantiles(x):
    """Cuts of all features, `[cuts, features]`, from the rows of a batch."""
    return np.quantile(x, np.arange(1, _BUCKETS) / _BUCKETS, axis=0, method="lower").astype(np.float32)


def _leaves(x, split, threshold):
    """The leaf of each row, in a tree that lies like a heap."""
    return trees.leaves(x, split, threshold, 2 * np.arange(len(split)) + 1)


def _sum(x, split, threshold, value):
    total = np.zeros((len(x), value.shape[-1]), np.float32)
    for tree in range(len(split)):
        if split[tree, 0] == _LEAF:
            break
        total += value[tree, _leaves(x, split[tree], threshold[tree])]
    return total
