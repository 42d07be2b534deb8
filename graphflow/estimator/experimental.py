"""Parts of estimators for estimators of one's own."""

from graphflow._estimator.canned.dnn import dnn_logit_fn_builder as dnn_logit_fn_builder
from graphflow._estimator.canned.linear import linear_logit_fn_builder as linear_logit_fn_builder
from graphflow._estimator.canned.sdca import LinearSDCA as LinearSDCA
from graphflow._estimator.early_stopping import make_early_stopping_hook as make_early_stopping_hook
from graphflow._estimator.early_stopping import stop_if_higher_hook as stop_if_higher_hook
from graphflow._estimator.early_stopping import stop_if_lower_hook as stop_if_lower_hook
from graphflow._estimator.early_stopping import stop_if_no_decrease_hook as stop_if_no_decrease_hook
from graphflow._estimator.early_stopping import stop_if_no_increase_hook as stop_if_no_increase_hook
from graphflow._estimator.in_memory import InMemoryEvaluatorHook as InMemoryEvaluatorHook
from graphflow._estimator.in_memory import make_stop_at_checkpoint_step_hook as make_stop_at_checkpoint_step_hook
from graphflow._estimator.kmeans import KMeans as KMeans
from graphflow._estimator.model_fn import call_logit_fn as call_logit_fn
from graphflow._estimator.receivers import (
    build_raw_supervised_input_receiver_fn as build_raw_supervised_input_receiver_fn,
)
