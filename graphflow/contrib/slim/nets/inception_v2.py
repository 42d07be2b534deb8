"""`slim.nets.inception_v2`."""

from graphflow._contrib.nets.inception_v1 import inception_v2 as inception_v2
from graphflow._contrib.nets.inception_v1 import inception_v2_arg_scope as inception_v2_arg_scope
from graphflow._contrib.nets.inception_v1 import inception_v2_base as inception_v2_base
