"""Look-up tables: static ones from tensors and files, vocabularies with buckets, mutable ones and their checkpoints."""

import numpy as np

from tests.oracle.harness import Folder, kind_made, script


def kind_of(sess, fetch):
    return kind_made(lambda: sess.run(fetch))


def values(tf, fetches, feeds=None):
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.tables_initializer()])
        return sess.run(fetches, feeds)


KEYS = ["emerson", "lake", "palmer"]


# -- static tables -------------------------------------------------------------------------------------------------------


@script(graph=True)
def static_table(tf):
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(KEYS, [0, 1, 2]), -1)
    found = table.lookup(tf.constant([["lake", "x"], ["emerson", ""]]))
    fetches = {"found": found, "size": table.size(), "default": table.default_value}
    result = values(tf, fetches)
    result["types"] = [table.key_dtype.name, table.value_dtype.name, table.name, table.initializer.name]
    return result


@script(graph=True)
def tables_of_all_types(tf):
    pairs = [
        ([1, 2], ["a", "b"], tf.int64, tf.string, "none", tf.constant([2, 3], tf.int64)),
        (["a", "b"], [1.5, 2.5], tf.string, tf.float32, 0.5, tf.constant(["b", "c"])),
        ([1, 2], [3, 4], tf.int64, tf.int64, -7, tf.constant([[1], [9]], tf.int64)),
        ([1, 2], [0.5, 0.25], tf.int64, tf.float32, 9.0, tf.constant(1, tf.int64)),
        (["x", "y"], ["u", "v"], tf.string, tf.string, "", tf.constant(["x"])),
        (["x", "y"], [True, False], tf.string, tf.bool, False, tf.constant(["x", "z"])),
        ([5, 6], [1, 2], tf.int32, tf.int32, 0, tf.constant([6])),
    ]
    made = {}
    for i, (keys, vals, key_type, value_type, default, wanted) in enumerate(pairs):
        init = tf.lookup.KeyValueTensorInitializer(keys, vals, key_type, value_type, name="init_%d" % i)
        table = tf.contrib.lookup.HashTable(init, default, name="table_%d" % i)
        made[str(i)] = table.lookup(wanted)
    return values(tf, made)


@script(graph=True)
def shared_tables(tf):
    init = tf.contrib.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2], tf.string, tf.int64)
    first = tf.contrib.lookup.HashTable(init, -1, shared_name="same")
    second = tf.contrib.lookup.HashTable(init, -5, shared_name="same", name="second")
    wanted = tf.constant(["a", "c"])
    with tf.Session() as sess:
        first.init.run()
        return {"first": sess.run(first.lookup(wanted)), "second": sess.run(second.lookup(wanted))}


@script(graph=True)
def sparse_keys(tf):
    table = tf.contrib.lookup.index_table_from_tensor(KEYS)
    sp = tf.SparseTensor([[0, 0], [0, 2], [1, 1]], ["palmer", "?", "lake"], [2, 3])
    with tf.name_scope("here"):
        found = table.lookup(sp)
    return values(tf, {"found": found, "again": table.lookup(sp, name="named")})


@script()
def exported(tf):
    init = tf.contrib.lookup.KeyValueTensorInitializer(KEYS, [3, 1, 2], tf.string, tf.int64)
    table = tf.contrib.lookup.HashTable(init, -1)
    keys, vals = table.export()
    found = values(tf, [keys, vals])
    return {"pairs": sorted(zip(found[1].tolist(), found[0].tolist())), "shapes": [str(keys.shape), str(vals.shape)]}


@script()
def faults(tf):
    init = tf.lookup.KeyValueTensorInitializer
    missing = tf.contrib.lookup.HashTable(init(["a"], [1]), 0)
    twice = tf.contrib.lookup.HashTable(init(["a", "a"], [1, 2]), 0)
    alike = tf.contrib.lookup.HashTable(init(["a", "a"], [1, 1]), 0)
    uneven = tf.contrib.lookup.HashTable(init(tf.constant(["a", "b"]), tf.placeholder_with_default([1], None)), 0)
    with tf.Session() as sess:
        kinds = {
            "before": kind_of(sess, missing.lookup(tf.constant(["a"]))),
            "size": kind_of(sess, missing.size()),
            "export": kind_of(sess, missing.export()),
            "twice": kind_of(sess, twice.init),
            "alike": kind_of(sess, alike.init),
            "uneven": kind_of(sess, uneven.init),
            "first": kind_of(sess, missing.init),
            "second": kind_of(sess, missing.init),
        }
    other = tf.contrib.lookup.HashTable(init(["a"], [1]), 0, shared_name="one")
    clash = tf.contrib.lookup.HashTable(init(["b"], [1]), 0, shared_name="one")
    with tf.Session() as sess:
        sess.run(other.init)
        kinds["different"] = kind_of(sess, clash.init)
        kinds["kept"] = sess.run(clash.lookup(tf.constant(["a", "b"])))
    kinds["key type"] = kind_made(lambda: missing.lookup(tf.constant([1])))
    kinds["vector default"] = kind_made(lambda: tf.contrib.lookup.HashTable(init(["a"], [1]), [0, 1]))
    kinds["default type"] = kind_made(lambda: tf.contrib.lookup.HashTable(init(["a"], [1]), "x"))
    return kinds


