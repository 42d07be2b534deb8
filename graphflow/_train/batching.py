"""Batches: single examples go into a queue, from which many are taken at once."""

from __future__ import annotations

from graphflow._core import dtypes, shapes
from graphflow._graph import build, sparse_tensor
from graphflow._ops import (
    array,
    control_flow,
    gather,
    grouping,
    joining,
    math,
    queues,
    sets,
    sparse,
    sparse_store,
    summaries,
)  # fmt: skip
from graphflow._train import queue_runner

# -- the public functions ------------------------------------------------------------------------------------------------


def batch(
    tensors, batch_size, num_threads=1, capacity=32, enqueue_many=False, shapes=None, dynamic_pad=False,
    allow_smaller_final_batch=False, shared_name=None, name=None,
):  # fmt: skip
    """Batches of the tensors' values in successive runs.

    A queue runner is added to the graph that computes the tensors in `num_threads` threads and puts them into a queue.

    Args:
        tensors: a list or dict of tensors or SparseTensors.
        batch_size: how many examples make a batch.
        capacity: of the queue.
        enqueue_many: whether the rows of the tensors are the examples.
        shapes: the shape of each example, where the tensors do not say it.
        dynamic_pad: whether examples may differ in shape; they are padded with zeros then.
        allow_smaller_final_batch: whether what is left when the input ends is a batch too.
        shared_name: see `tf.FIFOQueue`.

    Returns:
        tensors `[batch_size, ...]`, in the form of `tensors`. At the end of the input they are an OutOfRangeError.

    Raises:
        ValueError: the shape of a tensor is not known.
    """
    return maybe_batch(
        tensors, True, batch_size, num_threads, capacity, enqueue_many, shapes, dynamic_pad, allow_smaller_final_batch,
        shared_name, name,
    )  # fmt: skip


def maybe_batch(
    tensors, keep_input, batch_size, num_threads=1, capacity=32, enqueue_many=False, shapes=None, dynamic_pad=False,
    allow_smaller_final_batch=False, shared_name=None, name=None,
):  # fmt: skip
    """As `batch`, with examples left out where `keep_input`, a bool scalar, or a vector with `enqueue_many`, is false."""

    def make(types, dims):
        return _fifo(dynamic_pad)(capacity=capacity, dtypes=types, shapes=dims, shared_name=shared_name)

    return _batched(
        "batch", tensors, keep_input, batch_size, enqueue_many, shapes, allow_smaller_final_batch, name, make,
        _fullness(capacity), num_threads,
    )  # fmt: skip


def batch_join(
    tensors_list, batch_size, capacity=32, enqueue_many=False, shapes=None, dynamic_pad=False,
    allow_smaller_final_batch=False, shared_name=None, name=None,
):  # fmt: skip
    """As `batch`, from several lists or dicts of tensors, each computed in a thread of its own."""
    return maybe_batch_join(
        tensors_list, True, batch_size, capacity, enqueue_many, shapes, dynamic_pad, allow_smaller_final_batch, shared_name,
        name,
    )  # fmt: skip


def maybe_batch_join(
    tensors_list, keep_input, batch_size, capacity=32, enqueue_many=False, shapes=None, dynamic_pad=False,
    allow_smaller_final_batch=False, shared_name=None, name=None,
):  # fmt: skip
    """As `batch_join`, with examples left out as in `maybe_batch`."""

    def make(types, dims):
        return _fifo(dynamic_pad)(capacity=capacity, dtypes=types, shapes=dims, shared_name=shared_name)

    return _batched(
        "batch_join", tensors_list, keep_input, batch_size, enqueue_many, shapes, allow_smaller_final_batch, name, make,
        _fullness(capacity), None,
    )  # fmt: skip


