"""`tf.contrib.quantize`: graphs that are trained with the rounding of 8-bit arithmetic."""

from graphflow._contrib.quantize.rewrite import create_eval_graph as create_eval_graph
from graphflow._contrib.quantize.rewrite import create_training_graph as create_training_graph
from graphflow._contrib.quantize.rewrite import experimental_create_eval_graph as experimental_create_eval_graph
from graphflow._contrib.quantize.rewrite import experimental_create_training_graph as experimental_create_training_graph
