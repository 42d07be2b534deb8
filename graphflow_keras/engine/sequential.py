"""`Sequential`: a chain of layers."""

from __future__ import annotations

import copy
import warnings

from graphflow_keras import backend as K
from graphflow_keras import layers as layer_module
from graphflow_keras.engine.base_layer import Layer
from graphflow_keras.engine.input_layer import Input, InputLayer
from graphflow_keras.engine.training import Model
from graphflow_keras.utils.layer_utils import get_source_inputs


class Sequential(Model):
    """A chain of layers, each fed with the output of the one before.

    The first layer should be told its input's shape (`input_shape=`); otherwise the model is built from the first
    data it sees.

    Args:
        layers: list of layers to add.
        name: str.

    >>> model = Sequential([Dense(32, input_shape=(500,))])
    >>> model.add(Dense(10, activation="softmax"))
    """

    def __init__(self, layers=None, name=None):
        super().__init__(name=name)
        self._build_input_shape = None
        for layer in layers or []:
            self.add(layer)

    @property
    def layers(self):
        """The added layers; an `InputLayer` in front is not listed."""
        return self._layers[1:] if self._layers and isinstance(self._layers[0], InputLayer) else self._layers

    @property
    def model(self):
        """The model itself; before Keras 2.2 a `Sequential` held a `Model`."""
        warnings.warn(
            "`Sequential.model` is deprecated. `Sequential` is a subclass of `Model`, you can just use your `Sequential` "
            "instance directly.",
            stacklevel=2,
        )
        return self

    def add(self, layer):
        """Appends a layer.

        Raises:
            TypeError: it is not a `Layer`, or it has several outputs.
            ValueError: it is an empty model.
        """
        if not isinstance(layer, Layer):
            cure = (
                f"make one: `{layer.__name__}(...)`"
                if isinstance(layer, type)
                else "`Lambda(f)` makes one of a function"
            )
            raise TypeError(f"The added layer must be an instance of class Layer. Found: {layer}; {cure}.")
        self.built = False
        if not self._layers:
            self._begin(layer)
        elif self.outputs:
            output = layer(self.outputs[0])
            if isinstance(output, list):
                raise TypeError(_SEVERAL_OUTPUTS.format(layer.name))
            self.outputs = [output]
        if self.inputs:
            self.build()
        else:
            self._layers.append(layer)

    def _begin(self, layer):
        """Makes the model's input from what the first layer knows of it, if it does."""
        if not isinstance(layer, InputLayer):
            first = layer
            while isinstance(first, Model):
                if not first.layers:
                    raise ValueError("Cannot add an empty model to a `Sequential` model.")
                first = first.layers[0]
            if not hasattr(first, "batch_input_shape"):
                return
            layer(Input(batch_shape=first.batch_input_shape, dtype=first.dtype, name=f"{layer.name}_input"))
        outputs = layer._inbound_nodes[-1].output_tensors
        if len(outputs) != 1:
            raise ValueError(_SEVERAL_OUTPUTS.format(layer.name))
        self.outputs = list(outputs)
        self.inputs = get_source_inputs(outputs[0])

    def pop(self):
        """Takes the last layer off.

        Raises:
            TypeError: there is none.
        """
        if not self.layers:
            raise TypeError("There are no layers in the model.")
        self._layers.pop()
        self.built = False
        if not self.layers:
            self.outputs = None
            self.inputs = None
        elif self.outputs:
            self.layers[-1]._outbound_nodes = []
            self.outputs = [self.layers[-1].output]
            self.build()

    def build(self, input_shape=None):
        """Joins the layers; `input_shape`, batch included, is needed where no layer told it."""
        if input_shape and not self.inputs:
            x = Input(batch_shape=tuple(input_shape), dtype=K.floatx(), name=f"{self.name}_input")
            self.inputs = [x]
            for layer in self._layers:
                x = layer(x)
            self.outputs = [x]
            self._build_input_shape = input_shape
        if self.inputs:
            self._init_graph_network(self.inputs, self.outputs, name=self.name)
            self.built = True

    def predict_proba(self, x, batch_size=32, verbose=0):
        """`predict`, with a warning where the numbers cannot be probabilities."""
        predictions = self.predict(x, batch_size, verbose)
        if predictions.min() < 0.0 or predictions.max() > 1.0:
            warnings.warn(
                "Network returning invalid probability values. The last layer might not normalize predictions into "
                "probabilities (like softmax or sigmoid would).",
                stacklevel=2,
            )
        return predictions

    def predict_classes(self, x, batch_size=32, verbose=0):
        """The most probable class of each sample, int `[n]`; for one output 0 or 1, int32 `[n, 1]`."""
        probabilities = self.predict(x, batch_size=batch_size, verbose=verbose)
        if probabilities.shape[-1] > 1:
            return probabilities.argmax(axis=-1)
        return (probabilities > 0.5).astype("int32")

    def get_config(self):
        """The layers' classes and configs, in order."""
        layers = [{"class_name": type(layer).__name__, "config": layer.get_config()} for layer in self.layers]
        config = {"name": self.name, "layers": copy.deepcopy(layers)}
        if self._build_input_shape:
            config["build_input_shape"] = self._build_input_shape
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A new model, with new weights, from what `get_config` gave; before Keras 2.2.3 that was the list of layers."""
        if isinstance(config, list):
            config = {"layers": config}
        model = cls(name=config.get("name"))
        for layer_config in config["layers"]:
            model.add(layer_module.deserialize(layer_config, custom_objects=custom_objects))
        if not model.inputs and config.get("build_input_shape"):
            model.build(config["build_input_shape"])
        return model


_SEVERAL_OUTPUTS = (
    "All layers in a Sequential model should have a single output tensor; layer {} has several. "
    "For multi-output layers, use the functional API."
)
