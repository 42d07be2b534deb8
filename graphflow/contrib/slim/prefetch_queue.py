"""`slim.prefetch_queue`."""

from graphflow._contrib.slim_datasets import prefetch_queue as prefetch_queue
