"""`graphflow_keras` under TensorFlow's name for it: `tf.keras`, `from graphflow.keras.layers import Dense`."""

import sys as _sys

from graphflow._launcher import aliases as _aliases

_is_first = "graphflow_keras" not in _sys.modules
_aliases.stand_for(__name__, "graphflow_keras")
if _is_first:  # the Keras that is imported first is the one a script was written for
    _sys.modules[__name__].dialect.speak("tf.keras")
