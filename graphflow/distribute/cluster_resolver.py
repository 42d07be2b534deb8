"""`tf.distribute.cluster_resolver`."""

from graphflow.contrib.cluster_resolver import TPUClusterResolver as TPUClusterResolver
