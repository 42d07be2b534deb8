"""Parts of arrays by place: slices, slice assignment, gather, scatter, conditions, masks, one-hot."""

import numpy as np

from tests.oracle.cases.array import CUBE, ROWS, X, given
from tests.oracle.harness import case, floats, integers, script

# -- slices --------------------------------------------------------------------------------------------------


@case(feeds={"x": CUBE}, grads=True)
def slices_of_unknown_sizes(tf):
    x = given(tf, (None, None, 5))
    return {
        "row": x[1],
        "last": x[-1, -2],
        "range": x[1:3, :2],
        "from_end": x[-2:, :-1],
        "strides": x[::2, 1::3],
        "backwards": x[::-1, ::-2],
        "beyond": x[2:100, -100:3],
        "nothing": x[3:1],
        "ellipsis": x[..., tf.newaxis, 1:4:2],
        "both": x[tf.newaxis, 1, ..., 2],
        "known_axis": x[:, :, 4:1:-1],
    }


@case(feeds={"x": CUBE}, grads=True)
def slices_of_unknown_rank(tf):
    x = given(tf, None)
    return [x[0], x[1:3], x[..., -1], x[:, 2, tf.newaxis]]


@case(feeds={"x": CUBE, "i": 2, "j": 4}, grads=True)
def slices_by_scalars(tf):
    x = given(tf, (4, 6, 5))
    i, j = tf.placeholder(tf.int32, [], name="i"), tf.placeholder(tf.int32, [], name="j")
    return {
        "entry": x[i, j, 0],
        "from_end": x[-i],
        "range": x[:, i:j],
        "stride": x[:, ::i],
        "window": x[i : i + 2, j - 1 : j],
        "wide": x[tf.cast(i, tf.int64), 1:],
        "new": x[i, tf.newaxis, ..., j],
        "shape": x[: tf.shape(x)[0] - 1],
    }


@case(feeds={"x": CUBE})
def slices_with_numpy_indices(tf):
    x = given(tf, (4, 6, 5))
    return [x[np.int32(1)], x[np.int64(1) : np.int64(3)], x[tf.Dimension(2)], x[x.shape[0] - 1], x[:, [1][0]]]


@case(feeds={"x": floats(5)}, grads=True)
def mask_as_an_index(tf):
    x = given(tf, (5,))
    return [x[x > 0], x[np.array([True, False, True, True, False])]]


@case(feeds={"x": CUBE, "i": 1}, grads=True)
def slice_blocks(tf):
    x = given(tf, (4, 6, 5))
    i = tf.placeholder(tf.int32, [], name="i")
    return {
        "moving": tf.slice(x, [i, 0, i + 1], [2, 6, 3]),
        "rest": tf.slice(x, [i, 2, 0], [1, -1, 5]),
        "open": tf.slice(x, tf.stack([i, 0, 0]), [-1, 1, 1]),
        "sized": tf.slice(x, [0, 0, 0], tf.stack([i, i + 1, 2])),
        "static": tf.slice(x, [1, 0, 2], [3, -1, 1]),
    }


@case(feeds={"x": CUBE}, grads=True)
def slice_of_unknown_sizes(tf):
    x = given(tf, (None, 6, None))
    return [
        tf.slice(x, [1, 2, 0], [2, -1, 3]),
        tf.slice(x, [0, 0, 1], [-1, 2, -1]),
        tf.slice(x, [0, 0, 0], tf.shape(x)),
    ]


@case(feeds={"x": CUBE}, grads=True)
def strided_slice_masks(tf):
    x = given(tf, (4, 6, 5))
    return {
        "plain": tf.strided_slice(x, [1, 0], [4, 5], [2, 3]),
        "no_strides": tf.strided_slice(x, [1, 0, 2], [2, 4, 5]),
        "begin": tf.strided_slice(x, [1, 3], [4, 5], [1, 1], begin_mask=2),
        "end": tf.strided_slice(x, [1, 3], [2, 4], [1, 1], end_mask=3),
        "ellipsis": tf.strided_slice(x, [0, 0, 1], [0, 0, 3], [1, 1, 1], ellipsis_mask=2, new_axis_mask=1),
        "shrink": tf.strided_slice(x, [1, 0, 2], [2, 6, 3], [1, 2, 1], shrink_axis_mask=5),
        "negative": tf.strided_slice(x, [-1, -1], [-4, -6], [-1, -2]),
    }


