"""Templates: functions that share their variables between calls."""

from __future__ import annotations

import functools

from graphflow._core import source
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys
from graphflow._ops import variable_scope, variable_store


def make_template(name_, func_, create_scope_now_=False, unique_name_=None, custom_getter_=None, **kwargs):
    """A function that makes its variables in the first call, and shares them in all later ones.

    Args:
        name_: the variable scope's name, made unique.
        func_: the function; it should use `get_variable`.
        create_scope_now_: True opens the scope here, not in the first call.
        unique_name_: a name that is taken as it is.
        custom_getter_: for the scope.
        kwargs: arguments given to `func_` in every call.

    Raises (when called): ValueError: `func_` makes a trainable variable after its first call.
    """
    function = functools.partial(func_, **kwargs) if kwargs else func_
    return Template(name_, function, create_scope_now_, unique_name_, custom_getter_)


class Template:
    """What `make_template` returns."""

    def __init__(self, name, func, create_scope_now=False, unique_name=None, custom_getter=None):
        if name is None:
            raise ValueError("name cannot be None.")
        self.name, self.func, self._unique_name, self._custom_getter = name, func, unique_name, custom_getter
        self._made_at = source.user_frame()
        self._variables_created, self._first_call = False, True
        self.variable_scope = None
        self._store = variable_store.EagerStore(keeps=True)  # with eager execution
        if create_scope_now:
            scope_name = unique_name or variable_scope.unique_scope_name(name)
            with variable_scope.PureVariableScope(scope_name, custom_getter=custom_getter) as scope:
                self.variable_scope = scope

    def __call__(self, *args, **kwargs):
        if graph_lib.get_default_graph().executes:
            with self._store.in_force():
                return self._call_in_scope(args, kwargs)
        return self._call_in_scope(args, kwargs)

    def _call_in_scope(self, args, kwargs):
        if self.variable_scope is not None:
            with variable_scope.variable_scope(self.variable_scope, reuse=not self._first_call):
                return self._call(args, kwargs)
        getter = self._custom_getter
        with variable_scope.variable_scope(self._unique_name, self.name, custom_getter=getter) as scope:
            self.variable_scope = scope
            return self._call(args, kwargs)

    def _call(self, args, kwargs):
        try:
            if self._variables_created:
                return self._call_again(args, kwargs)
            was_first, self._first_call = self._first_call, False
            try:
                result = self.func(*args, **kwargs)
            except BaseException:
                self._first_call = was_first
                raise
            self._variables_created = self._variables_created or was_first
            return result
        except Exception as error:
            first, *rest = error.args or ("",)
            error.args = (f"{first}\n\noriginally defined at:\n{source.describe(self._made_at)}", *rest)
            raise

    def _call_again(self, args, kwargs):
        trainable = graph_lib.get_default_graph().get_collection_ref(keys.GraphKeys.TRAINABLE_VARIABLES)
        before = len(trainable)
        result = self.func(*args, **kwargs)
        if len(trainable) != before:
            raise ValueError(
                "Trainable variable created when calling a template after the first time, perhaps you used tf.Variable when "
                f"you meant tf.get_variable: {trainable[before:]}"
            )
        return result

    # -- its variables ---------------------------------------------------------------------------------------------------

    @property
    def variable_scope_name(self):
        """The name of the scope with a closing slash; None before there is one."""
        if self.variable_scope is None:
            return None
        name = self.variable_scope.name
        return name if not name or name[-1] == "/" else name + "/"

    def _collected(self, key):
        if not self._variables_created:
            return []
        if len(self._store):
            return self._store.collected(key)
        return graph_lib.get_default_graph().get_collection(key, self.variable_scope_name)

    var_scope = property(lambda self: self.variable_scope)
    global_variables = property(lambda self: self._collected(keys.GraphKeys.GLOBAL_VARIABLES))
    local_variables = property(lambda self: self._collected(keys.GraphKeys.LOCAL_VARIABLES))
    trainable_variables = property(lambda self: self._collected(keys.GraphKeys.TRAINABLE_VARIABLES))
    trainable_weights = trainable_variables

    @property
    def variables(self):
        """Its global and local variables."""
        return self.global_variables + self.local_variables

    weights = variables

    @property
    def non_trainable_variables(self):
        """Its global variables that are not trainable."""
        trainable = set(self.trainable_variables)
        return [v for v in self.global_variables if v not in trainable]

    non_trainable_weights = non_trainable_variables
