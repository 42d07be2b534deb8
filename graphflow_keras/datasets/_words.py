"""Texts as lists of word ranks: what the IMDB and the Reuters data sets share."""

import json
import warnings

import numpy as np

from graphflow_keras.preprocessing.sequence import _remove_long_seq
from graphflow_keras.utils.data_utils import get_file


def renamed(num_words, kwargs):
    """`num_words`, also by its older name.

    Raises:
        TypeError: any other keyword.
    """
    if "nb_words" in kwargs:
        warnings.warn("The `nb_words` argument in `load_data` has been renamed `num_words`.", stacklevel=3)
        num_words = kwargs.pop("nb_words")
    if kwargs:
        raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
    return num_words


def shuffled(*arrays):
    """The arrays in one new common order, drawn from NumPy's global generator."""
    order = np.arange(len(arrays[0]))
    np.random.shuffle(order)
    return [array[order] for array in arrays]


def select(xs, labels, num_words, skip_top, maxlen, start_char, oov_char, index_from):
    """Shifts the ranks by `index_from`, marks starts, drops long texts, and replaces the words that are left out.

    Args:
        xs: list of lists of int. labels: as many.
        The others are those of `imdb.load_data`.

    Returns:
        the texts, a list of lists, and their labels.

    Raises:
        ValueError: `maxlen` leaves none.
    """
    start = [] if start_char is None else [start_char]
    xs = [start + [word + index_from for word in x] for x in xs]
    if maxlen:
        xs, labels = _remove_long_seq(maxlen, xs, labels)
        if not xs:
            raise ValueError(
                f"After filtering for sequences shorter than maxlen={maxlen}, no sequence was kept. Increase maxlen."
            )
    if not num_words:
        num_words = max(max(x) for x in xs)
    if oov_char is None:
        return [[word for word in x if skip_top <= word < num_words] for x in xs], labels
    return [[word if skip_top <= word < num_words else oov_char for word in x] for x in xs], labels


def packed(xs, labels):
    """The texts as an array of lists, and the labels as an array."""
    array = np.empty(len(xs), object)
    for i, x in enumerate(xs):  # one by one: texts of one length would become a matrix
        array[i] = x
    return array, np.array(labels)


def word_index(path, origin, file_hash):
    """The dict word -> rank of a JSON file."""
    with open(get_file(path, origin=origin, file_hash=file_hash), encoding="utf-8") as file:
        return json.load(file)
