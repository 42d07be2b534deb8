"""Examples and SequenceExamples, raw numbers, CSV, JSON, serialized tensors."""

import zlib

import numpy as np

from tests.oracle.harness import case, script


def feature(tf, values):
    """A Feature of floats, ints or bytes, by the type of its first value; an empty list is a list of floats."""
    values = list(values)
    if values and isinstance(values[0], bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if values and isinstance(values[0], int):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))


def example(tf, **lists):
    features = {key: feature(tf, values) for key, values in lists.items()}
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def sequence(tf, context, **lists):
    context = tf.train.Features(feature={key: feature(tf, values) for key, values in context.items()})
    steps = {key: tf.train.FeatureList(feature=[feature(tf, values) for values in rows]) for key, rows in lists.items()}
    return tf.train.SequenceExample(
        context=context, feature_lists=tf.train.FeatureLists(feature_list=steps)
    ).SerializeToString()


def attempt(tf, build, messages=False):
    """The values of what `build` makes, or the kind of error of building or running it."""
    with tf.Graph().as_default(), tf.Session() as sess:
        try:
            return sess.run(build())
        except (ValueError, TypeError) as error:
            return "building", type(error).__name__
        except tf.errors.OpError as error:
            return "running", type(error).__name__


DENSE = {"f": ([2], "float32", None), "i": ([], "int64", None), "s": ([1, 2], "string", None)}


def dense(tf):
    return {k: tf.FixedLenFeature(shape, getattr(tf, t), d) for k, (shape, t, d) in DENSE.items()}


def everything(tf):
    return dict(
        dense(tf),
        var=tf.VarLenFeature(tf.int64),
        words=tf.VarLenFeature(tf.string),
        seq=tf.FixedLenSequenceFeature([2], tf.float32, allow_missing=True, default_value=-1.0),
        texts=tf.FixedLenSequenceFeature([], tf.string, allow_missing=True),
        sp=tf.SparseFeature("ix", "val", tf.float32, 10),
        opt=tf.FixedLenFeature([2], tf.int64, [7, 8]),
        flag=tf.FixedLenFeature([], tf.string, "none"),
    )


def records(tf):
    return [
        example(
            tf,
            f=[1.0, 2.0],
            i=[3],
            s=[b"a", b"b"],
            var=[1, 2, 3],
            words=[b"x"],
            seq=[1.0, 2.0, 3.0, 4.0],
            ix=[4, 1],
            val=[0.5, 1.5],
            opt=[1, 2],
        ),
        example(tf, f=[3.0, 4.0], i=[-5], s=[b"c", b""], texts=[b"t", b"u"], flag=[b"yes"]),
        example(tf, f=[5.0, 6.0], i=[2**40], s=[b"d", b"e"], var=[9], seq=[5.0, 6.0], ix=[9], val=[2.5], extra=[1.0]),
    ]


@script(graph=True)
def single_all(tf):
    text = tf.placeholder(tf.string, [], name="text")
    parsed = tf.parse_single_example(text, everything(tf))
    with tf.Session() as sess:
        return {
            "shapes": {k: str(t.shape) for k, t in parsed.items() if k != "sp"},
            "values": [sess.run(parsed, {text: record}) for record in records(tf)],
        }


@script(graph=True)
def batch_all(tf):
    text = tf.placeholder(tf.string, [None], name="text")
    parsed = tf.parse_example(text, everything(tf), name="parse")
    with tf.Session() as sess:
        return {
            "values": sess.run(parsed, {text: records(tf)}),
            "one": sess.run(parsed, {text: records(tf)[1:2]}),
            "shapes": {k: str(t.shape) for k, t in parsed.items() if k != "sp"},
        }


@script(graph=True)
def batch_known_size(tf):
    text = tf.placeholder(tf.string, [3], name="text")
    parsed = tf.parse_example(text, dense(tf), example_names=["a", "b", "c"])
    with tf.Session() as sess:
        return {"values": sess.run(parsed, {text: records(tf)}), "shapes": {k: str(t.shape) for k, t in parsed.items()}}


