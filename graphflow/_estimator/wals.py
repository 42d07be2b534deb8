"""Weighted alternating least squares: a sparse matrix as a product of two thin ones.

Source: Hu, Koren, Volinsky, "Collaborative filtering for implicit feedback datasets" (2008).
"""

from __future__ import annotations

import collections.abc
import numbers

from graphflow._core import dtypes
from graphflow._graph import build, current, keys, sparse_tensor
from graphflow._ops import (
    array,
    choosing,
    compare,
    embedding,
    eye,
    gather,
    grouping,
    linalg,
    math,
    matmul,
    random,
    rearrange,
    reduce,
    segment,
    sets,
    state,
    state_scatter,
    unary,
    variable,
    variables,
)  # fmt: skip


class WALSModel:
    """The graph that fits U V^T to a sparse matrix A, alternately in U and in V.

    Minimized is sum_ij w_ij (a_ij - u_i v_j)^2 + regularization (|U|^2 + |V|^2), where w_ij is `unobserved_weight`, and
    `row_weights[i] * col_weights[j]` more where A has an entry.

    Args:
        input_rows, input_cols: size of A; n_components: columns of U and V.
        unobserved_weight, regularization: floats; no regularization where None.
        row_init, col_init: "random", an array, a list of arrays, one a shard, or a function that returns one of these.
        num_row_shards, num_col_shards: into how many variables U and V are cut.
        row_weights, col_weights: None (both), a number, or a list of lists of numbers, one list a shard.
        use_factors_weights_cache, use_gramian_cache: whether sweeps read copies made by the `initialize_..._update_op`s.
        use_scoped_vars: whether variables get name scopes of their own.

    Raises:
        ValueError: weights of another form, or one of the two None; parts that do not match the shards.
    """

    def __init__(
        self, input_rows, input_cols, n_components, unobserved_weight=0.1, regularization=None, row_init="random",
        col_init="random", num_row_shards=1, num_col_shards=1, row_weights=1, col_weights=1, use_factors_weights_cache=True,
        use_gramian_cache=True, use_scoped_vars=False,
    ):  # fmt: skip
        if (row_weights is None) != (col_weights is None):
            raise ValueError("row_weights and col_weights must be None together, which makes all weights the same")
        self._unobserved, self._regularization = unobserved_weight, regularization
        self._ridge = None if regularization is None else regularization * eye.eye(n_components)
        self._is_weighted = row_weights is not None

        def made(name, make, *arguments):
            if not use_scoped_vars:
                return make(*arguments, name)
            with build.name_scope(name):
                return make(*arguments, name)

        row_weights = made("row_weights", _weights, row_weights, input_rows, num_row_shards)
        col_weights = made("col_weights", _weights, col_weights, input_cols, num_col_shards)
        rows = made("row_factors", _factors, input_rows, n_components, num_row_shards, row_init)
        cols = made("col_factors", _factors, input_cols, n_components, num_col_shards, col_init)
        row_gramian, col_gramian = (_gramian(n_components, name) for name in ("row_gramian", "col_gramian"))
        with build.name_scope("row_prepare_gramian"):
            self._prepare_rows = _prepare_gramian(cols, col_gramian)
        with build.name_scope("col_prepare_gramian"):
            self._prepare_cols = _prepare_gramian(rows, row_gramian)
        self._rows = _Side(input_rows, rows, row_weights, row_gramian)
        self._cols = _Side(input_cols, cols, col_weights, col_gramian)
        with build.name_scope("transient_vars"):
            self._make_caches(use_factors_weights_cache, use_gramian_cache)

    def _make_caches(self, of_factors, of_gramians):
        row, col = self._rows, self._cols
        row.cached_factors, fill_rows, drop_rows = _cached(row.factors, "row_factors_cache", of_factors)
        col.cached_factors, fill_cols, drop_cols = _cached(col.factors, "col_factors_cache", of_factors)
        fill_weights = []
        if self._is_weighted:
            row.cached_weights, fill_row_weights, _ = _cached(row.weights, "row_wt_cache", of_factors)
            col.cached_weights, fill_col_weights, _ = _cached(col.weights, "col_wt_cache", of_factors)
            fill_weights = [fill_row_weights, fill_col_weights]
        [row.cached_gramian], fill_row_gramian, drop_row_gramian = _cached(
            [row.gramian], "row_gramian_cache", of_gramians
        )
        [col.cached_gramian], fill_col_gramian, drop_col_gramian = _cached(
            [col.gramian], "col_gramian_cache", of_gramians
        )
        self._start_rows = grouping.group(fill_cols, drop_rows, fill_col_gramian, drop_row_gramian)
        self._start_cols = grouping.group(fill_rows, drop_cols, fill_row_gramian, drop_col_gramian)
        self._worker_init = grouping.group(*fill_weights, name="worker_init")

    row_factors = property(lambda self: self._rows.factors, doc="The variables of U, a list.")
    col_factors = property(lambda self: self._cols.factors, doc="The variables of V, a list.")
    row_weights = property(
        lambda self: self._rows.weights, doc="The variables of the weights of rows, a list, or None."
    )
    col_weights = property(
        lambda self: self._cols.weights, doc="The variables of the weights of columns, a list, or None."
    )
    worker_init = property(
        lambda self: self._worker_init, doc="Copies the weights; to be run once, after the variables' own."
    )
    row_update_prep_gramian_op = property(lambda self: self._prepare_rows, doc="Makes V^T V, before a sweep over rows.")
    col_update_prep_gramian_op = property(
        lambda self: self._prepare_cols, doc="Makes U^T U, before a sweep over columns."
    )
    initialize_row_update_op = property(lambda self: self._start_rows, doc="Makes the copies for a sweep over rows.")
    initialize_col_update_op = property(lambda self: self._start_cols, doc="Makes the copies for a sweep over columns.")

    @property
    def initialize_op(self):
        """Sets the first values of the variables."""
        every = [*self._rows.factors, *self._cols.factors, self._rows.gramian, self._cols.gramian]
        if self._is_weighted:
            every += [*self._rows.weights, *self._cols.weights]
        return variables.variables_initializer(every)

    @classmethod
    def scatter_update(cls, factor, indices, values, sharding_func, name=None):
        """The operation that sets rows `indices` of a matrix, cut into the variables `factor`; `sharding_func(indices)` gives
        (which variable, which row of it)."""
        if len(factor) == 1:
            with current.colocate_with(factor[0]):
                return state_scatter.scatter_update(factor[0], indices, values, name=name).op
        shard, rows = sharding_func(indices)
        shard = math.cast(shard, dtypes.int32)
        rows = sets.dynamic_partition(rows, shard, len(factor))
        parts = sets.dynamic_partition(values, shard, len(factor))
        updates = [state_scatter.scatter_update(*one) for one in zip(factor, rows, parts, strict=True)]
        return grouping.group(*updates, name=name)

    def update_row_factors(self, sp_input=None, transpose_input=False):
        """Solves for the rows of U that `sp_input` has.

        Args:
            sp_input: a SparseTensor of some rows of A, in A's numbering.
            transpose_input: whether it is A's transpose, and its columns are meant.

        Returns:
            (the new rows, the operation that sets them, loss, regularization, sum of the weights; the last three as if all rows
            were like these).
        """
        return self._solve(self._rows, self._cols, sp_input, transpose_input, None, "row_update")

    def update_col_factors(self, sp_input=None, transpose_input=False):
        """Solves for the rows of V whose columns `sp_input` has; as `update_row_factors`."""
        return self._solve(self._cols, self._rows, sp_input, not transpose_input, None, "col_update")

    def project_row_factors(self, sp_input=None, transpose_input=False, projection_weights=None):
        """The rows U would have for the rows of `sp_input`, whose weights are `projection_weights`, a scalar or vector, else 1."""
        weights = 1 if projection_weights is None else projection_weights
        return self._solve(self._rows, self._cols, sp_input, transpose_input, weights, "row_update")[0]

    def project_col_factors(self, sp_input=None, transpose_input=False, projection_weights=None):
        """The rows V would have for the columns of `sp_input`; as `project_row_factors`."""
        weights = 1 if projection_weights is None else projection_weights
        return self._solve(self._cols, self._rows, sp_input, not transpose_input, weights, "col_update")[0]

    def _solve(self, left, right, sp_input, transposed, weights, name):
        """Least squares for the rows of `left`: those of `sp_input`, or its columns where `transposed`."""
        if not isinstance(sp_input, sparse_tensor.SparseTensor):
            raise TypeError(
                f"sp_input must be a SparseTensor, and is {sp_input!r}; tf.contrib.layers.dense_to_sparse makes one"
            )
        # The rows and columns that occur, numbered from 0 in the order in which they come.
        rows, row_of = sets.unique(sp_input.indices[:, 0])
        cols, col_of = sets.unique(sp_input.indices[:, 1])
        if transposed:
            rows, row_of, cols, col_of = cols, col_of, rows, row_of
        number = array.shape(rows)[0]
        factors = embedding.embedding_lookup(right.cached_factors, cols, partition_strategy="div")
        theirs, values = gather.gather(factors, col_of), sp_input.values
        gramian = right.cached_gramian
        lhs = self._unobserved * gramian
        if self._ridge is not None:
            lhs += self._ridge
        if self._is_weighted:
            row_weights = self._row_weights(left, rows, number, weights)
            col_weights = embedding.embedding_lookup(right.cached_weights, cols, partition_strategy="div")
            extra = gather.gather(row_weights, row_of) * gather.gather(col_weights, col_of)
            outer = array.expand_dims(theirs, 2) * array.expand_dims(theirs * array.expand_dims(extra, 1), 1)
            lhs = array.expand_dims(lhs, 0) + segment.unsorted_segment_sum(outer, row_of, number)
            seen = array.expand_dims((self._unobserved + extra) * values, 1) * theirs
            rhs = array.expand_dims(segment.unsorted_segment_sum(seen, row_of, number), -1)
            new = array.squeeze(linalg.matrix_solve(lhs, rhs), [2])
        else:
            extra = build.constant(0.0)
            seen = segment.unsorted_segment_sum(array.expand_dims(values, 1) * theirs, row_of, number)
            new = rearrange.transpose(linalg.matrix_solve(lhs, rearrange.transpose(self._unobserved * seen)))
        update = self.scatter_update(left.factors, rows, new, left.place, name=name)
        # The loss over all entries: those that are 0 come from the Gramians.
        approximate = reduce.reduce_sum(gather.gather(new, row_of) * theirs, 1)
        residual = unary.square(values - approximate)
        own_gramian = matmul.matmul(new, new, transpose_a=True)
        scale = left.size / math.cast(number, dtypes.float32)
        unseen = linalg.trace(matmul.matmul(own_gramian, gramian)) - reduce.reduce_sum(unary.square(approximate))
        loss = self._unobserved * (reduce.reduce_sum(residual) + unseen) + reduce.reduce_sum(extra * residual)
        regularization = build.constant(0.0)
        if self._regularization is not None:
            both = linalg.trace(own_gramian) * scale + linalg.trace(gramian)
            regularization = self._regularization * both
        all_weights = self._unobserved * math.cast(left.size * right.size, dtypes.float32)
        if self._is_weighted:
            all_weights += reduce.reduce_sum(extra) * scale
        return new, update, loss * scale, regularization, all_weights

    def _row_weights(self, left, rows, number, weights):
        if weights is None:
            return embedding.embedding_lookup(left.cached_weights, rows, partition_strategy="div")
        weights = math.cast(weights, dtypes.float32)
        if (weights.get_shape().ndims or 0) > 1:
            raise build.shape_error(
                weights.op, f"projection weights are a scalar or a vector, and are {weights.get_shape()}"
            )
        return array.ones([number]) * weights


