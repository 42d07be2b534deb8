"""The optimizers that canned estimators know by name."""

from __future__ import annotations

from graphflow._train import adagrad, adam, ftrl, gradient_descent, rmsprop
from graphflow._train import optimizer as optimizer_lib

_BY_NAME = {
    "Adagrad": adagrad.AdagradOptimizer, "Adam": adam.AdamOptimizer, "Ftrl": ftrl.FtrlOptimizer,
    "RMSProp": rmsprop.RMSPropOptimizer, "SGD": gradient_descent.GradientDescentOptimizer,
}  # fmt: skip


def instance(given, learning_rate):
    """An Optimizer: given as itself, as a function that makes it, or by name, with this learning rate.

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(given, str):
        if given not in _BY_NAME:
            raise ValueError(f"Unsupported optimizer name: {given}. Supported names are: {tuple(sorted(_BY_NAME))}")
        return _BY_NAME[given](learning_rate=learning_rate)
    if callable(given) and not isinstance(given, optimizer_lib.Optimizer):
        given = given()
    if not isinstance(given, optimizer_lib.Optimizer):
        raise ValueError(f"The given object is not an Optimizer instance. Given: {given}")
    return given
