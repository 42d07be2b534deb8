"""Loops and branches as pure functions that reverse mode can differentiate, any number of times.

XLA's while loop has no gradient, since it forgets its carries. Where the trip count is known a `scan` keeps
them. Where it is not, the forward loop writes what the backward pass will need to a *tape* of fixed capacity,
and the backward loop walks down exactly the iterations that ran. It is itself such a loop, so it can be
differentiated in turn.

What is taped are the carries, and the backward loop runs the body again from each (a third more arithmetic,
far less memory than every intermediate value). Two things keep the tape small: carries that the body passes
on unchanged become weights, and carries that the pullback does not read (accumulators, TensorArrays that are
only written) stay off it. A body that talks to the host must not run twice: for such a one the intermediate
values are taped.

Source: Griewank and Walther, Evaluating Derivatives (2008), chapter 12: step-by-step reversal.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import operator
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax
from jax.interpreters import partial_eval

from graphflow._lowering import tensor_array_value


class CarryChanged(TypeError):
    """A loop's body gave back a carry of another structure, shape or dtype."""


def while_loop(cond, body, carry, invariants, *, trip_count=None, capacity=None, differentiable=False):
    """Runs `carry = body(carry, invariants)` while `cond(carry, invariants)` holds.

    Args:
        cond: function of (carry, invariants) to a bool scalar; not called when `trip_count` is given.
        body: function of (carry, invariants) to the next carry, of the same structure, shapes and dtypes.
        carry: pytree of arrays, TensorArrayValues included; each of the latter gets its buffer here if it
            lacks one.
        invariants: pytree of arrays that the body reads. Values of an enclosing trace that the functions
            close over are differentiated as well.
        trip_count: Python int, exactly how many iterations run, or None when only `cond` knows.
        capacity: Python int, iterations that can be taped; only for `differentiable`.
        differentiable: whether reverse mode will be asked for though the trip count is unknown. With
            `trip_count` it always works.

    Returns:
        (carry, trips, overflow): the last carry, the int32 number of iterations, and a bool scalar that says
        that there were more than `capacity`. Then gradients are wrong, though all values are right: compile
        again with more.

    Raises:
        ValueError: `differentiable` without a capacity, or a capacity or trip count out of range.
        TypeError: `cond` gives no bool scalar. CarryChanged: `body` changes structure, shape or dtype of the carry.
    """
    if trip_count is not None:
        return scan_known(body, carry, invariants, trip_count), jnp.int32(trip_count), jnp.asarray(False)
    return _run_unknown(_trace(cond, body, carry, invariants), capacity, differentiable)


def bounded_while(cond, body, carry, invariants, maximum_iterations, *, capacity=None, differentiable=False):
    """`while_loop` that also stops after `maximum_iterations`, a Python int.

    Args:
        capacity: iterations that can be taped. Left out it is the bound, and `overflow` is never true; give
            less where the bound is far above what is likely.

    Returns, and raises: as `while_loop`; ValueError for a negative bound.
    """
    bound = min(_count("maximum_iterations", maximum_iterations), jnp.iinfo(jnp.int32).max)
    capacity = max(bound, 1) if capacity is None else capacity
    return _run_unknown(_trace(cond, body, carry, invariants, bound), capacity, differentiable)


def scan_known(body, carry, invariants, trip_count):
    """The carry after `trip_count`, a Python int, times `body`; differentiable. Raises as `while_loop`."""
    trip_count = _count("trip_count", trip_count)
    loop = _trace(None, body, carry, invariants, trip_count)
    if loop.functions.talks:  # the gradient of a scan drops what its body says to the host
        return _run_unknown(loop, max(trip_count, 1), differentiable=True)[0]

    def step(changing, _):
        return loop.functions.body(changing, loop.weights)[0], None

    # Elementwise values are cheaper to compute again than to write out, one stack of rows for each.
    step = jax.checkpoint(step, prevent_cse=False, policy=_is_dear)
    changed, _ = lax.scan(step, loop.changing, None, length=trip_count)
    return loop.rebuild(changed)


def _is_dear(primitive, *_, **__):
    """Whether the results of a primitive are kept for the way back."""
    return primitive in (lax.dot_general_p, lax.conv_general_dilated_p)


