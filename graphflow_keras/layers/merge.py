"""Layers that make one tensor of several, and a function for each."""

import functools
import operator

from graphflow_keras import backend as K
from graphflow_keras.layers._options import OptionLayer, take_options


class _Merge(OptionLayer):
    """What merges element by element have in common: broadcasting, and ranks brought together.

    A subclass defines `_merge_function`, list of tensors of one rank -> tensor.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def _merge_function(self, inputs):
        raise NotImplementedError

    def build(self, input_shape):
        _check_list(input_shape)
        if len(input_shape) < 2:
            raise ValueError(
                f"A merge layer should be called on a list of at least 2 inputs. Got {len(input_shape)} inputs."
            )
        if len(_batch_sizes(input_shape)) > 1:
            raise ValueError(
                f"Can not merge tensors with different batch sizes. Got tensors with shapes : {input_shape}"
            )
        _broadcast_all(input_shape)
        self._reshape_required = None in input_shape or len(set(map(len, input_shape))) > 1
        self.built = True

    def call(self, inputs):
        _check_list(inputs)
        if not self._reshape_required:
            return self._merge_function(inputs)
        ranks = [K.ndim(x) for x in inputs]
        if None in ranks:
            return _batch_first(self._merge_function([_batch_last(x) for x in inputs]))
        return self._merge_function([_with_rank(x, max(ranks)) for x in inputs])

    def compute_output_shape(self, input_shape):
        batch_sizes = _batch_sizes(input_shape)
        return (batch_sizes.pop() if len(batch_sizes) == 1 else None, *_broadcast_all(input_shape))

    def compute_mask(self, inputs, mask=None):
        if _no_mask(inputs, mask):
            return None
        return K.all(K.concatenate([K.expand_dims(m, 0) for m in mask if m is not None], axis=0), axis=0)


def _check_list(inputs):
    if not isinstance(inputs, list):
        raise ValueError("A merge layer should be called on a list of inputs.")


def _no_mask(inputs, mask):
    """Whether no input has a mask; raises ValueError where there is not one entry for each input."""
    if mask is None:
        return True
    for name, value in (("mask", mask), ("inputs", inputs)):
        if not isinstance(value, list):
            raise ValueError(f"`{name}` should be a list.")
    if len(mask) != len(inputs):
        raise ValueError("The lists `inputs` and `mask` should have the same length.")
    return all(m is None for m in mask)


def _batch_sizes(shapes):
    return {shape[0] for shape in shapes if shape is not None} - {None}


def _broadcast_all(shapes):
    """The shape of all of them together without the batch axis; None where a shape is not known."""
    return functools.reduce(_broadcast, [None if shape is None else tuple(shape[1:]) for shape in shapes])


def _broadcast(a, b):
    if a is None or b is None:
        return None
    a, b = (a, b) if len(a) >= len(b) else (b, a)
    split = len(a) - len(b)
    return a[:split] + tuple(_broadcast_size(i, j, a, b) for i, j in zip(a[split:], b))


def _broadcast_size(i, j, a, b):
    if i is None or j is None:
        return None
    if i != j and 1 not in (i, j):
        raise ValueError(f"Operands could not be broadcast together with shapes {a} {b}")
    return j if i == 1 else i


def _with_rank(x, rank):
    """`x` with axes of size 1 after the batch axis."""
    for _ in range(rank - K.ndim(x)):
        x = K.expand_dims(x, 1)
    return x


def _batch_last(x):
    """Moves the batch axis to the end, so that tensors of ranks known only at run time line up at their ends."""
    rank = K.ndim(x)
    if rank is None:
        sizes = K.shape(x)
        turned = K.transpose(K.reshape(x, K.stack([sizes[0], K.prod(sizes[1:])])))
        return K.reshape(turned, K.concatenate([sizes[1:], sizes[:1]]))
    return K.permute_dimensions(x, (*range(1, rank), 0)) if rank > 1 else x


def _batch_first(x):
    rank = K.ndim(x)
    if rank is None:
        sizes = K.shape(x)
        turned = K.transpose(K.reshape(x, K.stack([K.prod(sizes[:-1]), sizes[-1]])))
        return K.reshape(turned, K.concatenate([sizes[-1:], sizes[:-1]]))
    return K.permute_dimensions(x, (rank - 1, *range(rank - 1))) if rank > 1 else x


class Add(_Merge):
    """The sum of the inputs."""

    def _merge_function(self, inputs):
        return functools.reduce(operator.add, inputs)


class Subtract(_Merge):
    """The first of two inputs minus the second."""

    def build(self, input_shape):
        super().build(input_shape)
        if len(input_shape) != 2:
            raise ValueError("A `Subtract` layer should be called on exactly 2 inputs")

    def _merge_function(self, inputs):
        return operator.sub(*inputs)


class Multiply(_Merge):
    """The product of the inputs, element by element."""

    def _merge_function(self, inputs):
        return functools.reduce(operator.mul, inputs)


class Average(_Merge):
    """The mean of the inputs."""

    def _merge_function(self, inputs):
        return functools.reduce(operator.add, inputs) / len(inputs)


class Maximum(_Merge):
    """The greatest of the inputs, element by element."""

    def _merge_function(self, inputs):
        return functools.reduce(K.maximum, inputs)


class Minimum(_Merge):
    """The smallest of the inputs, element by element."""

    def _merge_function(self, inputs):
        return functools.reduce(K.minimum, inputs)


class Concatenate(_Merge):
    """The inputs side by side along an axis; all other sizes are the same.

    Args:
        axis: int, the batch axis counted.
    """

    OPTIONS = ("axis",)

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis
        self._reshape_required = False

    def build(self, input_shape):
        if not isinstance(input_shape, list) or len(input_shape) < 2:
            raise ValueError("A `Concatenate` layer should be called on a list of at least 2 inputs")
        others = set()
        for shape in input_shape:
            if shape is not None:
                sizes = list(shape)
                del sizes[self.axis]
                others.add(tuple(sizes))
        if len(others) > 1:
            raise ValueError(
                "A `Concatenate` layer requires inputs with matching shapes except for the concat axis. "
                f"Got inputs shapes: {input_shape}"
            )
        self.built = True

    def _merge_function(self, inputs):
        return K.concatenate(inputs, axis=self.axis)

    def compute_output_shape(self, input_shape):
        if not isinstance(input_shape, list):
            raise ValueError("A `Concatenate` layer should be called on a list of inputs.")
        sizes = [shape[self.axis] for shape in input_shape]
        output_shape = list(input_shape[0])
        output_shape[self.axis] = None if None in sizes else sum(sizes)
        return tuple(output_shape)

    def compute_mask(self, inputs, mask=None):
        if _no_mask(inputs, mask):
            return None
        masks = [_mask_like(x, m) for x, m in zip(inputs, mask)]
        return K.all(K.concatenate(masks, axis=self.axis), axis=-1, keepdims=False)


def _mask_like(x, mask):
    """A mask with the rank of `x`, all True where `x` has none."""
    if mask is None:
        return K.ones_like(x, dtype="bool")
    return K.expand_dims(mask) if K.ndim(mask) < K.ndim(x) else mask


class Dot(_Merge):
    """The dot product of two inputs along one axis of each, sample by sample.

    Args:
        axes: int, the axis in both, or a pair; the batch axis is 0.
        normalize: bool, scale the inputs to length 1 along that axis first, so that the result is the cosine.

    Raises:
        TypeError, ValueError: `axes` is something else.
    """

    OPTIONS = ("axes", "normalize")

    def __init__(self, axes, normalize=False, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(axes, int):
            if not isinstance(axes, list | tuple):
                raise TypeError(f"Invalid type for `axes` - should be a list or an int, not {axes!r}")
            if len(axes) != 2 or not all(isinstance(axis, int) for axis in axes):
                raise ValueError(f"Invalid format for `axes` - should contain two ints, not {axes!r}")
        take_options(self, self.OPTIONS, locals())
        self._reshape_required = False

    def _axes(self, *ranks):
        axes = [self.axes] * 2 if isinstance(self.axes, int) else self.axes
        return [axis % rank if axis < 0 else axis for axis, rank in zip(axes, ranks)]

    def build(self, input_shape):
        if not isinstance(input_shape, list) or len(input_shape) != 2:
            raise ValueError("A `Dot` layer should be called on a list of 2 inputs.")
        first, second = input_shape
        if first is not None and second is not None:
            axes = self._axes(len(first), len(second))
            if first[axes[0]] != second[axes[1]]:
                raise ValueError(
                    f"Dimension incompatibility {first[axes[0]]} != {second[axes[1]]}. Layer shapes: {first}, {second}"
                )
        self.built = True

    def _merge_function(self, inputs):
        if len(inputs) != 2:
            raise ValueError("A `Dot` layer should be called on exactly 2 inputs")
        axes = self._axes(*map(K.ndim, inputs))
        if self.normalize:
            inputs = [K.l2_normalize(x, axis=axis) for x, axis in zip(inputs, axes)]
        return K.batch_dot(*inputs, axes)

    def compute_output_shape(self, input_shape):
        if not isinstance(input_shape, list) or len(input_shape) != 2:
            raise ValueError("A `Dot` layer should be called on a list of 2 inputs.")
        first, second = map(list, input_shape)
        axes = self._axes(len(first), len(second))
        del first[axes[0]], second[axes[1]]
        shape = first + second[1:]
        return tuple(shape) if len(shape) > 1 else (*shape, 1)

    def compute_mask(self, inputs, mask=None):
        return None


def add(inputs, **kwargs):
    """`Add` of a list of tensors; keyword arguments are the layer's, as `name`."""
    return Add(**kwargs)(inputs)


def subtract(inputs, **kwargs):
    """`Subtract` of two tensors."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs, **kwargs):
    """`Multiply` of a list of tensors."""
    return Multiply(**kwargs)(inputs)


def average(inputs, **kwargs):
    """`Average` of a list of tensors."""
    return Average(**kwargs)(inputs)


def maximum(inputs, **kwargs):
    """`Maximum` of a list of tensors."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs, **kwargs):
    """`Minimum` of a list of tensors."""
    return Minimum(**kwargs)(inputs)


def concatenate(inputs, axis=-1, **kwargs):
    """`Concatenate` of a list of tensors."""
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs, axes, normalize=False, **kwargs):
    """`Dot` of two tensors."""
    return Dot(axes=axes, normalize=normalize, **kwargs)(inputs)
