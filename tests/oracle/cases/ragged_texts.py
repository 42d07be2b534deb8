"""Texts as characters, bytes and n-grams, in rows of different lengths; joined segments; ragged tensors themselves."""

import numpy as np

from tests.oracle.harness import case, floats

WORDS = np.array(["a\u00e9\u4e2d".encode("utf-8"), b"", "\U0001f600z".encode("utf-8")], object)
BROKEN = np.array([b"\xffab\xc3", b"\xe4\xb8", b"\xed\xa0\x80x", b"\xf0\x9f\x98", b"\xc0\xafy", b"\xe4\xe4\xb8\xad"], object)
MATRIX = np.array([[b"ab", b""], [b"c", "\u00fc".encode("utf-8")]], object)
TEXT = np.array([b"the quick brown fox", b"", b"one", b" two  words "], object)


def texts(tf, shape=(None,)):
    return tf.placeholder(tf.string, shape, name="x")


def parts(ragged):
    """A ragged tensor as its values and splits; a tensor as itself."""
    if not hasattr(ragged, "nested_row_splits"):
        return [ragged]
    return [ragged.flat_values] + list(ragged.nested_row_splits)


# -- characters ----------------------------------------------------------------------------------------------------------


@case(feeds={"x": WORDS}, graph=False)
def decoded(tf):
    x = texts(tf)
    return {
        "codes": parts(tf.strings.unicode_decode(x, "UTF-8")),
        "offsets": [parts(r) for r in tf.strings.unicode_decode_with_offsets(x, "UTF-8")],
        "characters": parts(tf.strings.unicode_split(x, "UTF-8")),
        "both": [parts(r) for r in tf.strings.unicode_split_with_offsets(x, "UTF-8")],
        "dense": tf.strings.unicode_decode(x, "UTF-8").to_tensor(-1),
    }


@case(feeds={"x": BROKEN}, graph=False)
def broken_texts(tf):
    x, decode = texts(tf), tf.strings.unicode_decode
    return {
        "replaced": [parts(r) for r in tf.strings.unicode_decode_with_offsets(x, "UTF-8")],
        "ignored": parts(decode(x, "UTF-8", errors="ignore")),
        "marked": parts(decode(x, "UTF-8", replacement_char=63)),
        "split": parts(tf.strings.unicode_split(x, "UTF-8", errors="ignore")),
    }


@case(feeds={"x": BROKEN}, raises=True)
def broken_texts_are_errors(tf):
    return tf.strings.unicode_decode(texts(tf), "UTF-8", errors="strict").flat_values


@case(feeds={"x": np.array([b"ab\x00c", b"\xe4\xf6", b"a\x01b\x7fz\n"], object)}, graph=False)
def other_encodings(tf):
    x = texts(tf)
    found = {}
    for encoding in ("UTF-16-BE", "UTF-16-LE", "ISO-8859-1", "US-ASCII", "latin1", "utf8"):
        found[encoding] = parts(tf.strings.unicode_decode(x, encoding))
    found["control"] = parts(tf.strings.unicode_decode(x, "ISO-8859-1", replace_control_characters=True))
    return found


@case(feeds={"x": MATRIX}, graph=False)
def characters_of_a_matrix(tf):
    x = texts(tf, (2, None))
    return {
        "codes": parts(tf.strings.unicode_decode(x, "UTF-8")),
        "characters": parts(tf.strings.unicode_split(x, "UTF-8")),
        "bytes": parts(tf.strings.bytes_split(x)),
        "words": parts(tf.strings.split(x, sep="b", result_type="RaggedTensor")),
    }


@case(feeds={"x": np.array("\u00e9t\u00e9".encode("utf-8"), object)}, graph=False)
def characters_of_one_text(tf):
    x = texts(tf, ())
    return {
        "codes": tf.strings.unicode_decode(x, "UTF-8"),
        "offsets": tf.strings.unicode_decode_with_offsets(x, "UTF-8"),
        "bytes": tf.strings.bytes_split(x),
        "characters": tf.strings.unicode_split(x, "UTF-8"),
    }


@case(feeds={"x": WORDS})
def transcoded(tf):
    x, transcode = texts(tf), tf.strings.unicode_transcode
    wide = transcode(x, "UTF-8", "UTF-16-BE")
    return [wide, transcode(wide, "UTF-16-BE", "UTF-8"), transcode(x, "UTF-8", "UTF-32-BE", name="wider")]


@case(feeds={"x": BROKEN})
def broken_transcoded(tf):
    x, transcode = texts(tf), tf.strings.unicode_transcode
    return [transcode(x, "UTF-8", "UTF-8"), transcode(x, "UTF-8", "UTF-8", errors="ignore", replacement_char=32)]


