"""Estimators of time series."""

from __future__ import annotations

import functools

import numpy as np

from graphflow._core import dtypes, errors, nest
from graphflow._estimator import estimator, receivers
from graphflow._estimator.timeseries import ar_model, feature_keys, heads, state_management, statistics, structural
from graphflow._graph import graph as graph_lib
from graphflow._graph import static_value
from graphflow._layers.feature_columns import layers
from graphflow._ops import array, features, parsing, rearrange
from graphflow._train import adagrad, adam

_KEYS = feature_keys.TrainEvalFeatures


class TimeSeriesRegressor(estimator.Estimator):
    """An estimator of a model of a time series.

    Args:
        model: a TimeSeriesModel.
        state_manager: where chunks of a series start from; by the kind of model when None.
        optimizer: an Optimizer; Adam with rate 0.02 when None.
        model_dir, config: as of Estimator.
        head_type: TimeSeriesRegressionHead or OneShotPredictionHead.
    """

    def __init__(
        self,
        model,
        state_manager=None,
        optimizer=None,
        model_dir=None,
        config=None,
        head_type=heads.TimeSeriesRegressionHead,
    ):
        if state_manager is None:
            is_ar = isinstance(model, ar_model.ARModel)
            state_manager = (
                state_management.FilteringOnlyStateManager() if is_ar else state_management.PassthroughStateManager()
            )
        known = statistics.InputStatisticsFromMiniBatch(model.num_features, model.dtype)
        self._model = model
        head = head_type(
            model=model, state_manager=state_manager, optimizer=optimizer or adam.AdamOptimizer(0.02),
            input_statistics_generator=known,
        )  # fmt: skip
        super().__init__(head.create_estimator_spec, model_dir, config)

    def _state_placeholders(self, batch_size, static_batch_size=None):
        """Placeholders for the parts of the state, by name; the start state unless they are fed."""
        with graph_lib.Graph().as_default():
            self._model.initialize_graph()
            start = nest.map_structure(
                lambda part: np.asarray(static_value.constant_value(array.zeros_like(part))),
                self._model.get_start_state(),
            )
        made = {}
        for name, part in heads.state_to_dictionary(start).items():
            ones = np.ones([part.ndim], np.int32)
            every = rearrange.tile(part[None], array.concat([array.expand_dims(batch_size, 0), ones], 0))
            made[name] = array.placeholder_with_default(every, (static_batch_size, *part.shape), name=name)
        return made

    def _exogenous_spec(self):
        columns = self._model.exogenous_feature_columns
        return layers.make_parse_example_spec(columns) if columns else {}

    def build_raw_serving_input_receiver_fn(self, default_batch_size=None, default_series_length=None):
        """A function for `export_savedmodel` whose model is fed tensors.

        Args:
            default_batch_size, default_series_length: ints, or None where they vary.
        """

        def receive():
            size, length = default_batch_size, default_series_length
            made = {_KEYS.TIMES: array.placeholder(dtypes.int64, [size, length], name=_KEYS.TIMES)}
            numbers = self._model.num_features
            none = array.zeros([size or 0, length or 0, numbers], dtype=self._model.dtype)
            made[_KEYS.VALUES] = array.placeholder_with_default(none, (size, length, numbers), name=_KEYS.VALUES)
            for key, spec in self._exogenous_spec().items():
                rest = spec.shape if isinstance(spec, features.FixedLenFeature) else ()
                made[key] = array.placeholder(spec.dtype, [size, length, *rest], name=key)
            made.update(self._state_placeholders(array.shape(made[_KEYS.TIMES])[0], size))
            return receivers.ServingInputReceiver(made, made)

        return receive

    def build_one_shot_parsing_serving_input_receiver_fn(
        self, filtering_length, prediction_length, default_batch_size=None, values_input_dtype=None, truncate_values=False
    ):  # fmt: skip
        """A function for `export_savedmodel` whose model is fed serialized Examples, for OneShotPredictionHead.

        Args:
            filtering_length, prediction_length: how many observations are given, and how many are predicted.
            default_batch_size: int, or None where it varies.
            values_input_dtype: of the observations, float32 when None.
            truncate_values: whether there are values for the prediction's times too, to be left aside.
        """
        length = filtering_length + prediction_length
        known = length if truncate_values else filtering_length

        def receive():
            spec = {
                _KEYS.TIMES: features.FixedLenFeature((length,), dtypes.int64),
                _KEYS.VALUES: features.FixedLenFeature(
                    (known, self._model.num_features), values_input_dtype or dtypes.float32
                ),
            }
            for key, one in self._exogenous_spec().items():
                if isinstance(one, features.FixedLenFeature):
                    spec[key] = one._replace(shape=(length, *one.shape))
                elif one.dtype == dtypes.string:
                    spec[key] = features.FixedLenFeature((length,), dtypes.string)
                else:
                    raise ValueError(f"VarLenFeatures not supported, got {one} for key {key}")
            texts = array.placeholder(dtypes.string, [default_batch_size], name="input")
            made = parsing.parse_example(serialized=texts, features=spec)
            made[_KEYS.VALUES] = made[_KEYS.VALUES][:, :filtering_length]
            made.update(self._state_placeholders(array.shape(made[_KEYS.TIMES])[0], default_batch_size))
            return receivers.ServingInputReceiver(made, {"examples": texts})

        return receive


