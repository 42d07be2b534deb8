"""Queues, queue runners, input producers, batches and readers. Every script has one thread at a time beside the main one."""

import gzip
import os
import re
import shutil
import tempfile
import threading
import zlib

import numpy as np

from tests.oracle.harness import script


class Folder(object):
    """A folder that is there for one case; the working directory meanwhile, so that names are always the same."""

    def __enter__(self):
        self.before, self.path = os.getcwd(), tempfile.mkdtemp()
        os.chdir(self.path)

    def __exit__(self, *error):
        os.chdir(self.before)
        shutil.rmtree(self.path)


def said(tf, sess, fetch):
    """The kind of error of a run and its message; the messages name the queue by a number of the process."""
    try:
        sess.run(fetch)
    except tf.errors.OpError as error:
        text = error.message.split("\n")[0].split("[[")[0].strip()
        return type(error).__name__, re.sub(r"'_\d+_", "'_N_", text)
    return "fine"


def kind_of(tf, sess, fetch):
    try:
        sess.run(fetch)
    except tf.errors.OpError as error:
        return type(error).__name__
    return "fine"


# -- queues --------------------------------------------------------------------------------------------------------------


@script(graph=True)
def fifo(tf):
    q = tf.FIFOQueue(10, [tf.float32, tf.int32], shapes=[[2], []])
    one, many = q.enqueue([[1.0, 2.0], 3]), q.enqueue_many([[[1.0, 2.0], [5.0, 6.0]], [3, 4]])
    take, three, rest, close = q.dequeue(), q.dequeue_many(3), q.dequeue_up_to(9), q.close()
    size, closed = q.size(), q.is_closed()
    with tf.Session() as sess:
        sess.run(one)
        sess.run(many)
        sess.run(many)
        out = {"size": sess.run(size), "open": sess.run(closed), "one": sess.run(take), "three": sess.run(three)}
        sess.run(close)
        out.update(closed=sess.run(closed), rest=sess.run(rest), size_after=sess.run(size))
        out.update(ended=kind_of(tf, sess, take), late=kind_of(tf, sess, one), twice=kind_of(tf, sess, close))
        return out


@script(graph=True)
def names(tf):
    q = tf.FIFOQueue(4, [tf.int32, tf.string], names=["a", "b"], shapes=[[], []], name="q")
    many = q.enqueue_many({"a": [1, 2], "b": ["x", "y"]})
    with tf.Session() as sess:
        sess.run(many)
        return {"one": sess.run(q.dequeue()), "many": sess.run(q.dequeue_many(1)), "queue": q.name, "names": q.names}


@script(graph=True)
def priority(tf):
    q = tf.PriorityQueue(10, [tf.string], [[]])
    fill = q.enqueue_many([tf.constant([5, 1, 3, 2], tf.int64), ["e", "a", "c", "b"]])
    with tf.Session() as sess:
        sess.run(fill)
        return {"first": sess.run(q.dequeue()), "then": sess.run(q.dequeue_many(2)), "left": sess.run(q.size())}


@script(graph=True)
def padding(tf):
    q = tf.PaddingFIFOQueue(10, [tf.int32, tf.string], [[None], [2, None]])
    x, t = tf.placeholder(tf.int32, [None]), tf.placeholder(tf.string, [2, None])
    add, take, two = q.enqueue([x, t]), q.dequeue(), q.dequeue_many(3)
    with tf.Session() as sess:
        for n in (2, 0, 3, 1):
            sess.run(add, {x: np.arange(n), t: np.full((2, n), "t")})
        return {"one": sess.run(take), "padded": sess.run(two), "shape": str(two[1].shape)}


@script(graph=True)
def random_shuffle_all(tf):
    q = tf.RandomShuffleQueue(50, 3, [tf.int32], [[]], seed=7)
    fill, take, ten, rest = q.enqueue_many([tf.range(20)]), q.dequeue(), q.dequeue_many(10), q.dequeue_up_to(30)
    close = q.close()
    with tf.Session() as sess:
        sess.run(fill)
        out = {"one": [sess.run(take) for _ in range(3)], "ten": sess.run(ten)}
        sess.run(fill)
        sess.run(close)
        out["rest"] = sess.run(rest)
        return out


