"""The page of a graph, driven in a real headless Chromium: pytest -m browser."""

import json
import re
import xml.etree.ElementTree as xml

import pytest

import graphflow as tf
from graphflow import viz
from graphflow._viz.graph.overlay import Mark, Overlay
from tests.viz import chromium, graphs

pytestmark = pytest.mark.browser

PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

# What overlaps, of boxes, labels and lines, at 100 %.
GEOMETRY = r"""
(() => {
  document.getElementById('world').style.transform = 'none';
  const rect = e => e.getBoundingClientRect(), problems = [];
  const boxes = [...document.querySelectorAll('.box')].map(e => [e.dataset.name, rect(e.querySelector('.body:not(.behind)')), e]);
  const labels = [...document.querySelectorAll('.frame .label, .line-text')].map(e => [e.textContent, rect(e)]);
  const meet = (a, b, by) => a.left < b.right - by && b.left < a.right - by && a.top < b.bottom - by && b.top < a.bottom - by;
  boxes.forEach(([a, r], i) => boxes.slice(0, i).forEach(([b, s]) => meet(r, s, 1) && problems.push(`box ${a} on box ${b}`)));
  labels.forEach(([a, r], i) => labels.slice(0, i).forEach(([b, s]) => meet(r, s, 1) && problems.push(`label ${a} on label ${b}`)));
  labels.forEach(([a, r]) => boxes.forEach(([b, s]) => meet(r, s, 1) && problems.push(`label ${a} on box ${b}`)));
  for (const [name, r, e] of boxes) {
    for (const text of e.querySelectorAll('text')) {
      const t = rect(text);
      const outside = t.left < r.left || t.right > r.right || t.top < r.top - 1 || t.bottom > r.bottom + 1;
      if (outside) problems.push(`text of ${name} outside`);
    }
  }
  const origin = rect(document.getElementById('stage')), mix = (a, b, t) => a + (b - a) * t;
  for (const line of document.querySelectorAll('path.line')) {
    const near = boxes.filter(([, r]) => meet(r, rect(line), 2)), points = [];
    for (const [, kind, ...numbers] of line.getAttribute('d').matchAll(/([MLC])([-\d. ]+)/g)) {
      const n = numbers[0].trim().split(' ').map(Number), [u, v] = points[points.length - 1] || n, [x, y] = n.slice(-2);
      for (let t = 0.05; t < 1.01; t += 0.05) {  // a curve ends as steeply as it begins, half way down at the most
        const bend = 3 * t * t - 2 * t * t * t;
        const fall = kind === 'C' ? 1.5 * t * (1 - t) * (1 - t) + 1.5 * t * t * (1 - t) + t * t * t : t;
        points.push([mix(u, x, kind === 'C' ? bend : t), mix(v, y, fall)]);
      }
    }
    const hit = near.find(([, r]) => points.some(([x, y]) => x + origin.x > r.left + 2 && x + origin.x < r.right - 2 &&
      y + origin.y > r.top + 2 && y + origin.y < r.bottom - 2));
    if (hit) problems.push(`line through box ${hit[0]}`);
  }
  return [boxes.length, document.querySelectorAll('path.line').length, problems];
})()
"""


@pytest.fixture(scope="module")
def browser():
    with chromium.Browser() as running:
        yield running


@pytest.fixture
def show(browser, tmp_path):
    """Opens the page of something; afterwards it must have asked for nothing and complained of nothing."""
    opened = []

    def open_page(source, overlay=None, **media):
        path = tmp_path / f"page{len(opened)}.html"
        viz.save(source, path, overlay=overlay)
        opened.append(browser.open(path, prefers_reduced_motion="reduce", **media).ready())
        return opened[-1]

    yield open_page
    for page in opened:
        assert page.requests() == []
        assert page.complaints() == []
        page.close()


def boxes(page):
    """Names of the closed boxes that are drawn."""
    return set(page.run("[...document.querySelectorAll('.box')].map(e => e.dataset.name)"))


def frames(page):
    return set(page.run("[...document.querySelectorAll('.frame')].map(e => e.dataset.name)"))


def at(name):
    return f"[data-name={json.dumps(name)}]"


