"""Feature columns: input layers, linear models, specs for parsing; dense, categorical, crossed, embedded, of sequences."""

import numpy as np

from tests.oracle.harness import Folder, case, floats, kind_made, script

A = floats(3, 2)
S = np.array([[b"x", b"q"], [b"", b"z"], [b"y", b"y"]], object)
I = np.array([0, 3, 2], np.int64)  # noqa: E741
ALL = {"a": A, "s": S, "i": I}


def features(tf, *keys):
    """Placeholders for the features; `s` is a matrix of texts, `i` a vector of numbers."""
    made = {
        "a": lambda: tf.placeholder(tf.float32, [None, 2], name="a"),
        "s": lambda: tf.placeholder(tf.string, [None, 2], name="s"),
        "i": lambda: tf.placeholder(tf.int64, [None], name="i"),
    }
    return {key: made[key]() for key in keys or ("a", "s", "i")}


def fed(*keys):
    return {key: ALL[key] for key in keys}


def texts_as_sparse(tf):
    return {"s": tf.SparseTensor([[0, 0], [1, 0], [1, 1], [3, 0]], ["x", "y", "x", "z"], [4, 2])}


def ran(tf, fetches, feeds=None):
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.tables_initializer()])
        return sess.run(fetches, feeds)


def all_columns(tf):
    """Columns of all kinds that need no table, by name."""
    fc = tf.feature_column
    number = fc.numeric_column("a", shape=(2,), normalizer_fn=lambda x: x / 2)
    buckets = fc.bucketized_column(number, [-0.5, 0.0, 0.5])
    hashed = fc.categorical_column_with_hash_bucket("s", 6)
    identity = fc.categorical_column_with_identity("i", 4, default_value=0)
    crossed = fc.crossed_column(["s", identity, buckets], 20)
    return {"number": number, "buckets": buckets, "hashed": hashed, "identity": identity, "crossed": crossed}


# -- numbers -------------------------------------------------------------------------------------------------------------


@case(feeds=fed("a"), grads=True)
def numbers(tf):
    fc = tf.feature_column
    f = features(tf, "a")
    f["b"] = f["a"][:, :1] * 2
    columns = [fc.numeric_column("b"), fc.numeric_column("a", shape=2, normalizer_fn=lambda x: (x - 1.0) / 3.0)]
    return tf.feature_column.input_layer(f, columns)


@case()
def numbers_of_any_rank(tf):
    fc = tf.feature_column
    f = {"v": tf.constant([1, 2]), "m": tf.constant([[1.5], [2.5]]), "c": tf.reshape(tf.range(12.0), [2, 2, 3])}
    return fc.input_layer(f, [fc.numeric_column("v"), fc.numeric_column("m"), fc.numeric_column("c", shape=(2, 3))])


@case(feeds=fed("a"))
def buckets(tf):
    fc = tf.feature_column
    return fc.input_layer(features(tf, "a"), fc.bucketized_column(fc.numeric_column("a", shape=[2]), [-1.0, 0.0, 1.0]))


@case(feeds={"a": np.array([[1.0, 2.0], [0.0, 3.0], [-1.0, 1.0]], np.float32)})
def numbers_on_boundaries(tf):
    fc = tf.feature_column
    return fc.input_layer(features(tf, "a"), [fc.bucketized_column(fc.numeric_column("a", shape=2), (0, 1, 2))])


# -- categories ----------------------------------------------------------------------------------------------------------


@case(feeds=fed("s"))
def hash_buckets(tf):
    fc = tf.feature_column
    return fc.input_layer(features(tf, "s"), fc.indicator_column(fc.categorical_column_with_hash_bucket("s", 6)))


@case()
def hash_buckets_of_numbers(tf):
    fc = tf.feature_column
    column = fc.categorical_column_with_hash_bucket("n", 10, dtype=tf.int32)
    return fc.input_layer({"n": tf.constant([[7, -1], [8, 9]])}, [fc.indicator_column(column)])


@case()
def hash_buckets_of_sparse_texts(tf):
    fc = tf.feature_column
    column = fc.categorical_column_with_hash_bucket("s", 5)
    return fc.input_layer(texts_as_sparse(tf), [fc.indicator_column(column)])


@case(feeds={"i": np.array([0, 3, 7], np.int64)})
def identity_with_a_default(tf):
    fc = tf.feature_column
    return fc.input_layer(
        features(tf, "i"), [fc.indicator_column(fc.categorical_column_with_identity("i", 4, default_value=1))]
    )


