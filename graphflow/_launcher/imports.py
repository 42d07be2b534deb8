"""While a script runs, `import tensorflow` and its submodules mean graphflow, `import keras` graphflow_keras.

Scripts reach into TensorFlow by many paths; the table maps those that are not simply `tensorflow.x` -> `graphflow.x`.
"""

from __future__ import annotations

import functools
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types

import graphflow
from graphflow._launcher import aliases, homes, inside

VERSION = "1.15.5"  # what scripts are told: the TensorFlow whose behaviour they get
ROOTS = {  # package -> where it lies under graphflow
    "tensorflow": "", "tensorflow_core": "", "tensorflow_estimator": "estimator", "keras": "keras",
}  # fmt: skip
_MOVED = (  # prefix of a module's name under `tensorflow.` -> where its contents are under graphflow, '' for the top
    ("compat.v1", ""),
    ("_api.v1", ""),
    ("python.framework.errors_impl", "errors"),
    ("python.framework.errors", "errors"),
    ("python.framework.tensor_shape", "_core.shapes"),
    ("python.framework.dtypes", "_core.dtypes"),
    ("python.framework.graph_util_impl", "graph_util"),
    ("python.framework.graph_util", "graph_util"),
    ("python.framework.graph_io", "train"),
    ("python.framework.meta_graph", "_train.saving.meta_graph"),
    ("python.framework.tensor_util", "contrib.util"),
    ("python.framework.function", "_ops.function"),
    ("python.framework", ""),
    ("python.keras._impl.keras", "keras"),
    ("python.keras", "keras"),
    ("contrib.keras.python.keras", "keras"),
    ("contrib.keras.api.keras", "keras"),
    ("contrib.keras", "keras"),
    ("python.ops.nn_ops", "nn"),
    ("python.ops.nn_impl", "nn"),
    ("python.ops.nn", "nn"),
    ("python.ops.embedding_ops", "nn"),
    ("python.ops.candidate_sampling_ops", "nn"),
    ("python.ops.lookup_ops", "contrib.lookup"),
    ("python.ops.resource_variable_ops", "_ops.resource_variable"),
    ("python.ops.rnn_cell_impl", "nn.rnn_cell"),
    ("python.ops.rnn_cell", "nn.rnn_cell"),
    ("python.ops.rnn", "nn"),
    ("python.ops.image_ops", "image"),
    ("python.ops.metrics_impl", "metrics"),
    ("python.ops.distributions", "distributions"),
    ("python.ops.signal", "signal"),
    ("python.ops.ctc_ops", "nn"),
    ("python.ops.losses", "losses"),
    ("python.ops.init_ops", "initializers"),
    ("python.ops", ""),
    ("python.layers", "layers"),
    ("python.feature_column", "feature_column"),
    ("python.estimator", "estimator"),
    ("python.data.experimental.ops", "data.experimental"),
    ("python.data.ops", "data"),
    ("python.data.util.nest", "nest"),
    ("python.training.moving_averages", "_train.moving_averages"),
    ("python.training", "train"),
    ("python.pywrap_tensorflow", "train"),
    ("python.saved_model", "saved_model"),
    ("python.summary.writer", "summary"),
    ("python.summary", "summary"),
    ("python.tools.freeze_graph", "_train.saving.freeze_graph"),
    ("python.lib.io.file_io", "_files.file_io"),
    ("python.lib.io", "python_io"),
    ("python.lib", ""),
    ("python.tools", ""),
    ("python.client.device_lib", "_runtime.devices"),
    ("python.client.timeline", "_train.timeline"),
    ("python.client", ""),
    ("python.platform.tf_logging", "logging"),
    ("python.platform.googletest", "test"),
    ("python.platform", ""),
    ("python.util", ""),
    ("python", ""),
    ("tools.graph_transforms", "_train.saving.transforms"),
    ("tools", "_train.saving"),
    ("core.framework", ""),
    ("core.protobuf", ""),
    ("core.example", ""),
    ("core.util", ""),
    ("core", ""),
)
_RENAMED = {  # names of TensorFlow before 1.0 that its scripts still say, by path
    "mul": "multiply", "sub": "subtract", "neg": "negative", "pack": "stack", "unpack": "unstack", "concat_v2": "concat",
    "select": "where", "batch_matmul": "matmul", "complex_abs": "abs", "inv": "reciprocal", "all_variables": "global_variables",
    "initialize_variables": "variables_initializer", "arg_max": "argmax", "arg_min": "argmin",
    "scalar_summary": "_ops.summaries.scalar_summary", "histogram_summary": "_ops.summaries.histogram_summary",
    "image_summary": "_ops.summaries.image_summary", "audio_summary": "_ops.summaries.audio_summary",
    "merge_summary": "_ops.summaries.merge_summary", "merge_all_summaries": "_ops.summaries.merge_all_summaries",
    "nn.rnn": "nn.static_rnn", "nn.bidirectional_rnn": "nn.static_bidirectional_rnn",
    "nn.state_saving_rnn": "nn.static_state_saving_rnn", "nn.seq2seq": "contrib.legacy_seq2seq",
    "image.per_image_whitening": "image.per_image_standardization", "listdiff": "setdiff1d", "batch_cholesky": "cholesky",
    "batch_matrix_inverse": "matrix_inverse", "batch_matrix_diag": "matrix_diag", "batch_fft": "fft", "batch_fft2d": "fft2d",
    "train.SummaryWriter": "summary.FileWriter", "initializers.Initializer": "_ops.initializers.Initializer",
}  # fmt: skip

