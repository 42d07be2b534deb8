"""Rules of `_ops/while_loop.py`."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._core import errors
from graphflow._lowering import (
    bodies,
    control_flow,
    effects,
    emit,
    failure_code,
    host_bodies,
    loops,
    reads,
    rule,
    trip_count,
)

_FEW = 1024  # a loop bounded by no more iterations gets room for all of them at once


def _while(ctx, op, *values):
    loop = _Loop(ctx, op, values)
    count = trip_count.while_tracing(ctx, loop.cond, loop.body, values, frozenset(loop.changing))
    if count.exact == 0:
        return values
    return loop.run(count)


class _Loop:
    """A While node and the values it starts from.

    Attributes:
        needed: positions of the inputs that anything needs.
        renewed: position -> key of captured reads that every iteration must make anew.
        changing: those of them that are loop variables; all others the body hands on as they came.
    """

    def __init__(self, ctx, op, values):
        self.ctx, self.op, self.values = ctx, op, values
        self.cond, self.body = op.attrs["cond"], op.attrs["body"]
        self.needed = bodies.needed_loop_variables(self.cond, self.body, ctx.wanted(op))
        self.changing = [i for i in changing(self.body) if i in self.needed]
        self.state = bodies.written_state(ctx, op)
        self.renewed = _renewed(op)
        self.may_fail = effects.may_fail(effects.body_operations(self.cond) + effects.body_operations(self.body))
        writes = any("w" in mode for inner in effects.body_operations(self.cond) for _, mode in effects.touches(inner))
        # a condition that fails, draws or writes is part of the body: it must run once an iteration and no more
        self.heavy_cond = writes or effects.may_fail(effects.body_operations(self.cond))

    def run(self, count):
        first = [self.values[i] for i in self.changing]
        if any(type(v) is emit.Ref for v in first):
            raise bodies.Reconsider(self.op, "host", "a handle changes from iteration to iteration")
        carry = _Carry(first, self.state, failure_code.none() if self.may_fail else None, None)
        try:
            carry = self._iterate(carry, count)
        except loops.CarryChanged as err:
            raise bodies.Reconsider(self.op, "host", str(err)) from None
        for key, value in carry.state.items():
            self.ctx.write(emit.Ref(key), value)
        if self.may_fail:
            self.ctx.flag(carry.code)
        out = [value if i in self.needed else None for i, value in enumerate(self.values)]
        for i, value in zip(self.changing, carry.values):
            out[i] = value
        return tuple(out)

    def _iterate(self, carry, count):
        if count.exact is not None and not self.heavy_cond:
            with self._ranges(count):
                return loops.scan_known(self._step, carry, (), count.exact)
        if self.heavy_cond:
            carry = self._asked(carry)
        goes_on = (lambda carry, _: carry.goes_on) if self.heavy_cond else self._goes_on
        differentiable = bool(self.ctx.differentiating)
        with self._ranges(count):
            if count.bound is None:
                room = self.ctx.room
                carry, trips, _ = loops.while_loop(
                    goes_on, self._step, carry, (), capacity=room, differentiable=differentiable
                )
            else:
                room = count.bound if count.bound <= _FEW else min(self.ctx.room, count.bound)
                carry, trips, _ = loops.bounded_while(
                    goes_on, self._step, carry, (), count.bound, capacity=max(room, 1), differentiable=differentiable
                )
        if differentiable and (count.bound is None or room < count.bound):
            self.ctx.need_room(trips, room)
        return carry

    def _ranges(self, count):
        return self.ctx.knowing({self.body.inputs[i]: span for i, span in count.ranges.items()})

    def _all(self, changing):
        values = list(self.values)
        for i, value in zip(self.changing, changing):
            values[i] = value
        for i, key in self.renewed.items():
            values[i] = self.ctx.newer(values[i], key)
        return values

    def _step(self, carry, _):
        ctx = self.ctx
        with bodies.inside(ctx, carry.state, 0 if carry.code is None else carry.code):
            outputs = bodies.run(ctx, self.body, self._all(carry.values), self.needed)
            after = self._left(carry, [outputs[i] for i in self.changing])
        return self._asked(after) if self.heavy_cond else after

    def _left(self, carry, values, goes_on=None):
        """The carry that a body leaves, seen from inside it."""
        ctx = self.ctx
        if not self.may_fail and not isinstance(ctx.code, int):
            raise errors.InternalError(None, self.op, "a row without guards raised one")
        return _Carry(values, emit.values_of(ctx.state, carry.state), ctx.code if self.may_fail else None, goes_on)

    def _asked(self, carry):
        """The carry after the condition has been evaluated, with its answer."""
        ctx = self.ctx
        with bodies.inside(ctx, carry.state, 0 if carry.code is None else carry.code):
            (goes_on,) = bodies.run(ctx, self.cond, self._all(carry.values))
            after = self._left(carry, carry.values, goes_on)
        return self._unless_failed(after)

    def _unless_failed(self, carry):
        goes_on = jnp.asarray(carry.goes_on)
        if self.may_fail:
            goes_on &= jnp.asarray(carry.code)[0] == 0
        return dataclasses.replace(carry, goes_on=goes_on)

    def _goes_on(self, carry, _):
        ctx = self.ctx
        with bodies.inside(ctx, carry.state, 0):
            (goes_on,) = bodies.run(ctx, self.cond, self._all(carry.values))
        return self._unless_failed(dataclasses.replace(carry, goes_on=goes_on)).goes_on


@jax.tree_util.register_dataclass
@dataclasses.dataclass
class _Carry:
    """What goes from iteration to iteration.

    Attributes:
        values: of the changing loop variables.
        state: of variables and counters that are written inside.
        code: of failures, None where nothing can fail.
        goes_on: what the condition said, None where it is asked apart.
    """

    values: list
    state: dict
    code: object
    goes_on: object


def changing(body):
    """The positions of the inputs that a loop's body does not hand on as they are."""
    return [i for i, (before, after) in enumerate(zip(body.inputs, body.outputs)) if before is not after]