def cond(pred, true_fn, false_fn, *operands):
    """`true_fn(*operands)` where the bool scalar `pred` holds, else `false_fn(*operands)`; only one runs.

    A TensorArray that only one branch writes to, and so gives an element shape, gets a buffer of zeros in the
    other.
    """
    true_out, false_out = jax.eval_shape(true_fn, *operands), jax.eval_shape(false_fn, *operands)
    return lax.cond(
        pred,
        lambda *args: tensor_array_value.agree(true_fn(*args), false_out),
        lambda *args: tensor_array_value.agree(false_fn(*args), true_out),
        *operands,
    )


# -- a loop as functions of flat lists -----------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class _Functions:
    """A loop without its values: what it computes from (changing carries, weights), both lists of arrays.

    The functions close over no tracers, so that they may be static arguments of a derivative rule.

    Attributes:
        cond: to a bool scalar; None where `limit` alone ends the loop.
        limit: Python int, most iterations; None where `cond` alone ends the loop.
        body: to (next changing carries, rows); rows are values to keep of each iteration.
        changing, weights, rows: their shapes and dtypes.
        talks: whether the body has effects on the host.
        taped_carries: for each changing carry whether the last rows hold it as it was before the iteration.
    """

    cond: Callable | None
    limit: int | None
    body: Callable
    changing: list[jax.ShapeDtypeStruct]
    weights: list[jax.ShapeDtypeStruct]
    rows: list[jax.ShapeDtypeStruct]
    talks: bool
    taped_carries: list[bool] | None = None

    @functools.cached_property
    def taped(self):
        """(functions, pullback): this loop with its tape among the rows, and the transpose of one iteration.

        The pullback takes (rows of the iteration, weights, cotangents of the inexact carries and rows after
        it) to (cotangents of the inexact carries before it, those of the inexact weights).
        """
        return self._tape_values() if self.talks else self._tape_carries()

    def _vjp(self, changing, weights):
        """(all outputs, pullback of the inexact ones) of the body."""

        def smooth_body(smooth_changing, smooth_weights):
            changed, rows = self.body(_with_smooth(changing, smooth_changing), _with_smooth(weights, smooth_weights))
            return _smooth([*changed, *rows]), [*changed, *rows]

        _, vjp, outputs = jax.vjp(smooth_body, _smooth(changing), _smooth(weights), has_aux=True)
        return outputs, vjp

    def _tape_carries(self):
        """`taped` by running the body again."""

        def pull(changing, weights, cotangents):
            _, vjp = self._vjp(changing, weights)
            return vjp(cotangents)

        code = jax.make_jaxpr(pull)(self.changing, self.weights, _smooth([*self.changing, *self.rows]))
        jaxpr, used = partial_eval.dce_jaxpr(code.jaxpr, True)
        read, others_used = used[: len(self.changing)], used[len(self.changing) :]
        tape_size, carry_count = sum(read), len(_smooth(self.changing))

        def pullback(rows, weights, cotangents):
            tape = rows[len(rows) - tape_size :]
            out = jax.core.eval_jaxpr(jaxpr, code.consts, *tape, *_where(others_used, [*weights, *cotangents]))
            return out[:carry_count], out[carry_count:]

        def body(changing, weights):
            changed, rows = self.body(changing, weights)
            return changed, [*rows, *_where(read, changing)]

        if self.taped_carries == read:
            return self, pullback
        rows = [*self.rows, *_where(read, self.changing)]
        return dataclasses.replace(self, body=body, rows=rows, taped_carries=read), pullback

    def _tape_values(self):
        """`taped` by keeping what the pullback closes over, save weights."""
        structures = []

        def forward(changing, weights):
            outputs, vjp = self._vjp(changing, weights)
            values, structure = jax.tree.flatten(vjp)
            structures.append(structure)
            return outputs, values

        code = jax.make_jaxpr(forward)(self.changing, self.weights)
        carry_count, output_count = len(self.changing), len(self.changing) + len(self.rows)
        positions = {id(variable): i for i, variable in enumerate(code.jaxpr.invars[carry_count:])}
        sources = [positions.get(id(variable)) for variable in code.jaxpr.outvars[output_count:]]
        is_taped = [source is None for source in sources]

        def pullback(rows, weights, cotangents):
            kept = [weights[source] for source in sources if source is not None]
            vjp = structures[0].unflatten(_merge(is_taped, rows[len(self.rows) :], kept))
            return vjp(cotangents)

        def body(changing, weights):
            out = jax.core.eval_jaxpr(code.jaxpr, code.consts, *changing, *weights)
            return out[:carry_count], [*out[carry_count:output_count], *_where(is_taped, out[output_count:])]

        rows = [*self.rows, *_where(is_taped, _abstract(code.out_avals[output_count:]))]
        return dataclasses.replace(self, body=body, rows=rows), pullback


