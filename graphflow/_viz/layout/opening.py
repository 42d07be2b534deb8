"""Which scopes of a picture are open: to a depth, or as many as a number of boxes allows."""

from __future__ import annotations

import heapq

from graphflow._viz import palette
from graphflow._viz.layout import levels

BUDGET = 60  # boxes of a picture that is read as a whole


def to_depth(tree, depth):
    """Names of the scopes to open so that boxes nested deeper than `depth` scopes are folded."""
    opened, waiting = set(), [(tree.root, 1)]
    while waiting:
        scope, level = waiting.pop()
        if level < depth:
            for child in _openable(scope):
                opened.add(child.name)
                waiting.append((child, level + (not child.is_group)))
    return opened


def to_budget(tree, budget=BUDGET):
    """Names of the scopes to open while no more than `budget` boxes are seen: outer and fuller ones first, gradients last."""
    opened, shown, order = set(), _count(tree.root), 0
    waiting = []

    def offer(scope, depth):
        nonlocal order
        for child in _openable(scope):
            order += 1
            heapq.heappush(waiting, (palette.is_gradient(child.name), depth, -child.count, order, child))

    offer(tree.root, 1)
    while waiting:
        _, depth, _, _, scope = heapq.heappop(waiting)
        count = _count(scope)
        if shown + count <= budget:
            shown += count
            opened.add(scope.name)
            offer(scope, depth + 1)
    return opened


def _openable(scope):
    return [child for child in scope.items if levels.is_openable(child)]


def _count(scope):
    """The boxes that an open scope shows, its frame among them."""
    return 1 + sum(not levels.is_constant(child) for child in scope.items)
