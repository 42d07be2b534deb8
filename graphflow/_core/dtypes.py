"""Element types: their names, protobuf numbers, NumPy types and limits, as one table."""

from __future__ import annotations

import builtins

import ml_dtypes
import numpy as np

# name, DataType number, NumPy type, kind: f float, i signed, u unsigned, b bool, c complex, s string, q quantised, o opaque
_TABLE = (
    ("float32", 1, np.float32, "f"),
    ("float64", 2, np.float64, "f"),
    ("int32", 3, np.int32, "i"),
    ("uint8", 4, np.uint8, "u"),
    ("int16", 5, np.int16, "i"),
    ("int8", 6, np.int8, "i"),
    ("string", 7, np.object_, "s"),
    ("complex64", 8, np.complex64, "c"),
    ("int64", 9, np.int64, "i"),
    ("bool", 10, np.bool_, "b"),
    ("qint8", 11, np.dtype([("qint8", np.int8)]), "q"),
    ("quint8", 12, np.dtype([("quint8", np.uint8)]), "q"),
    ("qint32", 13, np.dtype([("qint32", np.int32)]), "q"),
    ("bfloat16", 14, ml_dtypes.bfloat16, "f"),
    ("qint16", 15, np.dtype([("qint16", np.int16)]), "q"),
    ("quint16", 16, np.dtype([("quint16", np.uint16)]), "q"),
    ("uint16", 17, np.uint16, "u"),
    ("complex128", 18, np.complex128, "c"),
    ("float16", 19, np.float16, "f"),
    ("resource", 20, np.object_, "o"),
    ("variant", 21, np.object_, "o"),
    ("uint32", 22, np.uint32, "u"),
    ("uint64", 23, np.uint64, "u"),
)
_REF_OFFSET = 100  # DT_FLOAT_REF = DT_FLOAT + 100
_SIZES = {"string": 1, "resource": 1, "variant": 1}


class DType:
    """An element type, or a reference to a variable of that type (`is_ref`)."""

    __slots__ = ("name", "as_datatype_enum", "_numpy", "_kind", "is_ref", "base_dtype", "_ref_dtype", "_hash")

    def __init__(self, name, enum, numpy_type, kind, base=None):
        self.name = name
        self.as_datatype_enum = enum
        self._numpy = numpy_type
        self._kind = kind
        self.is_ref = base is not None
        self.base_dtype = self if base is None else base
        self._hash = hash(("graphflow.DType", enum))
        self._ref_dtype = self

    @property
    def _as_ref(self):
        return self._ref_dtype

    @property
    def as_numpy_dtype(self):
        """The NumPy scalar type; strings, resources and variants are `np.object_`."""
        return self._numpy

    @property
    def _is_ref_dtype(self):
        return self.is_ref

    @property
    def real_dtype(self):
        """The type of the real part: float32 for complex64, float64 for complex128, else itself."""
        return {8: float32, 18: float64}.get(self.base_dtype.as_datatype_enum, self)

    @property
    def is_floating(self):
        return self._kind == "f"

    @property
    def is_integer(self):
        return self._kind in "iu"

    @property
    def is_unsigned(self):
        return self._kind == "u"

    @property
    def is_complex(self):
        return self._kind == "c"

    @property
    def is_bool(self):
        return self._kind == "b"

    @property
    def is_quantized(self):
        return self._kind == "q"

    @property
    def is_numpy_compatible(self):
        return self._kind != "o"

    @property
    def size(self):
        """Bytes an element takes (1 for strings and handles, as in TensorFlow)."""
        return _SIZES.get(self.base_dtype.name) or np.dtype(self._numpy).itemsize

    @property
    def min(self):
        """The smallest representable value; TypeError where there is none."""
        return self._limits("min")

    @property
    def max(self):
        """The largest representable value; TypeError where there is none."""
        return self._limits("max")

    def _limits(self, which):
        if self._kind == "b":
            return which == "max"
        if self._kind == "f":
            return getattr(ml_dtypes.finfo(self._numpy), which)
        if self._kind in "iu":
            return getattr(np.iinfo(self._numpy), which)
        if self._kind == "q":
            return getattr(np.iinfo(np.dtype(self._numpy)[0]), which)
        raise TypeError(f"Cannot find {which}imum value of {self!r}.")

    @property
    def limits(self, clip_negative=True):
        """(lowest, highest) intensity of an image of this type: integers from 0, floats 0..1."""
        if self._kind in "f":
            return (0, 1)
        return (0 if clip_negative else self.min, self.max)

    def is_compatible_with(self, other):
        """Whether a value of type `other` may stand where this type is asked for (a ref reads as its base)."""
        other = as_dtype(other)
        return self.as_datatype_enum in (other.as_datatype_enum, other.base_dtype.as_datatype_enum)

    def __eq__(self, other):
        if self is other:
            return True
        if other is None:
            return False
        if not isinstance(other, DType):
            try:
                other = as_dtype(other)
            except TypeError:
                return False
        return self.as_datatype_enum == other.as_datatype_enum

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return self._hash

    def __int__(self):
        return self.as_datatype_enum

    def __str__(self):
        return f"<dtype: {self.name!r}>"

    def __repr__(self):
        return f"tf.{self.name}"

    def __reduce__(self):
        return as_dtype, (self.name,)


