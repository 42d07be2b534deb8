"""FarmHash's fingerprint of 128 bits (farmhashcc::Fingerprint128), by which dual coordinate ascent knows its examples again."""

from __future__ import annotations

from graphflow._lowering import hashes

_64 = 2**64 - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_JOIN = 0x9DDFEA08EB382D69


def fingerprint128(s):
    """(low, high) 64 bits of the fingerprint of bytes."""
    if len(s) < 16:
        return _seeded(s, _K0, _K1)
    return _seeded(s[16:], hashes._word(s, 0), hashes._word(s, 8) + _K0 & _64)


def _joined(u, v):
    a = hashes._shift_mix((u ^ v) * _JOIN)
    return hashes._shift_mix((v ^ a) * _JOIN) * _JOIN & _64


def _seeded(s, low, high):
    return _short(s, low, high) if len(s) < 128 else _long(s, low, high)


def _up_to_16(s):
    """farmhashcc's own HashLen0to16, which is FarmHash's for short texts."""
    return hashes._short(s, len(s))


def _short(s, a, b):
    n = len(s)
    if n <= 16:
        a = hashes._shift_mix(a * _K1) * _K1 & _64
        c = b * _K1 + _up_to_16(s) & _64
        d = hashes._shift_mix(a + (hashes._word(s, 0) if n >= 8 else c))
    else:
        c = _joined(hashes._word(s, n - 8) + _K1 & _64, a)
        d = _joined(b + n & _64, c + hashes._word(s, n - 16) & _64)
        a = a + d & _64
        for at in range(0, (n - 1) // 16 * 16, 16):
            a = (a ^ hashes._shift_mix(hashes._word(s, at) * _K1) * _K1 & _64) * _K1 & _64
            b ^= a
            c = (c ^ hashes._shift_mix(hashes._word(s, at + 8) * _K1) * _K1 & _64) * _K1 & _64
            d ^= c
    a, b = _joined(a, c), _joined(d, b)
    return a ^ b, _joined(b, a)


def _long(s, x, y):
    n = len(s)
    z = n * _K1 & _64
    v0 = hashes._rotate(y ^ _K1, 49) * _K1 + hashes._word(s, 0) & _64
    v = v0, hashes._rotate(v0, 42) * _K1 + hashes._word(s, 8) & _64
    w = (
        hashes._rotate(y + z, 35) * _K1 + x & _64,
        hashes._rotate(x + hashes._word(s, 88), 53) * _K1 & _64,
    )
    whole = n // 128 * 128
    for at in range(0, whole, 64):
        x = hashes._rotate(x + y + v[0] + hashes._word(s, at + 8), 37) * _K1 & _64 ^ w[1]
        y = hashes._rotate(y + v[1] + hashes._word(s, at + 48), 42) * _K1 + v[0] + hashes._word(s, at + 40) & _64
        z = hashes._rotate(z + w[0], 33) * _K1 & _64
        v = hashes._weak(s, at, v[1] * _K1 & _64, x + w[0] & _64)
        w = hashes._weak(s, at + 32, z + w[1] & _64, y + hashes._word(s, at + 16) & _64)
        z, x = x, z
    x = x + hashes._rotate(v[0] + z, 49) * _K0 & _64
    y = y * _K0 + hashes._rotate(w[1], 37) & _64
    z = z * _K0 + hashes._rotate(w[0], 27) & _64
    v, w = (v[0] * _K0 & _64, v[1]), (w[0] * 9 & _64, w[1])
    for done in range(32, n - whole + 32, 32):  # what is left, in pieces of 32 from the end, the last reaching back
        at = n - done
        y = hashes._rotate(x + y, 42) * _K0 + v[1] & _64
        w = w[0] + hashes._word(s, at + 16) & _64, w[1]
        x = x * _K0 + w[0] & _64
        z = z + w[1] + hashes._word(s, at) & _64
        w = w[0], w[1] + v[0] & _64
        v = hashes._weak(s, at, v[0] + z & _64, v[1])
        v = v[0] * _K0 & _64, v[1]
    x, y = _joined(x, v[0]), _joined(y + z & _64, w[0])
    return _joined(x + v[1] & _64, w[1]) + y & _64, _joined(x + w[1] & _64, y + v[1] & _64)
