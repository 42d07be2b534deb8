"""tf.wrap_function: a TensorFlow 1 function as one operation, from which parts can be cut."""

from __future__ import annotations

from graphflow._core import nest
from graphflow._graph import build, operation
from graphflow._graph import graph as graph_lib
from graphflow._ops import element_spec, traced_function


def wrap_function(fn, signature, name=None):
    """A function traced once, without AutoGraph; variables that it makes are made outside, and kept.

    Args:
        fn: a function of tensors.
        signature: TensorSpecs of its arguments, a list or tuple.
        name: of the function.

    Returns:
        a `WrappedFunction`.
    """
    specs = list(signature) if isinstance(signature, (list, tuple)) else [signature]
    return WrappedFunction(fn, name or "pruned", [specs, {}], nest.flatten(specs))


class WrappedFunction(traced_function.ConcreteFunction):
    """A traced function; see ConcreteFunction."""

    def __call__(self, *args, **kwargs):
        """The results for values in the places of the arguments."""
        given, specs = nest.flatten([list(args), kwargs]), self.inputs[: self.graph._fixed]
        return self.call([build.convert_to_tensor(value, t.dtype) for value, t in zip(given, specs, strict=True)])

    def prune(self, feeds, fetches, name=None, input_signature=None):
        """A function of some tensors of this one's graph to others.

        Args:
            feeds: tensors of `self.graph`, nested: the arguments.
            fetches: tensors and operations of `self.graph`, nested: the results.
            name: of the function.
            input_signature: taken and ignored.

        Raises:
            ValueError: an element belongs to another graph, or needs an argument that is not among `feeds`.
        """
        flat = nest.flatten(feeds)
        for item in [*flat, *nest.flatten(fetches)]:
            if item.graph is not self.graph:
                raise ValueError(
                    f"Can only prune function whose feeds and fetches are from this graph ({self.graph}). Got {item}"
                )
        specs = [element_spec.TensorSpec(t.shape, t.dtype.base_dtype) for t in flat]

        def pruned(*args):
            return _copied(self.graph, dict(zip(flat, args)), fetches)

        return WrappedFunction(pruned, name or "pruned", [specs, {}], specs)


def _copied(body, given, fetches):
    """`fetches` of a body computed in the current graph by copies of what is behind them, up to the tensors `given`."""
    graph, tensors, copies = graph_lib.get_default_graph(), dict(given), {}
    for op in _behind(nest.flatten(fetches), given):
        if op.outputs and op.outputs[0] in body.inputs:
            outer = body.captured_from(op.outputs[0])
            if outer is None:
                raise ValueError(f"{op.outputs[0]} is an argument that the fetches need: it must be among the feeds")
            tensors[op.outputs[0]] = build.adopt(outer)
            continue
        made = graph.add_op(
            op.op_def, graph.unique_name(op.name), tuple(tensors[t] for t in op.inputs), dict(op.attrs),
            [t._dtype for t in op.outputs], [copies[c] for c in op._control_inputs if c in copies],
        )  # fmt: skip
        copies[op] = made
        for old, new in zip(op.outputs, made.outputs):
            tensors.setdefault(old, new)
    found = [copies[item] if isinstance(item, operation.Operation) else tensors[item] for item in nest.flatten(fetches)]
    return nest.pack_sequence_as(fetches, found)


def _behind(fetches, given):
    """The operations that fetches need where some tensors are given, in order."""
    stack = [item if isinstance(item, operation.Operation) else item.op for item in fetches if item not in given]
    found = set(stack)
    while stack:
        op = stack.pop()
        before = {t.op for t in op.inputs if t not in given}.union(op._control_inputs) - found
        found |= before
        stack += before
    return sorted(found, key=lambda op: op._id)
