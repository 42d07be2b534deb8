"""Files and folders with TensorFlow's names and errors. All of them are local ones."""

from __future__ import annotations

import collections
import contextlib
import glob as globbing
import os
import re
import shutil

from graphflow._core import errors
from graphflow._files import os_errors, replace

_BUFFER = 1 << 19
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
FileStatistics = collections.namedtuple("FileStatistics", ["length", "mtime_nsec", "is_directory"])


def _local(path):
    """A path as text; `file://` in front is left out.

    Raises:
        UnimplementedError: a path of another file system, such as `gs://`.
    """
    path = os.fspath(path)
    path = os.fsdecode(path) if isinstance(path, bytes) else path
    scheme = _SCHEME.match(path)
    if scheme is None:
        return path
    if scheme[1] == "file":
        return path[len("file://") :]
    raise errors.UnimplementedError(
        None,
        None,
        f"File system scheme '{scheme[1]}' not implemented (file: '{path}'): copy it to a local folder first",
    )


class GFile:
    """A file that is opened when it is first read or written.

    Args:
        name: its path.
        mode: `r`, `w`, `a`, `r+`, `w+` or `a+`, with `b` for bytes. Text is UTF-8, and its line ends stay as they are.

    Attributes:
        gives_bytes: whether what is not UTF-8 comes as bytes from a file opened for text, as it did in Python 2.

    Raises:
        InvalidArgumentError: another mode. PermissionDeniedError: reading what was opened for writing, or the reverse.
        NotFoundError: at the first read, when there is no such file.
        UnicodeDecodeError: reading text that is not UTF-8.
    """

    gives_bytes = False

    def __init__(self, name, mode="r"):
        self.name, self.mode = name, mode
        plain = mode.replace("b", "")
        if plain not in ("r", "w", "a", "r+", "w+", "a+"):
            raise errors.InvalidArgumentError(None, None, "mode is not 'r' or 'w' or 'a' or 'r+' or 'w+' or 'a+'")
        self._is_binary = "b" in mode
        self._can_read, self._can_write = plain in ("r", "r+", "w+", "a+"), plain != "r"
        self._path = _local(name)
        self._reader = self._writer = None

    def _reading(self):
        if self._reader is None:
            if not self._can_read:
                raise errors.PermissionDeniedError(None, None, "File isn't open for reading")
            if self._writer is not None:
                self._writer.flush()
            with os_errors.told(self._path):
                self._reader = open(self._path, "rb", buffering=_BUFFER)
        return self._reader

    def _writing(self):
        if self._writer is None:
            if not self._can_write:
                raise errors.PermissionDeniedError(None, None, "File isn't open for writing")
            with os_errors.told(self._path):
                self._writer = open(self._path, "ab" if "a" in self.mode else "wb", buffering=_BUFFER)
        return self._writer

    def _out(self, data):
        if self._is_binary:
            return data
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            if self.gives_bytes:
                return data
            raise

    def size(self):
        """The length of the file in bytes."""
        return stat(self._path).length

    def write(self, file_content):
        """Appends text or bytes."""
        data = file_content.encode("utf-8") if isinstance(file_content, str) else file_content
        with os_errors.told(self._path):
            self._writing().write(data)

    def read(self, n=-1):
        """The next `n` bytes, all that are left when -1; as text unless the mode has `b`."""
        with os_errors.told(self._path):
            return self._out(self._reading().read(n))

    def seek(self, offset=None, whence=0, position=None):
        """Goes to a place counted from the start (`whence` 0), from here (1), or from the end (2)."""
        if offset is None and position is None:
            raise TypeError("seek(): offset argument required")
        if offset is not None and position is not None:
            raise TypeError("seek(): offset and position may not be set simultaneously.")
        if whence not in (0, 1, 2):
            raise errors.InvalidArgumentError(
                None, None, f"Invalid whence argument: {whence}. Valid values are 0, 1, or 2."
            )
        with os_errors.told(self._path):
            self._reading().seek(offset if position is None else position, whence)

    def readline(self):
        """The next line with its end; empty at the end of the file."""
        with os_errors.told(self._path):
            return self._out(self._reading().readline())

    def readlines(self):
        """All lines that are left."""
        return list(self)

    def tell(self):
        """The place in the file."""
        return (self._reading() if self._can_read else self._writing()).tell()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.close()

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    next = __next__

    def flush(self):
        """Hands what was written to the operating system."""
        if self._writer is not None:
            with os_errors.told(self._path):
                self._writer.flush()

    def close(self):
        """Closes the file."""
        reader, writer, self._reader, self._writer = self._reader, self._writer, None, None
        if reader is not None:
            reader.close()
        if writer is not None:
            with os_errors.told(self._path):
                writer.close()

    def seekable(self):
        return True