@script(graph=True)
def sparse_of_rank_two(tf):
    texts = [example(tf, r=[0, 2, 1], c=[3, 0, 1], v=[1.0, 2.0, 3.0]), example(tf, r=[1], c=[1], v=[4.0])]
    text = tf.placeholder(tf.string, [None], name="text")
    parsed = tf.parse_example(text, {"m": tf.SparseFeature(["r", "c"], "v", tf.float32, [3, 4])})
    with tf.Session() as sess:
        return sess.run(parsed, {text: texts})


@script()
def empty_batch(tf):
    text = tf.placeholder(tf.string, [None])
    parsed = tf.parse_example(text, {"f": tf.FixedLenFeature([2], tf.float32), "v": tf.VarLenFeature(tf.string)})
    with tf.Session() as sess:
        return sess.run(parsed, {text: np.zeros([0], object)})


@script()
def example_errors(tf):
    full = example(tf, f=[1.0, 2.0])
    f, var = tf.FixedLenFeature, tf.VarLenFeature
    out = {}
    for name, text, wanted in [
        ("missing", full, {"g": f([], tf.float32)}),
        ("type", full, {"f": f([2], tf.int64)}),
        ("size", full, {"f": f([3], tf.float32)}),
        ("var type", full, {"f": var(tf.int64)}),
        ("fine", full, {"f": f([2], tf.float32)}),
        ("reshaped", full, {"f": f([1, 2, 1], tf.float32)}),
        ("no type", full, {"f": f([2], None)}),
        ("no shape", full, {"f": f(None, tf.float32)}),
        ("open shape", full, {"f": f([None], tf.float32)}),
        ("double", full, {"f": f([2], tf.float64)}),
        ("nothing", full, {}),
        ("no feature", full, {"f": 3}),
        ("not optional", full, {"f": tf.FixedLenSequenceFeature([], tf.float32)}),
        ("default size", full, {"g": f([2], tf.float32, [1.0])}),
        ("stride", example(tf, f=[1.0, 2.0, 3.0]), {"f": tf.FixedLenSequenceFeature([2], tf.float32, True)}),
        ("no index", full, {"f": tf.SparseFeature(None, "v", tf.float32, 3)}),
        ("conflict", full, {"f": tf.SparseFeature("v", "v", tf.float32, 3)}),
    ]:
        out[name + " single"] = attempt(tf, lambda: tf.parse_single_example(tf.constant(text), wanted))
        out[name + " batch"] = attempt(tf, lambda: tf.parse_example(tf.constant([text]), wanted))
    out["vector"] = attempt(tf, lambda: tf.parse_single_example(tf.constant([full]), {"f": f([2], tf.float32)}))
    return out


@script()
def empty_features(tf):
    """A feature without a list, and one with an empty list."""
    bare = tf.train.Example(features=tf.train.Features(feature={"f": tf.train.Feature()})).SerializeToString()
    hollow = example(tf, f=[])
    out = {}
    for name, text in (("bare", bare), ("hollow", hollow)):
        for kind, wanted in [
            ("default", tf.FixedLenFeature([2], tf.float32, [1.0, 2.0])),
            ("required", tf.FixedLenFeature([2], tf.float32)),
            ("var", tf.VarLenFeature(tf.float32)),
            ("other", tf.VarLenFeature(tf.string)),
            ("seq", tf.FixedLenSequenceFeature([], tf.float32, True)),
        ]:
            out["%s %s single" % (name, kind)] = attempt(
                tf, lambda: tf.parse_single_example(tf.constant(text), {"f": wanted})
            )
            out["%s %s batch" % (name, kind)] = attempt(
                tf, lambda: tf.parse_example(tf.constant([text]), {"f": wanted})
            )
    return out


def sequences(tf):
    return [
        sequence(tf, {"n": [2], "w": [b"p", b"q"]}, tokens=[[1, 2], [3, 4]], tags=[[b"a"], [b""], [b"b", b"c"]]),
        sequence(tf, {"n": [1]}, tokens=[[5, 6]], tags=[[b"d"]], maybe=[[1.0], [2.0], [3.0]]),
    ]


def sequence_features(tf):
    context = {
        "n": tf.FixedLenFeature([], tf.int64),
        "w": tf.VarLenFeature(tf.string),
        "o": tf.FixedLenFeature([1], tf.float32, [9.0]),
    }
    steps = {
        "tokens": tf.FixedLenSequenceFeature([2], tf.int64),
        "tags": tf.VarLenFeature(tf.string),
        "maybe": tf.FixedLenSequenceFeature([], tf.float32, allow_missing=True),
    }
    return context, steps


