"""The gallery is whole: every picture it shows is there, and can be read."""

import re
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GALLERY = ROOT / "docs" / "gallery"
INDEX = (GALLERY / "index.md").read_text(encoding="utf-8")
LINKS = re.findall(r"\]\(([\w.]+)\)", INDEX)


@pytest.mark.parametrize("name", sorted({link for link in LINKS if link.endswith((".svg", ".html"))}))
def test_pictures_are_there(name):
    text = (GALLERY / name).read_text(encoding="utf-8")
    if name.endswith(".svg"):
        assert xml.fromstring(text).tag.endswith("svg")
    else:
        assert text.lstrip().lower().startswith("<!doctype html")


def test_nothing_else_lies_there():
    assert {path.name for path in GALLERY.iterdir()} == {*LINKS, "index.md"}


def test_the_readme_shows_two():
    shown = re.findall(r"!\[[^\]]+\]\((docs/gallery/[\w.]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(shown) == 2 and all((ROOT / path).is_file() for path in shown)
