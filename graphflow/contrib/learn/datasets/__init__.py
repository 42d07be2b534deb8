"""`tf.contrib.learn.datasets`."""

from graphflow._contrib.csv_data import load_boston as load_boston
from graphflow._contrib.csv_data import load_iris as load_iris
from graphflow._platform.mnist import load_mnist as _load_mnist
from graphflow.contrib.learn.datasets import base as base
from graphflow.contrib.learn.datasets import mnist as mnist

DATASETS = {"iris": load_iris, "boston": load_boston, "mnist": _load_mnist}


def load_dataset(name, size="small", test_with_fake_data=False):
    """A data set by its name, one of those in `DATASETS`.

    Raises:
        ValueError: there is no such data set.
    """
    if name not in DATASETS:
        raise ValueError(f"Name of dataset is not found: {name}; known are {', '.join(sorted(DATASETS))}")
    return DATASETS[name]()
