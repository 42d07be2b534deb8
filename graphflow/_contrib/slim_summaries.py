"""slim.summaries: summaries of tensors under their own names."""

from __future__ import annotations

from graphflow._graph import graph as graph_lib
from graphflow._graph import keys
from graphflow._ops import host, nn, summaries


def _name(tensor, name=None, prefix=None, postfix=None):
    return "/".join(part for part in (prefix, name or tensor.op.name, postfix) if part)


def _printed(summarize, name, tensor, print_summary):
    """A summary, which is printed too where asked for."""
    made = summarize(name, tensor, collections=[] if print_summary else None)
    if print_summary:
        made = host.Print(made, [tensor], name)
        graph_lib.get_default_graph().add_to_collection(keys.GraphKeys.SUMMARIES, made)
    return made


def add_histogram_summary(tensor, name=None, prefix=None):
    """A histogram."""
    return summaries.histogram(_name(tensor, name, prefix), tensor)


def add_scalar_summary(tensor, name=None, prefix=None, print_summary=False):
    """A number."""
    return _printed(summaries.scalar, _name(tensor, name, prefix), tensor, print_summary)


def add_image_summary(tensor, name=None, prefix=None, print_summary=False):
    """Images."""

    def summarize(name, tensor, collections):
        return summaries.image(name, tensor, collections=collections)

    return _printed(summarize, _name(tensor, name, prefix), tensor, print_summary)


def add_zero_fraction_summary(tensor, name=None, prefix=None, print_summary=False):
    """How much of a tensor is zero."""
    name = _name(tensor, name, prefix, "Fraction_of_Zero_Values")
    return add_scalar_summary(nn.zero_fraction(tensor), name, print_summary=print_summary)


def add_histogram_summaries(tensors, prefix=None):
    """A histogram of each."""
    return [add_histogram_summary(tensor, prefix=prefix) for tensor in tensors]


def add_image_summaries(tensors, prefix=None):
    """Images of each."""
    return [add_image_summary(tensor, prefix=prefix) for tensor in tensors]


def add_scalar_summaries(tensors, prefix=None, print_summary=False):
    """A number for each."""
    return [add_scalar_summary(tensor, prefix=prefix, print_summary=print_summary) for tensor in tensors]


def add_zero_fraction_summaries(tensors, prefix=None):
    """How much of each is zero."""
    return [add_zero_fraction_summary(tensor, prefix=prefix) for tensor in tensors]
