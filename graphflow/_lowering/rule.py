"""Rows of the lowering tables: where an operation runs, and by which function.

    RULES = {
        "Exp":    Compiled(elementwise("exp"), folds=True),
        "MatMul": Compiled(_matmul),
        "PyFunc": Host(_py_func),
        "Foo":    Unsupported("needs a TPU"),
    }

A compiled function is `f(ctx, op, *inputs)`, inputs being NumPy arrays (known while tracing) or JAX values; it returns the
output, or a tuple of them. `op` gives attributes; `ctx` (an `emit.Emitter`) gives state, random counters and guards.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._core import errors


@dataclasses.dataclass(frozen=True, slots=True)
class Compiled:
    """Runs inside a compiled program.

    Attributes:
        emit: the rule.
        static: positions of inputs that must be plain values while tracing (axes, shapes, sizes).
        folds: with only NumPy inputs the rule gives NumPy values: it is written with `xp(...)`.
        shape_only: its value depends on its inputs' shapes alone, so it is known while tracing.
        writes: "assign" or "update" when it changes the variables its reference or handle inputs name; an update reads them too.
        guards: whether it may call `ctx.guard`.
        free: it has no inputs and costs nothing: every program that needs it makes its own.
        draws: whether it advances a random counter of its own.
        takes_text: whether its texts are constants that only go into messages, so that it need not run on the host.
    """

    emit: Callable
    static: tuple = ()
    folds: bool = False
    shape_only: bool = False
    writes: str = ""
    draws: bool = False
    guards: bool = False
    free: bool = False
    takes_text: bool = False

    is_host = False

    def for_op(self, op):
        return self


@dataclasses.dataclass(frozen=True, slots=True)
class Host:
    """Runs in Python between programs: `emit(ctx, op, *inputs)` on NumPy arrays; `because` says why.

    `draws_near`: operations that only hand values to it or on from it run on the host too.
    """

    emit: Callable
    because: str = ""
    writes: str = ""
    draws: bool = False
    free: bool = False
    draws_near: bool = False

    is_host = True
    static = ()
    folds = shape_only = guards = takes_text = False

    def for_op(self, op):
        return self


@dataclasses.dataclass(frozen=True, slots=True)
class Unsupported:
    """Cannot run here, and why; `instead` says what to use."""

    because: str

    is_host = True
    static = ()
    folds = shape_only = draws = writes = guards = free = takes_text = draws_near = False

    def for_op(self, op):
        return self

    def emit(self, ctx, op, *inputs):
        raise errors.UnimplementedError(op.node_def, op, f"{op.type}: {self.because}")


@dataclasses.dataclass(frozen=True, slots=True)
class PerOp:
    """The row depends on the operation: `choose(op)` gives it (a loop with a host op inside runs on the host)."""

    choose: Callable

    def for_op(self, op):
        return self.choose(op)


def xp(*values):
    """numpy when all values are plain, else jax.numpy."""
    for value in values:
        if isinstance(value, jax.Array):
            return jnp
    return np


def is_plain(*values):
    """Whether all values are known while tracing."""
    return all(not isinstance(value, jax.Array) for value in values)


def elementwise(name, numpy_name=None):
    """A rule that calls the function of that name of numpy or jax.numpy."""
    on_numpy, on_jax = getattr(np, numpy_name or name), getattr(jnp, name)

    def emit(ctx, op, *inputs):
        if is_plain(*inputs):
            with np.errstate(all="ignore"):
                return on_numpy(*inputs)
        return on_jax(*inputs)

    return emit
