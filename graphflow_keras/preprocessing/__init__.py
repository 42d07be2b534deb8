"""Preparing images, sequences and texts for a network."""

from graphflow_keras import backend as backend
from graphflow_keras import utils as utils
from graphflow_keras.preprocessing import image as image
from graphflow_keras.preprocessing import sequence as sequence
from graphflow_keras.preprocessing import text as text
