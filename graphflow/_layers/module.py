"""tf.Module: a named holder of variables and of other modules."""

from __future__ import annotations

import functools
import re

from graphflow._core import nest
from graphflow._graph import graph as graph_lib
from graphflow._ops import variable


class Module:
    """A base class for parts of a model; it finds the variables and modules among its attributes.

    Args:
        name: of its name scope, a Python identifier; the class's name in snake case when None.

    Raises:
        ValueError: the name is no identifier.
    """

    _is_tracked = True  # checkpoints look inside

    def __init__(self, name=None):
        name = name or _snake_case(type(self).__name__)
        if not name.isidentifier():
            raise ValueError(f"{name!r} is not a valid module name. Module names must be valid Python identifiers.")
        self._name = name
        with graph_lib.get_default_graph().name_scope(name) as scope:
            self._scope_name = scope

    name = property(lambda self: self._name)

    @property
    def name_scope(self):
        """A context for the operations of the module."""
        return graph_lib.get_default_graph().name_scope(self._scope_name)

    @property
    def variables(self):
        """The variables of the module and of those in it, by the names of their attributes."""
        return tuple(leaf for leaf in self._leaves() if isinstance(leaf, variable.Variable))

    @property
    def trainable_variables(self):
        """Those of `variables` that are trained."""
        return tuple(v for v in self.variables if v.trainable)

    @property
    def submodules(self):
        """The modules in this one, and those in them."""
        return tuple(leaf for leaf in self._leaves() if isinstance(leaf, Module))

    def _leaves(self):
        """Variables and modules found from here on: each once, those of a module before those of the modules in it."""
        seen, waiting, found = {id(self)}, [self], []
        for module in waiting:
            attributes = ((name, value) for name, value in sorted(vars(module).items()) if name != "_scope_name")
            for _, value in attributes:
                for leaf in nest.flatten(value):
                    if isinstance(leaf, (variable.Variable, Module)) and id(leaf) not in seen:
                        seen.add(id(leaf))
                        found.append(leaf)
                        if isinstance(leaf, Module):
                            waiting.append(leaf)
        return found

    @classmethod
    def with_name_scope(cls, method):
        """A decorator: the operations of `method` are made in the module's name scope."""

        @functools.wraps(method)
        def inside(self, *args, **kwargs):
            with self.name_scope:
                return method(self, *args, **kwargs)

        return inside


def _snake_case(name):
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name))
    return words.lower()
