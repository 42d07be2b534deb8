"""Small tools of `tf.contrib.framework`."""

from __future__ import annotations

from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._ops import math, ranks, reduce


def get_name_scope():
    """The name scope that is open, without a slash at the end."""
    return graph_lib.get_default_graph().get_name_scope()


def get_graph_from_inputs(op_input_list, graph=None):
    """The graph that tensors, operations or variables are of; `graph` itself where it is given and they agree.

    Raises:
        ValueError: they are of several graphs.
    """
    found = graph
    for item in op_input_list:
        own = getattr(item, "graph", None)
        if own is None:
            continue
        if found is not None and own is not found:
            raise ValueError(f"{item} is not from the passed-in graph.")
        found = own
    return found or graph_lib.get_default_graph()


def prepend_name_scope(name, import_scope):
    """A node's name below a scope, with the marks in front that inputs and colocations bear."""
    if not import_scope:
        return name
    scope = import_scope.removesuffix("/")
    for mark in ("^", "loc:@"):
        if name.startswith(mark):
            return f"{mark}{scope}/{name.removeprefix(mark)}"
    return f"{scope}/{name}"


def strip_name_scope(name, export_scope):
    """The inverse of `prepend_name_scope`."""
    if not export_scope:
        return name
    scope = export_scope.removesuffix("/") + "/"
    for mark in ("^", "loc:@", ""):
        if name.startswith(mark + scope):
            return mark + name.removeprefix(mark + scope)
    return name


def reduce_sum_n(tensors, name=None):
    """The sum of all entries of all tensors; ValueError where there are none."""
    if not tensors:
        raise ValueError("No tensors provided.")
    with build.name_scope(name, "reduce_sum_n", tensors) as scope:
        sums = [reduce.reduce_sum(t, name=f"{t.op.name}/sum") for t in tensors]
        return sums[0] if len(sums) == 1 else math.add_n(sums, name=scope)


def assert_scalar_int(tensor, name=None):
    """The tensor itself; ValueError where it is no integer scalar."""
    with build.name_scope(name, "assert_scalar_int", [tensor]) as scope:
        tensor = build.convert_to_tensor(tensor)
        if not tensor.dtype.base_dtype.is_integer:
            raise ValueError(f"Expected integer type for {tensor.name}, received type: {tensor.dtype}.")
        return ranks.assert_scalar(tensor, name=scope)
