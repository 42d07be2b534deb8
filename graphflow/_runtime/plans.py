"""Plans: how fetches are computed from feeds, as steps; all that a run can know before it sees the values fed."""

from __future__ import annotations

import types

from graphflow._core import shapes
from graphflow._lowering import bodies, effects, host_bodies, program, reads, table
from graphflow._passes import partition, prune, raise_control_flow
from graphflow._runtime import compiled_step, config, deep, host_step, placement, unfed

_LARGE_ELEMENT = 1 << 18  # numbers of a tensor from which on the function of a dataset is better compiled
_PLACEHOLDERS = ("Placeholder", "PlaceholderV2")


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
        self.shown = self._fetched_variables()
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
        return compiled_step.CompiledStep

    def _cut(self, ops, fed, fetched):
        """Operations as steps."""
        is_late = reads.late_in(ops)
        islands = partition.partition(ops, fed, fetched, table.row_of, effects.touches, self.device_of, is_late)
        return [self._step(island) for island in islands]

    def _step(self, island):
        if island.is_host:
            return host_step.HostStep(island, call_body)
        return self.step_type(island, None if island.device is None else self.devices[island.device])

    def _check_fed(self, fed):
        """Raises InvalidArgumentError when a placeholder that is needed was not fed."""
        missing = [op for op in self.ops if op.type in _PLACEHOLDERS and op.outputs[0] not in fed]
        if missing:
            raise unfed.error(missing, self.fetches, list(fed))

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
        """{old: new ones}: the steps that take the place of a compiled one which a Reconsider left, and of those that it touches.

        Such are the programs with a gradient of the operation: it moves to the host with it.
        """
        bodies.reconsider(request)
        stale = [old for old in self.steps if old is step or not old.is_host and _is_for_host(old.island)]
        made = {old: self._cut(old.island.ops, set(old.island.inputs), old.island.outputs) for old in stale}
        self.simple = None
        self.steps = _replaced(self.steps, made)
        self.shown = self._fetched_variables()
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
                    outputs = step.interpret(store, arguments, call_body) if first else step.execute(store, arguments)
            except bodies.Reconsider as request:
                waiting = _replaced([step, *waiting[::-1]], self.cut_anew(step, request))[::-1]
                continue
            env.update(zip(step.island.outputs, outputs))
        env.update((t, store.values[key]) for t, key in self.shown if store.values.get(key) is not None)
        return [env[t] for t in self.outputs]

    def _fetched_variables(self):
        """(tensor, key) of the fetches that show a variable as it is at the end, which a later step may have changed."""
        written = {key for step in self.steps for key in step.layout.written} if len(self.steps) > 1 else ()
        return [(t, key) for t in self.outputs if t not in self.fed and (key := reads.fetched_key(t)) in written]


def _is_for_host(island):
    """Whether the operations of a compiled island include one that runs on the host by now."""
    return any(row.is_host and not row.free for row in map(table.row_of, island.ops))


def _replaced(steps, made):
    """The steps, with those that are keys of `made` replaced by what it holds for them."""
    return [new for old in steps for new in made.get(old, (old,))]


class _PlanForElements(Plan):
    """How the function of a dataset is computed: as one step on the host, where some of it must run there and the rest is small."""

    def _cut(self, ops, fed, fetched):
        large = any(_is_large(t) for op in ops for t in op.outputs)
        if large or not program.runs_on_numpy(ops) or not any(table.row_of(op).is_host for op in ops):
            return super()._cut(ops, fed, fetched)
        islands = partition.partition(ops, fed, fetched, lambda op: partition.OnHost, effects.touches)
        return [self._step(island) for island in islands]


def _is_large(t):
    return (shapes.num_elements(t._dims) or 0) > _LARGE_ELEMENT


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
