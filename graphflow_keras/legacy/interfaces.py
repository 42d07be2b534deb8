"""Keras 1 argument names, accepted with the warning Keras 2 gives.

One decorator rewrites a call; the tables below say which names a layer or a method had in Keras 1. What a table of names
cannot say (`Convolution2D(8, 3, 3)`: the sides of the kernel as arguments of their own) is a small rewriting function.
"""

import functools
import warnings

import numpy as np

_VALUES = {  # a Keras 1 name whose values changed as well
    "dim_ordering": {"tf": "channels_last", "th": "channels_first", "default": None},
    "consume_less": {"cpu": 0, "mem": 1, "gpu": 2},
}


def generate_legacy_interface(
    allowed_positional_args=None, conversions=None, preprocessor=None, value_conversions=None, object_type="class"
):
    """A decorator for a function whose arguments were once called otherwise.

    Args:
        allowed_positional_args: names of the arguments that may come without a name; None allows all.
        conversions: the renamed arguments, a dict or pairs (old name, new name).
        preprocessor: `f(args, kwargs) -> (args, kwargs, converted)`, run before; `converted` lists pairs
            (new name, old name) of what it has rewritten.
        value_conversions: dict, argument name -> {old value: new value}.
        object_type: `class` when the warning is to show the name of the object's class, `method` for the function's.

    Returns:
        A decorator. The function raises `TypeError` for too many arguments without a name and for an argument that
        comes under both its names; it warns (`UserWarning`) when anything was rewritten.
    """
    conversions = dict(conversions or {})
    values = value_conversions or {}

    def decorate(function):
        @functools.wraps(function)
        def call(*args, **kwargs):
            shown = type(args[0]).__name__ if object_type == "class" else function.__name__
            converted = []
            if preprocessor:
                args, kwargs, converted = preprocessor(args, kwargs)
            if allowed_positional_args is not None and len(args) > len(allowed_positional_args) + 1:
                raise TypeError(
                    f"`{shown}` can accept only {len(allowed_positional_args)} positional arguments "
                    f"{tuple(allowed_positional_args)}, but you passed the following positional arguments: "
                    f"{list(args[1:])}"
                )
            for name in values.keys() & kwargs.keys():
                kwargs[name] = values[name].get(kwargs[name], kwargs[name])
            for old, new in conversions.items():
                if old in kwargs:
                    value = kwargs.pop(old)
                    if new in kwargs:
                        raise_duplicate_arg_error(old, new)
                    kwargs[new] = value
                    converted = [*converted, (new, old)]
            if converted:
                shown_args = [_shown(value) for value in args[1:]]
                shown_args += [f"{name}={_shown(value)}" for name, value in kwargs.items()]
                message = f"Update your `{shown}` call to the Keras 2 API: `{shown}({', '.join(shown_args)})`"
                warnings.warn(message, stacklevel=2)
            return function(*args, **kwargs)

        call._original_function = function
        return call

    return decorate


generate_legacy_method_interface = functools.partial(generate_legacy_interface, object_type="method")


def raise_duplicate_arg_error(old_arg, new_arg):
    """Raises the `TypeError` for an argument that came under its Keras 1 and under its Keras 2 name."""
    raise TypeError(
        f"For the `{new_arg}` argument, the layer received both the legacy keyword argument `{old_arg}` "
        f"and the Keras 2 keyword argument `{new_arg}`. Stick to the latter!"
    )


def _shown(value):
    """A value as the warning prints it: short."""
    if isinstance(value, str):
        return f'"{value}"'
    text = "array" if isinstance(value, np.ndarray) else str(value)
    return text if len(text) <= 10 else text[:10] + "..."


def _support(conversions, preprocessor=None):
    """For a layer. As tf.keras, and unlike Keras, it takes more than its first arguments without a name: `Dense(4, "relu")`."""
    values = {name: _VALUES[name] for name in conversions if name in _VALUES}
    return generate_legacy_interface(None, conversions, preprocessor, values)


