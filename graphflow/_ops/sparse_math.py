"""Arithmetic with sparse tensors: sums, products with dense ones, reductions, softmax."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def, sparse_tensor, static_value
from graphflow._ops import array, gather, math, rearrange, reduce, sets, sparse, unary

SparseTensor = sparse_tensor.SparseTensor

# -- sums ----------------------------------------------------------------------------------------------------


def sparse_add(a, b, threshold=None, thresh=None):
    """a + b, of which at least one is sparse.

    Args:
        threshold: where two sparse ones have both an element, a sum smaller than this is left out; 0 when None.
        thresh: older name of `threshold`.

    Returns:
        a SparseTensor where both are, else a tensor.

    Raises:
        TypeError: both are dense. ValueError: their shapes are known and differ.
    """
    threshold = reduce.either("threshold", threshold, "thresh", thresh)
    are_sparse = [isinstance(x, sparse.KINDS) for x in (a, b)]
    if not any(are_sparse):
        raise TypeError("At least one input should be SparseTensor; do you mean to use tf.add()?")
    if not all(are_sparse):
        a, b = (b, a) if are_sparse[1] else (a, b)
        return build.apply("SparseTensorDenseAdd", *sparse.parts(a), b)
    a, b = sparse.as_sparse(a), sparse.as_sparse(b)
    kind = a.values.dtype.real_dtype.base_dtype
    threshold = build.convert_to_tensor(0 if threshold is None else threshold, dtype=kind, name="threshold")
    indices, values, shape = build.apply("SparseAdd", *sparse.parts(a), *sparse.parts(b), threshold)
    a.shape.assert_is_compatible_with(b.shape)
    known = shapes.TensorShape(shapes.broadcast(shapes.as_dims(a.shape), shapes.as_dims(b.shape)))
    return SparseTensor(indices, values, known.as_list() if known.is_fully_defined() else shape)


@op_def.shape_rule("SparseAdd")
def _add_shape(op):
    shape = op.inputs[2]._dims
    return [(None, shape and shape[0]), (None,), shape]


@op_def.gradient("SparseAdd")
def _add_gradient(op, *grads):
    a, b = build.apply("SparseAddGrad", grads[1], op.inputs[0], op.inputs[3], op.outputs[0])
    return None, a, None, None, b, None, None


@op_def.shape_rule("SparseAddGrad")
def _add_grad_shape(op):
    return [(t._dims and t._dims[0],) for t in op.inputs[1:3]]


op_def.not_differentiable("SparseAddGrad", because="TensorFlow gives it none")


@op_def.shape_rule("SparseTensorDenseAdd")
def _dense_add_shape(op):
    return [op.inputs[3]._dims]


@op_def.gradient("SparseTensorDenseAdd")
def _dense_add_gradient(op, grad):
    return None, gather.gather_nd(grad, op.inputs[0]), None, grad


# -- element by element ----------------------------------------------------------------------------------------


def _times(sp, y):
    """`sp * y`: the elements of `sp`, each times the one of the dense `y` that broadcasting puts there."""
    with build.name_scope(None, "mul", [sp, y]) as scope:
        y = build.convert_to_tensor(y, dtype=sp.dtype.base_dtype, name="y")
        return _with_values(sp, build.apply("SparseDenseCwiseMul", *sparse.parts(sp), y, name=scope))


def _over(sp, y):
    """`sp / y` as real numbers, as `_times`."""
    with build.name_scope(None, "truediv", [sp, y]) as scope:
        y = build.convert_to_tensor(y, dtype=sp.dtype.base_dtype, name="y")
        values = sp.values
        if values.dtype.is_integer:
            wide = dtypes.float64 if values.dtype.size >= 4 else dtypes.float32
            values, y = math.cast(values, wide), math.cast(y, wide)
        return _with_values(sp, build.apply("SparseDenseCwiseDiv", sp.indices, values, sp.dense_shape, y, name=scope))


def _with_values(sp, values):
    return SparseTensor(sp.indices, values, sp.dense_shape)


SparseTensor.__mul__ = _times  # type: ignore[operator]
SparseTensor.__truediv__ = _over  # type: ignore[operator]


@op_def.shape_rule("SparseDenseCwiseAdd", "SparseDenseCwiseMul", "SparseDenseCwiseDiv")
def _elementwise_shape(op):
    indices = op.inputs[0]._dims
    return [(indices and indices[0],)]


def _beside(op):
    """(dense, places, shape): the elements of the dense input beside the sparse ones, where they stand, its shape."""
    indices, _, shape, dense = op.inputs
    sizes = math.cast(array.shape(dense), dtypes.int64)
    missing = array.expand_dims(array.size(shape) - array.size(sizes), 0)
    stretched = shape // array.concat([array.ones(missing, dtypes.int64), sizes], 0)
    places = array.slice(indices // stretched, array.concat([[0], missing], 0), [-1, -1])
    return gather.gather_nd(dense, places), places, sizes


@op_def.gradient("SparseDenseCwiseMul")
def _times_gradient(op, grad):
    beside, places, sizes = _beside(op)
    return None, grad * beside, None, _to_dense(op, places, grad * op.inputs[1], sizes)


@op_def.gradient("SparseDenseCwiseDiv")
def _over_gradient(op, grad):
    beside, places, sizes = _beside(op)
    of_dense = grad * (-op.inputs[1] / unary.square(beside))
    return None, grad / beside, None, _to_dense(op, places, of_dense, sizes)


def _to_dense(op, places, values, sizes):
    """Gradients added up at `places`, which may repeat, in a tensor like the dense input."""
    return sparse_add(array.zeros_like(op.inputs[3]), SparseTensor(places, values, sizes))


op_def.not_differentiable("SparseDenseCwiseAdd", because="TensorFlow gives it none; use tf.sparse.add")


def sparse_maximum(sp_a, sp_b, name=None):
    """The larger of each two elements of two SparseTensors of one shape; what does not stand there is zero."""
    return _extreme("SparseSparseMaximum", sp_a, sp_b, name)


def sparse_minimum(sp_a, sp_b, name=None):
    """The smaller of each two elements of two SparseTensors of one shape; what does not stand there is zero."""
    return _extreme("SparseSparseMinimum", sp_a, sp_b, name)


def _extreme(op_type, a, b, name):
    with build.name_scope(name, op_type, [a.indices, a.values, b.indices, b.values]) as scope:
        indices, values = build.apply(op_type, *sparse.parts(a), *sparse.parts(b), name=scope)
    return SparseTensor(indices, values, a.dense_shape)


@op_def.shape_rule("SparseSparseMaximum", "SparseSparseMinimum")
def _extreme_shape(op):
    return [(None, None), (None,)]


op_def.not_differentiable("SparseSparseMaximum", "SparseSparseMinimum", because="TensorFlow gives them none")

# -- products ------------------------------------------------------------------------------------------------


def sparse_tensor_dense_matmul(sp_a, b, adjoint_a=False, adjoint_b=False, name=None):
    """The product of a sparse matrix and a dense one.

    Args:
        sp_a: a SparseTensor of rank 2.
        b: a matrix.
        adjoint_a, adjoint_b: whether the (conjugate) transpose is meant.
    """
    sp_a = sparse.as_sparse(sp_a)
    with build.name_scope(name, "SparseTensorDenseMatMul", [sp_a.indices, sp_a.values, b]):
        b = build.convert_to_tensor(b, name="b")
        return _matmul(*sparse.parts(sp_a), b, adjoint_a, adjoint_b)


def _matmul(indices, values, shape, b, adjoint_a, adjoint_b):
    return build.apply("SparseTensorDenseMatMul", indices, values, shape, b, adjoint_a=adjoint_a, adjoint_b=adjoint_b)


@op_def.shape_rule("SparseTensorDenseMatMul")
def _matmul_shape(op):
    a, b = static_value.shape_from(op.inputs[2]) or (None, None), op.inputs[3]._dims or (None, None)
    if len(a) != 2 or len(b) != 2:
        wrong = a if len(a) != 2 else b
        raise build.shape_error(op, f"Shape must be rank 2 but is rank {len(wrong)}")
    rows, inner = a[::-1] if op.attrs["adjoint_a"] else a
    inner_b, columns = b[::-1] if op.attrs["adjoint_b"] else b
    if None not in (inner, inner_b) and inner != inner_b:
        raise build.shape_error(op, f"Dimensions must be equal, but are {inner} and {inner_b}")
    return [(rows, columns)]


@op_def.gradient("SparseTensorDenseMatMul")
def _matmul_gradient(op, grad):
    indices, values, shape, b = op.inputs
    if values.dtype.is_complex:
        raise NotImplementedError(f"SparseTensorDenseMatMul '{op.name}' does not support complex gradients.")
    adjoint_a, adjoint_b = op.attrs["adjoint_a"], op.attrs["adjoint_b"]
    of_b = _matmul(indices, values, shape, grad, not adjoint_a, False)
    rows, columns = indices[:, 0], indices[:, 1]
    left = gather.gather(grad, columns if adjoint_a else rows)
    right = gather.gather(rearrange.transpose(b) if adjoint_b else b, rows if adjoint_a else columns)
    of_values = reduce.reduce_sum(left * right, axis=1)
    return None, of_values, None, rearrange.transpose(of_b) if adjoint_b else of_b


# -- reductions ----------------------------------------------------------------------------------------------


def _reduced(op_type, sp, axis, keepdims, reduction_axes, keep_dims):
    keepdims = reduce.either("keepdims", keepdims, "keep_dims", keep_dims)
    axis = reduce.either("axis", axis, "reduction_axes", reduction_axes)
    if axis is None:
        rank = sp.dense_shape.shape[0].value
        axis = math.range(0, array.rank(sp)) if rank is None else build.constant(np.arange(rank, dtype=np.int32))
    return build.apply(op_type, *sparse.parts(sp), axis, keep_dims=bool(keepdims))


def sparse_reduce_sum(sp_input, axis=None, keepdims=None, reduction_axes=None, keep_dims=None):
    """The sum of a SparseTensor over `axis` (all axes when None), as an ordinary tensor.

    Args:
        keepdims: whether the axes stay, with size 1.
        reduction_axes, keep_dims: older names of `axis` and `keepdims`.
    """
    return _reduced("SparseReduceSum", sp_input, axis, keepdims, reduction_axes, keep_dims)


def sparse_reduce_max(sp_input, axis=None, keepdims=None, reduction_axes=None, keep_dims=None):
    """As `sparse_reduce_sum`, the largest of the elements that are there; 0 where there is none."""
    return _reduced("SparseReduceMax", sp_input, axis, keepdims, reduction_axes, keep_dims)


def sparse_reduce_sum_sparse(sp_input, axis=None, keepdims=None, reduction_axes=None, keep_dims=None):
    """`sparse_reduce_sum` as a SparseTensor."""
    return SparseTensor(*_reduced("SparseReduceSumSparse", sp_input, axis, keepdims, reduction_axes, keep_dims))


def sparse_reduce_max_sparse(sp_input, axis=None, keepdims=None, reduction_axes=None, keep_dims=None):
    """`sparse_reduce_max` as a SparseTensor."""
    return SparseTensor(*_reduced("SparseReduceMaxSparse", sp_input, axis, keepdims, reduction_axes, keep_dims))


@op_def.shape_rule("SparseReduceSum", "SparseReduceMax")
def _reduce_shape(op):
    sizes, axes = static_value.constant_value(op.inputs[2]), static_value.constant_value(op.inputs[3])
    if sizes is None or axes is None:
        return [None]
    gone = {int(axis) % sizes.size for axis in axes.ravel()}
    if op.attrs["keep_dims"]:
        return [tuple(1 if i in gone else int(d) for i, d in enumerate(sizes))]
    return [tuple(int(d) for i, d in enumerate(sizes) if i not in gone)]


@op_def.shape_rule("SparseReduceSumSparse", "SparseReduceMaxSparse")
def _reduce_sparse_shape(op):
    return [None, None, None]


@op_def.gradient("SparseReduceSum")
def _reduce_sum_gradient(op, grad):
    indices, _, shape, axes = op.inputs
    rank = array.size(shape)
    gone = (axes + rank) % rank
    ones = array.fill(array.shape(gone), 1)
    kept = sets.dynamic_stitch([math.range(rank), gone], [math.cast(shape, dtypes.int32), ones])
    stretched = shape // math.cast(kept, dtypes.int64)
    return None, gather.gather_nd(array.reshape(grad, kept), indices // stretched), None, None


# -- softmax ---------------------------------------------------------------------------------------------------


def sparse_softmax(sp_input, name=None):
    """The softmax over the last axis of the elements that are there; the others stay out of it."""
    with build.name_scope(name, "SparseSoftmax", [sp_input.indices, sp_input.values]):
        return _with_values(sp_input, build.apply("SparseSoftmax", *sparse.parts(sp_input)))


@op_def.shape_rule("SparseSoftmax")
def _softmax_shape(op):
    return [op.inputs[1]._dims]


@op_def.gradient("SparseSoftmax")
def _softmax_gradient(op, grad):
    indices, _, shape = op.inputs
    product = SparseTensor(indices, op.outputs[0] * grad, shape)
    total = -sparse_reduce_sum(product, [-1], keepdims=True)
    return None, build.apply("SparseDenseCwiseAdd", indices, grad, shape, total) * op.outputs[0], None
