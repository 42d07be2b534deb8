"""Functions that bring their own gradient."""

from __future__ import annotations

import functools
import inspect
import itertools

from graphflow._autodiff import gradients
from graphflow._core import nest
from graphflow._graph import build, eager_graph, keys, recording
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, handles, resource_variable

_numbers = itertools.count(1)  # 0 is that of swish


def custom_gradient(f):
    """Decorator: the gradient of the function is the one that it returns beside its result.

    Args:
        f: function of tensors `x` to `(y, grad_fn)`, where `y` is a tensor or several, and `grad_fn(*dy)` gives the
            gradients of `x`. Where `f` uses variables, `grad_fn(*dy, variables=[...])` gives two lists: those of `x`, and
            those of the variables.

    Returns:
        function of tensors to `y`.

    Raises:
        ValueError: keyword arguments. TypeError: `f` uses variables and `grad_fn` takes none, or they are no resource variables.
    """

    @functools.wraps(f)
    def decorated(*args, **kwargs):
        if eager_graph.computing(*args):
            return _eagerly(f, args, kwargs)
        if kwargs:
            raise ValueError(
                "The custom_gradient decorator currently supports keywords arguments only when eager execution is enabled."
            )
        name = f"CustomGradient-{next(_numbers)}"
        graph = graph_lib.get_default_graph()
        args = [build.convert_to_tensor(x) for x in args]
        before = set(_variables(graph))
        result, grad_fn = f(*args)
        if not all(map(resource_variable.is_resource_variable, set(_variables(graph)) - before)):
            raise TypeError(
                "All variables used by a function wrapped with @custom_gradient must be `ResourceVariable`s. Ensure that no "
                "`variable_scope` is created with `use_resource=False`."
            )
        variables = _variables_between(args, nest.map_structure(array.identity, result))
        flat = nest.flatten(result)
        gradients.RegisterGradient(name)(_of_node(grad_fn, len(flat), variables))
        with graph.gradient_override_map({"IdentityN": name}):
            passed = build.apply("IdentityN", [*flat, *args, *variables])
        for variable in variables:
            build.convert_to_tensor(variable)  # TensorFlow reads it once more, and leaves that unused
        return nest.pack_sequence_as(result, passed[: len(flat)])

    return decorated


def _eagerly(f, args, kwargs):
    """The results of `f`, recorded as one operation whose gradient is the one that it returns beside them."""
    watcher = recording.Variables()
    args = [build.convert_to_tensor(x) for x in args]
    with recording.only(watcher):
        result, grad_fn = f(*args, **kwargs)
    variables = [v for v in watcher.found if v.trainable]
    for v in variables:
        recording.accessed(v)
    flat = [build.convert_to_tensor(t) for t in nest.flatten(result)]
    gradient = _of_node(grad_fn, len(flat), variables)
    passed = build.apply("IdentityN", [*flat, *args, *[v.handle for v in variables]], _gradient_function=gradient)
    return nest.pack_sequence_as(result, passed[: len(flat)])


def _of_node(grad_fn, results, variables):
    """The gradient function of an IdentityN of `results` results, the arguments and the variables.

    Raises:
        TypeError: there are variables, and `grad_fn` takes none.
    """
    if variables and not _takes_variables(grad_fn):
        raise TypeError(
            "If using @custom_gradient with a function that uses variables, then grad_fn must accept a keyword argument "
            "'variables'."
        )

    def gradient(op, *grads):
        if not variables:
            of_args, of_variables = grad_fn(*grads[:results]), []
        else:
            of_args, of_variables = grad_fn(*grads[:results], variables=variables)
            if len(of_variables) != len(variables):
                raise ValueError("Must return gradient for each variable from @custom_gradient grad_fn.")
        return [None] * results + nest.flatten(of_args) + list(of_variables)

    return gradient


def _variables(graph):
    """The global and local variables of a graph."""
    names = keys.GraphKeys.GLOBAL_VARIABLES, keys.GraphKeys.LOCAL_VARIABLES
    return [v for name in names for v in graph.get_collection(name)]


def _takes_variables(function):
    spec = inspect.getfullargspec(function)
    return "variables" in spec.args or "variables" in spec.kwonlyargs or spec.varkw is not None


def _variables_between(inputs, outputs):
    """The trainable variables that `outputs` depend on otherwise than through `inputs`."""
    stops, stack = set(inputs), nest.flatten(outputs)
    seen = set(stack) | stops
    while stack:
        for t in stack.pop().op.inputs:
            if t not in seen:
                seen.add(t)
                stack.append(t)
    origins = {handles.origin(t) for t in seen - stops}
    graph = graph_lib.get_default_graph()
    found = [
        v for v in graph.get_collection(keys.GraphKeys.GLOBAL_VARIABLES) if handles.origin(_reference(v)) in origins
    ]
    return [v for v in found if v.trainable]


def _reference(variable):
    """The handle or reference tensor of a variable."""
    return variable.handle if resource_variable.is_resource_variable(variable) else variable._ref()


def grad_pass_through(f):
    """The function with the gradient of the identity: what arrives at its result goes on to its arguments."""

    @custom_gradient
    def passed(*args):
        def gradient(*grads, variables=None):
            return grads if variables is None else (grads, [None] * len(variables))

        return f(*args), gradient

    return functools.wraps(f)(lambda *args, **kwargs: passed(*args, **kwargs))


def recompute_grad(f):
    """The function itself. XLA decides what is kept for the backward pass, so nothing is computed twice on demand here."""
    return f
