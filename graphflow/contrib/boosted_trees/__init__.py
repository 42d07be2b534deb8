"""Boosted trees."""

from graphflow.contrib.boosted_trees import estimator_batch as estimator_batch
from graphflow.contrib.boosted_trees import proto as proto