# Names that many layers share.
_FORMAT = {"dim_ordering": "data_format"}
_PADDING = {"border_mode": "padding"}
_RATE = {"p": "rate"}
_BIAS = {"b_regularizer": "bias_regularizer", "b_constraint": "bias_constraint", "bias": "use_bias"}
_WEIGHTS = {
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
}
_RECURRENT = {
    "init": "kernel_initializer",
    "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "U_regularizer": "recurrent_regularizer",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
}
_CONVOLUTION = {"nb_filter": "filters", "subsample": "strides", **_PADDING, **_FORMAT}


# Rewritings that are more than a new name.


def _kernel_sides(names, label):
    """A rewriting of `Layer(filters, 3, 3)`, `Layer(filters, 3, nb_col=3)` and so on to `kernel_size=(3, 3)`."""

    def rewrite(args, kwargs):
        given = tuple(args[2:])
        if not all(isinstance(side, int) for side in given):
            return args, kwargs, []
        if len(given) > len(names):
            raise TypeError(f"Layer can receive at most {len(names) + 1} positional arguments.")
        if len(given) > 1 and kwargs.keys() & {"padding", "strides", "data_format"}:
            raise ValueError(
                "It seems that you are using the Keras 2 and you are passing both `kernel_size` and `strides` as integer "
                "positional arguments. For safety reasons, this is disallowed. Pass `strides` as a keyword argument instead."
            )
        rest = names[len(given) :]
        if not kwargs.keys() >= set(rest):
            return args, kwargs, []
        sides = given + tuple(kwargs.pop(name) for name in rest)
        if len(args) > 1:
            args = (*args[:2], sides)
        else:
            kwargs["kernel_size"] = sides
        return args, kwargs, [("kernel_size", label)]

    return rewrite


_sides_2d = _kernel_sides(("nb_row", "nb_col"), "nb_row/nb_col")
_sides_3d = _kernel_sides(("kernel_dim1", "kernel_dim2", "kernel_dim3"), "kernel_dim*")


def _embedding(args, kwargs):
    if "dropout" in kwargs:
        kwargs.pop("dropout")
        warnings.warn(
            "The `dropout` argument is no longer support in `Embedding`. You can apply a `keras.layers.SpatialDropout1D` "
            "layer right after the `Embedding` layer to get the same behavior.",
            stacklevel=3,
        )
    return args, kwargs, []


def _forget_bias(args, kwargs):
    if "forget_bias_init" not in kwargs:
        return args, kwargs, []
    if kwargs.pop("forget_bias_init") == "one":
        kwargs["unit_forget_bias"] = True
        return args, kwargs, [("forget_bias_init", "unit_forget_bias")]
    warnings.warn(
        "The `forget_bias_init` argument has been ignored. Use `unit_forget_bias=True` instead to initialize with ones.",
        stacklevel=4,
    )
    return args, kwargs, []


def _recurrent(args, kwargs):
    args, kwargs, converted = _forget_bias(args, kwargs)
    if "input_dim" in kwargs:
        kwargs["input_shape"] = (kwargs.pop("input_length", None), kwargs.pop("input_dim"))
        converted = [*converted, ("input_dim", "input_shape")]
        warnings.warn(
            "The `input_dim` and `input_length` arguments in recurrent layers are deprecated. Use `input_shape` instead.",
            stacklevel=3,
        )
    return args, kwargs, converted


def _convolution_1d(args, kwargs):
    if "input_dim" not in kwargs:
        return args, kwargs, []
    kwargs["input_shape"] = (kwargs.pop("input_length", None), kwargs.pop("input_dim"))
    return args, kwargs, [("input_shape", "input_dim")]


def _separable_2d(args, kwargs):
    converted = []
    if "init" in kwargs:
        kwargs["depthwise_initializer"] = kwargs["pointwise_initializer"] = kwargs.pop("init")
        converted = [("init", "depthwise_initializer/pointwise_initializer")]
    args, kwargs, sides = _sides_2d(args, kwargs)
    return args, kwargs, converted + sides


