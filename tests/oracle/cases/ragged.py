"""RaggedTensors: ordinary operations on them, their own, slices, and ragged elements of datasets."""

import numpy as np

from tests.oracle.harness import case, eager_script, floats, script


def parts(value):
    """A RaggedTensor as its innermost values and row splits; lists and tuples likewise; a tensor as itself."""
    if isinstance(value, (list, tuple)):
        return [parts(item) for item in value]
    if hasattr(value, "nested_row_splits"):
        return [value.flat_values] + list(value.nested_row_splits)
    return value


def all_parts(found):
    return {key: parts(value) for key, value in found.items()}


A = {"x": floats(5)}
X = {"x": floats(5), "n": np.array([1, 2, 3, 4, 5, 6, 7], np.int32)}


def rows(tf):
    """Three rows of fed numbers: two, none and three."""
    return tf.RaggedTensor.from_row_splits(tf.placeholder(tf.float32, [5], name="x"), [0, 2, 2, 5], validate=False)


def deep(tf):
    """Three rows of rows of fed whole numbers: 2 and 1; none; 3, none and 1."""
    n = tf.placeholder(tf.int32, [7], name="n")
    return tf.RaggedTensor.from_nested_row_splits(n, [[0, 2, 2, 5], [0, 2, 3, 6, 6, 7]], validate=False)


def pairs(tf):
    """Two rows of pairs."""
    return tf.ragged.constant([[[1, 2], [3, 4]], [[5, 6]]], ragged_rank=1)


# -- elementwise ---------------------------------------------------------------------------------------------------------


@case(feeds=A, graph=False)
def operators(tf):
    a = rows(tf)
    b = a.with_values(tf.constant([1.0, 2.0, -3.0, 0.5, 4.0]))
    return all_parts({
        "+": a + b, "+ number": a + 5, "number +": 5.0 + a, "tensor *": tf.constant(2.0) * a, "-": a - b, "number -": 1 - a,
        "*": a * b, "/": a / b, "//": a // b, "%": a % b, "**": abs(a) ** 2.0, "neg": -a, "abs": abs(a),
        "<": a < b, "<=": a <= 1.0, ">": a > b, ">=": 0.0 >= a, "&": (a > 0.0) & (b > 0.0), "|": (a > 0.0) | (b > 0.0),
        "^": (a > 0.0) ^ (b > 0.0), "~": ~(a > 0.0),
    })  # fmt: skip


@case(feeds=A, graph=False)
def unary_functions(tf):
    a, math = rows(tf), tf.math
    small = tf.clip_by_value(a, -0.9, 0.9)
    found = {"small": small}
    for name in """abs ceil cos cosh digamma erf erfc exp expm1 floor is_finite is_inf is_nan lgamma log_sigmoid negative reciprocal
            rint round sign sin sinh square tan asinh""".split():
        found[name] = getattr(math, name)(a)
    found.update(identity=tf.identity(a), ones=tf.ones_like(a), zeros=tf.zeros_like(a))
    for name in ("acos", "asin", "atan", "atanh"):
        found[name] = getattr(math, name)(small)
    for name in ("log", "log1p", "sqrt", "rsqrt", "acosh"):
        found[name] = getattr(math, name)(abs(a) + 1.0)
    return all_parts(found)


@case(feeds=X, graph=False)
def unary_functions_with_arguments(tf):
    a = rows(tf)
    z = tf.dtypes.complex(a, 2.0 * a)
    return all_parts({
        "cast": tf.cast(a, tf.int32), "saturated": tf.saturate_cast(a * 1000.0, tf.int8), "clipped": tf.clip_by_value(a, -1.0, 1.0),
        "checked": tf.check_numerics(a, "not a number"), "real": tf.math.real(z), "imag": tf.math.imag(z),
        "conj": tf.math.imag(tf.math.conj(z)), "angle": tf.math.angle(z), "not": tf.logical_not(a > 0.0),
        "ones": tf.ones_like(a, dtype=tf.int32), "inverted": tf.bitwise.invert(deep(tf)), "by name": tf.cast(x=a, dtype=tf.float64),
    })  # fmt: skip


@case(feeds=X, graph=False)
def binary_functions(tf):
    a, n, math = rows(tf), deep(tf), tf.math
    b = a.with_values(tf.constant([1.0, 2.0, -3.0, 0.0, 4.0]))
    found = {"by name": math.add(x=a, y=b), "named": tf.maximum(a, b, name="most")}
    for name in """atan2 divide_no_nan divide equal not_equal maximum minimum multiply subtract squared_difference truediv floordiv
            less greater_equal""".split():
        found[name] = getattr(math, name)(a, b)
    for name in ("bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift"):
        found[name] = getattr(tf.bitwise, name)(n, 2)
    for name in ("truncatediv", "truncatemod", "floormod"):
        found[name] = getattr(tf, name)(n, 2)
    found["sum"] = tf.add_n([a, b, a])
    found["xor"] = math.logical_xor(a > 0.0, b > 0.0)
    return all_parts(found)


