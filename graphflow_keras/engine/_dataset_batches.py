"""The batches of a `tf.data.Dataset` as arrays, for the loops that feed them to models."""

import graphflow as tf
from graphflow_keras import backend as K


def is_dataset(data):
    """Whether data are a dataset of batches, an iterator over one, or the batches of one."""
    return isinstance(data, (tf.data.Dataset, tf.data.Iterator, DatasetBatches))


def batches_of(data):
    """The `DatasetBatches` of what `is_dataset` says yes to."""
    return data if isinstance(data, DatasetBatches) else DatasetBatches(data)


class DatasetBatches:
    """Goes through the batches of a dataset, each time from the start; through those of an iterator once.

    Args:
        data: a dataset or iterator whose elements are batches, such as `(x, y)`.
    """

    def __init__(self, data):
        self._data = data
        self._initializer = self._next = None
        if tf.executing_eagerly():
            return
        iterator = data
        if isinstance(data, tf.data.Dataset):
            iterator = tf.data.make_initializable_iterator(data)
            self._initializer = iterator.initializer
        self._next = iterator.get_next()

    def count(self):
        """How many batches there are, where that can be told without making them; else None."""
        if self._initializer is None:
            return None
        count = K.get_session().run(tf.data.experimental.cardinality(self._data))
        return int(count) if count >= 0 else None

    def __iter__(self):
        if self._next is None:
            for batch in self._data:
                yield tf.nest.map_structure(lambda t: t.numpy(), batch)
            return
        session = K.get_session()
        if self._initializer is not None:
            session.run(self._initializer)
        run = session.make_callable(self._next)
        while True:
            try:
                yield run()
            except tf.errors.OutOfRangeError:
                return
