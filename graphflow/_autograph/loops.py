"""Loops of converted code: `while`, and `for` over values of Python, tensors, ranges of them, and datasets."""

from __future__ import annotations

import contextlib

from graphflow._autograph import branches, builtin_functions
from graphflow._autograph import state as states
from graphflow._core import nest
from graphflow._graph import build, eager_graph, function_graph, recording, static_value
from graphflow._graph import graph as graph_lib
from graphflow._ops import (
    bodies,
    compare,
    control_flow,
    dataset_experimental,
    dataset_functions,
    dataset_iterators,
    dataset_optional,
    datasets,
    tensor_array,
    while_loop,
)


def while_stmt(test, body, state):
    """`while test(): body()`.

    Args:
        state: the State that the loop changes.

    Raises:
        ValueError: a variable has no value before a loop on tensors, or another shape after an iteration, or the loop returns.
        TypeError: a variable has another type after an iteration.
    """
    with _aside():
        going = test()
    computed = branches.is_tensor(going)
    if not branches.decides_later(going):
        while going:
            body()
            going = test()
            if branches.decides_later(going):  # `while True` with a `break` that depends on a tensor
                break
        else:
            if computed:
                _settle(state)
            return

    def step(*counters):
        body()
        return counters

    counters = () if state.names else (build.constant(0),)  # a loop of operations has a variable
    _run(lambda *counters: test(), step, state, *counters)


def _settle(state):
    """After a loop over tensors that was computed: the variables become tensors, as they would in a graph."""
    undecided = (states.Undefined, states.NoResult)
    state.set(
        tuple([v if isinstance(v, undecided) else states.as_tensors(n, v) for n, v in zip(state.names, state.get())])
    )


@contextlib.contextmanager
def _aside():
    """In this block operations are made that are not used."""
    graph = graph_lib.get_default_graph()
    if graph.executes:
        yield
        return
    root = graph_lib.control_flow_owner(graph)
    known = set(root._functions)
    try:
        with dataset_functions.counted_apart(root), recording.only():
            with function_graph.FunctionGraph("condition", graph).as_default():
                yield
    finally:
        for name in root._functions.keys() - known:
            del root._functions[name]


def _run(test, body, state, *counters):
    """The loop as an operation.

    Args:
        test, body: functions of the counters, `body` to the next ones as a tuple.
        counters: variables of the loop that the user's function does not know.
    """
    own = len(counters)

    def traced_test(*values):
        state.set(values[own:])
        return test(*values[:own])

    def traced_body(*values):
        state.set(values[own:])
        following = body(*values[:own])
        after = _checked(state, values[own:], shapes_too=True)
        branches.keep_effects()
        return (*following, *after)

    first = (*counters, *_first_values(state))
    state.set(tuple(while_loop.while_loop(traced_test, traced_body, first, return_same_structure=True)[own:]))


def _first_values(state):
    """The values before a loop on tensors, as tensors."""
    values = state.get()
    missing = states.undefined(values)
    if missing:
        raise ValueError(f"TensorFlow requires that the following symbols must be defined before the loop: {missing}")
    if any(value is states.NO_RESULT for value in values):
        raise ValueError("return statements are not supported within a TensorFlow loop.")
    return tuple(states.as_tensors(name, value) for name, value in zip(state.names, values))


def _checked(state, before, shapes_too):
    """The values after an iteration, as tensors like those before it."""
    found = []
    for name, old, new in zip(state.names, before, state.get()):
        new = states.as_tensors(name, new)
        states.check_structure(name, old, new, "after one iteration")
        for a, b in zip(nest.flatten(old), nest.flatten(new)):
            if branches.is_tensor(a) and branches.is_tensor(b):
                _check_leaf(name, a, b, shapes_too)
        found.append(new)
    return tuple(found)


