"""What converted code knows as `ag__`: its operators, loops and calls, with the options that it was converted with."""

from __future__ import annotations

import functools

from graphflow._autograph import branches, builtin_functions, loops, options, policy, tensor_lists
from graphflow._autograph import state as states
from graphflow._core import nest
from graphflow._graph import build, graph
from graphflow._ops import array, dataset_functions


class Runtime:
    """The operators of converted code; one for each set of options, see `of`."""

    State = states.State
    NO_RESULT = states.NO_RESULT
    if_stmt = staticmethod(branches.if_stmt)
    if_exp = staticmethod(branches.if_exp)
    and_, or_, not_ = staticmethod(branches.and_), staticmethod(branches.or_), staticmethod(branches.not_)
    eq, not_eq = staticmethod(branches.eq), staticmethod(branches.not_eq)
    assert_stmt = staticmethod(branches.assert_stmt)
    while_stmt, for_stmt = staticmethod(loops.while_stmt), staticmethod(loops.for_stmt)
    new_list, list_stack = staticmethod(tensor_lists.new_list), staticmethod(tensor_lists.list_stack)
    list_append, list_pop = staticmethod(tensor_lists.list_append), staticmethod(tensor_lists.list_pop)
    get_item, set_item = staticmethod(tensor_lists.get_item), staticmethod(tensor_lists.set_item)

    def __init__(self, settings):
        self._settings = settings

    @staticmethod
    def result(value):
        """What a function returns whose result is `value`."""
        return None if value is states.NO_RESULT else value

    def call(self, function):
        """What is called in place of `function`."""
        try:
            known = builtin_functions.FUNCTIONS.get(function)
        except TypeError:  # it has no hash, so it is none of them
            known = None
        if known is not None:
            return known
        return self.converted(function) if self._settings.recursive else function

    def converted(self, function):
        """`function`, converted where it is the user's and its source is there."""
        made = policy.converted(function, self._settings, self)
        if made is function:
            return function
        if self._settings.uses(options.Feature.AUTO_CONTROL_DEPS):
            made = _with_effects(made)
        if self._settings.uses(options.Feature.NAME_SCOPES):
            made = _in_scope(made, getattr(function, "__name__", type(function).__name__))
        return made


@functools.cache
def of(settings):
    """The Runtime for some ConversionOptions."""
    return Runtime(settings)


def _in_scope(function, name):
    """`function`, whose operations are made in a name scope."""
    name = name.replace("<lambda>", "lambda_")

    @functools.wraps(function)
    def scoped(*args, **kwargs):
        with build.name_scope("fn" + name if name.startswith("_") else name):
            return function(*args, **kwargs)

    return scoped


def _with_effects(function):
    """`function`, whose results wait for what else it does."""

    @functools.wraps(function)
    def waiting(*args, **kwargs):
        body = graph.get_default_graph()
        known = set() if body.executes else set(dataset_functions.effects(body))
        returned = function(*args, **kwargs)
        if body.executes:
            return returned
        made = [op for op in dataset_functions.effects(body) if op not in known]
        with body.control_dependencies(made):
            return nest.map_structure(lambda leaf: array.identity(leaf) if branches.is_tensor(leaf) else leaf, returned)

    return waiting
