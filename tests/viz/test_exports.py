import io
import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as xml

import networkx
import pytest

import graphflow as tf
from graphflow import viz
from graphflow._files import event_file
from graphflow._graph import protos
from graphflow._viz.formats import exchange
from graphflow._viz.graph import tree
from tests.viz import graphs

BUILDERS = [graphs.small, graphs.network, graphs.recurrent]


# -- networkx ------------------------------------------------------------------------------------------------------------


def test_to_networkx_tells_everything():
    found = viz.to_networkx(graphs.small())
    assert isinstance(found, networkx.MultiDiGraph)
    data = found.nodes["layer/MatMul"]
    assert (data["op"], data["dtype"], data["shape"], data["scope"]) == ("MatMul", "float32", (None, 2), "layer")
    assert data["attrs"]["T"] == "float32" and data["source"].startswith("graphs.py:")
    assert data["outputs"] == (("float32", (None, 2)),) and data["node_def"].op == "MatMul"
    (edge,) = found.get_edge_data("w/read", "layer/MatMul").values()
    assert edge == {"output": 0, "input": 1, "control": False, "dtype": "float32", "shape": (4, 2)}
    (edge,) = found.get_edge_data("layer/Relu", "after").values()
    assert edge["control"] and (edge["output"], edge["input"]) == (-1, -1)
    assert networkx.has_path(found, "x", "after")


@pytest.mark.parametrize("build", BUILDERS)
def test_a_graph_survives_the_way_through_networkx(build):
    graph = build()
    expected = graph.as_graph_def()
    made = viz.from_networkx(viz.to_networkx(graph))
    assert made is not graph and made.as_graph_def() == expected
    read = networkx.read_graphml(io.BytesIO(exchange.to_graphml(graph)))
    assert viz.from_networkx(read).as_graph_def() == expected
    read = networkx.node_link_graph(json.loads(exchange.to_json(graph)), edges="edges")
    assert viz.from_networkx(read).as_graph_def() == expected
    if not expected.library.function:  # GEXF has no place for them
        read = networkx.read_gexf(io.BytesIO(exchange.to_gexf(graph)))
        assert viz.from_networkx(read).as_graph_def().node == expected.node


def test_a_graph_that_came_through_networkx_runs():
    x = tf.placeholder(tf.float32, [], name="x")
    tf.cond(x > 0, lambda: x * 2, lambda: x - 1, name="choice")
    made = viz.from_networkx(viz.to_networkx(x.graph))
    with tf.Session(graph=made) as session:
        assert [session.run("choice/Merge:0", {"x:0": value}) for value in (3.0, -3.0)] == [6.0, -4.0]


def test_a_networkx_graph_may_be_changed():
    tf.add(tf.constant(1.0, name="a"), tf.constant(2.0, name="b"), name="sum")
    found = viz.to_networkx(tf.get_default_graph())
    found = networkx.relabel_nodes(found, {"a": "first"})
    made = viz.from_networkx(found)
    assert [t.op.name for t in made.get_operation_by_name("sum").inputs] == ["first", "b"]
    found.remove_edge("b", "sum")
    with pytest.raises(ValueError, match="expected inputs 'float32, float32' do not match 1 inputs"):
        viz.from_networkx(found)
    found.add_edge("first", "sum", input=0, output=0)
    with pytest.raises(ValueError, match=r"node 'sum': its edges are inputs number \[0, 0\]; expected each of 0, 1, 2"):
        viz.from_networkx(found)
    found.remove_node("sum")
    found.add_node("bare", op="NoOp")
    with pytest.raises(ValueError, match=r"node 'bare' \(NoOp\) has no `node_def`"):
        viz.from_networkx(found)


def test_a_constant_too_large_for_a_file_is_told():
    tf.constant([float(i) for i in range(20_000)], name="large")
    assert viz.from_networkx(viz.to_networkx(tf.get_default_graph())).get_operation_by_name("large")
    content = exchange.to_graphml(tf.get_default_graph())
    assert len(content) < 10_000
    with pytest.raises(ValueError, match="node 'large' .*its constant was too large for the file"):
        viz.from_networkx(networkx.read_graphml(io.BytesIO(content)))


