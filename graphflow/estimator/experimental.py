"""Parts of estimators for estimators of one's own."""

from graphflow._estimator.canned.dnn import dnn_logit_fn_builder as dnn_logit_fn_builder
from graphflow._estimator.canned.linear import linear_logit_fn_builder as linear_logit_fn_builder
from graphflow._estimator.kmeans import KMeansClustering as KMeans
from graphflow._estimator.model_fn import call_logit_fn as call_logit_fn
from graphflow._estimator.receivers import (
    build_raw_supervised_input_receiver_fn as build_raw_supervised_input_receiver_fn,
)
