"""Sets, order, partitions, segments, diagonals, blocks of images and bits."""

from tests.oracle.cases.array import CUBE, IMAGE, ROWS, given
from tests.oracle.harness import case, floats

# -- sets and order ------------------------------------------------------------------------------------------


@case(feeds={"x": [3, 1, 3, 2, 1], "y": [1, 5]})
def sets(tf):
    x = tf.placeholder(tf.int32, [None], name="x")
    y = tf.placeholder(tf.int32, [2], name="y")
    return {
        "unique": tf.unique(x),
        "wide": tf.unique(x, out_idx=tf.int64),
        "counts": tf.unique_with_counts(x),
        "words": tf.unique(["b", "a", "b"]),
        "floats": tf.unique([0.5, -1.0, 0.5]),
        "difference": tf.setdiff1d(x, y),
    }


@case(feeds={"x": ROWS, "parts": [1, 0, 2, 0]}, grads=True)
def partitions(tf):
    x = given(tf, (None, 3))
    parts = tf.placeholder(tf.int32, [None], name="parts")
    a, b, c = tf.dynamic_partition(x, parts, 3)
    places = tf.dynamic_partition(tf.range(tf.size(parts)), parts, 3)
    return {"a": a, "b": b, "c": c * 2, "back": tf.dynamic_stitch(places, [a, b * 3, c])}


@case(feeds={"x": ROWS}, grads=True)
def stitches(tf):
    x = given(tf, (4, 3))
    return [
        tf.dynamic_stitch([[3, 0], [1, 2]], [x[:2], x[2:]]),
        tf.dynamic_stitch([0, [[2, 1], [4, 3]]], [x[0], tf.reshape(x, [2, 2, 3])]),
    ]


@case(feeds={"x": ROWS, "at": [2, 0, 2, 1]})
def stitch_the_last_stays(tf):
    at = tf.placeholder(tf.int32, [4], name="at")
    return [tf.dynamic_stitch([at], [given(tf, (4, 3))]), tf.dynamic_stitch([[0, 1], 0], [ROWS[:2], ROWS[3]])]


@case(feeds={"x": CUBE}, grads=True)
def sorts(tf):
    x = given(tf, (4, None, 5))
    return {
        "last": tf.sort(x),
        "axis": tf.sort(x, axis=0),
        "negative": tf.sort(x, axis=-2, direction="DESCENDING"),
        "places": tf.argsort(x, axis=1),
        "falling": tf.argsort(x, direction="DESCENDING", name="order"),
    }


@case(feeds={"x": floats(2, 3)})
def searches(tf):
    x = given(tf)
    rows = tf.constant([[-1.0, 0.0, 0.5, 1.0], [0.0, 0.25, 1.0, 1.5]])
    return [tf.searchsorted(rows, x), tf.searchsorted(rows, x, side="right", out_type=tf.int64)]


@case(feeds={"i": [5, 11]})
def unravel_index(tf):
    i = tf.placeholder(tf.int32, [None], name="i")
    return [tf.unravel_index(i, [3, 4]), tf.unravel_index(7, [2, 2, 2])]


# -- segments ------------------------------------------------------------------------------------------------


def segment_case(function):
    def build(tf):
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        ids = tf.placeholder(tf.int32, [6], name="ids")
        return {"fed": getattr(tf, function)(x, ids), "known": getattr(tf, function)(x, [0, 0, 0, 1, 3, 3])}

    return build


for kind in "sum mean max min prod".split():
    case(name="segment_" + kind, feeds={"x": floats(6, 2), "ids": [0, 1, 1, 1, 2, 4]}, grads=kind != "prod")(
        segment_case("segment_" + kind)
    )


def unsorted_case(function):
    def build(tf):
        x = tf.placeholder(tf.float32, [3, 2, 2], name="x")
        ids = tf.placeholder(tf.int32, [3, 2], name="ids")
        return {
            "pairs": getattr(tf, function)(x, ids, 4),
            "rows": getattr(tf, function)(x, [1, 0, 1], num_segments=tf.constant(2), name="rows"),
        }

    return build


for kind in "sum mean max min prod sqrt_n".split():
    case(
        name="unsorted_segment_" + kind,
        feeds={"x": floats(3, 2, 2, seed=2), "ids": [[0, 2], [2, 3], [0, 1]]},
        grads=True,
        rtol=1e-4,
    )(unsorted_case("unsorted_segment_" + kind))


@case(feeds={"x": [[1.0, 0.0], [0.0, 0.0], [3.0, 2.0]]}, grads=True)
def products_with_zeros(tf):
    return tf.unsorted_segment_prod(given(tf, (3, 2)), [0, 0, 0], 1)


@case(feeds={"x": [[1.0, 2.0], [1.0, 2.0], [0.0, 2.0]], "ids": [0, -1, 0]}, grads=True)
def segments_with_ties_and_negatives(tf):
    x = given(tf, (3, 2))
    ids = tf.placeholder(tf.int32, [3], name="ids")
    return [tf.unsorted_segment_sum(x, ids, 2), tf.unsorted_segment_max(x, [0, 0, 0], 1), tf.segment_min(x, [0, 0, 0])]