class _Side:
    """Rows, or columns: how many, and their variables."""

    def __init__(self, size, factors, weights, gramian):
        self.size, self.factors, self.weights, self.gramian = size, factors, weights, gramian
        self.cached_factors = self.cached_weights = self.cached_gramian = None

    def place(self, ids):
        """(which variable, which row of it) of rows: the first variables have one row more."""
        small, more = divmod(self.size, len(self.factors))
        shard = math.maximum(ids // (small + 1), (ids - more) // small)
        return shard, choosing.where_v2(compare.less(shard, more), ids % (small + 1), (ids - more) % small)


def _sizes(number, shards):
    small, more = divmod(number, shards)
    return [small + 1] * more + [small] * (shards - more)


def _factors(rows, columns, shards, init, name):
    if callable(init):
        init = init()
    is_random = isinstance(init, str) and init == "random"
    if not isinstance(init, list):
        init = [init] * shards if is_random or shards == 1 else init
    if len(init) != shards:
        raise ValueError(f"{name}: {len(init)} initial values for {shards} shards; give a list of one array a shard")

    def first(i, size):
        return lambda: random.random_normal([size, columns]) if is_random else init[i]

    sizes = enumerate(_sizes(rows, shards))
    return [variable.Variable(first(i, size), dtype=dtypes.float32, name=f"{name}_shard_{i}") for i, size in sizes]


def _weights(init, number, shards, name):
    if init is None:
        return None
    is_list = isinstance(init, collections.abc.Iterable)
    if is_list:
        init = [init] if shards == 1 and len(init) == number else init
        if len(init) != shards:
            raise ValueError(f"{name}: {len(init)} lists of weights for {shards} shards; give one list a shard")
    elif not (isinstance(init, numbers.Real) and init >= 0):
        raise ValueError(
            "Invalid weight initialization argument. Must be one of these: None, a real non-negative real number, or a list of "
            "lists of non-negative real numbers (or equivalent iterables) corresponding to sharded factors."
        )

    def first(i, size):
        return lambda: init[i] if is_list else init * array.ones([size])

    sizes = enumerate(_sizes(number, shards))
    return [variable.Variable(first(i, size), dtype=dtypes.float32, name=f"{name}_shard_{i}") for i, size in sizes]


def _gramian(columns, name):
    return variable.Variable(array.zeros([columns, columns]), dtype=dtypes.float32, name=name)


def _prepare_gramian(factors, gramian):
    parts = [matmul.matmul(factor, factor, transpose_a=True) for factor in factors]
    return state.assign(gramian, math.add_n(parts)).op


def _cached(given, name, wanted):
    """(the variables to read, the operation that copies into them, the one that drops the copies)."""
    if not wanted:
        return given, grouping.no_op(), grouping.no_op()
    names = (
        [name]
        if len(given) == 1 and name.endswith("gramian_cache")
        else [f"{name}_shard_{i}" for i in range(len(given))]
    )
    local = [keys.GraphKeys.LOCAL_VARIABLES]
    kept = [variable.Variable(1.0, trainable=False, collections=local, validate_shape=False, name=one) for one in names]
    pairs = zip(kept, given, strict=True)
    fill = grouping.group(*[state.assign(cache, value, validate_shape=False) for cache, value in pairs])
    drop = grouping.group(*[state.assign(cache, 1.0, validate_shape=False) for cache in kept])
    return kept, fill, drop
