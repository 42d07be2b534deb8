import os

import pytest

import graphflow as tf
from graphflow import viz
from graphflow._launcher import picture
from tests.viz import graphs

SCRIPT = """
import sys
import tensorflow as tf
x = tf.placeholder(tf.float32, [None, int(sys.argv[1])], name="x")
y = tf.layers.dense(x, 2, name="y")
tf.Session().run(tf.global_variables_initializer())
"""
IN_MAIN = """
import gc
import tensorflow as tf
def main(_):
    with tf.Graph().as_default():
        tf.constant(1.0, name="inside")
    gc.collect()
if __name__ == "__main__":
    tf.app.run()
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_is_drawn(folder, capsys):
    tf.train.write_graph(graphs.network().as_graph_def(), str(folder), "model.pb", as_text=False)
    assert picture.main(["model.pb"]) == 0
    assert capsys.readouterr().out == "model.html\n" and (folder / "model.html").read_text().startswith("<!")
    assert picture.main(["model.pb", "-o", "a.svg", "--depth", "2", "--theme", "dark", "--constants"]) == 0
    assert (folder / "a.svg").read_text() == viz.to_svg("model.pb", depth=2, theme="dark", hide_constants=False)
    assert picture.main(["model.pb", "-o", "b.svg", "--open", "conv1", "--fetch", "conv2/Relu:0"]) == 0
    shown = (folder / "b.svg").read_text()
    assert "Conv2D" in shown and "logits" not in shown


def test_a_script_is_run_and_its_graph_drawn(folder, capsys):
    (folder / "train.py").write_text(SCRIPT)
    assert picture.main(["train.py", "-o", "g.pb", "--", "7"]) == 0
    nodes = viz.read("g.pb").nodes
    assert nodes["x"].outputs == (("float32", (None, 7)),) and "y/MatMul" in nodes
    (folder / "main.py").write_text(IN_MAIN)
    assert picture.main(["main.py", "-o", "g.pb"]) == 0
    assert list(viz.read("g.pb").nodes) == ["inside"]


def test_inspect_tells_what_a_frozen_file_needs(folder, capsys):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.Variable(tf.ones([3, 2]), name="w")
    y = tf.nn.softmax(tf.matmul(x, w), name="y")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        frozen = tf.graph_util.convert_variables_to_constants(session, x.graph.as_graph_def(), [y.op.name])
    tf.train.write_graph(frozen, str(folder), "frozen.pb", as_text=False)
    assert picture.main(["inspect", "frozen.pb"]) == 0
    out = capsys.readouterr().out
    assert "inputs:\n  x:0  float32 [?,3]\noutputs:\n  y:0  float32 [?,2]\n" in out
    assert "1 constants, 6 numbers, 24 bytes:\n  w  float32 [3,2]" in out and "1 MatMul" in out
    summary = viz.inspect("frozen.pb")
    assert summary.outputs == [("y:0", "float32 [?,2]")] and summary.op_counts["Softmax"] == 1
    assert (summary.parameters, summary.bytes, summary.unknown) == ((0, 6), (0, 24), [])


def test_inspect_counts_variables_of_both_kinds():
    with tf.variable_scope("a"):
        tf.get_variable("plain", [4, 5])
        tf.get_variable("resource", [2, 3], tf.float64, use_resource=True)
        tf.get_variable("scalar", [], use_resource=True)
    summary = viz.inspect(tf.get_default_graph())
    assert [(name, kind) for name, kind, *_ in summary.variables] == [
        ("a/plain", "float32 [4,5]"), ("a/resource", "float64 [2,3]"), ("a/scalar", "float32 []"),
    ]  # fmt: skip
    assert (summary.parameters[0], summary.bytes[0]) == (27, 20 * 4 + 6 * 8 + 4)


def test_what_goes_wrong_is_told(folder, capsys):
    assert picture.main(["none.pb"]) == 1
    assert "none.pb" in capsys.readouterr().err
    tf.train.write_graph(graphs.small().as_graph_def(), str(folder), "g.pb", as_text=False)
    assert picture.main(["g.pb", "-o", "g.html", "--depth", "2"]) == 1
    assert (
        "--depth, --open, --constants and --theme are for .svg, .png, .pdf, .jpg, not for g.html"
        in capsys.readouterr().err
    )
    (folder / "fails.py").write_text("raise SystemExit(3)\n")
    assert picture.main(["fails.py"]) == 1
    assert "fails.py ended with status 3" in capsys.readouterr().err
    (folder / "page.pb").write_text("<html>")
    assert picture.main(["inspect", "page.pb"]) == 1
    assert "looks like an HTML" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        picture.main([])
    assert not os.path.exists("none.html")


def test_a_script_without_a_graph_is_told(folder, capsys):
    (folder / "empty.py").write_text("x = 1\n")
    assert picture.main(["empty.py"]) == 1
    assert "empty.py made no graph" in capsys.readouterr().err
