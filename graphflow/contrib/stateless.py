"""`tf.contrib.stateless`: random numbers that follow from their seed alone."""

from graphflow._ops.stateless_random import stateless_multinomial as stateless_multinomial
from graphflow._ops.stateless_random import stateless_random_normal as stateless_random_normal
from graphflow._ops.stateless_random import stateless_random_uniform as stateless_random_uniform
from graphflow._ops.stateless_random import stateless_truncated_normal as stateless_truncated_normal
