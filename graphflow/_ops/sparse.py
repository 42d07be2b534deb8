"""Sparse tensors: making them, changing their order and shape, taking parts of them, back to dense ones."""

from __future__ import annotations

import numbers

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def, sparse_tensor, static_value, tensor
from graphflow._ops import array, asserts, choosing, compare, gather, grouping, joining, math, rearrange, reduce, sets

SparseTensor = sparse_tensor.SparseTensor
KINDS = (SparseTensor, sparse_tensor.SparseTensorValue)


def as_sparse(value):
    """A SparseTensor as it is, a SparseTensorValue as one of constants; TypeError for anything else."""
    if not isinstance(value, KINDS):
        raise TypeError(f"Input must be a SparseTensor, got {value!r}.")
    return SparseTensor.from_value(value)


def parts(sp):
    """The three inputs that stand for a sparse tensor in an operation: indices, values, shape."""
    return sp.indices, sp.values, sp.dense_shape


def _written(vector):
    """The numbers of a vector as they were written down, None for those that are computed; None where all are.

    TensorFlow's functions of sparse tensors look no further when they choose their nodes.
    """
    while vector.op.type == "Cast":
        vector = vector.op.inputs[0]
    if vector.op.type == "Const":
        return vector.op.attrs["value"].tolist()
    if vector.op.type == "Pack":
        return [part.op.attrs["value"].item() if part.op.type == "Const" else None for part in vector.op.inputs]
    dims = static_value.shape_from(vector) if vector.op.type in ("Shape", "ConcatV2", "StridedSlice") else None
    return None if dims is None else list(dims)


# -- making ------------------------------------------------------------------------------------------------------------


def sparse_placeholder(dtype, shape=None, name=None):
    """A SparseTensor whose value is given by `feed_dict`: a SparseTensorValue, or its three parts as a tuple.

    Args:
        dtype: of its values.
        shape: its sizes, or a vector of them; None, or a None among them, leaves the shape to be fed too.
    """
    at = (lambda part: None) if name is None else (lambda part: f"{name}/{part}")
    rank = None
    if isinstance(shape, tensor.Tensor):
        rank = shape.shape[0]
    elif shape is not None:
        shape = shapes.as_dims(shape)
        rank = len(shape)
    if shape is None or not isinstance(shape, tensor.Tensor) and None in shape:
        dense_shape = array.placeholder(dtypes.int64, shape=[rank], name=at("shape"))
    else:
        dense_shape = build.convert_to_tensor(shape, dtype=dtypes.int64, name=at("shape"))
    values = array.placeholder(dtype, shape=[None], name=at("values"))
    indices = array.placeholder(dtypes.int64, shape=[None, rank], name=at("indices"))
    return SparseTensor(indices, values, dense_shape)


def from_dense(tensor, name=None):
    """The SparseTensor of the elements of `tensor` that are not zero."""
    with build.name_scope(name, "dense_to_sparse"):
        tensor = build.convert_to_tensor(tensor)
        zero = build.constant("" if tensor.dtype == dtypes.string else 0, tensor.dtype)
        indices = choosing.where_v2(compare.not_equal(tensor, zero))
        values = gather.gather_nd(tensor, indices)
        return SparseTensor(indices, values, array.shape(tensor, out_type=dtypes.int64))


def eye(num_rows, num_columns=None, dtype=dtypes.float32, name=None):
    """A sparse matrix with ones on the diagonal."""
    with build.name_scope(name, "eye", [num_rows, num_columns]):
        num_rows = _as_int64(num_rows, "num_rows")
        num_columns = num_rows if num_columns is None else _as_int64(num_columns, "num_columns")
        count = math.minimum(num_rows, num_columns)
        places = math.range(count, dtype=dtypes.int64)
        return SparseTensor(
            joining.stack([places, places], axis=1), array.ones(count, dtype=dtype), [num_rows, num_columns]
        )


def _as_int64(value, name):
    if isinstance(value, numbers.Integral):
        return build.convert_to_tensor(value, name=name, dtype=dtypes.int64)
    if not isinstance(value, tensor.Tensor):
        raise TypeError(f"{name} must be an integer value, got {value!r}")
    return math.cast(value, dtypes.int64)


# -- order and shape ---------------------------------------------------------------------------------------------------


def sparse_reorder(sp_input, name=None):
    """`sp_input` with its elements in row-major order, which many sparse operations ask for."""
    sp_input = as_sparse(sp_input)
    indices, values = build.apply("SparseReorder", *parts(sp_input), name=name)
    known = _written(sp_input.dense_shape)
    is_known = known is not None and None not in known
    return SparseTensor(indices, values, known if is_known else array.identity(sp_input.dense_shape))


