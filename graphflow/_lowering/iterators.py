"""Rules of iterators: objects of the session that keep a stream of elements."""

from __future__ import annotations

import contextlib
import threading

import numpy as np

from graphflow._core import errors, shapes
from graphflow._lowering import dataset_bodies, dataset_maps, emit, queues, rule

_NOT_READY = (
    "GetNext() failed because the iterator has not been initialized. Ensure that you have run the initializer operation for "
    "this iterator before getting the next element."
)


class SessionIterator:
    """Where a session stands in a dataset. Several threads may ask for elements at once."""

    def __init__(self):
        self._lock = threading.Lock()
        self._stream = self._run = self._dataset = None
        self.taken = 0  # elements, those that failed included

    def start(self, ctx, dataset, skipped=0):
        """Begins with a dataset, behind its first `skipped` elements."""
        before, self._run = self._run, dataset_bodies.Run(ctx)
        if before is not None:
            before.close()
        with self._lock:
            self._dataset, self._stream, self.taken = dataset, iter(dataset.stream(self._run)), skipped
            for _ in range(skipped):
                self._skip_one()

    def _skip_one(self):
        with contextlib.suppress(StopIteration, errors.OpError):
            next(self._stream)

    def go_on(self, ctx, op, taken):
        """Begins anew behind so many elements of its dataset.

        Raises:
            FailedPreconditionError: it has none.
        """
        if self._dataset is None:
            raise errors.FailedPreconditionError(
                None, op, "The iterator has no dataset: run its initializer before its state is restored."
            )
        self.start(ctx, self._dataset, taken)

    @property
    def started(self):
        """Whether it has a dataset."""
        return self._stream is not None

    def next(self, op):
        """The next element, a tuple of arrays.

        Raises:
            OutOfRangeError: there is none. FailedPreconditionError: it has no dataset.
        """
        with self._lock:
            if self._stream is None:
                raise errors.FailedPreconditionError(None, op, _NOT_READY)
            self.taken += 1
            try:
                return next(self._stream)
            except StopIteration:
                self.taken -= 1
                raise errors.OutOfRangeError(None, op, "End of sequence") from None

    def leave(self):
        """The session is closed."""
        if self._run is not None:
            self._run.close()


def _iterator(ctx, op):
    return queues.resource_of(ctx, op, lambda _: SessionIterator())


def _one_shot(ctx, op):
    ref = queues.resource_of(ctx, op, lambda _: SessionIterator())
    found = ctx.resources[ref.key].value
    with ctx.store.lock:
        if not found.started:
            found.start(ctx, ctx.call_graph(op.attrs["dataset_factory"], [], None)[0].item())
    return ref


def _make(ctx, op, dataset, ref):
    ctx.resources[ref.key].value.start(ctx, dataset.item())
    return ()


def next_element(ctx, op, ref):
    """The next element of an iterator, a tuple of arrays."""
    owned = ctx.resources.get(ref.key)
    if owned is None or not isinstance(owned.value, SessionIterator):
        raise errors.NotFoundError(None, op, f"Resource {ref.key[1]} does not exist: it is no iterator of this session")
    return owned.value.next(op)


def check_shapes(op, components):
    """Raises InvalidArgumentError where components have other shapes than the outputs of `op`."""
    for i, (t, value) in enumerate(zip(op.outputs, components)):
        if not shapes.compatible(t._dims, np.shape(value)):
            raise errors.InvalidArgumentError(
                None, op, f"Incompatible shapes at component {i}: expected {shapes.to_text(t._dims)} but got "
                f"{list(np.shape(value))}"
            )  # fmt: skip


def _get_next(ctx, op, ref):
    components = next_element(ctx, op, ref)
    check_shapes(op, components)
    return components


def _to_handle(ctx, op, ref):
    return np.array(ref.key[1].encode(), object)


def _from_handle(ctx, op, handle):
    key = "resource", handle.item().decode()
    if not isinstance(getattr(ctx.resources.get(key), "value", None), SessionIterator):
        raise errors.NotFoundError(
            None,
            op,
            f"Resource {key[1]} does not exist: feed what session.run(iterator.string_handle()) gave in this session",
        )
    return emit.Ref(key)


def _serialize(ctx, op, ref):
    return np.array(str(ctx.resources[ref.key].value.taken).encode(), object)


def _deserialize_iterator(ctx, op, ref, state):
    ctx.resources[ref.key].value.go_on(ctx, op, int(state.item()))
    return ()


def _single(ctx, op, dataset):
    run = dataset_bodies.Run(ctx)
    stream, end = iter(dataset.item().stream(run)), object()
    try:
        element = next(stream, end)
        if element is end:
            raise errors.InvalidArgumentError(None, op, "Dataset was empty.")
        if next(stream, end) is not end:
            raise errors.InvalidArgumentError(None, op, "Dataset had more than one element.")
    finally:
        run.close()
    return element


def _reduce(ctx, op, dataset, *values):
    count, run = len(op.attrs["Tstate"]), dataset_bodies.Run(ctx)
    try:
        return dataset_maps.reduced(run, dataset.item(), op.attrs["f"], tuple(values[count:]), tuple(values[:count]))
    finally:
        run.close()


def _cardinality(ctx, op, dataset):
    return np.int64(dataset.item().cardinality)


# -- sparse elements -----------------------------------------------------------------------------------------------------


def _deserialize(ctx, op, parts):
    """A sparse tensor of the three arrays that it travels as; several of one shape stack to one with more axes."""
    if parts.ndim == 1:
        return tuple(parts)
    rows = parts.reshape(-1, 3).tolist()
    outer = parts.shape[:-1]
    places = np.stack(np.unravel_index(np.arange(len(rows)), outer), axis=1)
    indices = [np.concatenate([np.tile(at, (len(r[0]), 1)), r[0]], axis=1) for at, r in zip(places, rows)]
    shape = np.max([r[2] for r in rows], axis=0)
    return (
        np.concatenate(indices).astype(np.int64), np.concatenate([r[1] for r in rows]),
        np.concatenate([outer, shape]).astype(np.int64),
    )  # fmt: skip


def _of_session(emit_rule):
    return rule.Host(emit_rule, because="an iterator lives in the session", free=True)


def _host(emit_rule):
    return rule.Host(emit_rule, because="iterators live in the session")


RULES = {
    "Iterator": _of_session(_iterator),
    "IteratorV2": _of_session(_iterator),
    "OneShotIterator": _of_session(_one_shot),
    "MakeIterator": _host(_make),
    "IteratorGetNext": _host(_get_next),
    "IteratorGetNextSync": _host(_get_next),
    "IteratorToStringHandle": _host(_to_handle),
    "IteratorFromStringHandle": _host(_from_handle),
    "IteratorFromStringHandleV2": _host(_from_handle),
    "SerializeIterator": _host(_serialize),
    "DeserializeIterator": _host(_deserialize_iterator),
    "DatasetToSingleElement": _host(_single),
    "ReduceDataset": _host(_reduce),
    "DatasetCardinality": _host(_cardinality),
    "ExperimentalDatasetCardinality": _host(_cardinality),
    "DeserializeSparse": _host(_deserialize),
}
