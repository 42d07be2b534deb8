"""The gradient of a body as a body of its own, for branches, loops and functions that run step by step on the host.

It takes the gradients of some of the body's outputs, and whatever the body computed that it needs; so the body runs once, when
the forward pass does. Source: the gradient of a functional While in TensorFlow 2, whose accumulators hold the same values.
"""

from __future__ import annotations

import threading

from graphflow._autodiff import gradients
from graphflow._graph import build, function_graph
from graphflow._ops import derived, handles

_KEY = "pullbacks"  # in Graph._extra of a body: positions -> BodyPullback
_lock = threading.RLock()


class BodyPullback:
    """The gradient of a body for the gradients of its outputs at the positions `given`.

    Attributes:
        graph: a body inside the body. Its inputs are those gradients, then the values of the tensors `needs`.
        given: positions of outputs, in order.
        wrt: positions of the inputs that the outputs of `graph` are the gradients of; nothing flows to the others.
        needs: tensors of the body.
    """

    def __init__(self, body, given):
        self.given, self.wrt = sorted(given), []
        self.graph = graph = function_graph.FunctionGraph(f"{body.name}_pullback", body)
        del graph._functions[graph.name]  # no node calls it, so it is not exported
        graph._names_in_use = {}
        graph._scopes.override = {}
        count = graph._last_id
        with graph.as_default():
            self._build(body)
        graph._last_id = count
        self.needs = graph.outer_inputs[len(self.given) :]

    def _build(self, body):
        smooth = [i for i, t in enumerate(body.inputs) if derived.is_smooth(t)]
        with build.name_scope(None, "gradients") as scope:
            walk = gradients.Walk(self.graph, [body.inputs[i] for i in smooth], set(body.inputs), scope)
            ys = [body.outputs[i] for i in self.given]
            grads = [self.graph.add_typed_argument(handles.value_dtype(y), handles.value_dims(y)) for y in ys]
            for y, grad in zip(ys, grads):
                walk.arrive(y, grad)
            walk.run(ys)
            for i in smooth:
                found = walk.total(body.inputs[i])
                if found is not None:
                    self.wrt.append(i)
                    self.graph.outputs.append(build.adopt(gradients.dense(found)))


def of(body, given):
    """The BodyPullback of a body for the positions `given` of outputs; made when first asked for."""
    key = frozenset(given)
    with _lock:
        known = body._extra.setdefault(_KEY, {})
        if key not in known:
            known[key] = BodyPullback(body, key)
        return known[key]


def closure(body, given):
    """The BodyPullbacks that a loop needs: for `given`, for the positions that its gradients come to, and so on."""
    found, given = [], frozenset(given)
    while given and given not in {frozenset(p.given) for p in found}:
        found.append(of(body, given))
        given = frozenset(found[-1].wrt)
    return found
