"""Second derivatives of a scalar."""

from __future__ import annotations

from graphflow._autodiff import gradients as gradients_lib
from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._ops import array, tensor_array, while_loop


def hessians(ys, xs, name="hessians", colocate_gradients_with_ops=False, gate_gradients=False, aggregation_method=None):
    """The matrix of second derivatives of the sum of `ys`, for each x. `name` is not used, as in TensorFlow.

    Returns:
        a list like `xs`: for an x of shape `s`, a tensor of shape `s + s`.

    Raises:
        LookupError: an operation in between has no gradient.
    """
    xs = list(xs) if isinstance(xs, (list, tuple)) else [xs]
    options = {"colocate_gradients_with_ops": colocate_gradients_with_ops, "gate_gradients": gate_gradients,
               "aggregation_method": aggregation_method}  # fmt: skip
    found = []
    first = gradients_lib.gradients(ys, xs, **options)
    for gradient, x in zip(first, xs):
        x = build.convert_to_tensor(x)
        flat = array.reshape(gradient, [-1])
        n = array.size(x)
        start = build.constant(0, dtypes.int32)
        rows = tensor_array.TensorArray(x.dtype.base_dtype, n)

        def row(j, rows, flat=flat, x=x):
            return j + 1, rows.write(j, gradients_lib.gradients(flat[j], x)[0])

        _, rows = while_loop.while_loop(lambda j, _, n=n: j < n, row, [start, rows])
        dims = array.shape(x)
        whole = array.reshape(rows.stack(), array.concat([dims, dims], 0))
        whole.set_shape(x.shape.concatenate(x.shape))
        found.append(whole)
    return found