Open = FastGFile = GFile


# -- files and folders ---------------------------------------------------------------------------------------------------


def exists(path):
    """Whether there is a file or folder."""
    return os.path.exists(_local(path))


def isdir(path):
    """Whether there is a folder."""
    return os.path.isdir(_local(path))


def remove(path):
    """Deletes a file; NotFoundError where there is none."""
    path = _local(path)
    with os_errors.told(path):
        os.remove(path)


def glob(pattern):
    """The paths that fit a pattern, or any of a list of patterns, sorted; `./` stands before those without a folder."""
    patterns = pattern if isinstance(pattern, (list, tuple)) else [pattern]
    return [path for each in patterns for path in sorted(globbing.glob(_placed(_local(each)), include_hidden=True))]


def _placed(pattern):
    """A pattern that names a folder before its first wildcard."""
    return pattern if "/" in re.split(r"[*?\[\\]", pattern)[0] else "./" + pattern


def mkdir(path):
    """Makes a folder; nothing where it exists. NotFoundError where the folder it lies in does not."""
    path = _local(path)
    with os_errors.told(path), contextlib.suppress(FileExistsError):
        os.mkdir(path)


def makedirs(path):
    """Makes a folder and those it lies in; nothing where it exists."""
    path = _local(path)
    with os_errors.told(path):
        os.makedirs(path, exist_ok=True)


def copy(src, dst, overwrite=False):
    """Copies a file; AlreadyExistsError where there is one and `overwrite` is False."""
    src, dst = _checked(src, dst, overwrite)
    with os_errors.told(f"{src} -> {dst}"), open(src, "rb") as file, replace.writing(dst) as target:
        shutil.copyfileobj(file, target, _BUFFER)


def rename(src, dst, overwrite=False):
    """Renames or moves a file; AlreadyExistsError where there is one and `overwrite` is False."""
    src, dst = _checked(src, dst, overwrite)
    with os_errors.told(f"{src} -> {dst}"):
        os.replace(src, dst)


def _checked(src, dst, overwrite):
    src, dst = _local(src), _local(dst)
    if not overwrite and os.path.exists(dst):
        raise errors.AlreadyExistsError(None, None, f"file already exists: {dst}")
    return src, dst


def rmtree(path):
    """Deletes a folder with all that is in it; NotFoundError where there is none."""
    path = _local(path)
    with os_errors.told(path):
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.remove(path)


def listdir(path):
    """The names in a folder, sorted; NotFoundError where there is none."""
    path = _local(path)
    if not os.path.isdir(path):
        raise errors.NotFoundError(None, None, f"Could not find directory {path}")
    with os_errors.told(path):
        return sorted(os.listdir(path))


def walk(top, topdown=True, onerror=None):
    """Yields (folder, names of the folders in it, names of the files in it) for a folder and all below.

    Args:
        topdown: whether a folder comes before those in it.
        onerror: called with the error where a folder cannot be listed.
    """
    top = _local(top)
    try:
        names = listdir(top)
    except errors.NotFoundError as error:
        if onerror is not None:
            onerror(error)
        return
    folders = [name for name in names if os.path.isdir(os.path.join(top, name))]
    here = top, folders, [name for name in names if name not in set(folders)]
    if topdown:
        yield here
    for name in folders:
        yield from walk(os.path.join(top, name), topdown, onerror)
    if not topdown:
        yield here


def stat(path):
    """(length, mtime_nsec, is_directory) of a file or folder; NotFoundError where there is none."""
    path = _local(path)
    with os_errors.told(path):
        found = os.stat(path)
    return FileStatistics(found.st_size, found.st_mtime_ns, os.path.isdir(path))


# -- the same under the names of TensorFlow 1 -----------------------------------------------------------------------------


def Copy(oldpath, newpath, overwrite=False):
    """See `copy`."""
    copy(oldpath, newpath, overwrite)


def DeleteRecursively(dirname):
    """See `rmtree`."""
    rmtree(dirname)


def Exists(filename):
    """See `exists`."""
    return exists(filename)


def Glob(filename):
    """See `glob`."""
    return glob(filename)


def IsDirectory(dirname):
    """See `isdir`."""
    return isdir(dirname)


def ListDirectory(dirname):
    """See `listdir`."""
    return listdir(dirname)


def MakeDirs(dirname):
    """See `makedirs`."""
    makedirs(dirname)


def MkDir(dirname):
    """See `mkdir`."""
    mkdir(dirname)


def Remove(filename):
    """See `remove`."""
    remove(filename)


def Rename(oldname, newname, overwrite=False):
    """See `rename`."""
    rename(oldname, newname, overwrite)


def Stat(filename):
    """See `stat`."""
    return stat(filename)


def Walk(top, in_order=True):
    """See `walk`."""
    return walk(top, in_order)
