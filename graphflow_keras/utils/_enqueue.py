"""Batches made by other threads or processes while the model computes."""

import itertools
import multiprocessing
import multiprocessing.pool
import pickle
import queue
import random
import threading
import time
import warnings
import weakref

import numpy as np


class Sequence:
    """A data set by batches: `sequence[i]` is the i-th batch, `len(sequence)` their number.

    Unlike a generator it can be read by several workers, and each batch is seen once an epoch.
    """

    def __getitem__(self, index):
        """The batch at a position, a tuple `(x, y)` or `(x, y, sample_weights)`."""
        raise NotImplementedError

    def __len__(self):
        """The number of batches."""
        raise NotImplementedError

    def on_epoch_end(self):
        """Called at the end of every epoch."""

    def __iter__(self):
        """The batches in order."""
        for i in range(len(self)):
            yield self[i]


# What workers read, by the number of the enqueuer: threads share it, processes get it when they start.
_SHARED_SEQUENCES = {}
_numbers = itertools.count()


def init_pool(seqs):
    """Gives a new worker process the sequences."""
    global _SHARED_SEQUENCES
    _SHARED_SEQUENCES = seqs


def get_index(uid, i):
    """The i-th batch of the sequence `uid`."""
    return _SHARED_SEQUENCES[uid][i]


def init_pool_generator(gens, random_seed=None):
    """Gives a new worker process the generators, and random numbers of its own."""
    init_pool(gens)
    if random_seed is not None:
        np.random.seed(random_seed + multiprocessing.current_process().ident)


def next_sample(uid):
    """The next item of the generator `uid`."""
    return next(_SHARED_SEQUENCES[uid])


_pools = weakref.WeakSet()  # of processes


def terminate_keras_multiprocessing_pools(grace_period=0.1, use_sigkill=False):
    """Ends all worker processes that make batches.

    Args:
        grace_period: seconds they have to finish what they are at.
        use_sigkill: bool, kill those that are still there.
    """
    pools = list(_pools)
    for pool in pools:
        pool.close()
    if pools:
        time.sleep(grace_period)
    for pool in pools:
        if use_sigkill:
            for process in pool._pool:
                process.kill()
        pool.terminate()


class SequenceEnqueuer:
    """Lets workers fill a queue of batches; `get` takes them out.

    Args:
        sequence: what the batches come from.
        use_multiprocessing: processes instead of threads. They start as copies of this process where the system can do that;
            elsewhere `sequence` must be picklable. They must not use the model: no session runs in a copied process.
    """

    def __init__(self, sequence, use_multiprocessing=False):
        self.sequence = sequence
        self.use_multiprocessing = use_multiprocessing
        self.uid = next(_numbers)
        self.workers = 0
        self.queue = None
        self.run_thread = None
        self.stop_signal = None

    def is_running(self):
        """Whether it was started and not stopped."""
        return self.stop_signal is not None and not self.stop_signal.is_set()

    def start(self, workers=1, max_queue_size=10):
        """Starts the workers.

        Args:
            workers: how many. max_queue_size: how many batches may be ready or in the making.

        Raises:
            ValueError: processes are wanted, and what they need cannot be sent to them.
        """
        if self.use_multiprocessing:
            self._check_sendable()
        self.workers = workers
        self.queue = queue.Queue(max_queue_size)
        self.stop_signal = threading.Event()
        self.run_thread = threading.Thread(target=self._run, daemon=True)
        self.run_thread.start()

    def stop(self, timeout=None):
        """Stops the workers and waits for them, at most `timeout` seconds."""
        self.stop_signal.set()
        with self.queue.mutex:
            self.queue.queue.clear()
            self.queue.unfinished_tasks = 0
            self.queue.not_full.notify_all()
            self.queue.all_tasks_done.notify_all()
        self.run_thread.join(timeout)
        _SHARED_SEQUENCES.pop(self.uid, None)

    def get(self):
        """Yields the batches as they come; None is left out."""
        raise NotImplementedError

    # -- for subclasses ------------------------------------------------------------------------------------------------

    def _run(self):
        """Fills the queue; runs in a thread of its own."""
        raise NotImplementedError

    def _initializer(self):
        """How a worker process begins: (function, its arguments after the shared sequences)."""
        return init_pool, ()

    def _send_sequence(self):
        _SHARED_SEQUENCES[self.uid] = self.sequence

    def _check_sendable(self):
        if _context().get_start_method() == "fork":
            return
        try:
            pickle.dumps(self.sequence)
        except Exception as err:
            raise ValueError(
                f"use_multiprocessing=True needs data that can be sent to other processes, and {self.sequence!r} cannot be "
                f"pickled ({err}): use a Sequence of picklable parts, or use_multiprocessing=False"
            ) from None

    def _pool(self):
        if not self.use_multiprocessing:
            return multiprocessing.pool.ThreadPool(self.workers)
        initializer, arguments = self._initializer()
        with warnings.catch_warnings():
            # A copy of a process with threads: the workers only make data, and touch nothing the threads hold.
            warnings.filterwarnings("ignore", message=".*fork", category=RuntimeWarning)
            warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)
            shared = {self.uid: self.sequence}
            pool = _context().Pool(self.workers, initializer=initializer, initargs=(shared, *arguments))
        _pools.add(pool)
        return pool

    def _put(self, pool, function, *arguments):
        """Asks a worker for a batch; waits while the queue is full. Returns whether to go on."""
        if self.stop_signal.is_set():
            return False
        self.queue.put(pool.apply_async(function, (self.uid, *arguments)))
        return not self.stop_signal.is_set()

    def _close(self, pool):
        if self.stop_signal.is_set() and self.use_multiprocessing:
            pool.terminate()
        else:
            pool.close()
        pool.join()

    def _taken(self):
        """The next batch from the queue."""
        while self.is_running():
            try:
                result = self.queue.get(timeout=1.0)
            except queue.Empty:
                if not self.run_thread.is_alive():
                    raise RuntimeError("the thread that fills the queue of batches has ended") from None
                continue
            value = result.get()
            self.queue.task_done()
            return value
        return None


