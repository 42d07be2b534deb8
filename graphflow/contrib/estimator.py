"""Heads, and what can be done with estimators, under their older names."""

from graphflow._estimator.canned.boosted import (
    boosted_trees_classifier_train_in_memory as boosted_trees_classifier_train_in_memory,
)
from graphflow._estimator.canned.boosted import (
    boosted_trees_regressor_train_in_memory as boosted_trees_regressor_train_in_memory,
)
from graphflow._estimator.canned.dnn import DNNClassifier as DNNClassifierWithLayerAnnotations
from graphflow._estimator.canned.dnn import DNNRegressor as DNNRegressorWithLayerAnnotations
from graphflow._estimator.canned.dnn import dnn_logit_fn_builder as dnn_logit_fn_builder
from graphflow._estimator.canned.legacy_heads import binary_classification_head as binary_classification_head
from graphflow._estimator.canned.legacy_heads import logistic_regression_head as logistic_regression_head
from graphflow._estimator.canned.legacy_heads import multi_class_head as multi_class_head
from graphflow._estimator.canned.legacy_heads import multi_head as multi_head
from graphflow._estimator.canned.legacy_heads import multi_label_head as multi_label_head
from graphflow._estimator.canned.legacy_heads import poisson_regression_head as poisson_regression_head
from graphflow._estimator.canned.legacy_heads import regression_head as regression_head
from graphflow._estimator.canned.linear import linear_logit_fn_builder as linear_logit_fn_builder
from graphflow._estimator.canned.rnn import RNNClassifier as RNNClassifier
from graphflow._estimator.canned.rnn import RNNEstimator as RNNEstimator
from graphflow._estimator.early_stopping import make_early_stopping_hook as make_early_stopping_hook
from graphflow._estimator.early_stopping import stop_if_higher_hook as stop_if_higher_hook
from graphflow._estimator.early_stopping import stop_if_lower_hook as stop_if_lower_hook
from graphflow._estimator.early_stopping import stop_if_no_decrease_hook as stop_if_no_decrease_hook
from graphflow._estimator.early_stopping import stop_if_no_increase_hook as stop_if_no_increase_hook
from graphflow._estimator.exporting import export_all_saved_models as export_all_saved_models
from graphflow._estimator.exporting import export_saved_model_for_mode as export_saved_model_for_mode
from graphflow._estimator.extenders import TowerOptimizer as TowerOptimizer
from graphflow._estimator.extenders import add_metrics as add_metrics
from graphflow._estimator.extenders import clip_gradients_by_norm as clip_gradients_by_norm
from graphflow._estimator.extenders import forward_features as forward_features
from graphflow._estimator.extenders import replicate_model_fn as replicate_model_fn
from graphflow._estimator.in_memory import InMemoryEvaluatorHook as InMemoryEvaluatorHook
from graphflow._estimator.in_memory import make_stop_at_checkpoint_step_hook as make_stop_at_checkpoint_step_hook
from graphflow._estimator.learn.refused import SavedModelEstimator as SavedModelEstimator
from graphflow._estimator.model_fn import call_logit_fn as call_logit_fn
from graphflow._estimator.receivers import (
    build_raw_supervised_input_receiver_fn as build_raw_supervised_input_receiver_fn,
)
from graphflow._estimator.receivers import (
    build_supervised_input_receiver_fn_from_input_fn as build_supervised_input_receiver_fn_from_input_fn,
)
