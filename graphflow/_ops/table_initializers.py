"""What look-up tables are filled with: tensors of keys and values, or the columns of a text file."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, keys, op_def, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import variable

op_def.shape_rule(
    "InitializeTable", "InitializeTableV2", "InitializeTableFromTextFile", "InitializeTableFromTextFileV2",
    "LookupTableImport", "LookupTableImportV2",
)(lambda op: [])  # fmt: skip


class TableInitializerBase:
    """What fills a table: subclasses define `initialize(table)`, which returns the operation that does it."""

    def __init__(self, key_dtype, value_dtype):
        self._key_dtype, self._value_dtype = dtypes.as_dtype(key_dtype), dtypes.as_dtype(value_dtype)

    key_dtype = property(lambda self: self._key_dtype, doc="The type of the keys.")
    value_dtype = property(lambda self: self._value_dtype, doc="The type of the values.")
    _shared_name = ""  # under which sessions share the table; none: a name of its own

    def initialize(self, table):
        """An operation that fills `table`; it joins TABLE_INITIALIZERS."""
        raise NotImplementedError("Calling an abstract method: a table initializer defines `initialize(table)`.")


def _check_types(table, key_dtype, value_dtype):
    for what, came, wanted in (("key", key_dtype, table.key_dtype), ("value", value_dtype, table.value_dtype)):
        if came.base_dtype is not wanted:
            raise TypeError(f"Invalid {what} dtype, expected {wanted} but got {came}.")


class KeyValueTensorInitializer(TableInitializerBase):
    """Fills a table with `values[i]` under `keys[i]`.

    Args:
        keys, values: vectors of the same length.
        key_dtype, value_dtype: their types, where they are no tensors.
        name: of the operation's scope.
    """

    def __init__(self, keys, values, key_dtype=None, value_dtype=None, name=None):
        with variable.init_scope():
            self._keys = build.convert_to_tensor(keys, dtype=key_dtype, name="keys")
            self._values = build.convert_to_tensor(values, dtype=value_dtype, name="values")
        self._name = "key_value_init" if name is None else name
        super().__init__(self._keys.dtype, self._values.dtype)

    def initialize(self, table):
        _check_types(table, self._keys.dtype, self._values.dtype)
        with build.name_scope(self._name, values=[table.resource_handle, self._keys, self._values]):
            made = build.apply("LookupTableImportV2", table.resource_handle, self._keys, self._values)
        graph_lib.get_default_graph().add_to_collection(keys.GraphKeys.TABLE_INITIALIZERS, made)
        return made


class TextFileIndex:
    """In place of the number of a column: the line as a whole, or its number."""

    WHOLE_LINE = -2
    LINE_NUMBER = -1


class TextFileInitializer(TableInitializerBase):
    """Fills a table from a text file, one entry a line.

    Args:
        filename: a path, or a string scalar tensor.
        key_dtype, value_dtype: int64 or string; a value also a float.
        key_index, value_index: the column that is the key or value, `TextFileIndex.WHOLE_LINE` or
            `TextFileIndex.LINE_NUMBER` (from 0 on).
        vocab_size: how many lines to take; all when None.
        delimiter: between columns.
        name: of the operation's scope.

    Raises:
        ValueError: no file name, an index or size that is none, or a type that the index cannot give.
    """

    def __init__(
        self, filename, key_dtype, key_index, value_dtype, value_index, vocab_size=None, delimiter="\t", name=None
    ):  # fmt: skip
        if not isinstance(filename, tensor.Tensor) and not filename:
            raise ValueError(f"Filename required for {name}.")
        super().__init__(key_dtype, value_dtype)
        for what, index, dtype in (("key", key_index, self.key_dtype), ("value", value_index, self.value_dtype)):
            if index < -2:
                raise ValueError(f"Invalid {what} index {index}.")
            if index == TextFileIndex.LINE_NUMBER and dtype is not dtypes.int64:
                raise ValueError(f"Signature mismatch. A line number is of dtype int64, got {dtype} for the {what}.")
            if index == TextFileIndex.WHOLE_LINE and dtype is not dtypes.string:
                if what == "value" or not dtype.is_integer:
                    raise ValueError(
                        f"Signature mismatch. A whole line is of dtype string, got {dtype} for the {what}."
                    )
        if vocab_size is not None and vocab_size <= 0:
            raise ValueError(f"Invalid vocab_size {vocab_size}.")
        self._key_index, self._value_index = key_index, value_index
        self._vocab_size, self._delimiter, self._name = vocab_size, delimiter, name
        self._given = filename
        self._filename = filename if isinstance(filename, tensor.Tensor) else _path(filename)

    def initialize(self, table):
        _check_types(table, self.key_dtype, self.value_dtype)
        size = -1 if self._vocab_size is None else self._vocab_size
        with build.name_scope(self._name, "text_file_init", [table.resource_handle]):
            made = build.apply(
                "InitializeTableFromTextFileV2", table.resource_handle, self._filename, key_index=self._key_index,
                value_index=self._value_index, vocab_size=size, delimiter=self._delimiter,
            )  # fmt: skip
        graph = graph_lib.get_default_graph()
        graph.add_to_collection(keys.GraphKeys.TABLE_INITIALIZERS, made)
        if self._filename.op.type == "Const":
            graph.add_to_collection(keys.GraphKeys.ASSET_FILEPATHS, self._filename)
        return made

    @property
    def _shared_name(self):
        size = [self._vocab_size] if self._vocab_size else []
        return "_".join(map(str, ["hash_table", self._given, *size, self._key_index, self._value_index]))


def _path(filename):
    """The name of a file as a constant; exporting a model takes the file along."""
    with variable.init_scope() as graph, graph.device("CPU"):
        return build.constant(filename, dtypes.string, name="asset_path")


class TextFileStringTableInitializer(TextFileInitializer):
    """Fills a table int64 -> string, by default the line under its number."""

    def __init__(
        self, filename, key_column_index=TextFileIndex.LINE_NUMBER, value_column_index=TextFileIndex.WHOLE_LINE,
        vocab_size=None, delimiter="\t", name="text_file_string_table_init",
    ):  # fmt: skip
        super().__init__(
            filename, dtypes.int64, key_column_index, dtypes.string, value_column_index, vocab_size, delimiter, name
        )


class TextFileIdTableInitializer(TextFileInitializer):
    """Fills a table string or int64 -> int64, by default the number of a line under the line."""

    def __init__(
        self, filename, key_column_index=TextFileIndex.WHOLE_LINE, value_column_index=TextFileIndex.LINE_NUMBER,
        vocab_size=None, delimiter="\t", name="text_file_id_table_init", key_dtype=dtypes.string,
    ):  # fmt: skip
        super().__init__(
            filename, key_dtype, key_column_index, dtypes.int64, value_column_index, vocab_size, delimiter, name
        )
