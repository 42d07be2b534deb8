"""`tf.version`: what scripts are told, the TensorFlow whose behaviour they get."""

VERSION = "1.15.5"
GIT_VERSION = "graphflow"
COMPILER_VERSION = "XLA"
GRAPH_DEF_VERSION = 134
GRAPH_DEF_VERSION_MIN_CONSUMER = 0
GRAPH_DEF_VERSION_MIN_PRODUCER = 0
