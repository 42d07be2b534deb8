"""The page as a file: what lies in it. What it does is asked of a browser in test_page_in_browser.py."""

import base64
import hashlib
import json
import re
import sys
import types
import zlib

import pytest

import graphflow as tf
import graphflow_keras as keras
from graphflow import viz
from graphflow._viz.formats import page
from graphflow._viz.graph import tree
from graphflow._viz.graph.model import Model, Node
from graphflow._viz.graph.overlay import Mark, Overlay

HOSTILE = (
    '<img src=x onerror="document.title=1">',
    "</script><script>document.title=1</script>",
    "'\"&amp;`${1}",
    "\u202egnp.evil\u2066\x00\x07",
    "a" * 10_000,
    "/".join("d" * 300),
    "__proto__",
    "..//",
    "\ud800",
)


def parts(text):
    """{id: JSON value} of a page."""
    found = re.findall(r'<script type="application/octet-stream" id="part-([\w-]+)">([^<]*)</script>', text)
    return {
        key: json.loads(zlib.decompress(base64.b64decode(packed)).decode("utf-8", "surrogatepass"))
        for key, packed in found
    }


def chain(count):
    ops = ("Conv2D", "BiasAdd", "Relu", "MatMul")
    for i in range(count):
        name = f"tower_{i // 10000}/layer_{i // 500 % 20}/block_{i // 25 % 20}/op_{i % 25}"
        before = [previous for previous in (i - 1, i - 1 - i * i % 40) if previous >= 0]
        inputs = tuple(
            (f"tower_{j // 10000}/layer_{j // 500 % 20}/block_{j // 25 % 20}/op_{j % 25}", 0) for j in before
        )
        shape = (None, 16 * (i % 5), 14, 14)
        yield Node(
            name,
            ops[i % 4],
            inputs,
            outputs=(("float32", shape),),
            attrs={"n": str(i % 9)},
            source=f"train.py:{i % 300}: y = f(x)",
        )


def build():
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    w = tf.Variable(tf.ones([4, 2]), name="w")
    with tf.name_scope("layer"):
        y = tf.nn.relu(tf.matmul(x, w, name="product"))
    with tf.control_dependencies([tf.no_op(name="first")]):
        parts_of_y = tf.split(y, 2, axis=1, name="halves")
    tf.add(parts_of_y[1], parts_of_y[0], name="sum")
    return tf.get_default_graph()


def names_in(doc):
    """The names of all operations, put together as the page does it."""
    kids, labels = doc["kids"], doc["labels"]
    groups, full = set(doc["groups"]), {int(i): name for i, name in doc["full"].items()}
    names, stack = [], []  # of the stack: [prefix, children to come]
    for i, count in enumerate(kids):
        while stack and not stack[-1][1]:
            stack.pop()
        prefix = stack[-1][0] if stack else ""
        if stack:
            stack[-1][1] -= 1
        name = full.get(i, "/".join(filter(None, [prefix, labels[i]]))) if i else ""
        if count < 0:
            names.append((i, name))
        else:
            stack.append([prefix if i in groups else name, count])
    return dict(names)


def edges_in(doc):
    """{(from, output or -1, to)} of names."""
    names, found, e = names_in(doc), set(), 0
    for (i, name), inputs, controls in zip(names.items(), doc["inputs"], doc["controls"]):
        for k in range(inputs + controls):
            slot = doc["slots"].get(str(e), 0) if k < inputs else -1
            found.add((names[i - doc["from"][e]], slot, name))
            e += 1
    return found


@pytest.mark.parametrize("source", ["built", "chain"])
def test_the_page_holds_the_graph(source):
    model = viz.read(build()) if source == "built" else Model(chain(2000), "chain")
    doc = parts(viz.to_html(model))["graph"]
    wanted = {(name, slot, node.name) for node in model.nodes.values() for name, slot in node.inputs}
    wanted |= {(name, -1, node.name) for node in model.nodes.values() for name in node.controls}
    assert edges_in(doc) == wanted
    names = names_in(doc)
    assert set(names.values()) == set(model.nodes)
    for i, op, outputs in zip(names, doc["op"], doc["outs"]):
        node = model.nodes[names[i]]
        assert doc["types"][op] == node.op
        assert doc["shapes"][outputs] == [[dtype, None if dims is None else list(dims)] for dtype, dims in node.outputs]


def test_details_are_read_by_chunks_in_the_order_of_operations():
    model = Model(chain(1000), "chain")
    found = parts(viz.to_html(model))
    doc = found["graph"]
    details = [
        told for key in sorted(found, key=lambda k: (len(k), k)) if key.startswith("details") for told in found[key]
    ]
    assert len(found["details-0"]) == doc["chunk"]
    for name, told in zip(names_in(doc).values(), details, strict=True):
        assert told == {"attrs": model.nodes[name].attrs, "source": model.nodes[name].source}


def test_operations_that_scopes_are_named_after_and_groups():
    tree_of = tree.Tree(Model([Node(f"n{i}", "Relu") for i in range(500)], "flat"))
    assert any(scope.is_group for scope in tree_of.scopes.values())
    doc = parts(viz.to_html(Model([Node(f"n{i}", "Relu") for i in range(500)] + [Node("n3/inside", "Add")], "flat")))[
        "graph"
    ]
    assert set(names_in(doc).values()) == {*(f"n{i}" for i in range(500)), "n3/inside"}
    assert not doc["full"]