@op_def.shape_rule("SparseReorder")
def _reorder_shape(op):
    return [op.inputs[0]._dims, op.inputs[1]._dims]


@op_def.gradient("SparseReorder")
def _reorder_gradient(op, _, grad):
    indices, _, shape = op.inputs
    places = math.range(array.shape(indices)[0])
    moved = sparse_reorder(SparseTensor(indices, places, shape))
    return None, gather.gather(grad, rearrange.invert_permutation(moved.values)), None


def sparse_reshape(sp_input, shape, name=None):
    """`sp_input` in another shape, in which one size may be -1.

    Raises:
        ValueError: the numbers of elements are known and differ, or two sizes are -1.
    """
    sp_input = as_sparse(sp_input)
    shape = math.cast(shape, dtypes.int64)
    with build.name_scope(name, "SparseReshape", [sp_input]) as scope:
        indices, dense_shape = build.apply("SparseReshape", sp_input.indices, sp_input.dense_shape, shape, name=scope)
        known = _reshaped(sp_input.shape, shape)
        if known is not None:
            dense_shape = build.constant(known, dtype=dtypes.int64)
        return SparseTensor(indices, array.identity(sp_input.values), dense_shape)


def _reshaped(before, shape):
    """The sizes after a reshape where they are known, else None."""
    dims = _written(shape)
    if dims is None or not before.is_fully_defined():
        return None
    if dims.count(-1) > 1:
        raise ValueError(f"At most one dimension can be inferred (-1). Found: {dims}")
    dims = [None if d == -1 else d for d in dims]
    if dims.count(None) > 1:
        return None
    total = before.num_elements()
    others = shapes.num_elements(tuple(d for d in dims if d is not None))
    sizes = [total // max(others, 1) if d is None else d for d in dims]
    if shapes.num_elements(tuple(sizes)) != total:
        raise ValueError(f"Cannot reshape a tensor with {total} elements to shape {list(dims)} ({others} elements).")
    return sizes


@op_def.shape_rule("SparseReshape")
def _reshape_shape(op):
    indices, new = op.inputs[0]._dims, op.inputs[2]._dims
    return [(indices and indices[0], new and new[0]), new]


def sparse_transpose(sp_input, perm=None, name=None):
    """`sp_input` with its axes in the order `perm`; reversed when None."""
    with build.name_scope(name, "SparseTranspose", [sp_input]):
        if perm is None:
            rank = array.rank(sp_input)
            perm = (rank - 1) - math.range(0, rank, 1)
        columns = rearrange.transpose(gather.gather(rearrange.transpose(sp_input.indices), perm))
        order = _written(build.convert_to_tensor(perm))
        known = sp_input.shape
        if order is not None and known.is_fully_defined():
            sizes = [known.as_list()[axis] for axis in order]
        else:
            sizes = gather.gather(sp_input.dense_shape, perm)
        return sparse_reorder(SparseTensor(columns, sp_input.values, sizes))


def sparse_expand_dims(sp_input, axis=None, name=None):
    """`sp_input` with one more axis, of size 1, at position `axis`; the last when None."""
    rank = sp_input.dense_shape.shape[0]
    axis = -1 if axis is None else axis
    with build.name_scope(name, "expand_dims", [sp_input]):
        if isinstance(axis, numbers.Integral):
            axis = build.convert_to_tensor(axis, name="axis", dtype=dtypes.int32)
        elif not isinstance(axis, tensor.Tensor):
            raise TypeError(
                f"axis must be an integer value in range [-rank(sp_input) - 1, rank(sp_input)], got {axis!r}"
            )
        axis = choosing.where_v2(axis >= 0, axis, axis + rank + 1)
        zeros = array.zeros([array.shape(sp_input.indices)[0], 1], dtype=dtypes.int64)
        before = array.slice(sp_input.indices, [0, 0], [-1, axis])
        after = array.slice(sp_input.indices, [0, axis], [-1, -1])
        indices = array.concat([before, zeros, after], axis=1)
        sizes_before = array.slice(sp_input.dense_shape, [0], [axis])
        sizes_after = array.slice(sp_input.dense_shape, [axis], [-1])
        one = build.convert_to_tensor([1], name="new_shape", dtype=dtypes.int64)
        return SparseTensor(indices, sp_input.values, array.concat([sizes_before, one, sizes_after], axis=0))


def sparse_reset_shape(sp_input, new_shape=None):
    """`sp_input` in a shape that holds all its elements: `new_shape`, or the smallest.

    Raises:
        ValueError: `new_shape` is known to be too small. At run time: InvalidArgumentError.
    """
    sp_input = as_sparse(sp_input)
    indices, values, before = (array.identity(part) for part in parts(sp_input))
    if new_shape is None:
        last = reduce.reduce_max(indices, axis=0)
        sizes = math.maximum(build.constant(0, dtype=dtypes.int64), math.add(last, array.ones_like(before)))
        return SparseTensor(indices, values, sizes)
    sizes = build.convert_to_tensor(new_shape)
    sizes.shape.assert_has_rank(1)
    sizes = math.cast(sizes, dtypes.int64)
    shapes.merge(sizes._dims, before._dims)
    known = static_value.constant_value(sizes)
    if known is not None and sp_input.shape.is_fully_defined():
        if not np.all(np.array(sp_input.shape.as_list()) <= known):
            raise ValueError(
                "Requested new_shape should have dimension sizes >= sp_input.shape.  Found new_shape "
                f"({known.tolist()}), sp_input.shape ({sp_input.shape.as_list()})."
            )
        return SparseTensor(indices, values, known)
    sizes = grouping.with_dependencies([asserts.assert_equal(array.shape(before), array.shape(sizes))], sizes)
    sizes = grouping.with_dependencies([asserts.assert_less_equal(before, sizes)], sizes)
    return SparseTensor(indices, values, sizes)


# -- joining and cutting -----------------------------------------------------------------------------------------------


def sparse_concat(
    axis, sp_inputs, name=None, expand_nonconcat_dim=False, concat_dim=None, expand_nonconcat_dims=None
):  # fmt: skip
    """Sparse tensors joined along `axis`.

    Args:
        sp_inputs: a list of SparseTensors of one rank.
        expand_nonconcat_dim: whether the other axes may differ in size; the largest counts.
        concat_dim, expand_nonconcat_dims: other names of `axis` and `expand_nonconcat_dim`.
    """
    expands = expand_nonconcat_dim if expand_nonconcat_dims is None else expand_nonconcat_dims
    axis = reduce.either("axis", axis, "concat_dim", concat_dim)
    if not isinstance(sp_inputs, (list, tuple)):
        raise TypeError("Inputs must be a list or tuple.")
    sp_inputs = [as_sparse(sp) for sp in sp_inputs]
    if len(sp_inputs) == 1:
        return sp_inputs[0]
    sizes = [sp.dense_shape for sp in sp_inputs]
    if expands:
        largest = reduce.reduce_max(array.concat([array.reshape(s, [1, -1]) for s in sizes], 0), 0)
        sizes = [array.concat([largest[:axis], *_from(s, largest, axis)], 0) for s in sizes]
    indices, values, shape = build.apply(
        "SparseConcat",
        [sp.indices for sp in sp_inputs],
        [sp.values for sp in sp_inputs],
        sizes,
        concat_dim=axis,
        name=name,
    )
    known = [static_value.constant_value(s) for s in sizes]
    if all(s is not None for s in known):
        shape = known[0].copy()
        shape[axis] = sum(s[axis] for s in known)
        shape = build.convert_to_tensor(shape)
    return SparseTensor(indices, values, shape)


def _from(size, largest, axis):
    return (size[-1:], []) if axis == -1 else (size[axis : axis + 1], largest[axis + 1 :])


@op_def.shape_rule("SparseConcat")
def _concat_shape(op):
    n = op.attrs["N"]
    rows, columns, rank = 0, None, None
    for indices, values, shape in zip(op.inputs[:n], op.inputs[n : 2 * n], op.inputs[2 * n :]):
        own = shapes.merge(indices._dims and indices._dims[:1], values._dims)
        rows = None if rows is None or own is None or own[0] is None else rows + own[0]
        columns = columns if indices._dims is None or indices._dims[1] is None else indices._dims[1]
        rank = shapes.merge(rank, shape._dims)
    return [(rows, columns), (rows,), rank]


op_def.not_differentiable("SparseConcat", because="TensorFlow gives it none; concatenate the values instead")


def sparse_split(keyword_required=None, sp_input=None, num_split=None, axis=None, name=None, split_dim=None):
    """`num_split` SparseTensors, the parts of `sp_input` along `axis`; the first ones are larger by one where it must be.

    All arguments are given by keyword.
    """
    if keyword_required is not None:
        raise ValueError("Keyword arguments are required for this function.")
    axis = reduce.either("axis", axis, "split_dim", split_dim)
    for argument, value in (("sp_input", sp_input), ("num_split", num_split), ("axis", axis)):
        if value is None:
            raise ValueError(f"{argument} is required")
    pieces = build.apply("SparseSplit", axis, *parts(as_sparse(sp_input)), num_split=num_split, name=name)
    return [SparseTensor(*piece) for piece in zip(*pieces)]


@op_def.shape_rule("SparseSplit")
def _split_shape(op):
    n, shape = op.attrs["num_split"], op.inputs[3]._dims
    return [(None, shape and shape[0])] * n + [(None,)] * n + [shape] * n


def sparse_slice(sp_input, start, size, name=None):
    """The part of `sp_input` of sizes `size` from the position `start` on."""
    sp_input = as_sparse(sp_input)
    start = build.convert_to_tensor(start, dtypes.int64)
    size = build.convert_to_tensor(size, dtypes.int64)
    with build.name_scope(name, "SparseSlice", [sp_input]) as scope:
        return SparseTensor(*build.apply("SparseSlice", *parts(sp_input), start, size, name=scope))


@op_def.shape_rule("SparseSlice")
def _slice_shape(op):
    shape = op.inputs[2]._dims
    return [(None, shape and shape[0]), (None,), shape]


@op_def.gradient("SparseSlice")
def _slice_gradient(op, *grads):
    indices, _, _, start, _ = op.inputs
    return None, build.apply("SparseSliceGrad", grads[1], indices, start, op.outputs[0]), None, None, None


@op_def.shape_rule("SparseSliceGrad")
def _slice_grad_shape(op):
    indices = op.inputs[1]._dims
    return [(indices and indices[0],)]


def sparse_retain(sp_input, to_retain):
    """The elements of `sp_input` at which the bool vector `to_retain` is true."""
    sp_input = as_sparse(sp_input)
    to_retain = build.convert_to_tensor(to_retain)
    to_retain.shape.assert_has_rank(1)
    shapes.merge(sp_input.values._dims, to_retain._dims)
    kept = array.reshape(choosing.where_v2(to_retain), [-1])
    indices, values = gather.gather(sp_input.indices, kept), gather.gather(sp_input.values, kept)
    return SparseTensor(indices, values, array.identity(sp_input.dense_shape))


def sparse_mask(a, mask_indices, name=None):
    """The IndexedSlices `a` without the rows with the numbers `mask_indices`."""
    with build.name_scope(name, "sparse_mask", [a, mask_indices]) as scope:
        indices, kept = sets.setdiff1d(a.indices, mask_indices)
        return tensor.IndexedSlices(gather.gather(a.values, kept, name=scope), indices, a.dense_shape)


def sparse_fill_empty_rows(sp_input, default_value, name=None):
    """(filled, is_empty): `sp_input` with an element `default_value` in each empty row, and which rows those were."""
    sp_input = as_sparse(sp_input)
    with build.name_scope(name, "SparseFillEmptyRows", [sp_input]):
        default_value = build.convert_to_tensor(default_value, dtype=sp_input.values.dtype)
        indices, values, is_empty, _ = build.apply("SparseFillEmptyRows", *parts(sp_input), default_value)
        return SparseTensor(indices, values, sp_input.dense_shape), is_empty


@op_def.shape_rule("SparseFillEmptyRows")
def _fill_shape(op):
    indices, shape = op.inputs[0]._dims, static_value.shape_from(op.inputs[2])
    rows, columns = indices or (None, None)
    return [(None, columns), (None,), (shape and shape[0],), (rows,)]


@op_def.gradient("SparseFillEmptyRows")
def _fill_gradient(op, _, grad, *others):
    values, default = build.apply("SparseFillEmptyRowsGrad", op.outputs[3], grad)
    return None, values, None, default


@op_def.shape_rule("SparseFillEmptyRowsGrad")
def _fill_grad_shape(op):
    return [op.inputs[0]._dims, ()]


def sparse_merge(sp_ids, sp_values, vocab_size, name=None, already_sorted=False):
    """One SparseTensor of features: at `[..., id]` stands the value, for each id and the value beside it.

    Args:
        sp_ids: a SparseTensor of int ids, or a list of them; each takes an axis of its own.
        sp_values: a SparseTensor of the same indices.
        vocab_size: the size of that axis, or a list of sizes.
        already_sorted: leaves the elements in their order.

    Raises:
        TypeError, ValueError: ids and sizes that do not fit each other.
    """
    if isinstance(sp_ids, KINDS):
        sp_ids, vocab_size = [sp_ids], [vocab_size]
    for what, value in (("sp_ids", sp_ids), ("vocab_size", vocab_size)):
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"{what} has to be a list, or sp_ids a SparseTensor. Found {type(value)}")
    for size in vocab_size:
        if not isinstance(size, (tensor.Tensor, numbers.Integral)):
            raise TypeError(f"vocab_size has to be a Tensor or Python int. Found {type(size)}")
    if len(sp_ids) != len(vocab_size):
        raise ValueError("sp_ids and vocab_size have to have equal lengths.")
    with build.name_scope(name, "SparseMerge", [sp_ids, sp_values]):
        sp_ids, sp_values = [as_sparse(ids) for ids in sp_ids], as_sparse(sp_values)
        columns = [array.expand_dims(math.cast(ids.values, dtypes.int64), axis=1) for ids in sp_ids]
        sizes = [math.cast(size, dtypes.int64) for size in vocab_size]
        indices = array.concat([sp_ids[0].indices[:, :-1], *columns], 1)
        shape = array.concat([sp_ids[0].dense_shape[:-1], sizes], 0)
        merged = SparseTensor(indices, sp_values.values, shape)
        if already_sorted:
            return merged
        in_order = sparse_reorder(merged)
        return SparseTensor(in_order.indices, in_order.values, shape)


