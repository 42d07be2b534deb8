"""A run explained: what it keeps of the graph, what it folds, what it leaves out, and where its compiled parts lie."""

from __future__ import annotations

import collections

from graphflow._viz import picture
from graphflow._viz.graph import overlay

_FOLDED = "known when the program is compiled; costs nothing in a run"


def explain(session, fetches, feed_dict=None):
    """What `session.run(fetches, feed_dict)` would do with each operation of the graph; nothing runs.

    Args:
        feed_dict: which tensors are fed; the values do not matter here.

    Returns:
        an Explanation.

    Raises:
        what `session.run` raises before it computes: a placeholder that is not fed, a fetch of another graph.
    """
    account = picture.account(session, fetches, feed_dict)
    return Explanation(session.graph, account)


class Explanation(picture.Picture):
    """A run as it would be: `print` gives it as text, a notebook shows it, `save` writes it.

    Attributes:
        kept: names of the operations that run, in order, without the folded ones.
        folded: names of those whose values are known when their program is compiled.
        pruned: {name: why} of the operations that do not run.
        pieces: the steps of the run, in order: compiled programs (islands) and host work between them.
    """

    def __init__(self, graph, account):
        self.pieces = account.pieces
        names = [op.name for op in account.operations]
        self.folded = [name for name in names if any(name in piece.folded for piece in account.pieces)]
        self.kept = [name for name in names if name not in set(self.folded)]
        self.pruned = _pruned(graph, account)
        laid = overlay.Overlay(title=_title(account))
        self._lay(laid, account)
        super().__init__(graph, laid)

    def _lay(self, laid, account):
        for name, why in self.pruned.items():
            laid.marks[name] = overlay.Mark("pruned", rows=[("does not run", why)])
        for number, piece in enumerate(self.pieces):
            tone, text = f"island{number % len(overlay.ISLANDS)}", _described(number, piece)
            laid.legend.append((tone, text))
            for name in piece.operations:
                if name in piece.folded:
                    mark = overlay.Mark("folded", rows=[("folded", _FOLDED)])
                else:
                    mark = overlay.Mark(tone, "in Python" if piece.is_host else "", [("runs in", text)])
                if piece.because.get(name):
                    mark.rows.append(("not compiled", piece.because[name]))
                laid.marks.setdefault(name, mark)
        for name in self.kept:  # what was made into loops and branches of the run's own
            laid.marks.setdefault(name, overlay.Mark("kept", rows=[("runs in", "a loop or branch")]))
        for t in account.fed:
            laid.marks[t.op.name] = overlay.Mark("fed", "fed", [("fed", f"the value comes from feed_dict: {t.name}")])
        for t in account.fetched:
            mark = laid.marks[t.op.name]
            mark.tone, mark.badge = ("fed" if mark.tone == "fed" else "fetched"), "fetched"
        for op in account.targets:
            laid.marks[op.name].tone, laid.marks[op.name].badge = "fetched", "fetched"
        laid.legend += [
            ("folded", "folded while compiling"),
            ("pruned", "does not run"),
            ("fed", "fed"),
            ("fetched", "fetched"),
        ]

    def __str__(self):
        lines = [
            self.overlay.title,
            f"  {len(self.kept)} operations run, {len(self.folded)} are folded, {len(self.pruned)} left out",
        ]
        for number, piece in enumerate(self.pieces):
            lines.append(f"  {_described(number, piece)}")
            lines += [f"    {name}: {why}" for name, why in piece.because.items() if why]
            lines += [f"    takes {', '.join(piece.inputs[:5])}"] if piece.inputs else []
            lines += [f"    gives {', '.join(piece.outputs[:5])}"] if piece.outputs else []
        for why, count in collections.Counter(self.pruned.values()).items():
            lines.append(f"  {count} left out: {why}")
        return "\n".join(lines)


def _title(account):
    asked = [t.name for t in account.fetched] + [op.name for op in account.targets]
    return f"run({', '.join(asked[:4])}{', ...' if len(asked) > 4 else ''})"


def _described(number, piece):
    count = len(piece.operations)
    what = f"{count} operation{'s' * (count != 1)}"
    if piece.is_host:
        return f"step {number + 1}: {what} in Python"
    return f"step {number + 1}: one compiled program of {what} on {piece.device.rpartition('device:')[2]}"


def _pruned(graph, account):
    """{name: why} of the operations that do not run."""
    runs = set(account.operations)
    fed = set(account.fed)
    behind, waiting = set(), [t.op for t in fed]
    while waiting:
        op = waiting.pop()
        for before in [t.op for t in op.inputs] + op.control_inputs:
            if before not in behind and before not in runs:
                behind.add(before)
                waiting.append(before)
    why = {}
    for op in graph.get_operations():
        if op in runs or any(t in fed for t in op.outputs):
            continue
        why[op.name] = "only what is fed would need it" if op in behind else "no fetch needs it"
    return why
