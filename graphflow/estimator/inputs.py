"""Input functions over data in memory."""

from graphflow._estimator.inputs import numpy_input_fn as numpy_input_fn
from graphflow._estimator.inputs import pandas_input_fn as pandas_input_fn
