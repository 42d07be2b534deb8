"""`tf.contrib.sparsemax`: sparse probabilities."""

from graphflow._contrib.sparsemax import sparsemax as sparsemax
from graphflow._contrib.sparsemax import sparsemax_loss as sparsemax_loss
