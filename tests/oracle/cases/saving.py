"""Saver and checkpoints: nodes, files and values."""

import os
import re
import shutil
import tempfile
import uuid

import numpy as np

from tests.oracle.harness import floats, script


class Folder(object):
    """A folder that is there for one case; the working directory meanwhile, so that names are short and always the same."""

    def __enter__(self):
        self.before, self.path = os.getcwd(), tempfile.mkdtemp()
        os.chdir(self.path)
        return self.path

    def __exit__(self, *error):
        os.chdir(self.before)
        shutil.rmtree(self.path)


class FixedUuid(object):
    """Sharded savers put a random text into the graph."""

    def __enter__(self):
        self.before = uuid.uuid4
        uuid.uuid4 = lambda: uuid.UUID(int=7)

    def __exit__(self, *error):
        uuid.uuid4 = self.before


def content(path):
    """A file's bytes as numbers, to compare them all."""
    with open(path, "rb") as file:
        return np.frombuffer(file.read(), np.uint8)


def texts(items):
    return np.array([str(item) for item in items] or ["nothing"])


def model(tf, use_resource=False, **options):
    w = tf.get_variable("layer/w", initializer=tf.constant(floats(3, 2)), use_resource=use_resource, **options)
    b = tf.get_variable("layer/b", initializer=tf.zeros([2]), use_resource=use_resource)
    return w, b


def started(tf):
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return session


# -- nodes ---------------------------------------------------------------------------------------------------------------


def graph_of(**options):
    def build(tf):
        model(tf)
        model_saver = tf.train.Saver(**options)
        definition = model_saver.as_saver_def()
        return {
            "names": texts([definition.filename_tensor_name, definition.save_tensor_name, definition.restore_op_name]),
            "numbers": np.array([definition.max_to_keep, definition.sharded, definition.version]),
        }

    return build


script(name="saver", graph=True)(graph_of())
script(name="saver_named", graph=True)(graph_of(name="keeper"))
script(name="saver_reshape", graph=True)(graph_of(reshape=True))
script(name="saver_keeps_three", graph=True)(graph_of(max_to_keep=3, keep_checkpoint_every_n_hours=2.0))
script(name="saver_keeps_all", graph=True)(graph_of(max_to_keep=None))
script(name="saver_filename", graph=True)(graph_of(filename="weights"))
script(name="saver_sequential", graph=True)(graph_of(restore_sequentially=True))


@script(graph=True)
def saver_of_resources(tf):
    model(tf, use_resource=True)
    tf.train.Saver()
    return {}


@script(graph=True)
def saver_of_both_kinds(tf):
    with tf.variable_scope("a"):
        model(tf)
    with tf.variable_scope("b"):
        model(tf, use_resource=True)
    tf.train.Saver(reshape=True)
    return {}


@script(graph=True)
def saver_of_a_list(tf):
    w, b = model(tf)
    tf.train.Saver([w])
    tf.train.Saver([b, w])
    return {}


@script(graph=True)
def saver_of_a_dict(tf):
    w, b = model(tf)
    tf.train.Saver({"weights": w, "a_bias": b})
    return {}


@script(graph=True)
def saver_of_a_partitioned_variable(tf):
    tf.get_variable("p", [5, 4], partitioner=tf.fixed_size_partitioner(2))
    tf.get_variable("q", [4, 6], partitioner=tf.fixed_size_partitioner(3, axis=1), use_resource=True)
    tf.train.Saver()
    return {}


@script(graph=True)
def saver_of_the_parts_by_name(tf):
    p = tf.get_variable("p", [5, 4], partitioner=tf.fixed_size_partitioner(2))
    tf.train.Saver({"whole": p, "again": list(tf.get_variable("q", [4], partitioner=tf.fixed_size_partitioner(2)))})
    return {}


@script(graph=True)
def saver_sharded(tf):
    model(tf)
    with FixedUuid():
        tf.train.Saver(sharded=True)
    return {}


@script(graph=True)
def saver_sharded_over_devices(tf):
    with tf.device("/cpu:0"):
        tf.get_variable("a", [2])
    with tf.device("/job:ps/task:1"):
        tf.get_variable("b", [2])
    tf.get_variable("c", [2], use_resource=True)
    with FixedUuid(), tf.name_scope("outer"):
        tf.train.Saver(sharded=True)
    tf.train.Saver()
    return {}


@script(graph=True)
def saver_of_a_variable_of_any_shape(tf):
    tf.Variable(tf.zeros([2]), validate_shape=False, name="loose")
    tf.train.Saver()
    return {}


