"""Model files read with distrust and written whole or not at all.

A file may come from anywhere, so nothing in it leads out of it: only hard links are followed, data sets must lie in the
file itself and hold plain numbers, and their declared size must be believable before anything is read.
"""

import contextlib
import io
import os
import pickle
import tempfile
import zipfile

import h5py
import numpy as np

from graphflow_keras.utils.io_utils import write_names

MAX_TEXT = 64 << 20  # bytes of a JSON text
_MAX_RATIO = 1100  # deflate cannot do better
_FILTERS = {1, 2, 3, 32000}  # deflate, shuffle, fletcher32, lzf
_UNREADABLE = (OSError, KeyError, RuntimeError, TypeError, UnicodeError, IndexError, AttributeError)


@contextlib.contextmanager
def reading(what):
    """Turns what h5py raises over a damaged file into a ValueError that names `what`."""
    try:
        yield
    except _UNREADABLE as error:
        raise ValueError(f"{what} cannot be read, the file is damaged: {error}") from error


def decoded(text):
    """A string of an HDF5 attribute as str: files and h5py versions differ in what they give."""
    return text.decode("utf-8") if isinstance(text, bytes) else str(text)


class StoredArray:
    """An array in a file, checked but not read yet.

    Raises:
        ValueError: it is no array of numbers, lies outside of the file, or declares more than its bytes can hold.
    """

    def __init__(self, dataset, where):
        self.where = where
        self._dataset = dataset
        if not isinstance(dataset, h5py.Dataset):
            raise ValueError(f"{where}: expected a data set, found {type(dataset).__name__}.")
        if dataset.external is not None or dataset.is_virtual:
            raise ValueError(f"{where}: the data set takes its values from another file, which is refused.")
        if dataset.shape is None or dataset.dtype.kind not in "fiub":
            raise ValueError(f"{where}: expected an array of numbers, found dtype {dataset.dtype}.")
        self.shape, self.dtype = dataset.shape, dataset.dtype
        properties = dataset.id.get_create_plist()
        filters = {properties.get_filter(i)[0] for i in range(properties.get_nfilters())}
        if not filters <= _FILTERS:
            raise ValueError(
                f"{where}: compressed by HDF5 filter {sorted(filters - _FILTERS)}, which is not known here."
            )
        declared, stored = dataset.size * dataset.dtype.itemsize, dataset.id.get_storage_size()
        if declared > stored * (_MAX_RATIO if filters else 1):
            raise ValueError(
                f"{where}: shape {self.shape} of {dataset.dtype} needs {declared} bytes, but the file stores only {stored}."
            )

    @property
    def size(self):
        return int(np.prod(self.shape, dtype=object))

    def read(self):
        with reading(self.where):
            return np.asarray(self._dataset[()])


class HeldArray:
    """An array that is in memory already."""

    def __init__(self, value, where):
        self.where, self._value = where, np.asarray(value)
        if self._value.dtype.kind not in "fiub":
            raise ValueError(f"{where}: expected an array of numbers, found dtype {self._value.dtype}.")
        self.shape, self.dtype, self.size = self._value.shape, self._value.dtype, self._value.size

    def read(self):
        return self._value


class HDF5Source:
    """A group of an HDF5 file: texts, lists of names, groups and arrays by name."""

    def __init__(self, group):
        self.group = group
        self.where = f"{group.file.filename}:{group.name}"

    def __contains__(self, name):
        with reading(self.where):
            return name in self.group.attrs or self.group.get(name, getlink=True) is not None

    def text(self, name):
        """The attribute as str, None where there is none."""
        with reading(f"{self.where}, attribute {name}"):
            if name not in self.group.attrs:
                return None
            value = self.group.attrs[name]
        if not isinstance(value, str | bytes):
            raise ValueError(f"{self.where}: attribute {name} should be a text, found {type(value).__name__}.")
        if len(value) > MAX_TEXT:
            raise ValueError(f"{self.where}: attribute {name} is {len(value)} bytes long, more than {MAX_TEXT}.")
        with reading(f"{self.where}, attribute {name}"):
            return decoded(value)

    def names(self, name):
        """The attribute as a list of str, joined from `name0`, `name1` ... where it was too long; None without it."""
        attributes = self.group.attrs
        with reading(f"{self.where}, attribute {name}"):
            if name in attributes:
                chunks = [attributes[name]]
            else:
                known = {key for key in attributes if key.startswith(name) and key[len(name) :].isdigit()}
                if not known:
                    return None
                wanted = [f"{name}{index}" for index in range(len(known))]
                missing = [key for key in wanted if key not in known]
                if missing:
                    raise ValueError(f"{self.where}: attribute {missing[0]} is missing, but {sorted(known)} are there.")
                chunks = [attributes[key] for key in wanted]
        found = []
        for chunk in chunks:
            array = np.asarray(chunk)
            items = array.ravel().tolist()
            if not all(isinstance(item, str | bytes) for item in items):
                raise ValueError(f"{self.where}: attribute {name} should list names, found dtype {array.dtype}.")
            with reading(f"{self.where}, attribute {name}"):
                found += [decoded(item) for item in items]
        return found

    def _member(self, name):
        """What lies at a path below the group, reached over hard links."""
        here, where = self.group, f"{self.where.rstrip('/')}/{name}"
        with reading(where):
            for part in name.split("/"):
                if not part:
                    continue
                link = here.get(part, getlink=True) if isinstance(here, h5py.Group) else None
                if link is None:
                    raise ValueError(f"{where}: there is nothing called {part!r}.")
                if not isinstance(link, h5py.HardLink):
                    raise ValueError(f"{where}: {part!r} is a {type(link).__name__}; links out of a file are refused.")
                here = here[part]
        return here, where

    def group_at(self, name):
        member, where = self._member(name)
        if not isinstance(member, h5py.Group):
            raise ValueError(f"{where}: expected a group, found {type(member).__name__}.")
        return HDF5Source(member)

    def array(self, name):
        member, where = self._member(name)
        with reading(where):
            return StoredArray(member, where)

    def children(self):
        with reading(self.where):
            return list(self.group)


