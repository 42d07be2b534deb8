"""Plans and their compiled steps: everything that a run can know before it sees the values fed."""

from __future__ import annotations

import collections
import contextlib
import functools
import types

import jax
import numpy as np

from graphflow._core import dtypes, errors, shapes, source
from graphflow._lowering import (
    bodies,
    effects,
    emit,
    host_bodies,
    host_tensor_array,
    program,
    reads,
    table,
    tensor_array_value,
)
from graphflow._ops import handles
from graphflow._passes import partition, prune, raise_control_flow
from graphflow._runtime import compile_policy, config, deep, placement, watch

_KEEP = 64  # compiled variants kept for one step
_LARGE_ELEMENT = 1 << 18  # numbers of a tensor from which on the function of a dataset is better compiled
_x64 = jax.enable_x64


class Plan:
    """How a set of fetches is computed from a set of feeds.

    Args:
        fetches: Fetches.
        fed: tensors whose values will be given, in order.
        done: operations that have run in an earlier part of a partial run.
        devices: that it may use; the first, whatever that is, when empty.
    """

    def __init__(self, fetches, fed, done=frozenset(), devices=()):
        self.fetches = fetches
        self.fed = fed
        self.runs = 0
        targets = list(dict.fromkeys([t.op for t in fetches.tensors if t not in fed] + fetches.operations))
        self.ops = prune.prune(targets, set(fed), done)
        self._check_fed(set(fed))
        self.inputs, self.outputs = fed, fetches.tensors
        if raise_control_flow.is_needed(self.ops):
            raised = raise_control_flow.Raised(self.ops, fed, fetches.tensors, fetches.operations)
            self.inputs, self.outputs = fed, _ = raised.fed, raised.fetched
            self.ops = prune.prune([t.op for t in self.outputs if t not in fed] + raised.targets, set(fed))
        self.devices, self.device_of = devices, placement.places(self.ops, devices)
        self.steps = deep.call(self._cut, self.ops, set(fed), self.outputs, ops=self.ops)
        self.writes = any(step.layout.written for step in self.steps)
        self.taped = host_bodies.wanted_by(self.ops)
        self.simple = None
        if len(self.steps) == 1 and not self.steps[0].is_host and not self.steps[0].island.static_inputs:
            outputs = self.steps[0].island.outputs
            if all(t in outputs for t in self.outputs):
                self.simple = self.steps[0]
                self.feed_order = [fed.index(t) for t in self.simple.island.inputs]
                self.fetch_order = [outputs.index(t) for t in self.outputs]
        # One program that keeps nothing and whose results are waited for: when they are there, it has read all it was fed.
        self.waits = self.simple is not None and bool(fetches.tensors) and not self.writes

    @property
    def step_type(self):
        """What runs a compiled island."""
        return CompiledStep

    def _cut(self, ops, fed, fetched):
        """Operations as steps."""
        is_late = reads.late_in(ops)
        islands = partition.partition(ops, fed, fetched, table.row_of, effects.touches, self.device_of, is_late)
        return [
            HostStep(i) if i.is_host else self.step_type(i, None if i.device is None else self.devices[i.device])
            for i in islands
        ]

    def _check_fed(self, fed):
        """Raises InvalidArgumentError when a placeholder that is needed was not fed."""
        missing = [op for op in self.ops if op.type in _PLACEHOLDERS and op.outputs[0] not in fed]
        if missing:
            raise unfed(missing, self.fetches, list(fed))

    def run(self, store, values, tapes=None):
        """The values of the fetched tensors, for `values` of the fed ones in order; `tapes` are those of a body's run."""
        self.runs += 1
        if self.simple is not None and self.runs > self.simple.numpy_runs:
            try:
                outputs = self.simple.execute(store, [values[i] for i in self.feed_order])
                return [outputs[i] for i in self.fetch_order]
            except bodies.Reconsider as request:
                self.cut_anew(self.simple, request)
        return self._run_steps(store, values, tapes)

    def cut_anew(self, step, request):
        """The steps that take the place of a compiled one which a Reconsider left."""
        bodies.reconsider(request)
        island = step.island
        made = self._cut(island.ops, set(island.inputs), island.outputs)
        self.simple = None
        self.steps = [new for old in self.steps for new in (made if old is step else (old,))]
        return made

    def _run_steps(self, store, values, tapes):
        env = dict(zip(self.inputs, values))
        if tapes is None and self.taped:
            tapes = host_bodies.Tapes(self.taped)
        waiting = self.steps[::-1]
        while waiting:
            config.check_time()
            step = waiting.pop()
            arguments = [env[t] for t in step.island.inputs]
            first = self.runs <= step.numpy_runs
            try:
                if step.is_host:
                    outputs = step.execute(store, arguments, tapes)
                else:
                    outputs = step.interpret(store, arguments) if first else step.execute(store, arguments)
            except bodies.Reconsider as request:
                waiting += self.cut_anew(step, request)[::-1]
                continue
            env.update(zip(step.island.outputs, outputs))
        return [env[t] for t in self.outputs]


class _PlanForElements(Plan):
    """How the function of a dataset is computed: as one step on the host, where some of it must run there and the rest is small."""

    def _cut(self, ops, fed, fetched):
        large = any(_is_large(t) for op in ops for t in op.outputs)
        if large or not program.runs_on_numpy(ops) or not any(table.row_of(op).is_host for op in ops):
            return super()._cut(ops, fed, fetched)
        return [
            HostStep(i) for i in partition.partition(ops, fed, fetched, lambda op: partition.OnHost, effects.touches)
        ]


