"""Rules of `_ops/host.py`: calls of Python functions, printing, the clock."""

from __future__ import annotations

import os
import sys
import time
import traceback

import numpy as np

from graphflow._core import dtypes, errors, log
from graphflow._lowering import rule, text
from graphflow._ops import host

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# the first class that fits says what an exception in a user's function becomes
_ERRORS = (
    (StopIteration, errors.OutOfRangeError),
    (MemoryError, errors.ResourceExhaustedError),
    (NotImplementedError, errors.UnimplementedError),
    ((ValueError, TypeError), errors.InvalidArgumentError),
    (Exception, errors.UnknownError),
)


# -- functions of the user -----------------------------------------------------------------------------------------------


def _py_func(ctx, op, *inputs):
    results = _called(op, inputs)
    if isinstance(results, bytes) or not isinstance(results, (tuple, list)):
        results = [] if results is None and not op.outputs else [results]
    _check_count(op, results)
    return tuple(_exactly(op, i, result, t.dtype.base_dtype) for i, (result, t) in enumerate(zip(results, op.outputs)))


def _called(op, inputs):
    function = host.function_of(op)
    if function is None:
        raise errors.InvalidArgumentError(
            None, op, f"callback {op.attrs['token'].decode()} is not found: the graph was read from a file, and its functions "
            "are not in it"
        )  # fmt: skip
    try:
        return function(*map(np.array, inputs))
    except errors.OpError:
        raise
    except Exception as err:
        kind = next(ours for theirs, ours in _ERRORS if isinstance(err, theirs))
        frames = [f for f in traceback.extract_tb(err.__traceback__) if not f.filename.startswith(_PACKAGE)]
        trace = "".join(traceback.format_list(frames))
        raise kind(None, op, f"{type(err).__name__}: {err}\nTraceback (most recent call last):\n{trace}") from err


def _check_count(op, results):
    if len(results) != len(op.outputs):
        token = op.attrs["token"].decode()
        raise errors.InvalidArgumentError(
            None, op, f"{token} returns {len(results)} values, but expects to see {len(op.outputs)} values."
        )


def _exactly(op, i, result, wanted):
    """A returned value as an array of the type that was promised; nothing is converted."""
    array = np.asarray(result)
    if array.dtype.kind in "SUO":
        array = _texts(array)
    came = dtypes.as_dtype(array.dtype)
    if came is not wanted:
        raise errors.InvalidArgumentError(
            None, op, f"{i}-th value returned by {op.attrs['token'].decode()} is {_c_name(came)}, but expects {_c_name(wanted)}"
        )  # fmt: skip
    return array


def _texts(array):
    out = np.empty(array.shape, object)
    for index, item in np.ndenumerate(array):
        out[index] = item.encode() if isinstance(item, str) else bytes(item)
    return out


def _c_name(dtype):
    return {"float32": "float", "float64": "double", "float16": "half"}.get(dtype.name, dtype.name)


# -- printing, the clock -------------------------------------------------------------------------------------------------


def _print(ctx, op, value, *data):
    seen = ctx.resources.setdefault(("printed", op.name), [0])
    if op.attrs["first_n"] < 0 or seen[0] < op.attrs["first_n"]:
        seen[0] += 1
        parts = "".join(f"[{text.summary(d, op.attrs['summarize'])}]" for d in data)
        print(op.attrs["message"].decode() + parts, file=sys.stderr, flush=True)
    return value


_LEVELS = {"log(info)": log.INFO, "log(warning)": log.WARN, "log(error)": log.ERROR}


def _print_v2(ctx, op, value):
    shown, end = value.item().decode("utf-8", "replace"), op.attrs["end"].decode()
    stream = op.attrs["output_stream"].decode()
    if stream in _LEVELS:
        log.log(_LEVELS[stream], "%s", shown)
    elif stream.startswith("file://"):
        with open(stream.removeprefix("file://"), "a", encoding="utf-8") as file:
            file.write(shown + end)
    else:
        print(shown, end=end, file=sys.stdout if stream == "stdout" else sys.stderr, flush=True)
    return ()


RULES = {
    "PyFunc": rule.Host(_py_func, because="it calls a Python function"),
    "PyFuncStateless": rule.Host(_py_func, because="it calls a Python function"),
    "EagerPyFunc": rule.Host(_py_func, because="it calls a Python function"),
    "Print": rule.Host(_print, because="it prints"),
    "PrintV2": rule.Host(_print_v2, because="it prints"),
    "Timestamp": rule.Host(lambda ctx, op: np.float64(time.time()), because="it reads the clock"),
}
