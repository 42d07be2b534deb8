"""Preparing texts: words, word indices, matrices of words."""

import json
import warnings
from collections import Counter, OrderedDict, defaultdict
from hashlib import md5

import numpy as np

_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def text_to_word_sequence(text, filters=_FILTERS, lower=True, split=" "):
    """The words of a text.

    Args:
        text: str.
        filters: characters that end a word: punctuation and white space.
        lower: bool, whether to turn it to lower case.
        split: str, what stands between words.

    Returns:
        list of str.
    """
    text = text.lower() if lower else text
    text = text.translate(str.maketrans(dict.fromkeys(filters, split)))
    return [word for word in text.split(split) if word]


def one_hot(text, n, filters=_FILTERS, lower=True, split=" "):
    """The words of a text as numbers from 1 to n - 1, by Python's `hash`: another in every process."""
    return hashing_trick(text, n, hash, filters, lower, split)


def hashing_trick(text, n, hash_function=None, filters=_FILTERS, lower=True, split=" "):
    """The words of a text as numbers from 1 to n - 1; two words may get the same.

    Args:
        text: str.
        n: int, size of the space.
        hash_function: word -> int; "md5" for one that is the same in every process; None for Python's `hash`.
        filters, lower, split: as in `text_to_word_sequence`.

    Returns:
        list of int.
    """
    if hash_function is None:
        hash_function = hash
    elif hash_function == "md5":
        hash_function = _md5
    return [hash_function(word) % (n - 1) + 1 for word in text_to_word_sequence(text, filters, lower, split)]


def _md5(word):
    return int(md5(word.encode(), usedforsecurity=False).hexdigest(), 16)


class Tokenizer:
    """Turns texts into lists of word indices, or rows of a matrix; index 1 is the most frequent word, 0 is none.

    Args:
        num_words: int, words of this index or a higher one are left out.
        filters, lower, split: as in `text_to_word_sequence`.
        char_level: bool, every character is a word.
        oov_token: str, the word, of index 1, that stands for those that are unknown or left out.
        document_count: int, how many texts were seen before.

    Raises:
        TypeError: an unknown keyword.
    """

    def __init__(
        self,
        num_words=None,
        filters=_FILTERS,
        lower=True,
        split=" ",
        char_level=False,
        oov_token=None,
        document_count=0,
        **kwargs,
    ):
        if "nb_words" in kwargs:
            warnings.warn("The `nb_words` argument in `Tokenizer` has been renamed `num_words`.", stacklevel=2)
            num_words = kwargs.pop("nb_words")
        if kwargs:
            raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
        self.num_words = num_words
        self.filters = filters
        self.lower = lower
        self.split = split
        self.char_level = char_level
        self.oov_token = oov_token
        self.document_count = document_count
        self.word_counts = OrderedDict()
        self.word_docs = defaultdict(int)
        self.index_docs = defaultdict(int)
        self.word_index = {}
        self.index_word = {}

    def _words(self, text):
        if not self.char_level and not isinstance(text, list):
            return text_to_word_sequence(text, self.filters, self.lower, self.split)
        if not self.lower:
            return text
        return [word.lower() for word in text] if isinstance(text, list) else text.lower()

    def fit_on_texts(self, texts):
        """Learns the words of texts: strings, or lists of words; once more adds to what was learnt."""
        for text in texts:
            self.document_count += 1
            words = self._words(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] += 1
        by_frequency = sorted(self.word_counts, key=self.word_counts.get, reverse=True)
        known = by_frequency if self.oov_token is None else [self.oov_token, *by_frequency]
        self.word_index = {word: i for i, word in enumerate(known, 1)}
        self.index_word = {i: word for word, i in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences):
        """Learns from lists of word indices in how many texts each occurs."""
        self.document_count += len(sequences)
        for sequence in sequences:
            for i in set(sequence):
                self.index_docs[i] += 1

    def texts_to_sequences(self, texts):
        """A list of word indices for each text."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts):
        """As `texts_to_sequences`, one after the other."""
        for text in texts:
            yield self._known((self.word_index.get(word) for word in self._words(text)), lambda i: i)

    def sequences_to_texts(self, sequences):
        """A text for each list of word indices."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences):
        """As `sequences_to_texts`, one after the other."""
        for sequence in sequences:
            known = (i if i in self.index_word else None for i in sequence)
            yield " ".join(self._known(known, self.index_word.get))

    def _known(self, indices, value):
        """The values of the indices that count; that of `oov_token`, if there is one, for None and what is left out."""
        oov = self.word_index.get(self.oov_token)
        kept = (oov if i is None or (self.num_words and i >= self.num_words) else i for i in indices)
        return [value(i) for i in kept if i is not None]

    def texts_to_matrix(self, texts, mode="binary"):
        """`sequences_to_matrix` of `texts_to_sequences`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(self, sequences, mode="binary"):
        """A row for each list of word indices, a column for each index.

        Args:
            sequences: list of lists of int.
            mode: "binary" for 1 where the word occurs, "count", "freq" for the count by the number of words, "tfidf".

        Returns:
            float64 `[len(sequences), num_words]`, or of the number of known words + 1 columns.

        Raises:
            ValueError: an unknown mode, or nothing has been learnt that tells the number of columns.
        """
        if not self.num_words and not self.word_index:
            raise ValueError("Specify a dimension (`num_words` argument), or fit on some text data first.")
        if mode == "tfidf" and not self.document_count:
            raise ValueError("Fit the Tokenizer on some data before using tfidf mode.")
        if mode not in self._MODES:
            raise ValueError(f"Unknown vectorization mode: {mode!r}; it is one of {', '.join(self._MODES)}")
        columns = self.num_words or len(self.word_index) + 1
        matrix = np.zeros((len(sequences), columns))
        for row, sequence in zip(matrix, sequences):
            for i, count in Counter(i for i in sequence if i < columns).items():
                row[i] = self._MODES[mode](self, i, count, len(sequence))
        return matrix

    def _tfidf(self, i, count, length):
        """Term frequency (1 + log count) by log of the inverse document frequency."""
        return (1 + np.log(count)) * np.log(1 + self.document_count / (1 + self.index_docs.get(i, 0)))

    _MODES = {
        "binary": lambda self, i, count, length: 1,
        "count": lambda self, i, count, length: count,
        "freq": lambda self, i, count, length: count / length,
        "tfidf": _tfidf,
    }

    def get_config(self):
        """The arguments and what was learnt, its dicts as JSON text."""
        plain = ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")
        learnt = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        return {
            **{name: getattr(self, name) for name in plain},
            **{name: json.dumps(getattr(self, name)) for name in learnt},
        }

    def to_json(self, **kwargs):
        """The configuration as JSON text, for `tokenizer_from_json`; `kwargs` go to `json.dumps`."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


def tokenizer_from_json(json_string):
    """The tokenizer that `Tokenizer.to_json` described."""
    config = json.loads(json_string)["config"]
    learnt = {name: json.loads(config.pop(name)) for name in ("word_counts", "word_docs", "word_index")}
    for name in ("index_docs", "index_word"):  # JSON has no keys but text
        learnt[name] = {int(i): value for i, value in json.loads(config.pop(name)).items()}
    tokenizer = Tokenizer(**config)
    vars(tokenizer).update(learnt)
    return tokenizer
