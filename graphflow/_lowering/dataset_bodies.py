"""How the functions of a dataset run: by the session for one element, or for many rows at once where that gives the same."""

from __future__ import annotations

import weakref

import numpy as np

from graphflow._core import dtypes
from graphflow._lowering import effects, emit, table

# Of these a result's element depends on the elements at its own place only, and NumPy rounds as TensorFlow does.
_ELEMENTWISE = frozenset(
    """Abs Add AddV2 Cast Equal Greater GreaterEqual Identity Less LessEqual LogicalAnd LogicalNot LogicalOr Maximum Minimum
    Mul Neg NotEqual RealDiv Sign Square Sqrt SquaredDifference Sub""".split()
)
_IN_ROWS = _ELEMENTWISE | {"Const", "ExpandDims", "OneHot", "Reshape", "Squeeze"}


class Run:
    """What the streams of one iterator share.

    Attributes:
        time_left: function() -> the seconds that the run of the calling thread still has.
        closers: what must end when the iterator does.
    """

    def __init__(self, ctx):
        self._call, self._store = ctx.call_graph, ctx.store
        self.time_left = ctx.time_left
        self.closers = weakref.WeakSet()
        self.parents = {}  # shuffled datasets: the words that give each of their streams its seeds
        self._counters = {}  # random operations begin anew with each iterator

    def call(self, body, values):
        """The outputs of a body for the values of its inputs, as arrays."""
        keys = _random_keys(body)
        if not keys:
            return _arrays(self._call(body, values, None))
        with self._store.lock:
            state = self._store.values
            before = {key: state.pop(key, None) for key in keys}
            state.update((key, self._counters[key]) for key in keys if key in self._counters)
            try:
                return _arrays(self._call(body, values, None))
            finally:
                self._counters.update((key, state.pop(key)) for key in keys if key in state)
                state.update((key, value) for key, value in before.items() if value is not None)

    def close(self):
        """Ends all threads."""
        for closer in list(self.closers):
            closer.close()


def _arrays(values):
    return tuple([value if type(value) is emit.Ref else np.asarray(value) for value in values])


def _random_keys(body):
    found = body._extra.get("random_keys")
    if found is None:
        keys = {key for op in effects.body_operations(body) for key, _ in effects.touches(op) if type(key) is tuple}
        found = body._extra["random_keys"] = sorted(keys)
    return found


# -- many rows at once ---------------------------------------------------------------------------------------------------


def in_rows(body, captured):
    """A function of arrays of rows, one array an argument, to those of the results, or None where rows must be taken one by one.

    Args:
        captured: the values of what the body takes from outside.
    """
    fixed = body._fixed
    ops = effects.body_operations(body)
    values = dict(zip(body.inputs[fixed:], captured))
    batched = set(body.inputs[:fixed])
    if any(t._dims is None for t in batched) or any(type(v) is emit.Ref for v in captured):
        return None
    for op in ops:
        varies = [t in batched for t in op.inputs]
        if op.type not in _IN_ROWS or not _fits(op, varies):
            return None
        if any(varies):
            batched.update(op.outputs)
    if not all(t in batched for t in body.outputs):
        return None
    context = emit.Emitter({})

    def compute(rows):
        env = {**values, **dict(zip(body.inputs[:fixed], rows))}
        with np.errstate(all="ignore"):
            for op in ops:
                emitted = _emit(context, op, env, batched, len(rows[0]))
                env[op.outputs[0]] = emit.checked(op.outputs[0], emitted) if op.outputs[0] not in batched else emitted
        return tuple(env[t] for t in body.outputs)

    return compute


def _fits(op, varies):
    """Whether the operation can be computed for many rows at once."""
    if any(t._dtype.base_dtype in (dtypes.string, dtypes.variant, dtypes.resource) for t in (*op.inputs, *op.outputs)):
        return False
    if len(op.outputs) != 1 or op._control_inputs:
        return False
    if not any(varies):
        return table.row_of(op).folds or op.type == "Const"
    known = all(t._dims is not None and None not in t._dims for t in (*op.inputs, *op.outputs))
    if op.type in _ELEMENTWISE:
        return table.row_of(op).folds and known
    if op.type == "OneHot":
        return known and varies == [True, False, False, False] and op.attrs["axis"] in (-1, len(op.inputs[0]._dims))
    return known and varies[0] and not any(varies[1:])


def _emit(context, op, env, batched, count):
    row = table.row_of(op)
    inputs = [env[t] for t in op.inputs]
    if op.outputs[0] not in batched:
        return row.emit(context, op, *inputs)
    if op.type in ("Reshape", "ExpandDims", "Squeeze"):
        return inputs[0].reshape(count, *op.outputs[0]._dims)
    if op.type == "OneHot":
        indices, depth, on, off = inputs
        return np.where(indices[..., None] == np.arange(int(depth)), on, off).astype(on.dtype, copy=False)
    rank = max(len(t._dims) for t in op.inputs)
    for i, t in enumerate(op.inputs):
        if t in batched:
            inputs[i] = inputs[i].reshape(count, *(1,) * (rank - len(t._dims)), *t._dims)
    return row.emit(context, op, *inputs)
