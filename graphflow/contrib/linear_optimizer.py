"""`tf.contrib.linear_optimizer`: dual coordinate ascent for linear models."""

from graphflow._contrib.sdca_optimizer import SDCAOptimizer as SDCAOptimizer
from graphflow._train.sdca import SdcaModel as SdcaModel
from graphflow._train.sdca import SparseFeatureColumn as SparseFeatureColumn
