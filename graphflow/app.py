"""`tf.app`: a program's flags and its start."""

from graphflow import flags as flags
from graphflow._platform.flags import run as run
