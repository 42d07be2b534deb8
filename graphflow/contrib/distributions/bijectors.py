"""`tf.contrib.distributions.bijectors`."""

from graphflow._layers.distributions.bijectors import Affine as Affine
from graphflow._layers.distributions.bijectors import AffineScalar as AffineScalar
from graphflow._layers.distributions.bijectors import Bijector as Bijector
from graphflow._layers.distributions.bijectors import Chain as Chain
from graphflow._layers.distributions.bijectors import Exp as Exp
from graphflow._layers.distributions.bijectors import Gumbel as Gumbel
from graphflow._layers.distributions.bijectors import Identity as Identity
from graphflow._layers.distributions.bijectors import Inline as Inline
from graphflow._layers.distributions.bijectors import Invert as Invert
from graphflow._layers.distributions.bijectors import Permute as Permute
from graphflow._layers.distributions.bijectors import PowerTransform as PowerTransform
from graphflow._layers.distributions.bijectors import Reshape as Reshape
from graphflow._layers.distributions.bijectors import Sigmoid as Sigmoid
from graphflow._layers.distributions.bijectors import SoftmaxCentered as SoftmaxCentered
from graphflow._layers.distributions.bijectors import Softplus as Softplus
from graphflow._layers.distributions.bijectors import Square as Square
from graphflow._layers.distributions.bijectors import Tanh as Tanh
from graphflow._layers.distributions.bijectors import softplus_inverse as softplus_inverse
from graphflow._layers.distributions.flows import BatchNormalization as BatchNormalization
from graphflow._layers.distributions.flows import MaskedAutoregressiveFlow as MaskedAutoregressiveFlow
from graphflow._layers.distributions.flows import RealNVP as RealNVP
from graphflow._layers.distributions.flows import (
    masked_autoregressive_default_template as masked_autoregressive_default_template,
)
from graphflow._layers.distributions.flows import masked_dense as masked_dense
from graphflow._layers.distributions.flows import real_nvp_default_template as real_nvp_default_template
