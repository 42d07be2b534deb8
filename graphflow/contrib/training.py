"""`tf.contrib.training`: hyperparameters, training steps."""

from graphflow._contrib.hparams import HParams as HParams
from graphflow._contrib.hparams import parse_values as parse_values
from graphflow._contrib.train_op import add_gradients_summaries as add_gradients_summaries
from graphflow._contrib.train_op import clip_gradient_norms as clip_gradient_norms
from graphflow._contrib.train_op import clip_gradient_norms_fn as clip_gradient_norms_fn
from graphflow._contrib.train_op import create_train_op as create_train_op
from graphflow._contrib.train_op import multiply_gradients as multiply_gradients
from graphflow._contrib.training_loops import SummaryAtEndHook as SummaryAtEndHook
from graphflow._contrib.training_loops import train as train
from graphflow._estimator.evaluation import StopAfterNEvalsHook as StopAfterNEvalsHook
from graphflow._estimator.evaluation import evaluate_once as evaluate_once
from graphflow._estimator.evaluation import evaluate_repeatedly as evaluate_repeatedly
from graphflow._estimator.evaluation import get_or_create_eval_step as get_or_create_eval_step
from graphflow._train.bucketing import bucket as bucket
from graphflow._train.bucketing import bucket_by_sequence_length as bucket_by_sequence_length
from graphflow._train.saving.init_from import checkpoints_iterator as checkpoints_iterator
from graphflow._train.saving.init_from import wait_for_new_checkpoint as wait_for_new_checkpoint
