"""Eager execution: a graph that executes each operation as it is made, and keeps none.

Its operations and tensors are those of graphs, so that all functions that build graphs also compute. A tensor holds its value and
what made it, but not what that was made from: history lives in gradient tapes alone, and goes with them.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import weakref
from typing import Any

import numpy as np

from graphflow._core import dtypes, errors, source
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys, operation, recording, tensor

_NOWHERE = ("<eager>", 0, "<module>")
_MAX_INT32 = 2**31 - 1
_KEPT_COLLECTIONS = (keys.GraphKeys.GLOBAL_STEP,)


class _Hooks:
    """Filled by _runtime, which can execute operations.

    Attributes:
        execute: function(operation) -> the values of its outputs.
        reset: function() that lets the streams of random numbers begin anew.
        devices: function() -> the names of the devices.
        own: function(owner, handle) that ties the life of what a handle names to that of a Python object.
    """

    execute: Any = None
    reset: Any = None
    devices: Any = None
    own: Any = None


hooks = _Hooks()


class EagerTensor(tensor.Tensor):
    """A tensor that has its value.

    Attributes:
        _value: NumPy or JAX array; an array of objects for strings and datasets; a reference for handles.
    """

    __slots__ = ("_value", "_number")
    _numbers = itertools.count(1)

    def __init__(self, op, value_index, dtype, dims=None):
        self.op = op
        self.value_index = value_index
        self._dtype = dtype
        self._dims = dims
        self._number = next(self._numbers)

    def _hold(self, value):
        """Gives it its value, once."""
        self._value = value
        self._dims = getattr(value, "shape", ())

    @property
    def _id(self):
        return self._number

    @property
    def device(self):
        """The name of the device that holds the value."""
        return hooks.devices()[0]

    backing_device = device

    @property
    def is_eager(self):
        """Whether it has a value: always."""
        return True

    def numpy(self):
        """The value as a NumPy array or scalar of its own; bytes for a string.

        Raises:
            ValueError: a handle or dataset, which is no array.
        """
        array = self._array()
        return array.copy() if array.ndim else array[()]

    def _numpy(self):
        array = self._array()
        return array if array.ndim else array[()]

    def _array(self):
        if self._dtype in (dtypes.resource, dtypes.variant):
            raise ValueError(f"Cannot convert a Tensor of dtype {self._dtype.name} to a NumPy array.")
        return np.asarray(self._value)

    def cpu(self):
        """The tensor itself: values move to where they are needed."""
        return self

    def gpu(self, gpu_index=0):
        """The tensor itself: values move to where they are needed."""
        return self

    def set_shape(self, shape):
        """Nothing, if the shape is compatible; ValueError if it is not."""
        if not self.shape.is_compatible_with(shape):
            raise ValueError(f"Tensor's shape {self.shape} is not compatible with supplied shape {shape}")

    def consumers(self):
        """None: values are computed, and operations forgotten."""
        return []

    def eval(self, feed_dict=None, session=None):
        """Not for tensors that have a value."""
        raise NotImplementedError(
            "eval is not supported when eager execution is enabled, is .numpy() what you're looking for?"
        )

    # -- as a Python value -----------------------------------------------------------------------------------------------

    def __len__(self):
        if not self._dims:
            raise TypeError("Scalar tensor has no `len()`")
        return self._dims[0]

    def __iter__(self):
        if not self._dims:
            raise TypeError("Cannot iterate over a scalar tensor.")
        return (self[i] for i in range(self._dims[0]))

    def __bool__(self):
        return bool(self._numpy())

    def __int__(self):
        return int(self._numpy())

    def __float__(self):
        return float(self._numpy())

    def __complex__(self):
        return complex(self._numpy())

    def __index__(self):
        return self._array().__index__()

    def __format__(self, spec):
        return format(self.numpy(), spec)

    def __array__(self, dtype=None, copy=None):
        array = self._array()
        return np.array(array, dtype=dtype or array.dtype, copy=True if copy is None else copy)

    def __reduce__(self):
        return _constant, (self.numpy(), self._dtype.name)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __str__(self):
        return f"tf.Tensor({text_of(self, str)}, shape={self.shape}, dtype={self._dtype.name})"

    def __repr__(self):
        shown = text_of(self, repr)
        return f"<tf.Tensor: id={self._number}, shape={self.shape}, dtype={self._dtype.name}, numpy={shown}>"


def text_of(value, show):
    """A tensor's or variable's value as `show` (str or repr) gives it, on lines of its own where it takes several."""
    if value.dtype.base_dtype in (dtypes.resource, dtypes.variant):
        return "<unprintable>"
    with np.printoptions(legacy="1.25"):
        text = show(value.numpy())
    return "\n" + text if "\n" in text else text


def _constant(value, dtype):
    return graph_lib.hooks.constant(value, dtype)


class _Forgetful(dict):
    """A dict that does not remember what is put in under the number of an operation: that is needed once."""

    def __setitem__(self, key, value):
        if isinstance(key, str):
            super().__setitem__(key, value)


class EagerGraph(graph_lib.Graph):
    """Executes operations as they are made. There is one, `the_graph`."""

    executes = True

    def __init__(self):
        super().__init__()
        self._by_name = weakref.WeakValueDictionary()  # recorded operations whose gradient is derived
        self._extra = _Forgetful(origins=weakref.WeakKeyDictionary(), touches=_Forgetful())
        self._seed = self._random = None

    # -- making operations -----------------------------------------------------------------------------------------------

    def add_op(self, op_def, name, inputs, attrs, output_dtypes, control_inputs=None, device=None):
        """Executes an operation.

        Raises:
            OpError: it failed. RuntimeError: an input is a tensor of a graph, which has no value.
        """
        here = self._scopes
        if here.override and op_def.name in here.override and "_gradient_op_type" not in attrs:
            attrs["_gradient_op_type"] = here.override[op_def.name].encode()
        self._last_id = number = self._last_id + 1
        if op_def.is_stateful and attrs.get("shared_name") == b"":
            name = f"{name}_{number}"  # what a stateful operation makes is found by its name
        for t in inputs:
            if type(t) is not EagerTensor:
                raise RuntimeError(
                    f"{op_def.name} '{name}' is executed eagerly, but its input {t} is a tensor of a graph and has no value: use "
                    "it inside `with graph.as_default()`, or in the function where it was made"
                )
        op = operation.Operation(self, op_def, name, inputs, attrs, (), device or "", _NOWHERE, number)
        if output_dtypes:  # tensors know an operation without inputs and outputs: no history, and no cycle
            maker = operation.Operation(self, op_def, name, (), attrs, (), "", _NOWHERE, number)
            op.outputs = tuple([EagerTensor(maker, i, d) for i, d in enumerate(output_dtypes)])
        try:
            values = hooks.execute(op)
        except errors.OpError:
            op.made_at = source.user_frame()
            raise
        for t, value in zip(op.outputs, values):
            t._hold(value)
        if recording.here.stack:
            recording.see(op)
        return op

    def record(self, op):
        """Makes a recorded operation known by its name, for the gradient that is derived from it."""
        op.name = f"{op.type}_{op._id}"
        self._by_name[op.name] = op

    def unique_name(self, name, mark_as_used=True):
        """`name` in the current scope; names may repeat, since nothing is found by them."""
        here = self._scopes.name
        return f"{here}/{name}" if here else name

    # -- the seed --------------------------------------------------------------------------------------------------------

    @property
    def seed(self):
        """The seed that operations without one of their own get theirs from."""
        return self._seed

    @seed.setter
    def seed(self, value):
        self._seed = value
        if hooks.reset is not None:
            self._random = random.Random(value)
            hooks.reset()

    def next_seed(self):
        """The second seed of the next operation that was given none."""
        return self._random.randint(0, _MAX_INT32)

    # -- what has no meaning without a graph -----------------------------------------------------------------------------

    @contextlib.contextmanager
    def control_dependencies(self, control_inputs):
        """Nothing: operations run in the order in which they are made."""
        yield

    @contextlib.contextmanager
    def colocate_with(self, op, ignore_existing=False):
        """Nothing: values move to where they are needed."""
        yield

    @contextlib.contextmanager
    def device(self, device_name_or_function):
        """Nothing: values move to where they are needed."""
        yield

    def add_to_collection(self, name, value):
        """Only the global step is kept: collections would keep what nothing else needs."""
        if name in _KEPT_COLLECTIONS:
            super().add_to_collection(name, value)

    def get_collection_ref(self, name):
        """The collection; for those that are not kept, an empty list."""
        return super().get_collection_ref(name) if name in _KEPT_COLLECTIONS else []

    def as_graph_def(self, from_version=None, add_shapes=False):
        """Not with eager execution.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(
            "With eager execution there is no graph to export: build one in `with tf.Graph().as_default()`"
        )

    def __repr__(self):
        return "<graphflow.EagerGraph>"