@script(graph=True)
def saver_of_an_optimizer(tf):
    w, b = model(tf)
    loss = tf.reduce_sum(tf.square(tf.matmul(tf.constant(floats(4, 3)), w) + b))
    tf.train.AdamOptimizer(0.1).minimize(loss, global_step=tf.train.get_or_create_global_step())
    tf.train.Saver()
    return {}


@script()
def saver_of_moving_averages(tf):
    w, b = model(tf)
    average = tf.train.ExponentialMovingAverage(0.9)
    average.apply([w, b])
    restored = average.variables_to_restore()
    tf.train.Saver(restored)
    return {"names": texts(sorted(restored))}


@script(graph=True)
def saver_deferred(tf):
    saver = tf.train.Saver(defer_build=True)
    model(tf)
    saver.build()
    return {}


@script(graph=True)
def saver_empty(tf):
    saver = tf.train.Saver(allow_empty=True)
    with Folder():
        saved = saver.save(tf.Session(), "model")
    return {"saved": str(saved)}


@script(raises=True)
def saver_without_variables(tf):
    tf.train.Saver()


@script(raises=True)
def saver_of_the_same_variable_twice(tf):
    w, _ = model(tf)
    tf.train.Saver({"a": w, "b": w})


@script(raises=True)
def saver_of_two_variables_of_one_name(tf):
    w, _ = model(tf)
    tf.train.Saver([w, w])


@script(raises=True)
def saver_of_a_constant(tf):
    tf.train.Saver({"a": tf.constant(1.0)})


@script(raises=True)
def saver_of_a_number(tf):
    tf.train.Saver(var_list=3)


@script(raises=True)
def saver_deferred_with_variables(tf):
    w, _ = model(tf)
    tf.train.Saver([w], defer_build=True)


# -- files ---------------------------------------------------------------------------------------------------------------

TYPES = {
    "float16": np.array([1.5, -2.0], np.float16),
    "float64": np.array([[1.0 / 3.0, 2.0]]),
    "int8": np.array([-3, 4], np.int8),
    "int16": np.array([-300], np.int16),
    "int32": np.array([7, 2 ** 31 - 1], np.int32),
    "int64": np.array(2 ** 53 + 1, np.int64),
    "uint8": np.array([[255]], np.uint8),
    "bool": np.array([True, False, True]),
    "complex64": np.array([1 + 2j], np.complex64),
    "empty": np.zeros([0, 3], np.float32),
    "scalar": np.float32(1.25),
}


@script()
def bytes_of_a_checkpoint(tf):
    """The very files: index and data."""
    for name, value in TYPES.items():
        tf.get_variable(name, initializer=value)
    tf.get_variable("texts", initializer=tf.constant([b"", b"a\x00b", b"long" * 50]))
    tf.get_variable("bfloat", initializer=tf.constant([1.0, 2.5], tf.bfloat16))
    for i in range(40):
        tf.get_variable("many/variable_%02d" % i, initializer=np.float32(i))
    with Folder(), started(tf) as session:
        saved = tf.train.Saver().save(session, "model", write_meta_graph=False)
        return {
            "saved": saved,
            "files": texts(sorted(os.listdir("."))),
            "index": content("model.index"),
            "data": content("model.data-00000-of-00001"),
        }


@script()
def bytes_of_a_partitioned_variable(tf):
    rows = tf.constant_initializer(floats(5, 4))
    tf.get_variable("p", [5, 4], initializer=tf.ones_initializer(), partitioner=tf.fixed_size_partitioner(3))
    tf.get_variable("q", [300, 2], initializer=tf.zeros_initializer(), partitioner=tf.fixed_size_partitioner(2))
    tf.get_variable("r", [5, 4], initializer=rows)
    with Folder(), started(tf) as session:
        tf.train.Saver().save(session, "model", write_meta_graph=False)
        return {"index": content("model.index"), "data": content("model.data-00000-of-00001")}


@script()
def bytes_of_a_sharded_checkpoint(tf):
    model(tf)
    with Folder(), started(tf) as session:
        tf.train.Saver(sharded=True).save(session, "model", write_meta_graph=False)
        return {
            "files": texts(sorted(os.listdir("."))),
            "index": content("model.index"),
            "data": content("model.data-00000-of-00001"),
        }


def without_times(path):
    with open(path) as file:
        return re.sub(r"\d{9,}\.\d+", "TIME", file.read())


