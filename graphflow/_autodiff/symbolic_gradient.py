"""The gradient of a function of the graph."""

from __future__ import annotations

from graphflow._autodiff import gradients


def Gradient(inputs, f, name=None):
    """The gradients of the arguments of `f`, a function made by Defun.

    Args:
        inputs: its n arguments, then the gradients of its results.

    Returns:
        a list of n tensors.
    """
    n = len(f.declared_input_types)
    results = f(*inputs[:n])
    results = list(results) if isinstance(results, (list, tuple)) else [results]
    return gradients.gradients(results, list(inputs[:n]), list(inputs[n:]), name=name or "SymbolicGradient")
