"""A structural model of a series: a level with a slope, a moving average, cycles, and noise, in one linear state space.

Source: Harvey, "Forecasting, structural time series models and the Kalman filter" (1989); Lutkepohl, "New introduction to
multiple time series analysis" (2005), for moving averages.
"""

from __future__ import annotations

import math as python_math

import numpy as np

from graphflow._contrib import dense_layers
from graphflow._core import dtypes, nest
from graphflow._estimator import model_fn
from graphflow._estimator.timeseries import kalman, model
from graphflow._graph import build
from graphflow._ops import (
    array,
    compare,
    diagonal,
    eye,
    initializers,
    linalg,
    math,
    matmul,
    nn,
    rearrange,
    reduce,
    unary,
    variable_scope,
    while_loop,
)  # fmt: skip

_LEAST_VARIANCE = 1e-5
_FIRST_TRADEOFF = 5.0  # the log of how much larger observation noise is than transition noise, at first
_NEAR_INTEGER = 1e-8


class StructuralEnsemble(model.SequentialTimeSeriesModel):
    """A level with a slope for each feature, a vector moving average, and cycles, added up.

    Args:
        periodicities: list of numbers of steps after which cycles repeat.
        cycle_num_latent_values: odd ints, one a cycle, or one for all: how many values describe a cycle.
        moving_average_order, autoregressive_order: of the vector moving average.
        num_features, dtype, exogenous_feature_columns, exogenous_update_condition: as of SequentialTimeSeriesModel.

    Raises:
        ValueError: an even number of latent values, or a wrong number of them.
    """

    def __init__(
        self, periodicities, num_features, cycle_num_latent_values=11, moving_average_order=4, autoregressive_order=0,
        dtype=dtypes.float64, exogenous_feature_columns=None, exogenous_update_condition=None,
    ):  # fmt: skip
        super().__init__(
            ["mean", "covariance", "log_likelihood"], ["mean", "covariance"], num_features, True, dtype,
            exogenous_feature_columns, exogenous_update_condition,
        )  # fmt: skip
        periods = [] if periodicities is None else nest.flatten(periodicities)
        sizes = nest.flatten(cycle_num_latent_values)
        if len(sizes) == 1:
            sizes = sizes * len(periods)
        if len(sizes) != len(periods):
            raise ValueError(
                "`cycle_num_latent_values` must either be a list with the same size as `periodicity` or a scalar. Received "
                f"length {len(sizes)} `cycle_num_latent_values`, while `periodicities` has length {len(periods)}."
            )
        self._moving = _MovingAverage(num_features, autoregressive_order, moving_average_order)
        cycles = [
            _Replicated(f"cycle{i}", num_features, *cycle(period, size))
            for i, (period, size) in enumerate(zip(periods, sizes, strict=True))
        ]
        level = np.array([[1.0, 1.0], [0.0, 1.0]]), np.eye(2)  # the slope is added to the level
        self._parts = [_Replicated("adder", num_features, *level), self._moving, *cycles]

    # -- parameters ------------------------------------------------------------------------------------------------------

    def initialize_graph(self, input_statistics=None):
        super().initialize_graph(input_statistics)
        tradeoff = variable_scope.get_variable(
            "observation_transition_tradeoff_log_scale", shape=[], dtype=self.dtype,
            initializer=initializers.Constant(_FIRST_TRADEOFF),
        )  # fmt: skip
        spread, number, level = None, 1.0, None
        if input_statistics is not None:
            spread = self._scale_variance(input_statistics.series_start_moments.variance)
            number = math.cast(input_statistics.total_observation_count, self.dtype)
            level = reduce.reduce_mean(self._scale_data(input_statistics.series_start_moments.mean))
        self._covariances = []
        for part in self._parts:
            with variable_scope.variable_scope(part.scope):
                self._covariances += part.define(self.dtype, spread, number, tradeoff, level)
        first = None if spread is None else math.maximum(spread, _LEAST_VARIANCE)
        self._observation_noise = covariance_matrix(
            self.num_features, "observation_noise_covariance", self.dtype, tradeoff, first
        )
        # Priors weigh on the noise of all parts together, and on the observations' with it.
        everything = kalman.block_diagonal([part.noise for part in self._parts])
        self._covariances += [everything, self._observation_noise]
        self._transition = kalman.block_diagonal([part.transition for part in self._parts])
        self._noise = kalman.block_diagonal([part.state_noise for part in self._parts])
        self._observed = array.concat([part.observed for part in self._parts], 1)
        self._prior_mean = array.concat([part.prior_mean for part in self._parts], 0)
        self._size = self._transition.get_shape()[0].value

    def get_start_state(self):
        known = self._input_statistics
        start = array.zeros([], dtypes.int64) if known is None else known.start_time
        return self._prior_mean, eye.eye(self._size, dtype=self.dtype), start - 1

    def _loss_additions(self, times, values, mode):
        """Priors without information on all covariances, in training."""
        if mode != model_fn.ModeKeys.TRAIN:
            return array.zeros([], dtype=self.dtype)
        known = self._input_statistics
        number = array.shape(times)[1] if known is None else known.total_observation_count
        return -math.add_n([_log_prior(one) for one in self._covariances]) / math.cast(number, self.dtype)

    # -- steps -----------------------------------------------------------------------------------------------------------

    def _window_initializer(self, times, state):
        """The transition and its noise over the gaps before all steps, `[batch, time, size, size]`."""
        before = math.maximum(times[:, :1] - array.expand_dims(build.convert_to_tensor(state[2]), 1), 0)
        gaps = array.concat([before, times[:, 1:] - times[:, :-1]], 1)
        self._powers, self._power_noise = kalman.powers(self._transition, self._noise, gaps)

    def _begin_step(self, number):
        self._now = self._powers[:, number], self._power_noise[:, number]

    def _imputation_step(self, current_times, state):
        mean, covariance, before = state
        transition, noise = self._now
        return (*kalman.advanced(mean, covariance, transition, noise), math.maximum(current_times, before))

    def _prediction_step(self, current_times, state):
        mean, covariance = kalman.observed(state[0], state[1], self._observed, self._observation_noise)
        return (state[0], state[1], current_times), {"mean": mean, "covariance": covariance}

    def _filtering_step(self, current_times, current_values, state, predictions):
        mean, covariance, log_prob = kalman.filtered(
            state[0], state[1], current_values, self._observed, self._observation_noise, predictions["mean"],
            predictions["covariance"],
        )  # fmt: skip
        log_prob.set_shape(current_times.get_shape())
        outputs = {**predictions, "loss": -log_prob, "log_likelihood": log_prob}
        return (mean, covariance, current_times), outputs

    def _exogenous_input_step(self, current_times, current_exogenous_regressors, state):
        """Adds a linear function of the regressors to the mean, and a covariance made of them."""
        with variable_scope.variable_scope("exogenous_noise_increasing_mean"):
            shift = dense_layers.fully_connected(current_exogenous_regressors, self._size, activation_fn=None)
        with variable_scope.variable_scope("exogenous_noise_increasing_covariance"):
            raw = dense_layers.fully_connected(current_exogenous_regressors, self._size**2 + 2, activation_fn=None)
        scales = [array.reshape(raw[:, i], [-1, 1, 1]) for i in (-2, -1)]
        wider = _positive_definite(array.reshape(raw[:, :-2], [-1, self._size, self._size]), *scales)
        return state[0] + shift, state[1] + wider, state[2]

    def _scale_back_predictions(self, predictions):
        mean, covariance = predictions["mean"], predictions["covariance"]
        return {
            **predictions, "mean": self._scale_back_data(mean), "covariance": self._scale_back_variance(covariance),
        }  # fmt: skip


