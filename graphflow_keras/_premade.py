"""Models that are ready to be trained: a linear one, and a linear one beside a deep one."""

from graphflow_keras import activations, initializers, layers, optimizer_v2, optimizers, regularizers
from graphflow_keras.engine.training import Model
from graphflow_keras.utils.generic_utils import to_list


class LinearModel(Model):
    """A weighted sum of all inputs: activation(x kernel + ... + bias).

    Args:
        units: int, the size of the output.
        activation, use_bias, *_initializer, *_regularizer: as of `Dense`.

    A call takes a tensor `[batch, features]` or a list of such, each of which has a kernel of its own.
    """

    def __init__(
        self,
        units=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = units
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.dense_layers = []

    def call(self, inputs):
        inputs = to_list(inputs, allow_tuple=True)
        if not self.dense_layers:
            self.dense_layers = [self._dense(has_bias=self.use_bias and i == 0) for i in range(len(inputs))]
        if len(inputs) != len(self.dense_layers):
            raise ValueError(f"Expected {len(self.dense_layers)} inputs, but got {len(inputs)} inputs")
        outputs = [layer(x) for layer, x in zip(self.dense_layers, inputs)]
        return self.activation(sum(outputs[1:], outputs[0]))

    def _dense(self, has_bias):
        return layers.Dense(
            self.units,
            use_bias=has_bias,
            kernel_initializer=self.kernel_initializer,
            bias_initializer=self.bias_initializer,
            kernel_regularizer=self.kernel_regularizer,
            bias_regularizer=self.bias_regularizer,
        )

    def get_config(self):
        """The constructor's arguments, as plain values."""
        return {
            "name": self.name,
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A new model, with new weights, from what `get_config` gave."""
        return cls(**config)


class WideDeepModel(Model):
    """The mean of what a linear and a deep model give.

    Args:
        linear_model: a `LinearModel` or other model.
        dnn_model: a model with an output of the same size.
        activation: of the mean.

    A call takes inputs for both, or a pair `[linear inputs, deep inputs]`. `compile` takes one optimizer, or a pair of them.

    Source: Cheng et al., Wide & deep learning for recommender systems (2016).
    """

    def __init__(self, linear_model, dnn_model, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.linear_model = linear_model
        self.dnn_model = dnn_model
        self.activation = activations.get(activation)

    def call(self, inputs):
        pair = inputs if isinstance(inputs, list | tuple) and len(inputs) == 2 else (inputs, inputs)
        return self.activation(0.5 * (self.linear_model(pair[0]) + self.dnn_model(pair[1])))

    def compile(self, optimizer, *args, **kwargs):
        """As `Model.compile`; a pair of optimizers is for the linear and for the deep model."""
        if isinstance(optimizer, list | tuple):
            optimizer = _OnePerModel(self, *map(optimizers.get, optimizer))
        super().compile(optimizer, *args, **kwargs)

    def get_config(self):
        """The constructor's arguments, as plain values."""
        return {
            "name": self.name,
            "linear_model": layers.serialize(self.linear_model),
            "dnn_model": layers.serialize(self.dnn_model),
            "activation": activations.serialize(self.activation),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A new model, with new weights, from what `get_config` gave."""
        known = {"LinearModel": LinearModel, **(custom_objects or {})}
        parts = {name: layers.deserialize(config[name], known) for name in ("linear_model", "dnn_model")}
        return cls(**{**config, **parts})


class _OnePerModel(optimizer_v2.OptimizerV2):
    """An optimizer for the linear and one for the deep part of a `WideDeepModel`."""

    def __init__(self, model, linear, deep):
        super().__init__("one_per_model")
        self._model, self._linear, self._deep = model, linear, deep

    def get_updates(self, loss, params):
        """The operations of one step on `params`, a list."""
        linear = {id(weight) for weight in self._model.linear_model.trainable_weights}
        updates = self._linear.get_updates(loss=loss, params=[p for p in params if id(p) in linear])
        return updates + self._deep.get_updates(loss=loss, params=[p for p in params if id(p) not in linear])
