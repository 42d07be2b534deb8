"""Datasets of rows of databases, and files of records written from datasets."""

from __future__ import annotations

from graphflow._core import dtypes, refused
from graphflow._graph import build, op_def
from graphflow._ops import dataset_sources, datasets, element_spec

op_def.shape_rule("CSVDataset", "ParseExampleDataset", "SlidingWindowDataset")(lambda op: [()])
op_def.shape_rule("DatasetToTFRecord")(lambda op: [])


class SqlDataset(datasets.Dataset):
    """The rows that a query of a database gives, each a tuple of one scalar a column.

    Args:
        driver_name: "sqlite".
        data_source_name: the file of the database.
        query: in SQL.
        output_types: the types of the columns.
    """

    def __init__(self, driver_name, data_source_name, query, output_types):
        given = [
            build.convert_to_tensor(value, dtypes.string, name)
            for value, name in (
                (driver_name, "driver_name"), (data_source_name, "data_source_name"), (query, "query")
            )
        ]  # fmt: skip
        spec = element_spec.map_leaves(lambda kind: element_spec.TensorSpec((), kind), output_types)
        super().__init__(datasets.node("SqlDataset", spec, *given)._variant_tensor, spec)


class TFRecordWriter:
    """Writes the elements of a dataset, strings, to a TFRecord file.

    Args:
        filename: the file; what it held is gone.
        compression_type: `""`, `"ZLIB"` or `"GZIP"`.
    """

    def __init__(self, filename, compression_type=None):
        self._filename = build.convert_to_tensor(filename, dtypes.string, "filename")
        self._compression_type = dataset_sources.param("compression_type", compression_type, "", dtypes.string)

    def write(self, dataset):
        """An operation that writes all elements.

        Raises:
            TypeError: `dataset` is no dataset, or not of string scalars.
        """
        if not isinstance(dataset, datasets.Dataset):
            raise TypeError("`dataset` must be a `tf.data.Dataset` object.")
        text = element_spec.TensorSpec((), dtypes.string)
        if element_spec.is_nested(dataset.element_spec) or not dataset.element_spec.is_compatible_with(text):
            raise TypeError(
                f"`dataset` must produce scalar `DT_STRING` tensors whereas it produces shape {dataset.output_shapes} and types "
                f"{dataset.output_types}"
            )
        return build.apply("DatasetToTFRecord", dataset._variant_tensor, self._filename, self._compression_type)


LMDBDataset = refused.refusal(
    "tf.contrib.data.LMDBDataset",
    "filenames",
    "LMDB databases are not read here; write their entries to TFRecord files",
)
