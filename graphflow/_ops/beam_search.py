"""gather_tree: the sequences of a beam search, followed back from their ends."""

from __future__ import annotations

from graphflow._graph import build, op_def

op_def.define(  # TensorFlow keeps this one in contrib, outside its own table
    "GatherTree(step_ids: T, parent_ids: T, max_sequence_lengths: int32, end_token: T) -> beams: T {T: type in [int32]}"
)
op_def.not_differentiable("GatherTree", because="it has only integers")


def gather_tree(step_ids, parent_ids, max_sequence_lengths, end_token, name=None):
    """The whole sequence of each beam.

    Args:
        step_ids: int32 `[time, batch, beams]`, the symbol each beam took at a step.
        parent_ids: int32 `[time, batch, beams]`, which beam of the step before it goes on from.
        max_sequence_lengths: int32 `[batch]`, where the longest beam of a row ends.
        end_token: int32 scalar; it fills all that follows the first of it.

    Returns:
        int32 `[time, batch, beams]`.

    Raises:
        InvalidArgumentError, when run: a parent is no beam.
    """
    return build.apply("GatherTree", step_ids, parent_ids, max_sequence_lengths, end_token, name=name)


@op_def.shape_rule("GatherTree")
def _shape(op):
    steps, parents, lengths, token = (t._dims for t in op.inputs)
    for dims, rank in ((steps, 3), (parents, 3), (lengths, 1), (token, 0)):
        if dims is not None and len(dims) != rank:
            raise build.shape_error(op, f"Shape must be rank {rank} but is rank {len(dims)}")
    return [steps]
