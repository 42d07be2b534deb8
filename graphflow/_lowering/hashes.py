"""The hash functions that buckets of texts and crossed columns stand on, as functions of bytes to unsigned 64-bit numbers.

`fingerprint64` is FarmHash's (farmhashna::Hash64), `hash64` MurmurHash2 for 64 bits, `strong_hash64` SipHash-2-4.
"""

from __future__ import annotations

import functools
import struct

_64 = 2**64 - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_MURMUR = 0xC6A4A7935BD1E995
OLD_SEED = 0xDECAFCAFFE
_KEPT = 1 << 16  # texts of a vocabulary come again and again


def _word(s, at):
    return int.from_bytes(s[at : at + 8], "little")


def _rotate(x, by):
    x &= _64
    return (x >> by | x << 64 - by) & _64


def _shift_mix(x):
    x &= _64
    return x ^ x >> 47


def _mixed(u, v, mul):
    """FarmHash's HashLen16 with a multiplier."""
    a = _shift_mix((u ^ v) * mul)
    return _shift_mix((v ^ a) * mul) * mul & _64


@functools.lru_cache(maxsize=_KEPT)
def fingerprint64(s):
    """FarmHash's fingerprint of bytes: the same on all machines, for all time."""
    n = len(s)
    if n <= 16:
        return _short(s, n)
    if n <= 32:
        return _up_to_32(s, n)
    return _up_to_64(s, n) if n <= 64 else _long(s, n)


def _short(s, n):
    mul = _K2 + n * 2
    if n >= 8:
        a, b = _word(s, 0) + _K2 & _64, _word(s, n - 8)
        c, d = _rotate(b, 37) * mul + a & _64, (_rotate(a, 25) + b) * mul & _64
        return _mixed(c, d, mul)
    if n >= 4:
        return _mixed(n + (int.from_bytes(s[:4], "little") << 3), int.from_bytes(s[-4:], "little"), mul)
    if n:
        y, z = s[0] + (s[n >> 1] << 8), n + (s[-1] << 2)
        return _shift_mix(y * _K2 & _64 ^ z * _K0 & _64) * _K2 & _64
    return _K2


def _up_to_32(s, n):
    mul = _K2 + n * 2
    a, b, c, d = _word(s, 0) * _K1, _word(s, 8), _word(s, n - 8) * mul, _word(s, n - 16) * _K2
    return _mixed(_rotate(a + b, 43) + _rotate(c, 30) + d & _64, a + _rotate(b + _K2, 18) + c & _64, mul)


def _up_to_64(s, n):
    mul = _K2 + n * 2
    a, b, c, d = _word(s, 0) * _K2, _word(s, 8), _word(s, n - 8) * mul, _word(s, n - 16) * _K2
    y = _rotate(a + b, 43) + _rotate(c, 30) + d & _64
    z = _mixed(y, a + _rotate(b + _K2, 18) + c & _64, mul)
    e, f = _word(s, 16) * mul, _word(s, 24)
    g, h = (y + _word(s, n - 32)) * mul, (z + _word(s, n - 24)) * mul
    return _mixed(_rotate(e + f, 43) + _rotate(g, 30) + h & _64, e + _rotate(f + a, 18) + g & _64, mul)


def _weak(s, at, a, b):
    """FarmHash's WeakHashLen32WithSeeds of the 32 bytes from `at` on."""
    w, x, y, z = struct.unpack_from("<4Q", s, at)
    a += w
    b = _rotate(b + a + z, 21)
    c = a
    a += x + y
    return a + z & _64, b + _rotate(a, 44) + c & _64


