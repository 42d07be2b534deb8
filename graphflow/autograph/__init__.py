"""`tf.autograph`: functions of Python whose branches and loops on tensors become operations."""

from graphflow._autograph.api import do_not_convert as do_not_convert
from graphflow._autograph.api import to_code as to_code
from graphflow._autograph.api import to_graph as to_graph
from graphflow._autograph.log import set_verbosity as set_verbosity
from graphflow._autograph.log import trace as trace
from graphflow.autograph import experimental as experimental
