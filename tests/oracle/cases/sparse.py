"""Sparse tensors: making, changing, adding, multiplying, reducing them, and looking up embeddings by them."""

import numpy as np

from tests.oracle.harness import case, floats, script

INDICES = np.array([[0, 1], [0, 3], [1, 0], [2, 2], [2, 3]], np.int64)
SHAPE = np.array([3, 4], np.int64)
VALUES = floats(5)


def given(tf, shape=(3, 4), name="values"):
    """A SparseTensor of fed values at constant indices."""
    return tf.SparseTensor(INDICES, tf.placeholder(tf.float32, [5], name=name), shape)


def fed(tf):
    """A SparseTensor of which everything is fed."""
    values = tf.placeholder(tf.float32, [None], name="values")
    indices = tf.placeholder(tf.int64, [None, 2], name="indices")
    return tf.SparseTensor(indices, values, tf.placeholder(tf.int64, [2], name="shape"))


def all_of(*tensors):
    """The parts of sparse tensors, by name."""
    found = {}
    for i, sp in enumerate(tensors):
        found.update(
            {"indices%d" % i: sp.indices, "values%d" % i: sp.values, "shape%d" % i: sp.dense_shape}
        )
    return found


FED = {"values": VALUES, "indices": INDICES, "shape": SHAPE}

# -- making --------------------------------------------------------------------------------------------------


@case(feeds=FED)
def sizes(tf):
    sp = fed(tf)
    known = tf.SparseTensor([[0, 1]], [1.0], [3, 4])
    return {
        "shape": tf.shape(sp),
        "wide": tf.shape(sp, out_type=tf.int64),
        "size": tf.size(sp),
        "rank": tf.rank(sp),
        "known": tf.shape(known),
        "known_size": tf.size(known, name="how_many"),
        "known_rank": tf.rank(known),
    }


@script(graph=True)
def placeholders(tf):
    whole = tf.sparse_placeholder(tf.float32)
    ranked = tf.sparse_placeholder(tf.float32, [None, 4], name="ranked")
    known = tf.sparse_placeholder(tf.float32, [3, 4], name="known")
    value = tf.SparseTensorValue(INDICES, VALUES, SHAPE)
    dense = [tf.sparse_tensor_to_dense(sp) for sp in (whole, ranked, known)]
    with tf.Session() as session:
        results = session.run(dense + [ranked], {whole: value, ranked: (INDICES, VALUES, SHAPE), known: value})
    return {
        "whole": results[0],
        "ranked": results[1],
        "known": results[2],
        "kind": type(results[3]).__name__,
        "values": results[3].values,
        "shape": results[3].dense_shape,
    }


@case(feeds={"x": np.array([[0, 1.5, 0], [2, 0, -1]], np.float32)}, grads=True)
def from_dense(tf):
    sp = tf.sparse.from_dense(tf.placeholder(tf.float32, [2, 3], name="x"))
    return all_of(sp)


@case()
def eyes(tf):
    return all_of(tf.sparse.eye(3), tf.sparse.eye(2, 4, dtype=tf.int32, name="wide"))


@case(feeds={"values": VALUES}, grads=True)
def on_values(tf):
    sp = given(tf)
    results = [tf.abs(sp), tf.negative(sp, name="less"), tf.square(sp), tf.tanh(sp), tf.sign(sp), tf.cast(sp, tf.float64)]
    return all_of(*results)


# -- order and shape -----------------------------------------------------------------------------------------


@case(feeds={"values": VALUES}, grads=True)
def reorder(tf):
    shuffled = INDICES[[3, 0, 4, 2, 1]]
    sp = tf.SparseTensor(shuffled, tf.placeholder(tf.float32, [5], name="values"), [3, 4])
    return all_of(tf.sparse_reorder(sp), tf.sparse.reorder(sp, name="again"))


