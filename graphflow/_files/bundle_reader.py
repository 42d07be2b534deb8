"""Reading V2 checkpoints. Everything is checked before memory is asked for, so a damaged file costs nothing but an error."""

from __future__ import annotations

import os

import numpy as np

from graphflow._core import dtypes, errors
from graphflow._files import bundle, checksum, os_errors, slices, table
from graphflow._graph import protos

_VERSION = 1
_LARGEST = 1 << 63


class BundleReader:
    """The tensors of a V2 checkpoint.

    Args:
        prefix: the name without `.index`.

    Raises:
        DataLossError: the index is damaged. InvalidArgumentError: it describes what cannot be.
    """

    def __init__(self, prefix):
        self.prefix = prefix
        self.path = bundle.index_file(prefix)
        items = table.Reader(self.path).items()
        key, header = next(items, (None, b""))
        if key != b"":
            raise table.damaged(self.path, "the header is missing: this is no index of a checkpoint")
        self.shards = self._read_header(header)
        self._entries = {}
        for key, value in items:
            self._entries[key] = self._parse(protos.BundleEntryProto, value, key)
        self._tensors = {key.decode("utf-8", "replace"): key for key in self._entries if key[:1] != b"\0"}

    def _parse(self, message, value, key):
        try:
            return message.FromString(value)
        except Exception as error:  # protobuf's DecodeError; its module is loaded late
            raise table.damaged(self.path, f"the entry {key!r} is damaged: {error}") from None

    def _read_header(self, value):
        header = self._parse(protos.BundleHeaderProto, value, b"")
        if header.endianness != 0:
            raise errors.UnimplementedError(None, None, f"{self.path}: it was written on a big-endian machine")
        version = header.version
        if version.min_consumer > _VERSION or _VERSION in version.bad_consumers:
            raise errors.UnimplementedError(
                None, None, f"{self.path}: its format asks for readers of version {version.min_consumer}; this is {_VERSION}"
            )  # fmt: skip
        if header.num_shards < 1:
            raise table.damaged(self.path, f"it claims {header.num_shards} data files")
        return header.num_shards

    # -- what there is ---------------------------------------------------------------------------------------------------

    def names(self):
        """The names of all tensors, sorted."""
        return sorted(self._tensors)

    def __contains__(self, name):
        return name in self._tensors

    def dtype(self, name):
        """The DType of a tensor.

        Raises:
            NotFoundError: there is no such tensor. InvalidArgumentError: its type is not known.
        """
        return self._dtype(self._entry(name), name)

    def shape(self, name):
        """The shape of a tensor, a tuple of ints; errors as `dtype`."""
        return self._shape(self._entry(name), name)

    def _entry(self, name):
        key = self._tensors.get(name)
        if key is None:
            raise errors.NotFoundError(None, None, f"Key {name} not found in checkpoint {self.prefix}")
        return self._entries[key]

    def _dtype(self, entry, name):
        try:
            return dtypes.as_dtype(entry.dtype)
        except TypeError:
            raise self._impossible(name, f"has the type {entry.dtype}, which is not known") from None

    def _shape(self, entry, name):
        dims = tuple(d.size for d in entry.shape.dim)
        if entry.shape.unknown_rank or any(d < 0 for d in dims):
            raise self._impossible(name, f"has the shape {list(dims)}")
        if _count(dims) >= _LARGEST:
            raise self._impossible(name, f"has the shape {list(dims)}, of more elements than can be counted")
        return dims

    def _impossible(self, name, what):
        return errors.InvalidArgumentError(None, None, f"{self.path}: the tensor {name} {what}")

    # -- values ----------------------------------------------------------------------------------------------------------

    def read(self, name, piece=None):
        """A tensor, or a slice of it.

        Args:
            piece: slices.Slice; the whole tensor when None.

        Returns:
            a NumPy array of its own; texts as an array of bytes objects.

        Raises:
            NotFoundError: no such tensor, or its data file is missing. DataLossError: its bytes are damaged.
        """
        entry = self._entry(name)
        shape = self._shape(entry, name)
        if piece is not None and piece.full_shape != shape:
            raise self._impossible(
                name, f"has the shape {list(shape)}, not that of the slice, {list(piece.full_shape)}"
            )
        if not entry.slices:
            whole = self._stored(entry, name)
            return whole if piece is None else np.array(whole[piece.index])
        return self._joined(entry, name, shape, piece)

    def _joined(self, entry, name, shape, piece):
        """The part `piece` of a tensor that is stored in slices; only those that it meets are read."""
        stored = [self._stored_slice(name, shape, s) for s in entry.slices]
        if not slices.covers(shape, stored):
            raise table.damaged(self.path, f"the slices of the tensor {name} leave holes or overlap")
        wanted = piece or slices.checked(shape, (0,) * len(shape), (None,) * len(shape))
        found = []
        for part in stored:
            low = [max(a, b) for a, b in zip(part.starts, wanted.starts)]
            high = [min(a + n, b + m) for a, n, b, m in zip(part.starts, part.shape, wanted.starts, wanted.shape)]
            if all(a < b for a, b in zip(low, high)):
                inner = self._entries[slices.key(name, part)]
                array = self._stored(inner, name)
                if array.shape != part.shape or inner.dtype != entry.dtype:
                    raise table.damaged(self.path, f"a slice of the tensor {name} is of another shape or type")
                source = tuple(slice(a - s, b - s) for a, b, s in zip(low, high, part.starts))
                target = tuple(slice(a - s, b - s) for a, b, s in zip(low, high, wanted.starts))
                found.append((target, array[source]))
        out = np.empty(wanted.shape, self._dtype(entry, name).as_numpy_dtype)
        for target, values in found:
            out[target] = values
        return out

    def _stored_slice(self, name, shape, message):
        extents = message.extent
        lengths = [e.length if e.WhichOneof("has_length") else None for e in extents]
        try:
            part = slices.checked(shape, [e.start for e in extents], lengths)
            if slices.key(name, part) not in self._entries:
                raise ValueError("its bytes are not there")
        except ValueError as error:
            raise table.damaged(self.path, f"a slice of the tensor {name} is wrong: {error}") from None
        return part

    def _stored(self, entry, name):
        """The array that an entry describes."""
        dtype, shape = self._dtype(entry, name), self._shape(entry, name)
        is_text = dtype is dtypes.string
        count = _count(shape)
        needed = count if is_text else count * dtype.size
        if entry.size != needed if not is_text else entry.size < needed:
            raise table.damaged(
                self.path, f"the tensor {name} has {entry.size} bytes, and {dtype.name}{list(shape)} needs {needed}"
            )
        buffer, path = self._bytes(entry, name)
        if is_text:
            try:
                array, crc = bundle.decode_strings(buffer.tobytes(), count)
            except ValueError as error:
                raise table.damaged(path, f"the tensor {name}: {error}") from None
        else:
            array, crc = buffer.view(dtype.as_numpy_dtype), checksum.masked(buffer)
        if crc != entry.crc32c:
            raise table.damaged(path, f"checksum does not match for the tensor {name}")
        return array.reshape(shape)

    def _bytes(self, entry, name):
        """(the bytes of an entry as an array, the file they are in)."""
        if not 0 <= entry.shard_id < self.shards:
            raise errors.NotFoundError(
                None,
                None,
                f"{self.path}: the tensor {name} is said to be in data file {entry.shard_id} of {self.shards}",
            )
        path = bundle.data_file(self.prefix, entry.shard_id, self.shards)
        try:
            with open(path, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                if entry.offset < 0 or entry.size < 0 or entry.offset + entry.size > size:
                    raise table.damaged(
                        path,
                        f"the tensor {name} is said to be at {entry.offset}, {entry.size} bytes long; the file has {size}",
                    )
                file.seek(entry.offset)
                buffer = np.empty(entry.size, np.uint8)
                if file.readinto(buffer) != entry.size:
                    raise table.damaged(path, f"the tensor {name} cannot be read")
                return buffer, path
        except FileNotFoundError:
            raise errors.NotFoundError(None, None, f"{path}: the data file of the checkpoint is missing") from None
        except OSError as error:
            raise os_errors.translated(error, path) from error


def _count(shape):
    n = 1
    for size in shape:
        n *= size
    return n
