"""Layers, the graph of their calls, models and their training."""

from graphflow_keras.engine.base_layer import InputSpec as InputSpec
from graphflow_keras.engine.base_layer import Layer as Layer
from graphflow_keras.engine.input_layer import Input as Input
from graphflow_keras.engine.input_layer import InputLayer as InputLayer
from graphflow_keras.engine.network import get_source_inputs as get_source_inputs
from graphflow_keras.engine.training import Model as Model
