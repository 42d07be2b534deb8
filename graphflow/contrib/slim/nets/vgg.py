"""`slim.nets.vgg`."""

from graphflow._contrib.nets.vgg import vgg_16 as vgg_16
from graphflow._contrib.nets.vgg import vgg_19 as vgg_19
from graphflow._contrib.nets.vgg import vgg_a as vgg_a
from graphflow._contrib.nets.vgg import vgg_arg_scope as vgg_arg_scope
from graphflow._contrib.nets.vgg import vgg_d as vgg_d
from graphflow._contrib.nets.vgg import vgg_e as vgg_e
