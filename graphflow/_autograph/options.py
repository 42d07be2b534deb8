"""What a conversion does beyond the plain: optional features."""

from __future__ import annotations

import dataclasses
import enum


class Feature(enum.Enum):
    """Features that a conversion may be asked for.

    ALL: all of them.
    AUTO_CONTROL_DEPS: what a function does besides returning values happens before its results are there.
    ASSERT_STATEMENTS: `assert` of a tensor becomes `tf.Assert`.
    BUILTIN_FUNCTIONS: `print` of a tensor prints its value when the graph runs.
    EQUALITY_OPERATORS: `==` and `!=` of tensors compare their values.
    LISTS: `append`, indexing and stacking of lists whose type `set_element_type` tells work in loops over tensors.
    NAME_SCOPES: operations are made in a name scope called like the function.
    """

    ALL = "ALL"
    AUTO_CONTROL_DEPS = "AUTO_CONTROL_DEPS"
    ASSERT_STATEMENTS = "ASSERT_STATEMENTS"
    BUILTIN_FUNCTIONS = "BUILTIN_FUNCTIONS"
    EQUALITY_OPERATORS = "EQUALITY_OPERATORS"
    LISTS = "LISTS"
    NAME_SCOPES = "NAME_SCOPES"

    @classmethod
    def all(cls):
        """All members as a tuple."""
        return tuple(cls)

    @classmethod
    def all_but(cls, exclude):
        """A tuple of all features but the excluded one or ones."""
        excluded = {cls.ALL, *(exclude if isinstance(exclude, (list, tuple, set, frozenset)) else [exclude])}
        return tuple(feature for feature in cls if feature not in excluded)


@dataclasses.dataclass(frozen=True)
class ConversionOptions:
    """How functions are converted.

    Attributes:
        recursive: whether the functions that a converted one calls are converted too.
        user_requested, internal_convert_user_code: taken for old code, and ignored.
        optional_features: a Feature or several; None for none.

    Raises:
        TypeError: a feature is none.
    """

    recursive: bool = False
    user_requested: bool = False
    internal_convert_user_code: bool = True
    optional_features: Feature | tuple | frozenset | None = Feature.ALL

    def __post_init__(self):
        given = self.optional_features
        given = () if given is None else (given,) if isinstance(given, Feature) else given
        for feature in given:
            if not isinstance(feature, Feature):
                raise TypeError(f"optional features are members of tf.autograph.experimental.Feature, got {feature!r}")
        object.__setattr__(self, "optional_features", frozenset(given))

    def uses(self, feature):
        """Whether a feature is switched on."""
        return feature in self.optional_features or Feature.ALL in self.optional_features
