"""Which compiler options an island gets.

XLA's fusion pass on CPU takes time that grows faster than a chain of elementwise operations: one of 1000 with its gradient took
480 s with it and 5 s without, an LSTM unrolled over 40 steps 21 s and 6 s, with a step of 24 ms and 10 ms. Where convolutions,
products and sums lie between them it is the other way round: Inception modules with batch norm took 8 s and 17 s, with a step of
9 ms and 21 ms.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading

import jax

_DEEP = 100  # elementwise operations in a row from which on fusing costs more than it gives
# What is computed into memory, so that nothing before it is fused with anything behind it: products, convolutions, reductions.
_STOPS = re.compile(
    "MatMul|Conv|Pool|BatchNorm|^(Sum|Mean|Prod|Max|Min|All|Any|L2Loss|Softmax|LogSoftmax)$|CrossEntropy"
)


def options(ops):
    """The compiler options for these operations, {} for the default."""
    if jax.default_backend() != "cpu":
        return {}
    if len(ops) > _DEEP and _depth(ops) > _DEEP:
        return {"xla_disable_hlo_passes": "fusion"}
    return {}


def _depth(ops):
    """The length of the longest path on which everything can be fused, in operations."""
    depth = {}
    for op in ops:
        depth[op] = 0 if _STOPS.search(op.type) else 1 + max((depth.get(t.op, 0) for t in op.inputs), default=0)
    return max(depth.values(), default=0)


_lock = threading.RLock()
_MIN_SECONDS = 0.2  # programs that compile faster are not worth a file


def cache_folder():
    """Where compiled programs are kept between processes: GRAPHFLOW_CACHE_DIR, or graphflow/ in the user's cache folder.

    None when GRAPHFLOW_CACHE_DIR is set and empty: nothing is kept then.
    """
    chosen = os.environ.get("GRAPHFLOW_CACHE_DIR")
    if chosen is not None:
        return chosen or None
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(home, "graphflow")


@contextlib.contextmanager
def persistent_cache():
    """Compilations inside are looked up in, and added to, the cache folder.

    JAX knows only process-wide settings for this: they are put back at the end, and left alone where the user set his own.
    """
    folder = cache_folder()
    if (
        folder is None
        or jax.config.jax_compilation_cache_dir is not None
        and jax.config.jax_compilation_cache_dir != folder
    ):
        yield
        return
    with _lock:
        before = jax.config.jax_compilation_cache_dir, jax.config.jax_persistent_cache_min_compile_time_secs
        jax.config.update("jax_compilation_cache_dir", folder)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", _MIN_SECONDS)
        try:
            yield
        finally:
            jax.config.update("jax_compilation_cache_dir", before[0])
            jax.config.update("jax_persistent_cache_min_compile_time_secs", before[1])
