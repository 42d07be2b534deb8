"""tf.py_function: Python functions of eager tensors inside a graph, with gradients.

The function runs eagerly under a tape, which is kept for the gradient of the same run.
"""

from __future__ import annotations

import numpy as np

from graphflow._autodiff import tape
from graphflow._core import dtypes
from graphflow._graph import build, eager_graph, op_def, recording
from graphflow._graph import graph as graph_lib
from graphflow._ops import derived, host, math


def py_function(func, inp, Tout, name=None):
    """Calls `func` on eager tensors while the graph runs; gradients flow through what it computes with them.

    Args:
        func: called with one eager tensor an input; returns tensors, or values that become such, of the types `Tout`.
        inp: tensors.
        Tout: the type of the result, or a list of types.

    Returns:
        a tensor of unknown shape, or a list of them like `Tout`; the operation where that is empty.

    Raises:
        ValueError: `func` cannot be called.
    """
    if not callable(func):
        raise ValueError(f"Expected func to be callable, got func of type {type(func)}")
    several = isinstance(Tout, (list, tuple))
    kinds = [dtypes.as_dtype(t) for t in (Tout if several else [Tout])]
    if eager_graph.computing(*inp):
        results = _results(func, [build.convert_to_tensor(x) for x in inp], kinds)
        return results if several else results[0]
    return host.call("EagerPyFunc", _Call(func, kinds), inp, Tout, name)


def eager_py_func(func, inp, Tout, name=None):
    """As `py_function`, under the name of `tf.contrib.eager.py_func`."""
    return py_function(func, inp, Tout, name)


def _results(func, tensors, kinds):
    returned = func(*tensors)
    if not isinstance(returned, (list, tuple)):
        returned = [] if returned is None and not kinds else [returned]
    if len(returned) != len(kinds):
        raise ValueError(f"{func} returned {len(returned)} values, and {len(kinds)} types were announced")
    return [_of_kind(value, kind) for value, kind in zip(returned, kinds)]


def _of_kind(value, kind):
    if value is None:
        return build.constant(np.zeros((), kind.as_numpy_dtype))
    t = build.convert_to_tensor(value)
    return t if t.dtype.base_dtype is kind else math.cast(t, kind)


class _Call:
    """A function as graphs call it: with arrays.

    Attributes:
        last: (tape, arguments, results) of the last call, for its gradient.
    """

    def __init__(self, func, kinds):
        self._func, self._kinds = func, kinds
        self.__name__ = getattr(func, "__name__", type(func).__name__)
        self.last = None

    def __call__(self, *arrays):
        with eager_graph.eager_mode(), recording.only():
            tensors = [build.constant(a) for a in arrays]
            with tape.GradientTape(persistent=True) as recorded:
                recorded.watch([t for t in tensors if derived.is_smooth(t)])
                results = _results(self._func, tensors, self._kinds)
            self.last = recorded, tensors, results
            return [t.numpy() for t in results]

    def pull(self, positions, *grads):
        """The gradients of the arguments at `positions`, for those of the results, as arrays."""
        recorded, tensors, results = self.last
        smooth = [i for i, t in enumerate(results) if derived.is_smooth(t)]
        with eager_graph.eager_mode(), recording.only():
            given = [build.constant(g, results[i].dtype) for i, g in zip(smooth, grads)]
            wanted = [tensors[i] for i in positions]
            found = recorded.gradient([results[i] for i in smooth], wanted, given, "zero")
            return [build.convert_to_tensor(g).numpy() for g in found]


@op_def.gradient("EagerPyFunc")
def _gradient(op, *grads):
    call = host.function_of(op)
    positions = [i for i, t in enumerate(op.inputs) if derived.is_smooth(t)]
    found = [None] * len(op.inputs)
    given = [g for g, t in zip(grads, op.outputs) if derived.is_smooth(t)]
    if not positions or not given or call is None:
        return found
    with graph_lib.get_default_graph().control_dependencies([op]):
        pulled = host.call(
            "PyFunc", lambda *arrays: call.pull(positions, *arrays), given,
            [op.inputs[i].dtype.base_dtype for i in positions], op.name + "_grad",
        )  # fmt: skip
    for i, g in zip(positions, pulled):
        g.set_shape(op.inputs[i].shape)
        found[i] = g
    return found
