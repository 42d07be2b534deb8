"""Keras 1's name for `losses`."""

from graphflow_keras.losses import *  # noqa: F403
