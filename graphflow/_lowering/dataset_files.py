"""Streams of what files hold: lines, records, pieces of fixed length."""

from __future__ import annotations

import zlib

import numpy as np

from graphflow._core import errors
from graphflow._files import gfile, records
from graphflow._lowering import dataset_values


def _text(data):
    found = np.empty((), object)
    found[()] = data
    return (found,)


def names_of(filenames):
    """Names as texts."""
    return [name.decode() for name in np.ravel(filenames).tolist()]


def bits_of(op, compression):
    """What zlib is to be told for a compression type; None for none."""
    try:
        return records.window_bits(compression)
    except ValueError:
        raise errors.InvalidArgumentError(None, op, "Unsupported compression_type.") from None


def contents(op, name, bits):
    """The bytes of a file, unpacked."""
    with gfile.GFile(name, "rb") as file:
        data = file.read()
    try:
        return data if bits is None else zlib.decompress(data, bits)
    except zlib.error as error:
        raise errors.DataLossError(None, op, f"{name}: {error}") from None


def lines(ctx, op, filenames, compression, _):
    """The lines of text files, without their ends."""
    bits = bits_of(op, compression.item().decode())

    def read(name):
        if bits is None:
            with gfile.GFile(name, "rb") as file:
                for line in file:
                    yield _text(line.removesuffix(b"\n").removesuffix(b"\r"))
            return
        found = contents(op, name, bits).split(b"\n")
        for line in found if found[-1] else found[:-1]:
            yield _text(line.removesuffix(b"\r"))

    return _in_turn(filenames, read)


def tf_records(ctx, op, filenames, compression, _):
    """The records of TFRecord files."""
    compression = compression.item().decode()
    bits_of(op, compression)
    return _in_turn(filenames, lambda name: map(_text, records.read(name, compression)))


def pieces(ctx, op, filenames, header, size, footer, _, *compression):
    """The pieces of fixed length of files."""
    bits = bits_of(op, compression[0].item().decode() if compression else "")
    header, size, footer = int(header), int(size), int(footer)
    if size <= 0:
        raise errors.InvalidArgumentError(None, op, "`record_bytes` must be > 0")

    def read(name):
        data = contents(op, name, bits)
        body = len(data) - header - footer
        if body % size:
            raise errors.InvalidArgumentError(
                None, op, f"Excluding the header ({header} bytes) and footer ({footer} bytes), input file \"{name}\" has body "
                f"length {body} bytes, which is not an exact multiple of the record length ({size} bytes)."
            )  # fmt: skip
        for at in range(header, header + body, size):
            yield _text(data[at : at + size])

    return _in_turn(filenames, read)


def _in_turn(filenames, read):
    names = names_of(filenames)
    return dataset_values.Source(lambda run: dataset_values.in_turn(map(read, names)))
