"""Branches of converted code: `if`, `a if b else c`, `and`, `or`, `not`, `==`, `assert`."""

from __future__ import annotations

from graphflow._autograph import state as states
from graphflow._core import nest
from graphflow._graph import build, eager_graph, sparse_tensor, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import asserts, compare, control_flow, dataset_functions


def is_tensor(value):
    """Whether a value is a tensor, or a variable."""
    return isinstance(value, tensor.TensorLike)


def decides_later(value):
    """Whether a condition has its value only when the graph runs."""
    return is_tensor(value) and not isinstance(value, sparse_tensor.SparseTensor) and not eager_graph.computing(value)


def if_stmt(test, body, orelse, state, count):
    """`if test: body() else: orelse()`.

    Args:
        state: the State that the branches change; the first `count` of its variables are needed later.

    Raises:
        ValueError: one branch gives a variable, or the function, a value and the other does not.
        TypeError: the branches give a variable different types.
    """
    if not decides_later(test):
        (body if test else orelse)()
        return
    before = state.get()
    made = {}

    def branch(label, function):
        def traced():
            state.set(before)
            function()
            made[label] = values = _results(state, count, label)
            if len(made) == 2:
                _check_agreement(state.names, made["if"], made["else"])
            keep_effects()
            return values or (build.constant(1),)

        return traced

    results = control_flow.cond(test, branch("if", body), branch("else", orelse), strict=True)
    state.set((*results[:count], *before[count:]))


def _results(state, count, label):
    values = state.get()[:count]
    missing = states.undefined(values)
    if missing:
        raise ValueError(
            f"The following symbols must also be initialized in the {label} branch: {missing}. Alternatively, you may "
            "initialize them before the if statement."
        )
    if any(value is states.NO_RESULT for value in values):
        raise ValueError(
            f"A value must also be returned from the {label} branch. If a value is returned from one branch of a conditional a "
            "value must be returned from all branches."
        )
    return tuple(states.as_tensors(name, value) for name, value in zip(state.names, values))


def _check_agreement(names, ours, theirs):
    for name, a, b in zip(names, ours, theirs):
        states.check_structure(name, a, b, "in the TRUE and FALSE branches")
        for x, y in zip(nest.flatten(a), nest.flatten(b)):
            if is_tensor(x) and is_tensor(y) and x.dtype.base_dtype is not y.dtype.base_dtype:
                raise TypeError(
                    f'"{name}" has dtype {x.dtype.base_dtype.name} in the TRUE branch, but dtype={y.dtype.base_dtype.name} in '
                    "the FALSE branch. TensorFlow control flow requires that they are the same."
                )


def keep_effects():
    """In a `tf.function`: what the body that is being built does, beside computing its results, happens whenever it runs."""
    body = graph = graph_lib.get_default_graph()
    while graph is not None and not getattr(graph, "own_names", False):
        graph = getattr(graph, "outer_graph", None)
    if graph is not None and graph is not body:
        body.kept = dataset_functions.effects(body)


# -- expressions ---------------------------------------------------------------------------------------------------------


def if_exp(test, body, orelse):
    """`body() if test else orelse()`."""
    if not decides_later(test):
        return body() if test else orelse()
    return control_flow.cond(test, body, orelse, strict=True)


def and_(a, b):
    """`a() and b()`: of tensors the second is computed only where the first holds."""
    first = a()
    if not decides_later(first):
        return first and b()
    return control_flow.cond(first, b, lambda: first)


def or_(a, b):
    """`a() or b()`: of tensors the second is computed only where the first does not hold."""
    first = a()
    if not decides_later(first):
        return first or b()
    return control_flow.cond(first, lambda: first, b)


def not_(a):
    """`not a`."""
    return compare.logical_not(a) if is_tensor(a) else not a


def eq(a, b):
    """`a == b`: of tensors element by element."""
    return compare.equal(a, b) if is_tensor(a) or is_tensor(b) else a == b


def not_eq(a, b):
    """`a != b`: of tensors element by element."""
    return not_(eq(a, b))


def assert_stmt(test, message):
    """`assert test, message()`: for a tensor an operation that fails where it does not hold."""
    if not is_tensor(test):
        assert test, message()
        return None
    told = message()
    return asserts.Assert(test, told if isinstance(told, list) else [told])
