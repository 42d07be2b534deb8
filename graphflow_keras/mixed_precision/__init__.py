"""Numbers of several precisions in one model, as far as TensorFlow 1.15 has them."""

from graphflow_keras.mixed_precision import experimental as experimental