@script()
def the_last_checkpoints(tf):
    model(tf)
    saver = tf.train.Saver(max_to_keep=2)
    seen = {}
    with Folder(), started(tf) as session:
        for step in range(4):
            seen["saved_%d" % step] = saver.save(session, "model.ckpt", global_step=step)
            seen["files_%d" % step] = texts(sorted(os.listdir(".")))
            seen["state_%d" % step] = without_times("checkpoint")
        seen["kept"] = texts(saver.last_checkpoints)
        seen["latest"] = tf.train.latest_checkpoint(".")
        state = tf.train.get_checkpoint_state(".")
        seen["all"] = texts(state.all_model_checkpoint_paths)
        again = tf.train.Saver(max_to_keep=2)
        again.recover_last_checkpoints(state.all_model_checkpoint_paths)
        seen["recovered"] = texts(again.last_checkpoints)
        again.save(session, "model.ckpt", global_step=9)
        seen["files"] = texts(sorted(os.listdir(".")))
    return seen


@script()
def names_of_checkpoints(tf):
    model(tf)
    step = tf.train.get_or_create_global_step()
    saver, padded = tf.train.Saver(), tf.train.Saver(pad_step_number=True)
    with Folder() as folder, started(tf) as session:
        session.run(step.assign(12))
        os.mkdir("sub")
        found = [
            saver.save(session, "a"),
            saver.save(session, "b", global_step=step),
            saver.save(session, "c", global_step="global_step:0"),
            padded.save(session, "d", global_step=3),
            saver.save(session, "sub/e", global_step=1, latest_filename="latest"),
            saver.save(session, "new/f"),
            saver.save(session, os.path.join(folder, "g")).replace(folder, "FOLDER"),
        ]
        latest = [tf.train.latest_checkpoint("sub", "latest"), tf.train.latest_checkpoint("sub"), tf.train.latest_checkpoint("new")]
        files = sorted(os.path.relpath(os.path.join(top, f)) for top, _, files in os.walk(".") for f in files)
        text = without_times("checkpoint").replace(folder, "FOLDER")
    return {"found": texts(found), "latest": texts(latest), "files": texts(files), "state": text}


@script()
def relative_paths_in_the_state_file(tf):
    model(tf)
    saver = tf.train.Saver(save_relative_paths=True)
    with Folder() as folder, started(tf) as session:
        os.mkdir("run")
        saver.save(session, os.path.join(folder, "run", "model"), 1)
        saver.save(session, os.path.join(folder, "run", "model"), 2)
        state = without_times("run/checkpoint")
        shutil.move("run", "moved")
        return {"state": state, "latest": tf.train.latest_checkpoint("moved")}


@script()
def without_meta_graph_or_state(tf):
    model(tf)
    saver = tf.train.Saver()
    with Folder(), started(tf) as session:
        saver.save(session, "a", write_meta_graph=False)
        first = sorted(os.listdir("."))
        saver.save(session, "b", write_state=False, meta_graph_suffix="graph")
        return {"first": texts(first), "second": texts(sorted(os.listdir(".")))}


@script()
def state_files(tf):
    with Folder():
        proto = tf.train.generate_checkpoint_state_proto("run", "run/model-3", ["run/model-1", "run/model-3"])
        absolute = tf.train.generate_checkpoint_state_proto("/tmp/run", "/tmp/run/model-3")
        os.mkdir("run")
        tf.train.update_checkpoint_state("run", "run/model-3", ["run/model-2"], latest_filename="other")
        state = tf.train.get_checkpoint_state("run", "other")
        return {
            "proto": str(proto),
            "absolute": str(absolute),
            "file": without_times("run/other"),
            "paths": texts(state.all_model_checkpoint_paths),
            "none": str(tf.train.get_checkpoint_state("run")),
            "nothing_there": str(tf.train.latest_checkpoint("run", "other")),
            "exists": np.array([tf.train.checkpoint_exists("run/model-3"), tf.train.checkpoint_exists("run/other")]),
        }


@script()
def removing_checkpoints(tf):
    model(tf)
    saver = tf.train.Saver(max_to_keep=0)
    with Folder(), started(tf) as session:
        for step in range(3):
            saver.save(session, "m", step)
        times = tf.train.get_checkpoint_mtimes(["m-0", "nope", "m-2"])
        tf.train.remove_checkpoint("m-1")
        return {
            "times": len(times), "files": texts(sorted(os.listdir("."))), "state": without_times("checkpoint"),
            "last": texts(saver.last_checkpoints),
        }


# -- saving and restoring ------------------------------------------------------------------------------------------------


