"""Summaries: nodes and bytes; event files; TFRecord files; files and folders."""

import os

import numpy as np

from tests.oracle.cases.saving import Folder, texts
from tests.oracle.harness import case, floats, integers, script


def as_numbers(data):
    return np.frombuffer(data, np.uint8)


def summary_of(build, feeds=None):
    """A script that runs one summary, and gives its bytes."""

    def run(tf):
        summary = build(tf)
        with tf.Session() as session:
            return {"bytes": as_numbers(session.run(summary, feeds))}

    return run


# -- scalars -------------------------------------------------------------------------------------------------------------

for kind in ("float32", "float64", "float16", "int32", "int64", "uint8", "int8"):
    script(name="scalar_" + kind, graph=True)(
        summary_of(lambda tf, kind=kind: tf.summary.scalar("s", tf.constant(3, getattr(tf, kind))))
    )
SCALARS = {
    "scalar_value": lambda tf: tf.summary.scalar("loss", 1.5),
    "scalar_zero": lambda tf: tf.summary.scalar("loss", 0.0),
    "scalar_not_a_number": lambda tf: tf.summary.scalar("loss", float("nan")),
    "scalar_third": lambda tf: tf.summary.scalar("loss", tf.constant(1.0 / 3.0, tf.float64)),
    "scalar_with_an_illegal_name": lambda tf: tf.summary.scalar("/my loss: 1", 1.0),
    "scalar_with_slashes": lambda tf: tf.summary.scalar("train/loss", 1.0),
    "scalar_in_a_family": lambda tf: tf.summary.scalar("loss", 1.0, family="my family"),
}
for name, build in SCALARS.items():
    script(name=name, graph=True)(summary_of(build))


@script(graph=True)
def scalars_in_scopes(tf):
    found = []
    with tf.name_scope("outer"):
        found.append(tf.summary.scalar("loss", 1.0))
        found.append(tf.summary.scalar("loss", 2.0))
        with tf.variable_scope("inner"):
            found.append(tf.summary.scalar("loss", 3.0, family="f"))
    with tf.Session() as session:
        values = session.run(found)
    return {"bytes": as_numbers(b"|".join(values)), "names": texts(s.name for s in found)}


@script(graph=True)
def collections_of_summaries(tf):
    first = tf.summary.scalar("a", 1.0, collections=["mine"])
    tf.summary.scalar("b", 1.0)
    tf.summary.histogram("c", [1.0], collections=["mine", tf.GraphKeys.SUMMARIES])
    merged = tf.summary.merge_all("mine")
    nothing = tf.summary.merge_all("nothing")
    with tf.name_scope("in"):
        tf.summary.scalar("d", 4.0)
    scoped = tf.summary.merge_all(scope="in")
    again = tf.summary.merge([first], collections=["again"], name="merged here")
    with tf.Session() as session:
        values = session.run([merged, scoped, again])
    return {
        "mine": texts(s.name for s in tf.get_collection("mine")),
        "all": texts(s.name for s in tf.get_collection(tf.GraphKeys.SUMMARIES)),
        "again": texts(s.name for s in tf.get_collection("again")),
        "nothing": str(nothing),
        "bytes": as_numbers(b"|".join(values)),
    }


# -- histograms ----------------------------------------------------------------------------------------------------------

HISTOGRAMS = {
    "floats": floats(7, 5),
    "large": np.float32([1e19, -1e30, 3e38, 5.0]),
    "tiny": np.float32([1e-12, -1e-13, 1e-30, 0.0, -0.0]),
    "zeros": np.zeros([4], np.float32),
    "nothing": np.zeros([0], np.float32),
    "one": np.float32(2.5),
    "doubles": floats(100, dtype=np.float64) ** 3,
    "int32": integers(20, low=-9),
    "int64": np.array([2**60, -5]),
    "uint8": integers(9, dtype=np.uint8),
    "float16": floats(9, dtype=np.float16),
    "limits": np.array([1.0e-12, 1.1e-12, 1.21e-12, -1.0e-12]),
}
for name, values in HISTOGRAMS.items():
    script(name="histogram_" + name, graph=True)(
        summary_of(lambda tf, values=values: tf.summary.histogram("h", tf.constant(values)))
    )
