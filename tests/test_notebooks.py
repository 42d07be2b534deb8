"""Every notebook of the documentation runs, cell by cell, in one namespace and in an empty folder, and has its results in it."""

import json
from pathlib import Path

import matplotlib.pyplot as pyplot
import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted(ROOT.glob("docs/**/*.ipynb"))


def cells(path):
    """The code cells of a notebook."""
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_cells_run(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    try:
        for number, cell in enumerate(cells(path), 1):
            exec(compile("".join(cell["source"]), f"{path.name}, code cell {number}", "exec"), namespace)
    finally:
        pyplot.close("all")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_reader_sees_the_results(path):
    """The notebook was stored after a whole run, from top to bottom, in which nothing failed."""
    counts = [cell["execution_count"] for cell in cells(path)]
    assert counts == list(range(1, len(counts) + 1))
    outputs = [output for cell in cells(path) for output in cell["outputs"]]
    assert outputs and not [output for output in outputs if output["output_type"] == "error"]


def test_there_is_a_notebook():
    assert ROOT / "docs" / "keras_story.ipynb" in NOTEBOOKS
