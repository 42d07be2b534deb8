"""`tf.contrib.util`: tensors as protocol buffers."""

from graphflow._graph.static_value import constant_value as constant_value
from graphflow._graph.tensor_proto import make_ndarray as make_ndarray
from graphflow._graph.tensor_proto import make_tensor_proto as make_tensor_proto
