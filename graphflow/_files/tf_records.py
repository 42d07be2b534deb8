"""TFRecord files: the writer and the iterator that scripts use."""

from __future__ import annotations

import os

from graphflow._files import records


class TFRecordCompressionType:
    """How a file is compressed, as numbers."""

    NONE = 0
    ZLIB = 1
    GZIP = 2


class TFRecordOptions:
    """How a file is compressed.

    Args:
        compression_type: `"GZIP"`, `"ZLIB"`, `""`, or a number of TFRecordCompressionType.
        window_bits, compression_level, compression_method, mem_level, compression_strategy: as in `zlib.compressobj`.
        flush_mode, input_buffer_size, output_buffer_size: without effect.

    Raises:
        ValueError: another compression type.
    """

    compression_type_map = {
        TFRecordCompressionType.ZLIB: "ZLIB",
        TFRecordCompressionType.GZIP: "GZIP",
        TFRecordCompressionType.NONE: "",
    }

    def __init__(
        self, compression_type=None, flush_mode=None, input_buffer_size=None, output_buffer_size=None, window_bits=None,
        compression_level=None, compression_method=None, mem_level=None, compression_strategy=None,
    ):  # fmt: skip
        self.get_compression_type_string(compression_type)
        self.compression_type, self.flush_mode = compression_type, flush_mode
        self.input_buffer_size, self.output_buffer_size = input_buffer_size, output_buffer_size
        self.window_bits, self.compression_level = window_bits, compression_level
        self.compression_method, self.mem_level = compression_method, mem_level
        self.compression_strategy = compression_strategy

    @classmethod
    def get_compression_type_string(cls, options):
        """`"ZLIB"`, `"GZIP"` or `""` for options, a number, a text or None."""
        if not options:
            return ""
        if isinstance(options, TFRecordOptions):
            return cls.get_compression_type_string(options.compression_type)
        if options in cls.compression_type_map:
            return cls.compression_type_map[options]
        if options in cls.compression_type_map.values():
            return options
        raise ValueError(f'Not a valid compression_type: "{options}"')


class TFRecordWriter:
    """Writes records of bytes to a file.

    Args:
        path: the file; what it held is gone.
        options: TFRecordOptions, a number of TFRecordCompressionType, `"GZIP"` or `"ZLIB"`.
    """

    def __init__(self, path, options=None):
        if not isinstance(options, TFRecordOptions):
            options = TFRecordOptions(compression_type=options)
        self._writer = records.Writer(
            os.fspath(path), TFRecordOptions.get_compression_type_string(options), options.compression_level,
            options.compression_strategy, options.mem_level, options.compression_method, options.window_bits,
        )  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.close()

    def write(self, record):
        """Appends a record: bytes, or text, which is taken as UTF-8."""
        self._writer.write(record.encode() if isinstance(record, str) else bytes(record))

    def flush(self):
        """Hands what was written to the operating system."""
        self._writer.flush()

    def close(self):
        """Ends the file."""
        self._writer.close()


def tf_record_iterator(path, options=None):
    """Yields the records of a file, bytes each.

    Raises:
        NotFoundError: there is no such file. DataLossError: it is damaged or cut off.
    """
    return records.read(os.fspath(path), TFRecordOptions.get_compression_type_string(options))
