"""The record of one call of a layer, and what a layer expects of its inputs."""

from __future__ import annotations

import graphflow as tf
from graphflow_keras import backend as K


class Node:
    """One call of `outbound_layer`: where its inputs came from and what it answered.

    `inbound_layers[i]`, `node_indices[i]` and `tensor_indices[i]` say which output, of which call, of which layer
    the i-th input is; all three are None for a tensor that no layer made. `arguments` are the call's keyword
    arguments. Making a node enters it into the layers it joins.
    """

    def __init__(
        self,
        outbound_layer,
        inbound_layers,
        node_indices,
        tensor_indices,
        input_tensors,
        output_tensors,
        input_masks,
        output_masks,
        input_shapes,
        output_shapes,
        arguments=None,
    ):
        self.outbound_layer = outbound_layer
        self.inbound_layers = inbound_layers
        self.node_indices = node_indices
        self.tensor_indices = tensor_indices
        self.input_tensors = input_tensors
        self.output_tensors = output_tensors
        self.input_masks = input_masks
        self.output_masks = output_masks
        self.input_shapes = input_shapes
        self.output_shapes = output_shapes
        self.arguments = arguments
        for layer in inbound_layers:
            if layer is not None:
                layer._outbound_nodes.append(self)
        outbound_layer._inbound_nodes.append(self)

    @property
    def origins(self):
        """A tuple (tensor, layer, node index, tensor index) for each input."""
        return zip(self.input_tensors, self.inbound_layers, self.node_indices, self.tensor_indices)

    @property
    def keywords(self):
        """The keyword arguments, without tensors that are among the inputs: an initial state goes as an input."""
        tensors = {id(x) for x in self.input_tensors}

        def is_input(value):
            values = value if isinstance(value, list | tuple) else [value]
            return len(values) > 0 and all(id(x) in tensors for x in values)

        return {name: value for name, value in (self.arguments or {}).items() if not is_input(value)}

    def get_config(self):
        """The joined layers' names and the indices, as plain values."""
        return {
            "outbound_layer": self.outbound_layer.name if self.outbound_layer else None,
            "inbound_layers": [layer.name if layer else None for layer in self.inbound_layers],
            "node_indices": self.node_indices,
            "tensor_indices": self.tensor_indices,
        }


class InputSpec:
    """What a layer expects of one input; None leaves a property free.

    Args:
        dtype: str, the exact dtype.
        shape: tuple of sizes, None where any size does; it fixes `ndim` as well.
        ndim, max_ndim, min_ndim: int, bounds on the rank.
        axes: dict, axis -> size, None for any.
    """

    def __init__(self, dtype=None, shape=None, ndim=None, max_ndim=None, min_ndim=None, axes=None):
        self.dtype = dtype
        self.shape = shape
        self.ndim = ndim if shape is None else len(shape)
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = axes or {}

    def __repr__(self):
        return f"InputSpec({', '.join(f'{name}={value}' for name, value in self.get_config().items() if value)})"

    def get_config(self):
        """The properties as a dict."""
        return {name: getattr(self, name) for name in ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")}

    @classmethod
    def from_config(cls, config):
        """The spec of what `get_config` gave."""
        return cls(**{**config, "ndim": None if config.get("shape") is not None else config.get("ndim")})

    def mismatch(self, x):
        """What is wrong with tensor `x`, as text, or None. What is unknown of its shape is not held against it."""
        ndim = K.ndim(x)
        if self.ndim is not None and ndim != self.ndim:
            return f"expected ndim={self.ndim}, found ndim={ndim}"
        if self.max_ndim is not None and ndim is not None and ndim > self.max_ndim:
            return f"expected max_ndim={self.max_ndim}, found ndim={ndim}"
        if self.min_ndim is not None and ndim is not None and ndim < self.min_ndim:
            return f"expected min_ndim={self.min_ndim}, found ndim={ndim}"
        if self.dtype is not None and K.dtype(x) != self.dtype:
            return f"expected dtype={self.dtype}, found dtype={K.dtype(x)}"
        shape = static_shape(x) if self.axes or self.shape is not None else None
        if shape is None:
            return None
        for axis, size in self.axes.items():
            if size is not None and shape[int(axis)] not in (size, None):
                return f"expected axis {axis} of input shape to have value {size} but got shape {shape}"
        if self.shape is not None and any(
            None not in (want, got) and want != got for want, got in zip(self.shape, shape)
        ):
            return f"expected shape={self.shape}, found shape={shape}"
        return None


def static_shape(x):
    """The shape of a tensor as a tuple, or None where it has none (a variable of unknown rank, a sparse tensor)."""
    try:
        return K.int_shape(x)
    except TypeError:
        return None


def dtype_name(dtype):
    """The name of a dtype given as name, NumPy type or `tf.DType`; `K.floatx()` for None."""
    return dtype if isinstance(dtype, str) else K.floatx() if dtype is None else tf.as_dtype(dtype).name


def without_policy(dtype):
    """The dtype of a `Policy`, None where it is that of the input; what is no policy as it came.

    Raises:
        ValueError: a policy of two types.
    """
    if getattr(dtype, "should_cast_variables", False):
        raise ValueError(
            f"A layer cannot have the policy {dtype.name!r}, which computes in another type than that of the weights: "
            "give the layer one dtype and cast its inputs"
        )
    return getattr(dtype, "variable_dtype", dtype)


def as_shape(shape, argument):
    """The tuple of a shape given as a sequence; TypeError, naming the argument, for a bare number."""
    if isinstance(shape, int):
        raise TypeError(f"`{argument}` is a tuple of sizes, got {shape}: write `{argument}=({shape},)`")
    return tuple(shape)
