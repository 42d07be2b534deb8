"""The fixtures are still what the judge says. GRAPHFLOW_ORACLE names a Python that has TensorFlow 1.15.5."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.oracle import compare, harness, storage

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """A folder with all fixtures, recorded just now."""
    python = os.environ.get("GRAPHFLOW_ORACLE")
    assert python, "set GRAPHFLOW_ORACLE to a Python 3.7 that has tensorflow==1.15.5"
    folder = tmp_path_factory.mktemp("fixtures")
    command = [python, "-W", "ignore", "-m", "tests.oracle.record", "--out", str(folder)]
    subprocess.run(command, cwd=ROOT, env=dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3"), check=True)
    return folder


@pytest.mark.live
@pytest.mark.parametrize("module", harness.modules())
def test_fixtures_are_what_the_judge_says(module, answers):
    fixture, answer = storage.load(module, harness.FIXTURES), storage.load(module, answers)
    assert list(fixture) == list(answer)
    for name, case in harness.collect(module).items():
        texts = [
            {key: part for key, part in r.items() if key != "values"} for r in (fixture[name], answer[name])
        ]
        assert texts[0] == texts[1], f"{module}: {name}"
        if not case.raises:
            lines = compare.value_differences(fixture[name], answer[name], case.rtol, case.atol)
            assert not lines, f"{module}: {name}\n" + "\n".join(lines)
