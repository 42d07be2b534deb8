"""Many steps in one dispatch: the compiled step of a run inside a `lax.scan`.

Where a step takes microseconds, the Python between two runs costs more than the step. A loop gives the results of n single
runs, random counters and failures included.
"""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._lowering import bodies, effects
from graphflow._runtime import compile_policy, executable, feeds


class StepLoop:
    """A function that runs the same fetches n times; made by `Session.make_loop`.

    Args:
        prepared: the fetches and their plan.
        store: the session's store.
        fed: the tensors that change from step to step.
        dataset: one array for each of `fed`, put on the device once; steps then take rows of it by index. None: steps take
            stacked feeds.
    """

    def __init__(self, prepared, store, fed, dataset):
        self._prepared = prepared
        self._store = store
        self._fed = fed
        self._plan = prepared.plan
        self._dataset = None
        if dataset is not None:
            if len(dataset) != len(fed):
                raise ValueError(f"dataset needs one array for each of the {len(fed)} feeds, got {len(dataset)}")
            rows = [_typed(t, array) for t, array in zip(fed, dataset)]
            if len({len(r) for r in rows}) > 1:
                raise ValueError(f"the arrays of a dataset have different lengths: {[len(r) for r in rows]}")
            with jax.enable_x64(True):
                self._dataset = [jax.device_put(r) for r in rows]
        self._compiled = {}

    def __call__(self, *arguments):
        """Runs the steps.

        Args:
            arguments: with a dataset, one integer array `[n, batch]` of row numbers; else one array `[n, ...]` a feed.

        Returns:
            the fetches, each value with a leading axis of n steps.
        """
        if self._dataset is not None:
            (indices,) = arguments
            stacked = [_checked_rows(indices, len(self._dataset[0]) if self._dataset else 0)]
        else:
            if len(arguments) != len(self._fed):
                raise TypeError(f"the loop takes {len(self._fed)} stacked feeds, got {len(arguments)}")
            stacked = [feeds.owned_copy(_typed(t, a)) for t, a in zip(self._fed, arguments)]
        lengths = {len(a) for a in stacked}
        if len(lengths) != 1:
            raise ValueError(f"stacked feeds have different numbers of steps: {sorted(lengths)}")
        if self._plan.simple is None or self._plan.simple.static or self._plan.simple.opaque:
            values = self._one_by_one(stacked)
        else:
            try:
                values = self._scan(stacked)
            except bodies.Reconsider as request:
                self._plan.cut_anew(self._plan.simple, request)
                values = self._one_by_one(stacked)
        return self._prepared.finish(values)

    def _rows(self, step):
        """The feeds of one step."""
        if self._dataset is None:
            return step
        return [np.asarray(d)[step[0]] for d in self._dataset]

    def _one_by_one(self, stacked):
        results = [self._plan.run(self._store, self._rows([a[i] for a in stacked])) for i in range(len(stacked[0]))]
        return [np.stack([np.asarray(r) for r in column]) for column in zip(*results)]

    def _scan(self, stacked):
        step = self._plan.simple
        values = self._store.values
        with self._store.lock:
            first = self._rows([a[0] for a in stacked])
            variant = step._variant(
                tuple((a.shape, a.dtype) for a in first), self._store, [first[i] for i in self._plan.feed_order]
            )
            run = self._compiled.get(variant)
            if run is None:
                run = self._compiled[variant] = self._compile(variant)
            donated, kept = variant.state(values)
            results = []
            try:
                with jax.enable_x64(True), compile_policy.persistent_cache():
                    results.extend(map(run, (donated,), (kept,), (self._dataset,), (stacked,)))
                [(new_state, code, outputs)] = results
            except BaseException:  # Ctrl-C when the loop had run: what it was given is gone, but what it wrote is here
                if results and not variant.program.may_fail:
                    values.update(zip(_carried(variant), results[0][0]))
                raise
            if variant.program.may_fail and int(code):
                if code < 0:
                    step.make_room(-int(code))
                    return self._scan(stacked)
                executable.raise_failure(variant.program, int(code), None)
            values.update(zip(_carried(variant), new_state))
        return [outputs[i] for i in self._plan.fetch_order]

    def _compile(self, variant):
        order, program, carried = self._plan.feed_order, variant.program, _carried(variant)
        held = carried[len(program.donated) :]
        place = [program.kept.index(k) for k in held]

        def step(kept, dataset, carry, row):
            state, code = carry
            if dataset is not None:
                row = [jnp.take(d, row[0], axis=0) for d in dataset]
            kept = list(kept)
            for i, value in zip(place, state[len(program.donated) :]):
                kept[i] = value
            outputs, changed, failed, _ = program(state[: len(program.donated)], kept, [row[i] for i in order])
            state = dict(zip(carried, state))
            state.update(zip(program.changed, changed))
            if failed is not None:
                code = jnp.where(code == 0, failed, code)
            return ([state[k] for k in carried], code), outputs

        def run(donated, kept, dataset, stacked):
            (state, code), outputs = jax.lax.scan(
                functools.partial(step, kept, dataset),
                ([*donated, *[kept[i] for i in place]], jnp.int32(0)),
                stacked,
            )
            return state, code, outputs

        donate = () if effects.may_fail(program.island.ops) else (0,)
        options = compile_policy.options(program.island.ops)
        return jax.jit(run, donate_argnums=donate, compiler_options=options or None)


def _carried(variant):
    """The variables that change from step to step: those the program takes over, then those it only borrows."""
    written = set(variant.program.layout.written)
    return variant.program.donated + [k for k in variant.program.kept if k in written]


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
    return feeds.owned_copy(indices)
