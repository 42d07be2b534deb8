"""Functions of a graph: Defun, and branches and loops made of them."""

from __future__ import annotations

import functools
import inspect
import weakref

from graphflow._core import dtypes, shapes
from graphflow._graph import build, function_graph, op_def, operation
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, bodies, compare, control_flow, derived, while_loop


class Defun:
    """Decorator: makes a function of tensors a function of the graph. Its body is built once, and called from nodes.

    Args:
        input_types: the types of its arguments; where none are given, each call tells, and there is a body for each combination.
        func_name: its name in the graph.
        grad_func: a function made by Defun, of the arguments and the gradients of the results, to the gradients of the arguments.
        python_grad_func: the same as Python: function(operation, *gradients) -> gradients.
        shape_func: function(operation) -> the shapes of the results.
        out_names, noinline and other options are taken and ignored.

    Raises:
        ValueError: what is decorated is no function, or takes keywords, defaults, or another number of arguments.
    """

    def __init__(self, *input_types, func_name=None, grad_func=None, python_grad_func=None, shape_func=None, **options):
        self._types = [dtypes.as_dtype(t) for t in input_types]
        self._make = functools.partial(
            DefinedFunction, func_name=func_name, grad_func=grad_func, python_grad_func=python_grad_func,
            shape_func=shape_func,
        )  # fmt: skip

    def __call__(self, func):
        if not callable(func):
            raise ValueError(f"function {func} must be callable")
        spec = inspect.getfullargspec(func)
        if spec.varkw or spec.kwonlyargs or spec.defaults:
            raise ValueError(
                f"function with argument defaults or keywords arguments are not supported. {func} has defaults "
                f"{spec.defaults} and keywords {spec.varkw}."
            )
        least = len(spec.args) - inspect.ismethod(func)
        if not self._types and (least or spec.varargs):
            return OverloadedFunction(func, self._make)
        if len(self._types) < least or (len(self._types) > least and not spec.varargs):
            raise ValueError("The function has fewer arguments than the number of specified input types.")
        return self._make(func, self._types)


class DefinedFunction:
    """A function of the graph with arguments of fixed types; made by Defun."""

    def __init__(self, func, input_types, func_name=None, grad_func=None, python_grad_func=None, shape_func=None):
        self._func, self._types, self._name = func, list(input_types), func_name or func.__name__
        self._grad_func, self._python_grad_func, self._shape_func = grad_func, python_grad_func, shape_func
        self._bodies = weakref.WeakKeyDictionary()  # outermost graph -> body

    @property
    def name(self):
        """The name of the body in the default graph."""
        return self.body().name

    @property
    def declared_input_types(self):
        """The types of the arguments."""
        return tuple(self._types)

    @property
    def captured_inputs(self):
        """The tensors that the body takes from outside, beside its arguments."""
        body = self.body()
        return body.outer_inputs[body._fixed :]

    def body(self):
        """The body in the outermost graph around the default one, built when first asked for."""
        root = graph_lib.control_flow_owner(graph_lib.get_default_graph())
        found = self._bodies.get(root)
        if found is None:
            found = self._bodies[root] = self._build(root)
        return found

    def _build(self, root):
        count = root._last_id
        body = function_graph.FunctionGraph(self._name, root)
        body._scopes.name = ""
        with body.as_default():
            arguments = [body.add_typed_argument(t, None) for t in self._types]
            returned = self._func(*arguments)
            if returned is None or isinstance(returned, operation.Operation):
                returned = []
            returned = returned if isinstance(returned, (list, tuple)) else [returned]
            body.outputs = [build.convert_to_tensor(t) for t in returned]
        body.kept = [op for op in body._ops if op.op_def.is_stateful or any(a.is_ref for a in op.op_def.inputs)]
        body.own_gradient = self._gradient()
        root._last_id = count
        return body

    def _gradient(self):
        """function(operation, *gradients) -> gradients of the arguments, or None."""
        if self._python_grad_func is not None:
            return self._python_grad_func
        if self._grad_func is None:
            return None
        return lambda op, *grads: self._grad_func(*op.inputs[: len(self._types)], *grads)

    def __call__(self, *args, name=None, **options):
        """Adds a node that calls the function: returns its tensor, a tuple of several, or the operation where there are none."""
        body = self.body()
        if len(args) != len(self._types):
            raise ValueError(f"Expected number of arguments: {len(self._types)}, received: {len(args)}")
        args = [build.convert_to_tensor(a, t) for a, t in zip(args, self._types)]
        kind = "StatefulPartitionedCall" if body.kept else "PartitionedCall"
        with graph_lib.get_default_graph().control_dependencies(bodies.waiting_for(body)):
            op = build.operation(
                kind, args + body.outer_inputs[body._fixed :], f=body, name=name or body.name,
                Tout=[t.dtype.base_dtype for t in body.outputs],
            )  # fmt: skip
        if self._shape_func is not None:
            given = self._shape_func(op)
            if len(given) != len(op.outputs):
                raise ValueError(f"shape_func produced {len(given)} shapes for {len(op.outputs)} outputs")
            for t, shape in zip(op.outputs, given):
                t.set_shape(shapes.as_shape(shape))
        return op.outputs[0] if len(op.outputs) == 1 else op.outputs or op


