"""Rules of `_ops/asserts.py` and `_ops/checks.py`: guards of the compiled program."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes
from graphflow._lowering import rule, text


def _check_numerics(ctx, op, x):
    np_ = rule.xp(x)
    has_nan, has_inf = np_.isnan(x).any(), np_.isinf(x).any()
    message = op.attrs["message"].decode()

    def explain(has_nan=True, has_inf=False):
        what = "Inf and NaN" if has_nan and has_inf else "NaN" if has_nan else "Inf"
        return f"{message} : Tensor had {what} values"

    ctx.guard(has_nan | has_inf, op, explain, has_nan, has_inf)
    return x


def _assert(ctx, op, condition, *data):
    summarize = op.attrs["summarize"]
    numbers = [i for i, d in enumerate(data) if not _is_text(d)]

    def explain(*values):
        shown = dict(zip(numbers, values))
        parts = [
            text.summary(shown.get(i, d) if i in shown or rule.is_plain(d) else None, summarize)
            for i, d in enumerate(data)
        ]
        return "assertion failed: " + " ".join(f"[{part}]" for part in parts)

    ctx.guard(rule.xp(condition).logical_not(condition), op, explain, *[data[i] for i in numbers])
    return ()


def _is_text(value):
    return value.dtype == np.object_


def _choose_assert(op):
    """Texts that are constants go into the message and cost nothing; others are known only on the host."""
    texts = [t for t in op.inputs if t.dtype.base_dtype is dtypes.string]
    return _ASSERT if all(t.op.type == "Const" for t in texts) else _ASSERT_ON_HOST


_ASSERT = rule.Compiled(_assert, guards=True, takes_text=True)
_ASSERT_ON_HOST = rule.Host(_assert, because="the texts it shows are known only when the graph runs")

RULES = {
    "CheckNumerics": rule.Compiled(_check_numerics, guards=True),
    "Assert": rule.PerOp(_choose_assert),
}
