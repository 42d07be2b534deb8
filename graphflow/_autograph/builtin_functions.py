"""Functions that Python has built in, for tensors too."""

from __future__ import annotations

import numpy as np

from graphflow._autograph import branches
from graphflow._core import dtypes
from graphflow._ops import array, datasets, host, math, strings, tensor_array, unary

_NOT_GIVEN = object()


def _abs(x):
    return unary.abs(x) if branches.is_tensor(x) else abs(x)


def _float(x=0.0):
    return _number(x, dtypes.float32) if branches.is_tensor(x) else float(x)


def _int(x=0, base=_NOT_GIVEN):
    if not branches.is_tensor(x):
        return int(x) if base is _NOT_GIVEN else int(x, base)
    if base not in (10, _NOT_GIVEN):
        raise ValueError(f"int() of a tensor reads decimal numbers only, got base={base!r}")
    return _number(x, dtypes.int32)


def _number(x, dtype):
    if x.dtype.base_dtype is dtypes.string:
        return strings.string_to_number(x, out_type=dtype)
    return math.cast(x, dtype)


def len_(values):
    """`len(values)`: of a tensor the number of its rows, of a TensorArray its size."""
    if isinstance(values, tensor_array.TensorArray):
        return values.size()
    if not branches.decides_later(values):
        return len(values)
    dims = values._dims
    if dims == ():
        raise ValueError(f"len requires a non-scalar tensor, got {values}")
    return dims[0] if dims and dims[0] is not None else array.shape(values)[0]


def _range(start_or_stop, stop=_NOT_GIVEN, step=_NOT_GIVEN):
    given = [start_or_stop, *[v for v in (stop, step) if v is not _NOT_GIVEN]]
    if not any(map(branches.is_tensor, given)):
        return range(*given)
    if len(given) == 3:
        return math.range(*given)
    if len(given) == 2:  # as in Python no numbers, and no error, where the limit is below
        return math.range(start_or_stop, math.maximum(start_or_stop, stop))
    return math.range(math.maximum(start_or_stop, 0))


def _enumerate(values, start=0):
    return values.enumerate(start) if isinstance(values, datasets.Dataset) else enumerate(values, start)


def _zip(*iterables, **options):
    if iterables and all(isinstance(values, datasets.Dataset) for values in iterables):
        return datasets.Dataset.zip(iterables)
    return zip(*iterables, **options)


def _print(*values, **options):
    """Prints when the graph runs, where a value is a tensor."""
    later = [v for v in values if branches.decides_later(v)]
    if not later:
        print(*values, **options)
        return None

    def told(*arrays):
        arrays = iter(arrays)
        shown = [next(arrays) if branches.decides_later(v) else v for v in values]
        print(*[_text(v) for v in shown], **{"flush": True, **options})
        return np.int32(1)

    return host.py_func(told, later, dtypes.int32)


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


FUNCTIONS = {
    abs: _abs, float: _float, int: _int, len: len_, print: _print, range: _range, enumerate: _enumerate, zip: _zip,
}  # fmt: skip