def _long(s, n):
    x = 81
    y = x * _K1 + 113 & _64
    z = _shift_mix(y * _K2 + 113) * _K2 & _64
    v = w = (0, 0)
    x = x * _K2 + _word(s, 0) & _64
    for at in range(0, (n - 1) // 64 * 64, 64):
        x = _rotate(x + y + v[0] + _word(s, at + 8), 37) * _K1 & _64 ^ w[1]
        y = _rotate(y + v[1] + _word(s, at + 48), 42) * _K1 + v[0] + _word(s, at + 40) & _64
        z = _rotate(z + w[0], 33) * _K1 & _64
        v = _weak(s, at, v[1] * _K1, x + w[0])
        w = _weak(s, at + 32, z + w[1], y + _word(s, at + 16))
        z, x = x, z
    mul, at = _K1 + ((z & 0xFF) << 1), n - 64
    w = w[0] + (n - 1 & 63) & _64, w[1]
    v = v[0] + w[0] & _64, v[1]
    w = w[0] + v[0] & _64, w[1]
    x = _rotate(x + y + v[0] + _word(s, at + 8), 37) * mul & _64 ^ w[1] * 9 & _64
    y = _rotate(y + v[1] + _word(s, at + 48), 42) * mul + v[0] * 9 + _word(s, at + 40) & _64
    z = _rotate(z + w[0], 33) * mul & _64
    v = _weak(s, at, v[1] * mul, x + w[0])
    w = _weak(s, at + 32, z + w[1], y + _word(s, at + 16))
    z, x = x, z
    return _mixed(
        _mixed(v[0], w[0], mul) + _shift_mix(y) * _K0 + z & _64, _mixed(v[1], w[1], mul) + x & _64, mul
    )  # fmt: skip


def joined64(first, second):
    """One fingerprint of two; the order counts."""
    result = first ^ _MURMUR
    result = (result ^ _shift_mix(second * _MURMUR) * _MURMUR) * _MURMUR & _64
    return _shift_mix(_shift_mix(result) * _MURMUR)


def combined64(first, second):
    """One number of two as contrib's first crosses join them; the shift to the right keeps the sign."""
    shifted = (first >> 4) | (0xF << 60 if first >> 63 else 0)
    return first ^ (second + 0x9E3779B97F4A7800 + (first << 10) + shifted & _64)


@functools.lru_cache(maxsize=_KEPT)
def hash64(s):
    """The hash of the oldest bucket operation: MurmurHash2 for 64 bits with TensorFlow's seed."""
    n = len(s)
    h = OLD_SEED ^ n * _MURMUR & _64
    for at in range(0, n - n % 8, 8):
        k = _word(s, at) * _MURMUR & _64
        h = (h ^ (k ^ k >> 47) * _MURMUR & _64) * _MURMUR & _64
    if n % 8:
        h = (h ^ int.from_bytes(s[n - n % 8 :], "little")) * _MURMUR & _64
    h = _shift_mix(h) * _MURMUR & _64
    return _shift_mix(h)


def strong_hash64(s, key):
    """SipHash-2-4 of bytes under a key of two 64-bit numbers: who does not know the key cannot make texts collide."""
    k0, k1 = (part & _64 for part in key)
    state = k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573
    n = len(s)
    whole = n - n % 8
    last = int.from_bytes(s[whole:], "little") | (n & 0xFF) << 56
    for m in (*(_word(s, at) for at in range(0, whole, 8)), last):
        v0, v1, v2, v3 = _sip_rounds(state[0], state[1], state[2], state[3] ^ m, 2)
        state = v0 ^ m, v1, v2, v3
    v0, v1, v2, v3 = _sip_rounds(state[0], state[1], state[2] ^ 0xFF, state[3], 4)
    return v0 ^ v1 ^ v2 ^ v3


def _left(x, by):
    return (x << by | x >> 64 - by) & _64


def _sip_rounds(v0, v1, v2, v3, count):
    for _ in range(count):
        v0, v2 = v0 + v1 & _64, v2 + v3 & _64
        v1, v3 = _left(v1, 13) ^ v0, _left(v3, 16) ^ v2
        v0, v2 = _left(v0, 32) + v3 & _64, v2 + v1 & _64
        v1, v3 = _left(v1, 17) ^ v2, _left(v3, 21) ^ v0
        v2 = _left(v2, 32)
    return v0, v1, v2, v3
