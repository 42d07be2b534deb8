"""The order of boxes in each row of a layered drawing, with few crossings.

Source: Eades, Wormald, "Edge crossings in drawings of bipartite graphs" (1994), for the means; Barth, Juenger, Mutzel, "Simple
and efficient bilayer cross counting" (2002), for the count.
"""

from __future__ import annotations

import bisect

_COUNTED = 4000  # boxes and stations up to which crossings are counted, to keep the best order seen


def reduce(rows, chains, sweeps):
    """Orders each row by the mean place of its neighbours, down and up in turns; parts that are not joined stand side by side.

    Args:
        rows: lists of boxes and stations; sorted in place.
        chains: each edge as the nodes it passes, from top to bottom.
    """
    total = max((node for row in rows for node in row), default=-1) + 1
    above, below = [[] for _ in range(total)], [[] for _ in range(total)]
    for a, b in dict.fromkeys(pair for chain in chains for pair in zip(chain, chain[1:])):
        below[a].append(b)
        above[b].append(a)
    part = _parts(total, below)
    place = [0.0] * total
    for row in rows:
        row.sort(key=part.__getitem__)
        _number(row, part, place)
    best, fewest = None, None
    for sweep in range(sweeps):
        near = above if sweep % 2 == 0 else below
        for row in rows if sweep % 2 == 0 else reversed(rows):
            for n in row:
                if near[n]:
                    place[n] = sum([place[m] for m in near[n]]) / len(near[n])
            row.sort(key=place.__getitem__)
            _number(row, part, place)
        if total <= _COUNTED:
            found = _crossings(rows, below)
            if fewest is None or found < fewest:
                best, fewest = [list(row) for row in rows], found
    if best is not None:
        rows[:] = best


def _number(row, part, place):
    """Places in a row: whole numbers tell the part, the fraction the place inside it."""
    step = 1 / (len(row) + 1)
    for i, n in enumerate(row):
        place[n] = part[n] + i * step


def _parts(total, below):
    """For each node the number of the joined part it lies in; parts of one node come last."""
    parent = list(range(total))

    def root(n):
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    size = [1] * total
    for a in range(total):
        for b in below[a]:
            x, y = root(a), root(b)
            if x != y:
                x, y = min(x, y), max(x, y)
                parent[y] = x
                size[x] += size[y]
    roots = [root(n) for n in range(total)]
    order = sorted(set(roots), key=lambda r: (size[r] == 1, r))
    number = {r: 2.0 * i for i, r in enumerate(order)}
    return [number[r] for r in roots]


def _crossings(rows, below):
    """How many pairs of edges between neighbouring rows cross."""
    found = 0
    for row, lower in zip(rows, rows[1:]):
        at = {n: i for i, n in enumerate(lower)}
        seen = []
        for n in row:
            ends = sorted([at[m] for m in below[n]])
            for end in ends:
                found += len(seen) - bisect.bisect_right(seen, end)
            for end in ends:
                bisect.insort(seen, end)
    return found
