"""`tf.contrib.learn.Estimator`: fit, evaluate and predict, over arrays or input functions."""

from __future__ import annotations

import functools

import numpy as np

from graphflow._core import nest
from graphflow._estimator import arguments, input_results, receivers
from graphflow._estimator import estimator as core
from graphflow._estimator.learn import data_feeder
from graphflow._estimator.learn import model_fn_ops as ops_lib
from graphflow._estimator.learn import monitors as monitors_lib
from graphflow._estimator.learn import run_config as run_config_lib
from graphflow._ops import array
from graphflow._train.sessions import hooks as ready_made


class NotFittedError(ValueError, AttributeError):
    """A model was asked before it was trained."""


def _feeder(x, y, input_fn, batch_size, shuffle, epochs):
    """(an input function, hooks that feed it)."""
    if input_fn is not None:
        if x is not None or y is not None:
            raise ValueError("Can not provide both input_fn and x or y.")
        return input_fn, []
    if x is None:
        raise ValueError("Either x or input_fn must be provided.")
    made = data_feeder.DataFeeder(x, y, batch_size, shuffle, epochs)
    return made.input_fn, [ready_made.FeedFnHook(made.feed_fn)]


class _Core(core.Estimator):
    """The estimator below, that may be fed; a head may tell how its loss is reported."""

    _may_override = True
    reported_loss = None

    def _loss_metric(self, spec):
        return self.reported_loss or super()._loss_metric(spec)

    def _warn_of_endless_input(self, features):
        pass


class Trainable:
    """What can be trained: it has `model_dir` and `fit`."""


class Evaluable:
    """What can be evaluated: it has `model_dir` and `evaluate`."""


