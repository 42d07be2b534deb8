"""Datasets of the records of CSV files and of files of Examples, ready to train on."""

from __future__ import annotations

import collections
import csv
import gzip
import io
import zlib

import numpy as np

from graphflow._core import dtypes
from graphflow._files import gfile
from graphflow._graph import build, static_value, tensor
from graphflow._ops import dataset_experimental, dataset_parsing, dataset_sources, datasets, element_spec, readers

_KINDS = (dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64, dtypes.string)
_GUESSES = (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64)
_BUFFER_BYTES = 4 * 1024 * 1024


class CsvDataset(datasets.Dataset):
    """The records of CSV files, each a tuple of one scalar a column.

    Args:
        filenames: one name or several.
        record_defaults: for each column read, its type where it must be there, or the value [default] that stands for none.
        compression_type: "", "ZLIB" or "GZIP".
        buffer_size: without effect.
        header: whether each file begins with a line of names, which is left out.
        field_delim, use_quote_delim, na_value: as in `tf.io.decode_csv`.
        select_cols: the numbers of the columns to read, ascending; all when None.
    """

    def __init__(
        self, filenames, record_defaults, compression_type=None, buffer_size=None, header=False, field_delim=",",
        use_quote_delim=True, na_value="", select_cols=None,
    ):  # fmt: skip
        param = dataset_sources.param
        names = build.convert_to_tensor(filenames, dtypes.string, "filenames")
        compression = param("compression_type", compression_type, "", dtypes.string)
        defaults = build.convert_n_to_tensor([_default(d) for d in record_defaults], name="record_defaults")
        spec = tuple(element_spec.TensorSpec((), d.dtype) for d in defaults)
        made = datasets.node(
            "CSVDataset", spec, names, compression, param("buffer_size", buffer_size, _BUFFER_BYTES),
            build.convert_to_tensor(header, dtypes.bool, "header"),
            build.convert_to_tensor(field_delim, dtypes.string, "field_delim"),
            build.convert_to_tensor(use_quote_delim, dtypes.bool, "use_quote_delim"),
            build.convert_to_tensor(na_value, dtypes.string, "na_value"), param("select_cols", select_cols, []), defaults,
            types=False,
        )  # fmt: skip
        super().__init__(made._variant_tensor, spec)


def _default(given):
    """A value as it is; for a type an empty tensor, since the column must be there."""
    if not isinstance(given, tensor.TensorLike) and any(given is kind or given == kind.name for kind in _KINDS):
        return build.constant([], given)
    return given


