"""`slim.data_decoder`."""

from graphflow._contrib.slim_datasets import DataDecoder as DataDecoder
