"""Small work between host operations, whose sizes depend on values: on the host too, where it needs no compiling.

Indices of sparse tensors go from one host operation to the next through casts, slices and gathers. Compiled, these would be
programs of their own, and new ones for every number of elements.
"""

from __future__ import annotations

from graphflow._lowering import looked_up_rows

_BY_VALUES = frozenset(
    """Where Unique SparseFillEmptyRows SparseReshape SparseCross SparseFeatureCross SparseFeatureCrossV2 StringSplit
    StringSplitV2 StringToHashBucket StringToHashBucketFast StringToHashBucketStrong LookupTableFind LookupTableFindV2
    LookupTableSize LookupTableSizeV2 RaggedGather RaggedRange RaggedTensorFromVariant RaggedTensorToSparse StringNGrams
    UnicodeDecode UnicodeDecodeWithOffsets""".split()
)
_GIVEN = frozenset(("Const", "Placeholder", "PlaceholderWithDefault"))
_DEEPEST = 6  # how many operations in a row are looked at


def belongs(op):
    """Whether an operation that NumPy can compute does so between host operations."""
    return _is_indexing(op, _DEEPEST) or _is_slope_of_a_sum(op)


def _is_indexing(op, depth):
    """Whether its outputs are integers, some of a size that depends on values, and its inputs are those of host operations."""
    if (
        not depth
        or op.type == "Unique"
        or not all(_is_index(t) for t in op.outputs)
        or all(_is_small(t) for t in op.outputs)
    ):
        return False
    inputs = [t for t in op.inputs if not (t.op.type in _GIVEN or (_is_index(t) and _is_small(t)))]
    return bool(inputs) and all(t.op.type in _BY_VALUES or _is_indexing(t.op, depth - 1) for t in inputs)


def _is_index(t):
    return t._dtype.is_integer or t._dtype.is_bool


def _is_small(t):
    """Whether it is a number or a vector of known size, as sizes are."""
    return t._dims is not None and len(t._dims) < 2 and None not in t._dims


def _is_slope_of_a_sum(op):
    """Whether it hands the gradient of summed embeddings on to the rows that were summed."""
    if op.type == "GatherV2":
        users = op.outputs[0].consumers()
        return bool(users) and all(_is_slope_of_a_sum(user) and user.inputs[0] is op.outputs[0] for user in users)
    if op.type != "UnsortedSegmentSum":
        return False
    unique = op.inputs[1].op
    return unique.type == "Unique" and op.inputs[1] is unique.outputs[1] and looked_up_rows.only_names_rows(unique)
