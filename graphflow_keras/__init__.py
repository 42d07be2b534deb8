"""The Keras 2.2.4 API over graphflow's public names: layers, models, callbacks, in the same graph."""

from graphflow_keras import activations as activations
from graphflow_keras import applications as applications
from graphflow_keras import backend as backend
from graphflow_keras import callbacks as callbacks
from graphflow_keras import constraints as constraints
from graphflow_keras import datasets as datasets
from graphflow_keras import dialect as dialect
from graphflow_keras import engine as engine
from graphflow_keras import estimator as estimator
from graphflow_keras import experimental as experimental
from graphflow_keras import initializers as initializers
from graphflow_keras import layers as layers
from graphflow_keras import losses as losses
from graphflow_keras import metrics as metrics
from graphflow_keras import mixed_precision as mixed_precision
from graphflow_keras import models as models
from graphflow_keras import optimizers as optimizers
from graphflow_keras import preprocessing as preprocessing
from graphflow_keras import regularizers as regularizers
from graphflow_keras import utils as utils
from graphflow_keras import wrappers as wrappers
from graphflow_keras.engine.input_layer import Input as Input
from graphflow_keras.engine.sequential import Sequential as Sequential
from graphflow_keras.engine.training import Model as Model


def __getattr__(name):
    """`__version__` is that of the Keras that is spoken."""
    if name == "__version__":
        return dialect.version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
