"""How long the page of a large graph takes until it is drawn in Chromium, beside the limit it is to keep.

python -m benchmarks.page_opening
"""

import os
import tempfile
import time

import graphflow as tf
from benchmarks import pictures
from graphflow import viz
from tests.viz import chromium

COUNT, ROUNDS = 100_000, 3


def opened(browser, path):
    """Seconds from asking for a file until its graph is drawn."""
    start = time.perf_counter()
    page = browser.open(path).ready()
    seconds = time.perf_counter() - start
    page.close()
    return seconds


def main():
    with tempfile.TemporaryDirectory() as folder, chromium.Browser() as browser:
        for name, build in (("in scopes", pictures.scopes), ("side by side", pictures.no_scopes)):
            tf.reset_default_graph()
            path = viz.save(build(COUNT), os.path.join(folder, "graph.html"))
            size = os.path.getsize(path)
            seconds = min(opened(browser, path) for _ in range(ROUNDS))
            print(f"page of {COUNT:,} operations {name:14} {size / 1e6:6.2f} MB, drawn after {seconds:5.2f} s   (2 s)")


if __name__ == "__main__":
    main()