for name, bad in (("not_a_number", [1.0, float("nan")]), ("infinity", [1.0, float("inf")])):
    script(name="histogram_of_" + name, raises=True)(summary_of(lambda tf, bad=bad: tf.summary.histogram("h", bad)))

# -- images --------------------------------------------------------------------------------------------------------------

IMAGES = {
    "bytes_grey": integers(2, 6, 7, 1, dtype=np.uint8, high=256),
    "bytes_rgb": integers(1, 9, 5, 3, dtype=np.uint8, high=256),
    "bytes_rgba": integers(1, 4, 4, 4, dtype=np.uint8, high=256),
    "bytes_flat": np.full([1, 28, 28, 1], 7, np.uint8),
    "bytes_ramp": (np.arange(3 * 40 * 50) // 7).astype(np.uint8).reshape(1, 40, 50, 3),
    "bytes_large": integers(1, 120, 130, 3, dtype=np.uint8, high=40),
    "floats_of_both_signs": floats(2, 5, 6, 3),
    "floats_not_negative": floats(2, 5, 6, 1, low=0.0),
    "floats_negative": floats(1, 5, 6, 1, high=-0.5),
    "floats_zero": np.zeros([1, 3, 3, 1], np.float32),
    "floats_that_are_none": np.float32([[[[1.0], [np.nan]], [[np.inf], [-2.0]]]]),
    "floats_colours_that_are_none": np.where(floats(1, 4, 4, 3) > 1.5, np.nan, floats(1, 4, 4, 3)).astype(np.float32),
    "halves": floats(1, 5, 6, 3, dtype=np.float16),
    "doubles": floats(1, 5, 6, 3, dtype=np.float64),
    "five": integers(5, 2, 2, 1, dtype=np.uint8, high=256),
    "one_pixel": np.full([1, 1, 1, 1], 200, np.uint8),
    "one_row": integers(1, 1, 30, 3, dtype=np.uint8, high=256),
    "one_column": integers(1, 30, 1, 3, dtype=np.uint8, high=256),
    "none_at_all": np.zeros([0, 3, 3, 1], np.uint8),
}
for name, values in IMAGES.items():
    script(name="image_" + name, graph=True)(
        summary_of(lambda tf, values=values: tf.summary.image("im", tf.constant(values)))
    )
script(name="image_only_one", graph=True)(
    summary_of(lambda tf: tf.summary.image("im", tf.constant(IMAGES["five"]), max_outputs=1))
)
script(name="image_in_a_family", graph=True)(
    summary_of(lambda tf: tf.summary.image("im", tf.constant(IMAGES["five"]), 4, family="f"))
)
script(name="image_of_two_channels", raises=True)(summary_of(lambda tf: tf.summary.image("im", tf.zeros([1, 2, 2, 2]))))
script(name="image_of_three_axes", raises=True)(summary_of(lambda tf: tf.summary.image("im", tf.zeros([2, 2, 1]))))

# -- sounds, texts, tensors ----------------------------------------------------------------------------------------------

OTHERS = {
    "audio": lambda tf: tf.summary.audio("a", tf.constant(floats(2, 9)), 8000),
    "audio_stereo": lambda tf: tf.summary.audio("a", tf.constant(floats(1, 9, 2, high=0.5)), 44100.0, max_outputs=1),
    "audio_rate_as_a_tensor": lambda tf: tf.summary.audio("a", tf.zeros([5, 3]), tf.constant(22050.5), family="f"),
    "text": lambda tf: tf.summary.text("t", tf.constant("some *text*")),
    "text_table": lambda tf: tf.summary.text("t", tf.constant([["a", "b"], ["c", ""]])),
    "tensor_summary": lambda tf: tf.summary.tensor_summary("t", tf.constant(floats(2, 3)), display_name="shown"),
    "tensor_summary_of_int64": lambda tf: tf.summary.tensor_summary("t", tf.constant([1, 2], tf.int64), "about it"),
    "tensor_summary_of_texts": lambda tf: tf.summary.tensor_summary("t", tf.constant([b"a", b"\xff"]), family="f"),
    "tensor_summary_scalar": lambda tf: tf.summary.tensor_summary("t", tf.constant(True)),
    "merged": lambda tf: tf.summary.merge([tf.summary.scalar("a", 1.0), tf.summary.histogram("b", [1.0, 2.0])]),
}
for name, build in OTHERS.items():
    script(name=name, graph=True)(summary_of(build))
FAILING = {
    "text_of_numbers": lambda tf: tf.summary.text("t", tf.constant(1.0)),
    "audio_of_one_axis": lambda tf: tf.summary.audio("a", tf.zeros([3]), 8000),
    "merged_twice_the_same": lambda tf: tf.summary.merge([tf.summary.scalar("a", 1.0)] * 2),
    "merged_with_something_else": lambda tf: tf.summary.merge([tf.constant("no summary")]),
    "scalar_of_a_vector": lambda tf: tf.summary.scalar("s", [1.0, 2.0]),
    "scalar_of_a_text": lambda tf: tf.summary.scalar("s", tf.constant("a")),
}
for name, build in FAILING.items():
    script(name=name, raises=True)(summary_of(build))


@case()
def summaries_are_texts(tf):
    return tf.summary.merge([tf.summary.scalar("a", 2.0)])


# -- event files ---------------------------------------------------------------------------------------------------------


def events_in(tf, folder):
    (name,) = os.listdir(folder)
    found = []
    for event in tf.train.summary_iterator(os.path.join(folder, name)):
        kind = event.WhichOneof("what")
        value = "" if kind in ("graph_def", "meta_graph_def") else str(getattr(event, kind))
        found.append((event.step, kind, value))
    return name, found


@script()
def an_event_file(tf):
    tf.constant(1.0, name="c")
    summary = tf.summary.scalar("loss", 2.5)
    with Folder(), tf.Session() as session:
        writer = tf.summary.FileWriter("logs", session.graph, filename_suffix=".mine")
        writer.add_summary(session.run(summary), 3)
        writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag="other", simple_value=1.5)]), global_step=4)
        writer.add_summary(session.run(tf.summary.text("t", tf.constant("a"))))
        writer.add_summary(session.run(tf.summary.text("u", tf.constant("b"))), 5)
        writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), 6)
        metadata = tf.RunMetadata()
        metadata.step_stats.dev_stats.add(device="cpu")
        writer.add_run_metadata(metadata, "step7", 7)
        writer.add_event(tf.Event(wall_time=1.0, step=8, log_message=tf.LogMessage(message="hello")))
        writer.close()
        name, found = events_in(tf, "logs")
        return {"suffix": name[-5:], "events": texts(found), "logdir": writer.get_logdir()}


