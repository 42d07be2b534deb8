"""The gradient of an operation that has none written: taken from its own lowering.

One generic node holds the forward operation's inputs and the gradients of its outputs. Its lowering shares one `jax.vjp` with the
forward operation, so that the forward work is done once.
"""

from __future__ import annotations

from graphflow._graph import build, op_def
from graphflow._graph import graph as graph_lib
from graphflow._ops import handles

op_def.define(
    "DerivedGradient(input: *Tin, grads: *Tgrads) -> output: *Tout "
    "{Tin: list(type)>=0; Tgrads: list(type)>=0; Tout: list(type)>=0; forward: string; wrt: list(int); given: list(int); "
    "dims: list(shape)>=0}"
)

_REACHING: dict = {}  # op type -> function(op, outputs): the inputs that those outputs depend on


def reaching(*op_types):
    """Decorator: function(op, positions of outputs) -> positions of the inputs that these depend on smoothly."""

    def register(function):
        _REACHING.update(dict.fromkeys(op_types, function))
        return function

    return register


def reaching_inputs(op, outputs):
    """The positions of the inputs that the outputs at the positions `outputs` depend on smoothly, in order."""
    function = _REACHING.get(op.type)
    found = range(len(op.inputs)) if function is None else sorted(function(op, outputs))
    return [i for i in found if is_smooth(op.inputs[i])]


def is_smooth(t):
    """Whether a tensor, or what it stands for, has real or complex values."""
    dtype = handles.value_dtype(t)
    return dtype.is_floating or dtype.is_complex


def derived_gradient(op, grads):
    """Gradients of an operation's inputs, one each; None for inputs that are not real or complex numbers.

    Args:
        grads: the gradients of its outputs, None where nothing arrives.
    """
    given = [i for i, g in enumerate(grads) if g is not None and is_smooth(op.outputs[i])]
    wrt = reaching_inputs(op, given) if given else ()
    if not wrt:
        return [None] * len(op.inputs)
    # the forward operation runs too: with its effects, and in the same program
    after = [op] if op.type in _REACHING else ()
    with graph_lib.get_default_graph().control_dependencies(after):
        outputs = build.apply(
            "DerivedGradient", list(op.inputs), [grads[i] for i in given], name=op.type + "Grad", forward=op.name, wrt=wrt,
            given=given, Tout=[handles.value_dtype(op.inputs[i]) for i in wrt],
            dims=[handles.value_dims(op.inputs[i]) for i in wrt],
        )  # fmt: skip
    found = [None] * len(op.inputs)
    for i, g in zip(wrt, outputs):
        found[i] = g
    return found


def forward_of(op):
    """The operation whose gradient a DerivedGradient is; it may stand in a graph around the one of `op`."""
    graph, name = op.graph, op.attrs["forward"].decode()
    while name not in graph._by_name and getattr(graph, "outer_graph", None) is not None:
        graph = graph.outer_graph
    return graph.get_operation_by_name(name)


@op_def.shape_rule("DerivedGradient")
def _shape(op):
    return op.attrs["dims"]
