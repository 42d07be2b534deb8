"""What TensorFlow 1 shipped with its tutorials."""

from graphflow.examples import tutorials as tutorials
