"""Training over time: the values of chosen tensors, step by step, with a slider."""

from __future__ import annotations

import numpy as np

from graphflow._viz import picture, pixels, png
from graphflow._viz.graph import model as model_lib
from graphflow._viz.graph import overlay
from graphflow._viz.views import values

_SHOWN = 60  # steps of a picture; of more, some evenly spaced ones
_WIDE, _HIGH = 180, 60  # pixels of a curve


class Recorder(picture.Picture):
    """Keeps the values of chosen tensors while a session trains.

    Args:
        session: the session that runs the steps.
        tensors: tensors, variables or their names.

    Attributes:
        steps: labels of the steps so far. values: {tensor name: [an array a step]}.

    >>> recorder = viz.Recorder(session, [loss, w])
    >>> for batch in batches:
    ...     recorder.step({x: batch}, fetches=train)
    >>> recorder.save("training.html")
    """

    def __init__(self, session, tensors):
        self._session = session
        found = tensors if isinstance(tensors, (list, tuple)) else [tensors]
        self._tensors = [session.graph.as_graph_element(t, allow_operation=False) for t in found]
        if not self._tensors:
            raise ValueError("a Recorder needs at least one tensor to record")
        self.model = model_lib.read(session.graph, "training")
        self.steps = []
        self.values = {t.name: [] for t in self._tensors}

    def step(self, feed_dict=None, fetches=(), label=None):
        """Runs `fetches`, a training operation say, and the recorded tensors in one run; returns the values of `fetches`.

        Args:
            label: what the slider calls the step; its number when None.
        """
        fetched, found = self._session.run((fetches, self._tensors), feed_dict)
        for t, value in zip(self._tensors, found):
            self.values[t.name].append(value)
        self.steps.append(str(len(self.steps)) if label is None else str(label))
        return fetched

    @property
    def overlay(self):
        """What has been recorded so far; of very many steps some evenly spaced ones, the first and the last among them."""
        count = len(self.steps)
        laid = overlay.Overlay(title=f"{count} steps of {', '.join(list(self.values)[:3])}")
        shown = sorted({round(i) for i in np.linspace(0, count - 1, min(count, _SHOWN))})
        laid.legend = [("good", "recorded"), ("bad", "NaN or infinity inside")]
        laid.steps = [(self.steps[i], {t.op.name: self._mark(t, i) for t in self._tensors}) for i in shown]
        laid.marks = dict(laid.steps[-1][1]) if shown else {t.op.name: overlay.Mark("good") for t in self._tensors}
        return laid

    def _mark(self, t, i):
        series = self.values[t.name]
        mark = values.mark(series[i])
        mark.tone = mark.tone or "good"
        mark.rows.insert(0, ("step", f"{self.steps[i]} of {self.steps[-1]}"))
        if np.ndim(series[i]) == 0 and np.asarray(series[i]).dtype.kind in "fiub" and len(series) > 1:
            mark.rows.append(("from, to", f"{values.number(series[0])} to {values.number(series[-1])}"))
            mark.image = png.data_uri(curve([float(v) for v in series], i))
        return mark


def curve(series, now):
    """Pixels `[height, width, 3]` of a curve through the numbers, with the step `now` marked; NaN leaves a gap."""
    canvas = np.full((_HIGH, _WIDE, 3), 255, np.uint8)
    heights = 1 - pixels.grey(series) / 255.0
    at = np.linspace(3, _WIDE - 4, len(series))
    columns = np.arange(_WIDE)
    finite = np.isfinite(series)
    if finite.any():
        rows = np.interp(columns, at[finite], heights[finite]) * (_HIGH - 9) + 4
        inside = (columns >= at[finite][0]) & (columns <= at[finite][-1])
        for column in columns[inside]:
            ends = sorted(
                (rows[column], rows[min(column + 1, _WIDE - 1)] if inside[min(column + 1, _WIDE - 1)] else rows[column])
            )
            canvas[int(ends[0]) : int(ends[1]) + 2, column] = (60, 111, 201)
    left = int(at[now])
    canvas[:, left] = (194, 87, 12)
    if finite[now]:
        row = int(heights[now] * (_HIGH - 9) + 4)
        canvas[max(0, row - 2) : row + 3, max(0, left - 2) : left + 3] = (194, 87, 12)
    return canvas
