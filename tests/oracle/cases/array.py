"""Arrays: shapes and sizes, arrays made from nothing, joining and cutting, other orders of the same elements."""

import numpy as np

from tests.oracle.harness import case, floats

X = floats(2, 3)
ROWS = floats(4, 3, seed=3)
CUBE = floats(4, 6, 5)
IMAGE = floats(2, 6, 6, 3, seed=4)


def given(tf, shape=(2, 3), name="x", dtype=None):
    return tf.placeholder(dtype or tf.float32, list(shape) if shape is not None else None, name=name)


# -- shapes and sizes ----------------------------------------------------------------------------------------


@case(feeds={"x": X})
def sizes_of_unknown_rank(tf):
    x = given(tf, None)
    return {"shape": tf.shape(x), "size": tf.size(x), "rank": tf.rank(x), "wide": tf.size(x, out_type=tf.int64)}


@case(feeds={"x": X, "y": ROWS})
def shape_n(tf):
    return tf.shape_n([given(tf, (None, 3)), given(tf, (4, 3), "y")], out_type=tf.int64)


@case(feeds={"x": floats(0, 3)})
def size_of_nothing(tf):
    x = tf.placeholder(tf.float32, [None, 0], name="unused")
    return {"zero": tf.size(x), "empty": tf.size(given(tf, (None, 3)))}


@case(feeds={"x": X}, grads=True)
def reshape_with_unknown_sizes(tf):
    x = given(tf, (None, None))
    n = tf.shape(x)[0]
    return {
        "flat": tf.reshape(x, [-1]),
        "kept": tf.reshape(x, [n, 1, -1]),
        "pack": tf.reshape(x, tf.stack([n * 3])),
        "shape": tf.reshape(x, tf.shape(tf.transpose(x))),
        "concat": tf.reshape(x, tf.concat([tf.shape(x), [1]], 0)),
    }


@case(feeds={"x": X, "size": [3, 2]}, grads=True)
def reshape_by_a_placeholder(tf):
    size = tf.placeholder(tf.int32, [2], name="size")
    return tf.reshape(given(tf), size)


