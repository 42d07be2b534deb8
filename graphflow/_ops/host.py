"""What runs in Python: functions of the user, printing, the clock."""

from __future__ import annotations

import logging
import os
import pprint
import random
import sys

from graphflow._core import nest
from graphflow._graph import build, eager_graph, op_def, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import strings

_FUNCTIONS = "python functions"  # the graph's own registry: token -> function


# -- functions of the user -----------------------------------------------------------------------------------------------


def py_func(func, inp, Tout, stateful=True, name=None):
    """Calls `func` on NumPy arrays while the graph runs.

    Args:
        func: called with one array an input; returns arrays or numbers, or one alone, of exactly the types `Tout`. Texts are
            bytes. What it raises becomes an error of the run, and the session stays usable.
        inp: tensors.
        Tout: the type of the result, or a list of types.
        stateful: whether the call has effects; False promises the same result for the same input.

    Returns:
        a tensor of unknown shape, or a list of them like `Tout`; the operation where that is empty.

    Raises:
        ValueError: `func` cannot be called.
    """
    return call("PyFunc" if stateful else "PyFuncStateless", func, inp, Tout, name)


def numpy_function(func, inp, Tout, name=None):
    """As `py_func` with effects."""
    return call("PyFunc", func, inp, Tout, name)


def call(op_type, func, inp, Tout, name):
    """The operation that calls `func`; with eager execution the call itself."""
    if not callable(func):
        raise ValueError(f"Expected func to be callable, got func of type {type(func)}")
    if eager_graph.computing(*inp):
        return _called_now(func, inp)
    several = isinstance(Tout, (list, tuple))
    graph = graph_lib.control_flow_owner(graph_lib.get_default_graph())
    functions = graph._extra.setdefault(_FUNCTIONS, {})
    token = f"pyfunc_{len(functions)}"
    functions[token] = func
    result = build.apply(op_type, list(inp), token=token, Tout=list(Tout) if several else [Tout], name=name)
    return result[0] if not several and isinstance(result, list) else result


def _called_now(func, inp):
    """What a function returns for arrays, as tensors."""
    returned = func(*[build.convert_to_tensor(x).numpy() for x in inp])
    results = [None if value is None else build.convert_to_tensor(value) for value in nest.flatten(returned)]
    return results[0] if len(results) == 1 else results


def function_of(op):
    """The Python function that an operation calls, or None when the graph does not hold it (it came from a file)."""
    functions = graph_lib.control_flow_owner(op.graph)._extra.get(_FUNCTIONS, {})
    return functions.get(op.attrs["token"].decode())


@op_def.shape_rule("PyFunc", "PyFuncStateless", "EagerPyFunc")
def _call_shape(op):
    return [None] * len(op.attrs["Tout"])


op_def.not_differentiable("PyFunc", "PyFuncStateless", because="TensorFlow cannot see into a Python function")


# -- printing ------------------------------------------------------------------------------------------------------------


def Print(input_, data, message=None, first_n=None, summarize=None, name=None):
    """`input_` itself; writes `message` and the values of `data` to the standard error stream whenever it is computed.

    Args:
        data: tensors.
        first_n: stop after so many times; never when None.
        summarize: how many elements of each tensor are shown; 3 when None.
    """
    return build.apply("Print", input_, list(data), message=message, first_n=first_n, summarize=summarize, name=name)


@op_def.shape_rule("Print")
def _print_shape(op):
    return [op.inputs[0]._dims]


@op_def.gradient("Print")
def _print_gradient(op, grad):
    return [grad] + [None] * (len(op.inputs) - 1)


op_def.shape_rule("PrintV2", "Assert")(lambda op: [])


def _stream_name(stream):
    if isinstance(stream, str) and stream.startswith("file://"):
        return stream
    if stream is sys.stdout:
        return "stdout"
    if stream is sys.stderr:
        return "stderr"
    levels = {logging.INFO: "info", logging.WARNING: "warning", logging.ERROR: "error"}
    level = (
        levels.get(stream)
        if isinstance(stream, int)
        else {"warn": "warning"}.get(getattr(stream, "__name__", None), getattr(stream, "__name__", None))
    )
    if level not in levels.values():
        raise ValueError(
            f"Unsupported output stream, logging level, or file.{stream}. Supported streams are sys.stdout, sys.stderr, "
            "tf.logging.info, tf.logging.warning, tf.logging.error. File needs to be in the form of 'file://<filepath>'."
        )
    return f"log({level})"


def print_v2(*inputs, output_stream=None, summarize=3, sep=" ", end=os.linesep, name=None, **unknown):
    """An operation that prints `inputs`: tensors, Python values, and nested structures of both.

    Args:
        output_stream: sys.stderr (when None), sys.stdout, a logging level or function, or "file://<path>".
        summarize: how many elements are shown at the start and end of each axis; all when -1.
        sep, end: what is printed between and behind the inputs.

    Raises:
        ValueError: an unknown output stream or argument.
    """
    if unknown:
        raise ValueError(f"Unrecognized keyword arguments for tf.print: {unknown}")
    stream = _stream_name(sys.stderr if output_stream is None else output_stream)
    if len(inputs) == 1 and isinstance(inputs[0], tensor.Tensor) and inputs[0]._dims == () and _is_text(inputs[0]):
        text = inputs[0]
    else:
        template, placeholder, tensors = _template(inputs, sep)
        text = strings.string_format(
            template, tensors, placeholder=placeholder, summarize=summarize, name=f"{name}_format" if name else None
        )
    printed = build.apply("PrintV2", text, output_stream=stream, end=end, name=name)
    return None if graph_lib.get_default_graph().executes else printed


def _is_text(t):
    return t.dtype.base_dtype.name == "string"


def _template(inputs, sep):
    """(the text with a placeholder for each tensor, the placeholder, the tensors)."""
    without = nest.map_structure(lambda x: "" if isinstance(x, tensor.TensorLike) else x, list(inputs))
    plain, placeholder, digits = " ".join(map(pprint.pformat, without)), "{}", random.Random(5)
    while placeholder in plain:
        placeholder += str(digits.randint(0, 9))
    parts, tensors = [], []
    for item in inputs:
        shown = []
        for leaf in nest.flatten(item):
            if isinstance(leaf, tensor.TensorLike):
                tensors.append(build.convert_to_tensor(leaf))
                leaf = placeholder
            shown.append(leaf)
        parts.append(item if isinstance(item, str) else pprint.pformat(nest.pack_sequence_as(item, shown)))
    return sep.join(parts).replace(f"'{placeholder}'", placeholder), placeholder, tensors


# -- the clock -----------------------------------------------------------------------------------------------------------


def timestamp(name=None):
    """The seconds since 1970 when the operation runs, float64."""
    return build.apply("Timestamp", name=name)


op_def.shape_rule("Timestamp")(lambda op: [()])
op_def.not_differentiable("Timestamp", because="it has no input")
