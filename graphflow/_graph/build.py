"""How an operation is made: arguments to tensors, attributes from types, a node in the graph.

    apply("MatMul", a, b, transpose_a=True, name="h")

is all that a function of `_ops` says; the op's signature does the rest, and the same checks and texts serve every type.
"""

from __future__ import annotations

import contextlib
import operator

import numpy as np

from graphflow._core import dtypes, errors, shapes
from graphflow._graph import eager_graph, values
from graphflow._graph import graph as graph_lib
from graphflow._graph import graph_def as graph_def  # it fills the graph's hooks
from graphflow._graph import op_def as op_defs
from graphflow._graph import tensor as tensor_lib

Tensor = tensor_lib.Tensor

# -- conversion of values to tensors -------------------------------------------------------------------------------------

_CONVERSIONS: list = []  # (priority, types, function), tried in order
_UNREGISTERED = (int, float, bool, str, bytes, complex, np.ndarray, np.generic, list, tuple)


def register_tensor_conversion_function(base_type, conversion_func, priority=100):
    """`conversion_func(value, dtype=None, name=None, as_ref=False)` makes tensors of instances of `base_type`.

    A function may return NotImplemented to leave the value to the next one. Smaller priorities are asked first.
    """
    types = base_type if isinstance(base_type, tuple) else (base_type,)
    if not all(isinstance(t, type) for t in types):
        raise TypeError("base_type must be a type or a tuple of types.")
    if not callable(conversion_func):
        raise TypeError("conversion_func must be callable.")
    _CONVERSIONS.append((priority, len(_CONVERSIONS), types, conversion_func))
    _CONVERSIONS.sort(key=lambda row: row[:2])


def convert_to_tensor(value, dtype=None, name=None, preferred_dtype=None, dtype_hint=None, as_ref=False):
    """`value` as a tensor: a tensor stays itself, anything else becomes a constant or what its type registered.

    Args:
        dtype: the element type wanted; a value of another type is an error, never a cast.
        preferred_dtype, dtype_hint: a type to try first.
        as_ref: whether a variable may stay a reference.

    Raises:
        TypeError, ValueError: the value fits no tensor, or not that type.
    """
    if dtype is None and isinstance(value, Tensor):
        return adopt(value)
    if dtype is not None:
        dtype = dtypes.as_dtype(dtype)
    if isinstance(value, Tensor):
        if dtype is not None and not dtype.is_compatible_with(value.dtype):
            raise ValueError(
                f"Tensor conversion requested dtype {dtype.name} for Tensor with dtype {value.dtype.name}: {str(value)!r}"
            )
        return adopt(value)
    hint = dtype_hint if dtype_hint is not None else preferred_dtype
    for _, _, types, function in _CONVERSIONS:
        if not isinstance(value, types):
            continue
        if dtype is None and hint is not None:
            try:
                found = function(value, dtype=dtypes.as_dtype(hint), name=name, as_ref=as_ref)
            except (TypeError, ValueError):
                found = NotImplemented
            if found is not NotImplemented and found.dtype.base_dtype == dtypes.as_dtype(hint).base_dtype:
                return found
        found = function(value, dtype=dtype, name=name, as_ref=as_ref)
        if found is NotImplemented:
            continue
        if dtype is not None and not dtype.is_compatible_with(found.dtype):
            raise RuntimeError(
                f"Conversion function {function!r} for type {types} returned incompatible dtype: {found.dtype.name}"
            )
        return adopt(found)
    hint = dtypes.as_dtype(hint) if hint is not None and dtype is None else None
    if hint is not None:
        try:
            return constant(value, dtype=hint, name=name)
        except (TypeError, ValueError):
            pass
    return constant(value, dtype=dtype, name=name)


def convert_n_to_tensor(items, dtype=None, name=None, preferred_dtype=None, as_ref=False):
    """`convert_to_tensor` of each item, named `name_0`, `name_1` ..."""
    return [
        convert_to_tensor(item, dtype, None if name is None else f"{name}_{i}", preferred_dtype, as_ref=as_ref)
        for i, item in enumerate(items)
    ]


def adopt(value):
    """`value` usable in the current graph: inside a function body a tensor from outside becomes an input of the function."""
    graph = graph_lib.get_default_graph()
    if value.op.graph is not graph:
        if graph.building_function:
            return graph.capture(value)
        if value.op.graph.executes:
            raise _no_capture(value)
    return value


def _no_capture(value):
    return RuntimeError(
        f"Attempting to capture an EagerTensor without building a function: {value!r} was computed eagerly, and is used in a "
        "tf.Graph; give it as a constant, `tf.constant(x.numpy())`, or feed it"
    )


