"""Metrics of `tf.contrib.eager`: objects that are called with each batch and asked for the result at the end."""

from __future__ import annotations

import re

from graphflow._core import dtypes
from graphflow._graph import build, eager_graph
from graphflow._ops import array, compare, grouping, initializers, math, reduce, running, variable_scope


class Metric:
    """Base of metrics. A subclass makes variables in `build`, changes them in `call`, and gives the value in `result`.

    Args:
        name: that of the class where None.
        use_global_variables: whether, in a graph, its variables are global ones, which are saved.
    """

    def __init__(self, name=None, use_global_variables=False):
        self._built, self._vars, self._initial_values = False, [], {}
        self._use_global_variables = use_global_variables
        name = name or type(self).__name__
        with variable_scope.variable_scope(re.sub("[^A-Za-z0-9.]", "_", name), use_resource=True, reuse=False) as scope:
            self._scope = scope
        self._name = name

    name = property(lambda self: self._name)
    variables = property(lambda self: self._vars)

    def __call__(self, *args, **kwargs):
        """Takes account of a batch; what `call` returns, in a graph an operation."""
        if not self._built:
            with variable_scope.variable_scope(self._scope):
                self.build(*args, **kwargs)
            self._built = True
        return self.call(*args, **kwargs)

    def build(self, *args, **kwargs):
        """Makes the variables, given the arguments of the first call."""

    def call(self, *args, **kwargs):
        """Changes the variables by a batch."""
        raise NotImplementedError(f"{type(self).__name__} has no call(): a Metric must say what a batch changes")

    def result(self):
        """The value, a tensor."""
        raise NotImplementedError(f"{type(self).__name__} has no result(): a Metric must say what its value is")

    def init_variables(self):
        """Begins anew; in a graph, the operation that does so.

        Raises:
            RuntimeError: it was not called yet.
        """
        if not self._built:
            raise RuntimeError(
                "Metric must be called before its variables can be initialized: call it with a first batch"
            )
        if not eager_graph.executing_eagerly():
            return grouping.group(*[v.initializer for v in self._vars])
        for v in self._vars:
            v.assign(self._initial_values[v])
        return None

    reset = init_variables

    def add_variable(self, name, shape=None, dtype=None, initializer=None):
        """A variable of the metric; only to be called in `build`.

        Raises:
            RuntimeError: it is built already.
        """
        if self._built:
            raise RuntimeError("Can't call add_variable() except in build().")
        collections = None if self._use_global_variables or eager_graph.executing_eagerly() else ["local_variables"]
        made = variable_scope.get_variable(
            name, shape, dtype, initializer, trainable=False, collections=collections, use_resource=True
        )
        self._vars.append(made)
        if eager_graph.executing_eagerly():
            self._initial_values[made] = made.value()
        return made


class Mean(Metric):
    """The weighted mean of all values.

    Args:
        dtype: of the result.
    """

    def __init__(self, name=None, dtype=dtypes.float64, use_global_variables=False):
        super().__init__(name=name, use_global_variables=use_global_variables)
        self.dtype = dtype

    def build(self, *args, **kwargs):
        """Makes the sum of the values and that of the weights."""
        zeros = initializers.Zeros()
        self.numer = self.add_variable("numer", shape=(), dtype=self.dtype, initializer=zeros)
        self.denom = self.add_variable("denom", shape=(), dtype=self.dtype, initializer=zeros)

    def call(self, values, weights=None):
        """Adds `values`, a tensor, with `weights` that broadcast to it; returns both, or the values alone without weights."""
        given, values = values, math.cast(values, self.dtype)
        if weights is None:
            count, total = math.cast(array.size(values), self.dtype), reduce.reduce_sum(values)
        else:
            weights = math.cast(weights, self.dtype)
            count = reduce.reduce_sum(weights * array.ones_like(values))
            total = reduce.reduce_sum(values * weights)
        changes = [self.denom.assign_add(count), self.numer.assign_add(total)]
        if not eager_graph.executing_eagerly():
            return grouping.group(*changes)
        return given if weights is None else (given, weights)

    def result(self):
        """The mean; not a number where there was no value."""
        return self.numer / self.denom


class _Matches(Mean):
    """The share of predictions that are right."""

    def __init__(self, name=None, dtype=dtypes.float64):
        super().__init__(name=name, dtype=dtype)

    def _add(self, matches, labels, predictions, weights):
        added = super().call(math.cast(matches, self.dtype), weights=weights)
        if not eager_graph.executing_eagerly():
            return added
        return (labels, predictions) if weights is None else (labels, predictions, weights)


class Accuracy(_Matches):
    """The share of predictions that equal their labels."""

    def call(self, labels, predictions, weights=None):
        """Adds labels and predictions of one shape and type."""
        return self._add(compare.equal(labels, predictions), labels, predictions, weights)


class CategoricalAccuracy(_Matches):
    """The share of rows whose largest prediction stands where the one-hot label does."""

    def call(self, labels, predictions, weights=None):
        """Adds labels and predictions `[..., classes]`."""
        matches = compare.equal(running.argmax(labels, axis=-1), running.argmax(predictions, axis=-1))
        return self._add(matches, labels, predictions, weights)


class BinaryAccuracy(_Matches):
    """The share of predictions that lie on their label's side of a threshold.

    Args:
        threshold: above it a prediction counts as 1.
    """

    def __init__(self, threshold, name=None, dtype=dtypes.float64):
        super().__init__(name=name, dtype=dtype)
        self.threshold = threshold

    def call(self, labels, predictions, weights=None):
        """Adds labels of 0 and 1, and predictions of the same shape."""
        sides = math.cast(compare.greater(predictions, self.threshold), build.convert_to_tensor(labels).dtype)
        return self._add(compare.equal(labels, sides), labels, predictions, weights)


class SparseAccuracy(_Matches):
    """The share of rows whose largest prediction stands at the label."""

    def call(self, labels, predictions, weights=None):
        """Adds labels `[...]` of integers and predictions `[..., classes]`."""
        labels = build.convert_to_tensor(labels)
        found = math.cast(running.argmax(predictions, axis=-1), labels.dtype)
        if labels._dims is not None and found._dims is not None and len(labels._dims) > len(found._dims):
            labels = array.squeeze(labels, axis=-1)
        return self._add(compare.equal(labels, found), labels, predictions, weights)