class ARRegressor(TimeSeriesRegressor):
    """An autoregressive model as an estimator.

    Args:
        periodicities, input_window_size, output_window_size, num_features, exogenous_feature_columns, num_time_buckets, loss: as
            of ARModel.
        hidden_layer_sizes: of relu layers between.
        anomaly_prior_probability, anomaly_distribution: as of AnomalyMixtureARModel; no anomalies when None.
        optimizer: an Optimizer; Adagrad with rate 0.1 when None.
        model_dir, config: as of Estimator.

    Raises:
        ValueError: anomalies with the squared loss, or a distribution of them without a probability.
    """

    def __init__(
        self, periodicities, input_window_size, output_window_size, num_features, exogenous_feature_columns=None,
        num_time_buckets=10, loss=ar_model.ARModel.NORMAL_LIKELIHOOD_LOSS, hidden_layer_sizes=None,
        anomaly_prior_probability=None, anomaly_distribution=None, optimizer=None, model_dir=None, config=None,
    ):  # fmt: skip
        given = {
            "periodicities": periodicities, "input_window_size": input_window_size, "output_window_size": output_window_size,
            "num_features": num_features, "num_time_buckets": num_time_buckets,
            "exogenous_feature_columns": exogenous_feature_columns,
            "prediction_model_factory": functools.partial(
                ar_model.FlatPredictionModel, hidden_layer_sizes=hidden_layer_sizes
            ),
        }  # fmt: skip
        if anomaly_prior_probability is None:
            if anomaly_distribution is not None:
                raise ValueError("anomaly_prior_probability is required if anomaly_distribution is specified.")
            made = ar_model.ARModel(loss=loss, **given)
        else:
            if loss != ar_model.ARModel.NORMAL_LIKELIHOOD_LOSS:
                raise ValueError(
                    "AnomalyMixtureARModel only supports ar_model.ARModel.NORMAL_LIKELIHOOD_LOSS for its loss argument."
                )
            made = ar_model.AnomalyMixtureARModel(
                anomaly_prior_probability=anomaly_prior_probability,
                anomaly_distribution=anomaly_distribution or ar_model.AnomalyMixtureARModel.GAUSSIAN_ANOMALY, **given,
            )  # fmt: skip
        manager, optimizer = state_management.FilteringOnlyStateManager(), optimizer or adagrad.AdagradOptimizer(0.1)
        super().__init__(made, manager, optimizer, model_dir, config)


class StructuralEnsembleRegressor(TimeSeriesRegressor):
    """A level with a slope, cycles and a moving average, added up, as an estimator.

    Args:
        periodicities, num_features, cycle_num_latent_values, moving_average_order, autoregressive_order, dtype,
            exogenous_feature_columns, exogenous_update_condition: as of `structural.StructuralEnsemble`.
        anomaly_prior_probability: refused: filtering here takes all observations as they are.
        optimizer: an Optimizer; Adam with rate 0.02 when None.
        model_dir, config, head_type: as of TimeSeriesRegressor.

    Raises:
        UnimplementedError: `anomaly_prior_probability` is given.
    """

    def __init__(
        self, periodicities, num_features, cycle_num_latent_values=11, moving_average_order=4, autoregressive_order=0,
        exogenous_feature_columns=None, exogenous_update_condition=None, dtype=dtypes.float64, anomaly_prior_probability=None,
        optimizer=None, model_dir=None, config=None, head_type=heads.TimeSeriesRegressionHead,
    ):  # fmt: skip
        if anomaly_prior_probability is not None:
            raise errors.UnimplementedError(
                None, None,
                "StructuralEnsembleRegressor with anomaly_prior_probability is not built: leave the argument out, or take "
                "ARRegressor, which has it",
            )  # fmt: skip
        made = structural.StructuralEnsemble(
            periodicities, num_features, cycle_num_latent_values, moving_average_order, autoregressive_order, dtype,
            exogenous_feature_columns, exogenous_update_condition,
        )  # fmt: skip
        manager = state_management.ChainingStateManager()
        super().__init__(made, manager, optimizer, model_dir, config, head_type)