def _renewed(op):
    """Position -> key of the captured reads of reference variables that the loop changes: each iteration sees the last value."""
    written = {key for key, mode in effects.touches(op) if "w" in mode}
    body = op.attrs["body"]
    return {body.position_of(t): key for t, key in reads.captured(body).items() if key in written}


def _while_on_host(ctx, op, *values):
    cond, body = op.attrs["cond"], op.attrs["body"]
    needed = bodies.needed_loop_variables(cond, body, ctx.wanted(op))
    renewed = _renewed(op)
    while np.asarray(ctx.call_graph(cond, values, None)[0]).item():
        values = list(host_bodies.run(ctx, op, body, values, needed, is_loop=True))
        for i, key in renewed.items():
            values[i] = ctx.read(emit.Ref(key))
    return tuple(values)


def _while_row(op):
    graphs = [op.attrs["cond"], op.attrs["body"]]
    form = bodies.form_of(op)
    if form is not None:
        return rule.Host(_while_on_host, because=form.because)
    culprit = bodies.host_operation(graphs)
    if culprit is not None:
        return rule.Host(_while_on_host, because=f"{culprit.type} '{culprit.name}' inside runs there")
    varies = set(changing(op.attrs["body"]))
    if bodies.has_texts(op.inputs[i] for i in varies):
        return rule.Host(_while_on_host, because="strings stay on the host")
    plain = set()
    for graph in graphs:
        positions, culprit = bodies.needed_plain(graph)
        if culprit is None and positions & varies:
            culprit = op.attrs["body"].inputs[min(positions & varies)].op
        if culprit is not None:
            return rule.Host(_while_on_host, because=control_flow.unknown_shape(culprit))
        plain |= positions
    count = trip_count.while_building(op)
    needs_room = count.exact is None and (count.bound is None or count.bound > _FEW)
    guards = needs_room or effects.may_fail([inner for graph in graphs for inner in effects.body_operations(graph)])
    return rule.Compiled(_while, static=tuple(sorted(plain)), guards=guards, takes_text=True)


RULES = {
    "While": control_flow.row_by(_while_row),
    "StatelessWhile": control_flow.row_by(_while_row),
}