@case(graph=False)
def text_functions(tf):
    t, s = tf.ragged.constant([["ab ", "c"], [], [" def"]]), tf.strings
    return all_parts({
        "length": s.length(t), "strip": s.strip(t), "substr": s.substr(t, 0, 2), "join": s.join([t, t, "x"], "-"),
        "reduce_join 1": s.reduce_join(t, axis=1, separator="+"), "reduce_join 0": s.reduce_join(t, axis=0),
        "reduce_join": s.reduce_join(t, axis=None),
        "fast": s.to_hash_bucket_fast(t, 10), "strong": s.to_hash_bucket_strong(t, 10, [1, 2]),
        "regex": s.regex_replace(t, "[a-c]", "#"), "match": s.regex_full_match(t, ".c?"), "as_string": tf.as_string(pairs(tf)),
        "base64": tf.decode_base64(tf.encode_base64(t)), "script": s.unicode_script(tf.ragged.constant([[97], [0x5D0, 48]])),
        "+": t + "!",
    })  # fmt: skip


@case(feeds=X, graph=False)
def broadcast_to_rows(tf):
    a, n = rows(tf), deep(tf)
    return all_parts({
        "column": a + tf.constant([[1.0], [2.0], [3.0]]), "one": a + tf.constant([[7.0]]),
        "column first": tf.constant([[2.0], [3.0], [4.0]]) * a,
        "row of rows": n * tf.constant([[[2]], [[3]], [[4]]]), "inner": pairs(tf) + tf.constant([10, 20]),
        "inner of rows": pairs(tf) + tf.constant([[[10, 20]], [[30, 40]]]), "inner size": pairs(tf) * tf.constant([[[10]], [[20]]]),
        "less axes": n + tf.ragged.constant([[10, 20, 30]])[:, :1].to_tensor(),
        "ragged of less axes": tf.ragged.constant([[[1, 2]], [[3, 4]]]) + tf.ragged.constant([[10, 20]]),
    })  # fmt: skip


@case(feeds=A, raises=True)
def broadcast_of_other_rows(tf):
    b = tf.RaggedTensor.from_row_splits(tf.placeholder_with_default([1.0, 2.0, 3.0], [None]), [0, 1, 2, 3], validate=False)
    return parts(rows(tf) + b)


@case(feeds=A, grads=True, graph=False)
def slopes_of_operators(tf):
    a = rows(tf)
    return {"sum": tf.reduce_sum((a * a + 2.0 * a).flat_values), "columns": (a * tf.constant([[1.0], [2.0], [3.0]])).flat_values}


@case(graph=False)
def mapped_flat_values(tf):
    a = tf.ragged.constant([[1, 2], [3]])
    mapped = tf.ragged.map_flat_values
    return all_parts({
        "square": mapped(tf.square, a), "both": mapped(tf.add, a, a * 2), "number": mapped(tf.add, a, 5),
        "by name": mapped(tf.multiply, x=a, y=3), "list": mapped(tf.add_n, [a, a]), "none": mapped(tf.add, 1, 2),
        "value": mapped(tf.negative, tf.ragged.constant_value([[1], [2, 3]])), "wider": mapped(lambda v: tf.one_hot(v, 4), a),
    })  # fmt: skip


@case(raises=True)
def mapped_flat_values_of_other_rows(tf):
    return parts(tf.ragged.map_flat_values(tf.add, tf.ragged.constant([[1, 2], [3]]), tf.ragged.constant([[1], [2, 3]])))


@case(raises=True)
def splits_of_two_types(tf):
    return parts(tf.ragged.constant([[1]]) + tf.ragged.constant([[1]], row_splits_dtype=tf.int32))


@script(raises=True)
def no_truth_value(tf):
    return {"never": bool(tf.ragged.constant([[1]]))}


@script(raises=True)
def operations_that_take_no_rows(tf):
    return {"never": tf.matmul(tf.ragged.constant([[1.0], [2.0]]), [[1.0]])}


# -- reductions ----------------------------------------------------------------------------------------------------------


@case(feeds=X, graph=False)
def reduced(tf):
    a, n, found = rows(tf), deep(tf), {}
    for f in (tf.reduce_sum, tf.reduce_prod, tf.reduce_min, tf.reduce_max, tf.reduce_mean):
        name = f.__name__.replace("_v1", "")
        for axis in (None, 0, 1, -1, [0, 1]):
            found["%s of axis %s" % (name, axis)] = parts(f(a, axis=axis))
    for axis in (None, 0, 1, 2, -1, [0, 2], [1, 2], (0, 1)):
        found["deep %s" % (axis,)] = parts(tf.reduce_sum(n, axis=axis))
        found["deep most %s" % (axis,)] = parts(tf.reduce_max(n, axis=axis))
    for axis in (0, 1, 2):
        found["pairs %s" % axis] = parts(tf.reduce_sum(pairs(tf), axis))
        found["mean of pairs %s" % axis] = parts(tf.reduce_mean(tf.cast(pairs(tf), tf.float32), axis))
    return found