@case(feeds=fed("i"), graph=False)
def identity(tf):
    fc = tf.feature_column
    return fc.input_layer(features(tf, "i"), [fc.indicator_column(fc.categorical_column_with_identity("i", 4))])


@case(feeds={"i": np.array([0, 4, 2], np.int64)}, raises=True)
def identity_too_large(tf):
    fc = tf.feature_column
    return fc.input_layer(features(tf, "i"), [fc.indicator_column(fc.categorical_column_with_identity("i", 4))])


@case(feeds={"i": np.array([0, -3, 2], np.int64)}, raises=True)
def identity_negative(tf):
    fc = tf.feature_column
    return fc.input_layer(features(tf, "i"), [fc.indicator_column(fc.categorical_column_with_identity("i", 4))])


@script(graph=True)
def vocabulary_lists(tf):
    fc = tf.feature_column
    f = features(tf, "s", "i")
    words = fc.categorical_column_with_vocabulary_list("s", ["x", "y", "z"])
    numbers = fc.categorical_column_with_vocabulary_list("i", [3, 0], num_oov_buckets=2)
    y = fc.input_layer(f, [fc.indicator_column(words), fc.indicator_column(numbers)])
    return {"y": ran(tf, y, {f["s"]: S, f["i"]: I})}


@script(graph=True)
def vocabulary_list_with_a_default(tf):
    fc = tf.feature_column
    f = features(tf, "s")
    words = fc.categorical_column_with_vocabulary_list("s", ("x", "y"), default_value=1)
    y = fc.input_layer(f, fc.indicator_column(words))
    return {"y": ran(tf, y, {f["s"]: S})}


@script(graph=True)
def vocabulary_files(tf):
    fc = tf.feature_column
    with Folder(words=b"x\ny\nz\n", numbers=b"3\n0\n"):
        f = features(tf, "s", "i")
        words = fc.categorical_column_with_vocabulary_file("s", "words", num_oov_buckets=2)
        numbers = fc.categorical_column_with_vocabulary_file("i", "numbers", vocabulary_size=1, dtype=tf.int64)
        y = fc.input_layer(f, [fc.indicator_column(words), fc.indicator_column(numbers)])
        return {"y": ran(tf, y, {f["s"]: S, f["i"]: I}), "sizes": [words.num_buckets, numbers.num_buckets]}


@case(feeds=dict(fed("s"), w=np.array([[0.5, 2.0], [1.0, 3.0], [0.25, 4.0]], np.float32)))
def weighted_categories(tf):
    fc = tf.feature_column
    f = features(tf, "s")
    f["s"] = tf.where(tf.equal(f["s"], ""), tf.fill(tf.shape(f["s"]), "w"), f["s"])
    f["w"] = tf.placeholder(tf.float32, [None, 2], name="w")
    column = fc.weighted_categorical_column(fc.categorical_column_with_hash_bucket("s", 6), "w")
    return {"indicator": fc.input_layer(f, [fc.indicator_column(column)]), "linear": fc.linear_model(f, [column])}


@case(feeds=fed("s", "i", "a"))
def crosses(tf):
    fc = tf.feature_column
    found = all_columns(tf)
    other = fc.crossed_column([found["identity"], "s"], 7, hash_key=5)
    nested = fc.crossed_column([other, found["buckets"]], 11)
    f = features(tf)
    return [fc.input_layer(f, [fc.indicator_column(c)]) for c in (found["crossed"], other, nested)]


# -- embeddings ----------------------------------------------------------------------------------------------------------


@case(feeds=fed("s"), grads=True)
def embedding(tf):
    fc = tf.feature_column
    tf.set_random_seed(3)
    return fc.input_layer(features(tf, "s"), [fc.embedding_column(fc.categorical_column_with_hash_bucket("s", 6), 3)])


@case(feeds=fed("s"), grads=True)
def embeddings_of_all_kinds(tf):
    fc = tf.feature_column
    hashed = fc.categorical_column_with_hash_bucket("s", 6)
    start = tf.constant_initializer(np.arange(12.0).reshape(6, 2) / 4)
    f, made = features(tf, "s"), []
    for combiner in ("mean", "sqrtn", "sum"):
        with tf.variable_scope(combiner):
            made.append(fc.input_layer(f, fc.embedding_column(hashed, 2, combiner=combiner, initializer=start)))
    with tf.variable_scope("cut"):
        made.append(fc.input_layer(f, fc.embedding_column(hashed, 2, initializer=start, max_norm=1.0, trainable=False)))
    return made


