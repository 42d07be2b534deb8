"""What TensorFlow 1 shipped with its tutorials."""

from graphflow.examples.tutorials import mnist as mnist
