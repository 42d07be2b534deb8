"""Rules of `_ops/nn.py`: activations, softmax, biases.

Where a function has a corner, `where` puts its derivative on the side TensorFlow takes: 0 at 0 for the rectifiers.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._lowering import rule
from graphflow._ops import windows

_SELU_SCALE = 1.0507009873554804934193349852946
_SELU_LOW = 1.7580993408473768599402175208123  # scale times alpha


def _plain(function):
    return rule.Compiled(lambda ctx, op, *inputs: function(*map(jnp.asarray, inputs)))


def _relu(x):
    return jnp.where(x <= 0, jnp.zeros_like(x), x)


def _relu6(x):
    return jnp.where(x >= 6, jnp.full_like(x, 6), _relu(x))


def _elu(x):
    return jnp.where(x < 0, jnp.expm1(jnp.where(x < 0, x, 0)), x)


def _alpha(op):
    return float(np.float32(op.attrs["alpha"]))  # TensorFlow keeps attributes in single precision


def _leaky_relu(ctx, op, x):
    return jnp.where(x > 0, x, x * _alpha(op))


def _leaky_relu_grad(ctx, op, grad, x):
    return jnp.where(x > 0, grad, grad * _alpha(op))


def _selu(x):
    return jnp.where(x < 0, _SELU_LOW * jnp.expm1(jnp.where(x < 0, x, 0)), _SELU_SCALE * x)


def _softplus(x):
    """max(x, 0) + log1p(exp(-|x|)); the two exponentials keep the derivative smooth at 0."""
    return jnp.logaddexp(x, jnp.zeros_like(x))


def _bias(op, rank, bias):
    """The vector shaped so that it broadcasts along the channels."""
    shape = [1] * rank
    shape[windows.channel_axis(op.attrs, rank)] = -1
    return jnp.reshape(bias, shape)


def _bias_add(ctx, op, value, bias):
    return value + _bias(op, value.ndim, bias)


def _bias_add_grad(ctx, op, grad):
    axis = windows.channel_axis(op.attrs, grad.ndim)
    return jnp.sum(grad, [a for a in range(grad.ndim) if a != axis]).astype(grad.dtype)


RULES = {
    "Relu": _plain(_relu),
    "ReluGrad": _plain(lambda grad, y: jnp.where(y > 0, grad, jnp.zeros_like(grad))),
    "Relu6": _plain(_relu6),
    "Relu6Grad": _plain(lambda grad, y: jnp.where((y > 0) & (y < 6), grad, jnp.zeros_like(grad))),
    "Elu": _plain(_elu),
    "EluGrad": _plain(lambda grad, y: grad * jnp.where(y < 0, y + 1, jnp.ones_like(y))),
    "Selu": _plain(_selu),
    "SeluGrad": _plain(lambda grad, y: grad * jnp.where(y < 0, y + _SELU_LOW, jnp.full_like(y, _SELU_SCALE))),
    "LeakyRelu": rule.Compiled(_leaky_relu),
    "LeakyReluGrad": rule.Compiled(_leaky_relu_grad),
    "Softplus": _plain(_softplus),
    "SoftplusGrad": _plain(lambda grad, x: grad / (jnp.exp(-x) + 1)),
    "Softsign": _plain(lambda x: x / (jnp.abs(x) + 1)),
    "SoftsignGrad": _plain(lambda grad, x: grad / jnp.square(jnp.abs(x) + 1)),
    "Softmax": _plain(lambda x: jax.nn.softmax(x, axis=-1)),
    "LogSoftmax": _plain(lambda x: jax.nn.log_softmax(x, axis=-1)),
    "BiasAdd": rule.Compiled(_bias_add),
    "BiasAddV1": rule.Compiled(_bias_add),
    "BiasAddGrad": rule.Compiled(_bias_add_grad),
    "L2Loss": _plain(lambda x: jnp.sum(jnp.square(x)) / 2),
}