@case(feeds=dict(fed("s"), t=S[:, :1]), grads=True)
def shared_embeddings(tf):
    fc = tf.feature_column
    tf.set_random_seed(4)
    f = features(tf, "s")
    f["t"] = tf.placeholder(tf.string, [None, 1], name="t")
    columns = [fc.categorical_column_with_hash_bucket(key, 6) for key in ("t", "s")]
    return fc.input_layer(f, fc.shared_embedding_columns(columns, dimension=2))


@script()
def embedding_from_a_checkpoint(tf):
    fc = tf.feature_column
    with Folder():
        tf.get_variable("stored", initializer=np.arange(12, dtype=np.float32).reshape(6, 2))
        saver = tf.train.Saver()
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            path = saver.save(sess, "./model")
        with tf.Graph().as_default():
            column = fc.embedding_column(
                fc.categorical_column_with_identity("i", 6), 2, ckpt_to_load_from=path, tensor_name_in_ckpt="stored"
            )
            y = fc.input_layer({"i": tf.constant([[1], [5]])}, [column])
            return {"y": ran(tf, y), "names": [v.name for v in tf.global_variables()]}


# -- input_layer ---------------------------------------------------------------------------------------------------------


def wide(tf, found):
    fc = tf.feature_column
    return [
        found["number"], found["buckets"], fc.indicator_column(found["hashed"]),
        fc.embedding_column(found["identity"], 3), fc.embedding_column(found["crossed"], 2, combiner="sqrtn"),
    ]  # fmt: skip


@case(feeds=ALL)
def input_of_many_columns(tf):
    tf.set_random_seed(5)
    return tf.feature_column.input_layer(features(tf), wide(tf, all_columns(tf)))


@case(feeds=ALL)
def input_with_collections(tf):
    f, columns = features(tf), wide(tf, all_columns(tf))
    tf.set_random_seed(8)
    with tf.variable_scope("outer"):
        return tf.feature_column.input_layer(f, columns, weight_collections=["mine"], trainable=False)


@script(graph=True)
def columns_to_variables(tf):
    columns = wide(tf, all_columns(tf))
    to_variables, to_tensors = {}, {}
    f = features(tf)
    with tf.variable_scope("net"):
        tf.feature_column.input_layer(f, columns, cols_to_vars=to_variables, cols_to_output_tensors=to_tensors)
    return {
        "variables": sorted((c.name, [v.name for v in vs]) for c, vs in to_variables.items() if vs),
        "tensors": sorted((c.name, str(t.shape)) for c, t in to_tensors.items()),
        "trained": [v.name for v in tf.trainable_variables()],
        "model": [v.name for v in tf.get_collection("model_variables")],
    }


@script(graph=True)
def input_twice(tf):
    f = features(tf, "i")
    column = tf.feature_column.embedding_column(tf.feature_column.categorical_column_with_identity("i", 4, 0), 2)
    for _ in range(2):
        tf.feature_column.input_layer(f, [column])
    for reuse in (None, True):
        with tf.variable_scope("shared", reuse=reuse):
            tf.feature_column.input_layer(f, [column])
    return {"names": [v.name for v in tf.global_variables()]}


@case(feeds=fed("i"), graph=False)
def partitioned_input(tf):
    column = tf.feature_column.embedding_column(
        tf.feature_column.categorical_column_with_identity("i", 4), 2, initializer=tf.ones_initializer()
    )
    f = features(tf, "i")
    with tf.variable_scope("parts", partitioner=tf.fixed_size_partitioner(2)):
        return tf.feature_column.input_layer(f, [column])


# -- linear_model --------------------------------------------------------------------------------------------------------


@case(feeds=ALL)
def linear(tf):
    return tf.feature_column.linear_model(features(tf), all_columns(tf).values())


@case(feeds=ALL)
def linear_of_many_units(tf):
    f, columns = features(tf), list(all_columns(tf).values())
    with tf.variable_scope("outer"):
        mean = tf.feature_column.linear_model(f, columns, units=3, sparse_combiner="mean")
        return [mean, tf.feature_column.linear_model(f, columns[:1], units=2, weight_collections=["mine"])]


