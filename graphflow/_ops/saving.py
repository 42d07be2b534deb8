"""Operations that write tensors to checkpoints and read them back."""

from __future__ import annotations

from graphflow._files import slices
from graphflow._graph import build, op_def, static_value


def save_v2(prefix, tensor_names, shape_and_slices, tensors, name=None):
    """An operation that writes tensors to a checkpoint.

    Args:
        prefix: the checkpoint's name, a string scalar.
        tensor_names: a text a tensor.
        shape_and_slices: a text a tensor: empty, or which part of the stored tensor it is, such as `10 4 0,5:0,4`.
        tensors: what to write.
    """
    return build.apply("SaveV2", prefix, tensor_names, shape_and_slices, tensors, name=name)


def restore_v2(prefix, tensor_names, shape_and_slices, dtypes, name=None):
    """Tensors of a checkpoint, of these types; of unknown shape unless they are slices. Args as `save_v2`."""
    return build.apply("RestoreV2", prefix, tensor_names, shape_and_slices, dtypes=dtypes, name=name)


def sharded_filename(basename, shard, num_shards, name=None):
    """`basename-00001-of-00003`, a string scalar."""
    return build.apply("ShardedFilename", basename, shard, num_shards, name=name)


def merge_v2_checkpoints(checkpoint_prefixes, destination_prefix, delete_old_dirs=True, name=None):
    """An operation that joins checkpoints, and deletes the folders they were in."""
    return build.operation(
        "MergeV2Checkpoints", checkpoint_prefixes, destination_prefix, delete_old_dirs=delete_old_dirs, name=name
    )


# TensorFlow 2 puts it before the reads of variables that it saves; nothing is copied here in the first place
op_def.define("DisableCopyOnRead!(resource: resource) -> ()")
op_def.shape_rule("DisableCopyOnRead")(lambda op: [])

op_def.shape_rule("SaveV2", "Save", "SaveSlices", "MergeV2Checkpoints")(lambda op: [])
op_def.shape_rule("ShardedFilename", "ShardedFilespec")(lambda op: [()])
op_def.shape_rule("Restore")(lambda op: [None])


@op_def.shape_rule("RestoreV2")
def _restore_shapes(op):
    """Known for slices, whose shapes stand in the graph."""
    texts = static_value.constant_value(op.inputs[2])
    if texts is None:
        return [None] * len(op.outputs)
    return [_slice_dims(op, text) for text in texts.tolist()]


@op_def.shape_rule("RestoreSlice")
def _restore_slice_shape(op):
    text = static_value.constant_value(op.inputs[2])
    return [None if text is None else _slice_dims(op, text.item())]


def _slice_dims(op, text):
    try:
        piece = slices.parse(text.decode())
    except ValueError as error:
        raise ValueError(f"{op.name}: {error}") from None
    return None if piece is None else piece.shape


for _type in ("SaveV2", "RestoreV2", "Save", "SaveSlices", "Restore", "RestoreSlice", "MergeV2Checkpoints"):
    op_def.not_differentiable(_type, because="files have no gradient")
