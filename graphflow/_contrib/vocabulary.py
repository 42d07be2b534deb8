"""VocabularyProcessor: texts as rows of word ids."""

from __future__ import annotations

import collections
import pickle
import re

import numpy as np

from graphflow._files import gfile

TOKENIZER_RE = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z][a-z]+(?=[A-Z])|[\'\w\-]+", re.UNICODE)


def tokenizer(iterator):
    """The words of each text, as lists."""
    for text in iterator:
        yield TOKENIZER_RE.findall(text)


class CategoricalVocabulary:
    """Ids of categories, in the order in which they are first asked for; 0 is that of unknown ones.

    Args:
        unknown_token: what stands for unknown categories.
        support_reverse: whether `reverse` is wanted.
    """

    def __init__(self, unknown_token="<UNK>", support_reverse=True):
        self._unknown_token, self._support_reverse, self._freeze = unknown_token, support_reverse, False
        self._mapping = {unknown_token: 0}
        self._freq = collections.defaultdict(int)
        if support_reverse:
            self._reverse_mapping = [unknown_token]

    def __len__(self):
        return len(self._mapping)

    def freeze(self, freeze=True):
        """From now on new categories are unknown."""
        self._freeze = freeze

    def get(self, category):
        """The id of a category."""
        if category not in self._mapping:
            if self._freeze:
                return 0
            self._enter(category)
        return self._mapping[category]

    def _enter(self, category):
        self._mapping[category] = len(self._mapping)
        if self._support_reverse:
            self._reverse_mapping.append(category)

    def add(self, category, count=1):
        """Counts a category, which gets an id."""
        if self.get(category) > 0:
            self._freq[category] += count

    def trim(self, min_frequency, max_frequency=-1):
        """Keeps the categories counted more than `min_frequency` and, where that is above 0, less than `max_frequency` times.

        Ids are given anew, the most frequent first.
        """
        by_name = sorted(self._freq.items(), key=lambda item: (isinstance(item[0], str), item[0]))
        by_count = sorted(by_name, key=lambda item: item[1], reverse=True)
        kept = [
            (category, count)
            for category, count in by_count
            if count > min_frequency and not 0 < max_frequency <= count
        ]
        self._mapping = {self._unknown_token: 0}
        if self._support_reverse:
            self._reverse_mapping = [self._unknown_token]
        for category, _ in kept:
            self._enter(category)
        self._freq = dict(by_count[: len(kept)])

    def reverse(self, class_id):
        """The category of an id.

        Raises:
            ValueError: the vocabulary does not keep that.
        """
        if not self._support_reverse:
            raise ValueError("This vocabulary wasn't initialized with support_reverse to support reverse() function.")
        return self._reverse_mapping[class_id]


class VocabularyProcessor:
    """Texts as rows of word ids, cut or filled with 0 to one length.

    Args:
        max_document_length: that length.
        min_frequency: words counted no more often than this become unknown.
        vocabulary: a CategoricalVocabulary, empty where None.
        tokenizer_fn: a function iterator of texts -> iterator of lists of words.
    """

    def __init__(self, max_document_length, min_frequency=0, vocabulary=None, tokenizer_fn=None):
        self.max_document_length, self.min_frequency = max_document_length, min_frequency
        self.vocabulary_ = vocabulary or CategoricalVocabulary()
        self._tokenizer = tokenizer_fn or tokenizer

    def fit(self, raw_documents, unused_y=None):
        """Learns the words of texts; after that the vocabulary is frozen."""
        for words in self._tokenizer(raw_documents):
            for word in words:
                self.vocabulary_.add(word)
        if self.min_frequency > 0:
            self.vocabulary_.trim(self.min_frequency)
        self.vocabulary_.freeze()
        return self

    def fit_transform(self, raw_documents, unused_y=None):
        """`fit`, then `transform`."""
        self.fit(raw_documents)
        return self.transform(raw_documents)

    def transform(self, raw_documents):
        """Yields an int64 vector for each text."""
        for words in self._tokenizer(raw_documents):
            row = np.zeros(self.max_document_length, np.int64)
            ids = [self.vocabulary_.get(word) for word in words[: self.max_document_length]]
            row[: len(ids)] = ids
            yield row

    def reverse(self, documents):
        """Yields the text of each row of ids."""
        for row in documents:
            yield " ".join(self.vocabulary_.reverse(class_id) for class_id in row)

    def save(self, filename):
        """Writes the processor to a file."""
        with gfile.GFile(filename, "wb") as file:
            file.write(pickle.dumps(self))

    @classmethod
    def restore(cls, filename):
        """The processor that `save` wrote; as with any pickle, only files that you trust."""
        with gfile.GFile(filename, "rb") as file:
            return pickle.loads(file.read())


class ByteProcessor:
    """Texts as rows of bytes, cut or filled with 0 to one length."""

    def __init__(self, max_document_length):
        self.max_document_length = max_document_length

    def fit(self, x):
        """There is nothing to learn."""

    def fit_transform(self, x):
        """`transform`."""
        return self.transform(x)

    def transform(self, x):
        """Yields a uint8 vector for each text."""
        for text in x:
            data = text.encode() if isinstance(text, str) else text
            row = np.zeros(self.max_document_length, np.uint8)
            cut = np.frombuffer(data[: self.max_document_length], np.uint8)
            row[: len(cut)] = cut
            yield row

    def reverse(self, x):
        """Yields the text of each row, "" where it is no UTF-8."""
        for row in x:
            try:
                yield np.trim_zeros(np.asarray(row).astype(np.uint8), "b").tobytes().decode()
            except UnicodeDecodeError:
                yield ""
