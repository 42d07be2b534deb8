"""Which row each box of a layered drawing stands in."""

from __future__ import annotations

import math

_NARROWEST, _WIDEST_FOR = 10, 1.7  # boxes in a row: at least so many, else this many times the root of their number


def acyclic(count, edges):
    """(downward, turned): the edges with those that close a cycle turned round, sorted; and which were turned."""
    out = _targets(count, edges)
    state, turned = [0] * count, set()
    for root in range(count):
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
    return sorted({(b, a) if (a, b) in turned else (a, b) for a, b in edges}), turned


def assign(count, edges, tops=(), bottoms=()):
    """The row of each box, below all that it needs; a row takes a limited number of boxes, so a drawing stays compact.

    Args:
        edges: (from, to), without a cycle.
        tops, bottoms: boxes that stand alone in the first and in the last row.
    """
    fixed = {*tops, *bottoms}
    out = _targets(count, [(a, b) for a, b in edges if a not in fixed and b not in fixed])
    order, before = _in_order(out, fixed)
    first = 1 if tops else 0
    widest = max(_NARROWEST, int(_WIDEST_FOR * math.sqrt(count)))
    joined = {node for edge in edges for node in edge}
    loose = [i for i in order if i not in joined]
    order = [i for i in order if i in joined]
    layer, filled = [0] * count, {}
    for a in order:
        row = max((layer[b] + 1 for b in before[a]), default=first)
        while filled.get(row, 0) >= widest:
            row += 1
        layer[a] = row
        filled[row] = filled.get(row, 0) + 1
    _sink(order, out, before, layer, filled, widest)
    _in_a_block(loose, layer, first)
    last = max((layer[i] for i in (*order, *loose)), default=first - 1) + 1
    for i in bottoms:
        layer[i] = last
    return layer


def _sink(order, out, before, layer, filled, widest):
    """Moves what only serves one user down to just above it."""
    own = set()
    for a in order:
        if all(b in own and len(out[b]) == 1 for b in before[a]):
            own.add(a)
    for a in reversed(order):
        if a in own and out[a]:
            row = min(layer[b] for b in out[a]) - 1
            while row > layer[a] and filled.get(row, 0) >= widest:
                row -= 1
            filled[layer[a]] -= 1
            layer[a] = row
            filled[row] = filled.get(row, 0) + 1


def _in_a_block(loose, layer, first):
    """Boxes without any edge form a block, not one long row."""
    across = math.ceil(math.sqrt(len(loose) / 2)) + 1
    for i, box in enumerate(loose):
        layer[box] = first + i // across


def _targets(count, edges):
    out = [[] for _ in range(count)]
    for a, b in edges:
        out[a].append(b)
    return out


def _in_order(out, fixed):
    """(boxes in an order to run in, {box: those before it}), without the fixed ones."""
    before = [[] for _ in out]
    for a, targets in enumerate(out):
        for b in targets:
            before[b].append(a)
    waiting = [len(b) for b in before]
    order = [i for i in range(len(out)) if not waiting[i] and i not in fixed]
    for a in order:  # grows while it is walked
        for b in out[a]:
            waiting[b] -= 1
            if not waiting[b]:
                order.append(b)
    return order, before