# -- to dense ----------------------------------------------------------------------------------------------------------


def sparse_to_dense(sparse_indices, output_shape, sparse_values, default_value=0, validate_indices=True, name=None):
    """A tensor of `default_value` with `sparse_values` at `sparse_indices`.

    Args:
        sparse_indices: int32 or int64 `[n, rank]`; `[n]` for a vector, `[]` for one element.
        output_shape: its shape, of the same type.
        sparse_values: `[n]`, or a scalar for all of them.
        validate_indices: whether indices out of order or repeated are an InvalidArgumentError at run time.
    """
    return build.apply(
        "SparseToDense",
        sparse_indices,
        output_shape,
        sparse_values,
        default_value,
        validate_indices=validate_indices,
        name=name,
    )


@op_def.shape_rule("SparseToDense")
def _to_dense_shape(op):
    return [static_value.shape_from(op.inputs[1])]


@op_def.gradient("SparseToDense")
def _to_dense_gradient(op, grad):
    of_values = gather.gather_nd(grad, op.inputs[0])
    return None, None, of_values, reduce.reduce_sum(grad) - reduce.reduce_sum(of_values)


def sparse_tensor_to_dense(sp_input, default_value=None, validate_indices=True, name=None):
    """`sp_input` as an ordinary tensor, `default_value` (zero when None) where nothing stands."""
    sp_input = as_sparse(sp_input)
    if default_value is None:
        default_value = array.zeros([], dtype=sp_input.dtype)
    return sparse_to_dense(
        sp_input.indices, sp_input.dense_shape, sp_input.values, default_value, validate_indices, name
    )


