"""Accumulators: they add up gradients of several runs until enough have come, and drop those of old steps."""

from __future__ import annotations

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def, tensor
from graphflow._ops import math


class ConditionalAccumulatorBase:
    """What accumulators have in common.

    Args:
        dtype: of the gradients.
        shape: of the gradients, as far as it is known.
        accumulator_ref: the handle.
    """

    def __init__(self, dtype, shape, accumulator_ref):
        self._dtype, self._shape, self._accumulator_ref = dtype, shapes.TensorShape(shape), accumulator_ref
        self._name = accumulator_ref.op.name.split("/")[-1]

    accumulator_ref = property(lambda self: self._accumulator_ref, doc="The handle of the accumulator.")
    name = property(lambda self: self._name, doc="Its name.")
    dtype = property(lambda self: self._dtype, doc="The type of the gradients.")

    def _apply(self, what, *inputs, name=None, **attrs):
        kind = "Resource" if self._accumulator_ref.dtype is dtypes.resource else ""
        return build.apply(f"{kind}Accumulator{what}", self._accumulator_ref, *inputs, name=name, **attrs)

    def num_accumulated(self, name=None):
        """How many gradients have come since the last were taken, an int32 scalar."""
        return self._apply("NumAccumulated", name=name or f"{self._name}_NumAccumulated")

    def set_global_step(self, new_global_step, name=None):
        """An operation that sets the step; gradients of earlier ones are dropped."""
        return self._apply("SetGlobalStep", _step(new_global_step), name=name)


def _step(value):
    return math.cast(build.convert_to_tensor(value), dtypes.int64)


class ConditionalAccumulator(ConditionalAccumulatorBase):
    """Adds up dense gradients.

    Args:
        dtype, shape: of the gradients.
        shared_name: accumulators of one shared name are one in a session.
        reduction_type: "MEAN" or "SUM", what `take_grad` gives.
    """

    def __init__(
        self, dtype, shape=None, shared_name=None, name="conditional_accumulator", reduction_type="MEAN"
    ):  # fmt: skip
        handle = build.apply(
            "ResourceConditionalAccumulator", dtype=dtype, shape=shapes.as_dims(shape), shared_name=shared_name or "",
            reduction_type=reduction_type, name=name,
        )  # fmt: skip
        super().__init__(dtypes.as_dtype(dtype), shape, handle)

    def apply_grad(self, grad, local_step=0, name=None):
        """An operation that adds `grad`, unless `local_step` is before the accumulator's step.

        Raises:
            ValueError: the gradient has another shape.
        """
        grad = build.convert_to_tensor(grad, self._dtype)
        grad.shape.assert_is_compatible_with(self._shape)
        return self._apply("ApplyGradient", _step(local_step), grad, name=name)

    def take_grad(self, num_required, name=None):
        """The mean (or sum) of the gradients, once `num_required` have come; the accumulator begins anew, one step on."""
        taken = self._apply("TakeGradient", num_required, dtype=self._dtype, name=name)
        taken.set_shape(self._shape)
        return taken


class SparseConditionalAccumulator(ConditionalAccumulatorBase):
    """Adds up gradients that are IndexedSlices: each row has its own mean, over the gradients that name it. Args as above."""

    def __init__(
        self, dtype, shape=None, shared_name=None, name="sparse_conditional_accumulator", reduction_type="MEAN"
    ):  # fmt: skip
        handle = build.apply(
            "SparseConditionalAccumulator", dtype=dtype, shape=shapes.as_dims(shape), shared_name=shared_name or "",
            reduction_type=reduction_type, name=name,
        )  # fmt: skip
        super().__init__(dtypes.as_dtype(dtype), shape, handle)

    def apply_indexed_slices_grad(self, grad, local_step=0, name=None):
        """`apply_grad` of IndexedSlices."""
        return self.apply_grad(grad.indices, grad.values, grad.dense_shape, local_step, name)

    def apply_grad(self, grad_indices, grad_values, grad_shape=None, local_step=0, name=None):
        """An operation that adds rows, unless `local_step` is before the accumulator's step.

        Args:
            grad_indices: integer `[n]`, the numbers of the rows.
            grad_values: `[n, ...]`.
            grad_shape: the shape of the whole; None when it is not known.
        """
        return build.apply(
            "SparseAccumulatorApplyGradient", self._accumulator_ref, _step(local_step), math.cast(grad_indices, dtypes.int64),
            grad_values, math.cast([] if grad_shape is None else grad_shape, dtypes.int64),
            has_known_shape=grad_shape is not None, name=name,
        )  # fmt: skip

    def take_grad(self, num_required, name=None):
        """(indices, values, shape) of the mean (or sum) of the gradients, once `num_required` have come."""
        return build.apply(
            "SparseAccumulatorTakeGradient", self._accumulator_ref, num_required, dtype=self._dtype, name=name
        )

    def take_indexed_slices_grad(self, num_required, name=None):
        """`take_grad` as IndexedSlices."""
        indices, values, shape = self.take_grad(num_required, name)
        return tensor.IndexedSlices(values, indices, shape)


op_def.shape_rule(
    "ResourceConditionalAccumulator", "SparseConditionalAccumulator", "ConditionalAccumulator"
)(lambda op: [(2,)])  # fmt: skip
op_def.shape_rule("ResourceAccumulatorNumAccumulated", "AccumulatorNumAccumulated")(lambda op: [()])
op_def.shape_rule("ResourceAccumulatorTakeGradient", "AccumulatorTakeGradient")(lambda op: [None])
op_def.shape_rule("SparseAccumulatorTakeGradient")(lambda op: [None, None, None])