@case(feeds=A, graph=False)
def reduced_truth(tf):
    positive = rows(tf) > 0.0
    many = tf.ragged.constant([[[True, False], []], [], [[True]]])
    found = {}
    for f in (tf.reduce_all, tf.reduce_any):
        for axis in (None, 0, 1):
            found["%s %s" % (f.__name__.replace("_v1", ""), axis)] = f(positive, axis=axis)
            found["deep %s %s" % (f.__name__.replace("_v1", ""), axis)] = f(many, axis=axis)
    return all_parts(found)


@case(raises=True)
def reduced_with_kept_axes(tf):
    return parts(tf.reduce_sum(tf.ragged.constant([[1], [2, 3]]), axis=1, keepdims=True))


@case(raises=True)
def reduced_over_no_such_axis(tf):
    return parts(tf.reduce_sum(tf.ragged.constant([[1], [2, 3]]), axis=2))


@case(feeds=X, graph=False)
def segments(tf):
    a, n, math = rows(tf), deep(tf), tf.math
    found = {}
    for name in ("sum", "prod", "max", "min", "mean", "sqrt_n"):
        f = getattr(math, "unsorted_segment_" + name)
        found[name] = f(a, [0, 1, 0], 3)
        if name not in ("mean", "sqrt_n"):
            found["deep " + name] = f(n, [0, 1, 0], 2)
        takes_ragged = name in ("sum", "prod", "max", "min")
        found["ragged " + name] = f(a, tf.ragged.constant([[1, 0], [], [1, 1, 0]]), 2) if takes_ragged else a
    return all_parts(found)


@case(feeds=A, grads=True, graph=False)
def slopes_of_reductions(tf):
    a = rows(tf)
    return {"rows": tf.reduce_sum(a * a, axis=1), "columns": tf.reduce_sum(a, axis=0), "most": tf.reduce_max(a, axis=0)}


# -- joined, repeated, with other axes -----------------------------------------------------------------------------------


@case(feeds=X, graph=False)
def joined(tf):
    a, n = rows(tf), deep(tf)
    b = tf.ragged.constant([[1.0], [2.0, 3.0], []])
    return all_parts({
        "rows": tf.concat([a, b], 0), "in rows": tf.concat([a, b], 1), "last": tf.concat([a, b], -1),
        "three": tf.concat([a, b, a], axis=1),
        "deep 0": tf.concat([n, n], 0), "deep 1": tf.concat([n, n], 1), "deep 2": tf.concat([n, n], 2),
        "tensor": tf.concat([a, [[1.0, 2.0]]], 0), "tensor in rows": tf.concat([tf.constant([[1.0], [2.0], [3.0]]), a], 1),
        "pairs 2": tf.concat([pairs(tf), pairs(tf)], 2), "one": tf.concat([a], 0),
        "deeper": tf.concat([tf.ragged.constant([[[1], [2, 3]]]), [[[4, 5]]]], 0),
    })  # fmt: skip


@case(feeds=X, graph=False)
def stacked(tf):
    a, n = rows(tf), deep(tf)
    b = tf.ragged.constant([[1.0], [2.0, 3.0], []])
    return all_parts({
        "0": tf.stack([a, b]), "1": tf.stack([a, b], axis=1), "2": tf.ragged.stack([a, a], axis=2), "one": tf.ragged.stack([a]),
        "one 1": tf.ragged.stack([a], axis=1), "tensors": tf.ragged.stack([[1, 2], [3, 4]]),
        "matrices": tf.ragged.stack([[[1, 2], [3, 4]], [[5, 6], [7, 8]]]), "deep 0": tf.ragged.stack([n, n]),
        "other matrices": tf.ragged.stack([tf.constant([[1, 2]]), tf.constant([[5], [7]])]),
        "deep 1": tf.ragged.stack([n, n], 1), "deep 2": tf.ragged.stack([n, n], 2), "mixed": tf.ragged.stack([a, [[1.0, 2.0]]]),
    })  # fmt: skip


@case(raises=True)
def stacked_nothing(tf):
    return parts(tf.ragged.stack([]))


@case(raises=True)
def joined_side_by_side_of_other_rows(tf):
    return parts(tf.concat([tf.ragged.constant([[1], [2]]), tf.ragged.constant([[1], [2], [3]])], axis=1))


@case(raises=True)
def joined_of_other_ranks(tf):
    return parts(tf.concat([tf.ragged.constant([[1], [2]]), tf.ragged.constant([[[1], [2]]])], axis=0))


@case(feeds=X, graph=False)
def tiled(tf):
    a, n = rows(tf), deep(tf)
    return all_parts({
        "rows": tf.tile(a, [2, 1]), "in rows": tf.tile(a, [1, 2]), "both": tf.tile(a, [2, 3]), "deep": tf.tile(n, [2, 2, 2]),
        "middle": tf.tile(n, [1, 3, 1]), "pairs": tf.tile(pairs(tf), [1, 2, 2]), "none": tf.tile(a, [1, 0]),
        "by a tensor": tf.tile(a, tf.placeholder_with_default([2, 2], [2])),
    })  # fmt: skip


