"""From a model of a series to what an estimator needs."""

from __future__ import annotations

import re

from graphflow._core import dtypes, nest
from graphflow._estimator import export_outputs, model_fn
from graphflow._estimator.timeseries import feature_keys
from graphflow._graph import build, keys
from graphflow._layers import metrics
from graphflow._ops import array, grouping, math, sparse, state, summaries, variable, variable_scope
from graphflow._train import global_step

_KEYS, _STATE, _RESULTS = feature_keys.TrainEvalFeatures, feature_keys.State, feature_keys.FilteringResults
_MODES = model_fn.ModeKeys


class TimeSeriesRegressionHead:
    """The head of a time series.

    Args:
        model: a TimeSeriesModel; state_manager: says where chunks start.
        optimizer: an Optimizer.
        input_statistics_generator: an InputStatisticsFromMiniBatch, or None for data as it is.
        name: of the head.
    """

    logits_dimension = 1

    def __init__(self, model, state_manager, optimizer, input_statistics_generator=None, name=None):
        self.model, self.state_manager, self.optimizer = model, state_manager, optimizer
        self.input_statistics_generator, self.name = input_statistics_generator, name

    def create_loss(self, features, mode, logits=None, labels=None):
        """The ModelOutputs for a batch."""
        found = self.state_manager.define_loss(self.model, features, mode)
        summaries.scalar(f"loss/{self.name}" if self.name else "loss", found.loss)
        return found

    def create_estimator_spec(self, features, mode, labels=None):
        """The EstimatorSpec for features `[batch, time, ...]`; there are no labels.

        Raises:
            ValueError: labels are given, or features are missing or of another shape.
        """
        with build.name_scope(self.name, "head"):
            if labels is not None and labels != {}:
                raise ValueError(
                    f"The model received a `labels`, which is not supported. Pass '{_KEYS.TIMES}' and '{_KEYS.VALUES}' as "
                    "features."
                )
            features = {name: self._converted(name, value) for name, value in features.items()}
            known = None
            if self.input_statistics_generator is not None:
                known = self.input_statistics_generator.initialize_graph(features, mode == _MODES.TRAIN)
            self.model.initialize_graph(input_statistics=known)
            features, is_served = self._gather_state(features)
            if mode == _MODES.PREDICT:
                self._check_predict_features(features)
            else:
                _check_train_eval_features(features, self.model)
            self.state_manager.initialize_graph(self.model, known)
            if mode == _MODES.TRAIN:
                return self._train_ops(features)
            if mode == _MODES.EVAL:
                return self._evaluate_ops(features)
            return self._serving_ops(features) if is_served else self._predict_ops(features)

    def _converted(self, name, value):
        if name == _KEYS.TIMES:
            return math.cast(value, dtypes.int64)
        if name == _KEYS.VALUES:
            return math.cast(value, self.model.dtype)
        return value if name == _STATE.STATE_TUPLE else sparse.convert_to_tensor_or_sparse_tensor(value)

    def _gather_state(self, features):
        """(features with the state in one, whether it came in parts, as it is fed to exported models)."""
        numbered = {}
        for name in features:
            if found := re.fullmatch(rf"{_STATE.STATE_PREFIX}_(\d+)", name):
                numbered[int(found[1])] = name
        if not numbered:
            return features, False
        parts = [features[numbered[i]] for i in sorted(numbered)]
        others = {name: value for name, value in features.items() if name not in numbered.values()}
        others[_STATE.STATE_TUPLE] = nest.pack_sequence_as(self.model.get_start_state(), parts)
        return others, True

    def _train_ops(self, features):
        with variable_scope.variable_scope("model", use_resource=True):
            found = self.create_loss(features, _MODES.TRAIN)
        step = self.optimizer.minimize(found.loss, global_step=global_step.get_global_step())
        return model_fn.EstimatorSpec(_MODES.TRAIN, loss=found.loss, train_op=step)

    def _evaluate_ops(self, features):
        with variable_scope.variable_scope("model", use_resource=True):
            found = self.create_loss(features, _MODES.EVAL)
        measured = {name: _kept(name, value) for name, value in found.predictions.items()}
        measured[_RESULTS.TIMES] = _kept(_RESULTS.TIMES, found.prediction_times)
        parts = [_kept(f"{_RESULTS.STATE_TUPLE}_{i}", part) for i, part in enumerate(nest.flatten(found.end_state))]
        values = nest.pack_sequence_as(found.end_state, [value for value, _ in parts])
        measured[_RESULTS.STATE_TUPLE] = values, grouping.group(*[update for _, update in parts])
        measured["average_loss"] = metrics.mean(found.loss, name="average_loss")
        return model_fn.EstimatorSpec(_MODES.EVAL, found.predictions, found.loss, eval_metric_ops=measured)

    def _predict_ops(self, features):
        with variable_scope.variable_scope("model", use_resource=True):
            found = self.model.predict(features)
        return model_fn.EstimatorSpec(_MODES.PREDICT, {**found, _KEYS.TIMES: features[_KEYS.TIMES]})

    def _serving_ops(self, features):
        with variable_scope.variable_scope("model", use_resource=True):
            predicted = self.model.predict(features)
        with variable_scope.variable_scope("model", reuse=True, use_resource=True):
            filtered = self.create_loss(features, _MODES.EVAL)
            cold = self.model.define_loss({k: v for k, v in features.items() if k != _STATE.STATE_TUPLE}, _MODES.EVAL)
        labels = feature_keys.SavedModelLabels
        served = {
            labels.PREDICT: export_outputs.PredictOutput(predicted),
            labels.FILTER: export_outputs.PredictOutput(state_to_dictionary(filtered.end_state)),
            labels.COLD_START_FILTER: _NoStatePredictOutput(state_to_dictionary(cold.end_state)),
        }
        return model_fn.EstimatorSpec(_MODES.PREDICT, {}, export_outputs=served)

    def _check_predict_features(self, features, needed=(_KEYS.TIMES, _STATE.STATE_TUPLE)):
        for key in needed:
            if key not in features:
                raise ValueError(f"Expected a '{key}' feature for prediction.")
        _check_times(features[_KEYS.TIMES])
        _check_shapes(features, (_STATE.STATE_TUPLE, *[key for key in needed if key == _KEYS.VALUES]))