@dataclasses.dataclass(frozen=True)
class _Loop:
    """A loop with its values; `rebuild` puts the last changing carries back into the user's structure."""

    functions: _Functions
    changing: list[jax.Array]
    weights: list[jax.Array]
    rebuild: Callable


def _trace(cond, body, carry, invariants, limit=None):
    """The `_Loop` of the user's functions: each is traced once, and unchanging carries join the weights."""
    carry = tensor_array_value.materialise(carry, lambda carry: body(carry, invariants))
    carry, invariants = jax.tree.map(_strong, (carry, invariants))
    leaves, structure = jax.tree.flatten(carry)
    weights = jax.tree.leaves(invariants)

    body_code = jax.make_jaxpr(lambda *inputs: _checked(body(*inputs), carry))(carry, invariants)
    changes = [new is not old for new, old in zip(body_code.jaxpr.outvars, body_code.jaxpr.invars)]
    fixed = _others(changes, leaves)
    cond_code = None if cond is None else _cond_code(cond, carry, invariants)
    # What the functions captured is handed to them with the weights, so that the loop closes over nothing.
    captured = [list(code.consts) if code else [] for code in (body_code, cond_code)]
    changing, values = _where(changes, leaves), [*fixed, *weights, *captured[0], *captured[1]]
    fixed_end, weights_end, body_end = itertools.accumulate(map(len, (fixed, weights, captured[0])))

    def inputs(changing, values):
        return [*_merge(changes, changing, values[:fixed_end]), *values[fixed_end:weights_end]]

    def flat_body(changing, values):
        constants = values[weights_end:body_end]
        return _where(changes, jax.core.eval_jaxpr(body_jaxpr, constants, *inputs(changing, values))), []

    def flat_cond(changing, values):
        return jax.core.eval_jaxpr(cond_jaxpr, values[body_end:], *inputs(changing, values))[0]

    body_jaxpr, cond_jaxpr = body_code.jaxpr, cond_code and cond_code.jaxpr
    functions = _Functions(
        cond=None if cond is None else flat_cond,
        limit=limit,
        body=flat_body,
        changing=_abstract(changing),
        weights=_abstract(values),
        rows=[],
        talks=bool(body_code.effects),
    )
    return _Loop(functions, changing, values, lambda out: structure.unflatten(_merge(changes, out, fixed)))


def _cond_code(cond, carry, invariants):
    code = jax.make_jaxpr(cond)(carry, invariants)
    if [(x.shape, x.dtype) for x in code.out_avals] != [((), jnp.bool_)]:
        got = ", ".join(map(_describe, code.out_avals)) or "nothing"
        raise TypeError(f"the condition of a loop must give one bool scalar, got {got}")
    return code


def _checked(out, carry):
    """Leaves of the body's result, which must look like the carry it was given."""
    got, expected = jax.tree.structure(out), jax.tree.structure(carry)
    if got != expected:
        raise CarryChanged(
            f"a loop's body must keep the structure of the carry\n  got:      {got}\n  expected: {expected}"
        )
    out = [_strong(x) for x in jax.tree.leaves(out)]
    for (path, old), new in zip(jax.tree_util.tree_leaves_with_path(carry), out):
        if (old.shape, old.dtype) != (new.shape, new.dtype):
            raise CarryChanged(
                f"a loop's body must keep shapes and dtypes: carry{jax.tree_util.keystr(path)} is "
                f"{_describe(old)} before and {_describe(new)} after an iteration"
            )
    return out


# -- running it, and running it back -------------------------------------------------------------------------


def _run_unknown(loop, capacity, differentiable):
    """(carry, trips, overflow) of a `_Loop` that needs a while loop."""
    if not differentiable:
        trips, changed, _ = _iterate(loop.functions, loop.changing, loop.weights, [])
        return loop.rebuild(changed), trips, jnp.asarray(False)
    if capacity is None or operator.index(capacity) < 1:
        raise ValueError(f"a differentiable loop of unknown trip count needs a capacity of at least 1, got {capacity}")
    capacity = operator.index(capacity)
    trips, changed, _ = _run(loop.functions, capacity, loop.changing, loop.weights, [])
    return loop.rebuild(changed), trips, trips > capacity


