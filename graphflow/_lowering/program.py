"""An island as a function that JAX can compile: (state to donate, state kept, inputs) -> (outputs, new state, failure code)."""

from __future__ import annotations

import dataclasses
import heapq

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._lowering import effects, emit, reads, table, trip_count

_LARGE = 1 << 18  # bytes


@dataclasses.dataclass(slots=True)
class Layout:
    """What an island takes from the session and gives back.

    Attributes:
        written: keys whose values change; reading: keys that are only read.
        drawn: among `written`, random counters, which start at 0.
    """

    written: list
    reading: list
    drawn: frozenset


def layout(island):
    """The Layout of an island."""
    modes = {}
    for op in island.ops:
        for key, mode in effects.touches(op):
            modes[key] = modes.get(key, "") + mode
    for t in island.outputs:
        if t._dtype.is_ref:  # it leaves as the value it names
            modes.setdefault(effects.variable_of(t), "r")
    written = [key for key, mode in modes.items() if "w" in mode]
    reading = [key for key, mode in modes.items() if "w" not in mode]
    return Layout(written, reading, frozenset(key for key in written if type(key) is tuple))


class Program:
    """The traced form of an island, filled in while it is traced once.

    Attributes:
        donated, kept: the keys of the values in its first two arguments; large constants follow those of `kept`.
        changed: the keys of the new state it returns.
        may_not_end: whether it holds a loop of which nothing is known that would end it.
        may_fail: whether its third result is the code of a failure; then what was donated comes back as it was, unless
            the caller set `undoes` to False because he keeps the old state himself.
    """

    def __init__(self, island, layout, present, refs, static_values, with_pullback, room):
        self.island = island
        self.layout = layout
        self.present = present  # of layout.written + layout.reading: the keys that have a value now
        self.refs = refs  # input tensor -> Ref
        self.static_values = static_values  # input tensor -> array
        self.with_pullback = with_pullback
        self.room = room
        self.arguments = [t for t in island.inputs if t not in refs and t not in static_values]
        self.constants = large_constants(island.ops)
        written = [k for k in layout.written if k in present]
        held = effects.written_in_parts(island.ops) if effects.may_fail(island.ops) else frozenset()
        self.may_not_end = trip_count.may_not_end(island.ops)
        held = frozenset(written) if self.may_not_end else held  # the run may be given up
        self.donated = [k for k in written if k not in held]
        self.kept = [k for k in layout.reading if k in present] + [k for k in written if k in held]
        self.largest = []  # the tensors that need most memory, described
        self.failures = []
        self.may_fail = False
        self.undoes = True
        self.carries_data = []
        self.ref_outputs = {}
        self.changed = []

    def __call__(self, donated, kept, inputs):
        state = dict(zip(self.donated, donated))
        state.update(zip(self.kept, kept))
        emitter = emit.Emitter(state, self.with_pullback)
        emitter.room = self.room
        emitter.consumed = effects.consumed(self.island.ops, self.island.outputs)
        env = dict(zip(self.arguments, inputs))
        env.update((op.outputs[0], value) for op, value in zip(self.constants, kept[len(self.kept) :]))
        env.update(self.refs)
        env.update(self.static_values)
        emitter.run([op for op in self.island.ops if op not in self.constants], env)
        self.largest = _largest(env)
        outputs = self._outputs(emitter, env)
        given = set(self.donated)  # what was donated must come back, written or not
        self.changed = [k for k in self.layout.written if k in emitter.written or k in given]
        self.failures = emitter.failures
        self.may_fail = not isinstance(emitter.code, int)
        self.carries_data = [d is not None for d in emitter.data]
        new_state = tuple(emitter.state[k] for k in self.changed)
        if not self.may_fail:
            return outputs, new_state, None, ()
        code = emitter.code[0].astype(jnp.int32)
        if not self.undoes:
            return outputs, new_state, code, ()
        old = dict(zip(self.donated, donated))  # what was donated has no other copy: a failed run gives it back
        new_state = tuple(
            jnp.where(code == 0, value, old[k]) if k in old else value for k, value in zip(self.changed, new_state)
        )
        return outputs, new_state, code, (*[d for d in emitter.data if d is not None], emitter.code[1:])

    def _outputs(self, emitter, env):
        """The values that leave; a reference leaves as the variable's value at the end, as a fetch in TensorFlow shows it."""
        self.ref_outputs, outputs = {}, []
        for t in self.island.outputs:
            value = env[t]
            source = reads.source_of(t)
            if source is not None and type(env.get(source)) is emit.Ref:
                value = env[source]
            if type(value) is emit.Ref:
                self.ref_outputs[t] = value
                value = (
                    emitter.state.get(value.key) if t._dtype.is_ref or source is not None else np.zeros((), np.bool_)
                )
                if value is None:
                    emitter.read(self.ref_outputs[t], t.op)
            outputs.append(value)
        return tuple(outputs)


def _largest(env):
    """The three tensors of `env` that need most memory, described by name, type and shape."""
    sizes = {t: value.nbytes for t, value in env.items() if hasattr(value, "nbytes")}
    return [
        f"{t.name} {env[t].dtype}{list(env[t].shape)} {sizes[t]} bytes" for t in heapq.nlargest(3, sizes, key=sizes.get)
    ]


def runs_on_numpy(ops):
    """Whether all operations have rules that compute with NumPy alone."""
    return all(_plain(table.row_of(op)) for op in ops)


def is_light(ops, layout):
    """Whether an island may also run operation by operation on the CPU: it has no loops and changes no variables."""
    if jax.default_backend() != "cpu" or any(type(key) is not tuple for key in layout.written):
        return False
    return _is_straight(ops)


def _is_straight(ops):
    """Whether no operation is a loop or a derivative, inside branches and calls either."""
    for op in ops:
        graphs = effects.bodies(op)
        if op.type == "DerivedGradient" or (graphs and "While" in op.type):
            return False
        if not all(_is_straight(effects.body_operations(graph)) for graph in graphs):
            return False
    return True


def _plain(row):
    return row.is_host or row.folds or row.free or row.shape_only


def large_constants(ops):
    """The constants that enter a program as arguments: inside it they would be copied at every compilation."""
    return [
        op
        for op in ops
        if op.type == "Const" and op.attrs["value"].nbytes > _LARGE and not emit.is_opaque(op.outputs[0])
    ]
