"""TensorFlow 2's ways, switched on together."""

from __future__ import annotations

from graphflow._graph import eager_graph, tensor
from graphflow._ops import variable_scope


def enable_v2_behavior():
    """Eager execution, resource variables, and `==` by value. Items of a TensorShape stay Dimensions, which are equal to ints.

    Raises:
        ValueError: a graph was built before.
    """
    eager_graph.enable_eager_execution()
    tensor.enable_tensor_equality()
    variable_scope.enable_resource_variables()


def disable_v2_behavior():
    """TensorFlow 1's ways again: graphs, reference variables, and `==` by identity."""
    eager_graph.disable_eager_execution()
    tensor.disable_tensor_equality()
    variable_scope.disable_resource_variables()
