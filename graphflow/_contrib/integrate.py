"""Ordinary differential equations: Runge-Kutta with a step that adapts itself, and with fixed steps.

Source: Dormand, Prince, "A family of embedded Runge-Kutta formulae" (1980); Shampine, "Some practical Runge-Kutta formulas" (1986).
"""

from __future__ import annotations

import collections

from graphflow._core import dtypes
from graphflow._graph import build, current, tensor
from graphflow._ops import array, asserts, control_flow, math, reduce, tensor_array, unary, while_loop

_ALPHA = (1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
_BETA = (
    (1 / 5,), (3 / 40, 9 / 40), (44 / 45, -56 / 15, 32 / 9), (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)  # fmt: skip
_MIDDLE = (
    6025192743 / 30085553152 / 2, 0, 51252292925 / 65400821598 / 2, -2691868925 / 45128329728 / 2,
    187940372067 / 1594534317056 / 2, -1776094331 / 19743644256 / 2, 11237099 / 235043384 / 2,
)  # fmt: skip
_ERROR = (
    1951 / 21600 - 35 / 384, 0, 22642 / 50085 - 500 / 1113, 451 / 720 - 125 / 192, -12231 / 42400 + 2187 / 6784,
    649 / 6300 - 11 / 84, 1 / 60,
)  # fmt: skip
_INTERPOLATION = ((-8, -8, 16), (18, 14, -32), (-11, -5, 16))  # of y0, y1 and the middle, by falling powers

_State = collections.namedtuple("_State", "y1 f1 t0 t1 dt interp_coeff")
_History = collections.namedtuple("_History", "integrate_points error_ratio")


def _nonzero(x):
    return isinstance(x, tensor.Tensor) or x != 0


def _scaled_dot_product(scale, xs, ys, name=None):
    with build.name_scope(name, "scaled_dot_product", [scale, *ys]) as scope:
        return math.add_n([scale * x * y for x, y in zip(xs, ys) if _nonzero(x)], name=scope)


def _dot_product(xs, ys, name=None):
    with build.name_scope(name, "dot_product", list(ys)) as scope:
        return math.add_n([x * y for x, y in zip(xs, ys)], name=scope)


def _step(func, y0, f0, t0, dt):
    """(the new y, its slope, the error, the slopes on the way) of one step of the method."""
    with build.name_scope(None, "runge_kutta_step", [y0, f0, t0, dt]) as scope:
        size, k = math.cast(dt, y0.dtype), [f0]
        for alpha, beta in zip(_ALPHA, _BETA):
            t = t0 + alpha * dt
            y = y0 + _scaled_dot_product(size, beta, k)
            k.append(func(y, t))
        y1, f1 = array.identity(y, name=f"{scope}/y1"), array.identity(k[-1], name=f"{scope}/f1")
        return y1, f1, _scaled_dot_product(size, _ERROR, k, name=f"{scope}/y1_error"), k


def _interpolation(y0, y1, k, dt):
    """The coefficients of a polynomial through a step."""
    with build.name_scope("interp_fit_rk"):
        dt = math.cast(dt, y0.dtype)
        middle, f0, f1 = y0 + _scaled_dot_product(dt, _MIDDLE, k), k[0], k[-1]
        slopes = ((-2 * dt, 2 * dt), (5 * dt, -3 * dt), (-4 * dt, dt))
        fitted = [_dot_product([*s, *c], [f0, f1, y0, y1, middle]) for s, c in zip(slopes, _INTERPOLATION)]
        return [*fitted, dt * f0, y0]


def _evaluated(coefficients, t0, t1, t):
    with build.name_scope("interp_evaluate"):
        within = (t0 <= t) & (t <= t1)
        check = asserts.Assert(within, ["invalid interpolation, fails `t0 <= t <= t1`:", t0, t, t1])
        dtype = coefficients[0].dtype
        with current.control_dependencies([check]):
            x = math.cast((t - t0) / (t1 - t0), dtype)
        powers = [build.constant(1, dtype), x]
        for _ in coefficients[2:]:
            powers.append(powers[-1] * x)
        return _dot_product(coefficients, list(reversed(powers)))


def _next_size(last, error_ratio, safety, ifactor, dfactor):
    with build.name_scope(None, "optimal_step_size", [last, error_ratio]) as scope:
        ratio, exponent = math.cast(error_ratio, last.dtype), math.cast(1 / 5, last.dtype)
        factor = math.maximum(1 / ifactor, math.minimum(ratio**exponent / safety, 1 / dfactor))
        return math.div(last, factor, name=scope)


def _abs_square(x):
    if x.dtype.is_complex:
        return unary.square(unary.real(x)) + unary.square(unary.imag(x))
    return unary.square(x)


def _increasing(t):
    check = asserts.Assert(reduce.reduce_all(t[1:] > t[:-1]), ["`t` must be monotonic increasing"])
    return current.control_dependencies([check])


def _check_types(y0, *times):
    if not (y0.dtype.is_floating or y0.dtype.is_complex):
        raise TypeError("`y0` must have a floating point or complex floating point dtype")
    for name, value in zip(("t", "dt"), times):
        if not value.dtype.is_floating:
            raise TypeError(f"`{name}` must have a floating point dtype")


def odeint(func, y0, t, rtol=1e-6, atol=1e-12, method=None, options=None, full_output=False, name=None):
    """Integrates dy/dt = func(y, t) from `y0` at `t[0]`, by Dormand and Prince's method of order 5.

    Args:
        func: function(y, t) that gives the slope, of the shape and type of y.
        y0: floating or complex tensor of any shape.
        t: 1-D, increasing: the times at which y is wanted.
        rtol, atol: how large the error of a step may be, beside y and at all.
        method: "dopri5" or None.
        options: dict of first_step, safety, ifactor, dfactor, max_num_steps; only with a method.
        full_output: whether a dict about the steps is returned too.

    Returns:
        y `[len(t), ...]`; with `full_output` (y, dict with num_func_evals, integrate_points and error_ratio).

    Raises:
        ValueError: another method, or options without one. TypeError: integers.
    """
    if method is not None and method != "dopri5":
        raise ValueError(f"invalid method: {method!r}")
    if method is None and options is not None:
        raise ValueError("cannot supply `options` without specifying `method`")
    with build.name_scope(name, "odeint", [y0, t, rtol, atol]) as scope:
        y0 = build.convert_to_tensor(y0, name="y0")
        t = build.convert_to_tensor(t, preferred_dtype=dtypes.float64, name="t")
        _check_types(y0, t)
        error_dtype = unary.abs(y0).dtype
        rtol = build.convert_to_tensor(rtol, error_dtype, name="rtol")
        atol = build.convert_to_tensor(atol, error_dtype, name="atol")
        return _dopri5(func, y0, t, rtol, atol, full_output, scope, **(options or {}))


def _dopri5(
    func, y0, t, rtol, atol, full_output, name, first_step=None, safety=0.9, ifactor=10.0, dfactor=0.2, max_num_steps=1000
):  # fmt: skip
    with build.name_scope(name, "dopri5") as scope:
        first_step = build.convert_to_tensor(1.0 if first_step is None else first_step, t.dtype, name="first_step")
        safety = build.convert_to_tensor(safety, t.dtype, name="safety")
        ifactor = build.convert_to_tensor(ifactor, t.dtype, name="ifactor")
        dfactor = build.convert_to_tensor(dfactor, t.dtype, name="dfactor")
        most = build.convert_to_tensor(max_num_steps, dtypes.int32, name="max_num_steps")

        def advance(state, history, n):
            y0, f0, _, t0, dt, coefficients = state
            with build.name_scope("assertions"):
                checks = [
                    asserts.Assert(t0 + dt > t0, ["underflow in dt", dt]),
                    asserts.Assert(n < most, ["max_num_steps exceeded"]),
                    asserts.Assert(
                        reduce.reduce_all(unary.is_finite(unary.abs(y0))), ["non-finite values in state `y`", y0]
                    ),
                ]
            with current.control_dependencies(checks):
                y1, f1, error, k = _step(func, y0, f0, t0, dt)
            with build.name_scope("error_ratio"):
                allowed = atol + rtol * math.maximum(unary.abs(y0), unary.abs(y1))
                ratio = unary.sqrt(reduce.reduce_mean(_abs_square(error) / _abs_square(allowed)))
                accepted = ratio <= 1
            with build.name_scope("update/rk_state"):
                state = _State(
                    control_flow.cond(accepted, lambda: y1, lambda: y0),
                    control_flow.cond(accepted, lambda: f1, lambda: f0),
                    t0,
                    control_flow.cond(accepted, lambda: t0 + dt, lambda: t0),
                    _next_size(dt, ratio, safety, ifactor, dfactor),
                    control_flow.cond(accepted, lambda: _interpolation(y0, y1, k, dt), lambda: coefficients),
                )
            with build.name_scope("update/history"):
                points, ratios = history
                history = _History(points.write(points.size(), t0 + dt), ratios.write(ratios.size(), ratio))
            return state, history, n + 1

        def interpolate(solution, history, state, i):
            with build.name_scope("interpolate"):
                state, history, _ = while_loop.while_loop(
                    lambda state, *_: t[i] > state.t1, advance, (state, history, 0), name="integrate_loop"
                )
                y = _evaluated(state.interp_coeff, state.t0, state.t1, t[i])
                return solution.write(i, y), history, state, i + 1

        with _increasing(t):
            count = array.size(t)
        solution = tensor_array.TensorArray(y0.dtype, size=count).write(0, y0)
        history = _History(*(tensor_array.TensorArray(x.dtype, size=0, dynamic_size=True) for x in (t, rtol)))
        state = _State(y0, func(y0, t[0]), t[0], t[0], first_step, [y0] * 5)
        solution, history, _, _ = while_loop.while_loop(
            lambda _, __, ___, i: i < count, interpolate, (solution, history, state, 1), name="interpolate_loop"
        )
        y = solution.stack(name=scope)
        y.set_shape(t.get_shape().concatenate(y0.get_shape()))
        if not full_output:
            return y
        points = history.integrate_points.stack()
        evaluations = 6 * array.size(points) + 1
        return y, {
            "num_func_evals": evaluations, "integrate_points": points, "error_ratio": history.error_ratio.stack(),
        }  # fmt: skip


# -- fixed steps -----------------------------------------------------------------------------------------------------------


def _midpoint(func, t, dt, y):
    size = math.cast(dt, y.dtype)
    return size * func(y + func(y, t) * size / 2, t + dt / 2)


def _rk4(func, t, dt, y):
    k1 = func(y, t)
    half = t + dt / 2
    size = math.cast(dt, y.dtype)
    k2 = func(y + size * k1 / 2, half)
    k3 = func(y + size * k2 / 2, half)
    k4 = func(y + size * k3, t + dt)
    return math.add_n([k1, 2 * k2, 2 * k3, k4]) * (size / 6)


_METHODS = {"midpoint": _midpoint, "rk4": _rk4}


def odeint_fixed(func, y0, t, dt=None, method="rk4", name=None):
    """As `odeint`, with fixed steps.

    Args:
        dt: 1-D, the step in each interval of `t`, made smaller so that it divides it; the interval itself when None.
        method: "rk4" or "midpoint".

    Raises:
        ValueError: another method, or lengths that do not go together.
    """
    with build.name_scope(name, "odeint_fixed", [y0, t]):
        t = build.convert_to_tensor(t, preferred_dtype=dtypes.float64, name="t")
        y0 = build.convert_to_tensor(y0, name="y0")
        intervals = t[1:] - t[:-1]
        dt = build.convert_to_tensor(intervals if dt is None else dt, preferred_dtype=dtypes.float64, name="dt")
        counts = unary.ceil(intervals / dt)
        dt = intervals / counts
        counts = math.cast(counts, dtypes.int32)
        _check_types(y0, t, dt)
        if t.get_shape().ndims != 1 or dt.get_shape().ndims != 1:
            raise ValueError("t and dt must be 1D tensors")
        if t.get_shape()[0] != dt.get_shape()[0] + 1:
            raise ValueError("t and dt have incompatible lengths, must be N and N-1")
        if method not in _METHODS:
            raise ValueError(f"method not supported: {method}")
        with _increasing(t), build.name_scope(method):
            return _on_grid(_METHODS[method], func, y0, t, dt, counts)


def _on_grid(change, func, y0, t, dt, counts):
    def advance(y, now, step, interval):
        size = dt[interval - 1]
        return y + math.cast(change(func, now, size, y), y.dtype), now + size, step + 1, interval

    def cross(solution, y, now, interval):
        y, now, _, _ = while_loop.while_loop(
            lambda _, __, step, interval: step < counts[interval - 1], advance, (y, now, 0, interval)
        )
        return solution.write(interval, y), y, now, interval + 1

    count, start = array.size(t), t[0]
    solution = tensor_array.TensorArray(y0.dtype, count).write(0, y0)
    solution, _, _, _ = while_loop.while_loop(lambda _, __, ___, i: i < count, cross, (solution, y0, start, 1))
    y = solution.stack()
    y.set_shape(t.get_shape().concatenate(y0.get_shape()))
    return y
