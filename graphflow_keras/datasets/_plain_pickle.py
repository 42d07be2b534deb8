"""Unpickling numbers, text, lists, dicts and NumPy arrays, and nothing else: no class or function is ever looked up.

The few names an array's pickle contains stand for the classes of this file, which check what they are given.
"""

import math
import pickle

import numpy as np

_KINDS = "biufOSU"


def load(file):
    """The object pickled in a binary file; text of Python 2 comes as bytes.

    Raises:
        ValueError: the pickle is damaged, or holds something else.
    """
    try:
        return _plain(_Unpickler(file, encoding="bytes").load())
    except (pickle.UnpicklingError, AttributeError, IndexError, MemoryError, OverflowError) as error:
        raise ValueError(str(error) or type(error).__name__) from error


def _plain(item):
    if isinstance(item, _Array):
        return item.numpy()
    if isinstance(item, dict):
        return {key: _plain(value) for key, value in item.items()}
    return item


class _DType:
    """Stands for `numpy.dtype`."""

    def __init__(self, code, align=False, copy=True):
        code = code.decode("ascii") if isinstance(code, bytes) else str(code)
        self.dtype = np.dtype(code)
        if self.dtype.kind not in _KINDS:
            raise ValueError(f"an array of {self.dtype} is not plain data")

    def __setstate__(self, state):
        order = state[1].decode("ascii") if isinstance(state[1], bytes) else state[1]
        if order in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(order)


class _Array:
    """Stands for `numpy.ndarray`: what `_reconstruct` makes, and its state fills."""

    def __init__(self, kind, shape, code):
        self._state = None

    def __setstate__(self, state):
        self._state = state

    def numpy(self):
        _, shape, described, fortran, data = self._state
        dtype, size = described.dtype, math.prod(shape)
        if not dtype.hasobject:
            data = data.encode("latin1") if isinstance(data, str) else data
            if size * dtype.itemsize != len(data):
                raise ValueError(f"an array claims the shape {shape} of {dtype} and holds {len(data)} bytes")
            return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C").copy()
        if size != len(data):
            raise ValueError(f"an array claims the shape {shape} and holds {len(data)} objects")
        flat = np.empty(size, object)
        for i, item in enumerate(data):  # one by one: lists of one length would be taken for a matrix
            flat[i] = _plain(item)
        return flat.reshape(shape, order="F" if fortran else "C")


def _scalar(described, data):
    return np.frombuffer(data.encode("latin1") if isinstance(data, str) else data, described.dtype)[0]


def _latin1(text, encoding):
    if encoding not in ("latin1", b"latin1"):
        raise ValueError(f"text encoded in {encoding!r}")
    return text.encode("latin1")


_NAMES = {
    ("numpy", "ndarray"): None,
    ("numpy", "dtype"): _DType,
    ("_codecs", "encode"): _latin1,
    **{
        (module, name): stand_in
        for module in ("numpy.core.multiarray", "numpy._core.multiarray")
        for name, stand_in in (("_reconstruct", _Array), ("scalar", _scalar))
    },
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in _NAMES:
            raise ValueError(f"it asks for {module}.{name}, and only plain data is read")
        return _NAMES[module, name]