def text(page, selector):
    return page.run(f"document.querySelector({json.dumps(selector)}).textContent")


def card_of(page, name):
    """The text of the card as soon as it is that of `name`."""
    heading = "document.querySelector('#card h2')"
    page.wait(f"{heading} && {heading}.textContent === {json.dumps(name)}")
    return page.run("document.getElementById('card').innerText")


def undimmed(page):
    return set(page.run("[...document.querySelectorAll('.box:not(.dim)')].map(e => e.dataset.name)"))


def press(page, *keys):
    for key in keys:
        page.key(key)


def find(page, query):
    """Types a query; the names found."""
    page.key("/")
    page.run("document.getElementById('query').select()")
    page.type(query)
    return page.run("[...document.querySelectorAll('#results .name')].map(e => e.textContent)")


def go_to(page, name):
    find(page, f"name:{name}")
    press(page, "Enter")


def ancestors(model, name):
    found, waiting = {name}, [name]
    while waiting:
        node = model.nodes[waiting.pop()]
        for before in (*(producer for producer, _ in node.inputs), *node.controls):
            if before not in found:
                found.add(before)
                waiting.append(before)
    return found


def test_scopes_expand_and_collapse(show):
    page = show(graphs.network())
    press(page, "c")
    assert frames(page) == set()
    assert {"x", "conv1", "conv2", "loss"} <= boxes(page)
    page.click(f".box{at('conv1')}", count=2)
    assert frames(page) == {"conv1"}
    assert {"conv1/weights", "conv1/Conv2D", "conv1/Relu"} <= boxes(page)
    assert "conv1" not in boxes(page)
    page.click(f".frame{at('conv1')} .fold")
    assert frames(page) == set()
    press(page, "e")
    assert "conv1" in frames(page)
    assert "gradients/conv1/Conv2D_grad" in frames(page)


def test_search_by_name_type_and_shape(show):
    page = show(graphs.network())
    press(page, "c")
    assert find(page, "op:conv2d name:conv2/")[:1] == ["conv2/Conv2D"]
    assert set(find(page, "op:placeholder")) == {"x"}
    assert "conv1/Relu" in find(page, "shape:?x8x8x4 op:relu")
    assert "conv2/Relu" not in find(page, "shape:?x8x8x4 op:relu")
    assert find(page, "nowhere at all") == []
    assert "nothing found" in text(page, "#results")
    find(page, "conv1/relu")
    assert "conv1" in page.run(
        "[...document.querySelectorAll('.box.found')].map(e => e.dataset.name)"
    )  # what holds a match is marked
    press(page, "Enter")
    assert "conv1" in frames(page)
    assert page.run(f"document.querySelector('.box{at('conv1/Relu')}').classList.contains('selected')")
    assert "Relu" in card_of(page, "conv1/Relu")


def test_the_card_of_an_operation(show):
    page = show(graphs.small())
    go_to(page, "layer/matmul")
    card = card_of(page, "layer/MatMul")
    assert "graphs.py:" in card
    assert "y = tf.nn.relu(tf.matmul(x, w))" in card
    assert "float32 ?×2" in card
    assert "8 B × ?" in card
    assert "transpose_a" in card and "False" in card
    links = page.run("[...document.querySelectorAll('#card .link')].map(e => e.textContent)")
    assert links[:2] == ["x", "w/read"]
    assert "layer/Relu" in links
    page.run("[...document.querySelectorAll('#card .link')].find(e => e.textContent === 'layer/Relu').click()")
    assert "ReluGrad" in card_of(page, "layer/Relu")


def test_the_card_of_a_scope(show):
    page = show(graphs.network())
    press(page, "c")
    page.click(f".box{at('conv1')}")
    card = card_of(page, "conv1")
    model = viz.read(tf.get_default_graph())
    assert f"operations\n{sum(name.startswith('conv1/') for name in model.nodes)}" in card
    assert "variables hold\n120 numbers" in card  # 3*3*1*4 weights, 4 biases, and two moments of each
    assert "conv1/MaxPool" in card


