"""A graph as an event file, which TensorBoard shows."""

from __future__ import annotations

import time

from graphflow._files import event_file
from graphflow._graph import attr_values, protos
from graphflow._viz.graph import model


def save_events(source, folder, run_metadata=None, tag="run", step=0):
    """Writes an event file with the graph, each node with the shapes of its outputs.

    Args:
        source: what `viz.read` takes.
        folder: where the file goes, under a name of its own; made when it is not there.
        run_metadata: a RunMetadata message of `session.run`, which TensorBoard lays on the graph.
        tag: what TensorBoard calls that run. step: its number.

    Returns:
        the folder.
    """
    read = model.read(source)
    message = protos.GraphDef()
    message.CopyFrom(read.graph_def())
    for node in message.node:
        if node.name in read.nodes:
            _tell_shapes(node, read.nodes[node.name].outputs)
    file = event_file.EventFile(folder)
    file.add(protos.Event(wall_time=time.time(), graph_def=message.SerializeToString()))
    if run_metadata is not None:
        tagged = protos.TaggedRunMetadata(tag=tag, run_metadata=run_metadata.SerializeToString())
        file.add(protos.Event(wall_time=time.time(), step=step, tagged_run_metadata=tagged))
    file.close()
    return folder


def _tell_shapes(node, outputs):
    if not outputs:
        return
    shapes = node.attr["_output_shapes"].list
    del shapes.shape[:]
    for _, dims in outputs:
        attr_values.write_shape(shapes.shape.add(), dims)
