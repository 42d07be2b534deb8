"""Preparing sequences: padding, pairs of words, windows of a time series."""

import json
import random

import numpy as np

from graphflow_keras.utils.data_utils import Sequence


def pad_sequences(sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre", value=0.0):
    """Brings sequences to one length.

    Args:
        sequences: list of n sequences, each of numbers or of arrays of one shape.
        maxlen: int, that length; None for the longest sequence's.
        dtype: of the result; `object` for text of any length.
        padding: "pre" or "post", where `value` is added.
        truncating: "pre" or "post", where a sequence that is too long is cut.
        value: what is added.

    Returns:
        `[n, maxlen, ...]` of dtype `dtype`.

    Raises:
        ValueError: no list of sequences, entries of different shapes, an unknown `padding` or `truncating`, or text as
            `value` with a `dtype` that cannot hold it.
    """
    if not hasattr(sequences, "__len__"):
        raise ValueError("`sequences` must be iterable.")
    for x in sequences:
        if not hasattr(x, "__len__"):
            raise ValueError(f"`sequences` must be a list of iterables. Found non-iterable: {x}")
    if maxlen is None:
        if not len(sequences):
            raise ValueError("`sequences` is empty, so that its longest entry cannot give `maxlen`: pass it.")
        maxlen = max(len(x) for x in sequences)
    for name, side in (("Padding", padding), ("Truncating", truncating)):
        if side not in ("pre", "post"):
            raise ValueError(f'{name} type "{side}" not understood: it is "pre" or "post"')
    if isinstance(value, str) and np.dtype(dtype).kind not in "OU":
        raise ValueError(
            f"`dtype` {dtype} is not compatible with `value`'s type: {type(value)}\n"
            "You should set `dtype=object` for variable length strings."
        )
    item_shape = next((np.asarray(x).shape[1:] for x in sequences if len(x)), ())
    padded = np.full((len(sequences), maxlen, *item_shape), value, dtype)
    for i, x in enumerate(sequences):
        if not len(x):
            continue
        kept = np.asarray(x[-maxlen:] if truncating == "pre" else x[:maxlen], dtype)
        if kept.shape[1:] != item_shape:
            raise ValueError(
                f"Shape of sample {kept.shape[1:]} of sequence at position {i} is different from expected shape "
                f"{item_shape}"
            )
        padded[i, slice(-len(kept), None) if padding == "pre" else slice(len(kept))] = kept
    return padded


def make_sampling_table(size, sampling_factor=1e-5):
    """The probability with which `skipgrams` keeps a word, by its rank, if frequencies follow Zipf's law.

    Args:
        size: int, how many words.
        sampling_factor: word2vec's; the smaller, the fewer frequent words are kept.

    Returns:
        float64 `[size]`.

    Source: Mikolov et al., "Distributed representations of words and phrases" (2013), eq. 5.
    """
    euler = 0.577
    rank = np.arange(size)
    rank[0] = 1
    inverse_frequency = rank * (np.log(rank) + euler) + 0.5 - 1.0 / (12.0 * rank)
    f = sampling_factor * inverse_frequency
    return np.minimum(1.0, f / np.sqrt(f))


def skipgrams(
    sequence,
    vocabulary_size,
    window_size=4,
    negative_samples=1.0,
    shuffle=True,
    categorical=False,
    sampling_table=None,
    seed=None,
):
    """Pairs of words: near each other in the text, with label 1, and drawn by chance, with label 0.

    Args:
        sequence: list of word indices; 0 is no word, and is passed over.
        vocabulary_size: int, the highest index + 1.
        window_size: int, how far apart two words may be.
        negative_samples: float, how many random pairs for each true one.
        shuffle: bool, whether to shuffle the pairs.
        categorical: bool, labels as [0, 1] and [1, 0].
        sampling_table: `[vocabulary_size]`, the probability with which a word is kept.
        seed: int, of the shuffle. Draws are those of Python's `random`.

    Returns:
        `(couples, labels)`, two lists of the same length.

    Source: Mikolov et al., "Efficient estimation of word representations in vector space" (2013).
    """
    couples = []
    for i, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):
            continue
        for j in range(max(0, i - window_size), min(len(sequence), i + window_size + 1)):
            if j != i and sequence[j]:
                couples.append([word, sequence[j]])
    yes, no = ([0, 1], [1, 0]) if categorical else (1, 0)
    labels = [yes] * len(couples)

    if negative_samples > 0:
        count = int(len(labels) * negative_samples)
        words = [word for word, _ in couples]
        random.shuffle(words)
        couples += [[words[i % len(words)], random.randint(1, vocabulary_size - 1)] for i in range(count)]
        labels += [no] * count

    if shuffle:
        if seed is None:
            seed = random.randint(0, 10_000_000)
        for items in (couples, labels):
            random.seed(seed)
            random.shuffle(items)
    return couples, labels


