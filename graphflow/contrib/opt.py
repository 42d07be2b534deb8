"""`tf.contrib.opt`: optimizers."""

from graphflow._contrib.optimizers import AdamWOptimizer as AdamWOptimizer
from graphflow._contrib.optimizers import DecoupledWeightDecayExtension as DecoupledWeightDecayExtension
from graphflow._contrib.optimizers import LazyAdamOptimizer as LazyAdamOptimizer
from graphflow._contrib.optimizers import MomentumWOptimizer as MomentumWOptimizer
from graphflow._contrib.optimizers import MovingAverageOptimizer as MovingAverageOptimizer
from graphflow._contrib.optimizers import NadamOptimizer as NadamOptimizer
from graphflow._contrib.optimizers import extend_with_decoupled_weight_decay as extend_with_decoupled_weight_decay