@case(feeds=X, graph=False)
def other_axes(tf):
    a, n, found = rows(tf), deep(tf), {}
    for axis in (0, 1, 2, -1, -3):
        found["a %d" % axis] = tf.expand_dims(a, axis)
    for axis in (0, 1, 2, 3):
        found["n %d" % axis] = tf.expand_dims(n, axis)
        found["pairs %d" % axis] = tf.expand_dims(pairs(tf), axis)
    found["squeezed"] = tf.squeeze(tf.ragged.constant([[[1], [2]], [[3]]]), 2)
    found["squeezed rows"] = tf.squeeze(tf.ragged.constant([[[1], [2]]]), [0])
    found["squeezed inner"] = tf.squeeze(tf.ragged.constant([[[1], [2]], [[3]]], ragged_rank=1), [2])
    found["squeezed all"] = tf.squeeze(tf.ragged.constant([[[1]]]), [0, 1, 2])
    found["size"], found["size64"], found["rank"], found["rank of pairs"] = (
        tf.size(n), tf.size(a, out_type=tf.int64), tf.rank(n), tf.rank(pairs(tf))
    )  # fmt: skip
    found["one_hot"] = tf.one_hot(n, 4, on_value=2.0, off_value=-1.0)
    return all_parts(found)


@case(raises=True)
def squeezed_longer_rows(tf):
    splits = tf.placeholder_with_default(np.array([0, 2, 3]), [None])
    return parts(tf.squeeze(tf.RaggedTensor.from_row_splits([1, 2, 3], splits, validate=False), 1))


@case(raises=True)
def squeezed_without_an_axis(tf):
    return parts(tf.squeeze(tf.ragged.constant([[[1], [2]], [[3]]])))


@case(raises=True)
def expanded_at_no_such_axis(tf):
    return parts(tf.expand_dims(tf.ragged.constant([[1], [2]]), 4))


# -- chosen --------------------------------------------------------------------------------------------------------------


@case(feeds=X, graph=False)
def gathered(tf):
    a, n = rows(tf), deep(tf)
    return all_parts({
        "rows": tf.gather(a, [2, 0, 0]), "matrix": tf.gather(a, [[2, 0], [1, 1]]),
        "ragged": tf.gather(a, tf.ragged.constant([[2, 0], [1]])),
        "of a tensor": tf.gather(tf.constant([1, 2, 3]), tf.ragged.constant([[2, 0], [1]])), "deep": tf.gather(n, [2, 1, 2]),
        "pairs": tf.gather(pairs(tf), [1, 1]), "none": tf.gather(a, tf.zeros([0], tf.int32)), "scalar": tf.gather(n, 2),
        "nd 1": tf.gather_nd(n, [[0], [2]]), "nd 2": tf.gather_nd(n, [[0, 1], [2, 0]]),
        "nd 3": tf.gather_nd(n, [[0, 1, 0], [2, 0, 2]]),
        "nd of pairs": tf.gather_nd(pairs(tf), [[0, 1, 0], [1, 0, 1]]), "nd boxes": tf.gather_nd(n, [[[0, 1], [2, 0]]]),
        "nd elements": tf.gather_nd(a, [[[0, 1]], [[2, 0]]]),
        "nd by ragged": tf.gather_nd(a, tf.ragged.constant([[[0, 1]], [], [[2, 0], [2, 2]]], ragged_rank=1)),
        "batch": tf.batch_gather(a, tf.ragged.constant([[1, 0, 0], [], [2]])),
        "batch of a tensor": tf.batch_gather(tf.constant([[1, 2], [3, 4]]), tf.ragged.constant([[1, 0, 0], []])),
        "batch by a tensor": tf.batch_gather(tf.ragged.constant([[1, 2], [3, 4, 5]]), [[1, 0], [2, 2]]),
        "batch of deep": tf.batch_gather(n, tf.ragged.constant([[1], [], [0, 2]])),
        "deep batch": tf.batch_gather(n, tf.ragged.constant([[[1, 1], [0]], [], [[2], [], [0]]])),
    })  # fmt: skip


@case(feeds=A, raises=True)
def gathered_outside(tf):
    return parts(tf.gather(rows(tf), [3]))


@case(feeds=A, raises=True)
def gathered_along_another_axis(tf):
    return parts(tf.gather(rows(tf), [0], axis=1))


@case(feeds=A, grads=True, graph=False)
def slopes_of_choices(tf):
    a = rows(tf)
    return {
        "gathered": tf.gather(a, [2, 0, 0]).flat_values, "joined": tf.concat([a, a * a], 1).flat_values,
        "masked": tf.ragged.boolean_mask(a, a > 0.0).flat_values, "slice": a[:, 1:].flat_values, "dense": a.to_tensor(),
        "sparse": a.to_sparse().values,
    }  # fmt: skip


