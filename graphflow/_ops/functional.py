"""map_fn, scan, foldl, foldr: functions applied to the rows of tensors, one after the other, in a while loop."""

from __future__ import annotations

from graphflow._core import nest, shapes
from graphflow._graph import build
from graphflow._ops import array, bodies, tensor_array, while_loop


def map_fn(
    fn, elems, dtype=None, parallel_iterations=None, back_prop=True, swap_memory=False, infer_shape=True, name=None
):
    """`fn` of each row of `elems`, stacked.

    Args:
        fn: function of a row, in the structure of `elems`, to tensors in the structure of `dtype`.
        elems: tensors `[n, ...]`, possibly nested.
        dtype: types of what `fn` returns, in its structure; those of `elems` when None.
        back_prop: False keeps gradients from flowing back.
        infer_shape: whether `fn` returns the same shapes for every row.

    Returns:
        tensors `[n, ...]` in the structure of `dtype`.

    Raises:
        TypeError: `fn` is no function, or returns another structure. ValueError: a scalar has no rows.
    """
    _check(fn)
    if bodies.is_sparse(elems):
        raise TypeError(
            "To perform a map on the values of a sparse tensor use either SparseTensor(input.indices, fn(input.values), "
            "input.dense_shape) or SparseTensor(input.indices, map_fn(fn, input.values), input.dense_shape)"
        )
    flat = nest.flatten(elems)
    with build.name_scope(name, "map", flat):
        flat = [build.convert_to_tensor(e, name="elem") for e in flat]
        types = nest.pack_sequence_as(elems, [e.dtype.base_dtype for e in flat]) if dtype is None else dtype
        if flat[0]._dims == ():
            raise ValueError(
                "elems must be a 1+ dimensional Tensor, not a scalar"
                if len(flat) == 1
                else "elements in elems must be 1+ dimensional Tensors, not scalars"
            )
        n = _static_rows(flat[0]) or array.shape(flat[0])[0]
        sources = [tensor_array.TensorArray(e.dtype, n, dynamic_size=False, infer_shape=True) for e in flat]
        sources = [source.unstack(e) for source, e in zip(sources, flat)]
        i = build.constant(0)
        results = [
            tensor_array.TensorArray(t, n, dynamic_size=False, infer_shape=infer_shape) for t in nest.flatten(types)
        ]

        def compute(i, results):
            values = fn(nest.pack_sequence_as(elems, [source.read(i) for source in sources]))
            nest.assert_same_structure(types, values)
            return i + 1, [r.write(i, v) for r, v in zip(results, nest.flatten(values))]

        _, results = while_loop.while_loop(
            lambda i, _: i < n, compute, (i, results), parallel_iterations=parallel_iterations or 10, back_prop=back_prop,
            swap_memory=swap_memory, maximum_iterations=n,
        )  # fmt: skip
        return nest.pack_sequence_as(types, _stacked(results, flat))


def scan(fn, elems, initializer=None, parallel_iterations=10, back_prop=True, swap_memory=False, infer_shape=True,
         reverse=False, name=None):  # fmt: skip
    """All the values that an accumulator takes while `accumulator = fn(accumulator, row)` goes through the rows of `elems`.

    Args:
        fn: function of the accumulator and a row to the next accumulator.
        elems: tensors `[n, ...]`, possibly nested.
        initializer: the first accumulator; the first row, which is then not gone through, when None.
        reverse: whether to begin with the last row.

    Returns:
        tensors `[n, ...]` in the structure of the accumulator.

    Raises:
        TypeError, ValueError: `fn` is no function, or returns another structure than the accumulator's.
    """
    _check(fn)
    flat = nest.flatten(elems)
    like = elems if initializer is None else initializer
    with build.name_scope(name, "scan", flat):
        flat = [build.convert_to_tensor(e, name="elem") for e in flat]
        n = _static_rows(flat[0])
        n = array.shape(flat[0])[0] if n is None else n
        sources = [
            tensor_array.TensorArray(
                e.dtype, n, dynamic_size=False, element_shape=None if e._dims is None else e._dims[1:], infer_shape=True
            )
            for e in flat
        ]
        sources = [source.unstack(e) for source, e in zip(sources, flat)]
        if initializer is None:
            first, i = [source.read(n - 1 if reverse else 0) for source in sources], 1
        else:
            first, i = [build.convert_to_tensor(value) for value in nest.flatten(initializer)], 0
        results = [
            tensor_array.TensorArray(
                a.dtype, n, element_shape=a._dims if infer_shape else None, dynamic_size=False, infer_shape=infer_shape
            )
            for a in first
        ]
        if initializer is None:
            results = [r.write(n - 1 if reverse else 0, a) for r, a in zip(results, first)]

        def compute(i, accumulator, results):
            rows = nest.pack_sequence_as(elems, [source.read(i) for source in sources])
            values = fn(nest.pack_sequence_as(like, accumulator), rows)
            nest.assert_same_structure(like, values)
            values = nest.flatten(values)
            return i - 1 if reverse else i + 1, values, [r.write(i, v) for r, v in zip(results, values)]

        _, _, results = while_loop.while_loop(
            (lambda i, *_: i >= 0) if reverse else (lambda i, *_: i < n), compute, (n - 1 - i if reverse else i, first, results),
            parallel_iterations=parallel_iterations, back_prop=back_prop, swap_memory=swap_memory, maximum_iterations=n,
        )  # fmt: skip
        return nest.pack_sequence_as(like, _stacked(results, flat))


