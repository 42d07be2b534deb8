"""Layered layout: boxes in rows from inputs down, edges between neighbouring rows, long ones through stations of their own.

`arrange` finds rows and the order inside each, which is the hard part and needs no sizes; `place` then gives coordinates.
All is iterative, so no depth of a graph is too much.

Source: Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical system structures" (1981).
"""

from __future__ import annotations

import dataclasses

from graphflow._viz.layout import crossings, layers

_GAP_X, _GAP_Y, _PORT_GAP, _MARGIN, _STATION = 22, 30, 14, 14, 12  # a port has no height, and less of a gap
_SLOPE, _STEEPEST = 0.05, 70  # a gap is higher where edges run far across it, by at most so much
_SWEEPS, _FEWER, _SMOOTHING, _MANY = (
    8,
    4,
    2,
    60_000,
)  # of rows up and down; for more than so many boxes and stations, fewer
_STATIONS = 8  # how many stations a box may have, on average
_WEIGHTS = (1, 3, 9)  # how much an edge pulls, by how many of its two ends are stations: long edges run straight


@dataclasses.dataclass
class Arrangement:
    """Rows of boxes.

    Attributes:
        count: boxes 0 ... count - 1; a larger number is a station, where a long edge passes a row.
        rows: from top to bottom, the boxes and stations of each, from left to right.
        chains: edge (a, b) -> [a, stations ..., b]; it runs upwards where the edge closes a cycle.
        cut: edges too long to be drawn in full.
    """

    count: int
    rows: list
    chains: dict
    cut: list


@dataclasses.dataclass
class Placed:
    """Where everything stands.

    Attributes:
        boxes: (x, y) of the centre of each box.
        paths: edge -> [(x, y from, y to), ...]: straight runs past rows, from box to box; curves join one to the next.
        width, height: of all.
    """

    boxes: list
    paths: dict
    width: float
    height: float


def arrange(count, edges, tops=(), bottoms=(), apart=()):
    """The rows of boxes 0 ... count - 1.

    Args:
        edges: pairs (from, to).
        tops, bottoms: boxes that stand alone in the first and in the last row.
        apart: boxes whose edges do not share stations: each leaves at a place of its own.
    """
    edges = list(dict.fromkeys(edge for edge in edges if edge[0] != edge[1]))
    downward, turned = layers.acyclic(count, edges)
    layer = layers.assign(count, downward, tops, bottoms)
    rows, chains = _stations(count, layer, downward, set(apart))
    crossings.reduce(rows, chains.values(), _sweeps(rows))
    for a, b in turned:
        if (b, a) in chains and (a, b) not in chains:
            chains[a, b] = chains[b, a][::-1]
    wanted = set(edges)
    return Arrangement(
        count,
        rows,
        {edge: chain for edge, chain in chains.items() if edge in wanted},
        [e for e in edges if e not in chains],
    )


def _stations(count, layer, edges, apart):
    """(rows, chains): the edges that leave one box share its stations, as one trunk; those past the budget have no chain."""
    rows = [[] for _ in range(max(layer, default=-1) + 1)]
    for i, row in enumerate(layer):
        rows[row].append(i)
    trunks, chains, new, left = {}, {}, count, _STATIONS * (count + 100)
    for a, b in sorted(edges, key=lambda edge: layer[edge[1]] - layer[edge[0]]):
        first, last = layer[a] + 1, layer[b]
        trunk = [] if a in apart else trunks.setdefault(a, [])
        missing = last - first - len(trunk)
        if missing > left:
            continue
        for row in range(first + len(trunk), last):
            trunk.append(new)
            rows[row].append(new)
            new += 1
        left -= max(missing, 0)
        chains[a, b] = [a, *trunk[: last - first], b]
    return rows, chains


def _sweeps(rows):
    return _SWEEPS if sum(map(len, rows)) < _MANY else _FEWER


# -- coordinates ---------------------------------------------------------------------------------------------------------


def place(arrangement, sizes, pins=None):
    """Coordinates for an arrangement.

    Args:
        sizes: (width, height) of each box.
        pins: edge -> (shift at its first box, shift at its last): how far from the middle of the box it is fastened.
    """
    count, rows = arrangement.count, arrangement.rows
    pins = pins or {}
    pulls_above, pulls_below = _pulls(arrangement, pins)
    total = max((node for row in rows for node in row), default=-1) + 1
    half = [width / 2 for width, _ in sizes] + [0.0] * (total - count)
    x = _positions(
        rows, [h + _GAP_X / 2 for h in half[:count]] + [_STATION / 2] * (total - count), pulls_above, pulls_below
    )
    left = min((x[n] - half[n] for row in rows for n in row), default=0) - _MARGIN
    x = [value - left for value in x]
    bounds = _bounds(arrangement, sizes, x, pins)
    row_of = [0] * total
    for r, row in enumerate(rows):
        for node in row:
            row_of[node] = r
    boxes = [(x[i], sum(bounds[row_of[i]]) / 2) for i in range(count)]
    paths = {
        edge: _runs(chain, pins.get(edge, (0, 0)), x, boxes, sizes, bounds, row_of)
        for edge, chain in arrangement.chains.items()
    }
    width = max((x[n] + half[n] for row in rows for n in row), default=0) + _MARGIN
    return Placed(boxes, paths, width, (bounds[-1][1] if bounds else 0) + _MARGIN)


