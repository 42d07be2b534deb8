"""partial_run: one run in several calls. What an earlier call computed is kept, and no operation runs twice."""

from __future__ import annotations

from graphflow._lowering import host_bodies
from graphflow._passes import prune
from graphflow._runtime import fetches, plans


class PartialRun:
    """The state between the calls of a partial run.

    Args:
        graph: the graph.
        wanted: Fetches: all that will be asked for.
        fed: all tensors that will be fed.
    """

    def __init__(self, graph, wanted, fed):
        self.graph = graph
        self.allowed = set(wanted.tensors) | set(wanted.operations)
        self.open_feeds = set(fed)
        self.known = {}  # tensor -> value: fed, or computed and needed later
        self.done = set()  # operations that have run
        targets = [t.op for t in wanted.tensors if t not in self.open_feeds] + wanted.operations
        self.all_ops = prune.prune(list(dict.fromkeys(targets)), self.open_feeds)
        self.tapes = host_bodies.Tapes(host_bodies.wanted_by(self.all_ops))

    def run(self, store, structure, values):
        """The results of `structure`, for newly fed `values` (tensor -> array); fetches.Fetches and values in its order."""
        wanted = fetches.Fetches(self.graph, structure)
        for item in [*wanted.tensors, *wanted.operations]:
            if item not in self.allowed:
                raise ValueError(f"{item.name} was not named in partial_run_setup, or was fetched already")
        for t in values:
            if t not in self.open_feeds:
                raise ValueError(f"{t.name} was not named as a feed in partial_run_setup, or was fed already")
        self.known.update(values)
        self.open_feeds -= set(values)
        targets = [t.op for t in wanted.tensors if t not in self.known]
        targets += [op for op in wanted.operations if op not in self.done]
        ops = prune.prune(list(dict.fromkeys(targets)), set(self.known), self.done)
        kept = self._needed_later(set(ops))
        step = fetches.Fetches(
            self.graph, [*wanted.tensors, *kept, *[op for op in wanted.operations if op in set(ops)]]
        )
        plan = plans.Plan(step, list(self.known), self.done, store.devices)
        results = plan.run(store, list(self.known.values()), self.tapes)
        found = dict(zip(step.tensors, results))
        self.known.update((t, found[t]) for t in kept)
        self.done.update(ops)
        self.allowed -= {*wanted.tensors, *wanted.operations}
        return wanted, [found[t] for t in wanted.tensors]

    def _needed_later(self, now):
        later = [op for op in self.all_ops if op not in now and op not in self.done]
        return list(dict.fromkeys(t for op in later for t in op.inputs if t.op in now and t not in self.known))
