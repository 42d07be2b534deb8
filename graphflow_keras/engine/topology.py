"""Where the engine's classes stood before Keras 2.2.0; scripts still import them from here."""

from graphflow_keras.engine.base_layer import InputSpec as InputSpec
from graphflow_keras.engine.base_layer import Layer as Layer
from graphflow_keras.engine.base_layer import Node as Node
from graphflow_keras.engine.input_layer import Input as Input
from graphflow_keras.engine.input_layer import InputLayer as InputLayer
from graphflow_keras.engine.network import Network as Network
from graphflow_keras.engine.network import get_source_inputs as get_source_inputs