class OneShotPredictionHead(TimeSeriesRegressionHead):
    """A head whose exported models filter and predict in one call."""

    def _check_predict_features(self, features, needed=(_KEYS.TIMES, _KEYS.VALUES, _STATE.STATE_TUPLE)):
        super()._check_predict_features(features, needed)

    def _evaluate_ops(self, features):
        spec = super()._evaluate_ops(features)
        del spec.eval_metric_ops[_STATE.STATE_TUPLE]
        return spec

    def _serving_ops(self, features):
        length = array.shape(features[_KEYS.VALUES])[1]
        given = {k: v for k, v in features.items() if k != _STATE.STATE_TUPLE}
        past = {k: v if k == _KEYS.VALUES else v[:, :length] for k, v in given.items()}
        future = {k: v[:, length:] for k, v in given.items() if k != _KEYS.VALUES}
        with variable_scope.variable_scope("model", use_resource=True):
            future[_STATE.STATE_TUPLE] = self.model.define_loss(past, _MODES.EVAL).end_state
        with variable_scope.variable_scope("model", reuse=True, use_resource=True):
            predicted = self.model.predict(future)
        served = {feature_keys.SavedModelLabels.PREDICT: _NoStatePredictOutput(predicted)}
        return model_fn.EstimatorSpec(_MODES.PREDICT, {}, export_outputs=served)


class _NoStatePredictOutput(export_outputs.PredictOutput):
    """Predictions that need no state to be fed."""

    def as_signature_def(self, receiver_tensors):
        given = {k: v for k, v in receiver_tensors.items() if not k.startswith(_STATE.STATE_PREFIX)}
        return super().as_signature_def(given)


def state_to_dictionary(state_tuple):
    """The parts of a state by name: `model_state_00` and so on."""
    return {f"{_STATE.STATE_PREFIX}_{i:02d}": part for i, part in enumerate(nest.flatten(state_tuple))}


def _kept(name, value):
    """(value, update) of a metric that is the value of the last batch."""
    held = variable.Variable(
        array.zeros([], dtype=value.dtype), name=f"{name}_identity_metric", trainable=False,
        collections=[keys.GraphKeys.LOCAL_VARIABLES], validate_shape=False,
    )  # fmt: skip
    update = state.assign(held, value, validate_shape=False)
    return held.value(), update


def _check_times(times):
    if not times.get_shape().is_compatible_with([None, None]):
        raise ValueError(
            f"Expected shape (batch dimension, window size) for feature '{_KEYS.TIMES}' (got shape {times.get_shape()})"
        )


def _check_shapes(features, ignored):
    times = features[_KEYS.TIMES].get_shape()
    for name, value in features.items():
        shape = None if name in ignored else value.get_shape()
        if shape is None or shape.ndims is None:
            continue
        if shape.ndims < 2 or not shape[:2].is_compatible_with(times):
            raise ValueError(
                "Features must have shape (batch dimension, window size, ...) where batch dimension and window size match the "
                f"'{_KEYS.TIMES}' feature (got shape {shape} for feature '{name}' but shape {times} for '{_KEYS.TIMES}')"
            )


def _check_train_eval_features(features, model):
    for key in (_KEYS.TIMES, _KEYS.VALUES):
        if key not in features:
            raise ValueError(f"Expected a '{key}' feature for training/evaluation.")
    _check_times(features[_KEYS.TIMES])
    shape = features[_KEYS.VALUES].get_shape()
    if not shape.is_compatible_with([None, None, model.num_features]):
        raise ValueError(
            f"Expected shape (batch dimension, window size, {model.num_features}) for feature '{_KEYS.VALUES}', since the model "
            f"was configured with num_features={model.num_features} (got shape {shape})"
        )
    _check_shapes(features, (_STATE.STATE_TUPLE,))
