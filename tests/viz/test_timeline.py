"""Values over recorded steps."""

from pathlib import Path

import numpy as np
import pytest

import graphflow as tf
from graphflow import viz
from graphflow._viz.views import timeline


@pytest.fixture
def recorder():
    x = tf.placeholder(tf.float32, [], name="x")
    w = tf.Variable(tf.zeros([30]), name="w")
    loss = tf.reduce_sum(tf.square(w - x), name="loss")
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, name="train")
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    found = viz.Recorder(session, [loss, "w:0"])
    for i in range(5):
        assert found.step({x: 1.0}, fetches=train, label=f"epoch {i}") is None
    return found


def test_values_are_those_of_the_steps(recorder):
    np.testing.assert_allclose(recorder.values["loss:0"], [30 * 0.64**i for i in range(5)], rtol=1e-5)
    np.testing.assert_allclose(recorder.values["w:0"][-1], np.full([30], 1 - 0.8**5), rtol=1e-5)
    assert recorder.steps == [f"epoch {i}" for i in range(5)]


def test_each_step_has_its_marks(recorder):
    laid = recorder.overlay
    assert [label for label, _ in laid.steps] == recorder.steps
    first, last = laid.steps[0][1], laid.steps[-1][1]
    assert first["loss"].badge == "30"
    assert dict(last["loss"].rows)["from, to"] == "30 to 5.033"
    assert first["loss"].image != last["loss"].image
    assert last["w"].bars
    assert laid.marks == last


def test_it_is_written_with_a_slider(recorder, tmp_path):
    assert "step-4" in Path(recorder.save(tmp_path / "steps.html")).read_text(encoding="utf-8")


def test_many_steps_are_thinned_out(recorder):
    recorder.steps = [str(i) for i in range(1000)]
    recorder.values = {"loss:0": [np.float32(i) for i in range(1000)], "w:0": [np.zeros(30)] * 1000}
    shown = [int(label) for label, _ in recorder.overlay.steps]
    assert len(shown) == 60 and (shown[0], shown[-1]) == (0, 999)


def test_before_the_first_step_there_is_a_picture_too():
    c = tf.constant(1.0, name="c")
    assert viz.Recorder(tf.Session(), c).overlay.marks["c"].tone == "good"


@pytest.mark.parametrize(
    "series", [[1.0, 1.0], [0.0, np.nan, 2.0], [np.nan, np.nan], [1.0, -5.0, np.inf], list(range(500))]
)
def test_curves_of_any_series(series):
    for now in (0, len(series) - 1):
        assert timeline.curve([float(v) for v in series], now).shape == (60, 180, 3)


def test_a_curve_falls_where_the_series_falls():
    blue = (timeline.curve([4.0, 3.0, 2.0, 1.0], 0) == (60, 111, 201)).all(-1)
    rows = [np.flatnonzero(blue[:, column]).mean() for column in (20, 90, 170)]
    assert rows == sorted(rows) and rows[0] < rows[-1]


def test_nothing_to_record_is_an_error():
    tf.constant(1.0)
    with pytest.raises(ValueError, match="at least one tensor"):
        viz.Recorder(tf.Session(), [])
    with pytest.raises(KeyError, match="refers to a Tensor"):
        viz.Recorder(tf.Session(), "nowhere:0")
