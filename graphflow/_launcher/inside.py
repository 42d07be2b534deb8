"""What scripts and libraries of TensorFlow 1's time took from its inside, `tensorflow.python...`, and no public name stands for.

The functions that every operation type had (`gen_nn_ops.relu_grad`), and those that TensorFlow's own files were written with.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import math
import re
import sys
import types
import warnings

import graphflow as tf

_GENERATED = re.compile(r"tensorflow\.python\.(?:ops\.gen_\w+_ops|training\.(?:gen_)?training_ops)\.(\w+)")


def generated(name):
    """The function that TensorFlow generated for an operation type, by its dotted name, or None.

    `tensorflow.python.ops.gen_nn_ops.max_pool_grad(orig_input, orig_output, grad, ksize, strides, padding)` adds a MaxPoolGrad:
    inputs, then the attributes without a default, those with one, and `name`.
    """
    found = _GENERATED.fullmatch(name)
    op_type = found and _types().get(found[1].replace("_", "").lower())
    return op_type and _with_positions(getattr(tf.raw_ops, op_type))


@functools.cache
def _types():
    return {op_type.lower(): op_type for op_type in dir(tf.raw_ops)}


@functools.cache
def _with_positions(make):
    order = [p.name for p in inspect.signature(make).parameters.values()]

    @functools.wraps(make)
    def function(*args, **kwargs):
        if len(args) > len(order):
            raise TypeError(f"{make.__name__} takes {', '.join(order)}; got {len(args)} positional arguments")
        return make(**dict(zip(order, args)), **kwargs)

    return function


def make_decorator(target, decorator_func, decorator_name=None, decorator_doc="", decorator_argspec=None):
    """`decorator_func` with the name, text and arguments of `target`, which it wraps."""
    return functools.update_wrapper(decorator_func, target)


def unwrap(maybe_tf_decorator):
    """The decorators around a function, outermost first, and the function inside."""
    around, function = [], maybe_tf_decorator
    while hasattr(function, "__wrapped__"):
        around.append(function)
        function = function.__wrapped__
    return around, function


def unchanged(*_, **__):
    """A decorator that tells TensorFlow something about a function, and leaves it as it is."""
    return lambda function: function


def deprecated(date, instructions, warn_once=True):
    """A decorator whose function warns, once or at each call, that it goes after `date` and what to do instead."""

    def decorator(function):
        said = []

        @functools.wraps(function)
        def told(*args, **kwargs):
            if not (said and warn_once):
                said.append(True)
                tf.logging.warning(
                    "%s is deprecated and will be removed %s. Instructions for updating:\n%s",
                    function.__qualname__,
                    f"after {date}" if date else "in a future version",
                    instructions,
                )
            return function(*args, **kwargs)

        return told

    return decorator


def keyword_args_only(func):
    """`func`, which refuses positional arguments."""

    @functools.wraps(func)
    def function(*args, **kwargs):
        if args:
            raise ValueError(f"`{func.__name__}` only takes keyword arguments; got {len(args)} positional")
        return func(**kwargs)

    return function


def fn_args(fn):
    """The names of the arguments of a function, method, partial or callable object, without `self`."""
    known = inspect.signature(fn).parameters.values()
    given = set(fn.keywords) if isinstance(fn, functools.partial) else ()
    return tuple(p.name for p in known if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) and p.name not in given)


def has_kwargs(fn):
    """Whether a function takes any keyword arguments."""
    return any(p.kind is p.VAR_KEYWORD for p in inspect.signature(fn).parameters.values())


class LazyLoader(types.ModuleType):
    """The module `name`, imported when something of it is first asked for, and put as `local_name` into `parent_module_globals`."""

    def __init__(self, local_name, parent_module_globals, name, warning=None):
        super().__init__(name)
        self.__dict__.update(_local=local_name, _globals=parent_module_globals, _warning=warning)

    def __getattr__(self, name):
        module = importlib.import_module(self.__name__)
        if self._warning:
            warnings.warn(self._warning, stacklevel=2)
            self.__dict__["_warning"] = None
        self._globals[self._local] = module
        return getattr(module, name)


def remove_undocumented(module_name, allowed_exception_list=None, doc_string_modules=None):
    """Leaves a module its names: which were public was TensorFlow's own book-keeping."""


def make_all(module_name, doc_string_modules=None):
    """The public names of a module that is imported already."""
    return [name for name in vars(sys.modules[module_name]) if not name.startswith("_")]