def _check_leaf(name, old, new, shapes_too):
    if old.dtype.base_dtype is not new.dtype.base_dtype:
        raise TypeError(
            f'"{name}" has dtype {old.dtype.base_dtype.name} before the loop, but dtype {new.dtype.base_dtype.name} after one '
            "iteration. TensorFlow control flow requires it stays the same."
        )
    if shapes_too and not bodies.is_sparse(old) and not bodies.less_specific(new._dims, old._dims):
        raise ValueError(
            f'"{name}" has shape {old.shape} before the loop, but shape {new.shape} after one iteration. TensorFlow control '
            "flow requires it stays the same or be more specific."
        )


# -- for -----------------------------------------------------------------------------------------------------------------


def for_stmt(values, go_on, body, state):
    """`for item in values: body(item)`.

    Args:
        go_on: function without arguments, asked after each iteration whether to go on; None where nothing ends the loop early.
        state: the State that the loop changes.

    Raises:
        ValueError, TypeError: as for `while_stmt`.
    """
    if branches.decides_later(values):
        is_range = getattr(values.op, "type", None) == "Range"
        (_over_range if is_range else _over_rows)(values, go_on, body, state)
    elif isinstance(values, datasets.Dataset) and not eager_graph.executing_eagerly():
        (_over_dataset if go_on is None else _over_dataset_until)(values, go_on, body, state)
    elif isinstance(values, dataset_iterators.EagerIterator) and not eager_graph.executing_eagerly():
        _over_iterator(values, go_on, body, state)
    else:
        _over_python(values, go_on, body, state)
        if branches.is_tensor(values):
            _settle(state)


def _over_python(values, go_on, body, state):
    going = True
    for item in values:
        if branches.decides_later(going):
            branches.if_stmt(going, lambda item=item: body(item), lambda: None, state, len(state.names))
        else:
            body(item)
        if go_on is not None:
            going = go_on()
            if not branches.decides_later(going) and not going:
                break


def _over_rows(values, go_on, body, state):
    values = build.convert_to_tensor(values)
    count = builtin_functions.len_(values)
    rows = tensor_array.TensorArray(values.dtype.base_dtype, size=count).unstack(values)

    def step(index):
        body(rows.read(index))
        return (index + 1,)

    _run(_limited(lambda index: index < count, go_on), step, state, build.constant(0))


def _over_range(values, go_on, body, state):
    start, limit, delta = values.op.inputs
    known = static_value.constant_value(delta)

    def in_range(index):
        if known is not None:
            return index < limit if known >= 0 else index > limit
        up = compare.logical_and(delta >= 0, index < limit)
        return compare.logical_or(up, compare.logical_and(delta < 0, index > limit))

    def step(index):
        body(index)
        return (index + delta,)

    _run(_limited(in_range, go_on), step, state, start)


def _limited(in_range, go_on):
    """The condition of a loop that ends at the end of its values, or before."""
    return in_range if go_on is None else lambda index: compare.logical_and(in_range(index), go_on())


def _over_iterator(iterator, go_on, body, state):
    def step(_):
        item = dataset_optional.get_next_as_optional(iterator)
        found = item.has_value()
        branches.if_stmt(found, lambda: body(item.get_value()), lambda: None, state, len(state.names))
        return (found,)

    _run(_limited(lambda found: found, go_on), step, state, build.constant(True))


def _over_dataset(dataset, go_on, body, state):
    first = _first_values(state)

    def step(values, item):
        state.set(values if state.names else ())
        body(item)
        return _checked(state, values, shapes_too=False) if state.names else values

    last = dataset.reduce(first or (build.constant(0),), step)
    state.set(tuple(last) if state.names else ())


def _over_dataset_until(dataset, go_on, body, state):
    first = _first_values(state)

    def step(values, item):
        state.set(values)
        going = build.convert_to_tensor(go_on())

        def iteration():
            state.set(values)
            body(item)
            branches.keep_effects()
            return _checked(state, values, shapes_too=False)

        new = control_flow.cond(going, iteration, lambda: values, strict=True)
        return new, (new, going)

    steps = dataset.apply(dataset_experimental.scan(first, step))
    steps = steps.apply(dataset_experimental.take_while(lambda values, going: going))
    state.set(tuple(steps.reduce(first, lambda values, item: item[0])))
