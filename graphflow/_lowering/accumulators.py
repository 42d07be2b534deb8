"""Rules of `_ops/accumulators.py`: accumulators are objects of the session, and taking from one waits for what is missing."""

from __future__ import annotations

import threading

import numpy as np

from graphflow._core import errors, log, shapes
from graphflow._lowering import queues, rule


class _Accumulator:
    """The sum of what came since it was last taken.

    Attributes:
        step: gradients of earlier steps are dropped.
        count: how many gradients there are.
    """

    def __init__(self, op):
        self.step, self.count, self.gone = 0, 0, False
        self.is_mean = op.attrs["reduction_type"] == b"MEAN"
        self.dims = op.attrs["shape"]
        self._changed = threading.Condition()
        self._begin()

    def _begin(self):
        self.total = None

    def _add(self, op, grad):
        if not shapes.compatible(self.dims, grad.shape) or self.total is not None and self.total.shape != grad.shape:
            wanted = shapes.to_text(self.dims) if self.total is None else list(self.total.shape)
            raise errors.InvalidArgumentError(None, op, f"Shape mismatch: expected {wanted}, got {list(grad.shape)}")
        self.total = grad.copy() if self.total is None else self.total + grad

    def _taken(self):
        return self.total / np.asarray(self.count, self.total.dtype) if self.is_mean else self.total

    def apply(self, op, step, *grad):
        """Adds a gradient, or drops one of an old step."""
        with self._changed:
            if step >= self.step:
                self._add(op, *grad)
                self.count += 1
                self._changed.notify_all()

    def take(self, op, required, clock):
        """What has come, once that is `required` gradients. `clock`: as for queues."""
        if required < 1:
            raise errors.InvalidArgumentError(None, op, "Argument num_required must be >= 1")
        with self._changed:
            while self.count < required and not self.gone:
                self._changed.wait(clock())
            if self.gone:
                raise errors.CancelledError(None, op, "TakeGrad operation was cancelled")
            found = self._taken()
            self.step, self.count = self.step + 1, 0
            self._begin()
            return found

    def set_step(self, step):
        """Sets the step."""
        with self._changed:
            if step < self.step:
                log.warning("Attempt to set current_global_step_ to smaller value: %d >= %d", self.step, step)
            self.step = step

    def leave(self):
        """The session is closed: what waits is cancelled."""
        with self._changed:
            self.gone = True
            self._changed.notify_all()


class _SparseAccumulator(_Accumulator):
    """The sums of rows, each with the number of gradients that had one."""

    def _begin(self):
        self.rows = {}

    def _add(self, op, indices, values, shape, is_known):
        if len(indices) != len(values):
            raise errors.InvalidArgumentError(None, op, f"{len(indices)} indices came with {len(values)} rows")
        if is_known and self.dims and not shapes.compatible(self.dims, tuple(shape.tolist())):
            raise errors.InvalidArgumentError(
                None, op, f"Shape mismatch: expected {shapes.to_text(self.dims)}, got {shape.tolist()}"
            )
        self.like = values
        for index, row in zip(indices.tolist(), values):
            total, count = self.rows.get(index, (0, 0))
            self.rows[index] = total + row, count + 1

    def _taken(self):
        indices = np.array(sorted(self.rows), np.int64)
        rows = [self.rows[i][0] / self.rows[i][1] if self.is_mean else self.rows[i][0] for i in indices.tolist()]
        inner = self.like.shape[1:]
        values = np.array(rows, self.like.dtype).reshape(len(rows), *inner)
        first = self.dims[0] if self.dims and self.dims[0] is not None else -1
        return indices, values, np.array([first, *inner], np.int64)


def _make(kind):
    def emit(ctx, op):
        return queues.resource_of(ctx, op, lambda resources: kind(op))

    return rule.Host(emit, because="an accumulator lives in the session", free=True)


def _of(ctx, ref):
    return ctx.resources[ref.key].value


def _apply(ctx, op, ref, step, grad):
    _of(ctx, ref).apply(op, int(step), grad)
    return ()


def _apply_sparse(ctx, op, ref, step, indices, values, shape):
    _of(ctx, ref).apply(op, int(step), indices, values, shape, op.attrs["has_known_shape"])
    return ()


def _take(ctx, op, ref, required):
    return _of(ctx, ref).take(op, int(required), ctx.time_left)


def _set_step(ctx, op, ref, step):
    _of(ctx, ref).set_step(int(step))
    return ()


def _host(emit):
    return rule.Host(emit, because="an accumulator lives in the session")


RULES = {
    "ConditionalAccumulator": _make(_Accumulator),
    "ResourceConditionalAccumulator": _make(_Accumulator),
    "SparseConditionalAccumulator": _make(_SparseAccumulator),
    "SparseAccumulatorApplyGradient": _host(_apply_sparse),
    "SparseAccumulatorTakeGradient": _host(_take),
}
for _prefix in ("", "Resource"):
    RULES[f"{_prefix}AccumulatorApplyGradient"] = _host(_apply)
    RULES[f"{_prefix}AccumulatorTakeGradient"] = _host(_take)
    RULES[f"{_prefix}AccumulatorSetGlobalStep"] = _host(_set_step)
    RULES[f"{_prefix}AccumulatorNumAccumulated"] = _host(lambda ctx, op, ref: np.int32(_of(ctx, ref).count))