def print_tensors_in_checkpoint_file(
    file_name, tensor_name, all_tensors, all_tensor_names=False, count_exclude_pattern=""
):
    """Prints the tensors of a checkpoint, all or one or what there are, and the number of parameters; or what is wrong with it."""
    try:
        reader = tf.train.NewCheckpointReader(file_name)
        shapes = reader.get_variable_to_shape_map()
        if tensor_name or all_tensors or all_tensor_names:
            for name in sorted(shapes) if all_tensors or all_tensor_names else [tensor_name]:
                print("tensor_name: ", name)
                if all_tensors or not all_tensor_names:
                    print(reader.get_tensor(name))
        else:
            print(reader.debug_string().decode("utf-8"))
    except tf.errors.OpError as error:
        print(error)
        return
    counted = {n: math.prod(s) for n, s in shapes.items() if not _matches(count_exclude_pattern, n)}
    if count_exclude_pattern:
        left_out = [math.prod(s) for n, s in shapes.items() if n not in counted]
        print(
            f"# Excluding {len(left_out)} tensors ({sum(left_out)} params) that match {count_exclude_pattern} when counting."
        )
    print(f"# Total number of params: {sum(counted.values())}")


def _matches(pattern, name):
    return bool(pattern) and re.search(pattern, name) is not None


# module under `tensorflow.python.` -> {its name: the object, or where it is under graphflow}
_NAMES = {
    "util.tf_decorator": {"make_decorator": make_decorator, "unwrap": unwrap},
    "util.tf_export": {"tf_export": unchanged, "keras_export": unchanged, "estimator_export": unchanged},
    "util.deprecation": {
        "deprecated": deprecated, "deprecated_args": unchanged, "deprecated_arg_values": unchanged,
        "deprecated_endpoints": unchanged,
    },
    "util.nest": {"is_sequence": "nest.is_nested"},
    "data.util.nest": {"is_sequence": "nest.is_nested"},
    "util.all_util": {"remove_undocumented": remove_undocumented, "make_all": make_all},
    "util.lazy_loader": {"LazyLoader": LazyLoader},
    "util.function_utils": {"fn_args": fn_args, "has_kwargs": has_kwargs},
    "util.keyword_args": {"keyword_args_only": keyword_args_only},
    "util.tf_should_use": {"should_use_result": lambda fn: fn, "must_use_result_or_fatal": lambda fn: fn},
    "eager.context": {
        "executing_eagerly": "executing_eagerly", "in_eager_mode": "contrib.eager.in_eager_mode",
        "in_graph_mode": "contrib.eager.in_graph_mode", "num_gpus": "contrib.eager.num_gpus",
    },
    "eager.backprop": {
        "GradientTape": "GradientTape", "implicit_grad": "contrib.eager.implicit_gradients",
        "implicit_val_and_grad": "contrib.eager.implicit_value_and_gradients",
    },
    "eager.def_function": {"function": "function"},
    "framework.ops": {
        "convert_n_to_tensor": "_graph.build.convert_n_to_tensor", "internal_convert_to_tensor": "convert_to_tensor",
        "_gradient_registry": types.SimpleNamespace(_registry=sys.modules["graphflow._autodiff.gradients"]._REGISTERED),
    },
    "framework.smart_cond": {
        "smart_cond": "contrib.framework.smart_cond", "smart_constant_value": "contrib.framework.smart_constant_value",
    },
    "framework.test_util": {"TensorFlowTestCase": "test.TestCase"},
    "layers.utils": {
        "smart_cond": "contrib.framework.smart_cond", "constant_value": "contrib.framework.smart_constant_value",
        "normalize_tuple": "keras.utils.conv_utils.normalize_tuple",
        "conv_output_length": "keras.utils.conv_utils.conv_output_length",
        "conv_input_length": "keras.utils.conv_utils.conv_input_length",
        "deconv_output_length": "keras.utils.conv_utils.deconv_length",
    },
    "keras.utils.tf_utils": {
        "smart_cond": "contrib.framework.smart_cond", "constant_value": "contrib.framework.smart_constant_value",
    },
    "ops.control_flow_ops": {
        "with_dependencies": "_ops.grouping.with_dependencies", "smart_cond": "contrib.framework.smart_cond",
    },
    "ops.image_ops_impl": {"ResizeMethod": "image.ResizeMethod"},
    "training.slot_creator": {
        "create_slot": "_train.slots.create_slot", "create_zeros_slot": "_train.slots.create_zeros_slot",
        "create_slot_with_initializer": "_train.slots.create_slot_with_initializer",
    },
    "client.session": {"BaseSession": "Session"},
    "saved_model.builder_impl": {"SavedModelBuilder": "saved_model.builder.SavedModelBuilder"},
    "summary.summary_iterator": {"summary_iterator": "train.summary_iterator"},
    "tools.inspect_checkpoint": {"print_tensors_in_checkpoint_file": print_tensors_in_checkpoint_file},
}  # fmt: skip


def is_module(name):
    """Whether a dotted name is that of a module with names of its own here."""
    return name.removeprefix("tensorflow.python.") in _NAMES and name.startswith("tensorflow.python.")


def named(name):
    """What a dotted name of the inside stands for: the object, or where it is under graphflow; None for all others."""
    module, _, attribute = name.removeprefix("tensorflow.python.").rpartition(".")
    return _NAMES.get(module, {}).get(attribute)