def test_ancestors_and_descendants(show):
    graph = graphs.network()
    model = viz.read(graph)
    page = show(graph)
    press(page, "k", "e")
    go_to(page, "conv2/conv2d")
    press(page, "a")
    assert undimmed(page) == ancestors(model, "conv2/Conv2D") & boxes(page)
    press(page, "Escape", "d")
    below = {name for name in boxes(page) if name in model.nodes and "conv2/Conv2D" in ancestors(model, name)}
    assert undimmed(page) == below
    press(page, "Escape")
    assert undimmed(page) == boxes(page)


def test_the_path_between_two_operations(show):
    graph = graphs.small()
    model = viz.read(graph)
    page = show(graph)
    press(page, "e")
    go_to(page, "layer/relu")
    press(page, "p")
    go_to(page, "w/initial_value" if "w/initial_value" in model.nodes else "w/assign")
    press(page, "p")
    assert "no path" in text(page, "#status")
    press(page, "Escape")
    go_to(page, "layer/relu")
    press(page, "p")
    go_to(page, "w/read")
    press(page, "p")  # the other way round is found too
    on_the_way = {name for name in ancestors(model, "layer/Relu") if "w/read" in ancestors(model, name)}
    assert undimmed(page) & set(model.nodes) == on_the_way
    assert "3 operations" in text(page, "#status")


def test_by_keyboard_only(show):
    page = show(graphs.small())
    press(page, "c", "Tab")
    selected = "document.querySelector('.selected') && document.querySelector('.selected').dataset.name"
    go_to(page, "x")
    assert page.run(selected) == "x"
    press(page, "ArrowDown")
    assert page.run(selected) in {"layer", "gradients"}
    go_to(page, "layer")
    press(page, "ArrowUp")
    assert page.run(selected) in {"x", "w"}
    go_to(page, "layer")
    press(page, "Escape", "Escape")
    assert not page.run(selected)
    press(page, "ArrowDown")
    assert page.run(selected)
    find(page, "layer")
    press(page, "ArrowDown", "Enter")
    press(page, "Enter")
    assert "layer" in frames(page)
    press(page, "Enter")
    assert "layer" not in frames(page)
    before = page.run("document.getElementById('world').style.transform")
    press(page, "+", "+")
    assert page.run("document.getElementById('world').style.transform") != before
    press(page, "?")
    assert page.run("document.getElementById('help').open")
    assert "ancestors" in text(page, "#keys")


def test_the_outline_says_the_same(show):
    graph = graphs.small()
    model = viz.read(graph)
    page = show(graph)
    assert page.run("document.querySelector('[role=tree]').getAttribute('aria-label')")
    press(page, "o")
    page.run("document.querySelector('#outline [role=treeitem]').focus()")
    rows = "[...document.querySelectorAll('#outline [role=treeitem]')]"
    for _ in range(60):  # opens all of it, from top to bottom
        where = page.run("document.activeElement.dataset.outline")
        press(page, "ArrowRight")
        if page.run("document.activeElement.dataset.outline") == where:
            press(page, "ArrowDown")
    words = page.run(f"{rows}.map(e => e.querySelector('.entry').innerText)")
    assert len(words) >= len(model.nodes)
    for node in model.nodes.values():
        label = node.name.rpartition("/")[2]
        assert any(label in line and node.op in line for line in words), node.name
    press(page, "Enter")
    assert page.run("document.querySelector('.selected') !== null")


