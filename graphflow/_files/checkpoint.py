"""Opening a checkpoint of either version by the name that a user gives, and saying what is wrong with that name."""

from __future__ import annotations

import glob
import os
import re

from graphflow._core import errors
from graphflow._files import bundle, bundle_reader, legacy_checkpoint, os_errors, table

_PARTS = re.compile(r"\.(index|meta|data-\d{5}-of-\d{5})$")


def exists(prefix):
    """Whether `prefix` names a checkpoint of either version."""
    return os.path.isfile(bundle.index_file(prefix)) or bool(legacy_checkpoint.files_of(prefix))


def prefix_of(path):
    """The name of a checkpoint for what a user gives: one of its files stands for it."""
    path = os.fspath(path) if not isinstance(path, bytes) else path.decode()
    without = _PARTS.sub("", path)
    return without if without != path and exists(without) else path


def open_reader(path):
    """The reader of the checkpoint at `path`.

    Raises:
        NotFoundError: there is none; the text lists what there is. DataLossError: what is there is damaged, or something else.
    """
    prefix = prefix_of(path)
    with os_errors.told(prefix):
        if os.path.isfile(bundle.index_file(prefix)):
            return bundle_reader.BundleReader(prefix)
        paths = legacy_checkpoint.files_of(prefix)
        if paths:
            return legacy_checkpoint.LegacyReader(prefix, paths)
        raise _no_checkpoint(prefix)


def _no_checkpoint(prefix):
    if os.path.isdir(prefix):
        found = near(os.path.join(prefix, ""))
        text = f"{prefix} is a folder; a checkpoint in it is named like {os.path.join(prefix, 'model.ckpt')}"
        return errors.NotFoundError(None, None, text + _listed(found))
    if os.path.isfile(prefix):
        with open(prefix, "rb") as file:
            head = file.read(8)
        what = ", it is an HDF5 file: load it with Keras" if head[1:4] == b"HDF" else ""
        return table.damaged(prefix, f"not an sstable, so no checkpoint{what}{_listed(near(prefix))}")
    return errors.NotFoundError(
        None, None, f"Unsuccessful TensorSliceReader constructor: Failed to find any matching files for {prefix}"
        + _listed(near(prefix))
    )  # fmt: skip


def near(path):
    """The checkpoints in the folder that `path` lies in."""
    folder = os.path.dirname(path)
    return sorted(p.removesuffix(".index") for p in glob.glob(os.path.join(glob.escape(folder), "*.index")))


def _listed(found):
    shown = ", ".join(found[:8]) + (", ..." if len(found) > 8 else "")
    return f"; there are the checkpoints {shown}" if found else "; there is no checkpoint beside it"
