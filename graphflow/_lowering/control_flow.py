"""Rules of `_ops/control_flow.py` and `_ops/function.py`: branches, and calls of functions."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from graphflow._core import errors
from graphflow._lowering import bodies, effects, emit, failure_code, host_bodies, rule, tensor_array_value


def _branches_of(op):
    """The branches in the order of their number; a false predicate counts as 0."""
    return op.attrs["branches"] if op.type == "Case" else [op.attrs["else_branch"], op.attrs["then_branch"]]


def _number(op, chosen):
    """The number of the branch that is taken, for a value known while tracing."""
    if op.type != "Case":
        return int(bool(chosen))
    count = len(op.attrs["branches"])
    return int(chosen) if 0 <= int(chosen) < count else count - 1


def _branch(ctx, op, chosen, *values):
    graphs, wanted = _branches_of(op), ctx.wanted(op)
    if rule.is_plain(chosen):
        return tuple(bodies.run(ctx, graphs[_number(op, chosen)], values, wanted))
    state = bodies.written_state(ctx, op)
    branches = [_Branch(ctx, op, graph, values, state, wanted) for graph in graphs]
    _make_agree(op, branches)
    functions = [branch.replay for branch in branches]
    if op.type == "Case":
        last = len(graphs) - 1
        outputs, state, code = lax.switch(jnp.where((chosen < 0) | (chosen > last), last, chosen), functions)
    else:
        outputs, state, code = lax.cond(chosen.astype(jnp.bool_), functions[1], functions[0])
    for key, value in state.items():
        ctx.write(emit.Ref(key), value)
    if any(branch.may_fail for branch in branches):
        ctx.flag(code)
    return tuple(outputs)


class _Branch:
    """A branch, traced once; `replay` puts it into the program.

    Attributes:
        outputs: (values, variables and counters written, failure code), abstract.
        may_fail: whether the code can be anything but 0.
    """

    def __init__(self, ctx, op, graph, values, state, wanted):
        def branch():
            with bodies.inside(ctx, state, 0):
                outputs = bodies.run(ctx, graph, values, wanted)
                if any(type(v) is emit.Ref for v in outputs):
                    raise bodies.Reconsider(op, "plain", "it gives a handle")
                written = jax.tree.map(jnp.asarray, emit.values_of(ctx.state, state))
                self.may_fail = not isinstance(ctx.code, int)
                code = jnp.asarray(ctx.code if self.may_fail else failure_code.none())
                return jax.tree.map(jnp.asarray, outputs), written, code

        try:
            self.code, self.outputs = jax.make_jaxpr(branch, return_shape=True)()
        except (errors.FailedPreconditionError, tensor_array_value.Unwritten) as err:
            # only the branch that is taken needs its variables, and what was written into its arrays
            raise bodies.Reconsider(op, "plain", err.message) from None
        self.structure = jax.tree.structure(self.outputs)
        self.like = self.outputs

    def replay(self):
        flat = jax.core.eval_jaxpr(self.code.jaxpr, self.code.consts)
        return tensor_array_value.agree(jax.tree.unflatten(self.structure, flat), self.like)


def _make_agree(op, branches):
    """Gives TensorArrays that only one branch writes to a buffer in the others too.

    Raises:
        Reconsider: the branches give values of different shapes; then the predicate must be known.
    """
    for branch in branches:
        for other in branches:
            branch.like = tensor_array_value.agree(branch.like, other.outputs)
    first, *others = [
        (jax.tree.structure(b.like), [(x.shape, x.dtype) for x in jax.tree.leaves(b.like)]) for b in branches
    ]
    if any(other != first for other in others):
        raise bodies.Reconsider(op, "plain", "its branches give values of different shapes")


def _branch_on_host(ctx, op, chosen, *values):
    return tuple(host_bodies.run(ctx, op, _branches_of(op)[_number(op, chosen)], values, ctx.wanted(op)))


def _branch_row(op):
    graphs = _branches_of(op)
    culprit = bodies.host_operation(graphs)
    if culprit is not None:
        return rule.Host(_branch_on_host, because=f"{culprit.type} '{culprit.name}' inside runs there")
    if bodies.has_texts(op.outputs):
        return rule.Host(_branch_on_host, because="strings stay on the host")
    plain = set()
    for graph in graphs:
        positions, culprit = bodies.needed_plain(graph)
        if culprit is not None:
            return rule.Host(_branch_on_host, because=unknown_shape(culprit))
        plain.update(1 + i for i in positions)
    if bodies.form_of(op) is not None:
        plain.add(0)
    guards = effects.may_fail([inner for graph in graphs for inner in effects.body_operations(graph)])
    return rule.Compiled(_branch, static=tuple(sorted(plain)), guards=guards, takes_text=True)


def unknown_shape(culprit):
    return f"a shape inside, at {culprit.type} '{culprit.name}', depends on computed values"


def _call(ctx, op, *values):
    return tuple(bodies.run(ctx, op.attrs["f"], values, ctx.wanted(op)))


def _call_on_host(ctx, op, *values):
    return tuple(host_bodies.run(ctx, op, op.attrs["f"], values, ctx.wanted(op)))


def _call_row(op):
    graph = op.attrs["f"]
    culprit = bodies.host_operation([graph])
    if culprit is not None:
        return rule.Host(_call_on_host, because=f"{culprit.type} '{culprit.name}' inside runs there")
    if bodies.has_texts(op.outputs):
        return rule.Host(_call_on_host, because="strings stay on the host")
    positions, culprit = bodies.needed_plain(graph)
    if culprit is not None:
        return rule.Host(_call_on_host, because=unknown_shape(culprit))
    guards = effects.may_fail(effects.body_operations(graph))
    return rule.Compiled(_call, static=tuple(sorted(positions)), guards=guards, takes_text=True)


def row_by(choose):
    """A row that depends on the operation, chosen once and again only after a Reconsider."""

    def row(op):
        if not effects.bodies(op):
            return rule.Unsupported("a function that it calls is not in the graph's library, or calls itself")
        return bodies.concluded(op.graph._extra, ("row", op._id), lambda: choose(op))

    return rule.PerOp(row)


RULES = {
    "If": row_by(_branch_row),
    "StatelessIf": row_by(_branch_row),
    "Case": row_by(_branch_row),
    "PartitionedCall": row_by(_call_row),
    "StatefulPartitionedCall": row_by(_call_row),
}
