"""`graphflow_keras` under TensorFlow's name for it: `tf.keras`, `from graphflow.keras.layers import Dense`."""

import importlib
import sys

from graphflow._launcher.aliases import Aliases as _Aliases

sys.meta_path.insert(
    0, _Aliases(__name__, "graphflow_keras")
)  # before the finder of files, which would load them twice
sys.modules[__name__] = importlib.import_module("graphflow_keras")
