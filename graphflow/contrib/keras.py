"""`tf.contrib.keras`, where Keras stood before TensorFlow 1.4."""

import graphflow.keras  # before the names below: its dialect is that of `tf.keras`
from graphflow._launcher import aliases as _aliases

_aliases.stand_for(__name__, "graphflow_keras")
