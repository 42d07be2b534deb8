"""What array functions refuse: shapes that do not fit while building, values out of range in a run."""

import numpy as np

from tests.oracle.cases.array import IMAGE, ROWS, X
from tests.oracle.harness import case


def fed(tf, value):
    return tf.placeholder_with_default(np.array(value), None)


def wide(tf, value):
    return tf.placeholder_with_default(np.array(value, np.int32), np.shape(value))


FAILURES = {
    "gather_out_of_range": lambda tf: tf.gather(ROWS, wide(tf, [0, 7])),
    "gather_negative": lambda tf: tf.gather(ROWS, wide(tf, -1)),
    "gather_constant": lambda tf: tf.gather(ROWS, [0, 9]),
    "gather_scalar": lambda tf: tf.gather(1.0, [0]),
    "gather_axis": lambda tf: tf.gather(ROWS, [0], axis=5),
    "gather_nd_out_of_range": lambda tf: tf.gather_nd(ROWS, wide(tf, [[0, 5]])),
    "gather_nd_too_deep": lambda tf: tf.gather_nd(ROWS, [[0, 0, 0]]),
    "scatter_nd_out_of_range": lambda tf: tf.scatter_nd(wide(tf, [[7]]), [1.0], [4]),
    "scatter_nd_shapes": lambda tf: tf.scatter_nd([[1], [2]], [1.0, 2.0, 3.0], [4]),
    "tensor_scatter_out_of_range": lambda tf: tf.tensor_scatter_update(ROWS[0], wide(tf, [[7]]), [1.0]),
    "index_out_of_range": lambda tf: tf.constant(ROWS)[7],
    "fed_index_out_of_range": lambda tf: tf.constant(ROWS)[wide(tf, 7)],
    "too_many_indices": lambda tf: tf.constant(ROWS)[1, 1, 1],
    "zero_stride": lambda tf: tf.constant(ROWS)[::0],
    "float_index": lambda tf: tf.constant(ROWS)[1.5],
    "vector_index": lambda tf: tf.constant(ROWS)[tf.constant([0, 1])],
    "slice_too_long": lambda tf: tf.slice(ROWS, [0, 2], [1, 2]),
    "slice_begins_outside": lambda tf: tf.slice(ROWS, wide(tf, [5, 0]), [0, 1]),
    "segments_decrease": lambda tf: tf.segment_sum(ROWS, wide(tf, [1, 0, 2, 3])),
    "segments_negative": lambda tf: tf.segment_sum(ROWS, wide(tf, [-1, 0, 2, 3])),
    "unsorted_segment_too_large": lambda tf: tf.unsorted_segment_sum(ROWS, wide(tf, [0, 5, 1, 0]), 3),
    "partition_out_of_range": lambda tf: tf.dynamic_partition(ROWS, wide(tf, [0, 5, 1, 0]), 2),
    "not_a_permutation": lambda tf: tf.invert_permutation(wide(tf, [0, 0, 1])),
    "reverse_too_long": lambda tf: tf.reverse_sequence(ROWS, wide(tf, [1, 9, 2, 0]), seq_axis=1, batch_axis=0),
    "ensure_other_shape": lambda tf: tf.ensure_shape(fed(tf, ROWS), [3, 7]),
    "ensure_known_other_shape": lambda tf: tf.ensure_shape(ROWS, [3, 7]),
    "negative_padding": lambda tf: tf.pad(ROWS, wide(tf, [[0, -1], [0, 0]])),
    "mirror_too_far": lambda tf: tf.pad(ROWS, [[0, 4], [0, 0]], "REFLECT"),
    "unknown_padding": lambda tf: tf.pad(ROWS, [[0, 4], [0, 0]], "WRAP"),
    "reshape_fed": lambda tf: tf.reshape(ROWS, wide(tf, [5, 5])),
    "reshape_fed_open": lambda tf: tf.reshape(ROWS, wide(tf, [5, -1])),
    "reshape_twice_open": lambda tf: tf.reshape(ROWS, [-1, -1, 3]),
    "squeeze_of_two": lambda tf: tf.squeeze(ROWS, [0]),
    "expand_far": lambda tf: tf.expand_dims(ROWS, 7),
    "concat_sizes": lambda tf: tf.concat([ROWS, X[:, :2]], 0),
    "concat_fed_sizes": lambda tf: tf.concat([fed(tf, ROWS), fed(tf, X[:, :2])], 0),
    "stack_sizes": lambda tf: tf.stack([ROWS, X]),
    "stack_fed_sizes": lambda tf: tf.stack([fed(tf, ROWS), fed(tf, X)]),
    "stack_types": lambda tf: tf.stack([tf.constant(1), tf.constant(2.0)]),
    "stack_axis": lambda tf: tf.stack([ROWS, ROWS], axis=9),
    "unstack_number": lambda tf: tf.unstack(tf.constant(ROWS), num=3),
    "unstack_unknown": lambda tf: tf.unstack(tf.placeholder(tf.float32, [None, 2])),
    "split_uneven": lambda tf: tf.split(ROWS, 2, axis=1),
    "split_sizes": lambda tf: tf.split(ROWS, [1, 1], axis=1),
    "split_fed_sizes": lambda tf: tf.split(ROWS, wide(tf, [1, 1]), axis=1),
    "split_scalar_tensor": lambda tf: tf.split(ROWS, tf.constant(2)),
    "transpose_twice": lambda tf: tf.transpose(ROWS, [0, 0]),
    "where_rows": lambda tf: tf.where([True, False], ROWS, ROWS),
    "where_half": lambda tf: tf.where([True, False], ROWS),
    "tile_rank": lambda tf: tf.tile(ROWS, [2]),
    "tile_negative": lambda tf: tf.tile(ROWS, wide(tf, [1, -1])),
    "fill_negative": lambda tf: tf.fill(wide(tf, [-2]), 1.0),
    "broadcast_shapes": lambda tf: tf.broadcast_to(ROWS, [2, 4]),
    "broadcast_fed": lambda tf: tf.broadcast_to(ROWS, wide(tf, [2, 4])),
    "blocks_do_not_fit": lambda tf: tf.space_to_batch_nd(IMAGE, [4, 2], [[0, 0], [0, 0]]),
    "depth_does_not_fit": lambda tf: tf.space_to_depth(IMAGE, 4),
    "diag_part_of_oblong": lambda tf: tf.diag_part(fed(tf, ROWS)),
    "mask_scalar": lambda tf: tf.boolean_mask(ROWS, True),
    "mask_shape": lambda tf: tf.boolean_mask(ROWS, [True, False]),
    "mixed_list": lambda tf: tf.convert_to_tensor([tf.constant(1), 1.5]),
    "partial_shape": lambda tf: tf.reshape(ROWS, tf.TensorShape([None, 6])),
    "one_hot_types": lambda tf: tf.one_hot([1], 2, on_value=1, off_value=0.5),
    "roll_axis": lambda tf: tf.roll(ROWS, 1, 5),
    "unique_matrix": lambda tf: tf.unique(ROWS),
}

for failure, function in FAILURES.items():
    case(name=failure, raises=True)(function)
