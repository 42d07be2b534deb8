"""Forward and backward side by side: nothing overlaps, values run down, gradients run up."""

import re
import xml.etree.ElementTree as xml

import numpy as np
import pytest

import graphflow as tf
from graphflow import viz
from graphflow._viz.layout import sidebyside


def chain():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.get_variable("w", [3, 2], initializer=tf.ones_initializer())
    h = tf.tanh(tf.matmul(x, w, name="dot"), name="h")
    loss = tf.reduce_sum(tf.square(h, name="square"), name="loss")
    return loss, x


def branching():
    x = tf.placeholder(tf.float32, [None, 4, 4, 2], name="x")
    a = tf.layers.conv2d(x, 2, 3, padding="same", activation=tf.nn.relu, name="a")
    b = tf.layers.conv2d(x, 2, 1, activation=tf.sigmoid, name="b")
    joined = tf.concat([a, b, a * b], 3, name="joined")
    return tf.reduce_sum(tf.layers.flatten(joined) + 1.0, name="loss"), x


def laid(build):
    loss, _ = build()
    tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    picture = viz.side_by_side(tf.get_default_graph())
    return picture, sidebyside.picture(picture.model, picture.overlay)


@pytest.mark.parametrize("build", [chain, branching])
def test_boxes_and_captions_do_not_overlap(build):
    _, panel = laid(build)
    spans = [(b.x, b.y, b.x + b.width, b.y + b.height) for b in [*panel.boxes, *panel.captions]]
    for i, (left, top, right, bottom) in enumerate(spans):
        assert 0 <= left and right <= panel.width and 0 <= top and bottom <= panel.height
        for other in spans[i + 1 :]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


@pytest.mark.parametrize("build", [chain, branching])
def test_gradients_stand_at_the_right_hand_in_the_same_row(build):
    picture, panel = laid(build)
    at = {box.item.name: box for box in panel.boxes}
    assert len(at) == len(panel.boxes)
    for forward, backward in picture.overlay.pairs:
        assert at[backward].y == at[forward].y
        assert at[backward].x > at[forward].x + at[forward].width


def test_values_run_down_and_gradients_up():
    picture, panel = laid(chain)
    backward = {b for _, b in picture.overlay.pairs}
    for line in panel.lines:
        start, stop = line.runs[0][1], line.runs[-1][2]
        assert (stop < start) == (line.name.partition(" → ")[0] in backward)
    assert {"w → dot", "dot → h", "h → square", "square → loss"} <= {line.name for line in panel.lines}


def test_a_chain_stands_in_one_column():
    _, panel = laid(chain)
    middles = {round(b.x + b.width / 2, 3) for b in panel.boxes if b.item.name in ("w", "dot", "h", "square", "loss")}
    assert len(middles) == 1


def test_numbers_of_a_recorded_step_stand_at_the_edges():
    loss, x = chain()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    record = viz.record(session, train, {x: [[0.0, 0.0, 0.5]]}, times=False)
    root = xml.fromstring(record.side_by_side().to_svg())
    texts = {element.text for element in root.iter() if element.tag.endswith("}text")}
    assert {"[[0.5, 0.5]]", f"[[{np.tanh(0.5):.4g}, {np.tanh(0.5):.4g}]]"} <= texts
    assert not record.overlay.beside


def test_preparations_are_left_out():
    picture, _ = laid(chain)
    assert not [name for name in picture.model.nodes if re.search(r"gradients/.*(Shape|Const|grad_ys)", name)]
    assert {"dot", "h", "gradients/h_grad/TanhGrad"} <= picture.model.nodes.keys()


def test_a_run_without_gradients_has_no_other_side():
    record = viz.record(tf.Session(), tf.constant(1.0), times=False)
    with pytest.raises(ValueError, match="no gradient was computed"):
        record.side_by_side()


def test_very_many_pairs_are_cut_off():
    x = tf.placeholder(tf.float32, [], name="x")
    y = x
    for _ in range(400):
        y = tf.tanh(y)
    tf.gradients(y, x)
    picture = viz.side_by_side(tf.get_default_graph())
    assert len({f for f, _ in picture.overlay.pairs}) == 400
    boxes = sidebyside.picture(picture.model, picture.overlay).boxes
    assert len(boxes) == 601  # 300 operations, their gradients, and the one with which it begins
