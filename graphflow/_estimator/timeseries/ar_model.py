"""Autoregressive models: a window of observations predicts the window after it."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes
from graphflow._estimator import model_fn
from graphflow._estimator.timeseries import feature_keys, model
from graphflow._graph import build
from graphflow._ops import (
    array,
    choosing,
    compare,
    gather,
    initializers,
    joining,
    math,
    matmul,
    nn,
    rearrange,
    reduce,
    tensor_array,
    unary,
    variable_scope,
    while_loop,
)  # fmt: skip

_KEYS = feature_keys.TrainEvalFeatures
_STATE = feature_keys.State.STATE_TUPLE
_LEAST_VARIANCE = 1e-5


class FlatPredictionModel:
    """Dense layers over all numbers of a window, that give the mean and the variance of the window after it.

    Args:
        num_features, input_window_size, output_window_size: of the series.
        hidden_layer_sizes: of relu layers between.
    """

    _scope = "flat_prediction_model"

    def __init__(self, num_features, input_window_size, output_window_size, hidden_layer_sizes=None):
        self._hidden, self._shape = list(hidden_layer_sizes or ()), [-1, output_window_size, num_features]
        self._outputs, self._layers = output_window_size * num_features, None

    def build(self, size):
        """Makes the variables, for `size` numbers; they must not be made in a loop."""
        if self._layers is not None:
            return
        self._layers = []
        with variable_scope.variable_scope(self._scope):
            for i, units in enumerate(self._hidden):
                name = "sequential/dense" if not i else f"sequential/dense_{i}"
                self._layers.append((_dense(name, size, units), nn.relu))
                size = units
            self._mean, self._log_variance = (
                _dense(name, size, self._outputs) for name in ("predicted_mean", "log_sigma_square")
            )

    def __call__(self, input_window_features, output_window_features):
        """dict of `mean` and `covariance`, `[batch, output window, features]`, of `[batch, window, numbers]`."""
        given = [input_window_features, output_window_features]
        sizes = [t.get_shape().as_list()[1] * t.get_shape().as_list()[2] for t in given]
        flat = [array.reshape(t, [-1, size]) for t, size in zip(given, sizes, strict=True) if size]
        self.build(sum(sizes))
        net = flat[0] if len(flat) == 1 else array.concat(flat, 1)
        for weights, activation in self._layers:
            net = activation(_over(net, weights))
        mean, log_variance = _over(net, self._mean), _over(net, self._log_variance)
        return {
            "mean": array.reshape(mean, self._shape), "covariance": array.reshape(unary.exp(log_variance), self._shape),
        }  # fmt: skip


def _dense(name, size, units):
    with variable_scope.variable_scope(name, reuse=False):
        return (
            variable_scope.get_variable("kernel", [size, units], initializer=initializers.GlorotUniform()),
            variable_scope.get_variable("bias", [units], initializer=initializers.Zeros()),
        )


def _over(net, weights):
    return nn.bias_add(matmul.matmul(net, weights[0]), weights[1])


class ARModel(model.TimeSeriesModel):
    """An autoregressive model.

    Args:
        periodicities: int or list of ints, periods whose phase is a feature; may be empty.
        input_window_size, output_window_size: how many observations are looked at, and predicted at a time.
        num_features: how many numbers an observation has.
        prediction_model_factory: a function `(num_features, input_window_size, output_window_size)` that makes a network like
            FlatPredictionModel.
        num_time_buckets: into how many parts a period is cut.
        loss: `NORMAL_LIKELIHOOD_LOSS` or `SQUARED_LOSS`.
        exogenous_feature_columns: columns of features that are known beforehand.

    Raises:
        ValueError: sizes that are not positive, or nothing to predict from.
    """

    SQUARED_LOSS, NORMAL_LIKELIHOOD_LOSS = "squared_loss", "normal_likelihood_loss"

    def __init__(
        self, periodicities, input_window_size, output_window_size, num_features, prediction_model_factory=FlatPredictionModel,
        num_time_buckets=10, loss=NORMAL_LIKELIHOOD_LOSS, exogenous_feature_columns=None,
    ):  # fmt: skip
        super().__init__(num_features, exogenous_feature_columns)
        if loss not in (self.SQUARED_LOSS, self.NORMAL_LIKELIHOOD_LOSS):
            raise ValueError(f"loss must be ARModel.SQUARED_LOSS or ARModel.NORMAL_LIKELIHOOD_LOSS, got {loss!r}")
        self._model_factory, self.loss = prediction_model_factory, loss
        self.input_window_size, self.output_window_size = input_window_size, output_window_size
        self.window_size = input_window_size + output_window_size
        self.exogenous_size = self._get_exogenous_embedding_shape()[-1]
        self._buckets = int(num_time_buckets)
        periods = (
            periodicities if isinstance(periodicities, (list, tuple)) else [periodicities] if periodicities else []
        )
        self._periodicities = [int(period) for period in periods]
        if self._buckets <= 0 or output_window_size <= 0 or any(period <= 0 for period in self._periodicities):
            raise ValueError("num_time_buckets, output_window_size and periodicities must be positive")
        if not (self._periodicities or input_window_size):
            raise ValueError("There must be periodicities, or an input window, to predict from")

    def initialize_graph(self, input_statistics=None):
        super().initialize_graph(input_statistics)
        self._network = self._model_factory(
            num_features=self.num_features, input_window_size=self.input_window_size,
            output_window_size=self.output_window_size,
        )  # fmt: skip

    def get_start_state(self):
        size = self.input_window_size
        return (
            array.zeros([size], dtype=dtypes.int64), array.zeros([size, self.num_features], dtype=self.dtype),
            array.zeros([size, self.exogenous_size], dtype=self.dtype),
        )  # fmt: skip

    # -- one window ------------------------------------------------------------------------------------------------------

    def _sizes(self):
        """How many numbers each step of the input window has, and of the output window."""
        known = self._buckets * len(self._periodicities) + self.exogenous_size
        return known + (self.num_features if self.input_window_size else 0), known

    def _prepare(self):
        """Makes the network's variables, which must not happen inside a loop."""
        inputs, outputs = self._sizes()
        if hasattr(self._network, "build"):
            self._network.build(self.input_window_size * inputs + self.output_window_size * outputs)

    def prediction_ops(self, times, values, exogenous_regressors):
        """dict of `mean` and `covariance`, `[batch, output window, features]`.

        Args:
            times: int `[batch, window]`; values: `[batch, input window, features]`; exogenous_regressors: `[batch, window, n]`.
        """
        number, inputs, outputs = array.shape(times)[0], [], []
        cut = [self.input_window_size, self.output_window_size]
        if self._periodicities:
            phases = array.reshape(
                self._phases(times), [number, self.window_size, self._buckets * len(self._periodicities)]
            )
            of_input, of_output = joining.split(phases, cut, axis=1)
            inputs.append(of_input)
            outputs.append(of_output)
        if self.input_window_size:
            inputs.append(array.reshape(values, [number, self.input_window_size, self.num_features]))
        if self.exogenous_size:
            of_input, of_output = joining.split(exogenous_regressors, cut, axis=1)
            inputs.append(of_input)
            outputs.append(of_output)
        inputs = array.concat(inputs, axis=2)
        outputs = array.concat(outputs, axis=2) if outputs else array.zeros([number, cut[1], 0], dtype=self.dtype)
        batch, sizes = times.get_shape()[0].value, self._sizes()
        inputs.set_shape([batch, cut[0], sizes[0]])
        outputs.set_shape([batch, cut[1], sizes[1]])
        return self._network(inputs, outputs)

    def _phases(self, times):
        """How far into each part of each period times are, `[batch, window, periods, parts]`: 0 to 1, and 0 outside."""
        periods = build.constant(self._periodicities, shape=[1, 1, len(self._periodicities), 1], dtype=times.dtype)
        times = array.reshape(times, [array.shape(times)[0], -1, 1, 1])
        place = math.cast(times % periods, self.dtype) * self._buckets / math.cast(periods, self.dtype)
        parts = array.reshape(math.range(self._buckets, dtype=self.dtype), [1, 1, 1, self._buckets])
        place = nn.relu(place - parts)
        return choosing.where_v2(compare.less(place, 1.0), place, array.zeros_like(place))

    def loss_op(self, targets, prediction_ops):
        """The loss of predictions, a scalar: by the number of targets."""
        if self.loss == self.SQUARED_LOSS:
            total = reduce.reduce_sum(math.squared_difference(prediction_ops["mean"], targets))
        else:
            total = -reduce.reduce_sum(self._log_prob(targets, prediction_ops))
        return total / math.cast(reduce.reduce_prod(array.shape(targets)), total.dtype)

    def _log_prob(self, targets, prediction_ops):
        sigma = unary.sqrt(math.maximum(prediction_ops["covariance"], _LEAST_VARIANCE))
        return _normal_log_prob(targets, sigma, prediction_ops["mean"])

    # -- training and evaluation -----------------------------------------------------------------------------------------

    def get_batch_loss(self, features, mode, state):
        times = build.convert_to_tensor(features[_KEYS.TIMES])
        others = {
            k: build.convert_to_tensor(v) for k, v in features.items() if k not in (_KEYS.TIMES, _KEYS.VALUES, _STATE)
        }
        exogenous = self._process_exogenous_features(times, others)
        if exogenous is None:
            exogenous = array.zeros(array.concat([array.shape(times), [0]], 0), dtype=self.dtype)
        values = math.cast(features[_KEYS.VALUES], self.dtype)
        with variable_scope.variable_scope(variable_scope.get_variable_scope(), use_resource=True):
            self._prepare()
            if mode == model_fn.ModeKeys.TRAIN:
                return self._train_outputs(math.cast(times, dtypes.int64), values, exogenous)
            if mode == model_fn.ModeKeys.EVAL:
                return self._eval_outputs(math.cast(times, dtypes.int64), values, exogenous, state)
        raise ValueError(f"Unknown mode '{mode}' passed to get_batch_loss.")

    def _window(self, times, values, exogenous, mode):
        """(loss, mean, variance) of whole windows, the last two as the data is."""
        known = None if not self.input_window_size else values[:, : self.input_window_size]
        found = self.prediction_ops(times, known, exogenous)
        targets = values[:, self.input_window_size :]
        mean = self._scale_back_data(found["mean"])
        if mode == model_fn.ModeKeys.EVAL and self.loss == self.SQUARED_LOSS:
            loss = self.loss_op(self._scale_back_data(targets), {"mean": mean})
        else:
            loss = self.loss_op(targets, found)
        return loss, mean, self._scale_back_variance(found["covariance"])

    def _train_outputs(self, times, values, exogenous):
        if not times.get_shape().is_compatible_with([None, self.window_size]):
            raise ValueError(
                f"ARModel with input_window_size={self.input_window_size} and output_window_size={self.output_window_size} "
                f"expects feature '{_KEYS.TIMES}' to have shape (batch_size, {self.window_size}) (for any batch_size), but got "
                f"shape {times.get_shape()}. If you are using RandomWindowInputFn, set window_size={self.window_size} or adjust "
                "the input_window_size and output_window_size arguments to ARModel."
            )
        scaled, size = self._scale_data(values), self.output_window_size
        loss, mean, variance = self._window(times, scaled, exogenous, model_fn.ModeKeys.TRAIN)
        state = tuple(t[:, -self.input_window_size :] for t in (times, scaled, exogenous))
        predicted = {"mean": mean, "covariance": variance, "observed": values[:, -size:]}
        return model.ModelOutputs(loss, state, predicted, times[:, -size:])

    def _eval_outputs(self, times, values, exogenous, state):
        """Window by window: each is an example of its own, since what is looked at is observed."""
        known = times.get_shape()[1].value
        if known is not None and known < self.window_size:
            raise ValueError(
                "ARModel requires a window of at least input_window_size + output_window_size to evaluate on "
                f"(input_window_size={self.input_window_size}, output_window_size={self.output_window_size}, and got shape "
                f"{times.get_shape()} for feature '{_KEYS.TIMES}' (batch size, window size))."
            )
        size, number = self.output_window_size, array.shape(times)[0]
        windows = (array.shape(times)[1] - self.input_window_size) // size
        length = windows * size
        starts = array.expand_dims(math.range(windows) * size, 1)
        places = array.reshape(starts + array.expand_dims(math.range(self.window_size), 0), [-1])
        cropped = [t[:, -(length + self.input_window_size) :] for t in (times, self._scale_data(values), exogenous)]
        parts = []
        for t, rest in zip(cropped, ([], [self.num_features], [self.exogenous_size]), strict=True):
            parts.append(array.reshape(gather.gather(t, places, axis=1), [number * windows, self.window_size, *rest]))
        loss, mean, variance = self._window(*parts, model_fn.ModeKeys.EVAL)
        shape = joining.stack([number, length, self.num_features])
        predicted = {
            "mean": array.reshape(mean, shape), "covariance": array.reshape(variance, shape), "observed": values[:, -length:],
        }  # fmt: skip
        for one in predicted.values():
            one.set_shape([times.get_shape()[0].value, None, self.num_features])
        return model.ModelOutputs(loss, self._last(state, times, values, exogenous), predicted, times[:, -length:])

    def _last(self, state, times, values, exogenous):
        """The state after these observations: the last window of them, with what came before."""
        size = self.input_window_size
        if not size:
            return state
        joined = zip(state, (times, self._scale_data(values), exogenous), strict=True)
        last = tuple(array.concat([before, new], axis=1)[:, -size:] for before, new in joined)
        for part, rest in zip(last, ([], [self.num_features], [self.exogenous_size]), strict=True):
            part.set_shape([None, size, *rest])
        return last

    # -- prediction ------------------------------------------------------------------------------------------------------

    def predict(self, features):
        if not self._graph_initialized:
            self.initialize_graph()
        size, window = self.output_window_size, self.input_window_size
        times = math.cast(build.convert_to_tensor(features[_KEYS.TIMES]), dtypes.int64)
        others = {k: v for k, v in features.items() if k not in (_KEYS.TIMES, _KEYS.VALUES, _STATE)}
        exogenous = self._process_exogenous_features(times, others)
        if exogenous is None:
            exogenous = array.zeros(array.concat([array.shape(times), [0]], 0), dtype=self.dtype)
        number, wanted = array.shape(times)[0], array.shape(times)[1]
        rounds = (wanted + size - 1) // size
        more = rounds * size - wanted
        before_state = features[_STATE]
        then = [rearrange.pad(times, [[0, 0], [0, more]]), rearrange.pad(exogenous, [[0, 0], [0, more], [0, 0]])]
        types = (dtypes.int64, self.dtype, self.dtype)
        seen = [math.cast(build.convert_to_tensor(t), dtype) for t, dtype in zip(before_state, types, strict=True)]
        # Times and regressors of all windows, the observations looked at first.
        all_times = array.concat([seen[0][:, -window:], then[0]], 1) if window else then[0]
        all_regressors = array.concat([seen[2][:, -window:], then[1]], 1) if window else then[1]
        values = seen[1][:, -window:] if window else array.zeros([number, 0, self.num_features], dtype=self.dtype)
        values.set_shape([times.get_shape()[0].value, window, self.num_features])
        with variable_scope.variable_scope(variable_scope.get_variable_scope(), use_resource=True):
            self._prepare()

            def body(i, values, means, variances):
                start = i * size
                at, regressors = (t[:, start : start + self.window_size] for t in (all_times, all_regressors))
                at.set_shape([times.get_shape()[0].value, self.window_size])
                regressors.set_shape([times.get_shape()[0].value, self.window_size, self.exogenous_size])
                found = self.prediction_ops(at, values, regressors)
                new = array.concat([values, found["mean"]], 1)[:, size:] if window else values
                new.set_shape(values.get_shape())
                return i + 1, new, means.write(i, found["mean"]), variances.write(i, found["covariance"])

            arrays = [tensor_array.TensorArray(dtype=self.dtype, size=rounds) for _ in range(2)]
            _, _, *arrays = while_loop.while_loop(lambda i, *_: compare.less(i, rounds), body, [0, values, *arrays])
        shape = joining.stack([number, rounds * size, self.num_features])
        mean, variance = (
            array.reshape(rearrange.transpose(one.stack(), [1, 0, 2, 3]), shape)[:, :wanted] for one in arrays
        )
        if self.loss == self.SQUARED_LOSS:
            variance = array.ones_like(mean)
        return {"mean": self._scale_back_data(mean), "covariance": self._scale_back_variance(variance)}


