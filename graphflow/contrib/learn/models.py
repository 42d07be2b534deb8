"""Models as functions (features, labels) -> (predictions, loss)."""

from graphflow._estimator.learn.models import linear_regression as linear_regression
from graphflow._estimator.learn.models import linear_regression_zero_init as linear_regression_zero_init
from graphflow._estimator.learn.models import logistic_regression as logistic_regression
from graphflow._estimator.learn.models import logistic_regression_zero_init as logistic_regression_zero_init
