"""Policies: the types in which layers compute, and keep their weights."""

import graphflow as tf
from graphflow_keras.mixed_precision import _loss_scale

_FLOAT32_WEIGHTS = "_with_float32_vars"
_MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}
_SAME = {"infer_float32_vars": "infer_with_float32_vars", "float32_with_float32_vars": "float32"}

_global = None


class Policy:
    """The type in which a layer computes and that of its weights; `Layer(dtype=policy)`.

    Args:
        name: a dtype's name for both; `infer`: that of the first input; `<one of these>_with_float32_vars`, `mixed_float16`,
            `mixed_bfloat16`: weights are float32. Layers take policies of one type only, and say so.
        loss_scale: a number, "dynamic", a loss scale or None; "dynamic" for `mixed_float16` when left out.

    Attributes:
        name, loss_scale: as above.
        compute_dtype, variable_dtype: str, or None for what an input tells.
        should_cast_variables: bool, whether the two differ.

    Raises:
        TypeError: the name is no str. ValueError: an unknown name.
    """

    def __init__(self, name, loss_scale="USE_DEFAULT"):
        if not isinstance(name, str):
            raise TypeError(f"'name' must be a string, such as 'float32', but got: {name!r}")
        self.name = _SAME.get(name, name)
        self.compute_dtype, self.variable_dtype = _dtypes(self.name)
        if loss_scale == "USE_DEFAULT":
            loss_scale = "dynamic" if name == "mixed_float16" else None
        self.loss_scale = _loss_scale.get(loss_scale)

    @property
    def should_cast_variables(self):
        return self.variable_dtype != self.compute_dtype

    def __repr__(self):
        return f'<Policy "{self.name}", loss_scale={self.loss_scale}>'


def _dtypes(name):
    """The types for computing and for weights."""
    if name in _MIXED:
        return _MIXED[name], "float32"
    base = name.removesuffix(_FLOAT32_WEIGHTS)
    try:
        dtype = None if base == "infer" else tf.as_dtype(base).name
    except TypeError:
        raise ValueError(
            f"Cannot convert value {name!r} to a mixed precision Policy: it is the name of a dtype, or one that ends in "
            f"{_FLOAT32_WEIGHTS}, 'infer', 'mixed_float16' or 'mixed_bfloat16'"
        ) from None
    return dtype, dtype if base == name else "float32"


def global_policy():
    """The policy of layers that are given no dtype: `infer`, unless `set_policy` set another."""
    return _global or Policy("infer")


def set_policy(policy):
    """Sets the policy of layers that are given no dtype.

    Raises:
        ValueError: a policy that does not infer the type from the input: TensorFlow 1.15 refuses it too.
    """
    global _global
    policy = policy if policy is None or isinstance(policy, Policy) else Policy(policy)
    if policy is not None and policy.compute_dtype:
        raise ValueError(
            f"The global policy can only be set to a non-infer policy, as {policy.name!r}, in TensorFlow 2; give layers "
            "dtype=..., or all of them K.set_floatx(...)"
        )
    if policy is not None and policy.variable_dtype:
        raise ValueError(f"set_policy({policy.name!r}): weights have the type of the inputs here; use 'infer'")
    _global = policy
