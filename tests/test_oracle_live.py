"""The fixtures are still what the judge says. GRAPHFLOW_ORACLE names a Python that has TensorFlow 1.15.5."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.oracle import compare, harness, storage

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """A folder with all fixtures, recorded just now; two judges share the work."""
    python = os.environ.get("GRAPHFLOW_ORACLE")
    assert python, "set GRAPHFLOW_ORACLE to a Python 3.7 that has tensorflow==1.15.5"
    folder = tmp_path_factory.mktemp("fixtures")
    command = [python, "-W", "ignore", "-m", "tests.oracle.record", "--out", str(folder / "fixtures")]
    env = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3")
    judges = []
    for i in range(2):
        with open(folder / f"errors{i}", "w") as errors:
            modules = harness.modules()[i::2]
            judges.append(
                subprocess.Popen([*command, *modules], cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=errors)
            )
    for i, judge in enumerate(judges):
        assert judge.wait() == 0, "\n".join((folder / f"errors{i}").read_text().splitlines()[-20:])
    return folder / "fixtures"


def _settled(value):
    """Text without what differs from process to process: numbers of Python functions, addresses, the order of sets."""
    if isinstance(value, dict):
        return {key: _settled(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_settled(part) for part in value]
    if not isinstance(value, str):
        return value
    value = re.sub(r"pyfunc_\d+", "pyfunc_N", re.sub(r"0x[0-9a-f]+", "0xN", value))
    return re.sub(r"\{([^{}]*)\}", lambda found: "{" + ", ".join(sorted(found[1].split(", "))) + "}", value)


def _text_of(recorded):
    """All of a recording but its numbers; in messages, TensorFlow numbers its resources over the whole process."""
    parts = _settled({key: part for key, part in recorded.items() if key != "values"})
    if "error" in parts:
        parts["error"] = dict(parts["error"], message=re.sub(r"_\d+", "_N", parts["error"]["message"]))
    return parts


# Keras trains reference variables, and real TensorFlow reads some of them before or after their update, as it happens.
_JUDGE_RACES = ("keras_optimizers", "keras_recurrent", "keras_saving", "keras_training")


@pytest.mark.live
@pytest.mark.parametrize("module", harness.modules())
def test_fixtures_are_what_the_judge_says(module, answers):
    fixture, answer = storage.load(module, harness.FIXTURES), storage.load(module, answers)
    assert list(fixture) == list(answer)
    for name, case in harness.collect(module).items():
        assert _text_of(fixture[name]) == _text_of(answer[name]), f"{module}: {name}"
        if not case.raises and module not in _JUDGE_RACES:
            lines = compare.value_differences(fixture[name], answer[name], case.rtol, case.atol)
            assert not lines, f"{module}: {name}\n" + "\n".join(lines)
