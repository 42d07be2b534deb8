"""Feature columns."""

from graphflow._layers.feature_columns.categorical import (
    categorical_column_with_hash_bucket as categorical_column_with_hash_bucket,
)
from graphflow._layers.feature_columns.categorical import (
    categorical_column_with_identity as categorical_column_with_identity,
)
from graphflow._layers.feature_columns.categorical import (
    categorical_column_with_vocabulary_file as categorical_column_with_vocabulary_file,
)
from graphflow._layers.feature_columns.categorical import (
    categorical_column_with_vocabulary_list as categorical_column_with_vocabulary_list,
)
from graphflow._layers.feature_columns.categorical import crossed_column as crossed_column
from graphflow._layers.feature_columns.categorical import weighted_categorical_column as weighted_categorical_column
from graphflow._layers.feature_columns.dense import embedding_column as embedding_column
from graphflow._layers.feature_columns.dense import indicator_column as indicator_column
from graphflow._layers.feature_columns.dense import shared_embedding_columns as shared_embedding_columns
from graphflow._layers.feature_columns.layers import input_layer as input_layer
from graphflow._layers.feature_columns.layers import linear_model as linear_model
from graphflow._layers.feature_columns.layers import make_parse_example_spec as make_parse_example_spec
from graphflow._layers.feature_columns.numeric import bucketized_column as bucketized_column
from graphflow._layers.feature_columns.numeric import numeric_column as numeric_column
from graphflow._layers.feature_columns.sequence import (
    sequence_categorical_column_with_hash_bucket as sequence_categorical_column_with_hash_bucket,
)
from graphflow._layers.feature_columns.sequence import (
    sequence_categorical_column_with_identity as sequence_categorical_column_with_identity,
)
from graphflow._layers.feature_columns.sequence import (
    sequence_categorical_column_with_vocabulary_file as sequence_categorical_column_with_vocabulary_file,
)
from graphflow._layers.feature_columns.sequence import (
    sequence_categorical_column_with_vocabulary_list as sequence_categorical_column_with_vocabulary_list,
)
from graphflow._layers.feature_columns.sequence import sequence_numeric_column as sequence_numeric_column
