"""Layers described by their options: one tuple of names says what to keep, what to save and what a weight is made with."""

import graphflow as tf
from graphflow_keras import activations, constraints, dialect, initializers, regularizers
from graphflow_keras import backend as K
from graphflow_keras.engine.base_layer import Layer

# The last word of an option's name tells which module understands its values.
_KINDS = {
    "activation": activations,
    "initializer": initializers,
    "regularizer": regularizers,
    "constraint": constraints,
}
KERNEL_AND_BIAS = (
    "activation",
    "use_bias",
    "kernel_initializer",
    "bias_initializer",
    "kernel_regularizer",
    "bias_regularizer",
    "activity_regularizer",
    "kernel_constraint",
    "bias_constraint",
)


def _kind(option):
    return _KINDS.get(option.rpartition("_")[2])


def take_options(target, options, arguments):
    """Sets attributes from constructor arguments; `"tanh"` or a config becomes the object it stands for.

    Args:
        target: the object whose attributes are set.
        options: names of the options.
        arguments: dict with a value for each name; others are left alone, so `locals()` will do.
    """
    for option in options:
        kind = _kind(option)
        setattr(target, option, kind.get(arguments[option]) if kind else arguments[option])


def options_config(source, options):
    """The inverse of `take_options`: dict, option -> plain value, in the order of `options`."""
    kinds = {option: _kind(option) for option in options}
    return {
        option: kind.serialize(getattr(source, option)) if kind else getattr(source, option)
        for option, kind in kinds.items()
    }


def arguments_of(scope):
    """What a constructor was called with, from its `locals()`: to be handed on with `**`."""
    named = {name: value for name, value in scope.items() if name not in {"self", "__class__", "kwargs"}}
    return {**named, **scope.get("kwargs", {})}


class OptionLayer(Layer):
    """A layer whose constructor takes `OPTIONS` (each becomes an attribute) and keyword arguments of `Layer`."""

    OPTIONS = ()

    def get_config(self):
        return {**super().get_config(), **options_config(self, self.OPTIONS)}

    def _make_weight(self, name, shape, trainable=True, made_with=None):
        """A weight, made with the options `<name>_initializer`, `..._regularizer` and `..._constraint`.

        `made_with` stands for `name` where the options are called otherwise than the weight.
        """
        kind = made_with or name
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=getattr(self, f"{kind}_initializer"),
            regularizer=getattr(self, f"{kind}_regularizer", None),
            constraint=getattr(self, f"{kind}_constraint", None),
            trainable=trainable,
        )

    def _add_bias(self, shape):
        """The weight `bias`, or None where the option `use_bias` is False."""
        return self._make_weight("bias", shape) if self.use_bias else None

    def _biased_and_activated(self, outputs, data_format):
        if self.use_bias:
            outputs = self._biased(outputs, data_format)
        return outputs if self.activation is None else self.activation(outputs)

    def _biased(self, outputs, data_format):
        if not dialect.is_tf_keras() or len(self.bias.shape) > 1:
            return K.bias_add(outputs, self.bias, data_format=data_format)
        if data_format == "channels_last":
            return tf.nn.bias_add(outputs, self.bias)
        if len(outputs.shape) == 3:
            return outputs + tf.reshape(self.bias, (1, -1, 1))
        return tf.nn.bias_add(outputs, self.bias, data_format="NCHW")


class SameShapeLayer(OptionLayer):
    """A layer that changes no shape and hands on the mask."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_output_shape(self, input_shape):
        return input_shape