# -- DOT and Mermaid -----------------------------------------------------------------------------------------------------


def dot_parts(source):
    """(nodes, edges, clusters) of a DOT text, by the grammar of its quoted strings."""
    text = viz.to_dot(source)
    string = r'"((?:[^"\\]|\\.)*)"'
    nodes = re.findall(rf"^  {string} \[label={string}\];$", text, re.M)
    edges = re.findall(rf"^  {string} -> {string} \[(?:label={string}|style=dashed)\];$", text, re.M)
    clusters = re.findall(rf"^  subgraph cluster_\d+ {{ label={string};$", text, re.M)
    assert len(text.splitlines()) == 3 + len(nodes) + len(edges) + 2 * len(clusters)  # nothing else is in it
    return nodes, edges, clusters


def test_dot_has_every_node_and_edge():
    graph = graphs.network()
    read = viz.read(graph)
    nodes, edges, clusters = dot_parts(graph)
    assert ("x", r"x\nPlaceholder [?,8,8,1]") in nodes
    assert len(nodes) == len(read.nodes)
    assert len(edges) == sum(len(node.inputs) + len(node.controls) for node in read.nodes.values())
    assert clusters.count("conv1") >= 1 and len(clusters) == len(tree.Tree(read).scopes)


@pytest.mark.parametrize("build", [graphs.network, graphs.hostile])
def test_graphviz_reads_the_file(build, tmp_path):
    source = build()
    nodes, edges, _ = dot_parts(source)
    assert len({name for name, _ in nodes}) == len(nodes)
    if shutil.which("dot"):
        path = viz.save_dot(source, tmp_path / "g.dot")
        out = subprocess.run(["dot", "-Tplain", path], capture_output=True, check=True).stdout.decode()
        assert out.count("\nnode ") == len(nodes) and out.count("\nedge ") == len(edges)


def mermaid_parts(text):
    """(boxes, edges) of a flowchart; every line must be one that the language has."""
    label = r'\["((?:[A-Za-z0-9 _./,:?+-]|#\d+;|<br/>)+)"\]'
    head, *lines = text.splitlines()
    assert head == "flowchart TD"
    kinds = [re.compile(rf"\s+(n\d+){label}"), re.compile(r"\s+(n\d+) -(?:-|\.-)> (n\d+)"),
             re.compile(rf"\s+subgraph n\d+{label}|\s+end")]  # fmt: skip
    found = [[m for line in lines if (m := kind.fullmatch(line))] for kind in kinds]
    assert sum(map(len, found)) == len(lines)
    return {m[1]: m[2] for m in found[0]}, [(m[1], m[2]) for m in found[1]]


@pytest.mark.parametrize("build", [*BUILDERS, graphs.hostile])
def test_mermaid_is_within_its_grammar(build):
    boxes, edges = mermaid_parts(viz.to_mermaid(build()))
    assert boxes and (edges or build is graphs.hostile)


