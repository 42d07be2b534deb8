"""A package under a second name: `import keras.layers` gives `graphflow_keras.layers` itself, not a copy."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys


class Aliases(importlib.abc.MetaPathFinder):
    """Answers imports of `alias` and what lies below it with the modules of `package`."""

    def __init__(self, alias, package):
        self.alias = alias
        self.package = package

    def find_spec(self, fullname, path=None, _=None):
        if fullname != self.alias and not fullname.startswith(self.alias + "."):
            return None
        real = self.package + fullname.removeprefix(self.alias)
        try:
            module = importlib.import_module(real)
        except ModuleNotFoundError as err:
            if err.name != real:
                raise
            return None
        return importlib.machinery.ModuleSpec(fullname, ModuleLoader(module))


class ModuleLoader(importlib.abc.Loader):
    """Gives a module that is there already, and leaves its own name and origin on it."""

    def __init__(self, module):
        self.module = module
        self.spec = module.__spec__

    def create_module(self, spec):
        return self.module

    def exec_module(self, module):
        module.__spec__ = self.spec


def stand_for(alias, package):
    """Makes the module that is being imported as `alias`, and all below it, those of `package`."""
    sys.meta_path.insert(0, Aliases(alias, package))  # before the finder of files, which would load them twice
    sys.modules[alias] = importlib.import_module(package)
