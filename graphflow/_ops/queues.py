"""Queues: operations that hand tensors from one run to another, and wait where there are none, or too many."""

from __future__ import annotations

import functools
import hashlib

from graphflow._core import dtypes as dtypes_lib
from graphflow._core import shapes as shapes_lib
from graphflow._graph import build, op_def, static_value
from graphflow._ops import gather, joining, seeds

_KINDS = ("FIFOQueue", "PaddingFIFOQueue", "RandomShuffleQueue", "PriorityQueue")
_MAX_INT32 = 2**31 - 1

op_def.shape_rule(*_KINDS)(lambda op: [(2,)])
op_def.shape_rule(*[f"{kind}V2" for kind in _KINDS])(lambda op: [()])
op_def.shape_rule("QueueSize", "QueueSizeV2", "QueueIsClosed", "QueueIsClosedV2")(lambda op: [()])
op_def.not_differentiable(
    *_KINDS, *[f"{kind}V2" for kind in _KINDS], "QueueEnqueueV2", "QueueEnqueueManyV2", "QueueDequeueV2",
    "QueueDequeueManyV2", "QueueDequeueUpToV2", "QueueCloseV2", "QueueSizeV2", "QueueIsClosedV2",
    because="what comes out of a queue went in during another run",
)  # fmt: skip


op_def.shape_rule("QueueDequeue", "QueueDequeueV2")(lambda op: [None] * len(op.outputs))


@op_def.shape_rule("QueueDequeueMany", "QueueDequeueManyV2", "QueueDequeueUpTo", "QueueDequeueUpToV2")
def _dequeue_shape(op):
    n = static_value.known_int(op.inputs[1])
    if n is not None and n < 0:
        raise build.shape_error(op, f"Input 'n' must be >= 0, but is {n}")
    return [None] * len(op.outputs)


