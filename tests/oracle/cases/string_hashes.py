"""Hash buckets of texts, fingerprints, crosses of columns, the edit distance."""

import numpy as np

from tests.oracle.harness import case, floats, integers

WORDS = [b"", b"a", b"bc", b"abc", b"abcd", b"hello w", b"hello wo", b"hello world", b"0123456789abcdef"]
LONG = [b"0123456789abcdefg", b"x" * 31, b"x" * 32, b"y" * 33, b"z" * 63, b"z" * 64, b"0123456789" * 6 + b"01234"]
LONGER = [b"w" * 127, b"w" * 128, b"w" * 129, b"0123456789" * 20, b"q" * 191 + b"r", bytes(range(256)) * 3]
TEXTS = np.array(WORDS + LONG + LONGER, object)
ODD = np.array([["\u00e9t\u00e9".encode("utf-8"), b"\x00\x01"], [b"\xff", b" "]], object)


def texts(tf, name="x", shape=(None,)):
    return tf.placeholder(tf.string, shape, name=name)


@case(feeds={"x": TEXTS})
def legacy_bucket(tf):
    x = texts(tf)
    return [tf.string_to_hash_bucket(x, n) for n in (1, 7, 1000, 2**62)]


@case(feeds={"x": TEXTS})
def fast_bucket(tf):
    x = texts(tf)
    return [tf.string_to_hash_bucket_fast(x, n) for n in (1, 7, 1000, 2**62)] + [
        tf.strings.to_hash_bucket_fast(x, 3, name="named")
    ]


@case(feeds={"x": TEXTS})
def strong_bucket(tf):
    x = texts(tf)
    keys = [0, 0], [1, 2], [2**62 + 5, 123456789]
    return [tf.string_to_hash_bucket_strong(x, 2**62, key) for key in keys] + [
        tf.strings.to_hash_bucket_strong(x, 10, [3, 4])
    ]


@case(feeds={"x": ODD})
def buckets_of_matrices(tf):
    x = texts(tf, shape=(2, None))
    return [
        tf.strings.to_hash_bucket(x, 50),
        tf.strings.to_hash_bucket(input=x, num_buckets=51),
        tf.strings.to_hash_bucket_fast(x, 50),
        tf.strings.to_hash_bucket_strong(x, 50, [7, 8]),
    ]


@case()
def bucket_of_a_scalar(tf):
    return [tf.string_to_hash_bucket_fast("hello", 1000), tf.string_to_hash_bucket_fast(["a", "b"], 5)]


@case(raises=True)
def no_buckets(tf):
    return tf.string_to_hash_bucket_fast(["a"], 0)


@case(raises=True)
def buckets_of_numbers(tf):
    return tf.string_to_hash_bucket_fast([1, 2], 5)


@case(raises=True)
def strong_key_too_short(tf):
    return tf.string_to_hash_bucket_strong(["a"], 5, [1])


# -- fingerprints --------------------------------------------------------------------------------------------------------


@case(feeds={"x": TEXTS})
def fingerprint_of_texts(tf):
    return tf.fingerprint(texts(tf))


@case(feeds={"x": ODD})
def fingerprint_of_rows_of_texts(tf):
    return tf.fingerprint(texts(tf, shape=(None, 2)))


@case(feeds={"x": floats(4, 3, 2), "i": integers(5), "d": floats(3, 20, dtype=np.float64)})
def fingerprint_of_numbers(tf):
    return [
        tf.fingerprint(tf.placeholder(tf.float32, [None, 3, 2], name="x")),
        tf.fingerprint(tf.placeholder(tf.int32, [5], name="i"), method="farmhash64"),
        tf.fingerprint(tf.placeholder(tf.float64, name="d")),
        tf.fingerprint(tf.constant([[True, False], [False, False]])),
    ]


@case(raises=True)
def unknown_fingerprint(tf):
    return tf.fingerprint(tf.constant(["a"]), method=tf.constant("md5"))


# -- crosses -------------------------------------------------------------------------------------------------------------


def letters(tf):
    """A SparseTensor of texts with an empty row."""
    values = texts(tf, "letters", (4,))
    return tf.SparseTensor([[0, 0], [1, 0], [1, 1], [3, 1]], values, [4, 2])


def numbers(tf):
    values = tf.placeholder(tf.int32, [6], name="numbers")
    return tf.SparseTensor([[0, 0], [1, 0], [1, 1], [2, 1], [3, 0], [3, 1]], values, [4, 2])


FED = {
    "letters": np.array([b"a", b"b", b"c", b"a"], object),
    "numbers": np.array([4, 5, 6, -1, 0, 2**31 - 1], np.int32),
    "d": np.array([[b"f", b"g"], [b"h", b""], [b"i", b"j"], [b"k", b"l"]], object),
    "n": np.array([[1, -2], [3, 4], [5, 6], [7, 8]], np.int64),
}


