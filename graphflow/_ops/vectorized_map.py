"""vectorized_map: a function of a row, applied to all rows."""

from __future__ import annotations

from graphflow._core import nest
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, bodies, functional


def vectorized_map(fn, elems):
    """`fn` of each row of `elems`, stacked; the types of the result are found by trying `fn` on one row.

    Args:
        fn: function of a row, in the structure of `elems`, to tensors of any structure, of the same shapes for all rows.
        elems: tensors `[n, ...]`, possibly nested.

    Returns:
        tensors `[n, ...]` in the structure of what `fn` returns.
    """
    elems = nest.map_structure(build.convert_to_tensor, elems)
    graph = graph_lib.get_default_graph()
    trial = bodies.open_body("", "vectorized_map_trial", graph)
    with trial.as_default():
        rows = [array.placeholder(e.dtype, None if e._dims is None else e._dims[1:]) for e in nest.flatten(elems)]
        returned = fn(nest.pack_sequence_as(elems, rows))
        types = nest.map_structure(lambda value: build.convert_to_tensor(value).dtype.base_dtype, returned)
    return functional.map_fn(fn, elems, dtype=types)
