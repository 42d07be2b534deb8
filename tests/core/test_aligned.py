"""Arrays on the boundary that programs want."""

import numpy as np

from graphflow._core import aligned


def address(array):
    return array.__array_interface__["data"][0]


def test_what_lies_elsewhere_is_copied():
    whole = aligned.copy(np.arange(4000, dtype=np.float32))
    assert address(whole) % 64 == 0
    moved = aligned.placed(whole[1:])
    assert address(moved) % 64 == 0
    np.testing.assert_array_equal(moved, whole[1:])
    turned = aligned.placed(whole.reshape(40, 100).T)
    assert turned.flags.c_contiguous
    np.testing.assert_array_equal(turned, whole.reshape(40, 100).T)


def test_what_is_well_placed_small_or_no_array_of_numbers_stays():
    whole = aligned.copy(np.zeros(4000))
    for value in (whole, whole[1:3], np.full(4000, b"text", object), np.float32(1), "a handle"):
        assert aligned.placed(value) is value
