"""The embedding projector of TensorBoard: which variables of a checkpoint it shows."""

from __future__ import annotations

import os

from google.protobuf import text_format

from graphflow._files import gfile

FILE = "projector_config.pbtxt"  # the name that TensorBoard looks for


def visualize_embeddings(summary_writer, config):
    """Writes a ProjectorConfig into the folder of a summary writer, where TensorBoard finds it.

    Raises:
        ValueError: the writer has no folder.
    """
    logdir = summary_writer.get_logdir()
    if logdir is None:
        raise ValueError("Summary writer must have a logdir")
    folder = os.fsdecode(logdir)
    gfile.makedirs(folder)
    with gfile.GFile(os.path.join(folder, FILE), "w") as file:
        file.write(text_format.MessageToString(config))
