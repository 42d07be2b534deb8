"""What every test starts from: an empty default graph, no screen, and a cache folder of its own."""

import os
import random
import secrets
import sys
import tempfile

import numpy as np
import pytest

# Set before graphflow is imported: compiled programs of a test run never meet those of the user, or of an
# earlier run, so a test cannot pass on an old program.
_cache = tempfile.TemporaryDirectory(prefix="graphflow-tests-")
os.environ["XDG_CACHE_HOME"] = _cache.name
os.environ["KERAS_HOME"] = os.path.join(_cache.name, "keras")  # nor the user's settings of Keras
os.environ["MPLBACKEND"] = "Agg"

import graphflow  # noqa: E402  (the cache folder has to be named first)


def pytest_unconfigure():
    _cache.cleanup()


@pytest.fixture(autouse=True)
def fresh_default_graph():
    if "graphflow_keras" in sys.modules:  # its session would stay with the graph of the test before
        sys.modules["graphflow_keras"].dialect.speak("keras")
        sys.modules["graphflow_keras"].backend.clear_session()
    graphflow.reset_default_graph()  # last: clearing puts Keras's learning phase into the new graph


@pytest.fixture(autouse=True)
def same_numbers_each_time(monkeypatch):
    """What a test leaves unseeded is drawn the same in each run: a test passes always or never."""
    np.random.seed(0)
    random.seed(0)
    monkeypatch.setattr(secrets, "randbits", random.Random(0).getrandbits)
