"""Rules of `_ops/image_colour.py`. Hues are counted from 0 to 1, red being both."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from graphflow._lowering import rule


def _hue(rgb, value, span):
    """The hue of colours with greatest channel `value` and a distance of `span` to the least one."""
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    norm = 1 / (6 * jnp.where(span > 0, span, 1))
    hue = jnp.where(
        red == value, norm * (green - blue),
        jnp.where(green == value, norm * (blue - red) + 2 / 6, norm * (red - green) + 4 / 6),
    )  # fmt: skip
    hue = jnp.where(span > 0, hue, 0)
    return jnp.where(hue < 0, hue + 1, hue)


def _pure(hue):
    """The pure colour of a hue, `[..., 3]`."""
    turn = hue * 6
    parts = jnp.abs(turn - 3) - 1, 2 - jnp.abs(turn - 2), 2 - jnp.abs(turn - 4)
    return jnp.clip(jnp.stack(parts, -1), 0, 1)


def _split(rgb):
    """(hue, greatest channel, distance to the least one)."""
    value = rgb.max(-1)
    span = value - rgb.min(-1)
    return _hue(rgb, value, span), value, span


def _to_hsv(rgb):
    hue, value, span = _split(rgb)
    return jnp.stack([hue, jnp.where(value > 0, span / jnp.where(value > 0, value, 1), 0), value], -1)


def _from_hsv(hsv):
    saturation, value = hsv[..., 1:2], hsv[..., 2:]
    return ((1 - saturation) + saturation * _pure(hsv[..., 0])) * value


def _plain(function):
    def emit(ctx, op, x, *rest):
        x = jnp.asarray(x)
        return function(x, *rest).astype(x.dtype)

    return rule.Compiled(emit)


def _adjust_hue(rgb, delta):
    rgb = rgb.astype(np.float32)
    hue, value, span = _split(rgb)
    turned = hue + jnp.asarray(delta)
    turned = turned - jnp.floor(turned)
    return (value - span)[..., None] + span[..., None] * _pure(turned)


def _adjust_saturation(rgb, factor):
    hsv = _to_hsv(rgb.astype(np.float32))
    return _from_hsv(hsv.at[..., 1].set(jnp.clip(hsv[..., 1] * factor, 0, 1)))


def _adjust_contrast(images, factor):
    floats = images.astype(np.float32)
    mean = floats.mean((-3, -2), keepdims=True)
    return (floats - mean) * factor + mean


RULES = {
    "RGBToHSV": _plain(_to_hsv),
    "HSVToRGB": _plain(_from_hsv),
    "AdjustHue": _plain(_adjust_hue),
    "AdjustSaturation": _plain(_adjust_saturation),
    "AdjustContrastv2": _plain(_adjust_contrast),
}
