import re
import xml.etree.ElementTree as xml

import numpy as np
import pytest

from graphflow import viz
from graphflow._viz import png, text
from graphflow._viz.formats import svg
from graphflow._viz.layout import faces
from tests.viz import graphs

SVG = "{http://www.w3.org/2000/svg}"


def parsed(source, **options):
    return xml.fromstring(viz.to_svg(source, **options))


def texts(root):
    return [element.text for element in root.iter(f"{SVG}text")]


def tooltips(root):
    return [element.text for element in root.iter(f"{SVG}title")]


def test_a_picture_is_well_formed_and_tells_what_it_shows(tmp_path):
    path = viz.save_svg(graphs.small(), tmp_path / "g.svg")
    root = xml.parse(path).getroot()
    assert (root.get("role"), root.get("aria-label")) == ("img", "graph")
    shown = texts(root)
    assert {"x", "Placeholder [?,4]", "w", "VariableV2 [4,2]", "layer", "gradients"} <= set(shown)
    assert "MatMul" not in shown  # inside a folded scope
    tips = tooltips(root)
    assert any(tip.startswith("Placeholder x\n→ float32 [?,4]\ngraphs.py:") for tip in tips)
    assert "layer → gradients" in tips


def test_scopes_open_to_a_depth_by_name_and_to_a_budget():
    graph = graphs.network()
    assert {"conv1", "Conv2D", "MaxPool"} <= set(texts(parsed(graph, depth=2)))
    by_name = texts(parsed(graph, opened=["conv2"]))
    assert by_name.count("Conv2D") == 1 and "33 operations" in by_name
    folded, full = (len(list(parsed(graph, budget=n).iter(f"{SVG}rect"))) for n in (5, 1000))
    assert folded < 40 < full
    assert len(texts(parsed(graph, hide_constants=False))) > len(texts(parsed(graph)))


def test_a_frame_has_its_title_inside_and_no_line_through_it():
    root = parsed(graphs.small(), depth=2)
    frames = [g for g in root.iter(f"{SVG}g") if any(r.get("class") == "f" for r in g.findall(f"{SVG}rect"))]
    (frame,) = [g for g in frames if g.find(f"{SVG}text").text == "layer"]
    box, title = frame.find(f"{SVG}rect"), frame.find(f"{SVG}text")
    assert float(box.get("x")) < float(title.get("x")) < float(box.get("x")) + float(box.get("width"))
    left = float(title.get("x"))
    right = left + text.width(title.text, 11)
    base = float(title.get("y"))
    for path in root.iter(f"{SVG}path"):
        for x, start, stop in vertical_runs(path.get("d")):
            assert not (left < x < right and min(start, stop) < base and max(start, stop) > base - 11)


def vertical_runs(d):
    """(x, y from, y to) of the vertical pieces of a path."""
    x = y = 0.0
    for letter, numbers in re.findall(r"([MLHVC])([^MLHVCz]*)", d):
        values = [float(n) for n in numbers.split()]
        if letter == "V":
            yield x, y, values[0]
            y = values[0]
        elif letter == "H":
            x = values[0]
        else:
            x, y = values[-2:]


def test_themes():
    graph = graphs.small()
    auto, light, dark = (viz.to_svg(graph, theme=theme) for theme in ("auto", "light", "dark"))
    assert "prefers-color-scheme:dark" in auto
    assert (
        "prefers-color-scheme" not in light + dark
        and ".canvas{fill:#ffffff}" in light
        and ".canvas{fill:#ffffff}" not in dark
    )
    assert "var(" not in auto  # programs that are no browser know no variables
    with pytest.raises(ValueError, match="theme is one of auto, light, dark, not 'blue'"):
        viz.to_svg(graph, theme="blue")


def test_control_edges_are_dashed():
    paths = [p for p in parsed(graphs.small(), depth=2).iter(f"{SVG}path") if p.get("class") == "e"]
    assert 0 < sum(bool(p.get("stroke-dasharray")) for p in paths) < len(paths)


def test_the_bodies_of_loops_are_drawn():
    shown = texts(parsed(graphs.recurrent(3), depth=4))
    assert {"while", "looped_rnn_while_body", "LogicalAnd", "lstm_cell"} <= set(shown)


def test_an_overlay_is_drawn():
    graph = graphs.small()
    image = png.data_uri(np.zeros([4, 4], np.uint8))
    marks = {
        "x": viz.Mark("fed", "batch of 3", image=image),
        "w": viz.Mark("bad", "NaN", bars=[0, 1, 4, 1, 0], heat=0.5),
        "layer/MatMul": viz.Mark("island7"),
        "layer/Relu": viz.Mark("<b>"),
    }
    overlay = viz.Overlay("one step", [("fed", "fed here"), ("bad", "not finite")], marks,
                          edges={("layer/MatMul", 0, "layer/Relu"): "mean 0.25"})  # fmt: skip
    root = parsed(graph, depth=2, overlay=overlay)
    shown = texts(root)
    assert {"one step", "fed here", "not finite", "batch of 3", "NaN", "mean 0.25"} <= set(shown)
    (drawn,) = root.iter(f"{SVG}image")
    assert drawn.get("href") == image
    classes = " ".join(rect.get("class", "") for rect in root.iter(f"{SVG}rect"))
    assert "o-fed" in classes and "o-bad" in classes and "heat" in classes and "<b>" not in classes
    assert "o-island1" in classes  # the seventh island takes the colours of the second again
    folded = " ".join(rect.get("class", "") for rect in parsed(graph, depth=1, overlay=overlay).iter(f"{SVG}rect"))
    assert "o-island1" in folded or "o-unknown" in folded


def test_hostile_names_do_nothing():
    model = graphs.hostile()
    for options in ({"depth": 1}, {"depth": 50}, {"budget": 500}):
        root = parsed(model, **options)
        assert {e.tag.removeprefix(SVG) for e in root.iter()} <= {"svg", "style", "title", "g", "rect", "path", "text"}
        assert all(not key.startswith("on") for e in root.iter() for key in e.attrib)
        shown = texts(root)
        assert "<img src=x onerror=alert(1)>" in shown and max(map(len, shown)) < 60
        assert not any("\u202e" in one for one in shown)  # nothing turns the direction of what follows


def test_text_fits_its_box():
    read = viz.read(graphs.network())
    for node in read.nodes.values():
        face = faces.of(node, faces.Marks(None))
        for kind, words, x, y in faces.parts(face, 0, 0):
            size = faces.NAME if kind == "name" else faces.DETAIL
            assert (
                text.width(words, size) / 2 <= x
                and x + text.width(words, size) / 2 <= face.size[0]
                and 0 < y < face.size[1]
            )


def test_text_is_measured_and_shortened():
    assert text.width("iiii", 10) < text.width("mmmm", 10) < text.width("\u65e5\u672c\u8a9e\u6587", 10)
    assert len(text.shortened("x" * 100)) == 32 and text.shortened("abc") == "abc"
    assert text.clean("a\nb\x00\u202e") == "a b\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"


def test_curves_join_straight_runs():
    assert svg.curve([(10, 0, 5)]) == "M10.0 0.0V5.0"
    assert svg.curve([(10, 0, 5), (10, 20, 30)]) == "M10.0 0.0V5.0L10.0 20.0V30.0"
    assert svg.curve([(10, 0, 5), (20, 15, 15)]) == "M10.0 0.0V5.0C10.0 10.0 20.0 10.0 20.0 15.0"