@script()
def two_sessions(tf):
    table = tf.contrib.lookup.index_table_from_tensor(KEYS)
    found = table.lookup(tf.constant(["lake"]))
    with tf.Session() as first:
        first.run(tf.initialize_all_tables())
        with tf.Session() as second:
            return {"first": first.run(found), "second": kind_of(second, found)}


@script(graph=True)
def no_tables(tf):
    with tf.Session() as sess:
        return {"nothing": str(sess.run(tf.tables_initializer())), "name": tf.initialize_all_tables().name}


@script(graph=True)
def made_in_a_scope(tf):
    with tf.name_scope("scope"), tf.control_dependencies([tf.constant(1)]):
        table = tf.contrib.lookup.index_table_from_tensor(tf.constant(["a", "b"]), num_oov_buckets=1, name="words")
        found = table.lookup(tf.constant(["b", "zz"]), name="found")
    return values(tf, {"found": found, "size": table.size()})


# -- files ---------------------------------------------------------------------------------------------------------------

LINES = b"emerson\nlake\npalmer\n"
COLUMNS = b"a,1,0.5\nb,2,1.5\nc,3,2.5\n"


@script(graph=True)
def lines_of_a_file(tf):
    with Folder(words=LINES):
        index = tf.contrib.lookup.index_table_from_file("words")
        word = tf.contrib.lookup.index_to_string_table_from_file("words", default_value="?")
        return values(
            tf,
            {
                "index": index.lookup(tf.constant(["lake", "x", "palmer"])),
                "word": word.lookup(tf.constant([[2, 0], [7, -1]], tf.int64)),
                "size": index.size(),
            },
        )


@script(graph=True)
def a_part_of_a_file(tf):
    with Folder(words=LINES):
        index = tf.contrib.lookup.index_table_from_file("words", vocab_size=2, num_oov_buckets=3, default_value=-9)
        word = tf.contrib.lookup.index_to_string_table_from_file("words", vocab_size=1)
        wanted = tf.constant(["lake", "palmer", "x", "emerson", "y", "z"])
        return values(
            tf,
            {
                "index": index.lookup(wanted),
                "word": word.lookup(tf.constant([0, 1], tf.int64)),
                "size": index.size(),
            },
        )


@script(graph=True)
def columns_of_a_file(tf):
    with Folder(table=COLUMNS):
        lookup, index = tf.lookup, tf.lookup.TextFileIndex
        number = lookup.TextFileInitializer("table", tf.string, 0, tf.int64, 1, delimiter=",")
        share = lookup.TextFileInitializer("table", tf.int64, 1, tf.float32, 2, delimiter=",", name="share")
        line = lookup.TextFileInitializer("table", tf.int64, index.LINE_NUMBER, tf.string, index.WHOLE_LINE)
        return values(
            tf,
            {
                "number": lookup.StaticHashTable(number, -1).lookup(tf.constant(["c", "d", "a"])),
                "share": lookup.StaticHashTable(share, -1.0).lookup(tf.constant([2, 5], tf.int64)),
                "line": lookup.StaticHashTable(line, "").lookup(tf.constant([2, 5], tf.int64)),
            },
        )


@script()
def integers_of_a_file(tf):
    with Folder(numbers=b"42\n1\n-1000\n"):
        table = tf.contrib.lookup.index_table_from_file("numbers", num_oov_buckets=2, key_dtype=tf.int32)
        return values(tf, {"found": table.lookup(tf.constant([1, 42, 7, 8, -1000]))})


@script()
def files_with_odd_ends(tf):
    with Folder(bare=b"a\nb", windows=b"a\r\nb\r\n", one=b"x"):
        found = {}
        for name in ("bare", "windows", "one"):
            table = tf.contrib.lookup.index_table_from_file(name)
            found[name] = table.lookup(tf.constant(["a", "b", "", "x", "a\r"]))
        return values(tf, found)