@case()
def scripts_of_characters(tf):
    codes = [1, 31, 0x5D0, 97, 0x4E2D, 0x3042, 0x30, -1, 0x110000, 0xE9, 0x1F600, 0x10FFFF, 0x410, 0x3B1, 0xAC00]
    return [tf.strings.unicode_script(tf.constant(codes)), tf.strings.unicode_script([[97], [98]], name="named")]


@case(graph=False)
def encoded(tf):
    encode = tf.strings.unicode_encode
    ragged = tf.ragged.constant([[72, 228, 0x4E2D], [], [0x1F600]], dtype=tf.int32)
    odd = tf.constant([[0x110000, 65], [-5, 66]])
    return {
        "one": encode(tf.constant([97, 233]), "UTF-8"),
        "rows": encode(tf.constant([[97, 98], [99, 100]]), "UTF-16-BE"),
        "boxes": encode(tf.constant([[[97], [98]], [[99], [100]]]), "UTF-8"),
        "ragged": encode(ragged, "UTF-8"),
        "replaced": encode(odd, "UTF-8", replacement_char=63),
        "ignored": encode(odd, "UTF-8", errors="ignore"),
        "half": encode(tf.constant([0xD800]), "UTF-8"),
        "deep": parts(encode(tf.ragged.constant([[[97], [98, 99]], [], [[100]]], dtype=tf.int32), "UTF-8")),
    }


@case(raises=True)
def encoded_out_of_range(tf):
    return tf.strings.unicode_encode(tf.constant([0x110000]), "UTF-8", errors="strict")


@case(raises=True)
def encoded_scalar(tf):
    return tf.strings.unicode_encode(tf.constant(97), "UTF-8")


@case(feeds={"x": WORDS}, raises=True)
def decoded_of_unknown_rank(tf):
    return tf.strings.unicode_decode(texts(tf, None), "UTF-8")


# -- pieces --------------------------------------------------------------------------------------------------------------


@case(feeds={"x": TEXT}, graph=False)
def words_in_rows(tf):
    x = texts(tf)
    return {
        "bytes": parts(tf.strings.bytes_split(x)),
        "words": parts(tf.strings.split(x, result_type="RaggedTensor")),
        "at most": parts(tf.strings.split(x, sep=" ", maxsplit=1, result_type="RaggedTensor")),
        "old": parts(tf.string_split(x, result_type="RaggedTensor")),
        "old with empty": parts(tf.string_split(x, skip_empty=False, result_type="RaggedTensor")),
    }


@case(raises=True)
def another_kind_of_result(tf):
    return tf.strings.split(tf.constant(["a"]), result_type="list")


@case(graph=False)
def ngrams_of_rows(tf):
    ragged = tf.ragged.constant([["a", "b", "c", "d"], [], ["e"], ["f", "g"]])
    full = tf.ragged.constant([["a", "b", "c", "d"], ["e"], ["f", "g"]])  # padded, TensorFlow reads past an empty row
    ngrams = tf.strings.ngrams
    return {
        "two": parts(ngrams(ragged, 2)),
        "both": parts(ngrams(ragged, [1, 3], separator="_")),
        "padded": parts(ngrams(full, 3, pad_values=("<", ">"))),
        "a little": parts(ngrams(full, 3, pad_values="-", padding_width=1)),
        "kept": parts(ngrams(ragged, 3, preserve_short_sequences=True)),
        "kept and padded": parts(ngrams(ragged, 5, pad_values="-", padding_width=1, preserve_short_sequences=True)),
        "vector": ngrams(tf.constant(["a", "b", "c"]), 2),
        "matrix": ngrams(tf.constant([["a", "b", "c"], ["d", "e", "f"]]), 2, pad_values="|"),
    }


@case(raises=True)
def ngrams_of_no_width(tf):
    return tf.strings.ngrams(tf.constant(["a"]), 0)


@case(raises=True)
def ngrams_padded_with_nothing(tf):
    return tf.strings.ngrams(tf.constant(["a"]), 2, padding_width=1)


@case(feeds={"x": TEXT, "ids": np.array([2, 0, 2, 1], np.int32)})
def segments_joined(tf):
    ids = tf.placeholder(tf.int32, [None], name="ids")
    x = texts(tf)
    return [tf.strings.unsorted_segment_join(x, ids, 4, separator=","), tf.strings.unsorted_segment_join(x, ids, 3)]


