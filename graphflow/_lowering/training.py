"""Rules of `_ops/training_ops.py`: one formula an optimizer, shared by its four operations.

A formula takes the arguments of its operation by name, and returns the new values of what it updates by name. The dense
operations give it whole arrays, the sparse ones the rows that `indices` names.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import lax

from graphflow._lowering import emit, row_sums
from graphflow._lowering.rule import Compiled, is_plain
from graphflow._ops import training_ops

# -- formulas ------------------------------------------------------------------------------------------------------------


def _gradient_descent(var, alpha, grad):
    return {"var": var - grad * alpha}


def _momentum(var, accum, lr, grad, momentum, use_nesterov):
    accum = accum * momentum + grad
    step = grad * lr + accum * momentum * lr if use_nesterov else accum * lr
    return {"var": var - step, "accum": accum}


def _keras_momentum(var, accum, lr, grad, momentum, use_nesterov):
    accum = accum * momentum - grad * lr
    return {"var": var + (accum * momentum - grad * lr if use_nesterov else accum), "accum": accum}


def _moments(m, v, beta1, beta2, grad):
    return m + (grad - m) * (1 - beta1), v + (jnp.square(grad) - v) * (1 - beta2)


def _adam_rate(lr, beta1_power, beta2_power):
    return lr * jnp.sqrt(1 - beta2_power) / (1 - beta1_power)


def _adam(var, m, v, beta1_power, beta2_power, lr, beta1, beta2, epsilon, grad, use_nesterov):
    m, v = _moments(m, v, beta1, beta2, grad)
    direction = grad * (1 - beta1) + beta1 * m if use_nesterov else m
    step = direction * _adam_rate(lr, beta1_power, beta2_power) / (jnp.sqrt(v) + epsilon)
    return {"var": var - step, "m": m, "v": v}


def _adam_with_amsgrad(var, m, v, vhat, beta1_power, beta2_power, lr, beta1, beta2, epsilon, grad):
    m, v = _moments(m, v, beta1, beta2, grad)
    vhat = jnp.maximum(vhat, v)
    step = m * _adam_rate(lr, beta1_power, beta2_power) / (jnp.sqrt(vhat) + epsilon)
    return {"var": var - step, "m": m, "v": v, "vhat": vhat}


def _ada_max(var, m, v, beta1_power, lr, beta1, beta2, epsilon, grad):
    m = m + (grad - m) * (1 - beta1)
    v = jnp.maximum(beta2 * v, jnp.abs(grad))
    return {"var": var - lr / (1 - beta1_power) * (m / (v + epsilon)), "m": m, "v": v}


def _adagrad(var, accum, lr, grad, update_slots):
    accum = accum + jnp.square(grad) if update_slots else accum
    return {"var": var - grad * lr * lax.rsqrt(accum), "accum": accum}


def _adagrad_v2(var, accum, lr, epsilon, grad, update_slots):
    accum = accum + jnp.square(grad) if update_slots else accum
    return {"var": var - grad * lr / (jnp.sqrt(accum) + epsilon), "accum": accum}


def _adagrad_da(var, gradient_accumulator, gradient_squared_accumulator, grad, lr, l1, l2, global_step):
    total = gradient_accumulator + grad
    squares = gradient_squared_accumulator + jnp.square(grad)
    steps = jnp.asarray(global_step, var.dtype)
    beyond = jnp.sign(total) * jnp.maximum(jnp.abs(total) - steps * l1, 0)
    return {
        "var": -lr * beyond / (l2 * steps * lr + jnp.sqrt(squares)),
        "gradient_accumulator": total,
        "gradient_squared_accumulator": squares,
    }


def _adadelta(var, accum, accum_update, lr, rho, epsilon, grad):
    accum = accum * rho + jnp.square(grad) * (1 - rho)
    update = jnp.sqrt(accum_update + epsilon) * lax.rsqrt(accum + epsilon) * grad
    accum_update = accum_update * rho + jnp.square(update) * (1 - rho)
    return {"var": var - update * lr, "accum": accum, "accum_update": accum_update}


def _rms_prop(var, ms, mom, lr, rho, momentum, epsilon, grad):
    ms = ms + (jnp.square(grad) - ms) * (1 - rho)
    mom = mom * momentum + grad * lr / jnp.sqrt(ms + epsilon)
    return {"var": var - mom, "ms": ms, "mom": mom}


def _centered_rms_prop(var, mg, ms, mom, lr, rho, momentum, epsilon, grad):
    ms = ms + (jnp.square(grad) - ms) * (1 - rho)
    mg = mg + (grad - mg) * (1 - rho)
    mom = mom * momentum + grad * lr / jnp.sqrt(ms - jnp.square(mg) + epsilon)
    return {"var": var - mom, "mg": mg, "ms": ms, "mom": mom}


def _ftrl(var, accum, linear, grad, lr, l1, l2, lr_power):
    return _follow_the_leader(var, accum, linear, grad, grad, lr, l1, l2, lr_power)


def _ftrl_v2(var, accum, linear, grad, lr, l1, l2, l2_shrinkage, lr_power):
    return _follow_the_leader(var, accum, linear, grad, grad + 2 * l2_shrinkage * var, lr, l1, l2, lr_power)


def _follow_the_leader(var, accum, linear, grad, shrunk_grad, lr, l1, l2, lr_power):
    def rate(x):
        return jnp.sqrt(x) if is_plain(lr_power) and lr_power == -0.5 else jnp.power(x, -lr_power)

    new_accum = accum + jnp.square(grad)
    linear = linear + shrunk_grad - (rate(new_accum) - rate(accum)) / lr * var
    var = (jnp.clip(linear, -l1, l1) - linear) / (rate(new_accum) / lr + 2 * l2)
    return {"var": var, "accum": new_accum, "linear": linear}


def _proximal(var, lr, l1, l2):
    """The point nearest to `var` for the penalty l1 |x| + l2 x^2 / 2."""
    return jnp.sign(var) * jnp.maximum(jnp.abs(var) - lr * l1, 0) / (1 + l2 * lr)


def _proximal_gradient_descent(var, alpha, l1, l2, grad):
    return {"var": _proximal(var - grad * alpha, alpha, l1, l2)}


def _proximal_adagrad(var, accum, lr, l1, l2, grad):
    accum = accum + jnp.square(grad)
    rate = lr * lax.rsqrt(accum)
    return {"var": _proximal(var - grad * rate, rate, l1, l2), "accum": accum}


def _add_sign(var, m, lr, alpha, sign_decay, beta, grad):
    m = m * beta + grad * (1 - beta)
    agreement = jnp.sign(grad) * jnp.sign(m)
    return {"var": var - lr * (alpha + sign_decay * agreement) * grad, "m": m}


def _power_sign(var, m, lr, logbase, sign_decay, beta, grad):
    m = m * beta + grad * (1 - beta)
    agreement = jnp.sign(grad) * jnp.sign(m)
    return {"var": var - lr * jnp.exp(logbase * sign_decay * agreement) * grad, "m": m}


FORMULAS = {
    "GradientDescent": _gradient_descent,
    "Momentum": _momentum,
    "KerasMomentum": _keras_momentum,
    "Adam": _adam,
    "AdamWithAmsgrad": _adam_with_amsgrad,
    "AdaMax": _ada_max,
    "Adagrad": _adagrad,
    "AdagradV2": _adagrad_v2,
    "AdagradDA": _adagrad_da,
    "Adadelta": _adadelta,
    "RMSProp": _rms_prop,
    "CenteredRMSProp": _centered_rms_prop,
    "Ftrl": _ftrl,
    "FtrlV2": _ftrl_v2,
    "ProximalGradientDescent": _proximal_gradient_descent,
    "ProximalAdagrad": _proximal_adagrad,
    "AddSign": _add_sign,
    "PowerSign": _power_sign,
}

# -- applying a formula --------------------------------------------------------------------------------------------------


def _arguments(op, inputs):
    """(variables, numbers): inputs and flags of an operation by argument name."""
    variables, numbers = {}, {}
    for arg, value in zip(op.op_def.inputs, inputs):
        name = "grad" if arg.name == "delta" else arg.name
        (variables if type(value) is emit.Ref else numbers)[name] = value
    numbers.update((flag, op.attrs[flag]) for flag in ("use_nesterov", "update_slots") if flag in op.attrs)
    return variables, numbers


def _dense(formula):
    def emit_update(ctx, op, *inputs):
        variables, numbers = _arguments(op, inputs)
        values = {name: ctx.read(ref, op) for name, ref in variables.items()}
        for name, value in formula(**values, **numbers).items():
            ctx.write(variables[name], value)
        return inputs[0] if op.outputs else ()

    return emit_update


def _sparse(formula):
    def emit_update(ctx, op, *inputs):
        variables, numbers = _arguments(op, inputs)
        indices, grad = numbers.pop("indices"), numbers.pop("grad")
        values = {name: ctx.read(ref, op) for name, ref in variables.items()}
        if indices.size:
            _check_indices(ctx, op, indices, values["var"].shape[0])
            places, is_distinct = _distinct(op, indices, values["var"].shape[0])
            update = _update_rows if is_distinct else _update_rows_in_order
            for name, value in update(formula, values, numbers, places, grad).items():
                ctx.write(variables[name], value)
        return inputs[0] if op.outputs else ()

    return emit_update


def _check_indices(ctx, op, indices, limit):
    is_wrong = (indices < 0) | (indices >= limit)
    first = is_wrong.argmax()
    message = "Index {} at offset {} in indices is out of range"
    ctx.guard(is_wrong.any(), op, message, indices[first], first)


def _distinct(op, indices, limit):
    """(indices, whether no row is named twice). What is left out of the distinct ones lies beyond `limit`."""
    if is_plain(indices):
        return indices, np.unique(indices).size == indices.size
    position = next(i for i, arg in enumerate(op.op_def.inputs) if arg.name == "indices")
    source = op.inputs[position].op
    if source.type != "Unique":
        return indices, indices.size == 1
    if row_sums.only_adds_rows(source):
        places = jnp.arange(indices.size)
        indices = jnp.where(row_sums.first_places(indices) == places, indices, limit + places.astype(indices.dtype))
    return indices, True


def _update_rows(formula, values, numbers, indices, grad):
    rows = {name: jnp.asarray(value).at[indices].get(mode="clip") for name, value in values.items()}
    new_rows = formula(**rows, grad=grad, **numbers)
    return {
        name: jnp.asarray(values[name]).at[indices].set(new, mode="drop", unique_indices=True)
        for name, new in new_rows.items()
    }


def _update_rows_in_order(formula, values, numbers, indices, grad):
    """Row after row, as a row that is named twice is updated twice."""
    indices, grad = jnp.asarray(indices), jnp.asarray(grad)

    def step(i, values):
        return {**values, **_update_rows(formula, values, numbers, indices[i][None], grad[i][None])}

    return lax.fori_loop(0, indices.size, step, {name: jnp.asarray(value) for name, value in values.items()})


def _rules():
    rows = {"Apply": {}, "SparseApply": {}}
    for name, formula in FORMULAS.items():
        rows["Apply"][name] = Compiled(_dense(formula), writes="update")
        rows["SparseApply"][name] = Compiled(_sparse(formula), writes="update", guards=True)
    kinds = {t: t.removeprefix("Resource").partition("Apply") for t in training_ops.TYPES}
    return {op_type: rows[kind + apply][name] for op_type, (kind, apply, name) in kinds.items()}


RULES = _rules()