def test_the_policy_allows_this_script_and_no_request():
    text = viz.to_html(build())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    script = re.search(r'<script type="module">(.*)</script>\n</body>', text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; img-src data:")
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//|@import|url\((?!#)""", text)


def test_no_name_stands_in_the_markup():
    nodes = [Node(name, name, outputs=((name, None),), attrs={name: name}, source=name) for name in HOSTILE]
    overlay = Overlay(HOSTILE[0], [("bad", HOSTILE[1])], {name: Mark("bad", name, [(name, name)]) for name in HOSTILE})
    text = viz.to_html(Model(nodes, HOSTILE[1]), overlay=overlay)
    assert "<img" not in text
    assert text.count("<script") == text.count("</script") == text.count('id="part-') + 1
    assert "&lt;/script&gt;" in re.search("<title>(.*)</title>", text)[1]
    assert set(names_in(parts(text)["graph"]).values()) == set(HOSTILE)


def test_a_hundred_thousand_nodes_are_small():
    text = viz.to_html(Model(chain(100_000), "large"))
    lazy = sum(len(part) for part in re.findall(r'id="part-details-\d+">([^<]*)<', text))
    assert len(text) - lazy <= 1_500_000, "what is read when the page opens"
    assert len(text) <= 6_000_000


def test_an_empty_graph_is_a_page():
    doc = parts(viz.to_html(tf.Graph()))["graph"]
    assert doc["kids"] == [0]


def test_what_is_laid_on_the_graph():
    overlay = Overlay(
        "values",
        [("good", "fine")],
        {
            "x": Mark("good", "4", [("mean", "0.5")], "data:image/png;base64,AA==", [0.25, 1.0], 0.5, "w"),
            "gone": Mark("bad"),
        },
        [("layer/product", "sum"), ("gone", "sum")],
        {("x", 0, "layer/product"): "[2, 4]"},
        [("0", {"x": Mark("bad", "NaN")}), ("1", {"x": Mark("good", "1", image="data:image/png;base64,AA==")})],
    )
    found = parts(viz.to_html(build(), overlay=overlay))
    number = {name: i for i, name in names_in(found["graph"]).items()}
    laid = found["graph"]["overlay"]
    key = str(number["x"])
    assert laid["marks"] == {
        key: {"tone": "good", "badge": "4", "heat": 0.5, "bars": [0.25, 1.0], "image": True, "group": number["w"]}
    }
    assert found["images"] == {key: "data:image/png;base64,AA=="}
    assert laid["pairs"] == [[number["layer/product"], number["sum"]]]
    assert laid["edges"] == {f"{number['x']} 0 {number['layer/product']}": "[2, 4]"}
    assert laid["steps"] == ["0", "1"]
    assert found["step-0"] == {key: {"tone": "bad", "badge": "NaN", "rows": []}}
    assert found["step-1"][key]["image"] == "data:image/png;base64,AA=="
    assert any(told.get("rows") == [["mean", "0.5"]] for told in found["details-0"])


def drawing_in(text):
    """The SVG of the image in a notebook's HTML."""
    return base64.b64decode(re.search(r'src="data:image/svg\+xml;base64,([^"]*)"', text)[1]).decode()


def test_graphs_operations_tensors_and_models_show_themselves():
    graph = build()
    model = keras.models.Sequential([keras.layers.Dense(3, input_shape=(4,), name="hidden")])
    shown = [graph, graph.get_operation_by_name("sum"), graph.get_tensor_by_name("sum:0"), model]
    for value, name in zip(shown, ["layer", "sum", "sum", "hidden"]):
        bundle = value._repr_mimebundle_()
        assert bundle["text/plain"] == repr(value)
        drawing = drawing_in(bundle["text/html"])
        assert drawing.startswith("<svg")
        assert name in drawing


def test_a_frame_holds_the_page():
    frame = viz.show(build(), height=300)._repr_html_()
    assert frame.startswith('<iframe sandbox="allow-scripts')
    assert "height:300px" in frame
    assert frame.count("<") == frame.count(">") == 3  # the page itself is escaped
    assert 'style="display:none"' in frame
    assert "layer" in drawing_in(frame)


def test_a_summary_links_the_picture_in_a_notebook(monkeypatch, capsys):
    published = []
    shell = types.SimpleNamespace(kernel=True, display_pub=types.SimpleNamespace(publish=published.append))
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    model = keras.models.Sequential([keras.layers.Dense(2, input_shape=(3,))])
    model.summary()
    assert "dense" in capsys.readouterr().out and "data:image/svg+xml" in published[0]["text/html"]
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: None))
    model.summary()
    assert len(published) == 1


def test_a_value_shows_itself_as_text():
    class Eager:
        is_eager = True

    value = Eager()
    assert viz.bundle(value) == {"text/plain": repr(value)}


def test_every_script_is_in_the_page():
    names = {
        path.name.removesuffix(".js")
        for path in page.importlib.resources.files("graphflow._viz").joinpath("web").iterdir()
    }
    assert set(page.SCRIPTS) == {name for name in names if "." not in name}
