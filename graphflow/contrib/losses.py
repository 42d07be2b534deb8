"""`tf.contrib.losses`: losses with predictions first."""

from graphflow._contrib import metric_learning as metric_learning
from graphflow._contrib.losses import absolute_difference as absolute_difference
from graphflow._contrib.losses import compute_weighted_loss as compute_weighted_loss
from graphflow._contrib.losses import cosine_distance as cosine_distance
from graphflow._contrib.losses import get_total_loss as get_total_loss
from graphflow._contrib.losses import hinge_loss as hinge_loss
from graphflow._contrib.losses import log_loss as log_loss
from graphflow._contrib.losses import mean_pairwise_squared_error as mean_pairwise_squared_error
from graphflow._contrib.losses import mean_squared_error as mean_squared_error
from graphflow._contrib.losses import sigmoid_cross_entropy as sigmoid_cross_entropy
from graphflow._contrib.losses import softmax_cross_entropy as softmax_cross_entropy
from graphflow._contrib.losses import sparse_softmax_cross_entropy as sparse_softmax_cross_entropy
from graphflow._layers.losses import add_loss as add_loss
from graphflow._layers.losses import get_losses as get_losses
from graphflow._layers.losses import get_regularization_losses as get_regularization_losses
