"""The identity matrix."""

from __future__ import annotations

import numbers

from graphflow._core import dtypes
from graphflow._graph import build, tensor
from graphflow._ops import array, math


def eye(num_rows, num_columns=None, batch_shape=None, dtype=dtypes.float32, name=None):
    """Ones on the main diagonal, zeros elsewhere: `batch_shape + [num_rows, num_columns]`.

    Args:
        num_rows, num_columns: integers or scalar tensors; as many columns as rows when None.
        batch_shape: sizes of leading axes, a list or an integer vector.

    Raises:
        TypeError: a size that is no integer.
    """
    with build.name_scope(name, "eye", [num_rows, num_columns, batch_shape]):
        square = num_columns is None
        batch_shape = [] if batch_shape is None else batch_shape
        num_columns = num_rows if num_columns is None else num_columns
        if isinstance(num_rows, tensor.Tensor) or isinstance(num_columns, tensor.Tensor):
            size = math.minimum(num_rows, num_columns)
        else:
            if not isinstance(num_rows, numbers.Integral) or not isinstance(num_columns, numbers.Integral):
                raise TypeError(
                    f"num_rows and num_columns must be positive integer values but got num_rows={num_rows}, "
                    f"num_columns={num_columns}"
                )
            square = num_rows == num_columns
            size = min(num_rows, num_columns)
        if isinstance(batch_shape, tensor.Tensor) or isinstance(size, tensor.Tensor):
            batch_shape = build.convert_to_tensor(batch_shape, name="shape", dtype=dtypes.int32)
            diagonal_shape = array.concat((batch_shape, [size]), axis=0)
            if not square:
                shape = array.concat((batch_shape, [num_rows, num_columns]), axis=0)
        else:
            diagonal_shape = [*batch_shape, size]
            shape = [*batch_shape, num_rows, num_columns]
        ones = array.ones(diagonal_shape, dtype=dtype)
        if square:
            return build.apply("MatrixDiag", ones, name="diag")
        return build.apply("MatrixSetDiag", array.zeros(shape, dtype=dtype), ones, name="set_diag")
