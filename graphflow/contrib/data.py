"""`tf.contrib.data`: the names that transformations had before they moved to `tf.data.experimental`."""

from graphflow._ops.dataset_experimental import Counter as Counter
from graphflow._ops.dataset_experimental import RandomDataset as RandomDataset
from graphflow._ops.dataset_experimental import Reducer as Reducer
from graphflow._ops.dataset_experimental import bucket_by_sequence_length as bucket_by_sequence_length
from graphflow._ops.dataset_experimental import choose_from_datasets as choose_from_datasets
from graphflow._ops.dataset_experimental import copy_to_device as copy_to_device
from graphflow._ops.dataset_experimental import dense_to_sparse_batch as dense_to_sparse_batch
from graphflow._ops.dataset_experimental import enumerate_dataset as enumerate_dataset
from graphflow._ops.dataset_experimental import get_single_element as get_single_element
from graphflow._ops.dataset_experimental import group_by_reducer as group_by_reducer
from graphflow._ops.dataset_experimental import group_by_window as group_by_window
from graphflow._ops.dataset_experimental import ignore_errors as ignore_errors
from graphflow._ops.dataset_experimental import make_saveable_from_iterator as make_saveable_from_iterator
from graphflow._ops.dataset_experimental import map_and_batch as map_and_batch
from graphflow._ops.dataset_experimental import parallel_interleave as parallel_interleave
from graphflow._ops.dataset_experimental import prefetch_to_device as prefetch_to_device
from graphflow._ops.dataset_experimental import sample_from_datasets as sample_from_datasets
from graphflow._ops.dataset_experimental import scan as scan
from graphflow._ops.dataset_experimental import shuffle_and_repeat as shuffle_and_repeat
from graphflow._ops.dataset_experimental import unbatch as unbatch
from graphflow._ops.dataset_experimental import unique as unique
from graphflow._ops.datasets import AUTOTUNE as AUTOTUNE
from graphflow._ops.datasets import Dataset as Dataset
