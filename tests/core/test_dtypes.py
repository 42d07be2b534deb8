import ml_dtypes
import numpy as np
import pytest

from graphflow._core import dtypes


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("float32", "float32"), ("float", "float32"), ("double", "float64"), ("half", "float16"), (1, "float32"), (9, "int64"),
        (101, "float32_ref"), (float, "float32"), (int, "int64"), (bool, "bool"), (str, "string"), (np.uint16, "uint16"),
        (np.dtype("S5"), "string"), (ml_dtypes.bfloat16, "bfloat16"), (np.complex128, "complex128"), (dtypes.int8, "int8"),
    ],
)  # fmt: skip
def test_as_dtype(given, name):
    assert dtypes.as_dtype(given).name == name


@pytest.mark.parametrize("given", ["floaty", None, object(), 999, np.dtype("datetime64[s]")])
def test_what_is_no_dtype_is_refused(given):
    with pytest.raises(TypeError, match="Cannot convert"):
        dtypes.as_dtype(given)


def test_references():
    ref = dtypes.float32._as_ref
    assert ref.base_dtype is dtypes.float32 and ref.is_ref and ref != dtypes.float32
    assert dtypes.float32.is_compatible_with(ref) and not ref.is_compatible_with(dtypes.float32)


def test_equality_takes_what_as_dtype_takes():
    assert dtypes.int32 == np.int32 and dtypes.int32 == "int32" and dtypes.int32 != "no such type"
    assert hash(dtypes.as_dtype("int32")) == hash(dtypes.int32)


def test_limits():
    assert (dtypes.uint8.min, dtypes.uint8.max) == (0, 255) and dtypes.int64.max == 2**63 - 1
    assert dtypes.float16.max == np.finfo(np.float16).max and dtypes.bool.max is True
    with pytest.raises(TypeError):
        _ = dtypes.string.max


def test_kinds():
    assert dtypes.bfloat16.is_floating and dtypes.uint8.is_unsigned and dtypes.qint8.is_quantized
    assert dtypes.complex64.real_dtype is dtypes.float32 and dtypes.float64.size == 8
    assert not dtypes.bool.is_integer and not dtypes.resource.is_numpy_compatible