def foldl(fn, elems, initializer=None, parallel_iterations=10, back_prop=True, swap_memory=False, name=None):
    """The last value that an accumulator takes while `accumulator = fn(accumulator, row)` goes through the rows of `elems`.

    Args:
        fn, elems, initializer, back_prop: as of `scan`.

    Returns:
        the accumulator.

    Raises:
        TypeError, ValueError: `fn` is no function, or returns another structure than the accumulator's.
    """
    _check(fn)
    with build.name_scope(name, "foldl", nest.flatten(elems)):
        n, sources = _rows(elems)
        if initializer is None:
            first, i = nest.map_structure(lambda source: source.read(0), sources), build.constant(1)
        else:
            first, i = initializer, build.constant(0)

        def compute(i, accumulator):
            return [i + 1, fn(accumulator, nest.map_structure(lambda source: source.read(i), sources))]

        _, result = while_loop.while_loop(
            lambda i, _: i < n, compute, [i, first], parallel_iterations=parallel_iterations, back_prop=back_prop,
            swap_memory=swap_memory, maximum_iterations=n,
        )  # fmt: skip
        return result


def foldr(fn, elems, initializer=None, parallel_iterations=10, back_prop=True, swap_memory=False, name=None):
    """As `foldl`, from the last row to the first."""
    _check(fn)
    with build.name_scope(name, "foldr", nest.flatten(elems)):
        n, sources = _rows(elems)
        if initializer is None:
            i = n - 1
            first = nest.map_structure(lambda source: source.read(i), sources)
        else:
            i, first = n, initializer

        def compute(i, accumulator):
            i -= 1
            return [i, fn(accumulator, nest.map_structure(lambda source: source.read(i), sources))]

        _, result = while_loop.while_loop(
            lambda i, _: i > 0, compute, [i, first], parallel_iterations=parallel_iterations, back_prop=back_prop,
            swap_memory=swap_memory, maximum_iterations=n,
        )  # fmt: skip
        return result


def _check(fn):
    if not callable(fn):
        raise TypeError("fn must be callable.")


def _static_rows(t):
    """The number of rows known while building, or None."""
    return None if t._dims is None else t._dims[0]


def _rows(elems):
    """(number of rows, TensorArrays of the rows in the structure of `elems`)."""
    flat = [build.convert_to_tensor(e, name="elem") for e in nest.flatten(elems)]
    n = _static_rows(flat[0]) or array.shape(flat[0])[0]
    sources = [tensor_array.TensorArray(e.dtype, n, dynamic_size=False, infer_shape=True).unstack(e) for e in flat]
    return n, nest.pack_sequence_as(elems, sources)


def _stacked(results, elems):
    """The TensorArrays as tensors, with as many rows as are known of any of `elems`."""
    rows = shapes.Dimension(None)
    for e in elems:
        rows = rows.merge_with(_static_rows(e))
    stacked = [r.stack() for r in results]
    for t in stacked:
        if t._dims is not None:
            t.set_shape((rows.value, *t._dims[1:]))
    return stacked
