"""Operations that only order others: no_op, group, tuple, with_dependencies."""

from __future__ import annotations

import builtins

from graphflow._core import nest
from graphflow._graph import build, op_def, operation, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import array

op_def.shape_rule("NoOp")(lambda op: [])


def no_op(name=None):
    """An operation that does nothing; control edges give it its use."""
    return build.apply("NoOp", name=name)


def group(*inputs, name=None):
    """An operation that has run when all `inputs` have.

    Args:
        inputs: operations, tensors, variables, or nested lists of them.

    Returns:
        a NoOp that depends on the inputs; with several devices, on one NoOp on each of them.

    Raises:
        TypeError: an input that is nothing of a graph.
    """
    with build.name_scope(name, "group_deps", list(inputs)) as scope:
        on_device = {}
        for item in nest.flatten(inputs):
            if not hasattr(item, "device"):
                raise TypeError(f"Expected tf.group() expected Tensor arguments not '{item}' with type '{type(item)}'")
            on_device.setdefault(item.device, []).append(item)
        if not on_device:
            return no_op(name=scope)
        if len(on_device) == 1:
            ((device, items),) = on_device.items()
            return _on_device(device, items, scope)
        groups = [_on_device(device, on_device[device], None) for device in sorted(on_device, key=str)]
        with graph_lib.get_default_graph().control_dependencies(groups):
            return no_op(name=scope)


def _on_device(device, items, name):
    graph = graph_lib.get_default_graph()
    with graph.control_dependencies(items), graph.device(device):
        return no_op(name=name)


def with_dependencies(dependencies, output_tensor, name=None):
    """`output_tensor`, which has a value only when `dependencies` have run."""
    with build.name_scope(name, "control_dependency", [*dependencies, output_tensor]) as scope:
        graph = graph_lib.get_default_graph()
        with graph.colocate_with(output_tensor), graph.control_dependencies(dependencies):
            if isinstance(output_tensor, tensor.IndexedSlices):
                values = array.identity(output_tensor.values, name=scope)
                return tensor.IndexedSlices(values, output_tensor.indices, output_tensor.dense_shape)
            return array.identity(build.convert_to_tensor(output_tensor), name=scope)


def tuple(tensors, name=None, control_inputs=None):
    """The tensors, each of which has a value only when all of them have been computed.

    Args:
        tensors: tensors, IndexedSlices, operations or None.
        control_inputs: more operations or tensors to wait for.

    Raises:
        ValueError: there is nothing to wait for. TypeError: a control input that is no operation or tensor.
    """
    with build.name_scope(name, "tuple", [t for t in tensors if t is not None]) as _:
        known = (operation.Operation, tensor.TensorLike, type(None))
        tensors = [t if isinstance(t, known) else build.convert_to_tensor(t) for t in tensors]
        gating = [t if isinstance(t, operation.Operation) else t.op for t in tensors if t is not None]
        for item in control_inputs or ():
            if isinstance(item, tensor.Tensor):
                item = item.op
            elif not isinstance(item, operation.Operation):
                raise TypeError(f"Control input must be Operation or Tensor: {item}")
            gating.append(item)
        if not gating:
            raise ValueError(f"Must have at least one Tensor: {tensors}")
        gate = group(*sorted(builtins.set(gating), key=lambda op: op._id))
        return [_gated(t, gate) for t in tensors]


def _gated(t, gate):
    if t is None:
        return None
    if isinstance(t, operation.Operation):
        with graph_lib.get_default_graph().control_dependencies([gate]):
            return group(t)
    return with_dependencies([gate], t)
