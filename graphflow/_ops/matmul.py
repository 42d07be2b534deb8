"""Products of matrices and tensors."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def
from graphflow._ops import array, elementwise, joining, math, rearrange, reduce, unary

_SPARSE_TYPES = (dtypes.bfloat16, dtypes.float32)


def matmul(a, b, transpose_a=False, transpose_b=False, adjoint_a=False, adjoint_b=False, a_is_sparse=False,
           b_is_sparse=False, name=None):  # fmt: skip
    """The product of matrices `[..., n, k]` and `[..., k, m]`; leading axes are broadcast.

    Args:
        transpose_a, adjoint_a: `a` is given as `[..., k, n]`; an adjoint is conjugated too. Likewise for `b`.
        a_is_sparse, b_is_sparse: hints that many entries are 0; the result is the same.

    Returns:
        `[..., n, m]` of the same type.

    Raises:
        ValueError: sizes do not fit, or a matrix is to be transposed twice. TypeError: types differ.
    """
    with build.name_scope(name, "MatMul", [a, b]) as scope:
        if transpose_a and adjoint_a:
            raise ValueError("Only one of transpose_a and adjoint_a can be True.")
        if transpose_b and adjoint_b:
            raise ValueError("Only one of transpose_b and adjoint_b can be True.")
        a = build.convert_to_tensor(a, name="a")
        b = build.convert_to_tensor(b, name="b")
        batched = any(t._dims is None or len(t._dims) > 2 for t in (a, b))
        if batched and not a_is_sparse and not b_is_sparse:
            a = unary.conj(a) if transpose_a else a
            b = unary.conj(b) if transpose_b else b
            return build.apply(
                "BatchMatMulV2", a, b, adj_x=transpose_a or adjoint_a, adj_y=transpose_b or adjoint_b, name=scope
            )
        a = unary.conj(a) if adjoint_a else a
        b = unary.conj(b) if adjoint_b else b
        turned = {"transpose_a": transpose_a or adjoint_a, "transpose_b": transpose_b or adjoint_b}
        types = a.dtype.base_dtype, b.dtype.base_dtype
        hinted = (a_is_sparse or b_is_sparse) and all(t in _SPARSE_TYPES for t in types)
        if hinted or (dtypes.bfloat16 in types and types[0] != types[1]):
            out = sparse_matmul(a, b, **turned, a_is_sparse=a_is_sparse, b_is_sparse=b_is_sparse, name=scope)
            return math.cast(out, dtypes.bfloat16) if types == (dtypes.bfloat16, dtypes.bfloat16) else out
        return build.apply("MatMul", a, b, **turned, name=scope)


def sparse_matmul(a, b, transpose_a=False, transpose_b=False, a_is_sparse=False, b_is_sparse=False, name=None):
    """The product of two matrices of float32 or bfloat16, as float32."""
    return build.apply(
        "SparseMatMul", a, b, transpose_a=transpose_a, transpose_b=transpose_b, a_is_sparse=a_is_sparse,
        b_is_sparse=b_is_sparse, name=name,
    )  # fmt: skip


def matvec(a, b, transpose_a=False, adjoint_a=False, a_is_sparse=False, b_is_sparse=False, name=None):
    """The product of matrices `[..., n, k]` and vectors `[..., k]`."""
    with build.name_scope(name, "MatVec", [a, b]):
        column = array.expand_dims(b, axis=-1)
        out = matmul(
            a, column, transpose_a=transpose_a, adjoint_a=adjoint_a, a_is_sparse=a_is_sparse, b_is_sparse=b_is_sparse
        )
        return array.squeeze(out, axis=[-1])


# -- shapes and gradients ------------------------------------------------------------------------------------------------


@op_def.shape_rule("MatMul", "SparseMatMul")
def _matmul_shape(op):
    for t in op.inputs:
        if t._dims is not None and len(t._dims) != 2:
            raise build.shape_error(op, f"Shape must be rank 2 but is rank {len(t._dims)}")
    return [_product(op, op.attrs["transpose_a"], op.attrs["transpose_b"])]


@op_def.shape_rule("BatchMatMul", "BatchMatMulV2")
def _batch_matmul_shape(op):
    a, b = op.inputs[0]._dims, op.inputs[1]._dims
    for dims in (a, b):
        if dims is not None and len(dims) < 2:
            raise build.shape_error(op, f"Shape must be at least rank 2 but is rank {len(dims)}")
    if a is None or b is None:
        return [None]
    try:
        batch = shapes.broadcast(a[:-2], b[:-2]) if op.type == "BatchMatMulV2" else shapes.merge(a[:-2], b[:-2])
    except ValueError as err:
        raise build.shape_error(op, str(err)) from None
    return [batch + _product(op, op.attrs["adj_x"], op.attrs["adj_y"])]


def _product(op, turn_a, turn_b):
    a, b = (t._dims[-2:] if t._dims is not None else (None, None) for t in op.inputs)
    rows, inner = a[::-1] if turn_a else a
    inner_b, columns = b[::-1] if turn_b else b
    if inner is not None and inner_b is not None and inner != inner_b:
        raise build.shape_error(op, f"Dimensions must be equal, but are {inner} and {inner_b}")
    return rows, columns


@op_def.gradient("MatMul")
def _matmul_gradient(op, grad):
    a, b = unary.conj(op.inputs[0]), unary.conj(op.inputs[1])
    ta, tb = op.attrs["transpose_a"], op.attrs["transpose_b"]

    def product(x, y, turn_x=False, turn_y=False):
        return build.apply("MatMul", x, y, transpose_a=turn_x, transpose_b=turn_y)

    if not ta:
        return product(grad, b, False, not tb), product(grad, a, True) if tb else product(a, grad, True)
    return product(b, grad, tb, True), product(grad, a, True, True) if tb else product(a, grad)


@op_def.gradient("SparseMatMul")
def _sparse_matmul_gradient(op, grad):
    a, b = op.inputs
    ta, tb = op.attrs["transpose_a"], op.attrs["transpose_b"]
    sparse = {a: op.attrs["a_is_sparse"], b: op.attrs["b_is_sparse"], grad: False}

    def product(x, y, like, turn_x=False, turn_y=False):
        out = matmul(x, y, transpose_a=turn_x, transpose_b=turn_y, a_is_sparse=sparse[x], b_is_sparse=sparse[y])
        return math.cast(out, like.dtype.base_dtype)

    if not ta:
        return product(grad, b, a, False, not tb), product(grad, a, b, True) if tb else product(a, grad, b, True)
    return product(b, grad, a, tb, True), product(grad, a, b, True, True) if tb else product(a, grad, b)


@op_def.gradient("BatchMatMul", "BatchMatMulV2")
def _batch_matmul_gradient(op, grad):
    x, y = op.inputs
    ax, ay = op.attrs["adj_x"], op.attrs["adj_y"]
    gx = matmul(y, grad, adjoint_a=ay, adjoint_b=True) if ax else matmul(grad, y, adjoint_b=not ay)
    gy = matmul(grad, x, adjoint_a=True, adjoint_b=ax) if ay else matmul(x, grad, adjoint_a=not ax)
    if op.type == "BatchMatMul":
        return gx, gy
    return math.unbroadcast(gx, x, y, kept=2), math.unbroadcast(gy, y, x, kept=2)


# -- tensor products -----------------------------------------------------------------------------------------------------


def tensordot(a, b, axes, name=None):
    """The sum of products of `a` and `b` over pairs of axes.

    Args:
        axes: an integer n for the last n axes of `a` with the first n of `b`; or two lists of axes; or an int32 tensor `[2, n]`.

    Returns:
        a tensor with the other axes of `a`, then those of `b`.

    Raises:
        ValueError: the axes do not pair up.
    """
    with build.name_scope(name, "Tensordot", [a, b, axes]) as scope:
        a = build.convert_to_tensor(a, name="a")
        b = build.convert_to_tensor(b, name="b")
        a_axes, b_axes = _paired_axes(a, axes)
        left, left_sizes, left_dims = _flattened(a, a_axes, axes_first=False)
        right, right_sizes, right_dims = _flattened(b, b_axes, axes_first=True)
        product = matmul(left, right)
        if isinstance(left_sizes, list) and isinstance(right_sizes, list):
            return array.reshape(product, left_sizes + right_sizes, name=scope)
        left_sizes = build.convert_to_tensor(left_sizes, dtype=dtypes.int32)
        right_sizes = build.convert_to_tensor(right_sizes, dtype=dtypes.int32)
        out = array.reshape(product, array.concat([left_sizes, right_sizes], 0), name=scope)
        if left_dims is not None and right_dims is not None:
            out.set_shape(left_dims + right_dims)
        return out


def _paired_axes(a, axes):
    if isinstance(axes, (int, np.integer)):
        if axes < 0:
            raise ValueError("'axes' must be at least 0.")
        if a._dims is None:
            rank = array.rank(a)
            return math.range(rank - axes, rank, dtype=dtypes.int32), math.range(axes, dtype=dtypes.int32)
        if axes > len(a._dims):
            raise ValueError(f"'axes' must not be larger than the number of dimensions of tensor {a}.")
        return list(range(len(a._dims) - axes, len(a._dims))), list(range(axes))
    if not isinstance(axes, (list, tuple)):
        axes = build.convert_to_tensor(axes, name="axes", dtype=dtypes.int32)
        return axes[0], axes[1]
    if len(axes) != 2:
        raise ValueError("'axes' must be an integer or have length 2.")
    of_a, of_b = axes
    if isinstance(of_a, (int, np.integer)) and isinstance(of_b, (int, np.integer)):
        of_a, of_b = [of_a], [of_b]
    if len(of_a) != len(of_b):
        raise ValueError(f"Different number of contraction axes 'a' and 'b', {len(of_a)} != {len(of_b)}.")
    return of_a, of_b


def _flattened(t, axes, axes_first):
    """`t` as a matrix of free axes by summed ones (the other way round for `axes_first`), and the sizes of the free axes."""
    listed = isinstance(axes, (list, tuple)) and t._dims is not None
    if listed:
        axes = [i if i >= 0 else i + len(t._dims) for i in axes]
        free = [i for i in range(len(t._dims)) if i not in axes]
        dims = [t._dims[i] for i in free]
        if None not in t._dims:
            order = [*axes, *free] if axes_first else [*free, *axes]
            size = [int(np.prod([t._dims[i] for i in part])) for part in ((axes, free) if axes_first else (free, axes))]
            return array.reshape(rearrange.transpose(t, order), size), dims, dims
        axes = build.convert_to_tensor(axes, dtype=dtypes.int32, name="axes")
        free = build.convert_to_tensor(free, dtype=dtypes.int32, name="free")
        shape = array.shape(t)
    else:
        dims = None
        shape, rank = array.shape(t), array.rank(t)
        axes = build.convert_to_tensor(axes, dtype=dtypes.int32, name="axes")
        axes = build.apply("Select", axes >= 0, axes, axes + rank)
        free, _ = build.apply("ListDiff", math.range(rank), axes)
    free_sizes, axes_sizes = build.apply("GatherV2", shape, free, 0), build.apply("GatherV2", shape, axes, 0)
    free_size, axes_size = reduce.reduce_prod(free_sizes), reduce.reduce_prod(axes_sizes)
    order = array.concat([axes, free] if axes_first else [free, axes], 0)
    size = joining.stack([axes_size, free_size] if axes_first else [free_size, axes_size])
    return array.reshape(rearrange.transpose(t, order), size), free_sizes, dims


@op_def.shape_rule("Cross")
def _cross_shape(op):
    (dims,) = elementwise.merged_shape(op)
    if dims and dims[-1] not in (None, 3):
        raise build.shape_error(op, f"Dimension must be 3 but is {dims[-1]}")
    return [dims]


def cross(a, b, name=None):
    """The cross product of vectors in the last axis, which has size 3."""
    return build.apply("Cross", a, b, name=name)


@op_def.gradient("Cross")
def _cross_gradient(op, grad):
    u, v = op.inputs
    return cross(v, grad), cross(grad, u)
