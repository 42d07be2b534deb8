"""Rules of `_ops/queues.py`: queues are objects of the session, and their operations may wait for one another."""

from __future__ import annotations

import numpy as np

from graphflow._core import errors, shapes
from graphflow._lowering import emit, queue_state, rule


def resource_key(op):
    """Under which key a session keeps what a stateful operation made."""
    shared = op.attrs["shared_name"]
    return "resource", shared.decode() if shared else op.name


def resource_of(ctx, op, make):
    """The handle of an operation's object in the session, which `make(number)` makes at the first use."""
    key = resource_key(op)
    with ctx.store.lock:
        if ctx.store.gone:
            raise errors.CancelledError(None, op, "Session has been closed.")
        if key not in ctx.resources:
            ctx.resources[key] = Owned(op, make(ctx.resources))
    owned = ctx.resources[key]
    if owned.op.type != op.type:
        raise errors.InvalidArgumentError(
            None, op, f"the shared name {key[1]!r} belongs to {owned.op.type} '{owned.op.name}' already"
        )
    return emit.Ref(key)


class Owned:
    """An object that an operation made in a session. `leave()` is called when the session is closed."""

    __slots__ = ("op", "value")

    def __init__(self, op, value):
        self.op, self.value = op, value

    def leave(self):
        if hasattr(self.value, "leave"):
            self.value.leave()


def private_name(op, resources):
    """The name that errors give to a queue or reader: a number in front tells those of one name apart."""
    return op.attrs["shared_name"].decode() or f"_{sum(type(r) is Owned for r in resources.values())}_{op.name}"


# -- making queues -------------------------------------------------------------------------------------------------------


def _simple(kind):
    def emit_queue(ctx, op):
        return resource_of(ctx, op, lambda resources: kind(private_name(op, resources), op.attrs["capacity"]))

    return rule.Host(emit_queue, because="a queue lives in the session", free=True)


def _random_shuffle(ctx, op):
    attrs = op.attrs
    if attrs["capacity"] >= 0 and attrs["min_after_dequeue"] >= attrs["capacity"]:
        raise errors.InvalidArgumentError(
            None, op, f"min_after_dequeue {attrs['min_after_dequeue']} must be < capacity {attrs['capacity']}"
        )

    def make(resources):
        return queue_state.RandomShuffleQueue(
            private_name(op, resources), attrs["capacity"], attrs["min_after_dequeue"], attrs["seed"], attrs["seed2"]
        )

    return resource_of(ctx, op, make)


# -- their operations ----------------------------------------------------------------------------------------------------


def _queue(ctx, ref):
    owned = ctx.resources[ref.key]
    return owned.value, owned.op.attrs


def _types(attrs, queue):
    """The types of the components; a PriorityQueue does not list that of its first, the priority."""
    return [None, *attrs["component_types"]] if queue.kind == "PriorityQueue" else attrs["component_types"]


def _dims(attrs, queue, count):
    """The plain shape of each component, None where nothing is said of any."""
    dims = attrs["shapes"]
    if not dims:
        return [None] * count
    return [(), *dims] if queue.kind == "PriorityQueue" else dims


def _check_components(op, queue, attrs, components):
    types = _types(attrs, queue)
    if len(components) != len(types):
        raise errors.InvalidArgumentError(
            None, op, f"Wrong number of components in tuple. Expected {len(types)}, got {len(components)}"
        )
    for i, (wanted, came) in enumerate(zip(types, op.inputs[1:])):
        if wanted is not None and wanted is not came._dtype.base_dtype:
            raise errors.InvalidArgumentError(
                None, op, f"Type mismatch in tuple component {i}. Expected {wanted.name}, got {came._dtype.base_dtype.name}"
            )  # fmt: skip


def _mismatch(op, i, wanted, came):
    return errors.InvalidArgumentError(
        None, op, f"Shape mismatch in tuple component {i}. Expected {shapes.to_text(wanted)}, got {list(came)}"
    )


