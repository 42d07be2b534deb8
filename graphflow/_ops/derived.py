"""The gradient of an operation that has none written: taken from its own lowering.

One generic node holds the forward operation's inputs and the gradients of its outputs. Its lowering shares one `jax.vjp` with the
forward operation, so that the forward work is done once.
"""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, op_def

op_def.define(
    "DerivedGradient(input: *Tin, grads: *Tgrads) -> output: *Tout "
    "{Tin: list(type)>=0; Tgrads: list(type)>=0; Tout: list(type)>=0; forward: string; wrt: list(int); given: list(int)}"
)


def derived_gradient(op, grads):
    """Gradients of an operation's inputs, one each; None for inputs that are not real or complex numbers.

    Args:
        grads: the gradients of its outputs, None where nothing arrives.
    """
    wrt = [i for i, t in enumerate(op.inputs) if _has_gradient(t.dtype.base_dtype)]
    given = [i for i, g in enumerate(grads) if g is not None and _has_gradient(op.outputs[i].dtype.base_dtype)]
    if not wrt or not given:
        return [None] * len(op.inputs)
    outputs = build.apply(
        "DerivedGradient", list(op.inputs), [grads[i] for i in given], name=op.type + "Grad",
        Tout=[op.inputs[i].dtype.base_dtype for i in wrt], forward=op.name, wrt=wrt, given=given,
    )  # fmt: skip
    found = [None] * len(op.inputs)
    for i, g in zip(wrt, outputs):
        found[i] = g
    return found


def _has_gradient(dtype):
    return (dtype.is_floating or dtype.is_complex) and dtype is not dtypes.string


@op_def.shape_rule("DerivedGradient")
def _shape(op):
    return [op.inputs[i]._dims for i in op.attrs["wrt"]]
