"""A process that is killed while it saves leaves the old checkpoint or the new one, whole."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import graphflow as tf
from graphflow._files import bundle_writer, replace

SIZE = 400_000
WRITER = """
import sys
import numpy as np
import graphflow as tf

folder, same = sys.argv[1], sys.argv[2] == "same"
v = [tf.get_variable("v%d" % i, initializer=np.zeros({size}, np.float32)) for i in range(8)]
step = tf.train.get_or_create_global_step()
saver = tf.train.Saver(max_to_keep=1)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    count = 0
    while True:
        count += 1
        for x in v:
            x.load(np.full({size}, count, np.float32), sess)
        step.load(count, sess)
        saver.save(sess, folder + "/model", global_step=None if same else count)
        print(count, flush=True)
"""


def start(folder, mode):
    command = [sys.executable, "-c", WRITER.format(size=SIZE), str(folder), mode]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("mode", ["same", "numbered"])
def test_killed_at_any_moment(tmp_path, mode):
    """A writer that is killed and started anew; what many more kills would show is found by `at_every_step`."""
    rng, last = random.Random(5), 0
    for _ in range(2):
        with start(tmp_path, mode) as writer:
            count = int(writer.stdout.readline())
            time.sleep(rng.uniform(0.0, 0.3))
            writer.send_signal(signal.SIGKILL)
            count = max([count, *map(int, writer.stdout.read().split())])
        path = tf.train.latest_checkpoint(str(tmp_path))
        assert path is not None
        reader = tf.train.load_checkpoint(path)
        saved = int(reader.get_tensor("global_step"))
        assert saved in (count, count + 1)
        for i in range(8):
            assert np.array_equal(reader.get_tensor(f"v{i}"), np.full(SIZE, saved, np.float32))
        assert os.path.exists(path + ".meta")
        last = saved
    assert last > 0


class Stopped(BaseException):
    """A process that is killed runs no clean-up; what it did before stays."""


def stopping(real, count, target):
    """`real`, which stops the process instead of being called the `target`-th time and ever after."""

    def call(*args, **kwargs):
        count[0] += 1
        if count[0] > target:
            raise Stopped
        return real(*args, **kwargs)

    return call


def at_every_step(monkeypatch, action):
    """Runs `action` again and again, each time cut short before another of its calls of the operating system."""
    for target in range(200):
        count = [0]
        with monkeypatch.context() as patch:
            for name in ("replace", "link", "remove", "mkdir", "fsync"):
                patch.setattr(os, name, stopping(getattr(os, name), count, target))
            try:
                action(target)
                return
            except Stopped:
                yield target
    raise AssertionError("it never came to an end")


def test_writing_over_a_checkpoint_is_one_step(tmp_path, monkeypatch):
    prefix = str(tmp_path / "model")

    def items(value):
        return [bundle_writer.Item("v", None, np.full(1000, value, np.float32))]

    bundle_writer.write(prefix, items(-1))
    known = {-1}
    for target in at_every_step(monkeypatch, lambda target: bundle_writer.write(prefix, items(target))):
        known.add(target)
        value = tf.train.load_variable(prefix, "v")
        assert len(set(value.tolist())) == 1 and value[0] in known
        known = {value[0]}
    assert len(tf.train.load_variable(prefix, "v")) == 1000
    left = sorted(p.name for p in tmp_path.iterdir() if "tempstate" not in p.name)
    assert left == ["model.data-00000-of-00001", "model.index"]


def test_large_checkpoints_are_written_by_threads(tmp_path, monkeypatch):
    items = [bundle_writer.Item(f"v{i}", None, np.arange(i, i + 1000.0)) for i in range(9)]
    bundle_writer.write(str(tmp_path / "small"), items)
    monkeypatch.setattr(bundle_writer, "_LARGE", 3000)
    bundle_writer.write(str(tmp_path / "large"), items)
    for suffix in (".index", ".data-00000-of-00001"):
        assert (tmp_path / f"small{suffix}").read_bytes() == (tmp_path / f"large{suffix}").read_bytes()

    def failing(file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(replace, "sync", failing)
    with pytest.raises(tf.errors.ResourceExhaustedError, match="large cannot be written; No space left"):
        bundle_writer.write(str(tmp_path / "large"), items[::-1])
    assert tf.train.load_variable(str(tmp_path / "large"), "v3")[0] == 3.0
    assert len(list(tmp_path.iterdir())) == 4


def test_saving_is_one_step(tmp_path, monkeypatch):
    """Data, index, meta graph, state file, and only then away with the old ones."""
    v = tf.get_variable("v", initializer=np.zeros(10, np.float32))
    with tf.Session() as sess:
        sess.run(v.initializer)
        saver = tf.train.Saver(max_to_keep=1)
        saver.save(sess, str(tmp_path / "model"), 0)

        def save(target):
            v.load(np.full(10, target + 1, np.float32), sess)
            saver.save(sess, str(tmp_path / "model"), target + 1)

        for target in at_every_step(monkeypatch, save):
            path = tf.train.latest_checkpoint(str(tmp_path))
            number = int(path.rpartition("-")[2])
            assert number <= target + 1 and os.path.exists(path + ".meta")
            assert np.array_equal(tf.train.load_variable(path, "v"), np.full(10, number, np.float32))


def test_litter_is_cleaned(tmp_path):
    here = replace.temporary(str(tmp_path / "model.index"))
    gone = here.replace(f"-{os.getpid()}-", "-999999999-")
    other = here.replace(replace._host(), "elsewhere")
    for path in (here, gone, other):
        open(path, "w").close()
    v = tf.get_variable("v", [2])
    with tf.Session() as sess:
        sess.run(v.initializer)
        tf.train.Saver().save(sess, str(tmp_path / "model"))
    assert os.path.exists(here) and os.path.exists(other) and not os.path.exists(gone)


def test_a_full_disk(tmp_path):
    code = f"""
import resource, signal
import numpy as np
import graphflow as tf
v = tf.get_variable("v", initializer=np.zeros(300000, np.float32))
with tf.Session() as sess:
    sess.run(v.initializer)
    saver = tf.train.Saver()
    path = saver.save(sess, {str(tmp_path / "model")!r}, 1)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))
    v.load(np.ones(300000, np.float32), sess)
    try:
        saver.save(sess, {str(tmp_path / "model")!r}, 2)
    except tf.errors.ResourceExhaustedError as error:
        print("refused", sess.run(v).sum(), tf.train.latest_checkpoint({str(tmp_path)!r}) == path)
        print(tf.train.load_variable(path, "v").sum())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["refused", "300000.0", "True", "0.0"], done.stderr
    assert not [p for p in tmp_path.iterdir() if "tempstate" in p.name or "-2" in p.name]


def test_a_folder_that_may_not_be_written(tmp_path):
    (tmp_path / "file").write_text("x")
    v = tf.get_variable("v", [2])
    with tf.Session() as sess:
        sess.run(v.initializer)
        with pytest.raises((tf.errors.FailedPreconditionError, ValueError)):
            tf.train.Saver().save(sess, str(tmp_path / "file" / "model"))
        assert sess.run(v).shape == (2,)