def _enqueue(ctx, op, ref, *components):
    queue, attrs = _queue(ctx, ref)
    _check_components(op, queue, attrs, components)
    for i, (dims, value) in enumerate(zip(_dims(attrs, queue, len(components)), components)):
        if not shapes.compatible(dims, value.shape):
            raise _mismatch(op, i, dims, value.shape)
    queue.add(op, [components], ctx.time_left)
    return ()


def _enqueue_many(ctx, op, ref, *components):
    queue, attrs = _queue(ctx, ref)
    _check_components(op, queue, attrs, components)
    for i, (dims, value) in enumerate(zip(_dims(attrs, queue, len(components)), components)):
        if value.ndim == 0:
            raise errors.InvalidArgumentError(None, op, f"Component {i} of enqueue_many is a scalar: it has no rows")
        wanted = None if dims is None else (len(components[0]), *dims)
        if not shapes.compatible(wanted, value.shape) or len(value) != len(components[0]):
            raise _mismatch(op, i, wanted, value.shape)
    queue.add(op, [tuple(c[i, ...] for c in components) for i in range(len(components[0]))], ctx.time_left)
    return ()


def _dequeue(ctx, op, ref):
    queue, _ = _queue(ctx, ref)
    return queue.take(op, 1, False, ctx.time_left)[0]


def _dequeue_many(ctx, op, ref, n, fewer=False):
    queue, attrs = _queue(ctx, ref)
    n = int(n)
    if n < 0:
        name = "DequeueUpToOp" if fewer else "DequeueManyOp"
        raise errors.InvalidArgumentError(None, op, f"{name} requested {n} < 0 elements")
    dims = _dims(attrs, queue, len(op.outputs))
    pads = queue.kind == "PaddingFIFOQueue"
    if not pads and any(d is None or None in d for d in dims):
        raise errors.InvalidArgumentError(
            None, op, f"{queue.kind}'s DequeueMany and DequeueUpTo require the components to have specified shapes."
        )
    elements = queue.take(op, n, fewer, ctx.time_left) if n else []
    if not elements:
        return tuple(
            np.empty((0, *(size or 0 for size in d)), t._dtype.as_numpy_dtype) for d, t in zip(dims, op.outputs)
        )
    join = _padded if pads else np.stack
    return tuple(map(join, zip(*elements)))


def _padded(values):
    """The values as one array with a first axis, filled up with zeros or empty texts to the largest."""
    sizes = [v.shape for v in values]
    if len(set(sizes)) == 1:
        return np.stack(values)
    dtype = values[0].dtype
    out = np.full((len(values), *map(max, zip(*sizes))), b"" if dtype.hasobject else 0, dtype)
    for row, value in zip(out, values):
        row[tuple(map(slice, value.shape))] = value
    return out


def _dequeue_up_to(ctx, op, ref, n):
    return _dequeue_many(ctx, op, ref, n, fewer=True)


def _close(ctx, op, ref):
    queue, _ = _queue(ctx, ref)
    queue.close(op, op.attrs["cancel_pending_enqueues"], ctx.time_left)
    return ()


def _size(ctx, op, ref):
    return np.int32(_queue(ctx, ref)[0].size())


def _is_closed(ctx, op, ref):
    return np.bool_(_queue(ctx, ref)[0].closed)


def _waits(emit_rule):
    return rule.Host(emit_rule, because="queues live in the session")


RULES = {
    "FIFOQueue": _simple(queue_state.FIFOQueue),
    "PaddingFIFOQueue": _simple(queue_state.PaddingFIFOQueue),
    "PriorityQueue": _simple(queue_state.PriorityQueue),
    "RandomShuffleQueue": rule.Host(_random_shuffle, because="a queue lives in the session", free=True),
    "QueueEnqueue": _waits(_enqueue),
    "QueueEnqueueMany": _waits(_enqueue_many),
    "QueueDequeue": _waits(_dequeue),
    "QueueDequeueMany": _waits(_dequeue_many),
    "QueueDequeueUpTo": _waits(_dequeue_up_to),
    "QueueClose": _waits(_close),
    "QueueSize": _waits(_size),
    "QueueIsClosed": _waits(_is_closed),
}
RULES |= {f"{op_type}V2": row for op_type, row in RULES.items()}
