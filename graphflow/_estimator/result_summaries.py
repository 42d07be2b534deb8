"""The results of an evaluation as summaries in its folder."""

from __future__ import annotations

import numpy as np
from google.protobuf import message

from graphflow._core import log
from graphflow._graph import protos, tensor_proto
from graphflow._train import file_writer


def write(output_dir, results, global_step):
    """Adds numbers, arrays and serialized summaries of a dict to the event file of a folder."""
    shown = ", ".join(f"{key} = {value}" for key, value in sorted(results.items()) if not isinstance(value, bytes))
    log.info("Saving dict for global step %d: %s", global_step, shown)
    summary = protos.Summary()
    for key, value in results.items():
        if value is not None and key != "global_step":
            _add(summary, key, value)
    _put(output_dir, summary, global_step)


def _add(summary, key, value):
    if isinstance(value, (np.floating, float)):
        summary.value.add(tag=key, simple_value=float(value))
    elif isinstance(value, (np.integer, int)):
        summary.value.add(tag=key, simple_value=int(value))
    elif isinstance(value, bytes):
        try:
            inner = protos.Summary.FromString(value)
        except message.DecodeError:
            log.warning("Skipping summary for %s, cannot parse string to Summary.", key)
            return
        for i, one in enumerate(inner.value):
            one.tag = f"{key}/{i}"
        summary.value.extend(inner.value)
    elif isinstance(value, np.ndarray):
        summary.value.add(tag=key, node_name=key, tensor=tensor_proto.make_tensor_proto(value))
    else:
        log.warning("Skipping summary for %s, must be a number, an array or a serialized string of Summary.", key)


def write_checkpoint_path(output_dir, path, global_step):
    """Adds which checkpoint was evaluated."""
    log.info("Saving 'checkpoint_path' summary for global step %d: %s", global_step, path)
    value = protos.Summary.Value(tag="checkpoint_path", tensor=tensor_proto.make_tensor_proto(path))
    _put(output_dir, protos.Summary(value=[value]), global_step)


def _put(folder, summary, step):
    writer = file_writer.FileWriterCache.get(folder)
    writer.add_summary(summary, step)
    writer.flush()