def make_csv_dataset(
    file_pattern, batch_size, column_names=None, column_defaults=None, label_name=None, select_columns=None,
    field_delim=",", use_quote_delim=True, na_value="", header=True, num_epochs=None, shuffle=True,
    shuffle_buffer_size=10000, shuffle_seed=None, prefetch_buffer_size=None, num_parallel_reads=None, sloppy=False,
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
        num_parallel_reads: from how many files records come in turn.
        compression_type: "", "ZLIB" or "GZIP".
        ignore_errors: whether records that cannot be read are left out.

    Raises:
        ValueError: no file matches, names do not fit, or rows differ in their number of columns.
    """
    names = _file_names(file_pattern, shuffle)
    files = datasets.Dataset.from_tensor_slices(names)
    if shuffle:
        files = files.shuffle(len(names), shuffle_seed)
    opened = _opener(compression_type)
    if column_names is None:
        if not header:
            raise ValueError("Cannot infer column names without a header line.")
        column_names = _first_line(names[0], opened, field_delim, use_quote_delim)
    column_names = list(column_names)
    if len(set(column_names)) != len(column_names):
        raise ValueError("Cannot have duplicate column names.")
    chosen = None if select_columns is None else _chosen(select_columns, column_names)
    if column_defaults is None:
        rows = _rows(names, opened, len(column_names), field_delim, use_quote_delim, header)
        wanted = range(len(column_names)) if chosen is None else chosen
        column_defaults = _guessed(rows, wanted, num_rows_for_inference, na_value)
    else:
        column_defaults = [_default(d) for d in column_defaults]
    if chosen is not None and len(column_defaults) != len(chosen):
        raise ValueError("If specified, column_defaults and select_columns must have same length.")
    if chosen is not None and len(column_names) > len(chosen):
        column_names = [column_names[i] for i in chosen]
    if label_name is not None and label_name not in column_names:
        raise ValueError(f"`label_name` provided must be one of the columns {column_names}, got {label_name!r}.")

    def filename_to_dataset(name):
        dataset = CsvDataset(
            name, column_defaults, compression_type, None, header, field_delim, use_quote_delim, na_value, chosen
        )
        return dataset.apply(dataset_experimental.ignore_errors()) if ignore_errors else dataset

    def map_fn(*columns):
        features = collections.OrderedDict(zip(column_names, columns))
        return features if label_name is None else (features, features.pop(label_name))

    dataset = _read(files, filename_to_dataset, num_parallel_reads, sloppy)
    dataset = _shuffled_and_repeated(dataset, num_epochs, shuffle, shuffle_buffer_size, shuffle_seed)
    dataset = dataset.batch(batch_size, drop_remainder=num_epochs is None).map(map_fn)
    return dataset.prefetch(datasets.AUTOTUNE if prefetch_buffer_size is None else prefetch_buffer_size)


def _read(files, reader, num_parallel_reads, sloppy):
    """The elements of the datasets that `reader` makes of files."""
    if num_parallel_reads == datasets.AUTOTUNE:
        return files.interleave(reader, num_parallel_calls=num_parallel_reads)
    cycle = 1 if num_parallel_reads is None else num_parallel_reads
    return files.apply(dataset_experimental.parallel_interleave(reader, cycle, sloppy=sloppy))


def _shuffled_and_repeated(dataset, num_epochs, shuffle, buffer_size, seed):
    if shuffle and num_epochs != 1:
        return dataset.apply(dataset_experimental.shuffle_and_repeat(buffer_size, num_epochs, seed))
    if shuffle:
        return dataset.shuffle(buffer_size, seed)
    return dataset if num_epochs == 1 else dataset.repeat(num_epochs)


# -- what a file says of itself ------------------------------------------------------------------------------------------


def _file_names(file_pattern, shuffle):
    patterns = file_pattern if isinstance(file_pattern, list) else [file_pattern]
    if not patterns:
        raise ValueError("File pattern is empty.")
    names = [name for pattern in patterns for name in gfile.Glob(pattern)]
    if not names:
        raise ValueError(f"No files match {file_pattern}.")
    return names if shuffle else sorted(names)


def _opener(compression_type):
    """Function of a name to an open text file.

    Raises:
        ValueError: the compression type is not known.
    """
    kind = (
        static_value.constant_value(compression_type)
        if isinstance(compression_type, tensor.Tensor)
        else compression_type
    )
    kind = kind.item().decode() if isinstance(kind, np.ndarray) else kind or ""
    unpacked = {"": None, "GZIP": gzip.decompress, "ZLIB": zlib.decompress}
    if kind not in unpacked:
        raise ValueError(f"compression_type ({compression_type}) is not supported")

    def opened(name):
        if unpacked[kind] is None:
            return gfile.GFile(name)
        with gfile.GFile(name, "rb") as file:
            return io.StringIO(unpacked[kind](file.read()).decode())

    return opened


def _reader(file, field_delim, use_quote_delim):
    quoting = csv.QUOTE_MINIMAL if use_quote_delim else csv.QUOTE_NONE
    return csv.reader(file, delimiter=field_delim, quoting=quoting)


def _first_line(name, opened, field_delim, use_quote_delim):
    with opened(name) as file:
        for row in _reader(file, field_delim, use_quote_delim):
            return row
    raise ValueError(f"Received StopIteration when reading the header line of {name}.  Empty file?")


def _rows(names, opened, count, field_delim, use_quote_delim, header):
    """The rows of files, as lists of texts."""
    for name in names:
        with opened(name) as file:
            rows = _reader(file, field_delim, use_quote_delim)
            if header:
                next(rows, None)
            for row in rows:
                if len(row) != count:
                    raise ValueError(
                        "Problem inferring types: CSV row has different number of fields than expected: "
                        f"{len(row)} where there are {count} columns, in {name}"
                    )
                yield row


def _chosen(select_columns, column_names):
    """The numbers of columns given by number or by name, ascending."""
    numbers = {name: i for i, name in enumerate(column_names)}
    found = []
    for column in select_columns:
        if isinstance(column, int):
            if not 0 <= column < len(column_names):
                raise ValueError(f"Column index {column} specified in `select_columns` out of valid range.")
            found.append(column)
        elif column not in numbers:
            raise ValueError(f"Value '{column}' specified in `select_columns` not a valid index or column name.")
        else:
            found.append(numbers[column])
    if len(set(found)) != len(found):
        raise ValueError(f"`select_columns` contains duplicate columns: {select_columns}")
    return sorted(found)


def _guessed(rows, chosen, limit, na_value):
    """For each column the first type that holds all of its first values, with its zero; texts where there are none."""
    kinds = [None] * len(chosen)
    for number, row in enumerate(rows):
        if limit is not None and number >= limit:
            break
        for k, column in enumerate(chosen):
            if row[column] in ("", na_value):
                continue
            kind = kinds[k] or 0
            while kind < len(_GUESSES) and not _holds(_GUESSES[kind], row[column]):
                kind += 1
            kinds[k] = kind
    types = [_GUESSES[k] if k is not None and k < len(_GUESSES) else dtypes.string for k in kinds]
    return [build.constant([""] if t is dtypes.string else [0], t) for t in types]


def _holds(dtype, text):
    try:
        value = float(text) if dtype.is_floating else int(text)
    except ValueError:
        return False
    if dtype.is_floating:
        return dtype is dtypes.float64 or value <= float(np.finfo(np.float32).max)
    return dtype.min <= value <= dtype.max


# -- Examples ------------------------------------------------------------------------------------------------------------


def make_batched_features_dataset(
    file_pattern, batch_size, features, reader=dataset_sources.TFRecordDataset, label_key=None, reader_args=None,
    num_epochs=None, shuffle=True, shuffle_buffer_size=10000, shuffle_seed=None, prefetch_buffer_size=None,
    reader_num_threads=None, parser_num_threads=None, sloppy_ordering=False, drop_final_batch=False,
):  # fmt: skip
    """Batches of the Examples in files: dicts of tensors, or (dict, labels).

    Args:
        file_pattern: names or patterns of files.
        features: as in `tf.io.parse_example`.
        reader: function of a file name to a dataset of serialized Examples, or of pairs of a key and one.
        label_key: the feature that is given apart.
        num_epochs: how often; for ever when None.

    Raises:
        TypeError: `reader` is a class of readers for queues. ValueError: there is no feature `label_key`.
    """
    if isinstance(reader, type) and issubclass(reader, readers.ReaderBase):
        raise TypeError(
            "The `reader` argument must return a `Dataset` object. `tf.ReaderBase` subclasses are not supported. For example, "
            "pass `tf.data.TFRecordDataset` instead of `tf.TFRecordReader`."
        )
    files = dataset_sources.list_files(file_pattern, shuffle=shuffle, seed=shuffle_seed)
    dataset = _read(files, lambda name: reader(name, *(reader_args or [])), reader_num_threads, sloppy_ordering)
    if dataset.output_types == (dtypes.string, dtypes.string):
        dataset = dataset.map(lambda _, v: v)
    dataset = _shuffled_and_repeated(dataset, num_epochs, shuffle, shuffle_buffer_size, shuffle_seed)
    dataset = dataset.batch(batch_size, drop_remainder=drop_final_batch or num_epochs is None)
    threads = 2 if parser_num_threads is None else parser_num_threads
    dataset = dataset.apply(dataset_parsing.parse_example_dataset(features, num_parallel_calls=threads))
    if label_key:
        if label_key not in features:
            raise ValueError(f"The `label_key` provided ({label_key!r}) must be one of the `features` keys.")
        dataset = dataset.map(lambda x: (x, x.pop(label_key)))
    return dataset.prefetch(datasets.AUTOTUNE if prefetch_buffer_size is None else prefetch_buffer_size)