class Estimator(Trainable, Evaluable):
    """A model with its checkpoints.

    Args:
        model_fn: a function `(features, labels[, mode, params, config, model_dir])` that returns ModelFnOps, or (predictions,
            loss, training step).
        model_dir, config, params: as of `tf.estimator.Estimator`.
        feature_engineering_fn: a function `(features, labels)` put before the model.
    """

    def __init__(self, model_fn=None, model_dir=None, config=None, params=None, feature_engineering_fn=None):
        if model_fn is not None and params is not None and "params" not in arguments.names_of(model_fn):
            raise ValueError(
                f"Estimator's model_fn ({model_fn}) does not have a params argument, but params ({params}) were passed to the "
                "Estimator's constructor."
            )
        self._model_fn, self.params, self._engineer = model_fn, params, feature_engineering_fn
        self._metrics, self._labels_seen, self._is_constant = None, None, False
        if config is None:
            config = run_config_lib.RunConfig()
        self._core = _Core(self._as_spec, model_dir, config)

    def _as_spec(self, features, labels, mode, config):
        """The user's model function, for the estimator below."""
        if labels is not None:
            self._labels_seen = nest.map_structure(
                lambda t: functools.partial(array.placeholder, t.dtype, t.get_shape()), labels
            )
        elif (
            mode == ops_lib.ModeKeys.INFER and self._labels_seen is not None
        ):  # models of that time take labels in any mode
            labels = nest.map_structure(lambda make: make(), self._labels_seen)
        if self._engineer is not None:
            features, labels = self._engineer(features, labels)
        offered = {"mode": mode, "params": self.params, "config": config, "model_dir": self.model_dir}
        made = self._model_fn(features, labels, **arguments.chosen(self._model_fn, **offered))
        if not isinstance(made, ops_lib.ModelFnOps):
            if len(made) != 3:
                raise ValueError("Unrecognized value returned by model_fn, please return ModelFnOps.")
            made = ops_lib.ModelFnOps(mode, *made)
        if mode == ops_lib.ModeKeys.EVAL and self._metrics:
            made.eval_metric_ops.update(_measured(self._metrics, features, labels, made.predictions))
        self._core.reported_loss = made.eval_metric_ops.get("loss")
        self._is_constant = not input_results.ends(features)
        return made.estimator_spec()

    # -- what it is ------------------------------------------------------------------------------------------------------

    @property
    def config(self):
        """A copy of the RunConfig."""
        return self._core.config

    @property
    def model_dir(self):
        """The folder."""
        return self._core.model_dir

    def get_variable_value(self, name):
        """The value of a variable in the latest checkpoint."""
        return self._core.get_variable_value(name)

    def get_variable_names(self):
        """The names of all variables in the latest checkpoint."""
        return self._core.get_variable_names()

    def get_params(self, deep=True):
        """The arguments it was made with, as scikit-learn asks."""
        return {"model_fn": self._model_fn, "model_dir": self.model_dir, "config": self.config, "params": self.params}

    # -- what it does ----------------------------------------------------------------------------------------------------

    def fit(self, x=None, y=None, input_fn=None, steps=None, batch_size=None, monitors=None, max_steps=None):
        """Trains.

        Args:
            x, y: arrays, or dicts of arrays; or input_fn: a function that returns (features, labels).
            steps: how many steps to add; max_steps: at which to end.
            batch_size: of arrays, all rows when None.
            monitors: SessionRunHooks and monitors.

        Returns:
            itself.
        """
        if steps is not None and max_steps is not None:
            raise ValueError("Can not provide both steps and max_steps.")
        input_fn, feeding = _feeder(x, y, input_fn, batch_size, shuffle=True, epochs=None)
        hooks = monitors_lib.replace_monitors_with_hooks(monitors, self)
        self._core.train(input_fn, [*feeding, *hooks], steps=steps, max_steps=max_steps)
        return self

    def partial_fit(self, x=None, y=None, input_fn=None, steps=1, batch_size=None, monitors=None):
        """Trains on, one step unless said otherwise."""
        return self.fit(x, y, input_fn, steps, batch_size, monitors)

    def evaluate(
        self, x=None, y=None, input_fn=None, feed_fn=None, batch_size=None, steps=None, metrics=None, name=None,
        checkpoint_path=None, hooks=None, log_progress=True,
    ):  # fmt: skip
        """Evaluates.

        Args:
            x, y, input_fn, batch_size: as of `fit`; arrays are gone through once.
            feed_fn: what to feed to each batch of `input_fn`.
            steps: how many batches, all when None.
            metrics: dict name -> MetricSpec, or function (predictions, labels); (name, key of the prediction) is a name too.
            name, checkpoint_path, hooks: as of `tf.estimator.Estimator.evaluate`.

        Returns:
            dict name -> value, with `loss` and `global_step`.
        """
        if metrics is not None and not isinstance(metrics, dict):
            raise ValueError(f"Metrics argument should be None or dict. Got {metrics}.")
        if not self._core.latest_checkpoint() and checkpoint_path is None:
            raise NotFittedError(f"Couldn't find trained model at {self.model_dir}.")
        input_fn, feeding = _feeder(x, y, input_fn, batch_size, shuffle=False, epochs=1)
        if feed_fn is not None:
            feeding = [ready_made.FeedFnHook(feed_fn)]
        self._metrics = metrics
        try:
            return self._core.evaluate(input_fn, steps, [*feeding, *(hooks or ())], checkpoint_path, name)
        finally:
            self._metrics = None

    def predict(
        self, x=None, input_fn=None, batch_size=None, outputs=None, as_iterable=True, iterate_batches=False
    ):  # fmt: skip
        """Predictions.

        Args:
            x, input_fn, batch_size: as of `evaluate`.
            outputs: the keys of those that are wanted.
            as_iterable: False gives one array, or dict of arrays, of the first batch.
            iterate_batches: yields batches in place of examples.
        """
        if not self._core.latest_checkpoint():
            raise NotFittedError(f"Couldn't find trained model at {self.model_dir}.")
        input_fn, feeding = _feeder(x, None, input_fn, batch_size, shuffle=False, epochs=1)
        batches = self._batches(input_fn, feeding, outputs)
        if not as_iterable:
            return next(batches)
        return batches if iterate_batches else _examples(batches)

    def _batches(self, input_fn, feeding, outputs):
        def both(result=input_fn):
            found = result()
            return found if isinstance(found, (list, tuple)) else (found, None)

        for found in self._core.predict(both, outputs, feeding, yield_single_examples=False):
            yield found
            if self._is_constant and not feeding:
                return

    def export_savedmodel(
        self, export_dir_base, serving_input_fn, default_output_alternative_key=None, assets_extra=None, as_text=False,
        checkpoint_path=None, graph_rewrite_specs=(), strip_default_attrs=False,
    ):  # fmt: skip
        """As of `tf.estimator.Estimator`; what `serving_input_fn` returns has `features`, and `inputs` or `receiver_tensors`."""
        if serving_input_fn is None:
            raise ValueError("serving_input_fn must be defined.")

        def receiver():
            found = serving_input_fn()
            if hasattr(found, "receiver_tensors"):
                return found
            return receivers.ServingInputReceiver(found.features, found.inputs)

        return self._core.export_savedmodel(
            export_dir_base, receiver, assets_extra, as_text, checkpoint_path, strip_default_attrs
        )


