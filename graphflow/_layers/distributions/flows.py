"""Bijectors with networks inside: masked autoregressive flows, real NVP, and batch normalization between them."""

from __future__ import annotations

import numpy as np

from graphflow._graph import build
from graphflow._layers import dense, normalization
from graphflow._layers.distributions import bijectors
from graphflow._ops import array, clip, initializers, joining, nn, reduce, template, unary, while_loop
from graphflow._ops import normalization as moments_of


class _Shifting(bijectors.Bijector):
    """y = x exp(log_scale) + shift, where both come from what the flow already knows of the event."""

    def __init__(self, shift_and_log_scale_fn, is_constant_jacobian, name):
        self._shift_and_log_scale_fn = shift_and_log_scale_fn
        super().__init__(forward_min_event_ndims=1, is_constant_jacobian=is_constant_jacobian, name=name)

    @staticmethod
    def _moved(x, shift, log_scale):
        x = x if log_scale is None else x * unary.exp(log_scale)
        return x if shift is None else x + shift

    @staticmethod
    def _moved_back(y, shift, log_scale):
        y = y if shift is None else y - shift
        return y if log_scale is None else y * unary.exp(-log_scale)

    @staticmethod
    def _stretch(x, log_scale):
        return array.zeros([], x.dtype) if log_scale is None else reduce.reduce_sum(log_scale, axis=-1)


def _size(x):
    """The size of the last axis.

    Raises:
        ValueError: it is not known.
    """
    size = None if x.shape.ndims is None else x.shape.as_list()[-1]
    if size is None:
        raise ValueError(f"the last axis of {x} must be known here: set its shape")
    return size


class MaskedAutoregressiveFlow(_Shifting):
    """y_i = x_i exp(s_i) + t_i, with s_i and t_i computed from y_1 ... y_(i-1).

    The inverse takes one call of the network, the function itself as many as an event has numbers.

    Args:
        shift_and_log_scale_fn: function from y, `[..., k]`, to (t, s), each of that shape or None, where nothing
            depends on later numbers; `masked_autoregressive_default_template` makes one.
        is_constant_jacobian: whether s does not depend on y.
        unroll_loop: whether the calls stand one after the other instead of in a loop.

    Source: Papamakarios, Pavlakou and Murray, "Masked Autoregressive Flow for Density Estimation" (2017).
    """

    def __init__(
        self, shift_and_log_scale_fn, is_constant_jacobian=False, validate_args=False, unroll_loop=False, name=None
    ):
        self._unroll_loop = unroll_loop
        super().__init__(shift_and_log_scale_fn, is_constant_jacobian, name or "masked_autoregressive_flow")

    def _forward(self, x):
        y = array.zeros_like(x, name="y0")
        if self._unroll_loop:
            for _ in range(_size(x)):
                y = self._moved(x, *self._shift_and_log_scale_fn(y))
            return y
        size = array.shape(x)[-1]
        self._shift_and_log_scale_fn(y)  # makes the variables, outside of the loop
        return while_loop.while_loop(
            lambda i, _: i < size, lambda i, y: (i + 1, self._moved(x, *self._shift_and_log_scale_fn(y))), (0, y),
            maximum_iterations=x.shape.as_list()[-1],
        )[1]  # fmt: skip

    def _inverse(self, y):
        return self._moved_back(y, *self._shift_and_log_scale_fn(y))

    def _inverse_log_det_jacobian(self, y):
        return -self._stretch(y, self._shift_and_log_scale_fn(y)[1])


