"""Steps that XLA compiles, once for each combination of shapes, values that must be known, and variables present."""

from __future__ import annotations

import collections
import contextlib
import functools
import time

import jax
import numpy as np

from graphflow._core import errors, source
from graphflow._lowering import effects, emit, failure_code, program, tensor_array_value
from graphflow._ops import handles
from graphflow._runtime import compile_policy, deep, host_step, watch

_KEEP = 64  # compiled variants kept for one step
_TRIED = 3  # variants compiled before shapes are taken for ones that keep changing
_x64 = jax.enable_x64


class CompiledStep:
    """An island and its compiled variants, one for each combination of shapes, static values and present variables."""

    is_host = False
    program_type = program.Program

    def __init__(self, island, device):
        self.island = island
        self.device = device  # None where the whole run has but one
        self.layout = program.layout(island)
        self.keys = self.layout.written + self.layout.reading
        self.with_pullback = effects.forwards_of(island.ops)
        self.numpy_runs = _numpy_runs(island, self.layout)
        self.static = [i for i, t in enumerate(island.inputs) if t in island.static_inputs]
        self.opaque = [
            i for i, t in enumerate(island.inputs) if emit.is_opaque(t) or t._dtype.is_ref or handles.is_flow(t)
        ]
        self.room = emit.ROOM
        self.variants = collections.OrderedDict()
        self.warned = False
        self.made = 0
        self.seconds = 0.0  # that compiling a variant took at most
        self.without = collections.OrderedDict()  # key -> seconds spent on running it without a program

    @functools.cached_property
    def is_light(self):
        """Whether new shapes may run without a program; only steps that have met several need to know."""
        return not self.opaque and self.device is None and program.is_light(self.island.ops, self.layout)

    def interpret(self, store, arguments, call_body):
        """The outputs without a program, on NumPy."""
        with store.lock:  # what is read and what is written belong together
            return host_step.interpret(self.island, store, arguments, call_body)

    def execute(self, store, arguments):
        """Runs the program; commits the new state; returns the outputs as JAX arrays (or Refs)."""
        given = arguments
        if self.opaque or self.static:
            key, arguments = self._split(arguments)
        else:
            key = tuple([(a.shape, a.dtype) for a in arguments])
        values = store.values
        with store.lock:
            variant = self.variants.get(key)
            if variant is None and self.made >= _TRIED and self.is_light and self.without.get(key, 0.0) < self.seconds:
                with contextlib.suppress(host_step.Failed):
                    return self._without_program(key, store, given)
            if variant is None:
                variant = self._variant(key, store, given)
            try:
                donated, kept = variant.state(values)
            except KeyError:  # a variable lost its value, or another session has none yet
                variant = self._variant(key, store, given)
                donated, kept = variant.state(values)
            results = []
            try:
                began = None if variant.called else time.perf_counter()
                if self.device is None and not variant.program.may_not_end:
                    variant(donated, kept, arguments, results)
                else:
                    self._run_apart(variant, donated, kept, arguments, results)
                if began is not None:
                    self.seconds = max(self.seconds, time.perf_counter() - began)
                outputs, code, data = variant.commit(values, results)
            except BaseException:  # Ctrl-C while the program ran: what was donated is gone, but what it wrote is here
                variant.commit(values, results)
                raise
            if code is not None and code:
                if code < 0:
                    return self.execute(store, self.make_room(-int(code), given))
                raise_failure(variant.program, int(code), data)
        return self._with_handles(variant.program, outputs) if variant.program.ref_outputs else outputs

    def _without_program(self, key, store, arguments):
        """The outputs, computed operation by operation: cheaper than a compilation for shapes that may not come again.

        Once this has taken as long as compiling does, the shapes have come often enough to be compiled for.
        """
        began = time.perf_counter()
        with _x64(True):
            outputs = host_step.interpret(self.island, store, arguments, None, on_numpy=True)
        self.without[key] = self.without.pop(key, 0.0) + time.perf_counter() - began
        while len(self.without) > _KEEP * _KEEP:
            self.without.popitem(last=False)
        return outputs

    def _run_apart(self, variant, donated, kept, arguments, results):
        """Runs a variant on a device of its own, or in a thread of its own."""
        if variant.program.may_not_end:
            variant = functools.partial(watch.call, variant)
        if self.device is None:
            variant(donated, kept, arguments, results)
            return
        with jax.default_device(self.device):
            with _x64(True):
                donated, kept, arguments = jax.device_put((donated, kept, arguments), self.device)
            variant(donated, kept, arguments, results)

    def make_room(self, needed, arguments=()):
        """A loop or array needed more room than it was compiled for: what is compiled from now on has that, and some more.

        Returns:
            the arguments, with that room in the arrays among them.
        """
        self.room = 1 << (int(needed) - 1).bit_length()
        self.variants.clear()
        is_array = tensor_array_value.TensorArrayValue
        with _x64(True):
            return [a.with_capacity(self.room) if type(a) is is_array else a for a in arguments]

    def _with_handles(self, traced, outputs):
        """The outputs, with handles in the places of the stand-ins that left the program for them."""
        refs = traced.ref_outputs
        return [refs[t] if t in refs and emit.is_opaque(t) else value for t, value in zip(self.island.outputs, outputs)]

    def _split(self, arguments):
        static, rest, key = set(self.static), [], []
        for i, a in enumerate(arguments):
            if type(a) is emit.Ref:
                key.append(a.key)
            elif i in static:
                a = np.asarray(a)
                content = tuple(a.ravel().tolist()) if a.dtype == np.object_ else a.tobytes()
                key.append((a.shape, a.dtype, content))
            elif type(a) is tensor_array_value.TensorArrayValue:
                key.append((jax.tree.structure(a), *[(x.shape, x.dtype) for x in jax.tree.leaves(a)]))
                rest.append(a)
            else:
                key.append((a.shape, a.dtype))
                rest.append(a)
        return tuple(key), rest

    def _variant(self, key, store, arguments):
        """The compiled form for `arguments`, made when there is none; remembered by `key` once all variables exist."""
        for k in self.keys:
            if type(k) is tuple:
                store.start(k)
        present = frozenset(k for k in self.keys if store.values.get(k) is not None)
        full_key = key, present
        variant = self.variants.get(full_key)
        if variant is None:
            variant = self._compile(present, arguments)
            self.variants[full_key] = variant
            self.made += 1
            self._warn_of_many()
        if not variant.missing:
            self.variants[key] = variant
        while len(self.variants) > 2 * _KEEP:
            self.variants.popitem(last=False)
        return variant

    def _warn_of_many(self):
        if self.made >= _KEEP and not self.warned:
            self.warned = True
            made_at = source.describe(self.island.ops[-1].made_at)
            shown = ", ".join(t.name for t in self.island.inputs[:3])
            source.warn(
                f"the {self.made}th compiled form of one run: the shapes or sizes fed ({shown}) keep changing, and each needs a "
                f"compilation; pad batches to a few sizes. Last operation made at {made_at}"
            )

    def _compile(self, present, arguments):
        refs, static_values = {}, {}
        if self.opaque or self.static:
            for i, (t, a) in enumerate(zip(self.island.inputs, arguments)):
                if type(a) is emit.Ref:
                    refs[t] = a
                elif i in self.static:
                    static_values[t] = np.asarray(a)
        traced = self.program_type(
            self.island, self.layout, present, refs, static_values, self.with_pullback, self.room
        )
        with jax.default_device(self.device) if self.device is not None else contextlib.nullcontext():
            return Variant(traced, self.layout, present, compile_policy.options(self.island.ops))


