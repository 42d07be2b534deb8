"""How much a traced step computes: what it takes to tell a step that Python holds up from one that keeps the machine busy."""

from __future__ import annotations

import math


def work(jaxpr):
    """Multiplications and additions of a jaxpr, roughly: products and convolutions in full, all else one for each result."""
    return sum(map(_of_equation, jaxpr.eqns))


def _of_equation(eqn):
    name, params = eqn.primitive.name, eqn.params
    bodies = [work(getattr(body, "jaxpr", body)) for body in _bodies(params)]
    if bodies:  # of branches the dearest; of a loop without a known length one turn
        return max(bodies) * params.get("length", 1)
    size = sum(math.prod(v.aval.shape) for v in eqn.outvars if hasattr(v.aval, "shape"))
    if name == "dot_general":
        (contracted, _), _ = params["dimension_numbers"]
        return 2 * size * math.prod(eqn.invars[0].aval.shape[axis] for axis in contracted)
    if name == "conv_general_dilated":
        kernel = eqn.invars[1].aval.shape
        return 2 * size * math.prod(kernel) // kernel[params["dimension_numbers"].rhs_spec[0]]
    return size


def _bodies(params):
    for value in params.values():
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if hasattr(getattr(item, "jaxpr", item), "eqns"):
                yield item
