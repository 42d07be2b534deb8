"""What is laid on a graph: one form for values, differences, fates and steps, which every kind of picture can draw.

An overlay knows nodes by name only. It is plain data: texts, numbers, colours by the name of a *tone*.
"""

from __future__ import annotations

import collections
import dataclasses

# Tone -> (fill, border) on a light page, (fill, border) on a dark one. Of what a folded scope holds, the tone that stands first
# here is shown.
TONES = {
    "bad": (("#fbd5d5", "#c0262d"), ("#5c1a1e", "#ff7b7b")),
    "removed": (("#fde0dc", "#c0392b"), ("#4a1f1d", "#f28b82")),
    "added": (("#d9f2df", "#1e8449"), ("#173d25", "#7fd99a")),
    "changed": (("#fff0c2", "#b7791f"), ("#4a3a10", "#f5c451")),
    "hot": (("#ffe0cc", "#c2570c"), ("#4d2a12", "#ff9d5c")),
    "fetched": (("#eadffb", "#6d3fc0"), ("#33234f", "#c4a3ff")),
    "fed": (("#d5f2f0", "#0f766e"), ("#123c3a", "#6ad5cb")),
    "good": (("#dcf3e1", "#2e8b57"), ("#18402a", "#74d19a")),
    "kept": (("#ffffff", "#5b6472"), ("#23272f", "#aab3c0")),
    "folded": (("#f4efe6", "#9a7f58"), ("#37301f", "#cbb27c")),
    "pruned": (("#f2f2f2", "#b9bdc4"), ("#1b1d21", "#4a4f58")),
}
# The tones island0, island1 ... of the parts of a run; more islands than these take them in turn.
ISLANDS = (
    (("#e3ecfb", "#3c6fc9"), ("#1c2c4a", "#86aef5")),
    (("#e4f4e4", "#3f8f45"), ("#1c3a20", "#86d48c")),
    (("#fdf0dc", "#b9770e"), ("#44300f", "#f0b95c")),
    (("#f8e2f1", "#a8357f"), ("#451d38", "#ee8fcb")),
    (("#ddf3f7", "#1a8298"), ("#133a44", "#6fcfe3")),
    (("#e9e4f7", "#6b5bb5"), ("#2a2548", "#a99bf0")),
)
LOUD = ("bad", "removed", "added", "changed", "hot")  # what a folded scope also says in words


@dataclasses.dataclass(slots=True)
class Mark:
    """What is laid on one node.

    Attributes:
        tone: a key of `TONES`, or `island<number>`; None leaves the colour as it is.
        badge: a short text at the box.
        rows: (label, text) for the node's card.
        image: a PNG data URI.
        bars: the heights of a histogram, 0..1.
        heat: 0..1, how much of what is measured (time, say) falls on this node, 1 for the one with most.
        group: the name of another node that it belongs with.
    """

    tone: str | None = None
    badge: str = ""
    rows: list = dataclasses.field(default_factory=list)
    image: str | None = None
    bars: list | None = None
    heat: float | None = None
    group: str | None = None


@dataclasses.dataclass(slots=True)
class Overlay:
    """What is laid on a graph.

    Attributes:
        title: of the picture.
        legend: (tone, text) in order.
        marks: node name -> Mark.
        pairs: (forward node, backward node): drawn side by side.
        edges: (from node, output index, to node) -> text at that edge.
        steps: (label, {node name: Mark}): states in time, of which one is shown; a mark of a step stands in place of that in
            `marks`.
        beside: whether a page begins with the pairs side by side.
    """

    title: str = ""
    legend: list = dataclasses.field(default_factory=list)
    marks: dict = dataclasses.field(default_factory=dict)
    pairs: list = dataclasses.field(default_factory=list)
    edges: dict = dataclasses.field(default_factory=dict)
    steps: list = dataclasses.field(default_factory=list)
    beside: bool = False


def folded(marks):
    """The Mark of a scope that stands for nodes with these marks: the tone that ranks first, all their heat, how many of each."""
    marks = list(marks)
    tones = collections.Counter([mark.tone for mark in marks if mark.tone])
    tone = next((tone for tone in TONES if tone in tones), min(tones, default=None))
    heats = [mark.heat for mark in marks if mark.heat is not None]
    counted = [(str(tone), str(n)) for tone, n in tones.most_common()] if len(tones) > 1 else []
    badge = f"{tones[tone]} {tone}" if tone in LOUD else ""
    return Mark(tone, badge, counted, heat=min(1.0, sum(heats)) if heats else None)
