"""Expectations as means over samples."""

from graphflow._contrib.monte_carlo import expectation as expectation
from graphflow._contrib.monte_carlo import expectation_importance_sampler as expectation_importance_sampler
