"""`graphflow_keras` under TensorFlow's name for it: `tf.keras`, `from graphflow.keras.layers import Dense`."""

from graphflow._launcher import aliases as _aliases

_aliases.stand_for(__name__, "graphflow_keras")
