"""Estimators of boosted trees."""

from graphflow._estimator.learn.boosted_trees import (
    GradientBoostedDecisionTreeClassifier as GradientBoostedDecisionTreeClassifier,
)
from graphflow._estimator.learn.boosted_trees import (
    GradientBoostedDecisionTreeRegressor as GradientBoostedDecisionTreeRegressor,
)
