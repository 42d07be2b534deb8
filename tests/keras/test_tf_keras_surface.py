"""Every public name of TensorFlow 1.15's `tf.keras` is there, and takes the arguments it takes there."""

import inspect
import json
from pathlib import Path

import pytest

import graphflow_keras
from graphflow_keras.engine import _layer_weights, base_layer
from tests.oracle import surface

FIXTURE = Path(surface.__file__).parent / "fixtures" / "tf_keras_surface.json"
SURFACE = json.loads(FIXTURE.read_text(encoding="utf-8"))

# Arguments that go by `**kwargs`: of all layers, of those over cells, and of single functions.
OF_LAYERS = base_layer._ARGUMENTS | base_layer._OF_TF_KERAS
BY_KEYWORD = {
    "layers.RNN": {"time_major"},
    "Layer.add_weight": _layer_weights._PLACEMENTS,
    "layers.CuDNNGRU": {"go_backwards"},
    "layers.CuDNNLSTM": {"go_backwards"},
    "Model.fit": {"validation_freq", "max_queue_size", "workers", "use_multiprocessing"},
    "Model.compile": {"distribute"},
    "backend.function": {"name"},
}


@pytest.fixture(autouse=True)
def tf_keras(fresh_session):
    graphflow_keras.dialect.speak("tf.keras")
    yield
    graphflow_keras.dialect.speak("keras")


def at(path):
    found = graphflow_keras
    for name in path.split(".")[1:]:
        found = getattr(found, name)
    return found


def takes(function, name):
    """Whether a function takes an argument by this name, though its signature may not tell."""
    while function is not None:
        if name in getattr(function, "_also_takes", ()) or name in inspect.signature(function).parameters:
            return True
        function = getattr(function, "__wrapped__", None)
    return False


def missing_arguments(path, expected, function, also):
    for name in expected or ():
        if name not in also and not takes(function, name):
            yield f"{path} takes no {name}"


def missing_of(path, expected, value):
    """What a class or function lacks, lines of text."""
    short = path.partition(".")[2]
    also = BY_KEYWORD.get(short, set())
    if not inspect.isclass(value):
        yield from missing_arguments(short, expected["arguments"], value, also)
        return
    if issubclass(value, base_layer.Layer):
        also = also | OF_LAYERS
    yield from missing_arguments(short, expected["arguments"], value.__init__, also)
    for name, arguments in expected.get("methods", {}).items():
        if not hasattr(value, name):
            yield f"{short} lacks {name}"
        else:
            also = BY_KEYWORD.get(f"{short.rpartition('.')[2]}.{name}", set())
            yield from missing_arguments(f"{short}.{name}", arguments, getattr(value, name), also)


@pytest.mark.parametrize("module", sorted(SURFACE))
def test_names_and_arguments(module):
    lines = []
    for name, expected in SURFACE[module].items():
        try:
            value = getattr(at(module), name)
        except AttributeError:
            lines.append(f"{module}.{name} is missing")
            continue
        lines += missing_of(f"{module}.{name}", expected, value)
    assert not lines, "\n".join(lines)


def test_a_gap_is_seen():
    def scale(x, factor=1.0):
        return x * factor

    assert not list(missing_of("keras.scale", {"arguments": ["x", "factor"]}, scale))
    assert list(missing_of("keras.scale", {"arguments": ["x", "axis"]}, scale)) == ["scale takes no axis"]
