"""Recordings on disk: <module>.json.gz for graphs, dtypes and errors, <module>.npz for values.

Neither holds times or paths, so recording the same twice gives the same files.
"""

import gzip
import json
import os

import numpy as np


def _paths(module, folder):
    return os.path.join(folder, module + ".json.gz"), os.path.join(folder, module + ".npz")


def save(module, recordings, folder):
    """Writes the recordings of a module, case name -> recording as of `recording.record`."""
    text_path, values_path = _paths(module, folder)
    texts = {
        name: {key: part for key, part in r.items() if key != "values"} for name, r in recordings.items()
    }
    content = json.dumps(texts, sort_keys=True, separators=(",", ":")).encode()
    with open(text_path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(content)
    arrays = {
        f"{name}:{key}": value for name, r in recordings.items() for key, value in r.get("values", {}).items()
    }
    np.savez_compressed(values_path, **arrays)


def load(module, folder):
    """Reads what `save` wrote."""
    text_path, values_path = _paths(module, folder)
    with gzip.open(text_path) as file:
        recordings = json.loads(file.read().decode())
    for recording in recordings.values():
        if "error" not in recording:
            recording["values"] = {}
    with np.load(values_path) as file:
        for key in file.files:
            name, path = key.split(":", 1)
            recordings[name]["values"][path] = file[key]
    return recordings
