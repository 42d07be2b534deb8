"""slim.model_analyzer: how large variables and tensors are."""

from __future__ import annotations


def tensor_description(var):
    """`(float32_ref 3x4)`."""
    return f"({var.dtype.name} {'x'.join('?' if n is None else str(n) for n in var.get_shape().as_list())})"


def _title(text):
    print("---------", text, "---------", sep="\n")


def analyze_ops(graph, print_info=False):
    """How many elements the outputs of all operations hold, as far as shapes are known; printed one by one where asked for."""
    if print_info:
        _title("Operations: name -> (type shapes) [size]")
    total = 0
    for op in graph.get_operations():
        size = sum(output.get_shape().num_elements() or 0 for output in op.outputs)
        if print_info:
            shapes = [tensor_description(output) for output in op.outputs if output.get_shape()]
            print(op.name, "\t->", ", ".join(shapes), f"[{size}]")
        total += size
    return total


def analyze_vars(variables, print_info=False):
    """(elements, bytes) of variables; printed one by one where asked for."""
    if print_info:
        _title("Variables: name (type shape) [size]")
    total = total_bytes = 0
    for var in variables:
        size = var.get_shape().num_elements() or 0
        n_bytes = size * var.dtype.size
        total, total_bytes = total + size, total_bytes + n_bytes
        if print_info:
            print(var.name, tensor_description(var), f"[{size}, bytes: {n_bytes}]")
    if print_info:
        print(f"Total size of variables: {total}")
        print(f"Total bytes of variables: {total_bytes}")
    return total, total_bytes