@script()
def metadata_of_a_tag_is_written_once(tf):
    text = tf.summary.text("t", tf.constant("a"))
    with Folder(), tf.Session() as session:
        with tf.summary.FileWriter("logs") as writer:
            for step in range(3):
                writer.add_summary(session.run(text), step)
        return {"events": texts(events_in(tf, "logs")[1])}


@script()
def graphs_in_event_files(tf):
    tf.placeholder(tf.float32, [None, 2], name="x")
    with Folder():
        writer = tf.summary.FileWriter("logs")
        writer.add_graph(tf.get_default_graph())
        writer.add_graph(None, graph_def=tf.get_default_graph().as_graph_def())
        writer.add_meta_graph(tf.train.export_meta_graph(), 2)
        writer.close()
        (name,) = os.listdir("logs")
        found = []
        for event in tf.train.summary_iterator(os.path.join("logs", name)):
            if event.graph_def:
                nodes = tf.GraphDef.FromString(event.graph_def).node
                found.append([(n.name, n.op, sorted(n.attr)) for n in nodes])
        return {"graphs": texts(found)}


@script(raises=True)
def the_same_run_metadata_twice(tf):
    with Folder():
        writer = tf.summary.FileWriter("logs")
        writer.add_run_metadata(tf.RunMetadata(), "a")
        writer.add_run_metadata(tf.RunMetadata(), "a")


@script(raises=True)
def a_graph_that_is_none(tf):
    with Folder():
        tf.summary.FileWriter("logs").add_graph("graph")


@script(raises=True)
def two_graphs_at_once(tf):
    with Folder():
        graph = tf.get_default_graph()
        tf.summary.FileWriter("logs").add_graph(graph, graph_def=graph.as_graph_def())


