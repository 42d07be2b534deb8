"""The settings of boosted trees."""

from graphflow._estimator.boosting import LearnerConfig as LearnerConfig
