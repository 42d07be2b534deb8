"""Newswires, each a list of word ranks, on 46 topics: 11,228 in all."""

import numpy as np

from graphflow_keras.datasets import _files, _words
from graphflow_keras.utils.data_utils import get_file


def load_data(
    path="reuters.npz",
    num_words=None,
    skip_top=0,
    maxlen=None,
    test_split=0.2,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
    **kwargs,
):
    """Loads the newswires, fetching them the first time.

    Args:
        test_split: float, the part of the newswires, after shuffling, that is for testing.
        The others are those of `imdb.load_data`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: object arrays of lists of int, and int64 `[n]`, the topic.

    Raises:
        ValueError: `maxlen` leaves no newswire.
    """
    num_words = _words.renamed(num_words, kwargs)
    path = get_file(
        path,
        origin="https://s3.amazonaws.com/text-datasets/reuters.npz",
        file_hash="87aedbeb0cb229e378797a632c1997b6",
    )
    xs, labels = _files.read_npz(path, ["x", "y"])
    np.random.seed(seed)
    xs, labels = _words.shuffled(xs, labels)
    xs, labels = _words.select(xs, labels, num_words, skip_top, maxlen, start_char, oov_char, index_from)
    split = int(len(xs) * (1 - test_split))
    return _words.packed(xs[:split], labels[:split]), _words.packed(xs[split:], labels[split:])


def get_word_index(path="reuters_word_index.json"):
    """The dict word -> rank; `load_data` adds `index_from` to each."""
    return _words.word_index(
        path,
        origin="https://s3.amazonaws.com/text-datasets/reuters_word_index.json",
        file_hash="4d44cc38712099c9e383dc6e5f11a921",
    )