@case(feeds=dict(FED, indices=INDICES[::-1].copy()), grads=True)
def reorder_unknown(tf):
    return all_of(tf.sparse_reorder(fed(tf)))


@case(feeds={"values": VALUES}, grads=True)
def reshape(tf):
    sp = given(tf)
    return all_of(tf.sparse_reshape(sp, [2, 6]), tf.sparse_reshape(sp, [2, -1, 3], name="cube"))


@case(feeds=FED, grads=True)
def reshape_unknown(tf):
    return all_of(tf.sparse_reshape(fed(tf), [-1, 2]), tf.sparse_reshape(fed2(tf), tf.constant([12], tf.int64)))


def fed2(tf):
    graph = tf.get_default_graph()
    return tf.SparseTensor(*[graph.get_tensor_by_name(name + ":0") for name in ("indices", "values", "shape")])


@case(raises=True)
def reshape_to_another_size(tf):
    return tf.sparse_reshape(tf.SparseTensor([[0, 1]], [1.0], [3, 4]), [5, 2]).indices


@case(feeds={"values": VALUES}, grads=True)
def transpose(tf):
    sp = given(tf)
    return all_of(tf.sparse_transpose(sp), tf.sparse_transpose(sp, [0, 1], name="same"))


@case(feeds=FED)
def transpose_unknown(tf):
    return all_of(tf.sparse.transpose(fed(tf), perm=[1, 0]))


@case(feeds={"values": VALUES}, grads=True)
def expand_dims(tf):
    sp = given(tf)
    return all_of(tf.sparse.expand_dims(sp), tf.sparse.expand_dims(sp, 0), tf.sparse.expand_dims(sp, -2, name="mid"))


@case(feeds={"values": VALUES}, grads=True)
def reset_shape(tf):
    sp = given(tf, (5, 6))
    return all_of(tf.sparse_reset_shape(sp), tf.sparse_reset_shape(sp, [7, 8]))


@case(feeds=FED, graph=False)
def reset_shape_unknown(tf):
    return all_of(tf.sparse_reset_shape(fed(tf), [7, 8]))


@case(raises=True, feeds=FED)
def reset_shape_too_small(tf):
    return all_of(tf.sparse_reset_shape(fed(tf), [2, 8]))


# -- joining and cutting -------------------------------------------------------------------------------------


@case(feeds={"values": VALUES, "others": floats(5, seed=1)})
def concat(tf):
    a, b = given(tf), given(tf, name="others")
    wide = given(tf, (3, 6), name="wide")
    del wide
    return all_of(
        tf.sparse_concat(0, [a, b]), tf.sparse_concat(1, [a, b], name="beside"), tf.sparse_concat(-1, [a, b]),
        tf.sparse_concat(0, [a]),
    )


@case(feeds=FED)
def concat_unequal(tf):
    a, b = fed(tf), tf.SparseTensor([[1, 1], [4, 0]], [7.0, 8.0], [5, 2])
    return all_of(
        tf.sparse_concat(0, [a, b], expand_nonconcat_dim=True), tf.sparse.concat(1, [a, b], expand_nonconcat_dim=True)
    )


@case(raises=True, feeds=FED)
def concat_misfit(tf):
    return all_of(tf.sparse_concat(0, [fed(tf), tf.SparseTensor([[1, 1]], [7.0], [5, 2])]))


@case(feeds={"values": VALUES})
def split(tf):
    sp = given(tf)
    return all_of(
        *(tf.sparse_split(sp_input=sp, num_split=2, axis=0)
          + tf.sparse_split(sp_input=sp, num_split=3, axis=1, name="columns"))
    )


@case(feeds={"values": VALUES}, grads=True)
def slices(tf):
    sp = given(tf)
    return all_of(tf.sparse_slice(sp, [0, 1], [2, 3]), tf.sparse.slice(sp, [1, 0], [5, 3], name="rest"))