@script()
def cached_writers(tf):
    cache = tf.summary.FileWriterCache
    with Folder():
        one, two, other = cache.get("a"), cache.get("a"), cache.get("b")
        cache.clear()
        return {"same": np.array([one is two, one is other, cache.get("a") is one])}


# -- TFRecord files ------------------------------------------------------------------------------------------------------

RECORDS = [b"", b"a", b"\x00\xff" * 40, b"longer " * 5000]


def written(options):
    def run(tf):
        with Folder():
            kind = options(tf)
            with tf.python_io.TFRecordWriter("r", kind) as writer:
                for record in RECORDS:
                    writer.write(record)
            back = list(tf.python_io.tf_record_iterator("r", kind))
            with open("r", "rb") as file:
                data = file.read()
            return {"same": back == RECORDS, "bytes": as_numbers(data)}

    return run


script(name="records")(written(lambda tf: None))
script(name="records_zlib")(written(lambda tf: tf.python_io.TFRecordOptions(tf.python_io.TFRecordCompressionType.ZLIB)))
script(name="records_none")(written(lambda tf: tf.python_io.TFRecordOptions("")))


@script()
def records_gzip(tf):
    options = tf.python_io.TFRecordOptions(tf.python_io.TFRecordCompressionType.GZIP)
    with Folder():
        writer = tf.io.TFRecordWriter("r", options)
        for record in RECORDS:
            writer.write(record)
        writer.flush()
        writer.close()
        kinds = [tf.io.TFRecordOptions.get_compression_type_string(k) for k in (None, "ZLIB", options)]
        return {"count": len(list(tf.io.tf_record_iterator("r", options))), "kinds": texts(kinds)}


@script()
def examples(tf):
    train = tf.train
    features = {
        "ints": train.Feature(int64_list=train.Int64List(value=[1, -2])),
        "floats": train.Feature(float_list=train.FloatList(value=[0.5])),
        "bytes": train.Feature(bytes_list=train.BytesList(value=[b"x", b""])),
    }
    found = [train.Example(features=train.Features(feature={key: value})) for key, value in sorted(features.items())]
    lists = train.FeatureLists(feature_list={"l": train.FeatureList(feature=[features["ints"]])})
    found.append(train.SequenceExample(feature_lists=lists))
    back = train.Example.FromString(found[0].SerializeToString())
    return {
        "bytes": as_numbers(b"|".join(e.SerializeToString() for e in found)),
        "value": texts(back.features.feature["bytes"].bytes_list.value),
    }


def damaged(change):
    def run(tf):
        with Folder():
            with tf.python_io.TFRecordWriter("r") as writer:
                writer.write(b"one")
                writer.write(b"two")
            with open("r", "rb") as file:
                data = bytearray(file.read())
            with open("r", "wb") as file:
                file.write(change(data))
            list(tf.python_io.tf_record_iterator("r"))

    return run


def flipped(data, at):
    data[at] ^= 1
    return data


script(name="records_cut_off", raises=True)(damaged(lambda data: data[:-3]))
script(name="records_with_another_length", raises=True)(damaged(lambda data: flipped(data, 0)))
script(name="records_with_other_bytes", raises=True)(damaged(lambda data: flipped(data, 13)))


@script(raises=True)
def records_that_are_not_there(tf):
    with Folder():
        list(tf.python_io.tf_record_iterator("nope"))


@script(raises=True)
def records_of_another_compression(tf):
    tf.python_io.TFRecordOptions("BZIP")


# -- files and folders ---------------------------------------------------------------------------------------------------


