"""What a notebook shows of a graph: a drawing, or the page in a frame.

GitHub leaves frames, styles and scripts out of a notebook's HTML, and the styles out of its SVG, which so turns black; what it
shows is an image whose address is its own data (github.com/activeviam/atoti-notebooks/issues/425, jupyter/nbviewer/issues/1037).
"""

from __future__ import annotations

import base64
import html
import sys

from graphflow._viz.formats import page, svg
from graphflow._viz.graph import model

HEIGHT = 560  # pixels of the frame


def image(source, overlay=None, style="max-width:100%"):
    """The drawing as an HTML image. `style` is the element's CSS."""
    shown = model.read(source)
    data = base64.b64encode(svg.to_svg(shown, overlay=overlay).encode()).decode()
    return f'<img alt="{html.escape(shown.title)}" style="{style}" src="data:image/svg+xml;base64,{data}">'


def embedded(source, overlay=None, height=HEIGHT):
    """The page as an HTML frame for a notebook; it asks for nothing and keeps to its frame.

    Behind it stands the drawing, hidden by a style: who leaves out frames and styles shows that.

    Args:
        source: whatever `viz.save` takes. overlay: what to lay on it. height: of the frame, in pixels.
    """
    shown = model.read(source)
    text = html.escape(page.to_html(shown, overlay=overlay), quote=True)
    style = f"width:100%;height:{int(height)}px;border:1px solid #8884;border-radius:8px"
    frame = f'<iframe sandbox="allow-scripts allow-downloads allow-modals" style="{style}" srcdoc="{text}"></iframe>'
    return frame + image(shown, overlay, "display:none")


class Frame:
    """A graph as the page, in a notebook."""

    def __init__(self, source, overlay=None, height=HEIGHT):
        self._model, self._overlay, self._height = model.read(source), overlay, height

    def _repr_html_(self):
        return embedded(self._model, self._overlay, self._height)

    def __repr__(self):
        return f"<page of {self._model!r}>"


def show(source, overlay=None, height=HEIGHT):
    """The page of a graph, to be explored in a notebook: search, folding, cards.

    A graph, tensor, operation or Keras model as the last line of a cell shows a drawing.

    Args:
        source: whatever `viz.save` takes. overlay: what to lay on it. height: of the frame, in pixels.
    """
    return Frame(source, overlay, height)


def bundle(value):
    """{MIME type: content} of a graph, operation, tensor or Keras model for Jupyter: a drawing, with the text beside it."""
    text = {"text/plain": repr(value)}
    has_value = getattr(value, "is_eager", False) or getattr(value, "executes", False)  # a value is no graph
    return text if has_value else {"text/html": image(value), **text}


def link(source):
    """In a notebook, puts the drawing under what was printed, folded into one line; elsewhere does nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and hasattr(shell, "kernel"):
        drawing = f"<details><summary>picture</summary>{image(source)}</details>"
        shell.display_pub.publish({"text/html": drawing, "text/plain": ""})