@case(feeds={"x": X}, grads=True)
def shape_arithmetic(tf):
    x = given(tf, (None, 3))
    size = tf.shape(x)
    return {
        "floordiv": tf.reshape(x, [size[0] // 2, 2 * size[1]]),
        "prod": tf.reshape(x, [tf.reduce_prod(size)]),
        "slice": tf.zeros(size[:1]) + tf.reduce_sum(x, 1),
        "cast": tf.reshape(x, tf.cast(size, tf.int64)),
        "unstacked": tf.fill(tf.unstack(size), 2.0),
        "split": tf.ones(tf.split(size, 2)[1]),
        "gathered": tf.zeros(tf.gather(size, [1, 0])),
        "maximum": tf.zeros([tf.maximum(size[0], 4)]),
    }


@case(feeds={"x": X, "y": ROWS, "z": floats(9, 9)})
def what_is_known_of_sizes(tf):
    """TensorFlow follows whole constants through any operation, vectors with unknown sizes only through a few."""
    x, y, z = given(tf, (None, 3)), given(tf, (None, None), "y"), given(tf, (9, 9), "z")
    some, full = tf.shape(x), tf.shape(tf.placeholder_with_default(X, [2, 3]))
    n = full[1]
    return {
        "entry": tf.reshape(y, [some[1], -1]),
        "product": tf.reshape(y, [some[1] * 2, -1]),
        "slice": tf.zeros(some[1:]),
        "slice_times": tf.zeros(some[1:] * 2),
        "cast": tf.zeros(tf.cast(some, tf.int64)),
        "range": tf.range(some[1]),
        "concat": tf.zeros(tf.concat([some[:1], some[1:], [4]], 0)),
        "identity": tf.zeros(tf.identity(some)),
        "unstacked": tf.zeros(tf.unstack(some)),
        "listed": tf.zeros(tf.shape_n([x, z])[0]),
        "tiled": tf.tile(x, [1, some[1]]),
        "size": tf.slice(z, [0, 0], some),
        "begin": tf.slice(z, [some[1], 0], [-1, 2]),
        "bounds": z[: some[1], 2:4],
        "depth": tf.one_hot([1], some[1]),
        "padded": tf.pad(z, [[0, some[0]], [0, 1]]),
        "count": tf.unsorted_segment_sum(y, [0, 1, 2, 0], some[1]),
        "whole": [tf.zeros([n // 2, n % 2 + 1, abs(-n)]), tf.range(n * 2), tf.zeros(tf.cumsum(full)), tf.eye(n)],
        "whole_real": tf.zeros([tf.cast(tf.ceil(tf.cast(n, tf.float32) / 2.0), tf.int32)]),
        "whole_sets": [tf.zeros(tf.setdiff1d([1, 2, 3], [2])[0]), tf.zeros(tf.dynamic_stitch([[0], [1]], [[3], [4]]))],
        "whole_axes": tf.transpose(z, tf.range(tf.rank(x))[::-1]),
        "whole_reduced": [tf.zeros([tf.reduce_prod(full), tf.reduce_max(full)]), tf.zeros(tf.gather(full, [1, 0]))],
    }


@case(feeds={"x": floats(2, 1, 3, 1)}, grads=True)
def squeeze_and_expand(tf):
    x = given(tf, (None, 1, 3, 1))
    return {
        "all": tf.squeeze(x, [1, 3]),
        "last": tf.squeeze(x, -1),
        "named": tf.squeeze(x, squeeze_dims=[1], name="narrow"),
        "expanded": tf.expand_dims(x, -2),
        "old_name": tf.expand_dims(x, dim=0),
    }


@case(feeds={"x": floats(2, 1, 3)})
def squeeze_of_unknown(tf):
    return [tf.squeeze(given(tf, None)), tf.rank(tf.squeeze(tf.placeholder_with_default(X, (2, None))))]


@case(feeds={"x": X})
def ensure_shape(tf):
    x = given(tf, (None, None))
    return [tf.ensure_shape(x, [2, None]), tf.ensure_shape(x, (None, 3), name="columns")]


@case(feeds={"x": X}, grads=True)
def copies(tf):
    x = given(tf)
    a, b = tf.identity_n([x, 2 * x])
    return [a, b, tf.stop_gradient(x) * x, tf.identity(x, name="same")]


# -- filled arrays -------------------------------------------------------------------------------------------


@case(feeds={"n": 2})
def filled_with_tensor_sizes(tf):
    n = tf.placeholder(tf.int32, [], name="n")
    return {
        "zeros": tf.zeros([n, 3]),
        "behind": tf.ones([3, n], tf.int32),
        "three": tf.zeros([n, 2, n]),
        "vector": tf.ones([n]),
        "scalar": tf.zeros(n),
        "fill": tf.fill([n, n], True),
        "stack": tf.zeros(tf.stack([n, n])),
    }


@case()
def filled_with_other_sizes(tf):
    return {
        "number": tf.zeros(3),
        "array": tf.ones(np.array([2, 3])),
        "shape": tf.zeros(tf.TensorShape([2, 3])),
        "dimension": tf.zeros([tf.Dimension(2), 3]),
        "large": tf.zeros([40, 30]),
        "empty": tf.zeros([0, 40]),
        "text": tf.fill([2], "word"),
        "long": tf.ones([50, 30], tf.int64),
    }


@case(feeds={"x": X})
def filled_like_with_types(tf):
    x = given(tf, (None, 3))
    y = tf.constant(X)
    return [
        tf.zeros_like(x, tf.int32),
        tf.zeros_like(y, tf.bool),
        tf.ones_like(y, tf.float64),
        tf.zeros_like(y, optimize=False),
        tf.zeros_like([[1, 2], [3, 4]]),
        tf.ones_like(x, name="one"),
    ]


@case(feeds={"x": X, "v": np.float32(1.5)}, grads=True)
def fill_with_a_tensor(tf):
    v = tf.placeholder(tf.float32, [], name="v")
    return tf.fill(tf.shape(given(tf)), v)


# -- joining and cutting -------------------------------------------------------------------------------------


@case(feeds={"x": X, "y": ROWS}, grads=True)
def concat_of_unknown_rows(tf):
    x, y = given(tf, (None, 3)), given(tf, (None, 3), "y")
    return [tf.concat([x, y], 0), tf.concat([x, y, x], axis=-2, name="long")]


@case(feeds={"x": X, "y": X + 1, "axis": 1}, grads=True)
def concat_along_a_fed_axis(tf):
    axis = tf.placeholder(tf.int32, [], name="axis")
    return tf.concat([given(tf), given(tf, name="y")], axis)


@case(feeds={"x": X}, grads=True)
def concat_of_many(tf):
    x = given(tf)
    return tf.concat([x * float(i) for i in range(18)], 1)


@case(feeds={"x": X, "y": X + 1}, grads=True)
def stack_and_unstack(tf):
    x, y = given(tf, (2, None)), given(tf, (None, 3), "y")
    a, b, c = tf.unstack(tf.stack([x, y], axis=1) * 2, num=3, axis=-1)
    return {"stack": tf.stack([x, y, x], axis=-1), "parts": a * b, "last": c, "pair": tf.unstack(x)}


@case(feeds={"x": np.float32(3)}, grads=True)
def lists_with_tensors(tf):
    x = tf.placeholder(tf.float32, [], name="x")
    return {
        "flat": tf.convert_to_tensor([x, 1, 2.5]),
        "nested": tf.convert_to_tensor([[x, 1.0], [2.0, 3.0]]),
        "deep": tf.convert_to_tensor([[[x]], [[1.0]]], name="deep"),
        "stack": tf.stack([x, 2.0]),
        "product": tf.reduce_sum([x, x]),
        "added": tf.constant([1.0, 2.0]) + [x, x],
        "doubles": tf.convert_to_tensor([1, x * 2], name="pair"),
    }


@case(feeds={"n": 2})
def lists_of_sizes(tf):
    n = tf.placeholder(tf.int32, [], name="n")
    return {
        "long": tf.convert_to_tensor([n, 3], dtype=tf.int64),
        "shape": tf.reshape(tf.range(n * 3), [n, tf.Dimension(3)]),
        "whole": tf.reshape(tf.range(6), tf.TensorShape([2, 3])),
        "variable": tf.stack([tf.Variable(1, name="v"), n]),
    }


@case()
def stack_of_numbers(tf):
    return [
        tf.stack([[1, 2], [3, 4]]),
        tf.stack([1, 2], axis=-1, name="pair"),
        tf.parallel_stack([[1.0, 2.0], [3.0, 4.0]]),
    ]


@case(feeds={"x": CUBE}, grads=True)
def splits(tf):
    x = given(tf, (4, None, 5))
    a, b = tf.split(x, 2)
    c, d, e = tf.split(x, [1, -1, 2], axis=1)
    f, g = tf.split(x, tf.constant([2, 3]), axis=-1, name="columns")
    return {"a": a, "b": b, "c": c * 2, "d": d, "e": e, "f": f, "g": g * 3}


@case(feeds={"x": CUBE, "sizes": [1, 3]}, grads=True)
def split_by_a_placeholder(tf):
    sizes = tf.placeholder(tf.int32, [2], name="sizes")
    a, b = tf.split(given(tf, (4, 6, 5)), sizes)
    return [a, b * 2]


# -- another order -------------------------------------------------------------------------------------------


@case(feeds={"x": CUBE}, grads=True)
def transposes(tf):
    x = given(tf, (None, 6, 5))
    return {
        "reversed": tf.transpose(x),
        "perm": tf.transpose(x, [2, 0, 1]),
        "matrix": tf.matrix_transpose(x),
        "named": tf.transpose(x, perm=(0, 2, 1), name="turn"),
        "conjugate": tf.transpose(tf.complex(x, 2 * x), [1, 0, 2], conjugate=True),
        "vector": tf.transpose(x[0, 0]),
    }


@case(feeds={"x": CUBE}, grads=True)
def transposes_of_unknown_rank(tf):
    x = given(tf, None)
    return [tf.transpose(x), tf.matrix_transpose(x)]


@case(feeds={"x": CUBE, "perm": [1, 2, 0]}, grads=True)
def transpose_by_a_placeholder(tf):
    return tf.transpose(given(tf, (4, 6, 5)), tf.placeholder(tf.int32, [3], name="perm"))


@case(feeds={"x": CUBE}, grads=True)
def reverses(tf):
    x = given(tf, (4, 6, 5))
    return {
        "axes": tf.reverse(x, [1, -1]),
        "v2": tf.reverse_v2(x, [0]),
        "sequence": tf.reverse_sequence(x, [1, 6, 0, 3], seq_axis=1, batch_axis=0),
        "other_batch": tf.reverse_sequence(x, [1, 2, 3, 4, 0, 2], seq_dim=0, batch_dim=1),
        "roll": tf.roll(x, 2, 1),
        "rolls": tf.roll(x, shift=[1, -2, 1], axis=[0, 2, 0]),
    }


@case(feeds={"x": X, "n": [2, 1]}, grads=True)
def tiles(tf):
    x = given(tf, (None, 3))
    n = tf.placeholder(tf.int32, [2], name="n")
    return {"known": tf.tile(x, [2, 3]), "fed": tf.tile(x, n), "once": tf.tile(x, [1, 1])}


@case(feeds={"x": floats(3, 1), "y": floats(4)}, grads=True)
def broadcasts(tf):
    x, y = given(tf, (3, 1)), given(tf, (None,), "y")
    return {
        "to": tf.broadcast_to(x, [2, 3, 4]),
        "dynamic": tf.broadcast_to(y, tf.broadcast_dynamic_shape(tf.shape(x), tf.shape(y))),
        "static": tf.zeros(tf.broadcast_static_shape(x.shape, tf.TensorShape([4]))),
    }


@case(feeds={"x": X}, grads=True)
def meshgrids(tf):
    x = given(tf)
    return {
        "xy": tf.meshgrid(x[0], [3.0, 4.0]),
        "ij": tf.meshgrid([1.0, 2.0], x[1], x[:, 0], indexing="ij"),
        "one": tf.meshgrid([1, 2, 3], name="line"),
    }


@case(feeds={"x": X, "n": [2, 0]}, grads=True)
def repeats(tf):
    x = given(tf)
    n = tf.placeholder(tf.int32, [2], name="n")
    return {
        "all": tf.repeat(x, 2),
        "axis": tf.repeat(x, 3, axis=1),
        "each": tf.repeat(x, n, axis=0),
        "columns": tf.repeat(x, [1, 0, 2], axis=-1),
        "number": tf.repeat(7.0, 3),
    }


@case(feeds={"x": X}, grads=True)
def pads(tf):
    x = given(tf, (None, 3))
    return {
        "constant": tf.pad(x, [[1, 2], [0, 1]]),
        "value": tf.pad(x, [[1, 0], [1, 1]], constant_values=2.5),
        "value_tensor": tf.pad(x, [[1, 0], [1, 1]], constant_values=tf.constant(0.5)),
        "reflect": tf.pad(x, [[1, 1], [2, 0]], "reflect"),
        "symmetric": tf.pad(x, [[2, 1], [3, 0]], mode="SYMMETRIC", name="mirror"),
    }


@case(feeds={"x": X, "around": [[1, 0], [0, 2]]}, grads=True)
def pads_by_a_placeholder(tf):
    around = tf.placeholder(tf.int32, [2, 2], name="around")
    x = given(tf)
    return [tf.pad(x, around), tf.pad(x, tf.stack([[0, tf.shape(x)[0]], [0, 0]]))]


@case(feeds={"p": [2, 0, 3, 1]})
def invert_permutation(tf):
    return tf.invert_permutation(tf.placeholder(tf.int32, [None], name="p"))


# -- types ---------------------------------------------------------------------------------------------------

NUMBERS = "float16 float64 bfloat16 int8 int16 int64 uint8 complex64 complex128 bool".split()


def of_type(tf, dtype):
    """Rows of small numbers of a type."""
    return tf.cast(tf.placeholder(tf.float32, [2, 3], name="x"), getattr(tf, dtype))


def rearranged(dtype):
    def build(tf):
        x = of_type(tf, dtype)
        return {
            "concat": tf.concat([x, x], 0),
            "stack": tf.stack([x, x], 1),
            "split": tf.split(x, 3, 1),
            "slice": x[:, ::-2],
            "transpose": tf.transpose(x),
            "tile": tf.tile(x, [1, 2]),
            "pad": tf.pad(x, [[0, 1], [1, 0]]) if dtype != "bool" else x,
            "gather": tf.gather(x, [1, 0, 1]),
            "gather_nd": tf.gather_nd(x, [[1, 2]]),
            "where": tf.where([[True, False, True]] * 2, x, tf.zeros_like(x)),
            "ones": tf.ones_like(x),
            "reverse": tf.reverse(x, [1]),
            "unstack": tf.unstack(x),
            "squeeze": tf.squeeze(tf.expand_dims(x, 0)),
        }

    return build


for number in NUMBERS:
    case(name="rearranged_" + number, feeds={"x": [[0, 1, 2], [3, 4, 5]]}, graph=False)(rearranged(number))


@case(feeds={"words": [[b"a", b"bc", b""], [b"d", b"e", b"bc"]], "rows": [1, 0]})
def words(tf):
    x = tf.placeholder(tf.string, [None, 3], name="words")
    rows = tf.placeholder(tf.int32, [2], name="rows")
    return {
        "shape": tf.shape(x),
        "reshape": tf.reshape(x, [-1]),
        "concat": tf.concat([x, [["x", "y", "z"]]], 0),
        "stack": tf.stack([x[0], x[1]]),
        "gather": tf.gather(x, rows),
        "slice": x[:, 1:],
        "entry": x[0, 1],
        "transpose": tf.transpose(x),
        "tile": tf.tile(x, [2, 1]),
        "where": tf.where(tf.equal(x, "bc"), x, tf.fill(tf.shape(x), "-")),
        "mask": tf.boolean_mask(x[0], [True, False, True]),
        "unique": tf.unique(tf.reshape(x, [-1])),
        "unstack": tf.unstack(x, num=2),
        "split": tf.split(x, 3, axis=1),
        "expand": tf.squeeze(tf.expand_dims(x, 0), [0]),
        "zeros": tf.zeros_like(x),
        "identity": tf.identity(x),
        "partition": tf.dynamic_partition(x, rows, 2),
    }