def _transposed_2d(args, kwargs):
    """Keras 1 asked for the output's shape; Keras 2 works it out."""
    converted = []
    if len(args) == 5 and isinstance(args[4], tuple):
        args = args[:-1]
        converted = [("output_shape", None)]
    if "output_shape" in kwargs:
        kwargs.pop("output_shape")
        converted = [*converted, ("output_shape", None)]
    args, kwargs, sides = _sides_2d(args, kwargs)
    return args, kwargs, converted + sides


def _conv_lstm_2d(args, kwargs):
    args, kwargs, converted = _forget_bias(args, kwargs)
    args, kwargs, sides = _sides_2d(args, kwargs)
    return args, kwargs, converted + sides


def _batch_normalization(args, kwargs):
    if len(args) > 1:
        raise TypeError(
            "The `BatchNormalization` layer does not accept positional arguments. Use keyword arguments instead."
        )
    if "mode" not in kwargs:
        return args, kwargs, []
    if kwargs.pop("mode") != 0:
        raise TypeError(
            "The `mode` argument of `BatchNormalization` no longer exists. `mode=1` and `mode=2` are no longer supported."
        )
    return args, kwargs, [("mode", None)]


def _padding_of_dict(padding):
    """((top, bottom), (left, right)) of the dict that Keras 1 took; anything else as it came."""
    sides = ("top_pad", "bottom_pad", "left_pad", "right_pad")
    if not isinstance(padding, dict) or not padding.keys() <= set(sides):
        return padding
    warnings.warn(
        "The `padding` argument in the Keras 2 API no longer accepts dict types. "
        "You can now input argument as: `padding=((top_pad, bottom_pad), (left_pad, right_pad))`.",
        stacklevel=4,
    )
    top, bottom, left, right = (padding.get(side, 0) for side in sides)
    return (top, bottom), (left, right)


def _zero_padding_2d(args, kwargs):
    if "padding" in kwargs:
        kwargs["padding"] = _padding_of_dict(kwargs["padding"])
    elif len(args) == 2:
        args = (args[0], _padding_of_dict(args[1]))
    return args, kwargs, []


def _generator_method(args, kwargs):
    """Keras 1 counted samples where Keras 2 counts batches."""
    converted = []
    if len(args) < 3 and "samples_per_epoch" in kwargs:
        samples = kwargs.pop("samples_per_epoch")
        generator = args[1] if len(args) > 1 else kwargs["generator"]
        kwargs["steps_per_epoch"] = samples // getattr(generator, "batch_size", 1)
        converted = [("samples_per_epoch", "steps_per_epoch")]
    if kwargs.keys() & {"samples_per_epoch", "val_samples", "nb_epoch", "nb_val_samples", "nb_worker"}:
        warnings.warn(
            "The semantics of the Keras 2 argument `steps_per_epoch` is not the same as the Keras 1 argument "
            "`samples_per_epoch`. `steps_per_epoch` is the number of batches to draw from the generator at each epoch. "
            "Basically steps_per_epoch = samples_per_epoch/batch_size. Similarly `nb_val_samples`->`validation_steps` "
            "and `val_samples`->`steps` arguments have changed. Update your method calls accordingly.",
            stacklevel=3,
        )
    return args, kwargs, converted


def _add_weight(args, kwargs):
    """Keras 1: `add_weight(shape, name)`; tf.keras: neither has to be given."""
    if len(args) > 1 and isinstance(args[1], tuple | list):
        owner, shape, *rest = args
        kwargs["shape"] = shape
        if rest and isinstance(rest[0], str):
            kwargs["name"] = rest.pop(0)
        args = (owner, *rest)
    for name in ("name", "shape")[len(args) - 1 :]:
        kwargs.setdefault(name, None if name == "name" else ())
    return args, kwargs, []


