"""`ragged[...]`: rows, slices of rows, and slices of each row."""

from __future__ import annotations

from graphflow._graph import build, tensor
from graphflow._ops import array, control_flow, math, ragged_gather, ragged_range, ragged_tensor

RaggedTensor = ragged_tensor.RaggedTensor
_ALL = slice(None)


def getitem(ragged, key):
    """The piece of a RaggedTensor that a key names, as with NumPy; an axis of rows of different lengths takes slices only.

    Args:
        key: an int, an integer scalar, a slice of such, `...`, tf.newaxis, or a tuple of these.

    Returns:
        a RaggedTensor, or a tensor where no ragged axis is left.

    Raises:
        ValueError: a number for an inner ragged axis. IndexError: too many keys. TypeError: a slice of something else.
    """
    keys = list(key) if isinstance(key, (list, tuple)) else [key]
    with build.name_scope(None, "RaggedGetItem", [ragged.row_splits]):
        return _rows(ragged, keys)


def _rows(ragged, keys):
    """The keys applied to the rows, and what is in them."""
    if not keys:
        return ragged
    if isinstance(ragged, tensor.Tensor):
        return ragged[tuple(keys)]
    first, *inner = keys
    if first is Ellipsis:
        return _rows(ragged, _spelt_out(keys, ragged.shape.ndims))
    if first is None:
        made = _rows(ragged, inner)
        return RaggedTensor(made, ragged_gather.one_row(made))
    if isinstance(first, slice):
        return _in_rows(_sliced(ragged, first), inner)
    starts, limits = ragged.row_splits[:-1], ragged.row_splits[1:]
    return _rows(ragged.values[starts[first] : limits[first]], inner)


def _in_rows(ragged, keys):
    """The keys applied to what is in each row."""
    if not keys:
        return ragged
    if isinstance(ragged, tensor.Tensor):
        return ragged[(_ALL, *keys)]
    first, *inner = keys
    if first is Ellipsis:
        return _in_rows(ragged, _spelt_out(keys, ragged.values.get_shape().ndims))
    if first is None:
        made = _in_rows(ragged, inner)
        rows = (
            made.nrows() if isinstance(made, RaggedTensor) else array.shape(made, out_type=ragged.row_splits.dtype)[0]
        )
        return RaggedTensor(made, math.range(rows + 1))
    if not isinstance(first, slice):
        raise ValueError(
            f"Cannot index into an inner ragged dimension, with {first!r}: some rows may not have that element. Take a slice, or "
            "to_tensor() first"
        )
    if first == _ALL:
        return ragged.with_values(_in_rows(ragged.values, inner))
    starts, limits = ragged.row_splits[:-1], ragged.row_splits[1:]
    begin = starts if first.start is None or _is_zero(first.start) else _moved(first.start, starts, limits)
    end = limits if first.stop is None or _is_zero(first.stop) else _moved(first.stop, starts, limits)
    made = _of_ranges(begin, end, first.step, ragged.values)
    return made.with_values(_in_rows(made.values, inner))


def _is_zero(bound):
    """A stop of 0 is taken for none, as in TensorFlow 1.15."""
    return isinstance(bound, int) and bound == 0


def _sliced(ragged, key):
    """The rows of a slice."""
    if key == _ALL:
        return ragged
    starts, limits = ragged.row_splits[:-1][key], ragged.row_splits[1:][key]
    if key.step not in (None, 1):
        return _of_ranges(starts, limits, None, ragged.values)
    none = array.zeros([1], ragged.row_splits.dtype)
    splits = array.concat([none[array.size(starts) :], starts[:1], limits], axis=0)
    return RaggedTensor(ragged.values[splits[0] : splits[-1]], splits - splits[0])


def _of_ranges(starts, limits, step, values):
    """Rows of `values[start:limit:step]`."""
    step = build.convert_to_tensor(1 if step is None else step, name="step")
    if not step.dtype.is_integer:
        raise TypeError(f"slice strides must be integers or None, got {step.dtype.name}")
    places = ragged_range.range(starts, limits, math.cast(step, starts.dtype), row_splits_dtype=starts.dtype)
    return places.with_values(ragged_gather.gather(values, places.values))


def _moved(bound, starts, limits):
    """The places a bound of a slice stands for in each row, from its end where it is negative."""

    def from_start():
        return math.minimum(starts + bound, limits)

    def from_end():
        return math.maximum(limits + bound, starts)

    if isinstance(bound, tensor.Tensor):
        bound = math.cast(bound, starts.dtype)
        return control_flow.cond(bound >= 0, from_start, from_end)
    if not isinstance(bound, int):
        raise TypeError(f"slice offsets must be integers or None, got {bound!r}")
    return from_start() if bound > 0 else from_end()


def _spelt_out(keys, rank):
    """Keys that begin with `...`, with a slice for the first axis it stands for."""
    if rank is None:
        raise ValueError("Ellipsis not supported for unknown shape RaggedTensors")
    count = sum(key is not None for key in keys)
    if count > rank + 1:
        raise IndexError("Too many indices for RaggedTensor")
    return keys[1:] if count == rank + 1 else [_ALL, *keys]
