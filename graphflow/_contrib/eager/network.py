"""Network and Sequential of `tf.contrib.eager`: layers made of layers."""

from __future__ import annotations

import inspect

from graphflow._layers import base


class Network(base.Layer):
    """A layer that is made of the layers it tracks. A subclass makes them in `__init__` with `track_layer`, and has a `call`.

    Args:
        name: made from the class where None.
    """

    def __init__(self, name=None):
        super().__init__(name=name)
        self._tracked_layers = []

    def track_layer(self, layer):
        """Makes a layer part of the network, and returns it.

        Raises:
            TypeError: it is no layer. ValueError: another one has its name.
        """
        if not isinstance(layer, base.Layer):
            raise TypeError(f"Network.track_layer() passed type {type(layer)}, not a tf.layers.Layer")
        if any(layer.name == known.name for known in self._tracked_layers if known is not layer):
            raise ValueError(
                f"Attempted to add two Layers with the name '{layer.name}' to the same Network '{self.name}'."
            )
        if not any(layer is known for known in self._tracked_layers):
            self._tracked_layers.append(layer)
        return layer

    @property
    def layers(self):
        """The layers, in the order in which they were tracked."""
        return list(self._tracked_layers)

    def get_layer(self, name=None, index=None):
        """The layer of that name or number.

        Raises:
            ValueError: there is none, or neither is given.
        """
        if index is not None:
            if name is not None or index >= len(self._tracked_layers):
                raise ValueError(f"the network has {len(self._tracked_layers)} layers; got index={index}, name={name}")
            return self._tracked_layers[index]
        found = [layer for layer in self._tracked_layers if layer.name == name]
        if not found:
            raise ValueError(f"No such layer: {name}")
        return found[0]

    @property
    def trainable_weights(self):
        """The variables of all layers that are trained."""
        if not self.trainable:
            return []
        return self._trainable_weights + [w for layer in self._tracked_layers for w in layer.trainable_weights]

    @property
    def non_trainable_weights(self):
        """The variables of all layers that are not trained."""
        own = self._non_trainable_weights + [w for layer in self._tracked_layers for w in layer.non_trainable_weights]
        if self.trainable:
            return own
        return self._trainable_weights + [w for layer in self._tracked_layers for w in layer.trainable_weights] + own

    @property
    def losses(self):
        """The losses of all layers."""
        return super().losses + [loss for layer in self._tracked_layers for loss in layer.losses]


class Sequential(Network):
    """Layers and functions one after the other.

    Args:
        layers_funcs: layers, and functions of a tensor.
    """

    def __init__(self, layers_funcs=None, name=None):
        super().__init__(name=name)
        self._functions = []
        for item in layers_funcs or ():
            self.add(item)

    def add(self, layer_func):
        """Puts a layer or function at the end.

        Raises:
            TypeError: it is neither.
        """
        if isinstance(layer_func, base.Layer):
            self.track_layer(layer_func)
            function = layer_func.call
        elif callable(layer_func):
            function = layer_func
        else:
            raise TypeError(
                f"Sequential.add() takes only tf.layers.Layer objects or callables; not {layer_func!r} of type {type(layer_func)}."
            )
        takes_training = "training" in inspect.signature(function).parameters
        self._functions.append((layer_func, takes_training))

    def call(self, inputs, training=None):
        """The output of the last layer."""
        for function, takes_training in self._functions:
            inputs = (
                function(inputs, training=training) if takes_training and training is not None else function(inputs)
            )
        return inputs
