"""Layered layout: boxes in rows from inputs down, edges between neighbouring rows, long ones through stations of their own.

Source: Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical system structures" (1981). All iterative.
"""

from __future__ import annotations

import dataclasses

_GAP_X, _GAP_Y, _STATION = 26, 46, 10
_SWEEPS = 8
_STATIONS = 8  # how many stations a box may have, on average


@dataclasses.dataclass
class Placed:
    """Where everything stands: `boxes[i]` is (x, y) of a centre; `paths` maps an edge to the points it passes."""

    boxes: list
    paths: dict
    width: float
    height: float


def place(sizes, edges):
    """Places boxes of `sizes` [(width, height)] with `edges` (from, to); edges that close a cycle are drawn upwards."""
    forward = _acyclic(len(sizes), edges)
    layer = _layers(len(sizes), forward)
    rows, chains = _rows(len(sizes), layer, forward)
    _order(rows, chains)
    height = max((h for _, h in sizes), default=0)
    width_of = {node: sizes[node][0] if isinstance(node, int) else _STATION for row in rows for node in row}
    x = _positions(rows, chains, width_of)
    left = min((x[n] - width_of[n] / 2 for n in x), default=0)
    at = {
        n: (x[n] - left + _GAP_X, r * (height + _GAP_Y) + height / 2 + _GAP_Y / 2)
        for r, row in enumerate(rows)
        for n in row
    }
    width = max((at[n][0] + width_of[n] / 2 for n in at), default=0) + _GAP_X
    paths = {}
    for edge in edges:
        a, b = edge
        if (a, b) in chains:
            paths[edge] = [at[n] for n in chains[a, b]]
        elif (b, a) in chains:
            paths[edge] = [at[n] for n in reversed(chains[b, a])]
    return Placed([at[i] for i in range(len(sizes))], paths, width, len(rows) * (height + _GAP_Y) + _GAP_Y)


def _acyclic(n, edges):
    """The edges with those that close a cycle turned round."""
    out = {i: [] for i in range(n)}
    for a, b in edges:
        out[a].append(b)
    state, turned = [0] * n, set()
    for root in range(n):
        if state[root]:
            continue
        stack = [(root, iter(out[root]))]
        state[root] = 1
        while stack:
            node, following = stack[-1]
            for b in following:
                if state[b] == 1:
                    turned.add((node, b))
                elif not state[b]:
                    state[b] = 1
                    stack.append((b, iter(out[b])))
                    break
            else:
                state[node] = 2
                stack.pop()
    return sorted({(b, a) if (a, b) in turned else (a, b) for a, b in edges if a != b})


def _layers(n, edges):
    """The row of each box: one below the lowest of those it needs; sources sink to just above their first user."""
    out, waiting = {i: [] for i in range(n)}, [0] * n
    for a, b in edges:
        out[a].append(b)
        waiting[b] += 1
    layer, ready = [0] * n, [i for i in range(n) if not waiting[i]]
    sources = list(ready)
    while ready:
        a = ready.pop()
        for b in out[a]:
            layer[b] = max(layer[b], layer[a] + 1)
            waiting[b] -= 1
            if not waiting[b]:
                ready.append(b)
    for a in sources:
        if out[a]:
            layer[a] = min(layer[b] for b in out[a]) - 1
    return layer


def _rows(n, layer, edges):
    """Rows of nodes (boxes are ints, stations tuples), and each edge as a chain of nodes.

    The edges that leave one box share its stations, as one trunk. Edges too long for the budget go straight, without any.
    """
    rows = [[] for _ in range(max(layer, default=-1) + 1)]
    for i in range(n):
        rows[layer[i]].append(i)
    reach, chains, left = [layer[i] + 1 for i in range(n)], {}, _STATIONS * (n + 100)
    for a, b in sorted(edges, key=lambda edge: layer[edge[1]] - layer[edge[0]]):
        new = [(a, r) for r in range(reach[a], layer[b])]
        if len(new) > left:
            chains[a, b] = [a, b]
            continue
        left -= len(new)
        for station in new:
            rows[station[1]].append(station)
        reach[a] = max(reach[a], layer[b])
        chains[a, b] = [a, *((a, r) for r in range(layer[a] + 1, layer[b])), b]
    return rows, chains


def _neighbours(chains):
    above, below = {}, {}
    for a, b in dict.fromkeys(pair for chain in chains.values() for pair in zip(chain, chain[1:])):
        below.setdefault(a, []).append(b)
        above.setdefault(b, []).append(a)
    return above, below


def _order(rows, chains):
    """Orders each row by the mean place of its neighbours, down and up in turns: fewer crossings."""
    above, below = _neighbours(chains)
    place = {n: i / len(row) for row in rows for i, n in enumerate(row)}
    for sweep in range(_SWEEPS):
        near = above if sweep % 2 == 0 else below
        for row in rows if sweep % 2 == 0 else reversed(rows):
            weight = {n: sum(place[m] for m in near[n]) / len(near[n]) if near.get(n) else place[n] for n in row}
            row.sort(key=weight.__getitem__)
            place.update((n, i / len(row)) for i, n in enumerate(row))


def _positions(rows, chains, width_of):
    """The x of each node: as near to its neighbours as the order of its row allows."""
    above, below = _neighbours(chains)
    x = {}
    for row in rows:
        cursor = 0.0
        for n in row:
            x[n] = cursor + width_of[n] / 2
            cursor += width_of[n] + _GAP_X
        for n in row:
            x[n] -= cursor / 2
    for sweep in range(_SWEEPS):
        near = above if sweep % 2 == 0 else below
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = [sum(x[m] for m in near[n]) / len(near[n]) if near.get(n) else x[n] for n in row]
            for n, value in zip(row, _spread(row, wanted, width_of)):
                x[n] = value
    return x


def _spread(row, wanted, width_of):
    """The nearest positions to `wanted` that keep the order and the gaps: blocks that collide share their mean shift."""
    blocks = []  # [sum of shifts, count, first index, offset list]
    offsets, cursor = [], 0.0
    for n in row:
        offsets.append(cursor + width_of[n] / 2)
        cursor += width_of[n] + _GAP_X
    for i in range(len(row)):
        blocks.append([wanted[i] - offsets[i], 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += count
    shifts = [total / count for total, count in blocks for _ in range(count)]
    return [o + s for o, s in zip(offsets, shifts)]
