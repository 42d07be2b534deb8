"""Looking into checkpoints without a graph."""

from __future__ import annotations

import os

from graphflow._core import dtypes
from graphflow._files import bundle, checkpoint
from graphflow._graph import protos
from graphflow._train.saving import state_file


class CheckpointReader:
    """The tensors of a checkpoint of either version.

    Args:
        filepattern: the name of the checkpoint.

    Raises:
        NotFoundError: there is none. DataLossError: it is damaged.
    """

    def __init__(self, filepattern):
        self._reader = checkpoint.open_reader(filepattern)

    def has_tensor(self, tensor_str):
        """Whether there is a tensor of that name."""
        return tensor_str in self._reader

    def get_tensor(self, tensor_str):
        """A tensor's value: an array, a NumPy scalar, or bytes."""
        if isinstance(tensor_str, bytes):
            tensor_str = tensor_str.decode()
        return self._reader.read(tensor_str)[()]

    def get_variable_to_shape_map(self):
        """{name: shape as a list}."""
        return {name: list(self._reader.shape(name)) for name in self._reader.names()}

    def get_variable_to_dtype_map(self):
        """{name: DType}."""
        return {name: self._reader.dtype(name) for name in self._reader.names()}

    def debug_string(self):
        """A line a tensor with its type and shape, as bytes."""
        lines = [
            f"{name} (DT_{dtypes_name(self._reader.dtype(name))}) {_shape_text(self._reader.shape(name))}\n"
            for name in self._reader.names()
        ]
        return "".join(lines).encode()


def dtypes_name(dtype):
    """`FLOAT` for float32: the name without `DT_`."""
    return protos.DataType.Name(dtypes.as_dtype(dtype).as_datatype_enum).removeprefix("DT_")


def _shape_text(shape):
    return "[" + ",".join(map(str, shape)) + "]"


def NewCheckpointReader(filepattern):
    """The CheckpointReader of a checkpoint."""
    return CheckpointReader(filepattern)


def file_of(ckpt_dir_or_file):
    """The checkpoint that a folder's state file names as the latest, or what was given if it is no folder."""
    if os.path.isdir(ckpt_dir_or_file) and not os.path.exists(bundle.index_file(os.fspath(ckpt_dir_or_file))):
        return state_file.latest_checkpoint(ckpt_dir_or_file)
    return os.fspath(ckpt_dir_or_file)


def load_checkpoint(ckpt_dir_or_file):
    """The CheckpointReader of a checkpoint, or of the latest one in a folder.

    Raises:
        ValueError: the folder has none.
    """
    path = file_of(ckpt_dir_or_file)
    if path is None:
        raise ValueError(f"Couldn't find 'checkpoint' file or checkpoints in given directory {ckpt_dir_or_file}")
    return CheckpointReader(path)


def load_variable(ckpt_dir_or_file, name):
    """The value of one tensor of a checkpoint; `name` may end in `:0`."""
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


def list_variables(ckpt_dir_or_file):
    """[(name, shape)] of the tensors of a checkpoint, sorted by name."""
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())
