"""A graph as one HTML page that needs nothing else: no network, no server, no other file."""

from __future__ import annotations

import base64
import hashlib
import html
import importlib.resources
import json
import re
import zlib

from graphflow._viz import palette
from graphflow._viz.formats import document
from graphflow._viz.graph import model as model_lib
from graphflow._viz.graph import overlay

# In the order in which they build on each other; the last one begins.
SCRIPTS = (
    "dom", "store", "graph", "layout", "lines", "scene", "sidebyside", "marks", "boxes", "stage", "minimap", "card", "search",
    "outline", "keys", "export", "main",
)  # fmt: skip


def to_html(source, title=None, *, overlay=None):
    """The text of the page.

    The graph lies in it as deflated parts, which the page reads when they are wanted. The page makes no request: its own
    policy forbids it. Names go into it as data only.

    Args:
        source: whatever `viz.save` takes. title: what to call it. overlay: what to lay on it.
    """
    model = model_lib.read(source, title)
    script = "\n".join(_read(f"{name}.js") for name in SCRIPTS)
    values = {
        "title": html.escape(title or model.title),
        "colours": _colours(),
        "picture-css": _read("picture.css") + _rules(),
        "page-css": _read("page.css"),
        "parts": "\n".join(_part(key, value) for key, value in document.parts(model, overlay).items()),
        "script": script,
        "script-hash": f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'",
    }
    return re.sub("@@([a-z-]+)@@", lambda match: values[match[1]], _read("page.html"))


def _read(name):
    return importlib.resources.files("graphflow._viz").joinpath("web", name).read_text(encoding="utf-8")


def _part(key, value):
    """A part of the document: JSON, deflated, in base64, so that nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    packed = base64.b64encode(zlib.compress(text.encode("utf-8", "surrogatepass"), 6)).decode()
    return f'<script type="application/octet-stream" id="part-{key}">{packed}</script>'


def _colours():
    """The colours of both themes as custom properties; paper is light."""
    light, dark = palette.css("light"), palette.css("dark")
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        f':root[data-theme="light"]{{color-scheme:light;{light}}}\n'
        f':root[data-theme="dark"]{{color-scheme:dark;{dark}}}\n'
        f"@media print{{:root,:root[data-theme]{{color-scheme:light;{light}}}}}\n"
    )


def _rules():
    """The rules that give boxes of each kind and tone their colours."""
    tones = [*overlay.TONES, *(f"island{i}" for i in range(len(overlay.ISLANDS)))]
    kinds = [_rule(f"k-{kind}", kind) for kind in palette.KINDS]
    return "\n".join([*kinds, *(_rule(f"t-{tone}", f"tone-{tone}") for tone in tones)])


def _rule(name, colour):
    return (
        f".box.{name}>.body{{fill:var(--{colour}-fill);stroke:var(--{colour}-line)}}"
        f".dot.{name},.swatch.{name}{{background:var(--{colour}-fill);border-color:var(--{colour}-line)}}"
    )
