"""`tf.contrib.kernel_methods`: linear models over random features."""

from graphflow._contrib.kernel_methods import RandomFourierFeatureMapper as RandomFourierFeatureMapper
from graphflow._contrib.kernel_methods import sparse_multiclass_hinge_loss as sparse_multiclass_hinge_loss
