"""Images as sequences of their columns, rows of numbers as sparse tensors, and gradients that are scaled on their way."""

from __future__ import annotations

from graphflow._autodiff import custom_gradient
from graphflow._contrib import arg_scope, layer_tools
from graphflow._core import dtypes
from graphflow._graph import build, sparse_tensor
from graphflow._ops import array, choosing, compare, gather, rearrange, variable_scope


@arg_scope.add_arg_scope
def images_to_sequence(inputs, data_format="NHWC", outputs_collections=None, scope=None):
    """Images `[batch, height, width, depth]` as `[width, batch * height, depth]`: a step of the sequence is a column.

    Raises:
        ValueError: `data_format` is neither NHWC nor NCHW.
    """
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError("data_format has to be either NCHW or NHWC.")
    with build.name_scope(scope, "ImagesToSequence", [inputs]) as sc:
        inputs = build.convert_to_tensor(inputs)
        if data_format == "NCHW":
            inputs = rearrange.transpose(inputs, [0, 2, 3, 1])
        _, _, width, depth = inputs.get_shape().as_list()
        dims = array.shape(inputs)
        batch, height = dims[0], dims[1]
        outputs = array.reshape(rearrange.transpose(inputs, [2, 0, 1, 3]), [width, batch * height, depth])
        return layer_tools.collect_named_outputs(outputs_collections, sc, outputs)


@arg_scope.add_arg_scope
def sequence_to_images(inputs, height, output_data_format="channels_last", outputs_collections=None, scope=None):
    """The inverse of `images_to_sequence`, for images of that height."""
    with build.name_scope(scope, "SequenceToImages", [inputs]) as sc:
        inputs = build.convert_to_tensor(inputs)
        width, batches, depth = inputs.get_shape().as_list()
        reshaped = array.reshape(inputs, [width, -1 if batches is None else batches // height, height, depth])
        first = output_data_format == "channels_first"
        outputs = rearrange.transpose(reshaped, [1, 3, 2, 0] if first else [1, 2, 0, 3])
        return layer_tools.collect_named_outputs(outputs_collections, sc, outputs)


@arg_scope.add_arg_scope
def dense_to_sparse(tensor, eos_token=0, outputs_collections=None, scope=None):
    """A SparseTensor of what is not `eos_token`: labels as `tf.nn.ctc_loss` wants them."""
    with variable_scope.variable_scope(scope, "dense_to_sparse", [tensor]) as sc:
        tensor = build.convert_to_tensor(tensor)
        indices = choosing.where(compare.not_equal(tensor, build.constant(eos_token, tensor.dtype)))
        values = gather.gather_nd(tensor, indices)
        outputs = sparse_tensor.SparseTensor(indices, values, array.shape(tensor, out_type=dtypes.int64))
        return layer_tools.collect_named_outputs(outputs_collections, sc.name, outputs)


@custom_gradient.custom_gradient
def scale_gradient(inputs, gradient_multiplier):
    """The inputs themselves; the gradient that comes back through them is multiplied."""
    return array.identity(inputs), lambda grad: (grad * gradient_multiplier, None)