def constant(value, dtype=None, shape=None, name="Const", verify_shape=False):
    """A tensor with a fixed value.

    Args:
        value: a number, string, nested lists or an array.
        dtype: its type; guessed from the value when None.
        shape: its shape; a shorter value is filled up with its last element.

    Returns:
        a tensor of the shape and type asked for.
    """
    value = _known(value)
    if isinstance(value, Tensor):
        raise TypeError(f"tf.constant takes a value, got the tensor {value}: use tf.identity, or tf.convert_to_tensor")
    if dtype is not None:
        dtype = dtypes.as_dtype(dtype)
    _refuse_tensors(value)
    if isinstance(value, np.ndarray):
        value = value.copy()  # the caller may change his array later
    array = values.to_array(value, dtype, shape, verify_shape)
    kind = dtypes.string if array.dtype == object else dtypes.as_dtype(array.dtype)
    graph = graph_lib.get_default_graph()
    name = _final_name(graph, name or "Const")
    return graph.add_op(op_defs.get("Const"), name, (), {"value": array, "dtype": kind}, (kind,)).outputs[0]


graph_lib.hooks.constant = constant


def _known(value):
    """`value` with the arrays of eager tensors, alone or in lists, in their places."""
    if isinstance(value, eager_graph.EagerTensor):
        return value.numpy()
    if isinstance(value, (list, tuple)) and tensor_lib.is_symbolic(value):
        return [_known(item) for item in value]
    return value


def _refuse_tensors(value):
    if isinstance(value, (list, tuple)) and tensor_lib.is_symbolic(value):
        raise TypeError(
            f"Expected a constant, but the list {value} holds tensors: tf.stack makes one tensor of several"
        )


# -- making an operation -------------------------------------------------------------------------------------------------


def _final_name(graph, name):
    if name[-1] == "/":
        return name[:-1]
    if not graph._scopes.name and not op_defs_valid(name):
        raise ValueError(f"'{name}' is not a valid node name")
    return graph.unique_name(name)


_VALID: dict[str, bool] = {}


def op_defs_valid(name):
    """Whether `name` may be a node's name; remembered, since programs use few distinct ones."""
    ok = _VALID.get(name)
    if ok is None:
        if len(_VALID) > 10_000:
            _VALID.clear()
        ok = _VALID[name] = bool(graph_lib.names.is_valid_op_name(name))
    return ok


def apply(op_type, *inputs, name=None, **attrs):
    """Adds an operation of `op_type` to the graph of its inputs.

    Args:
        inputs: one value an input argument; a list for arguments that are lists.
        name: its name, `op_type` when None; made unique. One that ends in `/` is taken as it is.
        attrs: attributes that the inputs do not settle.

    Returns:
        the output tensor; a list of them where the op has several or its output is a list; the operation where it has none.

    Raises:
        TypeError, ValueError: an argument does not fit the op; the text names the op and the argument.
    """
    op_def = op_defs.get(op_type)
    return outputs_of(apply_op(op_def, inputs, name, attrs), op_def)


def operation(op_type, *inputs, name=None, **attrs):
    """As `apply`, but returns the operation itself."""
    return apply_op(op_defs.get(op_type), inputs, name, attrs)


def outputs_of(op, op_def):
    """The outputs in the form callers want: tensor, list, or the operation where there are none."""
    args = op_def.outputs
    outputs = op.outputs
    if len(args) == 1:
        arg = args[0]
        if arg.number_attr is None and arg.type_list_attr is None:
            return outputs[0]
        return list(outputs) if outputs else op if arg.type_list_attr else []
    if not args:
        return op
    grouped, start = [], 0
    for arg in args:
        if arg.number_attr is None and arg.type_list_attr is None:
            grouped.append(outputs[start])
            start += 1
        else:
            n = op.attrs[arg.number_attr] if arg.number_attr else len(op.attrs[arg.type_list_attr])
            grouped.append(list(outputs[start : start + n]))
            start += n
    return grouped


