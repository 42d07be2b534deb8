"""Endless batches of images: what all sources of images share, and arrays as the first of them."""

import os
import threading
import warnings

import numpy as np

from graphflow_keras import backend as K
from graphflow_keras.preprocessing import _image_files
from graphflow_keras.utils.data_utils import Sequence


class Iterator(Sequence):
    """Batches of `batch_size` out of `n` samples, again and again: `next()` for the next one, `[i]` for the i-th.

    A subclass makes a batch of the samples it is told, in `_get_batches_of_transformed_samples(index_array)`.

    Args:
        n: int.
        batch_size: int; the last batch of a round may be smaller.
        shuffle: bool, whether each round has a new order, drawn from NumPy's global generator.
        seed: int; that generator is set to it, plus the number of batches seen, before each batch.
    """

    white_list_formats = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")

    def __init__(self, n, batch_size, shuffle, seed):
        self.n = n
        self.batch_size = batch_size
        self.seed = seed
        self.shuffle = shuffle
        self.batch_index = 0
        self.total_batches_seen = 0
        self.lock = threading.Lock()
        self.index_array = None
        self.index_generator = self._flow_index()

    def _set_index_array(self):
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def _set_seed(self):
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)

    def __getitem__(self, idx):
        if idx >= len(self):
            raise ValueError(f"Asked to retrieve element {idx}, but the Sequence has length {len(self)}")
        self._set_seed()
        self.total_batches_seen += 1
        if self.index_array is None:
            self._set_index_array()
        return self._get_batches_of_transformed_samples(
            self.index_array[self.batch_size * idx : self.batch_size * (idx + 1)]
        )

    def __len__(self):
        return -(-self.n // self.batch_size)

    def on_epoch_end(self):
        self._set_index_array()

    def reset(self):
        """Starts a new round."""
        self.batch_index = 0

    def _flow_index(self):
        self.reset()
        while True:
            self._set_seed()
            if self.batch_index == 0:
                self._set_index_array()
            first = self.batch_index * self.batch_size % self.n if self.n else 0
            last = first + self.batch_size
            self.batch_index = self.batch_index + 1 if self.n > last else 0
            self.total_batches_seen += 1
            yield self.index_array[first:last]

    def __iter__(self):
        return self

    def __next__(self, *args, **kwargs):
        return self.next(*args, **kwargs)

    def next(self):
        """The next batch."""
        with self.lock:
            index_array = next(self.index_generator)
        return self._get_batches_of_transformed_samples(index_array)  # out of the lock: several threads may do so

    def _get_batches_of_transformed_samples(self, index_array):
        raise NotImplementedError(f"{type(self).__name__} does not say how a batch is made")

    def _save(self, batch, index_array, limit):
        """Writes the images of a batch to `save_to_dir`, with a random number below `limit` in their names."""
        for x, j in zip(batch, index_array):
            name = f"{self.save_prefix}_{j}_{np.random.randint(limit)}.{self.save_format}"
            image = _image_files.array_to_img(x, self.data_format, dtype="float32")
            image.save(os.path.join(self.save_to_dir, name))


def check_subset(subset):
    """Raises ValueError for anything but a name of a subset."""
    if subset not in ("training", "validation"):
        raise ValueError(f'Invalid subset name: {subset!r}; expected "training" or "validation"')


class NumpyArrayIterator(Iterator):
    """Batches of images of an array, changed and scaled as a generator says.

    Args:
        x: `[n, height, width, channels]`, or a pair of that and an array, or a list of arrays, to be passed on with it.
        y: `[n, ...]`, targets, or None.
        image_data_generator: an `ImageDataGenerator`.
        batch_size, shuffle, seed: as in `Iterator`.
        sample_weight: `[n]`, or None.
        data_format: "channels_last" or "channels_first"; None for the backend's.
        save_to_dir, save_prefix, save_format: where to write the images, how their names start, and end.
        subset: "training" or "validation", the part to take, by the generator's `validation_split`.
        dtype: of the images; None for `floatx()`.

    Raises:
        ValueError: lengths or ranks do not fit, or the two parts do not have the same classes.
    """

    def __init__(
        self,
        x,
        y,
        image_data_generator,
        batch_size=32,
        shuffle=False,
        sample_weight=None,
        seed=None,
        data_format=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        dtype=None,
    ):
        self.dtype = dtype or K.floatx()
        self.data_format = data_format or K.image_data_format()
        others = []
        if isinstance(x, tuple | list):
            x, others = x[0], x[1] if isinstance(x[1], list) else [x[1]]
        others = [np.asarray(other) for other in others]
        for other in others:
            if len(other) != len(x):
                raise ValueError(
                    "All of the arrays in `x` should have the same length. "
                    f"Found a pair with: len(x[0]) = {len(x)}, len(x[?]) = {len(other)}"
                )
        for name, values in (("`y` (labels)", y), ("`sample_weight`", sample_weight)):
            if values is not None and len(values) != len(x):
                raise ValueError(
                    f"`x` (images tensor) and {name} should have the same length. "
                    f"Found: x.shape = {np.shape(x)}, and {np.shape(values)}"
                )
        part = slice(None)
        if subset is not None:
            check_subset(subset)
            split = int(len(x) * image_data_generator._validation_split)
            if y is not None and not np.array_equal(np.unique(y[:split]), np.unique(y[split:])):
                raise ValueError(
                    "Training and validation subsets have different number of classes after the split. If your numpy "
                    "arrays are sorted by the label, you might want to shuffle them."
                )
            part = slice(split) if subset == "validation" else slice(split, None)
        self.x = np.asarray(x[part], dtype=self.dtype)
        self.x_misc = [other[part] for other in others]
        self.y = None if y is None else np.asarray(y[part])
        # Keras takes the weights of the whole array, and so those of other samples; here they go with their samples.
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight[part])
        if self.x.ndim != 4:
            raise ValueError(
                f"Input data in `NumpyArrayIterator` should have rank 4. You passed an array with shape {self.x.shape}"
            )
        check_channels(self.x, self.data_format, "NumpyArrayIterator", stacklevel=3)
        self.image_data_generator = image_data_generator
        self.save_to_dir = save_to_dir
        self.save_prefix = save_prefix
        self.save_format = save_format
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array):
        batch = np.zeros((len(index_array), *self.x.shape[1:]), self.dtype)
        for i, j in enumerate(index_array):
            x = self.image_data_generator.random_transform(self.x[j].astype(self.dtype))
            batch[i] = self.image_data_generator.standardize(x)
        if self.save_to_dir:
            self._save(batch, index_array, 10_000)
        output = [[batch, *(other[index_array] for other in self.x_misc)] if self.x_misc else batch]
        if self.y is None:
            return output[0]
        output.append(self.y[index_array])
        if self.sample_weight is not None:
            output.append(self.sample_weight[index_array])
        return tuple(output)


def check_channels(x, data_format, who, stacklevel):
    """Warns where images `[n, ...]` have neither 1, 3 nor 4 channels: the axes may be in another order."""
    axis = 3 if data_format == "channels_last" else 1
    if x.shape[axis] not in (1, 3, 4):
        warnings.warn(
            f'{who} is set to use the data format convention "{data_format}" (channels on axis {axis}), i.e. expected '
            f"either 1, 3, or 4 channels on axis {axis}. However, it was passed an array with shape {x.shape} "
            f"({x.shape[axis]} channels).",
            stacklevel=stacklevel + 1,
        )