@case(feeds=fed("s"), grads=True)
def linear_of_dense_columns(tf):
    fc = tf.feature_column
    tf.set_random_seed(6)
    hashed = fc.categorical_column_with_hash_bucket("s", 4)
    return fc.linear_model(features(tf, "s"), [fc.embedding_column(hashed, 2), fc.indicator_column(hashed)])


@script(graph=True)
def linear_variables(tf):
    to_variables = {}
    columns = all_columns(tf).values()
    tf.feature_column.linear_model(features(tf), columns, units=2, trainable=False, cols_to_vars=to_variables)
    named = sorted((getattr(c, "name", c), [v.name for v in vs]) for c, vs in to_variables.items())
    return {"variables": named, "trained": len(tf.trainable_variables())}


@script()
def linear_trained(tf):
    fc = tf.feature_column
    f = features(tf, "a", "s")
    words = fc.categorical_column_with_vocabulary_list("s", ["x", "y", "z"], num_oov_buckets=1)
    y = fc.linear_model(f, [words, all_columns(tf)["number"]])
    loss = tf.reduce_mean(tf.square(y - tf.constant([[1.0], [-1.0], [2.0]])))
    step = tf.train.FtrlOptimizer(0.3, l1_regularization_strength=0.01).minimize(loss)
    feeds = {f["a"]: A, f["s"]: S}
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.tables_initializer()])
        losses = [sess.run([loss, step], feeds)[0] for _ in range(5)]
        return {"losses": losses, "y": sess.run(y, feeds), "weights": sess.run(tf.trainable_variables())}


# -- sequences -----------------------------------------------------------------------------------------------------------


def sequences(tf):
    texts = tf.placeholder(tf.string, [5], name="texts")
    numbers = tf.placeholder(tf.float32, [5], name="numbers")
    indices = [[0, 0], [0, 1], [0, 2], [2, 0], [2, 1]]
    indices = tf.placeholder_with_default(np.array(indices, np.int64), [5, 2])
    return {
        "s": tf.SparseTensor(indices, texts, [4, 3]),
        "n": tf.SparseTensor(indices, numbers, [4, 3]),
    }


SEQUENCES = {"texts": np.array([b"x", b"y", b"z", b"x", b"w"], object), "numbers": floats(5)}


@case(feeds={"texts": SEQUENCES["texts"]}, grads=True)
def sequence_of_categories(tf):
    fc = tf.feature_column
    tf.set_random_seed(7)
    column = fc.embedding_column(fc.sequence_categorical_column_with_hash_bucket("s", 6), 2)
    old = tf.contrib.feature_column
    return old.sequence_input_layer({"s": sequences(tf)["s"]}, [column])


@case(feeds=SEQUENCES, graph=False)
def sequences_of_all_kinds(tf):
    fc, layer = tf.feature_column, tf.contrib.feature_column.sequence_input_layer
    hashed = fc.sequence_categorical_column_with_hash_bucket("s", 3)
    numeric = tf.contrib.feature_column.sequence_numeric_column("n", default_value=-1.0, normalizer_fn=None)
    return layer(sequences(tf), [fc.indicator_column(hashed), numeric])


@case(feeds={"numbers": floats(6)})
def sequence_of_pairs(tf):
    layer = tf.contrib.feature_column.sequence_input_layer
    values = tf.placeholder(tf.float32, [6], name="numbers")
    indices = np.array([[0, 0], [0, 1], [0, 2], [0, 3], [1, 0], [1, 1]], np.int64)
    sp = tf.SparseTensor(tf.placeholder_with_default(indices, [6, 2]), values, [3, 4])
    return layer({"n": sp}, [tf.contrib.feature_column.sequence_numeric_column("n", shape=(2,))])


@script()
def sequences_with_tables(tf):
    fc, layer = tf.contrib.feature_column, tf.contrib.feature_column.sequence_input_layer
    indicator = tf.feature_column.indicator_column
    with Folder(words=b"z\nx\n"):
        f = sequences(tf)
        f["t"] = f["s"]
        listed = fc.sequence_categorical_column_with_vocabulary_list("s", ["x", "y"], num_oov_buckets=1)
        filed = fc.sequence_categorical_column_with_vocabulary_file("t", "words", default_value=0)
        steps = layer(f, [indicator(listed), indicator(filed)])
        feeds = {"texts:0": SEQUENCES["texts"]}
        return {"steps": ran(tf, steps, feeds)}


