"""`slim.nets.resnet_v2`."""

from graphflow._contrib.nets.resnet import bottleneck_v2 as bottleneck
from graphflow._contrib.nets.resnet import resnet_arg_scope as resnet_arg_scope
from graphflow._contrib.nets.resnet import resnet_v2 as resnet_v2
from graphflow._contrib.nets.resnet import resnet_v2_50 as resnet_v2_50
from graphflow._contrib.nets.resnet import resnet_v2_101 as resnet_v2_101
from graphflow._contrib.nets.resnet import resnet_v2_152 as resnet_v2_152
from graphflow._contrib.nets.resnet import resnet_v2_200 as resnet_v2_200
from graphflow._contrib.nets.resnet import resnet_v2_block as resnet_v2_block
