"""Random forests that grow batch by batch, with their trees in variables.

Each leaf tries splits that are drawn from its examples, counts the classes on both sides of each, and after enough examples takes
the one that leaves the two sides purest.

Source: Geurts et al., "Extremely randomized trees" (2006); Domingos and Hulten, "Mining high-speed data streams" (2000).
"""

from __future__ import annotations

import collections
import math as pymath

import numpy as np

from graphflow._core import dtypes
from graphflow._estimator import trees as trees_lib
from graphflow._ops import array, grouping, host, initializers, math, reduce, state, unary, variable_scope

_LEAF = trees_lib.LEAF
_Trees = collections.namedtuple(
    "_Trees", ["split", "threshold", "child", "counts", "tried", "cuts", "lefts", "sizes", "draws"]
)


class ForestHParams:
    """The settings of a forest; `fill` adds what follows from them.

    Args:
        num_classes, num_features: of the data; numbers to predict in place of classes for regression.
        num_trees: how many trees; max_nodes: the most nodes of each.
        num_splits_to_consider: how many splits a leaf tries; the root of the number of features, at least 10, when 0.
        split_after_samples: after how many examples a leaf splits.
        bagging_fraction: the share of examples that each tree sees.
        base_random_seed: of the draws.
        regression: whether numbers are predicted.
        others: kept.
    """

    def __init__(
        self, num_trees=100, max_nodes=10000, bagging_fraction=1.0, num_splits_to_consider=0, split_after_samples=250,
        base_random_seed=0, regression=False, feature_bagging_fraction=1.0, **others,
    ):  # fmt: skip
        self.num_trees, self.max_nodes, self.bagging_fraction = num_trees, max_nodes, bagging_fraction
        self.num_splits_to_consider, self.split_after_samples = num_splits_to_consider, split_after_samples
        self.base_random_seed, self.regression = base_random_seed, regression
        self.feature_bagging_fraction = feature_bagging_fraction
        self.__dict__.update(others)

    def values(self):
        """All settings as a dict."""
        return dict(self.__dict__)

    def fill(self):
        """Itself, with what follows from the settings; AttributeError without `num_classes` and `num_features`."""
        for name in ("num_classes", "num_features"):
            if not hasattr(self, name):
                raise AttributeError(f"ForestHParams needs {name}: give it to the constructor")
        self.num_outputs = self.num_classes if self.regression else 1
        self.num_output_columns = self.num_classes + 1
        root = min(max(pymath.floor(pymath.sqrt(self.num_features)), 10), 1000)
        self.num_splits_to_consider = self.num_splits_to_consider or root
        return self