@case(feeds=X, graph=False)
def where(tf):
    a, n = rows(tf), deep(tf)
    b = tf.ragged.constant([[9.0], [8.0, 8.0], []])
    return all_parts({
        "places": tf.where(a > 0.0), "deep places": tf.where(n > 2), "places of pairs": tf.where(pairs(tf) > 2),
        "elements": tf.where(a > 0.0, a, -a), "rows": tf.where([True, False, True], a, b),
        "rows of a tensor": tf.where([True, False], tf.ragged.constant([[1], [2, 3]]), [[4, 5], [6, 7]]),
    })  # fmt: skip


@case(feeds=A, raises=True)
def where_only_some_is_ragged(tf):
    a = rows(tf)
    return parts(tf.where(a > 0.0, tf.ones([5]), tf.zeros([5])))


@case(feeds=X, graph=False)
def masked(tf):
    a, n, mask = rows(tf), deep(tf), tf.ragged.boolean_mask
    cube = tf.reshape(tf.range(8), [2, 2, 2])
    return all_parts({
        "elements": mask(a, a > 0.0), "rows": mask(a, [True, False, True]), "deep": mask(n, n > 2),
        "deep rows": mask(n, [True, False, True]),
        "rows of rows": mask(n, tf.ragged.constant([[True, False], [], [True, True, False]])),
        "matrix": mask([[1, 2, 3], [4, 5, 6]], [[True, False, True], [False, False, False]]),
        "vector": mask([1, 2, 3], [True, False, True]),
        "cube": mask(cube, cube > 2), "part of a cube": mask(cube, [[True, False], [True, True]]),
        "tensor by ragged": mask([[1, 2], [3, 4]], tf.ragged.constant([[True, False], [True, True]])),
        "ragged by tensor": mask(tf.ragged.constant([[1, 2], [3, 4]]), [[True, False], [True, True]]),
        "pairs": mask(pairs(tf), tf.ragged.constant([[True, False], [True]])),
        "value": mask(tf.ragged.constant_value([[1, 2], [3]]), [False, True]),
    })  # fmt: skip


@case(raises=True)
def masked_by_a_scalar(tf):
    return tf.ragged.boolean_mask([1, 2], True)


@case(feeds=X, graph=False)
def partitions(tf):
    a, n, stack = rows(tf), deep(tf), tf.ragged.stack_dynamic_partitions
    return all_parts({
        "vector": stack(["a", "b", "c", "d", "e"], [3, 0, 2, 2, 3], 5), "rows": stack(a, [1, 0, 1], 2),
        "deep": stack(n, [1, 0, 1], 3),
        "elements": stack(a, tf.ragged.constant([[1, 0], [], [1, 1, 0]]), 2),
        "matrix": stack([[1, 2], [3, 4]], [[0, 1], [1, 0]], 2),
        "whole": stack([1, 2], 1, 3), "list": tf.dynamic_partition(a, [1, 0, 1], 2),
    })  # fmt: skip


@case(raises=True)
def partitions_that_are_not_there(tf):
    return parts(tf.ragged.stack_dynamic_partitions([1, 2], tf.placeholder_with_default([0, 5], [2]), 2))


@case(graph=False)
def ranges(tf):
    make = tf.ragged.range
    return all_parts({
        "limits": make([3, 0, 2]), "starts": make([0, 5], [3, 8]), "steps": make([0, 5], [3, 0], [1, -2]), "one": make(3),
        "floats": make(0.0, [1.0, 2.0], 0.5), "mixed": make([0, 1], [1.5, 3.0]), "type": make([3, 1], dtype=tf.int64),
        "splits": make([2, 1], row_splits_dtype=tf.int32), "named": make([1], name="counted"),
    })  # fmt: skip


@case(raises=True)
def range_without_steps(tf):
    return parts(tf.ragged.range([3], [5], tf.placeholder_with_default([0], [1])))


# -- indexing ------------------------------------------------------------------------------------------------------------


@case(feeds=X, graph=False)
def rows_and_slices(tf):
    a, n, u = rows(tf), deep(tf), pairs(tf)
    one = tf.placeholder_with_default(1, [])
    return all_parts({
        "0": a[0], "-1": a[-1], "by a tensor": a[tf.constant(2)], "element": a[2, 1], "last element": a[2, -1], "rows": a[1:],
        "rows to": a[:2], "rows to the last": a[:-1], "no rows": a[:0], "rows behind": a[5:], "every second": a[::2],
        "backwards": a[::-1],
        "in rows": a[:, 1:], "in rows to": a[:, :1], "without last": a[:, :-1], "last": a[:, -1:], "part": a[:, 1:2],
        "second in rows": a[:, ::2], "by a tensor in rows": a[:, one:], "whole": a[:], "whole in rows": a[:, :], "dots": a[..., 1:],
        "row of rows": n[0], "in row": n[2, 0], "number": n[0, 1, 0], "slice of rows": n[2, 1:], "rows of rows": n[:, 1:],
        "inner": n[:, :, :1], "dots inner": n[..., :1], "both": n[1:, 1:, :2], "dots behind": n[1:, ...], "back": n[::-1, ::-1],
        "new axis": a[tf.newaxis], "new axis in rows": n[:, tf.newaxis], "new last axis": a[..., tf.newaxis],
        "column": u[:, :, 0], "column of a row": u[0, :, 1], "last of pairs": u[..., 1], "new axis of pairs": u[:, :, tf.newaxis],
    })  # fmt: skip


