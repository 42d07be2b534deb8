"""The older feature columns of `tf.contrib.layers`."""

import numpy as np

from tests.oracle.harness import case, floats, kind_made, script

A = floats(3, 2)
S = np.array([[b"x", b"q"], [b"", b"z"], [b"y", b"y"]], object)
I = np.array([[0], [3], [6]], np.int64)  # noqa: E741
ALL = {"a": A, "s": S, "i": I}


def features(tf, *keys):
    types = {"a": (tf.float32, 2), "s": (tf.string, 2), "i": (tf.int64, 1)}
    return {key: tf.placeholder(types[key][0], [None, types[key][1]], name=key) for key in keys or ("a", "s", "i")}


def fed(*keys):
    return {key: ALL[key] for key in keys}


def found(tf):
    """Columns of all kinds that need no table."""
    layers = tf.contrib.layers
    number = layers.real_valued_column("a", dimension=2, normalizer=lambda x: x * 2 + 1)
    buckets = layers.bucketized_column(number, [-1.0, 0.0, 0.0, 2.0])
    hashed = layers.sparse_column_with_hash_bucket("s", 5)
    integers = layers.sparse_column_with_integerized_feature("i", 4)
    crossed = layers.crossed_column([hashed, buckets], hash_bucket_size=11)
    keyed = layers.crossed_column([hashed, integers], hash_bucket_size=7, hash_key=3)
    return {"number": number, "buckets": buckets, "hashed": hashed, "integers": integers, "x": crossed, "y": keyed}


@case(feeds=ALL, graph=False)
def network_input(tf):
    layers, columns = tf.contrib.layers, found(tf)
    start = lambda n, m: tf.constant_initializer(np.arange(n * m, dtype=np.float32).reshape(n, m) / 8)  # noqa: E731
    chosen = [
        columns["number"], columns["buckets"], layers.one_hot_column(columns["hashed"]),
        layers.embedding_column(columns["integers"], 3, initializer=start(4, 3)),
        layers.embedding_column(columns["x"], 2, combiner="sum", initializer=start(11, 2)),
    ]  # fmt: skip
    outs = {}
    y = layers.input_from_feature_columns(features(tf), chosen, cols_to_outs=outs)
    return {"y": y, "a": outs[columns["number"]], "b": outs[columns["buckets"]]}


@case(feeds=ALL, graph=False)
def weighted_sums(tf):
    y, weights, bias = tf.contrib.layers.weighted_sum_from_feature_columns(
        features(tf), list(found(tf).values()), num_outputs=2
    )
    loss = tf.reduce_mean(tf.square(y - 1.0))
    step = tf.gradients(loss, [v for group in weights.values() for v in group][-2:] + [bias])
    return {"y": y, "bias": bias, "slopes": [tf.convert_to_tensor(g) for g in step]}


@case(feeds=fed("s", "i"), graph=False)
def joint_sums(tf):
    columns = found(tf)
    chosen = [columns[key] for key in ("hashed", "integers", "y")]
    f = features(tf, "s", "i")
    y, weights, bias = tf.contrib.layers.joint_weighted_sum_from_feature_columns(f, chosen, num_outputs=2)
    return {"y": y, "weights": weights, "bias": bias}


@case(feeds=fed("s", "i", "a"), graph=False)
def crossed_ids(tf):
    columns = found(tf)
    deeper = tf.contrib.layers.crossed_column([columns["x"], columns["integers"]], 50)
    chosen = [columns["x"], columns["y"], deeper]
    made = tf.contrib.layers.transform_features(features(tf), chosen)
    return {column.name: made[column] for column in chosen}


@script()
def names_of_variables(tf):
    layers, columns, f = tf.contrib.layers, found(tf), features(tf)
    layers.weighted_sum_from_feature_columns(f, list(columns.values()), num_outputs=1, scope="linear")
    embedded = layers.embedding_column(columns["hashed"], 2)
    with tf.variable_scope("deep"):
        layers.input_from_feature_columns(f, [embedded, columns["number"]], weight_collections=["mine"])
        shared = layers.shared_embedding_columns(
            [columns["hashed"], layers.sparse_column_with_hash_bucket("t", 5)], 3, shared_embedding_name="words"
        )
        f["t"] = f["s"]
        layers.input_from_feature_columns(f, list(shared))
    names = {v.name: str(v.shape) for v in tf.global_variables()}
    names["collections"] = [len(tf.get_collection(key)) for key in ("mine", "model_variables", "trainable_variables")]
    names["columns"] = [column.name for column in list(columns.values()) + [embedded] + list(shared)]
    names["lengths"] = [columns[key].length for key in ("buckets", "hashed", "integers", "x")]
    return names


@script()
def columns_with_tables(tf):
    layers = tf.contrib.layers
    f = features(tf, "s", "i")
    words = layers.sparse_column_with_keys("s", ["x", "y"], default_value=0)
    numbers = layers.sparse_column_with_keys("i", [3, 6], dtype=tf.int64)
    many = layers.sparse_column_with_hash_bucket("s", 5, hash_keys=[[1, 2], [3, 4]])
    y = layers.input_from_feature_columns(f, [layers.one_hot_column(c) for c in (words, numbers, many)])
    with tf.Session() as sess:
        sess.run(tf.tables_initializer())
        return {"y": sess.run(y, {f["s"]: S, f["i"]: I})}


