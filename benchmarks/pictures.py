"""How long pictures of large graphs take, beside the limits they are to keep.

python -m benchmarks.pictures
"""

import random
import time

import graphflow as tf
from graphflow import viz


def chain(count, longest):
    """The edges of a chain in which every third box also feeds one a little further down."""
    rng = random.Random(0)
    skips = [(i, min(count - 1, i + rng.randrange(2, longest))) for i in range(0, count - 2, 3)]
    return [(i, i + 1) for i in range(count - 1)] + skips


def flat(count, longest):
    """Seconds to lay out a chain of boxes, none folded."""
    edges = chain(count, longest)
    start = time.perf_counter()
    placed = viz.place_boxes([(80, 30)] * count, edges)
    assert len(placed.boxes) == count
    return time.perf_counter() - start


def scopes(count):
    """A graph of layers in blocks, each of ten operations."""
    x = tf.placeholder(tf.float32, [8], name="x")
    for block in range(count // 1000):
        with tf.name_scope(f"block{block}"):
            for layer in range(100):
                with tf.name_scope(f"layer{layer}"):
                    for _ in range(10):
                        x = tf.tanh(x)
    return tf.get_default_graph()


def no_scopes(count):
    """A binary tree of sums, all at the top."""
    x = tf.placeholder(tf.float32, [8], name="x")
    values = [x]
    for i in range(count):
        values.append(tf.add(values[i // 2], x))
    return tf.get_default_graph()


def drawn(build, count, draw):
    """(seconds to draw a graph, size of the result in bytes)."""
    tf.reset_default_graph()
    graph = build(count)
    start = time.perf_counter()
    result = draw(graph)
    return time.perf_counter() - start, len(result.encode())


def main():
    print(f"{'a chain of 1000 with skips':44} {flat(1000, 30):6.2f} s   (0.5 s)")
    print(f"{'a chain of 20 000 with skips':44} {flat(20_000, 8):6.2f} s   (3 s)")
    for name, build in (("in scopes", scopes), ("side by side", no_scopes)):
        for kind, draw, limit in (("SVG", viz.to_svg, ""), ("page", viz.to_html, "   (8 s, 1.5 MB)")):
            seconds, size = drawn(build, 100_000, draw)
            print(f"{f'{kind} of 100 000 operations {name}':44} {seconds:6.2f} s {size / 1e6:8.2f} MB{limit}")


if __name__ == "__main__":
    main()