@script(graph=True)
def single_sequence(tf):
    text = tf.placeholder(tf.string, [], name="text")
    parsed = tf.parse_single_sequence_example(text, *sequence_features(tf))
    with tf.Session() as sess:
        return {
            "values": [sess.run(parsed, {text: t}) for t in sequences(tf)],
            "shapes": [{k: str(t.shape) for k, t in part.items()} for part in parsed],
        }


@script(graph=True)
def batch_of_sequences(tf):
    text = tf.placeholder(tf.string, [None], name="text")
    parsed = tf.io.parse_sequence_example(text, *sequence_features(tf))
    with tf.Session() as sess:
        return {
            "values": sess.run(parsed, {text: sequences(tf)}),
            "shapes": [{k: str(t.shape) for k, t in part.items()} for part in parsed],
        }


@script()
def sequence_errors(tf):
    text = sequences(tf)[0]
    context, steps = sequence_features(tf)
    out = {}
    for name, c, s in [
        ("missing list", None, {"none": tf.FixedLenSequenceFeature([], tf.int64)}),
        ("size", None, {"tokens": tf.FixedLenSequenceFeature([3], tf.int64)}),
        ("type", None, {"tokens": tf.FixedLenSequenceFeature([2], tf.float32)}),
        ("missing context", {"z": tf.FixedLenFeature([], tf.int64)}, None),
        ("missing var", None, {"none": tf.VarLenFeature(tf.int64)}),
        ("nothing", None, None),
        ("wrong kind", {"n": tf.FixedLenSequenceFeature([], tf.int64)}, None),
        ("fixed in steps", None, {"tokens": tf.FixedLenFeature([2], tf.int64)}),
    ]:
        out[name] = attempt(tf, lambda: tf.parse_single_sequence_example(tf.constant(text), c, s))
    return out


# -- raw numbers ---------------------------------------------------------------------------------------------------------

for _type in (
    "uint8",
    "int8",
    "uint16",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
    "bool",
    "complex64",
):

    @case("raw_" + _type)
    def raw(tf, kind=_type):
        data = np.arange(6).astype(kind).tobytes()
        return tf.decode_raw(tf.constant([[data], [data]]), getattr(tf, kind))


@case()
def raw_big_endian(tf):
    return [
        tf.decode_raw(tf.constant(b"\x01\x02\x03\x04"), t, little_endian=False) for t in (tf.int16, tf.int32, tf.uint8)
    ]


@case()
def raw_empty(tf):
    return [
        tf.decode_raw(tf.constant([b"", b""]), tf.float32),
        tf.decode_raw(bytes=tf.constant(b"ab"), out_type=tf.uint8),
    ]


@script()
def raw_errors(tf):
    return {
        "odd": attempt(tf, lambda: tf.decode_raw(tf.constant(b"abc"), tf.int16)),
        "unequal": attempt(tf, lambda: tf.decode_raw(tf.constant([b"ab", b"abcd"]), tf.int16)),
    }


# -- CSV -----------------------------------------------------------------------------------------------------------------


@case()
def csv_all_types(tf):
    lines = tf.constant(["1,2.5,x,9000000000,1e300", "-3, 4 ,,5,6", ",,,,"])
    return tf.decode_csv(lines, [[0], [1.5], ["none"], tf.constant([7], tf.int64), tf.constant([0.25], tf.float64)])


@case()
def csv_scalar(tf):
    return tf.decode_csv("5,a", [[1], ["b"]])


@case()
def csv_matrix(tf):
    return tf.decode_csv([["1,2", "3,4"]], [[1], tf.constant([2.0])])


@case()
def csv_quotes(tf):
    return tf.decode_csv(['"a,b","c ""d""",e', '"",f,"g"', '"h\ni",j,'], [["-"], ["-"], ["-"]])


@case()
def csv_without_quotes(tf):
    return tf.decode_csv(['"a",b"c'], [["-"], ["-"]], use_quote_delim=False)


