"""Reading MNIST, as the tutorials do."""

from graphflow.examples.tutorials.mnist import input_data as input_data
