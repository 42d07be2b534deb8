"""What CIFAR-10 and CIFAR-100 share: the file of a batch, and images as the backend wants them."""

import numpy as np

from graphflow_keras import backend as K
from graphflow_keras.datasets import _files


def load_batch(fpath, label_key="labels"):
    """Reads a batch: a pickled dict of plain data, of which nothing is run.

    Args:
        fpath: the file.
        label_key: str, the key of the labels.

    Returns:
        `(data, labels)`: uint8 `[n, 3, 32, 32]`, and a list of n ints.

    Raises:
        ValueError: the file is damaged, or is no such batch.
    """
    batch = _files.read_pickle(fpath)
    missing = [key for key in ("data", label_key) if not isinstance(batch, dict) or key.encode() not in batch]
    if missing:
        raise ValueError(f"{fpath!r} is no batch of CIFAR: it has no {' and no '.join(map(repr, missing))}")
    data, labels = batch[b"data"], batch[label_key.encode()]
    if getattr(data, "dtype", None) != np.uint8 or data.ndim != 2 or data.shape != (len(labels), 3072):
        raise ValueError(f"{fpath!r}: expected bytes of the shape {(len(labels), 3072)} for {len(labels)} labels")
    return data.reshape(-1, 3, 32, 32), labels


def arranged(images):
    """Images `[n, 3, 32, 32]` with the channels where `image_data_format()` says."""
    return images.transpose(0, 2, 3, 1) if K.image_data_format() == "channels_last" else images