@script()
def a_file_that_is_fed(tf):
    with Folder(words=LINES, others=b"x\ny\n"):
        name = tf.placeholder(tf.string, [], name="file")
        table = tf.contrib.lookup.index_table_from_file(name, num_oov_buckets=1)
        found = table.lookup(tf.constant(["y", "lake"]))
        with tf.Session() as sess:
            sess.run(table.initializer, {name: "others"})
            return {"found": sess.run(found)}


@script()
def file_faults(tf):
    made = {}
    with Folder(words=LINES, table=COLUMNS, twins=b"a\na\n", bad=b"a,x\n", gap=b"a\n\nb\n"):
        from_file = tf.contrib.lookup.index_table_from_file
        text = tf.lookup.TextFileInitializer
        tables = {
            "missing": from_file("nowhere"),
            "too short": from_file("words", vocab_size=4),
            "twins": from_file("twins"),
            "gap": from_file("gap"),
            "no column": tf.lookup.StaticHashTable(text("words", tf.string, 0, tf.int64, 3), -1),
            "no number": tf.lookup.StaticHashTable(text("bad", tf.string, 0, tf.int64, 1, delimiter=","), -1),
        }
        with tf.Session() as sess:
            made = {name: kind_of(sess, table.initializer) for name, table in tables.items()}
    calls = {
        "no file": lambda: from_file(None),
        "empty name": lambda: from_file(""),
        "negative buckets": lambda: from_file("words", num_oov_buckets=-1),
        "no lines": lambda: from_file("words", vocab_size=0),
        "float keys": lambda: from_file("words", key_dtype=tf.float32),
        "bad index": lambda: text("words", tf.string, -3, tf.int64, -1),
        "number as text": lambda: text("words", tf.string, -1, tf.int64, -1),
        "line as number": lambda: text("words", tf.string, -2, tf.int64, -2),
        "empty list": lambda: tf.contrib.lookup.index_table_from_tensor(None),
        "float list": lambda: tf.contrib.lookup.index_table_from_tensor([1.0], dtype=tf.float32),
        "other list": lambda: tf.contrib.lookup.index_table_from_tensor([1, 2]),
        "no words": lambda: tf.contrib.lookup.index_to_string_table_from_tensor(None),
    }
    made.update({name: kind_made(call) for name, call in calls.items()})
    return made


# -- vocabularies --------------------------------------------------------------------------------------------------------


@script(graph=True)
def words_and_numbers(tf):
    lookup = tf.contrib.lookup
    index = lookup.index_table_from_tensor(tf.constant(KEYS), num_oov_buckets=2, default_value=-1)
    word = lookup.index_to_string_table_from_tensor(KEYS, default_value="UNKNOWN")
    return values(
        tf,
        {
            "index": index.lookup(tf.constant([["lake", "x"], ["emerson", "y"]])),
            "word": word.lookup(tf.constant([2, 9], tf.int64)),
            "size": index.size(),
            "deprecated": lookup.string_to_index(tf.constant(["lake"]), KEYS),
            "deprecated too": lookup.index_to_string(tf.constant([1], tf.int64), KEYS),
        },
    )


@script(graph=True)
def numbers_as_keys(tf):
    table = tf.contrib.lookup.index_table_from_tensor([10, 20, 30], num_oov_buckets=3, dtype=tf.int64)
    small = tf.contrib.lookup.index_table_from_tensor([10, 20], dtype=tf.int32)
    return values(
        tf,
        {
            "buckets": table.lookup(tf.constant([20, 99, 30, -5], tf.int64)),
            "none": small.lookup(tf.constant([20, 5], tf.int64)),
        },
    )


@script(graph=True)
def hashers(tf):
    lookup = tf.contrib.lookup
    wanted = tf.constant(["lake", "x", "y", "z"])
    strong = lookup.StrongHashSpec((5, 6))
    made = {
        "fast": lookup.index_table_from_tensor(KEYS, num_oov_buckets=50),
        "strong": lookup.index_table_from_tensor(KEYS, num_oov_buckets=50, hasher_spec=strong),
        "legacy": lookup.index_table_from_tensor(
            KEYS, num_oov_buckets=50, hasher_spec=lookup.HasherSpec("legacy", None)
        ),
        "no table": lookup.IdTableWithHashBuckets(None, num_oov_buckets=50),
        "no table, strong": lookup.IdTableWithHashBuckets(None, num_oov_buckets=50, hasher_spec=strong, name="s"),
    }
    return values(tf, {name: [table.lookup(wanted), table.size()] for name, table in made.items()})


