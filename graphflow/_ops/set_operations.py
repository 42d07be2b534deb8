"""Rows as sets: union, intersection, difference, size; and the edit distance of rows as sequences."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, op_def, sparse_tensor, static_value
from graphflow._ops import sparse

_MEMBERS = (
    dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64, dtypes.uint8, dtypes.uint16, dtypes.string,
)  # fmt: skip


def set_size(a, validate_indices=True):
    """The number of distinct elements in each row of the last axis, int32.

    Args:
        a: a SparseTensor `[..., n]` of integers or texts.
        validate_indices: whether indices out of order are an error.

    Raises:
        TypeError: `a` is not sparse or of another type.
    """
    a = sparse.convert_to_tensor_or_sparse_tensor(a, name="a")
    if not isinstance(a, sparse_tensor.SparseTensor):
        raise TypeError(f"Expected `SparseTensor`, got {a}.")
    if a.values.dtype.base_dtype not in _MEMBERS:
        raise TypeError(f"Invalid dtype {a.values.dtype}: the elements of sets are integers or texts.")
    return build.apply("SetSize", *sparse.parts(a), validate_indices=validate_indices)


op_def.shape_rule("SetSize")(lambda op: [None])


def set_intersection(a, b, validate_indices=True):
    """The elements of each row of the last axis that are in both `a` and `b`.

    Args:
        a, b: tensors or SparseTensors of integers or texts, of the same shape but for the last axis.
        validate_indices: whether indices out of order are an error.

    Returns:
        a SparseTensor, each row in ascending order.

    Raises:
        TypeError: the types differ, or are neither integers nor text.
    """
    a, b, _ = _pair(a, b)
    return _applied(a, b, "intersection", validate_indices)


def set_difference(a, b, aminusb=True, validate_indices=True):
    """The elements of each row that are in `a` and not in `b`, or the reverse unless `aminusb`. Else as `set_intersection`."""
    a, b, swapped = _pair(a, b)
    return _applied(a, b, "a-b" if aminusb != swapped else "b-a", validate_indices)


def set_union(a, b, validate_indices=True):
    """The elements of each row that are in `a` or in `b`. Else as `set_intersection`."""
    a, b, _ = _pair(a, b)
    return _applied(a, b, "union", validate_indices)


def _pair(a, b):
    """Both as tensors, the dense one first, and whether that swapped them."""
    a = sparse.convert_to_tensor_or_sparse_tensor(a, name="a")
    if a.dtype.base_dtype not in _MEMBERS:
        raise TypeError(f"'a' invalid dtype {a.dtype}: the elements of sets are integers or texts.")
    b = sparse.convert_to_tensor_or_sparse_tensor(b, name="b")
    if b.dtype.base_dtype is not a.dtype.base_dtype:
        raise TypeError(f"Types don't match, {a.dtype} vs {b.dtype}.")
    if isinstance(a, sparse_tensor.SparseTensor) and not isinstance(b, sparse_tensor.SparseTensor):
        return b, a, True
    return a, b, False


def _applied(a, b, operation, validate_indices):
    kinds = [isinstance(t, sparse_tensor.SparseTensor) for t in (a, b)]
    flat = [part for t, is_sparse in zip((a, b), kinds) for part in (sparse.parts(t) if is_sparse else [t])]
    op_type = "{}To{}SetOperation".format(*("Sparse" if is_sparse else "Dense" for is_sparse in kinds))
    found = build.apply(op_type, *flat, set_operation=operation, validate_indices=validate_indices)
    return sparse_tensor.SparseTensor(*found)


@op_def.shape_rule("DenseToDenseSetOperation", "DenseToSparseSetOperation", "SparseToSparseSetOperation")
def _operation_shape(op):
    kinds = op.type.removesuffix("SetOperation").split("To")
    first, last = op.inputs[0 if kinds[0] == "Dense" else 2], op.inputs[-1]
    ranks = [t._dims and (len(t._dims) if kind == "Dense" else t._dims[0]) for t, kind in zip((first, last), kinds)]
    rank = next((r for r in ranks if r), None)
    return [(None, rank), (None,), (rank,)]


op_def.not_differentiable(
    "SetSize", "DenseToDenseSetOperation", "DenseToSparseSetOperation", "SparseToSparseSetOperation",
    because="sets have no slope",
)  # fmt: skip


def edit_distance(hypothesis, truth, normalize=True, name="edit_distance"):
    """The fewest insertions, deletions and exchanges that make each row of `hypothesis` that of `truth` (Levenshtein).

    Args:
        hypothesis, truth: SparseTensors `[..., n]` whose rows are sequences.
        normalize: divides by the length of the truth; inf where that is empty and the hypothesis is not.

    Returns:
        float32 `[...]`.

    Raises:
        TypeError: one is not sparse.
    """
    for what, value in (("Hypothesis", hypothesis), ("Truth", truth)):
        if not isinstance(value, sparse.KINDS):
            raise TypeError(f"{what} must be a SparseTensor, got {value!r}.")
    return build.apply(
        "EditDistance", hypothesis.indices, hypothesis.values, hypothesis.dense_shape, truth.indices, truth.values,
        truth.dense_shape, normalize=normalize, name=name,
    )  # fmt: skip


@op_def.shape_rule("EditDistance")
def _edit_shape(op):
    dims = [static_value.constant_value(op.inputs[i]) for i in (2, 5)]
    if any(d is None for d in dims):
        return [None]
    if len(dims[0]) != len(dims[1]):
        raise build.shape_error(
            op, f"hypothesis and truth must have the same rank, got {len(dims[0])} and {len(dims[1])}"
        )
    return [tuple(max(pair) for pair in zip(*(d.tolist()[:-1] for d in dims)))]


op_def.not_differentiable("EditDistance", because="it counts")
