"""What scripts of TensorFlow 1's time need beside it, and today's NumPy, SciPy, scikit-learn and Python no longer have.

While a script runs, the old names are supplied: an attribute that a module lacks, or a module that is gone. Each is said once.
"""

from __future__ import annotations

import collections.abc
import importlib
import importlib.abc
import importlib.machinery
import inspect
import sys
import time
import types

import numpy as np

# module -> {name it had: what it was}; a text names where it is today.
_ATTRIBUTES = {
    "numpy": {
        "int": int, "float": float, "object": object, "str": str, "complex": complex, "unicode": str, "float_": np.float64,
        "complex_": np.complex128, "cfloat": np.complex128, "unicode_": np.str_, "string_": np.bytes_, "bool8": np.bool_,
        "object0": np.object_, "int0": np.intp, "uint0": np.uintp, "NaN": np.nan, "Inf": np.inf, "Infinity": np.inf,
        "infty": np.inf, "PINF": np.inf, "NINF": -np.inf, "PZERO": 0.0, "NZERO": -0.0, "product": np.prod,
        "cumproduct": np.cumprod, "alltrue": np.all, "sometrue": np.any, "round_": np.round, "row_stack": np.vstack,
        "in1d": lambda ar1, ar2, assume_unique=False, invert=False: np.isin(
            np.ravel(ar1), ar2, assume_unique=assume_unique, invert=invert
        ),
        "trapz": np.trapezoid, "mat": np.asmatrix, "msort": lambda a: np.sort(a, axis=0), "asscalar": lambda a: a.item(),
        "asfarray": lambda a, dtype=np.float64: np.asarray(a, dtype), "find_common_type": lambda array, scalar: np.result_type(
            *array, *scalar
        ),
    },
    "time": {"clock": time.perf_counter},
    "inspect": {"getargspec": inspect.getfullargspec},
    "collections": {
        name: getattr(collections.abc, name)
        for name in (
            "Callable", "Hashable", "Iterable", "Iterator", "Mapping", "MutableMapping", "MutableSequence", "Sequence", "Set",
            "Sized",
        )
    },
    "scipy": {
        name: f"numpy.{name}" for name in ("arange", "array", "dot", "exp", "linspace", "log", "mean", "ones", "sqrt", "zeros")
    },
    "scipy.misc": {
        "imread": "graphflow._launcher.images.imread", "imsave": "graphflow._launcher.images.imsave",
        "imresize": "graphflow._launcher.images.imresize", "toimage": "graphflow._launcher.images.toimage",
        "fromimage": "graphflow._launcher.images.fromimage", "bytescale": "graphflow._launcher.images.bytescale",
        "imrotate": "graphflow._launcher.images.imrotate", "logsumexp": "scipy.special.logsumexp",
        "comb": "scipy.special.comb", "factorial": "scipy.special.factorial",
    },
    "PIL.Image": {"ANTIALIAS": "PIL.Image.LANCZOS", "LINEAR": "PIL.Image.BILINEAR", "CUBIC": "PIL.Image.BICUBIC"},
    "scipy.sparse.linalg.eigen": {"__path__": []},  # it was a package, whose module arpack was imported from
    "sklearn.preprocessing": {"Imputer": "sklearn.impute.SimpleImputer"},
}  # fmt: skip
_TYPES = {f"{kind}{bits}": f"{kind.lower()}{bits}" for kind in ("Int", "UInt") for bits in (8, 16, 32, 64)} | {
    f"Float{bits}": f"float{bits}" for bits in (16, 32, 64)
}  # names of dtypes, as in np.zeros(3, "Float32")
# module that is gone -> where its contents are today
_MODULES = {
    "sklearn.cross_validation": "sklearn.model_selection",
    "sklearn.grid_search": "sklearn.model_selection",
    "sklearn.externals.joblib": "joblib",
    "sklearn.utils.testing": "sklearn.utils._testing",
    "scipy.misc.pilutil": "graphflow._launcher.images",
    "scipy.ndimage.imread": "graphflow._launcher.images",
    "scipy.sparse.linalg.eigen.arpack": "scipy.sparse.linalg",
    "cPickle": "pickle",
    "Queue": "queue",
    "ConfigParser": "configparser",
    "StringIO": "io",
    "HTMLParser": "html.parser",
    "SocketServer": "socketserver",
    "cookielib": "http.cookiejar",
    "copy_reg": "copyreg",
    "httplib": "http.client",
    "thread": "_thread",
    "urllib2": "urllib.request",
    "urlparse": "urllib.parse",
    "Tkinter": "tkinter",
    "__builtin__": "builtins",
}


