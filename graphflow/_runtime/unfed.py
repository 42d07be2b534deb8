"""The error for placeholders without a value."""

from __future__ import annotations

import collections

from graphflow._core import errors, source


def error(missing, fetches, fed):
    """The error for placeholders without a value: the first one, the path to it, what was fed, and which others are missing."""
    op = missing[0]
    t = op.outputs[0]
    path = _path(t, fetches)
    shape = "" if t._dims is None else f" and shape {t.shape_text}"
    fed_text = ", ".join(f.name for f in fed) or "nothing"
    return errors.InvalidArgumentError(
        None,
        op,
        f"You must feed a value for placeholder tensor '{op.name}' with dtype {tf_name(t.dtype)}{shape}\n"
        f"  path:    {' -> '.join(path)}\n  fed:     {fed_text}" + "".join(map(_also_missing, missing[1:])),
    )


def _also_missing(op):
    return f"\n  missing: {op.outputs[0].name} too, made at {source.describe(op.made_at)}"


def tf_name(dtype):
    """A type's name as TensorFlow's runtime prints it: float, double, half."""
    return {"float32": "float", "float64": "double", "float16": "half"}.get(
        dtype.base_dtype.name, dtype.base_dtype.name
    )


def _path(t, fetches):
    """Names of operations from a placeholder to the nearest fetch, shortened in the middle."""
    goals = {f.op for f in fetches.tensors} | set(fetches.operations)
    came, queue = {t.op: None}, collections.deque([t.op])
    while queue:
        op = queue.popleft()
        if op in goals:
            names = []
            while op is not None:
                names.append(op.name)
                op = came[op]
            names.reverse()
            return names if len(names) <= 6 else [*names[:3], "...", *names[-2:]]
        for out in op.outputs:
            for consumer in out.consumers():
                if consumer not in came:
                    came[consumer] = op
                    queue.append(consumer)
    return [t.op.name]
