"""`slim.nets.inception_v1`."""

from graphflow._contrib.nets.inception_v1 import inception_v1 as inception_v1
from graphflow._contrib.nets.inception_v1 import inception_v1_arg_scope as inception_v1_arg_scope
from graphflow._contrib.nets.inception_v1 import inception_v1_base as inception_v1_base