class QueueBase:
    """What all queues have in common.

    An element is a tuple of tensors, its components. Operations wait, each in the thread that runs it, until there is room or
    there are elements; closing the session ends all waiting with CancelledError.

    Args:
        dtypes: the type of each component.
        shapes: the shape of each component, or None.
        names: a name for each component, or None; with names, elements are dicts.
        queue_ref: the handle of the queue.

    Raises:
        ValueError: `shapes` or `names` are not one a component.
    """

    def __init__(self, dtypes, shapes, names, queue_ref):
        self._dtypes = dtypes
        if shapes is not None and len(shapes) != len(dtypes):
            raise ValueError("Queue shapes must have the same length as dtypes")
        if names is not None and len(names) != len(dtypes):
            raise ValueError("Queue names must have the same length as dtypes")
        self._shapes = [shapes_lib.TensorShape(s) for s in ([None] * len(dtypes) if shapes is None else shapes)]
        self._names = names
        self._queue_ref = queue_ref
        self._name = queue_ref.op.name.split("/")[-1]

    queue_ref = property(lambda self: self._queue_ref, doc="The handle of the queue.")
    name = property(lambda self: self._queue_ref.op.name, doc="The name of the operation that made it.")
    dtypes = property(lambda self: self._dtypes, doc="The type of each component.")
    shapes = property(lambda self: self._shapes, doc="The shape of each component.")
    names = property(lambda self: self._names, doc="The name of each component, or None.")

    @staticmethod
    def from_list(index, queues):
        """The queue that has the number `index`, an integer scalar, in a list of queues with the same components.

        Raises:
            TypeError: `queues` is no list of queues, or their components differ in type or name.
        """
        if not queues or not isinstance(queues, list) or not all(isinstance(q, QueueBase) for q in queues):
            raise TypeError("A list of queues expected")
        first = queues[0]
        if any(q.dtypes != first.dtypes for q in queues):
            raise TypeError("Queues do not have matching component dtypes.")
        if any(q.names != first.names for q in queues):
            raise TypeError("Queues do not have matching component names.")
        shapes = [
            functools.reduce(shapes_lib.common, (s._dims for s in found)) for found in zip(*(q.shapes for q in queues))
        ]
        chosen = gather.gather(joining.stack([q.queue_ref for q in queues]), index)
        return QueueBase(first.dtypes, shapes, first.names, chosen)

    def _apply(self, what, *inputs, name=None, **attrs):
        """The operation `what` of the kind that belongs to the handle."""
        version = "V2" if self._queue_ref.dtype is dtypes_lib.resource else ""
        return build.apply(f"Queue{what}{version}", self._queue_ref, *inputs, name=name, **attrs)

    def _components(self, vals):
        """The components of an element as tensors, in order."""
        if isinstance(vals, dict):
            if not self._names:
                raise ValueError("Queue must have names to enqueue a dictionary")
            if sorted(self._names, key=str) != sorted(vals, key=str):
                raise ValueError(
                    f"Keys in dictionary to enqueue do not match names of Queue.  Dictionary: ({sorted(vals)}), "
                    f"Queue: ({sorted(self._names)})"
                )
            vals = [vals[name] for name in self._names]
        elif self._names:
            raise ValueError("You must enqueue a dictionary in a Queue with names")
        elif not isinstance(vals, (list, tuple)):
            vals = [vals]
        return [
            build.convert_to_tensor(value, dtype=dtype, name=f"component_{i}")
            for i, (value, dtype) in enumerate(zip(vals, self._dtypes))
        ]

    def enqueue(self, vals, name=None):
        """An operation that adds one element; it waits while the queue is full.

        Args:
            vals: a tensor, a list of them, or a dict where the components have names.

        Raises:
            ValueError: a shape or name does not fit. CancelledError: at run time, when the queue is closed.
        """
        with build.name_scope(name, f"{self._name}_enqueue", _values(vals)) as scope:
            tensors = self._components(vals)
            for t, shape in zip(tensors, self._shapes):
                t.get_shape().assert_is_compatible_with(shape)
            return self._apply("Enqueue", tensors, name=scope)

    def enqueue_many(self, vals, name=None):
        """An operation that adds the rows of tensors as elements, waiting for room. Args and errors as `enqueue`."""
        with build.name_scope(name, f"{self._name}_EnqueueMany", _values(vals)) as scope:
            tensors = self._components(vals)
            rows = shapes_lib.Dimension(None)
            for t, shape in zip(tensors, self._shapes):
                came = t.get_shape().with_rank_at_least(1)
                rows = rows.merge_with(came[0])
                came[1:].assert_is_compatible_with(shape)
            return self._apply("EnqueueMany", tensors, name=scope)

    def _dequeued(self, tensors, first=()):
        """What a dequeue hands out: a tensor, a list, or a dict; `first` are the dims before those of an element."""
        for t, shape in zip(tensors, self._shapes):
            t.set_shape(None if shape._dims is None else (*first, *shape._dims))
        if self._names:
            return dict(zip(self._names, tensors))
        return tensors[0] if len(tensors) == 1 else tensors

    def dequeue(self, name=None):
        """One element, waiting until there is one.

        Returns:
            a tensor, a list of them, or a dict where the components have names.

        Raises:
            OutOfRangeError: at run time, when the queue is closed and empty.
        """
        name = name or f"{self._name}_Dequeue"
        return self._dequeued(self._apply("Dequeue", component_types=self._dtypes, name=name))

    def dequeue_many(self, n, name=None):
        """`n` elements as tensors `[n, ...]`, waiting until there are so many. Errors as `dequeue`."""
        name = name or f"{self._name}_DequeueMany"
        found = self._apply("DequeueMany", n, component_types=self._dtypes, name=name)
        return self._dequeued(found, (static_value.known_int(found[0].op.inputs[1]),))

    def dequeue_up_to(self, n, name=None):
        """`n` elements as tensors `[n, ...]`, or, when the queue is closed, those that are left. Errors as `dequeue`."""
        name = name or f"{self._name}_DequeueUpTo"
        return self._dequeued(self._apply("DequeueUpTo", n, component_types=self._dtypes, name=name), (None,))

    def close(self, cancel_pending_enqueues=False, name=None):
        """An operation that lets nothing more into the queue; what is in it can still be taken.

        Args:
            cancel_pending_enqueues: whether enqueues that wait fail; else they are let in first.
        """
        name = name or f"{self._name}_Close"
        return self._apply("Close", cancel_pending_enqueues=cancel_pending_enqueues, name=name)

    def is_closed(self, name=None):
        """Whether the queue is closed, a boolean scalar."""
        return self._apply("IsClosed", name=name or f"{self._name}_Is_Closed")

    def size(self, name=None):
        """The number of elements, an int32 scalar."""
        return self._apply("Size", name=name or f"{self._name}_Size")


def _values(vals):
    if isinstance(vals, dict):
        return list(vals.values())
    return vals if isinstance(vals, (list, tuple)) else [vals]


def _type_list(dtypes):
    several = dtypes if isinstance(dtypes, (list, tuple)) else [dtypes]
    return [dtypes_lib.as_dtype(d).base_dtype for d in several]