def _is_large(t):
    return (shapes.num_elements(t._dims) or 0) > _LARGE_ELEMENT


_PLACEHOLDERS = ("Placeholder", "PlaceholderV2")


def unfed(missing, fetches, fed):
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


class HostStep:
    """Operations that run in Python."""

    is_host = True
    numpy_runs = 0

    def __init__(self, island):
        self.island = island
        self.layout = program.layout(island)
        self._known = _Rows(), effects.consumed(island.ops, island.outputs)

    def execute(self, store, arguments, tapes=None):
        return interpret(self.island, store, arguments, tapes, self._known)


class _Rows(dict):
    """The lowering rows of operations that run often."""

    def __missing__(self, op):
        found = self[op] = table.row_of(op)
        return found


def interpret(island, store, arguments, tapes=None, known=None):
    """Runs the rules of an island on NumPy values; state is written only when all of it has run.

    Args:
        known: (rows by operation, `effects.consumed` of the island), where it runs often.
    """
    state = _HostState(store)
    emitter = emit.Emitter(state)
    emitter.resources = store.resources
    emitter.store = store
    emitter.tapes = tapes
    emitter.time_left = config.time_left

    def commit():
        if not emitter.written:
            return
        new = {key: state.pop(key) for key in emitter.written}
        with _x64(True):
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
    env = {t: v if type(v) in _KEPT else np.asarray(v) for t, v in zip(island.inputs, arguments)}
    emitter.run(island.ops, env)
    commit()
    outputs = []
    for t in island.outputs:
        value = env[t]
        outputs.append(state.get(value.key) if type(value) is emit.Ref and t._dtype.is_ref else value)
    return outputs


_KEPT = (emit.Ref, tensor_array_value.TensorArrayValue, host_tensor_array.HostTensorArray)


def _numpy_runs(island, layout):
    """How many runs go on NumPy before it is worth while to compile: a few for initialisers, which seldom run often."""
    if island.inputs or not layout.written or not program.runs_on_numpy(island.ops):
        return 0
    modes = [mode for op in island.ops for key, mode in effects.touches(op) if type(key) is not tuple]
    return 16 if all(mode == "w" for mode in modes) else 1


def call_body(graph, store, values, wanted, also=None, tapes=None):
    """The outputs of a body graph for the values of its inputs, run like a session's graph, step by step.

    Outputs that are not at the positions `wanted` (None: all) are None, and what only they need does not run. With `also`, a
    tuple of tensors of the body, it returns (outputs, their values).
    """
    config.check_time()
    key = graph, wanted, also
    plan = store.resources.get(key)
    if plan is None:
        tensors = [t for i, t in enumerate(graph.outputs) if wanted is None or i in wanted] + list(also or ())
        fetches = types.SimpleNamespace(tensors=list(dict.fromkeys(tensors)), operations=list(graph.kept))
        kind = _PlanForElements if getattr(graph, "takes_elements", False) else Plan
        plan = store.resources[key] = kind(fetches, list(graph.inputs), devices=store.devices)
    found = dict(zip(plan.fetches.tensors, plan.run(store, list(values), tapes)))
    outputs = [found[t] if wanted is None or i in wanted else None for i, t in enumerate(graph.outputs)]
    return outputs if also is None else (outputs, [found[t] for t in also])


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

    def interpret(self, store, arguments):
        with store.lock:  # what is read and what is written belong together
            return interpret(self.island, store, arguments)

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
            if variant is None:
                variant = self._variant(key, store, given)
            try:
                donated, kept = variant.state(values)
            except KeyError:  # a variable lost its value, or another session has none yet
                variant = self._variant(key, store, given)
                donated, kept = variant.state(values)
            results = []
            try:
                if self.device is None and not variant.program.may_not_end:
                    variant(donated, kept, arguments, results)
                else:
                    self._run_apart(variant, donated, kept, arguments, results)
                outputs, code, data = variant.commit(values, results)
            except BaseException:  # Ctrl-C while the program ran: what was donated is gone, but what it wrote is here
                variant.commit(values, results)
                raise
            if code is not None and code:
                if code < 0:
                    return self.execute(store, self.make_room(-int(code), given))
                raise_failure(variant.program, int(code), data)
        return self._with_handles(variant.program, outputs) if variant.program.ref_outputs else outputs

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
        values = emit.data_in(np.asarray(data[-1]), types)
    raise error(None, op, emit.failure_text(message, values))


def fetched(tensors, values):
    """What `run` returns for each tensor."""
    try:
        return [to_host(t, value) for t, value in zip(tensors, values)]
    except jax.errors.JaxRuntimeError as err:
        arrays = [(t, v) for t, v in zip(tensors, values) if hasattr(v, "nbytes")]
        raise translated(err, [f"{t.name} {v.dtype}{list(v.shape)}, fetched" for t, v in arrays]) from None


def to_host(t, value):
    """What `run` returns for a tensor: an array the user may write to, a NumPy scalar, or bytes."""
    if type(value) in _KEPT:  # a handle by its name; a flow, which means nothing by itself, as TensorFlow has it
        return value.key if type(value) is emit.Ref else np.float32(0)
    if t._dtype.base_dtype is dtypes.string:
        return value.item() if value.ndim == 0 else value
    if hasattr(value, "block_until_ready"):
        value.block_until_ready()  # raises what np.asarray would abort the process for: memory that could not be had
    array = np.asarray(value)
    if array.ndim == 0:
        return array[()]
    return np.array(array) if not array.flags.writeable else array
