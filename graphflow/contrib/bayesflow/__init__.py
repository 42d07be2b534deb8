"""`tf.contrib.bayesflow`: Monte Carlo expectations."""

from graphflow.contrib.bayesflow import monte_carlo as monte_carlo
from graphflow.contrib.bayesflow import stochastic_tensor as stochastic_tensor
