"""The tables are total: what one of them names, the others know."""

import importlib
import pkgutil

import graphflow as tf  # noqa: F401  (makes most families register their rules)
from graphflow import _ops
from graphflow._core import errors
from graphflow._graph import op_def
from graphflow._lowering import table

for found in pkgutil.iter_modules(_ops.__path__):  # and the ones that are loaded when first asked for
    importlib.import_module(f"graphflow._ops.{found.name}")

KNOWN = set(op_def.known_types())
ONLY_FED = {"Placeholder", "PlaceholderV2"}  # a run without their value ends before any rule is asked
SHAPED_BY_THEIR_FUNCTION = {"PartitionedCall", "StatefulPartitionedCall"}  # known when the function's body is


def test_every_lowering_row_has_a_signature():
    assert not set(table.rows()) - KNOWN


def test_every_rule_has_a_signature():
    assert not set(op_def._SHAPE_RULES) - KNOWN
    assert not set(op_def._GRADIENT_RULES) - KNOWN


def test_every_signature_parses():
    for op_type in KNOWN:
        assert op_def.get(op_type).name == op_type


def test_every_type_with_a_shape_rule_can_run():
    """A shape rule is written for what a public function builds: all of that has a lowering row, if only one with a reason."""
    missing = sorted(set(op_def._SHAPE_RULES) - set(table.rows()) - ONLY_FED)
    assert not missing, f"add a row to graphflow/_lowering for {missing}"


def test_every_type_that_runs_has_a_shape_rule():
    with_outputs = {t for t in table.rows() if op_def.get(t).outputs} - SHAPED_BY_THEIR_FUNCTION
    without = sorted(t for t in with_outputs if op_def.get(t).shape_rule is None)
    assert not without, f"add a @shape_rule for {without}"


def test_an_unknown_type_names_its_nearest():
    try:
        op_def.get("MatMull")
    except errors.NotFoundError as err:
        assert "MatMul" in err.message
    else:
        raise AssertionError("MatMull is no op type")
