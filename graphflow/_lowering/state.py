"""Rules of `_ops/state.py`."""

from __future__ import annotations

from graphflow._lowering import effects
from graphflow._lowering.emit import Ref
from graphflow._lowering.rule import Compiled


def _variable(ctx, op):
    return Ref(effects.variable_key(op))


def _assign(ctx, op, ref, value):
    ctx.write(ref, value)
    return ref


RULES = {
    "VariableV2": Compiled(_variable, free=True),
    "Assign": Compiled(_assign, writes="assign", folds=True),
    "NoOp": Compiled(lambda ctx, op: (), folds=True),
}
