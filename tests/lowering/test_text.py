"""Texts of tensors, against what TensorFlow 1.15.5 printed."""

import numpy as np
import pytest

from graphflow._lowering import text

FLOATS = np.array([0.1, 1.0, 1e-5, 1e20, 123456789.0, 1234567.0, 1 / 3, np.nan, np.inf, -2.5, 1e5, 1e6], np.float32)
CUBE = np.arange(24).reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("value", "limit", "expected"),
    [
        (FLOATS, -1, "0.1 1 1e-05 1e+20 123456792 1234567 0.333333343 nan inf -2.5 100000 1e+06"),
        (FLOATS, 3, "0.1 1 1e-05..."),
        (np.array([123456789.0, 1 / 3]), -1, "123456789 0.33333333333333331"),
        (np.array([0.1, 1000.5], np.float16), 3, "0.0999755859 1000.5"),
        (np.array([True, False]), 3, "1 0"),
        (np.array([b"a", b'\xff\n"q', "\u00e9".encode()], object), -1, r"a \377\n\"q \303\251"),
        (np.arange(12.0).reshape(3, 4), 3, "[0 1 2...]..."),
        (CUBE, 20, "[[0 1 2 3][4 5 6 7][8 9 10 11]][[12 13 14 15][16 17 18 19]]..."),
        (np.float32(2.5), 3, "2.5"),
        (np.array(b"hi", object), 3, "hi"),
        (np.zeros((0, 3)), 3, ""),
        (None, 3, "?"),
    ],
)
def test_summary(value, limit, expected):
    assert text.summary(value, limit) == expected


@pytest.mark.parametrize(
    ("value", "limit", "expected"),
    [
        (np.arange(10), 3, "[0 1 2 ... 7 8 9]"),
        (np.arange(6), 3, "[0 1 2 3 4 5]"),
        (np.arange(10), -1, "[0 1 2 3 4 5 6 7 8 9]"),
        (np.array([b"a", b"b c"], object), 3, '["a" "b c"]'),
        (np.array(b"hi", object), 3, "hi"),
        (np.float64(2.5), 3, "2.5"),
        (np.zeros((0, 3)), 3, "[]"),
        (CUBE, 3, "[[[0 1 2 3]\n  [4 5 6 7]\n  [8 9 10 11]]\n\n [[12 13 14 15]\n  [16 17 18 19]\n  [20 21 22 23]]]"),
    ],
)
def test_edges(value, limit, expected):
    assert text.edges(value, limit) == expected
