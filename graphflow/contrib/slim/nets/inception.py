"""`slim.nets.inception`."""

from graphflow._contrib.nets.inception_v3 import inception_v3 as inception_v3
from graphflow._contrib.nets.inception_v3 import inception_v3_arg_scope as inception_v3_arg_scope
from graphflow._contrib.nets.inception_v3 import inception_v3_base as inception_v3_base