@case(feeds=A, raises=True)
def element_of_each_row(tf):
    return parts(rows(tf)[:, 1])


@case(feeds=A, raises=True)
def too_many_indices(tf):
    return parts(rows(tf)[..., 0, 0, 0])


@case(feeds=A, raises=True)
def slices_by_floats(tf):
    return parts(rows(tf)[:, 0.5:])


# -- making and converting -----------------------------------------------------------------------------------------------


@case(graph=False)
def converted(tf):
    R = tf.RaggedTensor
    box = [[[5, 0], [7, 0], [0, 0]], [[0, 0], [3, 0], [0, 0]], [[6, 0], [0, 0], [0, 0]]]
    n = tf.ragged.constant([[[1, 2], [3]], [], [[4, 5, 6], [], [7]]])
    return all_parts({
        "nested lengths": R.from_tensor(box, lengths=([2, 0, 3], [1, 1, 2, 0, 1])),
        "padding of pairs": R.from_tensor(box, padding=[0, 0]),
        "inner padding": R.from_tensor(box, padding=0, ragged_rank=2),
        "short splits": R.from_tensor(box, row_splits_dtype=tf.int32),
        "negative lengths": R.from_tensor([[1, 2], [3, 4]], lengths=[-1, 5]), "dense": n.to_tensor(), "filled": n.to_tensor(-1),
        "filled with pairs": pairs(tf).to_tensor([7, 8]), "texts": tf.ragged.constant([["a"], ["b", "c"]]).to_tensor("-"),
        "empty": tf.ragged.constant([[], []]).to_tensor(), "row ids": list(n.nested_value_rowids()), "bounds": n.bounding_shape(),
        "bound": n.bounding_shape(axis=2), "bounds of axes": n.bounding_shape(axis=[0, 2]),
        "int32 bounds": n.with_row_splits_dtype(tf.int32).bounding_shape(),
        "int32": n.with_row_splits_dtype(tf.int32), "lengths in rows": n.row_lengths(axis=2), "starts": n.values.row_starts(),
        "other flat": n.with_flat_values(tf.ragged.constant([[1], [2], [3], [4], [5], [6], [7, 8]])),
        "sparse": R.from_sparse(n.values.to_sparse()), "nested ids": R.from_nested_value_rowids([1, 2, 3], [[0, 2],
            [0, 0, 1]], [4, 2]),
    })  # fmt: skip


def _invalid(name, make):
    @script("invalid_" + name, raises=True)
    def run(tf):
        made = make(tf.RaggedTensor, tf.placeholder_with_default([1, 2, 3], [3]), tf)
        with tf.Session() as session:
            return {"never": session.run(made.flat_values), "splits": session.run(made.row_splits)}


_invalid("splits_fall", lambda R, x, tf: R.from_row_splits(x, [0, 2, 1, 3]))
_invalid("splits_end", lambda R, x, tf: R.from_row_splits(x, [0, 2]))
_invalid("splits_begin", lambda R, x, tf: R.from_row_splits(x, [1, 3]))
_invalid("splits_type", lambda R, x, tf: R.from_row_splits(x, [0.0, 3.0]))
_invalid("no_splits", lambda R, x, tf: R.from_row_splits(x, []))
_invalid("lengths", lambda R, x, tf: R.from_row_lengths(x, [1, 1]))
_invalid("negative_lengths", lambda R, x, tf: R.from_row_lengths(x, [4, -1]))
_invalid("fed_lengths", lambda R, x, tf: R.from_row_lengths(x, tf.placeholder_with_default([1, 5], [2])))
_invalid("ids_fall", lambda R, x, tf: R.from_value_rowids(x, [1, 0, 2]))
_invalid("too_few_rows", lambda R, x, tf: R.from_value_rowids(x, [0, 1, 2], nrows=2))
_invalid("negative_rows", lambda R, x, tf: R.from_value_rowids(x, [0, 1, 2], nrows=-1))
_invalid("starts", lambda R, x, tf: R.from_row_starts(x, [1, 2]))
_invalid("limits", lambda R, x, tf: R.from_row_limits(x, [1, 2]))
_invalid("rank", lambda R, x, tf: R.from_tensor(x))
_invalid("ragged_rank", lambda R, x, tf: R.from_tensor([[1]], ragged_rank=0))
_invalid("lengths_and_padding", lambda R, x, tf: R.from_tensor([[1]], lengths=[1], padding=0))
_invalid("sparse", lambda R, x, tf: R.from_sparse(tf.SparseTensor([[0, 0], [2, 1]], [1, 2], [3, 2])))
_invalid("sparse_rank", lambda R, x, tf: R.from_sparse(tf.SparseTensor([[0]], [1], [3])))
_invalid("splits_dtype", lambda R, x, tf: R.from_row_splits(x, [0, 3]).with_row_splits_dtype(tf.float32))


