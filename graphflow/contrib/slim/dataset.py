"""`slim.dataset`."""

from graphflow._contrib.slim_datasets import Dataset as Dataset
