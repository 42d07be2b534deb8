"""gradients(): the backward pass as nodes of the graph, made by walking the forward operations in reverse."""

from __future__ import annotations

import heapq

from graphflow._autodiff import node_counts
from graphflow._core import dtypes, source
from graphflow._graph import build, eager_graph
from graphflow._graph import graph as graph_lib
from graphflow._graph import op_def as op_defs
from graphflow._graph import tensor as tensor_lib
from graphflow._ops import array, derived, handles, math

_TRAINABLE = frozenset(
    (
        dtypes.float16,
        dtypes.float32,
        dtypes.float64,
        dtypes.bfloat16,
        dtypes.complex64,
        dtypes.complex128,
        dtypes.resource,
        dtypes.variant,
    )
)
TAKEN = "gradients"  # in Graph._extra: of each call of gradients(), {tensor: its gradient}, for pictures of the backward pass
_REGISTERED: dict = {}  # name -> gradient function, for RegisterGradient and gradient_override_map


class AggregationMethod:
    """How gradients that meet at a tensor are added. XLA adds them all the same way; the values stand for old code."""

    ADD_N = 0
    DEFAULT = ADD_N
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


class UnconnectedGradients:
    """What `gradients` gives for an x that no y depends on: None, or zeros."""

    class _Value(str):
        value = property(str)

    NONE = _Value("none")
    ZERO = _Value("zero")

    def __new__(cls, value):
        for known in (cls.NONE, cls.ZERO):
            if value == known:
                return known
        raise ValueError(f"Unknown value for unconnected_gradients: {value!r}")


class RegisterGradient:
    """Decorator: registers function(op, *grads) as the gradient of an op type, or under a name for `gradient_override_map`.

    Raises:
        KeyError: the name has a gradient already.
    """

    def __init__(self, op_type):
        if not isinstance(op_type, str):
            raise TypeError("op_type must be a string")
        self._op_type = op_type

    def __call__(self, function):
        if self._op_type in _REGISTERED:
            raise KeyError(f"Registering two gradient with name '{self._op_type}'!")
        _REGISTERED[self._op_type] = function
        return function


def not_differentiable(op_type):
    """Says that an op type has no gradient: nothing flows back through it.

    Raises:
        TypeError: the type is no string.
    """
    if not isinstance(op_type, str):
        raise TypeError("op_type must be a string")
    _REGISTERED[op_type] = op_defs.NotDifferentiable("registered as such")


def gradient_rule(op):
    """The gradient function of an operation, a NotDifferentiable, or None where one is derived from its lowering."""
    own = op.attrs.get("_gradient_function")
    if own is not None:
        return own
    override = op.attrs.get("_gradient_op_type")
    if override:
        name = override.decode()
        found = _REGISTERED.get(name)
        if found is None:
            raise LookupError(
                f"No gradient defined for operation '{op.name}' (op type: {op.type}): no gradient is registered as {name!r}; "
                f"use @tf.RegisterGradient({name!r})"
            )
        return found
    return _REGISTERED.get(op.type) or op.op_def.gradient_rule


def gradients(ys, xs, grad_ys=None, name="gradients", colocate_gradients_with_ops=False, gate_gradients=False,
              aggregation_method=None, stop_gradients=None, unconnected_gradients=UnconnectedGradients.NONE):  # fmt: skip
    """Sum over `ys` of dy/dx, for each x of `xs`.

    Args:
        ys, xs: tensors or variables, or lists of them.
        grad_ys: the gradient that arrives at each y; ones where None.
        stop_gradients: tensors taken as constants.
        unconnected_gradients: "none" or "zero" for an x that no y depends on.

    Returns:
        a list like `xs`: a tensor of the shape of x, IndexedSlices where only rows are touched, or None.

    Raises:
        LookupError: an operation in between has no gradient. TypeError: a gradient of the wrong type, or ys of integers.
    """
    if eager_graph.computing(*_as_list(ys)):
        raise RuntimeError(
            "tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape instead."
        )
    ys, xs = _as_list(ys), _as_list(xs)
    stop_gradients = [] if stop_gradients is None else _as_list(stop_gradients)
    grad_ys = [None] * len(ys) if grad_ys is None else _as_list(grad_ys)
    unconnected = UnconnectedGradients(unconnected_gradients)
    if len(grad_ys) != len(ys):
        raise ValueError(f"Passed {len(grad_ys)} grad_ys for {len(ys)} ys")
    graph = graph_lib.get_default_graph()
    values = [*ys, *xs, *stop_gradients, *[g for g in grad_ys if g is not None]]
    with build.name_scope(name, "gradients", values) as scope:
        graph = graph_lib.get_default_graph()
        ys = [
            build.convert_to_tensor(y, name=f"y_{i}") if not isinstance(y, tensor_lib.IndexedSlices) else y.values
            for i, y in enumerate(ys)
        ]
        xs = [_source(x, i) for i, x in enumerate(xs)]
        stops = {build.convert_to_tensor(s) for s in stop_gradients}
        walk = Walk(graph, xs, stops, scope, colocate_gradients_with_ops, gate_gradients)
        for i, (y, grad) in enumerate(zip(ys, grad_ys)):
            walk.arrive(y, _initial(y, grad, i))
        walk.run(ys)
        found = [walk.total(x) for x in xs]
        graph._extra.setdefault(TAKEN, []).append(walk.sums)
        if unconnected == UnconnectedGradients.ZERO:
            found = [array.zeros_like(x) if g is None else g for x, g in zip(xs, found)]
        return found