@case(feeds={"x": CUBE}, graph=False)
def second_derivative_of_slices(tf):
    x = given(tf, (4, 6, 5))
    y = (
        tf.reduce_sum(x[1:3, ::2] ** 3)
        + tf.reduce_sum(tf.gather(x, [1, 1, 3]) ** 3)
        + tf.reduce_sum(tf.pad(x, [[1, 1]] * 3) ** 4)
    )
    (first,) = tf.gradients(y, x)
    return [first, tf.gradients(first, x)[0]]


@script()
def slice_assignment(tf):
    v = tf.Variable(np.arange(12.0).reshape(3, 4))
    r = tf.Variable(np.arange(12.0).reshape(3, 4), use_resource=True)
    found = {}
    with tf.Session() as session:
        for name, variable in (("ref", v), ("resource", r)):
            session.run(variable.initializer)
            session.run(variable[1, :2].assign([9.0, 8.0]))
            session.run(variable[2, ::2].assign([7.0, 6.0]))
            found[name] = session.run(variable)
            found[name + "_part"] = session.run(variable[-1])
    return found


# -- gather and scatter --------------------------------------------------------------------------------------


@case(feeds={"x": CUBE, "rows": [[3, 0], [3, 1]]}, grads=True)
def gathers(tf):
    x = given(tf, (4, None, 5))
    rows = tf.placeholder(tf.int32, [2, None], name="rows")
    return {
        "rows": tf.gather(x, rows),
        "scalar": tf.gather(x, 2),
        "axis": tf.gather(x, rows, axis=2),
        "negative_axis": tf.gather(x, [0, 0, 4], axis=-1, name="columns"),
        "long": tf.gather(x, tf.cast(rows, tf.int64), axis=1),
        "none": tf.gather(x, np.zeros([0], np.int32)),
    }


@case(feeds={"x": CUBE, "at": integers(4, 6, 2, high=5), "rows": integers(4, 3, high=6, seed=1)}, grads=True)
def gathers_in_batches(tf):
    x = given(tf, (4, 6, 5))
    at = tf.placeholder(tf.int32, [4, 6, 2], name="at")
    rows = tf.placeholder(tf.int32, [4, 3], name="rows")
    return {
        "dims": tf.gather(x, rows, batch_dims=1),
        "two": tf.gather(x, at, batch_dims=2),
        "batch": tf.batch_gather(x, rows),
        "batch_deep": tf.batch_gather(x, at),
    }


@case(feeds={"x": CUBE, "rows": integers(4, 3, high=5, seed=1)})
def gather_behind_a_batch(tf):  # TensorFlow's own gradient of this fails
    rows = tf.placeholder(tf.int32, [4, 3], name="rows")
    x = given(tf, (4, 6, 5))
    return [tf.gather(x, rows, axis=2, batch_dims=1), tf.gather(x, rows, batch_dims=-1)]


@case(feeds={"x": CUBE, "axis": 1}, grads=True)
def gather_along_a_fed_axis(tf):
    return tf.gather(given(tf, (4, 6, 5)), [2, 0, 2], axis=tf.placeholder(tf.int32, [], name="axis"))


@case(feeds={"x": CUBE, "at": [[0, 1], [3, 5], [0, 1]]}, grads=True)
def gather_nds(tf):
    x = given(tf, (4, 6, 5))
    at = tf.placeholder(tf.int32, [None, 2], name="at")
    return {
        "pairs": tf.gather_nd(x, at),
        "rows": tf.gather_nd(x, [[1], [1], [0]]),
        "entries": tf.gather_nd(x, [[[1, 2, 3]], [[0, 5, 4]]]),
        "batched": tf.gather_nd(x, [[[1], [2]], [[0], [0]], [[5], [1]], [[3], [3]]], batch_dims=1),
    }


@case(feeds={"u": floats(3, 2), "at": [[1], [3], [1]]}, grads=True)
def scatter_nds(tf):
    u = given(tf, (3, 2), "u")
    at = tf.placeholder(tf.int32, [3, 1], name="at")
    return {
        "rows": tf.scatter_nd(at, u, [5, 2]),
        "entries": tf.scatter_nd([[0, 1], [2, 1], [0, 1]], u[:, 0], [3, 2]),
        "wide": tf.scatter_nd(tf.constant([[1], [0], [1]], tf.int64), u, tf.constant([2, 2], tf.int64)),
    }