def _build():
    by_enum, by_name, by_numpy = {}, {}, {}
    for name, enum, numpy_type, kind in _TABLE:
        base = DType(name, enum, numpy_type, kind)
        ref = DType(name + "_ref", enum + _REF_OFFSET, numpy_type, kind, base)
        base._ref_dtype = ref
        by_enum[enum], by_enum[enum + _REF_OFFSET] = base, ref
        by_name[name], by_name[name + "_ref"] = base, ref
        if kind not in "so":
            by_numpy[np.dtype(numpy_type)] = base
    by_name.update(half=by_name["float16"], double=by_name["float64"], float=by_name["float32"])
    by_name.update({"half_ref": by_name["float16_ref"], "double_ref": by_name["float64_ref"]})
    by_name["float_ref"] = by_name["float32_ref"]
    return by_enum, by_name, by_numpy


_BY_ENUM, _BY_NAME, _BY_NUMPY = _build()

float16 = half = _BY_NAME["float16"]
float32 = _BY_NAME["float32"]
float64 = double = _BY_NAME["float64"]
bfloat16 = _BY_NAME["bfloat16"]
int8, int16, int32, int64 = (_BY_NAME[f"int{n}"] for n in (8, 16, 32, 64))
uint8, uint16, uint32, uint64 = (_BY_NAME[f"uint{n}"] for n in (8, 16, 32, 64))
bool = _BY_NAME["bool"]
complex64, complex128 = _BY_NAME["complex64"], _BY_NAME["complex128"]
string, resource, variant = _BY_NAME["string"], _BY_NAME["resource"], _BY_NAME["variant"]
qint8, quint8, qint16, quint16, qint32 = (_BY_NAME[n] for n in ("qint8", "quint8", "qint16", "quint16", "qint32"))

_BY_PYTHON = {
    float: float32,
    builtins.bool: bool,
    str: string,
    bytes: string,
    object: string,
    np.str_: string,
    np.bytes_: string,
}


def as_dtype(type_value):
    """The DType for a DType, a name, a protobuf number, or a Python or NumPy type.

    Raises:
        TypeError: nothing of that sort is a tensor's element type.
    """
    if isinstance(type_value, DType):
        return type_value
    try:
        found = _BY_NAME.get(type_value) or _BY_ENUM.get(type_value) or _BY_PYTHON.get(type_value)
        if found is not None:
            return found
    except TypeError:  # unhashable: np.dtype below says what it is
        pass
    if type_value is int:
        return int64
    try:
        numpy_dtype = np.dtype(type_value)
    except TypeError:
        numpy_dtype = None
    if numpy_dtype is not None and type_value is not None:
        if numpy_dtype.kind in "SUO":
            return string
        found = _BY_NUMPY.get(numpy_dtype)
        if found is not None:
            return found
    raise TypeError(f"Cannot convert value {type_value!r} to a TensorFlow DType.")


TF_VALUE_DTYPES = frozenset(d for d in _BY_ENUM.values() if not d.is_ref)
QUANTIZED_DTYPES = frozenset(d for d in TF_VALUE_DTYPES if d.is_quantized)
