"""`tensorflow.python.lib.io.file_io`: the functions below `tf.gfile` that some scripts call."""

from __future__ import annotations

from graphflow._files import gfile, os_errors, replace

FileIO = gfile.GFile
copy = gfile.copy
create_dir = gfile.mkdir
delete_file = gfile.remove
delete_recursively = gfile.rmtree
file_exists = gfile.exists
get_matching_files = gfile.glob
is_directory = gfile.isdir
list_directory = gfile.listdir
recursive_create_dir = gfile.makedirs
rename = gfile.rename
stat = gfile.stat
walk = gfile.Walk


def read_file_to_string(filename, binary_mode=False):
    """All of a file, as text or as bytes."""
    with gfile.GFile(filename, "rb" if binary_mode else "r") as file:
        return file.read()


def write_string_to_file(filename, file_content):
    """Puts a text into a file."""
    with gfile.GFile(filename, "w") as file:
        file.write(file_content)


def atomic_write_string_to_file(filename, contents, overwrite=True):
    """Puts a text into a file, all of it or nothing; AlreadyExistsError where it exists and `overwrite` is False."""
    if not overwrite and gfile.exists(filename):
        raise gfile.errors.AlreadyExistsError(None, None, f"file already exists: {filename}")
    with os_errors.told(filename):
        replace.write(filename, contents.encode() if isinstance(contents, str) else contents)
