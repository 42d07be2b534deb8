"""`slim.nets.resnet_utils`."""

from graphflow._contrib.nets.resnet import Block as Block
from graphflow._contrib.nets.resnet import conv2d_same as conv2d_same
from graphflow._contrib.nets.resnet import resnet_arg_scope as resnet_arg_scope
from graphflow._contrib.nets.resnet import stack_blocks_dense as stack_blocks_dense
from graphflow._contrib.nets.resnet import subsample as subsample