class RealNVP(_Shifting):
    """Leaves the first numbers of an event as they are, and scales and shifts the others by what these say.

    Args:
        num_masked: int, how many of the first numbers stay.
        shift_and_log_scale_fn: function from (`[batch, num_masked]`, how many others) to (shift, log_scale), each
            `[batch, others]` or None; `real_nvp_default_template` makes one.
        is_constant_jacobian: whether log_scale does not depend on x.

    Raises:
        ValueError: `num_masked` is below 1, or not below the size of an event.

    Source: Dinh, Sohl-Dickstein and Bengio, "Density estimation using Real NVP" (2017).
    """

    def __init__(self, num_masked, shift_and_log_scale_fn, is_constant_jacobian=False, validate_args=False, name=None):
        if num_masked <= 0:
            raise ValueError(f"num_masked must be a positive integer, got {num_masked}.")
        self._num_masked = num_masked
        super().__init__(shift_and_log_scale_fn, is_constant_jacobian, name or "real_nvp")

    def _parts(self, x):
        """(the numbers that stay, the others, shift, log_scale)"""
        others = _size(x) - self._num_masked
        if others <= 0:
            raise ValueError(
                f"Number of masked units must be smaller than the event size: {self._num_masked} of {_size(x)}"
            )
        kept = x[:, : self._num_masked]
        return kept, x[:, self._num_masked :], *self._shift_and_log_scale_fn(kept, others)

    def _forward(self, x):
        kept, *others = self._parts(x)
        return array.concat([kept, self._moved(*others)], -1)

    def _inverse(self, y):
        kept, *others = self._parts(y)
        return array.concat([kept, self._moved_back(*others)], -1)

    def _forward_log_det_jacobian(self, x):
        return self._stretch(x, self._parts(x)[-1])

    def _inverse_log_det_jacobian(self, y):
        return -self._stretch(y, self._parts(y)[-1])


class BatchNormalization(bijectors.Bijector):
    """Normalizes on the way back, by the batch while training, and undoes it by the moving averages on the way there.

    Args:
        batchnorm_layer: `tf.layers.BatchNormalization`; by default one whose gamma stays positive.
        training: bool, whether `inverse` goes by the batch.

    Raises:
        ValueError: the layer is no such layer, or has `renorm` or a virtual batch size.
    """

    def __init__(self, batchnorm_layer=None, training=True, validate_args=False, name="batch_normalization"):
        layer = batchnorm_layer or normalization.BatchNormalization(gamma_constraint=lambda x: nn.relu(x) + 1e-6)
        if not isinstance(layer, normalization.BatchNormalization):
            raise ValueError(f"batchnorm_layer must be an instance of BatchNormalization layer, got {layer!r}.")
        if layer.renorm or layer.virtual_batch_size:
            raise ValueError("The bijector supports neither renormalization nor virtual batch sizes.")
        self.batchnorm, self._training = layer, training
        super().__init__(forward_min_event_ndims=len(layer.axis), name=name)

    def _built(self, x):
        if not x.shape.is_fully_defined():
            raise ValueError(f"Input must have shape known at graph construction, got {x}.")
        if not self.batchnorm.built:
            self.batchnorm.build(x.shape)
        return [axis % x.shape.ndims for axis in self.batchnorm.axis]

    def _forward(self, x):
        axes, dims, layer = self._built(x), x.shape.as_list(), self.batchnorm
        shape = [dims[i] if i in axes else 1 for i in range(len(dims))]

        def wide(v):
            return v if axes == [len(dims) - 1] else array.reshape(v, shape)

        x = x - wide(layer.beta) if layer.center else x
        x = x / wide(layer.gamma) if layer.scale else x
        return x * unary.sqrt(wide(layer.moving_variance) + layer.epsilon) + wide(layer.moving_mean)

    def _inverse(self, y):
        return self.batchnorm.apply(y, training=self._training)

    def _forward_log_det_jacobian(self, x):
        return -self._volume(x, from_batch=False)

    def _inverse_log_det_jacobian(self, y):
        return self._volume(y, from_batch=self._training)

    def _volume(self, x, from_batch):
        axes = self._built(x)
        if from_batch:
            rest = [i for i in range(x.shape.ndims) if i not in axes]
            variance = moments_of.moments(x, rest, keep_dims=True)[1]
        else:
            variance = self.batchnorm.moving_variance
        total = -0.5 * reduce.reduce_sum(unary.log(variance + self.batchnorm.epsilon))
        return reduce.reduce_sum(unary.log(self.batchnorm.gamma)) + total if self.batchnorm.scale else total


# -- the networks --------------------------------------------------------------------------------------------------------


