"""Pictures of models."""

import builtins
import importlib
from xml.etree import ElementTree

import pytest

import graphflow_keras as keras
from graphflow_keras.layers import Dense, Input, TimeDistributed, add, concatenate
from graphflow_keras.utils import model_to_dot, plot_model
from graphflow_keras.utils.vis_utils import model_to_dot as by_its_module


def _sequential():
    return keras.models.Sequential([Dense(4, input_shape=(3,), name="a"), keras.layers.Dropout(0.5, name="b")])


def _branches():
    x, y = Input((4,), name="x"), Input((8,), name="y")
    shared = Dense(8, name="shared")
    z = add([shared(x), Dense(8, name="own")(y)], name="sum")
    return keras.models.Model([x, y], concatenate([z, y], name="both"))


def _texts(picture):
    svg = ElementTree.fromstring(picture.create(format="svg"))
    return [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")]


def test_boxes_and_arrows():
    picture = model_to_dot(_branches())
    assert set(_texts(picture)) == {
        "x: InputLayer",
        "y: InputLayer",
        "shared: Dense",
        "own: Dense",
        "sum: Add",
        "both: Concatenate",
    }
    text = picture.to_string()
    assert text.startswith("digraph") and text.count("->") == 6
    assert '"y" -> "both"' in text and '"shared" -> "sum"' in text
    assert by_its_module is model_to_dot


def test_a_sequential_shows_its_input():
    text = model_to_dot(_sequential()).to_string()
    assert '"a_input" -> "a"' in text and '"a" -> "b"' in text


def test_shapes():
    assert _texts(model_to_dot(_sequential(), show_shapes=True))[:5] == [
        "a_input: InputLayer",
        "input:",
        "(None, 3)",
        "output:",
        "(None, 3)",
    ]
    assert "[(None, 8), (None, 8)]" in _texts(model_to_dot(_branches(), show_shapes=True))
    assert "{(None, 3)|(None, 4)}" in model_to_dot(_sequential(), show_shapes=True).to_string()


def test_a_layer_called_twice_on_other_shapes_has_multiple():
    layer = keras.layers.Activation("relu", name="twice")
    x, y = Input((4,)), Input((5,))
    model = keras.models.Model([x, y], [layer(x), layer(y)])
    assert "multiple" in _texts(model_to_dot(model, show_shapes=True))


def test_only_classes():
    assert _texts(model_to_dot(_sequential(), show_layer_names=False)) == ["InputLayer", "Dense", "Dropout"]


def test_wrappers_and_nested_models():
    inner = keras.models.Sequential([Dense(2, input_shape=(6,))], name="inner")
    model = keras.models.Sequential([TimeDistributed(Dense(5, name="d"), input_shape=(2, 3), name="t")])
    model.add(keras.layers.LSTM(6, name="r"))
    model.add(inner)
    assert _texts(model_to_dot(model))[1:] == ["t(d): TimeDistributed(Dense)", "r: LSTM", "inner: Sequential"]


def test_arrows_go_down_or_right():
    for rankdir, axis in (("TB", "y"), ("LR", "x")):
        svg = ElementTree.fromstring(model_to_dot(_branches(), rankdir=rankdir).create())
        place = {
            group[0].text.partition(":")[0]: float(group[1].get(axis))
            for group in svg.iter("{http://www.w3.org/2000/svg}g")
        }
        assert place["x"] < place["shared"] < place["sum"] < place["both"] and place["y"] < place["own"]


def test_boxes_do_not_overlap():
    svg = ElementTree.fromstring(model_to_dot(_branches(), show_shapes=True).create())
    size = float(svg.get("width")), float(svg.get("height"))
    boxes = [
        [float(group[1].get(key)) for key in ("x", "y", "width", "height")]
        for group in svg.iter("{http://www.w3.org/2000/svg}g")
    ]
    for i, (x, y, width, height) in enumerate(boxes):
        assert 0 <= x and 0 <= y and x + width <= size[0] and y + height <= size[1]
        for left, top, w, h in boxes[:i]:
            assert left >= x + width or x >= left + w or top >= y + height or y >= top + h


def test_names_cannot_break_out():
    name = 'a"];evil[label="<img src=x>|{b}'
    picture = model_to_dot(keras.models.Sequential([Dense(2, input_shape=(3,), name="plain")], name=name))
    assert picture.to_string().startswith('digraph "a\\"];evil[label=\\"')
    x = Input((3,), name="plain")
    picture.boxes = [type(picture.boxes[0])(name, name + ": Dense")] * 2
    assert ElementTree.fromstring(picture.create()) is not None
    assert "<img" not in picture._repr_svg_() and 'label="a\\"];evil' in picture.to_string()
    assert "\\|\\{b\\}" in picture.to_string() and x is not None


def test_files(tmp_path):
    starts = {"m.svg": b"<svg", "m.png": b"\x89PNG", "m.dot": b"digraph", "m.pdf": b"%PDF", "m": b"\x89PNG"}
    for name, start in starts.items():
        plot_model(_branches(), str(tmp_path / name), show_shapes=True)
        assert (tmp_path / name).read_bytes().startswith(start)
    plot_model(_sequential(), tmp_path / "path.svg")
    assert model_to_dot(_sequential()).create(prog="dot", format="svg").startswith(b"<svg")
    assert model_to_dot(_sequential()).create_png().startswith(b"\x89PNG")


def test_a_page_shows_the_operations_of_the_layers(tmp_path):
    plot_model(_sequential(), tmp_path / "m.html")
    assert (tmp_path / "m.html").read_text(encoding="utf-8").startswith("<!")


def test_bad_wishes(tmp_path):
    with pytest.raises(ValueError, match="'bmp'"):
        plot_model(_sequential(), str(tmp_path / "m.bmp"))
    with pytest.raises(ValueError, match="rankdir"):
        model_to_dot(_sequential(), rankdir="BT")
    with pytest.raises(ValueError, match="no graph of layers"):
        model_to_dot(keras.models.Sequential())
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_svg_remains(tmp_path, monkeypatch):
    def missing(name, *rest):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ImportError, match=r"matplotlib.*pip install 'graphflow\[examples\]'"):
        plot_model(_sequential(), str(tmp_path / "m.png"))
    plot_model(_sequential(), str(tmp_path / "m.svg"))
    assert builtins.list(tmp_path.iterdir()) == [tmp_path / "m.svg"]
