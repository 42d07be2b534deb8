"""Saving and restoring variables with eager execution, where no session holds them."""

from __future__ import annotations

import numpy as np

from graphflow._core import errors
from graphflow._files import bundle_writer, checkpoint
from graphflow._graph import eager_graph
from graphflow._ops import variable


class Values:
    """What stands for a session with eager execution: its `run` gives the values of variables."""

    def run(self, fetches):
        """NumPy values in the form of `fetches`, None for operations."""
        if isinstance(fetches, (list, tuple)):
            return [self.run(f) for f in fetches]
        return fetches.numpy() if hasattr(fetches, "numpy") else None


def session_or_values(session):
    """`session`; where it is None and execution is eager, a `Values`."""
    return Values() if session is None and eager_graph.executing_eagerly() else session


def by_name(var_list):
    """{name in the checkpoint: variable}.

    Raises:
        TypeError: something is no variable. ValueError: two have the same name.
    """
    if isinstance(var_list, dict):
        return dict(sorted(var_list.items()))
    found = {}
    for v in sorted(var_list, key=lambda v: v.name):
        if not isinstance(v, variable.Variable):
            raise TypeError(f"Variable to save is not a Variable: {v}")
        if v.op.name in found:
            raise ValueError(f"At least two variables have the same name: {v.op.name}")
        found[v.op.name] = v
    return found


def write(prefix, named):
    """Writes a checkpoint of this name."""
    bundle_writer.write(prefix, [bundle_writer.Item(name, None, np.asarray(v.numpy())) for name, v in named.items()])


def read(prefix, named):
    """Gives variables the values of a checkpoint: all of them or, after an error, none.

    Raises:
        NotFoundError: it lacks variables. InvalidArgumentError: shapes differ.
    """
    reader = checkpoint.open_reader(prefix)
    missing = sorted(set(named) - set(reader.names()))
    if missing:
        raise errors.NotFoundError(None, None, f"Key {', '.join(missing)} not found in checkpoint {prefix}")
    values = {name: reader.read(name) for name in named}
    for name, value in values.items():
        if not named[name].shape.is_compatible_with(value.shape):
            raise errors.InvalidArgumentError(
                None, None, f"{name} has shape {named[name].shape}, and {list(value.shape)} in the checkpoint {prefix}"
            )
    for name, value in values.items():
        named[name].assign(value)
