"""What metrics with a state are: variables that batches update, and a result computed from them."""

import abc
import functools

import numpy as np

import graphflow as tf
from graphflow_keras import _weighting, initializers
from graphflow_keras import backend as K
from graphflow_keras._loss_classes import joined_graph
from graphflow_keras.backend import _session
from graphflow_keras.engine.base_layer import Layer


class Metric(Layer, metaclass=abc.ABCMeta):
    """A value gathered from batch to batch, such as a mean over all samples seen.

    A subclass makes its variables with `add_weight` in `__init__`, and defines `update_state(...)` and `result()`.
    Called, a metric updates its state and returns the result. In a graph that is a tensor; the variables, which are in
    no collection, start when Keras's session does, or with `[v.initializer for v in metric.variables]`.

    Args:
        name: str.
        dtype: the type of what is gathered; `floatx()` when None.
    """

    def __new__(cls, *args, **kwargs):
        metric = super().__new__(cls)
        # Of the instance: a method that calls that of its base class notes the update once.
        metric.update_state = functools.partial(_update_state, metric, metric.update_state)
        metric.result = functools.partial(_result, metric.result)
        return metric

    def __init__(self, name=None, dtype=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self._dtype = K.floatx() if dtype is None else tf.as_dtype(dtype).name
        self.stateful = True
        self.built = True

    @property
    def dtype(self):
        """The type of what is gathered, by name."""
        return self._dtype

    def add_weight(self, name, shape=(), aggregation=None, synchronization=None, initializer=None, dtype=None):
        """Makes a variable of the state.

        Args:
            name: str, its name.
            shape: tuple of int.
            aggregation, synchronization: taken, and without meaning on one device.
            initializer: name, config or callable; `reset_states` sets zeros whatever it is.
            dtype: that of the metric when None.
        """
        initializer = initializer() if isinstance(initializer, type) else initializer
        make = initializers.get("glorot_uniform" if initializer is None else initializer)
        dtype = tf.as_dtype(self._dtype if dtype is None else dtype).base_dtype
        with _session.where_variables_live():
            weight = tf.Variable(
                lambda: make(tuple(shape), dtype=dtype),
                trainable=False,
                collections=[],
                dtype=dtype,
                name=name,
                use_resource=True,
            )
        _session.track(weight)
        self._non_trainable_weights.append(weight)
        return weight

    def __call__(self, *args, **kwargs):
        """Updates the state; the result afterwards."""
        with joined_graph(args, kwargs):
            update = self.update_state(*args, **kwargs)
            with tf.control_dependencies([] if update is None else [update]):
                result = self.result()
        result._metric_obj = self  # add_metric asks
        return result

    @abc.abstractmethod
    def update_state(self, *args, **kwargs):
        """Takes a batch into the state; in a graph returns the operation that does."""

    @abc.abstractmethod
    def result(self):
        """The metric for all that was seen."""

    def reset_states(self):
        """Sets the state to zero."""
        reset_states([self])

    def get_config(self):
        """The constructor's arguments, as plain values."""
        return {"name": self.name, "dtype": self.dtype}


def _update_state(metric, update_state, *args, **kwargs):
    """Calls `update_state` in the graph that its arguments belong to, and notes the update."""
    with joined_graph(args, kwargs):
        if tf.executing_eagerly():
            return update_state(*args, **kwargs)
        if not type(metric).__module__.startswith(__package__ + "."):
            # A method of the user's may assign one thing after the other and return nothing.
            update_state = metric.__dict__.setdefault("_traced_update", tf.function(update_state))
        update = update_state(*args, **kwargs)
        if update is not None:
            metric.add_update(update)
        return update


def _result(result):
    return tf.identity(result())


def reset_states(metrics):
    """Sets the states of metrics to zero, in one run of the session where they have no way of their own."""
    zeros = []
    for metric in metrics:
        if getattr(type(metric), "reset_states", None) is Metric.reset_states:
            zeros += [(v, np.zeros(v.shape.as_list())) for v in metric.variables]
        else:
            metric.reset_states()
    K.batch_set_value(zeros)


class Reduce(Metric):
    """A sum or mean of all values seen.

    Args:
        reduction: 'sum', 'sum_over_batch_size' (their weighted sum by their number), or 'weighted_mean'.
    """

    def __init__(self, reduction, name, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.reduction = reduction
        self.total = self.add_weight("total", initializer="zeros")
        if reduction != "sum":
            self.count = self.add_weight("count", initializer="zeros")

    def update_state(self, values, sample_weight=None):
        """Takes values in, of any shape, with weights that broadcast to them."""
        values, sample_weight = _weighting.flat(values, sample_weight)
        values = tf.cast(values, self.dtype)
        if sample_weight is not None:
            values, sample_weight = self._matched(values, tf.cast(sample_weight, self.dtype))
            values = values * sample_weight
        total = self.total.assign_add(tf.reduce_sum(values))
        if self.reduction == "sum":
            return total
        if self.reduction == "weighted_mean" and sample_weight is not None:
            number = tf.reduce_sum(sample_weight)
        else:
            number = tf.cast(tf.size(values), self.dtype)
        with tf.control_dependencies([total]):
            return self.count.assign_add(number)

    def _matched(self, values, weights):
        """Values and weights of one shape: axes that have no weights are reduced."""
        rank, weighted = values.shape.ndims, weights.shape.ndims
        if weighted and rank is not None and rank - weighted > 1:
            reduce = tf.reduce_sum if self.reduction == "sum" else tf.reduce_mean
            return reduce(values, axis=list(range(weighted, rank))), weights
        if rank is None and weighted:  # of a Python function: known when it runs
            return values, weights + tf.zeros_like(values)
        if rank == 0 and weighted:  # the function took the mean over samples itself
            return values, _weighting.for_samples(weights, values)
        return values, _weighting.broadcast(weights, values)

    def result(self):
        """The sum or mean; 0 before the first value."""
        return tf.identity(self.total) if self.reduction == "sum" else tf.div_no_nan(self.total, self.count)


class Sum(Reduce):
    """The weighted sum of all values seen."""

    def __init__(self, name="sum", dtype=None):
        super().__init__("sum", name, dtype)


class Mean(Reduce):
    """The weighted mean of all values seen."""

    def __init__(self, name="mean", dtype=None):
        super().__init__("weighted_mean", name, dtype)


class MeanMetricWrapper(Mean):
    """The mean of what a function of `(y_true, y_pred)` returns.

    Args:
        fn: the function.
        name, dtype: as for `Metric`.
        **kwargs: handed to the function at each call.
    """

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Takes a batch in."""
        y_true, y_pred, sample_weight = _weighting.flat(y_true, y_pred, sample_weight)
        y_true, y_pred = _weighting.aligned(tf.cast(y_true, self.dtype), tf.cast(y_pred, self.dtype))
        return super().update_state(self._fn(y_true, y_pred, **self._fn_kwargs), sample_weight=sample_weight)

    def get_config(self):
        """The constructor's arguments; those of the function as plain numbers."""
        options = {key: K.eval(value) if K.is_tensor(value) else value for key, value in self._fn_kwargs.items()}
        return {**super().get_config(), **options}


class MeanRelativeError(Mean):
    """mean(|y_true - y_pred| / normalizer), where the normalizer is not 0.

    Args:
        normalizer: of the shape of the predictions.
    """

    def __init__(self, normalizer, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.normalizer = tf.cast(normalizer, self.dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Takes a batch in."""
        y_true, y_pred = _weighting.aligned(tf.cast(y_true, self.dtype), tf.cast(y_pred, self.dtype))
        y_true.shape.assert_is_compatible_with(y_pred.shape)
        self.normalizer, y_pred = _weighting.aligned(self.normalizer, y_pred)
        errors = tf.div_no_nan(tf.abs(y_true - y_pred), self.normalizer)
        return super().update_state(errors, sample_weight=sample_weight)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "normalizer": K.eval(self.normalizer)}


class RootMeanSquaredError(Mean):
    """sqrt(mean((y_pred - y_true)^2)) over all values."""

    def __init__(self, name="root_mean_squared_error", dtype=None):
        super().__init__(name, dtype=dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Takes a batch in."""
        y_true, y_pred = _weighting.aligned(tf.cast(y_true, self.dtype), tf.cast(y_pred, self.dtype))
        return super().update_state(tf.squared_difference(y_pred, y_true), sample_weight=sample_weight)

    def result(self):
        """The root of the mean."""
        return tf.sqrt(tf.div_no_nan(self.total, self.count))


class MeanTensor(Metric):
    """The weighted mean of tensors of one shape, entry by entry; the first one says which shape."""

    def __init__(self, name="mean_tensor", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.count = None

    def update_state(self, values, sample_weight=None):
        """Takes a tensor in.

        Raises:
            ValueError: it has another shape than the first one, or one that is not known.
        """
        values = tf.cast(values, self.dtype)
        if self.total is None:
            if not values.shape.is_fully_defined():
                raise ValueError(
                    f"MeanTensor {self.name} makes variables of the shape of its values, got {values.shape}"
                )
            shape = tuple(values.shape.as_list())
            self.total = self.add_weight("total", shape, initializer="zeros")
            self.count = self.add_weight("count", shape, initializer="zeros")
        elif values.shape.as_list() != self.total.shape.as_list():
            raise ValueError(
                "MeanTensor input values must always have the same shape. Expected shape (set during the first call): "
                f"{self.total.shape}. Got: {values.shape}"
            )
        number = tf.ones_like(values)
        if sample_weight is not None:
            number = _weighting.broadcast(tf.cast(sample_weight, self.dtype), values)
            values = values * number
        with tf.control_dependencies([self.total.assign_add(values)]):
            return self.count.assign_add(number)

    def result(self):
        """The mean.

        Raises:
            ValueError: nothing was seen yet.
        """
        if self.total is None:
            raise ValueError(
                "MeanTensor does not have any result yet. Please call the MeanTensor instance or use `.update_state(value)` "
                "before retrieving the result."
            )
        return tf.div_no_nan(self.total, self.count)
