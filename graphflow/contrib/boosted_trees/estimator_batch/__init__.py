"""Estimators of boosted trees."""

from graphflow.contrib.boosted_trees.estimator_batch import estimator as estimator
