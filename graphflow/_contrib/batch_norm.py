"""Batch normalization, in the three ways in which contrib builds it: a layer, one fused operation, or by hand."""

from __future__ import annotations

from graphflow._contrib import arg_scope, dense_layers, layer_tools, model_variables
from graphflow._core import dtypes
from graphflow._graph import build, keys
from graphflow._graph import graph as graph_lib
from graphflow._layers import normalization as layers_normalization
from graphflow._ops import array, initializers, normalization, variable_scope
from graphflow._train import moving_averages

_UPDATE_OPS = keys.GraphKeys.UPDATE_OPS
_STARTS = {
    "beta": initializers.Zeros(), "gamma": initializers.Ones(), "moving_mean": initializers.Zeros(),
    "moving_variance": initializers.Ones(),
}  # fmt: skip


@arg_scope.add_arg_scope
def batch_norm(
    inputs, decay=0.999, center=True, scale=False, epsilon=0.001, activation_fn=None, param_initializers=None,
    param_regularizers=None, updates_collections=_UPDATE_OPS, is_training=True, reuse=None, variables_collections=None,
    outputs_collections=None, trainable=True, batch_weights=None, fused=None, data_format="NHWC",
    zero_debias_moving_mean=False, scope=None, renorm=False, renorm_clipping=None, renorm_decay=0.99, adjustment=None,
):  # fmt: skip
    """Normalizes each channel to mean 0 and variance 1: by the batch in training, by moving averages else.

    Args:
        decay: of the moving averages.
        center, scale: whether an offset beta is added, and a factor gamma applied.
        param_initializers, param_regularizers: dicts by name: beta, gamma, moving_mean, moving_variance.
        updates_collections: where the updates of the averages go, to be run with each step; None: they run in place.
        is_training: bool or scalar tensor.
        batch_weights: float `[batch]`, weight of each example in mean and variance.
        fused: False for never the fused operation.
        zero_debias_moving_mean: see `assign_moving_average`.
        renorm, renorm_clipping, renorm_decay, adjustment: see `tf.layers.BatchNormalization`.
        others: as for `fully_connected`.

    Source: Ioffe, Szegedy, "Batch normalization: accelerating deep network training" (2015).
    """
    layout = layer_tools.checked_format(data_format)
    inputs = build.convert_to_tensor(inputs)
    rank = None if inputs._dims is None else len(inputs._dims)
    fused = fused is None or fused
    is_plain = updates_collections is _UPDATE_OPS and not zero_debias_moving_mean
    may_fuse = batch_weights is None and not renorm and rank in (2, 4) and adjustment is None
    parameters = _Parameters(param_initializers, param_regularizers, variables_collections, trainable)
    averages = _Averages(is_training, decay, zero_debias_moving_mean, updates_collections)
    if fused and may_fuse and (rank == 2 or not is_plain):
        with variable_scope.variable_scope(scope, "BatchNorm", [inputs], reuse=reuse) as sc:
            outputs = _fused(inputs, rank, layout, data_format, center, scale, epsilon, parameters, averages)
            return dense_layers.finish(outputs, sc, activation_fn, outputs_collections)
    getter = model_variables.model_variable_getter()
    with variable_scope.variable_scope(scope, "BatchNorm", [inputs], reuse=reuse, custom_getter=getter) as sc:
        if batch_weights is None and is_plain:
            layer = layers_normalization.BatchNormalization(
                axis=1 if layout == "channels_first" else -1, momentum=decay, epsilon=epsilon, center=center, scale=scale,
                beta_regularizer=parameters.regularizer("beta"), gamma_regularizer=parameters.regularizer("gamma"),
                trainable=trainable, renorm=renorm, renorm_clipping=renorm_clipping, renorm_momentum=renorm_decay,
                adjustment=adjustment, name=sc.name, _scope=sc, _reuse=reuse, fused=fused and may_fuse and rank == 4,
                **{f"{name}_initializer": parameters.initializer(name) for name in _STARTS},
            )  # fmt: skip
            outputs = layer(inputs, training=is_training)
            for name in ("moving_mean", "moving_variance", "beta", "gamma"):
                if getattr(layer, name) is not None:
                    layer_tools.add_variable_to_collections(getattr(layer, name), variables_collections, name)
        else:
            if renorm:
                raise ValueError(
                    "renorm is not supported with batch_weights, updates_collections or zero_debias_moving_mean"
                )
            outputs = _by_hand(inputs, rank, layout, center, scale, epsilon, batch_weights, parameters, averages)
        return dense_layers.finish(outputs, sc, activation_fn, outputs_collections)


class _Parameters:
    """Makes the variables of one layer: by name, with the initializers and collections given for them."""

    def __init__(self, starts, regularizers, collections, trainable):
        self._starts, self._regularizers = starts or {}, regularizers or {}
        self._collections, self._trainable = collections, trainable

    def initializer(self, name):
        return self._starts.get(name, _STARTS[name])

    def regularizer(self, name):
        return self._regularizers.get(name)

    def make(self, name, shape, dtype, regularizer=None, trainable=None):
        return model_variables.model_variable(
            name, shape=shape, dtype=dtype, initializer=self.initializer(name), regularizer=regularizer,
            collections=layer_tools.get_variable_collections(self._collections, name),
            trainable=self._trainable if trainable is None else trainable,
        )  # fmt: skip

    def make_averages(self, shape, dtype):
        with variable_scope.variable_scope(variable_scope.get_variable_scope()) as local:
            local.set_partitioner(None)
            return [self.make(name, shape, dtype, trainable=False) for name in ("moving_mean", "moving_variance")]