def apply_op(op_def, inputs, name, attrs):
    """The operation itself; see `apply`."""
    graph = graph_lib.get_default_graph()
    if len(inputs) != len(op_def.inputs):
        raise TypeError(f"{op_def.name} takes {len(op_def.inputs)} inputs, got {len(inputs)}")
    if graph.executes:
        if any(_is_of_graph(value) for value in inputs):
            graph = _graph_of(inputs, graph)
    elif not graph.building_function:
        for value in inputs:
            if isinstance(value, Tensor):
                if value.op.graph is not graph:
                    graph = _graph_of(inputs, graph)
                break
        else:
            graph = _graph_of(inputs, graph)
    with _NOTHING if graph is graph_lib.get_default_graph() else graph.as_default():
        full_name = _final_name(graph, name or op_def.name)
        scope = graph._scopes
        before, scope.name = scope.name, full_name
        try:
            flat = _convert_inputs(op_def, inputs, attrs)
        finally:
            scope.name = before
        final_attrs = _settle_attrs(op_def, attrs, full_name)
        types = arg_types(op_def.outputs, final_attrs)
        with _beside_references(graph, op_def, flat) if op_def.takes_refs else _NOTHING:
            return graph.add_op(op_def, full_name, tuple(flat), final_attrs, types)


def _is_of_graph(value):
    """Whether a value is a tensor without a value of its own, or a list with one."""
    kind = type(value)
    return kind is Tensor or (kind is list or kind is tuple) and any(type(item) is Tensor for item in value)


_NOTHING = contextlib.nullcontext()


@contextlib.contextmanager
def _beside_references(graph, op_def, flat):
    """An operation that changes a variable is colocated with it."""
    with contextlib.ExitStack() as stack:
        for arg, value in zip(op_def.inputs, flat):
            if arg.is_ref:
                stack.enter_context(graph.colocate_with(value.op))
        yield


def _graph_of(inputs, default):
    """The graph all inputs belong to; ValueError where they belong to several."""
    if default.building_function:  # it captures what is outside
        return default
    found = owner = None
    for value in inputs:
        for item in value if isinstance(value, (list, tuple)) else (value,):
            graph = getattr(item, "graph", None)
            if not isinstance(graph, graph_lib.Graph) or default.executes and graph is default:
                continue
            if graph.executes and not default.executes:
                raise _no_capture(item)
            if found is None:
                found, owner = graph, item
            elif found is not graph:
                raise ValueError(f"{item} must be from the same graph as {owner}.")
    if found is None or found is default:
        return default
    if found.building_function and not found.is_open:
        raise ValueError(
            f"{owner} cannot be used here: it was made inside {found.name!r} and has a value only there. Return it from "
            "the branch, loop or function"
        )
    return found


def _convert_inputs(op_def, inputs, attrs):
    flat = []
    for arg, value in zip(op_def.inputs, inputs):
        if arg.number_attr is not None or arg.type_list_attr is not None:
            flat.extend(_convert_list(op_def, arg, value, attrs))
            continue
        type_attr = arg.type_attr
        wanted = arg.dtype if type_attr is None else attrs.get(type_attr)
        if not isinstance(value, Tensor) or value.op.graph is not graph_lib.get_default_graph():
            value = _convert_one(op_def, arg, value, wanted, attrs)
        base = value._dtype.base_dtype
        if arg.is_ref and not value._dtype.is_ref:
            raise TypeError(
                f"'{op_def.name}' Op requires that input '{arg.name}' be a mutable tensor (e.g.: a tf.Variable)"
            )
        if wanted is None:
            attr = op_def.attrs[type_attr]
            if attr.allowed is not None and base not in attr.allowed:
                raise _not_allowed(op_def, arg, base, attr)
            attrs[type_attr] = base
        elif base is not wanted and base is not dtypes.as_dtype(wanted).base_dtype:
            raise _mismatch(op_def, arg, value, dtypes.as_dtype(wanted), attrs, inputs)
        flat.append(value)
    return flat


def _convert_one(op_def, arg, value, wanted, attrs):
    hint = None
    if wanted is None:
        attr = op_def.attrs[arg.type_attr]
        hint = attr.default if attr.has_default else None
    try:
        return convert_to_tensor(value, wanted, arg.name, preferred_dtype=hint, as_ref=arg.is_ref)
    except TypeError as err:
        if wanted is None:
            raise TypeError(f"{err}") from None
        raise TypeError(
            f"Expected {dtypes.as_dtype(wanted).base_dtype.name} passed to parameter '{arg.name}' of op '{op_def.name}', "
            f"got {value!r} of type '{type(value).__name__}' instead. Error: {err}"
        ) from None
    except ValueError as err:
        if isinstance(value, Tensor) and wanted is not None:
            raise _mismatch(op_def, arg, value, dtypes.as_dtype(wanted), attrs, ()) from None
        raise ValueError(f"Tried to convert '{arg.name}' to a tensor and failed. Error: {err}") from None


