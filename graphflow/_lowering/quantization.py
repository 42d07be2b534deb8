"""Rules of `_ops/quantization.py`."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from graphflow._core import errors
from graphflow._lowering import rule

# -- fake quantisation ---------------------------------------------------------------------------------------------------


def _grid(op, low, high):
    """(least, greatest, step) of the floats that stand for whole numbers, moved so that 0 is among them."""
    first = jnp.float32(1 if op.attrs["narrow_range"] else 0)
    last = jnp.float32((1 << op.attrs["num_bits"]) - 1)
    step = (high - low) / (last - first)
    zero = first - low / step
    zero = jnp.where(zero < first, first, jnp.where(zero > last, last, jnp.floor(zero + jnp.float32(0.5))))
    return (first - zero) * step, (last - zero) * step, step


def _ranges(op, inputs):
    if op.type.startswith("FakeQuantWithMinMaxArgs"):
        return jnp.float32(op.attrs["min"]), jnp.float32(op.attrs["max"])
    return inputs


def _fake_quant(ctx, op, x, *ends):
    low, high = _ranges(op, ends)
    least, greatest, step = _grid(op, low, high)
    held = jnp.maximum(jnp.minimum(x, greatest), least)
    found = jnp.floor((held - least) * (jnp.float32(1) / step) + jnp.float32(0.5)) * step + least
    return jnp.where((low == 0) & (high == 0), jnp.float32(0), found)


def _args_gradient(ctx, op, grad, x):
    least, greatest, _ = _grid(op, *_ranges(op, ()))
    return jnp.where((x >= least) & (x <= greatest), grad, jnp.float32(0))


def _vars_gradient(ctx, op, grad, x, low, high):
    least, greatest, _ = _grid(op, low, high)
    nothing, zero = (low == 0) & (high == 0), jnp.float32(0)
    axes = tuple(range(x.ndim - 1)) if op.type.endswith("PerChannelGradient") else None
    inside = jnp.where(nothing | (x >= least) & (x <= greatest), grad, zero)
    below, above = (
        jnp.where(nothing, zero, jnp.sum(jnp.where(out, grad, zero), axis=axes)) for out in (x < least, x > greatest)
    )
    return inside, below, above


# -- there and back ------------------------------------------------------------------------------------------------------


def _there_and_back(ctx, op, x, low=None, high=None, bits=None):
    attrs = op.attrs
    bits = attrs["num_bits"] if bits is None else int(bits)
    given = attrs["range_given"]
    if low is None:
        low, high = (jnp.asarray(attrs[key], x.dtype) for key in ("input_min", "input_max"))
    if not given:
        low, high = jnp.min(x), jnp.max(x)
    if attrs["signed_input"]:
        least, most = -(1 << (bits - 1)) + bool(attrs.get("narrow_range")), (1 << (bits - 1)) - 1
    else:
        least, most = 0, (1 << bits) - 1
    infinite = jnp.asarray(jnp.finfo(x.dtype).max, x.dtype)
    least, most = jnp.asarray(least, x.dtype), jnp.asarray(most, x.dtype)
    from_low = jnp.where(least * low > 0, least / low, infinite)
    from_high = jnp.where(most * high > 0, most / high, infinite)
    by_low = from_low < from_high  # the side that needs the coarser steps decides
    scale = jnp.where(by_low, from_low, from_high)
    step = jnp.where(by_low, low / least, high / most)
    low, high = jnp.where(by_low, low, least * step), jnp.where(by_low, most * step, high)
    if given:
        x = jnp.maximum(jnp.minimum(x, high), low)
    scaled = x * scale
    half_up = attrs.get("round_mode") == b"HALF_UP"
    return (jnp.floor(scaled + jnp.asarray(0.5, x.dtype)) if half_up else jnp.round(scaled)) * step


# -- whole numbers -------------------------------------------------------------------------------------------------------


def _away_from_zero(x):
    return np.trunc(x + np.copysign(np.float32(0.5), x))


def _limits(dtype):
    """(the plain type, its least, its greatest) of a quantized type."""
    (plain, _), *_ = dtype.fields.values()
    info = np.iinfo(plain)
    return plain, float(info.min), float(info.max)


def _quantize(ctx, op, x, low, high):
    dtype = np.dtype(op.outputs[0].dtype.as_numpy_dtype)
    plain, least, most = _limits(dtype)
    low, high = np.float32(low), np.float32(high)
    if high < low:
        raise errors.InvalidArgumentError(None, op, f"max_range {high} must not be less than min_range {low}")
    gap = np.float32(max(1.0, abs(low), abs(high)) / 100)
    low = np.minimum(np.float32(0), low)
    high = np.maximum(np.float32(0), np.maximum(high, low + gap))
    mode = op.attrs["mode"]
    if mode == b"MIN_FIRST":
        steps = most - least + 1
        scale = steps / ((float(high) - float(low)) * (steps / (steps - 1)))
        found = _away_from_zero(np.float64(x) * scale) - _away_from_zero(np.float64(low) * scale) + least
        found = np.clip(found, least, most)
    elif mode == b"MIN_COMBINED":
        scale = np.float32((most - least) / (high - low))
        half = np.float32(0 if least == 0 else (most - least + 1) / 2)
        found = _away_from_zero((np.clip(x, low, high) - low) * scale - half)
    else:
        largest = np.finfo(np.float32).max
        sides = [np.float32(end / value) if end * value > 0 else largest for end, value in ((least, low), (most, high))]
        scale = min(sides)
        low, high = np.float32(least / scale), np.float32(most / scale)
        scaled = np.clip(x, low, high) * scale
        found = np.round(scaled) if op.attrs["round_mode"] == b"HALF_TO_EVEN" else _away_from_zero(scaled)
    return found.astype(plain).view(dtype), low, high


def _dequantize(ctx, op, x, low, high):
    plain, least, most = _limits(x.dtype)
    x, mode = x.view(plain), op.attrs["mode"]
    if mode == b"MIN_COMBINED":
        half = 0.0 if least == 0 else (most - least + 1) / 2
        scale = (np.float32(high) - np.float32(low)) / np.float32(most - least)
        return ((x.astype(np.float32) + np.float32(half)) * scale + np.float32(low)).astype(np.float32)
    if mode == b"SCALED":
        scale = high / most if least == 0 else max(low / least, high / most)
        return x.astype(np.float32) * np.float32(scale)
    steps = most - least + 1
    step = (float(high) - float(low)) * (steps / (steps - 1)) / steps
    start = _away_from_zero(np.float64(low) / step) * step
    return (start + (x.astype(np.float64) - least) * step).astype(np.float32)


_BECAUSE = "XLA has no quantized types"
RULES = {
    "FakeQuantWithMinMaxArgs": rule.Compiled(_fake_quant),
    "FakeQuantWithMinMaxVars": rule.Compiled(_fake_quant),
    "FakeQuantWithMinMaxVarsPerChannel": rule.Compiled(_fake_quant),
    "FakeQuantWithMinMaxArgsGradient": rule.Compiled(_args_gradient),
    "FakeQuantWithMinMaxVarsGradient": rule.Compiled(_vars_gradient),
    "FakeQuantWithMinMaxVarsPerChannelGradient": rule.Compiled(_vars_gradient),
    "QuantizeAndDequantize": rule.Compiled(_there_and_back),
    "QuantizeAndDequantizeV2": rule.Compiled(_there_and_back),
    "QuantizeAndDequantizeV3": rule.Compiled(_there_and_back, static=(3,)),
    "QuantizeV2": rule.Host(_quantize, because=_BECAUSE),
    "Dequantize": rule.Host(_dequantize, because=_BECAUSE),
}