def _iterate(functions, changing, weights, buffers):
    """(trips, changing carries, buffers); past its end a buffer has its last row overwritten."""

    def goes_on(state):
        trips, changing, _ = state
        below = True if functions.limit is None else trips < functions.limit
        return below if functions.cond is None else below & functions.cond(changing, weights)

    def step(state):
        trips, changing, buffers = state
        changed, rows = functions.body(changing, weights)
        return trips + 1, changed, [_put(buffer, trips, row) for buffer, row in zip(buffers, rows)]

    return lax.while_loop(goes_on, step, (jnp.int32(0), changing, buffers))


@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _run(functions, capacity, changing, weights, buffers):
    """`_iterate` with a gradient; `buffers` has an array `[capacity, ...]` for each of the rows.

    The buffers are made outside because `scan` mistakes the residuals of a custom_vjp for one another where
    the function computes anything that does not depend on its arguments (JAX 0.10).
    """
    return _iterate(functions, changing, weights, buffers)


def _run_forward(functions, capacity, changing, weights, buffers):
    taped, _ = functions.taped
    tape = [lax.empty((capacity, *row.shape), row.dtype) for row in taped.rows[len(buffers) :]]
    # `_run`, not `_iterate`: the tape is a result like any other once this pass is differentiated itself.
    trips, changed, rows = _run(taped, capacity, changing, weights, [*buffers, *tape])
    return (trips, changed, rows[: len(buffers)]), (trips, rows, weights)


def _run_backward(functions, capacity, residuals, cotangents):
    trips, rows, weights = residuals
    _, carry_cotangents, row_cotangents = cotangents
    _, pullback = functions.taped
    is_smooth, is_smooth_row = _smooth_mask(functions.changing), _smooth_mask(functions.rows)
    is_smooth_weight = _smooth_mask(weights)

    def body(state, invariants):
        left, cotangents, totals = state
        rows, weights, row_cotangents = invariants
        left = left - 1
        after = [*cotangents, *(_take(x, left) for x in row_cotangents)]
        before, parts = pullback([_take(x, left) for x in rows], weights, after)
        return left, before, [total + part for total, part in zip(totals, parts)]

    start = (trips, _where(is_smooth, carry_cotangents), [jnp.zeros_like(x) for x in _smooth(weights)])
    invariants = (rows, weights, _where(is_smooth_row, row_cotangents))
    (_, before, totals), _, _ = while_loop(
        lambda state, _: state[0] > 0, body, start, invariants, capacity=capacity, differentiable=True
    )
    nothing = [None] * (len(is_smooth) + len(is_smooth_weight))
    of_carries, of_weights = _merge(is_smooth, before, nothing), _merge(is_smooth_weight, totals, nothing)
    return of_carries, of_weights, [None] * len(functions.rows)


_run.defvjp(_run_forward, _run_backward)


# -- small parts ---------------------------------------------------------------------------------------------


def _count(name, value):
    value = operator.index(value)
    if value < 0:
        raise ValueError(f"{name} must not be negative, got {value}")
    return value


def _strong(x):
    """An array whose dtype is its own: the first carry may be a Python number, the next is not."""
    x = x if isinstance(x, jax.Array) else jnp.asarray(x)
    return lax.convert_element_type(x, x.dtype) if jax.typeof(x).weak_type else x


def _describe(x):
    return f"{x.dtype.name}{list(x.shape)}"


def _abstract(arrays):
    return [jax.ShapeDtypeStruct(x.shape, x.dtype) for x in arrays]


def _smooth_mask(values):
    """Which of the values have derivatives; random keys, integers and bools have none."""
    return [jnp.issubdtype(x.dtype, jnp.inexact) for x in values]


def _smooth(values):
    return _where(_smooth_mask(values), values)


def _with_smooth(values, smooth):
    mask = _smooth_mask(values)
    return _merge(mask, smooth, _others(mask, values))


def _where(mask, values):
    return [x for chosen, x in zip(mask, values, strict=True) if chosen]


def _others(mask, values):
    return [x for chosen, x in zip(mask, values, strict=True) if not chosen]


def _merge(mask, chosen, others):
    """Inverse of `_where` and `_others`."""
    chosen, others = iter(chosen), iter(others)
    return [next(chosen if first else others) for first in mask]


def _take(rows, index):
    return lax.dynamic_index_in_dim(rows, index, 0, keepdims=False, allow_negative_indices=False)


def _put(rows, index, row):
    return lax.dynamic_update_index_in_dim(rows, row, index, 0, allow_negative_indices=False)
