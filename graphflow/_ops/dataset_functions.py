"""Functions that are given to datasets: bodies with names and node counts of their own, called once for each element."""

from __future__ import annotations

import contextlib

from graphflow._core import dtypes
from graphflow._graph import build, function_graph
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, element_spec, user_functions


class StructuredFunction:
    """A function of an element as a body of the graph.

    Args:
        function: takes an element, a tuple as several arguments, and returns one.
        transformation: what it is given to, for its name and for messages.
        spec: what elements come.

    Attributes:
        body: the FunctionGraph.
        output_spec: what it returns.

    Raises:
        TypeError: it returns something that is no element.
    """

    def __init__(self, function, transformation, spec):
        root = graph_lib.control_flow_owner(graph_lib.get_default_graph())
        label = getattr(function, "__name__", type(function).__name__).replace("<lambda>", "lambda")
        name = f"{transformation.removesuffix('()').replace('.', '_')}_{label}"
        with counted_apart(root):
            self.body = body = DatasetBody(name, graph_lib.get_default_graph())
            leaves = element_spec.flatten(spec)
            with body.as_default():
                arguments = [body.add_typed_argument(leaf.flat_dtype, leaf.flat_dims) for leaf in leaves]
                root._last_id = len(arguments)
                element = element_spec.from_flat(spec, arguments)
                called = user_functions.to_trace(function)
                returned = called(*element) if type(element) is tuple else called(element)
                self.output_spec, outputs = _flat(returned, transformation)
                with body.control_dependencies(effects(body)):
                    body.outputs = [array.identity(t) for t in outputs]
        body.kept = effects(body)

    @property
    def captured(self):
        """The tensors that the body takes from outside, beside its arguments."""
        graph = graph_lib.get_default_graph()
        tensors = self.body.outer_inputs[self.body._fixed :]
        return [build.adopt(t) if graph.building_function else t for t in tensors]

    def dataset_spec(self):
        """The spec of the elements of the datasets it returns.

        Raises:
            TypeError: it returns something else.
        """
        if not isinstance(self.output_spec, element_spec.DatasetSpec):
            raise TypeError(f"`map_func` must return a `Dataset` object. Got {type(self.output_spec)}")
        return self.output_spec._element_spec

    def check_predicate(self):
        """Raises ValueError unless it returns a scalar bool."""
        wanted = element_spec.TensorSpec((), dtypes.bool)
        if element_spec.is_nested(self.output_spec) or not wanted.is_compatible_with(self.output_spec):
            raise ValueError(
                f"`predicate` return type must be convertible to a scalar boolean tensor. Was {self.output_spec}."
            )


class DatasetBody(function_graph.FunctionGraph):
    """The body of a dataset's function."""

    own_names = True
    takes_elements = True  # it runs often, and on little

    def __init__(self, name, outer_graph):
        super().__init__(name, outer_graph)
        self._scopes.name = ""


@contextlib.contextmanager
def counted_apart(root):
    """In this block names and the count of operations begin anew, as in a graph of its own; seeds depend on the count."""
    before = root._last_id, root._names_in_use
    root._last_id, root._names_in_use = 0, type(root._names_in_use)()
    try:
        yield
    finally:
        root._last_id, root._names_in_use = before


def _flat(returned, transformation):
    """(spec, tensors) of what a function returned."""
    returned = tuple(returned) if isinstance(returned, list) else returned
    try:
        element = element_spec.map_leaves(element_spec.as_leaf, returned)
        spec = element_spec.of(element)
    except (TypeError, ValueError, AttributeError) as error:
        raise TypeError(
            f"Unsupported return value from function passed to {transformation}: {returned}. {error}"
        ) from error
    return spec, element_spec.to_flat(spec, element)


def effects(body):
    """The operations of a body that run for what they do: calls of Python functions, prints, assignments."""
    return [
        op
        for op in body._ops
        if (op.op_def.is_stateful or op.type in ("Assert", "Print", "CheckNumerics") or not op.outputs)
        and op.type not in ("Placeholder", "NoOp", "ReadVariableOp", "VarHandleOp")
        and "seed" not in op.attrs
        and not any(t._dtype.base_dtype is dtypes.variant for t in op.outputs)
    ]