def sparse_segment_case(function):
    def build(tf):
        x = tf.placeholder(tf.float32, [4, 2], name="x")
        rows = tf.placeholder(tf.int32, [4], name="rows")
        ids = tf.placeholder(tf.int32, [4], name="ids")
        return {
            "fed": getattr(tf, function)(x, rows, ids),
            "known": getattr(tf, function)(x, rows, [0, 0, 1, 1]),
            "sized": getattr(tf, function)(x, rows, ids, num_segments=5),
        }

    return build


for kind in "sum mean sqrt_n".split():
    case(
        name="sparse_segment_" + kind,
        feeds={"x": floats(4, 2), "rows": [3, 0, 3, 1], "ids": [0, 0, 0, 2]},
        grads=True,
    )(sparse_segment_case("sparse_segment_" + kind))


# -- diagonals -----------------------------------------------------------------------------------------------


@case(feeds={"x": floats(3), "m": floats(2, 3, 4), "s": floats(3, 3)}, grads=True)
def diagonals(tf):
    x, m, s = given(tf, (3,)), given(tf, (2, None, 4), "m"), given(tf, (None, None), "s")
    return {
        "diag": tf.diag(x),
        "part": tf.diag_part(s),
        "matrix": tf.matrix_diag(m),
        "matrix_part": tf.matrix_diag_part(m),
        "square_part": tf.matrix_diag_part(s),
        "set": tf.matrix_set_diag(m, tf.ones([2, 3]) * x),
        "band": tf.matrix_band_part(m, 1, 0),
        "upper": tf.matrix_band_part(m, 0, -1),
        "lower": tf.matrix_band_part(m, tf.constant(-1, tf.int32), tf.constant(0, tf.int32)),
    }


@case(feeds={"n": 3})
def identity_matrices(tf):
    n = tf.placeholder(tf.int32, [], name="n")
    return {
        "square": tf.eye(2),
        "wide": tf.eye(2, 4, dtype=tf.int32),
        "batch": tf.eye(2, batch_shape=[3]),
        "fed": tf.eye(n),
        "fed_wide": tf.eye(n, num_columns=2, batch_shape=[2]),
    }


# -- blocks --------------------------------------------------------------------------------------------------


@case(feeds={"x": IMAGE}, grads=True)
def space_and_batch(tf):
    x = given(tf, (None, 6, 6, 3))
    there = tf.space_to_batch_nd(x, [2, 3], [[1, 1], [0, 0]])
    return {
        "to_batch": there,
        "and_back": tf.batch_to_space_nd(there * there, [2, 3], [[1, 1], [0, 0]]),
        "square": tf.space_to_batch(x, [[0, 0], [0, 0]], 2),
        "from_batch": tf.batch_to_space(tf.tile(x, [2, 1, 1, 1]), [[0, 1], [2, 0]], block_size=2),
        "one_axis": tf.space_to_batch_nd(x, [3], [[0, 0]]),
    }


@case(feeds={"x": IMAGE}, grads=True)
def space_and_depth(tf):
    x = given(tf, (2, 6, None, 3))
    there = tf.space_to_depth(x, 2)
    return [there, tf.depth_to_space(there * there, 2), tf.space_to_depth(x, 3, name="three")]


@case(feeds={"size": [5, 7]})
def paddings_for_blocks(tf):
    size = tf.placeholder(tf.int32, [2], name="size")
    return {
        "known": tf.required_space_to_batch_paddings([4, 5], [2, 3]),
        "fed": tf.required_space_to_batch_paddings(size, [2, 3]),
        "base": tf.required_space_to_batch_paddings(size, [2, 2], base_paddings=[[1, 0], [0, 2]]),
    }


@case(feeds={"x": IMAGE}, grads=True, graph=True)
def image_patches(tf):
    x = given(tf, (2, 6, 6, 3))
    return {
        "valid": tf.extract_image_patches(x, [1, 2, 3, 1], [1, 2, 1, 1], [1, 1, 1, 1], "VALID"),
        "same": tf.extract_image_patches(x, [1, 3, 3, 1], [1, 2, 2, 1], [1, 2, 2, 1], "SAME"),
    }


@case(feeds={"x": floats(1, 4, 4, 4, 2)}, grads=True)
def volume_patches(tf):
    x = given(tf, (1, 4, 4, 4, 2))
    return [
        tf.extract_volume_patches(x, [1, 2, 2, 2, 1], [1, 2, 2, 2, 1], "VALID"),
        tf.extract_volume_patches(x, [1, 3, 2, 2, 1], [1, 2, 1, 2, 1], "SAME"),
    ]


@case(feeds={"x": floats(2, 4)})
def bitcasts(tf):
    x = given(tf, (None, 4))
    return [
        tf.bitcast(x, tf.int32),
        tf.bitcast(x, tf.uint8),
        tf.bitcast(tf.bitcast(x, tf.int16), tf.float32),
        tf.bitcast(tf.constant([1.0, -2.0]), tf.uint16),
    ]
