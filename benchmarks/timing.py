"""How a step is timed: the minimum over rounds that alternate between the sides."""

import time

_SECONDS = 2.0  # of measurement for each side of a work
FIRST_RUN_ONLY = ("chain", "nodes")  # works whose first step is the figure


def first(make, *args):
    """(seconds until a work has done its first step, its step)."""
    start = time.perf_counter()
    step = make(*args)
    step()
    return time.perf_counter() - start, step


def best(steps, seconds=_SECONDS):
    """The shortest time of a step, for each of several steps measured in turns."""
    times = [[] for _ in steps]
    for step in steps:
        step()
    end = time.perf_counter() + seconds * len(steps)
    while time.perf_counter() < end or len(times[0]) < 5:
        for step, found in zip(steps, times):
            once = min(found) if found else 1.0
            repeat = max(1, min(200, int(0.005 / once)))
            start = time.perf_counter()
            for _ in range(repeat):
                step()
            found.append((time.perf_counter() - start) / repeat)
    return [min(found) for found in times]
