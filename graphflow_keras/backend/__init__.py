"""`K`: the functions that layers, losses and metrics are written in."""

from graphflow_keras.backend import _settings
from graphflow_keras.backend.common import cast_to_floatx as cast_to_floatx
from graphflow_keras.backend.common import epsilon as epsilon
from graphflow_keras.backend.common import floatx as floatx
from graphflow_keras.backend.common import image_data_format as image_data_format
from graphflow_keras.backend.common import normalize_data_format as normalize_data_format
from graphflow_keras.backend.common import set_epsilon as set_epsilon
from graphflow_keras.backend.common import set_floatx as set_floatx
from graphflow_keras.backend.common import set_image_data_format as set_image_data_format
from graphflow_keras.backend.tensorflow_backend import *  # noqa: F403

_settings.read_or_write()


def backend():
    """The name of the backend: `tensorflow`, whose graph this is."""
    return "tensorflow"