the_graph = EagerGraph()


def executing_eagerly():
    """Whether operations are executed as they are made, here and now."""
    return graph_lib.get_default_graph().executes


def computing(*values):
    """Whether an operation on these values would be executed now: execution is eager, and no tensor of a graph is among them."""
    return executing_eagerly() and not any(isinstance(v, tensor.Tensor) and type(v) is not EagerTensor for v in values)


def enable_eager_execution(config=None, device_policy=None, execution_mode=None):
    """From now on operations are executed as they are made, outside of `with graph.as_default()` and functions.

    Args:
        config, device_policy, execution_mode: taken and ignored, but for their types.

    Raises:
        TypeError: `config` is no ConfigProto. ValueError: a graph was built before.
    """
    if config is not None and type(config).__name__ != "ConfigProto":
        raise TypeError(f"config must be a tf.ConfigProto, but got {type(config)}")
    if device_policy not in (None, 0, 1, 2, 3):
        raise ValueError("device_policy must be one of None, tf.contrib.eager.DEVICE_PLACEMENT_*")
    if execution_mode not in (None, 0, 1):
        raise ValueError("execution_mode must be one of None, tf.contrib.eager.SYNC, tf.contrib.eager.ASYNC")
    if graph_lib.default.graph is the_graph:
        return
    if graph_lib.default.graph is not None and graph_lib.default.graph._ops:
        raise ValueError("tf.enable_eager_execution must be called at program startup.")
    graph_lib.default.graph = the_graph


def disable_eager_execution():
    """From now on operations are added to graphs."""
    if graph_lib.default.graph is the_graph:
        graph_lib.default.graph = None


@contextlib.contextmanager
def eager_mode():
    """In this block, and in this thread, operations are executed as they are made."""
    with the_graph.as_default():
        yield


@contextlib.contextmanager
def graph_mode():
    """In this block operations are added to the default graph, a new one where execution was eager."""
    if not executing_eagerly():
        yield
        return
    with graph_lib.Graph().as_default():
        yield
