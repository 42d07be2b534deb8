"""Datasets of the records of CSV files and of files of Examples, ready to train on."""

from __future__ import annotations

import collections
import csv

import numpy as np

from graphflow._core import dtypes
from graphflow._files import gfile
from graphflow._graph import build
from graphflow._ops import dataset_experimental, dataset_sources, datasets, decoding, parsing

_GUESSES = (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64)


class CsvDataset(datasets.Dataset):
    """The records of CSV files, each a tuple of one scalar a column.

    Args:
        filenames: one name or several.
        record_defaults: for each column read, its type where it must be there, or the value [default] that stands for none.
        compression_type: "", "ZLIB" or "GZIP".
        buffer_size: taken and ignored.
        header: whether each file begins with a line of names, which is left out.
        field_delim, use_quote_delim, na_value, select_cols: as in `tf.io.decode_csv`.
    """

    def __init__(
        self, filenames, record_defaults, compression_type=None, buffer_size=None, header=False, field_delim=",",
        use_quote_delim=True, na_value="", select_cols=None,
    ):  # fmt: skip
        lines = _lines(filenames, compression_type, header)

        def record(line):
            return tuple(_columns(line, record_defaults, field_delim, use_quote_delim, na_value, select_cols))

        made = lines.map(record)
        super().__init__(made._variant_tensor, made.element_spec, made._inputs)


def _lines(filenames, compression_type, header):
    names = datasets.Dataset.from_tensor_slices(np.atleast_1d(np.asarray(filenames, object)).tolist())

    def lines_of(name):
        lines = dataset_sources.TextLineDataset(name, compression_type or "")
        return lines.skip(1) if header else lines

    return names.flat_map(lines_of)


def _columns(line, record_defaults, field_delim, use_quote_delim, na_value, select_cols):
    defaults = [_default(d) for d in record_defaults]
    return decoding.decode_csv(
        line,
        defaults,
        field_delim=field_delim,
        use_quote_delim=use_quote_delim,
        na_value=na_value,
        select_cols=select_cols,
    )


def _default(given):
    """What decode_csv wants: a value in a list, an empty one of the type where the column must be there."""
    if isinstance(given, dtypes.DType):
        return build.constant([], given)
    return given


def make_csv_dataset(
    file_pattern, batch_size, column_names=None, column_defaults=None, label_name=None, select_columns=None,
    field_delim=",", use_quote_delim=True, na_value="", header=True, num_epochs=None, shuffle=True,
    shuffle_buffer_size=10000, shuffle_seed=None, prefetch_buffer_size=1, num_parallel_reads=1, sloppy=False,
    num_rows_for_inference=100, compression_type=None, ignore_errors=False,
):  # fmt: skip
    """Batches of the records of CSV files: an OrderedDict column name -> tensor [batch], or (that, labels).

    Args:
        file_pattern: names or patterns of files.
        column_names: of all columns; those of the first file's first line when None.
        column_defaults: for each column read its type or its value for none; guessed from the first rows when None.
        label_name: the column that is given apart.
        select_columns: names or numbers of the columns to read.
        num_epochs: how often; for ever when None, and then all batches are full.
        shuffle_buffer_size, shuffle_seed: as in `Dataset.shuffle`.

    Raises:
        ValueError: no file matches, or names do not fit.
    """
    patterns = [file_pattern] if isinstance(file_pattern, str) else list(file_pattern)
    names = sorted({name for pattern in patterns for name in gfile.Glob(pattern)})
    if not names:
        raise ValueError(f"No files match {file_pattern}.")
    if column_names is None:
        if not header:
            raise ValueError("Cannot infer column names without a header line. Set argument column_names")
        column_names = next(_rows(names, field_delim, use_quote_delim, False))
    column_names = list(column_names)
    if len(set(column_names)) != len(column_names):
        raise ValueError(f"Cannot have duplicate column names, got {column_names}")
    chosen = list(range(len(column_names)))
    if select_columns is not None:
        chosen = sorted(column_names.index(c) if isinstance(c, str) else int(c) for c in select_columns)
    read = [column_names[i] for i in chosen]
    if label_name is not None and label_name not in read:
        raise ValueError(f"`label_name` provided must be one of the columns {read}, got {label_name!r}")
    if column_defaults is None:
        rows = _rows(names, field_delim, use_quote_delim, header)
        column_defaults = _guessed(rows, chosen, num_rows_for_inference, na_value)
    dataset = CsvDataset(
        names, column_defaults, compression_type, None, header, field_delim, use_quote_delim, na_value,
        chosen if select_columns is not None else None,
    )  # fmt: skip
    if ignore_errors:
        dataset = dataset.apply(dataset_experimental.ignore_errors())
    dataset = _shuffled(dataset, shuffle, shuffle_buffer_size, shuffle_seed, num_epochs)
    dataset = dataset.batch(batch_size, drop_remainder=num_epochs is None)

    def named(*columns):
        features = collections.OrderedDict(zip(read, columns))
        return features if label_name is None else (features, features.pop(label_name))

    return dataset.map(named).prefetch(prefetch_buffer_size or 1)


