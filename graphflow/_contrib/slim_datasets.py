"""slim's description of a data set, and the providers that read one through queues."""

from __future__ import annotations

import abc

from graphflow._core import dtypes
from graphflow._files import gfile
from graphflow._graph import build
from graphflow._ops import math, queues, readers, summaries
from graphflow._train import input_producers, queue_runner


class Dataset:
    """What a data set consists of; further keyword arguments become attributes too.

    Args:
        data_sources: names of its files, or patterns.
        reader: class of the reader, such as `tf.TFRecordReader`.
        decoder: a `DataDecoder`.
        num_samples: how many samples it has.
        items_to_descriptions: dict item -> words.
    """

    def __init__(self, data_sources, reader, decoder, num_samples, items_to_descriptions, **kwargs):
        self.data_sources, self.reader, self.decoder = data_sources, reader, decoder
        self.num_samples, self.items_to_descriptions = num_samples, items_to_descriptions
        self.__dict__.update(kwargs)


class DataDecoder(abc.ABC):
    """Makes the tensors of named items from a serialized sample."""

    @abc.abstractmethod
    def decode(self, data, items):
        """The tensors of the items, in their order."""

    @abc.abstractmethod
    def list_items(self):
        """The names of the items that it can make."""


class DataProvider:
    """Hands out the tensors of a sample by name.

    Args:
        items_to_tensors: dict name -> tensor.
        num_samples: how many samples there are.
    """

    def __init__(self, items_to_tensors, num_samples):
        self._items_to_tensors = items_to_tensors
        self._num_samples = num_samples

    def get(self, items):
        """The tensors of the named items.

        Raises:
            ValueError: `items` is no list, or one of them is not known.
        """
        if not isinstance(items, (list, tuple)):
            raise ValueError("items must be a list or tuple")
        for item in items:
            if item not in self._items_to_tensors:
                known = ", ".join(map(str, self._items_to_tensors))
                raise ValueError(f"Item [{item}] is invalid. Valid entries include: {known}")
        return [self._items_to_tensors[item] for item in items]

    def list_items(self):
        """The names of the items."""
        return self._items_to_tensors.keys()

    def num_samples(self):
        """How many samples there are."""
        return self._num_samples


class DatasetDataProvider(DataProvider):
    """Reads a `Dataset`. With `num_epochs` a local variable counts: run `tf.local_variables_initializer()`.

    Args:
        num_readers: how many readers fill the queue of samples.
        reader_kwargs: dict of arguments for the reader.
        shuffle: whether files and samples are shuffled; `seed` is that of the random numbers.
        num_epochs: how often the files are read; without end when None.
        common_queue_capacity, common_queue_min: how many samples lie in the queue at most, and at least when shuffled.
        record_key: name of the item that says where a sample is from.

    Raises:
        ValueError: the data set has an item named as `record_key`; or no file matches.
    """

    def __init__(
        self, dataset, num_readers=1, reader_kwargs=None, shuffle=True, num_epochs=None, common_queue_capacity=256,
        common_queue_min=128, record_key="record_key", seed=None, scope=None,
    ):  # fmt: skip
        key, data = parallel_read(
            dataset.data_sources, dataset.reader, num_epochs, num_readers, reader_kwargs, shuffle,
            capacity=common_queue_capacity, min_after_dequeue=common_queue_min, seed=seed, scope=scope,
        )  # fmt: skip
        items = dataset.decoder.list_items()
        tensors = dict(zip(items, dataset.decoder.decode(data, items)))
        if record_key in tensors:
            raise ValueError(
                f"The item name used for `record_key` cannot also be used for a dataset item: {record_key}"
            )
        super().__init__({**tensors, record_key: key}, dataset.num_samples)