def _get_updates(args, kwargs):
    """Keras 1: `get_updates(params, constraints, loss)`."""
    if len(args) > 4:
        raise TypeError("`get_updates` call received more arguments than expected.")
    if len(args) == 4:
        optimizer, kwargs["params"], _, kwargs["loss"] = args
        return (optimizer,), kwargs, []
    if len(args) == 3 and isinstance(args[1], list | tuple) and isinstance(args[2], dict) and "loss" in kwargs:
        kwargs["params"] = args[1]
        return args[:1], kwargs, []
    return args, kwargs, []


# Layers.

legacy_dense_support = _support({"output_dim": "units", **_WEIGHTS})
legacy_dropout_support = _support(_RATE)
legacy_spatialdropout1d_support = legacy_dropout_support
legacy_spatialdropoutNd_support = _support({**_RATE, **_FORMAT})
legacy_gaussiannoise_support = _support({"sigma": "stddev"})
legacy_gaussiandropout_support = legacy_dropout_support
legacy_lambda_support = _support({})
legacy_prelu_support = _support({"init": "alpha_initializer"})
legacy_embedding_support = _support(
    {
        "init": "embeddings_initializer",
        "W_regularizer": "embeddings_regularizer",
        "W_constraint": "embeddings_constraint",
    },
    _embedding,
)
legacy_batchnorm_support = _support(
    {"beta_init": "beta_initializer", "gamma_init": "gamma_initializer"}, _batch_normalization
)

legacy_pooling1d_support = _support({"pool_length": "pool_size", "stride": "strides", **_PADDING})
legacy_pooling2d_support = _support({**_PADDING, **_FORMAT})
legacy_pooling3d_support = legacy_pooling2d_support
legacy_global_pooling_support = _support(_FORMAT)
legacy_upsampling1d_support = _support({"length": "size"})
legacy_upsampling2d_support = legacy_global_pooling_support
legacy_upsampling3d_support = legacy_upsampling2d_support
legacy_zeropadding2d_support = _support(_FORMAT, _zero_padding_2d)
legacy_zeropadding3d_support = legacy_global_pooling_support
legacy_cropping2d_support = legacy_global_pooling_support
legacy_cropping3d_support = legacy_cropping2d_support

legacy_conv1d_support = _support(
    {
        "nb_filter": "filters",
        "filter_length": "kernel_size",
        "subsample_length": "strides",
        **_PADDING,
        **_WEIGHTS,
    },
    _convolution_1d,
)
legacy_conv2d_support = _support({**_CONVOLUTION, **_WEIGHTS}, _sides_2d)
legacy_conv3d_support = _support({**_CONVOLUTION, **_WEIGHTS}, _sides_3d)
legacy_deconv2d_support = _support({**_CONVOLUTION, **_WEIGHTS}, _transposed_2d)
legacy_separable_conv2d_support = _support({**_CONVOLUTION, **_BIAS}, _separable_2d)

legacy_recurrent_support = _support({"output_dim": "units", **_RECURRENT, "consume_less": "implementation"}, _recurrent)
legacy_convlstm2d_support = _support({**_CONVOLUTION, **_RECURRENT, "bias": "use_bias"}, _conv_lstm_2d)

# Methods.

legacy_generator_methods_support = generate_legacy_method_interface(
    allowed_positional_args=("generator", "steps_per_epoch", "epochs"),
    conversions={
        "samples_per_epoch": "steps_per_epoch",
        "val_samples": "steps",
        "nb_epoch": "epochs",
        "nb_val_samples": "validation_steps",
        "nb_worker": "workers",
        "pickle_safe": "use_multiprocessing",
        "max_q_size": "max_queue_size",
    },
    preprocessor=_generator_method,
)
legacy_model_constructor_support = generate_legacy_interface(conversions={"input": "inputs", "output": "outputs"})
legacy_input_support = generate_legacy_interface(conversions={"input_dtype": "dtype"})
legacy_add_weight_support = generate_legacy_interface(("name", "shape"), preprocessor=_add_weight)
legacy_get_updates_support = generate_legacy_interface(preprocessor=_get_updates)