@case(feeds={"values": VALUES, "keep": [True, False, True, True, False]}, grads=True)
def retain(tf):
    return all_of(tf.sparse_retain(given(tf), tf.placeholder(tf.bool, [None], name="keep")))


@case(feeds={"values": VALUES}, grads=True)
def fill_empty_rows(tf):
    sp = given(tf, (5, 4))
    filled, is_empty = tf.sparse_fill_empty_rows(sp, 2.5)
    return dict(all_of(filled), empty=is_empty)


@case(feeds=dict(FED, default=np.float32(3.0)), grads=True)
def fill_empty_rows_unknown(tf):
    filled, is_empty = tf.sparse.fill_empty_rows(fed(tf), tf.placeholder(tf.float32, [], name="default"))
    return dict(all_of(filled), empty=is_empty)


@case(feeds={"ids": np.array([3, 0, 1, 5, 2], np.int64)})
def merge(tf):
    ids = tf.SparseTensor(INDICES, tf.placeholder(tf.int64, [5], name="ids"), [3, 4])
    values = tf.SparseTensor(INDICES, VALUES, [3, 4])
    merged = tf.sparse_merge(ids, values, 6)
    return dict(
        all_of(merged, tf.sparse_merge([ids, ids], values, [6, 7], already_sorted=True)),
        marks=tf.sparse_to_indicator(ids, 6),
        named=tf.sparse.to_indicator(ids, 8, name="marks"),
    )


@case(feeds={"x": floats(4, 2), "rows": np.array([0, 2, 5, 9], np.int64)}, grads=True)
def mask(tf):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    rows = tf.placeholder(tf.int64, [None], name="rows")
    kept = tf.sparse_mask(tf.IndexedSlices(x, rows), tf.constant([2, 9], tf.int64))
    return [kept.values, kept.indices]


# -- to dense ------------------------------------------------------------------------------------------------


@case(feeds=dict(FED, default=np.float32(0.5)), grads=True)
def to_dense(tf):
    sp = fed(tf)
    default = tf.placeholder(tf.float32, [], name="default")
    return {
        "plain": tf.sparse_tensor_to_dense(sp),
        "filled": tf.sparse_tensor_to_dense(sp, default, name="filled"),
        "unchecked": tf.sparse.to_dense(tf.sparse.reorder(sp), validate_indices=False),
    }


@case(feeds={"x": floats(3), "one": np.float32(2.0)})
def sparse_to_dense(tf):
    x = tf.placeholder(tf.float32, [3], name="x")
    one = tf.placeholder(tf.float32, [], name="one")
    return {
        "matrix": tf.sparse_to_dense([[0, 1], [1, 0], [1, 2]], [2, 3], x),
        "vector": tf.sparse_to_dense([1, 3, 4], [6], x, default_value=-1.0),
        "same": tf.sparse_to_dense([1, 3], [5], one),
        "alone": tf.sparse_to_dense(2, [4], one, name="alone"),
        "words": tf.sparse_to_dense([1], [2], ["a"], "none"),
        "onehot": tf.sparse_to_dense(tf.concat([[[0], [1], [2]], [[2], [0], [1]]], 1), [3, 3], 1.0, 0.0),
    }


@case(raises=True, feeds=dict(FED, indices=INDICES[::-1].copy()))
def to_dense_out_of_order(tf):
    return tf.sparse_tensor_to_dense(fed(tf))


@case(raises=True, feeds=dict(FED, indices=INDICES[[0, 1, 1, 2, 3]]))
def to_dense_repeated(tf):
    return tf.sparse_tensor_to_dense(fed(tf))


@case(raises=True, feeds=dict(FED, shape=np.array([2, 4], np.int64)))
def to_dense_out_of_range(tf):
    return tf.sparse_tensor_to_dense(fed(tf), validate_indices=False)


# -- arithmetic ----------------------------------------------------------------------------------------------


