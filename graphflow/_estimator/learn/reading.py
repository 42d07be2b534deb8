"""Batches of examples from files, by queues that threads fill."""

from __future__ import annotations

from graphflow._core import dtypes, errors
from graphflow._files import gfile
from graphflow._graph import build, sparse_tensor, tensor
from graphflow._ops import math, parsing, queues, readers, summaries
from graphflow._train import batching, input_producers, queue_runner

_KEY = "__key__"


def read_batch_examples(
    file_pattern, batch_size, reader, randomize_input=True, num_epochs=None, queue_capacity=10000, num_threads=1,
    read_batch_size=1, parse_fn=None, name=None, seed=None,
):  # fmt: skip
    """Batches of examples, strings `[batch]`; arguments as of `read_keyed_batch_examples`."""
    return read_keyed_batch_examples(
        file_pattern, batch_size, reader, randomize_input, num_epochs, queue_capacity, num_threads, read_batch_size, parse_fn,
        name, seed,
    )[1]  # fmt: skip


def read_keyed_batch_examples(
    file_pattern, batch_size, reader, randomize_input=True, num_epochs=None, queue_capacity=10000, num_threads=1,
    read_batch_size=1, parse_fn=None, name=None, seed=None,
):  # fmt: skip
    """Batches of (keys, examples), strings `[batch]` each.

    Args:
        file_pattern: a pattern of files, or a list of them.
        batch_size: how many examples; reader: a function that makes a reader, as `tf.TFRecordReader`.
        randomize_input: whether files and examples come in random order; seed: of that.
        num_epochs: how often the files are read; for ever when None.
        queue_capacity: of the queue; num_threads: readers; read_batch_size: examples they read at once.
        parse_fn: a function put on what was read, that gives tensors or a dict of them.

    Raises:
        ValueError: no file matches, or a number is not positive.
    """
    names = _files(file_pattern, randomize_input)
    _check(
        queue_capacity=queue_capacity, batch_size=batch_size, read_batch_size=read_batch_size, num_threads=num_threads
    )
    if not isinstance(batch_size, tensor.Tensor) and batch_size >= queue_capacity:
        raise ValueError(f"Invalid batch_size {batch_size}, with queue_capacity {queue_capacity}.")
    if num_epochs is not None:
        _check(num_epochs=num_epochs)
    with build.name_scope(name, "read_batch_examples", [file_pattern]) as scope:
        with build.name_scope("file_name_queue") as queue_scope:
            files = input_producers.string_input_producer(
                build.constant(names, name="input"), num_epochs=num_epochs, shuffle=randomize_input, seed=seed,
                name=queue_scope,
            )  # fmt: skip
        with build.name_scope("read"):
            found = [_read(files, reader, read_batch_size, parse_fn) for _ in range(num_threads)]
        options = {
            "capacity": queue_capacity, "enqueue_many": read_batch_size > 1, "name": scope,
            "allow_smaller_final_batch": num_epochs is not None,
        }  # fmt: skip
        if randomize_input:
            is_known = not isinstance(batch_size, tensor.Tensor)
            left = max(queue_capacity - 3 * batch_size, batch_size) if is_known else int(queue_capacity * 0.4)
            batches = batching.shuffle_batch_join(found, batch_size, min_after_dequeue=left, seed=seed, **options)
        else:
            batches = batching.batch_join(found, batch_size, **options)
        return (batches.pop(_KEY), batches) if isinstance(batches, dict) else batches


def _files(pattern, randomize):
    patterns = pattern if isinstance(pattern, list) else [pattern]
    names = [name for one in patterns for name in gfile.Glob(one)]
    if not names:
        raise ValueError(f"No files match {pattern}.")
    return names if randomize else sorted(names)


def _check(**numbers):
    for name, value in numbers.items():
        if not isinstance(value, tensor.Tensor) and (not value or value <= 0):
            raise ValueError(f"Invalid {name} {value}.")


def _read(files, reader, count, parse_fn):
    keys, examples = reader().read_up_to(files, count) if count > 1 else reader().read(files)
    parsed = examples if parse_fn is None else parse_fn(examples)
    return {**parsed, _KEY: keys} if isinstance(parsed, dict) else (keys, parsed)


