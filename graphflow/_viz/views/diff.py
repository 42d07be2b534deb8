"""The difference of two graphs: what was added, removed, changed or renamed."""

from __future__ import annotations

import collections
import dataclasses

from graphflow._viz import palette, picture
from graphflow._viz.graph import model as model_lib
from graphflow._viz.graph import overlay


def diff(before, after):
    """What became of the graph `before` in the graph `after`.

    Nodes are matched by name; of the others, those with the same type and attributes that come from the same are taken for
    renamed ones.

    Args:
        before, after: whatever `viz.save` takes: graphs, GraphDefs, files, models.

    Returns:
        a Diff.
    """
    return Diff(model_lib.read(before), model_lib.read(after))


class Diff(picture.Picture):
    """A difference: `print` gives it as text, a notebook shows it, `save` writes it.

    The picture is of `after`, with what was removed drawn in.

    Attributes:
        added, removed: names of nodes.
        renamed: {old name: new name}.
        changed: {new name: [(what, before, after)]}.
    """

    def __init__(self, before, after):
        self.renamed = _renamed(before, after)
        old_of = {new: old for old, new in self.renamed.items()}
        self.added = [name for name in after.nodes if name not in before.nodes and name not in old_of]
        self.removed = [name for name in before.nodes if name not in after.nodes and name not in self.renamed]
        self.changed = {}
        for name, node in after.nodes.items():
            old = before.nodes.get(old_of.get(name, name))
            found = _changes(old, node, self.renamed) if old is not None else []
            if found:
                self.changed[name] = found
        laid = overlay.Overlay(title=f"{before.title} → {after.title}")
        laid.legend = [
            ("added", "added"),
            ("removed", "removed"),
            ("changed", "changed or renamed"),
            ("kept", "the same"),
        ]
        for name in self.added:
            laid.marks[name] = overlay.Mark("added", "+")
        for old, new in self.renamed.items():
            laid.marks[new] = overlay.Mark("changed", "renamed", [("was called", old)])
        for name, found in self.changed.items():
            mark = laid.marks.setdefault(name, overlay.Mark("changed", "≠"))
            mark.rows += [(what, f"{a} → {b}") for what, a, b in found]
        for name in self.removed:
            laid.marks[name] = overlay.Mark("removed", "−")
        for name, node in after.nodes.items():  # so that colours tell differences only
            if palette.kind_of(name, node.op) != "op":
                laid.marks.setdefault(name, overlay.Mark("kept"))
        super().__init__(_united(before, after, self.removed, self.renamed), laid)

    def __bool__(self):
        """Whether there is any difference."""
        return bool(self.added or self.removed or self.renamed or self.changed)

    def __str__(self):
        if not self:
            return f"{self.overlay.title}: no difference"
        lines = [self.overlay.title]
        lines += [f"  + {name}" for name in self.added] + [f"  - {name}" for name in self.removed]
        lines += [f"  {old} is now {new}" for old, new in self.renamed.items()]
        for name, found in self.changed.items():
            lines += [f"  {name}: {what} {a} → {b}" for what, a, b in found]
        return "\n".join(lines)


def _changes(old, new, renamed):
    """[(what, before, after)] of a node that is in both graphs."""
    found = [("type", old.op, new.op)] if old.op != new.op else []
    for key in dict.fromkeys([*old.attrs, *new.attrs]):
        a, b = old.attrs.get(key, "none"), new.attrs.get(key, "none")
        if a != b:
            found.append((key, a, b))
    came = [(renamed.get(name, name), index) for name, index in old.inputs]
    if came != list(new.inputs):
        found.append(("inputs", _listed(came), _listed(new.inputs)))
    waited = [renamed.get(name, name) for name in old.controls]
    if sorted(waited) != sorted(new.controls):
        found.append(("control inputs", ", ".join(waited) or "none", ", ".join(new.controls) or "none"))
    if old.device != new.device:
        found.append(("device", old.device or "none", new.device or "none"))
    return found


def _listed(inputs):
    return ", ".join(f"{name}:{index}" if index else name for name, index in inputs) or "none"


def _renamed(before, after):
    """{old name: new name} of nodes without a namesake that are alike in what they are and in all they come from.

    Several that are alike are matched in order, if both graphs have as many.
    """
    lost, found = _by_form(before, after), _by_form(after, before)
    pairs = [(lost[form], found[form]) for form in lost if len(lost[form]) == len(found.get(form, ()))]
    return {old: new for olds, news in pairs for old, new in zip(olds, news)}


def _by_form(shown, other):
    """{form: names} of the nodes that `other` has no namesake of; a form stands for a node's type, attributes and origins."""
    forms, groups = {}, collections.defaultdict(list)
    for name, node in shown.nodes.items():
        if name in other.nodes:
            forms[name] = name
            continue
        inputs = tuple((forms.get(producer), index) for producer, index in node.inputs)
        forms[name] = hash((node.op, tuple(sorted(node.attrs.items())), inputs, len(node.outputs)))
        groups[forms[name]].append(name)
    return groups


def _united(before, after, removed, renamed):
    """The model of `after` with the removed nodes of `before`."""
    nodes = list(after.nodes.values())
    for name in removed:
        node = before.nodes[name]
        inputs = tuple((renamed.get(a, a), index) for a, index in node.inputs)
        controls = tuple(renamed.get(a, a) for a in node.controls)
        nodes.append(dataclasses.replace(node, inputs=inputs, controls=controls))
    return model_lib.Model(nodes, f"{before.title} → {after.title}")
