"""Loops: while_loop.

The condition and the body are graphs of their own, and `While` is the node that runs them. Its inputs are the loop variables and
then everything captured, which the body hands on unchanged. TensorFlow 1 builds Enter, Merge, Switch, NextIteration and Exit in one
graph; names, and the count that seeds come from, are kept as there.
"""

from __future__ import annotations

from graphflow._core import dtypes, nest, shapes
from graphflow._graph import build, eager_graph, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import bodies, compare, derived


def while_loop(cond, body, loop_vars, shape_invariants=None, parallel_iterations=10, back_prop=True, swap_memory=False,
               name=None, maximum_iterations=None, return_same_structure=False):  # fmt: skip
    """Repeats `loop_vars = body(*loop_vars)` while `cond(*loop_vars)` holds.

    Args:
        cond: function of the loop variables to a bool scalar tensor.
        body: function of the loop variables to their next values, in the same structure.
        loop_vars: list or tuple, possibly nested, of tensors, TensorArrays or sparse tensors: the first values.
        shape_invariants: shapes in the structure of `loop_vars` that hold in all iterations; the first shapes when None.
        parallel_iterations, swap_memory: taken and ignored; XLA orders the work.
        back_prop: False keeps gradients from flowing back through the loop.
        maximum_iterations: integer scalar; the loop ends after as many.
        return_same_structure: whether a single loop variable comes back in its list.

    Returns:
        the last loop variables, in the structure that `body` returns; a single one alone.

    Raises:
        TypeError: `cond` or `body` is no function, or gives values of other types.
        ValueError: no loop variables, another structure, or a shape that changes against its invariant.
    """
    if not callable(cond):
        raise TypeError("cond must be callable.")
    if not callable(body):
        raise TypeError("body must be callable.")
    if parallel_iterations < 1:
        raise TypeError("parallel_iterations must be a positive integer.")
    if eager_graph.computing(*nest.flatten(loop_vars)):
        return _computed(cond, body, loop_vars, maximum_iterations, return_same_structure)
    with build.name_scope(name, "while", nest.flatten(loop_vars)) as scope:
        if isinstance(loop_vars, tensor.TensorLike):
            raise TypeError("loop_vars must be a list or tuple, got one tensor: put it in a list")
        if not loop_vars:
            raise ValueError("No loop variables provided")
        if maximum_iterations is None:
            return _Loop(scope, cond, body, loop_vars, shape_invariants, back_prop).result(return_same_structure)
        counter, cond, body, loop_vars = _counted(
            cond, body, loop_vars, maximum_iterations, len(loop_vars) == 1 and not return_same_structure
        )
        if shape_invariants is not None:
            shape_invariants = (shapes.TensorShape([]), _like(loop_vars[1], shape_invariants))
        loop = _Loop(scope, cond, body, loop_vars, shape_invariants, back_prop)
        return loop.result(return_same_structure)[1]


def _computed(cond, body, loop_vars, maximum_iterations, return_same_structure):
    """The loop with eager execution: a loop of Python."""
    if isinstance(loop_vars, tensor.TensorLike):
        raise TypeError("loop_vars must be a list or tuple, got one tensor: put it in a list")
    if not loop_vars:
        raise ValueError("No loop variables provided")
    limit = None if maximum_iterations is None else int(maximum_iterations)
    alone, count = False, 0
    while (limit is None or count < limit) and cond(*loop_vars):
        found = body(*loop_vars)
        if not isinstance(found, (list, tuple)):
            alone, found = True, (found,)
        nest.assert_same_structure(list(loop_vars), list(found))
        loop_vars, count = found, count + 1
    alone = (alone or len(loop_vars) == 1) and not return_same_structure
    loop_vars = nest.map_structure(_as_tensor, loop_vars)
    return loop_vars[0] if alone else loop_vars


def _as_tensor(value):
    return value if hasattr(value, "flow") or isinstance(value, tensor.TensorLike) else build.convert_to_tensor(value)


def _like(loop_var, shape_invariants):
    """The invariants of what `loop_var` became when the counter was put before it."""
    return shape_invariants if nest.is_nested(loop_var) else shape_invariants[0]


def _counted(cond, body, loop_vars, maximum_iterations, alone):
    """(counter, cond, body, loop variables) of the loop that also counts to `maximum_iterations`."""
    limit = build.convert_to_tensor(maximum_iterations, name="maximum_iterations")
    if limit._dims is None or limit._dims != ():
        raise ValueError(f"maximum_iterations must be a scalar, saw shape: {limit.shape}")
    counter = build.constant(0, dtype=limit.dtype.base_dtype, name="iteration_counter")
    if alone:
        return (
            counter,
            lambda i, value: compare.logical_and(i < limit, cond(value)),
            lambda i, value: (i + 1, body(value)),
            (counter, loop_vars[0]),
        )
    return (
        counter,
        lambda i, values: compare.logical_and(i < limit, cond(*values)),
        lambda i, values: (i + 1, body(*values)),
        (counter, loop_vars),
    )


@derived.reaching("While", "StatelessWhile")
def _reached(op, outputs):
    if not op.attrs.get("_back_prop", True):
        return ()
    found, new = set(), set(outputs)
    while new:
        found |= new
        new = bodies.reached_inputs(op.attrs["body"], found) - found
    return found


