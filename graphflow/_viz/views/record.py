"""One real step on the graph: every value of one run, laid on the node that made it."""

from __future__ import annotations

import dataclasses

import numpy as np

from graphflow._graph import protos
from graphflow._viz import picture
from graphflow._viz.graph import model as model_lib
from graphflow._viz.graph import overlay
from graphflow._viz.views import pairs, values

_TIMED = 200  # operations that are timed without being asked for: each is executed alone twice
_WITH_NUMBERS = 80  # nodes of a graph that is small enough for numbers at its edges
_IMAGES = 4_000_000  # letters that the images of one record may take
_CONVOLUTIONS = ("Conv2D", "DepthwiseConv2dNative")
_COPIES = ("Identity", "ReadVariableOp")


def record(session, fetches, feed_dict=None, times=None):
    """Runs `fetches` once, and keeps the value of every tensor the run computes.

    Nothing else happens than in `session.run(fetches, feed_dict)`: each operation runs once, variables change once, random
    numbers are the same. A variable shows the value that the run worked with, and the one it left.

    Args:
        times: whether to measure how long each operation takes alone; None: where there are at most 200.

    Returns:
        a Record.

    Raises:
        what `session.run` raises.
    """
    account = picture.account(session, fetches, feed_dict)
    if times is None:
        times = len(account.operations) <= _TIMED
    before = account.variables()
    if times:
        level = protos.RunOptions.DESCRIPTOR.enum_values_by_name["FULL_TRACE"].number
        options, metadata = protos.RunOptions(trace_level=level), protos.RunMetadata()
        fetched, found = session.run((fetches, account.values), feed_dict, options=options, run_metadata=metadata)
        nodes = [node for device in metadata.step_stats.dev_stats[1:] for node in device.node_stats]
        durations = {node.node_name: node.all_end_rel_nanos * 1e-9 for node in nodes}
    else:
        fetched, found = session.run((fetches, account.values), feed_dict)
        durations = {}
    return Record(account, fetched, found, durations, before, account.variables())


