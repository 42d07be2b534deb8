"""Pooling layers: the maximum or the mean of windows.

Arguments that they share:
    pool_size, strides: one int, or one a spatial axis.
    padding: "valid" or "same".
    data_format: "channels_last" or "channels_first".
"""

from __future__ import annotations

from graphflow._core import shapes
from graphflow._layers import base, conv
from graphflow._ops import array, pool

_FUNCTIONS = {
    ("max", 2): pool.max_pool, ("max", 3): pool.max_pool3d, ("average", 2): pool.avg_pool, ("average", 3): pool.avg_pool3d,
}  # fmt: skip


class _Pooling(base.Layer):
    rank = 0
    kind = ""

    def __init__(self, pool_size, strides, padding="valid", data_format="channels_last", name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.pool_size = conv.one_per_axis(pool_size, self.rank, "pool_size")
        self.strides = conv.one_per_axis(pool_size if strides is None else strides, self.rank, "strides")
        self.padding, self.data_format = conv.checked_padding(padding), conv.checked_format(data_format)
        self.input_spec = base.InputSpec(ndim=self.rank + 2)

    def call(self, inputs):
        first, windows, strides, rank = self.data_format == "channels_first", self.pool_size, self.strides, self.rank
        if rank == 1:  # as an image one pixel wide
            axis, windows, strides, rank = (3 if first else 2), (*windows, 1), (*strides, 1), 2
            inputs = array.expand_dims(inputs, axis)
        layout = {2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}[rank][first]
        windows, strides = ((1, 1, *n) if first else (1, *n, 1) for n in (windows, strides))
        outputs = _FUNCTIONS[self.kind, rank](
            inputs, windows, strides, padding=self.padding.upper(), data_format=layout
        )
        return array.squeeze(outputs, [axis]) if self.rank == 1 else outputs

    def compute_output_shape(self, input_shape):
        dims = list(shapes.as_dims(input_shape))
        start = 2 if self.data_format == "channels_first" else 1
        for i, (window, stride) in enumerate(zip(self.pool_size, self.strides), start):
            dims[i] = conv.output_length(dims[i], window, self.padding, stride)
        return shapes.TensorShape(dims)


class MaxPooling1D(_Pooling):
    """The maximum over windows of a sequence."""

    rank, kind = 1, "max"


class MaxPooling2D(_Pooling):
    """The maximum over windows of an image."""

    rank, kind = 2, "max"


class MaxPooling3D(_Pooling):
    """The maximum over windows of a volume."""

    rank, kind = 3, "max"


class AveragePooling1D(_Pooling):
    """The mean over windows of a sequence."""

    rank, kind = 1, "average"


class AveragePooling2D(_Pooling):
    """The mean over windows of an image."""

    rank, kind = 2, "average"


class AveragePooling3D(_Pooling):
    """The mean over windows of a volume."""

    rank, kind = 3, "average"


def _function(layer_class):
    def call(inputs, pool_size, strides, padding="valid", data_format="channels_last", name=None):
        return layer_class(pool_size, strides, padding, data_format, name)(inputs)

    call.__name__ = call.__qualname__ = base.snake_case(layer_class.__name__)
    call.__doc__ = f"One call of a new `{layer_class.__name__}`."
    return call


max_pooling1d = _function(MaxPooling1D)
max_pooling2d = _function(MaxPooling2D)
max_pooling3d = _function(MaxPooling3D)
average_pooling1d = _function(AveragePooling1D)
average_pooling2d = _function(AveragePooling2D)
average_pooling3d = _function(AveragePooling3D)
