"""Checkpoints of TensorFlow 2, whose keys are paths through objects: which key a variable's name has."""

from __future__ import annotations

from graphflow._core import errors
from graphflow._files import checkpoint
from graphflow._graph import protos

GRAPH_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"
VALUE_KEY = "VARIABLE_VALUE"


def object_graph(prefix):
    """The TrackableObjectGraph in a checkpoint, or None where it is not object-based."""
    reader = checkpoint.open_reader(prefix)
    if GRAPH_KEY not in reader:
        return None
    return protos.TrackableObjectGraph.FromString(reader.read(GRAPH_KEY).item())


def key_by_name(prefix):
    """{name a variable had when it was saved: key}, or None where the checkpoint is not object-based."""
    found = object_graph(prefix)
    if found is None:
        return None
    return {a.full_name: a.checkpoint_key for node in found.nodes for a in node.attributes}


def rename(saveables, keys):
    """Lets saveables look for the keys of their names.

    Raises:
        NotFoundError: names that the checkpoint does not know; all are listed.
    """
    specs = [spec for s in saveables for spec in s.specs]
    missing = sorted({spec.name for spec in specs} - keys.keys())
    if missing:
        extra = sorted(keys.keys() - {spec.name for spec in specs})
        raise errors.NotFoundError(
            None, None,
            f"\n\nExisting variables not in the checkpoint: {', '.join(missing)}\n\nVariables names when this checkpoint was "
            f"written which don't exist now: {', '.join(extra)}\n\nIt is an object-based checkpoint (of tf.train.Checkpoint or "
            "tf.keras.Model.save_weights) that is read by names. Give Saver(var_list=...) a dictionary with the names of that "
            "time as keys, or only the variables that existed then.",
        )  # fmt: skip
    for spec in specs:
        spec.name = keys[spec.name]