def round_trip(use_resource=False, **options):
    def run(tf):
        w, b = model(tf, use_resource=use_resource)
        loss = tf.reduce_sum(tf.square(tf.matmul(tf.constant(floats(4, 3)), w) + b - 1.0))
        train = tf.train.AdamOptimizer(0.1).minimize(loss, global_step=tf.train.get_or_create_global_step())
        saver = tf.train.Saver(**options)
        with Folder(), started(tf) as session:
            for _ in range(3):
                session.run(train)
            path = saver.save(session, "model")
            before = session.run(tf.global_variables())
            for _ in range(2):
                session.run(train)
            saver.restore(session, path)
            after = session.run(tf.global_variables())
            with tf.Session() as other:
                saver.restore(other, path)
                other.run(train)
                w_next = other.run(w)
        same = np.array([np.array_equal(x, y) for x, y in zip(before, after)])
        return {"same": same, "w": after[0], "next": w_next}

    return run


script(name="round_trip")(round_trip())
script(name="round_trip_resource")(round_trip(use_resource=True))
script(name="round_trip_sharded")(round_trip(sharded=True))
script(name="round_trip_reshape")(round_trip(reshape=True))


@script()
def restoring_some_under_other_names(tf):
    w, b = model(tf)
    with Folder(), started(tf) as session:
        tf.train.Saver({"weights": w, "bias": b}).save(session, "model")
        shapes = tf.train.NewCheckpointReader("model").get_variable_to_shape_map()
        with tf.variable_scope("again"):
            x, y = model(tf)
        with tf.Session() as other:
            other.run(tf.global_variables_initializer())
            other.run(x.assign(tf.zeros([3, 2])))
            tf.train.Saver({"weights": x}).restore(other, "model")
            return {"x": other.run(x), "shapes": texts(sorted(shapes.items()))}


@script()
def restoring_into_other_partitions(tf):
    whole = tf.get_variable("p", initializer=tf.constant(floats(6, 4)))
    with Folder(), started(tf) as session:
        tf.train.Saver().save(session, "model")
        values = {}
        for count, axis in ((2, 0), (4, 0), (3, 1)):
            graph = tf.Graph()
            with graph.as_default():
                parts = tf.get_variable("p", [6, 4], partitioner=tf.fixed_size_partitioner(count, axis=axis))
                saver = tf.train.Saver()
                with tf.Session() as other:
                    saver.restore(other, "model")
                    values["%d_%d" % (count, axis)] = other.run(tf.convert_to_tensor(parts))
                    saver.save(other, "cut_%d_%d" % (count, axis))
        for name in ("cut_2_0", "cut_4_0", "cut_3_1"):
            saver = tf.train.Saver({"p": whole})
            session.run(whole.assign(tf.zeros([6, 4])))
            saver.restore(session, name)
            values["whole_" + name] = session.run(whole)
        reader = tf.train.NewCheckpointReader("cut_3_1")
        values["read"] = reader.get_tensor("p")
        return values


@script()
def texts_are_saved(tf):
    v = tf.get_variable("v", initializer=tf.constant([b"one", b"", b"\xff\x00"]))
    with Folder(), started(tf) as session:
        saver = tf.train.Saver()
        saver.save(session, "model")
        session.run(v.assign(tf.constant([b"x", b"y", b"z"])))
        saver.restore(session, "model")
        return {"v": texts(session.run(v).tolist()), "read": texts(tf.train.load_variable("model", "v").tolist())}


@script()
def a_variable_of_any_shape_is_restored(tf):
    v = tf.Variable(tf.zeros([2]), validate_shape=False, name="loose")
    saver = tf.train.Saver()
    with Folder(), started(tf) as session:
        session.run(tf.assign(v, floats(3, 2), validate_shape=False))
        saver.save(session, "model")
        session.run(v.initializer)
        saver.restore(session, "model")
        return {"v": session.run(v)}


def failing(change):
    def run(tf):
        with tf.Graph().as_default(), Folder():
            model(tf)
            saver = tf.train.Saver()
            with started(tf) as session:
                saver.save(session, "model")
                return change(tf, session, saver)

    return run


def _lacks_a_variable(tf, session, saver):
    tf.get_variable("more", [2])
    tf.train.Saver().restore(session, "model")


def _of_another_shape(tf, session, saver):
    other = tf.get_variable("other", [7])
    tf.train.Saver({"layer/w": other}).restore(session, "model")


