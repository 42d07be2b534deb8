"""`slim.data_provider`."""

from graphflow._contrib.slim_datasets import DataProvider as DataProvider
