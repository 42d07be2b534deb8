"""Distributions whose samples stand for them; of TensorFlow up to 1.4."""

from graphflow._contrib.stochastic_tensor import MeanValue as MeanValue
from graphflow._contrib.stochastic_tensor import SampleValue as SampleValue
from graphflow._contrib.stochastic_tensor import StochasticTensor as StochasticTensor
from graphflow._contrib.stochastic_tensor import value_type as value_type
