"""Rules of `_ops/saving.py`: checkpoints are read and written between programs."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, errors, shapes
from graphflow._files import bundle_writer, checkpoint, slices
from graphflow._lowering import rule

_ASSIGNS = ("Assign", "AssignVariableOp")


def _text(value):
    return np.asarray(value).item().decode()


def _parsed(op, text):
    try:
        return slices.parse(text.decode())
    except ValueError as error:
        raise errors.InvalidArgumentError(None, op, str(error)) from None


def _save(ctx, op, prefix, names, pieces, *tensors):
    items = [
        bundle_writer.Item(name.decode(), _parsed(op, text), tensor)
        for name, text, tensor in zip(names, pieces, tensors, strict=True)
    ]
    for item in items:
        if item.piece is not None and item.piece.shape != item.array.shape:
            raise errors.InvalidArgumentError(
                None, op, f"Slice in shape_and_slice specification does not match the shape of the tensor to save: "
                f"{list(item.piece.shape)}, tensor: {list(item.array.shape)}"
            )  # fmt: skip
    bundle_writer.write(_text(prefix), items)
    return ()


def _save_whole(ctx, op, path, names, *tensors):
    """What old graphs write in version 1 is written in version 2: everything that read the one reads the other."""
    return _save(ctx, op, path, names, [b""] * len(tensors), *tensors)


def _restore(ctx, op, prefix, names, pieces):
    reader = checkpoint.open_reader(_text(prefix))
    names = [name.decode() for name in names]
    pieces = [_parsed(op, text) for text in pieces]
    _check(op, reader, names, pieces)
    return tuple(reader.read(name, piece) for name, piece in zip(names, pieces))


def _restore_one(ctx, op, pattern, name, piece=b""):
    return _restore(ctx, op, pattern, [_item(name)], [_item(piece)])[0]


def _item(value):
    return np.asarray(value, object).item()


def _check(op, reader, names, pieces):
    """Raises one error for everything that the graph wants and the checkpoint lacks, before anything is read."""
    missing = [name for name in names if name not in reader]
    if missing:
        more = f"; {len(missing) - 1} more are missing: {', '.join(missing[1:])}" if missing[1:] else ""
        raise errors.NotFoundError(None, op, f"Key {missing[0]} not found in checkpoint {reader.prefix}{more}")
    wrong = []
    for t, name, piece in zip(op.outputs, names, pieces):
        dtype, shape = reader.dtype(name), reader.shape(name)
        if dtype is not t.dtype and (
            dtype is not dtypes.string or t.dtype is not dtypes.variant
        ):  # states of iterators
            wrong.append(f"{name} is {dtype.name} in the checkpoint, {t.dtype.name} in the graph")
            continue
        stored = shape if piece is None else piece.full_shape
        if stored != shape:
            wrong.append(f"{name} has shape {list(shape)} in the checkpoint, {list(stored)} in the graph")
            continue
        for dims in _wanted_dims(t):
            if not shapes.compatible(dims, shape if piece is None else piece.shape):
                wrong.append(
                    f"{name} has shape {list(shape)} in the checkpoint (rhs), {shapes.to_text(dims)} in the graph (lhs)"
                )
    if wrong:
        raise errors.InvalidArgumentError(
            None,
            op,
            f"Assign requires shapes and types of both tensors to match; in {reader.prefix} " + "; ".join(wrong),
        )


def _wanted_dims(t):
    """The shapes of the variables that a restored tensor is assigned to as it is."""
    for consumer in t.consumers():
        if consumer.type == "Identity":
            yield from _wanted_dims(consumer.outputs[0])
        elif consumer.type == "Assign" and consumer.attrs["validate_shape"]:
            yield consumer.inputs[0]._dims
        elif consumer.type == "AssignVariableOp" and consumer.inputs[0].op.type == "VarHandleOp":
            yield consumer.inputs[0].op.attrs["shape"]


def _merge(ctx, op, prefixes, destination):
    bundle_writer.merge([p.decode() for p in prefixes], _text(destination), op.attrs["delete_old_dirs"])
    return ()


def _string(text):
    return np.array(text.encode(), object)


def _sharded_filename(ctx, op, base, shard, shards):
    return _string(f"{_text(base)}-{int(shard):05d}-of-{int(shards):05d}")


def _sharded_filespec(ctx, op, base, shards):
    return _string(f"{_text(base)}-?????-of-{int(shards):05d}")


def _file(emit):
    return rule.Host(emit, because="it reads or writes files", draws_near=True)


RULES = {
    "SaveV2": _file(_save),
    "Save": _file(_save_whole),
    "SaveSlices": _file(_save),
    "RestoreV2": _file(_restore),
    "Restore": _file(_restore_one),
    "RestoreSlice": _file(_restore_one),
    "MergeV2Checkpoints": _file(_merge),
    "ShardedFilename": _file(_sharded_filename),
    "ShardedFilespec": _file(_sharded_filespec),
    "DisableCopyOnRead": rule.Compiled(lambda ctx, op, ref: ()),
}