@case(feeds={"x": MATRIX})
def segments_of_a_matrix(tf):
    x = texts(tf, (2, 2))
    join = tf.strings.unsorted_segment_join
    return [join(x, [1, 0], 2), join(x, [[0, 1], [1, 0]], 2, "+", name="joined"), join(x, [0, 0], tf.constant(3))]


# -- ragged tensors ------------------------------------------------------------------------------------------------------


def rows(tf):
    """Three rows of fed numbers."""
    values = tf.placeholder(tf.float32, [6], name="values")
    return tf.RaggedTensor.from_row_splits(values, [0, 3, 3, 6])


@case(feeds={"values": floats(6)}, graph=False)
def ragged_parts(tf):
    r = rows(tf)
    return {
        "lengths": r.row_lengths(),
        "starts": r.row_starts(),
        "limits": r.row_limits(),
        "ids": r.value_rowids(),
        "rows": r.nrows(),
        "bounds": r.bounding_shape(),
        "one bound": r.bounding_shape(axis=1),
        "dense": r.to_tensor(),
        "filled": r.to_tensor(default_value=-1.0),
        "sparse": r.to_sparse(),
        "first": r[0],
        "last": r[-1],
        "slice": parts(r[1:]),
        "twice": parts(r.with_values(r.values * 2)),
        "mapped": parts(tf.ragged.map_flat_values(tf.square, r)),
        "summed": parts(tf.ragged.map_flat_values(tf.add, r, r.with_values(tf.ones([6])))),
    }


@case(graph=False)
def ragged_from_everything(tf):
    R = tf.RaggedTensor
    x = tf.constant([1, 2, 3, 4, 5])
    dense = tf.constant([[1, 2, 0], [3, 0, 0], [0, 4, 0]])
    return {
        "lengths": parts(R.from_row_lengths(x, [2, 0, 3])),
        "starts": parts(R.from_row_starts(x, [0, 2, 2])),
        "limits": parts(R.from_row_limits(x, [2, 2, 5])),
        "ids": parts(R.from_value_rowids(x, [0, 0, 2, 2, 2])),
        "ids and rows": parts(R.from_value_rowids(x, [0, 0, 2, 2, 2], nrows=5)),
        "nested splits": parts(R.from_nested_row_splits(x, [[0, 2, 3], [0, 1, 4, 5]])),
        "nested lengths": parts(R.from_nested_row_lengths(x, [[2, 1], [1, 3, 1]])),
        "tensor": parts(R.from_tensor(dense)),
        "padded": parts(R.from_tensor(dense, padding=0)),
        "cut": parts(R.from_tensor(dense, lengths=[1, 0, 3])),
        "deep": parts(R.from_tensor(tf.reshape(tf.range(12), [2, 3, 2]), ragged_rank=2)),
        "sparse": parts(R.from_sparse(tf.SparseTensor([[0, 0], [0, 1], [2, 0]], [7, 8, 9], [4, 3]))),
        "segments": tf.ragged.segment_ids_to_row_splits([0, 0, 2], num_segments=4),
        "splits": tf.ragged.row_splits_to_segment_ids([0, 2, 2, 5]),
    }


@case(graph=False)
def ragged_constants(tf):
    constant = tf.ragged.constant
    three = constant([[[1, 2], []], [], [[3]]])
    return {
        "two": parts(constant([[1, 2], [3], []])),
        "three": parts(three),
        "three dense": three.to_tensor(),
        "three sparse": three.to_sparse(),
        "pairs": parts(constant([[[1, 2], [3, 4]], [[5, 6]]], ragged_rank=1)),
        "pairs dense": constant([[[1, 2], [3, 4]], [[5, 6]]], ragged_rank=1).to_tensor(),
        "inner": parts(constant([[[1, 2]], []], inner_shape=(2,))),
        "texts": parts(constant([["a"], ["b", "c"]])),
        "texts dense": constant([["a"], ["b", "c"]]).to_tensor(),
        "floats": parts(constant([[1], []], dtype=tf.float64, row_splits_dtype=tf.int32)),
        "flat": parts(constant([1, 2, 3])),
        "lengths": [*constant([[[1, 2], []], [], [[3]]]).nested_row_lengths()],
    }


@case(feeds={"values": floats(6)}, grads=True, graph=False)
def slope_through_rows(tf):
    r = rows(tf)
    return tf.reduce_sum(tf.square(tf.ragged.map_flat_values(lambda v: v * tf.range(6.0), r).values))


@case(raises=True)
def ragged_of_uneven_depth(tf):
    return tf.ragged.constant([[1], [[2]]]).values


@case(raises=True)
def ragged_scalar(tf):
    return tf.RaggedTensor.from_tensor(tf.constant([1, 2]), ragged_rank=1).values