def test_values_on_boxes_cards_and_over_steps(show):
    graph = graphs.small()
    marks = {
        "x": Mark("fed", "[2, 4]", [("mean", "0.5")], PIXEL, [0.1, 1.0, 0.4], 0.7),
        "layer/MatMul": Mark("bad", "NaN", [("zeros", "3 %")]),
    }
    steps = [(f"step {k}", {"layer/Relu": Mark("good", f"loss {k}", [("value", str(k))])}) for k in range(3)]
    page = show(graph, Overlay("a step", [("bad", "not a number"), ("fed", "fed")], marks, steps=steps))
    assert "not a number" in text(page, "#legend")
    assert "a step" in text(page, "#overlay-title")
    press(page, "c")
    assert text(page, f"{at('layer')} .badge") == "1 bad"
    assert page.run(f"document.querySelector('{at('layer')}').classList.contains('t-bad')")
    press(page, "e")
    assert page.run(f"document.querySelectorAll('{at('x')} .bars').length") == 1
    page.wait(f"document.querySelector('{at('x')} image').getAttribute('href') === {json.dumps(PIXEL)}")
    fill = page.run(f"document.querySelector('{at('x')} .body').style.fill")
    assert re.fullmatch(r"rgb\(2\d\d,? \d+,? \d+\)", fill)  # heat
    go_to(page, "x")
    card = card_of(page, "x")
    assert "mean\n0.5" in card

    relu = f"{at('layer/Relu')} .badge"
    page.wait(f"document.querySelector('{relu}') && document.querySelector('{relu}').textContent === 'loss 0'")
    go_to(page, "layer/relu")
    press(page, ".", ".")
    page.wait(f"document.querySelector('{relu}').textContent === 'loss 2'")
    assert text(page, "#step-name") == "step 2"
    page.wait("document.querySelector('#card dd').textContent === '2'")
    page.run(
        "(() => { const s = document.getElementById('step'); s.value = 1; s.dispatchEvent(new Event('input')); })()"
    )
    page.wait(f"document.querySelector('{relu}').textContent === 'loss 1'")


def test_texts_stand_at_the_lines(show):
    graph = graphs.small()
    edges = {("layer/MatMul", 0, "layer/Relu"): "[[1. 2.]]", ("x", 0, "layer/MatMul"): "ones"}
    page = show(graph, Overlay("numbers", edges=edges))
    press(page, "e")
    assert set(page.run("[...document.querySelectorAll('.line-text')].map(e => e.textContent)")) >= {"[[1. 2.]]"}
    assert page.run(GEOMETRY)[2] == []


def test_forward_and_backward_side_by_side(show):
    picture = viz.side_by_side(graphs.network())
    page = show(picture.model, picture.overlay)
    if not page.run("document.querySelector('[data-flip=pairs]').getAttribute('aria-pressed') === 'true'"):
        press(page, "b")
    rect = "e.querySelector('.body').getBoundingClientRect().toJSON()"
    rects = dict(page.run(f"[...document.querySelectorAll('.box')].map(e => [e.dataset.name, {rect}])"))
    drawn = [(f, b) for f, b in picture.overlay.pairs if f in rects and b in rects]
    assert len(drawn) > 10
    for forward, backward in drawn:
        assert rects[forward]["y"] == pytest.approx(rects[backward]["y"], abs=1)
        assert rects[forward]["right"] < rects[backward]["left"]
    assert page.run("document.querySelectorAll('path.line.backward').length") > 5
    assert page.run(GEOMETRY)[2] == []
    press(page, "b")
    assert "conv1" in boxes(page) | frames(page)


def test_overlaps_would_be_seen(show):
    page = show(graphs.small())
    press(page, "e")
    assert page.run(GEOMETRY)[2] == []
    page.run(
        f"document.querySelector('.box{at('x')}').style.transform = document.querySelector('.box{at('Sum')}').style.transform"
    )
    problems = page.run(GEOMETRY)[2]
    assert "box Sum on box x" in problems or "box x on box Sum" in problems
    page.run(f"document.querySelector('.box{at('x')}').style.transform += ' translate(0, -45px)'")
    assert "line through box x" in page.run(GEOMETRY)[2]


@pytest.mark.parametrize("build", [graphs.network, graphs.recurrent])
@pytest.mark.parametrize("opened", ["at first", "all", "all and constants"])
def test_nothing_overlaps(show, build, opened):
    page = show(build())
    press(page, *{"at first": "", "all": "e", "all and constants": "ke"}[opened], "0")
    count, lines, problems = page.run(GEOMETRY)
    assert count >= {"at first": 5, "all": 60, "all and constants": 60}[opened]
    assert lines >= 4
    assert problems == []


def test_dark_and_light(show):
    paper = "getComputedStyle(document.body).backgroundColor"
    ink = "getComputedStyle(document.querySelector('.box .title')).fill"
    for system, other in (("light", "dark"), ("dark", "light")):
        page = show(graphs.small(), prefers_color_scheme=system)
        seen = {system: (page.run(paper), page.run(ink))}
        press(page, "t")
        seen[other] = page.run(paper), page.run(ink)
        press(page, "t")
        assert (page.run(paper), page.run(ink)) == seen[system]
        brightness = {
            theme: [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours]
            for theme, colours in seen.items()
        }
        assert brightness["light"][0] - brightness["light"][1] > 500
        assert brightness["dark"][1] - brightness["dark"][0] > 500
        tf.reset_default_graph()