@script(graph=True)
def random_shuffle_graph_seed(tf):
    tf.set_random_seed(11)
    a = tf.RandomShuffleQueue(50, 0, [tf.int32], [[]])
    b = tf.RandomShuffleQueue(50, 0, [tf.int32], [[]], shared_name="b")
    with tf.Session() as sess:
        sess.run([q.enqueue_many([tf.range(20)]) for q in (a, b)])
        return {"a": sess.run(a.dequeue_many(20)), "b": sess.run(b.dequeue_many(20))}


@script()
def shared_name_is_one_queue(tf):
    a = tf.FIFOQueue(5, tf.int32, shapes=[], shared_name="s")
    b = tf.FIFOQueue(5, tf.int32, shapes=[], shared_name="s", name="other")
    with tf.Session() as sess:
        sess.run(a.enqueue(4))
        return {"taken": sess.run(b.dequeue()), "left": sess.run(a.size())}


@script()
def sessions_have_their_own(tf):
    q = tf.FIFOQueue(5, tf.int32)
    add, size = q.enqueue(1), q.size()
    with tf.Session() as first, tf.Session() as second:
        first.run(add)
        return {"first": first.run(size), "second": second.run(size)}


@script(graph=True)
def from_list(tf):
    queues = [tf.FIFOQueue(3, tf.int32, shapes=[], name="a"), tf.FIFOQueue(3, tf.int32, shapes=[], name="b")]
    which = tf.placeholder(tf.int32, [])
    chosen = tf.FIFOQueue.from_list(which, queues)
    take = chosen.dequeue()
    with tf.Session() as sess:
        sess.run([queues[0].enqueue(10), queues[1].enqueue(20)])
        return {"second": sess.run(take, {which: 1}), "first": sess.run(take, {which: 0})}


@script()
def messages(tf):
    q = tf.FIFOQueue(2, [tf.int32], shapes=[[]])
    u = tf.FIFOQueue(2, [tf.int32])
    r = tf.RandomShuffleQueue(5, 1, [tf.int32], [[]])
    with tf.Session() as sess:
        out = {
            "unknown shapes": said(tf, sess, u.dequeue_many(2)),
            "negative": said(tf, sess, q.dequeue_many(tf.placeholder_with_default(-1, []))),
        }
        sess.run([q.close(), r.close()])
        out.update(
            closed=said(tf, sess, q.enqueue(1)),
            ended=said(tf, sess, q.dequeue()),
            many=said(tf, sess, q.dequeue_many(3)),
            up_to=said(tf, sess, q.dequeue_up_to(3)),
            shuffled=said(tf, sess, r.dequeue_many(2)),
        )
        return out


@script()
def too_few_stay_in_the_queue(tf):
    q = tf.FIFOQueue(5, [tf.int32], shapes=[[]])
    with tf.Session() as sess:
        sess.run(q.enqueue_many([[1, 2]]))
        sess.run(q.close())
        return {
            "failed": kind_of(tf, sess, q.dequeue_many(3)),
            "left": sess.run(q.dequeue_many(2)),
            "none": sess.run(q.dequeue_many(0)),
        }


@script()
def batches_larger_than_the_queue(tf):
    q = tf.FIFOQueue(2, [tf.int32], shapes=[[]])
    fill, take = q.enqueue_many([tf.range(7)]), q.dequeue_many(7)
    with tf.Session() as sess:
        thread = threading.Thread(target=sess.run, args=(fill,))
        thread.start()
        taken = sess.run(take)
        thread.join(20)
        return {"taken": taken, "alive": thread.is_alive()}


def waiting(tf, sess, fetch):
    """A thread that runs `fetch`, and the list in which the kind of its error will be."""
    kinds = []
    thread = threading.Thread(target=lambda: kinds.append(kind_of(tf, sess, fetch)))
    thread.start()
    return thread, kinds


