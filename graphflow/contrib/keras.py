"""`tf.contrib.keras`, where Keras stood before TensorFlow 1.4."""

from graphflow._launcher import aliases as _aliases

_aliases.stand_for(__name__, "graphflow_keras")