class _Replicated:
    """A part that each feature has for itself, whose noises hang together.

    Args:
        scope: of its variables; number: of features.
        transition: array `[size, size]` of one feature; enters: `[size, noises]`, how noise enters the state.
    """

    def __init__(self, scope, number, transition, enters):
        self.scope, self._number, self._one, self._enters = scope, number, transition, enters

    def define(self, dtype, spread, number, tradeoff, level):
        """Makes the variables; returns the covariances that have priors of their own."""
        every, size = np.eye(self._number), len(self._one)
        first = 0.0 if spread is None else unary.log(math.maximum(reduce.reduce_mean(spread) / number, _LEAST_VARIANCE))
        first -= tradeoff
        own, means = [], []
        for i in range(self._number):
            with variable_scope.variable_scope(f"feature{i}"):
                own.append(covariance_matrix(self._enters.shape[1], "state_transition_noise", dtype, first))
                means.append(self._mean(size, dtype, level))
        self.noise = covariance_matrix(self._enters.shape[1] * self._number, "state_transition_noise", dtype, first)
        self.transition = build.constant(np.kron(every, self._one), dtype=dtype)
        self.observed = build.constant(np.kron(every, np.eye(1, size)), dtype=dtype)
        self.prior_mean = array.concat(means, 0)
        # A single feature has its own noise, several the noise they have together.
        enters = build.constant(np.kron(every, self._enters), dtype=dtype)
        self.state_noise = _entered(enters, own[0] if self._number == 1 else self.noise)
        return [*own, self.noise]

    def _mean(self, size, dtype, level):
        starts_at_level = self.scope == "adder" and level is not None
        made = _prior_mean(size, dtype, initializers.Zeros() if starts_at_level else None)
        return (
            made + math.cast(rearrange.pad(array.reshape(level, [1]), [[0, size - 1]]), dtype)
            if starts_at_level
            else made
        )


