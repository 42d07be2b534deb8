"""What a case is: a small function written against TensorFlow's API, run under the judge and under graphflow.

Everything in this folder that both sides run keeps to the syntax of Python 3.7, the judge's.
"""

import dataclasses
import importlib
import os
import shutil
import tempfile
import typing

import numpy as np

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures")
CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases")

_REGISTRY = {}  # module name -> {case name: Case}


@dataclasses.dataclass(frozen=True)
class Case:
    """One function and how to run it; `case` and `script` describe the fields."""

    name: str
    build: typing.Callable
    feeds: tuple = ({},)
    grads: bool = False
    graph: bool = True
    raises: bool = False
    control_flow_v2: bool = False
    rtol: typing.Optional[float] = None
    atol: typing.Optional[float] = None
    is_script: bool = False
    is_keras: bool = False
    is_eager: bool = False


def _register(build, name, **fields):
    cases = _REGISTRY.setdefault(build.__module__, {})
    name = name or build.__name__
    if name in cases:
        raise ValueError(
            f"case {name!r} of {build.__module__} exists already; give the second one another name"
        )
    cases[name] = Case(name, build, **fields)
    return build


def case(name=None, feeds=None, runs=1, **fields):
    """Registers `build(tf)`, which makes a graph and returns what to fetch: a tensor, a list or a dict.

    Args:
        name: str, the case's name where it is not the function's.
        feeds: what to feed, placeholder name -> value; a list of such dicts is one per run.
        runs: int, how often the fetches are run in one session, for state and random streams.
        grads: bool, record also the gradients of the fetched floats, weighted, with respect to the fed floats
            and the trainable variables.
        graph: bool, compare the graph node by node.
        raises: bool, TensorFlow raises here; the kind of error is what is compared.
        control_flow_v2: bool, build under `tf.enable_control_flow_v2()`, so that loops are functional nodes.
        rtol, atol: floats, in place of the tolerances of `compare.TOLERANCES`.
    """
    feeds = tuple(feeds) if isinstance(feeds, list) else (feeds or {},) * runs
    return lambda build: _register(build, name, feeds=feeds, **fields)


def script(name=None, graph=False, **fields):
    """Registers `f(tf)`, free to do anything, sessions included; it returns a dict of arrays, numbers, text.

    It runs with a fresh default graph, which is recorded at the end when `graph` is True. `raises`, `rtol`
    and `atol` as in `case`.
    """
    return lambda run: _register(run, name, graph=graph, is_script=True, **fields)


def eager_script(name=None, **fields):
    """Registers `f(tf)`, a script that runs with eager execution and may return eager tensors and variables.

    `raises`, `rtol` and `atol` as in `case`.
    """
    return lambda run: _register(run, name, graph=False, is_script=True, is_eager=True, **fields)


def keras_script(name=None, **fields):
    """Registers `f(keras)`, a script that gets the Keras package, after `clear_session` and with seeds set.

    `keras.backend.tf` is the TensorFlow below it. `raises`, `rtol` and `atol` as in `case`.
    """
    return lambda run: _register(run, name, graph=False, is_script=True, is_keras=True, **fields)


def modules():
    """Names of all case modules, sorted."""
    return sorted(name[:-3] for name in os.listdir(CASES) if name.endswith(".py") and name != "__init__.py")


def collect(module):
    """The cases of one module, name -> Case, in the order of the file."""
    return _REGISTRY[importlib.import_module("tests.oracle.cases." + module).__name__]


def floats(*shape, dtype=np.float32, seed=0, low=-2.0, high=2.0):
    """Numbers in [low, high) on a grid of 1/1024, the same bits with every NumPy on every machine."""
    steps = np.random.RandomState(seed).randint(int(low * 1024), int(high * 1024), size=shape)
    return (steps / 1024.0).astype(dtype)


def integers(*shape, dtype=np.int32, seed=0, low=0, high=10):
    """Whole numbers in [low, high)."""
    return np.random.RandomState(seed).randint(low, high, size=shape).astype(dtype)


def data(name):
    """The arrays of an .npz file in fixtures/, by name."""
    with np.load(os.path.join(FIXTURES, name)) as file:
        return {key: file[key] for key in file.files}


class Folder(object):
    """A folder with files that is there for one case; the working directory meanwhile."""

    def __init__(self, **files):
        self.files = files

    def __enter__(self):
        self.before, self.path = os.getcwd(), tempfile.mkdtemp()
        os.chdir(self.path)
        for name, content in self.files.items():
            with open(name, "wb") as file:
                file.write(content)

    def __exit__(self, *error):
        os.chdir(self.before)
        shutil.rmtree(self.path)


def kind_made(make):
    """The kind of error that calling `make` raises, or "fine"."""
    try:
        make()
    except Exception as error:
        return type(error).__name__
    return "fine"
