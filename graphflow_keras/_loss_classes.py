"""Losses as objects: a function, and how its values become the one number that is minimized."""

import contextlib

import graphflow as tf
from graphflow_keras import _loss_functions as functions
from graphflow_keras import _weighting
from graphflow_keras import backend as K
from graphflow_keras.backend import _session


class Reduction:
    """What becomes of the losses of a batch.

    `AUTO` is `SUM_OVER_BATCH_SIZE`: their weighted sum by their number. `NONE` leaves them as they are.
    """

    AUTO = "auto"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"

    @classmethod
    def all(cls):
        """All of them."""
        return cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE

    @classmethod
    def validate(cls, key):
        """Refuses what is no reduction.

        Raises:
            ValueError: `key` is none.
        """
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key {key}. Expected one of {', '.join(cls.all())}.")


def joined_graph(*values):
    """A context in which values that belong to models beside eager execution are computed with."""
    joins = any(map(_session.of_models_beside_eager, tf.nest.flatten(values)))
    return _session.symbolic_graph() if joins else contextlib.nullcontext()


def reduced(losses, reduction):
    """Losses that were weighted already as one number, or with `NONE` as they are."""
    if reduction == Reduction.NONE:
        return losses
    total = tf.reduce_sum(losses)
    return total if reduction == Reduction.SUM else tf.div_no_nan(total, tf.cast(tf.size(losses), losses.dtype))


class Loss:
    """The base of losses: a subclass defines `call(y_true, y_pred)`, one number for each sample or entry.

    Args:
        reduction: one of `Reduction`.
        name: str, the name scope of its operations.

    Raises:
        ValueError: another reduction.
    """

    def __init__(self, reduction=Reduction.AUTO, name=None):
        Reduction.validate(reduction)
        self.reduction = reduction
        self.name = name

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The loss.

        Args:
            y_true, y_pred: `[batch, ...]`.
            sample_weight: a number, or of a shape that broadcasts to that of what `call` returns.

        Returns:
            a scalar; with `Reduction.NONE` what `call` returned, weighted.

        Raises:
            ValueError: weights of another shape.
        """
        scope = "lambda" if self.name == "<lambda>" else self.name
        with joined_graph(y_true, y_pred, sample_weight), K.name_scope(scope or type(self).__name__):
            losses = tf.convert_to_tensor(self.call(y_true, y_pred))
            with K.name_scope("weighted_loss"):
                values = tf.cast(losses, "float32")
                if sample_weight is not None:
                    values *= _weighting.broadcast(tf.cast(sample_weight, "float32"), values)
                return tf.cast(reduced(values, self.reduction), losses.dtype)

    def call(self, y_true, y_pred):
        """One number for each sample or entry; a subclass defines it.

        Raises:
            NotImplementedError: it does not.
        """
        raise NotImplementedError(f"{type(self).__name__} must define call(y_true, y_pred): what it costs to be wrong")

    def get_config(self):
        """The constructor's arguments."""
        return {"reduction": self.reduction, "name": self.name}

    @classmethod
    def from_config(cls, config):
        """The loss for what `get_config` gave."""
        return cls(**config)


class LossFunctionWrapper(Loss):
    """A loss from a function of `(y_true, y_pred)` and further arguments.

    Args:
        fn: the function.
        reduction, name: as for `Loss`.
        **kwargs: handed to the function at each call.
    """

    def __init__(self, fn, reduction=Reduction.AUTO, name=None, **kwargs):
        super().__init__(reduction=reduction, name=name)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true, y_pred):
        """What the function returns."""
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self):
        """The constructor's arguments; those of the function as plain numbers."""
        options = {key: K.eval(value) if K.is_tensor(value) else value for key, value in self._fn_kwargs.items()}
        return {**super().get_config(), **options}


class MeanSquaredError(LossFunctionWrapper):
    """`mean_squared_error` as an object."""

    def __init__(self, reduction=Reduction.AUTO, name="mean_squared_error"):
        super().__init__(functions.mean_squared_error, reduction, name)


class MeanAbsoluteError(LossFunctionWrapper):
    """`mean_absolute_error` as an object."""

    def __init__(self, reduction=Reduction.AUTO, name="mean_absolute_error"):
        super().__init__(functions.mean_absolute_error, reduction, name)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """`mean_absolute_percentage_error` as an object."""

    def __init__(self, reduction=Reduction.AUTO, name="mean_absolute_percentage_error"):
        super().__init__(functions.mean_absolute_percentage_error, reduction, name)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """`mean_squared_logarithmic_error` as an object."""

    def __init__(self, reduction=Reduction.AUTO, name="mean_squared_logarithmic_error"):
        super().__init__(functions.mean_squared_logarithmic_error, reduction, name)


class BinaryCrossentropy(LossFunctionWrapper):
    """`binary_crossentropy` as an object."""

    def __init__(self, from_logits=False, label_smoothing=0, reduction=Reduction.AUTO, name="binary_crossentropy"):
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing}
        super().__init__(functions.binary_crossentropy, reduction, name, **options)
        self.from_logits = from_logits


class CategoricalCrossentropy(LossFunctionWrapper):
    """`categorical_crossentropy` as an object."""

    def __init__(self, from_logits=False, label_smoothing=0, reduction=Reduction.AUTO, name="categorical_crossentropy"):
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing}
        super().__init__(functions.categorical_crossentropy, reduction, name, **options)


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """`sparse_categorical_crossentropy` as an object."""

    def __init__(self, from_logits=False, reduction=Reduction.AUTO, name="sparse_categorical_crossentropy"):
        super().__init__(functions.sparse_categorical_crossentropy, reduction, name, from_logits=from_logits)


class Hinge(LossFunctionWrapper):
    """`hinge` as an object."""

    def __init__(self, reduction=Reduction.AUTO, name="hinge"):
        super().__init__(functions.hinge, reduction, name)


class SquaredHinge(LossFunctionWrapper):
    """`squared_hinge` as an object."""

    def __init__(self, reduction=Reduction.AUTO, name="squared_hinge"):
        super().__init__(functions.squared_hinge, reduction, name)


class CategoricalHinge(LossFunctionWrapper):
    """`categorical_hinge` as an object."""

    def __init__(self, reduction=Reduction.AUTO, name="categorical_hinge"):
        super().__init__(functions.categorical_hinge, reduction, name)


class Poisson(LossFunctionWrapper):
    """`poisson` as an object."""

    def __init__(self, reduction=Reduction.AUTO, name="poisson"):
        super().__init__(functions.poisson, reduction, name)


class LogCosh(LossFunctionWrapper):
    """`logcosh` as an object."""

    def __init__(self, reduction=Reduction.AUTO, name="logcosh"):
        super().__init__(functions.logcosh, reduction, name)


class KLDivergence(LossFunctionWrapper):
    """`kullback_leibler_divergence` as an object."""

    def __init__(self, reduction=Reduction.AUTO, name="kullback_leibler_divergence"):
        super().__init__(functions.kullback_leibler_divergence, reduction, name)


class Huber(LossFunctionWrapper):
    """Squared errors up to `delta`, absolute ones beyond: `huber_loss` as an object."""

    def __init__(self, delta=1.0, reduction=Reduction.AUTO, name="huber_loss"):
        super().__init__(functions.huber_loss, reduction, name, delta=delta)


class CosineSimilarity(LossFunctionWrapper):
    """The cosine of the angle between the two vectors along `axis`: `cosine_similarity` as an object."""

    def __init__(self, axis=-1, reduction=Reduction.AUTO, name="cosine_similarity"):
        super().__init__(functions.cosine_similarity, reduction, name, axis=axis)