FAILURES = {
    "restore_none": lambda tf, session, saver: saver.restore(session, None),
    "restore_what_is_not_there": lambda tf, session, saver: saver.restore(session, "nope"),
    "restore_what_lacks_a_variable": _lacks_a_variable,
    "restore_another_shape": _of_another_shape,
    "save_to_a_folder_that_is_not_there": lambda tf, session, saver: saver.save(session, "a/b/model"),
    "save_with_a_path_for_the_state": lambda tf, session, saver: saver.save(session, "m", latest_filename="a/b"),
    "save_over_the_state": lambda tf, session, saver: saver.save(session, "checkpoint"),
    "save_in_no_session": lambda tf, session, saver: saver.save("session", "model"),
    "load_from_an_empty_folder": lambda tf, session, saver: tf.train.load_checkpoint(os.path.dirname(os.getcwd())),
    "read_what_is_not_there": lambda tf, session, saver: tf.train.NewCheckpointReader("nope"),
    "read_a_tensor_that_is_not_there": lambda tf, session, saver: tf.train.load_variable("model", "nope"),
    "import_what_is_not_there": lambda tf, session, saver: tf.train.import_meta_graph("nope.meta"),
}
for failure, change_of in FAILURES.items():
    script(name=failure, raises=True)(failing(change_of))


@script(raises=True)
def saving_what_was_not_initialised(tf):
    model(tf)
    with Folder():
        tf.train.Saver().save(tf.Session(), "./model")


# -- looking into checkpoints, initial values from them ------------------------------------------------------------------


@script()
def looking_into_a_checkpoint(tf):
    model(tf)
    for name in ("float16", "int64", "bool"):
        tf.get_variable(name, initializer=TYPES[name])
    with Folder(), started(tf) as session:
        saver = tf.train.Saver()
        saver.save(session, "model", 5)
        reader = tf.train.NewCheckpointReader("model-5")
        types = reader.get_variable_to_dtype_map()
        return {
            "variables": texts(tf.train.list_variables(".")),
            "more": texts(tf.train.list_variables("model-5")),
            "w": tf.train.load_variable(".", "layer/w"),
            "scalar": tf.train.load_checkpoint(".").get_tensor("int64"),
            "kind": type(reader.get_tensor("int64")).__name__,
            "types": texts(sorted((name, types[name].name) for name in types)),
            "has": np.array([reader.has_tensor("layer/w"), reader.has_tensor("layer/x")]),
            "debug": reader.debug_string().decode(),
        }


def initialised(assignment):
    def run(tf):
        with Folder():
            with tf.Graph().as_default():
                with tf.variable_scope("old"):
                    model(tf)
                    tf.get_variable("part", initializer=tf.constant(floats(4, 2, seed=3)))
                with started(tf) as session:
                    tf.train.Saver().save(session, "model")
            with tf.variable_scope("new"):
                w, b = model(tf)
                halves = tf.fixed_size_partitioner(2)
                part = tf.get_variable("part", [4, 2], initializer=tf.zeros_initializer(), partitioner=halves)
                free = tf.get_variable("free", initializer=tf.zeros([3, 2]), use_resource=True)
            tf.train.init_from_checkpoint("model", assignment(w, b, part, free))
            with started(tf) as session:
                return session.run({"w": w, "b": b, "part": tf.convert_to_tensor(part), "free": free})

    return run


script(name="initialised_by_variables", graph=True)(
    initialised(lambda w, b, part, free: {"old/layer/w": w, "old/part": part._get_variable_list()})
)
script(name="initialised_by_names", graph=True)(
    initialised(lambda w, b, part, free: {"old/layer/b": "new/layer/b", "old/part": "new/part"})
)
script(name="initialised_by_scopes", graph=True)(initialised(lambda w, b, part, free: {"old/layer/": "new/layer/"}))
script(name="initialised_resource", graph=True)(initialised(lambda w, b, part, free: {"old/layer/w": free}))
script(name="initialised_from_what_is_not_there", raises=True)(initialised(lambda w, b, part, free: {"old/x": w}))
script(name="initialised_from_another_shape", raises=True)(initialised(lambda w, b, part, free: {"old/part": w}))
script(name="initialised_without_a_slash", raises=True)(initialised(lambda w, b, part, free: {"old": "new/layer/"}))


@script(graph=True)
def a_warm_start(tf):
    with Folder():
        with tf.Graph().as_default():
            model(tf)
            with started(tf) as session:
                session.run(tf.assign(tf.trainable_variables()[1], [3.0, 4.0]))
                tf.train.Saver().save(session, "model")
        w, b = model(tf)
        tf.train.warm_start("model", vars_to_warm_start=".*b")
        with started(tf) as session:
            return session.run({"w": w, "b": b})
