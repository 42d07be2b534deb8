"""What Jupyter shows of a graph, an operation or a tensor."""

from __future__ import annotations

from typing import Any


class Shown:
    """Shows itself as a picture where there is one, else as its text.

    Attributes:
        bundle: the function from such a thing to {MIME type: content}, told by the public file: pictures are made beside the
            floors. None means text.
    """

    __slots__ = ()
    bundle: Any = None

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": repr(self)} if Shown.bundle is None else Shown.bundle(self)