@script()
def files_and_folders(tf):
    g = tf.gfile
    with Folder():
        g.MakeDirs("a/b/c")
        g.MakeDirs("a/b")
        g.MkDir("d")
        g.MkDir("d")
        for name in ("a/one.txt", "a/two.txt", "a/b/three.txt"):
            with g.GFile(name, "w") as file:
                file.write("line 1\nline 2\n" + name)
        g.Copy("a/one.txt", "d/copy.txt")
        g.Copy("a/two.txt", "d/copy.txt", overwrite=True)
        g.Rename("a/two.txt", "d/moved.txt")
        stat = g.Stat("d/moved.txt")
        found = {
            "walk": texts((top, sorted(dirs), sorted(files)) for top, dirs, files in g.Walk("a")),
            "after": texts(top for top, dirs, files in g.Walk("a", in_order=False)),
            "list": texts(sorted(g.ListDirectory("d"))),
            "glob": texts(sorted(g.Glob("*/*.txt"))),
            "glob_here": texts(sorted(g.Glob("?"))),
            "glob_one": texts(g.Glob("a/one.txt")),
            "globs": texts(sorted(tf.io.gfile.glob(["a/*.txt", "d/c*"]))),
            "exists": np.array(
                [g.Exists("a"), g.Exists("d/copy.txt"), g.Exists("nope"), g.IsDirectory("a"), g.IsDirectory("nope")]
            ),
            "stat": np.array([stat.length, stat.is_directory, stat.mtime_nsec > 10**18]),
        }
        g.Remove("d/copy.txt")
        g.DeleteRecursively("a")
        found["left"] = texts(sorted(os.path.join(top, f) for top, _, files in os.walk(".") for f in files))
        io = tf.io.gfile
        io.makedirs("x/y")
        io.copy("d/moved.txt", "x/y/z")
        found["new"] = np.array([io.exists("x/y/z"), io.isdir("x"), io.stat("x/y/z").length, len(io.listdir("x"))])
        found["new_walk"] = texts(top for top, _, _ in io.walk("x", topdown=False))
        io.rmtree("x")
        return found


@script()
def reading_and_writing(tf):
    with Folder():
        with tf.gfile.GFile("f", "w") as file:
            file.write("first\n")
            file.write(b"second \xc3\xa9\n")
            place = file.tell()
        with tf.gfile.Open("f", "a") as file:
            file.write("third")
        with tf.gfile.FastGFile("f", "r") as file:
            lines = [file.readline(), file.read(3), file.tell()]
            file.seek(0)
            lines += file.readlines()
            size = file.size()
        with tf.gfile.GFile("f", "rb") as file:
            raw = file.read()
            end = file.readline()
            file.seek(-5, 2)
            tail = file.read()
        with tf.gfile.GFile("f") as file:
            looped = list(file)
        both = tf.gfile.GFile("g", "w+")
        both.write("abc")
        both.flush()
        again = both.read()
        both.close()
        return {
            "lines": texts(lines),
            "size": size,
            "raw": as_numbers(raw),
            "end": len(end),
            "tail": texts([tail]),
            "place": place,
            "looped": texts(looped),
            "again": again,
            "name": file.name,
            "mode": file.mode,
        }


def on_files(use):
    def run(tf):
        with Folder():
            with open("there", "w") as file:
                file.write("x")
            os.mkdir("folder")
            use(tf.gfile)

    return run


WRONG = {
    "read_a_file_that_is_not_there": lambda g: g.GFile("nope").read(),
    "read_what_is_written": lambda g: g.GFile("new", "w").read(),
    "write_what_is_read": lambda g: g.GFile("there").write("x"),
    "open_in_another_mode": lambda g: g.GFile("there", "x"),
    "seek_nowhere": lambda g: g.GFile("there").seek(),
    "seek_from_nowhere": lambda g: g.GFile("there").seek(0, whence=4),
    "remove_what_is_not_there": lambda g: g.Remove("nope"),
    "make_a_folder_in_none": lambda g: g.MkDir("nope/folder"),
    "make_folders_in_a_file": lambda g: g.MakeDirs("there/folder"),
    "copy_over_a_file": lambda g: g.Copy("there", "there"),
    "copy_what_is_not_there": lambda g: g.Copy("nope", "new"),
    "rename_over_a_file": lambda g: g.Rename("there", "there"),
    "rename_what_is_not_there": lambda g: g.Rename("nope", "new"),
    "list_what_is_not_there": lambda g: g.ListDirectory("nope"),
    "look_at_what_is_not_there": lambda g: g.Stat("nope"),
    "delete_what_is_not_there": lambda g: g.DeleteRecursively("nope"),
    "another_file_system": lambda g: g.GFile("nofs://bucket/file").read(),
}
for name, use in WRONG.items():
    script(name=name, raises=True)(on_files(use))
