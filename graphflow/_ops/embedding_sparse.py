"""Embeddings of sets of ids: the rows that a SparseTensor names, added up or averaged for each of its rows."""

from __future__ import annotations

from graphflow._core import dtypes, shapes
from graphflow._graph import build, sparse_tensor
from graphflow._ops import (
    array,
    choosing,
    compare,
    embedding,
    gather,
    joining,
    math,
    reduce,
    segment,
    sets,
    sparse,
    unary,
)

SparseTensor = sparse_tensor.SparseTensor


def embedding_lookup_sparse(
    params, sp_ids, sp_weights, partition_strategy="mod", name=None, combiner=None, max_norm=None
):  # fmt: skip
    """For each row of `sp_ids` the table's rows with these numbers, joined to one.

    Args:
        params, partition_strategy, max_norm: as for `embedding_lookup`.
        sp_ids: a SparseTensor `[n, m]` of int64 ids; no row may be empty.
        sp_weights: a SparseTensor of the same indices with a weight for each id, or None for 1.
        combiner: "sum", "mean" (None too) or "sqrtn": the weighted sum, over the sum of the weights, over the square root of
            the sum of their squares.

    Returns:
        `[n] + shape of a row`.

    Raises:
        TypeError: ids or weights are not sparse. ValueError: an unknown combiner, or shapes that do not fit.
    """
    combiner = "mean" if combiner is None else combiner
    if combiner not in ("mean", "sqrtn", "sum"):
        raise ValueError(f"combiner must be one of 'mean', 'sqrtn' or 'sum', got {combiner!r}")
    tables = _tables(params)
    if not isinstance(sp_ids, SparseTensor):
        raise TypeError(f"sp_ids must be SparseTensor, got {sp_ids!r}")
    if sp_weights is not None:
        if not isinstance(sp_weights, SparseTensor):
            raise TypeError(f"sp_weights must be either None or SparseTensor, got {sp_weights!r}")
        for own, other in zip(sparse.parts(sp_ids), sparse.parts(sp_weights)):
            own.shape.assert_is_compatible_with(other.shape)
    with build.name_scope(name, "embedding_lookup_sparse", [*tables, sp_ids]) as scope:
        groups = math.cast(sp_ids.indices[:, 0], dtypes.int32)
        ids, places = sets.unique(sp_ids.values)
        rows = embedding.embedding_lookup(tables, ids, partition_strategy=partition_strategy, max_norm=max_norm)
        if rows.dtype in (dtypes.float16, dtypes.bfloat16):
            rows = math.cast(rows, dtypes.float32)
        if sp_weights is None:
            return _OF_EQUALS[combiner](rows, places, groups, name=scope)
        return _weighted(rows, places, groups, sp_weights.values, combiner, scope)


_OF_EQUALS = {
    "sum": segment.sparse_segment_sum,
    "mean": segment.sparse_segment_mean,
    "sqrtn": segment.sparse_segment_sqrt_n,
}


def _tables(params):
    if hasattr(params, "_get_variable_list") or isinstance(params, list):
        return list(params)
    return [params]


def _weighted(rows, places, groups, weights, combiner, scope):
    weights = math.cast(weights, rows.dtype)
    rows = gather.gather(rows, places)
    ones = array.fill(array.expand_dims(array.rank(rows) - 1, 0), 1)
    wide = array.reshape(weights, array.concat([array.shape(weights), ones], 0))
    if rows._dims is not None:
        wide.set_shape([*shapes.as_dims(weights.shape), *[1] * (len(rows._dims) - 1)])
    rows *= wide
    if combiner == "sum":
        return segment.segment_sum(rows, groups, name=scope)
    total = segment.segment_sum(rows, groups)
    if combiner == "mean":
        return math.div(total, segment.segment_sum(wide, groups), name=scope)
    return math.div(total, unary.sqrt(segment.segment_sum(math.pow(wide, 2), groups)), name=scope)


def safe_embedding_lookup_sparse(
    embedding_weights, sparse_ids, sparse_weights=None, combiner="mean", default_id=None, name=None,
    partition_strategy="div", max_norm=None,
):  # fmt: skip
    """As `embedding_lookup_sparse`, but negative ids and weights that are not positive are left out, and rows may be empty.

    Args:
        embedding_weights: a table, or a list of tables that hold its rows in shares.
        sparse_ids: a SparseTensor `[d0, ..., dn]`; the last axis is joined.
        default_id: whose row stands for an empty one; zeros when None.

    Returns:
        `[d0, ..., dn-1] + shape of a row`.

    Raises:
        ValueError: no table.
    """
    tables = [] if embedding_weights is None else _tables(embedding_weights)
    if not tables:
        raise ValueError(f"Missing embedding_weights {embedding_weights}.")
    dtype = None if sparse_weights is None else sparse_weights.dtype
    tables = [
        t if hasattr(t, "sparse_read") and dtype in (None, t.dtype) else build.convert_to_tensor(t, dtype=dtype)
        for t in tables
    ]
    with build.name_scope(name, "embedding_lookup", [*tables, sparse_ids, sparse_weights]) as scope:
        shape = sparse_ids.dense_shape
        known_rank = shape.shape[0].value
        rank = array.size(shape) if known_rank is None else known_rank
        sparse_ids = sparse.sparse_reshape(
            sparse_ids, [reduce.reduce_prod(array.slice(shape, [0], [rank - 1])), gather.gather(shape, rank - 1)]
        )
        if sparse_weights is not None:
            sparse_weights = SparseTensor(sparse_ids.indices, sparse_weights.values, sparse_ids.dense_shape)
        sparse_ids, sparse_weights = _without_invalid(sparse_ids, sparse_weights, combiner)
        sparse_ids, is_empty = sparse.sparse_fill_empty_rows(sparse_ids, default_id or 0)
        if sparse_weights is not None:
            sparse_weights, _ = sparse.sparse_fill_empty_rows(sparse_weights, 1.0)
        found = embedding_lookup_sparse(
            tables, sparse_ids, sparse_weights, combiner=combiner, partition_strategy=partition_strategy,
            name=None if default_id is None else scope, max_norm=max_norm,
        )  # fmt: skip
        if default_id is None:
            is_empty = array.reshape(is_empty, [-1, 1])
            is_empty = array.tile(is_empty, joining.stack([1, array.shape(found)[1]]))
            found = choosing.where(is_empty, array.zeros_like(found), found, name=scope)
        leading = array.slice(math.cast(shape, dtypes.int32), [0], [rank - 1])
        result = array.reshape(found, array.concat([leading, array.slice(array.shape(found), [1], [-1])], 0))
        if known_rank is not None and found._dims is not None:
            result.set_shape([*[None] * (known_rank - 1), *found._dims[1:]])
        return result


def _without_invalid(ids, weights, combiner):
    """Ids and weights without negative ids, and unless they are only summed without weights that are not positive."""
    is_valid = compare.greater_equal(ids.values, 0)
    if weights is not None:
        is_valid = compare.logical_and(is_valid, array.ones_like(weights.values, dtype=dtypes.bool))
    ids = sparse.sparse_retain(ids, is_valid)
    if weights is None:
        return ids, None
    weights = sparse.sparse_retain(weights, is_valid)
    if combiner == "sum":
        return ids, weights
    is_valid = compare.greater(weights.values, 0)
    return sparse.sparse_retain(ids, is_valid), sparse.sparse_retain(weights, is_valid)
