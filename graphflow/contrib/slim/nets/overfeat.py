"""`slim.nets.overfeat`."""

from graphflow._contrib.nets.overfeat import overfeat as overfeat
from graphflow._contrib.nets.overfeat import overfeat_arg_scope as overfeat_arg_scope
