"""What models of time series have in common."""

from __future__ import annotations

import collections

import numpy as np

from graphflow._core import dtypes, nest
from graphflow._estimator.timeseries import feature_keys
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._layers.feature_columns import layers
from graphflow._ops import (
    array,
    choosing,
    compare,
    joining,
    math,
    parsing,
    rearrange,
    reduce,
    tensor_array,
    unary,
    variable_scope,
    while_loop,
)  # fmt: skip

_KEYS = feature_keys.TrainEvalFeatures
ModelOutputs = collections.namedtuple("ModelOutputs", ["loss", "end_state", "predictions", "prediction_times"])


class TimeSeriesModel:
    """A model of a time series; a kind of it defines `get_start_state`, `get_batch_loss` and `predict`.

    Args:
        num_features: how many numbers an observation has.
        exogenous_feature_columns: columns of features that are known beforehand, future ones too.
        dtype: of the numbers.
    """

    def __init__(self, num_features, exogenous_feature_columns=None, dtype=dtypes.float32):
        self._exogenous_feature_columns = exogenous_feature_columns or []
        self.num_features, self.dtype = num_features, dtype
        self._input_statistics, self._graph_initialized = None, False
        self._stats_means = self._stats_sigmas = None

    exogenous_feature_columns = property(lambda self: self._exogenous_feature_columns, doc="The columns.")

    def get_start_state(self):
        """The state before the first observation: a structure of tensors without a batch."""
        raise NotImplementedError("Calling an abstract method: a model defines `get_start_state`.")

    def get_batch_loss(self, features, mode, state):
        """The ModelOutputs of chunks of series, `features` being `[batch, time, ...]`, from a state of each."""
        raise NotImplementedError("Calling an abstract method: a model defines `get_batch_loss`.")

    def predict(self, features):
        """dict name -> `[batch, time, ...]` for the times and the state in `features`."""
        raise NotImplementedError("Calling an abstract method: a model defines `predict`.")

    def generate(self, number_of_series, series_length, model_parameters=None, seed=None):
        """Refused: models of this package do not draw series."""
        raise NotImplementedError("This model does not support generation: draw series with NumPy.")

    def initialize_graph(self, input_statistics=None):
        """Makes what belongs to a graph, before other methods are called."""
        self._graph_initialized, self._input_statistics = True, input_statistics
        if input_statistics is not None:
            self._stats_means, variances = input_statistics.overall_feature_moments
            self._stats_sigmas = unary.sqrt(variances)

    def define_loss(self, features, mode):
        """`get_batch_loss` from the start state."""
        if not self._graph_initialized:
            raise ValueError(
                "TimeSeriesModels require initialize_graph() to be called before use. This defines variables and ops in the "
                "default graph, and allows Tensor-valued input statistics to be specified."
            )
        number = array.shape(features[_KEYS.TIMES])[0]
        return self.get_batch_loss(features, mode, replicate_state(self.get_start_state(), number))

    # -- numbers about 0, of variance 1 ----------------------------------------------------------------------------------

    def _scale_data(self, data):
        return data if self._input_statistics is None else (data - self._stats_means) / self._stats_sigmas

    def _scale_variance(self, variance):
        known = self._input_statistics
        return variance if known is None else variance / known.overall_feature_moments.variance

    def _scale_back_data(self, data):
        return data if self._input_statistics is None else data * self._stats_sigmas + self._stats_means

    def _scale_back_variance(self, variance):
        known = self._input_statistics
        return variance if known is None else variance * known.overall_feature_moments.variance

    # -- exogenous features ----------------------------------------------------------------------------------------------

    def _get_exogenous_embedding_shape(self):
        if not self._exogenous_feature_columns:
            return (0,)
        with graph_lib.Graph().as_default():
            texts = array.placeholder(shape=[None], dtype=dtypes.string)
            spec = layers.make_parse_example_spec(self._exogenous_feature_columns)
            given = parsing.parse_example(serialized=texts, features=spec)
            return layers.input_layer(given, self._exogenous_feature_columns).get_shape().as_list()[1:]

    def _process_exogenous_features(self, times, features):
        """`[batch, time, numbers]` of the columns, or None without them."""
        if not self._exogenous_feature_columns:
            return None
        flat = {}
        for name, given in features.items():
            if given.get_shape().ndims is None:
                raise ValueError(
                    f"Features with unknown rank are not supported. Got {given.get_shape()} for feature {name}."
                )
            sizes = array.shape(given)
            rows = array.reshape(given, array.concat([[sizes[0] * sizes[1]], sizes[2:]], 0))
            is_vector = rows.get_shape().ndims == 1 and rows.dtype != dtypes.string
            flat[name] = array.expand_dims(rows, 1) if is_vector else rows
        made = layers.input_layer(flat, self._exogenous_feature_columns)
        steps = array.reshape(made, array.concat([array.shape(times), array.shape(made)[1:]], 0))
        steps.set_shape([*times.get_shape().as_list(), *made.get_shape().as_list()[1:]])
        return math.cast(steps, self.dtype)