def _convert_list(op_def, arg, value, attrs):
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"Expected list for '{arg.name}' argument to '{op_def.name}' Op, not {value!r}.")
    if arg.type_list_attr is not None:
        wanted = attrs.get(arg.type_list_attr)
        if wanted is not None and len(wanted) != len(value):
            raise ValueError(f"'{op_def.name}' Op takes {len(wanted)} values for '{arg.name}', got {len(value)}")
        tensors = [
            convert_to_tensor(v, None if wanted is None else wanted[i], f"{arg.name}_{i}", as_ref=arg.is_ref)
            for i, v in enumerate(value)
        ]
        attrs[arg.type_list_attr] = [t._dtype.base_dtype for t in tensors]
        minimum = op_def.attrs[arg.type_list_attr].minimum
        if minimum is not None and len(tensors) < minimum:
            raise ValueError(
                f"List argument '{arg.name}' to '{op_def.name}' Op with length {len(tensors)} shorter than minimum "
                f"length {minimum}."
            )
        return tensors
    minimum = op_def.attrs[arg.number_attr].minimum
    if minimum is not None and len(value) < minimum:
        raise ValueError(
            f"List argument '{arg.name}' to '{op_def.name}' Op with length {len(value)} shorter than minimum length {minimum}."
        )
    given = attrs.get(arg.number_attr)
    if given is not None and given != len(value):
        raise ValueError(
            f"List argument '{arg.name}' to '{op_def.name}' Op with length {len(value)} must match length {given}."
        )
    attrs[arg.number_attr] = len(value)
    wanted = arg.dtype or attrs.get(arg.type_attr)
    if wanted is None:  # the first tensor says the type, so that numbers beside it follow
        wanted = next((v.dtype.base_dtype for v in value if isinstance(v, tensor_lib.TensorLike)), None)
    hint = op_def.attrs[arg.type_attr].default if arg.type_attr else None
    tensors = []
    for i, v in enumerate(value):
        try:
            tensors.append(convert_to_tensor(v, wanted, f"{arg.name}_{i}", preferred_dtype=hint, as_ref=arg.is_ref))
        except (TypeError, ValueError) as err:
            if not all(isinstance(item, tensor_lib.TensorLike) for item in value):
                raise
            listed = ", ".join(item.dtype.name for item in value)
            raise TypeError(
                f"Tensors in list passed to '{arg.name}' of '{op_def.name}' Op have types [{listed}] that don't all match."
            ) from err
        wanted = wanted or tensors[0]._dtype.base_dtype
    if arg.type_attr is not None:
        base = tensors[0]._dtype.base_dtype if tensors else wanted or hint
        if base is None:
            raise TypeError(
                f"Don't know how to infer type variable from empty input list passed to input '{arg.name}' of '{op_def.name}' Op."
            )
        attr = op_def.attrs[arg.type_attr]
        if attr.allowed is not None and base not in attr.allowed:
            raise _not_allowed(op_def, arg, base, attr)
        attrs[arg.type_attr] = base
    return tensors


def _not_allowed(op_def, arg, base, attr):
    listed = ", ".join(sorted(d.name for d in attr.allowed))
    return TypeError(
        f"Value passed to parameter '{arg.name}' has DataType {base.name} not in list of allowed values: {listed}"
    )


def _mismatch(op_def, arg, value, wanted, attrs, inputs):
    first = next((a.name for a in op_def.inputs if a.type_attr == arg.type_attr and a is not arg), None)
    text = f"Input '{arg.name}' of '{op_def.name}' Op has type {value.dtype.base_dtype.name} that does not match "
    if inputs and all(isinstance(v, eager_graph.EagerTensor) for v in inputs):  # as TensorFlow's runtime says it
        return errors.InvalidArgumentError(None, None, text + f"type {wanted.base_dtype.name} [Op:{op_def.name}]")
    if arg.type_attr is None:
        return TypeError(text + f"expected type of {wanted.base_dtype.name}.")
    if first is not None:
        return TypeError(text + f"type {wanted.base_dtype.name} of argument '{first}'.")
    return TypeError(text + f"type {wanted.base_dtype.name} of attribute '{arg.type_attr}'.")


# -- attributes ----------------------------------------------------------------------------------------------------------


def _to_bytes(value):
    return value.encode() if isinstance(value, str) else bytes(value)


def _to_int(value):
    if isinstance(value, shapes.Dimension):
        value = value.value
    return operator.index(value)


def _to_bool(value):
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"Expected bool, got {value!r} of type '{type(value).__name__}' instead.")
    return bool(value)