@case(graph=False)
def sequence_of_numbers_as_categories(tf):
    fc = tf.feature_column
    ids = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], np.int64([2, 0, 1]), [2, 2])
    column = fc.indicator_column(fc.sequence_categorical_column_with_identity("i", 3))
    return tf.contrib.feature_column.sequence_input_layer({"i": ids}, [column])


# -- specs, names, faults ------------------------------------------------------------------------------------------------


@script()
def parsing_specs(tf):
    fc = tf.feature_column
    with Folder(words=b"x\n"):
        found = list(all_columns(tf).values()) + [
            fc.numeric_column("d", shape=(2, 2), default_value=1, dtype=tf.float64),
            fc.numeric_column("e", default_value=[2.5]),
            fc.weighted_categorical_column(fc.categorical_column_with_vocabulary_list("v", ["p"]), "w"),
            fc.embedding_column(fc.categorical_column_with_vocabulary_file("f", "words"), 2),
            fc.indicator_column(fc.categorical_column_with_vocabulary_list("k", [1, 2])),
            fc.crossed_column(["left", "right"], 5),
        ]
        found = [column for column in found if column.name not in ("a_bucketized_X_i_X_s",)]
    spec = fc.make_parse_example_spec(found)
    text = {}
    for key, feature in spec.items():
        text[key] = [type(feature).__name__, feature.dtype.name]
        if hasattr(feature, "shape"):
            text[key] += [str(tuple(feature.shape)), str(feature.default_value)]
    return text


@script()
def names_and_sizes(tf):
    fc = tf.feature_column
    found = all_columns(tf)
    weighted = fc.weighted_categorical_column(found["hashed"], "w")
    found.update(
        indicator=fc.indicator_column(found["hashed"]),
        embedding=fc.embedding_column(weighted, 3),
        weighted=weighted,
        shared=fc.shared_embedding_columns([found["hashed"]], 2)[0],
        sequence=fc.sequence_categorical_column_with_identity("q", 4),
    )
    made = {key: column.name for key, column in found.items()}
    made["shapes"] = [str(found[key].variable_shape) for key in ("number", "buckets", "indicator", "embedding")]
    made["buckets"] = [found[key].num_buckets for key in ("buckets", "hashed", "identity", "crossed", "weighted")]
    made["equal"] = fc.numeric_column("a") == fc.numeric_column("a"), len({fc.numeric_column("a"), fc.numeric_column("a")})
    made["key"] = [found["number"].key, str(found["number"].shape), found["hashed"].hash_bucket_size]
    return made


@script()
def parsed_examples(tf):
    fc = tf.feature_column
    feature = lambda **kinds: tf.train.Feature(**kinds)  # noqa: E731
    rows = [(b"x", 1.5, 2), (b"y", -2.0, 0)]
    records = [
        tf.train.Example(
            features=tf.train.Features(
                feature={
                    "s": feature(bytes_list=tf.train.BytesList(value=[s])),
                    "a": feature(float_list=tf.train.FloatList(value=[a])),
                    "i": feature(int64_list=tf.train.Int64List(value=[i])),
                }
            )
        ).SerializeToString()
        for s, a, i in rows
    ]
    columns = [
        fc.numeric_column("a"),
        fc.indicator_column(fc.categorical_column_with_hash_bucket("s", 4)),
        fc.indicator_column(fc.categorical_column_with_identity("i", 3)),
    ]
    parsed = tf.parse_example(tf.constant(records), fc.make_parse_example_spec(columns))
    return {"y": ran(tf, fc.input_layer(parsed, columns))}


