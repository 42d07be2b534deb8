"""`tf.contrib.checkpoint`: checkpoints of objects."""

from graphflow.train import Checkpoint as Checkpoint
from graphflow.train import CheckpointManager as CheckpointManager
