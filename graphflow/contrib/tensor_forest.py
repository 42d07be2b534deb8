"""Random forests."""

from graphflow._estimator.forest import ForestHParams as ForestHParams
from graphflow._estimator.forest import RandomForestGraphs as RandomForestGraphs
