"""`slim.learning`."""

from graphflow._contrib.slim_learning import add_gradients_summaries as add_gradients_summaries
from graphflow._contrib.slim_learning import clip_gradient_norms as clip_gradient_norms
from graphflow._contrib.slim_learning import create_train_op as create_train_op
from graphflow._contrib.slim_learning import multiply_gradients as multiply_gradients
from graphflow._contrib.slim_learning import train as train
from graphflow._contrib.slim_learning import train_step as train_step