# -- values, specs, sessions ---------------------------------------------------------------------------------------------


def listed(value):
    """A fetched value as lists, with its ragged rank."""
    if hasattr(value, "to_list"):
        return "%s %d" % (value.to_list(), value.ragged_rank)
    if isinstance(value, dict):
        return {key: listed(value[key]) for key in sorted(value)}
    if isinstance(value, tuple):
        return {"%d" % i: listed(item) for i, item in enumerate(value)}
    return value


def flat(prefix, value, found):
    if isinstance(value, dict):
        for key, item in value.items():
            flat(prefix + "/" + key, item, found)
    else:
        found[prefix] = value


@script()
def fed_and_fetched(tf):
    p, q = tf.ragged.placeholder(tf.int32, 2, []), tf.ragged.placeholder(tf.float32, 1, [2])
    v = tf.ragged.constant_value([[[1, 2], []], [[3]]], dtype=np.int32)
    w = tf.ragged.constant_value([[[1.0, 2.0]], []], ragged_rank=1, dtype=np.float32)
    with tf.Session() as session:
        found = session.run([p + 1, tf.reduce_sum(q, axis=1), {"x": q}], {p: v, q: w})
    return {"a": listed(found[0]), "b": found[1], "c": listed(found[2]["x"]), "shapes": "%s %s" % (p.shape, q.shape)}


@script()
def ragged_values(tf):
    v = tf.ragged.constant_value([[[1, 2], []], [[3]]])
    parts_of = "%s %s %s" % (v.flat_values.tolist(), [s.tolist() for s in v.nested_row_splits], v.ragged_rank)
    direct = tf.ragged.RaggedTensorValue(np.array([1, 2, 3]), np.array([0, 1, 3]))
    return {
        "list": str(v.to_list()), "parts": parts_of, "shape": str(v.shape), "type": str(v.dtype), "direct": str(direct.to_list()),
        "splits": direct.row_splits, "values": direct.values,
        "int32": tf.ragged.constant_value([[1]], row_splits_dtype="int32").row_splits,
        "flat": tf.ragged.constant_value([1, 2]), "texts": str(tf.ragged.constant_value([["a"], []]).to_list()),
    }  # fmt: skip


@script(raises=True)
def ragged_value_of_float_splits(tf):
    return {"never": tf.ragged.RaggedTensorValue(np.array([1, 2, 3]), np.array([0.0, 3.0])).to_list()}


@script()
def specs(tf):
    S, T = tf.RaggedTensorSpec, tf.TensorSpec
    a = S([2, None])
    return {
        "text": str(S([2, None], tf.int32)), "rank": str(S([2, None, 3], tf.int32, 1)),
        "compatible": a.is_compatible_with(S([None, None])),
        "other type": a.is_compatible_with(S([2, None], tf.int32)), "other kind": a.is_compatible_with(T([2, None])),
        "other rank": a.is_compatible_with(S([2, None, None])), "value": a.is_compatible_with(tf.ragged.constant([[1.0], []])),
        "common": str(a.most_specific_compatible_type(S([3, None]))), "equal": a == S([2, None]), "not": a == S([3, None]),
        "class": a.value_type.__name__, "of value": str(S.from_value(tf.ragged.constant([[1, 2], [3]]))),
        "hash": hash(a) == hash(S([2, None])),
        "tensor": T([2, None]).is_compatible_with(tf.zeros([2, 3])), "tensor class": T([2]).value_type.__name__,
        "sparse": str(tf.SparseTensorSpec([2, 3]).most_specific_compatible_type(tf.SparseTensorSpec([2, 4]))),
        "of tensor": str(T.from_tensor(tf.zeros([2], name="z"))), "of spec": str(T.from_spec(T([2], tf.int32, "a"), "b")),
    }  # fmt: skip


for _name, _make in (
    ("unknown", lambda tf: tf.RaggedTensorSpec()),
    ("too_deep", lambda tf: tf.RaggedTensorSpec([2, 3], ragged_rank=2)),
    ("no_int", lambda tf: tf.RaggedTensorSpec([2, 3], ragged_rank="1")),
    ("no_common", lambda tf: tf.RaggedTensorSpec([2, None]).most_specific_compatible_type(tf.RaggedTensorSpec([2, None],
        tf.int32))),
):  # fmt: skip
    script("spec_" + _name, raises=True)(lambda tf, make=_make: {"never": str(make(tf))})


# -- datasets ------------------------------------------------------------------------------------------------------------