class _ArraysOnly(pickle.Unpickler):
    """Reads pickled NumPy arrays, as Keras 2.2.4 keeps them in a pickled model, and nothing else."""

    _KNOWN = {"_reconstruct": np.zeros(0).__reduce__()[0], "ndarray": np.ndarray, "dtype": np.dtype}

    def find_class(self, module, name):
        if module.startswith("numpy") and name in self._KNOWN:
            return self._KNOWN[name]
        raise ValueError(f"a pickled model holds arrays only, found {module}.{name}")


class DictSource:
    """The same as `HDF5Source` over the dict that `pickle_model` makes."""

    def __init__(self, data, where="pickled model"):
        self.data, self.where = data, where

    def __contains__(self, name):
        return name in self.data

    def text(self, name):
        return None if self.data.get(name) is None else decoded(self.data[name])

    def names(self, name):
        return [decoded(item) for item in self.data[name]] if name in self.data else None

    def group_at(self, name):
        if not isinstance(self.data.get(name), dict):
            raise ValueError(f"{self.where}: there is no group {name!r}.")
        return DictSource(self.data[name], f"{self.where}/{name}")

    def array(self, name):
        if name not in self.data:
            raise ValueError(f"{self.where}: there is no array {name!r}.")
        value = self.data[name]
        if self.data.get(f"_{name}_pickled"):
            value = _ArraysOnly(io.BytesIO(value)).load()
        return HeldArray(value, f"{self.where}/{name}")


def _looks_like(path):
    """What a file that is no HDF5 file seems to be."""
    with open(path, "rb") as file:
        head = file.read(64)
    for magic, what in (
        (b"PK\x03\x04", "a zip archive"),
        (b"version https://git-lfs", "a git-lfs pointer: fetch the file itself with `git lfs pull`"),
        (b"<", "an HTML or XML page: was the download refused?"),
        (b"{", "JSON text: `model_from_json` takes that"),
        (b"\x89PNG", "a picture"),
        (b"\x1f\x8b", "gzip-compressed: unpack it first"),
    ):
        if head.lstrip().startswith(magic):
            return what
    if not head:
        return "an empty file"
    return "truncated" if head.startswith(b"\x89HDF") else f"something that begins with {head[:8]!r}"


def is_zip(path):
    return os.path.isfile(path) and zipfile.is_zipfile(path) and not h5py.is_hdf5(path)


@contextlib.contextmanager
def opened(filepath):
    """The root of a model file as a source: of a path, an `h5py.Group` (left open) or a dict.

    Raises:
        OSError: the file is not there.
        ValueError: it is no HDF5 file.
    """
    if isinstance(filepath, h5py.Group):
        yield HDF5Source(filepath)
    elif isinstance(filepath, dict):
        yield DictSource(filepath)
    elif not isinstance(filepath, str | os.PathLike):
        raise TypeError(f"Required Group, str or dict. Received: {type(filepath)}.")
    else:
        path = os.fspath(filepath)
        if not os.path.exists(path):
            raise FileNotFoundError(f"There is no model file {path!r} (in {os.getcwd()}).")
        if os.path.isdir(path):
            raise ValueError(
                f"{path} is a folder; expected an HDF5 file. (A SavedModel is read by `tf.saved_model.load`.)"
            )
        if not h5py.is_hdf5(path):
            raise ValueError(f"{path} is not an HDF5 file; it looks like {_looks_like(path)}.")
        try:
            file = h5py.File(path, "r")
        except _UNREADABLE as error:
            raise ValueError(f"{path} is not a whole HDF5 file: {error}") from error
        with file:
            yield HDF5Source(file)


@contextlib.contextmanager
def written(filepath):
    """A new `h5py.File` that takes the place of `filepath` when all has been written, and not before."""
    path = os.path.realpath(os.fspath(filepath))
    handle, beside = tempfile.mkstemp(dir=os.path.dirname(path), prefix=f".{os.path.basename(path)}.", suffix=".tmp")
    os.close(handle)
    try:
        with h5py.File(beside, "w") as file:
            yield file
        with open(beside, "rb") as file:
            os.fsync(file.fileno())
        os.chmod(beside, _mode_of(path))
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


def _mode_of(path):
    """The permissions of the file that is replaced, or those that a new file gets."""
    if os.path.exists(path):
        return os.stat(path).st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


class HDF5Target:
    """A group to write to: what `HDF5Source` reads."""

    def __init__(self, group):
        self.group = group

    def put_text(self, name, text):
        self.group.attrs[name] = text.encode("utf-8")

    def put_names(self, name, names):
        write_names(self.group, name, [item.encode("utf-8") for item in names])

    def put_array(self, name, value):
        self.group.create_dataset(name, value.shape, dtype=value.dtype)[()] = value

    def new_group(self, name):
        return HDF5Target(self.group.create_group(name))


class DictTarget:
    """A dict to write to: what `DictSource` reads."""

    def __init__(self, data):
        self.data = data

    def put_text(self, name, text):
        self.data[name] = text.encode("utf-8")

    def put_names(self, name, names):
        self.data[name] = [item.encode("utf-8") for item in names]

    def put_array(self, name, value):
        self.data[name] = value

    def new_group(self, name):
        self.data[name] = {"_is_group": True}
        return DictTarget(self.data[name])
