"""The surroundings of a node that failed."""

import sys

import pytest

import graphflow as tf
from graphflow import viz


@pytest.fixture
def failing():
    """An error of a chain of five operations, of which the third fails."""
    x = tf.placeholder(tf.float32, [None], name="x")
    doubled = tf.multiply(x, 2.0, name="doubled")
    checked = tf.check_numerics(tf.log(doubled, name="log"), "log of a negative", name="checked")
    tf.reduce_sum(tf.exp(checked, name="exp"), name="far")
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        tf.Session().run("far:0", {x: [-1.0]})
    return caught.value


def test_an_error_shows_its_node_and_what_is_near(failing):
    found = viz.neighbourhood(failing)
    assert set(found.model.nodes) == {"checked", "log", "doubled", "exp", "far"}
    mark = found.overlay.marks["checked"]
    assert (mark.tone, mark.badge) == ("bad", "failed")
    assert "log of a negative" in mark.rows[0][1]
    assert found.overlay.marks["doubled"].rows == [("not shown", "2 more inputs")]


def test_hops(failing):
    assert set(viz.neighbourhood(failing, hops=1).model.nodes) == {"checked", "log", "exp"}


def test_the_last_error_is_taken_by_itself(failing, monkeypatch):
    monkeypatch.setattr(sys, "last_value", failing, raising=False)
    assert "checked" in viz.neighbourhood().model.nodes


def test_operations_and_tensors_have_neighbourhoods_too(failing):
    op = failing.op.graph.get_operation_by_name("log")
    assert viz.neighbourhood(op).model.nodes == viz.neighbourhood(op.outputs[0]).model.nodes
    assert viz.neighbourhood(op).overlay.marks["log"].tone == "hot"


def test_many_neighbours_are_cut_off():
    x = tf.placeholder(tf.float32, [], name="x")
    for _ in range(500):
        tf.exp(x)
    assert len(viz.neighbourhood(x).model.nodes) == 60


@pytest.mark.parametrize("what", [ValueError("no node"), 5, None])
def test_what_names_no_operation_is_told(what, monkeypatch):
    monkeypatch.setattr(sys, "last_value", KeyError("other"), raising=False)
    with pytest.raises(ValueError, match="operation"):
        viz.neighbourhood(what)


def test_the_error_offers_its_picture(failing):
    assert failing._repr_html_().startswith("<iframe")
    assert tf.errors.NotFoundError(None, None, "no node")._repr_html_() is None


def test_in_a_notebook_the_error_says_how_to_see_it(monkeypatch):
    error = tf.errors.InvalidArgumentError(None, tf.constant(1.0).op, "bad")
    assert not hasattr(error, "__notes__")
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    error = tf.errors.InvalidArgumentError(None, tf.constant(1.0).op, "bad")
    assert "viz.neighbourhood()" in error.__notes__[0]
