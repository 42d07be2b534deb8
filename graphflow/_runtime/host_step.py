"""Steps that run in Python: the rules of operations on NumPy values."""

from __future__ import annotations

import jax
import numpy as np

from graphflow._lowering import effects, emit, host_tensor_array, program, table, tensor_array_value
from graphflow._runtime import config

KEPT = (emit.Ref, tensor_array_value.TensorArrayValue, host_tensor_array.HostTensorArray)  # values that are no arrays


class HostStep:
    """Operations that run in Python."""

    is_host = True
    numpy_runs = 0

    def __init__(self, island, call_body):
        self.island, self._call_body = island, call_body
        self.layout = program.layout(island)
        self._known = _Rows(), effects.consumed(island.ops, island.outputs)

    def execute(self, store, arguments, tapes=None):
        return interpret(self.island, store, arguments, self._call_body, tapes, self._known)


class _Rows(dict):
    """The lowering rows of operations that run often."""

    def __missing__(self, op):
        found = self[op] = table.row_of(op)
        return found


class Failed(Exception):
    """A check failed whose message only a compiled program can give."""


def interpret(island, store, arguments, call_body, tapes=None, known=None, on_numpy=False):
    """Runs the rules of an island on NumPy values; state is written only when all of it has run.

    Args:
        call_body: runs the graph of a body, as `plans.call_body`.
        known: (rows by operation, `effects.consumed` of the island), where it runs often.
        on_numpy: whether every result becomes a NumPy array, so that as many rules as can compute with NumPy do.

    Raises:
        Failed: with `on_numpy`, when a check fails.
    """
    state = _HostState(store)
    emitter = emit.Emitter(state)
    emitter.resources = store.resources
    emitter.store = store
    emitter.tapes = tapes
    emitter.time_left = config.time_left
    emitter.on_numpy = on_numpy

    def commit():
        if not emitter.written:
            return
        new = {key: state.pop(key) for key in emitter.written}
        with jax.enable_x64(True):
            new = {key: v if _is_opaque(v) else jax.device_put(np.array(v)) for key, v in new.items()}
        store.values.update(new)
        emitter.written = set()

    def call_graph(graph, values, wanted, also=None, tapes=None):
        commit()
        return call_body(graph, store, values, wanted, also, tapes)

    emitter.call_graph = call_graph
    rows, emitter.consumed = known or (None, effects.consumed(island.ops, island.outputs))
    if rows is not None:
        emitter.row_of = rows.__getitem__
    env = {t: v if type(v) in KEPT else np.asarray(v) for t, v in zip(island.inputs, arguments)}
    emitter.run(island.ops, env)
    if on_numpy and not isinstance(emitter.code, int) and np.asarray(emitter.code[0]):
        raise Failed
    commit()
    outputs = []
    for t in island.outputs:
        value = env[t]
        outputs.append(emitter.read(value, t.op) if type(value) is emit.Ref and t._dtype.is_ref else value)
    return outputs


def _is_opaque(value):
    return getattr(value, "dtype", None) == np.object_ or not hasattr(value, "dtype")


class _HostState(dict):
    """State as host operations see it: what this step wrote, over the session's values as NumPy arrays."""

    def __init__(self, store):
        super().__init__()
        self.store = store

    def get(self, key, default=None):
        if key in self:
            return self[key]
        value = self.store.get(key)
        return default if value is None else (value if _is_opaque(value) else np.asarray(value))
