"""Summaries of tensors, by their own names."""

from __future__ import annotations

import functools
import re

from graphflow._core import dtypes
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys
from graphflow._ops import compare, math, reduce, summaries

_KEYS = keys.GraphKeys
_CLIPPED = ("Relu", "Softplus", "Relu6")  # activations that are flat below 0


def summarize_tensor(tensor, tag=None):
    """A scalar or histogram summary of a tensor, None for strings and bools."""
    if tensor.dtype.base_dtype in (dtypes.string, dtypes.bool):
        return None
    summarize = summaries.scalar if tensor.get_shape().ndims == 0 else summaries.histogram
    return summarize(tag or f"{tensor.op.name}_summary", tensor)


def summarize_activation(op):
    """A histogram of an activation, and how much of it is clipped."""
    node = op.op
    if node.type in _CLIPPED:
        _fraction(compare.less, node, 0.0, "zeros")
    if node.type == "Relu6":
        _fraction(compare.greater, node, 6.0, "sixes")
    return summaries.histogram(f"{node.name}/activation", op)


def _fraction(comparison, node, bound, name):
    x = node.inputs[0]
    beyond = comparison(x, math.cast(bound, x.dtype))
    mean = reduce.reduce_mean(math.cast(beyond, dtypes.float32, name="ToFloat"))
    summaries.scalar(f"{node.name}/{name}", mean)


def summarize_tensors(tensors, summarizer=summarize_tensor):
    """A summary of each tensor."""
    return [summarizer(tensor) for tensor in tensors]


def summarize_collection(collection, name_filter=None, summarizer=summarize_tensor):
    """A summary of each member of a collection whose name matches a pattern."""
    held = graph_lib.get_default_graph().get_collection(collection)
    kept = [one for one in held if name_filter is None or re.match(name_filter, one.op.name)]
    return summarize_tensors(kept, summarizer)


summarize_variables = functools.partial(summarize_collection, _KEYS.GLOBAL_VARIABLES)
summarize_weights = functools.partial(summarize_collection, _KEYS.WEIGHTS)
summarize_biases = functools.partial(summarize_collection, _KEYS.BIASES)


def summarize_activations(name_filter=None, summarizer=summarize_activation):
    """`summarize_activation` of the collection ACTIVATIONS."""
    return summarize_collection(_KEYS.ACTIVATIONS, name_filter, summarizer)