def _mask(num_blocks, inputs, outputs, exclusive):
    """`[inputs, outputs]`: ones where an output may see an input of its own block (unless `exclusive`) or an earlier one."""
    mask = np.zeros([outputs, inputs], np.float32)
    wide, high = inputs // num_blocks, outputs // num_blocks
    for block in range(num_blocks):
        mask[(block + exclusive) * high :, block * wide : (block + 1) * wide] = 1
    return mask.T


def masked_dense(
    inputs, units, num_blocks=None, exclusive=False, kernel_initializer=None, reuse=None, name=None, *args, **kwargs
):
    """A dense layer whose outputs see only the blocks of inputs before them.

    Args:
        inputs: `[..., n]`.
        units: int, the outputs.
        num_blocks: int, into how many blocks inputs and outputs are cut.
        exclusive: bool, whether outputs do not see their own block either: the first layer of such a network.
        kernel_initializer: normal after Glorot when None; `reuse`, `name` and the rest as for `tf.layers.dense`.

    Source: Germain, Gregor, Murray and Larochelle, "MADE: Masked Autoencoder for Distribution Estimation" (2015).
    """
    mask = _mask(num_blocks, _size(inputs), units, exclusive)
    draw = kernel_initializer or initializers.GlorotNormal()

    def start(shape, dtype=None, partition_info=None):
        return mask * draw(shape, dtype, partition_info)

    with build.name_scope(name, "masked_dense", [inputs]):
        layer = dense.Dense(
            units, *args, kernel_initializer=start, kernel_constraint=lambda x: mask * x, name=name,
            dtype=inputs.dtype.base_dtype, _scope=name, _reuse=reuse, **kwargs,
        )  # fmt: skip
        return layer.apply(inputs)


def masked_autoregressive_default_template(
    hidden_layers, shift_only=False, activation=nn.relu, log_scale_min_clip=-5.0, log_scale_max_clip=3.0,
    log_scale_clip_gradient=False, name=None, *args, **kwargs,
):  # fmt: skip
    """A network for `MaskedAutoregressiveFlow`, whose variables are made in the first call.

    Args:
        hidden_layers: list of int, the units of each; each should be at least the size of an event.
        shift_only: bool, no log_scale: None in its place.
        activation: function, or None.
        log_scale_min_clip, log_scale_max_clip: floats that log_scale is cut to; its gradient too where
            `log_scale_clip_gradient`.
        The rest as for `tf.layers.dense`.

    Returns:
        A function from `[..., k]` to (shift, log_scale), of the same shape.
    """
    name = name or "masked_autoregressive_default_template"

    def network(x):
        size = _size(x)
        shape = x.shape.as_list() if x.shape.is_fully_defined() else array.shape(x)
        for i, units in enumerate(hidden_layers):
            x = masked_dense(x, units, size, i == 0, *args, activation=activation, **kwargs)
        x = masked_dense(x, (1 if shift_only else 2) * size, size, *args, activation=None, **kwargs)
        if shift_only:
            return array.reshape(x, shape), None
        shift, log_scale = joining.unstack(array.reshape(x, array.concat([shape, [2]], 0)), 2, -1)
        cut = clip.clip_by_value(log_scale, log_scale_min_clip, log_scale_max_clip)
        return shift, cut if log_scale_clip_gradient else log_scale + array.stop_gradient(cut - log_scale)

    with build.name_scope(name):
        return template.make_template(name, network)


def real_nvp_default_template(hidden_layers, shift_only=False, activation=nn.relu, name=None, *args, **kwargs):
    """A network for `RealNVP`, whose variables are made in the first call; the arguments as for the one above.

    Returns:
        A function from (`[batch, n]`, m) to (shift, log_scale), `[batch, m]` each; log_scale is None where `shift_only`.
    """

    def network(x, output_units):
        for units in hidden_layers:
            x = dense.dense(x, units, activation, *args, **kwargs)
        x = dense.dense(x, (1 if shift_only else 2) * output_units, None, *args, **kwargs)
        return (x, None) if shift_only else tuple(joining.split(x, 2, -1))

    with build.name_scope(name, "real_nvp_default_template"):
        return template.make_template("real_nvp_default_template", network)
