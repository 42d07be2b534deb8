"""docs/coverage.md says what is here, and functions take TensorFlow's parameters."""

import pytest

from tests.oracle import coverage

SURFACE = coverage.surface()


def test_the_page_is_up_to_date():
    assert coverage.PAGE.read_text(encoding="utf-8") == coverage.page(), "run python -m tests.oracle.coverage"


@pytest.mark.parametrize("namespace", SURFACE)
def test_parameters(namespace):
    """By name and in order; where TensorFlow takes **kwargs, ours may say which."""
    lines = coverage.parameter_differences(namespace, SURFACE[namespace])
    assert [line for line in lines if "kwargs" not in line[1]] == []