@case(feeds=dict(s=np.array([[b"x", b"q"], [b"", b"z"], [b"y", b"xx"]], object), w=floats(3, 2, low=0.25, high=2.0)), graph=False)
def weights_of_categories(tf):
    layers, f = tf.contrib.layers, features(tf, "s")
    f["s"] = tf.where(tf.equal(f["s"], ""), tf.fill(tf.shape(f["s"]), "w"), f["s"])
    f["w"] = tf.placeholder(tf.float32, [None, 2], name="w")
    column = layers.weighted_sparse_column(layers.sparse_column_with_hash_bucket("s", 5), "w")
    embedded = layers.embedding_column(column, 2, initializer=tf.constant_initializer(np.arange(10.0).reshape(5, 2)))
    return {
        "embedded": layers.input_from_feature_columns(f, [embedded]),
        "one hot": layers.input_from_feature_columns(f, [layers.one_hot_column(column)]),
        "sum": layers.weighted_sum_from_feature_columns(f, [column], num_outputs=1)[0],
    }


@script()
def specs(tf):
    layers, columns = tf.contrib.layers, found(tf)
    more = [
        layers.real_valued_column("d", dimension=2, default_value=3),
        layers.real_valued_column("e", default_value=[1], dtype=tf.int64),
        layers.weighted_sparse_column(columns["hashed"], "w"),
    ]
    spec = layers.create_feature_spec_for_parsing(list(columns.values()) + more)
    text = {key: [type(feature).__name__, feature.dtype.name] for key, feature in spec.items()}
    text["shapes"] = sorted((key, str(f.shape), str(f.default_value)) for key, f in spec.items() if hasattr(f, "shape"))
    inferred = layers.infer_real_valued_columns({"p": tf.zeros([4, 2, 3]), "q": tf.zeros([4], tf.int64)})
    text["inferred"] = sorted((c.name, c.dimension, c.dtype.name) for c in inferred)
    return text


@script()
def parsed(tf):
    layers = tf.contrib.layers
    record = tf.train.Example(
        features=tf.train.Features(
            feature={
                "s": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"x", b"y"])),
                "a": tf.train.Feature(float_list=tf.train.FloatList(value=[1.5, 2.0])),
            }
        )
    )
    hashed, number = layers.sparse_column_with_hash_bucket("s", 5), layers.real_valued_column("a", dimension=2)
    made = layers.parse_feature_columns_from_examples(tf.constant([record.SerializeToString()]), [hashed, number])
    with tf.Session() as sess:
        return {"number": sess.run(made[number]), "ids": sess.run(made[hashed].values)}


@case(feeds=fed("s", "a"), graph=False)
def old_columns_in_new_layers(tf):
    columns, f = found(tf), features(tf, "a", "s")
    hashed = tf.contrib.layers.one_hot_column(columns["hashed"])
    chosen = [columns["number"], hashed]
    new = tf.feature_column
    return [new.input_layer(f, chosen), new.linear_model(f, [columns["hashed"], columns["buckets"]])]


@script()
def faults(tf):
    layers, columns, f = tf.contrib.layers, found(tf), features(tf)
    hashed, number = columns["hashed"], columns["number"]
    calls = {
        "float dimension": lambda: layers.real_valued_column("a", dimension=1.5),
        "no dimension": lambda: layers.real_valued_column("a", dimension=0),
        "text numbers": lambda: layers.real_valued_column("a", dtype=tf.string),
        "long default": lambda: layers.real_valued_column("a", default_value=[1.0, 2.0]),
        "float default": lambda: layers.real_valued_column("a", default_value=0.5, dtype=tf.int32),
        "buckets of categories": lambda: layers.bucketized_column(hashed, [0]),
        "no boundaries": lambda: layers.bucketized_column(number, []),
        "unsorted": lambda: layers.bucketized_column(number, [1, 0]),
        "no hash buckets": lambda: layers.sparse_column_with_hash_bucket("s", 0),
        "float categories": lambda: layers.sparse_column_with_hash_bucket("s", 3, dtype=tf.float32),
        "text integers": lambda: layers.sparse_column_with_integerized_feature("s", 3, dtype=tf.string),
        "bad keys": lambda: layers.sparse_column_with_hash_bucket("s", 3, hash_keys=[1]),
        "no size": lambda: layers.sparse_column_with_vocabulary_file("s", "words"),
        "cross of one": lambda: layers.crossed_column([hashed], 4),
        "cross of numbers": lambda: layers.crossed_column([hashed, number], 4),
        "one bucket": lambda: layers.crossed_column([hashed, columns["buckets"]], 1),
        "bad initializer": lambda: layers.embedding_column(hashed, 2, initializer=1),
        "half a checkpoint": lambda: layers.embedding_column(hashed, 2, ckpt_to_load_from="x"),
        "shared of nothing": lambda: layers.shared_embedding_columns([], 2),
        "shared of text": lambda: layers.shared_embedding_columns("ab", 2),
        "shared of numbers": lambda: layers.shared_embedding_columns([number], 2),
        "shared of two sizes": lambda: layers.shared_embedding_columns([hashed, columns["integers"]], 2),
        "text weights": lambda: layers.weighted_sparse_column(hashed, "w", dtype=tf.string),
        "sparse input": lambda: layers.input_from_feature_columns(f, [hashed]),
        "twice": lambda: layers.input_from_feature_columns(f, [columns["buckets"], columns["buckets"]]),
        "a dict": lambda: layers.input_from_feature_columns(f, {"a": number}),
        "missing": lambda: layers.input_from_feature_columns({}, [number]),
        "embedded sum": lambda: layers.weighted_sum_from_feature_columns(f, [layers.embedding_column(hashed, 2)], 1),
        "spec of text": lambda: layers.create_feature_spec_for_parsing(["a"]),
        "inferred text": lambda: layers.infer_real_valued_columns(tf.constant(["a"])),
    }
    return {name: kind_made(call) for name, call in calls.items()}