@script()
def closing_wakes_a_dequeue(tf):
    q = tf.FIFOQueue(2, [tf.int32], shapes=[[]])
    take, close = q.dequeue(), q.close()
    with tf.Session() as sess:
        thread, kinds = waiting(tf, sess, take)
        sess.run(close)
        thread.join(20)
        return {"kinds": kinds}


@script()
def cancelling_enqueues(tf):
    q = tf.FIFOQueue(1, [tf.int32], shapes=[[]])
    add, cancel, size = q.enqueue(1), q.close(cancel_pending_enqueues=True), q.size()
    with tf.Session() as sess:
        sess.run(add)
        thread, kinds = waiting(tf, sess, add)
        thread.join(0.1)
        alive = thread.is_alive()
        sess.run(cancel)
        thread.join(20)
        return {"waited": alive, "kinds": kinds, "size": sess.run(size), "left": sess.run(q.dequeue())}


@script()
def construction_errors(tf):
    out = []
    for make in (
        lambda: tf.FIFOQueue(3, [tf.int32], shapes=[[None]]),
        lambda: tf.FIFOQueue(3, [tf.int32, tf.int32], shapes=[[1]]),
        lambda: tf.FIFOQueue(3, [tf.int32], names=["a", "b"]),
        lambda: tf.PaddingFIFOQueue(3, [tf.int32], [None]),
        lambda: tf.FIFOQueue(3, [tf.int32], shapes=[[2]]).enqueue([[1, 2, 3]]),
        lambda: tf.FIFOQueue(3, [tf.int32], names=["a"]).enqueue(1),
        lambda: tf.FIFOQueue(3, [tf.int32], names=["a"]).enqueue({"b": 1}),
        lambda: tf.FIFOQueue(3, [tf.int32]).enqueue({"b": 1}),
        lambda: tf.FIFOQueue(3, [tf.int32, tf.int32]).enqueue_many([[1, 2], [1]]),
        lambda: tf.QueueBase.from_list(0, [tf.FIFOQueue(3, tf.int32), tf.FIFOQueue(3, tf.float32)]),
        lambda: tf.train.shuffle_batch([tf.constant(1)], 2, 5, 5),
        lambda: tf.train.limit_epochs(tf.constant(1), 0),
        lambda: tf.train.string_input_producer([]),
        lambda: tf.train.batch([tf.placeholder(tf.float32)], 2),
        lambda: tf.train.batch_join([[tf.constant(1)], [tf.constant(1.0)]], 2),
        lambda: tf.train.maybe_batch([tf.constant(1)], tf.constant([True]), 2),
        lambda: tf.train.QueueRunner(None, []),
        lambda: tf.train.QueueRunner(
            tf.FIFOQueue(3, tf.int32), [tf.no_op()], queue_closed_exception_types=(ValueError,)
        ),
        lambda: tf.train.start_queue_runners(),
    ):
        try:
            make()
            out.append("fine")
        except (ValueError, TypeError) as error:
            out.append(type(error).__name__)
    return {"kinds": out}


# -- producers and batches -----------------------------------------------------------------------------------------------


def all_of(tf, fetch, limit=200):
    """What `fetch` gives until the input ends, with queue runners and a coordinator."""
    found = []
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(sess=sess, coord=coord)
        try:
            while not coord.should_stop() and len(found) < limit:
                found.append(sess.run(fetch))
        except tf.errors.OutOfRangeError:
            found.append("end")
        finally:
            coord.request_stop()
        coord.join(threads, stop_grace_period_secs=20)
        found.append([t.is_alive() for t in threads])
    return found


@script(graph=True)
def string_producer(tf):
    q = tf.train.string_input_producer(["a", "b", "c"], num_epochs=2, shuffle=False, capacity=3)
    return {"all": all_of(tf, q.dequeue())}


@script(graph=True)
def string_producer_shuffled(tf):
    q = tf.train.string_input_producer([chr(97 + i) for i in range(9)], num_epochs=3, seed=5)
    return {"all": all_of(tf, q.dequeue())}


@script(graph=True)
def range_producer(tf):
    tf.set_random_seed(3)
    return {"all": all_of(tf, tf.train.range_input_producer(6, num_epochs=2, capacity=4).dequeue())}


