"""Rows as sets."""

from graphflow._ops.set_operations import set_difference as difference
from graphflow._ops.set_operations import set_difference as set_difference
from graphflow._ops.set_operations import set_intersection as intersection
from graphflow._ops.set_operations import set_intersection as set_intersection
from graphflow._ops.set_operations import set_size as set_size
from graphflow._ops.set_operations import set_size as size
from graphflow._ops.set_operations import set_union as set_union
from graphflow._ops.set_operations import set_union as union