def shuffle_batch(
    tensors, batch_size, capacity, min_after_dequeue, num_threads=1, seed=None, enqueue_many=False, shapes=None,
    allow_smaller_final_batch=False, shared_name=None, name=None,
):  # fmt: skip
    """As `batch`, in random order: at least `min_after_dequeue` examples are always there to choose from.

    Raises:
        ValueError: `capacity` is not larger than `min_after_dequeue`.
    """
    return maybe_shuffle_batch(
        tensors, batch_size, capacity, min_after_dequeue, True, num_threads, seed, enqueue_many, shapes,
        allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def maybe_shuffle_batch(
    tensors, batch_size, capacity, min_after_dequeue, keep_input, num_threads=1, seed=None, enqueue_many=False, shapes=None,
    allow_smaller_final_batch=False, shared_name=None, name=None,
):  # fmt: skip
    """As `shuffle_batch`, with examples left out as in `maybe_batch`."""

    def make(types, dims):
        return queues.RandomShuffleQueue(
            capacity=capacity, min_after_dequeue=min_after_dequeue, seed=seed, dtypes=types, shapes=dims, shared_name=shared_name
        )  # fmt: skip

    return _batched(
        "shuffle_batch", tensors, keep_input, batch_size, enqueue_many, shapes, allow_smaller_final_batch, name, make,
        _fullness_over(capacity, min_after_dequeue), num_threads,
    )  # fmt: skip


def shuffle_batch_join(
    tensors_list, batch_size, capacity, min_after_dequeue, seed=None, enqueue_many=False, shapes=None,
    allow_smaller_final_batch=False, shared_name=None, name=None,
):  # fmt: skip
    """As `shuffle_batch`, from several lists or dicts of tensors, each computed in a thread of its own."""
    return maybe_shuffle_batch_join(
        tensors_list, batch_size, capacity, min_after_dequeue, True, seed, enqueue_many, shapes, allow_smaller_final_batch,
        shared_name, name,
    )  # fmt: skip


def maybe_shuffle_batch_join(
    tensors_list, batch_size, capacity, min_after_dequeue, keep_input, seed=None, enqueue_many=False, shapes=None,
    allow_smaller_final_batch=False, shared_name=None, name=None,
):  # fmt: skip
    """As `shuffle_batch_join`, with examples left out as in `maybe_batch`."""

    def make(types, dims):
        return queues.RandomShuffleQueue(
            capacity=capacity, min_after_dequeue=min_after_dequeue, seed=seed, dtypes=types, shapes=dims, shared_name=shared_name
        )  # fmt: skip

    return _batched(
        "shuffle_batch_join", tensors_list, keep_input, batch_size, enqueue_many, shapes, allow_smaller_final_batch, name,
        make, _fullness_over(capacity, min_after_dequeue), None,
    )  # fmt: skip


# -- what they share -----------------------------------------------------------------------------------------------------


def _fifo(dynamic_pad):
    return queues.PaddingFIFOQueue if dynamic_pad else queues.FIFOQueue


def _fullness(capacity):
    """The summary of how full a queue is."""

    def summarize(queue):
        summaries.scalar(f"fraction_of_{capacity}_full", math.cast(queue.size(), dtypes.float32) * (1.0 / capacity))

    return summarize


def _fullness_over(capacity, least):
    """The summary of how full a queue is beyond what stays in it."""
    if capacity <= least:
        raise ValueError(f"capacity {capacity} must be bigger than min_after_dequeue {least}.")

    def summarize(queue):
        over = math.cast(math.maximum(0, queue.size() - least), dtypes.float32)
        summaries.scalar(f"fraction_over_{least}_of_{capacity - least}_full", over * (1.0 / (capacity - least)))

    return summarize


def _batched(default_name, given, keep_input, batch_size, many, dims, smaller, name, make, summarize, threads):
    """What all the functions above do; `threads` is None where `given` is a list of sources."""
    sources = [given] if threads is not None else given
    if not sources:
        raise ValueError("Expected at least one set of tensors")
    form = sources[0]
    sources = _as_lists(sources)
    with build.name_scope(name, default_name, [t for source in sources for t in source] + [keep_input]) as scope:
        sources = [_converted(source) for source in sources]
        keep_input = _checked_keep(keep_input, many)
        stores = _stores(sources, many, keep_input)
        sources = [store.tensors for store in stores]
        queue = make(_types(sources), _dims(sources, many) if dims is None else dims)
        operations = [_enqueue(queue, source, many, keep_input) for source in sources]
        queue_runner.add_queue_runner(queue_runner.QueueRunner(queue, operations * (threads or 1)))
        summarize(queue)
        take = queue.dequeue_up_to if smaller else queue.dequeue_many
        return _in_form(form, stores[0].restored(take(batch_size, name=scope)))


def _as_lists(sources):
    if not isinstance(sources[0], dict):
        return sources
    if any(set(source) != set(sources[0]) for source in sources):
        raise ValueError("All dictionaries in tensors_list must have the same keys")
    return [[source[key] for key in sorted(source, key=str)] for source in sources]


def _in_form(form, tensors):
    if not isinstance(form, dict):
        return tensors
    return dict(zip(sorted(form, key=str), [tensors] if len(form) == 1 else tensors))


def _converted(source):
    if not source:
        raise ValueError("Expected at least one tensor in batch().")
    return [t if isinstance(t, sparse_tensor.SparseTensor) else build.convert_to_tensor(t) for t in source]


def _checked_keep(keep_input, many):
    keep = build.convert_to_tensor(keep_input)
    if keep.shape.ndims is None:
        raise ValueError("`keep_input` dimensions must be known at graph construction.")
    if not many and keep.shape.ndims == 1:
        raise ValueError("`keep_input` cannot be a vector when `enqueue_many=False`.")
    if keep.shape.ndims > 1:
        raise ValueError("`keep_input` must be 0 or 1 dimensions.")
    return keep


def _types(sources):
    found = [[t.dtype for t in source] for source in sources]
    for other in found:
        if other != found[0]:
            shown = (", ".join(d.name for d in types) for types in (found[0], other))
            raise TypeError(f"Expected types to be consistent: {' vs. '.join(shown)}.")
    return found[0]


def _dims(sources, many):
    merged = []
    for tensors in zip(*sources):
        for t in tensors:
            if t.shape.ndims is None:
                raise ValueError(f"Cannot infer Tensor's rank: {t}")
        each = [t.shape.with_rank_at_least(1)[1:] if many else t.shape for t in tensors]
        for other in each[1:]:
            each[0].merge_with(other)
        merged.append(shapes.TensorShape(each[0].as_list()))
    return merged


def _enqueue(queue, source, many, keep):
    enqueue = queue.enqueue_many if many else queue.enqueue
    if keep.shape.ndims == 1:
        chosen = math.cast(keep, dtypes.int32)
        return enqueue([sets.dynamic_partition(t, chosen, num_partitions=2)[1] for t in source])
    return control_flow.smart_cond(keep, lambda: enqueue(source), grouping.no_op)


# -- sparse tensors: the queue holds numbers, the session the tensors ----------------------------------------------------


class _Stored:
    """The tensors of one source as they go into the queue.

    Args:
        shared: the operations that keep the sparse ones of the first source, whose place all use; None for that source.
    """

    def __init__(self, source, many, keep, shared=None):
        self.map_ops, self.ranks, self.tensors = [], [], []
        for i, t in enumerate(source):
            if not isinstance(t, sparse_tensor.SparseTensor):
                self._note(None, None, t)
                continue
            owner = shared and shared[i]
            stored = _kept(t, many, keep, owner and owner.name)
            rank = t.dense_shape.shape.with_rank(1)[0].value
            self._note(owner or _map_op(stored), rank if rank is None else rank + 1 - many, stored)
        self.tensors = [t if op is None else array.expand_dims(t, [-1]) for t, op in zip(self.tensors, self.map_ops)]

    def _note(self, map_op, rank, t):
        self.map_ops.append(map_op)
        self.ranks.append(rank)
        self.tensors.append(t)

    def restored(self, taken):
        """What came out of the queue, with SparseTensors again."""
        several = isinstance(taken, (list, tuple))
        if not any(self.map_ops):
            return taken
        found = [
            t if op is None else sparse_store.take_many_sparse(op, array.squeeze(t, [1]), rank)
            for t, op, rank in zip(taken if several else [taken], self.map_ops, self.ranks)
        ]
        together = [t.values if isinstance(t, sparse_tensor.SparseTensor) else t for t in found]
        found = [_after(together, t) for t in found]
        return found if several else found[0]


def _stores(sources, many, keep):
    first = _Stored(sources[0], many, keep)
    others = [_Stored(source, many, keep, first.map_ops) for source in sources[1:]]
    for source, other in zip(sources[1:], others):
        if [op is None for op in other.map_ops] != [op is None for op in first.map_ops]:
            raise ValueError(f"Inconsistent SparseTensors list: {sources[0]} vs. {source}")
    return [first, *others]


def _kept(t, many, keep, shared_name):
    """The number, or numbers, under which the session keeps a SparseTensor."""
    if keep.shape.ndims == 1:
        t = sparse.sparse_retain(t, gather.gather(keep, t.indices[:, 0]))
        return sparse_store.add_many_sparse(t, shared_name)
    if not many:
        return control_flow.smart_cond(
            keep, lambda: sparse_store.add_sparse(t, shared_name), lambda: build.constant(-1, dtypes.int64)
        )
    stored = control_flow.smart_cond(
        keep,
        lambda: sparse_store.add_many_sparse(t, shared_name),
        lambda: -1 * array.ones(array.shape(t)[0:1], dtypes.int64),
    )
    stored.set_shape([None])
    return stored


def _map_op(stored):
    """The operation that keeps a tensor; behind a branch it is one of those inside."""
    kinds = ("AddSparseToTensorsMap", "AddManySparseToTensorsMap")
    return next((t.op for t in stored.op.inputs if t.op.type in kinds), stored.op)


def _after(others, t):
    """`t`, which has a value only when all others have."""
    if not isinstance(t, sparse_tensor.SparseTensor):
        return grouping.with_dependencies(others, t)
    return sparse_tensor.SparseTensor(
        *[grouping.with_dependencies(others, part) for part in (t.indices, t.values, t.dense_shape)]
    )
