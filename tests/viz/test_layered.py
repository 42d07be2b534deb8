import random

import pytest

from graphflow import viz
from graphflow._viz.graph import tree
from graphflow._viz.layout import layered, nested, opening
from tests.viz import graphs


def random_edges(count, seed=0):
    rng = random.Random(seed)
    return [
        (i, rng.randrange(i + 1, min(count, i + 12))) for i in range(count - 1) for _ in range(1 + rng.random() * 2 > 2)
    ] + [(i, i + 1) for i in range(0, count - 1, 2)]


def rectangles(placed, sizes):
    return [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for (x, y), (w, h) in zip(placed.boxes, sizes)]


def overlap(a, b, slack=0.0):
    return a[0] < b[2] - slack and b[0] < a[2] - slack and a[1] < b[3] - slack and b[1] < a[3] - slack


def crossed(runs, box):
    """Whether a line passes through the inside of a box: its straight runs and the rectangles around its curves."""
    left, top, right, bottom = box
    for x, start, stop in runs:
        if left < x < right and min(start, stop) < bottom - 1e-6 and max(start, stop) > top + 1e-6:
            return True
    for (x0, _, y0), (x1, y1, _) in zip(runs, runs[1:]):
        if overlap((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), box, 1e-6):
            return True
    return False


@pytest.mark.parametrize("count", [1, 2, 10, 60, 150])
def test_boxes_do_not_overlap_and_edges_go_round_them(count):
    rng = random.Random(count)
    sizes = [(rng.randrange(20, 160), rng.randrange(15, 60)) for _ in range(count)]
    edges = random_edges(count)
    placed = layered.place_boxes(sizes, edges)
    boxes = rectangles(placed, sizes)
    for i, a in enumerate(boxes):
        assert a[0] >= 0 and a[1] >= 0 and a[2] <= placed.width and a[3] <= placed.height
        assert not any(overlap(a, b) for b in boxes[:i])
    assert set(placed.paths) == set(edges)
    for (a, b), runs in placed.paths.items():
        assert runs[0][1] == pytest.approx(boxes[a][3]) and runs[-1][2] == pytest.approx(boxes[b][1])
        assert boxes[a][0] <= runs[0][0] <= boxes[a][2] and boxes[b][0] <= runs[-1][0] <= boxes[b][2]
        assert not any(crossed(runs, boxes[i]) for i in range(count) if i not in (a, b))


def test_edges_point_down_and_cycles_are_drawn_upwards():
    arrangement = layered.arrange(3, [(0, 1), (1, 2), (2, 0), (1, 1)])
    assert [row for row in arrangement.rows if 1 in row]
    placed = layered.place(arrangement, [(10, 10)] * 3)
    assert set(placed.paths) == {(0, 1), (1, 2), (2, 0)}
    assert placed.paths[2, 0][0][1] > placed.paths[2, 0][-1][2]
    assert placed.paths[0, 1][0][1] < placed.paths[0, 1][-1][2]


def test_the_same_graph_gives_the_same_layout():
    edges = random_edges(80)
    one, two = layered.arrange(80, edges), layered.arrange(80, list(edges))
    assert (one.rows, one.chains) == (two.rows, two.chains)
    assert layered.place(one, [(30, 20)] * 80) == layered.place(two, [(30, 20)] * 80)


def test_the_edges_of_a_box_share_a_trunk_unless_they_are_kept_apart():
    edges = [(i, i + 1) for i in range(6)] + [(0, 5), (0, 6)]
    shared, apart = layered.arrange(7, edges), layered.arrange(7, edges, apart=[0])
    assert shared.chains[0, 6][:-2] == shared.chains[0, 5][:-1]
    assert not set(apart.chains[0, 6][1:]) & set(apart.chains[0, 5][1:])


def test_ports_stand_alone_in_the_first_and_last_row():
    arrangement = layered.arrange(5, [(3, 0), (0, 1), (1, 4), (0, 4)], tops=[3], bottoms=[4])
    assert arrangement.rows[0] == [3] and [n for n in arrangement.rows[-1] if n < 5] == [4]


def test_pins_move_the_ends_of_edges():
    arrangement = layered.arrange(2, [(0, 1)])
    placed = layered.place(arrangement, [(100, 20), (100, 20)], {(0, 1): (30, -20)})
    runs = placed.paths[0, 1]
    assert runs[0][0] - placed.boxes[0][0] == pytest.approx(30) and runs[-1][0] - placed.boxes[1][0] == pytest.approx(
        -20
    )
    assert runs[0][0] == pytest.approx(runs[-1][0])  # and the boxes move, so that the line is straight