R2, R3 = [[1, 2], [], [3]], [[[1, 2], [4]], [], [[3]]]

DATASETS = {
    "slices": lambda tf, D, R: D.from_tensor_slices(R(R2)),
    "slices_of_rows": lambda tf, D, R: D.from_tensor_slices(R(R3)),
    "whole": lambda tf, D, R: D.from_tensors(R(R2)),
    "value": lambda tf, D, R: D.from_tensors(tf.ragged.constant_value(R2)),
    "batched": lambda tf, D, R: D.from_tensor_slices(R(R3)).batch(2),
    "batched_wholes": lambda tf, D, R: D.from_tensors(R(R2)).repeat(3).batch(2),
    "mapped": lambda tf, D, R: D.from_tensor_slices(R(R3)).map(lambda r: (tf.reduce_sum(r), r + 1)),
    "made": lambda tf, D, R: D.range(4).map(lambda n: tf.ragged.range(tf.range(n))),
    "words": lambda tf, D, R: D.from_tensor_slices(["a b", "c"]).batch(2).map(
        lambda t: tf.strings.split(t, result_type="RaggedTensor")
    ),
    "flat_mapped": lambda tf, D, R: D.from_tensors(R(R2)).flat_map(lambda r: D.from_tensor_slices(r.to_tensor())),
    "filtered": lambda tf, D, R: D.from_tensor_slices(R(R3)).filter(lambda r: r.nrows() > 0),
    "dict": lambda tf, D, R: D.from_tensor_slices({"a": R(R2), "b": [1, 2, 3]}),
    "zipped": lambda tf, D, R: D.zip((D.from_tensor_slices(R(R3)), D.range(3))),
    "cached": lambda tf, D, R: D.from_tensor_slices(R(R3)).cache().repeat(2),
    "concatenated": lambda tf, D, R: D.from_tensors(R([[1]])).concatenate(D.from_tensors(R([[1], [2]]))),
}  # fmt: skip


def _dataset_case(name, make):
    @script("dataset_" + name, raises=name in ("slices", "dict", "concatenated"))
    def run(tf):
        dataset = make(tf, tf.data.Dataset, tf.ragged.constant)
        iterator = tf.data.make_initializable_iterator(dataset)
        element, found = iterator.get_next(), {"spec": str(dataset.element_spec), "shapes": str(dataset.output_shapes)}
        with tf.Session() as session:
            session.run(iterator.initializer)
            for i in range(9):
                try:
                    flat("%d" % i, listed(session.run(element)), found)
                except tf.errors.OutOfRangeError:
                    break
        return found


for _name, _make in DATASETS.items():
    _dataset_case(_name, _make)


@case(graph=False)
def reduced_dataset(tf):
    dataset = tf.data.Dataset.from_tensor_slices(tf.ragged.constant(R3))
    return dataset.reduce(0, lambda total, r: total + tf.size(r))


@script()
def iterator_of_structure(tf):
    dataset = tf.data.Dataset.from_tensor_slices(tf.ragged.constant(R3))
    iterator = tf.data.Iterator.from_structure(dataset.output_types, dataset.output_shapes, output_classes=dataset.output_classes)
    element, begin = iterator.get_next(), iterator.make_initializer(dataset)
    with tf.Session() as session:
        session.run(begin)
        return {"%d" % i: listed(session.run(element)) for i in range(3)}


# -- in branches, loops and functions; eagerly ---------------------------------------------------------------------------


@case(graph=False)
def rows_in_branches_and_loops(tf):
    r = tf.ragged.constant([[1, 2], [], [3]])
    go = tf.placeholder_with_default(True, [])
    return all_parts({
        "cond": tf.cond(go, lambda: r + 1, lambda: r),
        "cond of sums": tf.cond(go, lambda: tf.reduce_sum(r, 1), lambda: tf.reduce_max(r, 1)),
        "loop": tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x * 2), (0, r))[1],
        "function": tf.function(lambda x: x * 2)(r), "dense": tf.function(lambda x: x.to_tensor())(r),
    })  # fmt: skip


@eager_script()
def eager_rows(tf):
    r = tf.ragged.constant([[1.0, 2.0], [], [3.0]])
    v = tf.constant([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(v)
        y = tf.reduce_sum(r.with_flat_values(v) * r, axis=1)
    return {
        "text": str(r), "sum": (r + 1).to_list().__repr__(), "rows": tf.reduce_sum(r, axis=1), "slice": repr(r[1:].to_list()),
        "joined": repr(tf.concat([r, r], 1).to_list()), "row": r[0], "slope": tape.gradient(y, v), "shape": str(r.shape),
        "elements": repr([x.to_list() for x in tf.data.Dataset.from_tensor_slices(tf.ragged.constant([[[1]], [[2], [3, 4]]]))]),
        "column": repr((r * tf.constant([[1.0], [2.0], [3.0]])).to_list()), "words": str(tf.ragged.constant([["a"], []])),
    }  # fmt: skip
