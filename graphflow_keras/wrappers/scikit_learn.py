"""Keras models as estimators of scikit-learn."""

import copy
import sys
import types

import numpy as np

from graphflow_keras.models import Sequential
from graphflow_keras.utils.generic_utils import has_arg, to_list
from graphflow_keras.utils.np_utils import to_categorical


class BaseWrapper:
    """What the classifier and the regressor share.

    Args:
        build_fn: a function, or an object with `__call__`, that returns a compiled model; None when a subclass has a
            `__call__` of its own for that.
        sk_params: arguments of `build_fn`, and of the model's `fit`, `predict` and `evaluate`; a search may tune all of them.

    Raises:
        ValueError: a parameter that none of these takes.
    """

    def __init__(self, build_fn=None, **sk_params):
        self.build_fn = build_fn
        self.sk_params = sk_params
        self.check_params(sk_params)

    _estimator_type = None

    def __sklearn_tags__(self):
        """What scikit-learn from version 1.6 on asks an estimator; it is there when it asks."""
        utils = sys.modules["sklearn.utils"]
        return utils.Tags(
            estimator_type=self._estimator_type,
            target_tags=utils.TargetTags(required=True),
            classifier_tags=utils.ClassifierTags() if self._estimator_type == "classifier" else None,
            regressor_tags=utils.RegressorTags() if self._estimator_type == "regressor" else None,
        )

    def _builder(self):
        """What is called for a model."""
        return self.__call__ if self.build_fn is None else self.build_fn

    def _builder_signature(self):
        builder = self._builder()
        return builder if isinstance(builder, types.FunctionType | types.MethodType) else builder.__call__

    def check_params(self, params):
        """Refuses parameters that nothing takes.

        Raises:
            ValueError: there is one.
        """
        takers = [
            Sequential.fit,
            Sequential.predict,
            Sequential.predict_classes,
            Sequential.evaluate,
            self._builder_signature(),
        ]
        for name in params:
            if name != "nb_epoch" and not any(has_arg(fn, name) for fn in takers):
                raise ValueError(f"{name} is not a legal parameter")

    def get_params(self, **params):
        """All parameters with their values; the arguments are ignored."""
        return {**copy.deepcopy(self.sk_params), "build_fn": self.build_fn}

    def set_params(self, **params):
        """Changes parameters; returns the estimator.

        Raises:
            ValueError: an unknown one.
        """
        params = dict(params)
        if "build_fn" in params:
            self.build_fn = params.pop("build_fn")
        self.check_params(params)
        self.sk_params.update(params)
        return self

    def fit(self, x, y, **kwargs):
        """Builds a new model and trains it.

        Args:
            x: `[samples, ...]`. y: `[samples]` or `[samples, outputs]`. kwargs: arguments of `Sequential.fit`.

        Returns:
            a History.
        """
        self.model = self._builder()(**self.filter_sk_params(self._builder_signature()))
        y = self._one_hot(np.asarray(y))
        return self.model.fit(x, y, **{**copy.deepcopy(self.filter_sk_params(Sequential.fit)), **kwargs})

    def _one_hot(self, y):
        """Class numbers as rows of zeros and a one where the loss wants that."""
        loss = self.model.loss
        name = getattr(loss, "__name__", loss)
        return to_categorical(y) if name == "categorical_crossentropy" and y.ndim != 2 else y

    def filter_sk_params(self, fn, override=None):
        """Those of the parameters that `fn` takes, with `override` over them."""
        return {**{k: v for k, v in self.sk_params.items() if has_arg(fn, k)}, **(override or {})}


class KerasClassifier(BaseWrapper):
    """A classifier; its classes may have any labels."""

    _estimator_type = "classifier"

    def fit(self, x, y, sample_weight=None, **kwargs):
        """Builds a new model and trains it on the numbers of the classes.

        Raises:
            ValueError: `y` has more than two axes.
        """
        y = np.array(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
        elif y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1):
            self.classes_ = np.unique(y)
            y = np.searchsorted(self.classes_, y)
        else:
            raise ValueError(f"Invalid shape for y: {y.shape}")
        self.n_classes_ = len(self.classes_)
        if sample_weight is not None:
            kwargs["sample_weight"] = sample_weight
        return super().fit(x, y, **kwargs)

    def predict(self, x, **kwargs):
        """The label of each sample: `[samples]`, or `[samples, 1]` for a model with one output."""
        proba = self.model.predict(x, **self.filter_sk_params(Sequential.predict_classes, kwargs))
        return self.classes_[proba.argmax(axis=-1) if proba.shape[-1] > 1 else (proba > 0.5).astype("int32")]

    def predict_proba(self, x, **kwargs):
        """The probability of each class: `[samples, classes]`, two columns for a model with one output."""
        probs = self.model.predict(x, **self.filter_sk_params(Sequential.predict_proba, kwargs))
        return np.hstack([1 - probs, probs]) if probs.shape[1] == 1 else probs

    def score(self, x, y, **kwargs):
        """The accuracy.

        Raises:
            ValueError: the model was not compiled with `metrics=['accuracy']`.
        """
        y = self._one_hot(np.searchsorted(self.classes_, y))
        values = to_list(self.model.evaluate(x, y, **self.filter_sk_params(Sequential.evaluate, kwargs)))
        for name, value in zip(self.model.metrics_names, values):
            if name in ("acc", "accuracy"):
                return value
        raise ValueError(
            'The model is not configured to compute accuracy. You should pass `metrics=["accuracy"]` to the '
            "`model.compile()` method."
        )


class KerasRegressor(BaseWrapper):
    """A regressor."""

    _estimator_type = "regressor"

    def predict(self, x, **kwargs):
        """The predicted values, without axes of length one."""
        return np.squeeze(self.model.predict(x, **self.filter_sk_params(Sequential.predict, kwargs)))

    def score(self, x, y, **kwargs):
        """The negative loss, so that more is better."""
        return -to_list(self.model.evaluate(x, y, **self.filter_sk_params(Sequential.evaluate, kwargs)))[0]
