"""Film reviews, each a list of word ranks, liked or not: 25,000 to train, 25,000 to test."""

import numpy as np

from graphflow_keras.datasets import _files, _words
from graphflow_keras.utils.data_utils import get_file


def load_data(
    path="imdb.npz",
    num_words=None,
    skip_top=0,
    maxlen=None,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
    **kwargs,
):
    """Loads the reviews, fetching them the first time. Rank 1 is the most frequent word.

    Args:
        path: name of the file in ~/.keras/datasets, or an absolute path.
        num_words: int, leave out words of this index or a higher one. None: only the rarest.
        skip_top: int, leave out words of a lower index.
        maxlen: int, drop reviews of this length or a greater one. What remains is split after 25,000.
        seed: of the shuffle; NumPy's global generator is set to it.
        start_char: int, put in front of each review; None for nothing.
        oov_char: int, in the place of words that are left out; None for nothing.
        index_from: int, added to all ranks.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: object arrays of lists of int, and int64 `[n]`, 1 where liked.

    Raises:
        ValueError: `maxlen` leaves no review.

    Source: Maas et al., "Learning word vectors for sentiment analysis" (2011).
    """
    num_words = _words.renamed(num_words, kwargs)
    path = get_file(
        path,
        origin="https://s3.amazonaws.com/text-datasets/imdb.npz",
        file_hash="599dadb1135973df5b59232a0e9a887c",
    )
    x_train, y_train, x_test, y_test = _files.read_npz(path, ["x_train", "y_train", "x_test", "y_test"])
    np.random.seed(seed)
    x_train, y_train = _words.shuffled(x_train, y_train)
    x_test, y_test = _words.shuffled(x_test, y_test)
    split = len(x_train)
    xs, labels = [*x_train, *x_test], np.concatenate([y_train, y_test])
    xs, labels = _words.select(xs, labels, num_words, skip_top, maxlen, start_char, oov_char, index_from)
    return _words.packed(xs[:split], labels[:split]), _words.packed(xs[split:], labels[split:])


def get_word_index(path="imdb_word_index.json"):
    """The dict word -> rank; `load_data` adds `index_from` to each."""
    return _words.word_index(
        path,
        origin="https://s3.amazonaws.com/text-datasets/imdb_word_index.json",
        file_hash="bfafd718b763782e994055a2d397834f",
    )