class _MovingAverage:
    """A vector autoregressive moving average."""

    scope = "varma"

    def __init__(self, number, autoregressive_order, moving_average_order):
        self._number, self._ar, self._ma = number, autoregressive_order, moving_average_order
        self._blocks = max(autoregressive_order, moving_average_order + 1)

    def define(self, dtype, spread, number, tradeoff, level):
        """As `_Replicated.define`; its noise is as large as the data's."""
        features, blocks = self._number, self._blocks
        size, one = features * blocks, np.eye(features)
        ar = variable_scope.get_variable(
            "ar_coefs", shape=[features, features, self._ar], dtype=dtype, initializer=initializers.Zeros()
        )
        ma = variable_scope.get_variable(
            "ma_coefs", dtype=dtype, initializer=build.constant(np.tile(one, [self._ma, 1, 1]), dtype)
        )
        known = array.reshape(rearrange.pad(ar, [[0, 0], [0, 0], [0, blocks - self._ar]]), [features, size])
        shift = build.constant(np.eye(size - features, size), dtype=dtype)
        self.transition = array.concat([known, shift], 0)
        known = rearrange.pad(ma, [[blocks - 1 - self._ma, 0], [0, 0], [0, 0]])
        enters = array.concat([array.reshape(known, [size - features, features]), build.constant(one, dtype=dtype)], 0)
        observed = np.eye(features, size)
        if self._ar <= self._ma and blocks >= 2:
            observed[:, -features:] += one
        self.observed = build.constant(observed, dtype=dtype)
        self.prior_mean = _prior_mean(size, dtype)
        first = 0.0 if spread is None else unary.log(math.maximum(reduce.reduce_mean(spread), _LEAST_VARIANCE))
        self.noise = covariance_matrix(features, "state_transition_noise", dtype, first)
        self.state_noise = _entered(enters, self.noise)
        return [self.noise]


def cycle(period, latent):
    """(transition, how noise enters) of a cycle of `period` steps described by `latent` values that sum to 0.

    The values are turned by `latent / period` of a place in each step: a shift where that is an integer, else between places by
    the trigonometric polynomial through them.

    Raises:
        ValueError: an even number of values, which no such polynomial goes through.
    """
    if latent % 2 != 1:
        raise ValueError("Only odd numbers of latent values are supported.")
    size, turn = latent - 1, latent / period
    rows, columns = np.arange(size)[:, None], np.arange(size)[None]
    if abs(turn - round(turn)) < _NEAR_INTEGER:
        places = round(turn) % latent
        transition = ((rows - columns) % latent == places).astype(float) - (rows + 1 == places)
    else:
        sign = 1.0 - 2.0 * (np.arange(size) % 2)
        angle = np.pi / latent
        around = 1 / np.sin(angle * (turn - rows - 1)) + sign[None] / np.sin(angle * (turn + columns - rows))
        transition = python_math.sin(turn * np.pi) / latent * sign[:, None] * around
    return transition, np.eye(size, 1)


# -- covariances ---------------------------------------------------------------------------------------------------------


def covariance_matrix(size, name, dtype, scale_log, diagonal_values=None):
    """A trained covariance matrix, `exp(scale_log) * diagonal_values` at first."""
    raw = variable_scope.get_variable(
        f"{name}_pre_transform", shape=[size, size], dtype=dtype, initializer=initializers.Zeros()
    )
    apart = variable_scope.get_variable(
        f"{name}_off_diagonal_scale", shape=[], dtype=dtype, initializer=initializers.Constant(-5.0)
    )
    scale = variable_scope.get_variable(
        f"{name}_overall_scale", shape=[], dtype=dtype, initializer=initializers.Zeros()
    )
    if diagonal_values is not None:
        raw = raw + diagonal.matrix_diag(unary.log(diagonal_values))
    return _positive_definite(raw, apart, scale + scale_log)


def _positive_definite(raw, apart, scale):
    """Cholesky factors squared: their entries have the sign of one of raw's triangles and the logarithms of the other's."""
    entries = unary.exp((raw + apart + scale) / 2.0) * nn.softsign(rearrange.matrix_transpose(raw))
    on_diagonal = diagonal.matrix_diag_part(unary.exp((raw + scale) / 2.0))
    root = diagonal.matrix_set_diag(diagonal.matrix_band_part(entries, 0, -1), on_diagonal)
    return matmul.matmul(root, root, transpose_a=True)


def _log_prior(covariance):
    """The log density that says nothing of a covariance, up to a constant: det^-((n + 1) / 2)."""
    size = covariance.get_shape()[0].value
    safe = covariance + 1e-8 * eye.eye(size, dtype=covariance.dtype)
    return -(size + 1) / 2 * unary.log(linalg.matrix_determinant(safe))


def _entered(enters, noise):
    return matmul.matmul(matmul.matmul(enters, noise), enters, transpose_b=True)


def _prior_mean(size, dtype, initializer=None):
    return variable_scope.get_variable(
        "prior_state_mean", shape=[size], dtype=dtype, initializer=initializer, trainable=False
    )
