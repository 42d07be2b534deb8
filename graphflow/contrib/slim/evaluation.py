"""`slim.evaluation`."""

from graphflow._estimator.slim_evaluation import evaluate_once as evaluate_once
from graphflow._estimator.slim_evaluation import evaluation_loop as evaluation_loop
from graphflow._train.saving.init_from import checkpoints_iterator as checkpoints_iterator
from graphflow._train.saving.init_from import wait_for_new_checkpoint as wait_for_new_checkpoint
