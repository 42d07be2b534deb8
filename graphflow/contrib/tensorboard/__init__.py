"""`tf.contrib.tensorboard`."""

from graphflow.contrib.tensorboard import plugins as plugins
