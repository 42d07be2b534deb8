"""Preparing images: reading, converting, changing them by chance, and batches of them."""

import warnings

import numpy as np

from graphflow_keras import backend as K
from graphflow_keras.preprocessing._affine import apply_affine_transform as apply_affine_transform
from graphflow_keras.preprocessing._affine import apply_brightness_shift as apply_brightness_shift
from graphflow_keras.preprocessing._affine import apply_channel_shift as apply_channel_shift
from graphflow_keras.preprocessing._affine import flip_axis
from graphflow_keras.preprocessing._affine import random_brightness as random_brightness
from graphflow_keras.preprocessing._affine import random_channel_shift as random_channel_shift
from graphflow_keras.preprocessing._affine import random_rotation as random_rotation
from graphflow_keras.preprocessing._affine import random_shear as random_shear
from graphflow_keras.preprocessing._affine import random_shift as random_shift
from graphflow_keras.preprocessing._affine import random_zoom as random_zoom
from graphflow_keras.preprocessing._file_iterators import DataFrameIterator as DataFrameIterator
from graphflow_keras.preprocessing._file_iterators import DirectoryIterator as DirectoryIterator
from graphflow_keras.preprocessing._image_files import array_to_img as array_to_img
from graphflow_keras.preprocessing._image_files import img_to_array as img_to_array
from graphflow_keras.preprocessing._image_files import load_img as load_img
from graphflow_keras.preprocessing._image_files import save_img as save_img
from graphflow_keras.preprocessing._iterators import Iterator as Iterator
from graphflow_keras.preprocessing._iterators import NumpyArrayIterator as NumpyArrayIterator
from graphflow_keras.preprocessing._iterators import check_channels


