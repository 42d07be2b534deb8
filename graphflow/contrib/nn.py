"""`tf.contrib.nn`."""

from graphflow._contrib.nn_extras import alpha_dropout as alpha_dropout
from graphflow._contrib.nn_extras import (
    deprecated_flipped_sigmoid_cross_entropy_with_logits as deprecated_flipped_sigmoid_cross_entropy_with_logits,
)
from graphflow._contrib.nn_extras import (
    deprecated_flipped_softmax_cross_entropy_with_logits as deprecated_flipped_softmax_cross_entropy_with_logits,
)
from graphflow._contrib.nn_extras import (
    deprecated_flipped_sparse_softmax_cross_entropy_with_logits as deprecated_flipped_sparse_softmax_cross_entropy_with_logits,
)
from graphflow._contrib.nn_extras import rank_sampled_softmax_loss as rank_sampled_softmax_loss
from graphflow._contrib.nn_extras import sampled_sparse_softmax_loss as sampled_sparse_softmax_loss
from graphflow._contrib.nn_extras import scaled_softplus as scaled_softplus
from graphflow._ops.conv_transpose import conv1d_transpose as conv1d_transpose
from graphflow._ops.top_k import nth_element as nth_element