def _runs(chain, pin, x, boxes, sizes, bounds, row_of):
    """The straight runs of an edge."""
    down = row_of[chain[-1]] >= row_of[chain[0]]
    places = [x[n] for n in chain]
    places[0] += pin[0]
    places[-1] += pin[1]
    runs = []
    for place, node in zip(places, chain):
        top, bottom = bounds[row_of[node]]
        runs.append((place, top, bottom) if down else (place, bottom, top))
    for end, node in ((0, chain[0]), (-1, chain[-1])):
        place, start, stop = runs[end]
        reach = sizes[node][1] / 2 * (1 if down == (end == 0) else -1)
        edge = boxes[node][1] + reach
        runs[end] = (place, edge, stop) if end == 0 else (place, start, edge)
    return runs


def _bounds(arrangement, sizes, x, pins):
    """(top, bottom) of each row."""
    rows, count = arrangement.rows, arrangement.count
    heights = [max((sizes[n][1] for n in row if n < count), default=0) for row in rows]
    row_of = {node: r for r, row in enumerate(rows) for node in row}
    far = [0.0] * len(rows)  # how far the edges below each row run across
    for edge, chain in arrangement.chains.items():
        out, into = pins.get(edge, (0, 0))
        for i in range(len(chain) - 1):
            a, b = chain[i], chain[i + 1]
            across = abs(x[a] + (out if i == 0 else 0) - x[b] - (into if i == len(chain) - 2 else 0))
            row = min(row_of[a], row_of[b])
            far[row] = max(far[row], across)
    bounds, top = [], float(_MARGIN)
    for row, (height, across) in enumerate(zip(heights, far)):
        bounds.append((top, top + height))
        gap = _GAP_Y if height and (row + 1 == len(rows) or heights[row + 1]) else _PORT_GAP
        top += height + gap + min(across * _SLOPE, _STEEPEST)
    return bounds


def _pulls(arrangement, pins):
    """For each box and station, what it is drawn to in the row above and in the row below: (node, shift, weight)."""
    count, above, below = arrangement.count, {}, {}
    seen = set()
    row_of = {node: r for r, row in enumerate(arrangement.rows) for node in row}
    for edge, chain in arrangement.chains.items():
        out, into = pins.get(edge, (0, 0))
        for i in range(len(chain) - 1):
            a, b = chain[i], chain[i + 1]
            if (a, b) in seen and not (out or into):
                continue
            seen.add((a, b))
            weight = _WEIGHTS[(a >= count) + (b >= count)]
            shift = (out if i == 0 else 0) - (into if i == len(chain) - 2 else 0)
            if row_of[a] > row_of[b]:
                a, b, shift = b, a, -shift
            below.setdefault(a, []).append((b, -shift, weight))
            above.setdefault(b, []).append((a, shift, weight))
    return above, below


def _positions(rows, half, above, below):
    """The x of each node: as near to where its neighbours draw it as the order of its row allows.

    Args:
        half: half of the width that each takes, the gap beside it included.
    """
    x = [0.0] * len(half)
    for row in rows:
        cursor = -sum(half[n] for n in row)
        for n in row:
            x[n] = cursor + half[n]
            cursor += 2 * half[n]
    both = {n: above.get(n, []) + below.get(n, []) for n in (*above, *below)}
    sweeps = _sweeps(rows)
    for sweep in range(sweeps + _SMOOTHING):
        near = both if sweep >= sweeps else above if sweep % 2 == 0 else below
        for row in rows if sweep % 2 == 0 else reversed(rows):
            _spread(row, x, half, near)
    return x


def _spread(row, x, half, near):
    """Moves the nodes of a row to the positions nearest to those wanted that keep order and gaps.

    Blocks that collide share their mean shift: isotonic regression by pooling adjacent violators.
    """
    blocks = []  # [sum of weighted shifts, weight, nodes]
    offset = 0.0
    offsets = []
    for n in row:
        offset += half[n]
        offsets.append(offset)
        pulls = near.get(n)
        if pulls is None:
            total, weight = x[n] * 0.1, 0.1
        else:
            total = weight = 0.0
            for other, shift, pull in pulls:
                total += (x[other] + shift) * pull
                weight += pull
        blocks.append([total - offset * weight, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] > blocks[-1][0] * blocks[-2][1]:
            shifts, weights, nodes = blocks.pop()
            last = blocks[-1]
            last[0] += shifts
            last[1] += weights
            last[2] += nodes
        offset += half[n]
    at = 0
    for shifts, weights, nodes in blocks:
        shift = shifts / weights
        for i in range(at, at + nodes):
            x[row[i]] = offsets[i] + shift
        at += nodes


def place_boxes(sizes, edges):
    """Arranges and places boxes in one go.

    Args:
        sizes: (width, height) of each.
        edges: pairs (from, to) of indices.

    Returns:
        a `Placed`.
    """
    return place(arrange(len(sizes), edges), sizes)
