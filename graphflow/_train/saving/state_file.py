"""The file `checkpoint` of a folder: which checkpoints there are, and which is the latest."""

from __future__ import annotations

import glob
import importlib
import os

from graphflow._core import errors, log
from graphflow._files import bundle, checkpoint, os_errors, replace
from graphflow._graph import protos

_LARGEST = 16 << 20  # bytes of a state file that is read


def _path(folder, latest_filename):
    return os.path.join(folder, latest_filename or "checkpoint")


def generate_checkpoint_state_proto(
    save_dir, model_checkpoint_path, all_model_checkpoint_paths=None, all_model_checkpoint_timestamps=None,
    last_preserved_timestamp=None,
):  # fmt: skip
    """The CheckpointState message for a folder; relative paths in it are relative to `save_dir`.

    Raises:
        ValueError: there are not as many timestamps as paths.
    """
    paths = list(all_model_checkpoint_paths or [])
    if not paths or paths[-1] != model_checkpoint_path:
        paths.append(model_checkpoint_path)
    times = all_model_checkpoint_timestamps
    if times and len(times) != len(paths):
        raise ValueError(
            f"Checkpoint timestamps, if provided, must match checkpoint paths (got paths {paths} and timestamps {times})"
        )
    if not os.path.isabs(save_dir):
        paths = [p if os.path.isabs(p) else os.path.relpath(p, save_dir) for p in paths]
        if not os.path.isabs(model_checkpoint_path):
            model_checkpoint_path = os.path.relpath(model_checkpoint_path, save_dir)
    return protos.CheckpointState(
        model_checkpoint_path=model_checkpoint_path, all_model_checkpoint_paths=paths,
        all_model_checkpoint_timestamps=times, last_preserved_timestamp=last_preserved_timestamp,
    )  # fmt: skip


def update_checkpoint_state(
    save_dir, model_checkpoint_path, all_model_checkpoint_paths=None, latest_filename=None,
    all_model_checkpoint_timestamps=None, last_preserved_timestamp=None,
):  # fmt: skip
    """Writes the state file of a folder.

    Raises:
        RuntimeError: the state file would overwrite the checkpoint.
    """
    update(
        save_dir, model_checkpoint_path, all_model_checkpoint_paths, latest_filename, False, all_model_checkpoint_timestamps,
        last_preserved_timestamp,
    )  # fmt: skip


def update(
    save_dir, model_checkpoint_path, all_model_checkpoint_paths=None, latest_filename=None, save_relative_paths=False,
    all_model_checkpoint_timestamps=None, last_preserved_timestamp=None,
):  # fmt: skip
    """As `update_checkpoint_state`; with `save_relative_paths`, the folder can be moved."""
    paths = list(all_model_checkpoint_paths or [])
    if save_relative_paths:
        model_checkpoint_path, *paths = [
            os.path.relpath(p, save_dir) if os.path.isabs(p) else p for p in [model_checkpoint_path, *paths]
        ]
    state = generate_checkpoint_state_proto(
        save_dir, model_checkpoint_path, paths, all_model_checkpoint_timestamps, last_preserved_timestamp
    )
    path = _path(save_dir, latest_filename)
    if path == state.model_checkpoint_path:
        raise RuntimeError(
            f"Save path '{model_checkpoint_path}' conflicts with path used for checkpoint state.  Please use a different save "
            "path."
        )
    text = importlib.import_module("google.protobuf.text_format").MessageToString(state)
    with os_errors.told(path):
        replace.write(path, text.encode())


