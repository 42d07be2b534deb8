"""Datasets: sequences of elements, read by iterators."""

from graphflow._ops.dataset_iterators import Iterator as Iterator
from graphflow._ops.dataset_iterators import make_initializable_iterator as make_initializable_iterator
from graphflow._ops.dataset_iterators import make_one_shot_iterator as make_one_shot_iterator
from graphflow._ops.dataset_options import Options as Options
from graphflow._ops.dataset_sources import FixedLengthRecordDataset as FixedLengthRecordDataset
from graphflow._ops.dataset_sources import TextLineDataset as TextLineDataset
from graphflow._ops.dataset_sources import TFRecordDataset as TFRecordDataset
from graphflow._ops.datasets import Dataset as Dataset
from graphflow._ops.datasets import get_output_classes as get_output_classes
from graphflow._ops.datasets import get_output_shapes as get_output_shapes
from graphflow._ops.datasets import get_output_types as get_output_types
from graphflow._ops.element_spec import DatasetSpec as DatasetSpec
from graphflow.data import experimental as experimental
