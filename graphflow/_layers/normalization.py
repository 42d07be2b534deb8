"""Batch normalisation as a layer, with moving averages for use after training."""

from __future__ import annotations

from graphflow._core import dtypes, shapes
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._layers import base
from graphflow._ops import array, control_flow, initializers, math, nn, normalization, reduce, state, unary, variable

_ONES = initializers.Ones()
_ON_READ = variable.VariableSynchronization.ON_READ


class BatchNormalization(base.Layer):
    """Makes each channel's values over a batch zero in mean and one in variance, then scales and shifts them.

    Moving averages are updated by the operations in UPDATE_OPS, which have to run with each training step.

    Args:
        axis: int or list of ints, the axes that keep statistics of their own.
        momentum: of the moving averages.
        epsilon: added to the variance.
        center, scale: whether there is a `beta` to add, a `gamma` to multiply with.
        *_initializer, *_regularizer, *_constraint: of the variables.
        renorm, renorm_clipping, renorm_momentum: batch renormalisation; the dict clips by "rmin", "rmax", "dmax".
        fused: one operation for all, where the inputs allow; None: wherever they do.
        virtual_batch_size: int, batches are normalised in parts of this size.
        adjustment: a function shape -> (scale, bias), applied to the normalised values in training.
        trainable, name: as for `Layer`.

    Sources: Ioffe and Szegedy, https://arxiv.org/abs/1502.03167 (2015); Ioffe, batch renormalisation,
    https://arxiv.org/abs/1702.03275 (2017).
    """

    def __init__(
        self, axis=-1, momentum=0.99, epsilon=1e-3, center=True, scale=True, beta_initializer=base.ZEROS,
        gamma_initializer=_ONES, moving_mean_initializer=base.ZEROS, moving_variance_initializer=_ONES, beta_regularizer=None,
        gamma_regularizer=None, beta_constraint=None, gamma_constraint=None, renorm=False, renorm_clipping=None,
        renorm_momentum=0.99, fused=None, trainable=True, virtual_batch_size=None, adjustment=None, name=None, **kwargs,
    ):  # fmt: skip
        super().__init__(name=name, trainable=trainable, **kwargs)
        if not isinstance(axis, (int, list, tuple)):
            raise TypeError(f"axis must be int or list, type given: {type(axis)}")
        self.axis = [axis] if isinstance(axis, int) else list(axis)
        self.momentum, self.epsilon, self.center, self.scale = momentum, epsilon, center, scale
        self.beta_initializer, self.gamma_initializer = beta_initializer, gamma_initializer
        self.moving_mean_initializer = moving_mean_initializer
        self.moving_variance_initializer = moving_variance_initializer
        self.beta_regularizer, self.gamma_regularizer = beta_regularizer, gamma_regularizer
        self.beta_constraint, self.gamma_constraint = beta_constraint, gamma_constraint
        self.renorm, self.renorm_clipping, self.renorm_momentum = renorm, renorm_clipping or {}, renorm_momentum
        unknown = set(self.renorm_clipping) - {"rmin", "rmax", "dmax"}
        if renorm and unknown:
            raise ValueError(f"renorm_clipping {renorm_clipping} contains keys other than rmin, rmax, dmax")
        if fused and (renorm or virtual_batch_size is not None or adjustment is not None or len(self.axis) > 1):
            raise ValueError(
                "fused=True goes with none of renorm, virtual_batch_size, adjustment and several axes: leave `fused` out"
            )
        self.fused = fused if not (renorm or virtual_batch_size is not None or adjustment) else False
        self.virtual_batch_size, self.adjustment = virtual_batch_size, adjustment

    # -- variables -------------------------------------------------------------------------------------------------------

    def build(self, input_shape):
        dims = shapes.as_dims(input_shape)
        if dims is None:
            raise ValueError(f"Input has undefined rank, in layer {self.name}: set its shape")
        rank = len(dims)
        self._axes = [axis + rank if axis < 0 else axis for axis in self.axis]
        if any(not 0 <= axis < rank for axis in self._axes) or len(set(self._axes)) < len(self._axes):
            raise ValueError(f"Invalid axis: {self.axis} for inputs of rank {rank}")
        if any(dims[axis] is None for axis in self._axes):
            raise ValueError(
                f"The sizes of axes {self.axis} have to be known, found {list(dims)}, in layer {self.name}"
            )
        may_fuse = rank == 4 and self._axes in ([1], [3])
        if self.fused and not may_fuse:
            raise ValueError(
                f"Unsupported axis, fused batch norm only supports axis == [1] or axis == [3] of four; got {self.axis} of {rank}"
            )
        self._fuses = may_fuse and self.fused is not False
        self._layout = "NCHW" if self._axes == [1] else "NHWC"
        self.input_spec = base.InputSpec(ndim=rank, axes={axis: dims[axis] for axis in self._axes})
        if len(self._axes) == 1 and self.virtual_batch_size is None:
            shape = (dims[self._axes[0]],)
        else:
            shape = [size if i in self._axes else 1 for i, size in enumerate(dims)]
        if self.virtual_batch_size is not None:  # inputs get an axis more, for the parts
            shape.insert(1, 1)
            self._axes = [axis + 1 for axis in self._axes]
        dtype = dtypes.float32 if self.dtype in (None, "float16", "bfloat16") else self.dtype
        self._make(shape, dtype)
        self.built = True

    def _make(self, shape, dtype):
        """The variables; what averages is cut into no parts."""

        def trained(name, initializer, regularizer, constraint):
            return self.add_weight(
                name,
                shape,
                dtype,
                initializer=initializer,
                regularizer=regularizer,
                constraint=constraint,
                trainable=True,
            )

        def averaged(name, initializer):
            return self.add_weight(
                name, shape, dtype, initializer=initializer, trainable=False, synchronization=_ON_READ,
                aggregation=variable.VariableAggregation.MEAN,
            )  # fmt: skip

        def stddev(*args, **kwargs):
            return unary.sqrt(self.moving_variance_initializer(*args, **kwargs))

        self.gamma = self.beta = None
        if self.scale:
            self.gamma = trained("gamma", self.gamma_initializer, self.gamma_regularizer, self.gamma_constraint)
        elif self._fuses:
            self._gamma = build.constant(1.0, dtype=dtype, shape=shape)
        if self.center:
            self.beta = trained("beta", self.beta_initializer, self.beta_regularizer, self.beta_constraint)
        elif self._fuses:
            self._beta = build.constant(0.0, dtype=dtype, shape=shape)
        partitioner, self._scope.partitioner = self._scope.partitioner, None
        try:
            self.moving_mean = averaged("moving_mean", self.moving_mean_initializer)
            self.moving_variance = averaged("moving_variance", self.moving_variance_initializer)
            if self.renorm:
                beside = graph_lib.get_default_graph().colocate_with
                with beside(self.moving_variance.op):
                    self.moving_stddev = averaged("moving_stddev", stddev)
                with beside(self.moving_mean.op):
                    self.renorm_mean = averaged("renorm_mean", self.moving_mean_initializer)
                with beside(self.moving_stddev.op):
                    self.renorm_stddev = averaged("renorm_stddev", stddev)
        finally:
            self._scope.partitioner = partitioner

    # -- moving averages -------------------------------------------------------------------------------------------------

    def _average(self, kept, value, momentum):
        """Moves a variable towards a value."""
        graph = graph_lib.get_default_graph()
        with build.name_scope(None, "AssignMovingAvg", [kept, value, momentum]) as scope:
            with graph.colocate_with(kept.op):
                decay = build.convert_to_tensor(1.0 - momentum, name="decay")
                if decay.dtype != kept.dtype.base_dtype:
                    decay = math.cast(decay, kept.dtype.base_dtype)
                change = (kept - math.cast(value, kept.dtype.base_dtype)) * decay
                return state.assign_sub(kept, change, name=scope)

    def _average_deviation(self, variance, momentum):
        """Moves the averaged deviation, and sets the averaged variance from it."""
        moved = self._average(self.moving_stddev, unary.sqrt(variance + self.epsilon), momentum)
        value = nn.relu(moved * moved - self.epsilon)
        with build.name_scope(None, "AssignNewValue", [self.moving_variance, value]) as scope:
            with graph_lib.get_default_graph().colocate_with(self.moving_variance.op):
                return state.assign(self.moving_variance, value, name=scope)

    # -- calling it ------------------------------------------------------------------------------------------------------

    def call(self, inputs, training=False):
        if self._fuses:
            return self._fused_call(inputs, training)
        if self.virtual_batch_size is None:
            return self._plain_call(inputs, training)
        shape = [-1, *inputs._dims[1:]]
        parts = array.reshape(inputs, [self.virtual_batch_size, -1, *shape[1:]])
        return array.reshape(self._plain_call(parts, training), shape)

    def _fused_call(self, inputs, training):
        gamma = self.gamma if self.scale else self._gamma
        beta = self.beta if self.center else self._beta

        def train():
            return normalization.fused_batch_norm(inputs, gamma, beta, epsilon=self.epsilon, data_format=self._layout)

        def use():
            return normalization.fused_batch_norm(
                inputs, gamma, beta, mean=self.moving_mean, variance=self.moving_variance, epsilon=self.epsilon,
                is_training=False, data_format=self._layout,
            )  # fmt: skip

        outputs, mean, variance = control_flow.smart_cond(training, train, use)
        known = control_flow.smart_constant_value(training)
        if known is None:
            momentum = control_flow.smart_cond(training, lambda: self.momentum, lambda: 1.0)
        else:
            momentum = build.convert_to_tensor(self.momentum)
        if known is None or known:
            self.add_update(self._average(self.moving_mean, mean, momentum))
            self.add_update(self._average(self.moving_variance, variance, momentum))
        return outputs

    def _plain_call(self, inputs, training):
        rank = len(inputs._dims)
        others = [i for i in range(rank) if i not in self._axes]
        if self.virtual_batch_size is not None:
            del others[1]
        sizes = [inputs._dims[i] if i == self._axes[0] else 1 for i in range(rank)]

        def spread(v):
            if v is not None and len(v.shape) != rank and others != list(range(rank - 1)):
                return array.reshape(v, sizes)
            return v

        scale, offset = spread(self.gamma), spread(self.beta)
        known = control_flow.smart_constant_value(training)
        if known is not None and not known:
            mean, variance = self.moving_mean, self.moving_variance
        else:
            if self.adjustment:
                scale, offset = self._adjusted(inputs, training, scale, offset)
            mean, variance = self._moments(inputs, others, training)
            new_mean, new_variance = mean, variance
            if self.virtual_batch_size is not None:
                new_mean = reduce.reduce_mean(mean, axis=1, keepdims=True)
                new_variance = reduce.reduce_mean(variance, axis=1, keepdims=True)
            if self.renorm:
                r, d, new_mean, new_variance = self._renormed(new_mean, new_variance, training)
                r, d = spread(array.stop_gradient(r, name="renorm_r")), spread(array.stop_gradient(d, name="renorm_d"))
                scale, offset = _composed(r, d, scale, offset)
            self._update_averages(new_mean, new_variance, training)
        mean, variance = (math.cast(v, inputs.dtype) for v in (mean, variance))
        scale, offset = (v if v is None else math.cast(v, inputs.dtype) for v in (scale, offset))
        outputs = normalization.batch_normalization(inputs, spread(mean), spread(variance), offset, scale, self.epsilon)
        outputs.set_shape(inputs.shape)
        return outputs

    def _adjusted(self, inputs, training, scale, offset):
        by, bias = self.adjustment(array.shape(inputs))
        by = control_flow.smart_cond(training, lambda: by, lambda: array.ones_like(by))
        bias = control_flow.smart_cond(training, lambda: bias, lambda: array.zeros_like(bias))
        return _composed(by, bias, scale, offset)

    def _moments(self, inputs, others, training):
        """Mean and variance of the batch in training, the averaged ones after."""
        keeps = self.virtual_batch_size is not None or len(self._axes) > 1
        values = math.cast(inputs, self.moving_mean.dtype.base_dtype)
        mean, variance = normalization.moments(values, others, keepdims=keeps)
        mean = control_flow.smart_cond(training, lambda: mean, lambda: build.convert_to_tensor(self.moving_mean))
        variance = control_flow.smart_cond(
            training, lambda: variance, lambda: build.convert_to_tensor(self.moving_variance)
        )
        return mean, variance

    def _update_averages(self, mean, variance, training):
        def update_variance():
            if self.renorm:
                return self._average_deviation(variance, self.momentum)
            return self._average(self.moving_variance, variance, self.momentum)

        self.add_update(
            control_flow.smart_cond(
                training, lambda: self._average(self.moving_mean, mean, self.momentum), lambda: self.moving_mean
            )
        )
        self.add_update(control_flow.smart_cond(training, update_variance, lambda: self.moving_variance))

    def _renormed(self, mean, variance, training):
        """(r, d, mean, variance): the correction towards the averaged moments, and the moments after their update."""
        graph = graph_lib.get_default_graph()
        stddev = unary.sqrt(variance + self.epsilon)
        kept_mean, kept_stddev = self.renorm_mean, math.maximum(self.renorm_stddev, unary.sqrt(self.epsilon))
        r, d = stddev / kept_stddev, (mean - kept_mean) / kept_stddev
        with graph.control_dependencies([r, d]):
            mean, stddev = array.identity(mean), array.identity(stddev)
        rmin, rmax, dmax = (self.renorm_clipping.get(key) for key in ("rmin", "rmax", "dmax"))
        if rmin is not None:
            r = math.maximum(r, rmin)
        if rmax is not None:
            r = math.minimum(r, rmax)
        if dmax is not None:
            d = math.minimum(math.maximum(d, -dmax), dmax)
        r_used = control_flow.smart_cond(training, lambda: r, lambda: array.ones_like(r))
        d_used = control_flow.smart_cond(training, lambda: d, lambda: array.zeros_like(d))

        def moved(kept, value):
            value = array.identity(value)
            return control_flow.smart_cond(
                training, lambda: self._average(kept, value, self.renorm_momentum), lambda: array.identity(kept)
            )

        updates = [moved(self.renorm_mean, mean), moved(self.renorm_stddev, stddev)]
        with graph.control_dependencies(updates):
            return r_used, d_used, array.identity(mean), array.identity(variance)

    def compute_output_shape(self, input_shape):
        return input_shape


