"""The progress bar of training, drawn with nothing but characters."""

import sys
import time

import numpy as np

from graphflow_keras import _signatures, dialect

_INTERVAL = 0.05  # seconds between two drawings, unless said otherwise
_LOG_INTERVAL = 10.0  # the same for a log file, where each drawing is a line


class Progbar:
    """Draws how far a loop has come, with the running averages of values.

    On a terminal or in a notebook the line is drawn over itself. In a log file every drawing is a line of
    its own, so there it is the first, the last and one every ten seconds.

    Args:
        target: int, how many steps there are; None when that is not known.
        width: int, characters of the bar.
        verbose: 1 draws the bar, 2 prints one line at the end, 0 nothing.
        interval: float, least seconds between two drawings.
        stateful_metrics: names of values that are shown as they come, not averaged.
        unit_name: str, what a step is called where its time is told.
    """

    @_signatures.also_takes("unit_name")
    def __init__(self, target, width=30, verbose=1, interval=0.05, stateful_metrics=None, unit_name="step"):
        self.target = target
        self.width = width
        self.verbose = verbose
        self.unit_name = unit_name
        self.stateful_metrics = set(stateful_metrics or ())
        self._dynamic_display = getattr(sys.stdout, "isatty", bool)() or "ipykernel" in sys.modules
        if dialect.is_tf_keras():  # does so in a log file too
            self._dynamic_display |= "posix" in sys.modules
        self.interval = interval
        self._drawn = 0  # characters on the line
        self._seen = 0
        self._sums = {}  # name -> (sum, weight)
        self._start = time.time()
        self._last_update = 0

    def add(self, n, values=None):
        """`update` to `n` steps further."""
        self.update(self._seen + n, values)

    def update(self, current, values=None):
        """Draws the bar at step `current`.

        Args:
            current: int, steps done.
            values: list of (name, value of these last steps); averaged over the steps, but for the stateful ones.
        """
        self._average(current - self._seen, values or [])
        self._seen = current
        now = time.time()
        ends = self.target is not None and current >= self.target
        if self.verbose == 1:
            rests = _LOG_INTERVAL if not self._dynamic_display and self.interval == _INTERVAL else self.interval
            if now - self._last_update < rests and self.target is not None and not ends:
                return
            self._draw(current, now, ends)
        elif self.verbose == 2 and (ends or self.target is None):
            # As Keras has it, only the bar looks at the size of a negative average.
            count = self._count(current) if dialect.is_tf_keras() else ""
            self._write(f"{count} - {now - self._start:.0f}s{self._averages(size=float)}\n")
        self._last_update = now

    def _average(self, steps, values):
        for name, value in values:
            if name in self.stateful_metrics:
                self._sums[name] = value, 1
            else:
                total, weight = self._sums.get(name, (0, 0))
                self._sums[name] = total + value * steps, weight + steps

    def _draw(self, current, now, ends):
        before = self._drawn
        bar = self._bar(current)
        info = self._time(current, now - self._start) + self._averages(size=abs)
        self._drawn = len(bar) + len(info)
        self._write(
            "\b" * before + "\r" if self._dynamic_display else "\n",
            bar + info + " " * max(0, before - self._drawn),
            "\n" if ends else "",
        )

    def _bar(self, current):
        if self.target is None:
            return f"{current:7d}/Unknown"
        done = int(self.width * (float(current) / self.target)) if self.target else self.width
        head = "=" * (done - 1) + (">" if current < self.target else "=") if done > 0 else ""
        return f"{self._count(current)} [{head}{'.' * (self.width - done)}]"

    def _count(self, current):
        return f"{current:{len(str(self.target))}d}/{self.target}"

    def _time(self, current, elapsed):
        step = elapsed / current if current else 0
        if self.target is not None and current < self.target:
            left = step * (self.target - current)
            minutes, seconds = divmod(int(left), 60)
            if left > 3600:
                return f" - ETA: {minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
            return f" - ETA: {minutes}:{seconds:02d}" if left > 60 else f" - ETA: {seconds}s"
        for limit, scale, unit in ((1, 1, "s"), (1e-3, 1e3, "ms"), (0, 1e6, "us")):
            if step >= limit:
                return f" - {elapsed:.0f}s {step * scale:.0f}{unit}/{self.unit_name}"
        return f" - {elapsed:.0f}s 0us/{self.unit_name}"  # the clock went backwards

    def _averages(self, size):
        text = ""
        for name, (total, weight) in self._sums.items():
            average = np.mean(total / max(1, weight))
            text += f" - {name}: {average:.4f}" if size(average) > 1e-3 else f" - {name}: {average:.4e}"
        return text

    def show(self, current, means):
        """Draws the bar of an evaluation or prediction.

        Args:
            current: int, steps done.
            means: dict from the names of values to their means so far; Keras shows none, tf.keras does.
        """
        self.stateful_metrics.update(means)
        self.update(current, list(means.items()) if dialect.is_tf_keras() else None)

    @staticmethod
    def _write(*parts):
        sys.stdout.write("".join(parts))
        sys.stdout.flush()


def bar(target, verbose, unit_name="step"):
    """The bar of an evaluation or prediction, None where nothing is to be shown.

    Args:
        target: int or None, how many units there are.
        verbose: int; Keras draws the bar for 1 alone, tf.keras also prints the line of 2.
        unit_name: `step` or `sample`, what tf.keras calls a unit.
    """
    if not verbose or verbose != 1 and not dialect.is_tf_keras():
        return None
    return Progbar(target, verbose=verbose, unit_name=unit_name if dialect.is_tf_keras() else "step")
