"""Rows of large tables, looked up by number."""

from __future__ import annotations

from graphflow._core import dtypes, shapes
from graphflow._graph import build, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, choosing, clip, gather, joining, math, reduce, sets


def embedding_lookup(params, ids, partition_strategy="mod", name=None, validate_indices=True, max_norm=None):
    """The rows of a table with the numbers `ids`.

    Args:
        params: a table `[V, ...]`, or a list of tables that hold its rows in shares.
        ids: int32 or int64 `[...]`.
        partition_strategy: how rows are shared: "mod" (row i in table i % n) or "div" (in n even runs).
        validate_indices: not used.
        max_norm: the length that rows are cut to; None for none.

    Returns:
        shape of ids + shape of a row. The gradient for a table is IndexedSlices: only the rows looked up.

    Raises:
        ValueError: no table, or an unknown strategy.
    """
    if params is None:
        raise ValueError("params must be specified")
    if isinstance(params, (list, tuple)) and not params:
        raise ValueError("Need at least one param")
    tables = list(params) if isinstance(params, (list, tuple)) or hasattr(params, "_get_variable_list") else [params]
    with build.name_scope(name, "embedding_lookup", [*tables, ids]) as scope:
        if not any(_is_resource(t) for t in tables):
            tables = build.convert_n_to_tensor(tables, name="params")
        ids = build.convert_to_tensor(ids, name="ids")
        if len(tables) > 1:
            return _from_shares(tables, ids, partition_strategy, max_norm, scope)
        with graph_lib.get_default_graph().colocate_with(tables[0]):
            rows = _clip(gather.gather(tables[0], ids, name=scope), ids, max_norm)
        return array.identity(rows)


def _is_resource(table):
    return hasattr(table, "sparse_read")


def _clip(rows, ids, max_norm):
    """Rows cut to `max_norm`: the axes behind those of `ids` are a row."""
    if max_norm is None:
        return rows
    first, rank = _rank(ids), _rank(rows)
    known = isinstance(first, int) and isinstance(rank, int)
    axes = list(range(first, rank)) if known else math.range(first, rank)
    return clip.clip_by_norm(rows, max_norm, axes=axes)


def _rank(x):
    dims = build.convert_to_tensor(x)._dims
    return len(dims) if dims else array.rank(x)


def _from_shares(tables, ids, strategy, max_norm, name):
    """Looks each number up in the table that holds it, and puts the rows in order again."""
    n = len(tables)
    flat = array.reshape(ids, [-1])
    places = math.range(array.size(flat))
    if strategy == "mod":
        owner, row = flat % n, flat // n
    elif strategy == "div":
        owner, row = _even_runs(tables, flat)
    else:
        raise ValueError("Unrecognized partition strategy: " + strategy)
    owner = math.cast(owner, dtypes.int32)
    rows_of = sets.dynamic_partition(row, owner, n)
    places_of = sets.dynamic_partition(places, owner, n)
    found = []
    for table, rows in zip(tables, rows_of):
        with graph_lib.get_default_graph().colocate_with(table):
            found.append(gather.gather(table, rows))
    joined = build.apply("ParallelDynamicStitch", places_of, found, name=name)
    row_dims = tables[0].shape[1:]
    for table in tables[1:]:
        row_dims = row_dims.merge_with(table.shape[1:])
    if row_dims.is_fully_defined():
        row_shape = row_dims
    else:
        with graph_lib.get_default_graph().colocate_with(tables[0]):
            sizes = array.shape(tables[0])
        row_shape = sizes[1:]
    joined = array.reshape(joined, array.concat([array.shape(ids), row_shape], 0))
    joined.set_shape(ids.get_shape().concatenate(row_dims))
    return _clip(joined, ids, max_norm)


def _even_runs(tables, flat):
    """(table, row) of each number where the tables hold runs of rows, the first ones one row more."""
    n, dtype = len(tables), flat.dtype.base_dtype
    known = [shapes.as_dims(t.shape)[0] for t in tables]
    if None not in known and sum(known):
        total = build.constant(sum(known), dtype)
    else:
        sizes = []
        for table, size in zip(tables, known):
            if size is None:
                with graph_lib.get_default_graph().colocate_with(table):
                    size = array.shape(table)[0]
            sizes.append(size)
        total = reduce.reduce_sum(math.cast(joining.stack(sizes), dtype))
    run, extras = total // n, total % n
    owner = math.maximum(flat // (run + 1), (flat - extras) // run)
    row = choosing.where(owner < extras, flat % (run + 1), (flat - extras) % run)
    return owner, row