class Record(picture.Picture):
    """What one run computed; a notebook shows it, `save` writes it.

    Attributes:
        fetched: what `session.run` returned, in the form of the fetches.
        values: {tensor name: array} of all tensors the run computed or was fed.
        gradients: {tensor name: {gradient's tensor name: array}} of the gradients among them.
        times: {operation name: seconds, run alone}; empty where nothing was measured.
    """

    def __init__(self, account, fetched, found, times, before, after):
        self.fetched = fetched
        self.values = {t.name: value for t, value in zip(account.values, found)}
        self.times = times
        self._graph = graph = (account.operations or [t.op for t in account.fed])[0].graph
        self.gradients = {}
        for t, grads in pairs.gradients_in(graph).items():
            known = {g.name: self.values[g.name] for g in grads if g.name in self.values}
            if known:
                self.gradients[t.name] = known
        ops = list(dict.fromkeys([*[t.op for t in account.fed], *account.operations]))
        self._worked = {**self.values, **_worked_with(account.operations, before)}
        self._left = {name: value for name, value in after.items() if name in before and not _same(value, before[name])}
        asked = [t.name for t in account.fetched] + [op.name for op in account.targets]
        laid = overlay.Overlay(title=f"one run of {', '.join(asked[:3])}{' ...' if len(asked) > 3 else ''}")
        self._lay(laid, ops, account)
        super().__init__(ops, laid)
        found = pairs.find(ops)
        flows = pairs.carrying(self.model, found, graph)
        laid.pairs = [pair for pair in found if pair[1] in flows]
        for forward, backward in found:
            laid.marks[backward].group = forward
        for name in self.model.nodes.keys() - laid.marks.keys():  # behind a fed tensor
            laid.marks[name] = overlay.Mark("pruned")

    def __getitem__(self, tensor):
        """The value of a tensor, given by itself or by name."""
        name = getattr(tensor, "name", tensor)
        name = name if ":" in name else name + ":0"
        if name not in self.values:
            raise KeyError(f"{name} was not computed in this run; computed were {', '.join(list(self.values)[:5])} ...")
        return self.values[name]

    def side_by_side(self):
        """A picture of the same values with every operation beside its gradients, as a lecture draws it.

        Raises:
            ValueError: no gradient was computed in this run.
        """
        if not self.overlay.pairs:
            raise ValueError(f"{self.overlay.title}: no gradient was computed; fetch one, or a training operation")
        shown, found = pairs.beside(self.model, pairs.find(self._graph), self._graph)
        found = [pair for pair in found if set(pair) <= shown.nodes.keys()]
        edges = self._numbers(shown.nodes.values()) if self.overlay.edges else {}
        return picture.Picture(shown, dataclasses.replace(self.overlay, pairs=found, edges=edges, beside=True))

    def _lay(self, laid, ops, account):
        kernels, slowest = _kernels(ops), max(self.times.values(), default=0)
        for op in ops:
            laid.marks[op.name] = self._mark(op, kernels)
            if op.name in self.times and slowest:
                laid.marks[op.name].rows.append(("time", in_seconds(self.times[op.name])))
                laid.marks[op.name].heat = self.times[op.name] / slowest
        _thin_out(laid.marks)
        for t in account.fed:
            _tone(laid.marks[t.op.name], "fed")
        for t in account.fetched:
            _tone(laid.marks[t.op.name], "fetched")
        laid.legend = [("fed", "fed"), ("fetched", "fetched"), ("bad", "NaN or infinity inside")]
        if len(ops) <= _WITH_NUMBERS:
            laid.edges = self._numbers(model_lib.read(ops).nodes.values())

    def _numbers(self, nodes):
        """The texts of the edges that end at these nodes."""
        return {
            (name, index, node.name): values.brief(np.asarray(self._worked[f"{name}:{index}"]))
            for node in nodes
            for name, index in node.inputs
            if f"{name}:{index}" in self._worked
        }

    def _mark(self, op, kernels):
        made = overlay.Mark()
        for t in op.outputs:
            if t.name in self._worked:
                of_one = values.mark(self._worked[t.name], "filters" if t in kernels else None)
                if len(op.outputs) > 1:
                    of_one.rows = [(f"output {t.value_index}, {label}", text) for label, text in of_one.rows]
                made.rows += of_one.rows
                made.tone = made.tone or of_one.tone
                made.badge = of_one.badge if of_one.tone else made.badge or of_one.badge
                made.image, made.bars = made.image or of_one.image, made.bars or of_one.bars
            for name, gradient in self.gradients.get(t.name, {}).items():
                made.rows += [(f"gradient, {label}", text) for label, text in values.rows(np.asarray(gradient))]
                made.rows.append(("gradient node", name))
        left = self._left.get(op.name)
        if left is not None:
            made.rows += [(f"after the run, {label}", text) for label, text in values.rows(left)]
            made.badge += f" → {values.brief(left)}" if values.brief(left) != made.badge else ""
        return made


def _worked_with(ops, before):
    """{tensor name: value}: what variables held while they were read. Fetching a read gives what the variable holds in the end."""
    found, written = {}, set()
    for op in ops:  # in the order in which they run
        if op.name in before:
            found.update((t.name, before[op.name]) for t in op.outputs)
        for t, arg in zip(op.inputs, op.op_def.inputs):
            if t.op.name in before and t.dtype.is_ref:
                if arg.is_ref:
                    written.add(t.op)
                elif op.type == "Identity" and t.op not in written:
                    found[op.outputs[0].name] = before[t.op.name]
    return found


def _same(a, b):
    return a.shape == b.shape and a.tobytes() == b.tobytes()


def _tone(mark, tone):
    mark.tone = mark.tone if mark.tone == "bad" else tone


def _kernels(ops):
    """The tensors that are kernels of convolutions: what these take, what that was read from, and its gradients."""
    found = set()
    for op in ops:
        if op.type in _CONVOLUTIONS:
            t = op.inputs[1]
            found.add(t)
            while t.op.type in _COPIES:
                t = t.op.inputs[0]
                found.add(t)
        elif op.type.endswith("BackpropFilter"):
            found.add(op.outputs[0])
    return found


def _thin_out(marks):
    """Takes away the largest images where all together would make a page too heavy."""
    left = _IMAGES
    for mark in sorted(marks.values(), key=lambda mark: len(mark.image or "")):
        left -= len(mark.image or "")
        if left < 0:
            mark.image = None


def in_seconds(duration):
    """A duration with its unit: `12 µs`."""
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if duration >= size:
            return f"{duration / size:.3g} {unit}"
    return f"{duration * 1e9:.0f} ns"