@case(feeds={"x": ROWS, "u": floats(2, 3, seed=5), "at": [[1], [3]]}, grads=True)
def tensor_scatters(tf):
    x, u = given(tf, (4, 3)), given(tf, (2, 3), "u")
    at = tf.placeholder(tf.int32, [2, 1], name="at")
    return {
        "update": tf.tensor_scatter_update(x, at, u),
        "add": tf.tensor_scatter_nd_add(x, at, u),
        "sub": tf.tensor_scatter_sub(x, [[0], [0]], u),
        "entries": tf.tensor_scatter_nd_update(x, [[0, 1], [3, 2]], u[:, 0]),
    }


@case(feeds={"rows": [4, 1, 4]}, graph=False)
def gradient_of_a_table(tf):
    table = tf.get_variable("table", initializer=floats(6, 2))
    rows = tf.placeholder(tf.int64, [3], name="rows")
    found = tf.gather(table, rows)
    (slices,) = tf.gradients(tf.reduce_sum(found**2) + tf.reduce_sum(tf.gather(table, [1])), table)
    assert isinstance(slices, tf.IndexedSlices)
    return {
        "values": slices.values,
        "indices": slices.indices,
        "dense_shape": slices.dense_shape,
        "dense": tf.convert_to_tensor(slices),
    }


@case(feeds={"rows": [4, 1, 4]}, graph=False)
def gradient_of_joined_tables(tf):
    first = tf.get_variable("first", initializer=floats(3, 2))
    second = tf.get_variable("second", initializer=floats(3, 2, seed=1))
    rows = tf.placeholder(tf.int32, [3], name="rows")
    below = tf.gather(tf.concat([first, second], 0), rows)
    beside = tf.gather(tf.concat([first, second], 1), tf.minimum(rows, 2))
    grads = tf.gradients([tf.reduce_sum(below**2)], [first, second])
    grads += tf.gradients([tf.reduce_sum(tf.slice(beside, [0, 0], [2, 4]) ** 2)], [first, second])
    return [tf.convert_to_tensor(g) for g in grads]


# -- choosing ------------------------------------------------------------------------------------------------


@case(feeds={"x": X, "y": X + 1, "c": [[True, False, True], [False, True, False]]}, grads=True)
def wheres(tf):
    x, y = given(tf, (None, 3)), given(tf, (2, None), "y")
    c = tf.placeholder(tf.bool, [2, 3], name="c")
    return {
        "select": tf.where(c, x, y),
        "rows": tf.where(c[:, 0], x, y),
        "scalar": tf.where(c[0, 0], x, y),
        "places": tf.where(c),
        "nonzero": tf.where(x),
        "broadcast": tf.where_v2(c, x, 0.5),
        "broadcast_columns": tf.where_v2(c[0], x, y[:, :1], name="columns"),
    }


@case(feeds={"x": CUBE, "m": integers(4, 6, high=2).astype(bool)}, grads=True)
def masks(tf):
    x = given(tf, (4, None, 5))
    m = tf.placeholder(tf.bool, [None, None], name="m")
    return {
        "rows": tf.boolean_mask(x, [True, False, True, True]),
        "two": tf.boolean_mask(x, m),
        "axis": tf.boolean_mask(x, m[0], axis=1),
        "last": tf.boolean_mask(x, [False, True, True, False, True], axis=2, name="columns"),
    }


@case(feeds={"n": [1, 0, 3]})
def sequence_masks(tf):
    n = tf.placeholder(tf.int32, [None], name="n")
    return {
        "longest": tf.sequence_mask(n),
        "given": tf.sequence_mask(n, 5, tf.float32),
        "wide": tf.sequence_mask([[1, 2], [3, 0]], maxlen=tf.constant(4, tf.int64)),
        "of_constant": tf.sequence_mask([2, 1]),
    }


@case(feeds={"labels": [[2, 0], [5, -1]]})
def one_hots(tf):
    labels = tf.placeholder(tf.int32, [None, 2], name="labels")
    depth = tf.placeholder_with_default(4, [])
    return {
        "plain": tf.one_hot(labels, 3),
        "fed_depth": tf.one_hot(labels, depth, dtype=tf.int64),
        "values": tf.one_hot(labels, 3, on_value=5.0, off_value=-1.0, axis=1),
        "first": tf.one_hot(labels, 3, axis=0, dtype=tf.bool, on_value=True, off_value=False),
        "of_list": tf.one_hot([1, 2], 3),
        "scalar": tf.one_hot(1, 3),
        "bytes": tf.one_hot(tf.cast(tf.abs(labels), tf.uint8), 3, 1, 0),
    }
