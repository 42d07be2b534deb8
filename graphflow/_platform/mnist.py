"""The handwritten digits of MNIST in their own file format, served in batches, as TensorFlow's tutorials read them.

Source: LeCun, Cortes, Burges, "The MNIST database", http://yann.lecun.com/exdb/mnist/ (the idx format).
"""

from __future__ import annotations

import collections
import gzip
import struct

import numpy as np

from graphflow._core import dtypes
from graphflow._ops import seeds
from graphflow._platform import download

SOURCE = "https://storage.googleapis.com/cvdf-datasets/mnist/"
_FILES = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
_IMAGES, _LABELS = 2051, 2049  # the first number of a file

Datasets = collections.namedtuple("Datasets", ["train", "validation", "test"])


def _read(file, magic, what, rank):
    """The array of unsigned bytes in an idx file of that rank."""
    with gzip.GzipFile(fileobj=file) as stream:
        header = stream.read(4 * (rank + 1))
        if len(header) < 4 * (rank + 1):
            raise ValueError(f"{file.name} ends within its header: it is not a whole MNIST {what} file")
        found, *sizes = struct.unpack(f">{rank + 1}I", header)
        if found != magic:
            raise ValueError(f"Invalid magic number {found} in MNIST {what} file: {file.name}")
        count = int(np.prod(sizes))
        data = stream.read(count)
    if len(data) < count:
        raise ValueError(f"{file.name} holds {len(data)} bytes where its header says {count}: download it again")
    return np.frombuffer(data, np.uint8).reshape(sizes)


def extract_images(f):
    """The images of an opened idx3 file, uint8 `[n, rows, columns, 1]`.

    Raises:
        ValueError: it is no such file, or not whole.
    """
    print("Extracting", f.name)
    return _read(f, _IMAGES, "image", 3)[..., np.newaxis]


def dense_to_one_hot(labels_dense, num_classes):
    """Class numbers `[n]` as rows of zeros with a one, float64 `[n, num_classes]`."""
    return np.eye(num_classes)[np.ravel(labels_dense)]


def extract_labels(f, one_hot=False, num_classes=10):
    """The labels of an opened idx1 file, uint8 `[n]`, or one-hot rows.

    Raises:
        ValueError: it is no such file, or not whole.
    """
    print("Extracting", f.name)
    labels = _read(f, _LABELS, "label", 1)
    return dense_to_one_hot(labels, num_classes) if one_hot else labels


class DataSet:
    """Images and labels, served in batches.

    Args:
        images: uint8 `[n, rows, columns, 1]`.
        labels: `[n, ...]`.
        fake_data: serve 10000 rows of ones instead.
        one_hot: of the fake labels.
        dtype: tf.float32: pixels are scaled to [0, 1]; tf.uint8: they are left as they are.
        reshape: whether images become rows of pixels.
        seed: of NumPy's global generator, which shuffles; the graph's seed where None.
    """

    def __init__(self, images, labels, fake_data=False, one_hot=False, dtype=dtypes.float32, reshape=True, seed=None):
        from_graph, own = seeds.get_seed(seed)
        np.random.seed(from_graph if seed is None else own)
        dtype = dtypes.as_dtype(dtype).base_dtype
        if dtype not in (dtypes.uint8, dtypes.float32):
            raise TypeError(f"Invalid image dtype {dtype!r}, expected uint8 or float32")
        self._fake_label = ([1] + [0] * 9 if one_hot else 0) if fake_data else None
        if not fake_data:
            if len(images) != len(labels):
                raise ValueError(f"there are {len(images)} images and {len(labels)} labels")
            if reshape:
                images = images.reshape(len(images), -1)
            if dtype == dtypes.float32:
                images = np.multiply(images.astype(np.float32), np.float32(1.0 / 255.0))
        self._images, self._labels = images, labels
        self._num_examples = 10000 if fake_data else len(images)
        self._epochs_completed = self._index_in_epoch = 0

    @property
    def images(self):
        """The images, in their present order."""
        return self._images

    @property
    def labels(self):
        """The labels, in their present order."""
        return self._labels

    @property
    def num_examples(self):
        """How many there are."""
        return self._num_examples

    @property
    def epochs_completed(self):
        """How often all were served."""
        return self._epochs_completed

    def _shuffle(self):
        order = np.arange(self._num_examples)
        np.random.shuffle(order)
        self._images, self._labels = self._images[order], self._labels[order]

    def next_batch(self, batch_size, fake_data=False, shuffle=True):
        """The next `batch_size` (images, labels); the order changes at the start of each epoch when `shuffle`."""
        if fake_data:
            return [[1] * 784] * batch_size, [self._fake_label or 0] * batch_size
        start = self._index_in_epoch
        if self._epochs_completed == 0 and start == 0 and shuffle:
            self._shuffle()
        end = self._index_in_epoch = start + batch_size
        if end <= self._num_examples:
            return self._images[start:end], self._labels[start:end]
        self._epochs_completed += 1
        images, labels = self._images[start:], self._labels[start:]
        if shuffle:
            self._shuffle()
        end = self._index_in_epoch = end - self._num_examples
        return np.concatenate([images, self._images[:end]]), np.concatenate([labels, self._labels[:end]])


def read_data_sets(
    train_dir, fake_data=False, one_hot=False, dtype=dtypes.float32, reshape=True, validation_size=5000, seed=None,
    source_url=SOURCE,
):  # fmt: skip
    """MNIST as (train, validation, test) data sets.

    Args:
        train_dir: the folder of the four idx files; those that are not there are downloaded into it.
        validation_size: how many of the training images are set apart.
        others: as for `DataSet`.

    Raises:
        OSError: a file is not there and cannot be downloaded.
        ValueError: a file is damaged, or there are fewer images than `validation_size`.
    """
    if fake_data:
        return Datasets(*(DataSet([], [], fake_data=True, one_hot=one_hot, dtype=dtype, seed=seed) for _ in range(3)))
    parts = {}
    for part, names in _FILES.items():
        paths = [download.maybe_download(name, train_dir, (source_url or SOURCE) + name) for name in names]
        with open(paths[0], "rb") as images, open(paths[1], "rb") as labels:
            parts[part] = extract_images(images), extract_labels(labels, one_hot)
    images, labels = parts["train"]
    if not 0 <= validation_size <= len(images):
        raise ValueError(f"Validation size should be between 0 and {len(images)}. Received: {validation_size}.")
    cut, options = validation_size, {"dtype": dtype, "reshape": reshape, "seed": seed}
    return Datasets(
        train=DataSet(images[cut:], labels[cut:], **options),
        validation=DataSet(images[:cut], labels[:cut], **options),
        test=DataSet(*parts["test"], **options),
    )


def load_mnist(train_dir="MNIST-data"):
    """`read_data_sets(train_dir)`."""
    return read_data_sets(train_dir)