@case()
def csv_tabs_and_na(tf):
    return tf.decode_csv(["1\tNA\tx", "NA\t2\tNA"], [[9], [9.0], ["z"]], field_delim="\t", na_value="NA")


@case()
def csv_columns(tf):
    return tf.decode_csv(["1,2,3,4", "5,6,7,8"], [[0], [0.0]], select_cols=[1, 3])


@case()
def csv_required(tf):
    return tf.decode_csv(["1,2"], [tf.constant([], tf.int32), tf.constant(3.0)])


@script()
def csv_errors(tf):
    out = {}
    for name, line, defaults in [
        ("few", "1", [[1], [1]]),
        ("many", "1,2,3", [[1], [1]]),
        ("required", ",1", [[], [1]]),
        ("no int", "a,1", [[1], [1]]),
        ("float as int", "1.5,1", [[1], [1]]),
        ("large", "3000000000,1", [[1], [1]]),
        ("no float", "x,1", [[1.0], [1]]),
        ("quote", 'a"b,1', [["a"], [1]]),
        ("open", '"ab,1', [["a"], [1]]),
        ("inside", '"a"b,1', [["a"], [1]]),
        ("newline", "a\nb,1", [["a"], [1]]),
        ("nothing", "", [["a"]]),
        ("under_score", "1_0,1", [[1], [1]]),
        ("spaces", " 5 ,1 ", [[1], [1]]),
        ("end", "a,1\n", [["a"], ["b"]]),
        ("hex", "0x10,1", [[1], [1]]),
        ("inf", "inf,nan", [[1.0], [1.0]]),
        ("newlines first", "\n\r7,1", [[1], [1]]),
    ]:
        out[name] = attempt(
            tf, lambda: tf.decode_csv(line, [tf.constant(d, tf.int32) if d == [] else d for d in defaults])
        )
    for name, columns in [("falling", [2, 1]), ("negative", [-1, 1]), ("count", [1])]:
        out[name] = attempt(tf, lambda: tf.decode_csv("1,2,3", [[1], [1]], select_cols=columns))
    return out


# -- JSON, compressed, serialized ----------------------------------------------------------------------------------------


@case()
def json_examples(tf):
    text = '{"features": {"feature": {"a": {"floatList": {"value": [1.0, 2.5]}}}}}'
    binary = tf.decode_json_example(tf.constant([text, "{}"]))
    return {"a": tf.parse_example(binary, {"a": tf.FixedLenFeature([2], tf.float32, [0.0, 0.0])})["a"]}


@case()
def decompressed(tf):
    packed = tf.constant([zlib.compress(b"hello" * 9), zlib.compress(b"")])
    return [tf.decode_compressed(packed, "ZLIB"), tf.decode_compressed(tf.constant(["plain"]))]


for _type in ("float32", "int64", "string", "bool", "float16", "complex64", "uint8", "int16"):

    @case("serialize_" + _type)
    def serialize(tf, kind=_type):
        value = (
            np.array([[b"a", b""], [b"c", b"dd"]], object)
            if kind == "string"
            else np.arange(6).reshape(2, 3).astype(kind)
        )
        text = tf.io.serialize_tensor(tf.constant(value))
        scalar = tf.serialize_tensor(tf.constant(value[1, 1]))
        return {
            "text": text,
            "back": tf.parse_tensor(text, getattr(tf, kind)),
            "scalar": scalar,
            "again": tf.io.parse_tensor(scalar, getattr(tf, kind)),
        }


@script()
def parse_tensor_errors(tf):
    return {
        "type": attempt(tf, lambda: tf.parse_tensor(tf.serialize_tensor(tf.constant(1.0)), tf.int32)),
        "garbage": attempt(tf, lambda: tf.parse_tensor(tf.constant("garbage"), tf.int32)),
    }


@case()
def serialized_sparse(tf):
    sp = tf.SparseTensor([[0, 1], [2, 0]], [1.5, 2.5], [3, 4])
    many = tf.io.serialize_many_sparse(sp)
    back = tf.io.deserialize_many_sparse(many, tf.float32, rank=2)
    one = tf.serialize_sparse(sp)
    two = tf.deserialize_many_sparse(tf.stack([one, one]), tf.float32)
    return {"one": one, "back": back, "two": two}