@script(graph=True)
def slice_producer(tf):
    a, b = tf.train.slice_input_producer(
        [np.arange(10.0).reshape(5, 2), ["a", "b", "c", "d", "e"]], num_epochs=2, seed=2
    )
    return {"all": all_of(tf, [a, b])}


@script(graph=True)
def plain_producer(tf):
    q = tf.train.input_producer([[1, 2], [3, 4]], num_epochs=1, shuffle=False, summary_name="full")
    return {"all": all_of(tf, q.dequeue())}


@script(graph=True)
def endless_producer(tf):
    q = tf.train.string_input_producer(["a", "b"], shuffle=False)
    return {"all": all_of(tf, q.dequeue(), limit=7)}


@script(graph=True)
def limited_epochs(tf):
    return {"all": all_of(tf, tf.train.limit_epochs(tf.constant([1, 2]), 3))}


@script(graph=True)
def batch(tf):
    x = tf.train.range_input_producer(10, num_epochs=1, shuffle=False).dequeue()
    return {"all": all_of(tf, tf.train.batch([x, tf.cast(x, tf.float32) / 2], 4))}


@script(graph=True)
def batch_smaller(tf):
    x = tf.train.range_input_producer(10, num_epochs=1, shuffle=False).dequeue()
    return {
        "all": all_of(tf, tf.train.batch({"x": x, "s": tf.as_string(x)}, 4, capacity=3, allow_smaller_final_batch=True))
    }


@script(graph=True)
def batch_of_one(tf):
    x = tf.train.range_input_producer(5, num_epochs=1, shuffle=False).dequeue()
    return {"all": all_of(tf, tf.train.batch([x], 2))}


@script(graph=True)
def batch_of_one_in_a_dict(tf):
    x = tf.train.range_input_producer(5, num_epochs=1, shuffle=False).dequeue()
    return {"all": all_of(tf, tf.train.batch({"x": x}, 2))}


@script(graph=True)
def batch_enqueue_many(tf):
    x = tf.train.input_producer([[1, 2, 3], [4, 5, 6]], num_epochs=2, shuffle=False).dequeue()
    return {"all": all_of(tf, tf.train.batch([x], 4, enqueue_many=True, allow_smaller_final_batch=True))}


@script(graph=True)
def batch_padded(tf):
    n = tf.train.range_input_producer(7, num_epochs=1, shuffle=False).dequeue()
    return {"all": all_of(tf, tf.train.batch([tf.range(n), n], 3, dynamic_pad=True, allow_smaller_final_batch=True))}


@script(graph=True)
def batch_given_shapes(tf):
    x = tf.py_func(lambda: np.float32([1.0, 2.0]), [], tf.float32)
    return {"all": all_of(tf, tf.train.batch([x], 2, shapes=[[2]]), limit=2)}


@script(graph=True)
def batch_sparse(tf):
    n = tf.train.range_input_producer(5, num_epochs=1, shuffle=False).dequeue()
    at = tf.cast(tf.stack([tf.zeros_like(n), n], 0), tf.int64)
    sp = tf.SparseTensor(tf.expand_dims(at, 1), tf.cast(tf.stack([n, n * 2]), tf.float32), [9])
    return {"all": all_of(tf, tf.train.batch([sp, n], 2, allow_smaller_final_batch=True))}


@script(graph=True)
def batch_sparse_rows(tf):
    n = tf.train.range_input_producer(3, num_epochs=1, shuffle=False).dequeue()
    sp = tf.SparseTensor([[0, 1], [2, 0], [2, 3]], tf.cast(tf.stack([n, n, n]), tf.float32), [3, 4])
    return {"all": all_of(tf, tf.train.batch([sp], 4, enqueue_many=True, allow_smaller_final_batch=True))}


@script(graph=True)
def maybe_batch_vector(tf):
    x = tf.train.input_producer([[1, 2, 3], [4, 5, 6]], num_epochs=2, shuffle=False).dequeue()
    kept = tf.equal(x % 2, 0)
    return {"all": all_of(tf, tf.train.maybe_batch([x], kept, 2, enqueue_many=True, allow_smaller_final_batch=True))}