@case(feeds={"values": VALUES, "others": floats(3, seed=1)}, grads=True)
def add(tf):
    a = given(tf)
    b = tf.SparseTensor([[0, 0], [0, 3], [2, 2]], tf.placeholder(tf.float32, [3], name="others"), [3, 4])
    return all_of(tf.sparse_add(a, b), tf.sparse.add(a, b, threshold=1.0))


@case(feeds=dict(FED, x=floats(3, 4)), grads=True)
def add_dense(tf):
    x = tf.placeholder(tf.float32, [3, 4], name="x")
    sp = fed(tf)
    return [tf.sparse_add(sp, x), tf.sparse_add(x, sp)]


@case(raises=True)
def add_two_dense(tf):
    return tf.sparse_add([1.0], [2.0])


@case(feeds={"values": VALUES, "row": floats(4, seed=2, low=0.5), "x": floats(3, 4, seed=3, low=0.5)}, grads=True)
def with_dense(tf):
    sp = given(tf)
    row = tf.placeholder(tf.float32, [4], name="row")
    x = tf.placeholder(tf.float32, [3, 4], name="x")
    return all_of(sp * row, sp * x, sp / row, sp / x)


@case()
def with_numbers(tf):
    return all_of(tf.SparseTensor([[0, 1]], [7], [2, 2]) / 2, tf.SparseTensor([[0, 1]], [7.0], [2, 2]) * 2.0)


@case(feeds={"values": VALUES})
def extremes(tf):
    a = given(tf)
    b = tf.SparseTensor([[0, 0], [0, 3], [2, 2]], [1.0, -1.0, 0.25], [3, 4])
    return all_of(tf.sparse_maximum(a, b), tf.sparse_minimum(a, b, name="lower"))


@case(feeds={"values": VALUES, "x": floats(4, 2), "y": floats(3, 2, seed=1), "z": floats(2, 4, seed=2)}, grads=True)
def matmul(tf):
    sp = given(tf)
    x, y, z = [tf.placeholder(tf.float32, None, name=name) for name in "xyz"]
    return {
        "plain": tf.sparse_tensor_dense_matmul(sp, x),
        "left": tf.sparse_tensor_dense_matmul(sp, y, adjoint_a=True),
        "right": tf.sparse.matmul(sp, z, adjoint_b=True, name="right"),
        "both": tf.sparse.sparse_dense_matmul(sp, tf.transpose(y), adjoint_a=True, adjoint_b=True),
    }


@case(feeds=dict(FED, x=floats(4, 2)), grads=True)
def matmul_unknown(tf):
    return tf.sparse_tensor_dense_matmul(fed(tf), tf.placeholder(tf.float32, [4, 2], name="x"))


@case(raises=True, feeds=dict(FED, x=floats(4, 2), indices=INDICES + 1))
def matmul_out_of_range(tf):
    return tf.sparse_tensor_dense_matmul(fed(tf), tf.placeholder(tf.float32, [4, 2], name="x"))


# -- reductions ----------------------------------------------------------------------------------------------


@case(feeds={"values": VALUES}, grads=True)
def reduce_sum(tf):
    sp = given(tf)
    return {
        "all": tf.sparse_reduce_sum(sp),
        "rows": tf.sparse_reduce_sum(sp, 1),
        "columns": tf.sparse_reduce_sum(sp, [0], keepdims=True),
        "last": tf.sparse.reduce_sum(sp, -1, keep_dims=True),
        "both": tf.sparse_reduce_sum(sp, reduction_axes=[0, 1]),
        "none": tf.sparse_reduce_sum(sp, []),
    }


@case(feeds=FED, grads=True)
def reduce_sum_unknown(tf):
    sp = fed(tf)
    return [tf.sparse_reduce_sum(sp), tf.sparse_reduce_sum(sp, 0)]


@case(feeds={"values": VALUES})
def reduce_max(tf):
    sp = given(tf, (4, 4))
    return {
        "all": tf.sparse_reduce_max(sp),
        "rows": tf.sparse_reduce_max(sp, 1),
        "columns": tf.sparse.reduce_max(sp, [0], keepdims=True),
    }