_STANDARD = {  # modules of TensorFlow that stand before one of Python's own
    "tensorflow.python.util.tf_contextlib": "contextlib",
    "tensorflow.python.util.tf_inspect": "inspect",
}


_NOTHING = types.SimpleNamespace()  # stands for a private module none of whose functions are here


def graphflow_name(name):
    """The dotted path under graphflow for a module name such as `tensorflow.python.ops.nn`, '' for the top."""
    root, _, rest = name.partition(".")
    if ROOTS[root]:
        return f"{ROOTS[root]}.{rest.removeprefix('python.estimator').lstrip('.')}".rstrip(".")
    package, inner, below = rest.partition(".python")
    if rest.startswith("contrib.") and inner:  # contrib.slim.python.slim.nets.vgg is contrib.slim.nets.vgg here
        return ".".join([package, *below.split(".")[2:]])
    for prefix, target in _MOVED:
        if rest == prefix or rest.startswith(prefix + "."):
            return ".".join(part for part in (target, rest[len(prefix) + 1 :]) if part)
    return rest


def find(path):
    """The object at a dotted path under graphflow, or None."""
    found = graphflow
    parts = path.split(".") if path else []
    for i, part in enumerate(parts):
        if isinstance(found, types.ModuleType) and not hasattr(found, part):
            renamed = _RENAMED.get(".".join(parts[: i + 1]))
            if renamed is not None:
                return find(".".join([renamed, *parts[i + 1 :]]))
            try:
                importlib.import_module(f"{found.__name__}.{part}")
            except ModuleNotFoundError as err:
                if err.name and err.name.startswith("graphflow"):
                    return None
                raise
        found = getattr(found, part, None)
        if found is None:
            return None
    return found


def target(name):
    """What a dotted TensorFlow name stands for, or None."""
    if name in _STANDARD:
        return importlib.import_module(_STANDARD[name])
    module, _, attribute = name.rpartition(".")
    if module in _STANDARD:
        return getattr(importlib.import_module(_STANDARD[module]), attribute, None)
    found = _inside(name)
    if found is not None:
        return found
    _, is_proto, message = name.partition("_pb2")
    if is_proto:
        return find(graphflow_name(name)) or find("_protos" + message)  # some messages of contrib are classes here
    path = graphflow_name(name)
    if homes.home(name):
        return _module(name, path)
    module, attribute = homes.split(name)
    if module and attribute in homes.home(module).others:
        return target("tensorflow." + homes.home(module).others[attribute])
    found = find(path)
    if found is None and "python" in name.split("."):
        found = _without_a_part(path, down_to=1 if module else 0)
    if found is None and inside.is_module(name):
        return graphflow
    return found


def _module(name, path):
    """What a private module of TensorFlow stands for: the place where most of its functions are."""
    found = find(path)
    if not isinstance(found, types.ModuleType):  # a module with the name of something in it
        found = find(path.rpartition(".")[0])
    if found is None:
        found = _without_a_part(path)
    while found is None and ".contrib." in name and path:
        path = path.rpartition(".")[0]  # contrib.framework.python.ops.variables: its functions are in contrib.framework
        found = find(path)
    return found if isinstance(found, types.ModuleType) else _NOTHING


def _inside(name):
    """What a name from TensorFlow's inside stands for, when that is no public thing by nearly the same name."""
    found = inside.named(name)
    return find(found) if isinstance(found, str) else found or inside.generated(name) or _public(name)


def _public(name):
    """What a private module has under a name that is public elsewhere, or None."""
    module, attribute = homes.split(name)
    path, _, order = homes.home(module).names.get(attribute, "").partition("(") if module else ("", "", "")
    found = find(path) if path else None
    return _with_positions(found, tuple(order.rstrip(")").split(","))) if found and order else found


