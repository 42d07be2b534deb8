"""The parts of `tf.contrib.eager` around execution itself: modes, devices, stores of variables, Saver."""

from __future__ import annotations

import contextlib
import functools

from graphflow._graph import eager_graph
from graphflow._ops import dataset_iterators, resource_variable, variable_store
from graphflow._runtime import eager
from graphflow._train import optimizer as optimizer_lib
from graphflow._train.saving import saver

DEVICE_PLACEMENT_EXPLICIT, DEVICE_PLACEMENT_WARN, DEVICE_PLACEMENT_SILENT = 0, 1, 2
DEVICE_PLACEMENT_SILENT_FOR_INT32 = 3
SYNC, ASYNC = 0, 1


class Variable(resource_variable.ResourceVariable):
    """A resource variable, with eager execution and in graphs."""


class Iterator(dataset_iterators.EagerIterator):
    """Reads the elements of a dataset; a Python iterator."""


class EagerVariableStore:
    """Shares by name the variables that `get_variable` makes while it is in force.

    Args:
        container: a store to go on with.
    """

    def __init__(self, container=None):
        self._store = variable_store.EagerStore(keeps=True) if container is None else container

    def as_default(self):
        """`with store.as_default():` puts it in force."""
        return self._store.in_force()

    def variables(self):
        """All its variables, by name."""
        return self._store.variables()

    def trainable_variables(self):
        """Those that are trained, by name."""
        return self._store.trainable_variables()

    def non_trainable_variables(self):
        """Those that are not trained, by name."""
        return self._store.non_trainable_variables()


class Saver:
    """Saves and restores variables by name, with eager execution.

    Args:
        var_list: variables, or {name in the checkpoint: variable}; no two of one name.
    """

    def __init__(self, var_list):
        self._saver = saver.Saver(var_list)

    def save(self, file_prefix, global_step=None):
        """Writes a checkpoint; returns its name, with `global_step` behind a dash."""
        return self._saver.save(None, file_prefix, global_step=global_step, write_meta_graph=False)

    def restore(self, file_prefix):
        """Gives the variables the values of a checkpoint."""
        self._saver.restore(None, file_prefix)


def get_optimizer_variables(optimizer):
    """The variables of an optimizer: its slots, and those of its own.

    Raises:
        TypeError: it is no optimizer.
    """
    if not isinstance(optimizer, optimizer_lib.Optimizer):
        raise TypeError(f"get_optimizer_variables takes an Optimizer, got {optimizer!r}")
    return optimizer.variables()


def list_devices():
    """The names of the devices."""
    return eager.devices()


def num_gpus():
    """The number of GPUs."""
    return sum(":GPU:" in name for name in eager.devices())


def set_execution_mode(mode):
    """Taken and ignored: results are waited for where they are needed."""


@contextlib.contextmanager
def execution_mode(mode):
    """Taken and ignored, as `set_execution_mode`."""
    yield


def async_wait():
    """Nothing: results are waited for where they are needed."""


def async_clear_error():
    """Nothing: errors are raised where they happen."""


def run_test_in_graph_and_eager_modes(
    func=None, config=None, use_gpu=True, reset_test=True, assert_no_eager_garbage=False
):
    """Decorator of a test method: it runs in a graph with a session, and then eagerly, after `setUp` anew."""
    if func is None:
        return functools.partial(run_test_in_graph_and_eager_modes, config=config, reset_test=reset_test)

    @functools.wraps(func)
    def decorated(self, *args, **kwargs):
        with eager_graph.graph_mode(), self.test_session(config=config):
            func(self, *args, **kwargs)
        if reset_test:
            self.tearDown()
            self.setUp()
        with eager_graph.eager_mode():
            func(self, *args, **kwargs)

    return decorated


def run_all_tests_in_graph_and_eager_modes(cls):
    """Decorator of a TestCase: `run_test_in_graph_and_eager_modes` for all its tests."""
    for name in dir(cls):
        if name.startswith("test") and name != "test_session" and callable(getattr(cls, name)):
            setattr(cls, name, run_test_in_graph_and_eager_modes(getattr(cls, name)))
    return cls