@case(feeds={"values": VALUES})
def reduce_sparse(tf):
    sp = given(tf)
    return all_of(
        tf.sparse_reduce_sum_sparse(sp, 1),
        tf.sparse_reduce_sum_sparse(sp, 0, keepdims=True),
        tf.sparse_reduce_sum_sparse(sp),
        tf.sparse_reduce_max_sparse(sp, [0]),
    )


@case(feeds={"values": VALUES}, grads=True)
def softmax(tf):
    return all_of(tf.sparse_softmax(given(tf)))


@case(feeds=dict(FED, shape=np.array([3, 5], np.int64)), grads=True)
def softmax_unknown(tf):
    return all_of(tf.sparse.softmax(fed(tf), name="share"))


# -- embeddings ----------------------------------------------------------------------------------------------

IDS = np.array([3, 0, 1, 3, 2], np.int64)
WEIGHTS = np.array([0.5, 2.0, 1.0, 0.25, 1.5], np.float32)
ROWS = np.array([[0, 0], [0, 1], [1, 0], [2, 0], [2, 3]], np.int64)


def ids_and_weights(tf, shape=(3, 4)):
    ids = tf.SparseTensor(ROWS, tf.placeholder(tf.int64, [None], name="ids"), shape)
    return ids, tf.SparseTensor(ROWS, tf.placeholder(tf.float32, [None], name="weights"), shape)


def table(tf, rows=4):
    return tf.get_variable("table%d" % rows, initializer=floats(rows, 2, seed=rows))


def sparse_lookup(combiner):
    @case(name="lookup_" + combiner, feeds={"ids": IDS, "weights": WEIGHTS}, grads=True)
    def lookup(tf):
        ids, weights = ids_and_weights(tf)
        params = table(tf)
        return {
            "plain": tf.nn.embedding_lookup_sparse(params, ids, None, combiner=combiner),
            "weighted": tf.nn.embedding_lookup_sparse(params, ids, weights, combiner=combiner, name="weighted"),
        }


for _combiner in ("sum", "mean", "sqrtn"):
    sparse_lookup(_combiner)


@case(feeds={"ids": IDS, "weights": WEIGHTS}, grads=True)
def lookup_in_shares(tf):
    ids, weights = ids_and_weights(tf)
    shares = [tf.get_variable("share%d" % i, initializer=floats(2, 2, seed=i)) for i in range(2)]
    return [tf.nn.embedding_lookup_sparse(shares, ids, weights, max_norm=1.0)]


@case(raises=True, feeds={"ids": IDS, "weights": WEIGHTS})
def lookup_unknown_combiner(tf):
    return tf.nn.embedding_lookup_sparse(table(tf), ids_and_weights(tf)[0], None, combiner="max")


@case(feeds={"ids": np.array([3, -1, 1, 3, 2], np.int64), "weights": WEIGHTS * [1, 1, -1, 1, 0]}, grads=True)
def safe_lookup(tf):
    ids, weights = ids_and_weights(tf, (4, 4))
    params = table(tf)
    return {
        "plain": tf.nn.safe_embedding_lookup_sparse(params, ids),
        "weighted": tf.nn.safe_embedding_lookup_sparse(params, ids, weights, name="weighted"),
        "default": tf.nn.safe_embedding_lookup_sparse(params, ids, weights, combiner="sum", default_id=2),
    }


@case(feeds={"ids": np.array([0, 1, 2], np.int64)}, grads=True)
def safe_lookup_of_rank_3(tf):
    cube = tf.SparseTensor([[0, 0, 0], [0, 1, 1], [1, 1, 0]], tf.placeholder(tf.int64, [3], name="ids"), [2, 2, 2])
    return tf.nn.safe_embedding_lookup_sparse([table(tf), table(tf, 3)], cube)