class OverloadedFunction:
    """A function of the graph whose calls tell the types of its arguments; made by Defun."""

    def __init__(self, func, make):
        self._func, self._make = func, make
        self._defined = {}

    def instantiate(self, input_types):
        """The DefinedFunction for arguments of these types."""
        key = tuple(input_types)
        found = self._defined.get(key)
        if found is None:
            found = self._defined[key] = self._make(self._func, input_types)
        return found

    def __call__(self, *args, **options):
        args = [build.convert_to_tensor(a) for a in args]
        return self.instantiate([a.dtype.base_dtype for a in args])(*args, **options)


@op_def.shape_rule("PartitionedCall", "StatefulPartitionedCall")
def _call_shape(op):
    body = op.attrs["f"]
    return [t._dims for t in body.outputs] if hasattr(body, "outputs") else [None] * len(op.attrs["Tout"])


@op_def.gradient("PartitionedCall", "StatefulPartitionedCall")
def _call_gradient(op, *grads):
    own = getattr(op.attrs["f"], "own_gradient", None)
    if own is None:
        return derived.derived_gradient(op, grads)
    found = own(op, *grads)
    found = list(found) if isinstance(found, (list, tuple)) else [found]
    return found + [None] * (len(op.inputs) - len(found))


@derived.reaching("PartitionedCall", "StatefulPartitionedCall")
def _reached(op, outputs):
    return bodies.reached_inputs(op.attrs["f"], outputs)


# -- branches and loops of functions -------------------------------------------------------------------------------------


def _holds(value):
    """A scalar as a bool: numbers count as true unless 0, texts unless empty."""
    value = build.convert_to_tensor(value)
    dtype = value.dtype.base_dtype
    if dtype is dtypes.bool:
        return value
    return compare.not_equal(value, build.constant("" if dtype is dtypes.string else 0, dtype))


def If(cond, inputs, then_branch, else_branch, name=None):
    """`then_branch(*inputs)` where the scalar `cond` holds, else `else_branch(*inputs)`.

    Args:
        cond: bool, number or text.
        then_branch, else_branch: functions made by Defun.

    Returns:
        the list of what they return.
    """

    def call(branch):
        returned = branch(*inputs)
        return list(returned) if isinstance(returned, (list, tuple)) else [returned]

    return control_flow.cond(
        _holds(cond), lambda: call(then_branch), lambda: call(else_branch), strict=True, name=name or "If"
    )


def While(input_, cond, body, name=None, hostmem=None):
    """Repeats `input_ = body(*input_)` while `cond(*input_)` holds.

    Args:
        input_: list of tensors.
        cond, body: functions made by Defun.

    Returns:
        the last values, a list.
    """
    return list(
        while_loop.while_loop(
            lambda *values: _holds(cond(*values)), lambda *values: body(*values), list(input_), name=name or "While",
            return_same_structure=True,
        )
    )  # fmt: skip


def For(start, limit, delta, inputs, body, name=None, hostmem=None, rewrite_with_while=None):
    """Repeats `inputs = body(i, *inputs)` for i = start, start + delta ... up to but without `limit`.

    Args:
        start, limit, delta: int32 scalars.
        body: function made by Defun.

    Returns:
        the last values, a list.
    """

    def goes_on(i, *values):
        return compare.logical_or(
            compare.logical_and(delta > 0, i < limit), compare.logical_and(delta < 0, i > limit)
        )  # fmt: skip

    def step(i, *values):
        returned = body(i, *values)
        return [i + delta, *(returned if isinstance(returned, (list, tuple)) else [returned])]

    with build.name_scope(name, "For", [start, limit, delta, *inputs]):
        start, limit, delta = (build.convert_to_tensor(v, dtypes.int32) for v in (start, limit, delta))
        values = while_loop.while_loop(goes_on, step, [start, *inputs], return_same_structure=True)
        return [array.identity(v) for v in values[1:]]