@script(graph=True)
def static_vocabulary(tf):
    init = tf.lookup.KeyValueTensorInitializer(KEYS, [0, 1, 2], tf.string, tf.int64)
    table = tf.lookup.StaticVocabularyTable(init, num_oov_buckets=5)
    whole = tf.lookup.StaticVocabularyTable(None, num_oov_buckets=4)
    wanted = tf.SparseTensor([[0, 0], [1, 1]], ["lake", "x"], [2, 2])
    found = values(tf, {"found": table.lookup(wanted), "size": table.size(), "whole": whole.lookup(wanted.values)})
    found["names"] = [table.name, whole.name, table.key_dtype.name]
    return found


@script()
def vocabulary_faults(tf):
    lookup = tf.contrib.lookup
    floats = lookup.KeyValueTensorInitializer(["a"], [1.0])
    words = lookup.KeyValueTensorInitializer(["a"], [1], tf.string, tf.int64)
    table = lookup.HashTable(words, -1)
    calls = {
        "no buckets": lambda: tf.lookup.StaticVocabularyTable(words, 0),
        "no table": lambda: lookup.IdTableWithHashBuckets(None, 0),
        "float values": lambda: tf.lookup.StaticVocabularyTable(floats, 1),
        "integer keys": lambda: lookup.IdTableWithHashBuckets(table, 1, key_dtype=tf.int64),
        "no hasher": lambda: lookup.IdTableWithHashBuckets(table, 1, hasher_spec="fast"),
        "short key": lambda: lookup.StrongHashSpec([1]),
        "text key": lambda: lookup.StrongHashSpec(["a", "b"]),
        "wrong keys": lambda: lookup.IdTableWithHashBuckets(table, 1).lookup(tf.constant([1])),
    }
    return {name: kind_made(call) for name, call in calls.items()}


@script()
def words_in_a_dataset(tf):
    table = tf.contrib.lookup.index_table_from_tensor(["a", "b", "c"], num_oov_buckets=1)
    data = tf.data.Dataset.from_tensor_slices(["c", "x", "a"]).map(table.lookup).batch(2)
    iterator = data.make_initializable_iterator()
    step = iterator.get_next()
    with tf.Session() as sess:
        sess.run([tf.tables_initializer(), iterator.initializer])
        return {"first": sess.run(step), "second": sess.run(step)}


@script()
def look_up_in_branches_and_loops(tf):
    table = tf.contrib.lookup.index_table_from_tensor(["a", "b", "c"])
    x = tf.placeholder(tf.string, [None], name="x")
    branch = tf.cond(tf.size(x) > 1, lambda: table.lookup(x), lambda: table.lookup(x) * 10)
    total = tf.while_loop(
        lambda i, s: i < 3, lambda i, s: (i + 1, s + tf.reduce_sum(table.lookup(x))), [0, tf.constant(0, tf.int64)]
    )[1]
    mapped = tf.map_fn(lambda w: table.lookup(w), x, dtype=tf.int64)
    return values(tf, {"branch": branch, "total": total, "mapped": mapped}, {x: ["b", "c"]})


# -- mutable tables ------------------------------------------------------------------------------------------------------


@script(graph=True)
def mutable_table(tf):
    table = tf.contrib.lookup.MutableHashTable(tf.string, tf.int64, -1)
    insert = table.insert(tf.constant(["a", "b", "a"]), tf.constant([1, 2, 3], tf.int64))
    found = table.lookup(tf.constant(["a", "b", "c"]))
    remove = table.remove(tf.constant(["a", "zz"]))
    result = {}
    with tf.Session() as sess:
        result["empty"] = sess.run(found)
        sess.run(insert)
        result["full"], result["size"] = sess.run([found, table.size()])
        sess.run(remove)
        result["removed"], result["left"] = sess.run([found, table.size()])
    result["name"] = table.name
    return result


@script(graph=True)
def table_of_vectors(tf):
    table = tf.contrib.lookup.MutableHashTable(tf.int64, tf.float32, [0.0, -1.0], name="vectors", checkpoint=False)
    insert = table.insert(tf.constant([[1, 2]], tf.int64), [[[1.0, 2.0], [3.0, 4.0]]])
    found = table.lookup(tf.constant([[2], [7]], tf.int64))
    keys, vals = table.export()
    with tf.Session() as sess:
        sess.run(insert)
        result = {"found": sess.run(found), "shape": str(found.shape)}
        exported = sess.run([keys, vals])
    order = np.argsort(exported[0])
    result.update(keys=exported[0][order], values=exported[1][order])
    return result


