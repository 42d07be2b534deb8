"""Gradients that a script brings itself, for operations inside bodies.

A loop or branch as a whole is differentiated by JAX, which knows nothing of `custom_gradient` and `gradient_override_map`. So the
gradient of such an operation is built as a body of its own, as soon as the operation is made: what it needs from outside is then
captured like everything else.
"""

from __future__ import annotations

from graphflow._autodiff import gradients
from graphflow._graph import build, function_graph
from graphflow._graph import graph as graph_lib
from graphflow._ops import derived

_KEY = "own gradients"  # in Graph._extra: operation -> OwnGradient


class OwnGradient:
    """The gradient of an operation as a body.

    Attributes:
        graph: the body; its arguments are the gradients of the outputs at `given`.
        given: the positions of the outputs that have a gradient.
        wrt: the positions of the inputs that the body's outputs are the gradients of.
        error: what the gradient function raised, or None.
    """

    def __init__(self, op):
        self.graph = function_graph.FunctionGraph(f"{op.name}_gradient".replace("/", "_"), op.graph)
        self.graph._scopes.override = {}
        self.given = [i for i, t in enumerate(op.outputs) if derived.is_smooth(t)]
        self.wrt, self.error = [], None
        count = self.graph._last_id
        with self.graph.as_default():
            grads = [None] * len(op.outputs)
            for i in self.given:
                grads[i] = self.graph.add_argument(op.outputs[i], op.outputs[i]._dims)
            try:
                self._build(op, grads)
            except Exception as error:  # the script's own; it counts only where the gradient is taken
                self.error = error
        self.graph._last_id = count
        del self.graph._functions[self.graph.name]  # no node calls it, so it is not exported

    def _build(self, op, grads):
        rule = gradients.gradient_rule(op)
        if not callable(rule):  # NotDifferentiable
            return
        found = rule(op, *grads)
        found = list(found) if isinstance(found, (list, tuple)) else [found]
        for i, grad in enumerate(found):
            if grad is not None and derived.is_smooth(op.inputs[i]):
                self.wrt.append(i)
                self.graph.outputs.append(build.convert_to_tensor(grad))


def own_gradient(op):
    """The OwnGradient of an operation, or None."""
    return op.graph._extra.get(_KEY, {}).get(op)


def _made(op):
    op.graph._extra.setdefault(_KEY, {})[op] = OwnGradient(op)


graph_lib.hooks.overridden_in_body = _made
