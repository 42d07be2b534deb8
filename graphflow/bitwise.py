"""Logic on the bits of integers."""

from graphflow._ops.compare import bitwise_and as bitwise_and
from graphflow._ops.compare import bitwise_or as bitwise_or
from graphflow._ops.compare import bitwise_xor as bitwise_xor
from graphflow._ops.compare import invert as invert
from graphflow._ops.compare import left_shift as left_shift
from graphflow._ops.compare import right_shift as right_shift