class SequentialTimeSeriesModel(TimeSeriesModel):
    """A model that goes through a series step by step.

    A kind of it defines, for one time of each series of a batch, `_prediction_step(current_times, state)` and
    `_filtering_step(current_times, current_values, state, predictions)`, which give (state, dict of outputs), and
    `_imputation_step(current_times, state)` and `_exogenous_input_step(current_times, current_exogenous_regressors, state)`,
    which give a state.

    Args:
        train_output_names, predict_output_names: the keys of the outputs of the first two but "loss".
        num_features, dtype, exogenous_feature_columns: as of TimeSeriesModel.
        normalize_features: whether values are scaled; `_scale_back_predictions` must be defined then.
        exogenous_update_condition: a function `(times, features)` that tells for which series the exogenous step counts.
        static_unrolling_window_size_threshold: windows up to this length are unrolled and not looped over.
    """

    def __init__(
        self, train_output_names, predict_output_names, num_features, normalize_features=False, dtype=dtypes.float32,
        exogenous_feature_columns=None, exogenous_update_condition=None, static_unrolling_window_size_threshold=None,
    ):  # fmt: skip
        super().__init__(num_features, exogenous_feature_columns, dtype)
        self._train_output_names, self._predict_output_names = train_output_names, predict_output_names
        self._normalize_features, self._exogenous_update_condition = normalize_features, exogenous_update_condition
        self._unrolled = static_unrolling_window_size_threshold or 0

    def _scale_back_predictions(self, predictions):
        raise NotImplementedError(
            "SequentialTimeSeriesModel normalized input data (normalize_features=True), but no method was provided to transform "
            "the predictions back to the input scale."
        )

    def _filtering_step(self, current_times, current_values, state, predictions):
        raise NotImplementedError("Calling an abstract method: a sequential model defines `_filtering_step`.")

    def _prediction_step(self, current_times, state):
        raise NotImplementedError("Calling an abstract method: a sequential model defines `_prediction_step`.")

    def _imputation_step(self, current_times, state):
        raise NotImplementedError("Calling an abstract method: a sequential model defines `_imputation_step`.")

    def _exogenous_input_step(self, current_times, current_exogenous_regressors, state):
        raise NotImplementedError("Calling an abstract method: a sequential model defines `_exogenous_input_step`.")

    def _loss_additions(self, times, values, mode):
        """What is added to the loss."""
        return 0.0

    def _window_initializer(self, times, state):
        """Called before the steps of a window."""

    def _begin_step(self, number):
        """Called before each step."""

    def get_batch_loss(self, features, mode, state):
        loss, states, outputs = self.per_step_batch_loss(features, mode, state)
        outputs["observed"] = features[_KEYS.VALUES]
        last = nest.map_structure(lambda part: part[:, -1], states)
        return ModelOutputs(loss, last, outputs, features[_KEYS.TIMES])

    def per_step_batch_loss(self, features, mode, state):
        """(loss by observation, the states after all steps `[batch, time, ...]`, dict of outputs `[batch, time, ...]`)."""
        times, values = math.cast(features[_KEYS.TIMES], dtypes.int64), math.cast(features[_KEYS.VALUES], self.dtype)
        if self._normalize_features:
            values = self._scale_data(values)
        exogenous = self._process_exogenous_features(times, _others(features))

        def step(number, now, state):
            state = self._with_exogenous(number, now, state, features, exogenous)
            predicted, predictions = self._prediction_step(current_times=now, state=state)
            return self._filtering_step(
                current_times=now, current_values=values[:, number, :], state=predicted, predictions=predictions
            )

        states, outputs = self._loop(times, state, step, ["loss", *self._train_output_names])
        losses = outputs.pop("loss")
        losses.set_shape(times.get_shape())
        number = math.cast(reduce.reduce_prod(array.shape(times)), self.dtype)
        loss = reduce.reduce_sum(losses) / number + self._loss_additions(times, values, mode)
        return loss, states, self._scale_back_predictions(outputs) if self._normalize_features else outputs

    def predict(self, features):
        times = math.cast(build.convert_to_tensor(features[_KEYS.TIMES]), dtypes.int64)
        exogenous = self._process_exogenous_features(times, _others(features))
        start = nest.map_structure(build.convert_to_tensor, features[feature_keys.State.STATE_TUPLE])

        def step(number, now, state):
            state = self._with_exogenous(number, now, state, features, exogenous)
            return self._prediction_step(current_times=now, state=state)

        _, found = self._loop(times, start, step, self._predict_output_names)
        return self._scale_back_predictions(found) if self._normalize_features else found

    def _with_exogenous(self, number, now, state, features, exogenous):
        if exogenous is None:
            return state
        new = self._exogenous_input_step(
            current_times=now, current_exogenous_regressors=exogenous[:, number, :], state=state
        )
        if self._exogenous_update_condition is None:
            return new
        given = {key: value[:, number] for key, value in _others(features).items()}
        counts = self._exogenous_update_condition(times=now, features=given)
        return nest.map_structure(lambda a, b: choosing.where(counts, a, b), new, state)

    def _loop(self, times, state, step, names):
        """(the states after all steps, dict of the outputs of all steps), `[batch, time, ...]`."""
        self._window_initializer(times, state)
        known = times.get_shape()[1].value

        def advance(number, state, reuse=False):
            with variable_scope.variable_scope("state_update_step", reuse=reuse):
                now = times[:, number]
                self._begin_step(number)
                new, outputs = step(number, now, self._imputation_step(current_times=now, state=state))
            if set(outputs) != set(names):
                raise ValueError(f"A step gave the outputs {sorted(outputs)}, and {sorted(names)} were announced")
            parts = nest.flatten(new)
            for part, before in zip(parts, nest.flatten(state), strict=True):
                part.set_shape(before.get_shape())
            return nest.pack_sequence_as(state, parts), [*parts, *(outputs[name] for name in names)]

        if known is not None and known <= self._unrolled:
            kept = []
            for number in range(known):
                state, found = advance(number, state, reuse=number > 0)
                kept.append(found)
            stacked = [joining.stack(list(parts), axis=1) for parts in zip(*kept, strict=True)]
        else:
            size = array.shape(times)[1]
            types = [*(part.dtype for part in nest.flatten(state)), *[self.dtype] * len(names)]
            arrays = [tensor_array.TensorArray(dtype=dtype, size=size) for dtype in types]

            def body(number, state, arrays):
                state, found = advance(number, state)
                return number + 1, state, [one.write(number, value) for one, value in zip(arrays, found, strict=True)]

            _, _, arrays = while_loop.while_loop(
                lambda number, *_: compare.less(number, size), body, [build.constant(0), state, arrays]
            )
            stacked = []
            for one in arrays:
                steps = one.stack()
                rest = list(range(2, len(steps.get_shape())))
                stacked.append(rearrange.transpose(steps, [1, 0, *rest]))
        count = len(stacked) - len(names)
        return nest.pack_sequence_as(state, stacked[:count]), dict(zip(names, stacked[count:], strict=True))


def _others(features):
    """The features that are neither times, nor values, nor a state."""
    named = (_KEYS.TIMES, _KEYS.VALUES, feature_keys.State.STATE_TUPLE)
    return {key: value for key, value in features.items() if key not in named}


def replicate_state(start_state, batch_size):
    """A state for each series of a batch."""

    def each(part):
        ones = np.ones([len(part.get_shape())], np.int32)
        return rearrange.tile(array.expand_dims(part, 0), array.concat([array.expand_dims(batch_size, 0), ones], 0))

    return nest.map_structure(each, start_state)