def _examples(batches):
    for found in batches:
        if isinstance(found, dict):
            for i in range(len(next(iter(found.values())))):
                yield {key: value[i] for key, value in found.items()}
        else:
            yield from found


def _measured(metrics, features, labels, predictions):
    """dict name -> (value, update) of metrics that a user gave."""
    found = {}
    for name, metric in metrics.items():
        if isinstance(metric, MetricSpec):
            found[name] = metric.create_metric_ops(features, labels, predictions)
        elif isinstance(name, tuple):
            found[name[0]] = metric(predictions[name[1]], labels)
        else:
            found[name] = metric(predictions, labels)
    return found


class MetricSpec:
    """A metric of one prediction and one label.

    Args:
        metric_fn: a function `(predictions, labels[, weights])`; labels and weights may have other names.
        prediction_key, label_key, weight_key: which of several; weights are a feature.
    """

    def __init__(self, metric_fn, prediction_key=None, label_key=None, weight_key=None):
        self.metric_fn, self.prediction_key = metric_fn, prediction_key
        self.label_key, self.weight_key = label_key, weight_key

    def create_metric_ops(self, inputs, labels, predictions):
        """(value, update)."""
        given = {
            "predictions": _picked(predictions, self.prediction_key, "prediction"),
            "labels": _picked(labels, self.label_key, "label"),
        }
        if self.weight_key:
            given["weights"] = inputs[self.weight_key]
        names = arguments.names_of(self.metric_fn)
        if {"predictions", "labels"} <= set(names):
            return self.metric_fn(**given)
        return self.metric_fn(*given.values())


def _picked(given, key, what):
    if not isinstance(given, dict):
        return given
    if key is not None:
        return given[key]
    if len(given) != 1:
        raise ValueError(
            f"MetricSpec without specified {what}_key requires {what}s tensor or single element dict, got {given}"
        )
    return next(iter(given.values()))


class SKCompat:
    """An Estimator with the methods of scikit-learn."""

    def __init__(self, estimator):
        self._estimator = estimator

    def fit(self, x, y, batch_size=128, steps=None, max_steps=None, monitors=None):
        """Trains on arrays; returns itself."""
        self._estimator.fit(x, y, steps=steps, batch_size=batch_size, monitors=monitors, max_steps=max_steps)
        return self

    def score(self, x, y, batch_size=128, steps=None, metrics=None, name=None):
        """The metrics on arrays."""
        return self._estimator.evaluate(x, y, batch_size=batch_size, steps=steps, metrics=metrics, name=name)

    def predict(self, x, batch_size=128, outputs=None):
        """Predictions for all rows: an array, or a dict of arrays."""
        # The method of the base: a classifier's own gives classes alone.
        found = list(
            Estimator.predict(self._estimator, x, batch_size=batch_size, outputs=outputs, iterate_batches=True)
        )
        if isinstance(found[0], dict):
            return {key: np.concatenate([one[key] for one in found]) for key in found[0]}
        return np.concatenate(found)
