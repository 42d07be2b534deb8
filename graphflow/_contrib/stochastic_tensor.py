"""StochasticTensor: a distribution that is a tensor where one is asked for, namely a sample of it or its mean."""

from __future__ import annotations

import contextlib
import operator

from graphflow._graph import build
from graphflow._ops import array


class MeanValue:
    """A distribution stands for its mean.

    Args:
        stop_gradient: whether gradients end there.
    """

    def __init__(self, stop_gradient=False):
        self.stop_gradient = stop_gradient

    def value_of(self, dist):
        """The tensor that stands for a distribution."""
        found = dist.mean()
        return array.stop_gradient(found) if self.stop_gradient else found


class SampleValue:
    """A distribution stands for a sample.

    Args:
        shape: how many samples, as `Distribution.sample` takes it.
        stop_gradient: whether gradients end there.
    """

    def __init__(self, shape=(), stop_gradient=False):
        self.shape, self.stop_gradient = shape, stop_gradient

    def value_of(self, dist):
        """The tensor that stands for a distribution."""
        found = dist.sample(self.shape)
        return array.stop_gradient(found) if self.stop_gradient else found


_chosen: list = []  # the value types of the open `value_type` blocks


@contextlib.contextmanager
def value_type(dist_value_type):
    """What StochasticTensors made in this block stand for: a SampleValue or a MeanValue."""
    _chosen.append(dist_value_type)
    try:
        yield
    finally:
        _chosen.pop()


class StochasticTensor:
    """A distribution, and the tensor that stands for it.

    Args:
        dist: the distribution.
        name: of the tensor's scope.
        dist_value_type: what it stands for; that of the `value_type` block around, or a sample, when None.
    """

    def __init__(self, dist, name="StochasticTensor", dist_value_type=None, loss_fn=None):
        self._dist = dist
        chosen = dist_value_type or (_chosen[-1] if _chosen else SampleValue())
        with build.name_scope(name):
            self._value = chosen.value_of(dist)

    distribution = property(lambda self: self._dist, doc="The distribution.")
    dtype = property(lambda self: self._dist.dtype, doc="The type of samples.")
    graph = property(lambda self: self._value.graph, doc="The graph of the tensor.")

    def value(self, name="value"):
        """The tensor that stands for the distribution."""
        return self._value


def _as_tensor(value, dtype=None, name=None, as_ref=False):
    return build.convert_to_tensor(value.value(), dtype, name)


def _overload(name):
    function = getattr(operator, name)
    setattr(StochasticTensor, f"__{name}__", lambda x, y: function(x.value(), y))
    setattr(StochasticTensor, f"__r{name}__", lambda x, y: function(y, x.value()))


for _name in ("add", "sub", "mul", "truediv", "pow", "matmul"):
    _overload(_name)

build.register_tensor_conversion_function(StochasticTensor, _as_tensor)
