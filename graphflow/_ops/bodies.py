"""What branches and loops of TensorFlow share: structures of values as flat lists of tensors, and names of bodies."""

from __future__ import annotations

import functools

from graphflow._core import nest, shapes
from graphflow._graph import build, function_graph, op_def, tensor
from graphflow._ops import derived, ragged_value, tensor_array


def open_body(scope, name, graph, family=None):
    """A new body called `<scope>_<name>`, or with a number behind that where it is taken."""
    return function_graph.FunctionGraph(f"{scope}{name}".replace("/", "_"), graph, family)


def is_stateful(*bodies):
    """Whether a body holds an operation that must run once for each time it is asked for."""
    return any(op.op_def.is_stateful for body in bodies for op in body._ops)


def add_node(graph, op_type, inputs, results, name, after, **attrs):
    """Adds the node that calls bodies, and returns its first `len(results)` outputs as users see them.

    Args:
        inputs: the values of the op type's input arguments.
        results: the name of each output that users see, as TensorFlow 1 names it.
        after: operations that must have run before any of the bodies starts.
    """
    count = graph._last_id
    with graph.control_dependencies(after):
        node = build.operation(op_type, *inputs, name=name, **attrs)
    graph._last_id = count  # TensorFlow 1 makes no such node, so it must not count for seeds
    return [build.apply("Identity", t, name=result) for t, result in zip(node.outputs, results)]


def is_sparse(value):
    """Whether a value is IndexedSlices or a SparseTensor."""
    return isinstance(value, tensor.IndexedSlices) or hasattr(value, "dense_shape") and hasattr(value, "indices")


def components(leaf):
    """The tensors (or what becomes one) of a leaf: a TensorArray's flow, the parts of a sparse or ragged tensor, or itself."""
    if isinstance(leaf, tensor_array.TensorArray):
        return [leaf.flow]
    if isinstance(leaf, tensor.IndexedSlices):
        parts = [leaf.values, leaf.indices]
        return parts if leaf.dense_shape is None else [*parts, leaf.dense_shape]
    if is_sparse(leaf):
        return [leaf.indices, leaf.values, leaf.dense_shape]
    if isinstance(leaf, ragged_value.Rows):
        return [leaf.flat_values, *leaf.nested_row_splits]
    return [leaf]


def flatten(structure):
    """The components of all leaves of a structure."""
    return [part for leaf in nest.flatten(structure) for part in components(leaf)]


def pack(structure, tensors):
    """The tensors in place of the components of `structure`."""
    tensors = iter(tensors)

    def rebuilt(leaf):
        parts = [next(tensors) for _ in components(leaf)]
        if isinstance(leaf, tensor_array.TensorArray):
            return tensor_array.with_flow(leaf, parts[0])
        if isinstance(leaf, ragged_value.Rows):
            return functools.reduce(type(leaf), reversed(parts[1:]), parts[0])
        return type(leaf)(*parts) if is_sparse(leaf) else parts[0]

    return nest.pack_sequence_as(structure, [rebuilt(leaf) for leaf in nest.flatten(structure)])


def component_dims(leaf, dims):
    """The plain shapes of a leaf's components, when the leaf as a whole has the plain shape `dims`."""
    rank = None if dims is None else len(dims)
    if isinstance(leaf, tensor_array.TensorArray):
        return [()]
    if isinstance(leaf, tensor.IndexedSlices):
        found = [None if dims is None else (None, *dims[1:]), (None,)]
        return found if leaf.dense_shape is None else [*found, (rank,)]
    if is_sparse(leaf):
        return [(None, rank), (None,), (rank,)]
    if isinstance(leaf, ragged_value.Rows):
        inner = None if dims is None else (None, *dims[1 + leaf.ragged_rank :])
        return [inner, *[(None,)] * leaf.ragged_rank]
    return [dims]


def reached_inputs(graph, outputs):
    """The positions of a body's inputs that its outputs at the positions `outputs` depend on smoothly."""
    found, stack = set(), [graph.outputs[i] for i in outputs]
    seen = set(stack)
    while stack:
        t = stack.pop()
        position = graph.position_of(t)
        if position is not None:
            found.add(position)
            continue
        if isinstance(t.op.op_def.gradient_rule, op_def.NotDifferentiable):
            continue
        for i in derived.reaching_inputs(t.op, [t.value_index]):
            before = t.op.inputs[i]
            if before not in seen:
                seen.add(before)
                stack.append(before)
    return found


def less_specific(dims, invariant):
    """Whether every shape that fits `dims` fits `invariant`."""
    if invariant is None:
        return True
    if dims is None or len(dims) != len(invariant):
        return False
    return all(i is None or i == d for d, i in zip(dims, invariant))


def outer_tensors(*bodies):
    """The tensors that the bodies capture, each once, in the order of first use; the bodies' inputs are brought into it."""
    found = list(dict.fromkeys(t for body in bodies for t in body.outer_inputs[body._fixed :]))
    for body in bodies:
        body.arrange(found)
    return found


def waiting_for(*bodies):
    """The operations outside that something in the bodies must wait for."""
    return list(dict.fromkeys(op for body in bodies for op in body.outer_control))


def common_dims(*all_dims):
    """What is known of a shape that is one of several."""
    dims, *others = all_dims
    for other in others:
        dims = shapes.common(dims, other)
    return dims


@op_def.shape_rule("If", "StatelessIf", "While", "StatelessWhile", "Case")
def _declared_shapes(op):
    declared = op.attrs["output_shapes"]
    return declared or [None] * len(op.attrs["Tout" if "Tout" in op.attrs else "T"])