class RandomForestGraphs:
    """The graphs of a forest.

    Args:
        params: a filled ForestHParams.
        others: of other trees and devices, without effect.
    """

    def __init__(
        self, params, device_assigner=None, variables=None, tree_variables_class=None, tree_graphs=None, training=True
    ):
        self.params = params
        shape, tried = (params.num_trees, params.max_nodes), params.num_splits_to_consider
        outputs = _outputs(params)
        variable = trees_lib.variable
        with variable_scope.variable_scope("forest", reuse=variable_scope.AUTO_REUSE):
            self.variables = _Trees(
                split=variable("split", shape, np.int32, _LEAF), threshold=variable("threshold", shape),
                child=variable("child", shape, np.int32), counts=variable("counts", (*shape, outputs)),
                tried=variable("tried", (*shape, tried), np.int32, _LEAF), cuts=variable("cuts", (*shape, tried)),
                lefts=variable("lefts", (*shape, tried, outputs)),
                sizes=variable("sizes", (params.num_trees,), np.int32, 1), draws=variable("draws", (), np.int32),
            )  # fmt: skip

    def training_graph(self, input_data, input_labels, num_trainers=1, trainer_id=0, **tree_kwargs):
        """The operation that shows a batch to all trees.

        Args:
            input_data: float `[batch, features]`; input_labels: class numbers `[batch]`, or floats `[batch, numbers]`.
        """
        given = [math.cast(input_data, dtypes.float32), math.cast(input_labels, dtypes.float32)]
        kinds = [v.dtype.base_dtype for v in self.variables]
        grown = host.py_func(self._grow, [*given, *self.variables], kinds)
        updates = []
        for held, new in zip(self.variables, grown, strict=True):
            new.set_shape(held.get_shape())
            updates.append(state.assign(held, new))
        return grouping.group(*updates, name="train")

    def inference_graph(self, input_data, **inference_args):
        """(probabilities `[batch, classes]`, or numbers; None; the variance of numbers between trees, None for classes)."""
        wanted = self.variables
        found = host.py_func(
            self._predict, [math.cast(input_data, dtypes.float32), wanted.split, wanted.threshold, wanted.child, wanted.counts],
            [dtypes.float32, dtypes.float32],
        )  # fmt: skip
        for tensor in found:
            tensor.set_shape([input_data.get_shape()[0], self.params.num_classes])
        mean, variance = (array.identity(t, name=n) for t, n in zip(found, ("probabilities", "variance"), strict=True))
        return mean, None, variance if self.params.regression else None

    def average_size(self):
        """How many nodes a tree has, on average."""
        return reduce.reduce_mean(math.to_float(self.variables.sizes))

    def training_loss(self, features, labels, name="training_loss"):
        """Less, the more the trees have grown: minus their average size."""
        return unary.negative(self.average_size(), name=name)

    # -- what runs on the host ---------------------------------------------------------------------------------------------

    def _grow(self, x, labels, *held):
        trees = _Trees(*(value.copy() for value in held))
        draw = np.random.RandomState((self.params.base_random_seed, int(trees.draws)))
        y = _targets(labels, self.params)
        for tree in range(self.params.num_trees):
            rows = np.arange(len(x))
            if self.params.bagging_fraction < 1.0:
                rows = rows[draw.random_sample(len(x)) < self.params.bagging_fraction]
            self._show(trees, tree, x[rows], y[rows], draw)
        return list(trees._replace(draws=np.int32(trees.draws + 1)))

    def _show(self, trees, tree, x, y, draw):
        """Shows examples to one tree."""
        leaves = trees_lib.leaves(x, trees.split[tree], trees.threshold[tree], trees.child[tree])
        for leaf in np.unique(leaves):
            here = leaves == leaf
            seen, targets = x[here], y[here]
            trees.counts[tree, leaf] += targets.sum(0)
            tried, cuts = trees.tried[tree, leaf], trees.cuts[tree, leaf]
            empty = np.flatnonzero(tried == _LEAF)
            if len(empty):
                tried[empty] = draw.randint(x.shape[1], size=len(empty))
                cuts[empty] = seen[draw.randint(len(seen), size=len(empty)), tried[empty]]
            goes_left = (seen[:, tried] <= cuts).astype(np.float32)
            trees.lefts[tree, leaf] += np.einsum("rs,ro->so", goes_left, targets)
            if trees.counts[tree, leaf, 0] >= self.params.split_after_samples:
                self._split(trees, tree, leaf)

    def _split(self, trees, tree, leaf):
        """Splits a leaf at the best of what it tried, if that separates anything and there is room."""
        size, whole, lefts = trees.sizes[tree], trees.counts[tree, leaf], trees.lefts[tree, leaf]
        rights = whole - lefts
        scores = self._impurity(lefts) + self._impurity(rights)
        scores[(lefts[:, 0] <= 0) | (rights[:, 0] <= 0)] = np.inf
        best = int(np.argmin(scores))
        if size + 2 > self.params.max_nodes or not scores[best] < self._impurity(whole[None])[0]:
            trees.tried[tree, leaf], trees.lefts[tree, leaf] = _LEAF, 0  # others are tried on the examples to come
            return
        trees.split[tree, leaf], trees.threshold[tree, leaf] = (
            trees.tried[tree, leaf, best],
            trees.cuts[tree, leaf, best],
        )
        trees.child[tree, leaf] = size
        trees.counts[tree, size], trees.counts[tree, size + 1] = lefts[best], rights[best]
        trees.sizes[tree] += 2

    def _impurity(self, sums):
        """Gini's impurity times the number of examples, or the sum of squared errors."""
        number = np.maximum(sums[:, 0], 1e-9)
        if self.params.regression:
            half = self.params.num_classes + 1
            return (sums[:, half:] - np.square(sums[:, 1:half]) / number[:, None]).sum(1)
        return sums[:, 0] - np.square(sums[:, 1:]).sum(1) / number

    def _predict(self, x, split, threshold, child, counts):
        each, columns = [], self.params.num_classes + 1
        for tree in range(len(split)):
            found = counts[tree, trees_lib.leaves(x, split[tree], threshold[tree], child[tree])]
            number = np.maximum(found[:, :1], 1e-9)
            mean = found[:, 1:columns] / number
            if not self.params.regression:
                mean = np.where(found[:, :1] > 0, mean, 1.0 / self.params.num_classes)
            each.append(mean)
        return np.mean(each, 0, dtype=np.float32), np.var(each, 0, dtype=np.float32)


def _outputs(params):
    """What a leaf sums: the number of examples, then classes, or numbers and their squares."""
    return 1 + params.num_classes * (2 if params.regression else 1)


def _targets(labels, params):
    ones = np.ones((len(labels), 1), np.float32)
    if params.regression:
        numbers = labels.reshape(len(labels), -1).astype(np.float32)
        return np.concatenate([ones, numbers, np.square(numbers)], 1)
    return np.concatenate([ones, np.eye(params.num_classes, dtype=np.float32)[labels.reshape(-1).astype(int)]], 1)
