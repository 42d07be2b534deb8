"""Rows of different lengths."""

from graphflow._ops.ragged_making import constant as constant
from graphflow._ops.ragged_making import constant_value as constant_value
from graphflow._ops.ragged_making import map_flat_values as map_flat_values
from graphflow._ops.ragged_making import placeholder as placeholder
from graphflow._ops.ragged_tensor import RaggedTensorValue as RaggedTensorValue
from graphflow._ops.ragged_tensor import row_splits_to_segment_ids as row_splits_to_segment_ids
from graphflow._ops.ragged_tensor import segment_ids_to_row_splits as segment_ids_to_row_splits
