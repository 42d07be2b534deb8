"""`tf.user_ops`: an operation as an example."""

from graphflow._ops.user_ops import my_fact as my_fact
