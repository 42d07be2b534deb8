"""Layers as a lecture draws them: volumes, filters, activation maps, receptive fields."""

import xml.etree.ElementTree as xml
from pathlib import Path

import numpy as np
import pytest

import graphflow as tf
import graphflow_keras as keras
from graphflow import viz
from graphflow._viz.graph import model
from graphflow._viz.networks import receptive, volumes


def lecture_network():
    """The lecture's example: 6 filters of 5x5x3 on a 32x32x3 image give 28x28x6; then pooling and a dense layer."""
    x = tf.placeholder(tf.float32, [None, 32, 32, 3], name="x")
    h = tf.layers.conv2d(x, 6, 5, activation=tf.nn.relu, name="conv")
    h = tf.layers.max_pooling2d(h, 2, 2, name="pool")
    return tf.layers.dense(tf.layers.flatten(h), 10, activation=tf.nn.softmax, name="out")


def test_the_lectures_sizes_and_counts():
    y = lecture_network()
    loss = tf.reduce_sum(y)
    tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    for source in ([y], tf.get_default_graph(), tf.get_default_graph().as_graph_def()):
        chain = volumes.chain(model.read(source))
        assert [v.dims for v in chain] == [(32, 32, 3), (28, 28, 6), (14, 14, 6), (1176,), (10,)]
        assert [v.parameters for v in chain] == [0, 456, 0, 0, 11770]
        assert [v.window for v in chain][1:3] == [(5, 5), (2, 2)]
        assert chain[1].lines == ["conv 5×5", "valid", "ReLU"]
        assert chain[-1].lines == ["dense", "softmax"]


def test_a_network_written_by_hand():
    x = tf.placeholder(tf.float32, [None, 64], name="x")
    w, b = tf.Variable(tf.zeros([64, 32])), tf.Variable(tf.zeros([32]))
    h = tf.maximum(tf.matmul(x, w) + b, 0.0)
    y = tf.sigmoid(tf.matmul(h, tf.Variable(tf.zeros([32, 10]))))
    chain = volumes.chain(model.read(y))
    assert [(v.dims, v.parameters) for v in chain] == [((64,), 0), ((32,), 64 * 32 + 32), ((10,), 320)]
    assert [v.lines for v in chain] == [["input"], ["dense", "ReLU"], ["dense", "sigmoid"]]


def test_a_keras_model_with_branches_and_its_parameters():
    inputs = keras.layers.Input((16, 16, 3))
    a = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    b = keras.layers.Conv2D(8, 5, padding="same")(inputs)
    h = keras.layers.GlobalAveragePooling2D()(keras.layers.concatenate([a, b]))
    net = keras.models.Model(inputs, keras.layers.Dense(4)(h))
    chain = volumes.chain(model.read(net))
    assert [v.dims for v in chain] == [(16, 16, 3), (16, 16, 8), (16, 16, 16), (16,), (4,)]
    assert chain[1].parameters == 3 * 3 * 3 * 8 + 8
    assert chain[-1].parameters == 16 * 4 + 4


def test_what_differs_between_training_and_use_is_no_obstacle():
    layers = keras.layers
    net = keras.models.Sequential(
        [
            layers.Conv2D(8, 3, input_shape=(12, 12, 1)), layers.BatchNormalization(), layers.Dropout(0.5),
            layers.Conv2D(4, 3, name="last"), layers.Flatten(), layers.Dense(2),
        ]
    )  # fmt: skip
    chain = volumes.chain(model.read(net))
    assert [v.dims for v in chain] == [(12, 12, 1), (10, 10, 8), (8, 8, 4), (256,), (2,)]
    assert chain[1].lines == ["conv 3×3", "valid", "batch norm", "dropout"]
    field = receptive.fields(net.get_layer("last"), 2, 2)[-1]
    assert (field.name, field.rows, field.columns) == (net.input.op.name, (2, 6), (2, 6))


def test_the_drawing_is_an_svg_with_all_texts(tmp_path):
    drawing = viz.volumes(lecture_network())
    root = xml.fromstring(Path(drawing.save(tmp_path / "net.svg")).read_text(encoding="utf-8"))
    texts = [element.text for element in root.iter() if element.tag.endswith("}text")]
    assert {"32×32×3", "28×28×6", "conv 5×5", "456 parameters", "11 770 parameters"} <= set(texts)
    assert drawing._repr_svg_() == drawing.to_svg()


def test_drawings_are_svg_only(tmp_path):
    with pytest.raises(ValueError, match="expected a path that ends in .svg"):
        viz.volumes(lecture_network()).save(tmp_path / "net.png")


def test_texts_of_neighbours_do_not_overlap():
    drawing = viz.volumes(lecture_network())
    root = xml.fromstring(drawing.to_svg())
    rows = {}
    for element in root.iter():
        if element.tag.endswith("}text"):
            size = {"head": 13, "label": 12, "quiet": 11}[element.get("class")]
            half = viz_width(element.text, size) / 2
            rows.setdefault(element.get("y"), []).append(
                (float(element.get("x")) - half, float(element.get("x")) + half)
            )
    for spans in rows.values():
        spans.sort()
        assert all(a[1] < b[0] for a, b in zip(spans, spans[1:]))