@script()
def maybe_batch_scalar(tf):
    x = tf.train.range_input_producer(9, num_epochs=1, shuffle=False).dequeue()
    return {"all": all_of(tf, tf.train.maybe_batch([x], x % 3 < 2, 2, allow_smaller_final_batch=True))}


@script(graph=True)
def batch_join_of_one(tf):
    x = tf.train.range_input_producer(5, num_epochs=1, shuffle=False).dequeue()
    return {"all": all_of(tf, tf.train.batch_join([[x, x * 2]], 2))}


@script(graph=True)
def batch_join_sorted(tf):
    x = tf.train.range_input_producer(8, num_epochs=1, shuffle=False).dequeue()
    found = all_of(tf, tf.train.batch_join([{"x": x}, {"x": x}], 4))
    return {"sorted": np.sort(np.concatenate([f["x"] for f in found[:-2]])), "end": found[-2]}


@script(graph=True)
def shuffle_batch_complete(tf):
    x = tf.train.range_input_producer(20, num_epochs=1, shuffle=False).dequeue()
    found = all_of(tf, tf.train.shuffle_batch([x], 4, 50, 10, seed=3, num_threads=2))
    return {"sorted": np.sort(np.concatenate(found[:-2])), "count": len(found), "end": found[-2]}


@script(graph=True)
def shuffle_batch_in_one_go(tf):
    """One enqueue fills the queue before anything is taken: the order is that of the seeds."""
    x = tf.placeholder_with_default(tf.range(30), [30])
    taken = tf.train.shuffle_batch([x], 5, 30, 0, seed=3, enqueue_many=True)
    runner = tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)[0]
    with tf.Session() as sess:
        sess.run(runner.enqueue_ops[0])
        return {"taken": [sess.run(taken) for _ in range(6)], "ops": [op.name for op in runner.enqueue_ops]}


@script(graph=True)
def shuffle_batch_join_graph(tf):
    x, y = tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0])
    out = tf.train.shuffle_batch_join([[x], [y]], 4, 20, 5, seed=1, allow_smaller_final_batch=True)
    return {"shape": str(out.shape), "runners": len(tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS))}


@script()
def maybe_shuffles(tf):
    x, keep = tf.constant([1.0, 2.0]), tf.placeholder(tf.bool, [])
    a = tf.train.maybe_shuffle_batch([x], 4, 20, 5, keep, seed=1)
    b = tf.train.maybe_batch_join([[x], [x]], keep, 4)
    c = tf.train.maybe_shuffle_batch_join([[x]], 4, 20, 5, keep, seed=1)
    return {"shapes": [str(t.shape) for t in (a, b, c)]}


@script()
def queue_runner_proto(tf):
    q = tf.FIFOQueue(3, tf.int32, name="q")
    runner = tf.train.QueueRunner(
        q,
        [q.enqueue(1), q.enqueue(2)],
        queue_closed_exception_types=(tf.errors.OutOfRangeError, tf.errors.CancelledError),
    )
    proto = runner.to_proto()
    back = tf.train.QueueRunner.from_proto(proto)
    return {
        "proto": str(proto),
        "bytes": proto.SerializeToString(),
        "ops": [op.name for op in back.enqueue_ops],
        "closed": [kind.__name__ for kind in back.queue_closed_exception_types],
        "name": back.name,
    }


@script()
def an_error_in_a_runner_reaches_join(tf):
    x = tf.constant([1, 2, 3])
    i = tf.placeholder_with_default(tf.constant(7), [])
    q = tf.FIFOQueue(3, tf.int32, shapes=[])
    tf.train.add_queue_runner(tf.train.QueueRunner(q, [q.enqueue(tf.gather(x, i))]))
    with tf.Session() as sess:
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(sess, coord)
        ended = kind_of(tf, sess, q.dequeue())
        try:
            coord.join(threads)
        except tf.errors.InvalidArgumentError:
            return {"ended": ended, "join": "InvalidArgumentError", "stop": coord.should_stop(), "joined": coord.joined}


