"""graphflow against the recorded answers of real TensorFlow 1.15.5: graphs, values and kinds of error."""

import functools

import pytest

import graphflow as tf
import graphflow_keras
from tests.oracle import compare, harness, recording, storage

CASES = [(module, case) for module in harness.modules() for case in harness.collect(module).values()]
RECORDED = functools.cache(functools.partial(storage.load, folder=harness.FIXTURES))


def cases(wanted):
    rows = [pytest.param(module, case, id=f"{module}-{case.name}") for module, case in CASES if wanted(case)]
    return pytest.mark.parametrize(("module", "case"), rows)


@pytest.fixture(autouse=True)
def dialect(request):
    """The judge's `tf.keras` is not its `keras`: each case hears the one it was recorded with."""
    case = getattr(request.node, "callspec", None) and request.node.callspec.params.get("case")
    graphflow_keras.dialect.speak("tf.keras" if case and not case.is_keras else "keras")


@pytest.mark.parametrize("module", harness.modules())
def test_every_case_was_recorded(module):
    assert set(RECORDED(module)) == set(harness.collect(module)), "run tests/oracle/record.py"


@cases(lambda case: case.graph and not case.raises)
def test_graph(module, case):
    expected = RECORDED(module)[case.name]["graph"]
    actual = recording.build(case, tf)
    lines = compare.graph_differences(expected, actual) + compare.gradient_differences(expected, actual)
    assert not lines, "\n".join(lines)


@cases(lambda case: not case.raises)
def test_values(module, case):
    lines = compare.value_differences(RECORDED(module)[case.name], recording.record(case, tf), case.rtol, case.atol)
    assert not lines, "\n".join(lines)


@cases(lambda case: case.raises)
def test_error(module, case):
    lines = compare.error_differences(RECORDED(module)[case.name]["error"], recording.record(case, tf)["error"])
    assert not lines, "\n".join(lines)
