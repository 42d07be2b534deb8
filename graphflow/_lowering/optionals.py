"""Rules of `_ops/dataset_optional.py`: values that may be missing, as objects in scalar arrays."""

from __future__ import annotations

import numpy as np

from graphflow._core import errors
from graphflow._lowering import dataset_maps, iterators, rule


class _Value:
    """The components of a value; None where there is none."""

    def __init__(self, components):
        self.components = components


def _get_value(ctx, op, optional):
    components = optional.item().components
    if components is None:
        raise errors.InvalidArgumentError(None, op, "The given optional does not have a value.")
    iterators.check_shapes(op, components)
    return components


def _next(ctx, op, ref):
    try:
        return dataset_maps.variant(_Value(iterators.next_element(ctx, op, ref)))
    except errors.OutOfRangeError:
        return dataset_maps.variant(_Value(None))


_BECAUSE = "an optional is an object that may have a value"

RULES = {
    "OptionalFromValue": rule.Host(lambda ctx, op, *parts: dataset_maps.variant(_Value(parts)), because=_BECAUSE),
    "OptionalNone": rule.Host(lambda ctx, op: dataset_maps.variant(_Value(None)), because=_BECAUSE),
    "OptionalHasValue": rule.Host(
        lambda ctx, op, optional: np.bool_(optional.item().components is not None), because=_BECAUSE
    ),
    "OptionalGetValue": rule.Host(_get_value, because=_BECAUSE),
    "IteratorGetNextAsOptional": rule.Host(_next, because="iterators live in the session"),
}
