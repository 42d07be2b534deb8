"""Running experiments."""

from graphflow._estimator.learn.experiment import run as run
from graphflow._estimator.learn.experiment import tune as tune
