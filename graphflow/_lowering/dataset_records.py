"""Rules of datasets of records: of CSV files, of databases, of batches of Examples; and the writing of record files."""

from __future__ import annotations

import contextlib
import sqlite3

import numpy as np

from graphflow._core import dtypes, errors
from graphflow._files import gfile, records
from graphflow._lowering import (
    dataset_bodies,
    dataset_files,
    dataset_maps,
    dataset_values,
    datasets,
    decoding,
    parsing,
    rule,
)

# -- CSV -----------------------------------------------------------------------------------------------------------------


def _csv(ctx, op, names, compression, _, header, delim, quotes, na_value, chosen, *defaults):
    """The records of CSV files; arrays of one number or text a column."""
    bits, kinds = dataset_files.bits_of(op, compression.item().decode()), op.attrs["output_types"]
    na_value = na_value.item()
    chosen, delim = chosen.tolist(), delim.item()

    def read(name):
        lines = _records(dataset_files.contents(op, name, bits), bool(quotes))
        if header:
            next(lines, None)
        return map(parsed, lines)

    def parsed(record):
        fields = decoding.csv_fields(op, record, delim, bool(quotes))
        if chosen:
            if max(chosen) >= len(fields):
                raise errors.InvalidArgumentError(
                    None, op, f"Expect at least {max(chosen) + 1} fields but have {len(fields)} in record"
                )
            fields = [fields[i] for i in chosen]
        if len(fields) != len(kinds):
            raise errors.InvalidArgumentError(None, op, f"Expect {len(kinds)} fields but have {len(fields)} in record")
        return tuple(map(column, range(len(kinds)), fields))

    def column(i, field):
        kind = kinds[i]
        if field in (b"", na_value):
            if not defaults[i].size:
                raise errors.InvalidArgumentError(None, op, f"Field {i} is required but missing in record!")
            field = defaults[i].item()
        elif kind is not dtypes.string:
            field = decoding.csv_number(op, field, kind, i, 0)
        with np.errstate(over="ignore"):
            return np.array(field, kind.as_numpy_dtype)

    return dataset_values.Source(lambda run: dataset_values.in_turn(map(read, dataset_files.names_of(names))))


def _records(data, quotes):
    """The records of a file: its lines, where the ends of lines inside quotes are part of a field."""
    record = b""
    for line in data.split(b"\n"):
        record = record + b"\n" + line if record else line
        if quotes and record.count(b'"') % 2:
            continue
        record = record.removesuffix(b"\r")
        if record:
            yield record
        record = b""
    if record:
        yield record


# -- databases -----------------------------------------------------------------------------------------------------------


def _sql(ctx, op, driver, source, query):
    """The rows of the result of a query of an SQLite database."""
    if driver.item() != b"sqlite":
        raise errors.InvalidArgumentError(
            None,
            op,
            f"tensorflow::Tensor of type string: {driver.item().decode()} is not a supported driver; use 'sqlite'",
        )
    kinds, name, query = op.attrs["output_types"], source.item().decode(), query.item().decode()

    def rows(run):
        with _told(op), contextlib.closing(sqlite3.connect(name)) as connection:
            connection.text_factory = bytes
            cursor = connection.execute(query)
            if cursor.description is None or len(cursor.description) != len(kinds):
                count = len(cursor.description or ())
                raise errors.InvalidArgumentError(
                    None, op, f"The number of columns in query ({count}) must match the number of elements in output_types "
                    f"({len(kinds)})."
                )  # fmt: skip
            for row in cursor:
                yield tuple(map(_of_column, row, kinds))

    return dataset_values.Source(rows)


@contextlib.contextmanager
def _told(op):
    try:
        yield
    except sqlite3.Error as error:
        raise errors.UnknownError(None, op, f"Failed to read the database: {error}") from None


def _of_column(value, kind):
    """A value of a database as SQLite gives it for a column of that type: none is 0, and texts are read as numbers."""
    if kind is dtypes.string:
        if value is None:
            value = b""
        return np.array(value if isinstance(value, bytes) else str(value).encode(), object)
    if isinstance(value, bytes):
        value = _leading_number(value)
    if kind is dtypes.bool:
        return np.array(value != 0 and value is not None)
    value = 0 if value is None else value
    if not kind.is_floating:
        bits = 8 * np.dtype(kind.as_numpy_dtype).itemsize
        value = int(value) & ((1 << bits) - 1)  # too great a number keeps its last bits
        value -= (1 << bits) if not kind.is_unsigned and value >> (bits - 1) else 0
    return np.array(value, kind.as_numpy_dtype)


def _leading_number(text):
    for end in range(len(text), 0, -1):
        try:
            return float(text[:end]) if b"." in text[:end] or b"e" in text[:end].lower() else int(text[:end])
        except ValueError:
            continue
    return 0


# -- Examples ------------------------------------------------------------------------------------------------------------


class _Parsed(dataset_values.Of):
    """Batches of serialized Examples as their features."""

    def __init__(self, source, op, defaults):
        super().__init__(source)
        self._op, self._defaults = op, defaults

    def stream(self, run):
        attrs = self._op.attrs
        sparse = list(zip(parsing.texts(attrs["sparse_keys"]), attrs["sparse_types"]))
        dense = parsing.dense_of(attrs["dense_keys"], attrs["Tdense"], attrs["dense_shapes"])
        keys = sorted([key for key, _ in sparse] + [each[0] for each in dense])

        def features(element):
            found = parsing.batch_of(self._op, element[0].tolist(), sparse, dense, self._defaults)
            count = len(sparse)
            boxes = [_boxed(found[i::count][:3]) for i in range(count)] if count else []
            by_key = dict(zip([key for key, _ in sparse], boxes))
            by_key.update(zip([each[0] for each in dense], found[3 * count :]))
            return tuple(by_key[key] for key in keys)

        return map(features, self.source.stream(run))


def _boxed(parts):
    """The parts of a sparse tensor as the vector of three that it travels as."""
    out = np.empty(3, object)
    out[:] = list(parts)
    return out


# -- writing -------------------------------------------------------------------------------------------------------------


def _write(ctx, op, dataset, name, compression):
    run = dataset_bodies.Run(ctx)
    try:
        with contextlib.closing(records.Writer(name.item().decode(), compression.item().decode())) as writer:
            for element in dataset.item().stream(run):
                writer.write(element[0].item())
    finally:
        run.close()
    return ()


RULES = {
    "CSVDataset": datasets.row(_csv),
    "SqlDataset": datasets.row(_sql),
    "ParseExampleDataset": datasets.row(lambda ctx, op, source, calls, *defaults: _Parsed(source, op, defaults)),
    "DatasetToTFRecord": rule.Host(_write, because="files are written on the host"),
}