def test_print(show):
    page = show(graphs.network(), prefers_color_scheme="dark")
    press(page, "t", "t")
    document = page.pdf()
    assert document.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", document)) == 1
    page.media("print", prefers_color_scheme="dark")
    assert page.run("getComputedStyle(document.querySelector('.tools')).display") == "none"
    assert page.run("getComputedStyle(document.querySelector('.box .title')).fill") == "rgb(31, 35, 40)"


def test_the_drawing_is_saved_as_svg(show):
    page = show(graphs.network())
    press(page, "e")
    page.run("URL.createObjectURL = blob => (window.saved = blob.text(), 'data:,')")
    page.click("[data-act=svg]")
    root = xml.fromstring(page.run("window.saved"))
    names = {e.text for e in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"Conv2D", "weights", "conv1"} <= names
    written = xml.tostring(root, encoding="unicode")
    assert "var(" not in written
    assert "transform=" in written


def test_the_policy_forbids_requests(show):
    page = show(graphs.small())
    refused = page.run("fetch('http://localhost:9/').then(() => 'sent', () => 'refused')")
    assert refused == "refused"
    told = page.complaints()
    assert told and all("Content Security Policy" in line for line in told)
    page.complaints = list  # what this test provoked
    page.requests = list


def test_hostile_names_do_nothing(show):
    model = graphs.hostile()
    overlay = Overlay(
        "<b>title</b>", [("bad", "<i>legend</i>")],
        {name: Mark("bad", f"<u>{name[:40]}</u>", [(f"<s>{name[:40]}", f"<q>{name[:40]}")]) for name in model.nodes},
        steps=[("<hr>", {name: Mark("good", "<hr>") for name in model.nodes})],
    )  # fmt: skip
    page = show(model, overlay)
    press(page, "e", "o")
    elements = page.run("[...document.querySelectorAll('*')].map(e => e.localName)")
    assert not {"b", "i", "u", "s", "q", "hr"} & set(elements)
    assert elements.count("script") == page.run("document.scripts.length")
    entries = page.run("[...document.querySelectorAll('#outline .entry .name')].map(e => e.textContent)")
    assert "<img src=x onerror=alert(1)>" in entries
    assert "(no name)" in entries and "<hostile>" not in entries
    for query in ("onerror", "script", "evil", "xxxx"):
        find(page, query)
        press(page, "Enter")
        assert page.wait("document.querySelector('#card h2') !== null")
    assert "img" not in page.run("[...document.querySelectorAll('#card *')].map(e => e.localName)")
    page.run("document.querySelectorAll('#outline .entry').forEach(entry => entry.click())")
    assert page.run("document.title") == "<hostile>"
    assert "\u202e" not in page.run("document.body.innerText")


def test_a_frame_in_a_notebook(browser, tmp_path):
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><p>{viz.show(graphs.small())._repr_html_()}", encoding="utf-8")
    page = browser.open(path)
    page.wait("document.readyState === 'complete'")
    inside = page.frame().ready()
    assert "x" in boxes(inside)
    assert page.complaints() == inside.complaints() == inside.requests() == []
    page.close()


def test_a_large_graph_opens_folded(show):
    count = 100_000
    nodes = [
        viz.Node(
            f"part_{i // 1000}/op_{i % 1000}",
            "Relu",
            ((f"part_{(i - 1) // 1000}/op_{(i - 1) % 1000}", 0),) if i else (),
        )
        for i in range(count)
    ]
    page = show(viz.Model(nodes, "large"))
    assert len(boxes(page)) == 100
    assert "100,000 operations" in text(page, "#counts")
    go_to(page, "part_77/op_500")
    assert "part_77" in frames(page)
    assert page.run("document.querySelectorAll('.box').length") < 500
    press(page, "a")
    assert "77,500 ancestors" in text(page, "#status")
