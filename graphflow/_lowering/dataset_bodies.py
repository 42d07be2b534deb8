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
        aggregators: pairs of a prefix and the object that collects what is measured.
    """

    def __init__(self, ctx):
        self._call, self._store = ctx.call_graph, ctx.store
        self.time_left = ctx.time_left
        self.closers = weakref.WeakSet()
        self.aggregators = []
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
    values = dict(zip(body.inputs[fixed:], captured))
    batched = set(body.inputs[:fixed])
    if any(t._dims is None for t in batched) or any(type(v) is emit.Ref for v in captured):
        return None
    context, steps = emit.Emitter({}), []
    with np.errstate(all="ignore"):
        for op in effects.body_operations(body):
            varies = [t in batched for t in op.inputs]
            if op.type not in _IN_ROWS or not _fits(op, varies):
                return None
            if any(varies):
                batched.update(op.outputs)
                steps.append((_of_rows(context, op, varies), op.inputs, op.outputs[0]))
            else:
                found = table.row_of(op).emit(context, op, *[values[t] for t in op.inputs])
                values[op.outputs[0]] = emit.checked(op.outputs[0], found)
    if not all(t in batched for t in body.outputs):
        return None

    def compute(rows):
        env = {**values, **dict(zip(body.inputs, rows))}
        with np.errstate(all="ignore"):
            for function, inputs, output in steps:
                env[output] = function(*[env[t] for t in inputs])
        return tuple([env[t] for t in body.outputs])

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


def _of_rows(context, op, varies):
    """The function of an operation, of arrays with a row for each element where an input varies."""
    dims = op.outputs[0]._dims
    if op.type in ("Reshape", "ExpandDims", "Squeeze"):
        return lambda rows, *_: rows.reshape(len(rows), *dims)
    if op.type == "OneHot":
        return _one_hot
    compute, rank = table.row_of(op).emit, max(len(t._dims) for t in op.inputs)
    if all(len(t._dims) == rank for t, v in zip(op.inputs, varies) if v):
        return lambda *inputs: compute(context, op, *inputs)
    shapes = [(*(1,) * (rank - len(t._dims)), *t._dims) if v else None for t, v in zip(op.inputs, varies)]

    def aligned(*inputs):
        inputs = [x if s is None else x.reshape(len(x), *s) for x, s in zip(inputs, shapes)]
        return compute(context, op, *inputs)

    return aligned


def _one_hot(indices, depth, on, off):
    return np.where(indices[..., None] == np.arange(int(depth)), on, off).astype(on.dtype, copy=False)