def test_parts_that_are_not_joined_stand_side_by_side():
    edges = [(0, 2), (2, 4), (1, 3), (3, 5)]
    x = [place[0] for place in layered.place_boxes([(20, 10)] * 6, edges).boxes]
    assert max(x[0], x[2], x[4]) < min(x[1], x[3], x[5])


def test_many_boxes_without_edges_form_a_block():
    placed = layered.place_boxes([(20, 10)] * 400, [])
    assert 0.2 < placed.width / placed.height < 5


def test_a_wide_level_is_broken_into_rows():
    placed = layered.place_boxes([(60, 20)] * 202, [(0, i) for i in range(1, 201)] + [(i, 201) for i in range(1, 201)])
    assert placed.width < 60 * 202 / 2


def test_edges_past_the_budget_are_cut_not_drawn_wrong():
    count = 2000
    edges = [(i, i + 1) for i in range(count - 1)] + [(i, count - 1 - i % 50) for i in range(count // 2)]
    arrangement = layered.arrange(count, edges)
    assert arrangement.cut and all(edge not in arrangement.chains for edge in arrangement.cut)
    assert len(arrangement.cut) + len(arrangement.chains) == len(set(edges))


def test_a_long_chain_needs_no_deep_stack():
    count = 10_000
    arrangement = layered.arrange(count, [(i, i + 1) for i in range(count - 1)])
    assert len(arrangement.rows) == count
    placed = layered.place(arrangement, [(80, 30)] * count)
    assert max(x for x, _ in placed.boxes) == min(x for x, _ in placed.boxes)


def assert_clear(panel):
    """Nothing overlaps, everything lies within its frame, and no line runs through a box."""
    boxes = [(b.x, b.y, b.x + b.width, b.y + b.height) for b in (*panel.boxes, *panel.captions)]
    frames = [(b.x, b.y, b.x + b.width, b.y + b.height) for b in panel.frames]
    for i, a in enumerate(boxes):
        assert 0 <= a[0] and a[2] <= panel.width and 0 <= a[1] and a[3] <= panel.height
        assert not any(overlap(a, b) for b in boxes[:i])
    for i, a in enumerate(frames):
        inside = [b for b in (*boxes, *frames[i + 1 :]) if overlap(a, b)]
        assert all(a[0] <= b[0] and b[2] <= a[2] and a[1] <= b[1] and b[3] <= a[3] for b in inside)
    for line in panel.lines:
        assert not any(crossed(line.runs, box) for box in boxes)


@pytest.mark.parametrize("build", [graphs.small, graphs.network, graphs.recurrent])
def test_in_a_picture_nothing_overlaps_and_no_line_runs_through_a_box(build):
    read = viz.read(build())
    scopes = tree.Tree(read)
    for opened in (set(), opening.to_budget(scopes), opening.to_depth(scopes, 99)):
        panel = nested.picture(read, scopes, opened)
        assert_clear(panel)
        items = [box.item for box in (*panel.boxes, *panel.frames)]
        assert len(set(map(id, items))) == len(items)
        assert {frame.item.name for frame in panel.frames} == opened & {item.name for item in items}


@pytest.mark.parametrize("seed", range(12))
def test_random_graphs_are_drawn_clearly(seed):
    """Scopes and edges at random, cycles, constants and captions among them."""
    rng = random.Random(seed)
    count = rng.randrange(1, 80)
    names = ["/".join([*rng.choices("abc", k=rng.randrange(4)), f"n{i}"]) for i in range(count)]

    def producers(i, most):
        reach = count if rng.random() < 0.05 else max(i, 1)
        return [names[rng.randrange(reach)] for _ in range(rng.randrange(most))]

    nodes = [
        viz.Node(
            name,
            rng.choice(["Add", "Const", "VariableV2"]),
            tuple((other, 0) for other in producers(i, 3)),
            tuple(producers(i, 2)),
            (("float32", (1, 2)),),
        )
        for i, name in enumerate(names)
    ]
    texts = {(a, index, node.name): "0.25" for node in nodes for a, index in node.inputs if rng.random() < 0.3}
    read = viz.Model(nodes, "random")
    scopes = tree.Tree(read, widest=rng.choice([5, 120]))
    opened = {scope.name for scope in scopes.root.walk() if scope.parent and rng.random() < 0.6}
    assert_clear(nested.picture(read, scopes, opened, viz.Overlay(edges=texts), rng.random() < 0.5))
