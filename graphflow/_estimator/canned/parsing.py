"""What to parse from examples for canned estimators: features, label and weight."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._layers.feature_columns import layers, numeric
from graphflow._ops import features as features_lib


def classifier_parse_example_spec(
    feature_columns, label_key, label_dtype=dtypes.int64, label_default=None, weight_column=None
):  # fmt: skip
    """The dict for `tf.parse_example` of a classifier's features, its label `[1]` and weight.

    Raises:
        ValueError: label or weight are features too.
    """
    return _with_label(feature_columns, label_key, (1,), label_dtype, label_default, weight_column)


def regressor_parse_example_spec(
    feature_columns, label_key, label_dtype=dtypes.float32, label_default=None, label_dimension=1, weight_column=None
):  # fmt: skip
    """The dict for `tf.parse_example` of a regressor's features, its label `[label_dimension]` and weight.

    Raises:
        ValueError: label or weight are features too.
    """
    return _with_label(feature_columns, label_key, (label_dimension,), label_dtype, label_default, weight_column)


def _with_label(feature_columns, label_key, shape, dtype, default, weight_column):
    spec = layers.make_parse_example_spec(feature_columns)
    if label_key in spec:
        raise ValueError(f"label should not be used as feature. label_key: {label_key}, features: {spec.keys()}")
    spec[label_key] = features_lib.FixedLenFeature(shape, dtype, default)
    if weight_column is None:
        return spec
    if isinstance(weight_column, str):
        weight_column = numeric.numeric_column(weight_column)
    if not isinstance(weight_column, numeric.NumericColumn):
        raise ValueError(
            "weight_column should be an instance of tf.feature_column.numeric_column. Given type: "
            f"{type(weight_column)} value: {weight_column}"
        )
    if weight_column.key in spec:
        raise ValueError(
            f"weight_column should not be used as feature. weight_column: {weight_column.key}, features: {spec.keys()}"
        )
    return {**spec, **weight_column.parse_example_spec}
