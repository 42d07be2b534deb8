"""HDF5 files as data sets and as dictionaries, and the question before a file is overwritten."""

import io
import os
from collections import defaultdict

import h5py
import numpy as np

# HDF5 keeps an attribute in the header of its object, which holds 64 kB.
HDF5_OBJECT_HEADER_LIMIT = 64512


class HDF5Matrix:
    """A data set of an HDF5 file that `fit`, `evaluate` and `predict` take in place of an array.

    Args:
        datapath: str, the file.
        dataset: str, the path of the data set in it.
        start, end: ints, the samples to use; all when `end` is None.
        normalizer: function of a piece of data, applied to what is read.

    Files stay open and are shared by all matrices over them. `fit` needs `shuffle="batch"` or False.

    Raises:
        IndexError: an index beyond `end`.

    >>> x_train = HDF5Matrix("faces.h5", "images", end=1000, normalizer=lambda pixels: pixels / 255.0)
    """

    refs = defaultdict(int)  # path -> open file

    def __init__(self, datapath, dataset, start=0, end=None, normalizer=None):
        if datapath not in self.refs:
            self.refs[datapath] = h5py.File(datapath, "r")
        self.data = self.refs[datapath][dataset]
        self.start = start
        self.end = self.data.shape[0] if end is None else end
        self.normalizer = normalizer
        first = self._normalized(self.data[0:1])
        self._base_shape = first.shape[1:]
        self._base_dtype = first.dtype

    def _normalized(self, data):
        return data if self.normalizer is None else self.normalizer(data)

    def __len__(self):
        return self.end - self.start

    def __getitem__(self, key):
        if isinstance(key, slice):
            start = key.start or 0
            stop = len(self) if key.stop is None else key.stop
            last, index = stop - 1, slice(start + self.start, stop + self.start)
        elif isinstance(key, int | np.integer):
            last, index = key, key + self.start
        else:
            positions = np.asarray(key)
            last, index = positions.max(), (positions + self.start).tolist()
        if last + self.start >= self.end:
            raise IndexError(
                f"Index {key} is beyond the {len(self)} samples of {self.data.file.filename}:{self.data.name}"
            )
        return self._normalized(self.data[index])

    @property
    def shape(self):
        return (len(self), *self._base_shape)

    @property
    def dtype(self):
        return self._base_dtype

    @property
    def ndim(self):
        return self.data.ndim

    @property
    def size(self):
        return np.prod(self.shape)


def ask_to_proceed_with_overwrite(filepath):
    """Asks on the terminal whether `filepath` may be overwritten; returns a bool."""
    answer = input(f"[WARNING] {filepath} already exists - overwrite? [y/n]").strip().lower()
    while answer not in ("y", "n"):
        answer = input('Enter "y" (overwrite) or "n" (cancel).').strip().lower()
    if answer == "n":
        return False
    print("[TIP] Next time specify overwrite=True!")
    return True


def chunked_names(names):
    """Splits a list of bytes into as many equal arrays as HDF5 needs attributes for it; usually one.

    Raises:
        RuntimeError: one name alone is too long.
    """
    too_long = [name for name in names if len(name) > HDF5_OBJECT_HEADER_LIMIT]
    if too_long:
        raise RuntimeError(
            f"The following attributes cannot be saved to HDF5 file because they are larger than "
            f"{HDF5_OBJECT_HEADER_LIMIT} bytes: {', '.join(str(name) for name in too_long)}"
        )
    array = np.asarray(names)
    count = 1
    while any(chunk.nbytes > HDF5_OBJECT_HEADER_LIMIT for chunk in np.array_split(array, count)):
        count += 1
    return np.array_split(array, count)


def write_names(group, attribute, names):
    """Writes a list of bytes as an attribute of an HDF5 group, or as `attribute0`, `attribute1` ... if it is long."""
    chunks = chunked_names(names)
    if len(chunks) == 1:
        group.attrs[attribute] = chunks[0]  # fixed-length text: what Keras 2.2.4 takes for a list of names
        return
    for index, chunk in enumerate(chunks):
        group.attrs[f"{attribute}{index}"] = chunk