def _composed(scale, offset, then_scale, then_offset):
    """Two scalings and shifts as one."""
    if then_scale is not None:
        scale *= then_scale
        offset *= then_scale
    if then_offset is not None:
        offset += then_offset
    return scale, offset


def batch_normalization(
    inputs, axis=-1, momentum=0.99, epsilon=1e-3, center=True, scale=True, beta_initializer=base.ZEROS,
    gamma_initializer=_ONES, moving_mean_initializer=base.ZEROS, moving_variance_initializer=_ONES, beta_regularizer=None,
    gamma_regularizer=None, beta_constraint=None, gamma_constraint=None, training=False, trainable=True, name=None,
    reuse=None, renorm=False, renorm_clipping=None, renorm_momentum=0.99, fused=None, virtual_batch_size=None,
    adjustment=None,
):  # fmt: skip
    """One call of a new `BatchNormalization`.

    `training`, a bool or a tensor, says whether the batch's own moments are used; updates of the averages join UPDATE_OPS.
    """
    layer = BatchNormalization(
        axis, momentum, epsilon, center, scale, beta_initializer, gamma_initializer, moving_mean_initializer,
        moving_variance_initializer, beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint, renorm,
        renorm_clipping, renorm_momentum, fused, trainable, virtual_batch_size, adjustment, name, _reuse=reuse, _scope=name,
    )  # fmt: skip
    return layer(inputs, training=training)