_NORMAL = {
    "int": _to_int,
    "float": float,
    "bool": _to_bool,
    "string": _to_bytes,
    "type": lambda v: dtypes.as_dtype(v).base_dtype,
    "shape": shapes.as_dims,
    "tensor": lambda v: v,
    "func": lambda v: v,
}


def _normal(attr, value):
    if attr.kind.startswith("list("):
        element = _NORMAL[attr.kind[5:-1]]
        return [element(v) for v in value]
    return _NORMAL[attr.kind](value)


def _settle_attrs(op_def, attrs, name):
    """All attributes in their stored form: the inferred ones are there already, the others given or default."""
    for attr in op_def.plain:
        key = attr.name
        value = attrs.get(key)
        if value is None and (key not in attrs or attr.kind != "shape"):
            if attr.has_default:
                attrs[key] = list(attr.default) if type(attr.default) is list else attr.default
                continue
            if attr.kind != "shape" or key not in attrs:
                raise TypeError(f"No argument for attr {key}: {op_def.name} '{name}' needs it")
        try:
            value = _normal(attr, value)
        except (TypeError, ValueError, AttributeError) as err:
            raise TypeError(
                f"Expected {attr.kind} for argument '{key}' of op '{op_def.name}', not {value!r}. {err}"
            ) from None
        if attr.allowed is not None:
            for item in value if isinstance(value, list) else (value,):
                if item not in attr.allowed:
                    raise _bad_value(op_def, attr, item)
        if attr.minimum is not None:
            size = len(value) if isinstance(value, list) else value
            if size < attr.minimum:
                raise ValueError(f"Attr '{key}' of '{op_def.name}' Op passed {size} less than minimum {attr.minimum}.")
        attrs[key] = value
    return attrs


def _bad_value(op_def, attr, item):
    if attr.kind in ("type", "list(type)"):
        listed = ", ".join(sorted(d.name for d in attr.allowed))
        return TypeError(
            f"Value passed to parameter '{attr.name}' has DataType {item.name} not in list of allowed values: {listed}"
        )
    listed = ", ".join(sorted(repr(v.decode()) for v in attr.allowed))
    return ValueError(f"Attr '{attr.name}' of '{op_def.name}' Op passed string '{item.decode()}' not in: {listed}.")


def arg_types(args, attrs):
    """The types of the tensors that input or output arguments stand for, references as such."""
    out = []
    for arg in args:
        if arg.type_list_attr is not None:
            found = attrs[arg.type_list_attr]
        else:
            one = arg.dtype if arg.type_attr is None else attrs[arg.type_attr]
            found = [one] if arg.number_attr is None else [one] * attrs[arg.number_attr]
        out.extend(d._as_ref for d in found) if arg.is_ref else out.extend(found)
    return out


def _create_op(graph, op_type, inputs, output_dtypes, name, attrs):
    """The form of `Graph.create_op`: attributes may be AttrValue messages or ready values."""
    op_def = op_defs.get(op_type)
    ready = {}
    for key, value in (attrs or {}).items():
        ready[key] = (
            graph_lib.hooks.attr_from_proto(value, op_def.attrs.get(key)) if hasattr(value, "WhichOneof") else value
        )
    with graph.as_default():
        final = _final_name(graph, name or op_type)
        for key, attr in op_def.attrs.items():
            if key not in ready and attr.has_default:
                ready[key] = attr.default
        types = output_dtypes if output_dtypes is not None else arg_types(op_def.outputs, ready)
        return graph.add_op(op_def, final, tuple(inputs), ready, [dtypes.as_dtype(t) for t in types])


graph_lib.hooks.create_op = _create_op


@contextlib.contextmanager
def name_scope(name, default_name=None, values=None):
    """`with name_scope(name, "Default", [tensors]) as scope:` inside an op function.

    Enters the graph of `values`, and the scope `name` (or `default_name` when None) in it.
    """
    if name is None and default_name is None and values is not None:
        raise ValueError(f"At least one of name ({name}) and default_name ({default_name}) must be provided.")
    default = graph_lib.get_default_graph()
    graph = _graph_of(values, default) if values else default
    chosen = default_name if name is None else name
    if graph is default:
        with graph.name_scope(chosen) as scope:
            yield scope
    else:
        with graph.as_default(), graph.name_scope(chosen) as scope:
            yield scope


def shape_error(op, message):
    """ValueError of a shape rule, in TensorFlow's words: what is wrong, the node, the shapes that came."""
    shown = ", ".join(t.shape_text for t in op.inputs)
    return ValueError(
        f"{message} for '{op.name}' (op: '{op.type}') with input shapes: {shown}.\n  made at: {errors.source.describe(op.made_at)}"
    )
