"""Pooling: the maximum or the mean over windows, or over all of space."""

from graphflow_keras import backend as K
from graphflow_keras.engine.base_layer import InputSpec
from graphflow_keras.layers._options import OptionLayer, arguments_of
from graphflow_keras.layers._shapes import channel_axis, space_of, with_space
from graphflow_keras.legacy import interfaces
from graphflow_keras.utils import conv_utils


class _Pooling(OptionLayer):
    """Pooling over windows in `rank` axes of space; a subclass names `rank` and, in the end, `mode`."""

    OPTIONS = ("pool_size", "padding", "strides", "data_format")
    rank = None
    mode = None

    def __init__(self, pool_size, strides, padding, data_format, **kwargs):
        super().__init__(**kwargs)
        self.pool_size = conv_utils.normalize_tuple(pool_size, self.rank, "pool_size")
        self.strides = conv_utils.normalize_tuple(pool_size if strides is None else strides, self.rank, "strides")
        self.padding = conv_utils.normalize_padding(padding)
        self.data_format = K.normalize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def compute_output_shape(self, input_shape):
        windows = zip(space_of(input_shape, self.data_format), self.pool_size, self.strides)
        space = [conv_utils.conv_output_length(size, pool, self.padding, stride) for size, pool, stride in windows]
        return with_space(input_shape, space, self.data_format)

    def call(self, inputs):
        return self._pooling_function(
            inputs=inputs,
            pool_size=self.pool_size,
            strides=self.strides,
            padding=self.padding,
            data_format=self.data_format,
        )

    def _pooling_function(self, inputs, pool_size, strides, padding, data_format):
        pool = K.pool3d if self.rank == 3 else K.pool2d
        return pool(inputs, pool_size, strides, padding, data_format, pool_mode=self.mode)


class _Pooling1D(_Pooling):
    """Pooling over time, done in 2D with a second axis of size 1."""

    rank = 1

    @interfaces.legacy_pooling1d_support
    def __init__(self, pool_size=2, strides=None, padding="valid", data_format="channels_last", **kwargs):
        super().__init__(**arguments_of(locals()))

    def call(self, inputs):
        extra_axis = 2 if self.data_format == "channels_last" else 3
        outputs = self._pooling_function(
            inputs=K.expand_dims(inputs, extra_axis),
            pool_size=(*self.pool_size, 1),
            strides=(*self.strides, 1),
            padding=self.padding,
            data_format=self.data_format,
        )
        return K.squeeze(outputs, extra_axis)


class _Pooling2D(_Pooling):
    rank = 2

    @interfaces.legacy_pooling2d_support
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(**arguments_of(locals()))


class _Pooling3D(_Pooling):
    rank = 3

    @interfaces.legacy_pooling3d_support
    def __init__(self, pool_size=(2, 2, 2), strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(**arguments_of(locals()))


class MaxPooling1D(_Pooling1D):
    """The maximum over windows of time, `[batch, steps, features]`.

    Args:
        pool_size: int, length of the window.
        strides: int, from one window to the next; None is the window's length.
        padding: `valid` or `same`.
        data_format: `channels_last`, or `channels_first` for `[batch, features, steps]`.
    """

    mode = "max"


class AveragePooling1D(_Pooling1D):
    """The mean over windows of time; see `MaxPooling1D`."""

    mode = "avg"


class MaxPooling2D(_Pooling2D):
    """The maximum over windows of images, `[batch, rows, columns, channels]`.

    Args:
        pool_size: int or pair, size of the window.
        strides: int or pair, from one window to the next; None is the window's size.
        padding: `valid` or `same`.
        data_format: `channels_last`, `channels_first` or None for Keras' setting.
    """

    mode = "max"


class AveragePooling2D(_Pooling2D):
    """The mean over windows of images; see `MaxPooling2D`."""

    mode = "avg"


class MaxPooling3D(_Pooling3D):
    """The maximum over windows of volumes, rank 5; see `MaxPooling2D`."""

    mode = "max"


class AveragePooling3D(_Pooling3D):
    """The mean over windows of volumes, rank 5; see `MaxPooling2D`."""

    mode = "avg"


class _GlobalPooling(OptionLayer):
    """Pooling over all of space: `[batch, channels]` is left."""

    OPTIONS = ("data_format",)
    rank = None

    def __init__(self, data_format, **kwargs):
        super().__init__(**kwargs)
        self.data_format = K.normalize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def compute_output_shape(self, input_shape):
        return input_shape[0], input_shape[channel_axis(self.data_format)]

    def _space_axes(self):
        """The axes to reduce; one int for one axis."""
        if self.rank == 1:
            return 1 if self.data_format == "channels_last" else 2
        return list(space_of(range(self.rank + 2), self.data_format))


class _GlobalPooling1D(_GlobalPooling):
    rank = 1

    def __init__(self, data_format="channels_last", **kwargs):
        super().__init__(data_format, **kwargs)


class _GlobalPooling2D(_GlobalPooling):
    rank = 2

    @interfaces.legacy_global_pooling_support
    def __init__(self, data_format=None, **kwargs):
        super().__init__(data_format, **kwargs)


class _GlobalPooling3D(_GlobalPooling):
    rank = 3

    @interfaces.legacy_global_pooling_support
    def __init__(self, data_format=None, **kwargs):
        super().__init__(data_format, **kwargs)


class GlobalAveragePooling1D(_GlobalPooling1D):
    """The mean over time, of the steps that are not masked.

    Args:
        data_format: `channels_last`, or `channels_first` for `[batch, features, steps]`.
    """

    def __init__(self, data_format="channels_last", **kwargs):
        super().__init__(data_format, **kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        axis = self._space_axes()
        if mask is None:
            return K.mean(inputs, axis=axis)
        mask = K.expand_dims(K.cast(mask, K.floatx()), 3 - axis)
        return K.sum(inputs * mask, axis=axis) / K.sum(mask, axis=axis)

    def compute_mask(self, inputs, mask=None):
        return None


class GlobalMaxPooling1D(_GlobalPooling1D):
    """The maximum over time; see `GlobalAveragePooling1D`."""

    def call(self, inputs):
        return K.max(inputs, axis=self._space_axes())


class GlobalAveragePooling2D(_GlobalPooling2D):
    """The mean of each channel of an image.

    Args:
        data_format: `channels_last`, `channels_first` or None for Keras' setting.
    """

    def call(self, inputs):
        return K.mean(inputs, axis=self._space_axes())


class GlobalMaxPooling2D(_GlobalPooling2D):
    """The maximum of each channel of an image; see `GlobalAveragePooling2D`."""

    def call(self, inputs):
        return K.max(inputs, axis=self._space_axes())


class GlobalAveragePooling3D(_GlobalPooling3D):
    """The mean of each channel of a volume, rank 5; see `GlobalAveragePooling2D`."""

    def call(self, inputs):
        return K.mean(inputs, axis=self._space_axes())


class GlobalMaxPooling3D(_GlobalPooling3D):
    """The maximum of each channel of a volume, rank 5; see `GlobalAveragePooling2D`."""

    def call(self, inputs):
        return K.max(inputs, axis=self._space_axes())


AvgPool1D = AveragePooling1D
AvgPool2D = AveragePooling2D
AvgPool3D = AveragePooling3D
MaxPool1D = MaxPooling1D
MaxPool2D = MaxPooling2D
MaxPool3D = MaxPooling3D
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D
GlobalMaxPool1D = GlobalMaxPooling1D
GlobalMaxPool2D = GlobalMaxPooling2D
GlobalMaxPool3D = GlobalMaxPooling3D