def _rows(names, field_delim, use_quote_delim, skip_first):
    """The rows of files, as lists of texts."""
    quoting = csv.QUOTE_MINIMAL if use_quote_delim else csv.QUOTE_NONE
    for name in names:
        with gfile.GFile(name) as file:
            rows = csv.reader(file, delimiter=field_delim, quoting=quoting)
            if skip_first:
                next(rows, None)
            yield from rows


def _guessed(rows, chosen, limit, na_value):
    """For each column the first type that holds all of its first values, with its zero."""
    kinds = [0] * len(chosen)
    for number, row in enumerate(rows):
        if limit is not None and number >= limit:
            break
        for k, column in enumerate(chosen):
            while kinds[k] < len(_GUESSES) and not _holds(_GUESSES[kinds[k]], row[column], na_value):
                kinds[k] += 1
    types = [_GUESSES[k] if k < len(_GUESSES) else dtypes.string for k in kinds]
    return [build.constant([""] if t is dtypes.string else [0], t) for t in types]


def _holds(dtype, text, na_value):
    if text in ("", na_value):
        return True
    try:
        value = float(text) if dtype.is_floating else int(text)
    except ValueError:
        return False
    if dtype.is_floating:
        return dtype is dtypes.float64 or abs(value) <= np.finfo(np.float32).max
    return dtype.min <= value <= dtype.max


def _shuffled(dataset, shuffle, buffer_size, seed, num_epochs):
    if shuffle:
        dataset = dataset.shuffle(buffer_size, seed)
    return dataset if num_epochs == 1 else dataset.repeat(num_epochs)


def parse_example_dataset(features, num_parallel_calls=1):
    """For `Dataset.apply`: batches of serialized Examples become dicts of tensors.

    Args:
        features: as in `tf.io.parse_example`.
    """
    return lambda dataset: dataset.map(lambda texts: parsing.parse_example(texts, features), num_parallel_calls)


def make_batched_features_dataset(
    file_pattern, batch_size, features, reader=None, label_key=None, reader_args=None, num_epochs=None, shuffle=True,
    shuffle_buffer_size=10000, shuffle_seed=None, prefetch_buffer_size=1, reader_num_threads=1, parser_num_threads=2,
    sloppy_ordering=False, drop_final_batch=False,
):  # fmt: skip
    """Batches of the Examples in files: dicts of tensors, or (dict, labels).

    Args:
        file_pattern: names or patterns of files.
        features: as in `tf.io.parse_example`.
        reader: function of a file name to a dataset of serialized Examples; TFRecordDataset when None.
        label_key: the feature that is given apart.
        num_epochs: how often; for ever when None.
    """
    patterns = [file_pattern] if isinstance(file_pattern, str) else list(file_pattern)
    files = datasets.Dataset.from_tensor_slices(sorted({n for pattern in patterns for n in gfile.Glob(pattern)}))
    reader = reader or dataset_sources.TFRecordDataset
    dataset = files.flat_map(lambda name: reader(name, *(reader_args or [])))
    dataset = _shuffled(dataset, shuffle, shuffle_buffer_size, shuffle_seed, num_epochs)
    dataset = dataset.batch(batch_size, drop_remainder=drop_final_batch or num_epochs is None)
    dataset = dataset.apply(parse_example_dataset(features))
    if label_key is not None:
        dataset = dataset.map(lambda found: (found, found.pop(label_key)))
    return dataset.prefetch(prefetch_buffer_size or 1)