class Supplied:
    """The old names, supplied from `enter` to `exit`; a context manager."""

    def __init__(self, tell=None):
        self._tell = tell or (lambda words: print(f"graphflow: {words}", file=sys.stderr))
        self._said = set()
        self._hooked = {}  # module name -> (module, its own __getattr__ or None)

    def __enter__(self):
        self._printing = np.get_printoptions()
        np.set_printoptions(legacy="1.25")  # numbers in lists print as 1.0, not as np.float64(1.0)
        np.sctypeDict.update({old: np.dtype(today).type for old, today in _TYPES.items()})
        self._finder = _Finder(self)
        sys.meta_path.append(self._finder)  # last: only what nobody else has
        self._watcher = _Watcher(self)
        sys.meta_path.insert(0, self._watcher)
        for name in _ATTRIBUTES:
            if name in sys.modules:
                self.hook(sys.modules[name])
        return self

    def __exit__(self, kind, error, traceback):
        np.set_printoptions(**self._printing)
        for old in _TYPES:
            np.sctypeDict.pop(old, None)
        sys.meta_path.remove(self._finder)
        sys.meta_path.remove(self._watcher)
        for module, own in self._hooked.values():
            if own is None:
                del module.__getattr__
            else:
                module.__getattr__ = own
        for name in [name for name, module in sys.modules.items() if isinstance(module, _StandIn)]:
            del sys.modules[name]

    def say(self, name, today):
        """Tells once that a name was supplied."""
        if name not in self._said:
            self._said.add(name)
            self._tell(f"{name} is gone from today's packages; this run gets {today} (--plain leaves it out)")

    def hook(self, module):
        """Makes a module give its old names too."""
        name = module.__name__
        if name in self._hooked:
            return
        own = module.__dict__.get("__getattr__")
        self._hooked[name] = module, own

        def find(attribute):
            if attribute in _ATTRIBUTES[name]:
                found = _ATTRIBUTES[name][attribute]
                words = found if isinstance(found, str) else getattr(found, "__name__", repr(found))
                if attribute != "__path__":
                    self.say(f"{name}.{attribute}", words)
                return _resolved(found) if isinstance(found, str) else found
            if own is not None:
                return own(attribute)
            raise AttributeError(f"module {name!r} has no attribute {attribute!r}")

        module.__getattr__ = find


def _resolved(path):
    module, _, attribute = path.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


class _StandIn(types.ModuleType):
    """A module that is gone, with the contents of another."""


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answers imports of modules that are gone."""

    def __init__(self, supplied):
        self._supplied = supplied

    def find_spec(self, fullname, path=None, _=None):
        if fullname not in _MODULES and not any(name.startswith(fullname + ".") for name in _MODULES):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        module = _StandIn(spec.name)
        today = _MODULES.get(spec.name)
        if today is not None:
            self._supplied.say(spec.name, today)
            found = importlib.import_module(today)
            module.__dict__.update({k: v for k, v in vars(found).items() if not k.startswith("__")})
        return module

    def exec_module(self, module):
        pass


class _Watcher(importlib.abc.MetaPathFinder):
    """Sees a module with old names being imported, and hooks it once it is there."""

    def __init__(self, supplied):
        self._supplied = supplied

    def find_spec(self, fullname, path=None, _=None):
        if fullname not in _ATTRIBUTES:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path)
            if spec is not None and spec.loader is not None:
                spec.loader = _Hooking(spec.loader, self._supplied)
                return spec
        return None


class _Hooking(importlib.abc.Loader):
    """Another loader, whose module is hooked at the end."""

    def __init__(self, loader, supplied):
        self._loader, self._supplied = loader, supplied

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        self._loader.exec_module(module)
        module.__spec__.loader = module.__loader__ = self._loader
        self._supplied.hook(module)
