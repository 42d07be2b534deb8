"""`slim.dataset_data_provider`."""

from graphflow._contrib.slim_datasets import DatasetDataProvider as DatasetDataProvider