def _shape_list(shapes, partial=False):
    """The shapes of components as TensorShapes, or None; `partial` lets dimensions be unknown."""
    one = lambda s: s is None or isinstance(s, int)  # noqa: E731
    if partial and (not isinstance(shapes, (list, tuple)) or not shapes or any(map(one, shapes))):
        raise ValueError("When providing partial shapes, a list of shapes must be provided.")
    if shapes is None:
        return None
    if isinstance(shapes, shapes_lib.TensorShape):
        shapes = [shapes]
    if not isinstance(shapes, (list, tuple)):
        raise TypeError("shapes must be a TensorShape or a list or tuple of TensorShapes.")
    if all(map(one, shapes)):
        shapes = [shapes]
    shapes = [shapes_lib.TensorShape(s) for s in shapes]
    if not partial and not all(s.is_fully_defined() for s in shapes):
        raise ValueError(f"All shapes must be fully defined: {shapes}")
    if any(s.dims is None for s in shapes):
        raise ValueError(f"All shapes must have a defined rank: {shapes}")
    return shapes


def _name_list(names, dtypes):
    if names is None:
        return None
    names = list(names) if isinstance(names, (list, tuple)) else [names]
    if len(names) != len(dtypes):
        raise ValueError("List of names must have the same length as the list of dtypes")
    return names


class FIFOQueue(QueueBase):
    """A queue whose elements leave in the order in which they came.

    Args:
        capacity: the most elements it holds.
        dtypes: the types of the components; one alone for a queue of single tensors.
        shapes: their shapes, which `dequeue_many` needs; elements may differ in shape when None.
        names: names for the components: elements are dicts then.
        shared_name: queues of one session with the same one are the same queue.
    """

    def __init__(self, capacity, dtypes, shapes=None, names=None, shared_name=None, name="fifo_queue"):
        dtypes, shapes = _type_list(dtypes), _shape_list(shapes)
        names = _name_list(names, dtypes)
        handle = _make("FIFOQueueV2", dtypes, shapes, capacity, shared_name, name)
        super().__init__(dtypes, shapes, names, handle)


class PaddingFIFOQueue(QueueBase):
    """A FIFOQueue whose elements may differ in the dimensions that `shapes` leaves open; batches are padded with zeros.

    Args as `FIFOQueue`; `shapes` is a list of shapes of known rank.
    """

    def __init__(self, capacity, dtypes, shapes, names=None, shared_name=None, name="padding_fifo_queue"):
        dtypes, shapes = _type_list(dtypes), _shape_list(shapes, partial=True)
        names = _name_list(names, dtypes)
        if len(dtypes) != len(shapes):
            raise ValueError(
                f"Shapes must be provided for all components, but received {len(dtypes)} dtypes and {len(shapes)} shapes."
            )
        handle = _make("PaddingFIFOQueueV2", dtypes, shapes, capacity, shared_name, name)
        super().__init__(dtypes, shapes, names, handle)


class RandomShuffleQueue(QueueBase):
    """A queue that gives its elements in random order. Args as `FIFOQueue`.

    Args:
        min_after_dequeue: how many elements stay in it, to be mixed with those to come, until it is closed.
        seed: see `tf.set_random_seed`.
    """

    def __init__(
        self, capacity, min_after_dequeue, dtypes, shapes=None, names=None, seed=None, shared_name=None,
        name="random_shuffle_queue",
    ):  # fmt: skip
        dtypes, shapes = _type_list(dtypes), _shape_list(shapes)
        names = _name_list(names, dtypes)
        seed1, seed2 = seeds.get_seed(seed)
        if seed1 is None:
            seed1, seed2 = 0, 0
        elif seed is None and shared_name is not None:  # all queues of that name draw the same, wherever they were made
            seed2 = int(hashlib.md5(f"{seed1}{shared_name}".encode()).hexdigest()[:8], 16) & _MAX_INT32
        handle = _make(
            "RandomShuffleQueueV2", dtypes, shapes, capacity, shared_name, name, seed=seed1, seed2=seed2,
            min_after_dequeue=min_after_dequeue,
        )  # fmt: skip
        super().__init__(dtypes, shapes, names, handle)


class PriorityQueue(QueueBase):
    """A queue that gives the element of the smallest priority, an int64 scalar that is its first component.

    Args as `FIFOQueue`; `types` and `shapes` are those of the other components.
    """

    def __init__(self, capacity, types, shapes=None, names=None, shared_name=None, name="priority_queue"):
        types, shapes = _type_list(types), _shape_list(shapes)
        handle = _make("PriorityQueueV2", types, shapes, capacity, shared_name, name)
        types = [dtypes_lib.int64, *types]
        shapes = [[], *shapes] if shapes else shapes
        super().__init__(types, shapes, _name_list(names, types), handle)


def _make(op_type, dtypes, shapes, capacity, shared_name, name, **attrs):
    return build.apply(
        op_type, component_types=dtypes, shapes=shapes or [], capacity=capacity, shared_name=shared_name, name=name, **attrs
    )  # fmt: skip
