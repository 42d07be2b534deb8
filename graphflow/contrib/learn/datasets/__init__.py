"""`tf.contrib.learn.datasets`."""

from graphflow._platform.mnist import load_mnist as _load_mnist
from graphflow.contrib.learn.datasets import base as base
from graphflow.contrib.learn.datasets import mnist as mnist


def load_dataset(name, size="small", test_with_fake_data=False):
    """A data set by its name; "mnist" is the one that there is.

    Raises:
        ValueError: there is no such data set.
    """
    if name != "mnist":
        raise ValueError(f"Name of dataset is not found: {name}; known is mnist")
    return _load_mnist()
