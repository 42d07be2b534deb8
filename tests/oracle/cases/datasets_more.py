"""The rest of tf.data.experimental and tf.contrib.data: optionals, resampling, records of CSV files, databases and Examples."""

import os
import sqlite3
import tempfile

import numpy as np

from tests.oracle.cases import datasets as basic
from tests.oracle.harness import case, floats, script

X = floats(10, 3)


def written(name, text):
    path = os.path.join(tempfile.mkdtemp(), name)
    with open(path, "wb") as file:
        file.write(text)
    return path


def examples(tf):
    """Five serialized Examples: two floats `a`, a few numbers `b`, a text `c`."""
    found = []
    for i in range(5):
        feature = {
            "a": tf.train.Feature(float_list=tf.train.FloatList(value=[i, i + 0.5])),
            "b": tf.train.Feature(int64_list=tf.train.Int64List(value=list(range(i)))),
            "c": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"t%d" % i])),
        }
        found.append(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
    return found


def record_file(tf, texts=None):
    path = os.path.join(tempfile.mkdtemp(), "records")
    with tf.python_io.TFRecordWriter(path) as writer:
        for text in texts or examples(tf):
            writer.write(text)
    return path


def flat(value):
    """Sparse values as their parts."""
    if hasattr(value, "dense_shape"):
        return (value.indices, value.values, value.dense_shape)
    if isinstance(value, dict):
        return {key: flat(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(flat(item) for item in value)
    return value


def all_of(tf, dataset, most=30):
    """All elements, what they look like, and how they end; variables, tables and aggregators are allowed."""
    iterator = tf.data.make_initializable_iterator(dataset)
    element = iterator.get_next()
    with tf.Session() as session:
        session.run(iterator.initializer)
        found = basic.drain(_Flat(tf), _FlatSession(session), element, most)
    found["types"], found["shapes"] = str(dataset.output_types), str(dataset.output_shapes)
    return found


class _Flat(object):
    def __init__(self, tf):
        self.errors = tf.errors


class _FlatSession(object):
    def __init__(self, session):
        self._session = session

    def run(self, element):
        return flat(self._session.run(element))


# -- optionals -----------------------------------------------------------------------------------------------------------


@case()
def optional_values(tf):
    Optional = tf.data.experimental.Optional
    made = Optional.from_value((tf.constant(1), {"a": tf.constant([1.0, 2.0])}))
    number, rest = made.get_value()
    none = Optional.none_from_structure(made.value_structure)
    return {"has": made.has_value(), "number": number, "a": rest["a"], "none": none.has_value(name="there")}


@case(raises=True)
def optional_without_value(tf):
    return tf.data.experimental.Optional.none_from_structure(tf.TensorSpec([], tf.int32)).get_value()


@case(raises=True)
def optional_of_other_shape(tf):
    made = tf.data.experimental.Optional.from_value(tf.placeholder_with_default([1, 2], [None]))
    other = tf.data.experimental.Optional.none_from_structure(tf.TensorSpec([3], tf.int32))
    return type(other)(made._variant_tensor, other.value_structure).get_value()


@script(graph=True)
def next_as_optional(tf):
    iterator = tf.data.make_initializable_iterator(tf.data.Dataset.range(2))
    element = tf.data.experimental.get_next_as_optional(iterator)
    has, value = element.has_value(), element.get_value()
    found = {}
    with tf.Session() as session:
        session.run(iterator.initializer)
        for i in range(2):
            found["%d" % i] = session.run([has, value])
        found["end"] = session.run(has)
        try:
            session.run(value)
        except tf.errors.InvalidArgumentError:
            found["error"] = "InvalidArgumentError"
    return {key: np.array(v) if isinstance(v, list) else v for key, v in found.items()}


@script()
def next_or_another(tf):
    iterator = tf.data.make_initializable_iterator(tf.data.Dataset.range(2))
    element = tf.data.experimental.get_next_as_optional(iterator)
    value = tf.cond(element.has_value(), lambda: element.get_value(), lambda: tf.constant(-1, tf.int64))
    with tf.Session() as session:
        session.run(iterator.initializer)
        return {"all": np.array([session.run(value) for _ in range(4)])}


@script()
def optional_of_sparse(tf):
    made = tf.data.experimental.Optional.from_value(tf.SparseTensor([[0, 1]], [5], [2, 2]))
    with tf.Session() as session:
        value = session.run(made.get_value())
    return {"indices": value.indices, "values": value.values, "shape": value.dense_shape}


@script()
def optional_specs(tf):
    E = tf.data.experimental
    spec = tf.OptionalSpec(tf.TensorSpec([2], tf.int32))
    return {
        "same": spec == E.OptionalStructure(tf.TensorSpec([2], tf.int32)),
        "compatible": spec.is_compatible_with(tf.OptionalSpec(tf.TensorSpec([2], tf.int32))),
        "not": spec.is_compatible_with(tf.OptionalSpec(tf.TensorSpec([2], tf.float32))),
        "of value": tf.OptionalSpec.from_value(E.Optional.from_value(tf.constant([1, 2]))) == spec,
        "tensor": str(E.TensorStructure(tf.float32, [2])), "sparse": str(E.SparseTensorStructure(tf.float32, [2, 3])),
        "ragged": str(E.RaggedTensorStructure(tf.float32, [2, None], 1)),
        "array": E.TensorArrayStructure(tf.float32, [2], True, False) == tf.TensorArraySpec([2], tf.float32, True, False),
        "any": isinstance(E.TensorStructure(tf.int32, []), E.Structure),
    }  # fmt: skip


# -- records of files ----------------------------------------------------------------------------------------------------

TABLE = b'x,y,z,t\n1,2.5,3,one\n4,5.5,6,"two, and"\n7,,9,"th""ree"\n10,11.5,12,\n'

CSV = {
    "defaults": lambda tf, C, path: C(path, [[0], [0.0], [0], [""]], header=True),
    "types": lambda tf, C, path: C([path], [tf.int32, [-1.0], tf.int64, tf.string], header=True),
    "chosen": lambda tf, C, path: C(path, [[0.0], [""]], header=True, select_cols=[1, 3]),
    "two_files": lambda tf, C, path: C([path, path], [tf.int64, [0.5], tf.int32, [""]], header=True).skip(2),
    "texts": lambda tf, C, path: C(path, [[""]] * 4),
    "na": lambda tf, C, path: C(path, [[0], [0.0], [-3], [""]], header=True, na_value="9"),
    "missing": lambda tf, C, path: C(path, [tf.int32, tf.float32, tf.int32, [""]], header=True),
    "too_few_columns": lambda tf, C, path: C(path, [[0], [0.0]], header=True),
    "no_number": lambda tf, C, path: C(path, [[0], [0.0], [0], [0]], header=True),
    "batches": lambda tf, C, path: C(path, [[0], [0.0], [0], [""]], header=True).batch(3),
    "errors_ignored": lambda tf, C, path: C(path, [tf.int32, tf.float32, tf.int32, [""]], header=True).apply(
        tf.data.experimental.ignore_errors()
    ),
}


def _csv_case(name, make):
    @script("csv_" + name)
    def run(tf):
        found = all_of(tf, make(tf, tf.data.experimental.CsvDataset, written("a.csv", TABLE)))
        found.pop("end")  # the messages differ
        return found


for _name, _make in CSV.items():
    _csv_case(_name, _make)


@script()
def csv_of_other_forms(tf):
    C = tf.data.experimental.CsvDataset
    found = {}
    for name, text, arguments in (
        ("delim", b"1;2\n3;4\n", {"field_delim": ";"}), ("crlf", b"1,2\r\n3,4\r\n", {}), ("no end", b"1,2\n3,4", {}),
        ("quotes", b'"1","2"\n3,"4"\n', {}), ("across lines", b'"1","a\nb"\n3,"4"\n', {}),
        ("no quotes", b'1,"2"\n', {"use_quote_delim": False}),
    ):  # fmt: skip
        rows = all_of(tf, C(written("a.csv", text), [[0], [""]], **arguments))
        found.update({"%s %s" % (name, key): value for key, value in rows.items()})
    return found


MADE = {
    "plain": dict(num_epochs=1, shuffle=False),
    "label": dict(num_epochs=1, shuffle=False, label_name="z"),
    "chosen": dict(num_epochs=1, shuffle=False, select_columns=["x", "t"]),
    "chosen_by_number": dict(num_epochs=1, shuffle=False, select_columns=[3, 0], label_name="t"),
    "defaults": dict(num_epochs=1, shuffle=False, column_defaults=[[0.0], [1.0], [0.0], ["none"]]),
    "names": dict(num_epochs=1, shuffle=False, column_names=["a", "b", "c", "d"], label_name="d"),
    "shuffled": dict(num_epochs=2, shuffle_seed=3),
    "shuffled_once": dict(num_epochs=1, shuffle_seed=3, shuffle_buffer_size=2),
    "repeated": dict(shuffle=False),
    "shuffled_for_ever": dict(shuffle_seed=5),
}


def _made_case(name, arguments):
    @script("make_csv_" + name)
    def run(tf):
        tf.set_random_seed(1)
        path = written("a.csv", TABLE)
        return all_of(tf, tf.data.experimental.make_csv_dataset(path, 3, **arguments), most=5)


for _name, _arguments in MADE.items():
    _made_case(_name, _arguments)

for _name, _arguments in (
    ("label", dict(label_name="no")), ("names", dict(column_names=["a", "a", "b", "c"])), ("column", dict(select_columns=["no"])),
    ("number", dict(select_columns=[9])), ("header", dict(header=False)),
    ("defaults", dict(select_columns=[0], column_defaults=[[0], [1]])),
    ("compression", dict(compression_type="no")),
):  # fmt: skip
    script("make_csv_wrong_" + _name, raises=True)(
        lambda tf, arguments=_arguments: {
            "never": str(tf.data.experimental.make_csv_dataset(written("a.csv", TABLE), 3, **arguments))
        }
    )


@script(raises=True)
def make_csv_of_no_file(tf):
    return {"never": str(tf.data.experimental.make_csv_dataset("/tmp/no_such_file_*.csv", 3))}


@script()
def guessed_columns(tf):
    text = b"a,b,c,d,e\n1,1.5,x,3000000000,\n2,1e300,4,5,\n"
    dataset = tf.data.experimental.make_csv_dataset(written("a.csv", text), 2, num_epochs=1, shuffle=False)
    return all_of(tf, dataset)


# -- databases -----------------------------------------------------------------------------------------------------------


def database():
    path = os.path.join(tempfile.mkdtemp(), "data.db")
    connection = sqlite3.connect(path)
    connection.execute("create table t (id integer, name text, price real, big integer, flag integer)")
    rows = [(1, "one", 1.5, 1 << 40, 1), (2, None, 2.25, -5, 0), (3, "three", None, 300, 7), (None, "4.75", -1e10, 255, None)]
    connection.executemany("insert into t values (?, ?, ?, ?, ?)", rows)
    connection.commit()
    connection.close()
    return path


SQL = {
    "rows": ("select id, name, price from t order by id", "int32 string float64"),
    "types": ("select id, big, flag, flag from t where id is not null order by id", "int64 int64 bool int8"),
    "narrow": ("select big, big, id from t where id > 1 order by id", "int16 uint16 uint8"),
    "one": ("select count(*) from t", "int32"),
    "nothing": ("select id from t where id > 9", "int32"),
    "wrong_columns": ("select id, name from t", "int32"),
    "wrong_query": ("select no from t", "int32"),
}


def _sql_case(name, query, kinds):
    @script("sql_" + name)
    def run(tf):
        types = tuple(getattr(tf, kind) for kind in kinds.split())
        found = all_of(tf, tf.data.experimental.SqlDataset("sqlite", database(), query, types))
        found["end"] = found["end"].split(":")[0]
        return found


for _name, (_query, _kinds) in SQL.items():
    _sql_case(_name, _query, _kinds)


@script(raises=True)
def sql_of_another_driver(tf):
    return all_of(tf, tf.data.experimental.SqlDataset("other", database(), "select 1", (tf.int32,)))


@case()
def graph_of_a_query(tf):
    tf.data.experimental.SqlDataset("sqlite", "none.db", "select 1", (tf.int32, tf.string))
    return tf.constant(0)


# -- Examples ------------------------------------------------------------------------------------------------------------


def features(tf):
    return {
        "a": tf.FixedLenFeature([2], tf.float32), "b": tf.VarLenFeature(tf.int64), "c": tf.FixedLenFeature([], tf.string, "none"),
        "d": tf.FixedLenFeature([1], tf.int64, [7]),
    }  # fmt: skip


@script()
def parsed_examples(tf):
    wanted = features(tf)
    dataset = tf.data.Dataset.from_tensor_slices(examples(tf)).batch(2)
    return all_of(tf, dataset.apply(tf.data.experimental.parse_example_dataset(wanted)))


@script()
def parsed_sparse_features(tf):
    wanted = {"b": tf.SparseFeature("b", "b", tf.int64, 6), "c": tf.FixedLenSequenceFeature([], tf.string, allow_missing=True)}
    dataset = tf.data.Dataset.from_tensor_slices(examples(tf)).batch(3)
    return all_of(tf, dataset.apply(tf.data.experimental.parse_example_dataset(wanted, num_parallel_calls=2)))


@script(raises=True)
def parsed_scalars(tf):
    dataset = tf.data.Dataset.from_tensor_slices(examples(tf))
    return {"never": str(dataset.apply(tf.data.experimental.parse_example_dataset({"a": tf.VarLenFeature(tf.float32)})))}


@script(raises=True)
def parsed_missing_feature(tf):
    dataset = tf.data.Dataset.from_tensor_slices(examples(tf)).batch(2)
    found = all_of(tf, dataset.apply(tf.data.experimental.parse_example_dataset({"no": tf.FixedLenFeature([], tf.float32)})))
    raise tf.errors.InvalidArgumentError(None, None, found["end"])


BATCHES = {
    "plain": dict(num_epochs=1, shuffle=False), "label": dict(num_epochs=1, shuffle=False, label_key="a"),
    "shuffled": dict(num_epochs=2, shuffle_seed=3), "full": dict(num_epochs=1, shuffle=False, drop_final_batch=True),
    "for_ever": dict(shuffle=False),
}  # fmt: skip


def _batches_case(name, arguments):
    @script("batched_features_" + name)
    def run(tf):
        wanted = {"a": tf.FixedLenFeature([2], tf.float32), "b": tf.VarLenFeature(tf.int64)}
        made = tf.data.experimental.make_batched_features_dataset(record_file(tf), 2, wanted, **arguments)
        return all_of(tf, made, most=5)


for _name, _arguments in BATCHES.items():
    _batches_case(_name, _arguments)


@script(raises=True)
def batched_features_of_a_queue_reader(tf):
    make = tf.data.experimental.make_batched_features_dataset
    return {"never": str(make(record_file(tf), 2, {"a": tf.VarLenFeature(tf.float32)}, reader=tf.TFRecordReader))}


@script()
def read_batch(tf):
    found = tf.contrib.data.read_batch_features(
        record_file(tf), 2, {"a": tf.FixedLenFeature([2], tf.float32)}, randomize_input=False
    )
    with tf.Session() as session:
        return {"%d" % i: session.run(found)["a"] for i in range(3)}


@script()
def written_records(tf):
    path = os.path.join(tempfile.mkdtemp(), "records")
    found = {}
    for kind in ("", "GZIP"):
        write = tf.data.experimental.TFRecordWriter(path, kind).write(tf.data.Dataset.from_tensor_slices(["a", "bc", ""]))
        with tf.Session() as session:
            session.run(write)
        options = tf.python_io.TFRecordOptions(2 if kind else 0)
        found[kind or "plain"] = str(list(tf.python_io.tf_record_iterator(path, options)))
    return found


@script(raises=True)
def written_numbers(tf):
    return {"never": str(tf.data.experimental.TFRecordWriter("/tmp/none").write(tf.data.Dataset.range(3)))}


# -- resampling ----------------------------------------------------------------------------------------------------------

RESAMPLED = {
    "known": dict(initial_dist=[0.3, 0.7], target_dist=[0.2, 0.8]),
    "to_one_class": dict(initial_dist=[0.3, 0.7], target_dist=[0.0, 1.0]),
    "as_it_is": dict(initial_dist=[0.5, 0.5], target_dist=[0.5, 0.5]),
    "counted": dict(target_dist=[0.2, 0.8]),
}


def _resampled_case(name, arguments):
    @script("resampled_" + name)
    def run(tf):
        dataset = tf.data.Dataset.range(40).apply(
            tf.data.experimental.rejection_resample(lambda x: tf.cast(x % 3 > 0, tf.int32), seed=7, **arguments)
        )
        return all_of(tf, dataset, most=20)


for _name, _arguments in RESAMPLED.items():
    _resampled_case(_name, _arguments)


@script()
def sampled_by_a_dataset_of_weights(tf):
    D = tf.data.Dataset
    weights = D.from_tensor_slices([[0.9, 0.1], [0.1, 0.9], [0.5, 0.5]]).repeat()
    made = tf.data.experimental.sample_from_datasets([D.range(10), D.range(100, 110)], weights=weights, seed=5)
    return all_of(tf, made, most=15)


# -- tf.contrib.data -----------------------------------------------------------------------------------------------------

CONTRIB = {
    "sliding": lambda tf, D, C: D.range(7).apply(C.sliding_window_batch(3)),
    "sliding_shift": lambda tf, D, C: D.range(9).apply(C.sliding_window_batch(2, window_shift=3)),
    "sliding_stride": lambda tf, D, C: D.range(9).apply(C.sliding_window_batch(3, stride=2, window_stride=2)),
    "sliding_pairs": lambda tf, D, C: D.from_tensor_slices((X, np.arange(10))).apply(C.sliding_window_batch(4, window_shift=2)),
    "sliding_nothing": lambda tf, D, C: D.range(2).apply(C.sliding_window_batch(3)),
    "dropped": lambda tf, D, C: D.range(7).apply(C.batch_and_drop_remainder(3)),
    "padded_dropped": lambda tf, D,
    C: D.range(1, 6).map(lambda n: tf.fill([n], n)).apply(C.padded_batch_and_drop_remainder(2, [None])),
    "sloppy": lambda tf, D, C: D.range(1, 4).apply(C.sloppy_interleave(lambda n: D.from_tensors(n).repeat(n), 1)),
    "element_shape": lambda tf, D, C: D.from_generator(lambda: iter([[1], [2]]), tf.int32).apply(
        C.assert_element_shape(tf.TensorShape([1]))
    ),
    "element_shape_of_pairs": lambda tf, D, C: D.from_generator(
        lambda: iter([([1], 2), ([2], 3)]), (tf.int32, tf.int32)
    ).apply(C.assert_element_shape((tf.TensorShape([1]), tf.TensorShape([])))),
    "csv": lambda tf, D, C: C.CsvDataset(written("a.csv", b"1,2\n"), [[0], [0]]),
    "sql": lambda tf, D, C: C.SqlDataset("sqlite", database(), "select id from t where id = 1", (tf.int32,)),
    "resampled": lambda tf, D, C: D.range(10).apply(
        C.rejection_resample(lambda x: tf.cast(x % 2, tf.int32), [0.5, 0.5], [0.5, 0.5], seed=1)
    ),
}


def _contrib_case(name, make):
    @script("contrib_" + name)
    def run(tf):
        return all_of(tf, make(tf, tf.data.Dataset, tf.contrib.data))


for _name, _make in CONTRIB.items():
    _contrib_case(_name, _make)


@script(raises=True)
def contrib_sliding_two_shifts(tf):
    return {"never": str(tf.contrib.data.sliding_window_batch(2, stride=1, window_shift=2))}


@script(raises=True)
def contrib_sliding_of_nothing(tf):
    return all_of(tf, tf.data.Dataset.range(2).apply(tf.contrib.data.sliding_window_batch(0)))


@script(raises=True)
def contrib_element_of_other_shape(tf):
    return {"never": str(tf.data.Dataset.range(3).apply(tf.contrib.data.assert_element_shape(tf.TensorShape([2]))))}


@case(graph=False)
def contrib_reduced(tf):
    reducer = tf.contrib.data.Reducer(lambda key: key, lambda total, x: total + x, lambda total: total)
    return tf.contrib.data.reduce_dataset(tf.data.Dataset.range(5), reducer)


# -- options and measurements --------------------------------------------------------------------------------------------


@script(graph=True)
def measured_bytes(tf):
    aggregator = tf.data.experimental.StatsAggregator()
    summary = aggregator.get_summary()
    options = tf.data.Options()
    options.experimental_stats.aggregator = aggregator
    options.experimental_stats.prefix = "input"
    dataset = tf.data.Dataset.from_tensor_slices(X).apply(tf.data.experimental.bytes_produced_stats("bytes")).with_options(options)
    iterator = tf.data.make_initializable_iterator(dataset)
    element = iterator.get_next()
    with tf.Session() as session:
        session.run(iterator.initializer)
        for _ in range(4):
            session.run(element)
        found = tf.Summary.FromString(session.run(summary))
    return {
        "%s %s" % (value.tag, field): getattr(value.histo, field)
        for value in found.value if "bytes" in value.tag for field in ("num", "sum", "min", "max")
    }  # fmt: skip


@script()
def measured_latency(tf):
    aggregator = tf.data.experimental.StatsAggregator()
    summary, options = aggregator.get_summary(), tf.data.Options()
    options.experimental_stats.aggregator = aggregator
    dataset = tf.data.Dataset.range(3).apply(tf.data.experimental.latency_stats("time")).with_options(options)
    iterator = tf.data.make_initializable_iterator(dataset)
    element = iterator.get_next()
    with tf.Session() as session:
        session.run(iterator.initializer)
        for _ in range(3):
            session.run(element)
        found = tf.Summary.FromString(session.run(summary))
    return {value.tag: value.histo.num for value in found.value if "time" in value.tag}


@script()
def measured_by_nobody(tf):
    dataset = tf.data.Dataset.range(3).apply(tf.data.experimental.bytes_produced_stats("b"))
    return all_of(tf, dataset.apply(tf.data.experimental.latency_stats("l")))


# -- iterators in checkpoints --------------------------------------------------------------------------------------------


@script()
def saved_iterator(tf):
    folder = tempfile.mkdtemp()
    dataset = tf.data.Dataset.range(20).shuffle(5, seed=3).map(lambda x: x * 2).batch(2)
    iterator = tf.data.make_initializable_iterator(dataset)
    element = iterator.get_next()
    tf.add_to_collection(tf.GraphKeys.SAVEABLE_OBJECTS, tf.data.experimental.make_saveable_from_iterator(iterator))
    tf.Variable(1.0)
    saver = tf.train.Saver()
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), iterator.initializer])
        first = [session.run(element) for _ in range(3)]
        path = saver.save(session, os.path.join(folder, "model"))
        second = [session.run(element) for _ in range(2)]
    with tf.Session() as session:
        session.run(iterator.initializer)
        saver.restore(session, path)
        again = [session.run(element) for _ in range(4)]
    return {"first": np.array(first), "second": np.array(second), "again": np.array(again)}


@script()
def saved_input_of_an_estimator(tf):
    seen, folder = [], tempfile.mkdtemp()

    def keep(x):
        seen.append(x)
        return np.float32(0)

    def model(features, labels, mode):
        weight = tf.get_variable("w", [], initializer=tf.ones_initializer())
        done = tf.py_func(keep, [features], tf.float32)
        return tf.estimator.EstimatorSpec(
            mode, loss=weight * 2.0, train_op=tf.group(done, tf.assign_add(tf.train.get_global_step(), 1))
        )

    estimator = tf.estimator.Estimator(model, folder, tf.estimator.RunConfig(save_checkpoints_steps=2))
    for _ in range(2):
        hook = tf.data.experimental.CheckpointInputPipelineHook(estimator)
        estimator.train(lambda: tf.data.Dataset.range(100).map(lambda x: (x, x)), steps=3, hooks=[hook])
    return {"seen": np.array(seen),
        "files": str(sorted(n for n in os.listdir(folder) if n.startswith("input") and n.endswith("index")))}