def read_keyed_batch_features(
    file_pattern, batch_size, features, reader, randomize_input=True, num_epochs=None, queue_capacity=10000,
    reader_num_threads=1, feature_queue_capacity=100, num_enqueue_threads=2, parse_fn=None, name=None, read_batch_size=None,
):  # fmt: skip
    """Batches of (keys, features), parsed from examples.

    Args:
        features: a dict for `tf.parse_example`.
        reader_num_threads: how many readers.
        feature_queue_capacity, num_enqueue_threads: of the queue of parsed features.
        others: as of `read_keyed_batch_examples`.
    """
    with build.name_scope(name, "read_batch_features", [file_pattern]) as scope:
        keys, examples = read_keyed_batch_examples(
            file_pattern, batch_size, reader, randomize_input, num_epochs, queue_capacity, reader_num_threads,
            batch_size if read_batch_size is None else read_batch_size, parse_fn, scope,
        )  # fmt: skip
        parsed = parsing.parse_example(examples, features)
        return queue_parsed_features(parsed, keys, feature_queue_capacity, num_enqueue_threads, scope)


def read_keyed_batch_features_shared_queue(
    file_pattern, batch_size, features, reader, randomize_input=True, num_epochs=None, queue_capacity=10000,
    reader_num_threads=1, feature_queue_capacity=100, num_queue_runners=2, parse_fn=None, name=None,
):  # fmt: skip
    """As `read_keyed_batch_features`; in one process the queue is shared anyway."""
    return read_keyed_batch_features(
        file_pattern, batch_size, features, reader, randomize_input, num_epochs, queue_capacity, reader_num_threads,
        feature_queue_capacity, num_queue_runners, parse_fn, name,
    )  # fmt: skip


def read_batch_features(
    file_pattern, batch_size, features, reader, randomize_input=True, num_epochs=None, queue_capacity=10000,
    feature_queue_capacity=100, reader_num_threads=1, num_enqueue_threads=2, parse_fn=None, name=None, read_batch_size=None,
):  # fmt: skip
    """Batches of features, a dict of tensors; arguments as of `read_keyed_batch_features`."""
    return read_keyed_batch_features(
        file_pattern, batch_size, features, reader, randomize_input, num_epochs, queue_capacity, reader_num_threads,
        feature_queue_capacity, num_enqueue_threads, parse_fn, name, read_batch_size,
    )[1]  # fmt: skip


def read_batch_record_features(
    file_pattern, batch_size, features, randomize_input=True, num_epochs=None, queue_capacity=10000, reader_num_threads=1,
    name="dequeue_record_examples",
):  # fmt: skip
    """`read_batch_features` of TFRecord files."""
    return read_batch_features(
        file_pattern, batch_size, features, readers.TFRecordReader, randomize_input, num_epochs, queue_capacity,
        reader_num_threads=reader_num_threads, name=name,
    )  # fmt: skip


def queue_parsed_features(parsed_features, keys=None, feature_queue_capacity=100, num_enqueue_threads=2, name=None):
    """(keys, features) from a queue that threads fill with them; SparseTensors stay whole."""
    given = [*parsed_features.values(), *([] if keys is None else [keys])]
    with build.name_scope(name, "queue_parsed_features", given):
        parts = []
        for key in sorted(parsed_features):
            value = parsed_features[key]
            is_sparse = isinstance(value, sparse_tensor.SparseTensor)
            parts.append((key, [value.indices, value.values, value.dense_shape] if is_sparse else [value]))
        if keys is not None:
            parts.append((_KEY, [keys]))
        flat = [one for _, held in parts for one in held]
        queue = queues.FIFOQueue(feature_queue_capacity, [one.dtype for one in flat])
        summaries.scalar(
            f"queue/parsed_features/{queue.name}/fraction_of_{feature_queue_capacity}_full",
            math.cast(queue.size(), dtypes.float32) * (1.0 / feature_queue_capacity),
        )
        enqueue_ops = [queue.enqueue(flat) for _ in range(num_enqueue_threads)]
        ended = (errors.OutOfRangeError, errors.CancelledError)
        queue_runner.add_queue_runner(queue_runner.QueueRunner(queue, enqueue_ops, queue_closed_exception_types=ended))
        found = queue.dequeue()
        found = iter(found if isinstance(found, list) else [found])
        taken = {}
        for key, held in parts:
            values = [next(found) for _ in held]
            for value, like in zip(values, held, strict=True):
                value.set_shape(like.get_shape())
            taken[key] = values[0] if len(values) == 1 else sparse_tensor.SparseTensor(*values)
        return taken.pop(_KEY, None), taken
