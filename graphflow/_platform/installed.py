"""Where things are: the package, and files beside the script that asks."""

from __future__ import annotations

import os
import sys

from graphflow._core import errors

CXX11_ABI_FLAG, MONOLITHIC_BUILD = 1, 0
_NO_HEADERS = (
    "graphflow has no C++ headers or library to build operations against: write the operation in Python (tf.py_func, or a "
    "composition of operations with tf.custom_gradient)"
)


def get_include():
    """There are no headers.

    Raises:
        UnimplementedError: always, with what to do instead.
    """
    raise errors.UnimplementedError(None, None, _NO_HEADERS)


get_lib = get_compile_flags = get_link_flags = get_include


def _folder_of_caller():
    return os.path.dirname(os.path.abspath(sys._getframe(2).f_code.co_filename))


def get_data_files_path():
    """The folder of the file that calls."""
    return _folder_of_caller()


def get_root_dir_with_all_resources():
    """The folder of the file that calls."""
    return _folder_of_caller()


def get_path_to_datafile(path):
    """A path below the folder of the file that calls."""
    return os.path.join(_folder_of_caller(), path)


def load_resource(path):
    """The bytes of a file; its path is taken below the current folder."""
    with open(path, "rb") as file:
        return file.read()


def readahead_file_path(path, readahead="128M"):
    """The path itself: reading ahead is the system's affair."""
    return path
