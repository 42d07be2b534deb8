"""Reading the files the data sets come in. They come from the network, so nothing in them is trusted or run."""

import contextlib
import gzip
import math
import os
import struct
import zipfile

import numpy as np

from graphflow_keras.datasets import _plain_pickle

_LARGE, _RATIO = 1 << 26, 200  # no data set shrinks to 1/200; what claims so, and is large, is a bomb


@contextlib.contextmanager
def _named(path, form):
    """Whatever goes wrong inside becomes a ValueError that names the file and the cure."""
    try:
        yield
    except (ValueError, KeyError, EOFError, OSError, TypeError, struct.error, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{os.fspath(path)!r} is not the {form} expected here: {error}. Delete it, and it is fetched again."
        ) from error


def _check_size(declared, stored):
    if declared > _LARGE and declared > _RATIO * stored:
        raise ValueError(f"it claims {declared} bytes, and holds {stored}")


def read_npz(path, names):
    """Arrays of an .npz file, by name. Arrays of objects are read too, as long as the objects are plain data.

    Args:
        path: the file.
        names: list of str, the arrays wanted.

    Returns:
        list of ndarray.

    Raises:
        ValueError: not such a file, an array is missing or damaged, or it holds more than numbers, text and lists.
    """
    with _named(path, "npz file"), zipfile.ZipFile(path) as archive:
        return [_read_npy(archive, name + ".npy") for name in names]


def _read_npy(archive, entry):
    info = archive.getinfo(entry)
    _check_size(info.file_size, info.compress_size)
    with archive.open(info) as file:
        version = np.lib.format.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"{entry} is of the unknown version {version}")
        reader = getattr(np.lib.format, f"read_array_header_{version[0]}_0")
        shape, fortran, dtype = reader(file)
        if dtype.hasobject:
            return _plain_pickle.load(file)
        if math.prod(shape) * dtype.itemsize > info.file_size:
            raise ValueError(f"{entry} claims the shape {shape} and holds {info.file_size} bytes")
        values = np.frombuffer(file.read(), dtype).copy()
        return values.reshape(shape, order="F" if fortran else "C")


def read_idx(path):
    """The array of a gzipped IDX file of bytes: uint8, of the shape the file tells.

    Raises:
        ValueError: not such a file, or shorter or longer than it tells.

    Source: LeCun, Cortes, Burges, "The MNIST database", section "File formats".
    """
    with _named(path, "gzipped IDX file"), gzip.open(path) as file:
        zeros, kind, rank = struct.unpack(">HBB", file.read(4))
        if zeros or kind != 8 or not 1 <= rank <= 4:
            raise ValueError(f"it starts with {zeros, kind, rank}, not with 0, 8 (bytes) and the rank")
        shape = struct.unpack(f">{rank}I", file.read(4 * rank))
        size = math.prod(shape)
        _check_size(size, os.path.getsize(path))
        values = file.read(size + 1)
        if len(values) != size:
            raise ValueError(
                f"its shape is {shape}, and it holds {'more' if len(values) > size else len(values)} bytes"
            )
        return np.frombuffer(values, np.uint8).reshape(shape).copy()


def read_pickle(path):
    """What a pickle made by Python 2 holds, as long as it is plain data; text is bytes.

    Raises:
        ValueError: not such a file, or it holds more than numbers, text, lists, dicts and arrays of numbers.
    """
    with _named(path, "pickle of plain data"), open(path, "rb") as file:
        return _plain_pickle.load(file)
