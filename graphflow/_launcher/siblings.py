"""Modules that lie beside a script, or where it adds to the path, are as old as the script: they are converted as it is."""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import site
import sys
import sysconfig

import graphflow
from graphflow._launcher import methods, python2, single, source

NAMES = {source.SHOW: source.show, python2.DIVIDE: python2.divide, methods.ASK: methods.method, **single.NAMES}
_HERE = os.path.dirname(graphflow.__path__[0])
_FOLDERS = [  # what lies in them is installed, and of today
    *map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib")),
    *site.getsitepackages(),
    site.getusersitepackages(),
    os.path.join(_HERE, "graphflow"),
    os.path.join(_HERE, "graphflow_keras"),
]
_INSTALLED = tuple(os.path.realpath(path) + os.sep for path in _FOLDERS)


@contextlib.contextmanager
def converted():
    """While it is open, modules that are not installed may be Python 2, and may use methods that arrays had."""
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path=None, _=None):
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is None or type(spec.loader) is not importlib.machinery.SourceFileLoader:
            return None
        if os.path.realpath(spec.origin).startswith(_INSTALLED):
            return None
        spec.loader = _Loader(fullname, spec.origin)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a converted module, and neither reads nor writes byte code."""

    def path_stats(self, path):
        raise OSError("no byte code of converted modules")

    def source_to_code(self, data, path, **_):
        pieces = [source.Piece(str(path), importlib.util.decode_source(data))]
        old = source.is_python2(pieces)
        return source.compiled((source.to_python3(pieces) if old else pieces)[0], old, old_methods=True)

    def exec_module(self, module):
        module.__dict__.update(NAMES)
        super().exec_module(module)