def dense(tf):
    return texts(tf, "d", (None, 2))


def dense_numbers(tf):
    return tf.placeholder(tf.int64, [None, 2], name="n")


@case(feeds={key: FED[key] for key in ("letters", "d")})
def cross_of_texts(tf):
    return tf.sparse.cross([letters(tf), dense(tf)])


@case(feeds=FED)
def cross_of_all_kinds(tf):
    return tf.sparse.cross([dense(tf), letters(tf), numbers(tf), dense_numbers(tf)])


@case(feeds={key: FED[key] for key in ("letters", "d")})
def hashed_cross_of_texts(tf):
    return tf.sparse.cross_hashed([letters(tf), dense(tf)])


@case(feeds=FED)
def hashed_cross_of_all_kinds(tf):
    return tf.sparse.cross_hashed([numbers(tf), dense(tf), letters(tf), dense_numbers(tf)], num_buckets=1000)


@case(feeds={key: FED[key] for key in ("numbers", "n")})
def hashed_cross_of_numbers(tf):
    return tf.sparse.cross_hashed([numbers(tf), dense_numbers(tf)], num_buckets=100, hash_key=12345)


@case(feeds={key: FED[key] for key in ("letters", "n")})
def hashed_cross_with_a_key(tf):
    sides = [letters(tf), dense_numbers(tf)]
    return {
        "small": tf.sparse.cross_hashed(sides, num_buckets=13, hash_key=1),
        "large": tf.sparse.cross_hashed(sides, hash_key=2**60 + 7),
        "zero": tf.sparse.cross_hashed(sides, hash_key=0),
    }


@case(feeds={"letters": FED["letters"]})
def cross_with_itself(tf):
    sp = letters(tf)
    return [tf.sparse.cross([sp, sp, sp]), tf.sparse.cross([sp]), tf.sparse.cross_hashed([sp], num_buckets=9)]


@case(raises=True)
def cross_of_a_tuple(tf):
    return tf.sparse.cross((tf.constant([["a"]]), tf.constant([["b"]])))


@case(raises=True)
def cross_of_lists(tf):
    return tf.sparse.cross([[["a"]], [["b"]]])


# -- edit distance -------------------------------------------------------------------------------------------------------


def words(tf, rows, dtype=None):
    """A SparseTensor of the characters of texts, or of lists of numbers."""
    indices = [[i, j] for i, row in enumerate(rows) for j in range(len(row))]
    values = [item for row in rows for item in row]
    width = max(map(len, rows))
    values = tf.constant(values, dtype) if dtype else tf.constant(values)
    return tf.SparseTensor(np.array(indices, np.int64).reshape(-1, 2), values, [len(rows), width])


@case(graph=False)
def edit_distance_of_words(tf):
    first = words(tf, ["kitten", "", "saturday", "abc", "x"])
    second = words(tf, ["sitting", "ab", "sunday", "", "x"])
    return [
        tf.edit_distance(first, second),
        tf.edit_distance(first, second, normalize=False),
        tf.edit_distance(second, first, normalize=False, name="back"),
    ]


@case()
def edit_distance_of_numbers(tf):
    first = words(tf, [[1, 2, 3], [4], [5, 6]])
    second = words(tf, [[1, 3], [4, 4, 4, 4], [6, 5]])
    return [tf.edit_distance(first, second), tf.edit_distance(first, second, normalize=False)]


@case(graph=False)
def edit_distance_of_other_shapes(tf):
    first = tf.SparseTensor([[0, 0, 0], [1, 0, 1]], ["a", "b"], [2, 1, 2])
    second = tf.SparseTensor([[0, 1, 0], [1, 0, 0], [1, 1, 0]], ["a", "b", "a"], [2, 2, 2])
    return [tf.edit_distance(first, second), tf.edit_distance(first, second, normalize=False)]


@case(feeds={"h": np.array([3, 1, 2], np.int64)})
def edit_distance_fed(tf):
    values = tf.placeholder(tf.int64, [None], name="h")
    first = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], values, tf.placeholder_with_default(np.int64([3, 2]), [2]))
    second = words(tf, [[3], [1], [2]], tf.int64)
    return tf.edit_distance(first, second)


@case(raises=True)
def edit_distance_of_dense(tf):
    return tf.edit_distance(tf.constant(["a"]), words(tf, ["a"]))


@case(raises=True)
def edit_distance_of_ranks_that_differ(tf):
    return tf.edit_distance(tf.SparseTensor([[0, 0, 0]], ["a"], [1, 1, 1]), words(tf, ["a"]))