@script()
def coordinator(tf):
    coord, out = tf.train.Coordinator(), []
    with coord.stop_on_exception():
        raise tf.errors.OutOfRangeError(None, None, "end")
    out.append(coord.should_stop())
    coord.join()
    out.append(coord.joined)
    coord.clear_stop()
    out += [coord.joined, coord.should_stop(), coord.wait_for_stop(0.01)]
    with coord.stop_on_exception():
        raise ValueError("broken")
    for call in (coord.raise_requested_exception, coord.join):
        try:
            call()
        except ValueError as error:
            out.append(str(error))
    turns = []
    coord = tf.train.Coordinator()

    def turn():
        turns.append(1)
        if len(turns) == 3:
            coord.request_stop()

    tf.train.LooperThread.loop(coord, 0.001, turn)
    coord.join()
    return {"steps": out, "turns": len(turns)}


# -- readers -------------------------------------------------------------------------------------------------------------


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)


def reading(tf, reader, names, count=None):
    """All keys and values that a reader gives for files, with its counters at the end."""
    q = tf.FIFOQueue(10, tf.string, shapes=[])
    fetch = reader.read(q) if count is None else reader.read_up_to(q, count)
    counters = [reader.num_records_produced(), reader.num_work_units_completed()]
    found = []
    with tf.Session() as sess:
        sess.run(q.enqueue_many([names]))
        sess.run(q.close())
        try:
            while True:
                found.append(sess.run(fetch))
        except tf.errors.OutOfRangeError:
            found.append(sess.run(counters))
    return {"found": found}


@script(graph=True)
def text_lines(tf):
    with Folder():
        write("a", b"head\none\r\ntwo\n\nlast")
        write("b", b"head\n")
        write("c", b"")
        write("d", b"head\nx\n")
        return reading(tf, tf.TextLineReader(skip_header_lines=1), ["a", "b", "c", "d"])


@script(graph=True)
def text_lines_up_to(tf):
    with Folder():
        write("a", b"1\n2\n3\n4\n5\n")
        write("b", b"6\n7")
        return reading(tf, tf.TextLineReader(), ["a", "b"], 2)


@script(graph=True)
def whole_files(tf):
    with Folder():
        write("a", b"\x00\xff\n")
        write("b", b"")
        return reading(tf, tf.WholeFileReader(), ["a", "b"])


@script(graph=True)
def identity_reader(tf):
    return reading(tf, tf.IdentityReader(), ["a", "b", "c"])


@script(graph=True)
def fixed_length(tf):
    with Folder():
        write("a", b"Habcdefghijk")
        write("b", b"Hxyz")
        return reading(tf, tf.FixedLengthRecordReader(3, header_bytes=1, footer_bytes=1), ["a", "b"])


@script(graph=True)
def fixed_length_hops(tf):
    with Folder():
        write("a", b"0123456789")
        return reading(tf, tf.FixedLengthRecordReader(4, hop_bytes=2), ["a"])


@script(graph=True)
def fixed_length_packed(tf):
    with Folder():
        write("a", zlib.compress(b"0123456789"))
        return reading(tf, tf.FixedLengthRecordReader(3, encoding="ZLIB"), ["a"])


@script(graph=True)
def fixed_length_gzip(tf):
    with Folder():
        with gzip.open("a", "wb") as file:
            file.write(b"0123456789")
        return reading(tf, tf.FixedLengthRecordReader(3, header_bytes=2, encoding="GZIP"), ["a"])


@script(graph=True)
def tf_records(tf):
    with Folder():
        for name in "ab":
            with tf.python_io.TFRecordWriter(name) as writer:
                for i in range(3):
                    writer.write(name.encode() * i)
        return reading(tf, tf.TFRecordReader(), ["a", "b"])


@script(graph=True)
def tf_records_packed(tf):
    options = tf.python_io.TFRecordOptions(tf.python_io.TFRecordCompressionType.GZIP)
    with Folder():
        with tf.python_io.TFRecordWriter("a", options) as writer:
            for i in range(5):
                writer.write(b"r%d" % i)
        return {"values": [v for _, v in reading(tf, tf.TFRecordReader(options=options), ["a"])["found"][:-1]]}