def test_mermaid_is_folded_until_it_can_be_drawn():
    count = 3000
    nodes = [
        viz.Node(f"Op_{i}", "Op", tuple((f"Op_{j}", 0) for j in {i // 2, i // 3, i - 1} if 0 <= j < i))
        for i in range(count)
    ]
    text = viz.to_mermaid(viz.Model(nodes, "dense"))
    _, edges = mermaid_parts(text)
    assert 10 < len(edges) <= 500 and len(text) < 50_000


# -- files ---------------------------------------------------------------------------------------------------------------


def test_an_event_file_holds_the_graph_its_shapes_and_a_run(tmp_path):
    graph = graphs.network()
    metadata = protos.RunMetadata()
    metadata.step_stats.dev_stats.add(device="/cpu:0").node_stats.add(node_name="x")
    folder = viz.save_events(graph, str(tmp_path / "logs"), metadata, tag="step 1", step=1)
    (name,) = os.listdir(folder)
    _, first, second = event_file.events(os.path.join(folder, name))
    message = protos.GraphDef.FromString(first.graph_def)
    assert [node.name for node in message.node] == [op.name for op in graph.get_operations()]
    shapes = {node.name: node.attr["_output_shapes"].list.shape for node in message.node}
    assert [d.size for d in shapes["conv1/Conv2D"][0].dim] == [-1, 8, 8, 4]
    assert (second.step, second.tagged_run_metadata.tag) == (1, "step 1")
    assert protos.RunMetadata.FromString(second.tagged_run_metadata.run_metadata) == metadata


def test_save_goes_by_the_ending(tmp_path):
    graph = graphs.small()
    starts = {
        "svg": b"<svg", "dot": b"digraph", "gv": b"digraph", "mmd": b"flowchart", "graphml": b"<graphml", "gexf": b"<gexf",
        "json": b"{", "png": b"\x89PNG", "pdf": b"%PDF", "jpg": b"\xff\xd8", "pbtxt": b"node {", "html": b"<!",
    }  # fmt: skip
    for ending, start in starts.items():
        path = tmp_path / f"g.{ending}"
        assert viz.save(graph, path) == str(path)
        assert path.read_bytes().lstrip().lower().startswith(start.lower()), ending
    viz.save(graph, tmp_path / "g.pb")
    assert viz.read(tmp_path / "g.pb").graph_def() == graph.as_graph_def()
    assert os.listdir(viz.save(graph, tmp_path / "logs"))[0].startswith("events.out.tfevents")
    with pytest.raises(ValueError, match="the ending '.xyz' tells no format; expected one of .svg, .html"):
        viz.save(graph, tmp_path / "g.xyz")


def test_an_image_shows_an_overlay_and_takes_a_theme():
    graph = graphs.small()
    overlay = viz.Overlay("step", [("bad", "NaN")], {"w": viz.Mark("bad", "NaN", bars=[1, 2], heat=0.4)})
    plain, marked, dark = viz.to_image(graph), viz.to_image(graph, overlay=overlay), viz.to_image(graph, theme="dark")
    assert len({plain, marked, dark}) == 3 and all(image.startswith(b"\x89PNG") for image in (plain, marked, dark))
    with pytest.raises(ValueError, match="an image is png, pdf, jpg, jpeg, not 'bmp'"):
        viz.to_image(graph, "bmp")
    with pytest.raises(ValueError, match="the theme of an image is light or dark, not 'auto'"):
        viz.to_image(graph, theme="auto")


def test_a_hostile_graph_goes_into_every_file(tmp_path):
    """Names that no Graph takes come from files; where they fit no format they are replaced, and stay distinct."""
    message = protos.GraphDef()
    for i, name in enumerate(graphs.HOSTILE):
        node = message.node.add(name=name.encode("utf-8", "replace").decode(), op="Op")
        if i:
            node.input.append(message.node[0].name)
    read = viz.read(message)
    assert len(read.nodes) == len(graphs.HOSTILE)
    for content, names in (
        (exchange.to_graphml(read), networkx.parse_graphml(exchange.to_graphml(read)).nodes),
        (exchange.to_gexf(read), networkx.read_gexf(io.BytesIO(exchange.to_gexf(read))).nodes),
    ):
        assert xml.fromstring(content) is not None
        assert len(names) == len(graphs.HOSTILE)
    assert len(json.loads(exchange.to_json(read))["nodes"]) == len(graphs.HOSTILE)
    for ending in ("svg", "html", "png", "dot", "mmd", "pb", "pbtxt"):
        viz.save(read, tmp_path / f"g.{ending}")
    viz.save(read, tmp_path / "logs")
    nodes, _, _ = dot_parts(read)
    assert len({name for name, _ in nodes}) == len(graphs.HOSTILE)
