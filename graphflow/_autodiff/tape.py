"""GradientTape: gradients of what was computed while the tape looked on, with eager execution and in graphs alike.

The tape keeps the operations that depend on what it watches. Going back over them builds the same gradient operations as
`gradients` does; with eager execution they are executed as they are built.
"""

from __future__ import annotations

import numpy as np

from graphflow._autodiff import gradients
from graphflow._core import nest
from graphflow._graph import build, recording, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, derived, joining

UnconnectedGradients = gradients.UnconnectedGradients


class _Walk(gradients.Walk):
    """The reverse walk over what a tape has recorded."""

    def back(self, operations):
        """Sends gradients back over those of `operations`, given in the order they were made, that a source leads to."""
        reached, chosen = set(self.xs), []
        for op in operations:
            if any(gradients._canonical(t) in reached for t in op.inputs):
                chosen.append(op)
                reached.update(op.outputs)
        for op in reversed(chosen):
            self._pass(op)

    def _call(self, rule, op, outs):
        if op.graph.executes:
            op.graph.record(op)
            outs = [array.zeros_like(t) if g is None and derived.is_smooth(t) else g for t, g in zip(op.outputs, outs)]
        return super()._call(rule, op, outs)


class GradientTape:
    """`with tf.GradientTape() as tape:` records what is computed inside, for `tape.gradient(y, x)`.

    Args:
        persistent: whether `gradient` may be called more than once; what was recorded is then kept until the tape goes.
        watch_accessed_variables: whether trainable resource variables are watched as soon as they are read.
    """

    def __init__(self, persistent=False, watch_accessed_variables=True):
        self._persistent, self._watches_variables = persistent, watch_accessed_variables
        self._recording = False
        self._clear()

    def _clear(self):
        self._operations, self._known, self._watched = [], set(), {}

    def __enter__(self):
        self._begin()
        return self

    def __exit__(self, kind, error, traceback):
        if self._recording:
            self._end()

    def _begin(self):
        if self._recording:
            raise ValueError("Tape is already recording.")
        if self._operations is None:
            self._clear()
        recording.begin(self)
        self._recording = True

    def _end(self):
        if not self._recording:
            raise ValueError("Tape is not recording.")
        recording.end(self)
        self._recording = False

    # -- what it is told -------------------------------------------------------------------------------------------------

    def see(self, op):
        """Records an operation that depends on what is watched."""
        if self.wants(op):
            self._operations.append(op)
            self._known.update(op.outputs)

    def wants(self, op):
        """Whether an operation depends on what is watched."""
        known = self._known
        return bool(known) and any(t in known or gradients._canonical(t) in known for t in op.inputs)

    def accessed(self, variable):
        """Watches a trainable variable that is being read."""
        if self._watches_variables and variable.trainable:
            self._watch_variable(variable)

    def _watch_variable(self, variable):
        handle = gradients._canonical(variable.handle)
        self._watched.setdefault(handle, variable)
        self._known.add(handle)

    # -- what users call -------------------------------------------------------------------------------------------------

    def watch(self, tensor):
        """Records what depends on `tensor` from now on: a tensor, a variable, or nested ones."""
        if self._operations is None:
            self._clear()
        for t in nest.flatten(tensor, expand_composites=True):
            if hasattr(t, "handle"):
                self._watch_variable(t)
            elif hasattr(t, "_variable_list") or hasattr(t, "_get_variable_list"):
                self.watch(list(t))
            else:
                self._known.add(_tensor(t))

    def stop_recording(self):
        """In `with tape.stop_recording():` nothing is recorded; for gradients taken inside of the tape's block.

        Raises:
            RuntimeError: the tape does not record.
        """
        if not self._recording:
            raise RuntimeError("Trying to stop recording a tape which is not recording.")
        return recording.without(self)

    def reset(self):
        """Forgets what was recorded and watched."""
        self._clear()

    def watched_variables(self):
        """The variables watched so far, in the order they were first used."""
        return tuple(self._watched.values()) if self._operations is not None else ()

    def gradient(self, target, sources, output_gradients=None, unconnected_gradients=UnconnectedGradients.NONE):
        """The gradient of `target` with respect to each of `sources`.

        Args:
            target: a tensor, or nested tensors whose gradients add up.
            sources: nested tensors and variables.
            output_gradients: what arrives at each tensor of `target`; ones where None.
            unconnected_gradients: "none" or "zero" for a source that no target depends on.

        Returns:
            tensors, IndexedSlices or None in the structure of `sources`.

        Raises:
            RuntimeError: the tape is not persistent and was used already, or recorded nothing.
        """
        self._check_usable("gradient")
        unconnected = UnconnectedGradients(unconnected_gradients)
        if self._recording and not self._persistent:
            self._end()
        found = self._gradients(nest.flatten(target), nest.flatten(sources), output_gradients, unconnected)
        if not self._persistent:
            self._operations, self._known = None, set()
        return nest.pack_sequence_as(sources, found)

    def _check_usable(self, what):
        if self._operations is None:
            raise RuntimeError(f"GradientTape.{what} can only be called once on non-persistent tapes.")

    def _gradients(self, targets, sources, output_gradients, unconnected):
        graph = graph_lib.get_default_graph()
        ys = [_tensor(t) for t in targets]
        xs = [_source(x) for x in sources]
        given = [None] * len(ys) if output_gradients is None else nest.flatten(output_gradients)
        if not ys or not xs:
            return [None] * len(xs)
        walk = _Walk(_graph_of(ys, graph), xs, (), "")
        operations = list(self._operations)
        for i, (y, grad) in enumerate(zip(ys, given)):
            if gradients._canonical(y) in self._known:
                walk.arrive(y, gradients._initial(y, grad, i))
        walk.back(operations)
        found = [walk.total(x) if x in self._known else None for x in xs]
        if unconnected == UnconnectedGradients.ZERO:
            found = [_zeros(x) if g is None else g for x, g in zip(sources, found)]
        return found

    def jacobian(self, target, sources, unconnected_gradients=UnconnectedGradients.NONE, parallel_iterations=None,
                 experimental_use_pfor=True):  # fmt: skip
        """The derivative of each entry of `target` with respect to each entry of the sources.

        Args:
            target: a tensor of known shape.
            sources: nested tensors and variables.
            unconnected_gradients: "none" or "zero" for a source that the target does not depend on.
            parallel_iterations, experimental_use_pfor: taken and ignored: the rows are computed one by one.

        Returns:
            tensors `target.shape + source.shape` in the structure of `sources`, or None.

        Raises:
            ValueError: the shape of `target` is not known.
        """
        self._check_usable("jacobian")
        flat, rows = nest.flatten(sources), []
        target = _tensor(target)
        count = _known_size(target)
        unconnected = UnconnectedGradients(unconnected_gradients)
        for i in range(count):
            seed = np.zeros(count, target.dtype.as_numpy_dtype)
            seed[i] = 1
            seed = build.constant(seed.reshape(target._dims))
            rows.append(self._gradients([target], flat, [seed], unconnected))
        if not self._persistent:
            self._forget()
        found = [_stacked([gradients.dense(g) for g in column], target._dims) for column in zip(*rows)]
        return nest.pack_sequence_as(sources, found)

    def batch_jacobian(self, target, source, unconnected_gradients=UnconnectedGradients.NONE, parallel_iterations=None,
                       experimental_use_pfor=True):  # fmt: skip
        """The jacobian of each row of `target` with respect to the same row of `source`.

        Args:
            target: `[b, ...]`, each row depending only on that of `source`.
            source: a tensor `[b, ...]`.
            unconnected_gradients: "none" or "zero" where the target does not depend on the source.
            parallel_iterations, experimental_use_pfor: taken and ignored: the columns are computed one by one.

        Returns:
            `[b, *target.shape[1:], *source.shape[1:]]`.

        Raises:
            ValueError: the shapes are not known, or differ in b.
        """
        self._check_usable("batch_jacobian")
        target, source_tensor = _tensor(target), _tensor(source)
        _known_size(target)
        if not source_tensor._dims or not target._dims or source_tensor._dims[0] != target._dims[0]:
            raise ValueError(
                f"Need first dimension of target shape ({target.shape}) and source shape ({source_tensor.shape}) to match."
            )
        inner = target._dims[1:]
        count, columns = int(np.prod(inner, dtype=np.int64)), []
        unconnected = UnconnectedGradients(unconnected_gradients)
        for i in range(count):
            seed = np.zeros((target._dims[0], count), target.dtype.as_numpy_dtype)
            seed[:, i] = 1
            seed = build.constant(seed.reshape(target._dims))
            columns.append(gradients.dense(self._gradients([target], [source], [seed], unconnected)[0]))
        if not self._persistent:
            self._forget()
        if not columns or columns[0] is None:
            return None
        stacked = joining.stack(columns, axis=1)
        return array.reshape(stacked, [target._dims[0], *inner, *source_tensor._dims[1:]])

    def _forget(self):
        if self._recording:
            self._end()
        self._operations, self._known = None, set()


def _graph_of(ys, default):
    """The graph in which the gradient of `ys` is built."""
    owner = ys[0].op.graph
    return default if default.building_function or owner.executes else owner


def _tensor(value):
    if isinstance(value, tensor.IndexedSlices):
        return value.values
    return build.convert_to_tensor(value)


def _source(x):
    """The tensor that a source stands for: a resource variable's handle, or the tensor that was watched."""
    handle = getattr(x, "handle", None)
    return gradients._canonical(handle) if handle is not None else _tensor(x)


def _zeros(x):
    return array.zeros_like(_tensor(x))


def _known_size(target):
    if target._dims is None or None in target._dims:
        raise ValueError(f"the jacobian needs a target of known shape, got {target.shape}")
    return int(np.prod(target._dims, dtype=np.int64))


def _stacked(rows, dims):
    if not rows or rows[0] is None:
        return None
    stacked = joining.stack(rows)
    return array.reshape(stacked, [*dims, *stacked.shape.as_list()[1:]])
