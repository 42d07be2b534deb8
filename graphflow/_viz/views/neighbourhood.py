"""The surroundings of a node, of one that failed above all."""

from __future__ import annotations

import sys

from graphflow._core import errors
from graphflow._graph import operation
from graphflow._viz import picture
from graphflow._viz.graph import model as model_lib
from graphflow._viz.graph import overlay, selection

_MOST = 60  # nodes shown


def neighbourhood(what=None, hops=2):
    """A picture of an operation, of what it takes and of what takes it; of a failed one with the error's text.

    Args:
        what: an operation, a tensor, or an error of `session.run`; None: the last error that was not caught, as in a notebook.
        hops: how far to look in both directions.

    Raises:
        ValueError: the error names no operation, or there was none.
    """
    error = getattr(sys, "last_value", None) if what is None else what
    op, text = what, ""
    if what is None or isinstance(error, BaseException):
        op, text = getattr(error, "op", None), getattr(error, "message", None) or str(error)
        if op is None:
            raise ValueError(
                f"{error!r} names no operation of a graph; give an operation, a tensor or an error of session.run"
            )
    if not isinstance(op, operation.Operation):
        op = getattr(op, "op", op)
    if not isinstance(op, operation.Operation):
        raise ValueError(f"{what!r} is no operation, tensor or error of session.run")
    near = _near(op, hops)
    shown = selection.part(model_lib.read(list(near)), {other.name for other in near})
    laid = overlay.Overlay(title=f"around {errors.describe_op(op)}")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    laid.marks[op.name] = overlay.Mark(
        "bad" if text else "hot", "failed" if text else "", [("error", line) for line in lines]
    )
    laid.legend = [("bad", lines[0] if len(lines[0]) < 90 else lines[0][:87] + "...")] if lines else []
    for other in near:
        left_out = len({t.op for t in other.inputs} - near)
        if left_out:
            mark = laid.marks.setdefault(other.name, overlay.Mark())
            mark.rows.append(("not shown", f"{left_out} more input{'s' * (left_out != 1)}"))
    return picture.Picture(shown, laid)


def _near(op, hops):
    """The operations not more than `hops` edges away, nearest first, at most `_MOST`."""
    found, border = {op}, [op]
    for _ in range(hops):
        following = []
        for at in border:
            beside = [t.op for t in at.inputs] + at.control_inputs
            beside += [consumer for t in at.outputs for consumer in t.consumers()]
            for other in beside:
                if other not in found and len(found) < _MOST:
                    found.add(other)
                    following.append(other)
        border = following
    return found
