"""`slim.evaluation`."""

from graphflow._train.saving.init_from import checkpoints_iterator as checkpoints_iterator
from graphflow._train.saving.init_from import wait_for_new_checkpoint as wait_for_new_checkpoint