@script(graph=True)
def dense_table(tf):
    lookup = tf.contrib.lookup
    table = lookup.MutableDenseHashTable(tf.int64, tf.int64, -1, empty_key=0, deleted_key=-9, initial_num_buckets=16)
    insert = table.insert(tf.constant([11, 12], tf.int64), tf.constant([1, 2], tf.int64))
    found = table.lookup(tf.constant([11, 13], tf.int64))
    remove = table.remove(tf.constant([11], tf.int64))
    result = {}
    with tf.Session() as sess:
        sess.run(insert)
        result["full"], result["size"] = sess.run([found, table.size()])
        sess.run(remove)
        result["removed"] = sess.run(found)
        result["empty key"] = kind_of(sess, table.insert(tf.constant([0], tf.int64), tf.constant([1], tf.int64)))
        result["deleted key"] = kind_of(sess, table.insert(tf.constant([-9], tf.int64), tf.constant([1], tf.int64)))
    return result


@script()
def dense_table_of_vectors(tf):
    table = tf.contrib.lookup.MutableDenseHashTable(
        tf.int64, tf.float32, [0.0, 0.0], empty_key=[0, 0], deleted_key=[-1, -1], name="pairs"
    )
    insert = table.insert(tf.constant([[1, 2], [3, 4]], tf.int64), tf.constant([[0.5, 1.5], [2.5, 3.5]]))
    found = table.lookup(tf.constant([[3, 4], [2, 1]], tf.int64))
    with tf.Session() as sess:
        sess.run(insert)
        return {"found": sess.run(found), "size": sess.run(table.size()), "shape": str(found.shape)}


@script()
def counting_words(tf):
    table = tf.contrib.lookup.MutableHashTable(tf.string, tf.int64, 0)
    words = tf.placeholder(tf.string, [None], name="words")
    counts = table.lookup(words) + 1
    with tf.control_dependencies([table.insert(words, counts)]):
        size = table.size()
    with tf.Session() as sess:
        for batch in (["a", "b"], ["a"], ["c", "a"]):
            last = sess.run([counts, size], {words: batch})
        return {"counts": last[0], "size": last[1], "all": sess.run(table.lookup(tf.constant(["a", "b", "c"])))}


@script()
def mutable_table_saved(tf):
    with Folder():
        table = tf.contrib.lookup.MutableHashTable(tf.string, tf.int64, -1, name="saved")
        weight = tf.get_variable("w", initializer=[1.0, 2.0])
        insert = table.insert(tf.constant(["a", "b"]), tf.constant([1, 2], tf.int64))
        other = table.insert(tf.constant(["c"]), tf.constant([3], tf.int64))
        found = table.lookup(tf.constant(["a", "b", "c"]))
        saver = tf.train.Saver()
        result = {}
        with tf.Session() as sess:
            sess.run([tf.global_variables_initializer(), insert])
            path = saver.save(sess, "./model")
            sess.run([other, weight.assign([0.0, 0.0])])
            result["before"] = sess.run(found)
            saver.restore(sess, path)
            result["after"], result["weight"] = sess.run([found, weight])
        result["stored"] = sorted(name for name, _ in tf.train.list_variables(path))
        with tf.Session() as sess:
            saver.restore(sess, path)
            result["elsewhere"] = sess.run(found)
        return result


@script()
def mutable_faults(tf):
    table = tf.contrib.lookup.MutableHashTable(tf.string, tf.int64, -1)
    vectors = tf.contrib.lookup.MutableHashTable(tf.string, tf.int64, [1, 2], name="vectors")
    keys = tf.placeholder_with_default(["a", "b"], None)
    with tf.Session() as sess:
        kinds = {
            "uneven": kind_of(sess, table.insert(keys, tf.placeholder_with_default(np.int64([1]), None))),
            "scalars": kind_of(sess, vectors.insert(keys, tf.placeholder_with_default(np.int64([1, 2]), None))),
            "not there": kind_of(sess, table.remove(keys)),
        }
    kinds["key type"] = kind_made(lambda: table.lookup([1]))
    kinds["value type"] = kind_made(lambda: table.insert(["a"], ["b"]))
    kinds["removed type"] = kind_made(lambda: table.remove(tf.constant([1])))
    return kinds
