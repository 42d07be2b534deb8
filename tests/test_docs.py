"""Every ```python block of the pages runs: in page order, in one namespace per page, in an empty folder."""

import linecache
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page):
    """The page's blocks as (line of the page where it starts, source)."""
    text = page.read_text(encoding="utf-8")
    return [(text.count("\n", 0, found.start(1)), found[1]) for found in BLOCK.finditer(text)]


PAGES_WITH_CODE = [page for page in PAGES if blocks(page)]


@pytest.mark.parametrize("page", PAGES_WITH_CODE, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    for line, source in blocks(page):
        # The empty lines in front make a traceback name the page's own line. AutoGraph reads the lines of functions.
        text = "\n" * line + source
        monkeypatch.setitem(linecache.cache, str(page), (len(text), None, text.splitlines(keepends=True), str(page)))
        exec(compile(text, str(page), "exec"), namespace)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_block_escapes(page):
    """A fence that is indented, closed wrongly or tagged otherwise (`py`, `Python`) would not be run."""
    fences = re.findall(r"^ *```+ *py.*$", page.read_text(encoding="utf-8"), re.MULTILINE | re.IGNORECASE)
    assert len(fences) == len(blocks(page)), f"{page.name}: start a line with ```python, and close the block"


def test_the_first_pages_show_code():
    assert {ROOT / "README.md", ROOT / "docs" / "first_steps.md"} <= set(PAGES_WITH_CODE)
