"""Weights as a file holds them, turned into what a layer of today wants.

Keras 1 kept gates apart and had other axes, Theano flips its kernels, cuDNN transposes them.
"""

import numpy as np

from graphflow_keras import backend as K
from graphflow_keras.utils import conv_utils

_CONVOLUTIONS = ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "ConvLSTM2D")

# Axes of the kernels of Keras 1 -> those of Keras 2, by layer and data format.
_KERAS_1_AXES = {
    ("Conv2D", "channels_first"): (2, 3, 1, 0),
    ("Conv2DTranspose", "channels_last"): (0, 1, 3, 2),
    ("Conv2DTranspose", "channels_first"): (2, 3, 0, 1),
    ("Conv3D", "channels_first"): (2, 3, 4, 1, 0),
}
# Keras 1 has kernel, recurrent kernel and bias of each gate in turn; where the gates of Keras 2 stand among them.
_KERAS_1_GATES = {"GRU": (0, 1, 2), "LSTM": (0, 2, 1, 3), "ConvLSTM2D": (0, 2, 1, 3)}


def preprocess_weights_for_loading(layer, weights, original_keras_version=None, original_backend=None, reshape=False):
    """The weights of a layer as the layer wants them.

    Args:
        layer: the layer they are for.
        weights: list of arrays in the order of the file.
        original_keras_version: str, `"1"` for the layouts of Keras 1.
        original_backend: str, the backend that wrote the file; Theano's kernels are flipped.
        reshape: bool, a convolution's kernel of another shape and the same size is reshaped.

    Raises:
        ValueError: a layout that the layer cannot take.
    """
    origin = (original_keras_version, original_backend)
    name = type(layer).__name__
    weights = list(weights)
    if name == "Bidirectional":
        half = len(weights) // 2
        weights = preprocess_weights_for_loading(
            layer.forward_layer, weights[:half], *origin
        ) + preprocess_weights_for_loading(layer.backward_layer, weights[half:], *origin)
    elif name == "TimeDistributed":
        weights = preprocess_weights_for_loading(layer.layer, weights, *origin)
    elif name in ("Model", "Sequential"):
        weights = _of_nested_model(layer, weights, origin)
    if original_keras_version == "1":
        weights = _from_keras_1(layer, name, weights)
    if name in _CONVOLUTIONS and weights:
        weights = _convolution(layer, name, weights, original_backend, reshape)
    return _convert_rnn_weights(layer, weights)


def _of_nested_model(model, weights, origin):
    """A model's trainable weights stand before all others, layer by layer; each layer converts its own."""
    groups = [(layer, len(layer.trainable_weights)) for layer in model.layers]
    groups += [(layer, len(layer.weights) - len(layer.trainable_weights)) for layer in model.layers]
    if len(weights) != sum(count for _, count in groups):
        return weights  # the caller says what does not fit
    converted = []
    for layer, count in groups:
        if count:
            converted += preprocess_weights_for_loading(layer, weights[:count], *origin)
            weights = weights[count:]
    return converted


def _from_keras_1(layer, name, weights):
    gates = _KERAS_1_GATES.get(name)
    if gates and len(weights) == 3 * len(gates):
        weights = [np.concatenate([weights[3 * gate + kind] for gate in gates], axis=-1) for kind in range(3)]
        if name == "ConvLSTM2D" and layer.data_format == "channels_first":
            weights[:2] = [np.transpose(kernel, (2, 3, 1, 0)) for kernel in weights[:2]]
        return weights
    if name == "Conv1D" and weights and weights[0].ndim == 4:
        kernel = weights[0]
        if kernel.shape[:2] != (layer.kernel_size[0], 1) or kernel.shape[3] != layer.filters:
            kernel = np.transpose(kernel, (2, 3, 1, 0))  # Keras 1.1: filters, inputs, length, 1
        weights[0] = kernel[:, 0, :, :]
    axes = _KERAS_1_AXES.get((name, getattr(layer, "data_format", None)))
    if axes and weights and weights[0].ndim == len(axes):
        weights[0] = np.transpose(weights[0], axes)
    return weights


def _convolution(layer, name, weights, original_backend, reshape):
    kernels = 2 if name == "ConvLSTM2D" else 1
    wanted = K.int_shape(layer.weights[0])
    if _need_convert_kernel(original_backend):
        weights[:kernels] = [conv_utils.convert_kernel(kernel) for kernel in weights[:kernels]]
    if wanted == weights[0].shape:
        return weights
    if reshape:
        if weights[0].size != np.prod(wanted):
            raise ValueError(
                f"Weights must be of equal size to apply a reshape operation. Layer {layer.name}'s weights have shape "
                f"{wanted} and size {np.prod(wanted)}. The weights for loading have shape {weights[0].shape} and size "
                f"{weights[0].size}."
            )
        weights[0] = np.reshape(weights[0], wanted)
    elif weights[0].ndim == 4:
        weights[:kernels] = [np.transpose(kernel, (3, 2, 0, 1)) for kernel in weights[:kernels]]
    return weights


def _need_convert_kernel(original_backend):
    """Theano convolves; TensorFlow, CNTK and this package correlate."""
    return original_backend == "theano"


def _convert_rnn_weights(layer, weights):
    """Turns the weights of `CuDNNLSTM` and `LSTM`, of `CuDNNGRU` and `GRU`, into each other's layout.

    The length of the bias tells where the weights come from: cuDNN has two biases.

    Raises:
        ValueError: a bias of another shape; `GRU(reset_after=False)`, which computes something else than cuDNN.
    """
    target = type(layer).__name__
    if target not in ("LSTM", "CuDNNLSTM", "GRU", "CuDNNGRU") or len(weights) != 3 or weights[1].ndim != 2:
        return weights
    gates = 4 if "LSTM" in target else 3
    per_gate, bias = gates * weights[1].shape[0], weights[2]
    if target in ("LSTM", "CuDNNLSTM"):
        sources = {(2 * per_gate,): "CuDNNLSTM", (per_gate,): "LSTM"}
    else:
        sources = {
            (2 * per_gate,): "CuDNNGRU",
            (2, per_gate): "GRU(reset_after=True)",
            (per_gate,): "GRU(reset_after=False)",
        }
        if target == "GRU":
            target = f"GRU(reset_after={bool(layer.reset_after)})"
    if bias.shape not in sources:
        raise ValueError(f"Invalid bias shape: {bias.shape}; layer {layer.name} knows {sorted(sources)}.")
    source = sources[bias.shape]
    if source == target:
        return weights
    if "GRU(reset_after=False)" in (source, target):
        raise ValueError(f"{source} is not compatible with {target} (layer {layer.name})")
    from_cudnn = source.startswith("CuDNN")
    if "LSTM" not in target:
        bias = bias.reshape((2, -1) if from_cudnn else -1)
    elif from_cudnn:
        bias = sum(np.split(bias, 2))
    else:
        bias = np.tile(0.5 * bias, 2)
    return [_transposed(weights[0], gates, from_cudnn), _transposed(weights[1], gates, from_cudnn), bias]


def _transposed(kernel, gates, from_cudnn):
    """Each gate's kernel `[inputs, units]` to or from cuDNN's, which holds `[units, inputs]` in the same memory."""
    inputs, units = kernel.shape[0], kernel.shape[1] // gates
    if from_cudnn:
        return np.hstack([part.reshape(units, inputs).T for part in np.hsplit(kernel, gates)])
    return np.hstack([part.T.reshape(inputs, units) for part in np.hsplit(kernel, gates)])
