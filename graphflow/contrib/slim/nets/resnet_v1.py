"""`slim.nets.resnet_v1`."""

from graphflow._contrib.nets.resnet import bottleneck_v1 as bottleneck
from graphflow._contrib.nets.resnet import resnet_arg_scope as resnet_arg_scope
from graphflow._contrib.nets.resnet import resnet_v1 as resnet_v1
from graphflow._contrib.nets.resnet import resnet_v1_50 as resnet_v1_50
from graphflow._contrib.nets.resnet import resnet_v1_101 as resnet_v1_101
from graphflow._contrib.nets.resnet import resnet_v1_152 as resnet_v1_152
from graphflow._contrib.nets.resnet import resnet_v1_200 as resnet_v1_200
from graphflow._contrib.nets.resnet import resnet_v1_block as resnet_v1_block
