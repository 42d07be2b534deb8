"""Writing V2 checkpoints, so that whoever is killed meanwhile leaves the old one or the new one, never a mixture."""

from __future__ import annotations

import contextlib
import os
from concurrent import futures
from typing import NamedTuple

import numpy as np

from graphflow._core import errors
from graphflow._files import bundle, checksum, os_errors, replace, slices, table
from graphflow._graph import protos

_LARGE = 32 << 20  # bytes from which threads are worth their start


class Item(NamedTuple):
    """A tensor to be written, or one slice of a tensor.

    Attributes:
        name: of the tensor.
        piece: slices.Slice, or None for the whole tensor.
        array: NumPy array; texts as an array of objects.
    """

    name: str
    piece: slices.Slice | None
    array: np.ndarray


def write(prefix, items):
    """Writes a checkpoint of one shard.

    Raises:
        InvalidArgumentError: two items are the same.
        tf.errors.OpError: the file system refuses; what was there before is still there.
    """
    with os_errors.told(f"the checkpoint {prefix} cannot be written"), contextlib.ExitStack() as undo:
        with contextlib.suppress(FileExistsError):
            os.mkdir(os.path.dirname(prefix) or ".")
        beside = replace.temporary(bundle.data_file(prefix, 0, 1))
        undo.callback(replace.remove, beside)
        items = list(items)
        with open(beside, "wb", buffering=1 << 20) as file:
            entries = _write_beside_others(file, items) if _is_large(items) else _write_arrays(file, items, _at_once)
            replace.sync(file)
        _publish(prefix, beside, entries)


def _is_large(items):
    return sum(item.array.nbytes for item in items) >= _LARGE


def _at_once(function, *args):
    result = function(*args)
    return lambda: result


def _write_beside_others(file, items):
    """As `_write_arrays`, with checksums and the way to the disk in threads: the one that writes waits for neither."""
    with futures.ThreadPoolExecutor(2) as threads:
        return _write_arrays(file, items, lambda function, *args: threads.submit(function, *args).result)


def _write_arrays(file, items, start):
    """Writes the arrays one behind the other.

    Args:
        start: function(function, *args) that starts a call and returns what waits for its result.

    Returns:
        {key: BundleEntryProto}.
    """
    entries, sums, syncs, offset, synced = {}, [], [], 0, 0
    for name, piece, array in items:
        entry = protos.BundleEntryProto(dtype=bundle.type_number(array), offset=offset)
        if array.dtype == object:
            data, entry.crc32c = bundle.encode_strings(array)
        else:
            data = checksum.as_bytes(array)
            sums.append((entry, start(checksum.masked, data)))
        file.write(data)
        entry.size = len(data)
        entry.shape.SetInParent()
        entry.shape.dim.extend([protos.TensorShapeProto.Dim(size=size) for size in array.shape])
        offset += len(data)
        key = name.encode()
        if piece is not None:
            _add_slice(entries, key, piece, entry.dtype)
            key = slices.key(name, piece)
        if key in entries:
            raise errors.InvalidArgumentError(None, None, f"Adding duplicate key: {name}")
        entries[key] = entry
        if offset - synced >= _LARGE:
            syncs.append(start(replace.sync, file))
            synced = offset
    for entry, wait in sums:
        entry.crc32c = wait()
    for wait in syncs:
        wait()
    return entries


def _add_slice(entries, key, piece, dtype):
    whole = entries.get(key)
    if whole is None:
        whole = entries[key] = protos.BundleEntryProto(dtype=dtype)
        whole.shape.dim.extend([protos.TensorShapeProto.Dim(size=size) for size in piece.full_shape])
    extents = whole.slices.add().extent
    for start, length in zip(piece.starts, piece.lengths):
        extent = extents.add(start=start)
        if length is not None:
            extent.length = length


def pack_index(entries, shards=1):
    """The bytes of an index file.

    Args:
        entries: {key: BundleEntryProto}.
    """
    header = protos.BundleHeaderProto(num_shards=shards)
    header.version.producer = 1
    rows = [(key, entries[key].SerializeToString(deterministic=True)) for key in sorted(entries)]
    return table.pack([(b"", header.SerializeToString()), *rows])


def _publish(prefix, data, entries):
    """Gives finished data its name, and names it in the index.

    Two files cannot be renamed at once. Where a checkpoint of that name exists, the new data is therefore first reached under a
    second name, as of two shards: index and data fit together at every moment.
    """
    first, second = bundle.data_file(prefix, 0, 1), bundle.data_file(prefix, 0, 2)
    index = bundle.index_file(prefix)
    if os.path.exists(index) and os.path.exists(first):
        with contextlib.suppress(OSError):  # a file system without hard links
            replace.remove(second)
            os.link(data, second)
            replace.write(index, pack_index(entries, shards=2))
    os.replace(data, first)
    replace.write(index, pack_index(entries))
    replace.remove(second)
    replace.sync_folder(index)


def merge(prefixes, destination, delete_old_dirs):
    """Joins checkpoints into one of as many shards, by renaming their data and writing one index.

    Args:
        prefixes: of checkpoints written by `write`.
        delete_old_dirs: whether to take away the folders they were in, once those are empty.
    """
    readers = [_entries_of(prefix) for prefix in prefixes]
    shards = sum(count for count, _ in readers)
    entries, moves, at = {}, [], 0
    for prefix, (count, found) in zip(prefixes, readers):
        for key, entry in found.items():
            entry.shard_id += at
            _merge_entry(entries, key, entry)
        moves += [
            (bundle.data_file(prefix, i, count), bundle.data_file(destination, at + i, shards)) for i in range(count)
        ]
        at += count
    with os_errors.told(f"the checkpoint {destination} cannot be written"):
        if shards == 1:
            _publish(destination, moves[0][0], entries)
        else:
            for old, new in moves:
                os.replace(old, new)
            replace.write(bundle.index_file(destination), pack_index(entries, shards))
        for prefix in prefixes:
            replace.remove(bundle.index_file(prefix))
        if delete_old_dirs:
            for folder in {os.path.dirname(prefix) for prefix in prefixes}:
                with contextlib.suppress(OSError):
                    os.rmdir(folder)


def _entries_of(prefix):
    """(how many shards, {key: BundleEntryProto}) of a checkpoint."""
    rows = dict(table.Reader(bundle.index_file(prefix)).items())
    header = protos.BundleHeaderProto.FromString(rows.pop(b""))
    return header.num_shards, {key: protos.BundleEntryProto.FromString(value) for key, value in rows.items()}


def _merge_entry(entries, key, entry):
    """Adds an entry; the slices of one tensor may lie in several shards."""
    known = entries.setdefault(key, entry)
    if known is entry:
        return
    if not entry.slices:
        raise errors.InvalidArgumentError(None, None, f"Adding duplicate key: {key.decode('utf-8', 'replace')}")
    known.slices.MergeFrom(entry.slices)
