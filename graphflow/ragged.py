"""Rows of different lengths."""

from graphflow._ops.ragged_choosing import boolean_mask as boolean_mask
from graphflow._ops.ragged_choosing import stack_dynamic_partitions as stack_dynamic_partitions
from graphflow._ops.ragged_elementwise import map_flat_values as map_flat_values
from graphflow._ops.ragged_joining import stack as stack
from graphflow._ops.ragged_making import constant as constant
from graphflow._ops.ragged_making import constant_value as constant_value
from graphflow._ops.ragged_making import placeholder as placeholder
from graphflow._ops.ragged_range import range as range
from graphflow._ops.ragged_splits import row_splits_to_segment_ids as row_splits_to_segment_ids
from graphflow._ops.ragged_splits import segment_ids_to_row_splits as segment_ids_to_row_splits
from graphflow._ops.ragged_value import RaggedTensorValue as RaggedTensorValue
