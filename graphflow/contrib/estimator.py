"""Heads and additions to estimators, under their older names."""

from graphflow._estimator.canned.legacy_heads import binary_classification_head as binary_classification_head
from graphflow._estimator.canned.legacy_heads import logistic_regression_head as logistic_regression_head
from graphflow._estimator.canned.legacy_heads import multi_class_head as multi_class_head
from graphflow._estimator.canned.legacy_heads import multi_head as multi_head
from graphflow._estimator.canned.legacy_heads import multi_label_head as multi_label_head
from graphflow._estimator.canned.legacy_heads import poisson_regression_head as poisson_regression_head
from graphflow._estimator.canned.legacy_heads import regression_head as regression_head
from graphflow._estimator.extenders import add_metrics as add_metrics
