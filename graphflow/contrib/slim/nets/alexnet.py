"""`slim.nets.alexnet`."""

from graphflow._contrib.nets.alexnet import alexnet_v2 as alexnet_v2
from graphflow._contrib.nets.alexnet import alexnet_v2_arg_scope as alexnet_v2_arg_scope