def sparse_to_indicator(sp_input, vocab_size, name=None):
    """A bool tensor that is true at `[..., id]` for each of the ids that are the values of `sp_input`."""
    sp_input = as_sparse(sp_input)
    with build.name_scope(name, "SparseToIndicator", [sp_input]) as scope:
        count = array.shape(sp_input.indices)[0]
        all_true = array.fill(array.expand_dims(count, 0), True)
        marked = sparse_merge(
            sp_input, SparseTensor(sp_input.indices, all_true, sp_input.dense_shape), vocab_size, scope
        )
        return sparse_tensor_to_dense(marked, default_value=False, validate_indices=False, name=scope)


def convert_to_tensor_or_sparse_tensor(value, dtype=None, name=None):
    """`value` as a SparseTensor where it is a sparse one, else as a tensor.

    Raises:
        RuntimeError: a sparse one has another type than `dtype`.
    """
    if isinstance(value, sparse_tensor.SparseTensorValue):
        value = SparseTensor.from_value(value)
    if not isinstance(value, SparseTensor):
        return build.convert_to_tensor(value, dtype=dtype, name=name)
    if dtype is not None and not dtypes.as_dtype(dtype).is_compatible_with(value.dtype):
        raise RuntimeError(f"Sparse dtype: requested = {dtypes.as_dtype(dtype).name}, actual = {value.dtype.name}")
    return value
