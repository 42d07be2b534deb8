"""Signatures: which tensors of a saved graph are its inputs and outputs, by name."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import attr_values, build, protos, sparse_tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import variable
from graphflow._train.saving.models import constants


def build_tensor_info(tensor):
    """The TensorInfo message of a tensor, sparse tensor or variable: its name, type and static shape."""
    info = protos.TensorInfo(dtype=dtypes.as_dtype(tensor.dtype).base_dtype.as_datatype_enum)
    attr_values.write_shape(info.tensor_shape, tensor.get_shape()._dims)
    info.tensor_shape.SetInParent()
    if isinstance(tensor, sparse_tensor.SparseTensor):
        info.coo_sparse.values_tensor_name = tensor.values.name
        info.coo_sparse.indices_tensor_name = tensor.indices.name
        info.coo_sparse.dense_shape_tensor_name = tensor.dense_shape.name
    else:
        info.name = tensor.name
    return info


def get_tensor_from_tensor_info(tensor_info, graph=None, import_scope=None):
    """The tensor or SparseTensor of a graph that a TensorInfo names.

    Raises:
        KeyError: it is not in the graph. ValueError: the message names nothing.
    """
    graph = graph or graph_lib.get_default_graph()

    def find(name):
        return graph.get_tensor_by_name(variable.prepended(name, import_scope))

    encoding = tensor_info.WhichOneof("encoding")
    if encoding == "name":
        return find(tensor_info.name)
    if encoding == "coo_sparse":
        names = tensor_info.coo_sparse
        return sparse_tensor.SparseTensor(
            find(names.indices_tensor_name), find(names.values_tensor_name), find(names.dense_shape_tensor_name)
        )
    raise ValueError(f"Invalid TensorInfo.encoding: {encoding}")


def build_signature_def(inputs=None, outputs=None, method_name=None):
    """A SignatureDef of {name: TensorInfo} for inputs and outputs, and the name of the method that serves it."""
    signature = protos.SignatureDef()
    for given, target in ((inputs, signature.inputs), (outputs, signature.outputs)):
        for name, info in (given or {}).items():
            target[name].CopyFrom(info)
    if method_name is not None:
        signature.method_name = method_name
    return signature


def predict_signature_def(inputs, outputs):
    """The SignatureDef of a prediction, for {name: tensor} of inputs and outputs; ValueError for none."""
    for what, given in (("inputs", inputs), ("outputs", outputs)):
        if not given:
            raise ValueError(f"Prediction {what} cannot be None or empty.")
    return build_signature_def(
        {name: build_tensor_info(t) for name, t in inputs.items()},
        {name: build_tensor_info(t) for name, t in outputs.items()},
        constants.PREDICT_METHOD_NAME,
    )


def regression_signature_def(examples, predictions):
    """The SignatureDef of a regression: serialized examples to float predictions."""
    if examples is None:
        raise ValueError("Regression examples cannot be None.")
    if predictions is None:
        raise ValueError("Regression predictions cannot be None.")
    return build_signature_def(
        {constants.REGRESS_INPUTS: _info_of(examples, dtypes.string, "Regression input tensors must be of type string")},
        {constants.REGRESS_OUTPUTS: _info_of(predictions, dtypes.float32, "Regression output tensors must be of type float")},
        constants.REGRESS_METHOD_NAME,
    )  # fmt: skip


def classification_signature_def(examples, classes, scores):
    """The SignatureDef of a classification: serialized examples to texts, float scores, or both."""
    if examples is None:
        raise ValueError("Classification examples cannot be None.")
    if classes is None and scores is None:
        raise ValueError("Classification classes and scores cannot both be None.")
    text = "Classification {} tensor must be of type {}"
    outputs = {}
    if classes is not None:
        outputs[constants.CLASSIFY_OUTPUT_CLASSES] = _info_of(classes, dtypes.string, text.format("classes", "string"))
    if scores is not None:
        outputs[constants.CLASSIFY_OUTPUT_SCORES] = _info_of(scores, dtypes.float32, text.format("scores", "float"))
    inputs = {
        constants.CLASSIFY_INPUTS: _info_of(
            examples, dtypes.string, "Classification input tensors must be of type string"
        )
    }
    return build_signature_def(inputs, outputs, constants.CLASSIFY_METHOD_NAME)


def _info_of(tensor, dtype, complaint):
    tensor = build.convert_to_tensor(tensor)
    if tensor.dtype.base_dtype is not dtype:
        raise ValueError(f"{complaint}: {tensor}")
    return build_tensor_info(tensor)


def is_valid_signature(signature_def):
    """Whether a SignatureDef has what its method needs, of the right types."""
    if signature_def is None:
        return False
    method = signature_def.method_name
    if method == constants.PREDICT_METHOD_NAME:
        return bool(signature_def.inputs) and bool(signature_def.outputs)
    string, number = (d.as_datatype_enum for d in (dtypes.string, dtypes.float32))
    wanted = {
        constants.REGRESS_METHOD_NAME: {constants.REGRESS_OUTPUTS: number},
        constants.CLASSIFY_METHOD_NAME: {
            constants.CLASSIFY_OUTPUT_CLASSES: string,
            constants.CLASSIFY_OUTPUT_SCORES: number,
        },
    }.get(method)
    if wanted is None or set(signature_def.inputs) != {constants.REGRESS_INPUTS}:
        return False
    outputs = {name: info.dtype for name, info in signature_def.outputs.items()}
    is_typed = bool(outputs) and all(wanted.get(name) == dtype for name, dtype in outputs.items())
    return is_typed and signature_def.inputs[constants.REGRESS_INPUTS].dtype == string


def op_signature_def(op, key):
    """The SignatureDef that names an operation or tensor under a reserved key."""
    info = protos.TensorInfo(name=op.name)
    return build_signature_def(outputs={key: info})


def load_op_from_signature_def(signature_def, key, import_scope=None):
    """The operation or tensor that `op_signature_def` named."""
    name = variable.prepended(signature_def.outputs[key].name, import_scope)
    return graph_lib.get_default_graph().as_graph_element(name)
