"""GraphDef, MetaGraphDef and SavedModel as bytes or text of a file; what is none of them is told what it looks like."""

from __future__ import annotations

import importlib
import re
import warnings

from graphflow._core import errors
from graphflow._graph import protos

_TEXT = re.compile(
    rb"\s*(#|(node|versions|library|meta_info_def|graph_def|saver_def|saved_model_schema_version)\s*[:{])"
)
_LOOKS = (
    (rb"\s*<(!doctype|html|\?xml)", "an HTML or XML page, perhaps an error page that was saved"),
    (rb"version https://git-lfs", "a git-lfs pointer: run `git lfs pull` to get the file itself"),
    (rb"\x89PNG", "a PNG picture"),
    (rb"\xff\xd8\xff", "a JPEG picture"),
    (rb"\x89HDF", "an HDF5 file, perhaps a Keras model: load it with Keras"),
    (rb"PK\x03\x04", "a zip archive, perhaps a `.keras` file"),
    (rb"\x1f\x8b", "a gzip file: unpack it first"),
    (rb"\s*[{\[]", "JSON"),
)
# what a message must have filled to be taken for one of its kind
_PLAUSIBLE = {
    "GraphDef": lambda m: _has_nodes(m) or (not m.node and m.versions.producer > 0),
    "SavedModel": lambda m: m.saved_model_schema_version > 0 and len(m.meta_graphs) > 0,
    "MetaGraphDef": lambda m: _has_nodes(m.graph_def) or (not m.graph_def.node and bool(m.meta_info_def.tags)),
}


class GraphDefError(errors.InvalidArgumentError, ValueError):
    """A graph that came from outside is not well formed. TensorFlow raises a ValueError for this."""


def invalid(text):
    """The error for a graph that is not well formed."""
    return GraphDefError(None, None, text)


def _has_nodes(graph_def):
    return len(graph_def.node) > 0 and all(node.op and node.name for node in graph_def.node)


def parse(data, kind="GraphDef", origin="the data"):
    """The message in the bytes of a file, binary or text.

    Args:
        data: bytes.
        kind: what is expected: `GraphDef`, `MetaGraphDef` or `SavedModel`.
        origin: a file's name, for messages.

    Raises:
        GraphDefError: the bytes are no such message; the text says what they look like.
    """
    if not data:
        raise invalid(f"{origin} is empty; expected a {kind}")
    if _TEXT.match(data):
        return parse_text(data, getattr(protos, kind)(), origin)
    found = _parse_plausible(data, kind)
    if found is None:
        raise invalid(f"{origin} is not a {kind}; it looks like {_looks_like(data, kind)}")
    return found


def _parse_plausible(data, kind):
    decode_error = importlib.import_module("google.protobuf.message").DecodeError
    try:
        message = getattr(protos, kind).FromString(data)
    except decode_error:
        return None
    return message if _PLAUSIBLE[kind](message) else None


def _looks_like(data, kind):
    for pattern, meaning in _LOOKS:
        if re.match(pattern, data, re.IGNORECASE):
            return meaning
    for other in _PLAUSIBLE:
        if other != kind and _parse_plausible(data, other) is not None:
            return f"a {other}"
    return f"{len(data)} bytes of something else, a damaged file, or one nested more than 100 messages deep"


def parse_text(text, message, origin="the text"):
    """Fills `message` from protobuf's text format; fields this version does not know are left out, with a warning.

    Raises:
        GraphDefError: the text is malformed; the message tells line and column.
    """
    text_format = importlib.import_module("google.protobuf.text_format")
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            raise invalid(f"{origin} is not UTF-8 text: {error}") from None
    for lenient in (False, True):
        message.Clear()
        try:
            return text_format.Parse(text, message, allow_unknown_field=lenient)
        except RecursionError:
            raise invalid(f"{origin} is nested too deep") from None
        except text_format.ParseError as error:
            if lenient or "has no field named" not in str(error):
                raise invalid(f"{origin} is not the text of a {message.DESCRIPTOR.name}: {error}") from None
            warnings.warn(f"{origin}: fields unknown to TensorFlow 1.15 are left out: {error}", stacklevel=2)


def to_text(message):
    """`message` in protobuf's text format, as in a `.pbtxt` file."""
    return importlib.import_module("google.protobuf.text_format").MessageToString(message)