class H5Dict:
    """An HDF5 group, or a plain dict, that is written and read like a dict.

    Arrays become data sets; bytes, numbers and lists of strings become attributes; what is not there becomes a group
    when it is asked for, unless the mode is `"r"`.

    Args:
        path: str (a file), `h5py.Group` or dict.
        mode: str, of the file; `"w"` empties a dict.
    """

    def __init__(self, path, mode="a"):
        self._is_file = isinstance(path, str | os.PathLike)
        if self._is_file:
            self.data = h5py.File(path, mode=mode)
        elif isinstance(path, h5py.Group):
            self.data = path
        elif isinstance(path, dict):
            self.data = path
            if mode == "w":
                self.data.clear()
            self.data["_is_group"] = True
        else:
            raise TypeError(f"Required Group, str or dict. Received: {type(path)}.")
        self.read_only = mode == "r"

    def __setitem__(self, attr, val):
        if self.read_only:
            raise ValueError("Cannot set item in read only mode.")
        attr = attr.decode("utf-8") if isinstance(attr, bytes) else attr
        if isinstance(self.data, dict):
            self.data[attr] = val
        elif attr in self.data:
            raise KeyError(f'Cannot set attribute. Group with name "{attr}" exists.')
        elif isinstance(val, np.ndarray | np.generic):
            self.data.create_dataset(attr, val.shape, dtype=val.dtype)[()] = val
        elif isinstance(val, list):
            write_names(self.data, attr, [x.encode("utf-8") if isinstance(x, str) else x for x in val])
        else:
            self.data.attrs[attr] = val

    def __getitem__(self, attr):
        attr = attr.decode("utf-8") if isinstance(attr, bytes) else attr
        if isinstance(self.data, dict):
            return self._item_of_dict(attr)
        if attr in self.data.attrs:
            return _plain(self.data.attrs[attr])
        if attr in self.data:
            item = self.data[attr]
            return np.asarray(item) if isinstance(item, h5py.Dataset) else self._subgroup(item)
        if f"{attr}0" in self.data.attrs:
            chunks, index = [], 0
            while f"{attr}{index}" in self.data.attrs:
                chunks += [x.decode("utf-8") for x in _plain(self.data.attrs[f"{attr}{index}"])]
                index += 1
            return chunks
        self._refuse_new_group(attr)
        return H5Dict(self.data.create_group(attr))

    def _item_of_dict(self, attr):
        if attr not in self.data:
            self._refuse_new_group(attr)
            self.data[attr] = {"_is_group": True}
        item = self.data[attr]
        return self._subgroup(item) if isinstance(item, dict) and item.get("_is_group") else item

    def _subgroup(self, item):
        return H5Dict(item, mode="r" if self.read_only else "a")

    def _refuse_new_group(self, attr):
        if self.read_only:
            raise ValueError(f"Cannot create group in read only mode: there is no {attr!r} here.")

    def __len__(self):
        return len(self.data)

    def __iter__(self):
        return iter(self.data)

    def iter(self):
        return iter(self.data)

    def __getattr__(self, attr):
        method = getattr(self.__dict__["data"], attr)

        def wrapped(*args, **kwargs):
            result = method(*args, **kwargs)
            return H5Dict(result) if isinstance(self.data, type(result)) else result

        return wrapped

    def close(self):
        if isinstance(self.data, h5py.Group):
            self.data.file.flush()
            if self._is_file:
                self.data.close()

    def update(self, *args):
        if not isinstance(self.data, dict):
            raise NotImplementedError("Only an H5Dict over a dict can be updated.")
        self.data.update(*args)

    def __contains__(self, key):
        return key in self.data or (isinstance(self.data, h5py.Group) and key in self.data.attrs)

    def get(self, key, default=None):
        return self[key] if key in self else default


h5dict = H5Dict


def _plain(value):
    """An attribute as h5py 2 gave it: strings as bytes, arrays of strings as lists of bytes."""
    if isinstance(value, str):
        return value.encode("utf-8")
    if isinstance(value, np.bytes_):
        return bytes(value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "SO":
        return [x.encode("utf-8") if isinstance(x, str) else bytes(x) for x in value.tolist()]
    return value


def load_from_binary_h5py(load_function, stream):
    """What `load_function(h5py.File)` returns for the HDF5 file in a binary stream."""
    with h5py.File(io.BytesIO(stream.read()), "r") as file:
        return load_function(file)


def save_to_binary_h5py(save_function, stream):
    """Writes to a binary stream the HDF5 file that `save_function(h5py.File)` fills."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        save_function(file)
    stream.write(buffer.getvalue())