@script()
def faults(tf):
    fc = tf.feature_column
    number, hashed = fc.numeric_column("a"), fc.categorical_column_with_hash_bucket("s", 4)
    f = {"a": tf.constant([[1.0]]), "s": tf.constant([["x"]]), "scalar": tf.constant(1.0), "b": tf.constant([[1], [2]])}
    sequence = fc.sequence_categorical_column_with_hash_bucket("s", 4)
    calls = {
        "no key": lambda: fc.numeric_column(7),
        "text shape": lambda: fc.numeric_column("a", shape=("x",)),
        "zero shape": lambda: fc.numeric_column("a", shape=0),
        "text dtype": lambda: fc.numeric_column("a", dtype=tf.string),
        "bad default": lambda: fc.numeric_column("a", default_value="x"),
        "default of another shape": lambda: fc.numeric_column("a", shape=3, default_value=[1.0, 2.0]),
        "float default of integers": lambda: fc.numeric_column("a", default_value=0.5, dtype=tf.int32),
        "bad normalizer": lambda: fc.numeric_column("a", normalizer_fn=3),
        "buckets of categories": lambda: fc.bucketized_column(hashed, [0]),
        "buckets of a matrix": lambda: fc.bucketized_column(fc.numeric_column("a", shape=(2, 2)), [0]),
        "no boundaries": lambda: fc.bucketized_column(number, []),
        "unsorted boundaries": lambda: fc.bucketized_column(number, [1, 0]),
        "no hash buckets": lambda: fc.categorical_column_with_hash_bucket("s", 0),
        "float categories": lambda: fc.categorical_column_with_hash_bucket("s", 3, dtype=tf.float32),
        "missing file": lambda: fc.categorical_column_with_vocabulary_file("s", "nowhere"),
        "no file": lambda: fc.categorical_column_with_vocabulary_file("s", ""),
        "no words": lambda: fc.categorical_column_with_vocabulary_list("s", []),
        "words twice": lambda: fc.categorical_column_with_vocabulary_list("s", ["a", "a"]),
        "default and buckets": lambda: fc.categorical_column_with_vocabulary_list("s", ["a"], None, 0, 1),
        "negative buckets": lambda: fc.categorical_column_with_vocabulary_list("s", ["a"], num_oov_buckets=-1),
        "other dtype": lambda: fc.categorical_column_with_vocabulary_list("s", ["a"], dtype=tf.int64),
        "no identities": lambda: fc.categorical_column_with_identity("i", 0),
        "default outside": lambda: fc.categorical_column_with_identity("i", 3, default_value=3),
        "one key": lambda: fc.crossed_column(["s"], 4),
        "hashed key": lambda: fc.crossed_column(["s", hashed], 4),
        "number as key": lambda: fc.crossed_column(["s", number], 4),
        "no cross buckets": lambda: fc.crossed_column(["s", "t"], 0),
        "no dimension": lambda: fc.embedding_column(hashed, 0),
        "bad initializer": lambda: fc.embedding_column(hashed, 2, initializer=1),
        "half a checkpoint": lambda: fc.embedding_column(hashed, 2, ckpt_to_load_from="x"),
        "shared of two sizes": lambda: fc.shared_embedding_columns(
            [hashed, fc.categorical_column_with_hash_bucket("t", 5)], 2
        ),
        "shared of two kinds": lambda: fc.shared_embedding_columns(
            [hashed, fc.categorical_column_with_identity("t", 4)], 2
        ),
        "text weights": lambda: fc.weighted_categorical_column(hashed, "w", dtype=tf.string),
        "no columns": lambda: fc.input_layer(f, []),
        "a dict of columns": lambda: fc.input_layer(f, {"a": number}),
        "not a column": lambda: fc.input_layer(f, ["a"]),
        "categories as input": lambda: fc.input_layer(f, [hashed]),
        "the same twice": lambda: fc.input_layer(f, [number, fc.numeric_column("a")]),
        "missing feature": lambda: fc.input_layer(f, [fc.numeric_column("zz")]),
        "scalar feature": lambda: fc.input_layer(f, [fc.numeric_column("scalar")]),
        "batches that differ": lambda: fc.input_layer(f, [number, fc.numeric_column("b")]),
        "sparse number": lambda: fc.input_layer({"a": tf.SparseTensor([[0, 0]], [1.0], [1, 1])}, [number]),
        "numbers as texts": lambda: fc.linear_model({"s": tf.constant([[1]])}, [hashed]),
        "floats as identities": lambda: fc.linear_model(f, [fc.categorical_column_with_identity("a", 3)]),
        "sequence as input": lambda: fc.input_layer(f, [fc.indicator_column(sequence)]),
        "specs that differ": lambda: fc.make_parse_example_spec([number, fc.categorical_column_with_identity("a", 2)]),
        "spec of no column": lambda: fc.make_parse_example_spec(["a"]),
        "input as sequence": lambda: tf.contrib.feature_column.sequence_input_layer(f, [number]),
        "categories as sequence": lambda: tf.contrib.feature_column.sequence_input_layer(f, [fc.indicator_column(hashed)]),
    }
    return {name: kind_made(call) for name, call in calls.items()}