def get_checkpoint_state(checkpoint_dir, latest_filename=None):
    """The CheckpointState of a folder with full paths, or None where there is none that can be read.

    A path that leads nowhere any more is taken for one in `checkpoint_dir`, if a checkpoint of that name is there: folders are
    moved. A relative path never leads out of the folder.

    Raises:
        ValueError: the file names no checkpoint.
    """
    path = _path(checkpoint_dir, latest_filename)
    if not os.path.isfile(path):
        return None
    text_format = importlib.import_module("google.protobuf.text_format")
    state = protos.CheckpointState()
    try:
        if os.path.getsize(path) > _LARGEST:
            raise ValueError(f"{os.path.getsize(path)} bytes are too many")
        with open(path, encoding="utf-8") as file:
            text_format.Parse(file.read(), state)
    except (OSError, ValueError, text_format.ParseError) as error:
        log.warning("%s: %s", type(error).__name__, error)
        log.warning("%s: Checkpoint ignored", path)
        return None
    if not state.model_checkpoint_path:
        raise ValueError("Invalid checkpoint state loaded from " + str(checkpoint_dir))
    folder = os.fspath(checkpoint_dir)
    state.model_checkpoint_path = _resolved(folder, state.model_checkpoint_path)
    for i, stored in enumerate(state.all_model_checkpoint_paths):
        state.all_model_checkpoint_paths[i] = _resolved(folder, stored)
    return state


def _resolved(folder, path):
    """The full path of a checkpoint that a state file names."""
    beside = os.path.join(folder, os.path.basename(path))
    if os.path.isabs(path):
        is_stale = not checkpoint.exists(path) and checkpoint.exists(beside)
        if is_stale:
            log.warning("%s is not there any more; taking %s", path, beside)
        return beside if is_stale else path
    inner = os.path.normpath(path)
    if inner == os.pardir or inner.startswith(os.pardir + os.sep):
        log.warning("%s leads out of %s; taking %s", path, folder, beside)
        return beside
    return os.path.join(folder, path)


def latest_checkpoint(checkpoint_dir, latest_filename=None):
    """The name of the latest checkpoint in a folder, or None where there is none."""
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None:
        return None
    if checkpoint.exists(state.model_checkpoint_path):
        return state.model_checkpoint_path
    log.error("Couldn't match files for checkpoint %s", state.model_checkpoint_path)
    return None


def checkpoint_exists(checkpoint_prefix):
    """Whether there is a checkpoint of that name, or one that fits a pattern."""
    index = bundle.index_file(checkpoint_prefix)
    return any(os.path.exists(p) or glob.glob(p) for p in (index, checkpoint_prefix))


def get_checkpoint_mtimes(checkpoint_prefixes):
    """The times at which checkpoints were written, in seconds; those that are not there are left out."""
    times = []
    for prefix in checkpoint_prefixes:
        found = [f for p in (bundle.index_file(prefix), prefix) for f in ([p] if os.path.exists(p) else glob.glob(p))]
        if found:
            times.append(os.stat(found[0]).st_mtime_ns / 1e9)
    return times


def meta_graph_filename(checkpoint_filename, meta_graph_suffix="meta"):
    """`model.ckpt-3` -> `model.ckpt-3.meta`; the pattern of shards is left out."""
    stem = checkpoint_filename.partition("-?????-of-")[0]
    return f"{stem}.{meta_graph_suffix}"


def remove_checkpoint(checkpoint_prefix, checkpoint_format_version=2, meta_graph_suffix="meta"):
    """Takes the files of a checkpoint away; those that are not there are passed over."""
    with os_errors.told(f"the checkpoint {checkpoint_prefix} cannot be removed"):
        replace.remove(meta_graph_filename(checkpoint_prefix, meta_graph_suffix))
        if checkpoint_format_version == 2:
            replace.remove(bundle.index_file(checkpoint_prefix))
            for path in glob.glob(glob.escape(checkpoint_prefix) + ".data-?????-of-?????"):
                replace.remove(path)
        else:
            replace.remove(checkpoint_prefix)


def remove_quietly(checkpoint_prefix, meta_graph_suffix="meta"):
    """As `remove_checkpoint`, with a warning where that fails."""
    try:
        remove_checkpoint(checkpoint_prefix, meta_graph_suffix=meta_graph_suffix)
    except errors.OpError as error:
        log.warning("Ignoring: %s", error)
