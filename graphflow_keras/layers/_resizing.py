"""Layers without weights that change only the sizes in space: upsampling, zero padding, cropping."""

from graphflow_keras import backend as K
from graphflow_keras.engine.base_layer import InputSpec
from graphflow_keras.layers._options import OptionLayer
from graphflow_keras.layers._shapes import join, space_of, with_space
from graphflow_keras.legacy import interfaces
from graphflow_keras.utils import conv_utils

_ORDINALS = ("1st", "2nd", "3rd")


def _pairs(value, rank, name):
    """(before, after) for each axis in space, of one int, one int for each axis or a pair for each axis.

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(value, int):
        return ((value, value),) * rank
    if not hasattr(value, "__len__"):
        raise ValueError(
            f"`{name}` should be either an int, a tuple of {rank} ints, or a tuple of {rank} tuples of 2 ints "
            f"(before, after). Found: {value}"
        )
    if len(value) != rank:
        raise ValueError(f"`{name}` should have {rank} elements. Found: {value}")
    return tuple(
        conv_utils.normalize_tuple(entry, 2, f"{_ORDINALS[i]} entry of {name}") for i, entry in enumerate(value)
    )


class _Resizing(OptionLayer):
    """A layer whose first option says, for each axis in space, how its size changes; see `_new_size`."""

    def __init__(self, amounts, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.rank = len(amounts)
        setattr(self, self.OPTIONS[0], amounts)
        self.data_format = K.normalize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _new_size(self, size, amount):
        raise NotImplementedError

    def compute_output_shape(self, input_shape):
        amounts = getattr(self, self.OPTIONS[0])
        space = [
            None if size is None else self._new_size(size, amount)
            for size, amount in zip(space_of(input_shape, self.data_format), amounts)
        ]
        return with_space(input_shape, space, self.data_format)

    def get_config(self):
        config = super().get_config()
        if self.rank == 1:  # these have no data format, and one amount
            del config["data_format"]
            config[self.OPTIONS[0]] = config[self.OPTIONS[0]][0]
        return config


class _UpSampling(_Resizing):
    OPTIONS = ("size", "data_format")

    def _new_size(self, size, amount):
        return size * amount


class UpSampling1D(_UpSampling):
    """Repeats each time step of `[batch, steps, features]`.

    Args:
        size: int, how often.
    """

    @interfaces.legacy_upsampling1d_support
    def __init__(self, size=2, **kwargs):
        super().__init__((int(size),), "channels_last", **kwargs)

    def call(self, inputs):
        return K.repeat_elements(inputs, self.size[0], axis=1)


class UpSampling2D(_UpSampling):
    """Enlarges images.

    Args:
        size: int or pair, the factors for rows and columns.
        data_format: `channels_last`, `channels_first` or None for Keras' setting.
        interpolation: `nearest` or `bilinear`.
    """

    OPTIONS = (*_UpSampling.OPTIONS, "interpolation")

    @interfaces.legacy_upsampling2d_support
    def __init__(self, size=(2, 2), data_format=None, interpolation="nearest", **kwargs):
        super().__init__(conv_utils.normalize_tuple(size, 2, "size"), data_format, **kwargs)
        if interpolation not in {"nearest", "bilinear"}:
            raise ValueError(f'interpolation should be one of "nearest" or "bilinear", not {interpolation!r}.')
        self.interpolation = interpolation

    def call(self, inputs):
        return K.resize_images(inputs, *self.size, self.data_format, self.interpolation)


class UpSampling3D(_UpSampling):
    """Enlarges volumes, rank 5, by repetition.

    Args:
        size: int or triple, the factors.
        data_format: `channels_last`, `channels_first` or None for Keras' setting.
    """

    @interfaces.legacy_upsampling3d_support
    def __init__(self, size=(2, 2, 2), data_format=None, **kwargs):
        super().__init__(conv_utils.normalize_tuple(size, 3, "size"), data_format, **kwargs)

    def call(self, inputs):
        return K.resize_volumes(inputs, *self.size, self.data_format)


class _ZeroPadding(_Resizing):
    OPTIONS = ("padding", "data_format")

    def _new_size(self, size, amount):
        return size + sum(amount)


class ZeroPadding1D(_ZeroPadding):
    """Adds zeros before and after the time steps of `[batch, steps, features]`.

    Args:
        padding: int or pair, how many before and after.
    """

    def __init__(self, padding=1, **kwargs):
        super().__init__((conv_utils.normalize_tuple(padding, 2, "padding"),), "channels_last", **kwargs)

    def call(self, inputs):
        return K.temporal_padding(inputs, padding=self.padding[0])


class ZeroPadding2D(_ZeroPadding):
    """Adds zeros round images.

    Args:
        padding: int, pair (rows, columns), or pair of pairs ((top, bottom), (left, right)).
        data_format: `channels_last`, `channels_first` or None for Keras' setting.
    """

    @interfaces.legacy_zeropadding2d_support
    def __init__(self, padding=(1, 1), data_format=None, **kwargs):
        super().__init__(_pairs(padding, 2, "padding"), data_format, **kwargs)

    def call(self, inputs):
        return K.spatial_2d_padding(inputs, padding=self.padding, data_format=self.data_format)


class ZeroPadding3D(_ZeroPadding):
    """Adds zeros round volumes, rank 5; see `ZeroPadding2D`."""

    @interfaces.legacy_zeropadding3d_support
    def __init__(self, padding=(1, 1, 1), data_format=None, **kwargs):
        super().__init__(_pairs(padding, 3, "padding"), data_format, **kwargs)

    def call(self, inputs):
        return K.spatial_3d_padding(inputs, padding=self.padding, data_format=self.data_format)


class _Cropping(_Resizing):
    OPTIONS = ("cropping", "data_format")

    def _new_size(self, size, amount):
        return size - sum(amount)

    def call(self, inputs):
        space = [slice(before, -after or None) for before, after in self.cropping]
        return inputs[join(slice(None), space, slice(None), self.data_format)]


class Cropping1D(_Cropping):
    """Takes time steps away from both ends of `[batch, steps, features]`.

    Args:
        cropping: int or pair, how many at the start and at the end.
    """

    def __init__(self, cropping=(1, 1), **kwargs):
        super().__init__((conv_utils.normalize_tuple(cropping, 2, "cropping"),), "channels_last", **kwargs)


class Cropping2D(_Cropping):
    """Takes pixels away from the sides of images.

    Args:
        cropping: int, pair (rows, columns), or pair of pairs ((top, bottom), (left, right)).
        data_format: `channels_last`, `channels_first` or None for Keras' setting.
    """

    @interfaces.legacy_cropping2d_support
    def __init__(self, cropping=((0, 0), (0, 0)), data_format=None, **kwargs):
        super().__init__(_pairs(cropping, 2, "cropping"), data_format, **kwargs)


class Cropping3D(_Cropping):
    """Takes away from the sides of volumes, rank 5; see `Cropping2D`."""

    @interfaces.legacy_cropping3d_support
    def __init__(self, cropping=((1, 1), (1, 1), (1, 1)), data_format=None, **kwargs):
        super().__init__(_pairs(cropping, 3, "cropping"), data_format, **kwargs)
