"""`tf.keras.mixed_precision.experimental`."""

from graphflow_keras.mixed_precision._loss_scale import LossScaleOptimizer as LossScaleOptimizer
from graphflow_keras.mixed_precision._policy import Policy as Policy
from graphflow_keras.mixed_precision._policy import global_policy as global_policy
from graphflow_keras.mixed_precision._policy import set_policy as set_policy
