"""Many steps in one dispatch: the compiled step of a run inside a loop of the program.

Where a step takes microseconds, the Python between two runs costs more than the step. A loop gives the results of n single
runs, random counters and failures included.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._core import aligned
from graphflow._lowering import bodies, effects, program
from graphflow._runtime import compile_policy, compiled_step, deep, step_cost

_HEAVY = 2e7  # operations of a step from which on it runs alone; about half a millisecond of one core


class StepLoop:
    """A function that runs the same fetches n times; made by `Session.make_loop`.

    Args:
        prepared: the fetches and their plan.
        store: the session's store.
        fed: the tensors that change from step to step.
        dataset: one array for each of `fed`, put on the device once; steps then take rows of it by index. None: steps take
            stacked feeds.
        constants: values of the other tensors that the plan is fed, the same in all steps: they are known while the program
            is traced, so that a branch on one costs nothing.
    """

    def __init__(self, prepared, store, fed, dataset=None, constants=()):
        self._prepared = prepared
        self._store = store
        self._fed = fed
        self._plan = prepared.plan
        self._constants = list(constants)
        self._dataset = None
        self._compiled = {}
        if dataset is not None:
            self.put(dataset)

    def put(self, dataset):
        """Puts the arrays of a dataset on the device, in the place of those that were there; None only forgets them.

        Raises:
            ValueError: another number of arrays than of feeds, or arrays of different lengths.
        """
        if dataset is None:
            self._dataset = None
            return
        if len(dataset) != len(self._fed):
            raise ValueError(f"dataset needs one array for each of the {len(self._fed)} feeds, got {len(dataset)}")
        rows = [_typed(t, array) for t, array in zip(self._fed, dataset)]
        if len({len(r) for r in rows}) > 1:
            raise ValueError(f"the arrays of a dataset have different lengths: {[len(r) for r in rows]}")
        with jax.enable_x64(True):
            self._dataset = [jax.device_put(r) for r in rows]

    def __call__(self, *arguments, steps=None):
        """Runs the steps.

        Args:
            arguments: with a dataset, one integer array `[n, batch]` of row numbers; else one array `[n, ...]` a feed.
            steps: run only so many, the first ones: what was compiled for n rows serves any smaller number.

        Returns:
            the fetches, each value with a leading axis of as many steps as ran.
        """
        if self._dataset is not None:
            (indices,) = arguments
            stacked = [_checked_rows(indices, len(self._dataset[0]) if self._dataset else 0)]
        else:
            if len(arguments) != len(self._fed):
                raise TypeError(f"the loop takes {len(self._fed)} stacked feeds, got {len(arguments)}")
            stacked = [aligned.copy(_typed(t, a)) for t, a in zip(self._fed, arguments)]
        lengths = {len(a) for a in stacked}
        if len(lengths) > 1:
            raise ValueError(f"stacked feeds have different numbers of steps: {sorted(lengths)}")
        if not lengths and steps is None:
            raise ValueError("a loop without feeds takes the number of its steps: loop(steps=n)")
        room = lengths.pop() if lengths else self._room(steps)
        steps = room if steps is None else steps
        if not 0 <= steps <= room:
            raise ValueError(f"steps must lie between 0 and the {room} rows given, got {steps}")
        if self._plan.simple is None or self._plan.simple.static or self._plan.simple.opaque:
            values = self._one_by_one(stacked, steps)
        else:
            try:
                values = self._loop(stacked, room, steps)
            except bodies.Reconsider as request:
                self._plan.cut_anew(self._plan.simple, request)
                values = self._one_by_one(stacked, steps)
        return self._prepared.finish(values)

    def _room(self, steps):
        """For how many steps a loop without feeds is compiled: as for an earlier call where that is enough."""
        known = [room for room, *_ in self._compiled if room >= steps]
        return min(known) if known else 1 << max(steps - 1, 0).bit_length()

    def _rows(self, step):
        """The feeds of one step."""
        rows = step if self._dataset is None else [np.asarray(d)[step[0]] for d in self._dataset]
        return [*rows, *self._constants]

    def _one_by_one(self, stacked, steps):
        results = [self._plan.run(self._store, self._rows([a[i] for a in stacked])) for i in range(steps)]
        return [np.stack([np.asarray(r) for r in column]) for column in zip(*results)]

    def _loop(self, stacked, room, steps):
        step = self._plan.simple
        values = self._store.values
        with self._store.lock:
            arrays = [*(self._dataset or ()), *stacked]
            key = room, *[(a.shape, a.dtype) for a in arrays]
            compiled = self._compiled.get(key)
            if compiled is None or any(k not in values for k in compiled.keys):
                compiled = self._compiled[key] = self._made(step, stacked, room)
            run = self._apart if compiled.is_heavy else self._together
            return run(compiled, stacked, room, steps)

    def _together(self, compiled, stacked, room, steps):
        """One dispatch for all steps."""
        outputs = self._dispatched(compiled, (stacked, np.int32(steps)))
        if outputs is None:
            return self._anew(compiled, stacked, room, steps)
        return [_first(outputs[i], steps, room) for i in self._plan.fetch_order]

    def _apart(self, compiled, stacked, room, steps):
        """A dispatch for each step."""
        found = []
        for i in range(steps):
            outputs = self._dispatched(compiled, ([a[i] for a in stacked],))
            if outputs is None:
                rest = self._anew(compiled, [a[i:] for a in stacked], room - i, steps - i)
                done = [[out[j] for out in found] for j in self._plan.fetch_order]
                return [np.concatenate([np.stack(a), b]) if a else b for a, b in zip(done, rest)]
            found.append(outputs)
        return [np.stack([np.asarray(out[j]) for out in found]) for j in self._plan.fetch_order]

    def _dispatched(self, compiled, arguments):
        """The outputs of a dispatch, its new state kept; None when it failed, and left everything as it was."""
        values = self._store.values
        donated, kept = compiled.variant.state(values)
        results = []
        try:
            arguments = donated, kept, self._dataset, *arguments
            deep.call(compiled.run, arguments, results, ops=compiled.program.island.ops)
            [(new_state, code, outputs)] = results
        except BaseException:  # Ctrl-C when the program had run: what it was given is gone, but what it wrote is here
            if results and not compiled.may_fail:
                values.update(zip(compiled.carried, results[0][0]))
            raise
        if compiled.may_fail and (failed := int(code)):
            compiled.failed = failed
            return None
        values.update(zip(compiled.carried, new_state))
        return outputs

    def _anew(self, compiled, stacked, room, steps):
        """The steps from one on that failed: with more room, or one by one, up to that whose message says all."""
        if compiled.failed < 0:
            self._plan.simple.make_room(-compiled.failed)
            self._compiled.clear()
            return self._loop(stacked, room, steps)
        return self._one_by_one(stacked, steps)

    def _made(self, step, stacked, room):
        for k in step.keys:
            if type(k) is tuple:
                self._store.start(k)
        present = frozenset(k for k in step.keys if self._store.values.get(k) is not None)
        constants = dict(zip(self._plan.inputs[len(self._fed) :], self._constants))
        constants = {t: np.asarray(v) for t, v in constants.items() if t in step.island.inputs}
        traced = program.Program(step.island, step.layout, present, {}, constants, step.with_pullback, step.room)
        traced.undoes = False
        order = [self._plan.inputs.index(t) for t in traced.arguments]
        compiled = _Compiled(traced, step.layout, present, order, room)
        arguments = *compiled.variant.state(self._store.values), self._dataset, [a[0] for a in stacked]
        deep.call(compiled.trace, *arguments, ops=step.island.ops)
        return compiled


class _Compiled:
    """A step compiled for some shapes, in a loop of the program or, when it is heavy, alone.

    Attributes:
        keys: the variables it reads and writes.
        carried: those that change from step to step: what the program takes over, then what it only borrows.
        is_heavy: whether Python costs little beside it. XLA on CPU runs such a step up to twice as fast outside of a loop.
    """

    def __init__(self, traced, layout, present, order, room):
        self.program = traced
        self.variant = compiled_step.Variant(traced, layout, present, None)
        self.keys = present
        written = set(layout.written)
        self.carried = traced.donated + [k for k in traced.kept if k in written]
        self.may_fail = effects.may_fail(traced.island.ops)
        self._borrowed = [traced.kept.index(k) for k in self.carried[len(traced.donated) :]]
        self._order = order
        self._room = room
        self._called = False

    def trace(self, donated, kept, dataset, row):
        """Traces the step for arguments of these shapes, and chooses how it will run."""
        with jax.enable_x64(True):
            state = [*donated, *[kept[i] for i in self._borrowed]]
            self._traced, shapes = jax.make_jaxpr(self._step, return_shape=True)(state, kept, dataset, row)
        self._state_types, self._outputs = [s.dtype for s in shapes[0]], shapes[2]
        self.is_heavy = jax.default_backend() == "cpu" and step_cost.work(self._traced.jaxpr) > _HEAVY
        # A failure leaves everything as it was, so what may fail must not give its state away.
        donate = () if self.may_fail else (0,)
        options = compile_policy.options(self.program.island.ops)
        function = self._alone if self.is_heavy else self._in_loop
        self._jitted = jax.jit(function, donate_argnums=donate, compiler_options=options or None)

    def run(self, arguments, results):
        """Appends (new state, failure code, outputs) to `results`, without a return to the interpreter in between."""
        with jax.enable_x64(True):
            try:
                if self._called:
                    results.extend(map(self._jitted, *[(a,) for a in arguments]))
                else:
                    with compile_policy.persistent_cache():
                        results.extend(map(self._jitted, *[(a,) for a in arguments]))
                    self._called = True
            except jax.errors.JaxRuntimeError as err:
                raise compiled_step.translated(err, self.program.largest) from None

    def _step(self, state, kept, dataset, row):
        """(new state, failure code, outputs) of one step."""
        if (
            dataset is not None
        ):  # row numbers were checked; the barrier keeps the look-up out of what reads the rows twice
            row = jax.lax.optimization_barrier([d.at[row[0]].get(mode="promise_in_bounds") for d in dataset])
        count = len(self.program.donated)
        kept = list(kept)
        for position, value in zip(self._borrowed, state[count:]):
            kept[position] = value
        outputs, changed, failed, _ = self.program(state[:count], kept, [row[j] for j in self._order])
        new = {**dict(zip(self.carried, state)), **dict(zip(self.program.changed, changed))}
        return [new[k] for k in self.carried], jnp.int32(0 if failed is None else failed), outputs

    def _evaluated(self, *arguments):
        flat = jax.core.eval_jaxpr(self._traced.jaxpr, self._traced.consts, *jax.tree.leaves(arguments))
        count = len(self.carried)
        return flat[:count], flat[count], flat[count + 1 :]

    def _start(self, donated, kept):
        state = [*donated, *[kept[i] for i in self._borrowed]]
        return [jnp.asarray(s, dtype) for s, dtype in zip(state, self._state_types)]

    def _alone(self, donated, kept, dataset, row):
        state, code, outputs = self._evaluated(self._start(donated, kept), kept, dataset, row)
        return state, code, jax.tree.unflatten(jax.tree.structure(self._outputs), outputs)

    def _in_loop(self, donated, kept, dataset, stacked, steps):
        leaves, structure = jax.tree.flatten(self._outputs)
        buffers = [jnp.zeros((self._room, *leaf.shape), leaf.dtype) for leaf in leaves]

        def goes_on(carry):
            i, _, code, _ = carry
            return (i < steps) & (code == 0)

        def body(carry):
            i, state, _, buffers = carry
            row = [jax.lax.dynamic_index_in_dim(a, i, keepdims=False) for a in stacked]
            state, code, values = self._evaluated(state, kept, dataset, row)
            buffers = [jax.lax.dynamic_update_index_in_dim(b, v, i, 0) for b, v in zip(buffers, values)]
            return i + 1, state, code, buffers

        start = jnp.int32(0), self._start(donated, kept), jnp.int32(0), buffers
        _, state, code, buffers = jax.lax.while_loop(goes_on, body, start)
        return state, code, jax.tree.unflatten(structure, buffers)


def _first(value, steps, room):
    """The steps that ran, of an array with room for more."""
    return value if steps == room else np.asarray(value)[:steps]


def _typed(t, array):
    wanted = t._dtype.base_dtype.as_numpy_dtype
    array = np.asarray(array)
    return array if array.dtype == wanted else array.astype(wanted)


def _checked_rows(indices, length):
    indices = np.asarray(indices)
    if indices.ndim != 2 or indices.dtype.kind not in "iu":
        raise ValueError(
            f"row numbers must be an integer array [steps, batch], got {indices.dtype}{list(indices.shape)}"
        )
    if indices.size and not (0 <= indices.min() and indices.max() < length):
        raise IndexError(f"row numbers run from {indices.min()} to {indices.max()}, the dataset has {length} rows")
    return aligned.copy(indices.astype(np.int32))
