"""Reading and writing files, inside and outside of graphs."""

from graphflow._files.tf_records import TFRecordCompressionType as TFRecordCompressionType
from graphflow._files.tf_records import TFRecordOptions as TFRecordOptions
from graphflow._files.tf_records import TFRecordWriter as TFRecordWriter
from graphflow._files.tf_records import tf_record_iterator as tf_record_iterator
from graphflow._ops.strings import decode_base64 as decode_base64
from graphflow._ops.strings import encode_base64 as encode_base64
from graphflow._train.saving.graph_util import write_graph as write_graph
from graphflow.io import gfile as gfile
