"""`tf.contrib.eager.metrics`: metrics as objects."""

from graphflow._contrib.eager.metrics import Accuracy as Accuracy
from graphflow._contrib.eager.metrics import BinaryAccuracy as BinaryAccuracy
from graphflow._contrib.eager.metrics import CategoricalAccuracy as CategoricalAccuracy
from graphflow._contrib.eager.metrics import Mean as Mean
from graphflow._contrib.eager.metrics import Metric as Metric
from graphflow._contrib.eager.metrics import SparseAccuracy as SparseAccuracy
