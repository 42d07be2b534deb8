"""TFRecord files, read and written without a graph."""

from graphflow._files.tf_records import TFRecordCompressionType as TFRecordCompressionType
from graphflow._files.tf_records import TFRecordOptions as TFRecordOptions
from graphflow._files.tf_records import TFRecordWriter as TFRecordWriter
from graphflow._files.tf_records import tf_record_iterator as tf_record_iterator
