"""Keras models behind the interfaces of other libraries."""

from graphflow_keras.wrappers import scikit_learn as scikit_learn