def _numpy_runs(island, layout):
    """How many runs go on NumPy before it is worth while to compile: a few for initialisers, which seldom run often."""
    if island.inputs or not layout.written or not program.runs_on_numpy(island.ops):
        return 0
    modes = [mode for op in island.ops for key, mode in effects.touches(op) if type(key) is not tuple]
    return 16 if all(mode == "w" for mode in modes) else 1


class Variant:
    """One compiled form of a step."""

    __slots__ = ("program", "donate_keys", "keep_keys", "missing", "compiled", "called", "constants")

    def __init__(self, traced, layout, present, options):
        self.program = traced
        self.donate_keys = traced.donated
        self.keep_keys = traced.kept
        self.missing = len(self.donate_keys) + len(self.keep_keys) < len(layout.written) + len(layout.reading)
        self.compiled = jax.jit(traced, donate_argnums=0, compiler_options=options or None)
        self.called = False
        with _x64(True):
            self.constants = [jax.device_put(op.attrs["value"]) for op in traced.constants]

    def state(self, values):
        """The arguments that come from the session: (to donate, to keep)."""
        return [values[k] for k in self.donate_keys], [values[k] for k in self.keep_keys] + self.constants

    def __call__(self, donated, kept, arguments, results):
        """Runs the program and appends (outputs, new state, failure code, its data) to `results`.

        `extend` and `map` do that without returning to the interpreter in between, where a signal could lose the new state.
        """
        try:
            if self.called:
                with _x64(True):
                    results.extend(map(self.compiled, (donated,), (kept,), (arguments,)))
            else:
                deep.call(self._first_call, donated, kept, arguments, results, ops=self.program.island.ops)
        except jax.errors.JaxRuntimeError as err:
            raise translated(err, self.program.largest) from None

    def commit(self, values, results):
        """Puts the new state of a call into the session's values; returns (outputs, failure code, its data), or None before it ran.

        After a failure, only what was donated is put back: it has come back as it was.
        """
        if not results:
            return None
        [(outputs, new_state, code, data)] = results
        if new_state:
            changed = zip(self.program.changed, new_state)
            if code is not None and code:
                donated = set(self.donate_keys)
                changed = [(key, value) for key, value in changed if key in donated]
            values.update(changed)
        return outputs, code, data

    def _first_call(self, donated, kept, arguments, results):
        """Compiles the program, and finds out whether there is memory for it before the old state is given up."""
        with _x64(True), contextlib.ExitStack() as compiling:
            compiling.enter_context(compile_policy.persistent_cache())
            if jax.default_backend() == "cpu":  # elsewhere the call itself fails, and donates nothing
                donated = [jax.device_put(np.array(value)) for value in donated]
            if self.program.may_not_end:  # it must not keep others from compiling
                self.compiled = self.compiled.lower(donated, kept, arguments).compile()
                compiling.close()
            result = self.compiled(donated, kept, arguments)
            jax.block_until_ready(result)
        results.append(result)
        self.called = True


def translated(err, largest):
    """An error of compiled programs as one of ours; `largest` describes their largest tensors."""
    text = str(err)
    out_of_memory = "RESOURCE_EXHAUSTED" in text or "out of memory" in text.lower()
    kind = errors.ResourceExhaustedError if out_of_memory else errors.InternalError
    return kind(None, None, "\n  largest: ".join([text, *largest]))


def raise_failure(traced, code, data):
    """Raises the error of the guard that failed; `data` is what came with the code, or None."""
    op, message, error, types = traced.failures[code - 1]
    values = None
    if data is not None and traced.carries_data[code - 1]:
        values = data[sum(traced.carries_data[: code - 1])]
    elif data is not None:
        values = failure_code.data_in(np.asarray(data[-1]), types)
    raise error(None, op, failure_code.text(message, values))
