"""`tf.contrib.staging`."""

from graphflow._ops.staging import StagingArea as StagingArea
