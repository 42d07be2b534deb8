"""Summaries: serialized protos for TensorBoard, made in the graph."""

from __future__ import annotations

import contextlib
import importlib
import re

from graphflow._core import dtypes, log, names
from graphflow._graph import build, keys, op_def, protos
from graphflow._graph import graph as graph_lib

_ILLEGAL = re.compile(r"[^-/\w\.]")
_SUMMARIES = keys.GraphKeys.SUMMARIES

op_def.shape_rule(
    "ScalarSummary", "HistogramSummary", "ImageSummary", "AudioSummary", "AudioSummaryV2", "TensorSummary",
    "TensorSummaryV2", "MergeSummary", "SummaryWriter",
)(lambda op: [()])  # fmt: skip
op_def.not_differentiable(
    "ScalarSummary", "HistogramSummary", "ImageSummary", "AudioSummary", "AudioSummaryV2", "TensorSummary",
    "TensorSummaryV2", "MergeSummary", because="summaries have no gradient",
)  # fmt: skip


def clean_tag(name):
    """`name` with an underscore for every letter that a node's name may not have, and without slashes in front."""
    if name is None:
        return None
    cleaned = _ILLEGAL.sub("_", name).lstrip("/")
    if cleaned != name:
        log.info("Summary name %s is illegal; using %s instead.", name, cleaned)
    return cleaned


@contextlib.contextmanager
def summary_scope(name, family=None, default_name=None, values=None):
    """The tag of a summary and the scope that is its node's name.

    Args:
        family: a name put before the tag: TensorBoard shows what has one together.

    Yields:
        (tag, scope).
    """
    name, family = clean_tag(name), clean_tag(family)
    with build.name_scope(name if family is None else f"{family}/{name}", default_name, values) as scope:
        tag = names.from_scope(scope)
        yield (tag if family is None else f"{family}/{tag}"), scope


def _collected(summary, collections, default):
    graph_lib.get_default_graph().add_to_collections(default if collections is None else collections, summary)
    return summary


def scalar(name, tensor, collections=None, family=None):
    """A summary of one number.

    Args:
        name: the tag and the node's name, made unique.
        tensor: a real scalar.
        collections: where the summary is added; `[GraphKeys.SUMMARIES]` when None.
        family: put before the tag.

    Returns:
        a string scalar: a serialized Summary.
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        return _collected(build.apply("ScalarSummary", tag, tensor, name=scope), collections, [_SUMMARIES])


def histogram(name, values, collections=None, family=None):
    """A summary of how numbers are distributed; values of any shape. Args as `scalar`."""
    with summary_scope(name, family, "HistogramSummary", [values]) as (tag, scope):
        return _collected(build.apply("HistogramSummary", tag, values, name=scope), collections, [_SUMMARIES])


def image(name, tensor, max_outputs=3, collections=None, family=None):
    """A summary of up to `max_outputs` images as PNG.

    Args:
        tensor: `[batch, height, width, channels]`, 1 (grey), 3 (RGB) or 4 (RGBA) channels; uint8 is shown as it is, floats are
            scaled: to [0, 255] where none is negative, else with 0 in the middle.
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        summary = build.apply("ImageSummary", tag, tensor, max_images=max_outputs, name=scope)
        return _collected(summary, collections, [_SUMMARIES])


