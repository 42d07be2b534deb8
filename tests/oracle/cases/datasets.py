"""tf.data: every element that datasets give, in order, and the graphs that they are made of."""

import collections
import os
import re
import tempfile

import numpy as np

from tests.oracle.harness import floats, integers, script

Pair = collections.namedtuple("Pair", "a b")
X = floats(10, 3)
Y = integers(10, seed=1)


def drain(tf, session, element, most=60):
    """Elements until there are none: `<number>/<component>` -> array, and how it ended."""
    found = {}
    for i in range(most):
        try:
            value = session.run(element)
        except tf.errors.OpError as error:
            text = re.sub(r"\[_Derived_\]|{{function_node [^}]*}} ", "", str(error).splitlines()[0])
            found["end"] = "%s: %s" % (type(error).__name__, text[:60])
            break
        for j, leaf in enumerate(leaves(value)):
            found["%02d/%d" % (i, j)] = leaf
    return found


def leaves(value):
    if isinstance(value, dict):
        return [leaf for key in sorted(value) for leaf in leaves(value[key])]
    if isinstance(value, tuple):
        return [leaf for part in value for leaf in leaves(part)]
    return [value]


def all_of(tf, dataset, most=60):
    element = tf.data.make_one_shot_iterator(dataset).get_next()
    with tf.Session() as session:
        return drain(tf, session, element, most)


