import re
import xml.etree.ElementTree as xml

import graphflow as tf
from graphflow import viz
from graphflow._viz import layout


def build():
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    w = tf.Variable(tf.ones([4, 2]), name="w")
    with tf.name_scope("layer"):
        y = tf.nn.relu(tf.matmul(x, w))
    tf.gradients(tf.reduce_sum(y), [w])
    return tf.get_default_graph()


def test_svg_is_well_formed_and_names_what_it_shows(tmp_path):
    path = viz.save_svg(build(), tmp_path / "g.svg")
    root = xml.parse(path).getroot()
    titles = {t.text for t in root.iter("{http://www.w3.org/2000/svg}title")}
    assert {"x", "w", "layer", "gradients"} <= titles


def test_boxes_do_not_overlap():
    sizes = [(30 + 7 * (i % 5), 20) for i in range(60)]
    edges = {(i, j): 1 for i in range(60) for j in (i + 1, i + 7, i * 2) if i < j < 60}
    placed = layout.place(sizes, edges)
    for i, (x, y) in enumerate(placed.boxes):
        assert 0 <= x - sizes[i][0] / 2 and x + sizes[i][0] / 2 <= placed.width
        for j, (u, v) in enumerate(placed.boxes[:i]):
            assert y != v or abs(x - u) >= (sizes[i][0] + sizes[j][0]) / 2
    assert set(placed.paths) == set(edges)


def test_cycles_are_drawn():
    placed = layout.place([(10, 10)] * 3, {(0, 1): 1, (1, 2): 1, (2, 0): 1})
    assert placed.paths[2, 0][0][1] > placed.paths[2, 0][-1][1]


def test_dot_quotes_names():
    tf.constant(1.0, name="a")
    text = viz.to_dot(tf.get_default_graph())
    assert re.search(r'"a" \[label="a\\nConst \[\]"\]', text)
