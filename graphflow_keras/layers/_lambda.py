"""`Lambda`, a function as a layer, and how it is saved: by name, never as code.

Keras 2.2.4 saves the function's bytecode, which only the same Python can read and which can do anything to the one who
loads it. Here a config holds a name: the function's own for `def`, the layer's for a lambda expression. Keras 2.2.4 and
this package both turn the name back into a function with `custom_objects={name: function}`; a config that never left this
process needs no help, for the name carries its function. Bytecode in a file is refused.
"""

import numpy as np

from graphflow_keras import _signatures
from graphflow_keras import backend as K
from graphflow_keras.engine.base_layer import Layer
from graphflow_keras.legacy import interfaces
from graphflow_keras.utils.generic_utils import get_custom_objects, has_arg


class _FunctionName(str):
    """A name in a config, with the function it stands for as long as the config stays in memory."""

    function = None


def _named(function, name_of_none):
    own_name = getattr(function, "__name__", "<lambda>")
    name = _FunctionName(name_of_none if own_name == "<lambda>" else own_name)
    name.function = function
    return name


class Lambda(Layer):
    """A function as a layer.

    A model with a `Lambda` is saved with the function's name only; see `from_config` for how it is loaded.

    Args:
        function: `f(inputs, **arguments) -> tensor`; it gets `mask` too if it has an argument of that name.
        output_shape: tuple without the batch axis, or `f(input_shape) -> shape`; None works it out.
        mask: the output's mask, or `f(inputs, mask) -> mask`; None is no mask.
        arguments: dict, further arguments of `function`.
    """

    @interfaces.legacy_lambda_support
    def __init__(self, function, output_shape=None, mask=None, arguments=None, **kwargs):
        super().__init__(**kwargs)
        if not (output_shape is None or callable(output_shape) or isinstance(output_shape, tuple | list)):
            raise TypeError("In Lambda, `output_shape` must be a list, a tuple, or a function.")
        self.function = function
        self.arguments = arguments or {}
        self.mask = mask
        self.supports_masking = mask is not None
        self._output_shape = tuple(output_shape) if isinstance(output_shape, list) else output_shape

    def compute_output_shape(self, input_shape):
        several = isinstance(input_shape, list)
        if self._output_shape is None:
            inputs = [K.placeholder(shape=s) for s in input_shape] if several else K.placeholder(shape=input_shape)
            outputs = self.call(inputs)
            return [K.int_shape(x) for x in outputs] if isinstance(outputs, list) else K.int_shape(outputs)
        if isinstance(self._output_shape, tuple):
            batch = (input_shape[0] if several else input_shape)[:1]
            return (*(batch or (None,)), *self._output_shape)
        shape = self._output_shape(input_shape)
        if not isinstance(shape, list | tuple):
            raise ValueError("`output_shape` function must return a tuple or a list of tuples.")
        of_one_tensor = isinstance(shape, list) and (shape[0] is None or isinstance(shape[0], int))
        return tuple(shape) if of_one_tensor else shape

    @_signatures.also_takes("training")
    def call(self, inputs, mask=None, training=None):
        offered = {"mask": mask} if training is None else {"mask": mask, "training": training}
        offered = {name: value for name, value in offered.items() if has_arg(self.function, name)}
        return self.function(inputs, **{**self.arguments, **offered})

    def compute_mask(self, inputs, mask=None):
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self):
        shape_of = self._output_shape
        by_name = callable(shape_of)
        return {
            **super().get_config(),
            "function": _named(self.function, self.name),
            "function_type": "function",
            "output_shape": _named(shape_of, f"{self.name}_output_shape") if by_name else shape_of,
            "output_shape_type": "function" if by_name else "raw",
            "arguments": self.arguments,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A layer from its config.

        Args:
            config: dict. A function that it only names is looked for in `custom_objects` and in
                `keras.utils.get_custom_objects()`, under its own name and under the layer's (an `output_shape` function:
                under `<layer>_output_shape`).
            custom_objects: dict, name -> function.

        Raises:
            ValueError: the function is not there. Bytecode in the config is never run.
        """
        config = dict(config)
        known = {**get_custom_objects(), **(custom_objects or {})}
        name = config.get("name", "lambda")
        config["function"] = _find(config["function"], config.pop("function_type", "function"), name, name, known)
        shape_type = config.pop("output_shape_type", "raw")
        if shape_type != "raw":
            config["output_shape"] = _find(config["output_shape"], shape_type, f"{name}_output_shape", name, known)
        config["arguments"] = {key: _array(value) for key, value in (config.get("arguments") or {}).items()}
        config.pop("module", None)  # tf.keras adds where the function was defined
        config.pop("output_shape_module", None)
        return cls(**config)


def _find(saved, kind, key, layer, known):
    """The function that a config means by `saved`; `key` is the name it goes by when it has none of its own."""
    if callable(saved):
        return saved
    if isinstance(saved, _FunctionName) and saved.function is not None:
        return saved.function
    if kind not in {"function", "lambda"}:
        raise ValueError(f"Lambda layer {layer!r}: unknown function type {kind!r}; it should be 'function' or 'lambda'")
    by_name = kind == "function" and isinstance(saved, str)
    names = list(dict.fromkeys([saved, key])) if by_name else [key]
    for name in names:
        if name in known:
            return known[name]
    reason = (
        "it is saved by name" if by_name else "the file holds Python bytecode, which is never run: it could do anything"
    )
    raise ValueError(
        f"Lambda layer {layer!r} needs its function: {reason}. Give the function when you load the model: "
        f"custom_objects={{{names[0]!r}: function}}. Or build the model in code and call `load_weights`: the weights "
        "in the file can be loaded without it."
    )


def _array(value):
    """An argument as it was: arrays are saved as `{"type": "ndarray", "value": ...}`."""
    is_array = isinstance(value, dict) and value.get("type") == "ndarray"
    return np.array(value["value"]) if is_array else value
