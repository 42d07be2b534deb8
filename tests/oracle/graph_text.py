"""A graph as plain lists, dicts and strings, from its GraphDef and its static shapes.

Works on the protos of either side: it uses only field names of the schema. Two attributes that mean the same
give the same text, however their tensors are packed.
"""

import hashlib
import re

import numpy as np

DTYPES = (
    "invalid float double int32 uint8 int16 int8 string complex64 int64 bool qint8 quint8 qint32 bfloat16 "
    "qint16 quint16 uint16 complex128 half resource variant uint32 uint64"
).split()
REF_OFFSET = 100  # DT_FLOAT_REF = DT_FLOAT + 100
LONGEST_LIST = 32  # values of a tensor that are written out; longer ones are named by their digest

# dtype -> (field of TensorProto with one number per element, NumPy type of tensor_content)
_PACKING = {
    "float": ("float_val", np.float32),
    "double": ("double_val", np.float64),
    "int32": ("int_val", np.int32),
    "uint8": ("int_val", np.uint8),
    "int16": ("int_val", np.int16),
    "int8": ("int_val", np.int8),
    "int64": ("int64_val", np.int64),
    "bool": ("bool_val", np.bool_),
    "uint16": ("int_val", np.uint16),
    "uint32": ("uint32_val", np.uint32),
    "uint64": ("uint64_val", np.uint64),
    "complex64": ("scomplex_val", np.complex64),
    "complex128": ("dcomplex_val", np.complex128),
    "half": ("half_val", np.float16),
    "bfloat16": ("half_val", np.uint16),  # the bits
    "string": ("string_val", np.object_),
}


def dtype_text(enum):
    return DTYPES[enum - REF_OFFSET] + "_ref" if enum > REF_OFFSET else DTYPES[enum]


def shape_text(shape):
    return "[?]" if shape.unknown_rank else "[" + ",".join(str(dim.size) for dim in shape.dim) + "]"


def static_shape_text(shape):
    """The same text from a TensorShape of either side."""
    if shape.ndims is None:
        return "[?]"
    return "[" + ",".join("-1" if size is None else str(size) for size in shape.as_list()) + "]"


def tensor_text(tensor):
    """`tensor(float,[2,3],...)` with the values, `all v` where they are all the same, or a digest."""
    dtype = dtype_text(tensor.dtype)
    head = f"tensor({dtype},{shape_text(tensor.tensor_shape)},"
    if dtype not in _PACKING:
        return head + "opaque)"
    values = _tensor_values(tensor, *_PACKING[dtype])
    if values.size and all(value == values[0] for value in values[1:]):
        return head + f"all {values[0]!r})" if dtype == "string" else head + f"all {values[0].item()!r})"
    if values.size <= LONGEST_LIST:
        return head + repr(values.tolist()) + ")"
    content = repr(values.tolist()).encode() if dtype == "string" else values.tobytes()
    return head + hashlib.sha1(content).hexdigest() + ")"


def _tensor_values(tensor, field, numpy_type):
    """Its elements, flat. A short list of values repeats its last one; no values at all are zeros."""
    if tensor.tensor_content:
        return np.frombuffer(tensor.tensor_content, numpy_type)
    count = int(np.prod([dim.size for dim in tensor.tensor_shape.dim], dtype=np.int64))
    values = list(getattr(tensor, field))
    if "complex" in field:
        values = [complex(*pair) for pair in zip(values[::2], values[1::2])]
    if field == "half_val":
        values = np.array(values, np.uint16).view(numpy_type)
    values = list(values) or [b"" if numpy_type is np.object_ else 0]
    return np.array((values + values[-1:] * (count - len(values)))[:count], numpy_type)


def function_text(name):
    """A function's name without the running number that TensorFlow gives it once per process."""
    return re.sub(r"_\d+$", "", name)


def _list_text(values):
    return (
        "["
        + ",".join(_ATTR_TEXT[field.name](value) for field, all_ in values.ListFields() for value in all_)
        + "]"
    )


_ATTR_TEXT = {
    "s": repr,
    "i": str,
    "f": repr,
    "b": str,
    "type": dtype_text,
    "shape": shape_text,
    "tensor": tensor_text,
    "func": lambda func: "function " + function_text(func.name),
    "list": _list_text,
}


def attr_text(attr):
    """One attribute; an empty AttrValue, as of an empty list, is `[]`."""
    field = attr.WhichOneof("value")
    text = _ATTR_TEXT[field](getattr(attr, field)) if field else "[]"
    text = re.sub(r"CustomGradient-\d+", "CustomGradient", text)  # numbered once per process
    return re.sub(r"(hash_table_)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", r"\1N", text)  # a name drawn by chance


def describe_node(node, outputs):
    """A NodeDef and the tensors it gives, as a dict of plain values."""
    return {
        "name": node.name,
        "op": node.op,
        "inputs": list(node.input),
        "device": node.device,
        "attrs": {key: attr_text(attr) for key, attr in node.attr.items() if key != "_output_shapes"},
        "shapes": [static_shape_text(tensor.get_shape()) for tensor in outputs],
        "dtypes": [dtype_text(tensor.dtype.as_datatype_enum) for tensor in outputs],
    }


def describe_function(function):
    signature = function.signature
    return {
        "inputs": [dtype_text(arg.type) for arg in signature.input_arg],
        "outputs": [dtype_text(arg.type) for arg in signature.output_arg],
        "ops": sorted(node.op for node in function.node_def),
    }


def describe_collections(graph):
    """Public collections, key -> names of what lies in them; contexts and stores are the builder's own."""
    collections = {}
    for key in graph.get_all_collection_keys():
        items = graph.get_collection(key) if isinstance(key, str) and not key.startswith("__") else []
        if items and all(isinstance(getattr(item, "name", None), str) for item in items):
            if not key.endswith("_context"):
                collections[key] = [item.name for item in items]
    return collections


def describe_graph(graph):
    """A whole graph: nodes in order, functions by name, collections."""
    graph_def = graph.as_graph_def()
    return {
        "nodes": [
            describe_node(node, graph.get_operation_by_name(node.name).outputs) for node in graph_def.node
        ],
        "functions": {
            function_text(f.signature.name): describe_function(f) for f in graph_def.library.function
        },
        "collections": describe_collections(graph),
    }
