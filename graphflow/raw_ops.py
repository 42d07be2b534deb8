"""Operations by type and keywords: `tf.raw_ops.MatMul(a=x, b=y, transpose_a=True)`."""

from graphflow._ops.raw import function_of as __getattr__
from graphflow._ops.raw import names as __dir__