def _as_list(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _source(x, i):
    """The tensor whose gradient is meant by `x`: a variable stands for its reference or handle."""
    if isinstance(x, tensor_lib.IndexedSlices):
        return x.values
    handle = getattr(x, "handle", None)
    if (
        handle is not None
        and not isinstance(x, tensor_lib.Tensor)
        and getattr(handle, "dtype", None) == dtypes.resource
    ):
        return build.adopt(handle)
    return build.convert_to_tensor(x, name=f"x_{i}", as_ref=True)


def _initial(y, grad, i):
    if grad is None:
        if y.dtype.is_complex:
            raise TypeError(f"Gradients of complex tensors must set grad_ys (y.dtype = {y.dtype!r})")
        if not y.dtype.base_dtype.is_floating:
            return None if y.dtype.base_dtype.is_integer or y.dtype.base_dtype.is_bool else _refuse(y)
        with graph_lib.get_default_graph().device(y.device or ""):
            one = build.constant(1, dtype=y.dtype.base_dtype, name=f"grad_ys_{i}")
            return build.apply("Fill", array.shape(y), one)
    if isinstance(grad, tensor_lib.IndexedSlices):
        return grad
    grad = build.convert_to_tensor(grad, dtype=y.dtype.base_dtype, name=f"grad_ys_{i}")
    if not (grad.dtype.is_floating and y.dtype.base_dtype.is_floating or grad.dtype.base_dtype == y.dtype.base_dtype):
        raise TypeError(f"Gradient type {grad.dtype.name} generated for {y.dtype.name} tensor {y.name} does not fit")
    return grad


def _refuse(y):
    raise TypeError(f"Gradients of non-float tensors must set grad_ys (y.dtype = {y.dtype!r})")


class Walk:
    """The reverse walk: gradients that have arrived at each tensor, and the operations still to be passed."""

    def __init__(self, graph, xs, stops, scope, colocate=False, gate=False):
        self.graph = graph
        self.xs = [_canonical(x) for x in xs]
        self.goals = set(self.xs)
        self.stops = {_canonical(t) for t in stops}
        self.scope = scope
        self.colocate = colocate
        self.gate = gate
        self.arrived = {}
        self.sums = {}

    def arrive(self, t, grad):
        if grad is not None:
            self.arrived.setdefault(_canonical(t), []).append(grad)

    def run(self, ys):
        for op in self._between(ys):
            self._pass(op)

    def _between(self, ys):
        """The operations on a path from an x to a y, latest first."""
        behind, stack = set(), [_canonical(y).op for y in ys]
        behind.update(stack)
        while stack:
            op = stack.pop()
            for t in map(_canonical, op.inputs):
                if t not in self.stops and t.op not in behind:
                    behind.add(t.op)
                    stack.append(t.op)
        depths = {graph: _depth(graph) for graph in {op.graph for op in behind}}
        ordered = sorted(behind, key=lambda op: (depths[op.graph], op._id))
        if any(graph._late_edges for graph in depths):
            ordered = _by_inputs(ordered)
        active = {x.op for x in self.xs}
        sources = set(active)
        for op in ordered:
            if op in active and op not in sources:
                continue
            if self._leads_on(op, active):
                active.add(op)
        chosen = [op for op in ordered if op in active and self._leads_on(op, active)]
        chosen.reverse()
        return chosen

    def _leads_on(self, op, active):
        """Whether a gradient that has come to `op` can go on to one of the operations `active`."""
        return any(
            t.op in active and t.dtype.base_dtype in _TRAINABLE and (t not in self.stops or t in self.goals)
            for t in map(_canonical, op.inputs)
        )

    def total(self, t):
        """What has arrived at a tensor, as one gradient, or None."""
        t = _canonical(t)
        if t in self.sums:
            return self.sums[t]
        parts = self.arrived.get(t)
        if not parts:
            return None
        total = parts[0] if len(parts) == 1 else _add(parts)
        self.sums[t] = total
        return total

    def _pass(self, op):
        """Sends the gradients of an operation's outputs on to its inputs."""
        outs = [self.total(t) for t in op.outputs]
        if all(g is None for g in outs):
            return
        rule = gradient_rule(op)
        if isinstance(rule, op_defs.NotDifferentiable):
            return
        if any(t in self.stops for t in op.outputs):
            outs = [None if t in self.stops else g for t, g in zip(op.outputs, outs)]
            if all(g is None for g in outs):
                return
        with self.graph.name_scope(op.name + "_grad"):
            if rule is None:
                outs = [g if g is None else dense(g) for g in outs]
            else:
                outs = [_zeros(t) if g is None else g for t, g in zip(op.outputs, outs)]
            if self.colocate:
                with self.graph.colocate_with(op):
                    grads = self._call(rule, op, outs)
            else:
                grads = self._call(rule, op, outs)
            self._send(op, grads)

    def _call(self, rule, op, outs):
        original, self.graph._scopes.original_op = self.graph._scopes.original_op, op
        before = self.graph._last_id
        try:
            grads = derived.derived_gradient(op, outs) if rule is None else rule(op, *outs)
        finally:
            self.graph._scopes.original_op = original
        if rule is op.op_def.gradient_rule:
            count = node_counts.of(self.graph, op, outs)
            self.graph._last_id = self.graph._last_id if count is None else before + count
        if grads is None or isinstance(grads, (tensor_lib.TensorLike, tensor_lib.IndexedSlices)):
            grads = [grads]
        grads = list(grads)
        if len(grads) != len(op.inputs):
            raise ValueError(
                f"Num gradients {len(grads)} generated for op {op.node_def} do not match num inputs {len(op.inputs)}"
            )
        return grads

    def _send(self, op, grads):
        if self.gate:
            grads = _gated(op, grads)
        for t, grad in zip(op.inputs, grads):
            if grad is None:
                continue
            base = t.dtype.base_dtype
            if not isinstance(grad, tensor_lib.IndexedSlices):
                grad = build.convert_to_tensor(grad)
                if handles.is_flow(t):  # a gradient of the array's elements
                    self.arrive(t, grad)
                    continue
                if base is not dtypes.resource and grad.dtype.base_dtype is not base:
                    raise TypeError(
                        f"Gradient type {grad.dtype.base_dtype.name} generated for input {t.name} of type {base.name} of op "
                        f"'{op.name}' ({op.type}) made at {source.describe(op.made_at)}"
                    )
                if base is not dtypes.resource:
                    _inherit_shape(op, t, grad)
            self.arrive(t, grad)


def _canonical(t):
    """Inside a body, what a captured tensor stands for: gradients flow on through it."""
    while t.op.type == "Placeholder" and t.op.graph.building_function:
        outer = t.op.graph.capture_of(t)
        if outer is None:
            break
        t = outer
    return t


def _by_inputs(ops):
    """Their order as far as inputs that were given to an operation after it was made allow it."""
    places, waiting, followers = {op: i for i, op in enumerate(ops)}, {}, {}
    for op in ops:
        before = {t.op for t in map(_canonical, op.inputs)} & places.keys()
        waiting[op] = len(before)
        for b in before:
            followers.setdefault(b, []).append(op)
    ready = [i for i, op in enumerate(ops) if not waiting[op]]
    ordered = []
    while ready:
        op = ops[heapq.heappop(ready)]
        ordered.append(op)
        for follower in followers.get(op, ()):
            waiting[follower] -= 1
            if not waiting[follower]:
                heapq.heappush(ready, places[follower])
    return ordered if len(ordered) == len(ops) else ops  # a loop of an imported graph goes round


def _depth(graph):
    """How many graphs there are around a body."""
    depth = 0
    while (graph := getattr(graph, "outer_graph", None)) is not None:
        depth += 1
    return depth


def _zeros(t):
    """The gradient of an output at which none arrived, for rules written by hand; None where there can be none."""
    return array.zeros_like(t) if t.dtype.base_dtype in _TRAINABLE and not array.is_handle(t) else None


def _inherit_shape(op, t, grad):
    """A gradient has the shape of what it belongs to."""
    try:
        grad.set_shape(t.shape)
    except ValueError:
        raise ValueError(
            f"Incompatible shapes between op input and calculated input gradient. Forward operation: {op.name}. "
            f"Original input shape: {t.shape}. Calculated input gradient shape: {grad.shape}"
        ) from None


def _gated(op, grads):
    """The gradients of an operation's inputs, none of which is there before all are."""
    graph, tensors = graph_lib.get_default_graph(), [g for g in grads if g is not None]
    counted = graph._last_id + node_counts.of_gate(op, tensors)
    if len(tensors) > 1 and not any(isinstance(g, tensor_lib.IndexedSlices) for g in tensors):
        passed = iter(build.apply("IdentityN", tensors))
        grads = [None if g is None else next(passed) for g in grads]
    graph._last_id = counted
    return grads


def dense(grad):
    """A gradient as one tensor of the full shape."""
    return build.convert_to_tensor(grad) if isinstance(grad, tensor_lib.IndexedSlices) else grad


def _add(parts):
    """The sum of gradients; rows stay rows when all are."""
    if all(isinstance(p, tensor_lib.IndexedSlices) for p in parts):
        values = array.concat([p.values for p in parts], 0)
        kinds = {p.indices.dtype.base_dtype for p in parts}
        kind = kinds.pop() if len(kinds) == 1 else dtypes.int64
        indices = array.concat([math.cast(p.indices, kind) for p in parts], 0)
        return tensor_lib.IndexedSlices(values, indices, parts[0].dense_shape)
    return build.apply("AddN", [dense(p) for p in parts])
