"""One layer, called once: what there is to compare of it. Rows of the tables in `cases/keras_layers*.py`."""

import json
import re

import numpy as np

from tests.oracle.harness import floats, integers


def row_name(class_name, args, options):
    """A case's name from what the layer is made with."""
    words = [class_name] + [str(arg) for arg in args] + ["%s=%s" % item for item in sorted(options.items())]
    return re.sub(r"\W+", "_", "_".join(words)).strip("_")


def plain(value):
    """A config with tuples as lists and NumPy numbers as Python's, as JSON would leave it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def text(config):
    return json.dumps(plain(config), sort_keys=True)


def weighted(keras, y):
    """A scalar of a tensor with static shape, each entry with a weight of its own so that none cancel."""
    shape = keras.backend.int_shape(y)
    return keras.backend.sum(y * keras.backend.constant(np.cos(np.arange(1.0, 1 + np.prod(shape))).reshape(shape)))


def describe(keras, layer, arrays):
    """Calls `layer` on inputs of the arrays' shapes, and notes all that can be seen.

    Args:
        keras: the package.
        layer: a layer, not built.
        arrays: list of arrays, one for each input; an integer array makes an integer input.

    Returns:
        dict: output shape, config, names and initial values of the weights, masks; the output and the gradients with
        respect to inputs and trainable weights, in both learning phases where the layer knows them.
    """
    K = keras.backend
    inputs = [
        keras.layers.Input(batch_shape=array.shape, dtype="int32" if array.dtype.kind == "i" else None)
        for array in arrays
    ]
    output = layer(inputs if len(inputs) > 1 else inputs[0])
    facts = {
        "shape": tuple(size if size is None else int(size) for size in layer.output_shape),
        "config": layer.get_config(),
        "rebuilt config": type(layer).from_config(layer.get_config()).get_config(),
        "weights": [weight.name for weight in layer.weights],
        "frozen": [weight.name for weight in layer.non_trainable_weights],
        "parameters": layer.count_params(),
    }
    result = {"facts": text(facts)}
    sources = [x for x in inputs if K.dtype(x) != "int32"] + layer.trainable_weights
    gradients = K.gradients(weighted(keras, output), sources) if sources else []
    fetches = {"y": output}
    for i, gradient in enumerate(gradients):
        if gradient is not None:
            fetches["gradient of %d" % i] = K.tf.convert_to_tensor(gradient)  # of an embedding it is rows
    fetches.update({"weight %d" % i: weight for i, weight in enumerate(layer.weights)})
    if layer.output_mask is not None:
        fetches["mask"] = layer.output_mask
    fetches.update({"loss %d" % i: loss for i, loss in enumerate(layer.losses)})
    names = sorted(fetches)
    function = K.function(inputs + [K.learning_phase()], [fetches[name] for name in names])
    phases = (0, 1) if getattr(output, "_uses_learning_phase", False) else (0,)
    for phase in phases:
        values = zip(names, function(list(arrays) + [phase]))
        result.update({"%s in phase %d" % (name, phase): value for name, value in values})
    return result


def arrays_of(shapes, kind=floats):
    """An array for each shape, no two alike: floats, or whole numbers below 5."""
    if kind is integers:
        return [integers(*shape, seed=i, low=0, high=5) for i, shape in enumerate(shapes)]
    return [kind(*shape, seed=i) for i, shape in enumerate(shapes)]