@script(graph=True)
def tf_records_up_to(tf):
    with Folder():
        with tf.python_io.TFRecordWriter("a") as writer:
            for i in range(5):
                writer.write(b"r%d" % i)
        return reading(tf, tf.TFRecordReader(), ["a"], 3)


@script(graph=True)
def reader_reset_and_state(tf):
    q = tf.FIFOQueue(10, tf.string, shapes=[])
    reader = tf.IdentityReader()
    read, state = reader.read(q), reader.serialize_state()
    kept = tf.placeholder(tf.string, [])
    restore, reset, produced = reader.restore_state(kept), reader.reset(), reader.num_records_produced()
    with tf.Session() as sess:
        sess.run(q.enqueue_many([["a", "b", "c"]]))
        sess.run(read)
        sess.run(read)
        saved = sess.run(state)
        sess.run(reset)
        out = {"state": saved, "reset": sess.run(produced)}
        sess.run(restore, {kept: saved})
        out.update(restored=sess.run(produced), third=sess.run(read))
        out["bad"] = kind_of(tf, sess, tf.TextLineReader().serialize_state())
        return out


@script()
def reader_errors(tf):
    with Folder():
        write("bad", b"0123456789012345678901234567890")
        q = tf.FIFOQueue(10, tf.string, shapes=[])
        text, record = tf.TextLineReader().read(q), tf.TFRecordReader().read(q)
        with tf.Session() as sess:
            sess.run(q.enqueue_many([["none", "bad"]]))
            return {"missing": kind_of(tf, sess, text), "damaged": kind_of(tf, sess, record)}


@script(graph=True)
def files_as_a_whole(tf):
    with Folder():
        name, data = tf.placeholder(tf.string, []), tf.placeholder(tf.string, [])
        put, get = tf.write_file(name, data), tf.read_file(name)
        found, two = tf.matching_files("d/*.x"), tf.matching_files(["d/b*", "e/*"])
        with tf.Session() as sess:
            for n in ("d/b.x", "d/a.x", "d/c.y", "e/f/g"):
                sess.run(put, {name: n, data: b"\x00" + n.encode()})
            return {
                "read": sess.run(get, {name: "d/a.x"}),
                "found": sess.run(found),
                "two": sess.run(two),
                "none": sess.run(tf.matching_files("nothing*")),
                "missing": kind_of(tf, sess, tf.read_file("missing")),
            }


@script(graph=True)
def names_once(tf):
    with Folder():
        for name in "bca":
            write(name + ".txt", name.encode())
        q = tf.train.string_input_producer(tf.train.match_filenames_once("./*.txt"), num_epochs=1, shuffle=False)
        return {"all": all_of(tf, tf.WholeFileReader().read(q))}


@script()
def a_typical_script(tf):
    """Records through producer, reader, parser and shuffled batches into a training step."""
    with Folder():
        with tf.python_io.TFRecordWriter("train.tfrecords") as writer:
            for i in range(12):
                features = {
                    "image": tf.train.Feature(
                        bytes_list=tf.train.BytesList(value=[np.arange(i, i + 4, dtype=np.uint8).tobytes()])
                    ),
                    "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[i % 2])),
                }
                writer.write(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())
        q = tf.train.string_input_producer(["train.tfrecords"], num_epochs=2)
        _, record = tf.TFRecordReader().read(q)
        parsed = tf.parse_single_example(
            record, features={"image": tf.FixedLenFeature([], tf.string), "label": tf.FixedLenFeature([], tf.int64)}
        )
        image = tf.decode_raw(parsed["image"], tf.uint8)
        image.set_shape([4])
        images, labels = tf.train.batch([tf.cast(image, tf.float32) / 16.0, parsed["label"]], 6)
        w = tf.Variable(tf.fill([4, 2], 0.1))
        loss = tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=tf.matmul(images, w))
        )
        step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        return {"losses": [f[0] if isinstance(f, list) and len(f) == 2 else f for f in all_of(tf, [loss, step])]}
