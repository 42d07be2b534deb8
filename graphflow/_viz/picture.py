"""A graph with something laid on it: what `record`, `explain`, `diff` and the others return."""

from __future__ import annotations

from graphflow._viz.formats import display, page, saving, svg
from graphflow._viz.graph import model


class Picture:
    """A graph and an overlay, to be shown in a notebook, saved, or had as text.

    Attributes:
        model: the graph as pictures see it. overlay: what is laid on it.
    """

    def __init__(self, source, overlay, title=None):
        self.model = model.read(source, title or overlay.title)
        self.overlay = overlay

    def save(self, path, **options):
        """Writes the picture in the format that the path's ending names (.html, .svg, .png ...), and returns the path.

        Options are those of `viz.save`.
        """
        return saving.save(self.model, path, overlay=self.overlay, **options)

    def to_svg(self, **options):
        """The picture as text of an SVG file; options are those of `viz.to_svg`."""
        return svg.to_svg(self.model, overlay=self.overlay, **options)

    def to_html(self):
        """The picture as text of one HTML page that needs nothing else."""
        return page.to_html(self.model, overlay=self.overlay)

    def _repr_html_(self):
        return display.embedded(self.model, self.overlay)


def account(session, fetches, feed_dict):
    """What a run of a session would do, from the session.

    Raises:
        TypeError: it is no session of this package.
    """
    if not hasattr(session, "account"):
        raise TypeError(
            f"expected a tf.Session, got {type(session).__name__}; of a monitored session, give its raw_session()"
        )
    return session.account(fetches, feed_dict)
