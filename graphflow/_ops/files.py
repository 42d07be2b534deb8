"""Files as a whole, inside a graph."""

from __future__ import annotations

from graphflow._graph import build, op_def


def read_file(filename, name=None):
    """All that a file holds, a string scalar. NotFoundError at run time when it is not there."""
    return build.apply("ReadFile", filename, name=name)


def write_file(filename, contents, name=None):
    """An operation that writes `contents`, a string scalar, to a file; folders are made where they are missing."""
    return build.apply("WriteFile", filename, contents, name=name)


def matching_files(pattern, name=None):
    """The sorted names of the files that match a pattern, or any of a vector of them."""
    return build.apply("MatchingFiles", pattern, name=name)


@op_def.shape_rule("ReadFile")
def _read_shape(op):
    _check_scalars(op)
    return [()]


@op_def.shape_rule("WriteFile")
def _write_shape(op):
    _check_scalars(op)
    return []


def _check_scalars(op):
    for t in op.inputs:
        if t._dims:
            raise build.shape_error(op, f"Shape must be rank 0 but is rank {len(t._dims)}")


op_def.shape_rule("MatchingFiles")(lambda op: [(None,)])
op_def.not_differentiable("ReadFile", "WriteFile", "MatchingFiles", because="files have no gradient")