def _remove_long_seq(maxlen, seq, label):
    """The sequences shorter than `maxlen`, and their labels: two lists."""
    kept = [(x, y) for x, y in zip(seq, label) if len(x) < maxlen]
    return [x for x, _ in kept], [y for _, y in kept]


class TimeseriesGenerator(Sequence):
    """Batches of windows of a time series, each with the target that follows it.

    Args:
        data: `[time, ...]`, an array or a list.
        targets: as long as `data`; a window that ends before time t has the target of t.
        length: int, how far back a window reaches.
        sampling_rate: int, of a window only every so manieth point is taken.
        stride: int, how far one window is from the next.
        start_index, end_index: ints, the first and the last time of `data` that is used.
        shuffle: bool, draw windows by chance, from NumPy's global generator.
        reverse: bool, the latest point first.
        batch_size: int, windows in a batch; the last batch may be smaller.

    Raises:
        ValueError: `data` and `targets` differ in length, or no window fits.

    >>> batches = TimeseriesGenerator(np.arange(50), np.arange(50), length=10, sampling_rate=2, batch_size=2)
    >>> len(batches)
    20
    >>> batches[0][0][0], batches[0][1]
    (array([0, 2, 4, 6, 8]), array([10, 11]))
    """

    def __init__(
        self,
        data,
        targets,
        length,
        sampling_rate=1,
        stride=1,
        start_index=0,
        end_index=None,
        shuffle=False,
        reverse=False,
        batch_size=128,
    ):
        if len(data) != len(targets):
            raise ValueError(
                "Data and targets have to be of same length. "
                f"Data length is {len(data)} while target length is {len(targets)}"
            )
        self.data = data
        self.targets = targets
        self.length = length
        self.sampling_rate = sampling_rate
        self.stride = stride
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle = shuffle
        self.reverse = reverse
        self.batch_size = batch_size
        if self.start_index > self.end_index:
            raise ValueError(
                f"`start_index+length={self.start_index} > end_index={self.end_index}` is disallowed, as no part of "
                "the sequence would be left to be used as current step."
            )

    def __len__(self):
        step = self.batch_size * self.stride
        return (self.end_index - self.start_index + step) // step

    def __getitem__(self, index):
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            first = self.start_index + self.batch_size * self.stride * index
            last = min(first + self.batch_size * self.stride, self.end_index + 1)
            rows = np.arange(first, last, self.stride)
        samples = np.array([self.data[row - self.length : row : self.sampling_rate] for row in rows])
        targets = np.array([self.targets[row] for row in rows])
        return (samples[:, ::-1] if self.reverse else samples), targets

    def get_config(self):
        """The arguments as a dict; `data` and `targets` as JSON text, and `start_index` with `length` added."""
        plain = ("length", "sampling_rate", "stride", "start_index", "end_index", "shuffle", "reverse", "batch_size")
        return {
            "data": _as_json("Data", self.data),
            "targets": _as_json("Targets", self.targets),
            **{name: getattr(self, name) for name in plain},
        }

    def to_json(self, **kwargs):
        """The configuration as JSON text, for `timeseries_generator_from_json`; `kwargs` go to `json.dumps`."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


def _as_json(name, values):
    try:
        return json.dumps(values.tolist() if isinstance(values, np.ndarray | np.generic) else values)
    except TypeError as error:
        raise TypeError(f"{name} not JSON Serializable: {values}") from error


def timeseries_generator_from_json(json_string):
    """The generator that `TimeseriesGenerator.to_json` described."""
    config = json.loads(json_string)["config"]
    return TimeseriesGenerator(**{**config, **{name: json.loads(config[name]) for name in ("data", "targets")}})