class ImageDataGenerator:
    """Makes batches of images, each turned, shifted, ... by chance, then scaled and centred.

    Random numbers come from NumPy's global generator.

    Args:
        featurewise_center, featurewise_std_normalization: bools, by the mean and the deviation of the data of `fit`.
        samplewise_center, samplewise_std_normalization: bools, by the mean and the deviation of each image.
        zca_whitening: bool, make the pixels of the data of `fit` uncorrelated.
        zca_epsilon: float.
        rotation_range: degrees to turn by, at most.
        width_shift_range, height_shift_range: float: shift by at most so much, of the size if < 1, else in pixels;
            int: by a whole number of pixels below it; list: by one of its numbers, either way.
        brightness_range: two factors, or None.
        shear_range: degrees, at most.
        zoom_range: two factors, or how far they may be from 1.
        channel_shift_range: how much to add, at most.
        fill_mode, cval: as in `apply_affine_transform`.
        horizontal_flip, vertical_flip: bools, turn over half of the images.
        rescale: float, to multiply by, or None.
        preprocessing_function: array of an image -> array of the same shape, run after all changes.
        data_format: "channels_last" or "channels_first"; None for the backend's.
        validation_split: float, the part of the data that `subset="validation"` takes.
        dtype: of the batches; None for `floatx()`.

    Raises:
        ValueError: an argument that cannot be understood.
    """

    def __init__(
        self,
        featurewise_center=False,
        samplewise_center=False,
        featurewise_std_normalization=False,
        samplewise_std_normalization=False,
        zca_whitening=False,
        zca_epsilon=1e-6,
        rotation_range=0,
        width_shift_range=0.0,
        height_shift_range=0.0,
        brightness_range=None,
        shear_range=0.0,
        zoom_range=0.0,
        channel_shift_range=0.0,
        fill_mode="nearest",
        cval=0.0,
        horizontal_flip=False,
        vertical_flip=False,
        rescale=None,
        preprocessing_function=None,
        data_format=None,
        validation_split=0.0,
        dtype=None,
    ):
        data_format = data_format or K.image_data_format()
        if data_format not in ("channels_last", "channels_first"):
            raise ValueError(
                '`data_format` should be `"channels_last"` (channel after row and column) or `"channels_first"` '
                f"(channel before row and column). Received: {data_format}"
            )
        if validation_split and not 0 < validation_split < 1:
            raise ValueError(f"`validation_split` must be strictly between 0 and 1. Received: {validation_split}")
        if brightness_range is not None and (
            not isinstance(brightness_range, tuple | list) or len(brightness_range) != 2
        ):
            raise ValueError(f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}")
        self.featurewise_center = featurewise_center
        self.samplewise_center = samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening = zca_whitening
        self.zca_epsilon = zca_epsilon
        self.rotation_range = rotation_range
        self.width_shift_range = width_shift_range
        self.height_shift_range = height_shift_range
        self.brightness_range = brightness_range
        self.shear_range = shear_range
        self.zoom_range = _zoom_factors(zoom_range)
        self.channel_shift_range = channel_shift_range
        self.fill_mode = fill_mode
        self.cval = cval
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.rescale = rescale
        self.preprocessing_function = preprocessing_function
        self.data_format = data_format
        self.dtype = dtype or K.floatx()
        self.interpolation_order = 1
        self._validation_split = validation_split
        self.channel_axis, self.row_axis, self.col_axis = (3, 1, 2) if data_format == "channels_last" else (1, 2, 3)
        self.mean = None
        self.std = None
        self.principal_components = None
        self._settle(zca_whitening, "zca_whitening", "featurewise_center", True)
        self._settle(zca_whitening, "zca_whitening", "featurewise_std_normalization", False)
        self._settle(featurewise_std_normalization, "featurewise_std_normalization", "featurewise_center", True)
        self._settle(samplewise_std_normalization, "samplewise_std_normalization", "samplewise_center", True)

    def _settle(self, wanted, name, other, value):
        """Gives `other` the value that the option `name` asks for."""
        if wanted and getattr(self, other) != value:
            setattr(self, other, value)
            warnings.warn(
                f"This ImageDataGenerator specifies `{name}`, which overrides setting of `{other}`.", stacklevel=3
            )

    def flow(
        self,
        x,
        y=None,
        batch_size=32,
        shuffle=True,
        sample_weight=None,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
    ):
        """A `NumpyArrayIterator` over the images `x` and the targets `y`; it describes the arguments."""
        return NumpyArrayIterator(
            x,
            y,
            self,
            batch_size=batch_size,
            shuffle=shuffle,
            sample_weight=sample_weight,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            dtype=self.dtype,
        )

    def flow_from_directory(
        self,
        directory,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        follow_links=False,
        subset=None,
        interpolation="nearest",
    ):
        """A `DirectoryIterator` over the images in a folder; it describes the arguments."""
        return DirectoryIterator(
            directory,
            self,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            follow_links=follow_links,
            subset=subset,
            interpolation=interpolation,
            dtype=self.dtype,
        )

    def flow_from_dataframe(
        self,
        dataframe,
        directory=None,
        x_col="filename",
        y_col="class",
        weight_col=None,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        interpolation="nearest",
        validate_filenames=True,
        **kwargs,
    ):
        """A `DataFrameIterator` over the images that a table lists; it describes the arguments.

        Raises:
            TypeError: an unknown keyword.
        """
        for name in ("has_ext", "sort", "drop_duplicates"):
            if name in kwargs:
                del kwargs[name]
                warnings.warn(f"{name} is deprecated, and does nothing", DeprecationWarning, stacklevel=2)
        if kwargs:
            raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
        if class_mode == "other":
            warnings.warn(
                '`class_mode` "other" is deprecated, please use `class_mode` "raw".', DeprecationWarning, stacklevel=2
            )
            class_mode = "raw"
        return DataFrameIterator(
            dataframe,
            directory,
            self,
            x_col=x_col,
            y_col=y_col,
            weight_col=weight_col,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            interpolation=interpolation,
            dtype=self.dtype,
            validate_filenames=validate_filenames,
        )

    def standardize(self, x):
        """The image, or images, after `preprocessing_function`, scaled and centred; `x` itself is changed.

        Args:
            x: an array of floats.
        """
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x *= self.rescale
        if self.samplewise_center:
            x -= np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x /= np.std(x, keepdims=True) + 1e-6
        if self.featurewise_center and self._was_fit(self.mean, "featurewise_center"):
            x -= self.mean
        if self.featurewise_std_normalization and self._was_fit(self.std, "featurewise_std_normalization"):
            x /= self.std + 1e-6
        if self.zca_whitening and self._was_fit(self.principal_components, "zca_whitening"):
            flat = np.reshape(x, (-1, np.prod(x.shape[-3:])))
            x = np.reshape(flat @ self.principal_components, x.shape)
        return x

    def _was_fit(self, learnt, name):
        if learnt is None:
            warnings.warn(
                f"This ImageDataGenerator specifies `{name}`, but it hasn't been fit on any training data. "
                "Fit it first by calling `.fit(numpy_data)`.",
                stacklevel=3,
            )
        return learnt is not None

    def get_random_transform(self, img_shape, seed=None):
        """What to do to an image, drawn by chance: a dict, for `apply_transform`.

        Args:
            img_shape: of the image.
            seed: int, what to set NumPy's global generator to, or None.
        """
        if seed is not None:
            np.random.seed(seed)
        theta = _symmetric(self.rotation_range)
        tx = _random_shift(self.height_shift_range, img_shape[self.row_axis - 1])
        ty = _random_shift(self.width_shift_range, img_shape[self.col_axis - 1])
        shear = _symmetric(self.shear_range)
        zx, zy = (1, 1) if self.zoom_range == [1, 1] else np.random.uniform(*self.zoom_range, 2)
        horizontal, vertical = np.random.random() < 0.5, np.random.random() < 0.5  # drawn whether wanted or not
        return {
            "theta": theta,
            "tx": tx,
            "ty": ty,
            "shear": shear,
            "zx": zx,
            "zy": zy,
            "flip_horizontal": horizontal * self.horizontal_flip,
            "flip_vertical": vertical * self.vertical_flip,
            "channel_shift_intensity": _symmetric(self.channel_shift_range) if self.channel_shift_range else None,
            "brightness": np.random.uniform(*self.brightness_range) if self.brightness_range else None,
        }

    def apply_transform(self, x, transform_parameters):
        """The image changed.

        Args:
            x: rank 3, one image.
            transform_parameters: a dict, as of `get_random_transform`; what is absent changes nothing.
        """
        row, column, channel = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        moves = {name: transform_parameters.get(name, 0) for name in ("theta", "tx", "ty", "shear")}
        zooms = {name: transform_parameters.get(name, 1) for name in ("zx", "zy")}
        x = apply_affine_transform(
            x,
            **moves,
            **zooms,
            row_axis=row,
            col_axis=column,
            channel_axis=channel,
            fill_mode=self.fill_mode,
            cval=self.cval,
            order=self.interpolation_order,
        )
        if transform_parameters.get("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, transform_parameters["channel_shift_intensity"], channel)
        if transform_parameters.get("flip_horizontal"):
            x = flip_axis(x, column)
        if transform_parameters.get("flip_vertical"):
            x = flip_axis(x, row)
        if transform_parameters.get("brightness") is not None:
            x = apply_brightness_shift(x, transform_parameters["brightness"])
        return x

    def random_transform(self, x, seed=None):
        """The image `x`, rank 3, changed by chance."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x, augment=False, rounds=1, seed=None):
        """Learns the mean, the deviation and the principal components of images, as far as the options need them.

        Args:
            x: `[n, height, width, channels]`, or with the channels first.
            augment: bool, learn from images changed by chance.
            rounds: int, how often to change each.
            seed: int, what to set NumPy's global generator to, or None.

        Raises:
            ValueError: another rank.
        """
        x = np.array(x, dtype=self.dtype)
        if x.ndim != 4:
            raise ValueError(f"Input to `.fit()` should have rank 4. Got array with shape: {x.shape}")
        check_channels(x, self.data_format, "ImageDataGenerator", stacklevel=2)
        if seed is not None:
            np.random.seed(seed)
        if self.rescale:
            x *= self.rescale
        if augment:
            x = np.stack([self.random_transform(image) for _ in range(rounds) for image in x]).astype(self.dtype)
        pixels = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = np.mean(x, axis=pixels, keepdims=True)[0]
            x -= self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(x, axis=pixels, keepdims=True)[0]
            x /= self.std + 1e-6
        if self.zca_whitening:
            flat = x.reshape(len(x), -1)
            u, s, _ = np.linalg.svd(flat.T @ flat / len(flat))
            self.principal_components = (u / np.sqrt(s + self.zca_epsilon)) @ u.T


def _zoom_factors(zoom_range):
    if isinstance(zoom_range, float | int):
        return [1 - zoom_range, 1 + zoom_range]
    if len(zoom_range) == 2 and all(isinstance(factor, float | int) for factor in zoom_range):
        return list(zoom_range)
    raise ValueError(f"`zoom_range` should be a float or a tuple or list of two floats. Received: {zoom_range}")


def _symmetric(limit):
    return np.random.uniform(-limit, limit) if limit else 0


def _random_shift(shifts, size):
    """A shift in pixels: from a list, below a whole number, or within a fraction of `size`."""
    if not np.any(shifts):
        return 0
    if np.ndim(shifts) or isinstance(shifts, int | np.integer):
        shift = np.random.choice(shifts) * np.random.choice([-1, 1])
    else:
        shift = np.random.uniform(-shifts, shifts)
    return shift * size if np.max(shifts) < 1 else shift
