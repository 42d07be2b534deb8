"""Heads."""

from graphflow._estimator.learn.heads import Head as Head
from graphflow._estimator.learn.heads import binary_svm_head as binary_svm_head
from graphflow._estimator.learn.heads import loss_only_head as loss_only_head
from graphflow._estimator.learn.heads import multi_class_head as multi_class_head
from graphflow._estimator.learn.heads import multi_head as multi_head
from graphflow._estimator.learn.heads import multi_label_head as multi_label_head
from graphflow._estimator.learn.heads import no_op_train_fn as no_op_train_fn
from graphflow._estimator.learn.heads import poisson_regression_head as poisson_regression_head
from graphflow._estimator.learn.heads import regression_head as regression_head