def audio(name, tensor, sample_rate, max_outputs=3, collections=None, family=None):
    """A summary of up to `max_outputs` sounds as WAV.

    Args:
        tensor: float32 in [-1, 1], `[batch, frames]` or `[batch, frames, channels]`.
        sample_rate: float, in Hertz.
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        sample_rate = build.convert_to_tensor(sample_rate, dtypes.float32, "sample_rate")
        summary = build.apply("AudioSummaryV2", tag, tensor, sample_rate, max_outputs=max_outputs, name=scope)
        return _collected(summary, collections, [_SUMMARIES])


def tensor_summary(
    name, tensor, summary_description=None, collections=None, summary_metadata=None, family=None, display_name=None
):
    """A summary that holds a tensor as it is.

    Args:
        summary_description: a text for TensorBoard to show.
        summary_metadata: a SummaryMetadata message, which says which plugin shows it.
        display_name: the name shown in place of the tag.
    """
    metadata = protos.SummaryMetadata()
    if summary_metadata is not None:
        metadata.MergeFromString(summary_metadata.SerializeToString())
    if summary_description is not None:
        metadata.summary_description = summary_description
    if display_name is not None:
        metadata.display_name = display_name
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        summary = build.apply("TensorSummaryV2", tag, tensor, metadata.SerializeToString(), name=scope)
        return _collected(summary, collections, [_SUMMARIES])


def text(name, tensor, collections=None):
    """A summary of texts, which TensorBoard shows as Markdown; of two axes, as a table.

    Raises:
        ValueError: `tensor` holds no strings.
    """
    if tensor.dtype != dtypes.string:
        raise ValueError(f"Expected tensor {tensor.name} to have dtype string, got {tensor.dtype}")
    metadata = protos.SummaryMetadata(plugin_data=protos.SummaryMetadata.PluginData(plugin_name="text"))
    return tensor_summary(name, tensor, summary_metadata=metadata, collections=collections)


def merge(inputs, collections=None, name=None):
    """All summaries of `inputs` in one; a run fails where two have the same tag."""
    name = clean_tag(name)
    with build.name_scope(name, "Merge", inputs):
        return _collected(build.apply("MergeSummary", list(inputs), name=name), collections, [])


def merge_all(key=_SUMMARIES, scope=None, name=None):
    """All summaries in the collection `key` (and in `scope`) in one, or None where there are none."""
    found = graph_lib.get_default_graph().get_collection(key, scope=scope)
    return merge(found, name=name) if found else None


def get_summary_description(node_def):
    """The SummaryDescription in a TensorSummary node."""
    if node_def.op != "TensorSummary":
        raise ValueError(f"Can't get_summary_description on {node_def.op}")
    found = protos.SummaryDescription()
    json_format = importlib.import_module("google.protobuf.json_format")
    json_format.Parse(node_def.attr["description"].s.decode(), found)
    return found


# -- the names before TensorFlow 1.0, with tags that may be tensors ----------------------------------------------------------


def scalar_summary(tags, values, collections=None, name=None):
    """A summary of numbers, one for each of `tags`, which have the shape of `values`."""
    with build.name_scope(name, "ScalarSummary", [tags, values]) as scope:
        return _collected(build.apply("ScalarSummary", tags, values, name=scope), collections, [_SUMMARIES])


def histogram_summary(tag, values, collections=None, name=None):
    """As `histogram`; the tag and the node's name are given apart."""
    with build.name_scope(name, "HistogramSummary", [tag, values]) as scope:
        return _collected(build.apply("HistogramSummary", tag, values, name=scope), collections, [_SUMMARIES])


def image_summary(tag, tensor, max_images=3, collections=None, name=None):
    """As `image`; the tag and the node's name are given apart."""
    with build.name_scope(name, "ImageSummary", [tag, tensor]) as scope:
        summary = build.apply("ImageSummary", tag, tensor, max_images=max_images, name=scope)
        return _collected(summary, collections, [_SUMMARIES])


def audio_summary(tag, tensor, sample_rate, max_outputs=3, collections=None, name=None):
    """As `audio`; the tag and the node's name are given apart."""
    with build.name_scope(name, "AudioSummary", [tag, tensor]) as scope:
        sample_rate = build.convert_to_tensor(sample_rate, dtypes.float32, "sample_rate")
        summary = build.apply("AudioSummaryV2", tag, tensor, sample_rate, max_outputs=max_outputs, name=scope)
        return _collected(summary, collections, [_SUMMARIES])


def merge_summary(inputs, collections=None, name=None):
    """As `merge`."""
    with build.name_scope(name, "MergeSummary", inputs) as scope:
        return _collected(build.apply("MergeSummary", list(inputs), name=scope), collections, [])


def merge_all_summaries(key=_SUMMARIES):
    """As `merge_all`."""
    found = graph_lib.get_default_graph().get_collection(key)
    return merge_summary(found) if found else None