class _Averages:
    """When and how the moving averages follow the batches."""

    def __init__(self, is_training, decay, zero_debias, updates_collections):
        self.is_training, self.collections = is_training, updates_collections
        self._decay, self._zero_debias = decay, zero_debias
        known = layer_tools.constant_value(is_training)
        self.may_train = known is None or bool(known)

    def choose(self, in_training, else_):
        return layer_tools.smart_cond(self.is_training, in_training, else_)

    def update(self, moving, batch):
        """The operations that move (mean, variance) towards those of a batch."""
        debias = (self._zero_debias, False)
        return tuple(
            moving_averages.assign_moving_average(average, value, self._decay, zero_debias=zero)
            for average, value, zero in zip(moving, batch, debias)
        )

    def update_in_place(self, moving, batch, results):
        """`results`, after the updates."""
        with graph_lib.get_default_graph().control_dependencies(self.update(moving, batch)):
            return tuple(array.identity(result) for result in results)

    def update_later(self, moving, batch):
        """Puts the updates in their collections."""
        for update in self.choose(lambda: self.update(moving, batch), lambda: tuple(moving)):
            layer_tools.add_to_collections(self.collections, update)


def _channels(inputs, layout):
    dims = inputs.shape[1:2] if layout == "channels_first" else inputs.shape[-1:]
    if not dims.is_fully_defined():
        raise ValueError(f"Inputs {inputs.name} has undefined channels dimension: {inputs.shape}.")
    return dims


def _fused(given, rank, layout, data_format, center, scale, epsilon, parameters, averages):
    inputs = given
    if rank == 2:
        size = given._dims[-1]
        if size is None:
            raise ValueError(f"`C` dimension must be known but is None: {given.shape}")
        inputs = array.reshape(given, [-1, size, 1, 1] if layout == "channels_first" else [-1, 1, 1, size])
    shape = _channels(inputs, layout)

    def parameter(name, wanted, neutral):
        if wanted:
            return parameters.make(name, shape, dtypes.float32, parameters.regularizer(name))
        return build.constant(neutral, dtype=dtypes.float32, shape=shape)

    beta, gamma = parameter("beta", center, 0.0), parameter("gamma", scale, 1.0)
    moving = parameters.make_averages(shape, dtypes.float32)

    def normalize(**options):
        return normalization.fused_batch_norm(inputs, gamma, beta, epsilon=epsilon, data_format=data_format, **options)

    outputs, mean, variance = averages.choose(
        normalize, lambda: normalize(mean=moving[0], variance=moving[1], is_training=False)
    )
    if averages.may_train and averages.collections is None:
        before = outputs
        outputs = averages.choose(
            lambda: averages.update_in_place(moving, (mean, variance), [before])[0], lambda: before
        )
    elif averages.may_train:
        averages.update_later(moving, (mean, variance))
    outputs.set_shape(inputs.shape)
    return array.reshape(outputs, array.shape(given)) if rank == 2 else outputs


def _by_hand(inputs, rank, layout, center, scale, epsilon, batch_weights, parameters, averages):
    if rank is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    dtype, first = inputs.dtype.base_dtype, layout == "channels_first"
    if batch_weights is not None:
        batch_weights = build.convert_to_tensor(batch_weights)
        inputs.shape[0:1].assert_is_compatible_with(batch_weights.get_shape())
        batch_weights = array.reshape(batch_weights, [-1] + [1] * (rank - 1))
    axes = [0, *range(2, rank)] if first else list(range(rank - 1))
    shape = _channels(inputs, layout)
    beta = parameters.make("beta", shape, dtype) if center else None
    gamma = parameters.make("gamma", shape, dtype) if scale else None
    moving = parameters.make_averages(shape, dtype)
    mean, variance = moving
    if averages.may_train:
        batch = _moments(inputs, axes, batch_weights, keepdims=first)
        if averages.collections is None:
            mean, variance = averages.choose(
                lambda: averages.update_in_place(moving, batch, batch), lambda: tuple(moving)
            )
        else:
            averages.update_later(moving, batch)
            mean, variance = averages.choose(lambda: batch, lambda: tuple(moving))
    if first:
        wide = [1, inputs._dims[1]] + [1] * (rank - 2)
        mean, variance = array.reshape(mean, wide), array.reshape(variance, wide)
        beta = None if beta is None else array.reshape(beta, wide)
        gamma = None if gamma is None else array.reshape(gamma, wide)
    outputs = normalization.batch_normalization(inputs, mean, variance, beta, gamma, epsilon)
    outputs.set_shape(inputs.shape)
    return outputs


def _moments(inputs, axes, batch_weights, keepdims):
    options = {"keepdims": True} if keepdims else {}
    if batch_weights is None:
        moments = normalization.moments(inputs, axes, **options)
    else:
        moments = normalization.weighted_moments(inputs, axes, batch_weights, **options)
    return tuple(array.reshape(moment, [-1]) for moment in moments) if keepdims else tuple(moments)