def _context():
    methods = multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("fork" if "fork" in methods else None)


class OrderedEnqueuer(SequenceEnqueuer):
    """The batches of a Sequence in order, epoch after epoch.

    Args:
        shuffle: a new order of the batches each epoch.
    """

    def __init__(self, sequence, use_multiprocessing=False, shuffle=False):
        super().__init__(sequence, use_multiprocessing)
        self.shuffle = shuffle

    def _run(self):
        order = list(range(len(self.sequence)))
        pool = None
        while not self.stop_signal.is_set():
            self._send_sequence()
            if self.shuffle:
                random.shuffle(order)
            if (
                pool is None or self.use_multiprocessing
            ):  # processes have a copy: new ones see what an epoch's end changed
                pool = self._pool()
            for i in order:
                if not self._put(pool, get_index, i):
                    break
            if not self.stop_signal.is_set():
                self.queue.join()
            if self.use_multiprocessing or self.stop_signal.is_set():
                self._close(pool)
            if not self.stop_signal.is_set():
                self.sequence.on_epoch_end()

    def get(self):
        """Yields the batches in order; an error in a worker is raised here."""
        try:
            while self.is_running():
                batch = self._taken()
                if batch is not None:
                    yield batch
        except Exception:
            self.stop()
            raise


class GeneratorEnqueuer(SequenceEnqueuer):
    """The items of a generator; with several processes each has a copy of it, so items may repeat.

    Args:
        wait_time: not used any more.
        random_seed: worker processes seed NumPy with this plus their number.
    """

    def __init__(self, sequence, use_multiprocessing=False, wait_time=None, random_seed=None):
        super().__init__(sequence, use_multiprocessing)
        self.random_seed = random_seed
        if wait_time is not None:
            warnings.warn("`wait_time` is not used anymore.", DeprecationWarning, stacklevel=2)

    def _initializer(self):
        return init_pool_generator, (self.random_seed,)

    def _run(self):
        self._send_sequence()
        pool = self._pool()
        while self._put(pool, next_sample):
            pass
        self._close(pool)

    def get(self):
        """Yields the items until the generator ends; an error in a worker is raised here.

        Raises:
            RuntimeError: several threads read a generator that only one may read.
        """
        try:
            while self.is_running():
                item = self._taken()
                if item is not None:
                    yield item
        except StopIteration:
            yield from self._rest()
        except Exception as err:
            self.stop()
            if "generator already executing" in str(err):
                raise RuntimeError(
                    "Your generator is NOT thread-safe. Keras requires a thread-safe generator when "
                    "`use_multiprocessing=False, workers > 1`. Use one worker, or a `keras.utils.Sequence`."
                ) from err
            raise

    def _rest(self):
        """What other workers still had when one came to the generator's end."""
        waiting = []
        while self.queue.qsize() > 0:
            waiting.append(self.queue.get())
        for result in waiting:
            result.wait()
        self.stop()
        for result in waiting:
            if result.successful():
                item = result.get()
                if item is not None:
                    yield item