class ParallelReader(readers.ReaderBase):
    """Several readers that fill one queue.

    Args:
        reader_class: called with `reader_kwargs` for each of the `num_readers` readers.
        common_queue: a queue of (key, value), both strings.

    Raises:
        TypeError: the queue has other components.
    """

    def __init__(self, reader_class, common_queue, num_readers=4, reader_kwargs=None):
        if list(common_queue.dtypes) != [dtypes.string, dtypes.string]:
            raise TypeError("common_queue.dtypes must be [tf.string, tf.string]")
        self._readers = [reader_class(**(reader_kwargs or {})) for _ in range(num_readers)]
        self._common_queue = common_queue

    num_readers = property(lambda self: len(self._readers), doc="How many readers there are.")
    common_queue = property(lambda self: self._common_queue, doc="The queue that they fill.")

    def read(self, queue, name=None):
        """The next (key, value); the files' names come from `queue`."""
        self._fill_from(queue)
        return self._common_queue.dequeue(name=name)

    def read_up_to(self, queue, num_records, name=None):
        """As many as `num_records` (keys, values), fewer at the end."""
        self._fill_from(queue)
        return self._common_queue.dequeue_up_to(num_records, name)

    def _fill_from(self, queue):
        fill = [self._common_queue.enqueue(reader.read(queue)) for reader in self._readers]
        queue_runner.add_queue_runner(queue_runner.QueueRunner(self._common_queue, fill))

    def num_records_produced(self, name=None):
        """int64 scalar: how many records were read."""
        return math.add_n([reader.num_records_produced() for reader in self._readers], name=name)

    def num_work_units_completed(self, name=None):
        """int64 scalar: how many files are done."""
        return math.add_n([reader.num_work_units_completed() for reader in self._readers], name=name)


def parallel_read(
    data_sources, reader_class, num_epochs=None, num_readers=4, reader_kwargs=None, shuffle=True, dtypes=None, capacity=256,
    min_after_dequeue=128, seed=None, scope=None,
):  # fmt: skip
    """(key, value) of the next record of several files, read by several readers into one queue.

    Args:
        data_sources: names of files, or patterns. Others as `DatasetDataProvider`.
        dtypes: of the queue; strings when None.
    """
    files = get_data_files(data_sources)
    with build.name_scope(scope, "parallel_read"):
        names = input_producers.string_input_producer(files, num_epochs, shuffle, seed, name="filenames")
        common = {"capacity": capacity, "dtypes": dtypes or ["string", "string"], "name": "common_queue"}
        if shuffle:
            queue = queues.RandomShuffleQueue(min_after_dequeue=min_after_dequeue, seed=seed, **common)
        else:
            queue = queues.FIFOQueue(**common)
        _say_how_full(queue, capacity)
        return ParallelReader(reader_class, queue, num_readers, reader_kwargs).read(names)


def single_pass_read(data_sources, reader_class, reader_kwargs=None, scope=None):
    """(key, value) of the next record of several files, each read once and in order."""
    files = get_data_files(data_sources)
    with build.name_scope(scope, "single_pass_read"):
        names = input_producers.string_input_producer(files, 1, shuffle=False, capacity=1, name="filenames")
        return reader_class(**(reader_kwargs or {})).read(names)


def get_data_files(data_sources):
    """The names of files that names and patterns, in lists too, stand for.

    Raises:
        ValueError: there are none.
    """
    if isinstance(data_sources, (list, tuple)):
        files = [name for source in data_sources for name in get_data_files(source)]
    elif any(sign in data_sources for sign in "*?["):
        files = gfile.Glob(data_sources)
    else:
        files = [data_sources]
    if not files:
        raise ValueError(f"No data files found in {data_sources}")
    return files


def prefetch_queue(tensors, capacity=8, num_threads=1, dynamic_pad=False, shared_name=None, name=None):
    """A queue that runs ahead: its runner fills it with the values of `tensors`, a list or a dict.

    Args:
        capacity: how many such values lie in it at most.
        num_threads: how many threads fill it.
        dynamic_pad: whether shapes may have unknown dimensions.

    Returns:
        a queue; its `dequeue` gives a list, or a dict as `tensors` was.
    """
    names = sorted(tensors) if isinstance(tensors, dict) else None
    values = [tensors[n] for n in names] if names is not None else tensors
    with build.name_scope(name, "prefetch_queue", values):
        make = queues.PaddingFIFOQueue if dynamic_pad else queues.FIFOQueue
        types, shapes = [t.dtype for t in values], [t.shape for t in values]
        queue = make(capacity, types, shapes, names=names, shared_name=shared_name)
        fill = queue.enqueue(tensors)
        queue_runner.add_queue_runner(queue_runner.QueueRunner(queue, [fill] * num_threads))
        _say_how_full(queue, capacity)
        return queue


def _say_how_full(queue, capacity):
    summaries.scalar(f"fraction_of_{capacity}_full", math.cast(queue.size(), "float32") * (1.0 / capacity))
