"""Input from arrays, tables and files."""

from graphflow._estimator.learn.frames import extract_dask_data as extract_dask_data
from graphflow._estimator.learn.frames import extract_dask_labels as extract_dask_labels
from graphflow._estimator.learn.frames import extract_pandas_data as extract_pandas_data
from graphflow._estimator.learn.frames import extract_pandas_labels as extract_pandas_labels
from graphflow._estimator.learn.frames import extract_pandas_matrix as extract_pandas_matrix
from graphflow._estimator.learn.frames import numpy_input_fn as numpy_input_fn
from graphflow._estimator.learn.frames import pandas_input_fn as pandas_input_fn
from graphflow._estimator.learn.reading import queue_parsed_features as queue_parsed_features
from graphflow._estimator.learn.reading import read_batch_examples as read_batch_examples
from graphflow._estimator.learn.reading import read_batch_features as read_batch_features
from graphflow._estimator.learn.reading import read_batch_record_features as read_batch_record_features
from graphflow._estimator.learn.reading import read_keyed_batch_examples as read_keyed_batch_examples
from graphflow._estimator.learn.reading import read_keyed_batch_examples as read_keyed_batch_examples_shared_queue
from graphflow._estimator.learn.reading import read_keyed_batch_features as read_keyed_batch_features
from graphflow._estimator.learn.reading import (
    read_keyed_batch_features_shared_queue as read_keyed_batch_features_shared_queue,
)