def viz_width(text, size):
    return volumes.text.width(text, size)


def test_a_graph_without_layers_is_told():
    tf.add(tf.constant(1.0), 2.0)
    with pytest.raises(ValueError, match="has no layers to draw"):
        viz.volumes(tf.get_default_graph())


def test_filters_in_every_form(tmp_path):
    rgb = viz.filters(np.random.RandomState(0).rand(5, 5, 3, 6))
    assert rgb.to_svg().count("<image") == 6
    deep = viz.filters(np.random.RandomState(0).randn(3, 3, 12, 40), most=10)
    assert deep.to_svg().count("<image") == 10 and "and 30 more" in deep.to_svg()
    assert viz.filters(np.random.RandomState(0).randn(64, 10)).to_svg().count("<image") == 10
    with pytest.raises(ValueError, match=r"has the shape \[7, 10\]"):
        viz.filters(np.zeros([7, 10]))


def test_filters_and_maps_of_a_session():
    y = lecture_network()
    maps = tf.get_default_graph().get_tensor_by_name("conv/Relu:0")
    kernel = tf.trainable_variables()[0]
    with pytest.raises(ValueError, match="lies in a session"):
        viz.filters(kernel)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert "6 filters of 5×5×3" in viz.filters(kernel).to_svg()
        assert viz.filters("conv/kernel:0", session).to_svg() == viz.filters(kernel).to_svg()
        image = np.ones([2, 32, 32, 3])
        drawn = viz.activation_maps(maps, {"x:0": image}, example=1).to_svg()
        assert "6 activation maps of 28×28" in drawn and drawn.count("<image") == 6
        with pytest.raises(ValueError, match="example 2 must be in the batch"):
            viz.activation_maps(maps, {"x:0": image}, example=2)
        with pytest.raises(ValueError, match="activation maps are"):
            viz.activation_maps(y, {"x:0": image})


def nets(x):
    """Networks of all that a receptive field goes through, with positive weights, so that no gradient cancels."""
    ones = tf.ones_initializer()

    def conv(x, filters, size, **options):
        return tf.layers.conv2d(x, filters, size, kernel_initializer=ones, **options)

    def residual(x):
        return conv(x, 2, 3, padding="same") + conv(x, 2, 1)

    return {
        "valid": conv(conv(x, 2, 3), 2, 5),
        "same": conv(conv(x, 2, 3, padding="same"), 2, (5, 1), padding="same"),
        "strides": conv(conv(x, 2, 3, strides=2, padding="same"), 2, 4, strides=(3, 2), padding="same"),
        "dilated": conv(x, 2, 3, dilation_rate=1) + 0.0,
        "pool": tf.layers.average_pooling2d(conv(x, 2, 3), 3, 2, padding="same"),
        "depthwise": tf.nn.depthwise_conv2d(x, tf.ones([3, 4, 2, 1]), [1, 1, 1, 1], "VALID"),
        "padded": conv(tf.pad(x, [[0, 0], [2, 1], [0, 3], [0, 0]]), 2, 3, strides=2),
        "residual": residual(residual(x)),
        "concat": tf.concat([conv(x, 2, 5, padding="same"), tf.nn.sigmoid(x)], 3),
    }


def test_receptive_fields_are_where_gradients_arrive():
    x = tf.placeholder(tf.float32, [1, 19, 17, 2], name="x")
    places, grads = {}, {}
    for name, y in nets(x).items():
        rows, columns = y.shape.as_list()[1:3]
        for place in {(0, 0), (rows // 2, columns // 3), (rows - 1, columns - 1)}:
            key = name, place
            places[key] = receptive.fields(y, *place)[-1]
            grads[key] = tf.gradients(y[:, place[0], place[1], :], x)[0]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        arrived = session.run(grads, {x: np.ones([1, 19, 17, 2])})
    for key, gradient in arrived.items():
        assert places[key].name == "x", key
        reached = np.zeros([19, 17], bool)
        reached[places[key].inside()] = True
        np.testing.assert_array_equal(reached, (gradient != 0).any((0, 3)), err_msg=str(key))


def test_the_drawing_of_a_receptive_field(tmp_path):
    lecture_network()
    output = tf.get_default_graph().get_tensor_by_name("pool/MaxPool:0")
    drawing = viz.receptive_field(output, 3, 4, image=np.random.RandomState(0).rand(32, 32, 3))
    text = drawing.to_svg()
    assert (drawing.fields[-1].height, drawing.fields[-1].width) == (6, 6)
    assert "field 6×6" in text and text.count("<image") == 1
    xml.fromstring(text)


@pytest.mark.parametrize(
    "build, message",
    [
        (lambda: (tf.zeros([1, 4, 4, 1]), 4, 0), "lies outside of"),
        (lambda: (tf.zeros([4, 4]), 0, 0), "which is no map"),
        (lambda: (tf.nn.relu(tf.placeholder(tf.float32, [None, None, 4, 1])), 0, 0), "is not known while building"),
    ],
)
def test_what_has_no_receptive_field(build, message):
    with pytest.raises(ValueError, match=message):
        viz.receptive_field(*build())
