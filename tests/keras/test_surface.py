"""Every public name of Keras 2.2.4 is there, with its signature."""

import importlib
import json
from pathlib import Path

import pytest

from tests.oracle import surface

FIXTURE = Path(surface.__file__).parent / "fixtures" / "keras_surface.json"
SURFACE = json.loads(FIXTURE.read_text(encoding="utf-8"))


def difference_lines(recorded, module):
    for name, expected in recorded.items():
        if not hasattr(module, name):
            yield f"{name} is missing"
        else:
            for line in surface.differences(expected, getattr(module, name)):
                yield f"{name}: {line}"


@pytest.mark.parametrize("name", sorted(SURFACE))
def test_names_and_signatures(name):
    module = importlib.import_module(name.replace("keras", "graphflow_keras", 1))
    found = list(difference_lines(SURFACE[name], module))
    assert not found, "\n".join(found)


def test_a_difference_is_seen():
    class Module:
        def scale(x, factor=2.0):
            return x

    wanted = {"kind": "function", "signature": "x, factor=1.0"}
    found = list(difference_lines({"scale": wanted, "shift": wanted}, Module))
    assert found == ["scale: (x, factor=2.0), expected (x, factor=1.0)", "shift is missing"]