ROWS = {
    # sources
    "from_tensors": lambda tf, D: D.from_tensors((X, "text")),
    "from_tensor_slices": lambda tf, D: D.from_tensor_slices(X),
    "slices_of_dict": lambda tf, D: D.from_tensor_slices({"x": X, "y": Y}),
    "slices_of_namedtuple": lambda tf, D: D.from_tensor_slices(Pair(X, Y)),
    "slices_of_texts": lambda tf, D: D.from_tensor_slices(["a", "bc", ""]),
    "slices_of_list": lambda tf, D: D.from_tensor_slices([[1, 2], [3, 4]]),
    "range_1": lambda tf, D: D.range(5),
    "range_2": lambda tf, D: D.range(2, 6),
    "range_3": lambda tf, D: D.range(10, 0, -3),
    "range_empty": lambda tf, D: D.range(3, 3),
    "generator": lambda tf, D: D.from_generator(lambda: iter([1, 2, 3]), tf.int32, []),
    "generator_pairs": lambda tf, D: D.from_generator(
        lambda: ((i, [i] * i) for i in range(3)), (tf.int64, tf.float32), ([], [None])
    ),
    "generator_args": lambda tf, D: D.from_generator(lambda n: range(n), tf.int64, args=(4,)),
    "generator_texts": lambda tf, D: D.from_generator(lambda: iter(["a", "b"]), tf.string, []),
    "generator_dict": lambda tf, D: D.from_generator(
        lambda: iter([{"a": 1, "b": 2.0}]), {"a": tf.int32, "b": tf.float32}
    ),
    "generator_repeated": lambda tf, D: D.from_generator(lambda: iter([1, 2]), tf.int32, []).repeat(2),
    "generator_of_wrong_type": lambda tf, D: D.from_generator(lambda: iter(["a"]), tf.int32, []),
    "sparse_slices": lambda tf, D: D.from_sparse_tensor_slices(
        tf.SparseTensor([[0, 1], [2, 0], [2, 1]], [1.0, 2.0, 3.0], [4, 2])
    ),
    "sparse_rows": lambda tf, D: D.from_tensor_slices(
        tf.SparseTensor([[0, 1], [2, 0], [2, 1]], [1.0, 2.0, 3.0], [4, 2])
    ).map(lambda s: tf.sparse.to_dense(s)),
    "sparse_batches": lambda tf, D: D.from_tensor_slices(
        tf.SparseTensor([[0, 1], [2, 0], [2, 1]], [1.0, 2.0, 3.0], [4, 2])
    ).batch(3).map(lambda s: (s.indices, s.values, s.dense_shape)),
    # one after another
    "zipped": lambda tf, D: D.zip((D.range(5), {"b": D.from_tensor_slices(X)})),
    "concatenated": lambda tf, D: D.range(3).concatenate(D.range(7, 9)),
    "repeated": lambda tf, D: D.range(3).repeat(2),
    "repeated_never": lambda tf, D: D.range(3).repeat(0),
    "repeated_without_end": lambda tf, D: D.range(3).repeat().take(8),
    "repeated_nothing": lambda tf, D: D.range(0).repeat(),
    "enumerated": lambda tf, D: D.from_tensor_slices(["a", "b"]).enumerate(start=5),
    "taken": lambda tf, D: D.range(5).take(2),
    "taken_all": lambda tf, D: D.range(3).take(-1),
    "skipped": lambda tf, D: D.range(5).skip(2),
    "skipped_all": lambda tf, D: D.range(5).skip(-1),
    "sharded": lambda tf, D: D.range(10).shard(3, 1),
    "skipped_sharded_batches": lambda tf, D: D.from_tensor_slices(X).skip(1).shard(2, 1).take(4).batch(3),
    "cached": lambda tf, D: D.range(3).cache().repeat(2),
    "prefetched": lambda tf, D: D.range(5).prefetch(2),
    "prefetched_untold": lambda tf, D: D.range(5).prefetch(-1),
    # shuffled
    "shuffled": lambda tf, D: D.range(10).shuffle(10),
    "shuffled_small_buffer": lambda tf, D: D.range(20).shuffle(4, seed=3),
    "shuffled_repeated": lambda tf, D: D.range(6).shuffle(4).repeat(3),
    "shuffled_batches": lambda tf, D: D.from_tensor_slices((X, Y)).shuffle(5, seed=1).batch(4).repeat(2),
    "shuffled_once": lambda tf, D: D.range(6).shuffle(6, reshuffle_each_iteration=False).repeat(2),
    "shuffled_mapped_repeated": lambda tf, D: D.range(6).shuffle(6).map(lambda x: x * 2).repeat(3),
    "repeated_shuffled": lambda tf, D: D.range(5).repeat(3).shuffle(4, seed=9),
    "shuffled_twice": lambda tf, D: D.range(6).shuffle(3).shuffle(4).map(lambda x: x).repeat(2),
    "mapped_shuffled_batches": lambda tf, D: D.from_tensor_slices((X, Y))
    .map(lambda x, y: (x / 2.0, tf.one_hot(y, 10))).shuffle(6).batch(4),
    "shuffled_tensors_of_seeds": lambda tf, D: D.range(6).shuffle(tf.constant(6, tf.int64), seed=tf.constant(7, tf.int64)),
    # batches
    "batched": lambda tf, D: D.from_tensor_slices((X, Y)).batch(4),
    "batched_dropping": lambda tf, D: D.range(10).batch(4, drop_remainder=True),
    "batched_texts": lambda tf, D: D.from_tensor_slices(["a", "bb", "c"]).batch(2),
    "batched_over_epochs": lambda tf, D: D.from_tensor_slices(X).repeat(2).batch(7),
    "batched_twice": lambda tf, D: D.range(10).batch(2).batch(2),
    "batched_mapped": lambda tf, D: D.from_tensor_slices((X, Y))
    .map(lambda x, y: (tf.reshape(tf.cast(x, tf.float64) * 2 - 1, [3, 1]), y + 1)).batch(4),
    "batched_of_other_shapes": lambda tf, D: D.from_generator(
        lambda: iter([[1], [1, 2], [3]]), tf.int32, [None]
    ).batch(2),
    "padded": lambda tf, D: D.range(1, 6).map(lambda n: tf.fill([n], n)).padded_batch(2, [None]),
    "padded_values": lambda tf, D: D.range(1, 6).map(lambda n: (tf.fill([n], n), n)).padded_batch(
        3, ([7], []), (np.int64(-1), np.int64(0)), drop_remainder=True
    ),
    "padded_texts": lambda tf, D: D.range(1, 4).map(lambda n: tf.fill([n], "ab")).padded_batch(3, [-1]),
    "padded_too_small": lambda tf, D: D.range(1, 4).map(lambda n: tf.fill([n], n)).padded_batch(3, [2]),
    "unbatched": lambda tf, D: D.from_tensor_slices((X, Y)).batch(4).unbatch(),
    "unbatched_old": lambda tf, D: D.range(6).batch(4).apply(tf.data.experimental.unbatch()),
    "windows": lambda tf, D: D.range(7).window(3, 2, 2).flat_map(lambda w: w.batch(5)),
    "windows_dropping": lambda tf, D: D.range(7).window(3, drop_remainder=True).flat_map(lambda w: w.batch(3)),
    "windows_far_apart": lambda tf, D: D.range(10).window(2, 4).flat_map(lambda w: w.batch(3)),
    "windows_of_pairs": lambda tf, D: D.zip((D.range(5), D.range(5, 10))).window(2).flat_map(
        lambda a, b: tf.data.Dataset.zip((a.batch(2), b.batch(2)))
    ),
    # functions
    "mapped": lambda tf, D: D.range(4).map(lambda x: x * x),
    "mapped_parallel": lambda tf, D: D.range(8).map(lambda x: x * x, num_parallel_calls=4),
    "mapped_legacy": lambda tf, D: D.range(4).map_with_legacy_function(lambda x: x + 1),
    "mapped_to_dict": lambda tf, D: D.range(3).map(lambda x: {"b": x, "a": (x + 1, "t")}),
    "mapped_to_list": lambda tf, D: D.range(3).map(lambda x: [x, x]),
    "mapped_to_constants": lambda tf, D: D.range(3).map(lambda x: (x, 1.5, "s")),
    "mapped_rows": lambda tf, D: D.from_tensor_slices(X).map(lambda x: tf.matmul([x], [[1.0], [2.0], [3.0]])),
    "mapped_py_func": lambda tf, D: D.range(3).map(lambda x: tf.py_func(lambda v: v * 10, [x], tf.int64)),
    "mapped_cond": lambda tf, D: D.range(4).map(lambda x: tf.cond(x > 1, lambda: x * 10, lambda: x)),
    "mapped_while": lambda tf, D: D.range(4).map(
        lambda x: tf.while_loop(lambda i, s: i < x, lambda i, s: (i + 1, s + i), (tf.zeros([], tf.int64), x))[1]
    ),
    "mapped_random": lambda tf, D: D.range(4).map(lambda x: tf.random_uniform([2])),
    "mapped_random_repeated": lambda tf, D: D.range(3).map(lambda x: tf.random_normal([], seed=4)).repeat(2),
    "mapped_random_twice": lambda tf, D: D.range(3).map(lambda x: tf.random_uniform([]))
    .map(lambda x: x + tf.random_uniform([])),
    "mapped_division_by_zero": lambda tf, D: D.from_tensor_slices([1, 0]).map(lambda x: 8 // x),
    "mapped_texts": lambda tf, D: D.from_tensor_slices(["1,2", "3,4"]).map(
        lambda line: tf.string_to_number(tf.string_split([line], ",").values)
    ),
    "mapped_csv": lambda tf, D: D.from_tensor_slices(["1,a", "2,b"]).map(lambda line: tf.decode_csv(line, [[0], [""]])),
    "filtered": lambda tf, D: D.range(10).filter(lambda x: tf.equal(x % 3, 0)),
    "filtered_pairs": lambda tf, D: D.from_tensor_slices((X, Y)).filter(lambda x, y: y > 4),
    "flat_mapped": lambda tf, D: D.range(4).flat_map(lambda n: tf.data.Dataset.from_tensors(n).repeat(n)),
    "flat_mapped_twice": lambda tf, D: D.range(3).flat_map(
        lambda a: tf.data.Dataset.range(2).flat_map(lambda b: tf.data.Dataset.from_tensors(a * 10 + b))
    ),
    "interleaved": lambda tf, D: D.range(4).interleave(
        lambda n: tf.data.Dataset.from_tensors(n).repeat(n + 1), cycle_length=2, block_length=2
    ),
    "interleaved_uneven": lambda tf, D: D.range(5).interleave(
        lambda n: tf.data.Dataset.range(n), cycle_length=3, block_length=1
    ),
    "interleaved_parallel": lambda tf, D: D.range(4).interleave(
        lambda n: tf.data.Dataset.from_tensors(n).repeat(n + 1), cycle_length=2, block_length=2, num_parallel_calls=2
    ),
    "applied": lambda tf, D: D.range(4).apply(lambda d: d.map(lambda x: -x)),
    # experimental
    "map_and_batch": lambda tf, D: D.range(7).apply(tf.data.experimental.map_and_batch(lambda x: x + 1, 3)),
    "shuffle_and_repeat": lambda tf, D: D.range(5).apply(tf.data.experimental.shuffle_and_repeat(4, 3)),
    "parallel_interleave": lambda tf, D: D.range(4).apply(
        tf.data.experimental.parallel_interleave(
            lambda n: tf.data.Dataset.from_tensors(n).repeat(3), cycle_length=2, block_length=2
        )
    ),
    "grouped": lambda tf, D: D.range(10).apply(
        tf.data.experimental.group_by_window(lambda x: x % 3, lambda key, d: d.batch(2), window_size=2)
    ),
    "grouped_by_size": lambda tf, D: D.range(10).apply(
        tf.data.experimental.group_by_window(
            lambda x: x % 2, lambda key, d: d.batch(9), window_size_func=lambda key: key + 2
        )
    ),
    "bucketed": lambda tf, D: D.range(1, 12).map(lambda n: tf.fill([n % 6 + 1], n)).apply(
        tf.data.experimental.bucket_by_sequence_length(lambda e: tf.shape(e)[0], [3, 5], [2, 2, 2])
    ),
    "bucketed_to_boundary": lambda tf, D: D.range(1, 9).map(lambda n: tf.fill([n % 4 + 1], n)).apply(
        tf.data.experimental.bucket_by_sequence_length(
            lambda e: tf.shape(e)[0], [3, 6], [2, 2, 2], pad_to_bucket_boundary=True
        )
    ),
    "ignoring_errors": lambda tf, D: D.from_tensor_slices([1, 0, 2]).map(lambda x: 8 // x).apply(
        tf.data.experimental.ignore_errors()
    ),
    "sampled": lambda tf, D: tf.data.experimental.sample_from_datasets(
        [D.range(5), D.range(100, 105), D.range(200, 205)], seed=3
    ),
    "sampled_by_weight": lambda tf, D: tf.data.experimental.sample_from_datasets(
        [D.range(5), D.range(100, 105)], weights=[0.2, 0.8]
    ),
    "chosen": lambda tf, D: tf.data.experimental.choose_from_datasets(
        [D.range(5), D.range(100, 105)], D.from_tensor_slices(np.array([0, 1, 1, 0, 1], np.int64))
    ),
    "scanned": lambda tf, D: D.range(5).apply(
        tf.data.experimental.scan(np.int64(10), lambda state, x: (state + x, (state, x)))
    ),
    "taken_while": lambda tf, D: D.range(9).apply(tf.data.experimental.take_while(lambda x: x < 4)),
    "unique": lambda tf, D: D.from_tensor_slices([1, 2, 1, 3, 2]).apply(tf.data.experimental.unique()),
    "counter": lambda tf, D: tf.data.experimental.Counter(5, -2).take(4),
    "random_numbers": lambda tf, D: tf.data.experimental.RandomDataset(seed=3).take(5),
    "enumerate_dataset": lambda tf, D: D.from_tensor_slices([7, 8]).apply(tf.data.experimental.enumerate_dataset(1)),
    "reduced_by_key": lambda tf, D: D.range(10).apply(
        tf.data.experimental.group_by_reducer(
            lambda x: x % 3,
            tf.data.experimental.Reducer(lambda key: np.int64(0), lambda state, x: state + x, lambda state: state * 10),
        )
    ),
    "to_sparse": lambda tf, D: D.range(1, 4).map(lambda n: tf.fill([n], n)).apply(
        tf.data.experimental.dense_to_sparse_batch(2, [4])
    ).map(lambda s: (s.indices, s.values, s.dense_shape)),
    # errors
    "batch_of_none": lambda tf, D: D.range(3).batch(0),
    "shard_too_far": lambda tf, D: D.range(3).shard(2, 2),
    "shuffle_of_none": lambda tf, D: D.range(3).shuffle(0),
}


def _register(name, make):
    def run(tf):
        tf.set_random_seed(5)
        return all_of(tf, make(tf, tf.data.Dataset))

    script(name=name)(run)


for _name, _make in ROWS.items():
    _register(_name, _make)


# -- iterators ---------------------------------------------------------------------------------------------------


@script(graph=True)
def initializable(tf):
    tf.set_random_seed(3)
    iterator = tf.data.make_initializable_iterator(tf.data.Dataset.range(5).shuffle(3).batch(2).prefetch(1))
    element = iterator.get_next()
    found = {}
    with tf.Session() as session:
        found.update({"before": drain(tf, session, element)["end"]})
        for turn in range(2):
            session.run(iterator.initializer)
            found.update({"%d/%s" % (turn, key): value for key, value in drain(tf, session, element).items()})
    return found


@script(graph=True)
def fed_placeholder(tf):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    iterator = tf.data.Dataset.from_tensor_slices(x).batch(4).repeat(2).make_initializable_iterator()
    element = iterator.get_next(name="element")
    with tf.Session() as session:
        session.run(iterator.initializer, {x: X})
        return drain(tf, session, element)


@script(graph=True)
def reinitializable(tf):
    one, other = tf.data.Dataset.range(3), tf.data.Dataset.range(10, 15).skip(1)
    iterator = tf.data.Iterator.from_structure(one.output_types, one.output_shapes)
    element = iterator.get_next()
    starts = [iterator.make_initializer(one), iterator.make_initializer(other, name="second")]
    found = {}
    with tf.Session() as session:
        for turn, start in enumerate(starts):
            session.run(start)
            found.update({"%d/%s" % (turn, key): value for key, value in drain(tf, session, element).items()})
    return found


@script(graph=True)
def feedable(tf):
    handle = tf.placeholder(tf.string, shape=[], name="handle")
    a = tf.data.make_initializable_iterator(tf.data.Dataset.range(3))
    b = tf.data.make_initializable_iterator(tf.data.Dataset.range(10, 12).repeat())
    iterator = tf.data.Iterator.from_string_handle(handle, tf.int64, [])
    element = iterator.get_next()
    with tf.Session() as session:
        names = session.run([a.string_handle(), b.string_handle()])
        session.run([a.initializer, b.initializer])
        return {"values": [int(session.run(element, {handle: names[i]})) for i in (0, 1, 1, 0, 1, 0)]}


@script()
def several_in_one_run(tf):
    a = tf.data.Dataset.range(4).make_one_shot_iterator()
    x, y = a.get_next(), tf.data.Dataset.range(10, 14).make_one_shot_iterator().get_next()
    with tf.Session() as session:
        return {"values": [session.run([x, y, x + y]) for _ in range(4)]}


@script()
def two_sessions(tf):
    element = tf.data.Dataset.range(4).make_one_shot_iterator().get_next()
    with tf.Session() as first, tf.Session() as second:
        return {"values": [int(s.run(element)) for s in (first, first, second, first, second)]}


@script()
def captured_variable(tf):
    v = tf.get_variable("v", initializer=3.0, use_resource=True)
    iterator = tf.data.Dataset.from_tensor_slices([1.0, 2.0]).map(lambda x: x * v).make_initializable_iterator()
    element = iterator.get_next()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(iterator.initializer)
        first = session.run(element)
        session.run(v.assign(10.0))
        return {"first": first, "second": session.run(element)}


@script(raises=True)
def one_shot_of_variable(tf):
    v = tf.get_variable("v", initializer=3.0, use_resource=True)
    tf.data.Dataset.from_tensor_slices([1.0, 2.0]).map(lambda x: x * v).make_one_shot_iterator()


@script()
def structure(tf):
    d = tf.data.Dataset.from_tensor_slices({"x": X, "y": Y}).map(lambda e: (e["x"], {"t": "a"})).batch(2)
    sparse = tf.data.Dataset.from_tensors(tf.SparseTensor([[0, 1]], [1.0], [2, 2]))
    return {
        "types": str(tf.data.get_output_types(d)),
        "shapes": str(tf.data.get_output_shapes(d)),
        "full": str(tf.data.Dataset.range(9).batch(2, drop_remainder=True).output_shapes),
        "spec": str(tf.data.Dataset.range(3).element_spec),
        "sparse": str((sparse.output_types, sparse.output_shapes)),
        "window": str(tf.data.Dataset.range(3).window(2).flat_map(lambda w: w).output_shapes),
    }


@script()
def reduced(tf):
    d = tf.data.Dataset.range(5)
    pair = d.reduce((np.int64(0), np.int64(1)), lambda s, x: (s[0] + x, s[1] * (x + 1)))
    with tf.Session() as session:
        return dict(zip(("sum", "product"), session.run(pair)))


@script()
def single_element(tf):
    with tf.Session() as session:
        element = tf.data.experimental.get_single_element(tf.data.Dataset.from_tensors((1, X)))
        return dict(zip("ab", session.run(element)))


@script()
def cardinalities(tf):
    D = tf.data.Dataset
    made = [
        D.range(5), D.range(5).repeat(), D.range(5).repeat(3), D.range(5).batch(2), D.range(5).batch(2, True),
        D.range(5).filter(lambda x: x > 1), D.range(5).take(3), D.range(5).skip(3), D.range(5).shard(2, 1),
        D.range(5).map(lambda x: x), D.zip((D.range(5), D.range(3))), D.range(5).concatenate(D.range(2)),
        D.from_tensors(X), D.from_tensor_slices(X).shuffle(3).prefetch(2), D.range(5).cache(),
    ]
    with tf.Session() as session:
        return {"sizes": session.run([tf.data.experimental.cardinality(d) for d in made])}


@script()
def with_options(tf):
    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = False
    options.experimental_threading.private_threadpool_size = 2
    tf.set_random_seed(5)
    return all_of(tf, tf.data.Dataset.range(6).shuffle(4).repeat(2).with_options(options))


# -- files -------------------------------------------------------------------------------------------------------


def written(folder):
    paths = [os.path.join(folder, name) for name in ("a.txt", "b.txt")]
    for path, text in zip(paths, ("one\ntwo\r\n\nfour", "five\n")):
        with open(path, "w", newline="") as file:
            file.write(text)
    return paths


@script()
def text_lines(tf):
    with tempfile.TemporaryDirectory() as folder:
        return all_of(tf, tf.data.TextLineDataset(written(folder)))


@script()
def text_lines_skipping_heads(tf):
    with tempfile.TemporaryDirectory() as folder:
        names = tf.data.Dataset.from_tensor_slices(written(folder))
        return all_of(tf, names.flat_map(lambda name: tf.data.TextLineDataset(name).skip(1)))


@script()
def text_lines_in_turn(tf):
    with tempfile.TemporaryDirectory() as folder:
        return all_of(tf, tf.data.TextLineDataset(written(folder), num_parallel_reads=2))


@script()
def records(tf):
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("", "GZIP", "ZLIB"):
            path = os.path.join(folder, "r" + kind)
            with tf.python_io.TFRecordWriter(path, tf.python_io.TFRecordOptions(kind)) as writer:
                for record in (b"abc", b"", b"\0\1"):
                    writer.write(record)
            for key, value in all_of(tf, tf.data.TFRecordDataset(path, compression_type=kind)).items():
                found[kind + key] = value
    return found


@script()
def fixed_length_records(tf):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "f")
        with open(path, "wb") as file:
            file.write(b"hh1122334455f")
        return all_of(tf, tf.data.FixedLengthRecordDataset(path, 2, header_bytes=2, footer_bytes=1))


@script()
def listed_files(tf):
    with tempfile.TemporaryDirectory() as folder:
        written(folder)
        element = tf.data.Dataset.list_files(folder + "/*.txt", shuffle=False).make_one_shot_iterator().get_next()
        with tf.Session() as session:
            return {"names": [os.path.basename(session.run(element)).decode() for _ in range(2)]}


@script()
def cached_in_files(tf):
    with tempfile.TemporaryDirectory() as folder:
        dataset = tf.data.Dataset.from_tensor_slices((X[:3], ["a", "b", "c"]))
        return all_of(tf, dataset.cache(os.path.join(folder, "cache")).repeat(2))


@script()
def missing_file(tf):
    return all_of(tf, tf.data.TextLineDataset("/nowhere/at/all"), most=1)
