"""Dense, Dropout and Flatten: classes, and functions that make a layer and call it once."""

from __future__ import annotations

import numpy as np

from graphflow._core import shapes
from graphflow._graph import build
from graphflow._layers import base
from graphflow._ops import array, control_flow, matmul, nn


class Dense(base.Layer):
    """`activation(inputs . kernel + bias)` over the last axis.

    Args:
        units: int, how many outputs.
        activation: a function tensor -> tensor, None for none.
        use_bias: whether there is a bias.
        kernel_initializer, bias_initializer: initializers; Glorot's uniform one where the kernel's is None.
        kernel_regularizer, bias_regularizer, activity_regularizer: functions tensor -> scalar.
        kernel_constraint, bias_constraint: functions variable -> value, applied by optimizers after a step.
        trainable, name: as for `Layer`.
    """

    def __init__(
        self, units, activation=None, use_bias=True, kernel_initializer=None, bias_initializer=base.ZEROS,
        kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None,
        bias_constraint=None, trainable=True, name=None, **kwargs,
    ):  # fmt: skip
        super().__init__(trainable=trainable, name=name, activity_regularizer=activity_regularizer, **kwargs)
        self.units, self.activation, self.use_bias = int(units), activation, use_bias
        self.kernel_initializer, self.bias_initializer = kernel_initializer, bias_initializer
        self.kernel_regularizer, self.bias_regularizer = kernel_regularizer, bias_regularizer
        self.kernel_constraint, self.bias_constraint = kernel_constraint, bias_constraint
        self.input_spec = base.InputSpec(min_ndim=2)

    def build(self, input_shape):
        size = shapes.as_shape(input_shape)[-1].value
        if size is None:
            raise ValueError(
                f"The last dimension of the inputs to `Dense` should be defined. Found `None`, in layer {self.name}: give the "
                "placeholder its last size, or `set_shape` it"
            )
        self.input_spec = base.InputSpec(min_ndim=2, axes={-1: size})
        self.kernel = self.add_weight(
            "kernel", [size, self.units], initializer=self.kernel_initializer, regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint, trainable=True,
        )  # fmt: skip
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                "bias", [self.units], initializer=self.bias_initializer, regularizer=self.bias_regularizer,
                constraint=self.bias_constraint, trainable=True,
            )  # fmt: skip
        self.built = True

    def call(self, inputs):
        rank = len(inputs._dims)
        if rank > 2:
            outputs = matmul.tensordot(inputs, self.kernel, [[rank - 1], [0]])
            outputs.set_shape([*inputs._dims[:-1], self.units])
        else:
            outputs = matmul.matmul(inputs, self.kernel)
        if self.use_bias:
            outputs = nn.bias_add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape):
        dims = shapes.as_shape(input_shape).with_rank_at_least(2)
        return dims[:-1].concatenate(self.units)


class Dropout(base.Layer):
    """In training, sets each element to 0 with probability `rate` and scales the others by 1 / (1 - rate).

    Args:
        rate: float in [0, 1), or a scalar tensor.
        noise_shape: shape of the mask, broadcast over the inputs; None entries stand for the inputs' sizes.
        seed: of the mask.
    """

    def __init__(self, rate=0.5, noise_shape=None, seed=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.rate, self.noise_shape, self.seed = rate, noise_shape, seed

    def _mask_shape(self, inputs):
        if self.noise_shape is None:
            return None
        sizes = array.shape(inputs)
        return build.convert_to_tensor([sizes[i] if n is None else n for i, n in enumerate(self.noise_shape)])

    def call(self, inputs, training=False):
        return control_flow.smart_cond(
            training,
            lambda: nn.dropout(inputs, noise_shape=self._mask_shape(inputs), seed=self.seed, rate=self.rate),
            lambda: array.identity(inputs),
        )

    def compute_output_shape(self, input_shape):
        return input_shape


class Flatten(base.Layer):
    """Keeps the batch axis and lays all others out in one.

    Args:
        data_format: "channels_last", or "channels_first": channels are moved last before.
    """

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = (data_format or "channels_last").lower()
        if self.data_format not in ("channels_last", "channels_first"):
            raise ValueError(f"data_format should be channels_last or channels_first, got {data_format!r}")
        self.input_spec = base.InputSpec(min_ndim=1)

    def call(self, inputs):
        rank = len(inputs._dims)
        if self.data_format == "channels_first" and rank > 1:
            inputs = array.transpose(inputs, [0, *range(2, rank), 1])
        known = inputs._dims
        batch = known[0] if known[0] is not None else array.shape(inputs)[0]
        outputs = array.reshape(inputs, (batch, -1))
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        return outputs

    def compute_output_shape(self, input_shape):
        dims = shapes.as_dims(input_shape)
        rest = dims[1:]
        return shapes.TensorShape([dims[0], None if None in rest else int(np.prod(rest))])


def dense(
    inputs, units, activation=None, use_bias=True, kernel_initializer=None, bias_initializer=base.ZEROS,
    kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, bias_constraint=None,
    trainable=True, name=None, reuse=None,
):  # fmt: skip
    """`activation(inputs . kernel + bias)`: one call of a new `Dense`; `name` and `reuse` say which variables."""
    layer = Dense(
        units, activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        activity_regularizer, kernel_constraint, bias_constraint, trainable, name, _scope=name, _reuse=reuse,
    )  # fmt: skip
    return layer(inputs)


def dropout(inputs, rate=0.5, noise_shape=None, seed=None, training=False, name=None):
    """One call of a new `Dropout`; it drops only where `training`, a bool or a tensor, is true."""
    return Dropout(rate, noise_shape, seed, name)(inputs, training=training)


def flatten(inputs, name=None, data_format="channels_last"):
    """One call of a new `Flatten`."""
    return Flatten(data_format=data_format, name=name)(inputs)