@functools.cache
def _with_positions(function, order):
    """`function`, whose positional arguments are those of `order`."""

    @functools.wraps(function)
    def reordered(*args, **kwargs):
        return function(**dict(zip(order, args)), **kwargs)

    return reordered


def _without_a_part(path, down_to=0):
    """What is found when one part is left out: the functions of python.ops.array_ops are at the top here."""
    parts = path.split(".")
    kept = 2 if parts[0] == "contrib" else 0  # contrib.legacy_seq2seq.seq2seq is not contrib.seq2seq
    shorter = (find(".".join(parts[:i] + parts[i + 1 :])) for i in range(kept, len(parts) - down_to))
    return next((found for found in shorter if found is not None), None)


class Facade(types.ModuleType):
    """A module that looks its names up in graphflow, and says what is missing."""

    def __init__(self, name, stands_for):
        super().__init__(name, getattr(stands_for, "__doc__", None))
        self.__dict__["_target"] = stands_for
        self.__path__ = []
        self.__version__ = VERSION

    def __getattr__(self, name):
        if name == "__all__":
            return self._all()
        found = None
        if ".python" in self.__name__:  # public names need no search
            path = f"{self.__name__}.{name}"
            found = importlib.import_module(path) if homes.home(path) else _inside(path)
        if found is None:
            found = getattr(self.__dict__["_target"], name, None)
        if found is not None and not isinstance(found, types.ModuleType):
            return found
        path = f"{self.__name__}.{name}"
        if isinstance(found, types.ModuleType) and found.__name__.startswith("graphflow."):
            return _submodule(path) or found  # its names before 1.0 are there too
        if found is None:
            renamed = _RENAMED.get(graphflow_name(path))
            found = renamed and find(renamed)
        if found is not None or hasattr(self.__dict__["_target"], name):
            return found
        if name in self._others():
            return importlib.import_module(f"tensorflow.{self._others()[name]}")
        if name[0].islower() and (module := _submodule(path)):  # else it is no module
            return module
        raise AttributeError(_missing(path))

    def _others(self):
        """Modules of TensorFlow that this private one imports."""
        home = homes.home(self.__name__)
        return home.others if home else {}

    def _all(self):
        """What `import *` takes."""
        home = homes.home(self.__name__)
        if home is None:
            return [n for n in dir(self.__dict__["_target"]) if not n.startswith("_")]
        return [n for n in (*home.names, *home.others) if hasattr(self, n)]

    def __dir__(self):
        return sorted(set(dir(self.__dict__["_target"])) | set(self.__dict__))


def _submodule(path):
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        return None


def _missing(name):
    """The words for a name that is not here."""
    public = graphflow_name(name).split(".")
    hint = homes.advice(name)
    if public[0] == "contrib" and len(public) > 1 and not hasattr(graphflow.contrib, public[1]):
        hint = graphflow.contrib.elsewhere(public[1])
    return f"{name} is not in graphflow: {hint or '`python -m graphflow --check SCRIPT` lists all that a script lacks'}"


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answers imports of `tensorflow` and what lies below it."""

    def find_spec(self, fullname, path=None, _=None):
        if fullname.partition(".")[0] not in ROOTS:
            return None
        if fullname == "keras":
            importlib.import_module("graphflow_keras")  # under its own name first, which chooses the dialect
        stands_for = target(fullname)
        if stands_for is None and fullname.startswith("keras"):
            return None  # Python's own words do
        if stands_for is None:
            raise ModuleNotFoundError(
                _missing(fullname)
            )  # without its name, else `from ... import ...` hides the words
        if fullname == "keras":
            print("Using TensorFlow backend.", file=sys.stderr)
        if isinstance(stands_for, types.ModuleType) and stands_for.__name__.partition(".")[0] == "graphflow_keras":
            return importlib.machinery.ModuleSpec(fullname, aliases.ModuleLoader(stands_for))
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        return Facade(spec.name, target(spec.name))

    def exec_module(self, module):
        pass


def install():
    """From now on `tensorflow` is graphflow in this process; returns the finder, for `remove`."""
    finder = Finder()
    sys.meta_path.insert(0, finder)
    return finder


def remove(finder):
    """Undoes `install`."""
    sys.meta_path.remove(finder)
    for name, module in list(sys.modules.items()):
        ours = isinstance(module, Facade) or getattr(module, "__name__", "").partition(".")[0] == "graphflow_keras"
        if ours and name.partition(".")[0] in ROOTS:
            del sys.modules[name]
