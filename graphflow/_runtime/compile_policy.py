"""Which compiler options an island gets.

XLA's fusion pass on CPU takes time that grows faster than the graph: a chain of 1000 elementwise operations with its gradient
took 480 s with it and 5 s without, an unrolled LSTM 5.8 s and 1.9 s with a faster step. So deep elementwise islands do without.
"""

from __future__ import annotations

import jax

_DEEP = 150  # elementwise operations in a row from which on fusing costs more than it gives


def options(ops):
    """The compiler options for these operations, {} for the default."""
    if jax.default_backend() != "cpu":
        return {}
    if len(ops) > _DEEP and _depth(ops) > _DEEP:
        return {"xla_disable_hlo_passes": "fusion"}
    return {}


def _depth(ops):
    """The length of the longest path, in operations."""
    depth = {}
    longest = 0
    for op in ops:
        d = 1 + max((depth.get(t.op, 0) for t in op.inputs), default=0)
        depth[op] = d
        longest = max(longest, d)
    return longest