class _Loop:
    """A loop being built: the bodies, then the node."""

    def __init__(self, scope, cond, body, loop_vars, shape_invariants, back_prop):
        self.graph = graph_lib.get_default_graph()
        self.loop_vars = loop_vars
        self.invariants, first = self._first_values(shape_invariants)
        self.body = bodies.open_body(scope, "body", self.graph)
        self.cond = bodies.open_body(scope, "cond", self.graph, self.body)
        count = len(first)
        self._count(2 * count)  # Enter, Merge
        self._build_cond(cond, first)
        self._count(1 + 2 * count)  # LoopCond, Switch, Identity
        self._build_body(body, first)
        self._count(count)  # NextIteration
        captured = bodies.outer_tensors(self.cond, self.body)
        self.body.outputs += self.body.inputs[count:]
        op_type = "While" if bodies.is_stateful(self.cond, self.body) else "StatelessWhile"
        self.exits = bodies.add_node(
            self.graph, op_type, [first + captured], ["Exit"] * count, scope, bodies.waiting_for(self.cond, self.body),
            cond=self.cond, body=self.body, output_shapes=self.invariants + [t._dims for t in captured],
            _back_prop=bool(back_prop),
        )  # fmt: skip

    def _count(self, operations):
        self.graph._last_id += operations

    def _first_values(self, shape_invariants):
        """(plain shapes that hold in all iterations, tensors before the first), by component."""
        leaves = nest.flatten(self.loop_vars)
        given = [None] * len(leaves)
        if shape_invariants is not None:
            given = nest.flatten_up_to(self.loop_vars, shape_invariants)
        invariants, first = [], []
        for leaf, shape in zip(leaves, given):
            parts = [build.convert_to_tensor(part) for part in bodies.components(leaf)]
            first += parts
            if shape is None:
                sparse = bodies.is_sparse(leaf)
                dims = bodies.component_dims(leaf, shapes.as_dims(leaf.shape)) if sparse else [t._dims for t in parts]
            else:
                dims = bodies.component_dims(leaf, shapes.as_dims(getattr(shape, "shape", shape)))
            for t, d in zip(parts, dims):
                if not bodies.less_specific(t._dims, d):
                    raise ValueError(
                        f"The shape invariant specified for {t.name} is not compatible with the initial shape of the loop "
                        f"variable. It enters the loop with shape {t.shape}, but the specified shape invariant is "
                        f"{shapes.TensorShape(d)}."
                    )
            invariants += dims
        if self.graph.building_function:
            for t in first:
                self.graph.count_use(t)
        return invariants, first

    def _arguments(self, body, first):
        """The loop variables inside a body, in the user's structure."""
        inside = [body.add_argument(t, dims) for t, dims in zip(first, self.invariants)]
        return bodies.pack(self.loop_vars, inside)

    def _build_cond(self, cond, first):
        with self.cond.as_default():
            goes_on = build.convert_to_tensor(cond(*self._arguments(self.cond, first)))
        if goes_on.dtype.base_dtype is not dtypes.bool:
            raise TypeError(
                f"Input 'input' of 'LoopCond' Op has type {goes_on.dtype.base_dtype.name} that does not match expected type "
                "of bool."
            )
        if goes_on._dims not in ((), None):
            where = f"{self.graph.get_name_scope()}/LoopCond"
            raise ValueError(
                f"Shape must be rank 0 but is rank {len(goes_on._dims)} for '{where}' (op: 'LoopCond') with input shapes: "
                f"{goes_on.shape_text}."
            )
        self.cond.outputs = [goes_on]

    def _build_body(self, body, first):
        with self.body.as_default():
            arguments = self._arguments(self.body, first)
            returned = body(*arguments)
            if not (nest.is_nested(returned) or bodies.is_sparse(returned)):
                returned = [returned]
            returned = [returned] if bodies.is_sparse(returned) else returned
            nest.assert_same_structure(list(arguments), list(returned))
            after = [build.convert_to_tensor(part) for part in bodies.flatten(returned)]
        self.returned = returned
        if len(after) != len(first):
            raise ValueError(f"Number of inputs and outputs of body must match loop_vars: {len(first)}, {len(after)}")
        for t, before, dims in zip(after, first, self.invariants):
            self._check(t, before, dims)
        self.body.outputs = after

    def _check(self, t, before, dims):
        if t.dtype.base_dtype is not before.dtype.base_dtype:
            raise TypeError(
                f"Loop variable {before.name} enters the loop as {before.dtype.base_dtype.name}, but is "
                f"{t.dtype.base_dtype.name} after one iteration. A loop variable keeps its type: cast it in the body."
            )
        if not bodies.less_specific(t._dims, dims):
            raise ValueError(
                f"Input tensor '{before.name}' enters the loop with shape {shapes.TensorShape(dims)}, but has shape {t.shape} "
                "after one iteration. To allow the shape to vary across iterations, use the `shape_invariants` argument of "
                "tf.while_loop to specify a less-specific shape."
            )

    def result(self, return_same_structure):
        """What `while_loop` returns."""
        packed = bodies.pack(self.returned, self.exits)
        return packed if return_same_structure or len(self.exits) != 1 else packed[0]
