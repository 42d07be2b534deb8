"""How a compiled program tells that a guard failed: an int64 array, the guard's number and some of its data."""

import jax
import jax.numpy as jnp
import numpy as np

_CARRIED = 6  # numbers of a guard that leave a loop or branch with its code


def none():
    """The code as an array as long as nothing has failed."""
    return np.zeros(1 + _CARRIED, np.int64)


def of(number, data=()):
    """The code of a guard's number, or of minus the room that is needed, with scalars of 64 bits each."""
    bits = [_bits(d) for d in data]
    return jnp.stack([jnp.asarray(number, jnp.int64), *bits, *[jnp.int64(0)] * (_CARRIED - len(bits))])


def _bits(x):
    if jnp.issubdtype(x.dtype, jnp.floating):
        return jax.lax.bitcast_convert_type(x.astype(jnp.float64), jnp.int64)
    return x.astype(jnp.int64)


def fits(data):
    """Whether these data can leave a loop or branch inside a code."""
    return len(data) <= _CARRIED and all(d.ndim == 0 and not jnp.iscomplexobj(d) for d in data)


def data_in(carried, types):
    """The scalars of these types that a code carries behind its number; None where there are none."""
    if not types:
        return None
    return [
        (bits.view(np.float64) if jnp.issubdtype(dtype, jnp.floating) else bits).astype(dtype)
        for bits, dtype in zip(carried, types)
    ]


def text(message, data):
    """The text of a guard that failed; `data` is None where the values could not leave a loop."""
    if callable(message):
        return message(*(data or ()))
    return message.replace("{}", "?") if data is None else message.format(*[np.asarray(d).item() for d in data])