class AnomalyMixtureARModel(ARModel):
    """An autoregressive model whose observations are anomalies with a certain probability, of a wider distribution.

    Args:
        anomaly_prior_probability: between 0 and 1.
        anomaly_distribution: `GAUSSIAN_ANOMALY` or `CAUCHY_ANOMALY`.
        others: as of ARModel.
    """

    GAUSSIAN_ANOMALY, CAUCHY_ANOMALY = "gaussian", "cauchy"

    def __init__(
        self, periodicities, anomaly_prior_probability, input_window_size, output_window_size, num_features,
        prediction_model_factory=FlatPredictionModel, anomaly_distribution=GAUSSIAN_ANOMALY, num_time_buckets=10,
        exogenous_feature_columns=None,
    ):  # fmt: skip
        if not 0.0 < anomaly_prior_probability < 1.0:
            raise ValueError(f"anomaly_prior_probability must lie between 0 and 1, got {anomaly_prior_probability}")
        if anomaly_distribution not in (self.GAUSSIAN_ANOMALY, self.CAUCHY_ANOMALY):
            raise ValueError(f"anomaly_distribution must be 'gaussian' or 'cauchy', got {anomaly_distribution!r}")
        self._prior, self._distribution = anomaly_prior_probability, anomaly_distribution
        super().__init__(
            periodicities, input_window_size, output_window_size, num_features, prediction_model_factory, num_time_buckets,
            exogenous_feature_columns=exogenous_feature_columns,
        )  # fmt: skip

    def _prepare(self):
        super()._prepare()
        log_width = variable_scope.get_variable(
            "anomaly_log_param", shape=[], dtype=self.dtype, initializer=initializers.Zeros()
        )
        self._width = unary.exp(log_width)

    def prediction_ops(self, times, values, exogenous_regressors):
        found = super().prediction_ops(times, values, exogenous_regressors)
        return {**found, "anomaly_params": self._width}

    def _log_prob(self, targets, prediction_ops):
        mean, width = prediction_ops["mean"], prediction_ops["anomaly_params"]
        usual = super()._log_prob(targets, prediction_ops) + np.float32(np.log(1 - self._prior))
        if self._distribution == self.GAUSSIAN_ANOMALY:
            anomaly = _normal_log_prob(targets, unary.sqrt(math.maximum(width, _LEAST_VARIANCE)), mean)
        else:
            anomaly = _cauchy_log_prob(targets, width, mean)
        anomaly += np.float32(np.log(self._prior))
        less, more = math.minimum(usual, anomaly), math.maximum(usual, anomaly)
        return more + unary.log(1 + unary.exp(less - more))


def _normal_log_prob(x, scale, mean):
    """As TensorFlow has it, with half the logarithm of the scale."""
    z = (mean - x) / scale
    return -0.5 * (unary.square(z) + np.float32(np.log(2.0 * np.pi)) + unary.log(scale))


def _cauchy_log_prob(x, scale, mean):
    z = (mean - x) / scale
    return -np.float32(np.log(np.pi)) - unary.log(scale) - unary.log1p(unary.square(z))
