"""Reading checkpoints of version 1, from before TensorFlow 1.0: one file or several, each a table that holds the values too."""

from __future__ import annotations

import glob

import numpy as np

from graphflow._core import dtypes, errors
from graphflow._files import slices, table
from graphflow._graph import protos

# the field of a TensorProto that holds the values, by type; others are whole numbers in `int_val`
_FIELDS = {
    "float32": "float_val", "float64": "double_val", "int64": "int64_val", "bool": "bool_val", "string": "string_val",
    "complex64": "scomplex_val", "complex128": "dcomplex_val", "float16": "half_val", "bfloat16": "half_val",
}  # fmt: skip


def files_of(prefix):
    """The files that a name or pattern stands for."""
    found = [path for path in glob.glob(glob.escape(prefix)) or glob.glob(prefix) if table.is_table(path)]
    return sorted(found or glob.glob(glob.escape(prefix) + "-?????-of-?????"))


class LegacyReader:
    """The tensors of a V1 checkpoint: as `bundle_reader.BundleReader`."""

    def __init__(self, prefix, paths):
        self.prefix = prefix
        self._files = []
        self._tensors = {}  # name -> (dtype number, shape, [(slice, reader)])
        for path in paths:
            reader = table.Reader(path)
            key, value = next(reader.items(), (None, b""))
            if key != b"":
                raise table.damaged(path, "the header is missing: this is no checkpoint")
            self._add(reader, self._parse(value, path).meta)

    def _parse(self, value, path):
        try:
            return protos.SavedTensorSlices.FromString(value)
        except Exception as error:  # protobuf's DecodeError; its module is loaded late
            raise table.damaged(path, f"an entry is damaged: {error}") from None

    def _add(self, reader, meta):
        for tensor in meta.tensor:
            shape = tuple(d.size for d in tensor.shape.dim)
            if tensor.shape.unknown_rank or any(d < 0 for d in shape):
                raise errors.InvalidArgumentError(
                    None, None, f"{reader.path}: the tensor {tensor.name} has the shape {list(shape)}"
                )
            known = self._tensors.setdefault(tensor.name, (tensor.type, shape, []))
            if known[:2] != (tensor.type, shape):
                raise table.damaged(reader.path, f"the tensor {tensor.name} differs from that of another file")
            for message in tensor.slice:
                try:
                    starts = [e.start for e in message.extent]
                    lengths = [e.length if e.WhichOneof("has_length") else None for e in message.extent]
                    known[2].append((slices.checked(shape, starts, lengths), reader))
                except ValueError as error:
                    raise table.damaged(reader.path, f"a slice of the tensor {tensor.name} is wrong: {error}") from None

    def names(self):
        """The names of all tensors, sorted."""
        return sorted(self._tensors)

    def __contains__(self, name):
        return name in self._tensors

    def _entry(self, name):
        if name not in self._tensors:
            raise errors.NotFoundError(None, None, f"Key {name} not found in checkpoint {self.prefix}")
        return self._tensors[name]

    def dtype(self, name):
        """The DType of a tensor; NotFoundError where there is none."""
        number = self._entry(name)[0]
        try:
            return dtypes.as_dtype(number)
        except TypeError:
            raise errors.InvalidArgumentError(
                None, None, f"{self.prefix}: the tensor {name} has the type {number}, which is not known"
            ) from None

    def shape(self, name):
        """The shape of a tensor, a tuple of ints."""
        return self._entry(name)[1]

    def read(self, name, piece=None):
        """A tensor, or a slice of it, as a NumPy array; errors as for a V2 checkpoint."""
        dtype, (_, shape, stored) = self.dtype(name), self._entry(name)
        if not slices.covers(shape, [part for part, _ in stored]):
            raise table.damaged(self.prefix, f"the slices of the tensor {name} leave holes or overlap")
        found = [(part, self._values(name, part, dtype, reader)) for part, reader in stored]
        whole = np.empty(shape, dtype.as_numpy_dtype)
        for part, values in found:
            whole[part.index] = values
        return whole if piece is None else np.array(whole[piece.index])

    def _values(self, name, part, dtype, reader):
        key = slices.key(name, part)
        for _, value in reader.items(key, wanted=key.__eq__):
            return self._array(self._parse(value, reader.path).data.data, name, part, dtype, reader.path)
        raise table.damaged(reader.path, f"a slice of the tensor {name} is not there")

    def _array(self, message, name, part, dtype, path):
        count = int(np.prod(part.shape, dtype=object))
        if message.tensor_content:
            values = np.frombuffer(message.tensor_content, np.uint8)
            if dtype is dtypes.string or len(values) != count * dtype.size:
                raise table.damaged(path, f"the tensor {name} has {len(values)} bytes")
            return values.view(dtype.as_numpy_dtype).reshape(part.shape)
        field = getattr(message, _FIELDS.get(dtype.name, "int_val"))
        width = 2 if dtype.is_complex else 1
        if len(field) != count * width:
            raise table.damaged(path, f"the tensor {name} has {len(field)} values, and needs {count * width}")
        if dtype is dtypes.string:
            values = np.empty(count, object)
            values[:] = list(field)
        elif dtype.name in ("float16", "bfloat16"):
            values = np.array(field, np.uint16).view(dtype.as_numpy_dtype)
        elif dtype.is_complex:
            values = np.array(field, "f4" if dtype.size == 8 else "f8").view(dtype.as_numpy_dtype)
        else:
            values = np.array(field).astype(dtype.as_numpy_dtype)
        return values.reshape(part.shape)
