"""`tf.contrib.layers`: layers as functions, with regularizers, initializers and summaries."""

from graphflow._autodiff.custom_gradient import recompute_grad as recompute_grad
from graphflow._contrib.batch_norm import batch_norm as batch_norm
from graphflow._contrib.conv_layers import avg_pool2d as avg_pool2d
from graphflow._contrib.conv_layers import avg_pool3d as avg_pool3d
from graphflow._contrib.conv_layers import conv1d as conv1d
from graphflow._contrib.conv_layers import conv2d as conv2d
from graphflow._contrib.conv_layers import conv2d_in_plane as conv2d_in_plane
from graphflow._contrib.conv_layers import conv2d_transpose as conv2d_transpose
from graphflow._contrib.conv_layers import conv3d as conv3d
from graphflow._contrib.conv_layers import conv3d_transpose as conv3d_transpose
from graphflow._contrib.conv_layers import convolution as convolution
from graphflow._contrib.conv_layers import convolution1d as convolution1d
from graphflow._contrib.conv_layers import convolution2d as convolution2d
from graphflow._contrib.conv_layers import convolution2d_in_plane as convolution2d_in_plane
from graphflow._contrib.conv_layers import convolution2d_transpose as convolution2d_transpose
from graphflow._contrib.conv_layers import convolution3d as convolution3d
from graphflow._contrib.conv_layers import convolution3d_transpose as convolution3d_transpose
from graphflow._contrib.conv_layers import max_pool2d as max_pool2d
from graphflow._contrib.conv_layers import max_pool3d as max_pool3d
from graphflow._contrib.conv_layers import pool as pool
from graphflow._contrib.conv_layers import separable_conv2d as separable_conv2d
from graphflow._contrib.conv_layers import separable_convolution2d as separable_convolution2d
from graphflow._contrib.dense_layers import bias_add as bias_add
from graphflow._contrib.dense_layers import dropout as dropout
from graphflow._contrib.dense_layers import elu as elu
from graphflow._contrib.dense_layers import flatten as flatten
from graphflow._contrib.dense_layers import fully_connected as fully_connected
from graphflow._contrib.dense_layers import legacy_fully_connected as legacy_fully_connected
from graphflow._contrib.dense_layers import legacy_linear as legacy_linear
from graphflow._contrib.dense_layers import legacy_relu as legacy_relu
from graphflow._contrib.dense_layers import linear as linear
from graphflow._contrib.dense_layers import maxout as maxout
from graphflow._contrib.dense_layers import one_hot_encoding as one_hot_encoding
from graphflow._contrib.dense_layers import relu as relu
from graphflow._contrib.dense_layers import relu6 as relu6
from graphflow._contrib.dense_layers import repeat as repeat
from graphflow._contrib.dense_layers import softmax as softmax
from graphflow._contrib.dense_layers import spatial_softmax as spatial_softmax
from graphflow._contrib.dense_layers import stack as stack
from graphflow._contrib.dense_layers import unit_norm as unit_norm
from graphflow._contrib.encoders import bow_encoder as bow_encoder
from graphflow._contrib.encoders import embed_sequence as embed_sequence
from graphflow._contrib.encoders import embedding_lookup_unique as embedding_lookup_unique
from graphflow._contrib.feature_columns.categories import crossed_column as crossed_column
from graphflow._contrib.feature_columns.categories import (
    sparse_column_with_hash_bucket as sparse_column_with_hash_bucket,
)
from graphflow._contrib.feature_columns.categories import (
    sparse_column_with_integerized_feature as sparse_column_with_integerized_feature,
)
from graphflow._contrib.feature_columns.categories import sparse_column_with_keys as sparse_column_with_keys
from graphflow._contrib.feature_columns.categories import (
    sparse_column_with_vocabulary_file as sparse_column_with_vocabulary_file,
)
from graphflow._contrib.feature_columns.categories import weighted_sparse_column as weighted_sparse_column
from graphflow._contrib.feature_columns.dense import embedding_column as embedding_column
from graphflow._contrib.feature_columns.dense import one_hot_column as one_hot_column
from graphflow._contrib.feature_columns.dense import shared_embedding_columns as shared_embedding_columns
from graphflow._contrib.feature_columns.layers import check_feature_columns as check_feature_columns
from graphflow._contrib.feature_columns.layers import create_feature_spec_for_parsing as create_feature_spec_for_parsing
from graphflow._contrib.feature_columns.layers import infer_real_valued_columns as infer_real_valued_columns
from graphflow._contrib.feature_columns.layers import input_from_feature_columns as input_from_feature_columns
from graphflow._contrib.feature_columns.layers import (
    joint_weighted_sum_from_feature_columns as joint_weighted_sum_from_feature_columns,
)
from graphflow._contrib.feature_columns.layers import (
    make_place_holder_tensors_for_base_features as make_place_holder_tensors_for_base_features,
)
from graphflow._contrib.feature_columns.layers import (
    parse_feature_columns_from_examples as parse_feature_columns_from_examples,
)
from graphflow._contrib.feature_columns.layers import transform_features as transform_features
from graphflow._contrib.feature_columns.layers import (
    weighted_sum_from_feature_columns as weighted_sum_from_feature_columns,
)
from graphflow._contrib.feature_columns.numbers import bucketized_column as bucketized_column
from graphflow._contrib.feature_columns.numbers import real_valued_column as real_valued_column
from graphflow._contrib.feature_columns.sequences import (
    sequence_input_from_feature_columns as sequence_input_from_feature_columns,
)
from graphflow._contrib.initializers import variance_scaling_initializer as variance_scaling_initializer
from graphflow._contrib.initializers import xavier_initializer as xavier_initializer
from graphflow._contrib.initializers import xavier_initializer as xavier_initializer_conv2d
from graphflow._contrib.normalization import group_norm as group_norm
from graphflow._contrib.normalization import instance_norm as instance_norm
from graphflow._contrib.normalization import layer_norm as layer_norm
from graphflow._contrib.optimize_loss import OPTIMIZER_CLS_NAMES as OPTIMIZER_CLS_NAMES
from graphflow._contrib.optimize_loss import OPTIMIZER_SUMMARIES as OPTIMIZER_SUMMARIES
from graphflow._contrib.optimize_loss import optimize_loss as optimize_loss
from graphflow._contrib.regularizers import apply_regularization as apply_regularization
from graphflow._contrib.regularizers import l1_l2_regularizer as l1_l2_regularizer
from graphflow._contrib.regularizers import l1_regularizer as l1_regularizer
from graphflow._contrib.regularizers import l2_regularizer as l2_regularizer
from graphflow._contrib.regularizers import sum_regularizer as sum_regularizer
from graphflow._contrib.sequences import dense_to_sparse as dense_to_sparse
from graphflow._contrib.sequences import images_to_sequence as images_to_sequence
from graphflow._contrib.sequences import scale_gradient as scale_gradient
from graphflow._contrib.sequences import sequence_to_images as sequence_to_images
from graphflow._contrib.summaries import summarize_activation as summarize_activation
from graphflow._contrib.summaries import summarize_activations as summarize_activations
from graphflow._contrib.summaries import summarize_biases as summarize_biases
from graphflow._contrib.summaries import summarize_collection as summarize_collection
from graphflow._contrib.summaries import summarize_tensor as summarize_tensor
from graphflow._contrib.summaries import summarize_tensors as summarize_tensors
from graphflow._contrib.summaries import summarize_variables as summarize_variables
from graphflow._contrib.summaries import summarize_weights as summarize_weights
from graphflow._ops.embedding_sparse import safe_embedding_lookup_sparse as safe_embedding_lookup_sparse
