"""`tf.contrib.tensorboard.plugins`."""

from graphflow.contrib.tensorboard.plugins import projector as projector
