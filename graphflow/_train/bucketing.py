"""Batches of examples that are alike: a queue for each bucket, and one for the batches that are full."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, errors, shapes
from graphflow._graph import build, static_value
from graphflow._ops import choosing, compare, control_flow, grouping, math, queues, reduce, summaries
from graphflow._train import batching, queue_runner

_CLOSED = (errors.OutOfRangeError, errors.CancelledError)


def _in_form(form, tensors):
    """As `form`: one tensor, a list or a dict."""
    if isinstance(form, dict):
        return dict(zip(sorted(form, key=str), tensors if isinstance(tensors, list) else [tensors]))
    return tensors


def _listed(tensors):
    return [tensors[key] for key in sorted(tensors, key=str)] if isinstance(tensors, dict) else list(tensors)


def bucket(
    tensors, which_bucket, batch_size, num_buckets, num_threads=1, capacity=32, bucket_capacities=None, shapes=None,
    dynamic_pad=False, allow_smaller_final_batch=False, keep_input=True, shared_name=None, name=None,
):  # fmt: skip
    """Batches of the tensors' values in successive runs, each of one bucket.

    Args:
        tensors: a list or dict of tensors: one example.
        which_bucket: int32 scalar, the example's bucket.
        batch_size: an int, or a list of one a bucket.
        capacity, bucket_capacities: of the queue of batches, and of each bucket's.
        keep_input: bool scalar, whether the example is taken.
        others: as of `tf.train.batch`.

    Returns:
        (the bucket, the batch in the form of `tensors`).

    Raises:
        ValueError: a list of another length than `num_buckets`, or no tensors.
    """
    per_bucket = isinstance(batch_size, (list, tuple))
    if per_bucket and len(batch_size) != num_buckets:
        raise ValueError("If batch_size is a list it must have num_buckets elements")
    capacities = [capacity] * num_buckets if bucket_capacities is None else bucket_capacities
    if len(capacities) != num_buckets:
        raise ValueError(
            f"The list bucket_capacities ({capacities}) must have exactly num_buckets ({num_buckets}) elements."
        )
    source = _listed(tensors)
    if not source:
        raise ValueError("Expected at least one tensor in bucket().")
    with build.name_scope(name, "bucket", source):
        source = batching._converted(source)
        keep = batching._checked_keep(keep_input, False)
        store = batching._Stored(source, False, keep)
        sizes = [_static(size) for size in (batch_size if per_bucket else [batch_size] * num_buckets)]
        types = batching._types([store.tensors])
        dims = batching._dims([store.tensors], False) if shapes is None else shapes
        which_bucket = build.convert_to_tensor(which_bucket, dtypes.int32, name="which_bucket")
        size = None if allow_smaller_final_batch or per_bucket or not isinstance(sizes[0], int) else sizes[0]
        own, top = _queues(types, dims, capacities, capacity, size, dynamic_pad, shared_name)
        _add_runners(own, top, store.tensors, which_bucket, sizes, keep, num_threads, allow_smaller_final_batch)
        for queue in own:
            summaries.scalar(f"bucket/{queue.name}/size", math.cast(top.size(), dtypes.float32))
        fullness = math.cast(top.size(), dtypes.float32) * (1.0 / capacity)
        summaries.scalar(f"bucket/{top.name}/fraction_of_{capacity}_full", fullness)
        which, *taken = top.dequeue(name="dequeue_top")
        restored = store.restored(taken if len(taken) > 1 else taken[0])
        return which, _in_form(tensors, restored)


def _static(size):
    tensor = build.convert_to_tensor(size, dtypes.int32, name="batch_size")
    known = static_value.constant_value(tensor)
    return tensor if known is None else int(known)


def _queues(types, dims, capacities, capacity, size, dynamic_pad, shared_name):
    kind = batching._fifo(dynamic_pad)
    own = [
        kind(
            capacity=n, dtypes=types, shapes=dims, shared_name=None if shared_name is None else f"{shared_name}_{i}",
            name=f"bucket_queue_{i}",
        )
        for i, n in enumerate(capacities)
    ]  # fmt: skip
    batch_dims = [shapes.TensorShape([size]).concatenate(d) for d in own[0].shapes]
    top = queues.PaddingFIFOQueue(
        capacity=capacity, dtypes=[dtypes.int32, *types], shapes=[shapes.TensorShape([]), *batch_dims],
        shared_name=shared_name, name="top_queue",
    )  # fmt: skip
    return own, top


def _add_runners(own, top, tensors, which_bucket, sizes, keep, num_threads, smaller):
    """One runner sorts examples into buckets, the other puts full ones on top."""

    def sort():
        puts = [
            control_flow.cond(compare.equal(which_bucket, i), lambda q=q: q.enqueue(tensors), grouping.no_op)
            for i, q in enumerate(own)
        ]
        return grouping.group(*puts, name="group_enqueues")

    sorting = control_flow.smart_cond(keep, sort, grouping.no_op)
    lifts = []
    for i, (queue, size) in enumerate(zip(own, sizes)):
        number = build.constant(i)
        taken = (queue.dequeue_up_to if smaller else queue.dequeue_many)(size, name=f"read_bucket_{i}")
        batch = list(taken) if isinstance(taken, (list, tuple)) else [taken]
        lifts.append(top.enqueue([number, *batch], name=f"enqueue_from_bucket_{i}"))
    queue_runner.add_queue_runner(queue_runner.QueueRunner(
        own[0], lifts, close_op=top.close(), cancel_op=top.close(cancel_pending_enqueues=True),
        queue_closed_exception_types=_CLOSED,
    ))  # fmt: skip
    queue_runner.add_queue_runner(queue_runner.QueueRunner(
        top, [sorting] * num_threads, close_op=grouping.group(*[q.close() for q in own]),
        cancel_op=grouping.group(*[q.close(cancel_pending_enqueues=True) for q in own]),
        queue_closed_exception_types=_CLOSED,
    ))  # fmt: skip


def bucket_by_sequence_length(
    input_length, tensors, batch_size, bucket_boundaries, num_threads=1, capacity=32, bucket_capacities=None, shapes=None,
    dynamic_pad=False, allow_smaller_final_batch=False, keep_input=True, shared_name=None, name=None,
):  # fmt: skip
    """`bucket`, by the length of the examples.

    Args:
        input_length: int32 scalar, the length of the example.
        bucket_boundaries: increasing ints: a bucket holds lengths from one, inclusive, to the next, exclusive.

    Returns:
        (the lengths `[batch]`, the batch in the form of `tensors`).

    Raises:
        TypeError, ValueError: boundaries that are no such list.
    """
    if not isinstance(bucket_boundaries, (list, tuple)):
        raise TypeError(f"bucket_boundaries must be a list or tuple, but received: {bucket_boundaries}")
    if not bucket_boundaries:
        raise ValueError("bucket_boundaries must not be empty")
    for before, after in zip(bucket_boundaries[:-1], bucket_boundaries[1:]):
        if not isinstance(before, int) or not isinstance(after, int):
            raise TypeError(f"bucket boundaries must be integers, but saw: {before} and {after}")
        if before >= after:
            raise ValueError(f"Buckets must contain sequential increasing lengths, but saw: {before} before {after}")
    source, limits = _listed(tensors), np.iinfo(np.int32)
    with build.name_scope(name, "bucket_by_sequence_length", [input_length, *source]):
        input_length = build.convert_to_tensor(input_length, dtypes.int32, name="input_length")
        lows, highs = [limits.min, *bucket_boundaries], [*bucket_boundaries, limits.max]
        within = compare.logical_and(compare.less_equal(lows, input_length), compare.less(input_length, highs))
        which = math.cast(reduce.reduce_min(choosing.where(within)), dtypes.int32)
        _, taken = bucket(
            [input_length, *source], which, batch_size, len(bucket_boundaries) + 1, num_threads, capacity, bucket_capacities,
            None if shapes is None else [_SCALAR, *shapes], dynamic_pad, allow_smaller_final_batch, keep_input, shared_name,
        )  # fmt: skip
        return taken[0], _in_form(tensors, taken[1:])


_SCALAR = shapes.TensorShape([])
